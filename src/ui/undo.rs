//! Undo and redo: every state of what is set between two deliberate changes.

use crate::experiment::Change;
use std::collections::VecDeque;

/// Steps that can be undone; a step is some thousand bytes at most.
const MOST_STEPS: usize = 200;
/// Changes of one parameter that follow each other within this time are one step, seconds.
const SAME_STEP: f64 = 0.5;

/// What is set in a lab, as undoing sees it.
pub trait Undoable: Clone {
    /// What leads to another state; none where that is no step, such as a change of where one looks.
    fn change_to(&self, after: &Self) -> Option<Change>;

    /// Before it becomes the present again: what is only where one looks stays as it is `now`.
    fn look_as(&mut self, _now: &Self) {}
}

/// A step: what was set on its other side, and what it did.
#[derive(Clone, Debug)]
struct Step<S> {
    /// Before it, where it can be undone, or after it, where it can be redone.
    state: S,
    change: Change,
}

/// What has been changed, and the way back. It watches instead of being told, so that no control can forget to record
/// itself.
#[derive(Clone, Debug)]
pub struct Undo<S> {
    /// What is set, as last seen.
    present: S,
    undo: VecDeque<Step<S>>,
    redo: Vec<Step<S>>,
    /// When the newest step last grew, while it may still grow.
    growing: Option<f64>,
    /// Whether the pointer was down.
    held: bool,
    /// The name of the next step, where its maker knows better than a list of fields.
    named: Option<String>,
}

impl<S: Undoable> Undo<S> {
    /// Nothing to undo.
    pub fn new(present: S) -> Self {
        Self { present, undo: VecDeque::new(), redo: Vec::new(), growing: None, held: false, named: None }
    }

    /// Looks at what is set at the time `now` (seconds); `held` says that the pointer is down: what it drags is one step
    /// however long it takes.
    pub fn watch(&mut self, state: &S, now: f64, held: bool) {
        let named = self.named.take();
        // A pause in the middle of a drag does not end it.
        let same_press = held && self.held;
        self.growing = self.growing.filter(|last| same_press || now - last <= SAME_STEP);
        if same_press {
            self.growing = self.growing.map(|_| now);
        }
        self.held = held;
        let before = std::mem::replace(&mut self.present, state.clone());
        // What is no setting changes without a step.
        let Some(change) = before.change_to(state) else { return };
        self.redo.clear();
        let grows = |step: &Step<S>| step.change.fields.iter().any(|field| change.fields.contains(field));
        if named.is_none() && self.growing.is_some() && self.undo.back().is_some_and(grows) {
            self.growing = Some(now);
            self.grow();
            return;
        }
        // A step that its maker names is complete.
        self.growing = Some(now).filter(|_| named.is_none());
        let name = named.unwrap_or(change.name);
        self.undo.push_back(Step { state: before, change: Change { name, ..change } });
        if self.undo.len() > MOST_STEPS {
            self.undo.pop_front();
        }
    }

    /// Adds a change to the newest step.
    fn grow(&mut self) {
        let Some(step) = self.undo.back_mut() else { return };
        match step.state.change_to(&self.present) {
            Some(change) => step.change = change,
            None => {
                // What was dragged there and back is no step.
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
    pub fn absorb(&mut self, change: impl FnOnce(&mut S)) {
        change(&mut self.present);
    }

    /// What undoing would undo.
    pub fn undoable(&self) -> Option<&str> {
        self.undo.back().map(|step| step.change.name.as_str())
    }

    /// What redoing would redo.
    pub fn redoable(&self) -> Option<&str> {
        self.redo.last().map(|step| step.change.name.as_str())
    }

    /// What was set before the newest step.
    pub fn undo(&mut self) -> Option<S> {
        let Step { state, change } = self.undo.pop_back()?;
        let after = self.go_to(state);
        self.redo.push(Step { state: after, change });
        Some(self.present.clone())
    }

    /// What was set after the step undone last.
    pub fn redo(&mut self) -> Option<S> {
        let Step { state, change } = self.redo.pop()?;
        let before = self.go_to(state);
        self.undo.push_back(Step { state: before, change });
        Some(self.present.clone())
    }

    /// Makes another state the present one; returns the one that was.
    fn go_to(&mut self, mut state: S) -> S {
        self.growing = None;
        state.look_as(&self.present);
        std::mem::replace(&mut self.present, state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two numbers, and where one looks.
    #[derive(Clone, Debug, PartialEq)]
    struct Toy([i32; 2], u8);

    impl Undoable for Toy {
        fn change_to(&self, after: &Self) -> Option<Change> {
            let fields: Vec<String> =
                (0..2).filter(|&i| self.0[i] != after.0[i]).map(|i| i.to_string()).collect();
            let name = format!("{:?} to {:?}", self.0, after.0);
            (!fields.is_empty()).then_some(Change { fields, name })
        }

        fn look_as(&mut self, now: &Self) {
            self.1 = now.1;
        }
    }

    #[test]
    fn a_drag_is_one_step_and_two_drags_are_two() {
        let mut undo = Undo::new(Toy([64, 0], 0));
        undo.watch(&Toy([64, 0], 0), 0.0, false);
        assert_eq!(undo.undoable(), None);
        // Between the second and the third change the pointer is held still.
        for (now, x) in [(1.0, 60), (1.2, 50), (4.0, 40), (4.1, 30)] {
            undo.watch(&Toy([x, 0], 0), now, true);
        }
        undo.watch(&Toy([30, 0], 0), 4.3, false);
        assert_eq!(undo.undoable(), Some("[64, 0] to [30, 0]"));
        undo.watch(&Toy([20, 0], 0), 9.0, true);
        assert_eq!(undo.undo(), Some(Toy([30, 0], 0)));
        assert_eq!(undo.undo(), Some(Toy([64, 0], 0)));
        assert_eq!((undo.undo(), undo.redoable()), (None, Some("[64, 0] to [30, 0]")));
        assert_eq!(undo.redo(), Some(Toy([30, 0], 0)));
        assert_eq!(undo.redo(), Some(Toy([20, 0], 0)));
        assert_eq!(undo.redo(), None);
    }

    #[test]
    fn quick_changes_of_one_parameter_are_one_step_and_of_two_are_two() {
        let mut undo = Undo::new(Toy([64, 0], 0));
        undo.watch(&Toy([63, 0], 0), 1.0, false);
        undo.watch(&Toy([62, 0], 0), 1.4, false);
        undo.watch(&Toy([62, 5], 0), 1.6, false);
        assert_eq!(undo.undoable(), Some("[62, 0] to [62, 5]"));
        assert_eq!(undo.undo(), Some(Toy([62, 0], 0)));
        assert_eq!(undo.undo(), Some(Toy([64, 0], 0)));
    }

    #[test]
    fn there_and_back_is_no_step_and_a_new_change_ends_redo() {
        let mut undo = Undo::new(Toy([64, 0], 0));
        undo.watch(&Toy([10, 0], 0), 1.0, true);
        undo.watch(&Toy([64, 0], 0), 1.1, true);
        assert_eq!(undo.undoable(), None);
        undo.watch(&Toy([32, 0], 0), 5.0, false);
        undo.undo();
        assert!(undo.redoable().is_some());
        undo.watch(&Toy([16, 0], 0), 9.0, false);
        assert_eq!(undo.redoable(), None);
        assert_eq!(undo.undo(), Some(Toy([64, 0], 0)));
    }

    #[test]
    fn a_named_step_stands_alone_and_what_is_absorbed_is_no_step() {
        let mut undo = Undo::new(Toy([64, 0], 0));
        undo.watch(&Toy([63, 0], 0), 1.0, false);
        undo.name_next("preset “Moons”");
        undo.watch(&Toy([8, 0], 0), 1.1, false);
        assert_eq!(undo.undoable(), Some("preset “Moons”"));
        undo.watch(&Toy([7, 0], 0), 1.2, false);
        assert_eq!(undo.undoable(), Some("[8, 0] to [7, 0]"));
        undo.absorb(|toy| toy.0[0] = 6);
        undo.watch(&Toy([6, 0], 0), 9.0, false);
        assert_eq!(undo.undo(), Some(Toy([8, 0], 0)));
        assert_eq!(undo.undo(), Some(Toy([63, 0], 0)));
    }

    #[test]
    fn where_one_looks_is_no_step_and_stays() {
        let mut undo = Undo::new(Toy([1, 0], 0));
        undo.watch(&Toy([2, 0], 0), 1.0, false);
        undo.watch(&Toy([2, 0], 7), 2.0, false);
        assert_eq!(undo.undo(), Some(Toy([1, 0], 7)));
        undo.watch(&Toy([1, 0], 9), 3.0, false);
        assert_eq!(undo.redo(), Some(Toy([2, 0], 9)), "looking elsewhere does not end redoing");
    }

    #[test]
    fn it_is_bounded() {
        let mut undo = Undo::new(Toy([0, 0], 0));
        for n in 0..2 * MOST_STEPS as i32 {
            undo.watch(&Toy([n + 1, 0], 0), f64::from(n), false);
        }
        assert_eq!(std::iter::from_fn(|| undo.undo()).count(), MOST_STEPS);
    }
}
