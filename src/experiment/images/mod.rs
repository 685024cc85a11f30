//! What can be set in the image lab.

mod infill;
mod presets;
mod settings;
mod view;
mod words;

pub use infill::{Base, KeptInfill, Region, given_tokens};
pub use presets::{IMAGE_PRESETS, ImagePreset};
pub use settings::{ImageSettings, MOST_IMAGES, MOST_SIDES, SideSettings, TrainingSettings};
pub use view::{ImageSubject, ImageView};
pub use words::{Answering, caption, model_words};
