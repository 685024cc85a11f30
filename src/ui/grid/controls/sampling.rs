//! Sampler and corrector.

use crate::flow::Corrector;
use crate::sampler::{Method, TimeGrid};
use crate::ui::grid::settings::Settings;
use crate::ui::icons;
use crate::ui::widgets::{SliderRange, icon_button, segmented, setting, slider};
use egui::{ComboBox, Ui};

/// Method, steps, grid, temperature, particles, seed.
pub(super) fn sampler(ui: &mut Ui, settings: &mut Settings) {
    let methods = [
        (Method::Exact, "exact", "θ = (κₜ₊ₕ − κₜ)/(1 − κₜ): exact for a frozen denoiser"),
        (Method::Euler, "Euler", "θ = h κ′/(1−κ), cut off at 1"),
        (Method::Exponential, "exponential", "θ = 1 − exp(−h κ′/(1−κ))"),
        (Method::Adaptive, "adaptive", "Euler with h ≤ 1/(α κ′/(1−κ) + β κ′/κ)"),
        (Method::Tau, "tau-leaping", "moves if exactly one Poisson event falls into the step"),
    ];
    let sampler = &mut settings.sampler;
    let name = methods.iter().find(|(m, ..)| *m == sampler.method).map_or("", |(_, name, _)| name);
    setting(ui, "method", "θ: the probability that a token is drawn anew in one step of length h.", |ui| {
        let width = ui.available_width();
        ComboBox::from_id_salt("method").selected_text(name).width(width).show_ui(ui, |ui| {
            for (method, name, formula) in methods {
                if ui.selectable_label(method == sampler.method, format!("{name}    {formula}")).clicked() {
                    sampler.method = method;
                }
            }
        });
    });
    let mut steps = sampler.steps as f64;
    let tooltip = "Steps = denoiser evaluations (NFE), the last one forced. The adaptive method may take more. 1 to 1024 here.";
    if slider(ui, "steps", tooltip, &mut steps, SliderRange::counts(1.0..=1024.0)) {
        sampler.steps = steps as usize;
    }
    setting(ui, "time grid", "Equal steps of t or of κ, or steps that shrink with 1−t.", |ui| {
        let choices = [
            (TimeGrid::T, "t", "tⱼ = j/n"),
            (TimeGrid::Kappa, "κ", "κ(tⱼ) = j/n"),
            (TimeGrid::Geometric, "geom.", "1 − tⱼ = 0.001^(j/n): short steps where the jump rate is high"),
        ];
        segmented(ui, "time grid", &mut sampler.grid, choices);
    });
    let tooltip = "τ in (0, 4]: p becomes softmax(ln p / τ). Anything but 1 biases even a perfect denoiser.";
    slider(ui, "temperature", tooltip, &mut sampler.temperature, SliderRange::linear(0.1..=4.0));
    let mut particles = settings.particles as f64;
    let tooltip = "How many samples are drawn. Their TV cannot fall below the noise floor ½ Σ √(2q(1−q)/πn).";
    if slider(ui, "particles", tooltip, &mut particles, SliderRange::counts(100.0..=1_000_000.0)) {
        settings.particles = particles as usize;
    }
    setting(ui, "seed", "The same seed gives the same particles and the same training.", |ui| {
        let mut seed = settings.seed;
        let width = ui.available_width() - 34.0;
        let drag = egui::DragValue::new(&mut seed).range(0..=u64::from(u32::MAX));
        ui.add_sized(egui::Vec2::new(width, 22.0), drag);
        if icon_button(ui, icons::DICE, "Next seed", false).clicked() {
            seed += 1;
        }
        settings.seed = seed;
    });
}

/// A, a, b and presets.
pub(super) fn corrector(ui: &mut Ui, settings: &mut Settings) {
    let tooltip = "Forward velocity × α = 1 + β, backward velocity × β = A tᵃ (1−t)ᵇ: the same pₜ, more traffic. \
                   With a perfect denoiser it only adds step error; it mends a denoiser that errs early, while all is masked.";
    setting(ui, "corrector", tooltip, |ui| {
        let choices = [(false, "off", "α = 1, β = 0."), (true, "on", tooltip)];
        segmented(ui, "corrector", &mut settings.corrector_on, choices);
    });
    if settings.corrector_on {
        let c = &mut settings.corrector;
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
            if ui.small_button("1 + 10t").on_hover_text("Campbell et al.’s stochasticity η = 10").clicked()
            {
                *c = Corrector { amplitude: 10.0, a: 1.0, b: 0.0 };
            }
        });
    }
}
