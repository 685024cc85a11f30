//! The window.

mod app;
mod grid;
mod icons;
mod presets;
mod shot;
mod theme;
mod widgets;

pub use app::{App, WindowError, open_window};
pub use presets::PRESETS;
pub use shot::{ShotError, shot};
