//! What is looked at beside the pages: a preset opens what it is about.

/// What the right panel shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Topic {
    /// The run.
    #[default]
    Now,
    /// The area picture.
    Areas,
    /// Steps against truth.
    Truth,
    /// Networks that learn.
    Training,
    /// Texts before a judge, and programs that are run.
    Judge,
}
