//! An egui picture without a window: for `shot`, for figures of the window and for tests.

use std::sync::Arc;

use burn::tensor::wgpu::WgpuSetup;
use eframe::egui::mutex::RwLock;
use eframe::egui::{self, Pos2, RawInput, Rect, TexturesDelta, Vec2, ViewportId};
use eframe::egui_wgpu::{RenderState, Renderer, RendererOptions, ScreenDescriptor};
use image::{Rgba, RgbaImage};

use super::devices::primary_adapters;
use super::errors::caught;
use super::limits::drawing_limits;
use super::read_back::read_back;

/// Seconds that pass from one frame to the next.
const FRAME_SECONDS: f64 = 1.0 / 60.0;

/// Renders egui into images. One egui context an `Offscreen`: the textures of a second one would take the places of
/// the first one's.
pub struct Offscreen {
    render_state: RenderState,
    /// Frames run so far; egui's time never goes back.
    frames_run: u64,
}

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum OffscreenError {
    /// The machine has no graphics adapter.
    #[error(
        "no graphics adapter that can draw the window was found; install a Vulkan driver (on Debian: apt install \
         mesa-vulkan-drivers, which draws on the CPU where there is no GPU)"
    )]
    NoAdapter,
    /// The adapter is there but does not start.
    #[error("the graphics adapter {adapter} did not start: {source}")]
    Start {
        /// As the driver calls it.
        adapter: String,
        /// What wgpu says.
        source: wgpu::RequestDeviceError,
    },
    /// The picture has no pixels, or more than the adapter can draw.
    #[error("a picture of {width} × {height} pixels was asked for; each side must be 1 to {limit}")]
    Size {
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
        /// The adapter's longest side, in pixels.
        limit: u32,
    },
    /// The device refused to draw or to give the pixels back.
    #[error("the picture could not be drawn: {0}")]
    Draw(String),
}

impl Offscreen {
    /// Draws with the handles of `setup`, or where it is `None` with the first adapter of [`super::adapters`].
    ///
    /// # Errors
    /// [`OffscreenError::NoAdapter`] and [`OffscreenError::Start`].
    pub fn new(setup: Option<WgpuSetup>) -> Result<Self, OffscreenError> {
        // egui prefers a target without a conversion to sRGB: it computes with sRGB values itself.
        Self::with_format(setup, wgpu::TextureFormat::Rgba8Unorm)
    }

    /// [`Offscreen::new`] with a target of the given format, `Rgba8Unorm` or `Rgba8UnormSrgb`: some windows have the
    /// latter, and a picture must look the same there.
    ///
    /// # Errors
    /// As [`Offscreen::new`].
    pub fn with_format(
        setup: Option<WgpuSetup>,
        format: wgpu::TextureFormat,
    ) -> Result<Self, OffscreenError> {
        let WgpuSetup { instance, adapter, device, queue, .. } = match setup {
            Some(setup) => setup,
            None => start()?,
        };
        // The options with the same picture on every adapter.
        let renderer = Renderer::new(&device, format, RendererOptions::PREDICTABLE);
        let render_state = RenderState {
            available_adapters: vec![adapter.clone()],
            adapter,
            instance,
            device,
            queue,
            target_format: format,
            renderer: Arc::new(RwLock::new(renderer)),
        };
        Ok(Self { render_state, frames_run: 0 })
    }

    /// What [`super::heatmap::install`] and the app's own start need.
    pub fn render_state(&self) -> &RenderState {
        &self.render_state
    }

    /// Runs `frames` frames (at least one) of 1/60 s each, so that the layout settles and animations come to rest,
    /// and gives the last one, opaque, on the panel colour of the context's theme.
    ///
    /// `run_ui` gets the root [`egui::Ui`], which covers all of `size_points`, as in `eframe::App::ui`. The image has
    /// `size_points · pixels_per_point` pixels, rounded.
    ///
    /// # Errors
    /// [`OffscreenError::Size`] and [`OffscreenError::Draw`].
    pub fn render(
        &mut self,
        ctx: &egui::Context,
        size_points: [u32; 2],
        pixels_per_point: f32,
        frames: usize,
        mut run_ui: impl FnMut(&mut egui::Ui),
    ) -> Result<RgbaImage, OffscreenError> {
        let size_in_pixels = size_points.map(|side| (side as f32 * pixels_per_point).round() as u32);
        let limit = self.render_state.device.limits().max_texture_dimension_2d;
        if size_in_pixels.iter().any(|side| !(1..=limit).contains(side)) {
            let [width, height] = size_in_pixels;
            return Err(OffscreenError::Size { width, height, limit });
        }
        for _ in 1..frames {
            let mut output = self.run(ctx, size_in_pixels, pixels_per_point, &mut run_ui);
            self.set_textures(&mut output.textures_delta)?;
            self.free_textures(&mut output.textures_delta);
        }
        let mut output = self.run(ctx, size_in_pixels, pixels_per_point, &mut run_ui);
        self.set_textures(&mut output.textures_delta)?;
        let image = self.draw(ctx, size_in_pixels, output.shapes, output.pixels_per_point);
        self.free_textures(&mut output.textures_delta);
        image
    }

    /// One frame of egui, not drawn yet.
    fn run(
        &mut self,
        ctx: &egui::Context,
        size_in_pixels: [u32; 2],
        native_pixels_per_point: f32,
        mut run_ui: impl FnMut(&mut egui::Ui),
    ) -> egui::FullOutput {
        let points_per_pixel = 1.0 / (native_pixels_per_point * ctx.zoom_factor());
        let size = Vec2::from(size_in_pixels.map(|side| side as f32)) * points_per_pixel;
        let mut input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, size)),
            max_texture_side: Some(self.render_state.device.limits().max_texture_dimension_2d as usize),
            time: Some(self.frames_run as f64 * FRAME_SECONDS),
            predicted_dt: FRAME_SECONDS as f32,
            ..RawInput::default()
        };
        input.viewports.entry(ViewportId::ROOT).or_default().native_pixels_per_point =
            Some(native_pixels_per_point);
        self.frames_run += 1;
        ctx.run_ui(input, &mut run_ui)
    }

    /// New and changed textures, before a frame is drawn.
    fn set_textures(&self, delta: &mut TexturesDelta) -> Result<(), OffscreenError> {
        let RenderState { device, queue, renderer, .. } = &self.render_state;
        let mut renderer = renderer.write();
        caught(device, || {
            for (id, images) in delta.set.drain() {
                for image in images {
                    renderer.update_texture(device, queue, id, &image);
                }
            }
        })
        .map_err(|error| OffscreenError::Draw(error.to_string()))
    }

    /// Textures that are not used any more, after a frame was drawn.
    fn free_textures(&self, delta: &mut TexturesDelta) {
        let mut renderer = self.render_state.renderer.write();
        for id in delta.free.drain() {
            renderer.free_texture(&id);
        }
    }

    fn draw(
        &self,
        ctx: &egui::Context,
        size_in_pixels: [u32; 2],
        shapes: Vec<egui::epaint::ClippedShape>,
        pixels_per_point: f32,
    ) -> Result<RgbaImage, OffscreenError> {
        let RenderState { device, queue, renderer, target_format, .. } = &self.render_state;
        let primitives = ctx.tessellate(shapes, pixels_per_point);
        let screen = ScreenDescriptor { size_in_pixels, pixels_per_point };
        let clear = clear_color(ctx.global_style().visuals.panel_fill, *target_format);
        let drawn = caught(device, || {
            let target = target_texture(device, size_in_pixels, *target_format);
            let view = target.create_view(&wgpu::TextureViewDescriptor::default());
            let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
            let mut renderer = renderer.write();
            let mut commands = renderer.update_buffers(device, queue, &mut encoder, &primitives, &screen);
            let mut pass = begin_pass(&mut encoder, &view, clear);
            renderer.render(&mut pass, &primitives, &screen);
            drop(pass);
            commands.push(encoder.finish());
            queue.submit(commands);
            target
        });
        let mut image = drawn
            .map_err(|error| error.to_string())
            .and_then(|target| read_back(device, queue, &target))
            .map_err(OffscreenError::Draw)?;
        image.pixels_mut().for_each(|Rgba([.., alpha])| *alpha = u8::MAX);
        Ok(image)
    }
}

/// The first adapter with a device of its own.
fn start() -> Result<WgpuSetup, OffscreenError> {
    let (instance, adapters) = primary_adapters();
    let adapter = adapters.into_iter().next().ok_or(OffscreenError::NoAdapter)?;
    let info = adapter.get_info();
    let request = adapter.request_device(&wgpu::DeviceDescriptor {
        label: Some("offscreen"),
        required_limits: drawing_limits(&adapter.limits()),
        ..wgpu::DeviceDescriptor::default()
    });
    match pollster::block_on(request) {
        Ok((device, queue)) => Ok(WgpuSetup { instance, adapter, device, queue, backend: info.backend }),
        Err(source) => Err(OffscreenError::Start { adapter: info.name, source }),
    }
}

fn target_texture(
    device: &wgpu::Device,
    [width, height]: [u32; 2],
    format: wgpu::TextureFormat,
) -> wgpu::Texture {
    device.create_texture(&wgpu::TextureDescriptor {
        label: Some("offscreen picture"),
        size: wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
        view_formats: &[],
    })
}

fn begin_pass(
    encoder: &mut wgpu::CommandEncoder,
    view: &wgpu::TextureView,
    clear: wgpu::Color,
) -> wgpu::RenderPass<'static> {
    let attachment = wgpu::RenderPassColorAttachment {
        view,
        depth_slice: None,
        resolve_target: None,
        ops: wgpu::Operations { load: wgpu::LoadOp::Clear(clear), store: wgpu::StoreOp::Store },
    };
    encoder
        .begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("offscreen picture"),
            color_attachments: &[Some(attachment)],
            ..wgpu::RenderPassDescriptor::default()
        })
        .forget_lifetime()
}

/// `fill` as the target wants it, opaque.
fn clear_color(fill: egui::Color32, format: wgpu::TextureFormat) -> wgpu::Color {
    let fill = fill.to_opaque();
    let [r, g, b, a] =
        if format.is_srgb() { egui::Rgba::from(fill).to_array() } else { fill.to_normalized_gamma_f32() }
            .map(f64::from);
    wgpu::Color { r, g, b, a }
}
