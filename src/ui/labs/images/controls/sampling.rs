//! How the walls are sampled.

use crate::experiment::images::{ImageSettings, MOST_IMAGES, SideSettings};
use crate::flow::SequenceSource;
use crate::sampler::sequence::SequenceMethod;
use crate::ui::sampling;
use crate::ui::widgets::{Choice, SliderRange, segmented, setting, slider};
use egui::Ui;

pub(super) fn walls(ui: &mut Ui, settings: &mut ImageSettings) {
    let mut images = settings.images as f64;
    let range = SliderRange { whole: true, ..SliderRange::linear(1.0..=MOST_IMAGES as f64) };
    if slider(ui, "images", "Images of a wall, 1 to 64.", &mut images, range) {
        settings.images = images as usize;
        settings.picked = settings.picked.map(|picked| picked.min(settings.images - 1));
    }
    let meaning = "A token has the same random numbers whatever else is set: what differs between walls is what was set.";
    sampling::seed(ui, meaning, &mut settings.seed);
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
    let meaning =
        "Steps, the last one forced. A step that reveals nothing in an image costs it no evaluation.";
    sampling::steps(ui, meaning, &mut sampler.steps);
    if sampler.method != SequenceMethod::MaskGit {
        let about = "Equal steps of t or of κ, or steps that shrink with 1−t.";
        sampling::time_grid(ui, about, &mut sampler.grid);
    } else {
        sampling::choice_temperature(ui, &mut sampler.choice_temperature);
    }
    let about =
        "τ in (0, 4]: p becomes softmax(ln p / τ). Anything but a constant 1 biases even the exact denoiser.";
    sampling::temperature(ui, about, &mut sampler.temperature.level);
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
    let meaning = "tokens are masked again and drawn anew, which mends what was drawn too early.";
    let set = (&mut side.corrector_on, &mut side.corrector);
    sampling::corrector(ui, (why, meaning), set, |ui| {
        sampling::moves(ui, &mut side.sampler.corrector_by, (None, None));
    });
}
