//! The text lab: tokens becoming text, letter by letter.

mod arranged;
mod cells;
mod controls;
mod exporting;
mod films;
mod judge;
mod lab;
mod legend;
mod letters;
mod networks;
mod page;
mod plots;
mod presented;
mod runs;
mod sampler_thread;
mod seam;
mod side_view;
mod steps;
mod studies;
mod training;
mod walls;

pub use lab::TextLab;
pub use seam::ENTRY;
