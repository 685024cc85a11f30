//! What the lab asks of its threads, and what they have found.

use super::{LiveSide, PlaneLab};
use crate::experiment::plane::{BuiltSide, Draws, PlaneAnswer, PlaneSide, StudiedSide, Told, Topic};
use crate::sampler::plane::PlaneCoupling;
use crate::ui::job::Worker;
use crate::ui::labs::plane::questions::{RunQuestion, StudyQuestion, ViewQuestion, build, run};
use crate::ui::widgets::Tone;
use crate::view::plane::PlaneView;
use std::sync::Arc;

/// Codes of the exact denoiser where nothing else is set.
const CODES: usize = 8;

impl PlaneLab {
    /// As many live sides as there are settings.
    pub(super) fn fit_sides(&mut self) -> anyhow::Result<()> {
        self.sides.truncate(self.settings.sides.len());
        while self.sides.len() < self.settings.sides.len() {
            let (wake, stepper) = (self.wake.clone(), self.stepper.clone());
            let runner = Worker::answering(
                "plane samples",
                move || wake.wake(),
                move |question, go_on| run(&question, stepper.clone(), go_on),
            )?;
            let wake = self.wake.clone();
            let builder = Worker::answering("plane couplings", move || wake.wake(), build)?;
            self.sides.push(LiveSide {
                built: None,
                builder,
                building: None,
                runner,
                running: None,
                run: None,
                run_problem: None,
                answer: None,
                clouds: Default::default(),
            });
        }
        Ok(())
    }

    /// Builds the flows that are set, and asks for their runs.
    pub(super) fn build(&mut self) {
        if let Err(why) = self.fit_sides() {
            self.say(Tone::Error, format!("There can be nothing beside A: {why}"));
            self.settings.sides.compare();
            return;
        }
        let draws_of_run = self.settings.draws();
        // What is shown of a drawing stays until what follows it is there: a hand must not draw on flickering ground.
        let is_drawn = self.is_drawing();
        let learned = self.training.learned();
        let misses = self.settings.shown().contains(&PlaneView::Miss);
        for (side, live) in self.settings.sides.iter().zip(&mut self.sides) {
            let same = live.built.as_ref().is_some_and(|(of, _)| of.is_of_one_flow(side));
            if !same {
                live.built = None;
                live.answer = live.answer.take().filter(|_| is_drawn);
                // What takes a while is built beside the window.
                if side.coupling == PlaneCoupling::Independent && side.target.file().is_none() {
                    live.built = Some((side.clone(), BuiltSide::of(side)));
                } else if live.building.as_ref().is_none_or(|of| !of.is_of_one_flow(side)) {
                    live.building = Some(side.clone());
                    live.builder.ask(side.clone());
                }
            }
            let asks = side.answer == PlaneAnswer::Network;
            if let Some((_, Ok(built))) = &mut live.built {
                built.learned = learned.clone().filter(|_| asks || misses);
            }
            match &live.built {
                Some((_, Ok(built))) => {
                    let learned = built.learned.clone().filter(|_| asks);
                    let built = BuiltSide { learned, ..built.clone() };
                    // What nobody is told is no reason to sample anew.
                    let has_codes = built.learned.as_ref().is_some_and(|learned| learned.latents.is_some());
                    let told = if has_codes { draws_of_run.told } else { Told::default() };
                    let draws = Draws { told, ..draws_of_run };
                    let question = RunQuestion { side: side.clone(), built, draws };
                    let before = live.running.as_ref();
                    // What goes on learning, or being drawn, must not keep its samples from ever being done.
                    if live.runner.has_more()
                        && (is_drawn
                            || before.is_some_and(|before| before.differs_by_network_alone(&question)))
                    {
                        continue;
                    }
                    live.running = Some(question.clone());
                    if live.runner.ask_anew(question) {
                        live.run_problem = None;
                        if !same && !is_drawn {
                            live.run = None;
                        }
                    }
                }
                _ => live.run = None,
            }
        }
    }

    /// What the views are to show.
    pub(super) fn questions(&self) -> Vec<ViewQuestion> {
        let settings = &self.settings;
        let whole = settings.whole();
        let question = |(side, live): (usize, &LiveSide)| {
            let (of, built) = live.built.as_ref()?;
            let [t, _] = self.now(side);
            let window = settings.window_at(of, t);
            // In the units in which the path is spread out now.
            let whole = whole.scaled(window.half / settings.window.unwrap_or(whole).half);
            let built = built.as_ref().ok()?.clone();
            Some(ViewQuestion {
                side,
                built,
                t,
                window,
                whole,
                views: settings.shown().to_vec(),
                point: settings.point,
                blend: settings.sides[side].blend_at(t),
                shows_network: settings.sides[side].answer == PlaneAnswer::Network,
            })
        };
        self.sides.iter().enumerate().filter_map(question).collect()
    }

    /// Asks for what is not there yet. One after the other: a question that is always given up for the next is never
    /// answered.
    pub(super) fn ask(&mut self) {
        let wanted = self.questions();
        if wanted != self.asked && !self.views.has_more() {
            self.asked.clone_from(&wanted);
            self.views.ask(wanted);
        }
        if let Some(question) = self.study_question(self.settings.sides.chosen()) {
            let before = self.asked_study.as_ref();
            let waits = self.studies.has_more()
                && before.is_some_and(|before| before.differs_by_network_alone(&question));
            if !waits {
                self.asked_study = Some(question.clone());
                if self.studies.ask_anew(question) {
                    self.study_problem = None;
                }
            }
        }
    }

    /// What is to be measured where a side is being set, if anything.
    pub(super) fn study_question(&self, side: usize) -> Option<StudyQuestion> {
        let topic = self.topic.filter(|topic| topic.is_measured())?;
        let learned = self.training.learned().filter(|_| topic != Topic::Straight);
        let studied = |(side, live): (&PlaneSide, &LiveSide)| {
            let built = live.built.as_ref()?.1.as_ref().ok()?;
            let asks = side.answer == PlaneAnswer::Network;
            Some(StudiedSide { flow: built.flow.clone(), learned: learned.clone().filter(|_| asks) })
        };
        // All of them are there, or none is measured.
        let sides = self.settings.sides.iter().zip(&self.sides).map(studied).collect::<Option<Vec<_>>>()?;
        let chosen = sides.get(side)?.clone();
        let runs = match topic {
            Topic::Straight => self.training.all_of(&chosen.flow),
            _ => Vec::new(),
        };
        let sides = if topic.is_of_all_sides() { sides } else { vec![chosen] };
        let codes = (self.codes_to_learn(), self.settings.told());
        let compared = match topic {
            Topic::Samplers => Some(self.settings.compared.compared(&self.settings.sides)),
            _ => None,
        };
        Some(StudyQuestion { topic, seed: self.settings.seed, sides, runs, codes, compared })
    }

    /// Codes of the exact denoiser, and of a network that is to learn some.
    pub(super) fn codes_to_learn(&self) -> usize {
        if self.settings.train.codes > 0 { self.settings.train.codes } else { CODES }
    }

    /// Takes what the threads have found.
    pub(super) fn take_answers(&mut self) {
        if let Some(answer) = self.views.take() {
            self.view_problem = answer.as_ref().err().cloned();
            let is_drawn = self.is_drawing();
            for answer in answer.unwrap_or_default() {
                let side = self.sides.iter_mut().enumerate().find(|(side, live)| match &live.built {
                    Some((_, Ok(built))) if Arc::ptr_eq(&built.flow, &answer.of.built.flow) => true,
                    // A moment behind the hand.
                    _ => is_drawn && answer.of.side == *side,
                });
                if let Some((_, live)) = side {
                    live.answer = Some(answer);
                }
            }
        }
        match self.studies.take() {
            Some(Ok(study)) => (self.studied, self.study_problem) = (Some(study), None),
            Some(Err(why)) => (self.studied, self.study_problem) = (None, Some(why)),
            None => {}
        }
        for live in &mut self.sides {
            match live.builder.take() {
                Some(Ok(built)) => (live.built, live.building) = (Some(built), None),
                Some(Err(why)) => {
                    live.built = live.building.take().map(|side| (side, Err(why)));
                }
                None => {}
            }
            match live.runner.take() {
                Some(Ok(run)) => live.run = Some(run),
                Some(Err(why)) => (live.run, live.run_problem) = (None, Some(why)),
                None => {}
            }
        }
    }
}
