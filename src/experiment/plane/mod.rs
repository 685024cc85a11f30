//! What can be set in the plane lab.

mod choice;
mod codes;
mod exhibit;
mod learned;
mod presets;
mod settings;
mod study;
mod target;
mod told;
mod topic;
mod view;
mod words;

pub use choice::{Compared, SamplerChoice};
pub use codes::{CodesStudy, codes_study};
pub use exhibit::{BuiltSide, Exhibit, Sampled, sampled, sampled_on};
pub use learned::{Learned, PlaneAnswer, pairs_in_words};
pub use presets::PLANE_PRESETS;
pub use settings::{PlaneSettings, PlaneSide};
pub use study::{
    MethodStart, NO_KL_OF_NETWORK, SharedCurves, Straight, StudiedSide, curves_of_sides, diffusion_starts,
    learned_straight, sampler_curves, straight,
};
pub use target::{
    DRAWN_HALF, GRID_HALF, PLANE_TARGETS, PlaneSourceSpec, half_of, is_drawn, target_name, target_words,
};

pub use told::{Draws, MOST_GUIDANCE, Telling, Told, denoisers};
pub use topic::Topic;

pub use crate::data::plane::{MOST_DRAWN, PlaneTargetSpec, Sketch};
pub use view::{PlaneChart, PlaneFigure};
pub use words::{called, caption, chart_caption, differences, law_words, steps_between};
