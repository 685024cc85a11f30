//! A picture inside an egui picture, pixel by pixel: the toolkit's own shader costs a driver on the CPU many times as much.

use std::sync::{Arc, Once};

use super::color::target_color;
use super::errors::caught;
use super::full_pass::full_pass;
use super::same_shape::same_shape;
use super::slots::Slots;
use eframe::egui::{self, Id, PaintCallbackInfo, Rect, Vec2};
use eframe::egui_wgpu::{Callback, CallbackResources, CallbackTrait, RenderState, ScreenDescriptor};
use image::RgbaImage;

/// What is shown in one place.
#[derive(Clone, Debug)]
pub struct Picture {
    /// Which place: its texture is kept from frame to frame. One rectangle a slot and frame.
    pub slot: u64,
    /// At least one pixel; what is transparent shows the background.
    pub pixels: Arc<RgbaImage>,
    /// Changes whenever `pixels` does. Nothing is uploaded while it and the size stay the same.
    pub version: u64,
    /// sRGB colour under what is transparent.
    pub background: [u8; 3],
}

/// Why pictures cannot be drawn.
#[derive(Debug, thiserror::Error)]
#[error("the graphics device refused the picture shader: {0}")]
pub struct PictureError(String);

/// Makes [`paint`] work with this renderer. Once a renderer is enough; more often does no harm.
///
/// # Errors
/// When the device refuses the shader or the pipeline.
pub fn install(render_state: &RenderState) -> Result<(), PictureError> {
    let mut renderer = render_state.renderer.write();
    if renderer.callback_resources.contains::<Pictures>() {
        return Ok(());
    }
    let pipeline = Pipeline::new(&render_state.device, render_state.target_format)?;
    renderer.callback_resources.insert(Pictures { pipeline, slots: Slots::default() });
    Ok(())
}

/// Draws `picture` over all of `rect` (points), its corners rounded to whole pixels.
pub fn paint(painter: &egui::Painter, rect: Rect, picture: Picture) {
    let key = (rect, picture.version, picture.background);
    let shape = same_shape(painter.ctx(), Id::unique(("picture", picture.slot)), key, || {
        Callback::new_paint_callback(rect, PictureCallback { rect, picture })
    });
    painter.add(shape);
}

/// The texel under a place in px from the top left corner, of a picture of `size` texels drawn over `px` px.
pub fn texel_at(local: [f32; 2], size: [u32; 2], px: [f32; 2]) -> [u32; 2] {
    [0, 1].map(|axis| {
        let texel = (local[axis] * (size[axis] as f32 / px[axis])).floor();
        (texel.max(0.0) as u32).min(size[axis] - 1)
    })
}

/// `Frame` of shaders/picture.wgsl, with its layout.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
struct Frame {
    origin: [f32; 2],
    texels_per_px: [f32; 2],
    background: [f32; 4],
}

/// The pipeline and the textures of all places, kept in the renderer.
struct Pictures {
    pipeline: Pipeline,
    slots: Slots<Slot>,
}

struct Pipeline {
    pipeline: wgpu::RenderPipeline,
    layout: wgpu::BindGroupLayout,
    target_is_srgb: bool,
}

struct Slot {
    texture: wgpu::Texture,
    frame: wgpu::Buffer,
    bind_group: wgpu::BindGroup,
    uploaded: Option<u64>,
    written: Option<Frame>,
}

impl Pipeline {
    fn new(device: &wgpu::Device, target: wgpu::TextureFormat) -> Result<Self, PictureError> {
        let build = || {
            let module = device.create_shader_module(wgpu::include_wgsl!("../../shaders/picture.wgsl"));
            let layout = bind_group_layout(device);
            let pipeline = full_pass(device, "picture", &module, &[&layout], target.into());
            Self { pipeline, layout, target_is_srgb: target.is_srgb() }
        };
        caught(device, build).map_err(|error| PictureError(error.to_string()))
    }

    fn new_slot(&self, device: &wgpu::Device, [width, height]: [u32; 2]) -> Result<Slot, wgpu::Error> {
        // Where the target turns linear light into sRGB, the texture turns its sRGB into linear light first.
        let format = match self.target_is_srgb {
            true => wgpu::TextureFormat::Rgba8UnormSrgb,
            false => wgpu::TextureFormat::Rgba8Unorm,
        };
        caught(device, || {
            let texture = device.create_texture(&wgpu::TextureDescriptor {
                label: Some("picture"),
                size: wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
                mip_level_count: 1,
                sample_count: 1,
                dimension: wgpu::TextureDimension::D2,
                format,
                usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
                view_formats: &[],
            });
            let frame = device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("picture frame"),
                size: size_of::<Frame>() as u64,
                usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            });
            let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
            let bind_group = device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some("picture"),
                layout: &self.layout,
                entries: &[
                    wgpu::BindGroupEntry { binding: 0, resource: frame.as_entire_binding() },
                    wgpu::BindGroupEntry { binding: 1, resource: wgpu::BindingResource::TextureView(&view) },
                ],
            });
            Slot { texture, frame, bind_group, uploaded: None, written: None }
        })
    }
}

impl Slot {
    fn size(&self) -> [u32; 2] {
        [self.texture.width(), self.texture.height()]
    }

    fn write(&mut self, queue: &wgpu::Queue, picture: &Picture, frame: Frame) {
        if self.uploaded != Some(picture.version) {
            self.uploaded = Some(picture.version);
            let bytes_per_row = Some(4 * self.texture.width());
            queue.write_texture(
                self.texture.as_image_copy(),
                picture.pixels.as_raw(),
                wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row, rows_per_image: None },
                self.texture.size(),
            );
        }
        if self.written != Some(frame) {
            queue.write_buffer(&self.frame, 0, bytemuck::bytes_of(&frame));
            self.written = Some(frame);
        }
    }
}

struct PictureCallback {
    /// Points.
    rect: Rect,
    picture: Picture,
}

impl CallbackTrait for PictureCallback {
    fn prepare(
        &self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        screen: &ScreenDescriptor,
        _encoder: &mut wgpu::CommandEncoder,
        resources: &mut CallbackResources,
    ) -> Vec<wgpu::CommandBuffer> {
        let Some(Pictures { pipeline, slots }) = resources.get_mut() else {
            static WARNED: Once = Once::new();
            WARNED.call_once(|| tracing::warn!("no picture is drawn: gpu::picture::install was not called"));
            return Vec::new();
        };
        let size: [u32; 2] = self.picture.pixels.dimensions().into();
        let slot = slots.get_or_make(
            self.picture.slot,
            |slot| slot.size() == size,
            || {
                pipeline.new_slot(device, size).inspect_err(|error| {
                    tracing::warn!("a picture of {size:?} pixels is not drawn: {error}");
                })
            },
        );
        if let Some(slot) = slot {
            // egui gives the pass a viewport rounded in the same way, but cut off at the border of the screen.
            let rect = self.rect * screen.pixels_per_point;
            let min = rect.min.round();
            let px = (rect.max.round() - min).max(Vec2::splat(1.0));
            let frame = Frame {
                origin: min.into(),
                texels_per_px: [size[0] as f32 / px.x, size[1] as f32 / px.y],
                background: target_color(self.picture.background, pipeline.target_is_srgb),
            };
            slot.write(queue, &self.picture, frame);
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
        if let Some(Pictures { slots, .. }) = resources.get_mut() {
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
        if let Some(Pictures { pipeline, slots }) = resources.get()
            && let Some(slot) = slots.get(self.picture.slot)
        {
            pass.set_pipeline(&pipeline.pipeline);
            pass.set_bind_group(0, &slot.bind_group, &[]);
            pass.draw(0..3, 0..1);
        }
    }
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
        min_binding_size: wgpu::BufferSize::new(size_of::<Frame>() as u64),
    };
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: Some("picture"),
        entries: &[entry(0, uniform), entry(1, texture)],
    })
}
