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
pub use target::{PlaneSourceSpec, PlaneTargetSpec};
pub use view::PlaneFigure;
pub use words::{called, caption, differences, steps_between};
