//! Squares of plain colour in an SVG that stay crisp in every viewer and converter.
//!
//! Many programs that turn SVG into PDF smooth the pixels of an embedded picture, however large they are drawn. A few cells
//! are therefore drawn as shapes, and many as a picture with so many pixels a cell that smoothing does not show.

use super::svg::Canvas;
use image::{Rgba, RgbaImage, imageops};
use std::fmt::Write as _;

/// Fewer cells along both sides are shapes.
const FEW: u32 = 64;
/// More shapes than this in one drawing would make it slow to open: the rest become pictures.
const MOST_SHAPES: usize = 50_000;
/// A picture of cells has about so many pixels along its longer side, a whole number for each cell.
const PIXELS: u32 = 1024;

/// A rectangle of one colour in cells, from its top left corner to the bottom of all cells.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Shape {
    x: u32,
    y: u32,
    width: u32,
    color: Rgba<u8>,
}

impl Canvas {
    /// Cells of the colours of `cells`, one pixel each and all opaque, over a rectangle `[x, y, width, height]`.
    pub fn cells(&mut self, [x, y, width, height]: [f64; 4], cells: &RgbaImage) {
        let (columns, rows) = cells.dimensions();
        if columns == 0 || rows == 0 {
            return;
        }
        let shapes = if columns.max(rows) < FEW { shapes(cells) } else { Vec::new() };
        if shapes.is_empty() || !self.has_room_for(shapes.len(), MOST_SHAPES) {
            return self.pixel_picture([x, y, width, height], cells);
        }
        let place = [x, y, width / f64::from(columns), height / f64::from(rows)].map(fine);
        let [x, y, across, down] = place;
        let mut group = format!(
            r#"<g shape-rendering="crispEdges" transform="translate({x} {y}) scale({across} {down})">"#
        );
        for Shape { x, y, width, color } in shapes {
            let (color, height) = (hex(color), rows - y);
            // Writing into a String cannot fail.
            _ = write!(group, r#"<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="{color}"/>"#);
        }
        group.push_str("</g>");
        self.line(&group);
    }

    /// The same as an embedded picture, for cells that are the pixels of a picture themselves.
    pub fn pixel_picture(&mut self, [x, y, width, height]: [f64; 4], pixels: &RgbaImage) {
        self.image(x, y, width, height, &enlarged(pixels));
    }
}

/// What is painted one over the other, row by row. A cell that has the colour of the one above it is there already. Every
/// shape reaches under its right neighbour and under all rows below: where a viewer softens an edge, only the colours on its
/// two sides mix, and nothing shines through from below.
fn shapes(cells: &RgbaImage) -> Vec<Shape> {
    let columns = cells.width() as usize;
    let mut painted: Vec<Option<Rgba<u8>>> = vec![None; columns];
    let mut shapes = Vec::new();
    for (y, row) in cells.rows().enumerate() {
        let row: Vec<Rgba<u8>> = row.copied().collect();
        let differs: Vec<bool> = painted.iter().zip(&row).map(|(was, is)| *was != Some(*is)).collect();
        // The neighbours of what is painted anew are, too: their edges would show what was there before.
        let anew = |x: usize| differs[x.saturating_sub(1)..(x + 2).min(columns)].contains(&true);
        let mut x = 0;
        while x < columns {
            if !anew(x) {
                x += 1;
                continue;
            }
            let same = row[x..].iter().take_while(|color| **color == row[x]).count();
            let end = (x..x + same).find(|at| !anew(*at)).unwrap_or(x + same);
            let under = usize::from(end < columns && anew(end));
            let width = (end - x + under) as u32;
            shapes.push(Shape { x: x as u32, y: y as u32, width, color: row[x] });
            x = end;
        }
        painted = row.into_iter().map(Some).collect();
    }
    shapes
}

/// The same cells with many pixels each.
fn enlarged(cells: &RgbaImage) -> RgbaImage {
    let (columns, rows) = cells.dimensions();
    let factor = PIXELS.div_ceil(columns.max(rows)).max(1);
    imageops::resize(cells, factor * columns, factor * rows, imageops::FilterType::Nearest)
}

/// A colour of data: spelt as no colour of paper and ink is, which a dark ground replaces.
fn hex(Rgba([r, g, b, _]): Rgba<u8>) -> String {
    let short = [r, g, b].map(|byte| byte / 17);
    if short.map(|digit| 17 * digit) == [r, g, b] {
        let [r, g, b] = short;
        return format!("#{r:X}{g:X}{b:X}");
    }
    format!("#{r:02X}{g:02X}{b:02X}")
}

/// A number with at most six decimals: it is multiplied by up to 63.
fn fine(v: f64) -> String {
    let text = format!("{v:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::png::svg_to_image;

    fn random(columns: u32, rows: u32, colors: u32) -> RgbaImage {
        RgbaImage::from_fn(columns, rows, |x, y| {
            let hash = (x * 977 + y * 131 + 7).wrapping_mul(2_654_435_761) >> 16;
            let [r, g, b] = [hash % colors, hash / 7 % colors, hash / 31 % colors]
                .map(|c| (255 * c / (colors - 1)) as u8);
            Rgba([r, g, b, 255])
        })
    }

    fn drawn(cells: &RgbaImage, dark: bool) -> String {
        let sheet = super::super::svg::Sheet::natural(400.0, 300.0, super::super::Ground::opaque(dark));
        let mut canvas = Canvas::on(&sheet, "");
        canvas.cells([20.0, 10.0, 360.0, 280.0], cells);
        canvas.finish()
    }

    #[test]
    fn every_cell_has_its_colour_as_shapes_and_as_a_picture_on_light_and_dark() {
        for (columns, rows, colors) in
            [(1, 1, 2), (2, 2, 2), (5, 3, 2), (20, 20, 6), (40, 35, 2), (63, 63, 200), (90, 70, 9)]
        {
            let cells = random(columns, rows, colors);
            for dark in [false, true] {
                let svg = drawn(&cells, dark);
                assert_eq!(svg.contains("<image"), columns.max(rows) >= FEW);
                let image = svg_to_image(&svg, 2.0).expect("renders");
                for (x, y, color) in cells.enumerate_pixels() {
                    let at = |first: f64, length: f64, n: u32, of: u32| {
                        (2.0 * (first + length * (f64::from(n) + 0.5) / f64::from(of))) as u32
                    };
                    let found = image.get_pixel(at(20.0, 360.0, x, columns), at(10.0, 280.0, y, rows));
                    assert_eq!(found, color, "({x}, {y}) of {columns} × {rows}, dark: {dark}");
                }
            }
        }
    }

    #[test]
    fn nothing_shines_through_between_cells_where_edges_are_softened() {
        // As in a PDF: the hint that keeps edges hard is lost, and cells end between pixels.
        for colors in [2, 5] {
            let mut cells = random(13, 11, colors);
            // Red and green as they come, but no blue: the ground alone is blue.
            cells.pixels_mut().for_each(|pixel| pixel[2] = 0);
            let svg = drawn(&cells, false)
                .replace(r#" shape-rendering="crispEdges""#, "")
                .replace("#ffffff", "#0000ff");
            let image = svg_to_image(&svg, 0.93).expect("renders");
            let inside = |x: u32, y: u32| (25..345).contains(&x) && (15..260).contains(&y);
            let blue =
                image.enumerate_pixels().filter(|(x, y, _)| inside(*x, *y)).map(|(.., pixel)| pixel[2]).max();
            assert_eq!(blue, Some(0), "the ground shows between cells");
        }
    }

    #[test]
    fn equal_neighbours_are_one_shape_and_too_many_shapes_a_picture() {
        let flat = RgbaImage::from_pixel(60, 60, Rgba([9, 80, 7, 255]));
        assert_eq!(shapes(&flat), [Shape { x: 0, y: 0, width: 60, color: Rgba([9, 80, 7, 255]) }]);
        let mut spot = flat.clone();
        spot.put_pixel(30, 30, Rgba([250, 0, 0, 255]));
        assert!(shapes(&spot).len() <= 7, "{}", shapes(&spot).len());
        assert!(drawn(&spot, false).len() < 1_200);
        let busy = random(63, 63, 200);
        assert!(drawn(&busy, false).len() < 230_000, "{}", drawn(&busy, false).len());
        let mut canvas = Canvas::new(100.0, 100.0, "");
        for _ in 0..20 {
            canvas.cells([0.0, 0.0, 100.0, 100.0], &busy);
        }
        let svg = canvas.finish();
        assert!(svg.contains("<image") && svg.matches("<rect").count() <= MOST_SHAPES + 1);
    }

    #[test]
    fn a_picture_of_many_cells_has_whole_pixels_for_each() {
        for side in [64, 65, 100, 256, 257, 2000] {
            let large = enlarged(&random(side, side / 2, 7));
            assert!(large.width() >= 1000 && large.width().is_multiple_of(side), "{side}: {}", large.width());
            assert_eq!(large.height(), large.width() / side * (side / 2));
        }
    }
}
