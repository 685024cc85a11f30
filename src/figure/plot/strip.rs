//! A field at several times, in rows to compare, with one colour bar for all.

use ndarray::Array2;

use super::color_bar::ColorBar;
use super::heat_map::{HeatMap, bottom_tick_room, cell_side, left_tick_room};
use super::parts::{Caption, LABEL, MARGIN, TICK, TITLE, X_LABEL, Y_LABEL, label_room};
use crate::figure::raster::CellLayout;
use crate::figure::scale::Scale;
use crate::figure::svg::{Canvas, TextStyle, Weight};

/// Side of the data cells of a frame in px, before rounding to whole half px a cell.
const SIDE: f64 = 120.0;
/// Space between frames, across and down.
const GAP: f64 = 10.0;
/// Space across with a mask margin, whose label is wider than the margin.
const MASK_GAP: f64 = 20.0;
const ROW_LABEL: TextStyle = TextStyle { weight: Weight::Medium, ..LABEL };

/// One row of a [`Strip`].
#[derive(Clone, Debug, PartialEq)]
pub struct StripRow {
    /// What the row shows, such as "exact" or "learned".
    pub label: String,
    /// Frames from left to right: title (such as "t = 0.2") and values `[V, V]`.
    pub panels: Vec<(String, Array2<f64>)>,
}

/// A film strip: rows of small heat maps that share layout, scale and colour bar.
///
/// Titles that a frame shares with the frame above it are written once.
#[derive(Clone, Debug, PartialEq)]
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
    /// Left edge of the first frame.
    left: f64,
    cell: f64,
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

impl Strip {
    /// A strip without title, unit and caption.
    pub fn new(rows: Vec<StripRow>, layout: CellLayout, scale: Scale) -> Self {
        Self { title: String::new(), rows, layout, scale, unit: String::new(), caption: String::new() }
    }

    /// The strip as a complete SVG document.
    pub fn to_svg(&self) -> String {
        let grid = self.grid();
        let first_top = grid.tops.first().copied().unwrap_or(grid.bottom);
        let bar = ColorBar { scale: &self.scale, unit: &self.unit, height: grid.bottom - first_top };
        let x_room = bottom_tick_room() + label_room(X_LABEL);
        let width = grid.right + bar.room() + MARGIN;
        let caption = Caption::new(&self.caption, width - 2.0 * MARGIN);
        let height = grid.bottom + x_room + caption.height() + MARGIN;

        let mut canvas = Canvas::new(width, height, &self.title);
        let title = TITLE.fitted(&self.title, width - 2.0 * MARGIN);
        canvas.text(MARGIN, MARGIN + 0.85 * TITLE.size, &self.title, &title);
        for (row_index, top) in grid.tops.iter().enumerate() {
            self.draw_row(&mut canvas, &grid, row_index, *top);
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
        for (column, (title, values)) in row.panels.iter().enumerate() {
            let x = grid.left + column as f64 * (grid.side + grid.gap);
            let map = HeatMap { layout: &self.layout, x, y: top, cell: grid.cell };
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
        let titles = |row: &StripRow| row.panels.iter().map(|p| p.0.clone()).collect::<Vec<_>>();
        let own = titles(&self.rows[row_index]);
        let above = row_index.checked_sub(1).map(|i| titles(&self.rows[i]));
        own.iter().any(|t| !t.is_empty()) && above.as_ref() != Some(&own)
    }

    fn row_label_room(&self) -> f64 {
        self.rows.iter().map(|row| label_room(&row.label)).fold(0.0, f64::max)
    }

    fn grid(&self) -> Grid {
        let cell = cell_side(&self.layout, SIDE);
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
        Grid { left, cell, side, gap, tops, right, bottom }
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
                .map(|i| (format!("t = {i}"), Array2::from_elem((4, 4), (r * 10 + i) as f64)))
                .collect(),
        });
        Strip::new(rows.collect(), CellLayout::new(4, false), Scale::sequential(12.0))
    }

    #[test]
    fn every_frame_stands_in_its_place() {
        let strip = strip(&[3, 3]);
        let image = svg_to_image(&strip.to_svg(), 2.0).expect("renders");
        let grid = strip.grid();
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
