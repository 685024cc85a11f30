//! What a view of the plane shows at one moment: values on a lattice, arrows, lines, and what they mean.
//!
//! Pure functions of a [`Scene`]: a flow, a time and a square part of the plane. The window draws what they give, and
//! [`panel`] makes a figure of the same.

mod arrows;
mod board;
mod conserved;
mod curves;
mod fan;
mod field;
mod kind;
mod picture;
mod tracks;
mod window;

pub use arrows::{ARROWS_A_SIDE, PlaneArrow, arrows, longest};
pub use board::{Board, BoardConserved};
pub use conserved::{Conserved, conserved};
pub use curves::{history_chart, path_chart, samplers_chart};
pub use fan::{Fan, Ray, fan};
pub use field::{Field, LATTICE, fields};
pub use kind::{PlaneView, Shown};
pub use picture::{PlaneStyle, Shot, animation, panel, row, table};
pub use tracks::Tracks;
pub use window::PlaneWindow;

use crate::flow::plane::PlaneFlow;

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
}
