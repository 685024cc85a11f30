//! The panels left and right of the views.

use super::PlaneLab;
use crate::experiment::contrasts;
use crate::experiment::plane::{PlaneAnswer, Topic, differences, law_words, target_words};
use crate::flow::counted;
use crate::ui::files::Purpose;
use crate::ui::kept::kept;
use crate::ui::labs::plane::controls::{ControlContext, controls};
use crate::ui::labs::plane::exporting::{Drawn, PlaneContent, PlaneExport};
use crate::ui::labs::plane::one_sample::one_sample;
use crate::ui::labs::plane::questions::Study;
use crate::ui::labs::plane::readings::readings;
use crate::ui::labs::plane::studies::{StudyWish, studies};
use crate::ui::labs::plane::training::{CodesOf, CodesWish, TrainingWish, codes_panel, training_panel};
use crate::ui::run_card::RunWish;
use crate::ui::side_tabs::side_tabs;
use crate::ui::theme::space;
use crate::ui::widgets::{Tone, segmented};
use crate::view::plane::samples_by_code;
use egui::Ui;
use std::sync::Arc;

impl PlaneLab {
    pub(super) fn left(&mut self, ui: &mut Ui) {
        let sides = &mut self.settings.sides;
        let contrasts =
            kept(ui.ctx(), "contrasts of flows", sides.to_vec(), || contrasts(sides, differences));
        let shown = (sides.chosen(), sides.len());
        if let Some(action) = side_tabs(ui, shown, &contrasts, section_of)
            && let Some(name) = action.on(sides)
        {
            self.steps.name_next(name);
        }
        if let Some(hand) = &mut self.hand {
            hand.turn_to(self.settings.sides.chosen());
        }
        let chosen = self.settings.sides.chosen();
        let sketch = self.hand.as_ref().map(|hand| hand.seen(self.sketch(chosen))).unwrap_or_default();
        let live = self.sides.get(chosen);
        let flow_problem = live.and_then(|live| match &live.built {
            Some((_, Err(why))) => Some(why.clone()),
            _ => None,
        });
        let run_problem = live.and_then(|live| live.run_problem.clone());
        let asks = self.settings.sides.here().answer == PlaneAnswer::Network;
        let no_network = match (self.training.learned(), self.flow(chosen)) {
            (None, _) => Some("There is no network yet: press Train on the right, under “train”.".to_owned()),
            (Some(learned), Some(flow)) if asks => learned.fits(&flow).err(),
            _ => None,
        };
        let saved = [self.saved.files(), self.saved_boards.files()].concat();
        let context = ControlContext {
            flow_problem: flow_problem.as_deref(),
            run_problem: run_problem.as_deref(),
            no_network: no_network.as_deref(),
            sketch,
            editing: self.editor.is_some(),
            saved: &saved,
        };
        if let Some(wish) = controls(ui, &mut self.settings, self.hand.as_mut(), &context) {
            self.grant(wish, ui.ctx());
        }
    }

    pub(super) fn right(&mut self, ui: &mut Ui) {
        if self.edit(ui) {
            return;
        }
        let side = self.settings.sides.chosen();
        let names = self.called(ui.ctx());
        let heading = names.get(side).filter(|_| names.len() > 1).map(String::as_str);
        ui.add_space(space::XS);
        let tabs = [
            (None, "now", "The path, what is conserved, the run, and the point that is looked at."),
            (Some(Topic::Sample), "one", "One sample on its way: how it moves, and what it is taken for."),
            (
                Some(Topic::Samplers),
                "samplers",
                "Flow or diffusion? How far samplers end from the target, over their evaluations of one exact velocity.",
            ),
            (
                Some(Topic::Straight),
                "straight",
                "How straight the flow is, and where the cost of its pairs goes.",
            ),
            (
                Some(Topic::Codes),
                "codes",
                "Discrete latents: what codes do for a denoiser, exactly and learned.",
            ),
            (
                Some(Topic::Training),
                "train",
                "Networks that learn the velocity, and their runs beside each other.",
            ),
        ];
        segmented(ui, "plane panel", &mut self.topic, tabs);
        let wish = match self.topic {
            None => readings(ui, self, side, heading)
                .then_some(PlaneContent::Path(self.settings.sides[side].path)),
            Some(Topic::Sample) => {
                let mut sample = self.settings.sample;
                let wish = one_sample(ui, self, side, heading, &mut sample);
                self.settings.sample = sample;
                wish
            }
            Some(Topic::Training) => {
                let words = self.learned_words();
                let of = heading.map(|heading| (side, heading));
                let wish = training_panel(ui, &self.training, &mut self.settings.train, &words, of);
                wish.and_then(|wish| self.carry_out(wish, ui.ctx()))
            }
            Some(Topic::Codes) => self.codes(ui, side, heading),
            Some(Topic::Samplers | Topic::Straight) => match studies(ui, self, side) {
                Some(StudyWish::Train(side)) => {
                    self.train_on(side);
                    None
                }
                Some(StudyWish::Compare(choice)) => {
                    self.settings.compared = choice;
                    None
                }
                Some(StudyWish::Export(content)) => Some(content),
                None => None,
            },
        };
        if let Some(content) = wish {
            let mut settings = self.settings.clone();
            if let PlaneContent::Curves(_, side) = content {
                settings.sides.choose(side);
            }
            self.export.open(PlaneExport::of(content, settings, self.playback.t), ui.ctx());
        }
    }

    /// The panel of discrete latents; what is to be exported.
    fn codes(&mut self, ui: &mut Ui, side: usize, heading: Option<&str>) -> Option<PlaneContent> {
        let mut told = self.settings.told();
        let asks = self.settings.sides[side].answer == PlaneAnswer::Network;
        let newest = self.training.learned().filter(|_| asks).and_then(|learned| learned.latents);
        let known = self.studied(side).map(|study| match study {
            Some(Study::Codes(study)) => Some(study),
            _ => None,
        });
        let codes = counted(
            newest.as_ref().map_or(self.codes_to_learn(), |latents| latents.encoder().ncols()),
            "code",
        );
        let about = format!("{}, {codes}", law_words(&self.settings.sides[side]));
        let of = CodesOf {
            side: heading.map(|heading| (side, heading)),
            study: known,
            newest: newest.as_ref(),
            missing: self.missing_codes(side),
            to_learn: self.codes_to_learn(),
            about: about.clone(),
        };
        let wish = codes_panel(ui, &of, &mut told);
        let study = known.ok().flatten().cloned();
        (self.settings.guidance, self.settings.code) = (told.guidance, told.code);
        match wish? {
            CodesWish::Train => {
                self.train_codes_on(side);
                None
            }
            CodesWish::Export(content) => Some(content),
            CodesWish::Samples => {
                let (flow, study) = (self.flow(side)?, study?);
                let window = self.settings.window_at(&self.settings.sides[side], 1.0);
                match samples_by_code(&flow, &study.tracks, window) {
                    Ok((drawing, numbers)) => {
                        let about = format!("{about}, {}, seed {}", told.words(), self.settings.seed);
                        let drawn = Drawn { stem: "codes-samples", drawing, numbers, about };
                        Some(PlaneContent::Drawn(Arc::new(drawn)))
                    }
                    Err(why) => {
                        self.say(Tone::Error, format!("There is nothing to export: {why}"));
                        None
                    }
                }
            }
        }
    }
}

impl PlaneLab {
    /// What a new run would learn.
    fn learned_words(&self) -> String {
        let side = self.settings.sides.here();
        format!("{}, {}", target_words(&side.target), side.source.words())
    }

    /// Does what the panel of training asks for; what is to be exported.
    fn carry_out(&mut self, wish: TrainingWish, ctx: &egui::Context) -> Option<PlaneContent> {
        match wish {
            TrainingWish::Press => self.train(),
            TrainingWish::New => self.new_run(),
            TrainingWish::Reset => self.training.reset(),
            TrainingWish::Save => self.picker.ask(Purpose::Save, ctx),
            TrainingWish::Open => self.picker.ask(Purpose::Open, ctx),
            TrainingWish::Run(RunWish::Show(run)) => {
                let shown = &mut self.training.shown;
                *shown = if *shown == Some(run) { None } else { Some(run) };
            }
            TrainingWish::Run(RunWish::Forget(run)) => self.training.forget(run),
            TrainingWish::Run(RunWish::Continue(run)) => self.training.go_on(run),
            TrainingWish::Export(content) => return Some(content),
        }
        None
    }
}

/// The section of the left panel in which a field of a side is set.
fn section_of(field: &str) -> &'static str {
    match field {
        "target" | "width" | "reach" | "source" | "coupling" => "Target and source",
        "path" => "Path",
        "answer" => "Answers",
        _ => "Sampler",
    }
}
