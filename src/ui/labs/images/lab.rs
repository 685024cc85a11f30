//! The image lab as a whole: it holds the settings, asks the threads for what they change, and lays out the walls.

mod asking;
mod center;
mod exports;
mod files;
mod films;
mod panels;

use super::exporting::ImageExport;
use super::films::Film;
use super::infill::Infill;
use super::layers::LayerView;
use super::looks::Looks;
use super::needs::Needs;
use super::questions::{SetAnswer, SetQuestion, Sets, Thought, ThoughtQuestion, WhichSet, think};
use super::runs::ImageRuns;
use super::sampler_thread::{FilmRequest, FilmStatus, FilmThread};
use super::steps::{State, Steps};
use super::walls::SideView;
use crate::experiment::Preset;
use crate::experiment::images::Base;
use crate::experiment::images::{ImageSettings, Region};
use crate::train::TrainState;
use crate::train::sequence::{ImageJob, ImageTrainStatus, ImageTrainerThread};
use crate::ui::export::ExportDialog;
use crate::ui::files::FilePicker;
use crate::ui::job::Worker;
use crate::ui::lab::Surroundings;
use crate::ui::messages::Messages;
use crate::ui::panels::{PanelSide, bottom_panel, middle, side_panel};
use crate::ui::shortcuts::Command;
use crate::ui::texture::Texture;
use crate::ui::timeline::{Clock, KAPPA, Playback, timeline};
use crate::ui::widgets::Tone;
use crate::view::sequence::LoggedRun;
use egui::Ui;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A new film is shown from its beginning if it has not come to the play-head after this time.
const PATIENCE: Duration = Duration::from_millis(700);

/// What the right panel shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RightPanel {
    Plots,
    Training,
    Measured,
}

/// The lab.
pub struct ImageLab {
    settings: ImageSettings,
    pub(super) steps: Steps,
    /// Moves the play-head.
    pub clock: Clock,
    pub(super) playback: Playback,
    films: FilmThread,
    status: FilmStatus,
    asked: Option<(FilmRequest, Instant)>,
    views: Vec<SideView>,
    layers: Vec<LayerView>,
    thinker: Worker<Vec<ThoughtQuestion>, Vec<Thought>>,
    asked_thoughts: Vec<ThoughtQuestion>,
    /// What the walls show instead of tokens.
    looks: Looks,
    thought_problem: Option<String>,
    searcher: Worker<SetQuestion, SetAnswer>,
    neighbours: Option<Result<SetAnswer, String>>,
    /// Whether those of a whole wall were asked for last.
    searches_wall: bool,
    /// And the side that it was looked for on.
    searched: usize,
    neighbour_pictures: Vec<Texture<Vec<u8>>>,
    pictures: Worker<SetQuestion, SetAnswer>,
    infill: Infill,
    /// The picture that was asked for last.
    asked_picture: Option<(Base, WhichSet)>,
    infill_problem: Option<String>,
    /// Whose pixels the picture of which a part is given has.
    given_of: Option<Base>,
    canvas: Texture<Vec<u8>>,
    /// Curves of the films, and how many steps they have.
    runs: Vec<Option<(Arc<Film>, Arc<LoggedRun>)>>,
    trainer: ImageTrainerThread,
    training: ImageTrainStatus,
    /// The network in training that is sampled from, and which of its versions.
    trained: Option<(Arc<crate::model::sequence::ImageModel>, u64)>,
    /// Of which run it is, and how many images it had seen.
    trained_run: u64,
    trained_images: u64,
    /// The runs that are kept, with what was sampled from their networks.
    run_log: ImageRuns,
    /// What the next run needs.
    needs: Needs,
    /// The last report of the trainer that was said.
    reported: u64,
    /// What the right panel shows.
    panel: RightPanel,
    picker: FilePicker,
    /// Whether the folder that is being chosen is of images to train on, not of those that a model knows.
    folder_for_training: bool,
    /// What the file is for that is being named.
    pub(super) export: ExportDialog<ImageExport>,
    messages: Messages,
}

impl ImageLab {
    /// The lab with its threads; nothing is loaded before it is first drawn. Training runs are kept in `runs`.
    ///
    /// # Errors
    /// If the system gives no threads.
    pub fn new(
        window: &Surroundings,
        mut settings: ImageSettings,
        runs: Option<PathBuf>,
    ) -> anyhow::Result<Self> {
        let infill = settings.given.take().map_or_else(Infill::default, |kept| Infill::resumed(&kept));
        let wake = || {
            let wake = window.wake.clone();
            move || wake.wake()
        };
        let sets = Arc::new(Sets::default());
        let answering = |sets: &Arc<Sets>| {
            let sets = sets.clone();
            move |question: SetQuestion, go_on: &(dyn Fn() -> bool + Sync)| sets.answer(question, go_on)
        };
        Ok(Self {
            steps: Steps::new(State { settings: settings.clone(), infill: infill.clone(), asked: None }),
            settings,
            clock: Clock::default(),
            playback: Playback { t: 0.0, playing: true },
            films: FilmThread::of_models(&window.device, wake())?,
            status: FilmStatus::default(),
            asked: None,
            views: Vec::new(),
            layers: Vec::new(),
            thinker: Worker::answering("thoughts", wake(), think)?,
            asked_thoughts: Vec::new(),
            looks: Looks::start(wake())?,
            thought_problem: None,
            searcher: Worker::answering("neighbours", wake(), answering(&sets))?,
            neighbours: None,
            searches_wall: false,
            searched: 0,
            neighbour_pictures: Vec::new(),
            pictures: Worker::answering("pictures", wake(), answering(&sets))?,
            infill,
            asked_picture: None,
            infill_problem: None,
            given_of: None,
            canvas: Texture::default(),
            runs: Vec::new(),
            trainer: ImageTrainerThread::start(&window.device, runs, wake())?,
            training: ImageTrainStatus::default(),
            trained: None,
            trained_run: 0,
            trained_images: 0,
            run_log: ImageRuns::default(),
            needs: Needs::on(window.arrays, window.has_half),
            reported: 0,
            panel: RightPanel::Plots,
            picker: FilePicker::default(),
            folder_for_training: false,
            export: ExportDialog::default(),
            messages: window.messages.clone(),
        })
    }

    /// All that is set, as it can be written to a file and read again.
    pub fn storable(&self) -> ImageSettings {
        // The network in training is gone with the program.
        ImageSettings { trained: false, given: self.infill.kept(), ..self.settings.clone() }
    }

    /// What the walls show, one a side.
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

    /// Takes over a preset, and plays it from the start.
    pub fn apply(&mut self, preset: &Preset<ImageSettings, Region>) {
        self.steps.name_next(format!("preset “{}”", preset.title));
        self.settings = preset.settings(self.settings.seed);
        self.infill = Infill::default();
        if let Some(region) = preset.opens {
            self.infill.on = true;
            self.infill.give(region);
        }
        (self.asked_picture, self.infill_problem) = (None, None);
        self.playback = Playback { t: 0.0, playing: true };
    }

    /// Takes over settings that come from `what`, a file, and plays them from the start.
    pub fn take_over(&mut self, what: impl Into<String>, mut settings: ImageSettings) {
        self.steps.name_next(what);
        self.infill = settings.given.take().map_or_else(Infill::default, |kept| Infill::resumed(&kept));
        self.settings = settings;
        (self.asked_picture, self.infill_problem) = (None, None);
        self.playback = Playback { t: 0.0, playing: true };
    }

    /// Whether nothing moves by itself: time stands, no thread works or has anything to do.
    pub fn is_settled(&self) -> bool {
        let shown = self.views.iter().zip(&self.status.films).all(|(view, film)| match (&view.film, film) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b) && b.lock().end().is_some(),
            (None, None) => true,
            _ => false,
        });
        let asked = self.asked.as_ref().is_some_and(|(asked, _)| *asked == self.request(self.asked_given()));
        let no_picture = self.infill_problem.is_some() || self.status.error.is_some();
        let has_picture = !self.infill.on || self.infill.pixels().is_some() || no_picture;
        let rests = self.training.state != TrainState::Running && !self.training.starting;
        rests
            && asked
            && !self.status.busy
            && shown
            && !self.thinker.has_more()
            && !self.looks.has_more()
            && !self.pictures.has_more()
            && has_picture
            && self.export.is_settled()
    }

    /// Why a wall can't show what it should, if so.
    pub fn problem(&self) -> Option<String> {
        let side = self.status.errors.iter().flatten().next().cloned();
        self.status
            .error
            .clone()
            .or(side)
            .or_else(|| self.infill_problem.clone())
            .or_else(|| self.thought_problem.clone())
            .or_else(|| self.looks.problem.clone())
    }

    /// Carries out what a key or a button of the window asks for; false if it is none of its commands.
    pub fn command(&mut self, command: Command) -> bool {
        match command {
            Command::Undo | Command::Redo => {
                let state = if command == Command::Undo { self.steps.undo() } else { self.steps.redo() };
                if let Some(state) = state {
                    self.restore(state);
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

    /// Begins a run with the present settings, and samples from it.
    fn new_run(&mut self) {
        let own = self.settings.training.clone();
        if let Some(why) = self.needs.refusal(&own) {
            self.panel = RightPanel::Training;
            return self.say(Tone::Error, why);
        }
        self.trainer.train(ImageJob::Fresh {
            data: own.data,
            tokens: own.tokens,
            side: own.side,
            source: own.source,
            net: own.net,
            width: own.width,
            config: own.config,
            mirror: own.mirror,
        });
        (self.panel, self.settings.trained) = (RightPanel::Training, true);
    }

    /// Sets everything as it was.
    fn restore(&mut self, State { settings, infill, asked }: State) {
        // A picture that was still on its way, or whose answer another one would take, is asked for again; a sample that is
        // remembered is not taken anew.
        let is_there =
            infill.pixels().is_some() && (infill.base == Base::Sample || !self.pictures.has_more());
        (self.asked_picture, self.infill_problem) = (asked.filter(|_| is_there), None);
        (self.settings, self.infill) = (settings, infill);
    }

    /// Whether there are several walls.
    pub fn is_comparing(&self) -> bool {
        self.settings.sides.is_compared()
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
        let scheduler = self.settings.sides[0].scheduler();
        self.clock.advance(&ctx, &mut self.playback, self.settings.pace, scheduler);
        self.follow();

        side_panel(ui, PanelSide::Left, false, |ui| self.left(ui));
        bottom_panel(ui, |ui| {
            let (times, now) = (self.times(), self.now());
            timeline(ui, &mut self.settings.pace, scheduler, &mut self.playback, (&times, &now, KAPPA));
        });
        side_panel(ui, PanelSide::Right, false, |ui| self.right(ui));
        middle(ui, |ui| self.center(ui));
        let state = State {
            settings: self.settings.clone(),
            infill: self.infill.clone(),
            asked: self.asked_picture.clone(),
        };
        let (now, held) = ctx.input(|input| (input.time, input.pointer.any_down()));
        self.steps.watch(&state, now, held);
        self.ask(&ctx);
        self.export_dialog(&ctx);
    }
}

#[cfg(test)]
mod tests;
