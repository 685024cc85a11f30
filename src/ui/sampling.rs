//! Controls of a sampler and its corrector, the same in every lab.

use crate::flow::Corrector;
use crate::sampler::{CorrectorBy, TimeGrid};
use crate::ui::icons;
use crate::ui::widgets::{
    ABOVE_ZERO, Choice, SliderRange, Tone, icon_button, notice, seed_field, segmented, setting, slider,
};
use egui::Ui;

/// The number of steps, 1 to 100000; `meaning` says what one is.
pub fn steps(ui: &mut Ui, meaning: &str, steps: &mut usize) {
    let mut value = *steps as f64;
    let range = SliderRange::counts(1.0..=1024.0).typed(1.0..=100_000.0);
    if slider(ui, "steps", &format!("{meaning} 1 to 100000."), &mut value, range) {
        *steps = value as usize;
    }
}

/// How the times of steps lie.
pub fn time_grid(ui: &mut Ui, about: &str, grid: &mut TimeGrid) {
    setting(ui, "time grid", about, |ui| {
        let choices = [
            (TimeGrid::T, "t", "tⱼ = j/n"),
            (TimeGrid::Kappa, "κ", "κ(tⱼ) = j/n"),
            (TimeGrid::Geometric, "geom.", "1 − tⱼ = 0.001^(j/n): short steps where the jump rate is high"),
        ];
        segmented(ui, "time grid", grid, choices);
    });
}

/// The temperature of the denoiser's answers, above 0 to 4.
pub fn temperature(ui: &mut Ui, about: &str, value: &mut f64) {
    slider(ui, "temperature", about, value, SliderRange::linear(0.1..=4.0).typed(ABOVE_ZERO..=4.0));
}

/// MaskGIT's noise on its confidences.
pub fn choice_temperature(ui: &mut Ui, value: &mut f64) {
    let tooltip = "Scale of the Gumbel noise on the confidences: 0 keeps the most confident token, large chooses by \
                   chance. 4.5 is MaskGIT’s own; 0 to 1000000.";
    slider(ui, "choice τ", tooltip, value, SliderRange::linear(0.0..=20.0).typed(0.0..=1e6));
}

/// The seed, and a button for the next one; `meaning` says what hangs on it.
pub fn seed(ui: &mut Ui, meaning: &str, seed: &mut u64) {
    let about = format!("A whole number from 0 to 18446744073709551615. {meaning}");
    let problem = setting(ui, "seed", &about, |ui| {
        let width = ui.available_width() - 34.0;
        let problem = seed_field(ui, width, seed);
        if icon_button(ui, icons::DICE, "Next seed", false).clicked() {
            *seed = seed.wrapping_add(1);
        }
        problem
    });
    if let Some(problem) = problem {
        notice(ui, Tone::Error, &problem);
    }
}

/// Whether there is a corrector, and what `more` of it can be set; `why` there can be none, if so. `meaning` ends what is
/// said of it.
pub fn corrector(
    ui: &mut Ui,
    (why, meaning): (Option<&str>, &str),
    (on, corrector): (&mut bool, &mut Corrector),
    more: impl FnOnce(&mut Ui),
) {
    let meaning = format!("Forward velocity × α = 1 + β, backward velocity × β = A tᵃ (1−t)ᵇ: {meaning}");
    ui.add_enabled_ui(why.is_none(), |ui| {
        setting(ui, "corrector", why.unwrap_or(&meaning), |ui| {
            segmented(ui, "corrector", on, [(false, "off", "α = 1, β = 0."), (true, "on", &meaning)]);
        });
        if *on {
            schedule(ui, corrector);
            more(ui);
        }
    });
}

/// A, a and b.
fn schedule(ui: &mut Ui, c: &mut Corrector) {
    let range = |most| SliderRange::linear(0.0..=most).typed(0.0..=1000.0);
    slider(ui, "A", "Strength A, 0 to 1000.", &mut c.amplitude, range(30.0));
    slider(ui, "a", "Exponent of t, 0 to 1000.", &mut c.a, range(4.0));
    slider(ui, "b", "Exponent of 1−t, 0 to 1000.", &mut c.b, range(4.0));
    setting(ui, "preset", "Settings of the papers.", |ui| {
        let presets = [
            ("images", "12 t² (1−t)^0.25", Corrector::IMAGES),
            ("text", "10 t^0.25 (1−t)^0.25", Corrector { amplitude: 10.0, a: 0.25, b: 0.25 }),
            (
                "1 + 10t",
                "Campbell et al.’s stochasticity η = 10",
                Corrector { amplitude: 10.0, a: 1.0, b: 0.0 },
            ),
        ];
        for (name, formula, preset) in presets {
            if ui.small_button(name).on_hover_text(formula).clicked() {
                *c = preset;
            }
        }
    });
}

/// How the exact method makes the corrector's move, and why it can't choose: `fixed` of all, `coupled` of overshooting.
/// Whether it changed.
pub fn moves(
    ui: &mut Ui,
    by: &mut CorrectorBy,
    (fixed, coupled): (Option<&'static str>, Option<&'static str>),
) -> bool {
    setting(ui, "moves by", "How the exact method makes the corrector’s move.", |ui| {
        let choice = |value, label, tooltip, disabled| Choice { value, label, tooltip, disabled };
        let choices = [
            choice(
                CorrectorBy::Overshoot,
                "overshoot",
                "Forward beyond the step’s end, then re-noised back: the second half is exact for any step.",
                fixed.or(coupled),
            ),
            choice(
                CorrectorBy::Exponential,
                "exp.",
                "Drawn anew with probability 1 − exp(−∫(αλ + βμ)), from data or noise.",
                fixed,
            ),
            choice(
                CorrectorBy::Velocity,
                "velocity",
                "Drawn anew with probability ∫(αλ + βμ), cut off at 1.",
                fixed,
            ),
        ];
        segmented(ui, "moves by", by, choices)
    })
}
