//! A heat map inside an egui picture: its positions live in a texture, a shader finds cell and colour of a pixel.
//!
//! [`crate::figure::rasterize`] is the CPU twin; tests/gpu/heatmap.rs holds both against each other.

use std::sync::{Arc, Once};

use eframe::egui::{self, PaintCallbackInfo, Rect};
use eframe::egui_wgpu::{Callback, CallbackResources, CallbackTrait, RenderState, ScreenDescriptor};

use super::heatmap_pipeline::{Pipeline, Slot};
use super::slots::Slots;
use crate::figure::{CellLayout, CellWindow, Scale};

/// What one pane shows.
#[derive(Clone, Debug)]
pub struct Heatmap {
    /// Which pane: its texture is kept from frame to frame. One rectangle a slot and frame.
    pub slot: u64,
    /// The values, `[V, V]` with V = [`CellLayout::tokens`], index `token1 · V + token2`. What is not finite or not
    /// there is missing.
    pub values: Arc<Vec<f32>>,
    /// Changes whenever `values` does. Nothing is uploaded while `version`, `scale` and V stay the same.
    pub version: u64,
    /// Where the cells lie.
    pub layout: CellLayout,
    /// The part of it that is shown.
    pub window: CellWindow,
    /// Which colour a value has.
    pub scale: Scale,
    /// sRGB colour of the gap before the mask margin.
    pub background: [u8; 3],
}

/// Why heat maps cannot be drawn.
#[derive(Debug, thiserror::Error)]
#[error("the graphics device refused the heat-map shader: {0}")]
pub struct HeatmapError(pub(super) String);

/// Makes [`paint`] work with this renderer. Once a renderer is enough; more often does no harm.
///
/// The renderer must be without multisampling and depth buffer, which are eframe's defaults.
///
/// # Errors
/// When the device refuses the shader or the pipeline.
pub fn install(render_state: &RenderState) -> Result<(), HeatmapError> {
    let mut renderer = render_state.renderer.write();
    if renderer.callback_resources.contains::<Heatmaps>() {
        return Ok(());
    }
    let pipeline = Pipeline::new(&render_state.device, &render_state.queue, render_state.target_format)?;
    renderer.callback_resources.insert(Heatmaps { pipeline, slots: Slots::default() });
    Ok(())
}

/// Draws `heatmap` over all of `rect` (points), stretched where that is not square. Crisp at any size: the corners
/// of `rect` are rounded to whole pixels and no pixel mixes two cells.
pub fn paint(painter: &egui::Painter, rect: Rect, heatmap: Heatmap) {
    painter.add(Callback::new_paint_callback(rect, HeatmapCallback { rect, heatmap }));
}

/// The pipeline and the textures of all panes, kept in the renderer.
struct Heatmaps {
    pipeline: Pipeline,
    slots: Slots<Slot>,
}

struct HeatmapCallback {
    /// Points.
    rect: Rect,
    heatmap: Heatmap,
}

impl CallbackTrait for HeatmapCallback {
    fn prepare(
        &self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        screen: &ScreenDescriptor,
        _encoder: &mut wgpu::CommandEncoder,
        resources: &mut CallbackResources,
    ) -> Vec<wgpu::CommandBuffer> {
        let Some(Heatmaps { pipeline, slots }) = resources.get_mut() else {
            static WARNED: Once = Once::new();
            WARNED.call_once(|| tracing::warn!("no heat map is drawn: gpu::heatmap::install was not called"));
            return Vec::new();
        };
        let tokens = self.heatmap.layout.tokens();
        let slot = slots.get_or_make(
            self.heatmap.slot,
            |slot| slot.tokens() == tokens,
            || {
                pipeline.new_slot(device, tokens).inspect_err(|error| {
                    tracing::warn!("the heat map of {tokens} tokens is not drawn: {error}");
                })
            },
        );
        if let Some(slot) = slot {
            slot.write_positions(queue, &self.heatmap);
            slot.write_pane(queue, pipeline.pane(&self.heatmap, self.rect * screen.pixels_per_point));
        }
        Vec::new()
    }

    /// egui calls this after it has prepared all callbacks.
    fn finish_prepare(
        &self,
        _device: &wgpu::Device,
        _queue: &wgpu::Queue,
        _encoder: &mut wgpu::CommandEncoder,
        resources: &mut CallbackResources,
    ) -> Vec<wgpu::CommandBuffer> {
        if let Some(Heatmaps { slots, .. }) = resources.get_mut() {
            slots.end_frame();
        }
        Vec::new()
    }

    fn paint(
        &self,
        _info: PaintCallbackInfo,
        pass: &mut wgpu::RenderPass<'static>,
        resources: &CallbackResources,
    ) {
        if let Some(Heatmaps { pipeline, slots }) = resources.get()
            && let Some(slot) = slots.get(self.heatmap.slot)
        {
            pipeline.draw(pass, slot);
        }
    }
}
