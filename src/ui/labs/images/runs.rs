//! Training runs on images that are kept to be compared: their losses on one plot, their names and early samples.

use super::early::EarlySamples;
use super::walls::weak;
use crate::flow::counted;
use crate::train::MOST_RUNS;
use crate::train::sequence::{HeldOut, ImageRunSettings, ImageTrainStatus, KeptImageRun, RunNotes};
use crate::ui::chart::ChartUi;
use crate::ui::kept::{Same, kept};
use crate::ui::run_card::{RunButtons, RunWish, swatch};
use crate::ui::theme::space;
use crate::view::sequence::{RunLosses, losses_chart};
use egui::{Label, TextEdit, Ui, WidgetInfo};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

/// Height of the plot of the losses, points.
const HEIGHT: f32 = 150.0;
/// Letters of a run's name at most.
const MOST_NAME: usize = 60;

/// A training run.
pub struct RunCard {
    /// Its number.
    id: u64,
    pub settings: Arc<ImageRunSettings>,
    /// The name that it was given; empty without one.
    name: String,
    losses: Arc<Vec<[f64; 2]>>,
    held_out: Arc<Vec<HeldOut>>,
    images: u64,
    seconds: f64,
    /// Where it is kept, if it is.
    pub file: Option<PathBuf>,
    /// What was sampled from its networks.
    pub early: EarlySamples,
}

/// All runs of this window, and those that were kept when it was opened.
#[derive(Default)]
pub struct ImageRuns {
    /// The one that was used last at the end; it may be under way.
    runs: Vec<RunCard>,
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

impl RunCard {
    fn kept(kept: &KeptImageRun) -> Self {
        let training = &kept.training;
        Self {
            id: kept.number,
            settings: Arc::new(kept.settings.clone()),
            name: training.name.clone(),
            losses: Arc::new(training.losses.clone()),
            held_out: Arc::new(training.held_out.clone()),
            images: training.images,
            seconds: training.seconds,
            file: Some(kept.file.clone()),
            early: EarlySamples::of(&training.early),
        }
    }

    /// Which of the colours of curves it has, as long as it is kept.
    fn color(&self) -> usize {
        (self.id as usize).saturating_sub(1)
    }

    /// What stays with it.
    fn notes(&self) -> RunNotes {
        RunNotes { run: self.id, name: self.name.clone(), early: self.early.rows() }
    }
}

impl ImageRuns {
    /// Takes in what training has made.
    pub fn follow(&mut self, training: &ImageTrainStatus) {
        if training.knows_kept && !self.knows_kept {
            self.knows_kept = true;
            let known = std::mem::take(&mut self.runs);
            self.runs = training.own.kept.iter().map(RunCard::kept).collect();
            self.runs.extend(known);
        }
        let Some(settings) = &training.own.settings else { return };
        let mut run = match self.runs.iter().position(|run| run.id == training.run) {
            Some(index) => self.runs.remove(index),
            None => RunCard {
                id: training.run,
                settings: settings.clone(),
                name: training.name.clone(),
                losses: Arc::default(),
                held_out: Arc::default(),
                images: 0,
                seconds: 0.0,
                file: None,
                early: EarlySamples::of(&training.own.early),
            },
        };
        (run.losses, run.held_out) = (training.losses.clone(), training.own.held_out.clone());
        (run.images, run.seconds, run.file) = (training.seen, training.seconds, training.file.clone());
        self.runs.push(run);
        let surplus = self.runs.len().saturating_sub(MOST_RUNS);
        self.runs.drain(..surplus);
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// A run by its number.
    pub fn get_mut(&mut self, id: u64) -> Option<&mut RunCard> {
        self.runs.iter_mut().find(|run| run.id == id)
    }

    /// What stays with a run.
    pub fn notes(&self, id: u64) -> Option<RunNotes> {
        self.runs.iter().find(|run| run.id == id).map(RunCard::notes)
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
    pub fn resumable(&self, training: &ImageTrainStatus) -> Option<(u64, String)> {
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
        ImageRunSettings::names(&all)
    }

    /// The losses of the runs that are shown.
    pub fn losses(&self) -> Vec<RunLosses> {
        let all = self.runs.iter().zip(self.names()).filter(|(run, _)| !self.hidden.contains(&run.id));
        let of = |(run, name): (&RunCard, String)| RunLosses {
            name,
            color: run.color(),
            batches: run.losses.clone(),
            held_out: run.held_out.iter().map(|found| [found.images as f64, found.bits]).collect(),
        };
        all.map(of).collect()
    }

    /// What is trained in those, in words.
    pub fn about(&self) -> String {
        let shown = self.runs.iter().zip(self.names()).filter(|(run, _)| !self.hidden.contains(&run.id));
        let several = shown.clone().count() > 1;
        let of = |(run, name): (&RunCard, String)| {
            let head = if several { format!("{name}: ") } else { String::new() };
            let seen = counted(run.images, "image");
            format!("{head}{}; {seen} in {:.0} s", run.settings.words(), run.seconds)
        };
        shown.map(of).collect::<Vec<_>>().join(" | ")
    }

    /// The colours of a run's curves, of batches and of images held out: as on the plot.
    pub fn inks(&self, id: u64) -> [usize; 2] {
        let shown = self.runs.iter().filter(|run| !self.hidden.contains(&run.id));
        match (shown.count(), self.runs.iter().find(|run| run.id == id)) {
            (2.., Some(run)) => [run.color(); 2],
            _ => [0, 1],
        }
    }

    /// Draws the losses of the runs that are shown.
    pub fn plot(&self, ui: &mut Ui) {
        let shown = self.runs.iter().filter(|run| !self.hidden.contains(&run.id));
        let key: Vec<_> = shown.map(|run| (run.id, Same::of(&run.losses), Same::of(&run.held_out))).collect();
        let chart =
            kept(ui.ctx(), "image losses", (key, self.names()), || losses_chart(&self.losses(), "images"));
        ChartUi::new("image losses", &chart).height(HEIGHT).legend(true).show(ui);
    }

    /// Draws a card for each.
    pub fn cards(&mut self, ui: &mut Ui, training: &ImageTrainStatus) -> Option<RunsWish> {
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

fn card(
    ui: &mut Ui,
    run: &mut RunCard,
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
    let (what, course) = (run.settings.words(), run.settings.course());
    let words = weak(ui, what.clone());
    ui.add(Label::new(words).truncate()).on_hover_text(format!("{}: {what}", run.settings.data));
    let words = weak(ui, course);
    ui.add(Label::new(words).wrap()).on_hover_text("How it is trained.");
    let bits =
        run.held_out.last().map(|found| format!("{:.3} ± {:.3} bits held out, ", found.bits, found.error));
    let seen = counted(run.images, "image");
    let words = weak(ui, format!("{}{seen}, {:.0} s", bits.unwrap_or_default(), run.seconds));
    ui.add(Label::new(words).wrap()).on_hover_text(
        "The bound on images held out, bits a token, when it was last asked; what it has seen, and for how long it was trained.",
    );
    if !present {
        run.early.show_last(ui);
    }
    wish
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::codec::image::TokenSpec;
    use crate::data::images::ImageSource;
    use crate::flow::SequenceSource;
    use crate::model::sequence::{ImageNetConfig, NetSize};
    use crate::train::TrainState;
    use crate::train::sequence::{ImageTrainConfig, ImageTrainNews, ImageTraining, SequenceNews};

    fn settings(width: usize) -> ImageRunSettings {
        ImageRunSettings {
            data: ImageSource::Shapes,
            tokens: TokenSpec::Gray(8),
            side: 8,
            source: SequenceSource::Mask,
            network: ImageNetConfig::for_images(TokenSpec::Gray(8), 8, 10, SequenceSource::Mask)
                .sized_or_wide(NetSize::Small, width),
            config: ImageTrainConfig::default(),
        }
    }

    fn kept(number: u64, width: usize, name: &str) -> KeptImageRun {
        let held_out = vec![HeldOut { images: 64, seconds: 5.0, bits: 2.0, error: 0.1, asked: 8 }];
        let (losses, name) = (vec![[64.0, 3.0]], name.to_owned());
        let training = ImageTraining {
            config: ImageTrainConfig::default(),
            step: 8,
            images: 64,
            seconds: 6.0,
            held_out,
            losses,
            name,
            early: Vec::new(),
        };
        let file = format!("run-{number:04}.safetensors").into();
        KeptImageRun { number, file, settings: settings(width), training }
    }

    fn at(run: u64, width: usize, images: u64) -> ImageTrainStatus {
        let own = ImageTrainNews {
            settings: Some(Arc::new(settings(width))),
            kept: Arc::new(vec![kept(3, 16, ""), kept(5, 32, "wide")]),
            ..ImageTrainNews::default()
        };
        let losses = Arc::new(vec![[images as f64, 4.0]]);
        let news = SequenceNews { seen: images, losses, knows_kept: true, own, ..SequenceNews::default() };
        ImageTrainStatus { run, state: TrainState::Running, news, ..ImageTrainStatus::default() }
    }

    #[test]
    fn kept_runs_and_the_present_one_are_on_one_plot_with_their_names() {
        let mut log = ImageRuns::default();
        log.follow(&ImageTrainStatus::default());
        assert!(log.is_empty());
        log.follow(&at(6, 48, 10));
        log.follow(&at(6, 48, 20));
        let names = |log: &ImageRuns| log.losses().into_iter().map(|run| run.name).collect::<Vec<_>>();
        assert_eq!(names(&log), ["run 3: width 16", "wide", "run 6: width 48"]);
        let losses = log.losses();
        assert_eq!((losses[0].color, &losses[0].held_out[..]), (2, &[[64.0, 2.0]][..]));
        assert_eq!(losses[2].batches[..], [[20.0, 4.0]]);
        assert!(log.resumable(&at(6, 48, 20)).is_none(), "one is under way");
        // Hidden, it keeps its name and those of the others.
        log.toggle(3);
        assert_eq!(names(&log), ["wide", "run 6: width 48"]);
        assert!(
            log.about().starts_with("wide: gray:8 at 8×8") && log.about().contains(" | run 6: width 48: ")
        );
        log.toggle(3);
        log.call(6, "the third".to_owned());
        assert_eq!(log.notes(6).expect("there").name, "the third");
        log.forget(5);
        assert_eq!(names(&log), ["run 3: width 16", "the third"]);
        // One that goes on is the last, with the name that it had, and can go on again when it is let go of.
        log.follow(&at(3, 16, 80));
        assert_eq!(names(&log), ["the third", "run 3: width 16"]);
        let idle = ImageTrainStatus { news: SequenceNews::default(), ..ImageTrainStatus::default() };
        assert_eq!(log.resumable(&idle), None, "it was kept nowhere");
        log.get_mut(3).expect("there").file = Some("run-0003.safetensors".into());
        assert_eq!(log.resumable(&idle), Some((3, "run 3: width 16".to_owned())));
    }
}
