//! The heat-map shader against its CPU twin, and pictures without a window.

use crate::adapter;
use std::sync::Arc;

use dfm_explorer::figure::{CellLayout, CellWindow, ColorMap, Scale, rasterize_window};
use dfm_explorer::gpu::{Heatmap, Offscreen, OffscreenError, heatmap};
use eframe::egui::{self, Pos2, Rect, pos2};
use image::{Rgba, RgbaImage};
use ndarray::Array2;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

const BACKGROUND: [u8; 3] = [10, 20, 30];

pub const TESTS: crate::Tests = &[
    ("random_arrays_agree_with_the_twin", random_arrays_agree_with_the_twin),
    ("parts_of_the_grid_agree_with_the_twin", parts_of_the_grid_agree_with_the_twin),
    ("extreme_values_and_scales_agree_with_the_twin", extreme_values_and_scales_agree_with_the_twin),
    ("an_srgb_target_shows_the_same_bytes", an_srgb_target_shows_the_same_bytes),
    ("the_device_of_burn_draws_the_same", the_device_of_burn_draws_the_same),
    ("rectangles_are_rounded_and_may_leave_the_screen", rectangles_are_rounded_and_may_leave_the_screen),
    ("values_are_uploaded_when_the_version_changes", values_are_uploaded_when_the_version_changes),
    ("slots_out_of_use_are_freed", slots_out_of_use_are_freed),
    ("a_changed_number_of_tokens_gets_a_new_texture", a_changed_number_of_tokens_gets_a_new_texture),
    ("what_cannot_be_drawn_does_not_panic", what_cannot_be_drawn_does_not_panic),
    ("text_and_heat_map_make_a_picture", text_and_heat_map_make_a_picture),
];

fn offscreen() -> Offscreen {
    prepared(Offscreen::new(None))
}

fn prepared(offscreen: Result<Offscreen, OffscreenError>) -> Offscreen {
    let offscreen = offscreen.expect("an adapter that starts");
    heatmap::install(offscreen.render_state()).expect("the pipeline");
    heatmap::install(offscreen.render_state()).expect("the second time");
    offscreen
}

/// Values for every state of `layout`, a tenth of them special.
fn random_values(layout: CellLayout, rng: &mut ChaCha8Rng) -> Vec<f32> {
    let special = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e-40, -1e-45, f32::MAX, f32::MIN, -0.0];
    let count = layout.tokens() * layout.tokens();
    let value = |_| {
        if rng.random_bool(0.1) {
            special[rng.random_range(0..special.len())]
        } else {
            rng.random_range(-1.0..1.0)
        }
    };
    (0..count).map(value).collect()
}

fn pane(layout: CellLayout, scale: Scale, values: Vec<f32>) -> Heatmap {
    let window = CellWindow::whole(&layout);
    Heatmap { slot: 1, values: Arc::new(values), version: 0, layout, window, scale, background: BACKGROUND }
}

/// `heatmap` alone in a picture of `side` × `side` pixels.
fn drawn(offscreen: &mut Offscreen, heatmap: &Heatmap, side: u32) -> RgbaImage {
    let whole = Rect::from_min_size(Pos2::ZERO, egui::Vec2::splat(side as f32));
    drawn_at(offscreen, heatmap, whole, [side, side], 1.0)
}

/// `heatmap` at `rect` (points) in a picture of the given size in points.
fn drawn_at(
    offscreen: &mut Offscreen,
    heatmap: &Heatmap,
    rect: Rect,
    size_points: [u32; 2],
    pixels_per_point: f32,
) -> RgbaImage {
    offscreen
        .render(&egui::Context::default(), size_points, pixels_per_point, 1, |ui| {
            heatmap::paint(ui.painter(), rect, heatmap.clone());
        })
        .expect("a picture")
}

/// The twin's picture, with the gap in the background colour.
fn twin(heatmap: &Heatmap, side: u32) -> RgbaImage {
    let tokens = heatmap.layout.tokens();
    let values = heatmap.values.iter().map(|value| f64::from(*value)).collect();
    let values: Array2<f64> = Array2::from_shape_vec((tokens, tokens), values).expect("V² values");
    let mut image = rasterize_window(&values, &heatmap.layout, heatmap.window, &heatmap.scale, side);
    let [r, g, b] = BACKGROUND;
    image.pixels_mut().filter(|pixel| pixel[3] == 0).for_each(|pixel| *pixel = Rgba([r, g, b, 255]));
    image
}

fn assert_same(image: &RgbaImage, heatmap: &Heatmap, what: &str) {
    let twin = twin(heatmap, image.width());
    assert_eq!(image.dimensions(), twin.dimensions(), "{what}");
    for (x, y, pixel) in image.enumerate_pixels() {
        assert_eq!(pixel, twin.get_pixel(x, y), "{what}: at {x}, {y}");
    }
}

fn random_arrays_agree_with_the_twin() {
    let mut offscreen = offscreen();
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut version = 0;
    for data in [1, 2, 3, 7, 48, 64, 256] {
        for mask in [false, true] {
            for scale in [Scale::sequential(1.0), Scale::diverging(0.8)] {
                for side in [1, 31, 200, 517] {
                    let layout = CellLayout::new(data, mask);
                    version += 1;
                    let heatmap = Heatmap { version, ..pane(layout, scale, random_values(layout, &mut rng)) };
                    let image = drawn(&mut offscreen, &heatmap, side);
                    assert_same(&image, &heatmap, &format!("K {data}, mask {mask}, {scale:?}, {side} px"));
                }
            }
        }
    }
}

fn parts_of_the_grid_agree_with_the_twin() {
    let mut offscreen = offscreen();
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    for (data, mask) in [(4, false), (16, true), (256, true)] {
        let layout = CellLayout::new(data, mask);
        let values = random_values(layout, &mut rng);
        for version in 0..10 {
            // A power of two of cells a pixel, and steps of 1/8 cell: nothing is rounded, in whatever order.
            let cells_per_px = f32::exp2(rng.random_range(-6..2) as f32);
            let min = [0, 1].map(|_| 0.125 * rng.random_range(-8..8 * data as i32) as f32);
            let scale = Scale::sequential(1.0);
            let mut heatmap = pane(layout, scale, values.clone());
            heatmap.version = version;
            heatmap.window = CellWindow { min, size: [128.0 * cells_per_px; 2] };
            let image = drawn(&mut offscreen, &heatmap, 128);
            assert_same(&image, &heatmap, &format!("{:?} of K {data}", heatmap.window));
        }
    }
}

fn extreme_values_and_scales_agree_with_the_twin() {
    let mut offscreen = offscreen();
    let layout = CellLayout::new(5, true);
    let narrow = Scale { min: 1.0, max: 1.0 + 1e-5, map: ColorMap::Viridis };
    let empty = Scale { min: 1.0, max: 1.0, map: ColorMap::Diverging };
    let scales = [1e-290, 1e-40, 1e-30, 1.0, 3e38].map(Scale::sequential).into_iter().chain([narrow, empty]);
    for (version, scale) in (0..).zip(scales) {
        let span = scale.max - scale.min;
        let ramp = (0..36).map(|i| (scale.min + span * f64::from(i) / 35.0) as f32).collect();
        let constants = [0.0, 1.0, 1e-30, 1e-40, -3e38].map(|value| vec![value; 36]);
        for (slot, values) in (0..).zip(constants.into_iter().chain([ramp])) {
            let heatmap = Heatmap { slot, version, ..pane(layout, scale, values) };
            let image = drawn(&mut offscreen, &heatmap, 100);
            assert_same(&image, &heatmap, &format!("{scale:?}, {:?}", heatmap.values));
        }
    }
}

fn an_srgb_target_shows_the_same_bytes() {
    let mut offscreen = prepared(Offscreen::with_format(None, wgpu::TextureFormat::Rgba8UnormSrgb));
    let layout = CellLayout { data: 15, mask: true, gap: 2.0 };
    for scale in [Scale::sequential(255.0), Scale::diverging(255.0)] {
        let every_entry =
            (0..256).map(|i| scale.min as f32 + i as f32 * (scale.max - scale.min) as f32 / 255.0);
        let mut heatmap = pane(layout, scale, every_entry.collect());
        heatmap.background = [1, 100, 254];
        let image = drawn(&mut offscreen, &heatmap, 18);
        assert_eq!(image.get_pixel(15, 5), &Rgba([1, 100, 254, 255]));
        for i in 0..15_u32 {
            for j in 0..15_u32 {
                let [r, g, b] = scale.map.lut()[(16 * i + j) as usize];
                assert_eq!(image.get_pixel(i, 17 - j), &Rgba([r, g, b, 255]), "{scale:?}, state {i}, {j}");
            }
        }
    }
}

fn the_device_of_burn_draws_the_same() {
    let mut offscreen = prepared(Offscreen::new(Some(adapter::of_burn())));
    let layout = CellLayout::new(64, true);
    let values = random_values(layout, &mut ChaCha8Rng::seed_from_u64(2));
    let heatmap = pane(layout, Scale::diverging(1.0), values);
    let image = drawn(&mut offscreen, &heatmap, 300);
    assert_same(&image, &heatmap, "burn's device");
}

fn rectangles_are_rounded_and_may_leave_the_screen() {
    let mut offscreen = offscreen();
    let layout = CellLayout::new(9, true);
    let values = random_values(layout, &mut ChaCha8Rng::seed_from_u64(3));
    let heatmap = pane(layout, Scale::sequential(1.0), values);
    let square = twin(&heatmap, 90);
    // 1.5 pixels a point: 90 × 90 pixels from (left, top), partly outside of the 150 × 150 that there are.
    for (left, top) in [(0_i32, 0_i32), (31, 17), (-40, 8), (100, -1), (-89, 149)] {
        // Off by less than half a pixel.
        let min = pos2(left as f32 + 0.4, top as f32 - 0.3) / 1.5;
        let rect = Rect::from_min_size(min, egui::Vec2::splat(90.0 / 1.5));
        let image = drawn_at(&mut offscreen, &heatmap, rect, [100, 100], 1.5);
        assert_eq!(image.dimensions(), (150, 150));
        for (x, y, pixel) in image.enumerate_pixels() {
            let (x, y) = (x as i32 - left, y as i32 - top);
            let inside = (0..90).contains(&x) && (0..90).contains(&y);
            let outside = Rgba(egui::Visuals::dark().panel_fill.to_array());
            let expected = if inside { square.get_pixel(x as u32, y as u32) } else { &outside };
            assert_eq!(pixel, expected, "({left}, {top}): at {x}, {y}");
        }
    }
    // Twice as wide as high.
    let rect = Rect::from_min_size(Pos2::ZERO, egui::vec2(180.0, 90.0));
    let image = drawn_at(&mut offscreen, &heatmap, rect, [180, 90], 1.0);
    let wide = twin(&heatmap, 180);
    for (x, y, pixel) in image.enumerate_pixels() {
        // Pixel rows of the twin of half the width, columns of the one of the whole.
        let expected = wide.get_pixel(x, 2 * y);
        if expected == wide.get_pixel(x, 2 * y + 1) {
            assert_eq!(pixel, expected, "wide: at {x}, {y}");
        }
    }
}

fn values_are_uploaded_when_the_version_changes() {
    let mut offscreen = offscreen();
    let layout = CellLayout::new(1, false);
    let first = pane(layout, Scale::sequential(1.0), vec![0.0]);
    let second = Heatmap { values: Arc::new(vec![1.0]), ..first.clone() };
    let [low, high] = [0, 255].map(|entry| {
        let [r, g, b] = ColorMap::Viridis.lut()[entry];
        Rgba([r, g, b, 255])
    });
    let mut shown = |heatmap: &Heatmap| *drawn(&mut offscreen, heatmap, 4).get_pixel(1, 1);
    assert_eq!(shown(&first), low);
    assert_eq!(shown(&second), low, "the same version is not uploaded again");
    assert_eq!(shown(&Heatmap { version: 1, ..second.clone() }), high);
    let wider = Heatmap { version: 1, scale: Scale::sequential(1e9), ..second };
    assert_eq!(shown(&wider), low, "another scale shows");
}

fn slots_out_of_use_are_freed() {
    let mut offscreen = offscreen();
    let layout = CellLayout::new(1, false);
    let first = pane(layout, Scale::sequential(1.0), vec![0.0]);
    let other = Heatmap { slot: 2, ..first.clone() };
    // If the texture had been kept, the unchanged version would hide the changed value.
    let changed = Heatmap { values: Arc::new(vec![1.0]), ..first.clone() };
    let shown = |offscreen: &mut Offscreen, heatmap: &Heatmap| *drawn(offscreen, heatmap, 2).get_pixel(1, 1);
    let low = shown(&mut offscreen, &first);
    for _ in 0..100 {
        shown(&mut offscreen, &other);
    }
    assert_eq!(shown(&mut offscreen, &changed), low, "kept over 100 frames");
    for _ in 0..150 {
        shown(&mut offscreen, &other);
    }
    assert_ne!(shown(&mut offscreen, &changed), low, "freed after 150 frames");
}

fn a_changed_number_of_tokens_gets_a_new_texture() {
    let mut offscreen = offscreen();
    for (data, mask) in [(4, false), (9, false), (9, true), (4, false)] {
        let layout = CellLayout::new(data, mask);
        let values = random_values(layout, &mut ChaCha8Rng::seed_from_u64(data as u64));
        let heatmap = pane(layout, Scale::sequential(1.0), values);
        let image = drawn(&mut offscreen, &heatmap, 64);
        assert_same(&image, &heatmap, &format!("K {data}, mask {mask}"));
    }
}

fn what_cannot_be_drawn_does_not_panic() {
    let mut offscreen = offscreen();
    let [r, g, b] = dfm_explorer::figure::colormap::MISSING;
    let short = pane(CellLayout::new(2, false), Scale::sequential(1.0), vec![0.0]);
    assert_eq!(drawn(&mut offscreen, &short, 8).get_pixel(7, 0), &Rgba([r, g, b, 255]));
    let empty = pane(CellLayout::new(0, false), Scale::sequential(1.0), Vec::new());
    let [r, g, b] = BACKGROUND;
    assert_eq!(drawn(&mut offscreen, &empty, 8).get_pixel(4, 4), &Rgba([r, g, b, 255]));
    let panel = Rgba(egui::Visuals::dark().panel_fill.to_array());
    let too_large = pane(CellLayout::new(1_000_000, false), Scale::sequential(1.0), Vec::new());
    assert_eq!(drawn(&mut offscreen, &too_large, 8).get_pixel(4, 4), &panel);
    assert_eq!(drawn(&mut offscreen, &Heatmap { slot: 7, ..short }, 8).width(), 8, "the device still draws");
    for size in [[0, 10], [10, 10_000_000]] {
        let refused = offscreen.render(&egui::Context::default(), size, 1.0, 1, |_| ());
        assert!(matches!(refused, Err(OffscreenError::Size { .. })), "{size:?}");
    }
    // Without `install` there is no heat map, but a picture.
    let mut bare = Offscreen::new(None).expect("an adapter that starts");
    assert_eq!(drawn(&mut bare, &empty, 8).get_pixel(4, 4), &panel);
}

fn text_and_heat_map_make_a_picture() {
    let mut offscreen = offscreen();
    let heatmap = pane(CellLayout::new(2, false), Scale::sequential(1.0), vec![0.0, 0.25, 0.5, 1.0]);
    let rect = Rect::from_min_size(pos2(20.0, 60.0), egui::vec2(80.0, 80.0));
    let mut times = Vec::new();
    let mut sizes = Vec::new();
    let image = offscreen
        .render(&egui::Context::default(), [200, 160], 2.0, 5, |ui| {
            times.push(ui.input(|input| input.time));
            sizes.push(ui.max_rect().size());
            ui.heading("Discrete flow matching");
            heatmap::paint(ui.painter(), rect, heatmap.clone());
        })
        .expect("a picture");
    assert_eq!(image.dimensions(), (400, 320));
    assert!(times.len() >= 5 && times.is_sorted() && (times[times.len() - 1] - 4.0 / 60.0).abs() < 1e-9);
    assert!(sizes.iter().all(|size| *size == egui::vec2(200.0, 160.0)), "{sizes:?}");
    // Token 1 to the right, token 2 upward.
    for (x, y, u) in [(60, 260, 0.0), (60, 140, 0.25), (180, 260, 0.5), (180, 140, 1.0)] {
        let [r, g, b] = ColorMap::Viridis.color(u);
        assert_eq!(image.get_pixel(x, y), &Rgba([r, g, b, 255]), "at {x}, {y}");
    }
    let panel = Rgba(egui::Visuals::dark().panel_fill.to_array());
    assert_eq!(image.get_pixel(399, 319), &panel);
    let heading = image.enumerate_pixels().filter(|(_, y, pixel)| *y < 100 && **pixel != panel).count();
    assert!((500..20_000).contains(&heading), "{heading} pixels of the heading");
    assert!(image.pixels().all(|pixel| pixel[3] == 255));
}
