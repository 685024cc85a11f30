//! A field at several times, in rows to compare, with one colour bar for all.

use ndarray::Array2;

use super::color_bar::ColorBar;
use super::heat_map::{HeatMap, bottom_tick_room, cell_side, cells_shown, fitting_cell, left_tick_room};
use super::overlay::{Arrows, Behind, Overlay};
use super::parts::{Caption, LABEL, MARGIN, TICK, TITLE, X_LABEL, Y_LABEL, label_room};
use crate::figure::paper::Ground;
use crate::figure::png::DEFAULT_SCALE;
use crate::figure::raster::CellLayout;
use crate::figure::scale::Scale;
use crate::figure::svg::{Canvas, Sheet, TextStyle, Weight};
use crate::figure::window::CellWindow;
use serde::{Deserialize, Serialize};

/// Side of the data cells of a frame in px, before rounding to whole half px a cell.
const SIDE: f64 = 120.0;
/// The same of a long strip.
const SMALL_SIDE: f64 = 80.0;
/// A strip of more frames is a long one.
const MANY: usize = 48;
/// A single row is broken where it has more frames than this.
const LONGEST_ROW: usize = 8;
/// Width of a sheet for each frame across, where its height is free.
const LEAST_ACROSS: f64 = 90.0;
/// Frames across for one down, in a broken row.
const LANDSCAPE: f64 = 1.6;
/// Space between frames, across and down.
const GAP: f64 = 10.0;
/// Space across with a mask margin, whose label is wider than the margin.
const MASK_GAP: f64 = 20.0;
/// Between the labels of two frames.
const LABEL_GAP: f64 = 4.0;
const ROW_LABEL: TextStyle = TextStyle { weight: Weight::Medium, ..LABEL };

/// One row of a [`Strip`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StripRow {
    /// What the row shows, such as "exact" or "learned".
    pub label: String,
    /// Frames from left to right.
    pub panels: Vec<StripFrame>,
}

/// One frame of a [`StripRow`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StripFrame {
    /// Such as "t = 0.2".
    pub title: String,
    /// \[V, V\].
    #[serde(with = "crate::figure::table")]
    pub values: Array2<f64>,
    /// Arrows or points over the map.
    #[serde(default)]
    pub overlay: Option<Overlay>,
}

impl StripFrame {
    /// A heat map with nothing over it.
    pub fn new(title: impl Into<String>, values: Array2<f64>) -> Self {
        Self { title: title.into(), values, overlay: None }
    }
}

/// A film strip: rows of small heat maps that share layout, scale and colour bar.
///
/// Titles that a frame shares with the frame above it are written once. A single row is broken into as many as suit the
/// figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Strip {
    /// Title over all; may be empty.
    pub title: String,
    /// The rows from top to bottom.
    pub rows: Vec<StripRow>,
    /// Number of tokens and placement of a mask margin.
    pub layout: CellLayout,
    /// Values to colours, the same for all frames.
    pub scale: Scale,
    /// What the colour bar shows, with its unit.
    pub unit: String,
    /// The part of the cells that is shown, where it is not all of them.
    #[serde(default)]
    pub section: Option<CellWindow>,
    /// Settings in small print below; may be empty.
    pub caption: String,
}

/// Positions in a strip, in px.
struct Grid {
    /// Top edge of the title.
    title: f64,
    /// Left edge of the first frame.
    left: f64,
    cell: f64,
    device: f64,
    side: f64,
    /// Between frames, across.
    gap: f64,
    /// Top edge of the frames of each row.
    tops: Vec<f64>,
    /// Right edge of the last frame.
    right: f64,
    /// Bottom edge of the last row.
    bottom: f64,
}

impl Grid {
    fn lower_by(&mut self, px: f64) {
        self.title += px;
        self.tops.iter_mut().for_each(|top| *top += px);
        self.bottom += px;
    }
}

impl Strip {
    /// A strip without title, unit and caption.
    pub fn new(rows: Vec<StripRow>, layout: CellLayout, scale: Scale) -> Self {
        let (title, unit, caption) = Default::default();
        Self { title, rows, layout, scale, unit, section: None, caption }
    }

    /// The strip as a complete SVG document, in the size that suits it.
    pub fn to_svg(&self) -> String {
        self.natural(Ground::default()).finish()
    }

    /// The same drawing on another ground.
    pub(in crate::figure) fn natural(&self, ground: Ground) -> Canvas {
        let count = self.frames();
        let across = ((LANDSCAPE * count as f64).sqrt().ceil() as usize).max(LONGEST_ROW);
        // All rows but the last are full, so they are as even as they can be.
        let shape = self.broken(count.div_ceil(count.div_ceil(across).max(1)));
        let side = if count > MANY { SMALL_SIDE } else { SIDE };
        let cell = cell_side(&self.layout, self.section, side);
        let grid = self.grid(&shape, cell, f64::from(DEFAULT_SCALE));
        let width = (grid.right + self.beside(&grid) + MARGIN).ceil();
        let height = (grid.bottom + self.below(width) + MARGIN).ceil();
        self.set(&Sheet::natural(width, height, ground), &shape, &grid)
    }

    /// The strip on a sheet, with the largest frames that it holds: a single row is broken into as many as suit the
    /// sheet. `None` where the frames would be too small to see.
    pub(in crate::figure) fn fitted(&self, sheet: &Sheet) -> Option<String> {
        let count = self.frames().max(1);
        // The fewest frames across for every number of rows: with more of them, frames only get smaller.
        let mut ways: Vec<usize> = (1..=count).map(|rows| count.div_ceil(rows)).collect();
        ways.dedup();
        let ways = if self.rows.len() == 1 { ways } else { vec![count] };
        let fits = ways.into_iter().map(|columns| self.broken(columns));
        let fits = fits.filter_map(|shape| self.cell_on(&shape, sheet).map(|cell| (shape, cell)));
        let (shape, cell) = fits.max_by(|a, b| a.1.total_cmp(&b.1))?;
        let mut grid = self.grid(&shape, cell, sheet.device);
        let slack = sheet.height - grid.bottom - self.below(sheet.width) - MARGIN;
        grid.lower_by((0.5 * slack.max(0.0) * sheet.device).floor() / sheet.device);
        self.set(sheet, &shape, &grid).finish_if_clear()
    }

    /// How high a sheet of this width has to be, with as many frames across as have room at a size that tells something.
    pub(in crate::figure) fn height_on(&self, width: f64, device: f64) -> f64 {
        let count = self.frames().max(1);
        let most = ((width / LEAST_ACROSS).floor() as usize).clamp(1, LONGEST_ROW);
        let across = if self.rows.len() == 1 { count.div_ceil(count.div_ceil(most)) } else { count };
        let shape = self.broken(across);
        let (mut cell, mut bottom) = (0.0, 0.0);
        // The colour bar's room depends a little on its height.
        for _ in 0..3 {
            let bare = self.grid(&shape, 0.0, device);
            let beside = self.beside(&self.grid(&shape, cell, device));
            let side = (width - bare.right - beside - MARGIN) / across as f64;
            cell = fitting_cell(cells_shown(&self.layout, self.section), side.max(1.0), device);
            bottom = bare.bottom + side.max(0.0) * shape.len() as f64;
        }
        bottom + self.below(width) + MARGIN
    }

    /// Frames of the longest row.
    fn frames(&self) -> usize {
        self.rows.iter().map(|row| row.panels.len()).max().unwrap_or(0)
    }

    /// The rows as they are drawn: a single one with at most `columns` frames across.
    fn broken(&self, columns: usize) -> Vec<Line<'_>> {
        match &self.rows[..] {
            [row] if !row.panels.is_empty() => {
                row.panels.chunks(columns.max(1)).map(|panels| (row.label.as_str(), panels)).collect()
            }
            rows => rows.iter().map(|row| (row.label.as_str(), row.panels.as_slice())).collect(),
        }
    }

    /// The largest cell with which everything finds its place; `None` below a frame of 40 px.
    fn cell_on(&self, shape: &[Line<'_>], sheet: &Sheet) -> Option<f64> {
        let columns = shape.iter().map(|(_, panels)| panels.len()).max().filter(|n| *n > 0)? as f64;
        let mut cell = 0.0;
        // The colour bar's room depends a little on its height.
        for _ in 0..3 {
            let bare = self.grid(shape, 0.0, sheet.device);
            let grid = self.grid(shape, cell, sheet.device);
            let width = sheet.width - bare.right - self.beside(&grid) - MARGIN;
            let height = sheet.height - bare.bottom - self.below(sheet.width) - MARGIN;
            let side = (width / columns).min(height / shape.len() as f64);
            if side < 40.0 {
                return None;
            }
            cell = fitting_cell(cells_shown(&self.layout, self.section), side, sheet.device);
        }
        Some(cell)
    }

    /// Room below the frames: axis and caption.
    fn below(&self, width: f64) -> f64 {
        let caption = Caption::new(&self.caption, width - 2.0 * MARGIN);
        bottom_tick_room() + label_room(X_LABEL) + caption.height()
    }

    fn bar(&self, grid: &Grid) -> ColorBar<'_> {
        let first_top = grid.tops.first().copied().unwrap_or(grid.bottom);
        ColorBar { scale: &self.scale, unit: &self.unit, height: grid.bottom - first_top }
    }

    /// The first frame's place: the legend of arrows stands beside it.
    fn first_map(&self, grid: &Grid) -> HeatMap<'_> {
        let (layout, section) = (&self.layout, self.section);
        let y = grid.tops.first().copied().unwrap_or(grid.bottom);
        // Right of all columns.
        let x = grid.right - grid.side;
        HeatMap { layout, section, ranges: None, whole: false, x, y, cell: grid.cell, device: grid.device }
    }

    /// The arrows of the first frame, whose legend holds for all.
    fn arrows(&self) -> Option<&Arrows> {
        match self.rows.first()?.panels.first()?.overlay.as_ref()? {
            Overlay::Arrows(arrows) => Some(arrows),
            Overlay::Points(_) | Overlay::Lines(_) => None,
        }
    }

    /// Room right of the frames for the colour bar, or for the legend of the arrows.
    fn beside(&self, grid: &Grid) -> f64 {
        match self.arrows() {
            Some(arrows) => arrows.legend_room(&self.first_map(grid)),
            None => self.bar(grid).room(),
        }
    }

    fn set(&self, sheet: &Sheet, shape: &[Line<'_>], grid: &Grid) -> Canvas {
        let bar = self.bar(grid);
        let first_top = grid.tops.first().copied().unwrap_or(grid.bottom);
        let x_room = bottom_tick_room() + label_room(X_LABEL);
        let width = sheet.width;
        let caption = Caption::new(&self.caption, width - 2.0 * MARGIN);

        let mut canvas = Canvas::on(sheet, &self.title);
        let title = TITLE.fitted(&self.title, width - 2.0 * MARGIN);
        canvas.text(MARGIN, grid.title + 0.85 * TITLE.size, &self.title, &title);
        for (row_index, top) in grid.tops.iter().enumerate() {
            self.draw_row(&mut canvas, shape, grid, row_index, *top);
        }
        if let Some(arrows) = self.arrows() {
            arrows.draw_legend(&mut canvas, &self.first_map(grid));
        } else if bar.height > 0.0 {
            bar.draw(&mut canvas, grid.right, first_top);
        }
        let middle = 0.5 * (grid.left + grid.right);
        let x_style = LABEL.middle().fitted(X_LABEL, grid.right - grid.left);
        canvas.text(middle, grid.bottom + x_room - 2.0, X_LABEL, &x_style);
        caption.draw(&mut canvas, MARGIN, grid.bottom + x_room);
        canvas
    }

    fn draw_row(&self, canvas: &mut Canvas, shape: &[Line<'_>], grid: &Grid, row_index: usize, top: f64) {
        let Some((label, panels)) = shape.get(row_index) else { return };
        let last_row = row_index + 1 == shape.len();
        let (layout, section) = (&self.layout, self.section);
        let titled = titles_shown(shape, row_index);
        for (column, StripFrame { title, values, overlay }) in panels.iter().enumerate() {
            let x = grid.left + column as f64 * (grid.side + grid.gap);
            let map = HeatMap {
                layout,
                section,
                ranges: None,
                whole: false,
                x,
                y: top,
                cell: grid.cell,
                device: grid.device,
            };
            map.draw(canvas, values, &self.scale);
            if let Some(overlay) = overlay {
                overlay.draw(canvas, &map, Behind::Veil);
            }
            if column == 0 {
                map.left_ticks(canvas);
            }
            // A frame with nothing below it carries the axis.
            let covered = shape[row_index + 1..].iter().any(|(_, below)| below.len() > column);
            // Frames close to each other have no room for the labels of all.
            let [left, right] = map.bottom_overhang();
            let labels_fit = left + right + LABEL_GAP <= grid.gap;
            if (last_row || !covered) && (labels_fit || column == 0) {
                map.bottom_ticks(canvas);
            }
            if titled {
                let room = grid.side + 0.5 * grid.gap;
                // The time is said first: of a small frame it is all that is said.
                let first = title.split(',').next().unwrap_or_default();
                let title = if TICK.width(title) > 1.4 * room { first } else { title };
                let style = TICK.middle().fitted(title, room);
                canvas.text(x + 0.5 * grid.side, top - 6.0, title, &style);
            }
        }
        let middle = top + 0.5 * grid.side;
        let style = ROW_LABEL.upward().fitted(label, grid.side);
        canvas.text(MARGIN + 0.8 * LABEL.size, middle, label, &style);
        let axis_x = MARGIN + self.row_label_room();
        let axis = LABEL.upward().fitted(Y_LABEL, grid.side);
        canvas.text(axis_x + 0.8 * LABEL.size, middle, Y_LABEL, &axis);
    }

    fn row_label_room(&self) -> f64 {
        self.rows.iter().map(|row| label_room(&row.label)).fold(0.0, f64::max)
    }

    fn grid(&self, shape: &[Line<'_>], cell: f64, device: f64) -> Grid {
        let side = cell * cells_shown(&self.layout, self.section);
        let columns = shape.iter().map(|(_, panels)| panels.len()).max().unwrap_or(0);
        let labels = self.row_label_room();
        let axis = label_room(Y_LABEL) + left_tick_room(&self.layout, None);
        let left = (MARGIN + labels + axis).ceil();
        let gap = if self.layout.mask { MASK_GAP } else { GAP };
        let right = left + (columns as f64 * (side + gap) - gap).max(0.0);

        let title = if self.title.is_empty() { 0.0 } else { TITLE.size + 10.0 };
        let mut y = MARGIN + title;
        let mut tops = Vec::new();
        for row_index in 0..shape.len() {
            if titles_shown(shape, row_index) {
                y += TICK.height() + 8.0;
            } else if row_index == 0 {
                // The power of ten above the colour bar needs a line.
                y += TICK.height();
            }
            tops.push(y);
            y += side + GAP;
        }
        let bottom = if tops.is_empty() { y } else { y - GAP };
        Grid { title: MARGIN, left, cell, device, side, gap, tops, right, bottom }
    }
}

/// A row as it is drawn: its label and frames.
type Line<'a> = (&'a str, &'a [StripFrame]);

/// Whether a row shows the titles of its frames: not where they repeat the row above.
fn titles_shown(shape: &[Line<'_>], row_index: usize) -> bool {
    let titles = |index: usize| shape[index].1.iter().map(|panel| panel.title.as_str());
    let repeated = row_index.checked_sub(1).is_some_and(|above| titles(above).eq(titles(row_index)));
    titles(row_index).any(|title| !title.is_empty()) && !repeated
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::colormap::ColorMap;
    use crate::figure::png::svg_to_image;

    fn strip(rows: &[usize]) -> Strip {
        let rows = rows.iter().enumerate().map(|(r, &n)| StripRow {
            label: format!("row {r}"),
            panels: (0..n)
                .map(|i| StripFrame::new(format!("t = {i}"), Array2::from_elem((4, 4), (r * 10 + i) as f64)))
                .collect(),
        });
        Strip::new(rows.collect(), CellLayout::new(4, false), Scale::sequential(12.0))
    }

    #[test]
    fn every_frame_stands_in_its_place() {
        let strip = strip(&[3, 3]);
        let image = svg_to_image(&strip.to_svg(), 2.0).expect("renders");
        let grid = strip.grid(&strip.broken(3), cell_side(&strip.layout, None, SIDE), 2.0);
        for (r, top) in grid.tops.iter().enumerate() {
            for i in 0..3 {
                let x = grid.left + i as f64 * (grid.side + grid.gap) + 0.5 * grid.side;
                let pixel = image.get_pixel((2.0 * x) as u32, (2.0 * (top + 0.5 * grid.side)) as u32);
                let [red, green, blue] = ColorMap::Viridis.color((r * 10 + i) as f64 / 12.0);
                assert_eq!(pixel.0, [red, green, blue, 255], "row {r} frame {i}");
            }
        }
    }

    #[test]
    fn repeated_titles_are_written_once_and_ragged_rows_are_fine() {
        let same = strip(&[3, 3]).to_svg();
        assert_eq!(same.matches(">t = 1<").count(), 1);
        let ragged = strip(&[2, 3]).to_svg();
        assert_eq!(ragged.matches(">t = 1<").count(), 2);
        for rows in [&[][..], &[0], &[1, 0, 2]] {
            assert!(svg_to_image(&strip(rows).to_svg(), 1.0).is_ok());
        }
    }

    #[test]
    fn a_long_row_is_broken_and_no_frame_is_lost() {
        for count in [1, 8, 9, 48, 100, 1000] {
            let strip = strip(&[count]);
            let svg = strip.to_svg();
            assert_eq!(svg.matches("<g shape-rendering").count(), count, "{count} frames");
            assert!(!svg.contains("<image"), "cells and colour bar are shapes");
            let drawn = svg_to_image(&svg, 1.0).expect("renders");
            let share = f64::from(drawn.width()) / f64::from(drawn.height());
            assert!(
                count <= 8 || (0.8..2.6).contains(&share),
                "{count} frames: {share} times as wide as high"
            );
        }
        let sheet = Sheet::natural(1600.0, 1200.0, Ground::default());
        let long = strip(&[200]);
        assert_eq!(long.fitted(&sheet).expect("fits").matches("<g shape-rendering").count(), 200);
        assert!(strip(&[1000]).fitted(&sheet).is_none(), "frames that nobody could see");
    }

    #[test]
    fn arrows_have_their_legend_in_place_of_the_colour_bar() {
        let mut strip = strip(&[3]);
        let along = Arrows {
            arrows: vec![[2.0, 2.0, 1.0, 0.0]],
            longest: 1.0,
            block: 2.0,
            unit: "mass / time".to_owned(),
            pointed: None,
        };
        for frame in &mut strip.rows[0].panels {
            frame.overlay = Some(Overlay::Arrows(along.clone()));
        }
        let svg = strip.to_svg();
        assert!(!svg.contains("<linearGradient"), "no colour bar");
        // A veil and an arrow a frame, three arrows of the legend.
        assert_eq!(svg.matches("<path").count(), 3 * 2 + 3);
        assert_eq!(svg.matches(">mass / time<").count(), 1);
    }
}
