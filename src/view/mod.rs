//! What a view of the state space shows at one moment: which values, in which unit, on which scale, and what they mean.
//!
//! Pure functions of a [`Scene`]: the window draws them and the command line writes them, so both always show the same.
//! [`Scene::figure`] and [`Scene::numbers`] make of a view what a file holds.
//! Nothing in here caches, draws or knows a thread.

mod animation;
mod arrows;
mod both;
mod charts;
mod early;
pub mod images;
mod kind;
mod moves;
mod numbers;
mod picture;
mod recipe;
mod scale;
mod scene;
mod style;
mod subject;
mod table;

pub use animation::AnimationError;
pub use arrows::{Arrow, ArrowKind, arrow_at, arrows, longest_arrow};
pub use both::{both_figure, both_numbers, shared_ends};
pub use charts::{
    CellBars, Chart, RunGaps, SamplerCurve, cell_chart, curves_chart, distances_chart, gap_chart,
    kappa_chart, log_chart, rates_chart, sweeps_chart,
};
pub use early::{EarlyRun, early_figure, early_numbers};
pub use kind::{DivergencePart, ScaleMode, Show, View};
pub use moves::MOST_TOKENS;
pub use picture::{ARROWS_A_SIDE, TRAIL_FRAMES, times};
pub use recipe::{Flow, Recipe};
pub use scene::{Moment, Run, Scene, ViewError};
pub use style::{Ends, Marks, MoveKind, Style};
pub use subject::{SUBJECTS, Subject};
pub use table::{Entry, Numbers, Table};
