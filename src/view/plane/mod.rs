//! What a view of the plane shows at one moment: values on a lattice, arrows, lines, and what they mean.
//!
//! Pure functions of a [`Scene`]: a flow, a time and a square part of the plane. The window draws what they give, and
//! [`panel`] makes a figure of the same.

mod arrows;
mod board;
mod codes;
mod conserved;
mod curves;
mod fan;
mod field;
mod generators;
mod history;
mod kind;
mod learned;
mod picture;
mod pointed;
mod tracks;
mod training;
mod window;

pub use arrows::{ARROWS_A_SIDE, PlaneArrow, arrows, longest};
pub use board::{Board, BoardConserved};
pub use codes::{modes_by_codes, samples_by_code};
pub use conserved::{Conserved, conserved};
pub use curves::{left_out_words, measured_words, path_chart, sampler_name, samplers_chart};
pub use fan::{Fan, Ray, fan};
pub use field::{Field, LATTICE, fields};
pub use generators::JumpRates;
pub use history::{History, history_chart, predictions_chart};
pub use kind::{PlaneView, Shown};
pub use learned::NO_NETWORK;
pub use picture::{PlaneStyle, Shot, WAYS, animation, panel, row, table};
pub use pointed::{Bars, arrows_across, bars};
pub use tracks::{Jumping, Tracks};
pub use training::{Learning, LearningRun, LevelCurve, learning_chart, learning_runs_chart, levels_chart};
pub use window::PlaneWindow;

use crate::denoiser::plane::Denoiser;
use crate::flow::plane::{Blend, PlaneFlow};

/// What is looked at.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// The flow.
    pub flow: &'a PlaneFlow,
    /// Its reading on a grid, where it has one.
    pub board: Option<&'a Board>,
    /// Time.
    pub t: f64,
    /// The part of the plane that is shown.
    pub window: PlaneWindow,
    /// The point that is looked at.
    pub point: [f64; 2],
    /// The generator that the sampler follows.
    pub blend: Blend,
    /// A network of the flow, where there is one.
    pub network: Option<&'a dyn Denoiser>,
    /// Whether it stands for the exact velocity.
    pub shows_network: bool,
}

impl<'a> Scene<'a> {
    /// The flow itself at a moment, looked at from the origin.
    pub fn new(flow: &'a PlaneFlow, board: Option<&'a Board>, t: f64, window: PlaneWindow) -> Self {
        let (point, blend) = ([0.0; 2], Blend::FLOW);
        Self { flow, board, t, window, point, blend, network: None, shows_network: false }
    }
}
