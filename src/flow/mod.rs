//! The mathematics of discrete flow matching on a grid of two tokens, and of flows on the [`plane`]: pure functions of plain
//! `f64` arrays.
//!
//! Reading order: [`Scheduler`] (how fast one walks), [`Source`] and [`Coupling`] (between what), [`GridPath`]
//! (the path itself, a function of κ alone), its posteriors, fields and propagation, [`Corrector`], [`metrics`].
//! Nothing in here knows files, threads, networks or windows. Conventions: arrays are `[y, z1, z2]`, destination
//! first; `x0` is noise, `x1` is data, `t` runs from 0 to 1; logarithms are natural. [`math`] has the formulae and where
//! they come from: comments cite it as math.md, by section.

mod as_text;
pub mod categorical;
mod conditional;
mod corrector;
mod counted;
mod coupling;
mod error;
pub mod floor;
pub mod grid;
mod kinetic;
#[doc = include_str!("math.md")]
pub mod math {}
pub mod metrics;
pub mod plane;
mod redraw;
mod schedule;
mod schedule_table;
pub mod sequence;
mod source;
pub(crate) mod vectors;

pub(crate) use as_text::{serde_as_text, text_by_name};
pub use conditional::{ConditionalPath, Metric};
pub use corrector::Corrector;
pub use counted::{Count, counted};
pub use coupling::Coupling;
pub use error::FlowError;
pub use grid::{Axis, GridPath};
pub use redraw::{Redraw, Redraws};
pub use schedule::{HERMITE_STEEPEST, Kappa, Scheduler};
pub use schedule_table::ScheduleTable;
pub use source::{SequenceSource, Source};
pub(crate) use vectors::vectorized;
