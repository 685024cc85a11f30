//! An area of one colour inside an egui picture: the toolkit's own shader costs a driver on the CPU many times as much.

use super::color::target_color;
use super::make::{MAIN, render_pipeline};
use super::pass::{self, Pass, PassError, Place};
use super::same_shape::same_shape;
use eframe::egui::{self, Id, Rect};
use eframe::egui_wgpu::RenderState;

/// Makes [`paint`] work with this renderer. Once a renderer is enough; more often does no harm.
///
/// # Errors
/// When the device refuses the shader or the pipeline.
pub fn install(render_state: &RenderState) -> Result<(), PassError> {
    pass::install::<Fill>(render_state)
}

/// Fills all of `rect` (points), its corners rounded to whole pixels, with an sRGB colour. `number` tells the areas of one
/// picture of the window apart.
pub fn paint(painter: &egui::Painter, number: u64, rect: Rect, color: [u8; 3]) {
    let shape = same_shape(painter.ctx(), Id::unique(("fill", number)), (rect, color), || {
        pass::shape::<Fill>(rect, number, color)
    });
    painter.add(shape);
}

/// The pass; panes keep nothing of it.
pub(super) struct Fill {
    pipeline: wgpu::RenderPipeline,
    target_is_srgb: bool,
}

impl Pass for Fill {
    const NAME: &'static str = "areas";
    type Content = [u8; 3];
    type Frame<'a> = ();
    type Slot = ();

    /// White, blended with nothing of what was there: the colour is the constant of the blending, so that none has to be kept
    /// in a buffer.
    fn new(device: &wgpu::Device, target: wgpu::TextureFormat) -> Self {
        let module = device.create_shader_module(wgpu::include_wgsl!("../../shaders/fill.wgsl"));
        let component = wgpu::BlendComponent {
            src_factor: wgpu::BlendFactor::Constant,
            dst_factor: wgpu::BlendFactor::Zero,
            operation: wgpu::BlendOperation::Add,
        };
        let blend = Some(wgpu::BlendState { color: component, alpha: component });
        let state = wgpu::ColorTargetState { blend, ..target.into() };
        let pipeline = render_pipeline(device, "fill", (&module, MAIN), &[], None, state);
        Self { pipeline, target_is_srgb: target.is_srgb() }
    }

    fn frame(&self, _color: &[u8; 3], _place: Place<'_>) {}

    fn new_slot(&self, _device: &wgpu::Device, _frame: &()) {}

    /// Fills the viewport as far as the scissor lets it.
    fn draw(&self, pass: &mut wgpu::RenderPass<'static>, _slot: &(), color: &[u8; 3]) {
        let [r, g, b, a] = target_color(*color, self.target_is_srgb).map(f64::from);
        pass.set_pipeline(&self.pipeline);
        pass.set_blend_constant(wgpu::Color { r, g, b, a });
        pass.draw(0..3, 0..1);
    }
}
