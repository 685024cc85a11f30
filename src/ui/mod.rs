//! The window.

mod app;
mod chart;
mod export;
mod files;
mod icons;
mod kept;
mod lab;
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
mod widgets;
mod worker;

#[doc(hidden)]
pub use app::controls;
pub use app::{App, RETURNED_TOO, WindowError, open_window};
pub use shot::{ShotError, shot};
