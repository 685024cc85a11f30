//! What the passes share that draw many small marks over a heat map: one quad an instance, blended in order.

use std::marker::PhantomData;
use std::sync::Once;

use eframe::egui::{self, PaintCallbackInfo, Rect};
use eframe::egui_wgpu::{Callback, CallbackResources, CallbackTrait, RenderState, ScreenDescriptor};

use super::errors::caught;
use super::slots::Slots;
use crate::figure::CellWindow;

/// Why marks cannot be drawn.
#[derive(Debug, thiserror::Error)]
#[error("the graphics device refused the shader for {pass}: {reason}")]
pub struct PassError {
    pub(super) pass: &'static str,
    pub(super) reason: String,
}

/// A kind of mark: one instance as its shader reads it.
pub(super) trait Mark: bytemuck::Pod + PartialEq + Send + Sync {
    /// What is drawn, for messages.
    const NAME: &'static str;
    /// The shader; its entry points are `vs_main` and `fs_main`, six vertices an instance.
    const SHADER: fn() -> wgpu::ShaderModuleDescriptor<'static>;
    /// The fields of an instance.
    const ATTRIBUTES: &'static [wgpu::VertexAttribute];
}

/// `Stage` of the shaders, with its layout.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
struct Stage {
    viewport: [f32; 4],
    origin: [f32; 2],
    min: [f32; 2],
    px_per_cell: [f32; 2],
    px_per_point: f32,
    padding: f32,
}

/// The pipeline and the buffers of all panes, kept in the renderer.
struct Pass<M> {
    pipeline: wgpu::RenderPipeline,
    bind_group_layout: wgpu::BindGroupLayout,
    target_is_srgb: bool,
    slots: Slots<Slot<M>>,
}

struct Slot<M> {
    stage: wgpu::Buffer,
    bind_group: wgpu::BindGroup,
    /// Room for `capacity` instances.
    instances: wgpu::Buffer,
    capacity: usize,
    /// What the buffers hold now.
    uploaded: Vec<M>,
    written: Option<Stage>,
}

/// Makes [`paint`] work with this renderer for marks `M`. Once is enough; more often does no harm.
pub(super) fn install<M: Mark + 'static>(render_state: &RenderState) -> Result<(), PassError> {
    let mut renderer = render_state.renderer.write();
    if renderer.callback_resources.contains::<Pass<M>>() {
        return Ok(());
    }
    let (device, target) = (&render_state.device, render_state.target_format);
    let pass = caught(device, || {
        let module = device.create_shader_module(M::SHADER());
        let bind_group_layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some(M::NAME),
            entries: &[wgpu::BindGroupLayoutEntry {
                binding: 0,
                visibility: wgpu::ShaderStages::VERTEX_FRAGMENT,
                ty: wgpu::BindingType::Buffer {
                    ty: wgpu::BufferBindingType::Uniform,
                    has_dynamic_offset: false,
                    min_binding_size: wgpu::BufferSize::new(size_of::<Stage>() as u64),
                },
                count: None,
            }],
        });
        let pipeline = render_pipeline::<M>(device, &module, &bind_group_layout, target);
        Pass::<M> { pipeline, bind_group_layout, target_is_srgb: target.is_srgb(), slots: Slots::default() }
    })
    .map_err(|error| PassError { pass: M::NAME, reason: error.to_string() })?;
    renderer.callback_resources.insert(pass);
    Ok(())
}

/// Draws marks on the part `window` of the state space, which fills `rect` (points); what reaches over `clip` is cut
/// off. `marks` is told whether the target turns linear light into sRGB. One call a slot, pass and frame.
pub(super) fn paint<M: Mark + 'static>(
    painter: &egui::Painter,
    [rect, clip]: [Rect; 2],
    slot: u64,
    window: CellWindow,
    marks: impl Fn(bool) -> Vec<M> + Send + Sync + 'static,
) {
    let callback = MarksCallback { rect, clip, slot, window, marks, kind: PhantomData };
    painter.add(Callback::new_paint_callback(clip, callback));
}

struct MarksCallback<M, F> {
    rect: Rect,
    clip: Rect,
    slot: u64,
    window: CellWindow,
    marks: F,
    kind: PhantomData<M>,
}

impl<M: Mark + 'static, F: Fn(bool) -> Vec<M> + Send + Sync> CallbackTrait for MarksCallback<M, F> {
    fn prepare(
        &self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        screen: &ScreenDescriptor,
        _encoder: &mut wgpu::CommandEncoder,
        resources: &mut CallbackResources,
    ) -> Vec<wgpu::CommandBuffer> {
        let Some(pass) = resources.get_mut::<Pass<M>>() else {
            static WARNED: Once = Once::new();
            WARNED.call_once(|| tracing::warn!("no {} are drawn: they were not installed", M::NAME));
            return Vec::new();
        };
        let marks = (self.marks)(pass.target_is_srgb);
        let slot = pass.slots.get_or_make(
            self.slot,
            |slot| slot.capacity >= marks.len(),
            || {
                new_slot(device, &pass.bind_group_layout, marks.len()).inspect_err(|error| {
                    tracing::warn!("{} {} are not drawn: {error}", marks.len(), M::NAME);
                })
            },
        );
        if let Some(slot) = slot {
            if slot.uploaded != marks {
                queue.write_buffer(&slot.instances, 0, bytemuck::cast_slice(&marks));
                slot.uploaded = marks;
            }
            let stage = stage(self.rect, self.clip, self.window, screen);
            if slot.written != Some(stage) {
                queue.write_buffer(&slot.stage, 0, bytemuck::bytes_of(&stage));
                slot.written = Some(stage);
            }
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
        if let Some(pass) = resources.get_mut::<Pass<M>>() {
            pass.slots.end_frame();
        }
        Vec::new()
    }

    fn paint(
        &self,
        _info: PaintCallbackInfo,
        render_pass: &mut wgpu::RenderPass<'static>,
        resources: &CallbackResources,
    ) {
        let Some(pass) = resources.get::<Pass<M>>() else { return };
        if let Some(slot) = pass.slots.get(self.slot).filter(|slot| !slot.uploaded.is_empty()) {
            render_pass.set_pipeline(&pass.pipeline);
            render_pass.set_bind_group(0, &slot.bind_group, &[]);
            render_pass.set_vertex_buffer(0, slot.instances.slice(..));
            render_pass.draw(0..6, 0..slot.uploaded.len() as u32);
        }
    }
}

fn stage(rect: Rect, clip: Rect, window: CellWindow, screen: &ScreenDescriptor) -> Stage {
    let px_per_point = screen.pixels_per_point;
    // Rounded as egui rounds a viewport, and cut off at the border of the screen as it does.
    let corners = |rect: Rect| [(rect.min * px_per_point).round(), (rect.max * px_per_point).round()];
    let border = egui::pos2(screen.size_in_pixels[0] as f32, screen.size_in_pixels[1] as f32);
    let [low, high] = corners(clip).map(|corner| corner.clamp(egui::Pos2::ZERO, border));
    let [min, max] = corners(rect);
    Stage {
        viewport: [low.x, low.y, (high.x - low.x).max(1.0), (high.y - low.y).max(1.0)],
        origin: [min.x, max.y],
        min: window.min,
        px_per_cell: window.px_per_cell([max.x - min.x, max.y - min.y]),
        px_per_point,
        padding: 0.0,
    }
}

fn new_slot<M: Mark>(
    device: &wgpu::Device,
    layout: &wgpu::BindGroupLayout,
    count: usize,
) -> Result<Slot<M>, wgpu::Error> {
    // Room to grow, so that a few more marks do not need a new buffer.
    let capacity = count.next_power_of_two().max(64);
    caught(device, || {
        let buffer = |size: usize, usage| {
            device.create_buffer(&wgpu::BufferDescriptor {
                label: Some(M::NAME),
                size: size as u64,
                usage: usage | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            })
        };
        let stage = buffer(size_of::<Stage>(), wgpu::BufferUsages::UNIFORM);
        let bind_group = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some(M::NAME),
            layout,
            entries: &[wgpu::BindGroupEntry { binding: 0, resource: stage.as_entire_binding() }],
        });
        let instances = buffer(capacity * size_of::<M>(), wgpu::BufferUsages::VERTEX);
        Slot { stage, bind_group, instances, capacity, uploaded: Vec::new(), written: None }
    })
}

fn render_pipeline<M: Mark>(
    device: &wgpu::Device,
    module: &wgpu::ShaderModule,
    bind_group_layout: &wgpu::BindGroupLayout,
    target: wgpu::TextureFormat,
) -> wgpu::RenderPipeline {
    let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: Some(M::NAME),
        bind_group_layouts: &[Some(bind_group_layout)],
        immediate_size: 0,
    });
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some(M::NAME),
        layout: Some(&layout),
        vertex: wgpu::VertexState {
            module,
            entry_point: Some("vs_main"),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            buffers: &[Some(wgpu::VertexBufferLayout {
                array_stride: size_of::<M>() as u64,
                step_mode: wgpu::VertexStepMode::Instance,
                attributes: M::ATTRIBUTES,
            })],
        },
        primitive: wgpu::PrimitiveState::default(),
        depth_stencil: None,
        multisample: wgpu::MultisampleState::default(),
        fragment: Some(wgpu::FragmentState {
            module,
            entry_point: Some("fs_main"),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            targets: &[Some(blended(target))],
        }),
        multiview_mask: None,
        cache: None,
    })
}

/// Premultiplied colours over what is there.
pub(super) fn blended(target: wgpu::TextureFormat) -> wgpu::ColorTargetState {
    wgpu::ColorTargetState {
        format: target,
        blend: Some(wgpu::BlendState::PREMULTIPLIED_ALPHA_BLENDING),
        write_mask: wgpu::ColorWrites::ALL,
    }
}
