//! A picture on the graphics card, made anew when it shows something else.

use egui::{ColorImage, Context, TextureHandle, TextureOptions};
use image::RgbaImage;

/// Holds the last picture; `K` says what it shows.
pub struct Texture<K> {
    held: Option<(K, TextureHandle)>,
}

impl<K> Default for Texture<K> {
    fn default() -> Self {
        Self { held: None }
    }
}

impl<K: PartialEq> Texture<K> {
    /// The picture of `key`; made if it is not the last one's.
    pub fn get(&mut self, ctx: &Context, key: K, make: impl FnOnce() -> ColorImage) -> &TextureHandle {
        let (held, handle) = match self.held.take() {
            Some((known, handle)) if known == key => (known, handle),
            Some((_, mut handle)) => {
                handle.set(make(), TextureOptions::NEAREST);
                (key, handle)
            }
            None => (key, ctx.load_texture("images", make(), TextureOptions::NEAREST)),
        };
        &self.held.insert((held, handle)).1
    }
}

/// Pixels \[R, R, 3\] of sRGB as a picture.
pub fn square(pixels: &[u8]) -> ColorImage {
    let side = (pixels.len() / 3).isqrt();
    ColorImage::from_rgb([side, side], &pixels[..3 * side * side])
}

/// The same for one that may be transparent.
pub fn rgba(picture: &RgbaImage) -> ColorImage {
    ColorImage::from_rgba_unmultiplied(
        [picture.width() as usize, picture.height() as usize],
        picture.as_raw(),
    )
}
