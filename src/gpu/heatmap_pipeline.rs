//! The wgpu objects behind [`super::heatmap`]: pipeline, colour table, and a texture for each pane.

use eframe::egui::{Rect, Vec2};
use wgpu::util::{DeviceExt as _, TextureDataOrder};

use super::color::target_color;
use super::errors::caught;
use super::full_pass::full_pass;
use super::heatmap::{Heatmap, HeatmapError};
use crate::figure::colormap::{LUT_LEN, MISSING};
use crate::figure::{ColorMap, Scale};

/// The rows of the colour table.
const MAPS: [ColorMap; 2] = [ColorMap::Viridis, ColorMap::Diverging];

/// What stands for a missing value in the texture: any position is ≥ 0, and NaN is not reliable in WGSL.
const MISSING_POSITION: f32 = -1.0;

/// `Pane` of shaders/heatmap.wgsl, with its layout.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub(super) struct Pane {
    origin: [f32; 2],
    size: [f32; 2],
    cells_per_px: [f32; 2],
    window: [f32; 2],
    data: f32,
    margin_start: f32,
    margin_end: f32,
    map: u32,
    background: [f32; 4],
}

/// What all panes share.
pub(super) struct Pipeline {
    pipeline: wgpu::RenderPipeline,
    bind_group_layout: wgpu::BindGroupLayout,
    table: wgpu::TextureView,
    target_is_srgb: bool,
}

/// What one pane keeps from frame to frame.
pub(super) struct Slot {
    tokens: usize,
    positions: wgpu::Texture,
    pane: wgpu::Buffer,
    bind_group: wgpu::BindGroup,
    /// What the texture holds now.
    uploaded: Option<(u64, Scale)>,
    /// What the buffer holds now.
    written: Option<Pane>,
}

impl Pipeline {
    /// Without multisampling and depth buffer.
    pub fn new(
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        target: wgpu::TextureFormat,
    ) -> Result<Self, HeatmapError> {
        let build = || {
            let module = device.create_shader_module(wgpu::include_wgsl!("../../shaders/heatmap.wgsl"));
            let bind_group_layout = bind_group_layout(device);
            Self {
                pipeline: full_pass(device, "heat map", &module, &[&bind_group_layout], target.into()),
                bind_group_layout,
                table: color_table(device, queue, target.is_srgb()),
                target_is_srgb: target.is_srgb(),
            }
        };
        caught(device, build).map_err(|error| HeatmapError(error.to_string()))
    }

    /// A texture for `tokens` × `tokens` positions.
    pub fn new_slot(&self, device: &wgpu::Device, tokens: usize) -> Result<Slot, wgpu::Error> {
        // A texture has at least one texel; too large a side is the device's error.
        let side = u32::try_from(tokens.max(1)).unwrap_or(u32::MAX);
        caught(device, || {
            let positions = device.create_texture(&wgpu::TextureDescriptor {
                label: Some("heat map positions"),
                size: square(side),
                mip_level_count: 1,
                sample_count: 1,
                dimension: wgpu::TextureDimension::D2,
                format: wgpu::TextureFormat::R32Float,
                usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
                view_formats: &[],
            });
            let pane = device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("heat map pane"),
                size: size_of::<Pane>() as u64,
                usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            });
            let view = positions.create_view(&wgpu::TextureViewDescriptor::default());
            let bind_group = device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some("heat map"),
                layout: &self.bind_group_layout,
                entries: &[
                    wgpu::BindGroupEntry { binding: 0, resource: pane.as_entire_binding() },
                    wgpu::BindGroupEntry { binding: 1, resource: wgpu::BindingResource::TextureView(&view) },
                    wgpu::BindGroupEntry {
                        binding: 2,
                        resource: wgpu::BindingResource::TextureView(&self.table),
                    },
                ],
            });
            Slot { tokens, positions, pane, bind_group, uploaded: None, written: None }
        })
    }

    /// The uniforms of `heatmap` drawn at `rect_px` (physical pixels, not rounded yet).
    pub fn pane(&self, heatmap: &Heatmap, rect_px: Rect) -> Pane {
        // egui gives the pass a viewport rounded in the same way, but cut off at the border of the screen.
        let min = rect_px.min.round();
        let size = (rect_px.max.round() - min).max(Vec2::splat(1.0));
        let layout = &heatmap.layout;
        let data = layout.data as f32;
        let margin_start = data + layout.gap;
        let window = &heatmap.window;
        Pane {
            origin: min.into(),
            size: size.into(),
            cells_per_px: [window.size[0] / size.x, window.size[1] / size.y],
            window: window.min,
            data,
            margin_start,
            margin_end: if layout.mask { margin_start + layout.mask_cells() } else { margin_start },
            map: MAPS.iter().position(|map| *map == heatmap.scale.map).unwrap_or(0) as u32,
            background: target_color(heatmap.background, self.target_is_srgb),
        }
    }

    /// Draws what `slot` holds over the viewport of `pass`.
    pub fn draw(&self, pass: &mut wgpu::RenderPass<'static>, slot: &Slot) {
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &slot.bind_group, &[]);
        pass.draw(0..3, 0..1);
    }
}

impl Slot {
    /// V, the side of the texture.
    pub fn tokens(&self) -> usize {
        self.tokens
    }

    /// Uploads the positions on the colour map, unless the texture holds them already. They are computed here and
    /// in f64, not in the shader, so that the range of a scale may be as narrow, as tiny or as huge as it likes.
    pub fn write_positions(&mut self, queue: &wgpu::Queue, heatmap: &Heatmap) {
        let key = (heatmap.version, heatmap.scale);
        if self.uploaded == Some(key) {
            return;
        }
        self.uploaded = Some(key);
        let count = self.positions.width() as usize * self.positions.height() as usize;
        let values = heatmap.values.iter().copied().chain(std::iter::repeat(f32::NAN));
        let positions: Vec<f32> = values.take(count).map(|value| position(&heatmap.scale, value)).collect();
        queue.write_texture(
            self.positions.as_image_copy(),
            bytemuck::cast_slice(&positions),
            wgpu::TexelCopyBufferLayout {
                offset: 0,
                bytes_per_row: Some(self.positions.width() * size_of::<f32>() as u32),
                rows_per_image: None,
            },
            self.positions.size(),
        );
    }

    /// Uploads the uniforms if they have changed.
    pub fn write_pane(&mut self, queue: &wgpu::Queue, pane: Pane) {
        if self.written != Some(pane) {
            queue.write_buffer(&self.pane, 0, bytemuck::bytes_of(&pane));
            self.written = Some(pane);
        }
    }
}

fn position(scale: &Scale, value: f32) -> f32 {
    let u = scale.unit(f64::from(value));
    if u.is_nan() { MISSING_POSITION } else { u as f32 }
}

fn square(side: u32) -> wgpu::Extent3d {
    wgpu::Extent3d { width: side, height: side, depth_or_array_layers: 1 }
}

fn bind_group_layout(device: &wgpu::Device) -> wgpu::BindGroupLayout {
    let entry = |binding, ty| wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::FRAGMENT,
        ty,
        count: None,
    };
    let texture = wgpu::BindingType::Texture {
        sample_type: wgpu::TextureSampleType::Float { filterable: false },
        view_dimension: wgpu::TextureViewDimension::D2,
        multisampled: false,
    };
    let uniform = wgpu::BindingType::Buffer {
        ty: wgpu::BufferBindingType::Uniform,
        has_dynamic_offset: false,
        min_binding_size: wgpu::BufferSize::new(size_of::<Pane>() as u64),
    };
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: Some("heat map"),
        entries: &[entry(0, uniform), entry(1, texture), entry(2, texture)],
    })
}

/// A row for each of [`MAPS`], and in the last column the colour of a missing value. Where the target turns linear
/// light into sRGB, the table turns its sRGB into linear light first: both in hardware, so that no entry changes.
fn color_table(device: &wgpu::Device, queue: &wgpu::Queue, target_is_srgb: bool) -> wgpu::TextureView {
    let row = |map: ColorMap| map.lut().iter().chain(std::iter::once(&MISSING));
    let bytes: Vec<u8> = MAPS.into_iter().flat_map(row).flat_map(|&[r, g, b]| [r, g, b, u8::MAX]).collect();
    let texture = device.create_texture_with_data(
        queue,
        &wgpu::TextureDescriptor {
            label: Some("colour maps"),
            size: wgpu::Extent3d {
                width: LUT_LEN as u32 + 1,
                height: MAPS.len() as u32,
                depth_or_array_layers: 1,
            },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: if target_is_srgb {
                wgpu::TextureFormat::Rgba8UnormSrgb
            } else {
                wgpu::TextureFormat::Rgba8Unorm
            },
            usage: wgpu::TextureUsages::TEXTURE_BINDING,
            view_formats: &[],
        },
        TextureDataOrder::LayerMajor,
        &bytes,
    );
    texture.create_view(&wgpu::TextureViewDescriptor::default())
}
