//! The image lab as a whole: it holds the settings, asks the threads for what they change, and lays out the walls.

mod exports;
mod files;
mod panels;

use super::canvas::canvas;
use super::exporting::ImageExport;
use super::films::Film;
use super::infill::Infill;
use super::layers::{LayerView, layers};
use super::questions::{SetAnswer, SetQuestion, Sets, Thought, ThoughtQuestion, WhichSet, think};
use super::sampler_thread::{FilmRequest, FilmStatus, FilmThread, WhichModel};
use super::steps::{State, Steps};
use super::walls::{SideView, columns, wall};
use crate::experiment::along;
use crate::experiment::images::Base;
use crate::experiment::images::ImagePreset;
use crate::experiment::images::ImageSettings;
use crate::sampler::sequence::SequenceConfig;
use crate::train::TrainState;
use crate::train::sequence::{ImageJob, ImageTrainStatus, ImageTrainerThread};
use crate::ui::export::ExportDialog;
use crate::ui::files::FilePicker;
use crate::ui::job::Worker;
use crate::ui::lab::Surroundings;
use crate::ui::shortcuts::Command;
use crate::ui::texture::{Texture, ground};
use crate::ui::theme::{self, space};
use crate::ui::timeline::{Clock, Playback, timeline};
use crate::ui::widgets::Tone;
use crate::view::sequence::ImageRun;
use egui::{CentralPanel, Context, Frame, Margin, Panel, Rect, Ui};
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
    steps: Steps,
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
    thought_problem: Option<String>,
    searcher: Worker<SetQuestion, SetAnswer>,
    neighbours: Option<Result<SetAnswer, String>>,
    neighbour_pictures: Vec<Texture<Vec<u8>>>,
    pictures: Worker<SetQuestion, SetAnswer>,
    infill: Infill,
    /// The picture that was asked for last.
    asked_picture: Option<(Base, WhichSet)>,
    infill_problem: Option<String>,
    canvas: Texture<Vec<u8>>,
    /// Curves of the films, and how many steps they have.
    runs: Vec<Option<(Arc<Film>, Arc<ImageRun>)>>,
    trainer: ImageTrainerThread,
    training: ImageTrainStatus,
    /// The network in training that is sampled from, and which of its versions.
    trained: Option<(Arc<crate::model::sequence::ImageModel>, u64)>,
    /// The last report of the trainer that was said.
    reported: u64,
    /// What the right panel shows.
    panel: RightPanel,
    picker: FilePicker,
    /// Whether the folder that is being chosen is of images to train on, not of those that a model knows.
    folder_for_training: bool,
    /// What the file is for that is being named.
    export: ExportDialog<ImageExport>,
    message: Option<(Tone, String)>,
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
            films: FilmThread::of_models(wake())?,
            status: FilmStatus::default(),
            asked: None,
            views: Vec::new(),
            layers: Vec::new(),
            thinker: Worker::answering("thoughts", wake(), think)?,
            asked_thoughts: Vec::new(),
            thought_problem: None,
            searcher: Worker::answering("neighbours", wake(), answering(&sets))?,
            neighbours: None,
            neighbour_pictures: Vec::new(),
            pictures: Worker::answering("pictures", wake(), answering(&sets))?,
            infill,
            asked_picture: None,
            infill_problem: None,
            canvas: Texture::default(),
            runs: Vec::new(),
            trainer: ImageTrainerThread::start(runs, wake())?,
            training: ImageTrainStatus::default(),
            trained: None,
            reported: 0,
            panel: RightPanel::Plots,
            picker: FilePicker::default(),
            folder_for_training: false,
            export: ExportDialog::default(),
            message: None,
        })
    }

    /// All that is set, as it can be written to a file and read again.
    pub fn storable(&self) -> ImageSettings {
        // The network in training is gone with the program.
        ImageSettings { trained: false, given: self.infill.kept(), ..self.settings.clone() }
    }

    /// Where the timeline is: t in \[0, 1\], and whether it moves.
    pub fn time(&self) -> (f64, bool) {
        (self.playback.t, self.playback.playing)
    }

    /// Sets the timeline.
    pub fn set_time(&mut self, t: f64, playing: bool) {
        self.playback = Playback { t, playing };
    }

    /// Says something above the controls, until it is dismissed.
    pub fn say(&mut self, tone: Tone, message: String) {
        self.message = Some((tone, message));
    }

    /// Takes over a preset, and plays it from the start.
    pub fn apply(&mut self, preset: &ImagePreset) {
        self.steps.name_next(format!("preset “{}”", preset.title));
        self.settings = preset.settings(self.settings.seed);
        self.infill = Infill::default();
        if let Some(region) = preset.given {
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
            && !self.pictures.has_more()
            && has_picture
            && self.export.is_settled()
    }

    /// Whether a dialog of the lab is open, which has the keyboard.
    pub fn is_asking(&self) -> bool {
        self.export.is_open()
    }

    fn asked_given(&self) -> Option<Arc<crate::sampler::sequence::Given>> {
        self.asked.as_ref().and_then(|(asked, _)| asked.given.clone())
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
    }

    /// Carries out what a key or a button of the window asks for; false if it is none of its commands.
    pub fn command(&mut self, command: Command) -> bool {
        match command {
            Command::Play => self.playback.toggle(),
            Command::Undo | Command::Redo => {
                let state = if command == Command::Undo { self.steps.undo() } else { self.steps.redo() };
                if let Some(state) = state {
                    self.restore(state);
                }
            }
            Command::StepForward | Command::StepBack => {
                let times = self.times();
                self.playback.step(&times, command == Command::StepForward);
            }
            Command::Start => self.playback.t = 0.0,
            Command::End => self.playback.t = 1.0,
            Command::Compare if self.settings.sides.len() == 1 => self.add_side(),
            Command::Compare => {
                let own = *self.settings.side();
                (self.settings.sides, self.settings.here) = (vec![own], 0);
            }
            Command::Train if self.training.state == TrainState::Running => self.trainer.run(false),
            Command::Train if self.training.state == TrainState::Paused => self.trainer.run(true),
            Command::Train => self.new_run(),
            Command::OtherSide => self.settings.here = (self.settings.here + 1) % self.settings.sides.len(),
            _ => return false,
        }
        true
    }

    /// Begins a run with the present settings, and samples from it.
    fn new_run(&mut self) {
        let own = self.settings.training.clone();
        self.trainer.train(ImageJob::Fresh {
            data: own.data,
            tokens: own.tokens,
            side: own.side,
            source: own.source,
            width: own.width,
            config: own.config,
            mirror: own.mirror,
        });
        (self.panel, self.settings.trained) = (RightPanel::Training, true);
    }

    /// What undoing would undo.
    pub fn undoable(&self) -> Option<&str> {
        self.steps.undoable()
    }

    /// What redoing would redo.
    pub fn redoable(&self) -> Option<&str> {
        self.steps.redoable()
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

    /// One more side, as the one that is being set.
    fn add_side(&mut self) {
        if self.settings.sides.len() < crate::experiment::images::MOST_SIDES {
            let own = *self.settings.side();
            self.settings.sides.push(own);
            self.settings.here = self.settings.sides.len() - 1;
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
        let scheduler = self.settings.sides[0].scheduler();
        self.clock.advance(&ctx, &mut self.playback, self.settings.pace, scheduler);
        self.follow();

        let palette = theme::palette(ui);
        // The ground of the window has the colour of the panels: filled twice, a driver on the CPU would take twice as long.
        let bar = Frame::new();
        Panel::left("image controls")
            .exact_size(theme::CONTROLS_WIDTH)
            .resizable(false)
            .frame(bar.inner_margin(Margin::symmetric(12, 4)))
            .show(ui, |ui| self.left(ui));
        Panel::bottom("image timeline")
            .exact_size(theme::TIMELINE_HEIGHT)
            .frame(bar.inner_margin(Margin::symmetric(12, 4)))
            .show(ui, |ui| {
                let times = self.times();
                timeline(ui, &mut self.settings.pace, scheduler, &mut self.playback, &times);
            });
        Panel::right("image plots")
            .exact_size(theme::PLOTS_WIDTH)
            .resizable(false)
            .frame(bar.inner_margin(Margin::symmetric(12, 4)))
            .show(ui, |ui| self.right(ui));
        CentralPanel::default().frame(Frame::new().inner_margin(Margin::same(12))).show(ui, |ui| {
            let whole = ui.max_rect().expand(12.0);
            ground(&ui.painter().with_clip_rect(whole), 0, whole, palette.background);
            self.center(ui);
        });
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

    /// What is to be sampled.
    fn request(&self, given: Option<Arc<crate::sampler::sequence::Given>>) -> FilmRequest {
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
        let sides: Vec<SequenceConfig> =
            settings.sides.iter().map(|side| side.config(settings.seed)).collect();
        let class = settings.class.map(|class| (class, settings.guidance));
        FilmRequest { model, class, images: settings.images, sides, given }
    }

    /// Asks the threads for what is not there yet.
    fn ask(&mut self, ctx: &Context) {
        let model = self.status.model.clone();
        if let Some(model) = &model {
            let classes = model.classes.len();
            if !self.status.loading && self.settings.class.is_some_and(|class| class >= classes) {
                self.settings.class = None;
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
    fn set_of(&self, model: &crate::model::sequence::ImageModel) -> WhichSet {
        let (source, seed) = model.data.clone();
        WhichSet { source, seed, side: model.tokenizer.side() }
    }

    fn ask_picture(&mut self, model: &crate::model::sequence::ImageModel) {
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
    fn sample(&self) -> Option<Vec<u8>> {
        let film = self.views.get(self.settings.here)?.film.clone()?;
        let reel = film.lock();
        reel.end()?;
        let n = film.tokenizer.tokens();
        let states = reel.trace().states(reel.trace().frames().len().checked_sub(1)?);
        let picked = self.settings.picked.unwrap_or(0);
        film.tokenizer.decode(states.get(picked * n..(picked + 1) * n)?).ok()
    }

    fn ask_thoughts(&mut self) {
        let question = |view: &SideView| {
            let film = view.film.clone()?;
            let image = self.settings.picked.filter(|picked| *picked < film.images)?;
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

    fn follow_training(&mut self) {
        self.training = self.trainer.status();
        // A step back may ask for a network that is gone.
        let ended = matches!(self.training.state, TrainState::Idle | TrainState::Failed(_));
        if self.settings.trained && ended && !self.training.starting && self.training.model.is_none() {
            self.settings.trained = false;
            self.steps.absorb(|state| state.settings.trained = false);
        }
        // A newer network is taken up once the walls of the last one are finished: else none ever would be.
        if !self.status.busy || self.trained.is_none() || self.training.model.is_none() {
            self.trained = self.training.model.clone().map(|model| (model, self.training.version));
        }
        if let (number, Some(report)) = self.training.report.clone()
            && number > self.reported
        {
            self.reported = number;
            self.message = Some(match report {
                Ok(text) => (Tone::Plain, text),
                Err(text) => (Tone::Error, text),
            });
        }
    }

    /// Takes what the threads have found.
    fn take_answers(&mut self) {
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
            Some(Ok(SetAnswer::Picture(pixels))) => _ = self.infill.set_pixels(pixels),
            Some(Ok(_)) | None => {}
            Some(Err(why)) => self.infill_problem = Some(why),
        }
    }

    /// As many walls as there are settings.
    fn fit_sides(&mut self) {
        let sides = self.settings.sides.len();
        self.views.resize_with(sides, SideView::default);
        self.layers.resize_with(sides, LayerView::default);
        self.runs.resize_with(sides, || None);
    }

    /// Shows the newest films that have come far enough, at the place of the play-head.
    fn follow(&mut self) {
        self.status = self.films.status();
        self.fit_sides();
        let axis = self.settings.pace.axis;
        let position = along(axis, self.settings.sides[0].scheduler(), self.playback.t);
        let waited = self.asked.as_ref().is_some_and(|(_, at)| at.elapsed() > PATIENCE);
        for (side, view) in self.views.iter_mut().enumerate() {
            if let Some(Some(film)) = self.status.films.get(side) {
                let comes = view.film.as_ref().is_none_or(|shown| {
                    !Arc::ptr_eq(shown, film)
                        && (shown.model != film.model
                            || shown.images != film.images
                            || waited
                            || film.lock().reaches(axis, position))
                });
                if comes {
                    view.load(film.clone());
                }
            }
            view.go_to(axis, position);
        }
    }

    /// Curves of the films that are shown; made anew when there are more steps.
    fn curves(&mut self) -> Vec<(usize, Arc<ImageRun>, Arc<Film>)> {
        let words: Vec<String> =
            self.settings.sides.iter().map(|side| side.words(&self.settings.sides)).collect();
        let mut all = Vec::new();
        for (side, view) in self.views.iter().enumerate() {
            let Some(film) = &view.film else { continue };
            let steps = film.lock().trace().records().len();
            let known = self.runs[side].as_ref().is_some_and(|(of, run)| {
                Arc::ptr_eq(of, film)
                    && run.records.len() == steps
                    && run.label == words[side]
                    && run.place == side
            });
            if !known {
                let run = Arc::new(film.as_run(words[side].clone(), side));
                self.runs[side] = Some((film.clone(), run));
            }
            all.extend(self.runs[side].iter().map(|(film, run)| (side, run.clone(), film.clone())));
        }
        all
    }

    fn center(&mut self, ui: &mut Ui) {
        let area = ui.available_rect_before_wrap();
        let sides = self.settings.sides.len();
        let large = self.settings.picked.is_some() || self.infill.on;
        let mut picked = None;
        let places: Vec<(Rect, Option<Rect>)>;
        let mut canvas_place = None;
        if sides == 1 && large {
            // The wall is what one looks at first; beside it four layers, or one of them as large.
            let mut two = columns(area, 2);
            let high = area.height() - super::walls::HEADER;
            let alone = self.settings.layer.is_some() || self.infill.on;
            let least = if alone { 0.44 * area.width() } else { (0.25 * high - 54.0).max(96.0) };
            two[0].max.x = two[0].min.x + high.min(area.width() - least - space::L);
            two[1].min.x = two[0].max.x + space::L;
            let beside = Rect::from_min_max(two[1].min + egui::vec2(0.0, super::walls::HEADER), two[1].max);
            let place = if self.infill.on {
                let (above, below) = beside.split_top_bottom_at_fraction(0.5);
                canvas_place = Some(Rect::from_min_max(above.min, above.max - egui::vec2(0.0, space::S)));
                below
            } else {
                beside
            };
            places = vec![(two[0], self.settings.picked.map(|_| place))];
        } else {
            let extra = usize::from(self.infill.on);
            let mut all = columns(area, sides + extra);
            if self.infill.on {
                canvas_place = all.pop();
            }
            let split = |rect: Rect| {
                // As large a wall as leaves room for the layers in a row.
                let row = 0.25 * rect.width() + 52.0 + space::S;
                let high = rect.width().min(rect.height() - super::walls::HEADER - row).max(64.0);
                let (above, below) =
                    rect.split_top_bottom_at_y(rect.top() + super::walls::HEADER + high + space::S);
                (Rect::from_min_max(above.min, above.max - egui::vec2(0.0, space::S)), Some(below))
            };
            places = all
                .into_iter()
                .map(|rect| if self.settings.picked.is_some() { split(rect) } else { (rect, None) })
                .collect();
        }
        for (side, (place, below)) in places.into_iter().enumerate() {
            let problem = self.status.error.as_deref();
            let problem = problem.or(self.status.errors.get(side).and_then(Option::as_deref));
            let changes =
                wall(ui, place, side, &mut self.views[side], &self.settings, (problem, self.status.loading));
            if changes.side {
                self.settings.here = side;
            }
            picked = picked.or(changes.picked);
            if let Some(below) = below
                && let Some(only) = layers(ui, below, side, &mut self.layers[side], self.settings.layer)
            {
                self.settings.layer = only;
            }
        }
        if let Some(place) = canvas_place {
            canvas(ui, place, &mut self.infill, &mut self.canvas);
        }
        if let Some(image) = picked {
            // A second click lets it go.
            self.settings.picked = Some(image).filter(|_| self.settings.picked != Some(image));
            // Those of the image before are looked for no longer.
            self.neighbours = None;
            self.searcher.stop();
        }
    }
}

#[cfg(test)]
mod tests;
