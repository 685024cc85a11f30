//! Pictures in the window, made anew when they show something else.

use crate::gpu::fill;
use crate::gpu::picture::{self, Picture};
use egui::{Color32, Painter, Rect};
use image::{Rgba, RgbaImage};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Every place has a number of its own.
static PLACES: AtomicU64 = AtomicU64::new(0);

/// One place for a picture. It keeps the last one; `K` says what that shows.
pub struct Texture<K> {
    slot: u64,
    held: Option<(K, Arc<RgbaImage>)>,
    version: u64,
}

impl<K> Default for Texture<K> {
    fn default() -> Self {
        Self { slot: PLACES.fetch_add(1, Ordering::Relaxed), held: None, version: 0 }
    }
}

impl<K: PartialEq> Texture<K> {
    /// Draws the picture of `key` over `rect`; it is made if it is not the last one's. What is transparent in it shows
    /// `ground`.
    pub fn paint(
        &mut self,
        painter: &Painter,
        rect: Rect,
        key: K,
        ground: Color32,
        make: impl FnOnce() -> RgbaImage,
    ) {
        let held = match self.held.take() {
            Some(held) if held.0 == key => held,
            _ => {
                self.version += 1;
                (key, Arc::new(make()))
            }
        };
        let (_, pixels) = self.held.insert(held);
        let [r, g, b, _] = ground.to_array();
        let (slot, version) = (self.slot, self.version);
        picture::paint(
            painter,
            rect,
            Picture { slot, pixels: pixels.clone(), version, background: [r, g, b] },
        );
    }
}

/// Fills `rect` with one colour. `number` tells the areas of one picture of the window apart; large areas drawn by the
/// toolkit are what takes a driver on the CPU longest.
pub fn ground(painter: &Painter, number: u64, rect: Rect, color: Color32) {
    let [r, g, b, _] = color.to_array();
    fill::paint(painter, number, rect, [r, g, b]);
}

/// Pixels \[R, R, 3\] of sRGB as a picture.
pub fn square(pixels: &[u8]) -> RgbaImage {
    let side = (pixels.len() / 3).isqrt() as u32;
    let colors = pixels.as_chunks::<3>().0;
    RgbaImage::from_fn(side, side, |x, y| {
        let [r, g, b] = colors[(y * side + x) as usize];
        Rgba([r, g, b, 255])
    })
}
