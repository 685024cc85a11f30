//! A window of which only what changed is drawn anew, against one that is drawn as a whole, pixel by pixel.

use dfm_explorer::gpu::picture::{self, Picture};
use dfm_explorer::gpu::{Offscreen, redraw};
use eframe::egui::{self, Align2, Color32, FontId, PaintCallback, PaintCallbackInfo, Rect, Ui, pos2, vec2};
use eframe::egui_wgpu::{Callback, CallbackResources, CallbackTrait, RendererOptions};
use image::{Rgba, RgbaImage};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

pub const TESTS: crate::Tests = &[
    ("every_frame_looks_as_if_drawn_as_a_whole", every_frame_looks_as_if_drawn_as_a_whole),
    ("what_stays_is_not_drawn_again", what_stays_is_not_drawn_again),
    ("a_replaced_texture_is_seen", a_replaced_texture_is_seen),
    ("a_texture_may_go_in_the_frame_that_draws_it", a_texture_may_go_in_the_frame_that_draws_it),
];

/// A window and its context, drawn in one way or the other.
struct Window {
    offscreen: Offscreen,
    ctx: egui::Context,
}

impl Window {
    fn new(format: wgpu::TextureFormat, by_parts: bool) -> Self {
        let offscreen = Offscreen::with_format(None, format).expect("an adapter that starts");
        let ctx = egui::Context::default();
        let state = offscreen.render_state();
        match by_parts {
            true => {
                let behind = redraw::install(&ctx, state, RendererOptions::PREDICTABLE).expect("the pass");
                picture::install(&behind).expect("the pipeline");
            }
            false => picture::install(state).expect("the pipeline"),
        }
        Self { offscreen, ctx }
    }

    fn draw(&mut self, size: [u32; 2], scale: f32, ui: impl FnMut(&mut Ui)) -> RgbaImage {
        self.offscreen.render(&self.ctx, size, scale, 1, ui).expect("a picture")
    }
}

/// A wall that changes, a picture that stays, controls, texts of changing length, and now and then a window above them.
fn scene(ui: &mut Ui, frame: u32) {
    let at = |x: f32, y: f32, width: f32, height: f32| Rect::from_min_size(pos2(x, y), vec2(width, height));
    let pixels = |seed: u32| {
        Arc::new(RgbaImage::from_fn(9, 7, |x, y| {
            let [r, g, b, a] = ((x + 9 * y + seed).wrapping_mul(2_654_435_761)).to_le_bytes();
            Rgba([r, g, b, if a > 60 { 255 } else { 0 }])
        }))
    };
    let background = [10, 20, 30];
    let show = |ui: &Ui, rect: Rect, slot: u64, version: u64| {
        let pixels = pixels(version as u32);
        picture::paint(ui.painter(), rect, Picture { slot, pixels, version, background });
    };
    // Below it nothing is drawn.
    show(ui, at(0.0, 0.0, 300.0, 150.0), 0, 0);
    show(ui, at(20.3, 30.2, 90.0, 70.0), 1, u64::from(frame / 2));
    ui.painter().text(
        pos2(140.0, 20.0),
        Align2::LEFT_TOP,
        format!("t = {}", f64::from(frame) / 7.0),
        FontId::proportional(13.0),
        Color32::WHITE,
    );
    ui.painter().circle_filled(pos2(130.0 + 9.3 * frame as f32, 60.0), 6.0, Color32::from_rgb(200, 80, 20));
    ui.painter().line_segment([pos2(125.0, 60.0), pos2(290.0, 61.0)], (1.0, Color32::GRAY));
    for tick in 0..frame % 5 {
        ui.painter().rect_filled(at(130.0 + 14.0 * tick as f32, 80.0, 8.5, 8.5), 2.0, Color32::LIGHT_BLUE);
    }
    ui.scope_builder(egui::UiBuilder::new().max_rect(at(140.0, 100.0, 150.0, 90.0)), |ui| {
        let mut value = 0.1 * f64::from(frame);
        ui.add(egui::Slider::new(&mut value, 0.0..=2.0).text("a"));
        ui.label("this never changes");
        _ = ui.button(if frame.is_multiple_of(3) { "every third" } else { "else" });
    });
    if frame % 4 == 2 {
        egui::Area::new(egui::Id::unique("above")).fixed_pos(pos2(60.0, 50.0)).show(ui.ctx(), |ui| {
            egui::Frame::popup(ui.style()).show(ui, |ui| ui.label("above them all"));
        });
    }
}

fn every_frame_looks_as_if_drawn_as_a_whole() {
    for format in [wgpu::TextureFormat::Rgba8Unorm, wgpu::TextureFormat::Rgba8UnormSrgb] {
        let [mut parts, mut whole] = [true, false].map(|by_parts| Window::new(format, by_parts));
        let mut last = None;
        for frame in 0..24 {
            // Another size, another scale, another theme, and back.
            let (size, scale) = match frame {
                8..12 => ([260, 170], 1.0),
                12..16 => ([300, 200], 1.3),
                _ => ([300, 200], 1.0),
            };
            for window in [&mut parts, &mut whole] {
                window.ctx.set_theme(if frame < 20 { egui::Theme::Dark } else { egui::Theme::Light });
            }
            let [shown, expected] =
                [&mut parts, &mut whole].map(|window| window.draw(size, scale, |ui| scene(ui, frame)));
            let differ = shown.pixels().zip(expected.pixels()).filter(|(a, b)| a != b).count();
            assert!(shown == expected, "{format:?}, frame {frame}: {differ} pixels");
            assert!(last.replace(expected) != Some(shown), "every frame is another one");
        }
    }
}

/// Counts how often it is drawn.
#[derive(Clone, Default)]
struct Counter(Arc<AtomicUsize>);

impl CallbackTrait for Counter {
    fn paint(&self, _: PaintCallbackInfo, _: &mut wgpu::RenderPass<'static>, _: &CallbackResources) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn what_stays_is_not_drawn_again() {
    let mut window = Window::new(wgpu::TextureFormat::Rgba8Unorm, true);
    let places = [10.0, 150.0].map(|x| Rect::from_min_size(pos2(x, 10.0), vec2(40.0, 40.0)));
    let counters = [(); 2].map(|()| Counter::default());
    let shapes: [PaintCallback; 2] =
        [0, 1].map(|at| Callback::new_paint_callback(places[at], counters[at].clone()));
    let mut draw = |x: f32| {
        window.draw([200, 100], 1.0, |ui| {
            for shape in &shapes {
                ui.painter().add(shape.clone());
            }
            ui.painter().circle_filled(pos2(x, 30.0), 5.0, Color32::RED);
        });
        [&counters[0], &counters[1]].map(|counter| counter.0.swap(0, Ordering::Relaxed))
    };
    assert_eq!(draw(20.0), [1, 1]);
    assert_eq!(draw(20.0), [0, 0]);
    // Within the first one, then from there to the second one.
    assert_eq!(draw(30.0), [1, 0]);
    assert_eq!(draw(160.0), [1, 1]);
    assert_eq!(draw(100.0), [0, 1]);
}

fn a_replaced_texture_is_seen() {
    let mut window = Window::new(wgpu::TextureFormat::Rgba8Unorm, true);
    let image = |color| egui::ColorImage::filled([4, 4], color);
    let ctx = window.ctx.clone();
    let mut texture = ctx.load_texture("a", image(Color32::RED), egui::TextureOptions::NEAREST);
    let mut center = |texture: &egui::TextureHandle| {
        let id = texture.id();
        let picture = window.draw([40, 40], 1.0, |ui| {
            let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
            ui.painter().image(id, ui.max_rect(), uv, Color32::WHITE);
        });
        *picture.get_pixel(20, 20)
    };
    assert_eq!(center(&texture), Rgba([255, 0, 0, 255]));
    texture.set(image(Color32::BLUE), egui::TextureOptions::NEAREST);
    assert_eq!(center(&texture), Rgba([0, 0, 255, 255]));
}

fn a_texture_may_go_in_the_frame_that_draws_it() {
    let mut window = Window::new(wgpu::TextureFormat::Rgba8Unorm, true);
    for frame in 0..20 {
        // As a dialog does that is closed while its picture is drawn.
        let color = Color32::from_rgb(10 * frame, 100, 0);
        let image = egui::ColorImage::filled([4, 4], color);
        let texture = window.ctx.load_texture("a", image, egui::TextureOptions::NEAREST);
        let mut held = Some(texture);
        let picture = window.draw([40, 40], 1.0, |ui| {
            let id = held.take().map(|texture| texture.id());
            let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
            if let Some(id) = id {
                ui.painter().image(id, ui.max_rect(), uv, Color32::WHITE);
            }
        });
        assert_eq!(picture.get_pixel(20, 20).0[..3], color.to_array()[..3], "frame {frame}");
    }
}
