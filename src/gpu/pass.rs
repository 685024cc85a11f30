//! A WGSL pass inside an egui picture: what every one does to be installed, and from frame to frame.

use std::sync::{Mutex, PoisonError};

use eframe::egui::{PaintCallback, PaintCallbackInfo, Rect, Vec2};
use eframe::egui_wgpu::{Callback, CallbackResources, CallbackTrait, RenderState, ScreenDescriptor};

use super::errors::caught;
use super::slots::Slots;

/// Why something cannot be drawn.
#[derive(Debug, thiserror::Error)]
#[error("the graphics device refused the shader for {pass}: {reason}")]
pub struct PassError {
    pub(super) pass: &'static str,
    pub(super) reason: String,
}

/// What all panes share of a pass: pipelines and tables.
pub(super) trait Pass: Sized + Send + Sync + 'static {
    /// What is drawn, for messages; in the plural.
    const NAME: &'static str;
    /// What is shown in one place in one frame.
    type Content: Send + Sync + 'static;
    /// What follows from it and the place.
    type Frame<'a>;
    /// What one pane keeps from frame to frame.
    type Slot: Send + Sync + 'static;

    /// Without multisampling and depth buffer.
    fn new(device: &wgpu::Device, target: wgpu::TextureFormat) -> Self;

    /// What is to be drawn in this frame.
    fn frame<'a>(&self, content: &'a Self::Content, place: Place<'_>) -> Self::Frame<'a>;

    /// Whether a slot has the room that is needed.
    fn fits(_slot: &Self::Slot, _frame: &Self::Frame<'_>) -> bool {
        true
    }

    /// A slot with that room.
    fn new_slot(&self, device: &wgpu::Device, frame: &Self::Frame<'_>) -> Self::Slot;

    /// Uploads what has changed, and computes what follows from it.
    fn write(
        &self,
        _slot: &mut Self::Slot,
        _queue: &wgpu::Queue,
        _encoder: &mut wgpu::CommandEncoder,
        _frame: Self::Frame<'_>,
    ) {
    }

    /// Draws what `slot` holds over the viewport of `pass`.
    fn draw(&self, pass: &mut wgpu::RenderPass<'static>, slot: &Self::Slot, content: &Self::Content);
}

/// Where something is drawn.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    /// Points.
    pub rect: Rect,
    pub screen: &'a ScreenDescriptor,
}

impl Place<'_> {
    /// Corner and size in whole pixels. egui gives the pass a viewport rounded in the same way, but cut off at the border of
    /// the screen.
    pub fn pixels(&self) -> ([f32; 2], [f32; 2]) {
        let px = self.rect * self.screen.pixels_per_point;
        let min = px.min.round();
        (min.into(), (px.max.round() - min).max(Vec2::splat(1.0)).into())
    }
}

/// A pass and the slots of all panes, kept in the renderer.
struct Installed<P: Pass> {
    pass: P,
    slots: Slots<P::Slot>,
}

/// Makes [`shape`] work with this renderer. Once a renderer is enough; more often does no harm.
///
/// # Errors
/// When the device refuses the shader or a pipeline.
pub(super) fn install<P: Pass>(render_state: &RenderState) -> Result<(), PassError> {
    let mut renderer = render_state.renderer.write();
    if !renderer.callback_resources.contains::<Installed<P>>() {
        let RenderState { device, target_format, .. } = render_state;
        let pass = made(device, *target_format)?;
        renderer.callback_resources.insert(Installed::<P> { pass, slots: Slots::default() });
    }
    Ok(())
}

/// A pass on its own.
pub(super) fn made<P: Pass>(device: &wgpu::Device, target: wgpu::TextureFormat) -> Result<P, PassError> {
    caught(device, || P::new(device, target))
        .map_err(|error| PassError { pass: P::NAME, reason: error.to_string() })
}

/// The shape that draws `content` over all of `rect` (points), its corners rounded to whole pixels. One call a slot, pass and
/// frame.
pub(super) fn shape<P: Pass>(rect: Rect, slot: u64, content: P::Content) -> PaintCallback {
    Callback::new_paint_callback(rect, PassCallback::<P> { rect, slot, content })
}

struct PassCallback<P: Pass> {
    rect: Rect,
    slot: u64,
    content: P::Content,
}

impl<P: Pass> CallbackTrait for PassCallback<P> {
    fn prepare(
        &self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        screen: &ScreenDescriptor,
        encoder: &mut wgpu::CommandEncoder,
        resources: &mut CallbackResources,
    ) -> Vec<wgpu::CommandBuffer> {
        let Some(Installed::<P> { pass, slots }) = resources.get_mut() else {
            warn_once(P::NAME, || format!("no {} are drawn: their pass was not installed", P::NAME));
            return Vec::new();
        };
        let frame = pass.frame(&self.content, Place { rect: self.rect, screen });
        let make = || {
            caught(device, || pass.new_slot(device, &frame))
                .inspect_err(|error| tracing::warn!("{} are not drawn: {error}", P::NAME))
        };
        if let Some(slot) = slots.get_or_make(self.slot, |slot| P::fits(slot, &frame), make) {
            pass.write(slot, queue, encoder, frame);
        }
        Vec::new()
    }

    /// egui calls this after it has prepared all callbacks.
    fn finish_prepare(
        &self,
        _device: &wgpu::Device,
        _queue: &wgpu::Queue,
        _encoder: &mut wgpu::CommandEncoder,
        resources: &mut CallbackResources,
    ) -> Vec<wgpu::CommandBuffer> {
        if let Some(Installed::<P> { slots, .. }) = resources.get_mut() {
            slots.end_frame();
        }
        Vec::new()
    }

    fn paint(
        &self,
        _info: PaintCallbackInfo,
        render_pass: &mut wgpu::RenderPass<'static>,
        resources: &CallbackResources,
    ) {
        if let Some(Installed::<P> { pass, slots }) = resources.get()
            && let Some(slot) = slots.get(self.slot)
        {
            pass.draw(render_pass, slot, &self.content);
        }
    }
}

/// Says something about a pass once.
fn warn_once(pass: &'static str, text: impl FnOnce() -> String) {
    static WARNED: Mutex<Vec<&str>> = Mutex::new(Vec::new());
    let mut warned = WARNED.lock().unwrap_or_else(PoisonError::into_inner);
    if !warned.contains(&pass) {
        warned.push(pass);
        tracing::warn!("{}", text());
    }
}
