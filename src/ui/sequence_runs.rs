//! Training runs on sequences that are kept to be compared, images and texts alike: their losses on one plot, and a card for each
//! with its name and what it made early.

use super::chart::{ChartUi, series_color};
use super::icons;
use super::kept::{Same, kept};
use super::run_card::{RunButtons, RunWish, swatch};
use super::theme::{self, space};
use super::widgets::{icon_button, title};
use crate::flow::counted;
use crate::train::MOST_RUNS;
use crate::train::sequence::{EarlyRow, RunNotes, SequenceStatus};
use crate::view::sequence::{RunLosses, losses_chart};
use egui::{Align, Button, Label, Layout, RichText, TextEdit, Ui, WidgetInfo};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

/// Height of the plot of the losses, points.
const HEIGHT: f32 = 150.0;
/// Letters of a run's name at most.
const MOST_NAME: usize = 60;

/// What was found of what is held out: images or texts seen, the bound, bits a token, and its standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bound {
    /// Images or texts seen in training up to then.
    pub seen: u64,
    /// Bits a token.
    pub bits: f64,
    /// Its standard error.
    pub error: f64,
    /// Of how many images or texts.
    pub asked: usize,
}

/// What a trainer of sequences says of its runs.
pub trait RunNews: Clone + Default + 'static {
    /// What a run was started with.
    type Settings: Send + Sync + 'static;
    /// An answer about what is held out.
    type HeldOut: Send + Sync + 'static;
    /// What its networks made on the way.
    type Early: Default;
    /// One of what is seen: “image”.
    const ONE: &'static str;
    /// What the bound on what is held out is.
    const ABOUT_BOUND: &'static str;

    /// What the present run was started with; none without one.
    fn settings(&self) -> Option<&Arc<Self::Settings>>;
    /// Every answer about what is held out in the present run.
    fn held_out(&self) -> &Arc<Vec<Self::HeldOut>>;
    /// In numbers.
    fn bound(found: &Self::HeldOut) -> Bound;
    /// What the present run had made when it was taken up.
    fn early(&self) -> Self::Early;
    /// Takes in what it has made since, where its thread says so.
    fn follow_early(&self, _early: &mut Self::Early) {}
    /// As it stays with the run, where its thread does not keep it by itself.
    fn rows(_early: &Self::Early) -> Vec<EarlyRow> {
        Vec::new()
    }
    /// Draws the newest of it.
    fn show_early(ui: &mut Ui, early: &mut Self::Early);
    /// The runs that were kept, the one written last at the end.
    fn kept(&self) -> Vec<RunCard<Self>>;
    /// What is trained, in words, and in full.
    fn words(settings: &Self::Settings) -> [String; 2];
    /// How.
    fn course(settings: &Self::Settings) -> String;
    /// What runs are called that have no name, by what differs.
    fn names(runs: &[(u64, &Self::Settings)]) -> Vec<String>;
}

/// A training run.
pub struct RunCard<N: RunNews> {
    /// Its number.
    pub id: u64,
    /// What it was started with.
    pub settings: Arc<N::Settings>,
    /// The name that it was given; empty without one.
    pub name: String,
    /// Images or texts seen, and the mean loss of some steps up to there, bits a token.
    pub losses: Arc<Vec<[f64; 2]>>,
    /// Every answer about what is held out.
    pub held_out: Arc<Vec<N::HeldOut>>,
    /// Images or texts seen.
    pub seen: u64,
    /// Seconds of training.
    pub seconds: f64,
    /// Where it is kept, if it is.
    pub file: Option<PathBuf>,
    /// What its networks made on the way.
    pub early: N::Early,
}

/// All runs of this window, and those that were kept when it was opened.
pub struct SequenceRuns<N: RunNews> {
    /// The one that was used last at the end; it may be under way.
    runs: Vec<RunCard<N>>,
    /// Those that are not on the plot.
    hidden: BTreeSet<u64>,
    /// The name that is being typed, and whose.
    typed: Option<(u64, String)>,
    /// Whether the kept runs are among them.
    knows_kept: bool,
}

/// What is asked of the runs.
#[derive(Clone, Debug, PartialEq)]
pub enum RunsWish {
    /// Of one of them.
    Of(RunWish),
    /// To call it so.
    Name(u64, String),
}

impl<N: RunNews> RunCard<N> {
    /// Which of the colours of curves it has, as long as it is kept.
    fn color(&self) -> usize {
        (self.id as usize).saturating_sub(1)
    }
}

impl<N: RunNews> Default for SequenceRuns<N> {
    fn default() -> Self {
        Self { runs: Vec::new(), hidden: BTreeSet::new(), typed: None, knows_kept: false }
    }
}

impl<N: RunNews> SequenceRuns<N> {
    /// Takes in what training has made.
    pub fn follow(&mut self, training: &SequenceStatus<N>) {
        if training.knows_kept && !self.knows_kept {
            self.knows_kept = true;
            let known = std::mem::take(&mut self.runs);
            self.runs = training.own.kept();
            self.runs.extend(known);
        }
        let Some(settings) = training.own.settings() else { return };
        let mut run = match self.runs.iter().position(|run| run.id == training.run) {
            Some(index) => self.runs.remove(index),
            None => RunCard {
                id: training.run,
                settings: settings.clone(),
                name: training.name.clone(),
                losses: Arc::default(),
                held_out: Arc::default(),
                seen: 0,
                seconds: 0.0,
                file: None,
                early: training.own.early(),
            },
        };
        (run.losses, run.held_out) = (training.losses.clone(), training.own.held_out().clone());
        (run.seen, run.seconds, run.file) = (training.seen, training.seconds, training.file.clone());
        training.own.follow_early(&mut run.early);
        self.runs.push(run);
        let surplus = self.runs.len().saturating_sub(MOST_RUNS);
        self.runs.drain(..surplus);
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// A run by its number.
    pub fn get_mut(&mut self, id: u64) -> Option<&mut RunCard<N>> {
        self.runs.iter_mut().find(|run| run.id == id)
    }

    /// What stays with a run.
    pub fn notes(&self, id: u64) -> Option<RunNotes> {
        let run = self.runs.iter().find(|run| run.id == id)?;
        Some(RunNotes { run: run.id, name: run.name.clone(), early: N::rows(&run.early) })
    }

    /// Gives a run a name; an empty one takes it away.
    pub fn call(&mut self, id: u64, name: String) {
        if let Some(run) = self.get_mut(id) {
            run.name = name;
        }
    }

    /// Shows a run on the plot, or no longer.
    pub fn toggle(&mut self, id: u64) {
        if !self.hidden.remove(&id) {
            self.hidden.insert(id);
        }
    }

    /// Forgets a run.
    pub fn forget(&mut self, id: u64) {
        self.runs.retain(|run| run.id != id);
        self.hidden.remove(&id);
    }

    /// The run that could go on, with its name: the one used last, while nothing is trained.
    pub fn resumable(&self, training: &SequenceStatus<N>) -> Option<(u64, String)> {
        let none = !training.has_run() && !training.starting;
        let run = self.runs.last().filter(|run| none && run.file.is_some())?;
        Some((run.id, self.names().pop()?))
    }

    /// What the runs are called, in their order: as they were, or by what differs.
    fn names(&self) -> Vec<String> {
        let mut names = self.unnamed();
        for (name, run) in names.iter_mut().zip(&self.runs).filter(|(_, run)| !run.name.is_empty()) {
            name.clone_from(&run.name);
        }
        names
    }

    /// What they would be called without names.
    fn unnamed(&self) -> Vec<String> {
        let all: Vec<_> = self.runs.iter().map(|run| (run.id, &*run.settings)).collect();
        N::names(&all)
    }

    /// The losses of the runs that are shown.
    pub fn losses(&self) -> Vec<RunLosses> {
        let all = self.runs.iter().zip(self.names()).filter(|(run, _)| !self.hidden.contains(&run.id));
        let of = |(run, name): (&RunCard<N>, String)| RunLosses {
            name,
            color: run.color(),
            batches: run.losses.clone(),
            held_out: run
                .held_out
                .iter()
                .map(N::bound)
                .map(|found| [found.seen as f64, found.bits])
                .collect(),
        };
        all.map(of).collect()
    }

    /// What is trained in those, in words.
    pub fn about(&self) -> String {
        let shown = self.runs.iter().zip(self.names()).filter(|(run, _)| !self.hidden.contains(&run.id));
        let several = shown.clone().count() > 1;
        let of = |(run, name): (&RunCard<N>, String)| {
            let head = if several { format!("{name}: ") } else { String::new() };
            let [what, _] = N::words(&run.settings);
            format!("{head}{what}; {} in {:.0} s", counted(run.seen, N::ONE), run.seconds)
        };
        shown.map(of).collect::<Vec<_>>().join(" | ")
    }

    /// The colours of a run's curves, of batches and of what is held out: as on the plot.
    fn inks(&self, id: u64) -> [usize; 2] {
        let shown = self.runs.iter().filter(|run| !self.hidden.contains(&run.id));
        match (shown.count(), self.runs.iter().find(|run| run.id == id)) {
            (2.., Some(run)) => [run.color(); 2],
            _ => [0, 1],
        }
    }

    /// A button that lets the run go on that was used last, while nothing is trained; whether it was pressed.
    pub fn continue_button(&self, ui: &mut Ui, training: &SequenceStatus<N>) -> Option<RunsWish> {
        let (run, name) = self.resumable(training)?;
        let button = Button::new(format!("Continue {name}")).truncate();
        let pressed = ui.add(button).on_hover_text("Trains the run further that was used last.").clicked();
        pressed.then_some(RunsWish::Of(RunWish::Continue(run)))
    }

    /// Draws the losses of the runs that are shown, and the numbers of the present one; whether they are to be exported.
    pub fn plot(&self, ui: &mut Ui, training: &SequenceStatus<N>) -> bool {
        let mut export = false;
        ui.horizontal(|ui| {
            let what = format!("{}s", N::ONE);
            let about = format!(
                "Bits a token of all runs that are shown: of the batches, and on {what} held out {}.",
                N::ABOUT_BOUND
            );
            title(ui, "Loss", &about);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                export = icon_button(ui, icons::EXPORT, "Export the losses …", false).clicked();
            });
        });
        let shown = self.runs.iter().filter(|run| !self.hidden.contains(&run.id));
        let key: Vec<_> = shown.map(|run| (run.id, Same::of(&run.losses), Same::of(&run.held_out))).collect();
        let (id, what) = (format!("{} losses", N::ONE), format!("{}s", N::ONE));
        let chart = kept(ui.ctx(), &id, (key, self.names()), || losses_chart(&self.losses(), &what));
        ChartUi::new(&id, &chart).height(HEIGHT).axis_names().legend(true).show(ui);
        let palette = theme::palette(ui);
        let [batches, held_out] = self.inks(training.run).map(|ink| series_color(palette, ink));
        let small = |text: String, color| RichText::new(text).font(theme::small()).color(color);
        if let Some(bits) = training.bits {
            ui.label(small(format!("batches: {bits:.3} bits a token"), batches));
        }
        if let Some(found) = training.own.held_out().last().map(N::bound) {
            let asked = counted(found.asked, N::ONE);
            let text = format!("held out: {:.3} ± {:.3} bits a token, {asked}", found.bits, found.error);
            let about = format!("On {what} that are not trained on {}, per token.", N::ABOUT_BOUND);
            ui.label(small(text, held_out)).on_hover_text(about);
        }
        export
    }

    /// Draws a card for each.
    pub fn cards(&mut self, ui: &mut Ui, training: &SequenceStatus<N>) -> Option<RunsWish> {
        let mut wish = None;
        let unnamed = self.unnamed();
        for (run, unnamed) in self.runs.iter_mut().zip(unnamed).rev() {
            let present = run.id == training.run && training.has_run();
            let shown = !self.hidden.contains(&run.id);
            let asked = card(ui, run, (present, shown), &unnamed, &mut self.typed);
            wish = wish.or(asked);
            ui.add_space(space::S);
        }
        let text = format!(
            "The last {MOST_RUNS} runs are kept, between starts too. Save one that should stay for good."
        );
        let text = weak(ui, text);
        ui.add(Label::new(text).wrap());
        wish
    }
}

fn weak(ui: &Ui, text: impl Into<String>) -> RichText {
    RichText::new(text).font(theme::small()).color(theme::palette(ui).weak)
}

fn card<N: RunNews>(
    ui: &mut Ui,
    run: &mut RunCard<N>,
    (present, shown): (bool, bool),
    unnamed: &str,
    typed: &mut Option<(u64, String)>,
) -> Option<RunsWish> {
    let mut wish = None;
    ui.horizontal(|ui| {
        swatch(ui, run.color());
        let own = typed.take_if(|(id, _)| *id == run.id).map(|(_, text)| text);
        let mut text = own.unwrap_or_else(|| run.name.clone());
        let edit = TextEdit::singleline(&mut text).hint_text(unnamed).char_limit(MOST_NAME);
        let field = ui.add(edit.id_salt(("run name", run.id)).desired_width(ui.available_width()));
        field.widget_info(|| {
            WidgetInfo::labeled(egui::Role::TextInput, true, format!("Name of run {}", run.id))
        });
        let about =
            format!("A name for the run, which is kept with it. Without one it is called “{unnamed}”.");
        let field = field.on_hover_text(about);
        if field.has_focus() {
            *typed = Some((run.id, text));
        } else if field.lost_focus() && text.trim() != run.name {
            wish = Some(RunsWish::Name(run.id, text.trim().to_owned()));
        }
    });
    ui.horizontal(|ui| {
        // Its number stands also where it has a name.
        ui.label(weak(ui, format!("run {}", run.id)));
        let hint = "Draws it on the plot, and in what is exported.";
        let (id, file) = (run.id, run.file.as_deref());
        let asked = RunButtons { id, present, file, shown: Some((shown, hint)) }.ui(ui);
        wish = wish.take().or(asked.map(RunsWish::Of));
    });
    let ([what, full], course) = (N::words(&run.settings), N::course(&run.settings));
    let words = weak(ui, what.clone());
    ui.add(Label::new(words).truncate()).on_hover_text(full);
    let words = weak(ui, course);
    ui.add(Label::new(words).wrap()).on_hover_text("How it is trained.");
    let found = run.held_out.last().map(N::bound);
    let bits = found.map(|found| format!("{:.3} ± {:.3} bits held out, ", found.bits, found.error));
    let seen = counted(run.seen, N::ONE);
    let words = weak(ui, format!("{}{seen}, {:.0} s", bits.unwrap_or_default(), run.seconds));
    let about = format!(
        "Bits a token on {}s held out when it was last asked, {}; what it has seen, and for how long it was trained.",
        N::ONE,
        N::ABOUT_BOUND
    );
    ui.add(Label::new(words).wrap()).on_hover_text(about);
    if !present {
        N::show_early(ui, &mut run.early);
    }
    wish
}
