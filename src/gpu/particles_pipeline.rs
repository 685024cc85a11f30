//! The wgpu objects behind [`super::particles`]: both pipelines, and the buffers of a pane.

use std::sync::Arc;

use super::color::target_color;
use super::errors::caught;
use super::instanced::blended;
use crate::figure::Cloud;

/// Threads of a workgroup of `splat`.
const WORKGROUP: u32 = 256;

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

/// What all panes share.
pub(super) struct Pipeline {
    splat: wgpu::ComputePipeline,
    cloud: wgpu::RenderPipeline,
    splat_layout: wgpu::BindGroupLayout,
    cloud_layout: wgpu::BindGroupLayout,
    target_is_srgb: bool,
}

/// What one pane keeps from frame to frame.
pub(super) struct Slot {
    uniforms: wgpu::Buffer,
    states: wgpu::Buffer,
    spans: wgpu::Buffer,
    counts: wgpu::Buffer,
    splat: wgpu::BindGroup,
    cloud: wgpu::BindGroup,
    /// What the buffers hold now.
    uploaded: Option<Arc<Vec<[u16; 2]>>>,
    counted: Option<Cloud>,
    written: Option<Uniforms>,
}

impl Pipeline {
    /// Without multisampling and depth buffer.
    pub fn new(device: &wgpu::Device, target: wgpu::TextureFormat) -> Result<Self, wgpu::Error> {
        caught(device, || {
            let module = device.create_shader_module(wgpu::include_wgsl!("../../shaders/particles.wgsl"));
            let uniforms = |stage| entry(0, stage, wgpu::BufferBindingType::Uniform);
            let storage = |binding, stage, read_only| {
                entry(binding, stage, wgpu::BufferBindingType::Storage { read_only })
            };
            let group = |entries: &[wgpu::BindGroupLayoutEntry]| {
                let label = Some("particles");
                device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label, entries })
            };
            let compute = wgpu::ShaderStages::COMPUTE;
            let splat_layout = group(&[
                uniforms(compute),
                storage(1, compute, true),
                storage(2, compute, true),
                storage(3, compute, false),
            ]);
            let fragment = wgpu::ShaderStages::FRAGMENT;
            let cloud_layout = group(&[uniforms(fragment), storage(4, fragment, true)]);
            Self {
                splat: compute_pipeline(device, &module, &splat_layout),
                cloud: render_pipeline(device, &module, &cloud_layout, target),
                splat_layout,
                cloud_layout,
                target_is_srgb: target.is_srgb(),
            }
        })
    }

    /// Buffers for `count` particles.
    pub fn new_slot(&self, device: &wgpu::Device, count: usize, cloud: &Cloud) -> Result<Slot, wgpu::Error> {
        caught(device, || {
            // A binding has at least one element.
            let buffer = |size: u64, usage| {
                device.create_buffer(&wgpu::BufferDescriptor {
                    label: Some("particles"),
                    size: size.max(16),
                    usage: usage | wgpu::BufferUsages::COPY_DST,
                    mapped_at_creation: false,
                })
            };
            let storage = wgpu::BufferUsages::STORAGE;
            let uniforms = buffer(size_of::<Uniforms>() as u64, wgpu::BufferUsages::UNIFORM);
            let states = buffer(4 * count as u64, storage);
            let spans = buffer(16 * cloud.spans.len() as u64, storage);
            let counts = buffer(4 * pixels(cloud), storage);
            let group = |layout, buffers: &[(u32, &wgpu::Buffer)]| {
                let entries: Vec<_> = buffers
                    .iter()
                    .map(|(binding, buffer)| wgpu::BindGroupEntry {
                        binding: *binding,
                        resource: buffer.as_entire_binding(),
                    })
                    .collect();
                let label = Some("particles");
                device.create_bind_group(&wgpu::BindGroupDescriptor { label, layout, entries: &entries })
            };
            let splat = group(&self.splat_layout, &[(0, &uniforms), (1, &states), (2, &spans), (3, &counts)]);
            let cloud = group(&self.cloud_layout, &[(0, &uniforms), (4, &counts)]);
            Slot {
                uniforms,
                states,
                spans,
                counts,
                splat,
                cloud,
                uploaded: None,
                counted: None,
                written: None,
            }
        })
    }

    /// Uploads what has changed, and counts the dots anew where it has.
    pub fn update(
        &self,
        queue: &wgpu::Queue,
        encoder: &mut wgpu::CommandEncoder,
        slot: &mut Slot,
        states: &Arc<Vec<[u16; 2]>>,
        cloud: Cloud,
        origin: [f32; 2],
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
        if slot.written != Some(uniforms) {
            queue.write_buffer(&slot.uniforms, 0, bytemuck::bytes_of(&uniforms));
            slot.written = Some(uniforms);
        }
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

    /// Draws what `slot` holds over the viewport of `pass`.
    pub fn draw(&self, pass: &mut wgpu::RenderPass<'static>, slot: &Slot) {
        pass.set_pipeline(&self.cloud);
        pass.set_bind_group(0, &slot.cloud, &[]);
        pass.draw(0..3, 0..1);
    }
}

impl Slot {
    /// Whether the buffers have exactly the room that is needed.
    pub fn fits(&self, count: usize, cloud: &Cloud) -> bool {
        let room = |size: u64| size.max(16);
        self.states.size() == room(4 * count as u64)
            && self.spans.size() == room(16 * cloud.spans.len() as u64)
            && self.counts.size() == room(4 * pixels(cloud))
    }
}

fn pixels(cloud: &Cloud) -> u64 {
    let [width, height] = cloud.size_px;
    u64::from(width) * u64::from(height)
}

fn entry(
    binding: u32,
    visibility: wgpu::ShaderStages,
    ty: wgpu::BufferBindingType,
) -> wgpu::BindGroupLayoutEntry {
    let ty = wgpu::BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None };
    wgpu::BindGroupLayoutEntry { binding, visibility, ty, count: None }
}

fn pipeline_layout(device: &wgpu::Device, bind_group_layout: &wgpu::BindGroupLayout) -> wgpu::PipelineLayout {
    device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: Some("particles"),
        bind_group_layouts: &[Some(bind_group_layout)],
        immediate_size: 0,
    })
}

fn compute_pipeline(
    device: &wgpu::Device,
    module: &wgpu::ShaderModule,
    bind_group_layout: &wgpu::BindGroupLayout,
) -> wgpu::ComputePipeline {
    device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: Some("splat particles"),
        layout: Some(&pipeline_layout(device, bind_group_layout)),
        module,
        entry_point: Some("splat"),
        compilation_options: wgpu::PipelineCompilationOptions::default(),
        cache: None,
    })
}

fn render_pipeline(
    device: &wgpu::Device,
    module: &wgpu::ShaderModule,
    bind_group_layout: &wgpu::BindGroupLayout,
    target: wgpu::TextureFormat,
) -> wgpu::RenderPipeline {
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some("particles"),
        layout: Some(&pipeline_layout(device, bind_group_layout)),
        vertex: wgpu::VertexState {
            module,
            entry_point: Some("vs_cloud"),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            buffers: &[],
        },
        primitive: wgpu::PrimitiveState::default(),
        depth_stencil: None,
        multisample: wgpu::MultisampleState::default(),
        fragment: Some(wgpu::FragmentState {
            module,
            entry_point: Some("fs_cloud"),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            targets: &[Some(blended(target))],
        }),
        multiview_mask: None,
        cache: None,
    })
}
