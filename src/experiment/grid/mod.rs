//! What can be set in the grid lab.

mod curves;
mod denoiser;
mod document;
mod look;
mod presets;
mod settings;
mod words;
mod zoom;

pub use curves::CurveChoice;
pub use denoiser::{AnyDenoiser, DenoiserSpec, NETWORK_FILE, is_checkpoint};
pub use document::{Document, Side};
pub use look::Look;
pub use presets::{PRESETS, Preset};
pub use settings::{Moves, Settings};
pub use words::{change, differences};
pub use zoom::Zoom;
