//! Trails of jumps over a heat map: one instance a jump.
//!
//! [`crate::figure::draw_trails`] is the CPU twin; tests/gpu/marks.rs holds both against each other.

use std::sync::Arc;

use eframe::egui::{self, Rect};
use eframe::egui_wgpu::RenderState;

use super::color::target_color;
use super::instanced::{self, Mark};
use super::pass::PassError;
use crate::figure::{self, CellWindow};

#[repr(C)]
#[derive(Clone, Copy, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
struct Trail {
    from: [f32; 2],
    to: [f32; 2],
    color: [f32; 4],
}

impl Mark for Trail {
    const NAME: &'static str = "trails";
    const SHADER: fn() -> wgpu::ShaderModuleDescriptor<'static> =
        || wgpu::include_wgsl!("../../shaders/trails.wgsl");
    const ATTRIBUTES: &'static [wgpu::VertexAttribute] =
        &wgpu::vertex_attr_array![0 => Float32x2, 1 => Float32x2, 2 => Float32x4];
}

/// Makes [`paint`] work with this renderer. Once a renderer is enough; more often does no harm.
///
/// # Errors
/// When the device refuses the shader or the pipeline.
pub fn install(render_state: &RenderState) -> Result<(), PassError> {
    instanced::install::<Trail>(render_state)
}

/// Draws `trails` in their order on the part `window` of the state space, which fills `rect` (points), cut off there.
/// Uploaded only when they change. One call a `slot` and frame.
pub fn paint(
    painter: &egui::Painter,
    rect: Rect,
    slot: u64,
    window: CellWindow,
    trails: Arc<Vec<figure::Trail>>,
) {
    instanced::paint(painter, [rect, rect], slot, window, move |target_is_srgb| {
        let trail = |mark: &figure::Trail| Trail {
            from: mark.from,
            to: mark.to,
            color: target_color(mark.color, target_is_srgb).map(|x| x * mark.opacity),
        };
        trails.iter().map(trail).collect()
    });
}
