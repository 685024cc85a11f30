//! What the lab asks of its threads, and what they have found.

use super::{ImageLab, PATIENCE};
use crate::experiment::images::{Base, SideSettings};
use crate::train::TrainState;
use crate::ui::labs::images::early::IN_ROW;
use crate::ui::labs::images::layers::LayerView;
use crate::ui::labs::images::questions::SetAnswer;
use crate::ui::labs::images::questions::SetQuestion;
use crate::ui::labs::images::questions::ThoughtQuestion;
use crate::ui::labs::images::questions::WhichSet;
use crate::ui::labs::images::sampler_thread::WhichModel;
use crate::ui::labs::images::sampler_thread::{FilmRequest, FilmSide};
use crate::ui::labs::images::walls::SideView;
use crate::ui::widgets::Tone;
use crate::view::sequence::Wall;
use egui::Context;
use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

impl ImageLab {
    pub(super) fn asked_given(&self) -> Option<Arc<crate::sampler::sequence::Given>> {
        self.asked.as_ref().and_then(|(asked, _)| asked.given.clone())
    }

    /// What is to be sampled.
    pub(super) fn request(&self, given: Option<Arc<crate::sampler::sequence::Given>>) -> FilmRequest {
        let settings = &self.settings;
        let trained = self.trained.clone().filter(|_| settings.trained);
        let named = WhichModel::Named {
            spec: settings.model.clone(),
            tokens: settings.tokens,
            side: settings.side,
            source: settings.source,
            // As on the command line: a caption makes the same images again.
            seed: settings.seed,
        };
        let model = trained.map_or(named, |(model, version)| WhichModel::Trained(model, version));
        let side =
            |side: &SideSettings| FilmSide { config: side.config(settings.seed), class: side.wanted_class() };
        let sides = settings.sides.iter().map(side).collect();
        FilmRequest { model, images: settings.images, sides, given }
    }

    /// Asks the threads for what is not there yet.
    pub(super) fn ask(&mut self, ctx: &Context) {
        let model = self.status.model.clone();
        if let Some(model) = &model {
            let classes = model.classes.len();
            for side in self.settings.sides.iter_mut().filter(|_| !self.status.loading) {
                side.class = side.class.filter(|class| *class < classes);
            }
        }
        // Tokens are given to the model that is asked for, not to the one that still answers, whose images may have another
        // size than what is given.
        let model = model.filter(|_| self.status.which.as_ref() == Some(&self.request(None).model));
        if let Some(model) = model.as_ref().filter(|_| self.infill.on) {
            self.ask_picture(model);
        }
        let given = model.as_ref().and_then(|model| self.infill.tokens(&model.tokenizer));
        // While a picture is on its way nothing is sampled that would be thrown away.
        let waits = self.infill.on && given.is_none() && self.infill_problem.is_none() && model.is_some();
        let wanted = self.request(given);
        let known = self.asked.as_ref().is_some_and(|(asked, _)| *asked == wanted);
        if !known && !waits {
            self.asked = Some((wanted.clone(), Instant::now()));
            self.films.ask(wanted);
            self.status.busy = true;
            ctx.request_repaint_after(PATIENCE);
        }
        self.ask_thoughts();
    }

    /// The set the model knows.
    pub(super) fn set_of(&self, model: &crate::model::sequence::ImageModel) -> WhichSet {
        let (source, seed) = model.data.clone();
        WhichSet { source, seed, side: model.tokenizer.side() }
    }

    pub(super) fn ask_picture(&mut self, model: &crate::model::sequence::ImageModel) {
        let set = self.set_of(model);
        self.infill.set_side(set.side);
        let wanted = (self.infill.base.clone(), set.clone());
        if self.asked_picture.as_ref() == Some(&wanted) {
            return;
        }
        self.infill_problem = None;
        match &self.infill.base {
            Base::Data(index) => self.pictures.ask(SetQuestion::Picture { set, index: *index }),
            Base::File(file) => self.pictures.ask(SetQuestion::File(file.clone(), set.side)),
            Base::Sample => {
                // The one that was taken is gone with its size; which sample comes next is for the user to say.
                let taken = self.asked_picture.as_ref().filter(|(base, _)| *base == Base::Sample);
                let fits = taken.is_none_or(|(_, of)| of.side == set.side);
                let other = "the sample has another size than the images now: take another picture";
                let problem = match self.sample() {
                    None if fits => Some("the sample is not finished yet"),
                    // Else the walls would wait for it for ever.
                    Some(pixels) if fits => (!self.infill.set_pixels(pixels)).then_some(other),
                    _ => Some(other),
                };
                self.infill_problem = problem.map(str::to_owned);
            }
        }
        self.asked_picture = Some(wanted);
    }

    /// The image shown large at its end, \[R, R, 3\].
    pub(super) fn sample(&self) -> Option<Vec<u8>> {
        let picked = self.settings.picked.unwrap_or(0);
        Some(self.finished(picked..picked + 1)?.pop()?.1)
    }

    /// Looks for the images to train on that the sample shown large is like, or every one of its wall.
    pub(super) fn find_nearest(&mut self, whole_wall: bool) {
        let picked = self.settings.picked.unwrap_or(0);
        let images = if whole_wall { 0..self.settings.images } else { picked..picked + 1 };
        if let (Some(model), Some(samples)) = (self.status.model.clone(), self.finished(images)) {
            let tokenizer = model.tokenizer.clone();
            self.searches_wall = whole_wall;
            self.searched = self.settings.sides.chosen();
            self.searcher.ask(SetQuestion::Nearest { set: self.set_of(&model), samples, tokenizer });
        }
    }

    /// Images of the wall that is set, by their numbers, as they are at its end: \[R, R, 3\] each.
    fn finished(&self, images: Range<usize>) -> Option<Vec<(usize, Vec<u8>)>> {
        let film = self.views.get(self.settings.sides.chosen())?.film.clone()?;
        let reel = film.lock();
        reel.end()?;
        let n = film.tokenizer.tokens();
        let states = reel.trace().states(reel.trace().frames().len().checked_sub(1)?);
        let pixels = |image: usize| film.tokenizer.decode(states.get(image * n..(image + 1) * n)?).ok();
        images.map(|image| Some((image, pixels(image)?))).collect()
    }

    pub(super) fn ask_thoughts(&mut self) {
        let question = |view: &SideView| {
            let film = view.film.clone()?;
            let image = self.settings.picked.filter(|picked| *picked < film.count)?;
            Some(ThoughtQuestion { film, image, frame: view.shown.frame? })
        };
        let wanted: Vec<ThoughtQuestion> = self.views.iter().filter_map(question).collect();
        // One after the other: a question that is always given up for the next is never answered.
        if wanted != self.asked_thoughts && !self.thinker.has_more() {
            self.asked_thoughts.clone_from(&wanted);
            if wanted.is_empty() {
                self.layers.iter_mut().for_each(|view| view.thought = None);
            } else {
                self.thinker.ask(wanted);
            }
        }
    }

    /// Keeps the first images of the wall of A, once it is finished, if it is of a network in training.
    fn keep_early(&mut self) {
        let Some(version) = self.trained.as_ref().map(|(_, version)| *version) else { return };
        let Some(film) = self.status.films.first().cloned().flatten() else { return };
        // At rest the films are of the model that answers.
        let is_of_it = matches!(&self.status.which, Some(WhichModel::Trained(_, of)) if *of == version);
        let run = self.trained_run;
        let known = self.run_log.get_mut(run).is_none_or(|run| run.early.has(version));
        if !is_of_it || self.status.busy || known || self.infill.on {
            return;
        }
        let reel = film.lock();
        let frames = reel.trace().frames().len();
        if reel.end().is_none() || frames == 0 {
            return;
        }
        let count = film.count.min(IN_ROW);
        let tokenizer = &film.tokenizer;
        let states = reel.trace().states(frames - 1);
        let states = states.get(..count * tokenizer.tokens()).unwrap_or_default();
        let picture = Wall::row(tokenizer, count).pixels(states);
        drop(reel);
        if let (Ok(picture), Some(card)) = (picture, self.run_log.get_mut(run)) {
            card.early.take(version, self.trained_images, picture);
            self.keep_notes(run);
        }
    }

    /// The name and the early samples of a run stay with it.
    pub(super) fn keep_notes(&mut self, run: u64) {
        if let Some(notes) = self.run_log.notes(run) {
            self.trainer.order(vec![notes]);
        }
    }

    pub(super) fn follow_training(&mut self) {
        self.training = self.trainer.status();
        self.run_log.follow(&self.training);
        // A step back may ask for a network that is gone.
        let ended = matches!(self.training.state, TrainState::Idle | TrainState::Failed(_));
        if self.settings.trained && ended && !self.training.starting && self.training.own.model.is_none() {
            self.settings.trained = false;
            self.steps.absorb(|state| state.settings.trained = false);
        }
        self.keep_early();
        // A newer network is taken up once the walls of the last one are finished: else none ever would be.
        if !self.status.busy || self.trained.is_none() || self.training.own.model.is_none() {
            self.trained = self.training.own.model.clone().map(|model| (model, self.training.version));
            (self.trained_run, self.trained_images) = (self.training.run, self.training.shown);
        }
        if let (number, Some(report)) = self.training.report.clone()
            && number > self.reported
        {
            self.reported = number;
            self.messages.tell(self.picker.take_place(), report);
        }
    }

    /// Takes what the threads have found.
    pub(super) fn take_answers(&mut self) {
        if let Some(answer) = self.thinker.take() {
            self.thought_problem = answer.as_ref().err().cloned();
            let sides = self.views.len();
            self.layers.resize_with(sides, LayerView::default);
            for thought in answer.unwrap_or_default() {
                let side = self.views.iter().position(|view| {
                    view.film.as_ref().is_some_and(|film| Arc::ptr_eq(film, &thought.question.film))
                });
                if let Some(side) = side {
                    self.layers[side].take(thought);
                }
            }
        }
        if let Some(answer) = self.searcher.take() {
            self.neighbours = Some(answer);
        }
        match self.pictures.take() {
            // Its question was given up for a sample, which is asked of nobody.
            Some(_) if self.infill.base == Base::Sample => {}
            // One of another size answers a question that has been asked anew since.
            Some(Ok(SetAnswer::Picture(pixels))) => {
                if self.infill.set_pixels(pixels) {
                    self.given_of = Some(self.infill.base.clone());
                }
            }
            Some(Ok(_)) | None => {}
            Some(Err(why)) => {
                self.say(Tone::Error, why.clone());
                match self.given_of.clone().filter(|_| self.infill.pixels().is_some()) {
                    // What was given before still is.
                    Some(before) => {
                        if let Some((asked, _)) = &mut self.asked_picture {
                            *asked = before.clone();
                        }
                        self.infill.base = before;
                    }
                    None => self.infill_problem = Some(why),
                }
            }
        }
    }
}
