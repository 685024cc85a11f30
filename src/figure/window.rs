//! Which part of the state space a picture shows.

use super::raster::CellLayout;

/// A rectangle of the state space in cells, token 1 to the right and token 2 upward.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct CellWindow {
    /// The bottom left corner.
    pub min: [f32; 2],
    /// Width and height, > 0.
    pub size: [f32; 2],
}

impl CellWindow {
    /// All of `layout`.
    pub fn whole(layout: &CellLayout) -> Self {
        Self { min: [0.0; 2], size: [layout.extent(); 2] }
    }

    /// Pixels per cell in a picture of the given size in pixels.
    pub fn px_per_cell(&self, size_px: [f32; 2]) -> [f32; 2] {
        [0, 1].map(|i| size_px[i] / self.size[i])
    }

    /// Where a point in cells lies in a picture of the given size, in pixels from its top left corner.
    pub fn to_px(&self, cell: [f32; 2], size_px: [f32; 2]) -> [f32; 2] {
        let [x, y] = self.px_per_cell(size_px);
        [(cell[0] - self.min[0]) * x, size_px[1] - (cell[1] - self.min[1]) * y]
    }

    /// The point in cells that lies at a pixel position; undoes [`Self::to_px`].
    pub fn to_cell(&self, px: [f32; 2], size_px: [f32; 2]) -> [f32; 2] {
        let along = |i: usize, px: f32| self.min[i] + px * (self.size[i] / size_px[i]);
        [along(0, px[0]), along(1, size_px[1] - px[1])]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_map_to_cells_and_back() {
        let window = CellWindow { min: [3.0, 10.0], size: [8.0, 4.0] };
        let size_px = [160.0, 120.0];
        assert_eq!(window.to_px([3.0, 10.0], size_px), [0.0, 120.0]);
        assert_eq!(window.to_px([11.0, 14.0], size_px), [160.0, 0.0]);
        assert_eq!(window.to_px([5.0, 11.0], size_px), [40.0, 90.0]);
        assert_eq!(window.to_cell([40.0, 90.0], size_px), [5.0, 11.0]);
    }
}
