//! Undo and redo of what is set in the image lab.

use super::infill::Infill;
use super::questions::WhichSet;
use super::words::changes;
use crate::experiment::images::Base;
use crate::experiment::images::ImageSettings;
use crate::experiment::step_in_words;
use std::collections::VecDeque;

/// Steps that are remembered; a step is some thousand bytes.
const MOST: usize = 200;

/// Everything that can be undone.
#[derive(Clone, Debug)]
pub struct State {
    /// The settings.
    pub settings: ImageSettings,
    /// What is given, with its picture: a sample is nowhere else.
    pub infill: Infill,
    /// The question that this picture answers.
    pub asked: Option<(Base, WhichSet)>,
}

/// A step: what was set on its other side, and what it did.
#[derive(Debug)]
struct Step {
    /// Before it, where it can be undone, or after it, where it can be redone.
    state: State,
    /// For the tooltip.
    name: String,
}

/// What was set before, and what was undone. It watches instead of being told, so that no control can forget to record
/// itself.
#[derive(Debug)]
pub struct Steps {
    past: VecDeque<Step>,
    present: State,
    future: Vec<Step>,
    /// The name of the next step, where its maker knows better than a list of fields.
    named: Option<String>,
}

impl Steps {
    /// From here on.
    pub fn new(present: State) -> Self {
        Self { past: VecDeque::new(), present, future: Vec::new(), named: None }
    }

    /// Looks whether something else is set. While a button of the pointer is `held` a change is not over: a stroke or a drag
    /// is one step.
    pub fn watch(&mut self, now: State, held: bool) {
        if held {
            return;
        }
        let named = self.named.take();
        let name = step_in_words(&changes(&self.present, &now));
        let before = std::mem::replace(&mut self.present, now);
        if let Some(name) = name {
            self.past.push_back(Step { state: before, name: named.unwrap_or(name) });
            self.future.clear();
            if self.past.len() > MOST {
                self.past.pop_front();
            }
        }
    }

    /// The next change is one step with this name.
    pub fn name_next(&mut self, name: impl Into<String>) {
        self.named = Some(name.into());
    }

    /// A change that nobody made, such as a network that is gone: it is part of the present, not a step.
    pub fn absorb(&mut self, change: impl FnOnce(&mut State)) {
        change(&mut self.present);
    }

    /// What undoing would undo.
    pub fn undoable(&self) -> Option<&str> {
        self.past.back().map(|step| step.name.as_str())
    }

    /// What redoing would redo.
    pub fn redoable(&self) -> Option<&str> {
        self.future.last().map(|step| step.name.as_str())
    }

    /// What was set before the last step.
    pub fn undo(&mut self) -> Option<State> {
        let Step { state, name } = self.past.pop_back()?;
        let after = self.go_to(state);
        self.future.push(Step { state: after, name });
        Some(self.present.clone())
    }

    /// What was set before the last undo.
    pub fn redo(&mut self) -> Option<State> {
        let Step { state, name } = self.future.pop()?;
        let before = self.go_to(state);
        self.past.push_back(Step { state: before, name });
        Some(self.present.clone())
    }

    /// Makes another state the present one, but for where one looks; returns the one that was.
    fn go_to(&mut self, mut state: State) -> State {
        let (now, then) = (&self.present.settings, &mut state.settings);
        then.picked = now.picked.map(|picked| picked.min(then.images - 1));
        if now.sides.len() == then.sides.len() {
            then.here = now.here;
        }
        (state.infill.brush, state.infill.opens) = (self.present.infill.brush, self.present.infill.opens);
        std::mem::replace(&mut self.present, state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::images::Region;

    fn state(settings: ImageSettings) -> State {
        State { settings, infill: Infill::default(), asked: None }
    }

    #[test]
    fn a_drag_is_one_step_and_looking_around_is_none() {
        let first = ImageSettings::default();
        let mut steps = Steps::new(state(first.clone()));
        let with = |images: usize| state(ImageSettings { images, ..first.clone() });
        steps.watch(with(10), true);
        steps.watch(with(12), true);
        steps.watch(with(12), false);
        assert_eq!((steps.undoable(), steps.redoable()), (Some("images of a wall 36 to 12"), None));
        let mut looking = with(12);
        looking.settings.picked = Some(3);
        steps.watch(looking.clone(), false);
        let undone = steps.undo().expect("a step").settings;
        assert_eq!((undone.images, undone.picked), (36, Some(3)), "where one looks stays");
        assert!(steps.undo().is_none());
        assert_eq!((steps.undoable(), steps.redoable()), (None, Some("images of a wall 36 to 12")));
        assert_eq!(steps.redo().map(|s| s.settings), Some(looking.settings));
        steps.undo();
        steps.watch(with(7), false);
        assert_eq!((steps.undoable(), steps.redoable()), (Some("images of a wall 36 to 7"), None));
        for images in 0..300 {
            steps.watch(with(1 + images % 60), false);
        }
        assert_eq!(steps.past.len(), MOST);
    }

    #[test]
    fn a_stroke_is_one_step_and_a_mask_of_another_size_is_none() {
        let mut now = state(ImageSettings::default());
        now.infill.on = true;
        let mut steps = Steps::new(now.clone());
        let first = now.infill.given().to_vec();
        for x in [2.5, 4.5, 6.5] {
            now.infill.brush = 0.5;
            now.infill.paint([x, 3.5], [x + 1.0, 3.5]);
            steps.watch(now.clone(), true);
        }
        steps.watch(now.clone(), false);
        let painted = now.infill.given().to_vec();
        assert_eq!(steps.undoable(), Some("mask 512 to 506 pixels given"));
        now.infill.give(Region::Frame);
        steps.watch(now.clone(), false);
        assert_eq!(steps.undoable(), Some("mask 506 to 768 pixels given"));
        assert_eq!(steps.undo().expect("a step").infill.given(), painted);
        let back = steps.undo().expect("a step").infill;
        assert_eq!((back.given(), back.brush), (first.as_slice(), 0.5), "the brush in hand stays");
        assert!(steps.undo().is_none());
        assert_eq!(steps.redo().expect("a step").infill.given(), painted);
        // The size is set; the mask follows it later, by itself.
        now.infill = steps.present.infill.clone();
        now.settings.side = 16;
        steps.watch(now.clone(), false);
        now.infill.set_side(16);
        steps.watch(now.clone(), false);
        assert_eq!(steps.undoable(), Some("size 32 to 16"));
        let back = steps.undo().expect("a step");
        assert_eq!((back.settings.side, back.infill.given()), (32, painted.as_slice()));
    }

    #[test]
    fn every_change_has_a_name_and_a_preset_its_own() {
        let mut now = state(ImageSettings::default());
        let mut steps = Steps::new(now.clone());
        let mut step = |change: fn(&mut State), name: &str| {
            change(&mut now);
            steps.watch(now.clone(), false);
            assert_eq!(steps.undoable(), Some(name));
        };
        step(|s| s.infill.on = true, "given nothing to a part");
        step(|s| s.infill.base = Base::Data(4), "picture no. 0 to no. 4");
        step(|s| s.infill.base = Base::File("a/流動.png".into()), "picture no. 4 to 流動.png");
        step(|s| s.infill.base = Base::Sample, "picture 流動.png to a sample");
        step(|s| s.settings.sides.push(s.settings.sides[0]), "walls 1 to 2");
        step(|s| s.settings.sides[1].corrector_on = true, "corrector of B off to on");
        step(|s| s.settings.sides[0].sampler.steps = 9, "steps of A 64 to 9");
        step(|s| s.settings.pace.speed = 2.0, "speed 1.0 to 2.0");
        step(|s| s.settings.training.width = 64, "width of the next run 48 to 64");
        step(|s| (s.settings.seed, s.settings.guidance) = (5, 2.0), "guidance and seed");
        steps.name_next("preset “The other half”");
        now.settings.images = 16;
        steps.watch(now.clone(), false);
        assert_eq!(steps.undoable(), Some("preset “The other half”"));
        steps.absorb(|s| s.settings.trained = true);
        now.settings.trained = true;
        steps.watch(now.clone(), false);
        assert_eq!(steps.undoable(), Some("preset “The other half”"));
    }
}
