//! The heat map itself and its token axes, placed on a canvas.

use std::ops::Range;

use image::imageops::{FilterType, resize};
use ndarray::Array2;

use super::parts::{AXIS, TICK, TICK_LENGTH, TICK_PAD};
use crate::figure::raster::{CellLayout, raster_block};
use crate::figure::scale::Scale;
use crate::figure::svg::Canvas;
use crate::figure::ticks::{nice_ticks, tick_labels};
use crate::figure::window::CellWindow;

/// Side of a cell in px so that the data cells of `layout` take about `side`: a multiple of half a
/// px, so that cells have equal sizes in pixels at the default scale of 2.
///
/// Few cells with a thick mask margin get smaller, so that the whole stays within 1.2 `side`. A `section` of them
/// takes about `side`.
pub fn cell_side(layout: &CellLayout, section: Option<CellWindow>, side: f64) -> f64 {
    let ideal = match section {
        Some(section) => side / f64::from(section.size[0]),
        None => {
            let extent = f64::from(layout.extent()).max(1.0);
            (side / layout.data.max(1) as f64).min(1.2 * side / extent)
        }
    };
    (2.0 * ideal).round().max(1.0) / 2.0
}

/// Side of a cell in px so that `cells` of them take at most `side`: a whole number of the `device` pixels, so that all
/// cells are equal, where that costs little room.
pub fn fitting_cell(cells: f64, side: f64, device: f64) -> f64 {
    let ideal = side / cells.max(1.0);
    let whole = (ideal * device).floor() / device;
    if whole > 0.88 * ideal { whole } else { ideal }
}

/// Cells along a side of what is shown.
pub fn cells_shown(layout: &CellLayout, section: Option<CellWindow>) -> f64 {
    f64::from(section.map_or(layout.extent(), |section| section.size[0]))
}

/// Where the axis to the right and the axis upward begin and end.
pub type Ranges = [[f64; 2]; 2];

/// A heat map in place: its position on the canvas and how coordinates in cells map to px.
#[derive(Clone, Copy)]
pub struct HeatMap<'a> {
    pub layout: &'a CellLayout,
    /// The part of the cells that is shown, where it is not all of them.
    pub section: Option<CellWindow>,
    /// Where both axes begin and end, where they are not of tokens.
    pub ranges: Option<Ranges>,
    /// Whether only whole numbers are written at them.
    pub whole: bool,
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
    /// What is shown.
    pub fn window(&self) -> CellWindow {
        self.section.unwrap_or_else(|| CellWindow::whole(self.layout))
    }

    /// The position in px of a point in cells, token 1 to the right and token 2 upward.
    pub fn position(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let [left, bottom] = self.window().min.map(f64::from);
        [self.x + self.cell * (x - left), self.y + self.side() - self.cell * (y - bottom)]
    }

    pub fn side(&self) -> f64 {
        self.cell * cells_shown(self.layout, self.section)
    }

    /// Left and right edge of a token's cells in px.
    pub fn across(&self, token: usize) -> [f64; 2] {
        let span = self.layout.span_of(token);
        [span.start, span.end].map(|c| self.position([f64::from(c), 0.0])[0])
    }

    /// Bottom and top edge of a token's cells in px.
    pub fn upward(&self, token: usize) -> [f64; 2] {
        let span = self.layout.span_of(token);
        [span.start, span.end].map(|c| self.position([0.0, f64::from(c)])[1])
    }

    /// Draws with `draw` what must not leave the map by more than `rim` px.
    pub fn clipped(&self, canvas: &mut Canvas, rim: f64, draw: impl FnOnce(&mut Canvas)) {
        let side = self.side() + 2.0 * rim;
        canvas.clipped([self.x - rim, self.y - rim, side, side], draw);
    }

    /// The data tokens and the mask along an axis as far as they are seen, as separate runs.
    fn seen(&self, axis: usize) -> Vec<Range<usize>> {
        let (window, k) = (self.window(), self.layout.data);
        let (low, high) = (window.min[axis], window.min[axis] + window.size[axis]);
        let mask = self.layout.mask && high > self.layout.span_of(k).start;
        let data = (low.max(0.0).floor() as usize).min(k)..(high.ceil().max(0.0) as usize).min(k);
        std::iter::once(data).filter(|run| !run.is_empty()).chain(mask.then_some(k..k + 1)).collect()
    }

    /// The data cells, and the mask margins as separate blocks, each in a thin frame.
    pub fn draw(&self, canvas: &mut Canvas, values: &Array2<f64>, scale: &Scale) {
        if self.layout.data == 0 {
            return;
        }
        if self.section.is_none() {
            return self.draw_blocks(canvas, values, scale);
        }
        let side = self.side();
        canvas.mat(self.x, self.y, side, side, 0.5, AXIS.color);
        canvas.rect(self.x, self.y, side, side, "#ffffff");
        self.clipped(canvas, 0.0, |canvas| self.draw_blocks(canvas, values, scale));
    }

    fn draw_blocks(&self, canvas: &mut Canvas, values: &Array2<f64>, scale: &Scale) {
        let rows_seen = self.seen(1);
        for columns in self.seen(0) {
            for rows in &rows_seen {
                let block = raster_block(values, columns.clone(), rows.clone(), scale);
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
                    canvas.cells([left, top, width, height], &block);
                }
            }
        }
    }

    /// Token numbers to write on an axis: round ones, the same on both axes of a whole map. Only tokens whose middle is
    /// seen.
    fn tokens(&self, axis: usize) -> Vec<usize> {
        let window = self.window();
        let (low, high) = (window.min[axis], window.min[axis] + window.size[axis]);
        let last = self.layout.data.saturating_sub(1) as f64;
        let [first, last] = if self.section.is_some() {
            [low - 0.5, high - 0.5].map(|at| f64::from(at).clamp(0.0, last))
        } else {
            [0.0, last]
        };
        let steps = (self.cell * (last - first + 1.0) / 32.0).floor().clamp(1.0, 8.0) as usize;
        let middle_is_seen = |token: &f64| (low..=high).contains(&(*token as f32 + 0.5));
        nice_ticks(first, last, steps)
            .into_iter()
            .filter(|t| t.fract() == 0.0 && middle_is_seen(t))
            .map(|t| t as usize)
            .collect()
    }

    /// Whether the mask's margin is seen so far along an axis that its name has a place.
    fn names_mask(&self, axis: usize) -> bool {
        let (window, span) = (self.window(), self.layout.span_of(self.layout.data));
        let middle = 0.5 * (span.start + span.end);
        self.layout.mask && (window.min[axis]..=window.min[axis] + window.size[axis]).contains(&middle)
    }

    /// What is written on an axis: where in cells, and which label.
    fn labels(&self, axis: usize) -> Vec<(f64, String)> {
        let Some(ranges) = self.ranges else {
            let middle = |token: usize| {
                let span = self.layout.span_of(token);
                0.5 * f64::from(span.start + span.end)
            };
            return self.tokens(axis).into_iter().map(|token| (middle(token), token.to_string())).collect();
        };
        let [low, high] = ranges[axis];
        let cells = f64::from(self.layout.extent());
        let steps = (self.side() / 36.0).floor().clamp(2.0, 8.0) as usize;
        let mut ticks = nice_ticks(low, high, steps);
        ticks.retain(|tick| !self.whole || tick.fract() == 0.0);
        let labels = tick_labels(&ticks).labels;
        let place = |tick: &f64| (tick - low) / (high - low) * cells;
        ticks.iter().map(place).zip(labels).collect()
    }

    /// How far the labels below the map reach over its left and its right edge, in px; less than 0 where they end inside.
    pub fn bottom_overhang(&self) -> [f64; 2] {
        let centre = |token| 0.5 * (self.across(token)[0] + self.across(token)[1]);
        let labels = self.labels(0);
        let places = labels.iter().map(|(at, label)| (self.position([*at, 0.0])[0], TICK.width(label)));
        let mask = self.names_mask(0).then(|| (centre(self.layout.data), TICK.width(MASK)));
        let most = |f: &dyn Fn(f64, f64) -> f64| {
            places.clone().chain(mask).map(|(x, width)| f(x, 0.5 * width)).fold(f64::NEG_INFINITY, f64::max)
        };
        [most(&|x, half| self.x - (x - half)), most(&|x, half| x + half - (self.x + self.side()))]
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
        if self.names_mask(0) {
            let x = centre(self.layout.data);
            draw(x, MASK);
            limit = x - 0.5 * TICK.width(MASK) - 4.0;
        }
        for (at, label) in self.labels(0) {
            let x = self.position([at, 0.0])[0];
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
        if self.names_mask(1) {
            let y = centre(self.layout.data);
            draw(y, MASK);
            limit = y + TICK.height();
        }
        for (at, label) in self.labels(1) {
            let y = self.position([0.0, at])[1];
            if y >= limit {
                draw(y, &label);
            }
        }
    }
}

/// The label of the mask token on an axis.
const MASK: &str = "mask";

/// Room left of a map for ticks and their labels; depends on the layout only, so that panels over
/// the same tokens line up.
pub fn left_tick_room(layout: &CellLayout, ranges: Option<Ranges>) -> f64 {
    if let Some([_, [low, high]]) = ranges {
        let labels = tick_labels(&nice_ticks(low, high, 8)).labels;
        let widest = labels.iter().map(|label| TICK.width(label)).fold(0.0, f64::max);
        return TICK_LENGTH + TICK_PAD + widest;
    }
    let widest = TICK.width(&layout.data.saturating_sub(1).to_string());
    let mask = if layout.mask { TICK.width(MASK) } else { 0.0 };
    TICK_LENGTH + TICK_PAD + widest.max(mask)
}

/// Room below a map for ticks and their labels.
pub fn bottom_tick_room() -> f64 {
    (TICK_LENGTH + TICK_PAD + 2.0 * TICK.half_height()).ceil()
}
