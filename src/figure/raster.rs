//! Where the cells of a heat map lie, and a heat map as pixels.
//!
//! [`CellLayout`] has a twin in the heat-map shader: both use plain f32 arithmetic in the same
//! order, so that a cell under the pointer, in the window and in a figure is the same cell.

use std::ops::Range;

use image::{Rgba, RgbaImage};
use ndarray::Array2;

use super::scale::Scale;
use super::window::CellWindow;

/// Placement of the V tokens of one axis, in units of a data cell.
///
/// The data tokens 0..K take one unit each. With a mask token (index K, V = K + 1) there follow
/// an empty gap and a margin cell for the mask, at the right on axis 0 and at the top on axis 1.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct CellLayout {
    /// K, the number of data tokens.
    pub data: usize,
    /// Whether there is a mask token after the data tokens.
    pub mask: bool,
    /// Width of the empty gap before the mask margin, in cells (unused without a mask).
    pub gap: f32,
}

impl CellLayout {
    /// The layout for K data tokens with a gap in proportion: `max(0.25, K / 48)` cells.
    pub fn new(data: usize, mask: bool) -> Self {
        Self { data, mask, gap: (data as f32 / 48.0).max(0.25) }
    }

    /// V, the number of tokens an axis has.
    pub fn tokens(&self) -> usize {
        self.data + usize::from(self.mask)
    }

    /// Thickness of the mask margin in cells: `max(1, K / 24)`, so that it stays visible.
    pub fn mask_cells(&self) -> f32 {
        (self.data as f32 / 24.0).max(1.0)
    }

    /// Total side in cells: K, or K + gap + mask margin.
    pub fn extent(&self) -> f32 {
        let data = self.data as f32;
        if self.mask { data + self.gap + self.mask_cells() } else { data }
    }

    /// The token at coordinate `x` ∈ [0, extent) in cells; `None` in the gap and outside.
    pub fn cell_at(&self, x: f32) -> Option<usize> {
        let data = self.data as f32;
        if x >= 0.0 && x < data {
            return Some(x as usize);
        }
        let margin = data + self.gap;
        (self.mask && x >= margin && x < margin + self.mask_cells()).then_some(self.data)
    }

    /// The interval of coordinates that `token` takes, in cells; empty for tokens there are not.
    pub fn span_of(&self, token: usize) -> Range<f32> {
        if token < self.data {
            token as f32..token as f32 + 1.0
        } else if self.mask && token == self.data {
            let margin = self.data as f32 + self.gap;
            margin..margin + self.mask_cells()
        } else {
            0.0..0.0
        }
    }
}

/// A heat map of `size_px` × `size_px` pixels, each pixel the colour of the cell under its centre,
/// token 1 to the right, token 2 upward. The gap is transparent; values that are not finite and
/// cells that `values` does not have are mid grey.
///
/// # Shapes
/// `values`: `[V, V]` with V = [`CellLayout::tokens`].
pub fn rasterize(values: &Array2<f64>, layout: &CellLayout, scale: &Scale, size_px: u32) -> RgbaImage {
    rasterize_window(values, layout, CellWindow::whole(layout), scale, size_px)
}

/// [`rasterize`] of a part of the state space; what lies outside of it is transparent.
pub fn rasterize_window(
    values: &Array2<f64>,
    layout: &CellLayout,
    window: CellWindow,
    scale: &Scale,
    size_px: u32,
) -> RgbaImage {
    let [columns, rows] = [0, 1].map(|i| -> Vec<Option<usize>> {
        let cells_per_px = window.size[i] / size_px as f32;
        let token_at = |px: u32| layout.cell_at(window.min[i] + (px as f32 + 0.5) * cells_per_px);
        (0..size_px).map(token_at).collect()
    });
    RgbaImage::from_fn(size_px, size_px, |px, py| {
        match (columns[px as usize], rows[(size_px - 1 - py) as usize]) {
            (Some(i), Some(j)) => pixel(values, i, j, scale),
            _ => Rgba([0; 4]),
        }
    })
}

/// The cells `columns` × `rows` as one pixel each, without gap.
pub(super) fn raster_block(
    values: &Array2<f64>,
    columns: Range<usize>,
    rows: Range<usize>,
    scale: &Scale,
) -> RgbaImage {
    RgbaImage::from_fn(columns.len() as u32, rows.len() as u32, |x, y| {
        let (i, j) = (columns.start + x as usize, rows.end - 1 - y as usize);
        pixel(values, i, j, scale)
    })
}

fn pixel(values: &Array2<f64>, i: usize, j: usize, scale: &Scale) -> Rgba<u8> {
    let [r, g, b] = scale.color(values.get([i, j]).copied().unwrap_or(f64::NAN));
    Rgba([r, g, b, 255])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::colormap::{ColorMap, MISSING};

    fn opaque([r, g, b]: [u8; 3]) -> Rgba<u8> {
        Rgba([r, g, b, 255])
    }

    #[test]
    fn coordinates_map_to_tokens_and_back() {
        for k in [1, 2, 5, 64, 256] {
            for mask in [false, true] {
                let layout = CellLayout::new(k, mask);
                for token in 0..layout.tokens() {
                    let span = layout.span_of(token);
                    assert_eq!(layout.cell_at(span.start), Some(token), "K {k} token {token}");
                    assert_eq!(layout.cell_at(0.5 * (span.start + span.end)), Some(token));
                    assert_ne!(layout.cell_at(span.end), Some(token));
                }
                assert_eq!(layout.span_of(layout.tokens()), 0.0..0.0);
                for outside in [-1e-6, layout.extent(), f32::NAN, f32::INFINITY] {
                    assert_eq!(layout.cell_at(outside), None);
                }
            }
        }
    }

    #[test]
    fn gap_lies_between_data_and_mask() {
        let layout = CellLayout { data: 48, mask: true, gap: 1.5 };
        assert_eq!(layout.mask_cells(), 2.0);
        assert_eq!(layout.extent(), 51.5);
        assert_eq!(
            [47.9, 48.0, 49.4, 49.5, 51.4].map(|x| layout.cell_at(x)),
            [Some(47), None, None, Some(48), Some(48)]
        );
        assert_eq!(CellLayout { mask: false, ..layout }.extent(), 48.0);
    }

    #[test]
    fn token_1_runs_right_and_token_2_up() {
        let k = 4;
        let mut values = Array2::zeros((k, k));
        values[[k - 1, 0]] = 1.0;
        let scale = Scale::sequential(1.0);
        let image = rasterize(&values, &CellLayout::new(k, false), &scale, 8);
        let (hot, cold) = (ColorMap::Viridis.color(1.0), ColorMap::Viridis.color(0.0));
        assert_eq!(*image.get_pixel(7, 7), opaque(hot));
        assert_eq!(*image.get_pixel(6, 6), opaque(hot));
        assert_eq!(image.pixels().filter(|p| **p == opaque(hot)).count(), 4);
        assert_eq!(*image.get_pixel(7, 0), opaque(cold));
        let cells = raster_block(&values, 0..k, 0..k, &scale);
        assert_eq!(image::imageops::resize(&cells, 8, 8, image::imageops::FilterType::Nearest), image);
    }

    #[test]
    fn mask_margin_is_top_right_behind_a_transparent_gap() {
        let layout = CellLayout { data: 2, mask: true, gap: 1.0 };
        let mut values = Array2::from_elem((3, 3), 0.5);
        values[[2, 2]] = 1.0;
        values[[2, 0]] = f64::NAN;
        let image = rasterize(&values, &layout, &Scale::sequential(1.0), 4);
        assert_eq!(*image.get_pixel(3, 0), opaque(ColorMap::Viridis.color(1.0)));
        assert_eq!(*image.get_pixel(3, 3), opaque(MISSING));
        assert_eq!(*image.get_pixel(0, 0), opaque(ColorMap::Viridis.color(0.5)));
        for i in 0..4 {
            assert_eq!(image.get_pixel(2, i)[3], 0);
            assert_eq!(image.get_pixel(i, 1)[3], 0);
        }
    }

    #[test]
    fn wrong_shapes_and_empty_sizes_do_not_panic() {
        let values = Array2::zeros((1, 2));
        let image = rasterize(&values, &CellLayout::new(3, true), &Scale::sequential(1.0), 5);
        assert_eq!(*image.get_pixel(4, 4), opaque(MISSING));
        assert_eq!(rasterize(&values, &CellLayout::new(0, false), &Scale::sequential(1.0), 0).len(), 0);
    }
}
