//! An area of one colour inside an egui picture: the toolkit's own shader costs a driver on the CPU many times as much.

use super::color::target_color;
use super::errors::caught;
use super::full_pass::full_pass;
use super::same_shape::same_shape;
use eframe::egui::{self, Id, PaintCallbackInfo, Rect};
use eframe::egui_wgpu::{Callback, CallbackResources, CallbackTrait, RenderState};
use std::sync::Once;

/// Why areas cannot be filled.
#[derive(Debug, thiserror::Error)]
#[error("the graphics device refused the fill shader: {0}")]
pub struct FillError(String);

/// Makes [`paint`] work with this renderer. Once a renderer is enough; more often does no harm.
///
/// # Errors
/// When the device refuses the shader or the pipeline.
pub fn install(render_state: &RenderState) -> Result<(), FillError> {
    let mut renderer = render_state.renderer.write();
    if !renderer.callback_resources.contains::<Fill>() {
        let fill = Fill::new(&render_state.device, render_state.target_format)?;
        renderer.callback_resources.insert(fill);
    }
    Ok(())
}

/// Fills all of `rect` (points), its corners rounded to whole pixels, with an sRGB colour. `number` tells the areas of one
/// picture of the window apart.
pub fn paint(painter: &egui::Painter, number: u64, rect: Rect, color: [u8; 3]) {
    let shape = same_shape(painter.ctx(), Id::unique(("fill", number)), (rect, color), || {
        Callback::new_paint_callback(rect, FillCallback(color))
    });
    painter.add(shape);
}

/// The pass.
pub(super) struct Fill {
    pipeline: wgpu::RenderPipeline,
    target_is_srgb: bool,
}

impl Fill {
    pub(super) fn new(device: &wgpu::Device, target: wgpu::TextureFormat) -> Result<Self, FillError> {
        let build = || {
            let module = device.create_shader_module(wgpu::include_wgsl!("../../shaders/fill.wgsl"));
            let pipeline = pipeline(device, &module, target);
            Self { pipeline, target_is_srgb: target.is_srgb() }
        };
        caught(device, build).map_err(|error| FillError(error.to_string()))
    }

    /// Fills the viewport as far as the scissor lets it.
    pub(super) fn draw(&self, pass: &mut wgpu::RenderPass<'static>, color: [u8; 3]) {
        let [r, g, b, a] = target_color(color, self.target_is_srgb).map(f64::from);
        pass.set_pipeline(&self.pipeline);
        pass.set_blend_constant(wgpu::Color { r, g, b, a });
        pass.draw(0..3, 0..1);
    }
}

struct FillCallback([u8; 3]);

impl CallbackTrait for FillCallback {
    fn paint(
        &self,
        _info: PaintCallbackInfo,
        pass: &mut wgpu::RenderPass<'static>,
        resources: &CallbackResources,
    ) {
        match resources.get::<Fill>() {
            Some(fill) => fill.draw(pass, self.0),
            None => {
                static WARNED: Once = Once::new();
                WARNED.call_once(|| {
                    tracing::warn!("no area is filled: gpu::fill::install was not called");
                });
            }
        }
    }
}

/// White, blended with nothing of what was there: the colour is the constant of the blending, so that none has to be kept in
/// a buffer.
fn pipeline(
    device: &wgpu::Device,
    module: &wgpu::ShaderModule,
    target: wgpu::TextureFormat,
) -> wgpu::RenderPipeline {
    let component = wgpu::BlendComponent {
        src_factor: wgpu::BlendFactor::Constant,
        dst_factor: wgpu::BlendFactor::Zero,
        operation: wgpu::BlendOperation::Add,
    };
    let blend = Some(wgpu::BlendState { color: component, alpha: component });
    let target = wgpu::ColorTargetState { blend, ..target.into() };
    full_pass(device, "fill", module, &[], target)
}
