//! The window.

mod app;
mod export;
mod files;
mod icons;
#[allow(dead_code, reason = "App::open is given its files by it once labs open files through one seam")]
mod intake_reader;
mod job;
pub mod labs;
mod library;
mod portal;
mod preset_menu;
mod shortcuts;
mod shot;
mod state;
mod texture;
mod theme;
mod timeline;
mod undo;
mod widgets;

#[doc(hidden)]
pub use app::controls;
pub use app::{App, RETURNED_TOO, WindowError, open_window};
#[doc(hidden)]
pub use library::preset_in;
pub use shot::{ShotError, shot};
#[doc(hidden)]
pub use state::state_in;
