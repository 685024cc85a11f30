//! The shaders for particles, trails and arrows against their CPU twins.

use crate::adapter;
use std::sync::Arc;

use dfm_explorer::figure::{
    ArrowMark, CellLayout, CellWindow, Cloud, Trail, draw_arrows, draw_particles, draw_trails,
};
use dfm_explorer::gpu::particles::Particles;
use dfm_explorer::gpu::{Offscreen, OffscreenError, arrows, particles, trails};
use eframe::egui::{self, Painter, Pos2, Rect, pos2, vec2};
use image::{Rgba, RgbaImage};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// Steps of 255 by which rounding may move a pixel: one for each of the layers that lie over each other in a pixel.
const ONE_LAYER: u8 = 1;
const LAYERS: u8 = 3;

pub const TESTS: crate::Tests = &[
    ("random_clouds_agree_with_the_twin", random_clouds_agree_with_the_twin),
    ("a_million_particles_agree_with_the_twin", a_million_particles_agree_with_the_twin),
    ("a_cloud_follows_its_states_and_its_window", a_cloud_follows_its_states_and_its_window),
    ("random_trails_agree_with_the_twin", random_trails_agree_with_the_twin),
    ("random_arrows_agree_with_the_twin", random_arrows_agree_with_the_twin),
    ("marks_may_leave_the_screen_and_are_clipped", marks_may_leave_the_screen_and_are_clipped),
    ("an_srgb_target_shows_the_same_colours", an_srgb_target_shows_the_same_colours),
    ("the_device_of_burn_draws_the_same", the_device_of_burn_draws_the_same),
    ("what_cannot_be_drawn_does_not_panic", what_cannot_be_drawn_does_not_panic),
];

fn offscreen() -> Offscreen {
    prepared(Offscreen::new(None))
}

fn prepared(offscreen: Result<Offscreen, OffscreenError>) -> Offscreen {
    let offscreen = offscreen.expect("an adapter that starts");
    for _ in 0..2 {
        particles::install(offscreen.render_state()).expect("particles");
        trails::install(offscreen.render_state()).expect("trails");
        arrows::install(offscreen.render_state()).expect("arrows");
    }
    offscreen
}

fn square(side: u32) -> Rect {
    Rect::from_min_size(Pos2::ZERO, egui::Vec2::splat(side as f32))
}

fn drawn(
    offscreen: &mut Offscreen,
    size_points: [u32; 2],
    pixels_per_point: f32,
    draw: impl Fn(&Painter),
) -> RgbaImage {
    offscreen
        .render(&egui::Context::default(), size_points, pixels_per_point, 1, |ui| draw(ui.painter()))
        .expect("a picture")
}

fn ground(width: u32, height: u32) -> RgbaImage {
    RgbaImage::from_pixel(width, height, Rgba(egui::Visuals::dark().panel_fill.to_array()))
}

fn assert_near(image: &RgbaImage, twin: &RgbaImage, most: u8, what: &str) {
    assert_eq!(image.dimensions(), twin.dimensions(), "{what}");
    for (x, y, pixel) in image.enumerate_pixels() {
        let other = twin.get_pixel(x, y);
        let off = pixel.0.iter().zip(other.0).map(|(a, b)| a.abs_diff(b)).max();
        assert!(off <= Some(most), "{what}: {pixel:?} at {x}, {y}, twin {other:?}");
    }
}

fn random_window(layout: &CellLayout, rng: &mut ChaCha8Rng) -> CellWindow {
    if rng.random_bool(0.4) {
        return CellWindow::whole(layout);
    }
    let size = layout.extent() * rng.random_range(0.1..1.0);
    let min = [0, 1].map(|_| rng.random_range(0.0..layout.extent() - size));
    CellWindow { min, size: [size; 2] }
}

fn random_states(count: usize, tokens: usize, rng: &mut ChaCha8Rng) -> Vec<[u16; 2]> {
    // A tenth of them in one cell, and some that are not on the grid.
    let state = |_| match rng.random_range(0..100) {
        0..10 => [0; 2],
        10 => [tokens as u16, 0],
        11 => [0, u16::MAX],
        _ => [0, 1].map(|_| rng.random_range(0..tokens) as u16),
    };
    (0..count).map(state).collect()
}

fn assert_cloud_agrees(offscreen: &mut Offscreen, marks: &Particles, side: u32, px_per_point: f32) {
    let size_px = [(side as f32 * px_per_point).round() as u32; 2];
    let image = drawn(offscreen, [side; 2], px_per_point, |painter| {
        particles::paint(painter, square(side), marks.clone());
    });
    let cloud =
        Cloud::new(marks.states.len(), &marks.layout, marks.window, size_px, px_per_point, marks.color);
    let mut twin = ground(size_px[0], size_px[1]);
    draw_particles(&mut twin, &marks.states, &cloud);
    let what = format!("{} of {:?} in {:?}, {side} px", marks.states.len(), marks.layout, marks.window);
    assert_near(&image, &twin, ONE_LAYER, &what);
    if marks.states.len() > 100 && marks.window == CellWindow::whole(&marks.layout) {
        assert_ne!(image, ground(size_px[0], size_px[1]), "{what}: nothing was drawn");
    }
}

fn random_clouds_agree_with_the_twin() {
    let mut offscreen = offscreen();
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for data in [2, 5, 64, 256] {
        for mask in [false, true] {
            let layout = CellLayout::new(data, mask);
            for count in [0, 1, 1000, 50_000] {
                let states = Arc::new(random_states(count, layout.tokens(), &mut rng));
                for (side, px_per_point) in [(1, 1.0), (97, 1.0), (300, 1.5)] {
                    let marks = Particles {
                        slot: 3,
                        states: states.clone(),
                        layout,
                        window: random_window(&layout, &mut rng),
                        color: [200, 100, 7],
                    };
                    assert_cloud_agrees(&mut offscreen, &marks, side, px_per_point);
                }
            }
        }
    }
}

fn a_million_particles_agree_with_the_twin() {
    let layout = CellLayout::new(64, true);
    let states = random_states(1_000_000, layout.tokens(), &mut ChaCha8Rng::seed_from_u64(2));
    let window = CellWindow::whole(&layout);
    let marks = Particles { slot: 0, states: Arc::new(states), layout, window, color: [255, 209, 102] };
    assert_cloud_agrees(&mut offscreen(), &marks, 600, 1.0);
}

fn a_cloud_follows_its_states_and_its_window() {
    let mut offscreen = offscreen();
    let layout = CellLayout::new(4, false);
    let of = |state: [u16; 2]| Particles {
        slot: 1,
        states: Arc::new(vec![state; 500]),
        layout,
        window: CellWindow::whole(&layout),
        color: [255; 3],
    };
    let (low, high) = (of([0, 0]), of([3, 3]));
    // The same slot: new states, the old ones again, a part of them.
    for marks in [&low, &high, &low] {
        assert_cloud_agrees(&mut offscreen, marks, 80, 1.0);
    }
    let corner = CellWindow { min: [0.0; 2], size: [1.0; 2] };
    assert_cloud_agrees(&mut offscreen, &Particles { window: corner, ..low }, 80, 1.0);
    assert_cloud_agrees(&mut offscreen, &Particles { window: corner, ..high }, 80, 1.0);
}

fn random_trails_agree_with_the_twin() {
    let mut offscreen = offscreen();
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    for count in [0, 1, 5, 70] {
        for (side, px_per_point) in [(64, 1.0), (150, 2.0)] {
            let layout = CellLayout::new(10, true);
            let window = random_window(&layout, &mut rng);
            let mut point = || [0, 1].map(|_| rng.random_range(-2.0..layout.extent() + 2.0));
            let mut marks: Vec<Trail> = (0..count)
                .map(|n| Trail {
                    from: point(),
                    to: point(),
                    color: [n as u8, 255, 40],
                    opacity: 0.3 + 0.01 * n as f32,
                })
                .collect();
            // One without length.
            marks.extend(marks.first().map(|first| Trail { to: first.from, ..*first }));
            let marks = Arc::new(marks);
            let image = drawn(&mut offscreen, [side; 2], px_per_point, |painter| {
                trails::paint(painter, square(side), 0, window, marks.clone());
            });
            let mut twin = ground(image.width(), image.height());
            draw_trails(&mut twin, &marks, window, px_per_point);
            assert_near(&image, &twin, LAYERS, &format!("{count} trails in {window:?}, {side} px"));
            assert!(count < 40 || image != ground(image.width(), image.height()));
        }
    }
}

fn random_arrow_marks(count: usize, layout: &CellLayout, rng: &mut ChaCha8Rng) -> Vec<ArrowMark> {
    let mut arrow = |n: usize| ArrowMark {
        middle: [0, 1].map(|_| rng.random_range(0.0..layout.extent())),
        along: [0, 1].map(|_| rng.random_range(-1.0f32..1.0).powi(3) * 4.0),
        color: [255, n as u8, 90],
    };
    let mut marks: Vec<ArrowMark> = (0..count).map(&mut arrow).collect();
    // One without length.
    marks.extend(marks.first().map(|first| ArrowMark { along: [0.0; 2], ..*first }));
    marks
}

fn random_arrows_agree_with_the_twin() {
    let mut offscreen = offscreen();
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    for count in [0, 1, 40, 200] {
        for (side, px_per_point) in [(64, 1.0), (150, 1.0), (150, 2.0)] {
            let layout = CellLayout::new(10, false);
            let window = random_window(&layout, &mut rng);
            let marks = Arc::new(random_arrow_marks(count, &layout, &mut rng));
            let image = drawn(&mut offscreen, [side; 2], px_per_point, |painter| {
                arrows::paint(painter, [square(side); 2], 0, window, marks.clone());
            });
            let mut twin = ground(image.width(), image.height());
            draw_arrows(&mut twin, &marks, window, px_per_point);
            assert_near(&image, &twin, LAYERS, &format!("{count} arrows in {window:?}, {side} px"));
            assert!(count < 40 || image != ground(image.width(), image.height()));
        }
    }
}

fn marks_may_leave_the_screen_and_are_clipped() {
    let mut offscreen = offscreen();
    let layout = CellLayout::new(10, false);
    let window = CellWindow::whole(&layout);
    let marks = Arc::new(random_arrow_marks(60, &layout, &mut ChaCha8Rng::seed_from_u64(5)));
    let mut twin = ground(100, 100);
    draw_arrows(&mut twin, &marks, window, 1.0);
    for (left, top) in [(0, 0), (30, 20), (-40, 30), (70, -60)] {
        let at = pos2(left as f32 + 0.3, top as f32 - 0.3);
        let rect = Rect::from_min_size(at, vec2(100.0, 100.0));
        let image = drawn(&mut offscreen, [120; 2], 1.0, |painter| {
            arrows::paint(painter, [rect; 2], 0, window, marks.clone());
        });
        let mut expected = ground(120, 120);
        for (x, y, pixel) in twin.enumerate_pixels() {
            let at = [x as i32 + left, y as i32 + top];
            if at.iter().all(|x| (0..120).contains(x)) {
                expected.put_pixel(at[0] as u32, at[1] as u32, *pixel);
            }
        }
        assert_near(&image, &expected, LAYERS, &format!("at {left}, {top}"));
    }
}

fn an_srgb_target_shows_the_same_colours() {
    let mut offscreen = prepared(Offscreen::with_format(None, wgpu::TextureFormat::Rgba8UnormSrgb));
    let layout = CellLayout::new(2, false);
    let window = CellWindow::whole(&layout);
    // So many over each other that they are opaque.
    let cloud = Particles {
        slot: 0,
        states: Arc::new(vec![[0, 0]; 200_000]),
        layout,
        window: CellWindow { min: [0.0; 2], size: [1.0; 2] },
        color: [1, 100, 254],
    };
    let arrow = ArrowMark { middle: [1.0, 1.0], along: [1.9, 0.0], color: [1, 100, 254] };
    let pictures = [
        drawn(&mut offscreen, [40; 2], 1.0, |painter| {
            particles::paint(painter, square(40), cloud.clone());
        }),
        drawn(&mut offscreen, [40; 2], 1.0, |painter| {
            arrows::paint(painter, [square(40); 2], 0, window, Arc::new(vec![arrow]));
        }),
    ];
    for picture in pictures {
        let pixel = picture.get_pixel(20, 20);
        assert!(pixel.0.iter().zip([1, 100, 254, 255]).all(|(a, b)| a.abs_diff(b) <= 1), "{pixel:?}");
    }
}

fn the_device_of_burn_draws_the_same() {
    let mut offscreen = prepared(Offscreen::new(Some(adapter::of_burn())));
    let layout = CellLayout::new(64, true);
    let states = Arc::new(random_states(20_000, layout.tokens(), &mut ChaCha8Rng::seed_from_u64(6)));
    let window = CellWindow::whole(&layout);
    let marks = Particles { slot: 0, states, layout, window, color: [255; 3] };
    assert_cloud_agrees(&mut offscreen, &marks, 200, 1.0);
}

fn what_cannot_be_drawn_does_not_panic() {
    let mut offscreen = offscreen();
    let empty = CellLayout::new(0, false);
    let cloud = Particles {
        slot: 0,
        states: Arc::new(vec![[0, 0]; 3]),
        layout: empty,
        window: CellWindow { min: [0.0; 2], size: [0.0; 2] },
        color: [255; 3],
    };
    let image = drawn(&mut offscreen, [30; 2], 1.0, |painter| {
        particles::paint(painter, square(20), cloud.clone());
        let nowhere = ArrowMark { middle: [f32::NAN, 1.0], along: [f32::INFINITY, 0.0], color: [9; 3] };
        arrows::paint(painter, [square(20); 2], 0, cloud.window, Arc::new(vec![nowhere]));
    });
    assert_eq!(image.get_pixel(25, 25), &Rgba(egui::Visuals::dark().panel_fill.to_array()));
    // Without `install` there is nothing, but a picture.
    let mut bare = Offscreen::new(None).expect("an adapter that starts");
    let image = drawn(&mut bare, [30; 2], 1.0, |painter| {
        particles::paint(painter, square(20), cloud.clone());
        trails::paint(painter, square(20), 0, cloud.window, Arc::default());
    });
    assert_eq!(image, ground(30, 30));
}
