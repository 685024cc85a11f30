//! What is looked at beside the views: a preset opens what it is about.

/// What stands beside the views in place of what is so now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// Samplers against their evaluations.
    Samplers,
    /// How straight flows are.
    Straight,
    /// One sample on its way, of which nothing need be measured.
    Sample,
    /// The training of networks, of which nothing need be measured either.
    Training,
    /// Discrete latents.
    Codes,
}

impl Topic {
    /// Whether it says something of every side at once, whichever is being set.
    pub fn is_of_all_sides(self) -> bool {
        matches!(self, Self::Samplers | Self::Straight)
    }

    /// Whether something must be measured for it.
    pub fn is_measured(self) -> bool {
        matches!(self, Self::Samplers | Self::Straight | Self::Codes)
    }
}
