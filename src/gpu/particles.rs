//! A cloud of particles over a heat map: dots are counted on every pixel, and counts become opacity.
//!
//! [`crate::figure::draw_particles`] is the CPU twin; tests/gpu/marks.rs holds both against each other.

use std::sync::{Arc, Once};

use eframe::egui::{self, PaintCallbackInfo, Rect};
use eframe::egui_wgpu::{Callback, CallbackResources, CallbackTrait, RenderState, ScreenDescriptor};

use super::instanced::PassError;
use super::particles_pipeline::{Pipeline, Slot};
use super::slots::Slots;
use crate::figure::{CellLayout, CellWindow, Cloud};

/// What one pane shows.
#[derive(Clone, Debug)]
pub struct Particles {
    /// Which pane: its buffers are kept from frame to frame. One rectangle a slot and frame.
    pub slot: u64,
    /// A state `[token 1, token 2]` a particle. Nothing is uploaded, or counted again, while it is the same `Arc`.
    pub states: Arc<Vec<[u16; 2]>>,
    /// Where the cells lie.
    pub layout: CellLayout,
    /// The part of it that is shown.
    pub window: CellWindow,
    /// sRGB.
    pub color: [u8; 3],
}

/// Makes [`paint`] work with this renderer. Once a renderer is enough; more often does no harm.
///
/// # Errors
/// When the device refuses the shader or the pipelines, as one without compute shaders does.
pub fn install(render_state: &RenderState) -> Result<(), PassError> {
    let mut renderer = render_state.renderer.write();
    if renderer.callback_resources.contains::<Clouds>() {
        return Ok(());
    }
    let pipeline = Pipeline::new(&render_state.device, render_state.target_format)
        .map_err(|error| PassError { pass: "particles", reason: error.to_string() })?;
    renderer.callback_resources.insert(Clouds { pipeline, slots: Slots::default() });
    Ok(())
}

/// Draws `particles` over all of `rect` (points), whose corners are rounded to whole pixels.
pub fn paint(painter: &egui::Painter, rect: Rect, particles: Particles) {
    painter.add(Callback::new_paint_callback(rect, ParticlesCallback { rect, particles }));
}

/// The pipelines and the buffers of all panes, kept in the renderer.
struct Clouds {
    pipeline: Pipeline,
    slots: Slots<Slot>,
}

struct ParticlesCallback {
    /// Points.
    rect: Rect,
    particles: Particles,
}

impl CallbackTrait for ParticlesCallback {
    fn prepare(
        &self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        screen: &ScreenDescriptor,
        encoder: &mut wgpu::CommandEncoder,
        resources: &mut CallbackResources,
    ) -> Vec<wgpu::CommandBuffer> {
        let Some(Clouds { pipeline, slots }) = resources.get_mut() else {
            static WARNED: Once = Once::new();
            WARNED.call_once(|| {
                tracing::warn!("no particles are drawn: gpu::particles::install was not called")
            });
            return Vec::new();
        };
        let Particles { slot: id, states, layout, window, color } = &self.particles;
        let min = (self.rect.min * screen.pixels_per_point).round();
        let size = (self.rect.max * screen.pixels_per_point).round() - min;
        let size_px = [size.x, size.y].map(|side| side.max(1.0) as u32);
        let cloud = Cloud::new(states.len(), layout, *window, size_px, screen.pixels_per_point, *color);
        let slot = slots.get_or_make(
            *id,
            |slot| slot.fits(states.len(), &cloud),
            || {
                pipeline.new_slot(device, states.len(), &cloud).inspect_err(|error| {
                    tracing::warn!("{} particles are not drawn: {error}", states.len());
                })
            },
        );
        if let Some(slot) = slot {
            pipeline.update(queue, encoder, slot, states, cloud, min.into());
        }
        Vec::new()
    }

    fn finish_prepare(
        &self,
        _device: &wgpu::Device,
        _queue: &wgpu::Queue,
        _encoder: &mut wgpu::CommandEncoder,
        resources: &mut CallbackResources,
    ) -> Vec<wgpu::CommandBuffer> {
        if let Some(Clouds { slots, .. }) = resources.get_mut() {
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
        if let Some(Clouds { pipeline, slots }) = resources.get()
            && let Some(slot) = slots.get(self.particles.slot)
        {
            pipeline.draw(pass, slot);
        }
    }
}
