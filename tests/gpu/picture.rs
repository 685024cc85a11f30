//! The picture shader against its CPU twin.

use dfm_explorer::gpu::Offscreen;
use dfm_explorer::gpu::picture::{self, Picture, texel_at};
use eframe::egui::{self, Rect, pos2};
use image::{Rgba, RgbaImage};
use std::sync::Arc;

const BACKGROUND: [u8; 3] = [10, 20, 30];

pub const TESTS: crate::Tests = &[
    ("every_pixel_is_the_twins_texel", every_pixel_is_the_twins_texel),
    ("a_version_is_uploaded_once", a_version_is_uploaded_once),
];

fn offscreen() -> Offscreen {
    let offscreen = Offscreen::new(None).expect("an adapter that starts");
    picture::install(offscreen.render_state()).expect("the pipeline");
    picture::install(offscreen.render_state()).expect("the second time");
    offscreen
}

fn pixels(width: u32, height: u32, seed: u32) -> RgbaImage {
    RgbaImage::from_fn(width, height, |x, y| {
        let n = (x + width * y + seed).wrapping_mul(2_654_435_761);
        let [r, g, b, a] = n.to_le_bytes();
        Rgba([r, g, b, if a > 60 { 255 } else { 0 }])
    })
}

fn drawn(offscreen: &mut Offscreen, rect: Rect, of: &Picture) -> RgbaImage {
    let context = egui::Context::default();
    offscreen
        .render(&context, [100, 80], 1.0, 1, |ui| picture::paint(ui.painter(), rect, of.clone()))
        .expect("a picture")
}

fn every_pixel_is_the_twins_texel() {
    let mut offscreen = offscreen();
    let outside = Rgba(egui::Visuals::dark().panel_fill.to_array());
    // Larger, smaller and of one texel; inside, cut off at the border, and all over.
    for (slot, (size, left, top, px)) in [
        ([7, 5], 3, 4, [70, 50]),
        ([33, 65], 60, 20, [66, 130]),
        ([40, 40], -9, -3, [31, 23]),
        ([1, 1], 0, 0, [100, 80]),
    ]
    .into_iter()
    .enumerate()
    {
        let texels = pixels(size[0], size[1], 9);
        let of = Picture {
            slot: slot as u64,
            pixels: Arc::new(texels.clone()),
            version: 0,
            background: BACKGROUND,
        };
        // Off by less than half a pixel.
        let min = pos2(left as f32 + 0.3, top as f32 - 0.2);
        let rect = Rect::from_min_size(min, egui::vec2(px[0] as f32, px[1] as f32));
        let image = drawn(&mut offscreen, rect, &of);
        for (x, y, pixel) in image.enumerate_pixels() {
            let local = [x as i32 - left, y as i32 - top];
            let inside = (0..2).all(|axis| (0..px[axis]).contains(&local[axis]));
            let expected = if inside {
                let center = local.map(|v| v as f32 + 0.5);
                let [u, v] = texel_at(center, size, px.map(|v| v as f32));
                let Rgba([r, g, b, a]) = *texels.get_pixel(u, v);
                if a == 255 { Rgba([r, g, b, 255]) } else { Rgba([10, 20, 30, 255]) }
            } else {
                outside
            };
            assert_eq!(*pixel, expected, "{size:?} at {x}, {y}");
        }
    }
}

fn a_version_is_uploaded_once() {
    let mut offscreen = offscreen();
    let rect = Rect::from_min_size(pos2(0.0, 0.0), egui::vec2(10.0, 10.0));
    let of = |seed: u32, version: u64| Picture {
        slot: 1,
        pixels: Arc::new(pixels(2, 2, seed)),
        version,
        background: BACKGROUND,
    };
    let first = drawn(&mut offscreen, rect, &of(1, 7));
    assert_eq!(drawn(&mut offscreen, rect, &of(2, 7)), first, "the version says that nothing changed");
    assert!(drawn(&mut offscreen, rect, &of(2, 8)) != first);
}
