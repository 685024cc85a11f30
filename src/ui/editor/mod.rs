//! The target editor: a canvas whose drawing is the flow's target while it is drawn.

mod canvas;
mod tools;

pub use canvas::canvas;
pub use tools::{EditorAction, tools};

use crate::data::{Brush, Drawing, Stroke};
use std::any::Any;
use std::sync::Arc;

/// A flow that was built, of whichever lab: two are the same if they are at one place.
pub type Built = Arc<dyn Any + Send + Sync>;

/// A side of a lab whose target can be drawn as cells.
pub trait Subject {
    /// A target as the lab sets it.
    type Target: Clone + PartialEq;

    /// Most cells a side.
    const MOST_CELLS: usize;

    /// The flow of what is set; none until it is built.
    fn built(&self) -> Option<Built>;

    /// The target of that flow, and as a drawing of its cells; none if it has no drawing.
    fn shown(&self) -> Option<(Drawing, Self::Target)>;

    /// The target that is set.
    fn target(&self) -> Self::Target;

    /// The target that a drawing is.
    fn drawn(drawing: Drawing, name: &str) -> Self::Target;

    /// What a drawn target is called; empty if nothing, or not drawn.
    fn name(target: &Self::Target) -> &str;

    /// Sets a target of K cells a side.
    fn set(&mut self, target: Self::Target, k: usize);

    /// Sets another K for the same target, where it has several; whether it has.
    fn resize(&mut self, k: usize) -> bool;
}

/// Steps back that are kept.
const MOST_STEPS: usize = 100;
/// What is said of an empty canvas.
const EMPTY: &str = "The canvas is empty: the last target stays until there is some mass.";

/// What the pointer does to the canvas.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tool {
    /// Adds mass along a stroke.
    #[default]
    Brush,
    /// Takes mass away along a stroke.
    Eraser,
    /// Adds mass to an area of one level; takes it away with the Alt key.
    Fill,
}

/// What the canvas shows, and the target it came from or was made into.
#[derive(Clone)]
struct Step<T> {
    drawing: Drawing,
    target: T,
}

/// The editor of targets of the kind `T` while it is open.
pub struct Editor<T> {
    now: Step<T>,
    /// What was before, the newest last, and what was undone.
    past: Vec<Step<T>>,
    future: Vec<Step<T>>,
    stroke: Option<Stroke>,
    /// The tool in hand.
    pub tool: Tool,
    /// Size, strength, softness and symmetry of all tools.
    pub brush: Brush,
    /// The name as it is being typed.
    typed: Option<String>,
    /// The flow that was looked at last.
    built: Option<Built>,
    /// The canvas as the heat map takes it, and a number that changes with it.
    values: Arc<Vec<f32>>,
    version: u64,
}

impl<T: Clone + PartialEq> Editor<T> {
    /// Opens the editor on the target of the present flow. None if that has no drawing.
    pub fn open(subject: &impl Subject<Target = T>) -> Option<Self> {
        let now = step_of(subject)?;
        let brush = Brush { size: (now.drawing.k() as f64 / 12.0).round().max(1.0), ..Brush::default() };
        let (values, version) = heat_of(&now.drawing);
        Some(Self {
            now,
            past: Vec::new(),
            future: Vec::new(),
            stroke: None,
            tool: Tool::Brush,
            brush,
            typed: None,
            built: subject.built(),
            values,
            version,
        })
    }

    /// The drawing as it looks now, a stroke under way included.
    pub fn drawing(&self) -> &Drawing {
        &self.now.drawing
    }

    /// Why the flow does not follow, if so.
    pub fn notice(&self) -> Option<&'static str> {
        self.drawing().is_empty().then_some(EMPTY)
    }

    /// Whether there is something to undo.
    pub fn can_undo(&self) -> bool {
        !self.past.is_empty() && self.stroke.is_none()
    }

    /// Whether there is something to redo.
    pub fn can_redo(&self) -> bool {
        !self.future.is_empty() && self.stroke.is_none()
    }

    /// Takes over a target or a K that was set elsewhere: a preset, a file, a slider.
    pub fn follow(&mut self, subject: &impl Subject<Target = T>) {
        let Some(built) = subject.built() else { return };
        let is_known = self.built.as_ref().is_some_and(|known| is_one(known, &built));
        if is_known || self.stroke.is_some() {
            return;
        }
        self.built = Some(built);
        let Some(step) = step_of(subject) else { return };
        let k = step.drawing.k();
        let (same_target, same_size) = (self.now.target == step.target, self.drawing().k() == k);
        if same_target && self.drawing().is_empty() {
            // An empty canvas waits for mass, whatever its size.
            if let Ok(empty) = Drawing::empty(k) {
                self.show(Step { drawing: empty, ..self.now.clone() });
            }
            return;
        }
        if step.drawing == self.now.drawing {
            return;
        }
        // Dragging K is no step of its own: the way back is the slider. What was drawn keeps its own resolution.
        if !same_target || same_size {
            self.remember();
        }
        self.show(step);
    }

    /// Begins a stroke with the tool in hand.
    fn begin(&mut self) {
        let brush = Brush { erases: self.tool == Tool::Eraser, ..self.brush };
        self.remember();
        self.stroke = Some(Stroke::new(self.drawing().clone(), brush));
    }

    /// Goes on with the stroke, to a point in cells.
    fn go_on<S: Subject<Target = T>>(&mut self, at: [f64; 2], subject: &mut S) {
        let Some(stroke) = &mut self.stroke else { return };
        stroke.to(at);
        let drawing = stroke.drawing();
        if drawing != *self.drawing() {
            self.draw::<S>(drawing);
            self.publish(subject);
        }
    }

    /// Ends the stroke.
    fn end(&mut self) {
        self.stroke = None;
        // A stroke that changed nothing is none.
        if self.past.last().is_some_and(|before| before.drawing == self.now.drawing) {
            self.past.pop();
        }
    }

    /// Replaces the whole drawing in one step.
    pub fn replace<S: Subject<Target = T>>(&mut self, drawing: Drawing, subject: &mut S) {
        if drawing != *self.drawing() {
            self.remember();
            self.draw::<S>(drawing);
            self.publish(subject);
        }
    }

    /// What the drawing is called; empty if nothing.
    pub fn name<S: Subject<Target = T>>(&self) -> &str {
        S::name(&self.now.target)
    }

    /// Calls the drawing so, in one step; what was not drawn here is from now on.
    pub fn call<S: Subject<Target = T>>(&mut self, name: &str, subject: &mut S) {
        if name != self.name::<S>() && self.stroke.is_none() && !self.drawing().is_empty() {
            self.remember();
            let drawing = self.drawing().clone();
            let target = S::drawn(drawing.clone(), name);
            self.show(Step { drawing, target });
            self.publish(subject);
        }
    }

    /// One step back.
    pub fn undo(&mut self, subject: &mut impl Subject<Target = T>) {
        if self.stroke.is_none()
            && let Some(before) = self.past.pop()
        {
            self.future.push(self.now.clone());
            self.show(before);
            self.publish(subject);
        }
    }

    /// One step forward again.
    pub fn redo(&mut self, subject: &mut impl Subject<Target = T>) {
        if self.stroke.is_none()
            && let Some(after) = self.future.pop()
        {
            self.past.push(self.now.clone());
            self.show(after);
            self.publish(subject);
        }
    }

    fn remember(&mut self) {
        self.past.push(self.now.clone());
        if self.past.len() > MOST_STEPS {
            self.past.remove(0);
        }
        self.future.clear();
    }

    /// Shows a drawing made here; one with mass is a target.
    fn draw<S: Subject<Target = T>>(&mut self, drawing: Drawing) {
        let step = if drawing.is_empty() {
            Step { drawing, ..self.now.clone() }
        } else {
            Step { target: S::drawn(drawing.clone(), self.name::<S>()), drawing }
        };
        self.show(step);
    }

    fn show(&mut self, step: Step<T>) {
        self.now = step;
        (self.values, self.version) = heat_of(self.drawing());
    }

    /// Makes the canvas the flow's target. An empty one is none: it stands beside the target that stays.
    fn publish(&mut self, subject: &mut impl Subject<Target = T>) {
        if self.drawing().is_empty() {
            self.now.target = subject.target();
            return;
        }
        subject.set(self.now.target.clone(), self.drawing().k());
    }
}

/// Whether both are one flow.
fn is_one(a: &Built, b: &Built) -> bool {
    std::ptr::addr_eq(Arc::as_ptr(a), Arc::as_ptr(b))
}

fn heat_of(drawing: &Drawing) -> (Arc<Vec<f32>>, u64) {
    let values = drawing.shares().iter().map(|share| *share as f32).collect();
    (Arc::new(values), u64::from(drawing.fingerprint()))
}

/// The target of the present flow, as a drawing.
fn step_of<S: Subject>(subject: &S) -> Option<Step<S::Target>> {
    let (drawing, target) = subject.shown()?;
    Some(Step { drawing, target })
}
