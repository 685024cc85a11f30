//! What a view of the grid shows at one moment: which values, in which unit, on which scale, and what they mean.
//!
//! Pure functions of a [`Scene`]: [`Scene::figure`] and [`Scene::numbers`] make of a view what a file holds.

mod animation;
mod arrows;
mod both;
mod charts;
mod comparison;
mod early;
mod kind;
mod moves;
mod now;
mod numbers;
pub(super) mod picture;
mod scale;
mod scene;
mod style;
mod subject;

pub use animation::AnimationError;
pub use arrows::{Arrow, ArrowKind, arrow_at, arrows, longest_arrow};
pub use both::{
    compared_animation, compared_figure, compared_numbers, compared_strip, heading, letter, shared_ends,
};
pub use charts::{
    CellBars, RunGaps, cell_chart, curves_chart, distances_chart, gap_chart, kappa_chart, log_chart,
    rates_chart, sweeps_chart, token_chart,
};
pub use comparison::{Between, Compared, Ended, between, distance, ends, same_because};
pub use early::{EarlyRun, early_figure, early_numbers};
pub use kind::{DivergencePart, ScaleMode, Show, View};
pub use moves::MOST_TOKENS;
pub use now::Now;
pub use picture::{ARROWS_A_SIDE, TRAIL_FRAMES, times};
pub use scene::{Moment, SampledRun, Scene, ViewError};
pub use style::{Ends, Marks, MoveKind, Style};
pub use subject::{SUBJECTS, Subject};
