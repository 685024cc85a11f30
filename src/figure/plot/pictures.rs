//! Small pictures in rows: a denoising strip, with what each row is and when each column is.

use super::color_bar::ColorBar;
use super::parts::{Caption, LABEL, MARGIN, TICK, TITLE, label_room};
use crate::figure::paper::Ground;
use crate::figure::scale::Scale;
use crate::figure::svg::{Canvas, Sheet, TextStyle, Weight};
use image::{Rgba, RgbaImage};
use serde::{Deserialize, Serialize};

/// Width of a picture in px, usually.
const SIDE: f64 = 84.0;
/// The smallest that is drawn.
const SMALLEST: f64 = 24.0;
/// Between pictures, across and down.
const GAP: f64 = 6.0;
/// A colour bar is as high as the rows, within these.
const BAR: [f64; 2] = [60.0, 220.0];
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
    /// What the colours of the pictures mean, where they are numbers.
    #[serde(default)]
    pub bar: Option<PictureBar>,
    /// Settings in small print below; may be empty.
    pub caption: String,
}

/// A colour bar beside all pictures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PictureBar {
    /// Which colour is which number.
    pub scale: Scale,
    /// Of the numbers.
    pub unit: String,
}

impl Default for Pictures {
    fn default() -> Self {
        Self { title: String::new(), rows: Vec::new(), side: SIDE, bar: None, caption: String::new() }
    }
}

fn usual_side() -> f64 {
    SIDE
}

impl Pictures {
    pub(in crate::figure) fn natural(&self, ground: Ground) -> Canvas {
        let width = self.left() + self.across(self.side) + self.bar_room() + MARGIN;
        let height = self.down(self.side, width);
        self.set(&Sheet::natural(width.ceil(), height.ceil(), ground), self.side)
    }

    pub(in crate::figure) fn fitted(&self, sheet: &Sheet) -> Option<String> {
        let columns = self.columns().max(1) as f64;
        let wide = (sheet.width - self.left() - self.bar_room() - MARGIN + GAP) / columns - GAP;
        let rows = self.rows.len().max(1) as f64;
        let high = (sheet.height - self.down(0.0, sheet.width)) / rows;
        let side = wide.min(high);
        if side < SMALLEST || self.bar.is_some() && self.rows_height(side) < BAR[0] {
            return None;
        }
        self.set(sheet, side).finish_if_clear()
    }

    /// How high a sheet of this width has to be, with pictures as large as the width lets them be.
    pub(in crate::figure) fn height_on(&self, width: f64) -> f64 {
        let wide = width - self.left() - self.bar_room() - MARGIN;
        let side = (wide + GAP) / self.columns().max(1) as f64 - GAP;
        self.down(side.max(0.0), width)
    }

    fn columns(&self) -> usize {
        self.rows.iter().map(|row| row.pictures.len()).max().unwrap_or(0)
    }

    fn left(&self) -> f64 {
        MARGIN + self.rows.iter().map(|row| label_room(&row.label)).fold(0.0, f64::max)
    }

    fn color_bar(&self, height: f64) -> Option<ColorBar<'_>> {
        self.bar.as_ref().map(|PictureBar { scale, unit }| ColorBar { scale, unit, height })
    }

    /// Right of the pictures, whatever its height: a higher one has more numbers.
    fn bar_room(&self) -> f64 {
        self.color_bar(BAR[1]).map_or(0.0, |bar| bar.room())
    }

    /// From the top of the first row to the bottom of the last.
    fn rows_height(&self, side: f64) -> f64 {
        let (tops, bottom) = self.tops(side);
        tops.first().map_or(0.0, |top| bottom - top)
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
        let height = self.rows_height(side).clamp(BAR[0], BAR[1]);
        if let (Some(top), Some(bar)) = (tops.first(), self.color_bar(height)) {
            bar.draw(&mut canvas, self.left() + self.across(side), *top);
        }
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

    #[test]
    fn a_colour_bar_stands_beside_them_on_any_page() {
        let bar = Some(PictureBar { scale: Scale::sequential(24.0), unit: "bits a pixel".to_owned() });
        let (bare, all) = (pictures(), Pictures { bar, ..pictures() });
        let svg = all.natural(Ground::default()).finish();
        for word in [">bits a pixel<", ">0<", ">20<", "linearGradient"] {
            assert!(
                svg.contains(word) && (!bare.natural(Ground::default()).finish().contains(word)),
                "{word}"
            );
        }
        // The pictures are where they were, the bar is beside them, as bright at its top as at its bottom dark.
        let (image, top) = (svg_to_image(&svg, 2.0).expect("renders"), all.tops(SIDE).0[0]);
        let at = |x: f64, y: f64| image.get_pixel((2.0 * x) as u32, (2.0 * y) as u32).0;
        assert_eq!(at(all.left() + 0.5 * SIDE, top + 0.5 * SIDE), [0, 200, 7, 255]);
        let x = all.left() + all.across(SIDE) + 20.0;
        let height = all.rows_height(SIDE);
        let ends = [0.0, 1.0].map(|u| crate::figure::ColorMap::Viridis.color(u));
        for (y, [r, g, b]) in [(top + height - 1.0, ends[0]), (top + 1.0, ends[1])] {
            let found = at(x, y);
            let near = [r, g, b].into_iter().zip(found).all(|(a, b)| a.abs_diff(b) < 12);
            assert!(near, "{found:?} is not {:?}", [r, g, b]);
        }
        // On a page of one's own size, too, unless it has no room for the numbers.
        let sheet = |width: f64, height: f64| Sheet::natural(width, height, Ground::opaque(true));
        assert!(all.fitted(&sheet(900.0, 500.0)).is_some_and(|svg| svg.contains(">bits a pixel<")));
        assert!(all.fitted(&sheet(190.0, 160.0)).is_none());
    }
}
