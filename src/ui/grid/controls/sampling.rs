//! Sampler and corrector.

use crate::data::SourceSpec;
use crate::flow::{ConditionalPath, Corrector, GridPath};
use crate::sampler::{CorrectorBy, Method, SamplerConfig, TimeGrid, too_slow_to_push};
use crate::ui::grid::settings::Settings;
use crate::ui::icons;
use crate::ui::widgets::{
    Choice, SliderRange, Tone, icon_button, named_choice, notice, segmented, setting, slider,
};
use egui::{ComboBox, Ui};

/// The methods with their names and formulas.
pub(in crate::ui::grid) const METHODS: [(Method, &str, &str); 9] = [
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
pub(in crate::ui::grid) fn unusable(method: Method, settings: &Settings) -> Option<String> {
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
    let tooltip = match method {
        Method::Adaptive => "The least number of steps: the adaptive method takes as many as its rates need.",
        Method::Midpoint | Method::Trapezoidal => {
            "Steps of two denoiser evaluations each, the last one forced."
        }
        Method::Ctmc => "How often the run is looked at: its jumps have times of their own.",
        Method::MaskGit => "Rounds = denoiser evaluations (NFE).",
        _ => "Steps = denoiser evaluations (NFE), the last one forced.",
    };
    if slider(ui, "steps", tooltip, &mut steps, SliderRange::counts(1.0..=1024.0)) {
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
            "τ in (0, 4]: p becomes softmax(ln p / τ). Anything but 1 biases even a perfect denoiser."
        } else {
            "This method samples from p itself."
        };
        slider(ui, "temperature", tooltip, &mut sampler.temperature, SliderRange::linear(0.1..=4.0));
    });
    if method == Method::MaskGit {
        let tooltip = "Scale of the Gumbel noise on the confidences: 0 keeps the most confident token, large chooses \
                       by chance. 4.5 is MaskGIT’s own.";
        slider(ui, "choice τ", tooltip, &mut sampler.choice_temperature, SliderRange::linear(0.0..=20.0));
    }
    let mut particles = settings.particles as f64;
    let tooltip = "How many samples are drawn. Their TV cannot fall below the noise floor ½ Σ √(2q(1−q)/πn).";
    if slider(ui, "particles", tooltip, &mut particles, SliderRange::counts(100.0..=1_000_000.0)) {
        settings.particles = particles as usize;
    }
    setting(ui, "seed", "The same seed gives the same particles and the same training.", |ui| {
        let mut seed = settings.seed;
        let width = ui.available_width() - 34.0;
        let drag = egui::DragValue::new(&mut seed).range(0..=u64::from(u32::MAX));
        let field = ui.add_sized(egui::Vec2::new(width, 22.0), drag);
        field.widget_info(|| egui::WidgetInfo {
            label: Some("seed".to_owned()),
            value: Some(seed as f64),
            ..egui::WidgetInfo::new(egui::Role::SpinButton)
        });
        if icon_button(ui, icons::DICE, "Next seed", false).clicked() {
            seed += 1;
        }
        settings.seed = seed;
    });
}

/// A, a, b and presets, how it moves, and iterations at fixed t.
pub(super) fn corrector(ui: &mut Ui, settings: &mut Settings) {
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
                   With a perfect denoiser it only adds step error; it mends a denoiser that errs early, while all is masked.";
    ui.add_enabled_ui(why.is_none(), |ui| {
        setting(ui, "corrector", why.unwrap_or(meaning), |ui| {
            let choices = [(false, "off", "α = 1, β = 0."), (true, "on", meaning)];
            segmented(ui, "corrector", &mut settings.corrector_on, choices);
        });
        if settings.corrector_on {
            numbers(ui, &mut settings.corrector);
            moves(ui, &mut settings.sampler);
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
             it. “Sweeps at held t” in the right panel shows them one by one.",
        );
        let sweeps = &mut settings.sampler.sweeps;
        let mut count = sweeps.count as f64;
        if slider(ui, "iterations", tooltip, &mut count, SliderRange { logarithmic: false, ..SliderRange::counts(0.0..=20.0) }) {
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
            let tooltip = "h/h_max in (0, 1], here from 0.05: the step of an iteration in units of the largest. The bias of \
                           parallel iterations halves with it, and each gets half as much done.";
            slider(ui, "share", tooltip, &mut sweeps.share, SliderRange::linear(0.05..=1.0));
        }
    });
}

fn numbers(ui: &mut Ui, c: &mut Corrector) {
    slider(ui, "A", "Strength A ≥ 0.", &mut c.amplitude, SliderRange::linear(0.0..=30.0));
    slider(ui, "a", "Exponent of t.", &mut c.a, SliderRange::linear(0.0..=4.0));
    slider(ui, "b", "Exponent of 1−t.", &mut c.b, SliderRange::linear(0.0..=4.0));
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
fn moves(ui: &mut Ui, sampler: &mut SamplerConfig) {
    let other = (sampler.method != Method::Exact).then_some("The other methods correct in their own way.");
    setting(ui, "moves by", "How the exact method makes the corrector’s move.", |ui| {
        let choice = |value, label, tooltip| Choice { value, label, tooltip, disabled: other };
        let choices = [
            choice(
                CorrectorBy::Overshoot,
                "overshoot",
                "Forward beyond the step’s end, then re-noised back: the second half is exact for any step.",
            ),
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
        segmented(ui, "moves by", &mut sampler.corrector_by, choices);
    });
}
