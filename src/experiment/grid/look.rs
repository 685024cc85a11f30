//! What an experiment directs the eye to.

/// What an experiment directs the eye to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// A pinned state.
    Cell([usize; 2]),
    /// A particle that is followed.
    Particle(usize),
    /// The target, being drawn.
    Editor,
}
