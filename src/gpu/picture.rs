//! A picture inside an egui picture, pixel by pixel: the toolkit's own shader costs a driver on the CPU many times as much.

use std::sync::Arc;

use super::color::target_color;
use super::make::{self, MAIN, TEXTURE, UNIFORM, Uniform};
use super::pass::{self, Pass, PassError, Place};
use super::same_shape::same_shape;
use eframe::egui::{self, Id, Rect};
use eframe::egui_wgpu::RenderState;
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

/// Makes [`paint`] work with this renderer. Once a renderer is enough; more often does no harm.
///
/// # Errors
/// When the device refuses the shader or the pipeline.
pub fn install(render_state: &RenderState) -> Result<(), PassError> {
    pass::install::<Pictures>(render_state)
}

/// Draws `picture` over all of `rect` (points), its corners rounded to whole pixels.
pub fn paint(painter: &egui::Painter, rect: Rect, picture: Picture) {
    let key = (rect, picture.version, picture.background);
    let shape = same_shape(painter.ctx(), Id::unique(("picture", picture.slot)), key, || {
        pass::shape::<Pictures>(rect, picture.slot, picture)
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

/// The pass.
struct Pictures {
    pipeline: wgpu::RenderPipeline,
    layout: wgpu::BindGroupLayout,
    target_is_srgb: bool,
}

/// What one place keeps from frame to frame.
struct Slot {
    texture: wgpu::Texture,
    frame: Uniform<Frame>,
    group: wgpu::BindGroup,
    uploaded: Option<u64>,
}

impl Pass for Pictures {
    const NAME: &'static str = "pictures";
    type Content = Picture;
    type Frame<'a> = (&'a Picture, Frame);
    type Slot = Slot;

    fn new(device: &wgpu::Device, target: wgpu::TextureFormat) -> Self {
        let module = device.create_shader_module(wgpu::include_wgsl!("../../shaders/picture.wgsl"));
        let bindings = [(0, UNIFORM), (1, TEXTURE)];
        let layout = make::group_layout(device, "picture", wgpu::ShaderStages::FRAGMENT, &bindings);
        let shader = (&module, MAIN);
        let pipeline = make::render_pipeline(device, "picture", shader, &[&layout], None, target.into());
        Self { pipeline, layout, target_is_srgb: target.is_srgb() }
    }

    fn frame<'a>(&self, picture: &'a Picture, place: Place<'_>) -> (&'a Picture, Frame) {
        let ((width, height), (origin, px)) = (picture.pixels.dimensions(), place.pixels());
        let texels_per_px = [width as f32 / px[0], height as f32 / px[1]];
        let background = target_color(picture.background, self.target_is_srgb);
        (picture, Frame { origin, texels_per_px, background })
    }

    fn fits(slot: &Slot, (picture, _): &(&Picture, Frame)) -> bool {
        (slot.texture.width(), slot.texture.height()) == picture.pixels.dimensions()
    }

    fn new_slot(&self, device: &wgpu::Device, (picture, _): &(&Picture, Frame)) -> Slot {
        let format = make::color_format(self.target_is_srgb);
        let texture = make::texture(device, "picture", picture.pixels.dimensions().into(), format);
        let frame = Uniform::new(device, "picture frame");
        let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
        let resources =
            [(0, frame.buffer.as_entire_binding()), (1, wgpu::BindingResource::TextureView(&view))];
        let group = make::group(device, "picture", &self.layout, resources);
        Slot { texture, frame, group, uploaded: None }
    }

    fn write(
        &self,
        slot: &mut Slot,
        queue: &wgpu::Queue,
        _encoder: &mut wgpu::CommandEncoder,
        (picture, frame): (&Picture, Frame),
    ) {
        if slot.uploaded != Some(picture.version) {
            slot.uploaded = Some(picture.version);
            make::fill_texture(queue, &slot.texture, picture.pixels.as_raw());
        }
        slot.frame.write(queue, frame);
    }

    fn draw(&self, pass: &mut wgpu::RenderPass<'static>, slot: &Slot, _picture: &Picture) {
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &slot.group, &[]);
        pass.draw(0..3, 0..1);
    }
}
