//! Undo and redo in the grid lab.

use crate::experiment::Change;
use crate::experiment::grid::{Document, change};
use crate::ui::undo::{Undo, Undoable};

/// What has been changed, and the way back.
pub type History = Undo<Document>;

impl Undoable for Document {
    fn change_to(&self, after: &Self) -> Option<Change> {
        change(self, after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::Scheduler;

    #[test]
    fn a_step_is_called_what_it_changed() {
        let mut document = Document::default();
        let mut history = History::new(document.clone());
        document.sides[0].sampler.steps = 30;
        history.watch(&document, 1.0, false);
        assert_eq!(history.undoable(), Some("steps 64 to 30"));
        document.sides[0].flow.scheduler = Scheduler::Cubic;
        history.watch(&document, 1.2, false);
        assert_eq!(history.undoable(), Some("scheduler quadratic to cubic"));
        document.sides.compare();
        history.watch(&document, 1.4, false);
        assert_eq!(history.undoable(), Some("A|B"));
        document.sides.choose(0);
        history.watch(&document, 1.6, false);
        assert_eq!(history.undoable(), Some("A|B"), "which one is looked at is no setting");
        document.sides[1].epsilon = 0.25;
        history.watch(&document, 1.8, false);
        assert_eq!(history.undoable(), Some("error ε of B 0.0 to 0.25"));
    }

    #[test]
    fn a_scheduler_that_follows_the_source_is_no_step_of_its_own() {
        let with = |k: usize, p: f64| {
            let mut document = Document::default();
            let flow = &mut document.sides[0].flow;
            (flow.k, flow.scheduler) = (Some(k), Scheduler::Kinetic(p));
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
}
