//! What the lab asks of its threads, and what they have found.

use super::{PATIENCE, TextLab};
use crate::data::language::LanguageSpec;
use crate::experiment::text::{Answers, Reading, TaughtNetwork, TextSide, Topic, best_scheduler, called};
use crate::experiment::{along, time_at};
use crate::flow::{Scheduler, SequenceSource};
use crate::model::sequence::TextNetwork;
use crate::ui::films::{comes, logged};
use crate::ui::job::Status;
use crate::ui::labs::text::arranged::lay_out;
use crate::ui::labs::text::cells::CellQuestion;
use crate::ui::labs::text::films::TextFilm;
use crate::ui::labs::text::judge::{MeasureQuestion, Measuring, Whose};
use crate::ui::labs::text::networks::Who;
use crate::ui::labs::text::sampler_thread::{TextAsk, TextRequest};
use crate::ui::labs::text::side_view::SideView;
use crate::ui::labs::text::studies::{CurveQuestion, TruthQuestion, Truths};
use crate::ui::timeline::Places;
use crate::ui::widgets::Tone;
use crate::view::sequence::LoggedRun;
use egui::Context;
use std::sync::Arc;
use std::time::Instant;

impl TextLab {
    /// As many pages as there are settings.
    pub(super) fn fit_sides(&mut self) {
        let sides = self.settings.sides.len();
        self.views.resize_with(sides, SideView::default);
        self.runs.resize_with(sides, || None);
        self.cell_answers.resize_with(sides, || None);
    }

    /// The information curve of the language that is set, once it is known.
    pub(super) fn language_curve(&self) -> Option<&Arc<crate::experiment::text::LanguageCurve>> {
        let settings = &self.settings;
        let is_of_it =
            |(spec, tokens, _): &&(_, _, _)| (spec, tokens) == (&settings.language, &settings.tokens);
        self.curve.as_ref().filter(is_of_it).map(|(.., curve)| curve)
    }

    /// The best scheduler of a side, where it asks for that and it is known.
    pub(super) fn best_of(&self, side: &TextSide) -> Option<Scheduler> {
        self.language_curve()?;
        let known = self.best.iter().find(|(steps, _)| *steps == side.sampler.steps);
        known.map(|(_, scheduler)| *scheduler).filter(|_| side.steps_best())
    }

    /// How fast a side walks.
    pub(super) fn scheduler(&self, side: usize) -> Scheduler {
        let side = self.settings.sides.side(side);
        side.config(self.settings.seed, self.best_of(side)).walks_by()
    }

    /// Whether pages are shown after as many evaluations.
    fn races(&self) -> bool {
        self.settings.race && self.settings.sides.is_compared()
    }

    /// What the timeline says of where the pages are: in a race the evaluations that each may have cost by now, and how far it
    /// has come with them.
    pub(super) fn places<'a>(&self, now: &'a [[f64; 2]]) -> Places<'a> {
        if !self.races() {
            return Places::Together(now);
        }
        let cost = self.playback.t * self.dearest();
        let each = self.views.iter().zip(now).map(|(view, [_, kappa])| match view.letters() {
            Some([written, all]) => format!("{written}/{all}"),
            None => format!("κ {kappa:.3}"),
        });
        Places::Apart("NFE", format!("{cost:.1}"), each.collect())
    }

    /// t and κ of each page where the timeline is: the same t, or along κ the same κ; in a race its own.
    pub(super) fn now(&self) -> Vec<[f64; 2]> {
        if self.races() {
            return self.views.iter().map(SideView::now).collect();
        }
        let axis = self.settings.pace.axis;
        let position = along(axis, self.scheduler(0), self.playback.t);
        let of = |side: usize| {
            let scheduler = self.scheduler(side);
            let t = time_at(axis, scheduler, position);
            [t, scheduler.kappa(t)]
        };
        (0..self.settings.sides.len()).map(of).collect()
    }

    /// Who answers.
    fn who(&self, answers: Answers) -> Who {
        let trained = match answers {
            Answers::Exact | Answers::Joint => return Who::Exact,
            Answers::Network => &self.trained[0],
            Answers::Twin => &self.trained[1],
        };
        match (self.settings.network_of(answers), trained) {
            (Some(name), _) => Who::Named(name.to_owned()),
            (None, Some(trained)) => trained.clone(),
            (None, None) => Who::Nobody,
        }
    }

    /// Follows the trainer.
    pub(super) fn follow_training(&mut self) {
        self.training = self.trainer.status();
        self.run_log.follow(&self.training);
        // A newer network is taken up once the pages of the last one are finished: else none ever would be.
        if let Some(network) = self.training.own.model.clone().filter(|_| !self.status.busy) {
            let place = usize::from(network.config.causal);
            let prompts = self.training.own.settings.as_ref().map(|run| run.config.prompts.clone());
            let network =
                TaughtNetwork { network: TextNetwork::clone(&network), prompts: prompts.unwrap_or_default() };
            self.trained[place] = Some(Who::Trained(Arc::new(network), self.training.version));
        }
        if let (number, Some(report)) = self.training.report.clone()
            && number > self.reported
        {
            self.reported = number;
            self.messages.tell(self.picker.take_place(), report);
        }
    }

    /// What is to be sampled.
    pub(super) fn request(&self) -> TextRequest {
        let of = |side: &TextSide| {
            let best = self.best_of(side);
            let who = self.who(side.answers);
            (best.is_some() || !side.steps_best()).then_some(TextAsk { side: *side, best, who })
        };
        TextRequest {
            reading: Reading::of(&self.settings),
            sides: self.settings.sides.iter().map(of).collect(),
        }
    }

    /// Asks the threads for what is not there yet.
    pub(super) fn ask(&mut self, ctx: &Context) {
        self.find_best();
        let wanted = self.request();
        if self.asked.as_ref().is_none_or(|(asked, _)| *asked != wanted) {
            self.asked = Some((wanted.clone(), Instant::now()));
            self.films.ask(wanted);
            self.status.busy = true;
            ctx.request_repaint_after(PATIENCE);
        }
        self.ask_cells();
        self.ask_studies();
    }

    /// The best schedulers that are asked for.
    fn find_best(&mut self) {
        let Some(curve) = self.language_curve().cloned() else {
            self.best.clear();
            return;
        };
        let asked = self.settings.sides.iter().filter(|side| side.steps_best());
        let missing: Vec<usize> = asked
            .map(|side| side.sampler.steps)
            .filter(|steps| !self.best.iter().any(|(known, _)| known == steps))
            .collect();
        for steps in missing {
            // Such a table always is one.
            if let Ok(scheduler) = best_scheduler(&curve.curve, steps) {
                self.best.push((steps, scheduler));
            }
        }
        // A drag leaves many behind.
        let excess = self.best.len().saturating_sub(64);
        self.best.drain(..excess);
    }

    fn ask_studies(&mut self) {
        let Some((reading, lexicon)) = self.status.lexicon.clone() else { return };
        let is_of_it =
            (&reading.language, &reading.tokens) == (&self.settings.language, &self.settings.tokens);
        let wants_curve = matches!(self.topic, Topic::Areas | Topic::Truth)
            || self.settings.sides.iter().any(TextSide::steps_best);
        let known = self.language_curve().is_some();
        let network = self.network_that_answers();
        // A network that is being trained is another one every few seconds: one after the other.
        let is_news = network.as_ref().map(|film| film.model) != self.curve_model && !self.curves.has_more();
        if is_of_it && wants_curve && (!known || is_news) {
            let of = (reading.language.clone(), reading.tokens);
            if self.curves.ask_anew(CurveQuestion { lexicon: lexicon.clone(), of, network }) {
                self.curve_problem = None;
            }
        }
        if is_of_it
            && self.topic == Topic::Truth
            && reading == Reading::of(&self.settings)
            && let Some(curve) = self.language_curve().cloned()
        {
            self.truths.ask_anew(TruthQuestion { lexicon, reading, curve });
        }
    }

    /// What is known of samplers in the language that is set, with as many texts.
    pub(super) fn known_truths(&self) -> Truths {
        let reading = Reading::of(&self.settings);
        let of_it = |(of, known): &(Reading, Truths)| (*of == reading).then(|| known.clone());
        self.truths.look(|truths| truths.said.as_ref().and_then(of_it)).unwrap_or_default()
    }

    /// The run of the network that answers about masked tokens, where its curve is shown: on the side that is being set, or else on
    /// the first one where one does.
    pub(super) fn network_that_answers(&self) -> Option<Arc<TextFilm>> {
        let sides = &self.settings.sides;
        let asks = |side: &usize| self.topic == Topic::Areas && sides[*side].answers == Answers::Network;
        let side = std::iter::once(sides.chosen()).chain(0..sides.len()).find(asks)?;
        let film = self.views.get(side)?.film.clone()?;
        (film.answering.is_network && film.denoiser.source() == SequenceSource::Mask).then_some(film)
    }

    /// Measures who answers on the side that is being set, once the pages show what is set.
    pub(super) fn measure(&mut self) {
        let Some((_, lexicon)) = self.status.lexicon.clone() else { return };
        let whose = self.whose();
        let called = called(&self.settings.sides);
        let film = |side: usize| {
            let film = self.views.get(side).filter(|view| !view.is_of_before)?.film.clone()?;
            Some((called.get(side)?.clone(), film))
        };
        let Some(films) = self.measured_sides().map(film).collect::<Option<Vec<_>>>() else {
            self.say(Tone::Warning, "measure once every page shows what is set".to_owned());
            return;
        };
        let (steps, seed) = (self.settings.sides.here().sampler.steps, self.settings.seed);
        self.measures.ask(MeasureQuestion { lexicon, films, prompt: self.prompt, steps, seed, whose });
    }

    /// The sides whose texts are measured, the one that [`Self::measured_side`] is first.
    fn measured_sides(&self) -> impl Iterator<Item = usize> + use<> {
        let (first, sides) = (self.measured_side(), self.settings.sides.len());
        std::iter::once(first).chain((0..sides).filter(move |other| *other != first))
    }

    /// Whose texts are measured: of the side that is being set; of programs, which the exact denoiser writes in any case, of a side
    /// beside it where a network answers there alone.
    pub(super) fn measured_side(&self) -> usize {
        let sides = &self.settings.sides;
        let is_code = self.settings.language == LanguageSpec::Programs;
        let of_network = || sides.iter().position(|side| side.answers.is_network());
        match is_code && !sides.here().answers.is_network() {
            true => of_network().unwrap_or(sides.chosen()),
            false => sides.chosen(),
        }
    }

    /// Whose texts would be measured now.
    pub(super) fn whose(&self) -> Whose {
        let Reading { language, tokens, texts, seed, .. } = Reading::of(&self.settings);
        let is_code = language == LanguageSpec::Programs;
        let writer = |side: usize| {
            let side = &self.settings.sides[side];
            (self.who(side.answers), side.source, side.answers.is_network())
        };
        let writers = self.measured_sides().map(writer).enumerate();
        let writers = writers.filter(|(n, (.., is_network))| *is_network || !is_code && *n == 0);
        let writers = writers.map(|(_, (who, source, _))| (who, source)).collect();
        let task = is_code.then(|| (self.prompt, self.settings.sides.here().sampler.steps));
        // Tasks are as many in any case.
        let texts = if is_code { 0 } else { texts };
        Whose { language, tokens, texts, seed, writers, task }
    }

    /// What is to be known of the token that is looked at.
    pub(super) fn cell_questions(&self) -> Vec<CellQuestion> {
        if self.settings.token.is_none() {
            return Vec::new();
        }
        let of = |view: &SideView| {
            let film = view.film.clone()?;
            let step = *film.lock().trace().frames().get(view.shown.frame?)?;
            Some(CellQuestion { text: self.settings.picked.min(film.count - 1), film, step })
        };
        self.views.iter().filter_map(of).collect()
    }

    fn ask_cells(&mut self) {
        let wanted = self.cell_questions();
        // One after the other: a question that is always given up for the next is never answered.
        if wanted != self.asked_cells && !self.cells.has_more() {
            self.asked_cells.clone_from(&wanted);
            if wanted.is_empty() {
                self.cell_answers.iter_mut().for_each(|answer| *answer = None);
            } else {
                self.cells.ask(wanted);
            }
        }
    }

    /// Takes what the threads have found.
    pub(super) fn take_answers(&mut self) {
        self.status = self.films.status();
        self.fit_sides();
        for answer in self.cells.take().and_then(Result::ok).unwrap_or_default() {
            let is_its =
                |view: &SideView| view.film.as_ref().is_some_and(|film| Arc::ptr_eq(film, &answer.of.film));
            if let Some(side) = self.views.iter().position(is_its) {
                self.cell_answers[side] = Some(answer);
            }
        }
        // Nobody waits for what is measured of another language.
        let of_another = |known: &mut Status<Measuring>| {
            known.busy && known.whose.as_ref().is_some_and(|whose| whose.language != self.settings.language)
        };
        if self.measures.look(of_another) {
            self.measures.stop();
        }
        match self.curves.take() {
            Some(Ok((question, curve))) => {
                self.curve_model = question.model();
                let (spec, tokens) = question.of;
                (self.curve, self.curve_problem) = (Some((spec, tokens, Arc::new(curve))), None);
                self.best.clear();
            }
            Some(Err(why)) => self.curve_problem = Some(why),
            None => {}
        }
    }

    /// Shows the newest films that have come far enough, at the place of the play-head.
    pub(super) fn follow(&mut self) {
        let axis = self.settings.pace.axis;
        let position = along(axis, self.scheduler(0), self.playback.t);
        let waited = self.waited();
        let wanted = self.request();
        for (side, view) in self.views.iter_mut().enumerate() {
            // Texts of another language are not shown as if they were of this one, nor those of whoever answered before.
            let has_failed = self.status.errors.get(side).is_some_and(Option::is_some);
            let is_of_it =
                |film: &TextFilm| film.lexicon.language.spec == self.settings.language && !has_failed;
            view.film = view.film.take().filter(|film| is_of_it(film));
            if let Some(Some(film)) = self.status.films.get(side)
                && is_of_it(film)
                && comes(view.film.as_ref(), film, waited, (axis, position))
            {
                view.load(film.clone());
            }
            view.go_to(axis, position);
            let asked = wanted.sides.get(side).and_then(Option::as_ref);
            let is_wanted = |film: &TextFilm| {
                film.of.0 == wanted.reading && asked.is_some_and(|asked| asked.is_like(&film.of.1))
            };
            view.is_of_before =
                self.status.error.is_some() || !view.film.as_ref().is_some_and(|film| is_wanted(film));
        }
        if self.races() {
            let cost = self.playback.t * self.dearest();
            self.views.iter_mut().for_each(|view| view.go_to_cost(cost));
        }
        lay_out(&mut self.views);
    }

    /// Evaluations a text of the page that costs most.
    fn dearest(&self) -> f64 {
        let cost = |view: &SideView| {
            let film = view.film.as_ref()?;
            let passes = film.lock().trace().records().last()?.passes;
            Some(passes as f64 / film.count.max(1) as f64)
        };
        self.views.iter().filter_map(cost).fold(0.0, f64::max)
    }

    /// Whether what is set was asked for some time ago: a moment of what was before is no matter while a slider is dragged.
    pub(super) fn waited(&self) -> bool {
        self.asked.as_ref().is_some_and(|(_, at)| at.elapsed() > PATIENCE)
    }

    /// Curves of the films that are shown.
    pub(super) fn curves_of(&mut self, words: &[String]) -> Vec<(usize, Arc<LoggedRun>, Arc<TextFilm>)> {
        let films = self.views.iter().zip(&mut self.runs).zip(words).enumerate();
        let failed = self.status.error.is_some();
        films
            .filter_map(|(side, ((view, known), words))| {
                let film = view.film.as_ref().filter(|_| !failed)?;
                Some((side, logged(known, film, (side, words)), film.clone()))
            })
            .collect()
    }
}
