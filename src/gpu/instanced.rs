//! What the passes share that draw many small marks over a heat map: one quad an instance, blended in order.

use std::marker::PhantomData;

use eframe::egui::{self, Rect};
use eframe::egui_wgpu::{RenderState, ScreenDescriptor};
use wgpu::{BufferUsages, ShaderStages};

use super::make::{self, MAIN, UNIFORM, Uniform};
use super::pass::{self, Pass, PassError, Place};
use crate::figure::CellWindow;

/// A kind of mark: one instance as its shader reads it.
pub(super) trait Mark: bytemuck::Pod + PartialEq + Send + Sync + 'static {
    /// What is drawn, for messages.
    const NAME: &'static str;
    /// The shader; its entry points are `vs_main` and `fs_main`, six vertices an instance.
    const SHADER: fn() -> wgpu::ShaderModuleDescriptor<'static>;
    /// The fields of an instance.
    const ATTRIBUTES: &'static [wgpu::VertexAttribute];
}

/// `Stage` of the shaders, with its layout.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
struct Stage {
    viewport: [f32; 4],
    origin: [f32; 2],
    min: [f32; 2],
    px_per_cell: [f32; 2],
    px_per_point: f32,
    padding: f32,
}

/// The pass of marks `M`.
struct Marks<M> {
    pipeline: wgpu::RenderPipeline,
    layout: wgpu::BindGroupLayout,
    target_is_srgb: bool,
    slots: PhantomData<fn() -> M>,
}

/// What one pane keeps from frame to frame.
struct Slot<M> {
    stage: Uniform<Stage>,
    group: wgpu::BindGroup,
    /// Room for `capacity` instances.
    instances: wgpu::Buffer,
    capacity: usize,
    /// What the buffer holds now.
    uploaded: Vec<M>,
}

/// What is shown in one place.
struct Content<M> {
    /// Where the state space lies; what reaches over the place is cut off.
    rect: Rect,
    window: CellWindow,
    /// Told whether the target turns linear light into sRGB.
    marks: Box<dyn Fn(bool) -> Vec<M> + Send + Sync>,
}

/// Makes [`paint`] work with this renderer for marks `M`. Once is enough; more often does no harm.
pub(super) fn install<M: Mark>(render_state: &RenderState) -> Result<(), PassError> {
    pass::install::<Marks<M>>(render_state)
}

/// Draws marks on the part `window` of the state space, which fills `rect` (points); what reaches over `clip` is cut
/// off. `marks` is told whether the target turns linear light into sRGB. One call a slot, pass and frame.
pub(super) fn paint<M: Mark>(
    painter: &egui::Painter,
    [rect, clip]: [Rect; 2],
    slot: u64,
    window: CellWindow,
    marks: impl Fn(bool) -> Vec<M> + Send + Sync + 'static,
) {
    let content = Content { rect, window, marks: Box::new(marks) };
    painter.add(pass::shape::<Marks<M>>(clip, slot, content));
}

impl<M: Mark> Pass for Marks<M> {
    const NAME: &'static str = M::NAME;
    type Content = Content<M>;
    type Frame<'a> = (Vec<M>, Stage);
    type Slot = Slot<M>;

    fn new(device: &wgpu::Device, target: wgpu::TextureFormat) -> Self {
        let module = device.create_shader_module(M::SHADER());
        let layout = make::group_layout(device, M::NAME, ShaderStages::VERTEX_FRAGMENT, &[(0, UNIFORM)]);
        let instances = wgpu::VertexBufferLayout {
            array_stride: size_of::<M>() as u64,
            step_mode: wgpu::VertexStepMode::Instance,
            attributes: M::ATTRIBUTES,
        };
        let (shader, target_is_srgb) = ((&module, MAIN), target.is_srgb());
        let target = make::blended(target);
        let pipeline = make::render_pipeline(device, M::NAME, shader, &[&layout], Some(instances), target);
        Self { pipeline, layout, target_is_srgb, slots: PhantomData }
    }

    fn frame(&self, content: &Content<M>, place: Place<'_>) -> (Vec<M>, Stage) {
        let stage = stage(content.rect, place.rect, content.window, place.screen);
        ((content.marks)(self.target_is_srgb), stage)
    }

    fn fits(slot: &Slot<M>, (marks, _): &(Vec<M>, Stage)) -> bool {
        slot.capacity >= marks.len()
    }

    fn new_slot(&self, device: &wgpu::Device, (marks, _): &(Vec<M>, Stage)) -> Slot<M> {
        // Room to grow, so that a few more marks do not need a new buffer.
        let capacity = marks.len().next_power_of_two().max(64);
        let stage = Uniform::new(device, M::NAME);
        let group = make::group(device, M::NAME, &self.layout, [(0, stage.buffer.as_entire_binding())]);
        let size = (capacity * size_of::<M>()) as u64;
        let instances = make::buffer(device, M::NAME, size, BufferUsages::VERTEX);
        Slot { stage, group, instances, capacity, uploaded: Vec::new() }
    }

    fn write(
        &self,
        slot: &mut Slot<M>,
        queue: &wgpu::Queue,
        _encoder: &mut wgpu::CommandEncoder,
        (marks, stage): (Vec<M>, Stage),
    ) {
        if slot.uploaded != marks {
            queue.write_buffer(&slot.instances, 0, bytemuck::cast_slice(&marks));
            slot.uploaded = marks;
        }
        slot.stage.write(queue, stage);
    }

    fn draw(&self, pass: &mut wgpu::RenderPass<'static>, slot: &Slot<M>, _content: &Content<M>) {
        if !slot.uploaded.is_empty() {
            pass.set_pipeline(&self.pipeline);
            pass.set_bind_group(0, &slot.group, &[]);
            pass.set_vertex_buffer(0, slot.instances.slice(..));
            pass.draw(0..6, 0..slot.uploaded.len() as u32);
        }
    }
}

fn stage(rect: Rect, clip: Rect, window: CellWindow, screen: &ScreenDescriptor) -> Stage {
    let px_per_point = screen.pixels_per_point;
    // Rounded as egui rounds a viewport, and cut off at the border of the screen as it does.
    let corners = |rect: Rect| [(rect.min * px_per_point).round(), (rect.max * px_per_point).round()];
    let border = egui::pos2(screen.size_in_pixels[0] as f32, screen.size_in_pixels[1] as f32);
    let [low, high] = corners(clip).map(|corner| corner.clamp(egui::Pos2::ZERO, border));
    let [min, max] = corners(rect);
    Stage {
        viewport: [low.x, low.y, (high.x - low.x).max(1.0), (high.y - low.y).max(1.0)],
        origin: [min.x, max.y],
        min: window.min,
        px_per_cell: window.px_per_cell([max.x - min.x, max.y - min.y]),
        px_per_point,
        padding: 0.0,
    }
}
