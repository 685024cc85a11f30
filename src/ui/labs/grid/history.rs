//! Undo and redo: every state of the settings between two deliberate changes.

use crate::experiment::grid::Document;
use crate::experiment::grid::Settings;
use crate::experiment::grid::differences;
use crate::experiment::step_in_words;
use crate::flow::Scheduler;
use std::collections::VecDeque;

/// Steps that can be undone; a step is a few hundred bytes.
const MOST_STEPS: usize = 200;
/// Changes of one parameter that follow each other within this time are one step, seconds.
const SAME_STEP: f64 = 0.5;

/// A step: the settings on its other side, and what it did.
#[derive(Clone, Debug)]
struct Step {
    /// The settings before it, where it can be undone, or after it, where it can be redone.
    document: Document,
    /// For the tooltip.
    name: String,
    /// Fields that it changed.
    fields: Vec<String>,
}

/// What has been changed, and the way back. It watches the settings instead of being told, so that no control can
/// forget to record itself.
#[derive(Clone, Debug)]
pub struct History {
    /// The settings as last seen.
    present: Document,
    undo: VecDeque<Step>,
    redo: Vec<Step>,
    /// When the newest step last grew, while it may still grow.
    growing: Option<f64>,
    /// Whether the pointer was down.
    held: bool,
    /// The name of the next step, where its maker knows better than a list of fields.
    named: Option<String>,
}

impl History {
    /// Nothing to undo.
    pub fn new(present: Document) -> Self {
        Self { present, undo: VecDeque::new(), redo: Vec::new(), growing: None, held: false, named: None }
    }

    /// Looks at the settings at the time `now` (seconds); `held` says that the pointer is down: what it drags is one step
    /// however long it takes.
    pub fn watch(&mut self, document: &Document, now: f64, held: bool) {
        let named = self.named.take();
        // A pause in the middle of a drag does not end it.
        let same_press = held && self.held;
        self.growing = self.growing.filter(|last| same_press || now - last <= SAME_STEP);
        if same_press {
            self.growing = self.growing.map(|_| now);
        }
        self.held = held;
        if !self.present.has_other_settings(document) {
            // What is no setting changes without a step.
            self.present.clone_from(document);
            return;
        }
        let (fields, name) = described(&self.present, document);
        let grows = named.is_none()
            && self.growing.is_some()
            && self.undo.back().is_some_and(|step| step.fields.iter().any(|field| fields.contains(field)));
        self.redo.clear();
        self.growing = Some(now);
        if grows {
            self.grow(document);
            return;
        }
        if named.is_some() {
            // A step that its maker names is complete.
            self.growing = None;
        }
        let before = std::mem::replace(&mut self.present, document.clone());
        self.undo.push_back(Step { document: before, name: named.unwrap_or(name), fields });
        if self.undo.len() > MOST_STEPS {
            self.undo.pop_front();
        }
    }

    /// Adds a change to the newest step.
    fn grow(&mut self, document: &Document) {
        self.present = document.clone();
        if let Some(step) = self.undo.back_mut() {
            (step.fields, step.name) = described(&step.document, document);
            // What was dragged there and back is no step.
            if !step.document.has_other_settings(document) {
                self.undo.pop_back();
                self.growing = None;
            }
        }
    }

    /// The next change is one step with this name.
    pub fn name_next(&mut self, name: impl Into<String>) {
        self.named = Some(name.into());
    }

    /// A change that nobody made, such as a view that lost its network: it is part of the present, not a step.
    pub fn absorb(&mut self, change: impl FnOnce(&mut Document)) {
        change(&mut self.present);
    }

    /// What undoing would undo.
    pub fn undoable(&self) -> Option<&str> {
        self.undo.back().map(|step| step.name.as_str())
    }

    /// What redoing would redo.
    pub fn redoable(&self) -> Option<&str> {
        self.redo.last().map(|step| step.name.as_str())
    }

    /// The settings before the newest step.
    pub fn undo(&mut self) -> Option<Document> {
        let step = self.undo.pop_back()?;
        self.redo.push(Step { document: self.present.clone(), ..step.clone() });
        Some(self.go_to(step.document))
    }

    /// The settings after the step undone last.
    pub fn redo(&mut self) -> Option<Document> {
        let step = self.redo.pop()?;
        self.undo.push_back(Step { document: self.present.clone(), ..step.clone() });
        Some(self.go_to(step.document))
    }

    fn go_to(&mut self, document: Document) -> Document {
        self.growing = None;
        self.present = document.clone();
        document
    }
}

/// The fields in which two documents differ, with their side, and the change in words.
fn described(before: &Document, after: &Document) -> (Vec<String>, String) {
    let with_b = match (&before.b, &after.b) {
        (None, Some(_)) => return (vec!["b".to_owned()], "A|B".to_owned()),
        (Some(_), None) => return (vec!["b".to_owned()], "closing of B".to_owned()),
        (b, _) => b.is_some(),
    };
    let mut changes: Vec<_> =
        differences(&before.a, &after.a).into_iter().map(|change| ("A", change)).collect();
    if let (Some(before), Some(after)) = (&before.b, &after.b) {
        // What both share changes on both sides: it is said once.
        for change in differences(before, after) {
            if !changes.iter().any(|(_, known)| *known == change) {
                changes.push(("B", change));
            }
        }
    }
    // The number of a kinetic-optimal scheduler follows from something else that was changed.
    let follows = |one: &Settings, other: &Settings| {
        let kinetic = |of: &Settings| matches!(of.flow.scheduler, Scheduler::Kinetic(_));
        kinetic(one) && kinetic(other)
    };
    let of_b = before.b.as_ref().zip(after.b.as_ref());
    changes.retain(|(side, change)| {
        let both = if *side == "A" { Some((&before.a, &after.a)) } else { of_b };
        change.field != "flow.scheduler" || !both.is_some_and(|(before, after)| follows(before, after))
    });
    let mut fields: Vec<_> =
        changes.iter().map(|(side, change)| format!("{side}.{}", change.field)).collect();
    let side = |side: &str| if with_b { format!(" of {side}") } else { String::new() };
    let changes: Vec<_> = changes.into_iter().map(|(of, change)| (side(of), change)).collect();
    let name = step_in_words(&changes).unwrap_or_else(|| "zoom".to_owned());
    if before.zoom != after.zoom {
        fields.push("zoom".to_owned());
    }
    (fields, name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_steps(steps: usize) -> Document {
        let mut document = Document::of(Settings::default());
        document.a.sampler.steps = steps;
        document
    }

    #[test]
    fn a_drag_is_one_step_and_two_drags_are_two() {
        let mut history = History::new(with_steps(64));
        history.watch(&with_steps(64), 0.0, false);
        assert_eq!(history.undoable(), None);
        // Between the second and the third change the pointer is held still.
        for (now, steps) in [(1.0, 60), (1.2, 50), (4.0, 40), (4.1, 30)] {
            history.watch(&with_steps(steps), now, true);
        }
        history.watch(&with_steps(30), 4.3, false);
        assert_eq!(history.undoable(), Some("steps 64 to 30"));
        history.watch(&with_steps(20), 9.0, true);
        assert_eq!(history.undoable(), Some("steps 30 to 20"));
        assert_eq!(history.undo(), Some(with_steps(30)));
        assert_eq!(history.undo(), Some(with_steps(64)));
        assert_eq!(history.undo(), None);
        assert_eq!(history.redoable(), Some("steps 64 to 30"));
        assert_eq!(history.redo(), Some(with_steps(30)));
        assert_eq!(history.redo(), Some(with_steps(20)));
        assert_eq!(history.redo(), None);
    }

    #[test]
    fn quick_changes_of_one_parameter_are_one_step_and_of_two_are_two() {
        let mut history = History::new(with_steps(64));
        history.watch(&with_steps(63), 1.0, false);
        history.watch(&with_steps(62), 1.4, false);
        let mut other = with_steps(62);
        other.a.flow.scheduler = Scheduler::Cubic;
        history.watch(&other, 1.6, false);
        assert_eq!(history.undoable(), Some("scheduler quadratic to cubic"));
        assert_eq!(history.undo(), Some(with_steps(62)));
        assert_eq!(history.undo(), Some(with_steps(64)));
    }

    #[test]
    fn there_and_back_is_no_step_and_a_new_change_ends_redo() {
        let mut history = History::new(with_steps(64));
        history.watch(&with_steps(10), 1.0, true);
        history.watch(&with_steps(64), 1.1, true);
        assert_eq!(history.undoable(), None);
        history.watch(&with_steps(32), 5.0, false);
        history.undo();
        assert!(history.redoable().is_some());
        history.watch(&with_steps(16), 9.0, false);
        assert_eq!(history.redoable(), None);
        assert_eq!(history.undo(), Some(with_steps(64)));
    }

    #[test]
    fn a_named_step_stands_alone_and_what_is_absorbed_is_no_step() {
        let mut history = History::new(with_steps(64));
        history.watch(&with_steps(63), 1.0, false);
        history.name_next("preset “Moons”");
        history.watch(&with_steps(8), 1.1, false);
        assert_eq!(history.undoable(), Some("preset “Moons”"));
        history.watch(&with_steps(7), 1.2, false);
        assert_eq!(history.undoable(), Some("steps 8 to 7"));
        history.absorb(|d| d.a.sampler.steps = 6);
        history.watch(&with_steps(6), 9.0, false);
        assert_eq!(history.undo(), Some(with_steps(8)));
        assert_eq!(history.undo(), Some(with_steps(63)));
    }

    #[test]
    fn a_scheduler_that_follows_the_source_is_no_step_of_its_own() {
        let with = |k: usize, p: f64| {
            let mut document = Document::of(Settings::default());
            (document.a.flow.k, document.a.flow.scheduler) = (Some(k), Scheduler::Kinetic(p));
            document
        };
        let mut history = History::new(with(8, 1.0 / 8.0));
        // K is dragged; each path arrives later, and its scheduler with it.
        let mut old = 1.0 / 8.0;
        for (n, k) in (9..80).enumerate() {
            let now = 1.0 + 0.1 * n as f64;
            history.watch(&with(k, old), now, true);
            old = 1.0 / k as f64;
            history.watch(&with(k, old), now + 0.05, true);
        }
        history.watch(&with(79, old), 20.0, false);
        assert_eq!(history.undoable(), Some("tokens K 8 to 79"));
        assert_eq!(history.undo(), Some(with(8, 1.0 / 8.0)), "all of it is one step");
        assert_eq!(history.undo(), None);
        // A late arrival does not end redoing.
        history.watch(&with(8, 0.2), 21.0, false);
        assert_eq!(history.redo(), Some(with(79, old)));
        // There and back, whatever the scheduler was on the way.
        let mut history = History::new(with(8, 1.0 / 8.0));
        history.watch(&with(9, 1.0 / 8.0), 1.0, true);
        history.watch(&with(8, 1.0 / 9.0), 1.1, true);
        assert_eq!(history.undoable(), None);
    }

    #[test]
    fn zooming_is_a_step_that_scrolling_extends() {
        let zoomed = |side: f32| {
            let zoom = serde_json::json!({"min": [0.0, 0.0], "side": side});
            let zoom = serde_json::from_value(zoom).expect("a zoom");
            Document { zoom, ..Document::default() }
        };
        let mut history = History::new(Document::default());
        for (now, side) in [(1.0, 0.9), (1.1, 0.8), (1.2, 0.5)] {
            history.watch(&zoomed(side), now, false);
        }
        assert_eq!(history.undoable(), Some("zoom"));
        assert_eq!(history.undo(), Some(Document::default()));
        assert_eq!(history.undo(), None);
    }

    #[test]
    fn the_history_is_bounded() {
        let mut history = History::new(with_steps(1));
        for n in 0..2 * MOST_STEPS {
            history.watch(&with_steps(n + 2), n as f64, false);
        }
        let mut undone = 0;
        while history.undo().is_some() {
            undone += 1;
        }
        assert_eq!(undone, MOST_STEPS);
    }
}
