//! The window.

mod app;
mod arrange;
mod cell_square;
mod chart;
mod editor;
mod export;
mod files;
mod films;
mod focus;
mod icons;
mod intake_reader;
mod job;
mod kept;
mod lab;
pub mod labs;
mod library;
mod messages;
mod panels;
mod portal;
mod preset_menu;
mod reel;
mod run_card;
mod sampling;
mod saved_targets;
mod sequence_runs;
mod shortcuts;
mod shot;
mod side_tabs;
mod state;
mod texture;
mod theme;
mod timeline;
mod undo;
mod widgets;

#[doc(hidden)]
pub use app::controls;
pub use app::{App, RETURNED_TOO, WindowError, open_window};
pub use shot::{ShotError, presets, shot};
