//! Adapters that have little: a device with small limits stands for each.

use burn::tensor::wgpu::WgpuSetup;
use dfm_explorer::gpu::{
    DeviceChoice, DevicePreference, Offscreen, OffscreenError, choose, drawing_limits, particles,
};
use dfm_explorer::ui::{ShotError, shot};
use eframe::egui;
use std::collections::HashSet;

pub const TESTS: crate::Tests = &[
    ("the_window_is_drawn_with_the_least_limits", the_window_is_drawn_with_the_least_limits),
    ("a_picture_beyond_them_is_refused_in_words", a_picture_beyond_them_is_refused_in_words),
    ("an_adapter_without_arrays_is_refused_in_words", an_adapter_without_arrays_is_refused_in_words),
];

/// A device that has no more than these limits, as a choice of the window.
fn device(limits: wgpu::Limits) -> DeviceChoice {
    let screen = Offscreen::new(None).expect("an adapter that starts");
    let state = screen.render_state();
    let request = wgpu::DeviceDescriptor { required_limits: limits, ..wgpu::DeviceDescriptor::default() };
    let (device, queue) = pollster::block_on(state.adapter.request_device(&request)).expect("a device");
    let (instance, adapter) = (state.instance.clone(), state.adapter.clone());
    let backend = adapter.get_info().backend;
    let shared = Some(WgpuSetup { instance, adapter, device, queue, backend });
    DeviceChoice { shared, ..choose(&DevicePreference::Cpu).expect("the CPU") }
}

/// With textures of 2048 pixels a side, and arrays of 128 MiB.
fn modest() -> wgpu::Limits {
    drawing_limits(&wgpu::Limits::downlevel_defaults())
}

fn the_window_is_drawn_with_the_least_limits() {
    let choice = device(modest());
    // The first of each lab, in the largest window that can be drawn.
    for preset in [None, dfm_explorer::experiment::images::IMAGE_PRESETS.first().map(|preset| preset.name)] {
        let picture = shot(preset, [2048, 1100], true, 0, &choice).expect("a picture");
        assert_eq!(picture.dimensions(), (2048, 1100));
        let colours: HashSet<_> = picture.pixels().collect();
        assert!(colours.len() > 200, "{preset:?}: {} colours", colours.len());
    }
}

fn a_picture_beyond_them_is_refused_in_words() {
    let choice = device(modest());
    let error = shot(None, [2400, 500], true, 0, &choice).expect_err("too wide");
    assert!(matches!(error, ShotError::Offscreen(OffscreenError::Size { limit: 2048, .. })), "{error}");
    let words = error.to_string();
    assert!(words.contains("2400 × 500") && words.contains("1 to 2048"), "{words}");
    // The device goes on.
    assert!(shot(None, [1280, 800], true, 0, &choice).is_ok());
}

fn an_adapter_without_arrays_is_refused_in_words() {
    let choice = device(wgpu::Limits::downlevel_webgl2_defaults());
    let screen = Offscreen::new(choice.shared.clone()).expect("a renderer");
    let words = particles::install(screen.render_state()).expect_err("no arrays in shaders").to_string();
    assert!(words.contains("particles"), "{words}");
    // All of the window says so instead of ending the program; what else was drawn is drawn on.
    let error = shot(None, [1280, 800], true, 0, &choice).expect_err("no window").to_string();
    assert!(error.contains("the graphics device refused the shader for"), "{error}");
    let mut screen = screen;
    let drawn = screen.render(&egui::Context::default(), [64, 64], 1.0, 1, |ui| _ = ui.label("still here"));
    assert!(drawn.is_ok());
}
