//! Undo and redo of what is set in the image lab.

use super::infill::Infill;
use super::questions::WhichSet;
use crate::experiment::images::{Base, ImageSettings, steps_between};
use crate::experiment::{Change, Difference};
use crate::ui::undo::{Undo, Undoable};

/// What was set before, and what was undone.
pub type Steps = Undo<State>;

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

impl Undoable for State {
    fn change_to(&self, after: &Self) -> Option<Change> {
        let mut all = match steps_between(&self.settings, &after.settings) {
            Ok(all) => all,
            Err(another_number) => return Some(another_number),
        };
        all.extend(of_the_infill(&self.infill, &after.infill).map(|change| (String::new(), change)));
        Change::of(&all)
    }

    fn look_as(&mut self, now: &Self) {
        let (looks, then) = (&now.settings, &mut self.settings);
        then.picked = looks.picked.map(|picked| picked.min(then.images - 1));
        if looks.sides.len() == then.sides.len() {
            then.sides.choose(looks.sides.chosen());
        }
        (self.infill.brush, self.infill.opens) = (now.infill.brush, now.infill.opens);
    }
}

/// What is given. A mask that has another size follows the images: nobody painted it.
fn of_the_infill(before: &Infill, after: &Infill) -> impl Iterator<Item = Difference> {
    let both = [before, after];
    let on = both.map(|infill| if infill.on { "a part" } else { "nothing" }.to_owned());
    let picture = both.map(|infill| match &infill.base {
        Base::Data(index) => format!("no. {index}"),
        Base::File(file) => file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned(),
        Base::Sample => "a sample".to_owned(),
    });
    let count = |infill: &Infill| infill.given().iter().filter(|given| **given).count();
    let painted = [count(before).to_string(), format!("{} pixels given", count(after))];
    let same_mask = before.side() != after.side() || before.given() == after.given();
    [
        (before.on != after.on).then(|| Difference::named("given", on)),
        (before.base != after.base).then(|| Difference::named("picture", picture)),
        (!same_mask).then(|| Difference::named("mask", painted)),
    ]
    .into_iter()
    .flatten()
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
        steps.watch(&with(10), 1.0, true);
        steps.watch(&with(12), 1.1, true);
        steps.watch(&with(12), 1.2, false);
        assert_eq!((steps.undoable(), steps.redoable()), (Some("images of a wall 36 to 12"), None));
        let mut looking = with(12);
        looking.settings.picked = Some(3);
        steps.watch(&looking, 2.0, false);
        let undone = steps.undo().expect("a step").settings;
        assert_eq!((undone.images, undone.picked), (36, Some(3)), "where one looks stays");
        assert!(steps.undo().is_none());
        assert_eq!((steps.undoable(), steps.redoable()), (None, Some("images of a wall 36 to 12")));
        assert_eq!(steps.redo().map(|s| s.settings), Some(looking.settings));
        steps.undo();
        steps.watch(&with(7), 3.0, false);
        assert_eq!((steps.undoable(), steps.redoable()), (Some("images of a wall 36 to 7"), None));
        // As in the other lab: quick changes of one setting are one step.
        steps.watch(&with(8), 3.4, false);
        assert_eq!(steps.undoable(), Some("images of a wall 36 to 8"));
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
            steps.watch(&now, x, true);
        }
        steps.watch(&now, 7.0, false);
        let painted = now.infill.given().to_vec();
        assert_eq!(steps.undoable(), Some("mask 512 to 506 pixels given"));
        now.infill.give(Region::Frame);
        steps.watch(&now, 9.0, false);
        assert_eq!(steps.undoable(), Some("mask 506 to 768 pixels given"));
        assert_eq!(steps.undo().expect("a step").infill.given(), painted);
        let back = steps.undo().expect("a step").infill;
        assert_eq!((back.given(), back.brush), (first.as_slice(), 0.5), "the brush in hand stays");
        assert!(steps.undo().is_none());
        now.infill = steps.redo().expect("a step").infill;
        assert_eq!(now.infill.given(), painted);
        // The size is set; the mask follows it later, by itself.
        now.settings.side = 16;
        steps.watch(&now, 11.0, false);
        now.infill.set_side(16);
        steps.watch(&now, 11.1, false);
        assert_eq!(steps.undoable(), Some("size 32 to 16"));
        let back = steps.undo().expect("a step");
        assert_eq!((back.settings.side, back.infill.given()), (32, painted.as_slice()));
    }

    #[test]
    fn every_change_has_a_name_and_a_preset_its_own() {
        let mut now = state(ImageSettings::default());
        let mut steps = Steps::new(now.clone());
        let mut time = 0.0;
        let mut step = |change: fn(&mut State), name: &str| {
            change(&mut now);
            time += 1.0;
            steps.watch(&now, time, false);
            assert_eq!(steps.undoable(), Some(name));
        };
        step(|s| s.infill.on = true, "given nothing to a part");
        step(|s| s.infill.base = Base::Data(4), "picture no. 0 to no. 4");
        step(|s| s.infill.base = Base::File("a/流動.png".into()), "picture no. 4 to 流動.png");
        step(|s| s.infill.base = Base::Sample, "picture 流動.png to a sample");
        step(|s| s.settings.sides.compare(), "A|B");
        step(|s| s.settings.sides[1].corrector_on = true, "corrector of B off to on");
        step(|s| s.settings.sides[0].sampler.steps = 9, "steps of A 64 to 9");
        step(|s| s.settings.pace.speed = 2.0, "speed 1.0 to 2.0");
        step(|s| s.settings.training.width = 64, "width of the next run 48 to 64");
        step(|s| s.settings.sides[1].guidance = 2.0, "guidance of B 1.0 to 2.0");
        step(|s| (s.settings.seed, s.settings.images) = (5, 9), "images of a wall and seed");
        steps.name_next("preset “The other half”");
        now.settings.images = 16;
        steps.watch(&now, time, false);
        assert_eq!(steps.undoable(), Some("preset “The other half”"));
        steps.absorb(|s| s.settings.trained = true);
        now.settings.trained = true;
        steps.watch(&now, time, false);
        assert_eq!(steps.undoable(), Some("preset “The other half”"));
    }
}
