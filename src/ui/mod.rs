//! The window.

mod app;
mod chart;
mod difference;
mod export;
mod files;
mod icons;
mod kept;
pub mod labs;
mod library;
mod portal;
mod preset_menu;
mod presets;
mod shortcuts;
mod shot;
mod state;
mod texture;
mod theme;
mod timeline;
mod widgets;
mod worker;

#[doc(hidden)]
pub use app::controls;
pub use app::{App, RETURNED_TOO, WindowError, open_window};
pub use labs::images::IMAGE_PRESETS;
#[doc(hidden)]
pub use library::preset_in;
pub use presets::PRESETS;
pub use shot::{ShotError, shot};
#[doc(hidden)]
pub use state::state_in;
