//! Arrows over a heat map: one instance an arrow.
//!
//! [`crate::figure::draw_arrows`] is the CPU twin; tests/gpu/marks.rs holds both against each other.

use std::sync::Arc;

use eframe::egui::{self, Rect};
use eframe::egui_wgpu::RenderState;

use super::color::target_color;
use super::instanced::{self, Mark};
use super::pass::PassError;
use crate::figure::{ArrowMark, CellWindow};

#[repr(C)]
#[derive(Clone, Copy, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
struct Arrow {
    middle: [f32; 2],
    along: [f32; 2],
    color: [f32; 4],
}

impl Mark for Arrow {
    const NAME: &'static str = "arrows";
    const SHADER: fn() -> wgpu::ShaderModuleDescriptor<'static> =
        || wgpu::include_wgsl!("../../shaders/arrows.wgsl");
    const ATTRIBUTES: &'static [wgpu::VertexAttribute] =
        &wgpu::vertex_attr_array![0 => Float32x2, 1 => Float32x2, 2 => Float32x4];
}

/// Makes [`paint`] work with this renderer. Once a renderer is enough; more often does no harm.
///
/// # Errors
/// When the device refuses the shader or the pipeline.
pub fn install(render_state: &RenderState) -> Result<(), PassError> {
    instanced::install::<Arrow>(render_state)
}

/// Draws `arrows` in their order on the part `window` of the state space, which fills `rect` (points); what reaches
/// over `clip` is cut off. Uploaded only when they change. One call a `slot` and frame.
pub fn paint(
    painter: &egui::Painter,
    [rect, clip]: [Rect; 2],
    slot: u64,
    window: CellWindow,
    arrows: Arc<Vec<ArrowMark>>,
) {
    instanced::paint(painter, [rect, clip], slot, window, move |target_is_srgb| {
        let arrow = |mark: &ArrowMark| Arrow {
            middle: mark.middle,
            along: mark.along,
            color: target_color(mark.color, target_is_srgb),
        };
        arrows.iter().map(arrow).collect()
    });
}
