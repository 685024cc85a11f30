//! Draws anew only what changed, for drivers that draw on the CPU: there the toolkit's own pass over the whole window takes
//! most of a frame's time.
//!
//! The window is kept in a texture of its own, the canvas. Of every frame only the places that differ from the one before
//! are drawn on it ([`super::damage`]), and then it is copied to the screen. What is seen is the same to the last bit.

use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};

use super::damage::{bounds, damage};
use super::errors::caught;
use super::fill::Fill;
use super::make::{self, MAIN, TEXTURE};
use super::pass::{Pass as _, made};
use eframe::egui::epaint::{ClippedPrimitive, ClippedShape};
use eframe::egui::mutex::RwLock;
use eframe::egui::{
    self, Context, FullOutput, PaintCallbackInfo, Plugin, Rect, Shape, TextureId, TexturesDelta,
};
use eframe::egui_wgpu::{
    Callback, CallbackResources, CallbackTrait, RenderState, Renderer, RendererOptions, ScreenDescriptor,
};

/// Of the copy, for messages of the device.
const LABEL: &str = "copy of the window";

/// Why what changed cannot be drawn alone.
#[derive(Debug, thiserror::Error)]
#[error("the graphics device refused a pass that keeps the window: {0}")]
pub struct RedrawError(String);

/// From now on only what changed of `ctx` is drawn anew. `options` are those of the window's own renderer, without depth
/// buffer and multisampling.
///
/// The passes of the views belong into the render state it gives, whose renderer draws on the canvas, instead of into
/// `window`. One context a window.
///
/// # Errors
/// When the device refuses the shader or the pipeline.
pub fn install(
    ctx: &Context,
    window: &RenderState,
    options: RendererOptions,
) -> Result<RenderState, RedrawError> {
    let (device, format) = (&window.device, window.target_format);
    let copy = caught(device, || {
        let module = device.create_shader_module(wgpu::include_wgsl!("../../shaders/copy.wgsl"));
        let layout = make::group_layout(device, LABEL, wgpu::ShaderStages::FRAGMENT, &[(0, TEXTURE)]);
        let pipeline = make::render_pipeline(device, LABEL, (&module, MAIN), &[&layout], None, format.into());
        Copy { pipeline, layout }
    })
    .map_err(|error| RedrawError(error.to_string()))?;
    let fill = made::<Fill>(device, format).map_err(|error| RedrawError(error.to_string()))?;
    let behind = RenderState {
        renderer: Arc::new(RwLock::new(Renderer::new(device, format, options))),
        ..window.clone()
    };
    let window = Window {
        renderer: behind.renderer.clone(),
        format,
        copy,
        fill,
        textures: TexturesDelta::default(),
        drawn_last: Vec::new(),
        stale: true,
        canvas: None,
    };
    ctx.add_plugin(Redraw(Arc::new(Mutex::new(window))));
    Ok(behind)
}

/// Puts the one shape that draws on the canvas and copies it in the place of all shapes of a frame.
struct Redraw(Arc<Mutex<Window>>);

impl Plugin for Redraw {
    fn debug_name(&self) -> &'static str {
        "redraw what changed"
    }

    fn output_hook(&mut self, ctx: &Context, output: &mut FullOutput) {
        // Also of a pass whose shapes are thrown away.
        locked(&self.0).take_textures(&mut output.textures_delta);
        let shapes = Mutex::new(std::mem::take(&mut output.shapes));
        let frame = Frame { ctx: ctx.clone(), shapes, window: self.0.clone() };
        // All of the screen, also while it has another size than this frame was laid out for.
        let shape = Shape::Callback(Callback::new_paint_callback(Rect::EVERYTHING, frame));
        output.shapes.push(ClippedShape::new(Rect::EVERYTHING, shape));
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Whatever was left half done is drawn as a whole next time.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Window {
    renderer: Arc<RwLock<Renderer>>,
    format: wgpu::TextureFormat,
    copy: Copy,
    fill: Fill,
    /// Not taken over by the renderer yet.
    textures: TexturesDelta,
    /// Textures that the last frame was the last one to draw. What draws them is submitted only after [`Self::draw`], and a
    /// texture that is destroyed before would end the program; by the next frame it was.
    drawn_last: Vec<TextureId>,
    /// Whether a texture was replaced since the last frame, so that shapes that are the same may look different.
    stale: bool,
    canvas: Option<Canvas>,
}

impl Drop for Window {
    fn drop(&mut self) {
        // It complains of what was not applied.
        self.textures.clear();
    }
}

struct Copy {
    pipeline: wgpu::RenderPipeline,
    layout: wgpu::BindGroupLayout,
}

/// The window as it was drawn last.
struct Canvas {
    view: wgpu::TextureView,
    bind_group: wgpu::BindGroup,
    size: [u32; 2],
    pixels_per_point: f32,
    /// sRGB, where no shape covers it.
    background: [u8; 3],
    /// What was drawn on it.
    shapes: Vec<ClippedShape>,
    /// Whether they reached the screen: a frame without a place on the screen is never drawn.
    drawn: bool,
}

impl Window {
    fn take_textures(&mut self, delta: &mut TexturesDelta) {
        // Glyphs that are added to the font's texture change none that are there.
        let adds = |id: &TextureId, whole: bool| *id == TextureId::default() && !whole;
        self.stale |=
            delta.set.iter().any(|(id, deltas)| deltas.iter().any(|delta| !adds(id, delta.is_whole())));
        self.textures.append(std::mem::take(delta));
    }

    /// Draws what of `shapes` is not on the canvas yet.
    fn draw(
        &mut self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        encoder: &mut wgpu::CommandEncoder,
        screen: &ScreenDescriptor,
        (ctx, shapes): (&Context, Vec<ClippedShape>),
    ) -> Result<Vec<wgpu::CommandBuffer>, wgpu::Error> {
        let (size, pixels_per_point) = (screen.size_in_pixels, screen.pixels_per_point);
        let [r, g, b, _] = ctx.global_style().visuals.panel_fill.to_array();
        let background = [r, g, b];
        let fits = |canvas: &Canvas| canvas.size == size && canvas.pixels_per_point == pixels_per_point;
        let renderer = self.renderer.clone();
        let mut renderer = renderer.write();
        for id in self.drawn_last.drain(..) {
            renderer.free_texture(&id);
        }
        for (id, deltas) in self.textures.set.drain() {
            for delta in deltas {
                renderer.update_texture(device, queue, id, &delta);
            }
        }
        let stale = std::mem::take(&mut self.stale);
        let kept = self.canvas.take().filter(|canvas| fits(canvas));
        let places = match &kept {
            Some(canvas) if canvas.drawn && !stale && canvas.background == background => {
                damage(&canvas.shapes, &shapes)
            }
            _ => vec![Rect::EVERYTHING],
        };
        let places = pixels(&places, screen);
        let mut canvas = match kept {
            Some(canvas) => canvas,
            None => self.new_canvas(device, size, pixels_per_point)?,
        };
        let jobs = jobs(ctx, &places, &shapes, screen);
        let commands = renderer.update_buffers(device, queue, encoder, &jobs, screen);
        if !places.is_empty() {
            let mut pass = begin_pass(encoder, &canvas.view);
            for place in &places {
                let [x, y, width, height] =
                    [place.min.x, place.min.y, place.width(), place.height()].map(|px| px as u32);
                pass.set_scissor_rect(x, y, width, height);
                self.fill.draw(&mut pass, &(), &background);
            }
            renderer.render(&mut pass, &jobs, screen);
        }
        self.drawn_last.extend(self.textures.free.drain());
        (canvas.shapes, canvas.background, canvas.drawn) = (shapes, background, false);
        self.canvas = Some(canvas);
        Ok(commands)
    }

    fn new_canvas(
        &self,
        device: &wgpu::Device,
        size: [u32; 2],
        pixels_per_point: f32,
    ) -> Result<Canvas, wgpu::Error> {
        let [width, height] = size;
        caught(device, || {
            let texture = device.create_texture(&wgpu::TextureDescriptor {
                label: Some("the window"),
                size: wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
                mip_level_count: 1,
                sample_count: 1,
                dimension: wgpu::TextureDimension::D2,
                format: self.format,
                usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::TEXTURE_BINDING,
                view_formats: &[],
            });
            let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
            let bind_group = device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some("the window"),
                layout: &self.copy.layout,
                entries: &[wgpu::BindGroupEntry {
                    binding: 0,
                    resource: wgpu::BindingResource::TextureView(&view),
                }],
            });
            let (shapes, background) = (Vec::new(), [0; 3]);
            Canvas { view, bind_group, size, pixels_per_point, background, shapes, drawn: false }
        })
    }
}

/// `places` (points) on the screen in whole pixels.
fn pixels(places: &[Rect], screen: &ScreenDescriptor) -> Vec<Rect> {
    let [width, height] = screen.size_in_pixels.map(|side| side as f32);
    let whole = Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(width, height));
    let outwards = |place: &Rect| {
        let px = *place * screen.pixels_per_point;
        Rect { min: px.min.floor(), max: px.max.ceil() }.intersect(whole)
    };
    places.iter().map(outwards).filter(Rect::is_positive).collect()
}

/// What has to be drawn so that `places` (pixels) show `shapes`, place by place. Smooth edges come out as if nothing had been
/// cut off.
fn jobs(
    ctx: &Context,
    places: &[Rect],
    shapes: &[ClippedShape],
    screen: &ScreenDescriptor,
) -> Vec<ClippedPrimitive> {
    let bounds: Vec<Option<Rect>> = shapes.iter().map(bounds).collect();
    let mut damaged = Vec::new();
    for place in places {
        let place = *place / screen.pixels_per_point;
        for (clipped, bounds) in shapes.iter().zip(&bounds) {
            if bounds.is_some_and(|bounds| bounds.intersects(place)) {
                let clip_rect = clipped.clip_rect.intersect(place);
                damaged.push(ClippedShape { clip_rect, ..clipped.clone() });
            }
        }
    }
    ctx.tessellate(damaged, screen.pixels_per_point)
}

/// One frame of the window.
struct Frame {
    ctx: Context,
    shapes: Mutex<Vec<ClippedShape>>,
    window: Arc<Mutex<Window>>,
}

impl CallbackTrait for Frame {
    fn prepare(
        &self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        screen: &ScreenDescriptor,
        encoder: &mut wgpu::CommandEncoder,
        _resources: &mut CallbackResources,
    ) -> Vec<wgpu::CommandBuffer> {
        let shapes = std::mem::take(&mut *locked(&self.shapes));
        let drawn = locked(&self.window).draw(device, queue, encoder, screen, (&self.ctx, shapes));
        drawn.unwrap_or_else(|error| {
            static WARNED: Once = Once::new();
            WARNED.call_once(|| tracing::warn!("the window is not drawn: {error}"));
            Vec::new()
        })
    }

    fn paint(
        &self,
        _info: PaintCallbackInfo,
        pass: &mut wgpu::RenderPass<'static>,
        _resources: &CallbackResources,
    ) {
        let Window { copy, canvas, .. } = &mut *locked(&self.window);
        if let Some(canvas) = canvas {
            pass.set_pipeline(&copy.pipeline);
            pass.set_bind_group(0, &canvas.bind_group, &[]);
            pass.draw(0..3, 0..1);
            canvas.drawn = true;
        }
    }
}

fn begin_pass(encoder: &mut wgpu::CommandEncoder, view: &wgpu::TextureView) -> wgpu::RenderPass<'static> {
    let attachment = wgpu::RenderPassColorAttachment {
        view,
        depth_slice: None,
        resolve_target: None,
        ops: wgpu::Operations { load: wgpu::LoadOp::Load, store: wgpu::StoreOp::Store },
    };
    encoder
        .begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("what changed in the window"),
            color_attachments: &[Some(attachment)],
            ..wgpu::RenderPassDescriptor::default()
        })
        .forget_lifetime()
}
