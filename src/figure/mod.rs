//! Figures as data → SVG → PNG and PDF, and animations as GIF.
//!
//! A drawing is a plain struct ([`HeatPanel`], [`PanelRow`], [`Strip`], [`LinePlot`]) that holds
//! arrays and words; `to_svg` turns it into a print-ready drawing, [`svg_to_png`] into pixels and
//! [`encode_gif`] a list of drawings into an animation. A [`Figure`] is a drawing for a page of any
//! size, with the command that makes it again; it serialises. Nothing here writes a file, knows the
//! mathematics, or needs a window.
//!
//! Arrays are `[axis 0 = token 1, axis 1 = token 2]`; token 1 is drawn to the right, token 2
//! upward. Numbers that are not finite never panic: a cell is drawn in mid grey
//! ([`colormap::MISSING`]), a point of a line is left out and interrupts the line.
//!
//! Reading order: [`colormap`] and [`scale`] say which colour a value has, [`raster`] where a cell
//! is, [`particles`], [`trails`] and [`arrows`] what lies over it, [`svg`] writes markup, [`plot`] puts them
//! together, [`page`] sets them on [`paper`] of any size, [`png`] and [`gif`] make pixels, [`pdf`] a document, [`recipe`]
//! signs the file.

pub mod arrows;
mod cells;
pub mod colormap;
pub mod error;
mod fixed;
mod fonts;
pub mod gif;
mod over;
pub mod page;
pub mod paper;
pub mod particles;
pub mod pdf;
pub mod plot;
pub mod png;
pub mod raster;
pub mod recipe;
pub mod scale;
pub mod svg;
mod table;
pub mod ticks;
pub mod trails;
mod window;

pub use arrows::{ArrowMark, draw_arrows};
pub use colormap::ColorMap;
pub use error::FigureError;
pub use fixed::fixed;
pub use gif::{LEAST_DELAY, encode_gif, encode_gif_while, even_delays, most_frames};
pub use page::{Drawing, Figure};
pub use paper::{Dpi, FontSize, Ground, Length, Page, PageSize, Unit};
pub use particles::{Cloud, draw_particles};
pub use plot::{
    Arrows, Axis as PlotAxis, Behind, COLORS as SERIES_COLORS, CellMarks, DARK_COLORS as DARK_SERIES_COLORS,
    HeatPanel, Line, LinePlot, Lines, Look, Move, Moves, Overlay, POINTED, PanelRow, ParticleWay, Picture,
    PictureBar, PictureRow, Pictures, Points, Ring, Series, SheetCell, SheetInk, SheetText, Strip,
    StripFrame, StripRow, TextSheet, foot, foot_height, veil,
};
pub use png::{DEFAULT_SCALE, rgba_png, svg_to_image, svg_to_png};
pub use raster::{CellLayout, rasterize, rasterize_window};
pub use scale::Scale;
pub use svg::{Dash, Marker};
pub use trails::{Trail, draw_trails};
pub use window::CellWindow;
