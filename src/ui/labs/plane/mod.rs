//! The plane lab: continuous flows, diffusion and jumps in closed form, beside the discrete flow.

mod board;
mod comparing;
mod controls;
mod exporting;
mod hand;
mod headed;
mod lab;
mod marks;
mod one_sample;
mod pane;
mod presented;
mod questions;
mod readings;
mod samplers;
mod seam;
mod square;
mod steps;
mod studies;
mod training;
mod triangle;

pub use lab::PlaneLab;
pub use seam::ENTRY;
