//! What can be set in the image lab.

mod infill;
mod model;
mod presets;
mod settings;
mod shipped;
mod words;

pub use infill::{Base, KeptInfill, Region};
pub use model::{ImageModelSpec, Images};
pub use presets::{IMAGE_PRESETS, ImagePreset};
pub use settings::{ImageSettings, MOST_IMAGES, MOST_SIDES, SideSettings, TrainingSettings};
pub use shipped::Shipped;
pub use words::{NAMES, differences};
