//! The right panel where networks are trained: start and pause, the settings of the next run, its curves, and all runs.

use super::offer::train_button;
use super::{RunCard, Training};
use crate::experiment::plane::pairs_in_words;
use crate::figure::scale::format_value;
use crate::flow::counted;
use crate::sampler::plane::PlaneCoupling;
use crate::train::plane::PlaneTrainConfig;
use crate::train::{MOST_RUNS, TrainState};
use crate::ui::chart::{ChartUi, growing};
use crate::ui::icons;
use crate::ui::kept::{Same, kept};
use crate::ui::labs::plane::exporting::PlaneContent;
use crate::ui::labs::plane::headed::headed;
use crate::ui::run_card::{RunButtons, RunWish, swatch};
use crate::ui::side_tabs::whose;
use crate::ui::theme::{self, space};
use crate::ui::widgets::{
    ABOVE_ZERO, SliderRange, Tone, icon_button, notice, row, segmented, setting, slider, table, title,
};
use crate::view::plane::{learning_chart, learning_runs_chart};
use egui::{RichText, Ui};

/// Seconds of training whose gaps stand in the list of runs.
const EARLY: [f64; 4] = [1.0, 3.0, 10.0, 30.0];

/// What is asked of the lab.
pub enum TrainingWish {
    /// Start, pause or go on.
    Press,
    /// Another run.
    New,
    /// Put the network away.
    Reset,
    /// Save the present run.
    Save,
    /// Open a network.
    Open,
    /// Of a run.
    Run(RunWish),
    /// Export a plot.
    Export(PlaneContent),
}

/// Draws the panel; `flow` is what a new run would learn, `side` is its side where there are several, and what it is called.
pub fn training_panel(
    ui: &mut Ui,
    training: &Training,
    config: &mut PlaneTrainConfig,
    flow: &str,
    side: Option<(usize, &str)>,
) -> Option<TrainingWish> {
    let mut wish = None;
    growing(ui, "plane training", |ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        title(
            ui,
            "Training",
            "A network learns v(x̃, t*) from fresh pairs (x₀, x₁) of this side’s target and source. It serves every path, sampler \
             and prediction without being trained again.",
        );
        buttons(ui, training, &mut wish);
        if let TrainState::Failed(why) = &training.status().state {
            notice(ui, Tone::Error, why);
        }
        progress(ui, training);
        next_run(ui, config, flow, side);
        curves(ui, training, &mut wish);
        runs(ui, training, &mut wish);
    });
    wish
}

fn buttons(ui: &mut Ui, training: &Training, wish: &mut Option<TrainingWish>) {
    let status = training.status();
    let fresh = matches!(status.state, TrainState::Idle | TrainState::Failed(_));
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        ui.spacing_mut().button_padding.x = 4.0;
        let label = match status.state {
            TrainState::Running => "Pause",
            TrainState::Paused => "Continue",
            _ => "Train",
        };
        let button = train_button(label, theme::palette(ui));
        let about = "Trains the network, live. Everything else stays usable.";
        if ui.add_enabled(!status.starting, button).on_hover_text(about).clicked() {
            *wish = Some(TrainingWish::Press);
        }
        let mut icon = |ui: &mut Ui, enabled: bool, icon, name, asked: TrainingWish| {
            ui.add_enabled_ui(enabled, |ui| {
                if icon_button(ui, icon, name, false).clicked() {
                    *wish = Some(asked);
                }
            });
        };
        let name = "Reset: put the network away; its run stays in the list below";
        icon(ui, status.state != TrainState::Idle, icons::RESET, name, TrainingWish::Reset);
        let name = "New run on this side’s flow with the settings below; this one stays in the list";
        icon(ui, !fresh, icons::PLUS, name, TrainingWish::New);
        icon(ui, !fresh, icons::SAVE, "Save checkpoint …", TrainingWish::Save);
        icon(ui, true, icons::FOLDER, "Open checkpoint …", TrainingWish::Open);
    });
}

/// How far the present run is.
fn progress(ui: &mut Ui, training: &Training) {
    let status = training.status();
    let Some(task) = &status.task else { return };
    let rate = if status.seconds > 0.0 { status.step as f64 / status.seconds } else { 0.0 };
    let text = format!("step {}   {:.0} s   {rate:.0} steps/s", status.step, status.seconds);
    ui.label(RichText::new(text).font(theme::small()).color(theme::palette(ui).weak)).on_hover_text(
        match &status.file {
            Some(file) => format!("Run {}, kept in {}", status.run, file.display()),
            None => format!("Run {}. It is not kept when the window is closed.", status.run),
        },
    );
    let Some(last) = status.history.last() else { return };
    let mut rows = vec![
        row(
            "learns",
            "Target and pairs of the present run.",
            format!("{}, {}", task.name, pairs_in_words(task.config.coupling)),
        ),
        row(
            "loss",
            "Mean of the batches since the last measurement, a sum over both coordinates.",
            number(last.loss),
        ),
    ];
    match (last.floor, last.gap) {
        (Some(floor), Some(gap)) => {
            rows.push(row(
                "floor",
                "The least loss there is: ∫ E tr Cov of x₁ times its gain.",
                number(floor),
            ));
            let about = "∫ E|v − u|² dt on a lattice of xₜ: no noise of batches enters. The exact loss is floor + gap.";
            rows.push(row("gap", about, number(gap)));
            if let Some((step, best)) = status.best {
                let about = "The least gap so far; the network of that step is kept, too.";
                rows.push(row("best", about, format!("{} at step {step}", number(best))));
            }
        }
        _ => {
            let about = "The velocity that these pairs have for all draws is not known; straightness and end points are.";
            rows.push(row("gap", about, "not known".to_owned()));
        }
    }
    let rounds = task.config.rounds();
    if rounds > 1 {
        let now = task.config.round_at(status.step);
        rows.push(row(
            "round",
            "Of reflow; each learns the trajectories of the network before.",
            format!("{now} of {rounds}"),
        ));
    }
    // It makes lines lower; what follows is as high as ever.
    ui.scope(|ui| table(ui, "plane run", rows));
}

fn number(x: f64) -> String {
    format_value(x)
}

fn next_run(ui: &mut Ui, config: &mut PlaneTrainConfig, flow: &str, side: Option<(usize, &str)>) {
    title(ui, "Next run", "What a new run is started with.");
    if let Some((side, name)) = side {
        whose(ui, side, name);
    }
    ui.label(RichText::new(flow).font(theme::small()).color(theme::palette(ui).weak));
    let kind = std::mem::discriminant(&config.coupling);
    setting(ui, "pairs", "Which noise x₀ goes to which datum x₁ while it learns.", |ui| {
        let choices = [
            (
                PlaneCoupling::Independent,
                "any",
                "Independent: every noise to every datum. The gap to the exact velocity is known, and scores follow from it.",
            ),
            (
                PlaneCoupling::MinibatchOt(256),
                "OT",
                "Within batches so that Σ|x₀ − x₁|² is least: minibatch optimal transport.",
            ),
            (
                PlaneCoupling::Reflow(1),
                "reflow",
                "Both ends of trajectories: of the exact flow, and in a second round of the network so far.",
            ),
        ];
        let mut chosen = choices
            .iter()
            .find(|(coupling, ..)| std::mem::discriminant(coupling) == kind)
            .map_or(config.coupling, |(coupling, ..)| *coupling);
        if segmented(ui, "training pairs", &mut chosen, choices) {
            config.coupling = chosen;
            if chosen != PlaneCoupling::Independent {
                config.codes = 0;
            }
        }
    });
    match &mut config.coupling {
        PlaneCoupling::Independent => {
            let mut codes = config.codes as f64;
            let about =
                "Codes of a discrete latent that an encoder learns with the network, 2 to 16; 0 for none.";
            let range = SliderRange { whole: true, ..SliderRange::linear(0.0..=16.0) };
            if slider(ui, "codes", about, &mut codes, range) {
                // One code says nothing.
                config.codes = if codes < 1.5 { 0 } else { codes as usize };
            }
            if config.codes > 0 {
                let about = "Of the softmax that stands for a code while the encoder learns, 0.01 to 10: high ones find all codes \
                             where there are as many as modes, low ones decide where there are fewer.";
                let range = SliderRange::logarithmic(0.1..=3.0).typed(0.01..=10.0);
                slider(ui, "temperature", about, &mut config.temperature, range);
                let mut steps = config.relaxed_steps as f64;
                let about = "Steps for which the network is told relaxed codes, by which the encoder learns; then that stays, and it \
                             is told drawn ones, as samples are. Until then samples are off.";
                let range =
                    SliderRange { whole: true, ..SliderRange::linear(0.0..=20_000.0) }.typed(0.0..=1e9);
                if slider(ui, "relaxed for", about, &mut steps, range) {
                    config.relaxed_steps = steps as u64;
                }
            }
        }
        PlaneCoupling::MinibatchOt(batch) => {
            let mut size = *batch as f64;
            let range = SliderRange::counts(1.0..=512.0).typed(1.0..=1024.0);
            if slider(ui, "batch B", "Pairs that are assigned together, 1 to 1024.", &mut size, range) {
                *batch = size as usize;
            }
        }
        PlaneCoupling::Reflow(rounds) => {
            let mut count = *rounds as f64;
            let range = SliderRange { whole: true, ..SliderRange::linear(1.0..=3.0) }.typed(1.0..=5.0);
            if slider(ui, "rounds", "How often, 1 to 5.", &mut count, range) {
                *rounds = count as usize;
            }
            if count > 1.0 {
                let mut steps = config.round_steps as f64;
                let about = "Steps of each round but the last.";
                let range = SliderRange::counts(100.0..=20_000.0).typed(1.0..=1e9);
                if slider(ui, "steps each", about, &mut steps, range) {
                    config.round_steps = steps as u64;
                }
            }
        }
    }
    let mut batch = config.batch as f64;
    let range = SliderRange::counts(64.0..=4096.0).typed(1.0..=65_536.0);
    if slider(ui, "batch", "Pairs a step, t* stratified over them. 1 to 65536.", &mut batch, range) {
        config.batch = batch as usize;
    }
    let mut width = config.width as f64;
    let range = SliderRange::counts(8.0..=512.0).typed(1.0..=1024.0);
    if slider(ui, "width", "Of the hidden layers, 1 to 1024.", &mut width, range) {
        config.width = width as usize;
    }
    let mut layers = config.layers as f64;
    let range = SliderRange { whole: true, ..SliderRange::linear(1.0..=8.0) };
    if slider(ui, "layers", "Hidden layers, 1 to 8.", &mut layers, range) {
        config.layers = layers as usize;
    }
    let rates = SliderRange::logarithmic(1e-4..=1e-1).typed(ABOVE_ZERO..=1.0);
    slider(ui, "learning rate", "Of Adam, in (0, 1].", &mut config.learning_rate, rates);
}

fn curves(ui: &mut Ui, training: &Training, wish: &mut Option<TrainingWish>) {
    let status = training.status();
    let Some(run) = training.runs().iter().find(|run| run.id == status.run) else { return };
    if run.history.len() < 2 {
        return;
    }
    let chart = kept(ui.ctx(), "plane training", Same::of(&run.history), || {
        learning_chart(&run.curves(String::new()))
    });
    let about = "The loss of batches falls to its floor, not to 0: what is left of it is the target’s own variance. The gap falls \
                 to 0.";
    if headed(ui, ("Loss, floor and gap", about), "Export the training …") {
        *wish = Some(TrainingWish::Export(PlaneContent::plot("training", &chart, run.words())));
    }
    ChartUi::new("plane training", &chart).height(150.0).axis_names().legend(true).show(ui);
}

fn runs(ui: &mut Ui, training: &Training, wish: &mut Option<TrainingWish>) {
    let all = training.runs();
    if all.is_empty() {
        return;
    }
    let keys: Vec<_> = all.iter().map(|run| (run.id, Same::of(&run.history))).collect();
    let chart = kept(ui.ctx(), "plane runs", keys, || {
        let named: Vec<_> = all.iter().map(|run| run.curves(format!("run {}", run.id))).collect();
        learning_runs_chart(&named)
    });
    let about = "Gaps over seconds of training; the loss where no gap is known.";
    if headed(ui, ("Runs", about), "Export the runs …") {
        let words: Vec<_> = all.iter().map(|run| format!("run {}: {}", run.id, run.words())).collect();
        *wish = Some(TrainingWish::Export(PlaneContent::plot("runs", &chart, words.join("; "))));
    }
    if all.len() > 1 {
        ChartUi::new("plane runs", &chart).height(130.0).axis_names().show(ui);
    }
    let status = training.status();
    for run in all.iter().rev() {
        let present = run.id == status.run && status.has_run();
        if let Some(asked) = card(ui, run, present, training.shown == Some(run.id)) {
            *wish = Some(TrainingWish::Run(asked));
        }
    }
    let text = format!("The last {MOST_RUNS} runs are kept, between starts too.");
    ui.label(RichText::new(text).font(theme::small()).color(theme::palette(ui).weak));
}

fn card(ui: &mut Ui, run: &RunCard, present: bool, shown: bool) -> Option<RunWish> {
    let palette = theme::palette(ui);
    ui.add_space(space::XS);
    let asked = ui.horizontal(|ui| {
        swatch(ui, run.color());
        ui.label(RichText::new(format!("run {}", run.id)).font(theme::heading()));
        let hint = "Asks this run’s network in place of the newest one’s.";
        let shown = Some((shown, hint));
        RunButtons { id: run.id, present, file: run.file.as_deref(), shown }.ui(ui)
    });
    let small = |text: String| RichText::new(text).font(theme::small()).color(palette.weak);
    ui.label(small(run.words()));
    let last = run.history.last();
    let found = match last.map(|point| (point.gap, point.loss)) {
        Some((Some(gap), _)) => format!("gap {}", number(gap)),
        Some((None, loss)) => format!("loss {}", number(loss)),
        None => "measuring …".to_owned(),
    };
    ui.label(small(format!("{found} after {:.0} s, {}", run.seconds, counted(run.step, "step"))));
    let early = EARLY.iter().filter_map(|at| {
        let point = run.history.iter().find(|point| point.seconds >= *at)?;
        Some(format!("{at} s {}", number(point.gap.unwrap_or(point.loss))))
    });
    let early: Vec<String> = early.collect();
    if !early.is_empty() {
        ui.label(small(early.join("   "))).on_hover_text("After so many seconds of training.");
    }
    asked.inner
}
