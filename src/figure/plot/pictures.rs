//! Small pictures in rows: a denoising strip, with what each row is and when each column is.

use super::parts::{Caption, LABEL, MARGIN, TICK, TITLE, label_room};
use crate::figure::paper::Ground;
use crate::figure::svg::{Canvas, Sheet, TextStyle, Weight};
use image::{Rgba, RgbaImage};
use serde::{Deserialize, Serialize};

/// Width of a picture in px, usually.
const SIDE: f64 = 84.0;
/// The smallest that is drawn.
const SMALLEST: f64 = 24.0;
/// Between pictures, across and down.
const GAP: f64 = 6.0;
const ROW_LABEL: TextStyle = TextStyle { weight: Weight::Medium, ..LABEL };

/// A square picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Picture {
    /// Such as "κ = 0.5"; may be empty.
    pub title: String,
    /// sRGB, \[side, side, 3\].
    pub pixels: Vec<u8>,
}

/// One row of [`Pictures`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PictureRow {
    /// What the row shows; may be empty.
    pub label: String,
    /// From left to right.
    pub pictures: Vec<Picture>,
}

/// Rows of pictures of one size. Titles that a picture shares with the one above it are written once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pictures {
    /// Over all; may be empty.
    pub title: String,
    /// From top to bottom.
    pub rows: Vec<PictureRow>,
    /// Width of a picture where nothing else is asked for, px.
    #[serde(default = "usual_side")]
    pub side: f64,
    /// Settings in small print below; may be empty.
    pub caption: String,
}

impl Default for Pictures {
    fn default() -> Self {
        Self { title: String::new(), rows: Vec::new(), side: SIDE, caption: String::new() }
    }
}

fn usual_side() -> f64 {
    SIDE
}

impl Pictures {
    pub(in crate::figure) fn natural(&self, ground: Ground) -> Canvas {
        let width = self.left() + self.across(self.side) + MARGIN;
        let height = self.down(self.side, width);
        self.set(&Sheet::natural(width.ceil(), height.ceil(), ground), self.side)
    }

    pub(in crate::figure) fn fitted(&self, sheet: &Sheet) -> Option<String> {
        let columns = self.columns().max(1) as f64;
        let wide = (sheet.width - self.left() - MARGIN + GAP) / columns - GAP;
        let rows = self.rows.len().max(1) as f64;
        let high = (sheet.height - self.down(0.0, sheet.width)) / rows;
        let side = wide.min(high);
        if side < SMALLEST {
            return None;
        }
        self.set(sheet, side).finish_if_clear()
    }

    /// How high a sheet of this width has to be, with pictures as large as the width lets them be.
    pub(in crate::figure) fn height_on(&self, width: f64) -> f64 {
        let side = (width - self.left() - MARGIN + GAP) / self.columns().max(1) as f64 - GAP;
        self.down(side.max(0.0), width)
    }

    fn columns(&self) -> usize {
        self.rows.iter().map(|row| row.pictures.len()).max().unwrap_or(0)
    }

    fn left(&self) -> f64 {
        MARGIN + self.rows.iter().map(|row| label_room(&row.label)).fold(0.0, f64::max)
    }

    fn across(&self, side: f64) -> f64 {
        (self.columns() as f64 * (side + GAP) - GAP).max(0.0)
    }

    /// Whether a row shows the titles of its pictures: not where they repeat the row above.
    fn is_titled(&self, row: usize) -> bool {
        let titles = |row: usize| self.rows[row].pictures.iter().map(|picture| picture.title.as_str());
        let repeated = row.checked_sub(1).is_some_and(|above| titles(above).eq(titles(row)));
        titles(row).any(|title| !title.is_empty()) && !repeated
    }

    /// The height of the whole on a page of this width.
    fn down(&self, side: f64, width: f64) -> f64 {
        let (_, bottom) = self.tops(side);
        bottom + Caption::new(&self.caption, width - 2.0 * MARGIN).height() + MARGIN
    }

    /// Top edges of the rows, and the bottom of the last.
    fn tops(&self, side: f64) -> (Vec<f64>, f64) {
        let mut y = MARGIN + if self.title.is_empty() { 0.0 } else { TITLE.size + 10.0 };
        let mut tops = Vec::new();
        for row in 0..self.rows.len() {
            if self.is_titled(row) {
                y += TICK.height() + 6.0;
            }
            tops.push(y);
            y += side + GAP;
        }
        (tops, if self.rows.is_empty() { y } else { y - GAP })
    }

    fn set(&self, sheet: &Sheet, side: f64) -> Canvas {
        let mut canvas = Canvas::on(sheet, &self.title);
        let title = TITLE.fitted(&self.title, sheet.width - 2.0 * MARGIN);
        canvas.text(MARGIN, MARGIN + 0.85 * TITLE.size, &self.title, &title);
        let (tops, bottom) = self.tops(side);
        for (n, (row, top)) in self.rows.iter().zip(tops).enumerate() {
            let label = ROW_LABEL.upward().fitted(&row.label, side);
            canvas.text(MARGIN + 0.8 * LABEL.size, top + 0.5 * side, &row.label, &label);
            let titled = self.is_titled(n);
            for (column, picture) in row.pictures.iter().enumerate() {
                let x = self.left() + column as f64 * (side + GAP);
                canvas.pixel_picture([x, top, side, side], &image_of(&picture.pixels));
                if titled {
                    let style = TICK.middle().fitted(&picture.title, side + 0.5 * GAP);
                    canvas.text(x + 0.5 * side, top - 5.0, &picture.title, &style);
                }
            }
        }
        Caption::new(&self.caption, sheet.width - 2.0 * MARGIN).draw(&mut canvas, MARGIN, bottom);
        canvas
    }
}

/// Pixels \[side, side, 3\] as an image.
fn image_of(pixels: &[u8]) -> RgbaImage {
    let colors = pixels.as_chunks::<3>().0;
    let side = colors.len().isqrt() as u32;
    RgbaImage::from_fn(side, side, |x, y| {
        let [r, g, b] = colors[(y * side + x) as usize];
        Rgba([r, g, b, 255])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::png::svg_to_image;

    fn pictures() -> Pictures {
        let picture = |n: u8| Picture { title: format!("κ = 0.{n}"), pixels: [40 * n, 200, 7].repeat(64) };
        let row =
            |label: &str| PictureRow { label: label.to_owned(), pictures: (0..3).map(picture).collect() };
        let (title, caption) = ("denoising".to_owned(), "--steps 64 ".repeat(30));
        Pictures { title, rows: vec![row("linear"), row("cubic")], caption, ..Pictures::default() }
    }

    #[test]
    fn every_picture_is_in_its_place_and_titles_are_written_once() {
        let all = pictures();
        let svg = all.natural(Ground::default()).finish();
        assert_eq!(svg.matches("κ = 0.1").count(), 1);
        assert!(svg.contains(">linear<") && svg.contains(">cubic<"));
        let image = svg_to_image(&svg, 2.0).expect("renders");
        let (tops, _) = all.tops(SIDE);
        for top in tops {
            for n in 0..3u8 {
                let x = all.left() + f64::from(n) * (SIDE + GAP) + 0.5 * SIDE;
                let pixel = image.get_pixel((2.0 * x) as u32, (2.0 * (top + 0.5 * SIDE)) as u32);
                assert_eq!(pixel.0, [40 * n, 200, 7, 255]);
            }
        }
    }

    #[test]
    fn a_page_is_filled_as_far_as_it_goes_and_too_small_a_one_is_refused() {
        let all = pictures();
        let sheet = |width: f64, height: f64| Sheet::natural(width, height, Ground::opaque(true));
        let svg = all.fitted(&sheet(900.0, 500.0)).expect("fits");
        let image = svg_to_image(&svg, 1.0).expect("renders");
        assert_eq!(image.dimensions(), (900, 500));
        assert!(all.fitted(&sheet(140.0, 120.0)).is_none());
    }
}
