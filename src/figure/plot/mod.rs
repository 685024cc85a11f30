//! The kinds of figures: one heat map, a row of them, a strip over time, pictures, texts, curves.
//!
//! Every `to_svg` gives a complete drawing on white with axes, units, legend or colour bar, in a
//! size that suits a column of a paper when printed at 96 px an inch. The fields are plain data and
//! public; the constructors fill in what is usual.

mod axis;
mod cell_marks;
mod color_bar;
mod foot;
mod heat_map;
mod heat_panel;
mod line_plot;
mod overlay;
mod panel_row;
mod parts;
mod pictures;
mod series_colors;
mod strip;
mod text_sheet;

pub use axis::Axis;
pub use cell_marks::{CellMarks, Move, Moves, ParticleWay};
pub use foot::{foot, foot_height};
pub use heat_panel::HeatPanel;
pub use line_plot::{LinePlot, Look, Ring, Series};
pub use overlay::{Arrows, Behind, Line, Lines, Overlay, POINTED, Points, veil};
pub use panel_row::PanelRow;
pub(super) use parts::LABEL_SIZE;
pub use pictures::{Picture, PictureBar, PictureRow, Pictures};
pub use series_colors::{COLORS, DARK_COLORS};
pub use strip::{Strip, StripFrame, StripRow};
pub use text_sheet::{SheetCell, SheetInk, SheetText, TextSheet};
