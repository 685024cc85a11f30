//! What can be set in each lab, and the one form in which it is written down.
//!
//! Nothing in here knows a window or a command line: both are faces of it.

mod difference;
mod file_name;
mod former;
pub mod grid;
pub mod images;
mod pace;
mod page;
pub mod plane;
mod preset;
mod recipe;
mod sides;
mod state;
pub mod text;
mod words;

pub use difference::{Change, Difference, Setting, between, settings_of};
pub use file_name::file_stem;
pub use pace::{Pace, TimeAxis, along, time_at};
pub use page::KeptPage;
pub use preset::Preset;
pub use recipe::{FORMAT, MOST_BYTES, Recipe, Settings, VERSION, preset_name};
pub use sides::{
    Contrast, MOST_SIDES, NAMES, Sides, changes, contrasts, effective_contrasts, labels, sides_called,
    sides_named,
};
pub use state::{ExportState, FORMAT as STATE_FORMAT, PanelState, PanelStates, State, TextSize, WindowPlace};
pub use words::corrector_words;
