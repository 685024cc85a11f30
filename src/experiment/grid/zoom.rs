//! Zoom and pan, linked over all views: which part of the state space they show.

use crate::figure::{CellLayout, CellWindow};
use crate::flow::FlowError;
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

/// No fewer cells than this along a side: more would show nothing new.
const FEWEST_CELLS: f32 = 2.0;
/// One press of a key.
const KEY_STEP: f32 = 1.5;

/// A square part of the state space, in shares of the whole, so that it means the same for any K.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Zoom {
    /// The bottom left corner.
    min: [f32; 2],
    side: f32,
}

impl Default for Zoom {
    fn default() -> Self {
        Self { min: [0.0; 2], side: 1.0 }
    }
}

impl Zoom {
    /// Checks that it lies in the state space, for one that comes from a file.
    ///
    /// # Errors
    /// Names what is out of range.
    pub fn validated(self) -> Result<Self, FlowError> {
        let range = |what, given: f32, fits: RangeInclusive<f32>, expected| {
            if fits.contains(&given) {
                Ok(())
            } else {
                Err(FlowError::Range { what, given: f64::from(given), expected })
            }
        };
        range("zoom.side", self.side, f32::MIN_POSITIVE..=1.0, "a share above 0 and at most 1")?;
        for min in self.min {
            // Rounding may have left a corner just outside.
            range("zoom.min", min, 0.0..=1.0 - self.side + 1e-4, "a share from 0 to 1 − zoom.side")?;
        }
        Ok(self)
    }

    /// Whether all is shown.
    pub fn is_whole(&self) -> bool {
        self.side >= 1.0
    }

    /// How many times larger than the whole, ≥ 1.
    pub fn factor(&self) -> f32 {
        1.0 / self.side
    }

    /// The part of `layout` that is shown.
    pub fn window(&self, layout: &CellLayout) -> CellWindow {
        if self.is_whole() {
            return CellWindow::whole(layout);
        }
        let extent = layout.extent();
        let side = self.side.max(FEWEST_CELLS / extent).min(1.0);
        // A coarser grid may not allow the whole factor: then around the same middle.
        let inward = 0.5 * (side - self.side);
        let min = self.min.map(|min| (min - inward).clamp(0.0, 1.0 - side) * extent);
        CellWindow { min, size: [side * extent; 2] }
    }

    /// Magnifies by `factor`; the point of the window at `focus`, in shares from its bottom left corner, stays.
    pub fn magnify(&mut self, layout: &CellLayout, focus: [f32; 2], factor: f32) {
        let least = (FEWEST_CELLS / layout.extent()).min(1.0);
        let before = self.side;
        let side = (before / factor).clamp(least, 1.0);
        // Nearly whole is whole: nobody can aim at it.
        self.side = if side > 0.98 { 1.0 } else { side };
        for (min, focus) in self.min.iter_mut().zip(focus) {
            *min += focus * (before - self.side);
        }
        self.keep_inside();
    }

    /// Moves the window by shares of itself, right and up.
    pub fn pan(&mut self, by: [f32; 2]) {
        for (min, by) in self.min.iter_mut().zip(by) {
            *min += by * self.side;
        }
        self.keep_inside();
    }

    fn keep_inside(&mut self) {
        self.min = self.min.map(|min| min.clamp(0.0, 1.0 - self.side));
    }

    /// One press of a key: larger or smaller around the middle.
    pub fn step(&mut self, layout: &CellLayout, larger: bool) {
        self.magnify(layout, [0.5; 2], if larger { KEY_STEP } else { 1.0 / KEY_STEP });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_from_a_file_must_lie_in_the_state_space() {
        let read = |text: &str| serde_json::from_str::<Zoom>(text).expect("a zoom").validated();
        assert!(read(r#"{"min": [0.25, 0.5], "side": 0.5}"#).is_ok() && Zoom::default().validated().is_ok());
        for (bad, named) in [
            (r#"{"min": [0.0, 0.0], "side": 0.0}"#, "zoom.side = 0"),
            (r#"{"min": [0.0, 0.0], "side": 2.0}"#, "zoom.side = 2"),
            (r#"{"min": [0.75, 0.0], "side": 0.5}"#, "zoom.min = 0.75"),
            (r#"{"min": [0.0, -0.5], "side": 0.5}"#, "zoom.min = -0.5"),
        ] {
            let refused = read(bad).expect_err(bad).to_string();
            assert!(refused.contains(named), "{refused}");
        }
    }

    #[test]
    fn what_lies_under_the_pointer_stays_there() {
        let layout = CellLayout::new(64, true);
        let mut zoom = Zoom::default();
        let cell_at = |zoom: &Zoom, focus: [f32; 2]| {
            let window = zoom.window(&layout);
            [0, 1].map(|i| window.min[i] + focus[i] * window.size[i])
        };
        for (focus, factor) in [([0.3, 0.8], 2.0), ([0.9, 0.1], 3.0), ([0.5, 0.5], 0.7)] {
            let before = cell_at(&zoom, focus);
            zoom.magnify(&layout, focus, factor);
            let after = cell_at(&zoom, focus);
            for i in 0..2 {
                assert!((after[i] - before[i]).abs() < 1e-4, "{before:?} {after:?}");
            }
        }
        assert!((zoom.factor() - 4.2).abs() < 1e-4);
    }

    #[test]
    fn the_window_stays_inside_and_is_never_too_small() {
        for layout in [CellLayout::new(2, false), CellLayout::new(4, true), CellLayout::new(256, true)] {
            let mut zoom = Zoom::default();
            zoom.magnify(&layout, [1.0, 0.0], 1e9);
            for by in [[-5.0, 9.0], [0.3, -0.2], [99.0, 99.0]] {
                zoom.pan(by);
                let CellWindow { min, size } = zoom.window(&layout);
                assert!(size[0] >= FEWEST_CELLS - 1e-4, "{size:?}");
                for i in 0..2 {
                    assert!(
                        min[i] >= 0.0 && min[i] + size[i] <= layout.extent() * 1.00001,
                        "{min:?} {size:?}"
                    );
                }
            }
            // The same zoom on a grid that is too coarse for it.
            let coarse = CellLayout::new(4, false);
            let CellWindow { min, size } = zoom.window(&coarse);
            assert!(size[0] >= FEWEST_CELLS && (0..2).all(|i| min[i] + size[i] <= 4.0001));
            zoom.magnify(&layout, [0.5; 2], 1e-9);
            assert_eq!(zoom, Zoom::default());
            assert_eq!(zoom.window(&layout), CellWindow::whole(&layout));
        }
    }
}
