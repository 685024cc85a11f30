//! A cloud of particles over a heat map: dots are counted on every pixel, and counts become opacity.
//!
//! [`crate::figure::draw_particles`] is the CPU twin; tests/gpu/marks.rs holds both against each other.

use std::sync::Arc;

use eframe::egui::{self, Rect};
use eframe::egui_wgpu::RenderState;
use wgpu::{BufferUsages, ShaderStages};

use super::color::target_color;
use super::make::{self, UNIFORM, Uniform, storage};
use super::pass::{self, Pass, PassError, Place};
use crate::figure::{CellLayout, CellWindow, Cloud};

/// Threads of a workgroup of `splat`.
const WORKGROUP: u32 = 256;

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
    pass::install::<Clouds>(render_state)
}

/// Draws `particles` over all of `rect` (points), whose corners are rounded to whole pixels.
pub fn paint(painter: &egui::Painter, rect: Rect, particles: Particles) {
    painter.add(pass::shape::<Clouds>(rect, particles.slot, particles));
}

/// `Cloud` of shaders/particles.wgsl, with its layout.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
struct Uniforms {
    size: [u32; 2],
    count: u32,
    tokens: u32,
    origin: [f32; 2],
    dot: u32,
    strength: f32,
    color: [f32; 4],
}

/// The pass: one pipeline counts dots, the other one makes colours of the counts.
struct Clouds {
    splat: wgpu::ComputePipeline,
    cloud: wgpu::RenderPipeline,
    splat_layout: wgpu::BindGroupLayout,
    cloud_layout: wgpu::BindGroupLayout,
    target_is_srgb: bool,
}

/// What one pane keeps from frame to frame.
struct Slot {
    uniforms: Uniform<Uniforms>,
    states: wgpu::Buffer,
    spans: wgpu::Buffer,
    counts: wgpu::Buffer,
    splat: wgpu::BindGroup,
    cloud: wgpu::BindGroup,
    /// What the buffers hold now.
    uploaded: Option<Arc<Vec<[u16; 2]>>>,
    counted: Option<Cloud>,
}

/// One frame of a pane.
struct Frame<'a> {
    states: &'a Arc<Vec<[u16; 2]>>,
    cloud: Cloud,
    origin: [f32; 2],
}

impl Frame<'_> {
    /// Bytes of the states, the spans and the counts. A binding has at least one element.
    fn room(&self) -> [u64; 3] {
        let [width, height] = self.cloud.size_px.map(u64::from);
        [4 * self.states.len() as u64, 16 * self.cloud.spans.len() as u64, 4 * width * height]
            .map(|size| size.max(16))
    }
}

impl Pass for Clouds {
    const NAME: &'static str = "particles";
    type Content = Particles;
    type Frame<'a> = Frame<'a>;
    type Slot = Slot;

    fn new(device: &wgpu::Device, target: wgpu::TextureFormat) -> Self {
        let module = device.create_shader_module(wgpu::include_wgsl!("../../shaders/particles.wgsl"));
        let layout = |stage, bindings: &[_]| make::group_layout(device, "particles", stage, bindings);
        let splat_layout = layout(
            ShaderStages::COMPUTE,
            &[(0, UNIFORM), (1, storage(true)), (2, storage(true)), (3, storage(false))],
        );
        let cloud_layout = layout(ShaderStages::FRAGMENT, &[(0, UNIFORM), (4, storage(true))]);
        let (shader, target_is_srgb) = ((&module, ["vs_cloud", "fs_cloud"]), target.is_srgb());
        let (groups, target) = ([&cloud_layout], make::blended(target));
        Self {
            splat: make::compute_pipeline(device, "splat particles", (&module, "splat"), &splat_layout),
            cloud: make::render_pipeline(device, "particles", shader, &groups, None, target),
            splat_layout,
            cloud_layout,
            target_is_srgb,
        }
    }

    fn frame<'a>(&self, particles: &'a Particles, place: Place<'_>) -> Frame<'a> {
        let Particles { states, layout, window, color, .. } = particles;
        let (origin, size) = place.pixels();
        let size_px = size.map(|side| side as u32);
        let px_per_point = place.screen.pixels_per_point;
        let cloud = Cloud::new(states.len(), layout, *window, size_px, px_per_point, *color);
        Frame { states, cloud, origin }
    }

    /// Whether the buffers have exactly the room that is needed.
    fn fits(slot: &Slot, frame: &Frame<'_>) -> bool {
        [&slot.states, &slot.spans, &slot.counts].map(wgpu::Buffer::size) == frame.room()
    }

    fn new_slot(&self, device: &wgpu::Device, frame: &Frame<'_>) -> Slot {
        let buffer = |size| make::buffer(device, "particles", size, BufferUsages::STORAGE);
        let [states, spans, counts] = frame.room().map(buffer);
        let uniforms = Uniform::new(device, "particles");
        let group = |layout, buffers: &[(u32, &wgpu::Buffer)]| {
            let resources = buffers.iter().map(|(binding, buffer)| (*binding, buffer.as_entire_binding()));
            make::group(device, "particles", layout, resources)
        };
        let numbers = &uniforms.buffer;
        let splat = group(&self.splat_layout, &[(0, numbers), (1, &states), (2, &spans), (3, &counts)]);
        let cloud = group(&self.cloud_layout, &[(0, numbers), (4, &counts)]);
        Slot { uniforms, states, spans, counts, splat, cloud, uploaded: None, counted: None }
    }

    /// Counts the dots anew where something has changed.
    fn write(
        &self,
        slot: &mut Slot,
        queue: &wgpu::Queue,
        encoder: &mut wgpu::CommandEncoder,
        Frame { states, cloud, origin }: Frame<'_>,
    ) {
        let same_states = slot.uploaded.as_ref().is_some_and(|old| Arc::ptr_eq(old, states));
        if !same_states {
            queue.write_buffer(&slot.states, 0, bytemuck::cast_slice(states));
            slot.uploaded = Some(states.clone());
        }
        let uniforms = Uniforms {
            size: cloud.size_px,
            count: states.len() as u32,
            tokens: cloud.spans.len() as u32,
            origin,
            dot: cloud.dot,
            strength: cloud.strength,
            color: target_color(cloud.color, self.target_is_srgb),
        };
        slot.uniforms.write(queue, uniforms);
        if same_states && slot.counted.as_ref() == Some(&cloud) {
            return;
        }
        queue.write_buffer(&slot.spans, 0, bytemuck::cast_slice(&cloud.spans));
        encoder.clear_buffer(&slot.counts, 0, None);
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
        pass.set_pipeline(&self.splat);
        pass.set_bind_group(0, &slot.splat, &[]);
        pass.dispatch_workgroups((states.len() as u32).div_ceil(WORKGROUP), 1, 1);
        slot.counted = Some(cloud);
    }

    fn draw(&self, pass: &mut wgpu::RenderPass<'static>, slot: &Slot, _particles: &Particles) {
        pass.set_pipeline(&self.cloud);
        pass.set_bind_group(0, &slot.cloud, &[]);
        pass.draw(0..3, 0..1);
    }
}
