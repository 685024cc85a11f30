//! Pixels of a page.

use super::packed;
use pdf_writer::{Chunk, Filter, Finish as _, Ref};

/// Writes a PNG as an image object; `None` if it is none. Its transparency becomes an image of its own: whether it has one.
pub(super) fn write_png(objects: &mut Chunk, next: &mut Ref, png: &[u8]) -> Option<(Ref, bool)> {
    let pixels = image::load_from_memory_with_format(png, image::ImageFormat::Png).ok()?.into_rgba8();
    let [width, height] = [pixels.width(), pixels.height()].map(|side| side as i32);
    let alpha: Vec<u8> = pixels.pixels().map(|pixel| pixel.0[3]).collect();
    let colors: Vec<u8> = pixels.pixels().flat_map(|pixel| [pixel.0[0], pixel.0[1], pixel.0[2]]).collect();
    let id = next.bump();
    let mask = alpha.iter().any(|alpha| *alpha < 255).then(|| next.bump());
    let colors = packed(&colors);
    let mut object = objects.image_xobject(id, &colors);
    object.filter(Filter::FlateDecode);
    object.width(width).height(height).bits_per_component(8).interpolate(false);
    object.color_space().device_rgb();
    if let Some(mask) = mask {
        object.s_mask(mask);
    }
    object.finish();
    if let Some(mask) = mask {
        let alpha = packed(&alpha);
        let mut object = objects.image_xobject(mask, &alpha);
        object.filter(Filter::FlateDecode);
        object.width(width).height(height).bits_per_component(8);
        object.color_space().device_gray();
    }
    Some((id, mask.is_some()))
}
