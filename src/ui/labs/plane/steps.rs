//! Undo and redo of what is set in the plane lab.

use crate::experiment::Change;
use crate::experiment::plane::{PlaneSettings, steps_between};
use crate::ui::undo::{Undo, Undoable};

/// What was set before, and what was undone.
pub type Steps = Undo<PlaneSettings>;

impl Undoable for PlaneSettings {
    fn change_to(&self, after: &Self) -> Option<Change> {
        steps_between(self, after).map_or_else(Some, |all| Change::of(&all))
    }

    fn look_as(&mut self, now: &Self) {
        // There may have been fewer samples.
        (self.point, self.sample) = (now.point, now.sample.min(self.particles.saturating_sub(1)));
        if now.sides.len() == self.sides.len() {
            self.sides.choose(now.sides.chosen());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::plane::PlaneWindow;

    #[test]
    fn a_drag_is_one_step_zooming_is_one_and_a_point_is_none() {
        let mut now = PlaneSettings::default();
        let mut steps = Steps::new(now.clone());
        for (time, count) in [(1.0, 32), (1.1, 16), (1.2, 8)] {
            now.sides[0].steps = count;
            steps.watch(&now, time, true);
        }
        steps.watch(&now, 1.3, false);
        assert_eq!(steps.undoable(), Some("steps 64 to 8"));
        now.point = [2.0, 1.0];
        steps.watch(&now, 3.0, false);
        assert_eq!(steps.undoable(), Some("steps 64 to 8"));
        now.window = Some(PlaneWindow::around_origin(2.0));
        steps.watch(&now, 5.0, false);
        assert_eq!(steps.undoable(), Some("zoom all to ±2.000"));
        let back = steps.undo().expect("a step");
        assert_eq!((back.window, back.point), (None, [2.0, 1.0]));
        assert_eq!(steps.undo().map(|before| before.sides[0].steps), Some(64));
    }
}
