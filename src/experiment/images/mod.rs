//! What can be set in the image lab.

mod infill;
mod model;
mod presets;
mod settings;
mod shipped;
mod view;
mod words;

pub use infill::{Base, KeptInfill, Region, given_tokens};
pub use model::{ImageModelSpec, Images};
pub use presets::IMAGE_PRESETS;
pub use settings::{ImageSettings, MOST_IMAGES, SideSettings, TrainingSettings};
pub use shipped::Shipped;
pub use view::{ImageSubject, ImageView};
pub use words::{Answering, called, caption, class_words, differences, model_words, steps_between};
