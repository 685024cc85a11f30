//! A field at several times, in rows to compare, with one colour bar for all.

use ndarray::Array2;

use super::color_bar::ColorBar;
use super::heat_map::{HeatMap, bottom_tick_room, cell_side, fitting_cell, left_tick_room};
use super::parts::{Caption, LABEL, MARGIN, TICK, TITLE, X_LABEL, Y_LABEL, label_room};
use crate::figure::png::DEFAULT_SCALE;
use crate::figure::raster::CellLayout;
use crate::figure::scale::Scale;
use crate::figure::svg::{Canvas, Sheet, TextStyle, Weight};
use serde::{Deserialize, Serialize};

/// Side of the data cells of a frame in px, before rounding to whole half px a cell.
const SIDE: f64 = 120.0;
/// Space between frames, across and down.
const GAP: f64 = 10.0;
/// Space across with a mask margin, whose label is wider than the margin.
const MASK_GAP: f64 = 20.0;
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
}

/// A film strip: rows of small heat maps that share layout, scale and colour bar.
///
/// Titles that a frame shares with the frame above it are written once.
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
        Self { title: String::new(), rows, layout, scale, unit: String::new(), caption: String::new() }
    }

    /// The strip as a complete SVG document, in the size that suits it.
    pub fn to_svg(&self) -> String {
        self.natural(false)
    }

    /// The same, on a dark ground if asked.
    pub(in crate::figure) fn natural(&self, dark: bool) -> String {
        let grid = self.grid(cell_side(&self.layout, SIDE), f64::from(DEFAULT_SCALE));
        let width = (grid.right + self.bar(&grid).room() + MARGIN).ceil();
        let height = (grid.bottom + self.below(width) + MARGIN).ceil();
        self.set(&Sheet { width, height, device: 1.0, dark }, &grid)
    }

    /// The strip on a sheet, with the largest frames that it holds: a single row is broken into as many as suit the
    /// sheet. `None` where the frames would be too small to see.
    pub(in crate::figure) fn fitted(&self, sheet: &Sheet) -> Option<String> {
        let count = self.rows.first().map_or(1, |row| row.panels.len()).max(1);
        let broken = |columns: usize| match &self.rows[..] {
            [row] => Self {
                rows: row
                    .panels
                    .chunks(columns)
                    .map(|panels| StripRow { label: row.label.clone(), panels: panels.to_vec() })
                    .collect(),
                ..self.clone()
            },
            _ => self.clone(),
        };
        let ways = if self.rows.len() == 1 { 1..=count } else { count..=count };
        let fits = ways.map(broken).filter_map(|strip| strip.cell_on(sheet).map(|cell| (strip, cell)));
        let (strip, cell) = fits.max_by(|a, b| a.1.total_cmp(&b.1))?;
        let mut grid = strip.grid(cell, sheet.device);
        let slack = sheet.height - grid.bottom - strip.below(sheet.width) - MARGIN;
        grid.lower_by((0.5 * slack.max(0.0) * sheet.device).floor() / sheet.device);
        Some(strip.set(sheet, &grid))
    }

    /// The largest cell with which everything finds its place; `None` below a frame of 40 px.
    fn cell_on(&self, sheet: &Sheet) -> Option<f64> {
        let columns = self.rows.iter().map(|row| row.panels.len()).max().filter(|n| *n > 0)? as f64;
        let mut cell = 0.0;
        // The colour bar's room depends a little on its height.
        for _ in 0..3 {
            let (bare, grid) = (self.grid(0.0, sheet.device), self.grid(cell, sheet.device));
            let width = sheet.width - bare.right - self.bar(&grid).room() - MARGIN;
            let height = sheet.height - bare.bottom - self.below(sheet.width) - MARGIN;
            let side = (width / columns).min(height / self.rows.len() as f64);
            if side < 40.0 {
                return None;
            }
            cell = fitting_cell(&self.layout, side, sheet.device);
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

    fn set(&self, sheet: &Sheet, grid: &Grid) -> String {
        let bar = self.bar(grid);
        let first_top = grid.tops.first().copied().unwrap_or(grid.bottom);
        let x_room = bottom_tick_room() + label_room(X_LABEL);
        let width = sheet.width;
        let caption = Caption::new(&self.caption, width - 2.0 * MARGIN);

        let mut canvas = Canvas::on(sheet, &self.title);
        let title = TITLE.fitted(&self.title, width - 2.0 * MARGIN);
        canvas.text(MARGIN, grid.title + 0.85 * TITLE.size, &self.title, &title);
        for (row_index, top) in grid.tops.iter().enumerate() {
            self.draw_row(&mut canvas, grid, row_index, *top);
        }
        if bar.height > 0.0 {
            bar.draw(&mut canvas, grid.right, first_top);
        }
        let middle = 0.5 * (grid.left + grid.right);
        let x_style = LABEL.middle().fitted(X_LABEL, grid.right - grid.left);
        canvas.text(middle, grid.bottom + x_room - 2.0, X_LABEL, &x_style);
        caption.draw(&mut canvas, MARGIN, grid.bottom + x_room);
        canvas.finish()
    }

    fn draw_row(&self, canvas: &mut Canvas, grid: &Grid, row_index: usize, top: f64) {
        let Some(row) = self.rows.get(row_index) else { return };
        let last_row = row_index + 1 == self.rows.len();
        for (column, StripFrame { title, values }) in row.panels.iter().enumerate() {
            let x = grid.left + column as f64 * (grid.side + grid.gap);
            let map = HeatMap { layout: &self.layout, x, y: top, cell: grid.cell, device: grid.device };
            map.draw(canvas, values, &self.scale);
            if column == 0 {
                map.left_ticks(canvas);
            }
            // A frame with nothing below it carries the axis.
            let covered = self.rows[row_index + 1..].iter().any(|r| r.panels.len() > column);
            if last_row || !covered {
                map.bottom_ticks(canvas);
            }
            if self.titles_shown(row_index) {
                let style = TICK.middle().fitted(title, grid.side + 0.5 * grid.gap);
                canvas.text(x + 0.5 * grid.side, top - 6.0, title, &style);
            }
        }
        let middle = top + 0.5 * grid.side;
        let label = ROW_LABEL.upward().fitted(&row.label, grid.side);
        canvas.text(MARGIN + 0.8 * LABEL.size, middle, &row.label, &label);
        let axis_x = MARGIN + self.row_label_room();
        let axis = LABEL.upward().fitted(Y_LABEL, grid.side);
        canvas.text(axis_x + 0.8 * LABEL.size, middle, Y_LABEL, &axis);
    }

    /// Whether a row shows the titles of its frames: not where they repeat the row above.
    fn titles_shown(&self, row_index: usize) -> bool {
        let titles = |row: &StripRow| row.panels.iter().map(|p| p.title.clone()).collect::<Vec<_>>();
        let own = titles(&self.rows[row_index]);
        let above = row_index.checked_sub(1).map(|i| titles(&self.rows[i]));
        own.iter().any(|t| !t.is_empty()) && above.as_ref() != Some(&own)
    }

    fn row_label_room(&self) -> f64 {
        self.rows.iter().map(|row| label_room(&row.label)).fold(0.0, f64::max)
    }

    fn grid(&self, cell: f64, device: f64) -> Grid {
        let side = cell * f64::from(self.layout.extent());
        let columns = self.rows.iter().map(|r| r.panels.len()).max().unwrap_or(0);
        let labels = self.row_label_room();
        let axis = label_room(Y_LABEL) + left_tick_room(&self.layout);
        let left = (MARGIN + labels + axis).ceil();
        let gap = if self.layout.mask { MASK_GAP } else { GAP };
        let right = left + (columns as f64 * (side + gap) - gap).max(0.0);

        let title = if self.title.is_empty() { 0.0 } else { TITLE.size + 10.0 };
        let mut y = MARGIN + title;
        let mut tops = Vec::new();
        for row_index in 0..self.rows.len() {
            if self.titles_shown(row_index) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::colormap::ColorMap;
    use crate::figure::png::svg_to_image;

    fn strip(rows: &[usize]) -> Strip {
        let rows = rows.iter().enumerate().map(|(r, &n)| StripRow {
            label: format!("row {r}"),
            panels: (0..n)
                .map(|i| StripFrame {
                    title: format!("t = {i}"),
                    values: Array2::from_elem((4, 4), (r * 10 + i) as f64),
                })
                .collect(),
        });
        Strip::new(rows.collect(), CellLayout::new(4, false), Scale::sequential(12.0))
    }

    #[test]
    fn every_frame_stands_in_its_place() {
        let strip = strip(&[3, 3]);
        let image = svg_to_image(&strip.to_svg(), 2.0).expect("renders");
        let grid = strip.grid(cell_side(&strip.layout, SIDE), 2.0);
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
}
