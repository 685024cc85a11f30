//! What a view of the state space shows at one moment: which values, in which unit, on which scale, and what they mean.
//!
//! Pure functions of a [`Scene`]: the window draws them and the command line writes them, so both always show the same.
//! Nothing in here caches, draws or knows a thread.

mod arrows;
mod kind;
mod scale;
mod scene;

pub use arrows::{Arrow, ArrowKind, arrows, longest_arrow};
pub use kind::{DivergencePart, ScaleMode, Show, View};
pub use scene::{Moment, Run, Scene, ViewError};
