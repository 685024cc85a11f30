//! What a view of the state space shows at one moment: which values, in which unit, on which scale, and what they mean.
//!
//! Pure functions of a [`Scene`]: the window draws them and the command line writes them, so both always show the same.
//! [`Scene::figure`] and [`Scene::numbers`] make of a view what a file holds.
//! Nothing in here caches, draws or knows a thread.

mod animation;
mod arrows;
mod kind;
mod picture;
mod recipe;
mod scale;
mod scene;
mod subject;

pub use animation::AnimationError;
pub use arrows::{Arrow, ArrowKind, arrow_at, arrows, longest_arrow};
pub use kind::{DivergencePart, ScaleMode, Show, View};
pub use picture::{
    ARROWS_A_SIDE, NamedCurve, Numbers, Style, TRAIL_FRAMES, Table, curve_figure, kappa_figure,
    numbers_of_plot, rates_figure, times,
};
pub use recipe::Recipe;
pub use scene::{Moment, Run, Scene, ViewError};
pub use subject::{SUBJECTS, Subject};
