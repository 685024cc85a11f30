//! The objects of wgpu that passes are made of, in the few forms that they need.

use wgpu::{BindingType, BufferBindingType, BufferUsages, ShaderStages, TextureFormat};

/// The numbers that a pass is told.
pub(super) const UNIFORM: BindingType = buffer_binding(BufferBindingType::Uniform);

/// A texture that is read texel by texel.
pub(super) const TEXTURE: BindingType = BindingType::Texture {
    sample_type: wgpu::TextureSampleType::Float { filterable: false },
    view_dimension: wgpu::TextureViewDimension::D2,
    multisampled: false,
};

/// An array of a shader.
pub(super) const fn storage(read_only: bool) -> BindingType {
    buffer_binding(BufferBindingType::Storage { read_only })
}

const fn buffer_binding(ty: BufferBindingType) -> BindingType {
    BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None }
}

/// What the stages `visibility` of a shader are given, by the number of the binding.
pub(super) fn group_layout(
    device: &wgpu::Device,
    label: &str,
    visibility: ShaderStages,
    bindings: &[(u32, BindingType)],
) -> wgpu::BindGroupLayout {
    let entry = |&(binding, ty)| wgpu::BindGroupLayoutEntry { binding, visibility, ty, count: None };
    let entries: Vec<_> = bindings.iter().map(entry).collect();
    device
        .create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: Some(label), entries: &entries })
}

/// What is given, by the same numbers.
pub(super) fn group<'a>(
    device: &wgpu::Device,
    label: &str,
    layout: &wgpu::BindGroupLayout,
    resources: impl IntoIterator<Item = (u32, wgpu::BindingResource<'a>)>,
) -> wgpu::BindGroup {
    let entry = |(binding, resource)| wgpu::BindGroupEntry { binding, resource };
    let entries: Vec<_> = resources.into_iter().map(entry).collect();
    device.create_bind_group(&wgpu::BindGroupDescriptor { label: Some(label), layout, entries: &entries })
}

/// Room for `size` bytes that are written from here.
pub(super) fn buffer(device: &wgpu::Device, label: &str, size: u64, usage: BufferUsages) -> wgpu::Buffer {
    device.create_buffer(&wgpu::BufferDescriptor {
        label: Some(label),
        size,
        usage: usage | BufferUsages::COPY_DST,
        mapped_at_creation: false,
    })
}

/// A texture that is written from here and read by a shader.
pub(super) fn texture(
    device: &wgpu::Device,
    label: &str,
    [width, height]: [u32; 2],
    format: TextureFormat,
) -> wgpu::Texture {
    device.create_texture(&wgpu::TextureDescriptor {
        label: Some(label),
        size: wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    })
}

/// Writes all of a texture with an uncompressed format.
pub(super) fn fill_texture(queue: &wgpu::Queue, texture: &wgpu::Texture, texels: &[u8]) {
    let bytes_per_row = texture.format().block_copy_size(None).map(|bytes| bytes * texture.width());
    let layout = wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row, rows_per_image: None };
    queue.write_texture(texture.as_image_copy(), texels, layout, texture.size());
}

/// The format of a texture with sRGB colours. Where the target turns linear light into sRGB, the texture turns its sRGB into
/// linear light first: both in hardware, so that no colour changes.
pub(super) fn color_format(target_is_srgb: bool) -> TextureFormat {
    if target_is_srgb { TextureFormat::Rgba8UnormSrgb } else { TextureFormat::Rgba8Unorm }
}

/// Numbers that a pass is told, and what they are now.
pub(super) struct Uniform<T> {
    pub buffer: wgpu::Buffer,
    written: Option<T>,
}

impl<T: bytemuck::Pod + PartialEq> Uniform<T> {
    /// With room for them.
    pub fn new(device: &wgpu::Device, label: &str) -> Self {
        let size = size_of::<T>() as u64;
        Self { buffer: buffer(device, label, size, BufferUsages::UNIFORM), written: None }
    }

    /// Uploads them if they have changed.
    pub fn write(&mut self, queue: &wgpu::Queue, numbers: T) {
        if self.written != Some(numbers) {
            queue.write_buffer(&self.buffer, 0, bytemuck::bytes_of(&numbers));
            self.written = Some(numbers);
        }
    }
}

/// The pipeline of two entry points of a shader, without multisampling and depth buffer. Without `vertices` the first one
/// makes what it draws out of nothing.
pub(super) fn render_pipeline(
    device: &wgpu::Device,
    label: &str,
    (module, [vertex, fragment]): (&wgpu::ShaderModule, [&str; 2]),
    group_layouts: &[&wgpu::BindGroupLayout],
    vertices: Option<wgpu::VertexBufferLayout<'_>>,
    target: wgpu::ColorTargetState,
) -> wgpu::RenderPipeline {
    let vertices: Vec<_> = vertices.into_iter().map(Some).collect();
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some(label),
        layout: Some(&pipeline_layout(device, label, group_layouts)),
        vertex: wgpu::VertexState {
            module,
            entry_point: Some(vertex),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            buffers: &vertices,
        },
        primitive: wgpu::PrimitiveState::default(),
        depth_stencil: None,
        multisample: wgpu::MultisampleState::default(),
        fragment: Some(wgpu::FragmentState {
            module,
            entry_point: Some(fragment),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            targets: &[Some(target)],
        }),
        multiview_mask: None,
        cache: None,
    })
}

/// The entry points of a shader.
pub(super) const MAIN: [&str; 2] = ["vs_main", "fs_main"];

/// The pipeline of an entry point that computes.
pub(super) fn compute_pipeline(
    device: &wgpu::Device,
    label: &str,
    (module, entry): (&wgpu::ShaderModule, &str),
    group_layout: &wgpu::BindGroupLayout,
) -> wgpu::ComputePipeline {
    device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: Some(label),
        layout: Some(&pipeline_layout(device, label, &[group_layout])),
        module,
        entry_point: Some(entry),
        compilation_options: wgpu::PipelineCompilationOptions::default(),
        cache: None,
    })
}

fn pipeline_layout(
    device: &wgpu::Device,
    label: &str,
    group_layouts: &[&wgpu::BindGroupLayout],
) -> wgpu::PipelineLayout {
    let group_layouts: Vec<_> = group_layouts.iter().map(|layout| Some(*layout)).collect();
    device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: Some(label),
        bind_group_layouts: &group_layouts,
        immediate_size: 0,
    })
}

/// Premultiplied colours over what is there.
pub(super) fn blended(target: TextureFormat) -> wgpu::ColorTargetState {
    wgpu::ColorTargetState {
        format: target,
        blend: Some(wgpu::BlendState::PREMULTIPLIED_ALPHA_BLENDING),
        write_mask: wgpu::ColorWrites::ALL,
    }
}
