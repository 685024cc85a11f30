//! The heat map itself and its token axes, placed on a canvas.

use image::imageops::{FilterType, resize};
use ndarray::Array2;

use super::parts::{AXIS, TICK, TICK_LENGTH, TICK_PAD};
use crate::figure::raster::{CellLayout, raster_block};
use crate::figure::scale::Scale;
use crate::figure::svg::Canvas;
use crate::figure::ticks::nice_ticks;

/// Side of a cell in px so that the data cells of `layout` take about `side`: a multiple of half a
/// px, so that cells have equal sizes in pixels at the default scale of 2.
///
/// Few cells with a thick mask margin get smaller, so that the whole stays within 1.2 `side`.
pub fn cell_side(layout: &CellLayout, side: f64) -> f64 {
    let extent = f64::from(layout.extent()).max(1.0);
    let ideal = (side / layout.data.max(1) as f64).min(1.2 * side / extent);
    (2.0 * ideal).round().max(1.0) / 2.0
}

/// Side of a cell in px so that the whole map takes at most `side`: a whole number of the `device` pixels, so that all
/// cells are equal, where that costs little room.
pub fn fitting_cell(layout: &CellLayout, side: f64, device: f64) -> f64 {
    let ideal = side / f64::from(layout.extent()).max(1.0);
    let whole = (ideal * device).floor() / device;
    if whole > 0.88 * ideal { whole } else { ideal }
}

/// A heat map in place: its position on the canvas and how coordinates in cells map to px.
#[derive(Clone, Copy)]
pub struct HeatMap<'a> {
    pub layout: &'a CellLayout,
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Side of a cell.
    pub cell: f64,
    /// Pixels that a px becomes.
    pub device: f64,
}

impl HeatMap<'_> {
    /// The position in px of a point in cells, token 1 to the right and token 2 upward.
    pub fn position(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        [self.x + self.cell * x, self.y + self.side() - self.cell * y]
    }

    pub fn side(&self) -> f64 {
        self.cell * f64::from(self.layout.extent())
    }

    /// Left and right edge of a token's cells in px.
    fn across(&self, token: usize) -> [f64; 2] {
        let span = self.layout.span_of(token);
        [span.start, span.end].map(|c| self.x + self.cell * f64::from(c))
    }

    /// Bottom and top edge of a token's cells in px.
    fn upward(&self, token: usize) -> [f64; 2] {
        let span = self.layout.span_of(token);
        [span.start, span.end].map(|c| self.y + self.side() - self.cell * f64::from(c))
    }

    /// The data cells, and the mask margins as separate blocks, each in a thin frame.
    pub fn draw(&self, canvas: &mut Canvas, values: &Array2<f64>, scale: &Scale) {
        let k = self.layout.data;
        if k == 0 {
            return;
        }
        // Enough pixels a cell that viewers which blur images still show sharp cells.
        let cell_px = (2.0 * self.cell).ceil().clamp(2.0, 16.0) as u32;
        let mask = self.layout.mask.then_some(k..k + 1);
        let parts: Vec<_> = std::iter::once(0..k).chain(mask).collect();
        for columns in &parts {
            for rows in &parts {
                let block = raster_block(values, columns.clone(), rows.clone(), scale, cell_px);
                let [left, right] = [self.across(columns.start)[0], self.across(columns.end - 1)[1]];
                let [bottom, top] = [self.upward(rows.start)[0], self.upward(rows.end - 1)[1]];
                let (width, height) = (right - left, bottom - top);
                canvas.mat(left, top, width, height, 0.5, AXIS.color);
                if self.cell * self.device < 1.0 {
                    // Cells smaller than pixels are averaged: picking single ones would make patterns of its own.
                    let [w, h] = [width, height].map(|side| (side * self.device).ceil().max(1.0) as u32);
                    let small = resize(&block, w, h, FilterType::Triangle);
                    canvas.image(left, top, width, height, &small);
                } else {
                    canvas.image(left, top, width, height, &block);
                }
            }
        }
    }

    /// Token numbers to write on an axis: round ones, the same on both axes.
    fn tokens(&self) -> Vec<usize> {
        let last = self.layout.data.saturating_sub(1);
        let steps = (self.cell * self.layout.data as f64 / 32.0).floor().clamp(1.0, 8.0) as usize;
        nice_ticks(0.0, last as f64, steps)
            .into_iter()
            .filter(|t| t.fract() == 0.0)
            .map(|t| t as usize)
            .collect()
    }

    /// Ticks and labels below the map.
    pub fn bottom_ticks(&self, canvas: &mut Canvas) {
        let base = self.y + self.side();
        let baseline = base + TICK_LENGTH + TICK_PAD + 2.0 * TICK.half_height();
        let centre = |token| 0.5 * (self.across(token)[0] + self.across(token)[1]);
        let mut limit = f64::INFINITY;
        let mut draw = |x: f64, label: &str| {
            canvas.segment([x, base + 0.5], [x, base + TICK_LENGTH], AXIS);
            canvas.text(x, baseline, label, &TICK.middle());
        };
        if self.layout.mask {
            let x = centre(self.layout.data);
            draw(x, MASK);
            limit = x - 0.5 * TICK.width(MASK) - 4.0;
        }
        for token in self.tokens() {
            let label = token.to_string();
            let x = centre(token);
            if x + 0.5 * TICK.width(&label) <= limit {
                draw(x, &label);
            }
        }
    }

    /// Ticks and labels left of the map.
    pub fn left_ticks(&self, canvas: &mut Canvas) {
        let centre = |token| 0.5 * (self.upward(token)[0] + self.upward(token)[1]);
        let mut limit = f64::NEG_INFINITY;
        let mut draw = |y: f64, label: &str| {
            canvas.segment([self.x - TICK_LENGTH, y], [self.x - 0.5, y], AXIS);
            let x = self.x - TICK_LENGTH - TICK_PAD;
            canvas.text(x, y + TICK.half_height(), label, &TICK.end());
        };
        if self.layout.mask {
            let y = centre(self.layout.data);
            draw(y, MASK);
            limit = y + TICK.height();
        }
        for token in self.tokens() {
            let y = centre(token);
            if y >= limit {
                draw(y, &token.to_string());
            }
        }
    }
}

/// The label of the mask token on an axis.
const MASK: &str = "mask";

/// Room left of a map for ticks and their labels; depends on the layout only, so that panels over
/// the same tokens line up.
pub fn left_tick_room(layout: &CellLayout) -> f64 {
    let widest = TICK.width(&layout.data.saturating_sub(1).to_string());
    let mask = if layout.mask { TICK.width(MASK) } else { 0.0 };
    TICK_LENGTH + TICK_PAD + widest.max(mask)
}

/// Room below a map for ticks and their labels.
pub fn bottom_tick_room() -> f64 {
    (TICK_LENGTH + TICK_PAD + 2.0 * TICK.half_height()).ceil()
}
