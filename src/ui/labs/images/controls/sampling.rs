//! How the walls are sampled.

use super::BUTTON;
use crate::experiment::images::ImageSettings;
use crate::experiment::images::MOST_IMAGES;
use crate::experiment::images::SideSettings;
use crate::flow::Corrector;
use crate::flow::SequenceSource;
use crate::sampler::CorrectorBy;
use crate::sampler::TimeGrid;
use crate::sampler::sequence::SequenceMethod;
use crate::ui::icons;
use crate::ui::widgets::ABOVE_ZERO;
use crate::ui::widgets::Choice;
use crate::ui::widgets::SliderRange;
use crate::ui::widgets::Tone;
use crate::ui::widgets::icon_button;
use crate::ui::widgets::notice;
use crate::ui::widgets::seed_field;
use crate::ui::widgets::segmented;
use crate::ui::widgets::setting;
use crate::ui::widgets::slider;
use egui::Ui;

pub(super) fn walls(ui: &mut Ui, settings: &mut ImageSettings) {
    let mut images = settings.images as f64;
    let range = SliderRange { whole: true, ..SliderRange::linear(1.0..=MOST_IMAGES as f64) };
    if slider(ui, "images", "Images of a wall, 1 to 64.", &mut images, range) {
        settings.images = images as usize;
        settings.picked = settings.picked.map(|picked| picked.min(settings.images - 1));
    }
    let about = "A whole number from 0 to 18446744073709551615. A token has the same random numbers whatever else is set: \
                 what differs between walls is what was set.";
    let problem = setting(ui, "seed", about, |ui| {
        let width = ui.available_width() - BUTTON;
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

pub(super) fn sampler(ui: &mut Ui, side: &mut SideSettings, source: SequenceSource) {
    let sampler = &mut side.sampler;
    setting(ui, "method", "How tokens come out.", |ui| {
        let uniform =
            (source == SequenceSource::Uniform).then_some("It reveals masks: it needs the mask source.");
        let choices = [
            Choice::from((
                SequenceMethod::Exact,
                "exact",
                "Every token with probability (κₜ₊ₕ − κₜ)/(1 − κₜ), whatever it is: discrete flow matching.",
            )),
            Choice {
                value: SequenceMethod::MaskGit,
                label: "MaskGIT",
                tooltip: "The most confident tokens first: its bias does not vanish with more steps.",
                disabled: uniform,
            },
        ];
        segmented(ui, "image method", &mut sampler.method, choices);
    });
    let mut steps = sampler.steps as f64;
    let tooltip = "Steps, the last one forced. A step that reveals nothing in an image costs it no evaluation. 1 to 100000.";
    let range = SliderRange::counts(1.0..=1024.0).typed(1.0..=100_000.0);
    if slider(ui, "steps", tooltip, &mut steps, range) {
        sampler.steps = steps as usize;
    }
    let exact = sampler.method == SequenceMethod::Exact;
    if exact {
        setting(ui, "time grid", "Equal steps of t or of κ, or steps that shrink with 1−t.", |ui| {
            let choices = [
                (TimeGrid::T, "t", "tⱼ = j/n"),
                (TimeGrid::Kappa, "κ", "κ(tⱼ) = j/n"),
                (TimeGrid::Geometric, "geom.", "1 − tⱼ = 0.001^(j/n)"),
            ];
            segmented(ui, "image time grid", &mut sampler.grid, choices);
        });
    } else {
        let tooltip = "Scale of the Gumbel noise on the confidences: 0 keeps the most confident token, large chooses \
                       by chance. 0 to 1000000.";
        let range = SliderRange::linear(0.0..=20.0).typed(0.0..=1e6);
        slider(ui, "choice τ", tooltip, &mut sampler.choice_temperature, range);
    }
    let tooltip =
        "τ in (0, 4]: p becomes softmax(ln p / τ). Anything but a constant 1 biases even the exact denoiser.";
    let range = SliderRange::linear(0.1..=2.0).typed(ABOVE_ZERO..=4.0);
    slider(ui, "temperature", tooltip, &mut sampler.temperature.level, range);
    setting(ui, "τ over t", "How the temperature changes on the way.", |ui| {
        let choices = [
            (false, "constant", "τ(t) = τ."),
            (true, "fading", "τ(t) = τ (1−t)²: draws end at the likeliest value."),
        ];
        segmented(ui, "fading", &mut sampler.temperature.fading, choices);
    });
}

pub(super) fn corrector(ui: &mut Ui, side: &mut SideSettings) {
    let why = (side.sampler.method == SequenceMethod::MaskGit).then_some("MaskGIT has no corrector.");
    let meaning = "Forward velocity × α = 1 + β, backward velocity × β = A tᵃ (1−t)ᵇ: tokens are masked again and drawn \
                   anew, which mends what was drawn too early.";
    ui.add_enabled_ui(why.is_none(), |ui| {
        setting(ui, "corrector", why.unwrap_or(meaning), |ui| {
            let choices = [(false, "off", "α = 1, β = 0."), (true, "on", meaning)];
            segmented(ui, "image corrector", &mut side.corrector_on, choices);
        });
        if !side.corrector_on {
            return;
        }
        let c = &mut side.corrector;
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
        });
        // Without a label: three words need the room.
        let choices = [
            (CorrectorBy::Overshoot, "overshoot", "Forward beyond the step’s end, then re-noised back."),
            (CorrectorBy::Exponential, "exp.", "With probability 1 − exp(−∫(αλ + βμ))."),
            (CorrectorBy::Velocity, "velocity", "With probability ∫(αλ + βμ), cut off at 1."),
        ];
        segmented(ui, "image moves by", &mut side.sampler.corrector_by, choices);
    });
}
