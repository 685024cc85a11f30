//! The target editor: a canvas whose drawing is the flow's target while it is drawn.

mod canvas;
mod tools;

pub use canvas::canvas;
pub use tools::{EditorAction, tools};

use super::live::LiveSide;
use crate::data::{Brush, Drawing, Stroke, TargetSpec};
use crate::flow::GridPath;
use ndarray::s;
use std::sync::Arc;

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
struct Step {
    drawing: Drawing,
    target: TargetSpec,
    invert: bool,
}

/// The editor while it is open.
pub struct Editor {
    now: Step,
    /// What was before, the newest last, and what was undone.
    past: Vec<Step>,
    future: Vec<Step>,
    stroke: Option<Stroke>,
    /// The tool in hand.
    pub tool: Tool,
    /// Size, strength, softness and symmetry of all tools.
    pub brush: Brush,
    /// The name as it is being typed.
    typed: Option<String>,
    /// The path that was looked at last.
    path: Arc<GridPath>,
    /// The canvas as the heat map takes it, and a number that changes with it.
    values: Arc<Vec<f32>>,
    version: u64,
}

impl Editor {
    /// Opens the editor on the target of the present path. None if that has no drawing, which can't be.
    pub fn open(experiment: &LiveSide) -> Option<Self> {
        let now = step_of(experiment)?;
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
            path: experiment.path.clone(),
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
    pub fn follow(&mut self, experiment: &LiveSide) {
        let arrived = experiment.path_spec == experiment.settings.path_spec();
        if !arrived || Arc::ptr_eq(&self.path, &experiment.path) || self.stroke.is_some() {
            return;
        }
        self.path = experiment.path.clone();
        let k = experiment.path.data_tokens();
        let (same_target, same_size) =
            (self.now.target == experiment.path_spec.target, self.drawing().k() == k);
        if same_target && self.drawing().is_empty() {
            // An empty canvas waits for mass, whatever its size.
            if let Ok(empty) = Drawing::empty(k) {
                self.show(Step { drawing: empty, ..self.now.clone() });
            }
            return;
        }
        let Some(step) = step_of(experiment).filter(|step| step.drawing != self.now.drawing) else { return };
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
    fn go_on(&mut self, at: [f64; 2], experiment: &mut LiveSide) {
        let Some(stroke) = &mut self.stroke else { return };
        stroke.to(at);
        let drawing = stroke.drawing();
        if drawing != *self.drawing() {
            self.draw(drawing);
            self.publish(experiment);
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
    pub fn replace(&mut self, drawing: Drawing, experiment: &mut LiveSide) {
        if drawing != *self.drawing() {
            self.remember();
            self.draw(drawing);
            self.publish(experiment);
        }
    }

    /// What the drawing is called; empty if nothing.
    pub fn name(&self) -> &str {
        self.now.target.drawn_name().unwrap_or_default()
    }

    /// Calls the drawing so, in one step; what was not drawn here is from now on.
    pub fn call(&mut self, name: &str, experiment: &mut LiveSide) {
        if name != self.name() && self.stroke.is_none() && !self.drawing().is_empty() {
            self.remember();
            let drawing = self.drawing().clone();
            let target = TargetSpec::Drawn { drawing: drawing.clone(), name: name.to_owned() };
            self.show(Step { drawing, target, invert: false });
            self.publish(experiment);
        }
    }

    /// One step back.
    pub fn undo(&mut self, experiment: &mut LiveSide) {
        if self.stroke.is_none()
            && let Some(before) = self.past.pop()
        {
            self.future.push(self.now.clone());
            self.show(before);
            self.publish(experiment);
        }
    }

    /// One step forward again.
    pub fn redo(&mut self, experiment: &mut LiveSide) {
        if self.stroke.is_none()
            && let Some(after) = self.future.pop()
        {
            self.past.push(self.now.clone());
            self.show(after);
            self.publish(experiment);
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
    fn draw(&mut self, drawing: Drawing) {
        let step = if drawing.is_empty() {
            Step { drawing, ..self.now.clone() }
        } else {
            let name = self.name().to_owned();
            Step { target: TargetSpec::Drawn { drawing: drawing.clone(), name }, drawing, invert: false }
        };
        self.show(step);
    }

    fn show(&mut self, step: Step) {
        self.now = step;
        (self.values, self.version) = heat_of(self.drawing());
    }

    /// Makes the canvas the flow's target. An empty one is none: it stands beside the target that stays.
    fn publish(&mut self, experiment: &mut LiveSide) {
        let flow = &mut experiment.settings.flow;
        if self.drawing().is_empty() {
            (self.now.target, self.now.invert) = (flow.target.clone(), flow.invert);
            return;
        }
        flow.target = self.now.target.clone();
        flow.k = Some(self.drawing().k());
        flow.invert = self.now.invert;
    }
}

fn heat_of(drawing: &Drawing) -> (Arc<Vec<f32>>, u64) {
    let values = drawing.shares().iter().map(|share| *share as f32).collect();
    (Arc::new(values), u64::from(drawing.fingerprint()))
}

/// The target of the present path, as a drawing.
fn step_of(experiment: &LiveSide) -> Option<Step> {
    let k = experiment.path.data_tokens();
    let spec = &experiment.path_spec;
    let drawing = match &spec.target {
        TargetSpec::Drawn { drawing, .. } => drawing.resampled(k),
        _ => Drawing::from_weights(&experiment.path.target().slice(s![..k, ..k]).to_owned()),
    };
    Some(Step { drawing: drawing.ok()?, target: spec.target.clone(), invert: spec.invert })
}
