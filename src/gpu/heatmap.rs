//! A heat map inside an egui picture: the colours of its cells live in a texture, a shader finds the cell of a pixel.
//!
//! [`crate::figure::rasterize`] is the CPU twin; tests/gpu/heatmap.rs holds both against each other.

use std::sync::Arc;

use eframe::egui::{self, Rect};
use eframe::egui_wgpu::RenderState;

use super::color::target_color;
use super::make::{self, MAIN, TEXTURE, UNIFORM, Uniform};
use super::pass::{self, Pass, PassError, Place};
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

/// Makes [`paint`] work with this renderer. Once a renderer is enough; more often does no harm.
///
/// The renderer must be without multisampling and depth buffer, which are eframe's defaults.
///
/// # Errors
/// When the device refuses the shader or the pipeline.
pub fn install(render_state: &RenderState) -> Result<(), PassError> {
    pass::install::<Heatmaps>(render_state)
}

/// Draws `heatmap` over all of `rect` (points), stretched where that is not square. Crisp at any size: the corners
/// of `rect` are rounded to whole pixels and no pixel mixes two cells.
pub fn paint(painter: &egui::Painter, rect: Rect, heatmap: Heatmap) {
    painter.add(pass::shape::<Heatmaps>(rect, heatmap.slot, heatmap));
}

/// `Pane` of shaders/heatmap.wgsl, with its layout.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
struct Pane {
    origin: [f32; 2],
    size: [f32; 2],
    cells_per_px: [f32; 2],
    window: [f32; 2],
    data: f32,
    margin_start: f32,
    margin_end: f32,
    /// Uniform buffers are laid out in steps of 16 bytes.
    padding: u32,
    background: [f32; 4],
}

/// The pass.
struct Heatmaps {
    pipeline: wgpu::RenderPipeline,
    layout: wgpu::BindGroupLayout,
    target_is_srgb: bool,
}

/// What one pane keeps from frame to frame.
struct Slot {
    colors: wgpu::Texture,
    pane: Uniform<Pane>,
    group: wgpu::BindGroup,
    /// What the texture holds now.
    uploaded: Option<(u64, Scale)>,
}

/// V texels a side; a texture has at least one, and too large a side is the device's error.
fn side(heatmap: &Heatmap) -> u32 {
    u32::try_from(heatmap.layout.tokens().max(1)).unwrap_or(u32::MAX)
}

impl Pass for Heatmaps {
    const NAME: &'static str = "heat maps";
    type Content = Heatmap;
    type Frame<'a> = (&'a Heatmap, Pane);
    type Slot = Slot;

    fn new(device: &wgpu::Device, target: wgpu::TextureFormat) -> Self {
        let module = device.create_shader_module(wgpu::include_wgsl!("../../shaders/heatmap.wgsl"));
        let bindings = [(0, UNIFORM), (1, TEXTURE)];
        let layout = make::group_layout(device, "heat map", wgpu::ShaderStages::FRAGMENT, &bindings);
        let shader = (&module, MAIN);
        Self {
            pipeline: make::render_pipeline(device, "heat map", shader, &[&layout], None, target.into()),
            layout,
            target_is_srgb: target.is_srgb(),
        }
    }

    fn frame<'a>(&self, heatmap: &'a Heatmap, place: Place<'_>) -> (&'a Heatmap, Pane) {
        let (origin, size) = place.pixels();
        let layout = &heatmap.layout;
        let data = layout.data as f32;
        let margin_start = data + layout.gap;
        let window = &heatmap.window;
        let pane = Pane {
            origin,
            size,
            cells_per_px: [window.size[0] / size[0], window.size[1] / size[1]],
            window: window.min,
            data,
            margin_start,
            margin_end: if layout.mask { margin_start + layout.mask_cells() } else { margin_start },
            padding: 0,
            background: target_color(heatmap.background, self.target_is_srgb),
        };
        (heatmap, pane)
    }

    fn fits(slot: &Slot, (heatmap, _): &(&Heatmap, Pane)) -> bool {
        slot.colors.width() == side(heatmap)
    }

    fn new_slot(&self, device: &wgpu::Device, (heatmap, _): &(&Heatmap, Pane)) -> Slot {
        let format = make::color_format(self.target_is_srgb);
        let colors = make::texture(device, "heat map colours", [side(heatmap); 2], format);
        let pane = Uniform::new(device, "heat map pane");
        let view = colors.create_view(&wgpu::TextureViewDescriptor::default());
        let resources =
            [(0, pane.buffer.as_entire_binding()), (1, wgpu::BindingResource::TextureView(&view))];
        let group = make::group(device, "heat map", &self.layout, resources);
        Slot { colors, pane, group, uploaded: None }
    }

    /// Colours are found here and in f64, cell by cell and not pixel by pixel: the range of a scale may be as narrow, as tiny
    /// or as huge as it likes, and the shader has little to do on a driver that draws on the CPU.
    fn write(
        &self,
        slot: &mut Slot,
        queue: &wgpu::Queue,
        _encoder: &mut wgpu::CommandEncoder,
        (heatmap, pane): (&Heatmap, Pane),
    ) {
        slot.pane.write(queue, pane);
        let key = Some((heatmap.version, heatmap.scale));
        if slot.uploaded == key {
            return;
        }
        slot.uploaded = key;
        let count = slot.colors.width() as usize * slot.colors.height() as usize;
        let values = heatmap.values.iter().copied().chain(std::iter::repeat(f32::NAN));
        let rgba = |value: f32| {
            let [r, g, b] = heatmap.scale.color(f64::from(value));
            [r, g, b, u8::MAX]
        };
        let texels: Vec<u8> = values.take(count).flat_map(rgba).collect();
        make::fill_texture(queue, &slot.colors, &texels);
    }

    fn draw(&self, pass: &mut wgpu::RenderPass<'static>, slot: &Slot, _heatmap: &Heatmap) {
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &slot.group, &[]);
        pass.draw(0..3, 0..1);
    }
}
