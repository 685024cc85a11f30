//! Sampler and corrector.

use crate::data::SourceSpec;
use crate::experiment::grid::Settings;
use crate::flow::{ConditionalPath, GridPath};
use crate::sampler::CorrectorBy;
use crate::sampler::grid::{MOST_SWEEPS, Method, SamplerConfig, too_slow_to_push};
use crate::ui::sampling;
use crate::ui::widgets::{ABOVE_ZERO, SliderRange, Tone, named_choice, notice, segmented, setting, slider};
use egui::{ComboBox, Ui};

/// The methods with their names and formulas.
pub(in crate::ui::labs::grid) const METHODS: [(Method, &str, &str); 9] = [
    (Method::Exact, "exact", "θ = (κₜ₊ₕ − κₜ)/(1 − κₜ): exact for a frozen denoiser"),
    (Method::Euler, "Euler", "θ = h κ′/(1−κ), cut off at 1"),
    (Method::Exponential, "exponential", "θ = 1 − exp(−h κ′/(1−κ))"),
    (Method::Adaptive, "adaptive", "Euler with h ≤ 1/(α κ′/(1−κ) + β κ′/κ)"),
    (Method::Tau, "tau-leaping", "moves if exactly one Poisson event falls into the step"),
    (Method::Midpoint, "midpoint", "two evaluations: looks half a step ahead, then steps with those rates"),
    (Method::Trapezoidal, "trapezoidal", "two evaluations: half a step, then with 2u(x*) − u(x)"),
    (Method::Ctmc, "event by event", "every jump at its own time: no bias of steps"),
    (Method::MaskGit, "MaskGIT", "most confident first: its bias does not vanish"),
];

/// Why a method can't be used on the present flow.
pub(in crate::ui::labs::grid) fn unusable(method: Method, settings: &Settings) -> Option<String> {
    let metric = matches!(settings.flow.conditional, ConditionalPath::Metric(_));
    let reveals =
        settings.flow.source == SourceSpec::Mask && settings.flow.conditional == ConditionalPath::Mixture;
    match method {
        Method::MaskGit if !reveals => Some("needs the mask source and the mixture path".to_owned()),
        Method::Midpoint | Method::Trapezoidal | Method::Ctmc if metric => {
            Some("needs a mixture or three-way path".to_owned())
        }
        _ => None,
    }
}

/// Method, steps, grid, temperature, particles, seed.
pub(super) fn sampler(ui: &mut Ui, settings: &mut Settings, path: &GridPath) {
    let method = settings.sampler.method;
    let name = METHODS.iter().find(|(m, ..)| *m == method).map_or("", |(_, name, _)| name);
    setting(ui, "method", "θ: the probability that a token is drawn anew in one step of length h.", |ui| {
        let width = ui.available_width();
        let menu = ComboBox::from_id_salt("method").selected_text(name).width(width);
        let shown = menu.show_ui(ui, |ui| {
            for (other, name, formula) in METHODS {
                let why = unusable(other, settings);
                let label = egui::Button::selectable(method == other, format!("{name}    {formula}"));
                let mut row = ui.add_enabled(why.is_none(), label);
                if let Some(why) = why {
                    row = row.on_disabled_hover_text(why);
                }
                if row.clicked() {
                    settings.sampler.method = other;
                }
            }
        });
        named_choice(&shown.response, "method", name);
    });
    if let Some(why) = unusable(method, settings) {
        notice(ui, Tone::Warning, &format!("{name} {why}"));
    } else if let Some(why) = too_slow_to_push(method, path) {
        notice(
            ui,
            Tone::Plain,
            &format!("{name}: {why}. The sampler’s mass is their histogram, with its noise."),
        );
    }
    let sampler = &mut settings.sampler;
    let meaning = match method {
        Method::Adaptive => "The least number of steps: the adaptive method takes as many as its rates need.",
        Method::Midpoint | Method::Trapezoidal => {
            "Steps of two denoiser evaluations each, the last one forced."
        }
        Method::Ctmc => "How often the run is looked at: its jumps have times of their own.",
        Method::MaskGit => "Rounds = denoiser evaluations (NFE).",
        _ => "Steps = denoiser evaluations (NFE), the last one forced.",
    };
    sampling::steps(ui, meaning, &mut sampler.steps);
    ui.add_enabled_ui(method.takes_temperature(), |ui| {
        let tooltip = if method.takes_temperature() {
            "Equal steps of t or of κ, or steps that shrink with 1−t."
        } else {
            "This method has no step times."
        };
        sampling::time_grid(ui, tooltip, &mut sampler.grid);
        let tooltip = if method.takes_temperature() {
            "τ in (0, 4]: p becomes softmax(ln p / τ). Anything but 1 biases even the exact denoiser."
        } else {
            "This method samples from p itself."
        };
        sampling::temperature(ui, tooltip, &mut sampler.temperature);
    });
    if method == Method::MaskGit {
        sampling::choice_temperature(ui, &mut sampler.choice_temperature);
    }
    let mut particles = settings.particles as f64;
    let tooltip = "How many samples are drawn, 1 to 1000000. Their TV cannot fall below the noise floor \
                   ½ Σ √(2q(1−q)/πn).";
    let range = SliderRange::counts(100.0..=1_000_000.0).typed(1.0..=1_000_000.0);
    if slider(ui, "particles", tooltip, &mut particles, range) {
        settings.particles = particles as usize;
    }
    sampling::seed(ui, "The same seed gives the same particles and the same training.", &mut settings.seed);
}

/// A, a, b and presets, how it moves, and iterations at fixed t. `renoises`: whether re-noising from the source's
/// marginals generates the present path.
pub(super) fn corrector(ui: &mut Ui, settings: &mut Settings, renoises: bool) {
    let method = settings.sampler.method;
    let metric = matches!(settings.flow.conditional, ConditionalPath::Metric(_));
    let why = if metric {
        Some("A corrector re-noises tokens, which needs a mixture or three-way path.")
    } else if !method.takes_corrector() {
        Some("This method’s moves have no backward part.")
    } else {
        None
    };
    let meaning = "the same pₜ, more traffic. With the exact denoiser it only adds step error; it mends a denoiser that \
                   errs early, while all is masked.";
    let set = (&mut settings.corrector_on, &mut settings.corrector);
    sampling::corrector(ui, (why, meaning), set, |ui| moves(ui, &mut settings.sampler, renoises));
    let why = if metric {
        Some("Iterations re-noise tokens, which needs a mixture or three-way path.")
    } else if !method.takes_temperature() {
        Some("This method has no steps to iterate between.")
    } else {
        None
    };
    ui.add_enabled_ui(why.is_none(), |ui| {
        let tooltip = why.unwrap_or(
            "Corrector iterations at fixed t after every step (α = β): pₜ stays what it is, a wrong pmf is drawn towards \
             it. “Sweeps at held t” in the right panel shows them one by one. 0 to 1000.",
        );
        let sweeps = &mut settings.sampler.sweeps;
        let mut count = sweeps.count as f64;
        let range = SliderRange { whole: true, ..SliderRange::linear(0.0..=20.0) };
        if slider(ui, "iterations", tooltip, &mut count, range.typed(0.0..=MOST_SWEEPS as f64)) {
            sweeps.count = count as usize;
        }
        if sweeps.count > 0 {
            setting(ui, "in turn", "Which tokens move at once in an iteration.", |ui| {
                let choices = [
                    (false, "one by one", "One token at a time: pₜ is exactly stationary. Two evaluations each."),
                    (true, "parallel", "Both at once: biased, by what “sweep bias” says. One evaluation each."),
                ];
                segmented(ui, "in turn", &mut sweeps.parallel, choices);
            });
            let tooltip = "h/h_max in (0, 1]: the step of an iteration in units of the largest. The bias of \
                           parallel iterations halves with it, and each gets half as much done.";
            let range = SliderRange::linear(0.05..=1.0).typed(ABOVE_ZERO..=1.0);
            slider(ui, "share", tooltip, &mut sweeps.share, range);
        }
    });
}

/// How the exact method makes the corrector's move.
fn moves(ui: &mut Ui, sampler: &mut SamplerConfig, renoises: bool) {
    let fixed = (sampler.method != Method::Exact).then_some("The other methods correct in their own way.");
    let coupled = (!renoises).then_some(
        "It re-noises each token from the source’s marginals, which needs a source of independent tokens and no \
         transport.",
    );
    // Where it can't overshoot the sampler moves by the exponential.
    let mut shown = match sampler.corrector_by {
        CorrectorBy::Overshoot if !renoises => CorrectorBy::Exponential,
        by => by,
    };
    if sampling::moves(ui, &mut shown, (fixed, coupled)) {
        sampler.corrector_by = shown;
    }
}
