//! Sampler and corrector.

use crate::data::SourceSpec;
use crate::experiment::grid::Settings;
use crate::flow::{ConditionalPath, Corrector, GridPath};
use crate::sampler::grid::{MOST_SWEEPS, Method, SamplerConfig, too_slow_to_push};
use crate::sampler::{CorrectorBy, TimeGrid};
use crate::ui::icons;
use crate::ui::widgets::{
    ABOVE_ZERO, Choice, SliderRange, Tone, icon_button, named_choice, notice, seed_field, segmented, setting,
    slider,
};
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
    let mut steps = sampler.steps as f64;
    let meaning = match method {
        Method::Adaptive => "The least number of steps: the adaptive method takes as many as its rates need.",
        Method::Midpoint | Method::Trapezoidal => {
            "Steps of two denoiser evaluations each, the last one forced."
        }
        Method::Ctmc => "How often the run is looked at: its jumps have times of their own.",
        Method::MaskGit => "Rounds = denoiser evaluations (NFE).",
        _ => "Steps = denoiser evaluations (NFE), the last one forced.",
    };
    let tooltip = format!("{meaning} 1 to 100000.");
    let range = SliderRange::counts(1.0..=1024.0).typed(1.0..=100_000.0);
    if slider(ui, "steps", &tooltip, &mut steps, range) {
        sampler.steps = steps as usize;
    }
    ui.add_enabled_ui(method.takes_temperature(), |ui| {
        let tooltip = if method.takes_temperature() {
            "Equal steps of t or of κ, or steps that shrink with 1−t."
        } else {
            "This method has no step times."
        };
        setting(ui, "time grid", tooltip, |ui| {
            let choices = [
                (TimeGrid::T, "t", "tⱼ = j/n"),
                (TimeGrid::Kappa, "κ", "κ(tⱼ) = j/n"),
                (
                    TimeGrid::Geometric,
                    "geom.",
                    "1 − tⱼ = 0.001^(j/n): short steps where the jump rate is high",
                ),
            ];
            segmented(ui, "time grid", &mut sampler.grid, choices);
        });
        let tooltip = if method.takes_temperature() {
            "τ in (0, 4]: p becomes softmax(ln p / τ). Anything but 1 biases even the exact denoiser."
        } else {
            "This method samples from p itself."
        };
        let range = SliderRange::linear(0.1..=4.0).typed(ABOVE_ZERO..=4.0);
        slider(ui, "temperature", tooltip, &mut sampler.temperature, range);
    });
    if method == Method::MaskGit {
        let tooltip = "Scale of the Gumbel noise on the confidences: 0 keeps the most confident token, large chooses \
                       by chance. 4.5 is MaskGIT’s own; 0 to 1000000.";
        let range = SliderRange::linear(0.0..=20.0).typed(0.0..=1e6);
        slider(ui, "choice τ", tooltip, &mut sampler.choice_temperature, range);
    }
    let mut particles = settings.particles as f64;
    let tooltip = "How many samples are drawn, 1 to 1000000. Their TV cannot fall below the noise floor \
                   ½ Σ √(2q(1−q)/πn).";
    let range = SliderRange::counts(100.0..=1_000_000.0).typed(1.0..=1_000_000.0);
    if slider(ui, "particles", tooltip, &mut particles, range) {
        settings.particles = particles as usize;
    }
    let about = "A whole number from 0 to 18446744073709551615. The same seed gives the same particles and the same \
                 training.";
    let problem = setting(ui, "seed", about, |ui| {
        let width = ui.available_width() - 34.0;
        let problem = seed_field(ui, width, &mut settings.seed);
        if icon_button(ui, icons::DICE, "Next seed", false).clicked() {
            settings.seed = settings.seed.wrapping_add(1);
        }
        problem
    });
    if let Some(problem) = problem {
        notice(ui, Tone::Error, &problem);
    }
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
    let meaning = "Forward velocity × α = 1 + β, backward velocity × β = A tᵃ (1−t)ᵇ: the same pₜ, more traffic. \
                   With the exact denoiser it only adds step error; it mends a denoiser that errs early, while all is masked.";
    ui.add_enabled_ui(why.is_none(), |ui| {
        setting(ui, "corrector", why.unwrap_or(meaning), |ui| {
            let choices = [(false, "off", "α = 1, β = 0."), (true, "on", meaning)];
            segmented(ui, "corrector", &mut settings.corrector_on, choices);
        });
        if settings.corrector_on {
            numbers(ui, &mut settings.corrector);
            moves(ui, &mut settings.sampler, renoises);
        }
    });
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

fn numbers(ui: &mut Ui, c: &mut Corrector) {
    let range = |most| SliderRange::linear(0.0..=most).typed(0.0..=1000.0);
    slider(ui, "A", "Strength A, 0 to 1000.", &mut c.amplitude, range(30.0));
    slider(ui, "a", "Exponent of t, 0 to 1000.", &mut c.a, range(4.0));
    slider(ui, "b", "Exponent of 1−t, 0 to 1000.", &mut c.b, range(4.0));
    setting(ui, "preset", "Settings of the paper.", |ui| {
        if ui.small_button("images").on_hover_text("12 t² (1−t)^0.25").clicked() {
            *c = Corrector::IMAGES;
        }
        if ui.small_button("text").on_hover_text("10 t^0.25 (1−t)^0.25").clicked() {
            *c = Corrector { amplitude: 10.0, a: 0.25, b: 0.25 };
        }
        if ui.small_button("1 + 10t").on_hover_text("Campbell et al.’s stochasticity η = 10").clicked() {
            *c = Corrector { amplitude: 10.0, a: 1.0, b: 0.0 };
        }
    });
}

/// How the exact method makes the corrector's move.
fn moves(ui: &mut Ui, sampler: &mut SamplerConfig, renoises: bool) {
    let other = (sampler.method != Method::Exact).then_some("The other methods correct in their own way.");
    let coupled = (!renoises).then_some(
        "It re-noises each token from the source’s marginals, which needs a source of independent tokens and no \
         transport.",
    );
    // Where it can't overshoot the sampler moves by the exponential.
    let mut shown = match sampler.corrector_by {
        CorrectorBy::Overshoot if !renoises => CorrectorBy::Exponential,
        by => by,
    };
    let changed = setting(ui, "moves by", "How the exact method makes the corrector’s move.", |ui| {
        let choice = |value, label, tooltip| Choice { value, label, tooltip, disabled: other };
        let choices = [
            Choice {
                value: CorrectorBy::Overshoot,
                label: "overshoot",
                tooltip: "Forward beyond the step’s end, then re-noised back: the second half is exact for any step.",
                disabled: other.or(coupled),
            },
            choice(
                CorrectorBy::Exponential,
                "exp.",
                "Drawn anew with probability 1 − exp(−∫(αλ + βμ)), from data or noise.",
            ),
            choice(
                CorrectorBy::Velocity,
                "velocity",
                "Drawn anew with probability ∫(αλ + βμ), cut off at 1.",
            ),
        ];
        segmented(ui, "moves by", &mut shown, choices)
    });
    if changed {
        sampler.corrector_by = shown;
    }
}
