//! What can be set in the plane lab.

mod exhibit;
mod presets;
mod settings;
mod study;
mod target;
mod view;
mod words;

pub use exhibit::{BuiltSide, Exhibit, Sampled, sampled};
pub use presets::PLANE_PRESETS;
pub use settings::{PlaneSettings, PlaneSide};
pub use study::{Straight, sampler_curves, straight};
pub use target::{GRID_HALF, PLANE_TARGETS, PlaneSourceSpec, half_of, target_words};

pub use crate::data::plane::PlaneTargetSpec;
pub use view::{PlaneChart, PlaneFigure};
pub use words::{called, caption, differences, steps_between};
