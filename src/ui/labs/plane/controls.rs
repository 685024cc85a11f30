//! The left panel: target, source, path and sampler of a side, and what all sides share.

use super::hand::{Hand, HandWish, hand_panel};
use super::triangle::triangle;
use crate::experiment::plane::{
    self as experiment, PLANE_TARGETS, PlaneAnswer, PlaneSettings, PlaneSide, PlaneSourceSpec,
    PlaneTargetSpec, Sketch, target_words,
};
use crate::flow::plane::AffinePath;
use crate::sampler::plane::{Noise, PlaneCoupling, PlaneMethod, PlaneTimes};
use crate::ui::files::OTHER_WAYS;
use crate::ui::focus::scrolled;
use crate::ui::sampling;
use crate::ui::saved_targets::{saved_choice, title};
use crate::ui::theme;
use crate::ui::widgets::{
    Choice, SliderRange, Tone, named_choice, notice, section, segmented, setting, slider,
};
use crate::view::plane::NO_NETWORK;
use egui::{Button, ComboBox, RichText, Ui, Vec2};
use std::path::{Path, PathBuf};

/// What the panel needs to know.
pub struct ControlContext<'a> {
    /// Why there is no such flow.
    pub flow_problem: Option<&'a str>,
    /// Why the sampler can't run on it.
    pub run_problem: Option<&'a str>,
    /// Why no network can be asked.
    pub no_network: Option<&'a str>,
    /// What is drawn by hand on the side that is being set.
    pub sketch: Sketch,
    /// Whether it is drawn as cells.
    pub editing: bool,
    /// Drawings of the user’s own, of both kinds.
    pub saved: &'a [PathBuf],
}

/// What the panel asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// A file with a target.
    OpenTarget,
    /// To draw Gaussians and points by hand, or no longer.
    Draw,
    /// To draw cells, or no longer.
    Edit,
    /// Of the drawing.
    Hand(HandWish),
    /// A drawing that was kept.
    Use(PathBuf),
}

/// Draws the panel; what it asks for.
pub fn controls(
    ui: &mut Ui,
    settings: &mut PlaneSettings,
    hand: Option<&mut Hand>,
    context: &ControlContext<'_>,
) -> Option<Wish> {
    let mut wish = None;
    scrolled(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 5.0;
        let side = settings.sides.here_mut();
        section(ui, "Target and source", |ui| {
            wish = target(ui, side, hand, context);
            if let Some(why) = context.flow_problem {
                notice(ui, Tone::Error, why);
            }
        });
        section(ui, "Path", |ui| path(ui, side));
        section(ui, "Answers", |ui| answers(ui, side, context.no_network));
        section(ui, "Sampler", |ui| {
            sampler(ui, side);
            if let Some(why) = context.run_problem.filter(|why| *why != NO_NETWORK) {
                notice(ui, Tone::Error, why);
            }
        });
        section(ui, "Samples", |ui| samples(ui, settings));
    });
    wish
}

/// Who says where samples go.
fn answers(ui: &mut Ui, side: &mut PlaneSide, no_network: Option<&str>) {
    let asks = side.answer == PlaneAnswer::Network;
    let choices = [
        Choice::from((
            PlaneAnswer::Exact,
            "exact",
            "The closed-form velocity moves the samples and makes the arrows.",
        )),
        Choice {
            value: PlaneAnswer::Network,
            label: "network",
            tooltip: "The network moves the samples and makes the arrows of velocity and score; all else stays exact.",
            disabled: no_network.filter(|_| !asks),
        },
    ];
    segmented(ui, "answers of the velocity", &mut side.answer, choices);
    if let Some(why) = no_network.filter(|_| asks) {
        notice(ui, Tone::Warning, why);
    }
}

fn target(
    ui: &mut Ui,
    side: &mut PlaneSide,
    hand: Option<&mut Hand>,
    context: &ControlContext<'_>,
) -> Option<Wish> {
    let mut wish = None;
    let spacing = 4.0;
    let width = (ui.available_width() - 2.0 * spacing) / 3.0;
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.x = spacing;
        ui.spacing_mut().button_padding.x = 2.0;
        for row in PLANE_TARGETS.chunks(3) {
            ui.horizontal(|ui| {
                for (title, spec) in row {
                    let label = RichText::new(*title).font(theme::small());
                    let button = Button::selectable(side.target == *spec, label)
                        .frame_when_inactive(true)
                        .min_size(Vec2::new(width, 22.0));
                    let response = ui.add_sized(Vec2::new(width, 22.0), button);
                    if response.on_hover_text(target_words(spec)).clicked() {
                        side.target = spec.clone();
                    }
                }
            });
        }
    });
    setting(ui, "from the grid", "A pattern of the grid lab on K × K cells, each even inside.", |ui| {
        let chosen = match &side.target {
            PlaneTargetSpec::Grid(pattern, _) if !experiment::is_drawn(&side.target) => pattern.to_string(),
            _ => "–".to_owned(),
        };
        let width = ui.available_width();
        let menu = ComboBox::from_id_salt("pattern").selected_text(&chosen).width(width);
        let shown = menu.show_ui(ui, |ui| {
            for (title, pattern) in crate::data::PRESETS {
                let is = matches!(&side.target, PlaneTargetSpec::Grid(known, _) if **known == pattern);
                if ui.selectable_label(is, title).clicked() {
                    let k = if let PlaneTargetSpec::Grid(_, Some(k)) = side.target { k } else { 16 };
                    side.target = PlaneTargetSpec::Grid(Box::new(pattern), Some(k));
                }
            }
        });
        named_choice(&shown.response, "pattern of the grid", &chosen);
    });
    if file_target(ui, side) {
        wish = Some(Wish::OpenTarget);
    }
    wish = by_hand(ui, side, hand, context).or(wish);
    if let PlaneTargetSpec::Grid(_, Some(k)) = &mut side.target {
        let mut cells = *k as f64;
        let range = SliderRange { whole: true, ..SliderRange::linear(2.0..=64.0) };
        if slider(ui, "cells K", "Cells along a side, 2 to 64.", &mut cells, range) {
            *k = cells as usize;
        }
    }
    setting(ui, "source", "The law of x₀.", |ui| {
        let choices = [
            (PlaneSourceSpec::Normal, "normal", "N(0, I). DDPM and every SDE need it."),
            (
                PlaneSourceSpec::Square,
                "even",
                "Even on a square: that of a target of cells. Such a flow has a reading on the grid.",
            ),
            (PlaneSourceSpec::Ring, "ring", "Eight Gaussians on a circle of radius 3."),
        ];
        segmented(ui, "plane source", &mut side.source, choices);
    });
    coupling(ui, side);
    wish
}

/// A target that is drawn: the button, and while it is, what can be done with it.
fn by_hand(
    ui: &mut Ui,
    side: &mut PlaneSide,
    hand: Option<&mut Hand>,
    context: &ControlContext<'_>,
) -> Option<Wish> {
    let mut wish = None;
    let is_drawn = matches!(side.target, PlaneTargetSpec::Drawn(_));
    let kinds = [
        (
            "Gaussians …",
            hand.is_some(),
            is_drawn,
            Wish::Draw,
            "Draw Gaussians and points on the views, beginning with those of the present target; the flow follows.",
        ),
        (
            "cells …",
            context.editing,
            !is_drawn && experiment::is_drawn(&side.target),
            Wish::Edit,
            "Draw the mass of cells on a canvas, beginning with the present target; the flow follows.",
        ),
    ];
    setting(ui, "by hand", "A target that is drawn; settings, presets and figures keep all of it.", |ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let width = (ui.available_width() - 4.0) / 2.0;
        for (name, is_open, is_chosen, asked, about) in kinds {
            let label = RichText::new(if is_open { "done" } else { name }).font(theme::small());
            let button = Button::selectable(is_open || is_chosen, label).frame_when_inactive(true).truncate();
            let about = if is_open { "Stop drawing; the target stays." } else { about };
            if ui.add_sized(Vec2::new(width, 22.0), button).on_hover_text(about).clicked() {
                wish = Some(asked);
            }
        }
    });
    if let Some(hand) = hand {
        wish = hand_panel(ui, hand, side, &context.sketch).map(Wish::Hand).or(wish);
    }
    let name = match &side.target {
        PlaneTargetSpec::Drawn(sketch) => sketch.name(),
        PlaneTargetSpec::Grid(pattern, _) => pattern.drawn_name().unwrap_or_default(),
        _ => "",
    };
    let chosen = |file: &Path| !name.is_empty() && title(file) == name;
    let about = "Drawings of one’s own that were kept in the list.";
    saved_choice(ui, context.saved, about, &chosen).map(Wish::Use).or(wish)
}

/// A target from a file: which, and how wide its points are; whether one is asked for.
fn file_target(ui: &mut Ui, side: &mut PlaneSide) -> bool {
    let mut asks = false;
    let about = format!(
        "Points (rows x,y) or a mixture (rows weight,x,y,sd, or with covariances weight,x,y,sxx,sxy,syy) as .csv or .npy, at most 20000; or a pmf of the grid. {OTHER_WAYS}"
    );
    setting(ui, "from a file", &about, |ui| {
        let name = match side.target.file() {
            Some(file) => file.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            None => "open …".to_owned(),
        };
        let width = ui.available_width();
        let label = RichText::new(name).font(theme::small());
        let button =
            Button::selectable(side.target.file().is_some(), label).frame_when_inactive(true).truncate();
        asks = ui.add_sized(Vec2::new(width, 22.0), button).on_hover_text(&about).clicked();
    });
    if matches!(side.target, PlaneTargetSpec::Points(_)) {
        let about = "The standard deviation of every point, 0 to 100: without one nearly every sample is a copy, and at t = 1 there \
                     is no density.";
        let range = SliderRange::linear(0.0..=0.5).typed(0.0..=100.0);
        slider(ui, "width", about, &mut side.width, range);
    }
    asks
}

fn coupling(ui: &mut Ui, side: &mut PlaneSide) {
    let kind = std::mem::discriminant(&side.coupling);
    setting(
        ui,
        "pairs",
        &format!(
            "Which noise x₀ goes to which datum x₁. Coupled ones are {} pairs, each blurred by 0.15.",
            side.pairs
        ),
        |ui| {
            let choices = [
                (
                    PlaneCoupling::Independent,
                    "any",
                    "Independent: every noise to every datum. Scores and SDEs need it.",
                ),
                (
                    PlaneCoupling::MinibatchOt(256),
                    "OT",
                    "Within batches so that Σ|x₀ − x₁|² is least: minibatch optimal transport.",
                ),
                (
                    PlaneCoupling::Reflow(1),
                    "reflow",
                    "Both ends of the trajectories of the flow, again and again.",
                ),
            ];
            let mut chosen = choices
                .iter()
                .find(|(coupling, ..)| std::mem::discriminant(coupling) == kind)
                .map_or(side.coupling, |(coupling, ..)| *coupling);
            if segmented(ui, "pairs", &mut chosen, choices) {
                side.coupling = chosen;
            }
        },
    );
    match &mut side.coupling {
        PlaneCoupling::Independent => {}
        PlaneCoupling::MinibatchOt(batch) => {
            let mut size = *batch as f64;
            let about = "Pairs of a batch, 1 to 1024: with 1 they are independent.";
            if slider(ui, "batch B", about, &mut size, SliderRange::counts(1.0..=512.0).typed(1.0..=1024.0)) {
                *batch = size as usize;
            }
        }
        PlaneCoupling::Reflow(rounds) => {
            let mut count = *rounds as f64;
            let range = SliderRange { whole: true, ..SliderRange::linear(1.0..=3.0) }.typed(1.0..=5.0);
            if slider(ui, "rounds", "How often, 1 to 5.", &mut count, range) {
                *rounds = count as usize;
            }
        }
    }
}

fn path(ui: &mut Ui, side: &mut PlaneSide) {
    let choices = [
        (AffinePath::CondOt, "cond-OT", "α = t, σ = 1−t: the straight path of flow matching."),
        (AffinePath::Trig, "trig", "α = sin(πt/2), σ = cos(πt/2): keeps the variance."),
        (AffinePath::VP, "VP", "Variance preserving with β from 0.1 to 20: DDPM in continuous time."),
        (
            AffinePath::Ve { level: 8.0 },
            "VE",
            "α = 1, σ = 8(1−t): noise that explodes backwards. The views go along with its size.",
        ),
    ];
    let mut chosen = side.path;
    if segmented(ui, "path of mixing", &mut chosen, choices) {
        side.path = chosen;
    }
}

/// A method, what it is called, and what there is to know.
type Named = (&'static str, PlaneMethod, &'static str);

/// Methods by what they are.
const METHODS: [(&str, &[Named]); 4] = [
    (
        "ODE",
        &[
            ("Euler", PlaneMethod::Euler, "1 evaluation a step, first order"),
            ("midpoint", PlaneMethod::Midpoint, "2 evaluations, second order"),
            ("Heun", PlaneMethod::Heun, "2 evaluations, second order"),
            ("RK4", PlaneMethod::Rk4, "4 evaluations, fourth order"),
            ("Dormand–Prince", PlaneMethod::DOPRI5, "6 evaluations an attempted step, which it chooses"),
        ],
    ),
    (
        "diffusion",
        &[
            ("DDPM", PlaneMethod::Ddpm { tilde: true }, "ancestral sampling, variance of the posterior"),
            ("DDPM β", PlaneMethod::Ddpm { tilde: false }, "ancestral sampling, the larger variance β"),
            ("DDIM", PlaneMethod::Ddim { eta: 0.0 }, "η from 0, Euler on another time grid, to 1, DDPM"),
        ],
    ),
    (
        "SDE",
        &[
            ("SDE, memoryless", PlaneMethod::Sde(Noise::Memoryless(1.0)), "a part of g² = 2σ(α′σ/α − σ′)"),
            ("SDE, tame", PlaneMethod::Sde(Noise::Tame(1.0)), "g² = 2η(1−t) on cond-OT"),
        ],
    ),
    (
        "generators",
        &[
            ("jumps by axes", PlaneMethod::AxisJump, "one coordinate at a time, of mixtures"),
            ("jumps on the plane", PlaneMethod::PlaneJump, "the fewest that any jump process makes"),
            (
                "superposition",
                PlaneMethod::Superposition { w: 0.5, g: 0.3 },
                "flow, noise and jumps in one, in the triangle",
            ),
        ],
    ),
];

fn sampler(ui: &mut Ui, side: &mut PlaneSide) {
    let same = |a: &PlaneMethod, b: &PlaneMethod| match (a, b) {
        (PlaneMethod::Ddpm { tilde }, PlaneMethod::Ddpm { tilde: other }) => tilde == other,
        (PlaneMethod::Sde(a), PlaneMethod::Sde(b)) => std::mem::discriminant(a) == std::mem::discriminant(b),
        _ => std::mem::discriminant(a) == std::mem::discriminant(b),
    };
    let all = METHODS.iter().flat_map(|(_, methods)| methods.iter());
    let current = all.clone().find(|(_, method, _)| same(method, &side.method)).map_or("", |(name, ..)| name);
    setting(ui, "method", "How samples go from noise to data; all start from the same x₀.", |ui| {
        let width = ui.available_width();
        let menu = ComboBox::from_id_salt("plane method").selected_text(current).width(width);
        let shown = menu.show_ui(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            for (heading, methods) in METHODS {
                ui.label(RichText::new(heading).font(theme::small()).color(theme::palette(ui).weak));
                for (name, method, about) in methods {
                    let is = same(method, &side.method);
                    let entry = Button::selectable(is, *name);
                    let why = why_not(*method, side);
                    let entry = ui.add_enabled(why.is_none(), entry).on_hover_text(*about);
                    let entry = entry.on_disabled_hover_text(why.unwrap_or_default());
                    if entry.clicked() && !is {
                        side.method = *method;
                        // Each is usually taken on a path and times of its own.
                        if matches!(method, PlaneMethod::Ddpm { .. } | PlaneMethod::Ddim { .. }) {
                            (side.path, side.times) = method.usual();
                        } else if side.times == PlaneTimes::Ddpm {
                            side.times = PlaneTimes::Own;
                        }
                    }
                }
            }
        });
        named_choice(&shown.response, "plane method", current);
    });
    match &mut side.method {
        PlaneMethod::Sde(Noise::Memoryless(part)) => {
            let about =
                "g² as a part, 0 to 1, of the memoryless noise: 0 is the ODE, 1 makes x₀ and x₁ independent.";
            slider(ui, "noise", about, part, SliderRange::linear(0.0..=1.0));
        }
        PlaneMethod::Sde(Noise::Tame(eta)) => {
            let about = "η of g² = 2η(1−t), 0 to 10: 0 is the ODE.";
            slider(ui, "noise η", about, eta, SliderRange::linear(0.0..=2.0).typed(0.0..=10.0));
        }
        PlaneMethod::Ddim { eta } => {
            slider(ui, "η", "0: deterministic, 1: DDPM.", eta, SliderRange::linear(0.0..=1.0));
        }
        PlaneMethod::Dopri5 { tol } => {
            let about = "Relative and absolute tolerance, 1e-10 to 0.5.";
            let mut said = tol.unwrap_or(PlaneMethod::USUAL_TOLERANCE);
            let range = SliderRange::logarithmic(1e-6..=0.1).typed(1e-10..=0.5);
            if slider(ui, "tolerance", about, &mut said, range) {
                *tol = Some(said);
            }
        }
        method @ PlaneMethod::Superposition { .. } => {
            triangle(ui, method);
            if let PlaneMethod::Superposition { w, g } = method {
                let about = "The part of jumps, 0 to 1; the rest is flow.";
                slider(ui, "jumps w", about, w, SliderRange::linear(0.0..=1.0));
                let about = "The noise, 0 to 10, whose score keeps the density.";
                slider(ui, "noise g", about, g, SliderRange::linear(0.0..=2.0).typed(0.0..=10.0));
            }
        }
        _ => {}
    }
    let adaptive = matches!(side.method, PlaneMethod::Dopri5 { .. });
    ui.add_enabled_ui(!adaptive, |ui| {
        let meaning = if adaptive {
            "The method chooses its steps by the tolerance."
        } else {
            "Steps from noise to data."
        };
        sampling::steps(ui, meaning, &mut side.steps);
    });
    let about = "When it steps. Two samplers may differ in their time grid alone.";
    ui.add_enabled_ui(!adaptive, |ui| {
        setting(ui, "time grid", about, |ui| {
            let choices = [
                Choice::from((PlaneTimes::Own, "t", "Even in the path’s own t.")),
                (PlaneTimes::TStar, "t*", "Even in t* = α/(α+σ).").into(),
                (PlaneTimes::Ddpm, "DDPM", "Even in the index of DDPM’s 1000 noise levels.").into(),
                (PlaneTimes::LogSnr, "SNR", "Even in ln(α/σ).").into(),
                (PlaneTimes::Edm, "EDM", "EDM’s noise levels with ρ = 7.").into(),
            ];
            segmented(ui, "plane time grid", &mut side.times, choices);
        });
    });
}

/// Why a method can't be taken for what is set.
fn why_not(method: PlaneMethod, side: &PlaneSide) -> Option<&'static str> {
    let is_independent = side.coupling == PlaneCoupling::Independent;
    // The superposition can be had without its noise.
    let method = match method {
        PlaneMethod::Superposition { w, .. } => PlaneMethod::Superposition { w, g: 0.0 },
        method => method,
    };
    method.without_score(is_independent, side.source == PlaneSourceSpec::Normal)
}

fn samples(ui: &mut Ui, settings: &mut PlaneSettings) {
    let mut count = settings.particles as f64;
    let about = "Samples of a run, 1 to 200000.";
    let range = SliderRange::counts(100.0..=100_000.0).typed(1.0..=200_000.0);
    if slider(ui, "samples", about, &mut count, range) {
        settings.particles = count as usize;
        // One that is gone can't be followed.
        settings.sample = settings.sample.min(settings.particles.saturating_sub(1));
    }
    let meaning = "All sides start from the same noise x₀: what differs between them is what was set.";
    sampling::seed(ui, meaning, &mut settings.seed);
}
