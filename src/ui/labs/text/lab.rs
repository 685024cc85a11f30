//! The text lab as a whole: it holds the settings, asks the threads for what they change, and lays out the pages.

mod asking;
mod center;
mod exports;
mod panels;

use super::cells::{CellAnswer, CellQuestion, answer};
use super::exporting::TextExport;
use super::films::TextFilm;
use super::judge::{MeasureJob, measure_job};
use super::networks::Who;
use super::runs::TextRuns;
use super::sampler_thread::{TextRequest, TextStatus, TextThread};
use super::side_view::SideView;
use super::steps::Steps;
use super::studies::{CurveJob, TruthJob, curve_job, truth_job};
use crate::data::language::programs::Prompt;
use crate::data::language::{LanguageSpec, looks_like_words, read_words};
use crate::experiment::text::{Answers, LanguageCurve, TextSettings, Topic};
use crate::flow::Scheduler;
use crate::train::TrainState;
use crate::train::sequence::{TextJob, TextTrainStatus, TextTrainerThread};
use crate::ui::export::ExportDialog;
use crate::ui::files::FilePicker;
use crate::ui::job::Worker;
use crate::ui::lab::Surroundings;
use crate::ui::messages::Messages;
use crate::ui::panels::{PanelSide, bottom_panel, middle, side_panel};
use crate::ui::shortcuts::Command;
use crate::ui::timeline::{Clock, KAPPA, Playback, timeline};
use crate::ui::widgets::Tone;
use crate::view::sequence::LoggedRun;
use egui::Ui;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A new film is shown from its beginning if it has not come to the play-head after this time.
const PATIENCE: Duration = Duration::from_millis(700);

/// The lab.
pub struct TextLab {
    settings: TextSettings,
    pub(super) steps: Steps,
    /// Moves the play-head.
    pub clock: Clock,
    pub(super) playback: Playback,
    films: TextThread,
    status: TextStatus,
    asked: Option<(TextRequest, Instant)>,
    views: Vec<SideView>,
    /// What happened along the films.
    runs: Vec<Option<(Arc<TextFilm>, Arc<LoggedRun>)>>,
    /// What is known of the token that is looked at.
    cells: Worker<Vec<CellQuestion>, Vec<CellAnswer>>,
    asked_cells: Vec<CellQuestion>,
    cell_answers: Vec<Option<CellAnswer>>,
    /// Measures languages.
    curves: CurveJob,
    curve: Option<(LanguageSpec, Option<usize>, Arc<LanguageCurve>)>,
    /// The network that it is of, too, if of any.
    curve_model: Option<u64>,
    curve_problem: Option<String>,
    /// The best schedulers of the language by steps.
    best: Vec<(usize, Scheduler)>,
    /// Measures samplers.
    truths: TruthJob,
    measures: MeasureJob,
    /// What tasks for programs show.
    prompt: Prompt,
    trainer: TextTrainerThread,
    training: TextTrainStatus,
    /// The runs that are kept.
    run_log: TextRuns,
    /// The newest networks in training that are taken up: one that denoises, and one that writes from left to right.
    trained: [Option<Who>; 2],
    /// The last message of the trainer that was passed on.
    reported: u64,
    /// What the right panel shows.
    topic: Topic,
    /// The stroke on the large text, while there is one.
    stroke: Option<center::PageStroke>,
    picker: FilePicker,
    pub(super) export: ExportDialog<TextExport>,
    messages: Messages,
}

impl TextLab {
    /// The lab with its threads; nothing is made before it is first drawn.
    ///
    /// # Errors
    /// If the system gives no threads.
    pub fn new(window: &Surroundings, settings: TextSettings, runs: Option<PathBuf>) -> anyhow::Result<Self> {
        let wake = || {
            let wake = window.wake.clone();
            move || wake.wake()
        };
        Ok(Self {
            steps: Steps::new(settings.clone()),
            settings,
            clock: Clock::default(),
            playback: Playback { t: 0.0, playing: true },
            films: TextThread::of_languages(&window.device, wake())?,
            status: TextStatus::default(),
            asked: None,
            views: Vec::new(),
            runs: Vec::new(),
            cells: Worker::answering("tokens", wake(), answer)?,
            asked_cells: Vec::new(),
            cell_answers: Vec::new(),
            curves: curve_job(wake())?,
            curve: None,
            curve_model: None,
            curve_problem: None,
            best: Vec::new(),
            truths: truth_job(wake())?,
            measures: measure_job(wake())?,
            prompt: Prompt::Docstring,
            trainer: TextTrainerThread::start(&window.device, runs, wake())?,
            training: TextTrainStatus::default(),
            run_log: TextRuns::default(),
            trained: [None, None],
            reported: 0,
            topic: Topic::Now,
            stroke: None,
            picker: FilePicker::default(),
            export: ExportDialog::default(),
            messages: window.messages.clone(),
        })
    }

    /// All that is set.
    pub fn settings(&self) -> &TextSettings {
        &self.settings
    }

    /// What the pages show, one a side.
    pub fn views(&self) -> &[SideView] {
        &self.views
    }

    /// Where the timeline is: t in \[0, 1\], and whether it moves.
    pub fn time(&self) -> (f64, bool) {
        (self.playback.t, self.playback.playing)
    }

    /// Sets the timeline.
    pub fn set_time(&mut self, t: f64, playing: bool) {
        self.playback = Playback { t, playing };
    }

    /// Says something over the views.
    pub fn say(&self, tone: Tone, message: String) {
        self.messages.say(tone, message);
    }

    /// Takes over settings that come from `what`, and plays them from the start.
    pub fn take_over(&mut self, what: impl Into<String>, settings: TextSettings) {
        self.steps.name_next(what);
        // A preset without a docstring is about tasks without.
        let is_hidden = settings.given_text().is_some_and(|given| given.starts_with('?'));
        self.prompt = if is_hidden { Prompt::Examples } else { Prompt::Docstring };
        self.settings = settings;
        self.playback = Playback { t: 0.0, playing: true };
    }

    /// Shows something beside the pages.
    pub fn look_at(&mut self, topic: Topic) {
        self.topic = topic;
    }

    /// Takes a text or a list of words.
    pub fn use_file(&mut self, file: PathBuf) {
        // A list of words of one length, or else any text.
        let language = match read_words(&file) {
            Ok(words) if words.len() > 1 => LanguageSpec::Words(Some(file)),
            read => {
                if let Some(why) = read.err().filter(|_| looks_like_words(&file)) {
                    self.say(Tone::Warning, format!("{why}; it is read as a text, by four letters"));
                }
                LanguageSpec::Ngram { order: 4, file: Some(file) }
            }
        };
        let before = std::mem::replace(&mut self.settings.language, language);
        self.settings.follow_language(&before);
        self.playback = Playback { t: 0.0, playing: true };
    }

    /// Takes a network from a file.
    pub(super) fn use_network(&mut self, file: PathBuf) {
        let name = file.display().to_string();
        match self.settings.sides.here().answers {
            Answers::Twin => self.settings.twin = Some(name),
            _ => {
                self.settings.network = Some(name);
                self.settings.sides.here_mut().answers = Answers::Network;
            }
        }
    }

    /// Whether nothing moves by itself: time stands, no thread works or has anything to do.
    pub fn is_settled(&self) -> bool {
        let shown = self.views.iter().zip(&self.status.films).all(|(view, film)| match (&view.film, film) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b) && b.lock().end().is_some(),
            (None, None) => true,
            _ => false,
        });
        let asked = self.asked.as_ref().is_some_and(|(asked, _)| *asked == self.request());
        let known = self.asked_cells == self.cell_questions();
        let rests = self.training.state != TrainState::Running && !self.training.starting;
        rests
            && asked
            && !self.status.busy
            && (shown || self.status.error.is_some())
            && known
            && !self.cells.has_more()
            && !self.curves.has_more()
            && !self.truths.is_busy()
            && !self.measures.is_busy()
            && self.export.is_settled()
    }

    /// Why a page can't show what it should, if so.
    pub fn problem(&self) -> Option<String> {
        let side = self.status.errors.iter().flatten().next().cloned();
        self.status.error.clone().or(side).or_else(|| self.curve_problem.clone())
    }

    /// Carries out what a key or a button of the window asks for; false if it is none of its commands.
    pub fn command(&mut self, command: Command) -> bool {
        match command {
            Command::Undo | Command::Redo => {
                let state = if command == Command::Undo { self.steps.undo() } else { self.steps.redo() };
                if let Some(settings) = state {
                    self.settings = settings;
                }
            }
            Command::Compare => self.settings.sides.compare(),
            Command::Train if self.training.state == TrainState::Running => self.trainer.run(false),
            Command::Train if self.training.state == TrainState::Paused => self.trainer.run(true),
            Command::Train => self.new_run(),
            Command::OtherSide => self.settings.sides.choose(self.settings.sides.next()),
            _ => {
                let times = self.times();
                return self.playback.command(command, &times);
            }
        }
        true
    }

    /// Begins a run with the present settings.
    pub(super) fn new_run(&mut self) {
        let training = self.settings.training.clone();
        let tokens = self.status.lexicon.as_ref().map(|(_, lexicon)| lexicon.language.tokens);
        let mut config = training.config;
        config.prompts = vec![training.prompt];
        config.seed = self.settings.seed;
        self.trainer.train(TextJob::Fresh {
            source: self.settings.learns(),
            tokens,
            flow: training.source,
            causal: training.causal,
            size: training.size,
            config,
        });
        self.topic = Topic::Training;
    }

    /// Samples the side that is being set from the network in training.
    fn sample_trained(&mut self) {
        let causal = self.training.own.settings.as_ref().is_some_and(|run| run.network.causal);
        let source = self.training.own.settings.as_ref().map(|run| run.network.source);
        let side = self.settings.sides.here_mut();
        if causal {
            (side.answers, self.settings.twin) = (Answers::Twin, None);
        } else {
            side.answers = Answers::Network;
            side.source = source.unwrap_or(side.source);
            self.settings.network = None;
        }
    }

    /// The steps of the first side.
    fn times(&self) -> Vec<f64> {
        let film = self.views.first().and_then(|view| view.film.as_ref());
        film.map_or_else(|| vec![0.0, 1.0], |film| film.lock().times())
    }

    /// Draws the whole lab and keeps it running.
    pub fn ui(&mut self, ui: &mut Ui) {
        let ctx = ui.ctx().clone();
        self.take_files();
        self.take_answers();
        self.follow_training();
        let scheduler = self.scheduler(0);
        self.clock.advance(&ctx, &mut self.playback, self.settings.pace, scheduler);
        self.follow();

        side_panel(ui, PanelSide::Left, false, |ui| self.left(ui));
        bottom_panel(ui, |ui| {
            let (times, now) = (self.times(), self.now());
            let places = self.places(&now);
            timeline(ui, &mut self.settings.pace, scheduler, &mut self.playback, (&times, places, KAPPA));
        });
        side_panel(ui, PanelSide::Right, false, |ui| self.right(ui));
        middle(ui, |ui| self.center(ui));
        let (now, held) = ctx.input(|input| (input.time, input.pointer.any_down()));
        self.steps.watch(&self.settings, now, held);
        self.ask(&ctx);
        self.export_dialog(&ctx);
    }

    /// Files from dialogs.
    fn take_files(&mut self) {
        while let Some(file) = self.picker.next() {
            match file {
                Ok((crate::ui::files::Purpose::Figure(_), file)) => self.export.write(file),
                Ok((crate::ui::files::Purpose::Save, file)) => self.trainer.save(file, false),
                Ok((crate::ui::files::Purpose::Open, file)) => self.use_network(file),
                Ok((_, file)) => self.use_file(file),
                Err(why) => self.say(Tone::Error, why),
            }
        }
    }
}

#[cfg(test)]
mod tests;
