//! Undo and redo of what is set in the text lab.

use crate::experiment::Change;
use crate::experiment::text::{TextSettings, steps_between};
use crate::ui::undo::{Undo, Undoable};

/// What was set before, and what was undone.
pub type Steps = Undo<TextSettings>;

impl Undoable for TextSettings {
    fn change_to(&self, after: &Self) -> Option<Change> {
        steps_between(self, after).map_or_else(Some, |all| Change::of(&all))
    }

    fn look_as(&mut self, now: &Self) {
        (self.picked, self.token) = (now.picked.min(self.texts - 1), now.token);
        if now.sides.len() == self.sides.len() {
            self.sides.choose(now.sides.chosen());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_a_prompt_is_one_step_and_where_one_looks_is_none() {
        let mut now = TextSettings::default();
        let mut steps = Steps::new(now.clone());
        for (time, prompt) in [(1.0, "1"), (1.1, "1+"), (1.2, "1+1")] {
            now.prompt = prompt.to_owned();
            steps.watch(&now, time, false);
        }
        assert_eq!(steps.undoable(), Some("prompt nothing to “1+1”"));
        (now.picked, now.token) = (3, Some(4));
        steps.watch(&now, 3.0, false);
        assert_eq!(steps.undoable(), Some("prompt nothing to “1+1”"));
        now.sides.compare();
        steps.watch(&now, 4.0, false);
        assert_eq!(steps.undoable(), Some("A|B"));
        assert_eq!(steps.undo().map(|before| before.sides.len()), Some(1));
        let back = steps.undo().expect("a step");
        assert_eq!((back.prompt.as_str(), back.picked), ("", 3));
    }
}
