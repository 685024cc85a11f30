//! Training in the window: how it is set, how far it is, and how well it does.

use super::controls::{Action, data_choice, source, tokens};
use super::needs::Needs;
use super::runs::ImageRuns;
use super::walls::weak;
use crate::data::memory::in_words;
use crate::experiment::images::TrainingSettings;
use crate::flow::counted;
use crate::model::sequence::{NetSize, Products};
use crate::train::TrainState;
use crate::train::sequence::{ImageTrainStatus, Mirror, left_words};
use crate::ui::run_card::{PREPARING, TrainerButton, trainer_buttons};
use crate::ui::widgets::{
    ABOVE_ZERO, Choice, SliderRange, Tone, notice, section, segmented, setting, slider,
};
use egui::Ui;

/// The length of a run at first, once it has one: digits are learned by then.
const USUAL_LENGTH: u64 = 100_000;

/// Draws the panel. `samples`: whether the walls are sampled from the network in training.
pub fn training(
    ui: &mut Ui,
    settings: &mut TrainingSettings,
    samples: &mut bool,
    status: &ImageTrainStatus,
    runs: &mut ImageRuns,
    needs: &mut Needs,
) -> Option<Action> {
    ui.spacing_mut().item_spacing.y = 4.0;
    let mut action = trainer_buttons(ui, &status.state, status.starting).map(|pressed| match pressed {
        TrainerButton::New => Action::NewRun,
        TrainerButton::Run(run) => Action::Run(run),
        TrainerButton::Reset => Action::Reset,
        TrainerButton::Save => Action::Save,
    });
    if let TrainState::Failed(why) = &status.state {
        notice(ui, Tone::Error, why);
    }
    let on = runs.continue_button(ui, status);
    action = action.or(on.map(Action::Runs));
    if status.starting {
        notice(ui, Tone::Plain, "reading the images");
    }
    if !status.about.is_empty() {
        let hover = match &status.file {
            Some(file) => format!("Kept every half minute in {}", file.display()),
            None => "It is not kept when the window is closed.".to_owned(),
        };
        ui.label(weak(ui, status.about.clone())).on_hover_text(hover);
        let progress = format!(
            "{}   {:.0} s   {:.0} images/s",
            counted(status.seen, "image"),
            status.seconds,
            status.rate
        );
        ui.label(weak(ui, progress));
        if status.prepares && status.state == TrainState::Running {
            notice(ui, Tone::Plain, PREPARING);
        }
        let left = status.left.filter(|_| status.state == TrainState::Running).map(left_words);
        let memory = status.device_memory.map(|bytes| format!("{} on the GPU", in_words(bytes)));
        let more: Vec<String> = left.into_iter().chain(memory).collect();
        if !more.is_empty() {
            ui.label(weak(ui, more.join("   ")));
        }
        ui.add_enabled_ui(status.own.model.is_some(), |ui| {
            let about = "The walls are sampled again from every new network: after some seconds, then less and less often.";
            ui.checkbox(samples, "sample from it").on_hover_text(about);
        });
    }
    if !runs.is_empty() {
        if runs.plot(ui, status) {
            action = Some(Action::ExportLosses);
        }
        if let Some(run) = runs.get_mut(status.run).filter(|_| status.has_run()) {
            run.early.show(ui);
        }
    }
    section(ui, "Next image run", |ui| {
        let before = settings.data.clone();
        data_choice(ui, &mut settings.data, true, &mut action);
        settings.follow_data(&before);
        let about = "Whether images are seen mirrored, left for right, as often as not. Digits and letters must not be.";
        setting(ui, "mirrored", about, |ui| {
            let automatic = "CIFAR-10 is, and so are pictures of a folder, unless all of its classes have names of one \
                             character, as digits and letters have. Digits are not, nor shapes: those have no end.";
            let choices = [
                (Mirror::Auto, "auto", automatic),
                (Mirror::Yes, "yes", "As often as not, whatever the images are."),
                (Mirror::No, "no", "They are seen as they are."),
            ];
            segmented(ui, "mirrored", &mut settings.mirror, choices);
        });
        tokens(ui, &mut settings.tokens, &mut settings.side);
        source(ui, &mut settings.source);
        network(ui, settings);
        course(ui, settings, needs.half);
        needs.ui(ui, settings);
    });
    if !runs.is_empty() {
        section(ui, "Image runs", |ui| {
            let wish = runs.cards(ui, status);
            action = action.take().or(wish.map(Action::Runs));
        });
    }
    action
}

/// How large the network is, and what is dropped inside it.
fn network(ui: &mut Ui, settings: &mut TrainingSettings) {
    let about = "A U-Net of ConvNeXt blocks. More parameters learn more, from more images, and take longer.";
    setting(ui, "network", about, |ui| {
        let small = "0.9 million parameters for 32×32 pixels of rgb:256; its width can be set.";
        let medium = "8.5 million parameters, with attention at a quarter of the size. It wants a GPU.";
        let large =
            "35 million parameters, with attention at a half and a quarter of the size. It wants a GPU.";
        let choices = [
            (NetSize::Small, "small", small),
            (NetSize::Medium, "medium", medium),
            (NetSize::Large, "large", large),
        ];
        segmented(ui, "network", &mut settings.net, choices);
    });
    if settings.net == NetSize::Small {
        let mut width = settings.width as f64;
        let tooltip = "Channels at full size, twice and four times as many at a half and a quarter: a multiple of 16 from \
                       16 to 256.";
        let range = SliderRange { whole: true, ..SliderRange::linear(16.0..=128.0) }.typed(16.0..=256.0);
        if slider(ui, "width", tooltip, &mut width, range) {
            settings.width = (16.0 * (width / 16.0).round()) as usize;
        }
    }
    let about = "The share of the channels inside each block that is dropped for a whole image, 0 to 0.9, so that the network \
                 leans on none of them: for long runs on few images.";
    let range = SliderRange::linear(0.0..=0.5).typed(0.0..=0.9);
    slider(ui, "dropout", about, &mut settings.config.dropout, range);
}

/// How long it is trained, and how its steps go.
fn course(ui: &mut Ui, settings: &mut TrainingSettings, has_half: bool) {
    let config = &mut settings.config;
    let about = "With a length the learning rate falls to 2% of itself on half a cosine on the way, and the run pauses at its \
                 end. Continued, it goes on at the last rate.";
    setting(ui, "length", about, |ui| {
        let mut ends = config.images > 0;
        let choices = [
            (false, "no end", "Until it is stopped, at one learning rate."),
            (true, "fixed", "So many images; the learning rate falls along a cosine up to its end."),
        ];
        if segmented(ui, "length", &mut ends, choices) {
            config.images = if ends { USUAL_LENGTH } else { 0 };
        }
    });
    if config.images > 0 {
        let mut images = config.images as f64;
        let range = SliderRange::counts(1e3..=1e6).typed(1.0..=1e12);
        if slider(ui, "images", "Images that the run sees in all, 1 to 10¹².", &mut images, range) {
            config.images = images as u64;
        }
    }
    let mut batch = config.batch as f64;
    let range = SliderRange::counts(4.0..=128.0).typed(1.0..=4096.0);
    let about = "Images a step, 1 to 4096. A GPU computes 64 of them at a time.";
    if slider(ui, "batch", about, &mut batch, range) {
        config.batch = batch as usize;
    }
    let rates = SliderRange::logarithmic(1e-5..=1e-2).typed(ABOVE_ZERO..=1.0);
    slider(ui, "learning rate", "Of Adam, in (0, 1].", &mut config.learning_rate, rates);
    let about = "g ← g · min(1, c/‖g‖) over all parameters: a batch unlike the others does not throw the network off.";
    setting(ui, "gradients", about, |ui| {
        let mut clips = config.clip.is_some();
        let choices = [
            (false, "whole", "Steps follow the gradient whatever its length."),
            (true, "clipped", "A longer gradient than c is shortened to c."),
        ];
        if segmented(ui, "gradients", &mut clips, choices) {
            config.clip = clips.then_some(1.0);
        }
    });
    if let Some(clip) = &mut config.clip {
        let range = SliderRange::logarithmic(0.01..=100.0).typed(ABOVE_ZERO..=1e6);
        slider(ui, "longest c", "‖g‖ at most, above 0 to 10⁶.", clip, range);
    }
    let about = "In which precision a GPU multiplies matrices. All else is single in any case.";
    setting(ui, "products", about, |ui| {
        let single = Choice::from((Products::Single, "single", "32 bits: as on the CPU."));
        let half = "16 bits: less to move; losses differ in the third digit.";
        let half = Choice::from((Products::Half, "half", half));
        let disabled = (!has_half).then_some("What trains here multiplies in single precision only.");
        segmented(ui, "products", &mut config.products, [single, Choice { disabled, ..half }]);
    });
}
