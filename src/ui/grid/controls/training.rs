//! Which denoiser is shown, and the training of the learned one.

use super::{Action, ControlContext};
use crate::data::SourceSpec;
use crate::train::{LossKind, TrainConfig, TrainState};
use crate::ui::grid::settings::{Settings, Show};
use crate::ui::icons;
use crate::ui::theme::{self, space};
use crate::ui::widgets::{
    Choice, SliderRange, Tone, icon_button, is_section_open, notice, segmented, set_section_open, setting,
    slider,
};
use egui::{Button, CollapsingHeader, RichText, Ui, Vec2};

/// Exact or learned, the error, and the training controls.
pub(super) fn panel(
    ui: &mut Ui,
    settings: &mut Settings,
    context: &ControlContext<'_>,
    action: &mut Option<Action>,
) {
    let training = context.training;
    let has_network = training.network.is_some();
    setting(
        ui,
        "show",
        "Which denoiser moves the particles and makes the sampled fields, on the same path.",
        |ui| {
            let choices = [
                Choice::from((Show::Exact, "exact", "The closed-form posterior.")),
                Choice {
                    value: Show::Learned,
                    label: "learned",
                    tooltip: "The trained network.",
                    disabled: (!has_network).then_some("There is no network yet: press Train."),
                },
            ];
            segmented(ui, "show", &mut settings.show, choices);
        },
    );
    if settings.show == Show::Exact {
        let tooltip = "ε in [0, 1]: the exact posterior mixed with ε of the uniform distribution over data tokens, \
                       to see what an imperfect denoiser does.";
        slider(ui, "error ε", tooltip, &mut settings.epsilon, SliderRange::linear(0.0..=1.0));
        if settings.epsilon > 0.0 {
            setting(ui, "made", "In which states the error is made.", |ui| {
                let masked = settings.flow.source == SourceSpec::Mask;
                let choices = [
                    Choice::from((false, "always", "In every state that is not yet revealed.")),
                    Choice {
                        value: true,
                        label: "early",
                        tooltip: "Only while both tokens are masked, where a network knows least. This is the error that a \
                                  corrector can mend.",
                        disabled: (!masked).then_some(
                            "It needs a mask source: nothing else says that a state is all noise.",
                        ),
                    },
                ];
                segmented(ui, "made", &mut settings.early_error, choices);
            });
        }
    }
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        ui.spacing_mut().button_padding.x = 4.0;
        let running = training.state == TrainState::Running;
        let label = match (&training.state, training.step) {
            (TrainState::Running, _) => "Pause",
            (TrainState::Paused, _) => "Continue",
            _ => "Train",
        };
        let palette = theme::palette(ui);
        let text = RichText::new(label).color(palette.on_accent).font(theme::heading());
        let button = Button::new(text).fill(palette.accent).min_size(Vec2::new(84.0, 26.0));
        let hint = "Trains the network on the present flow, live. Everything else stays usable.";
        if ui.add(button).on_hover_text(hint).clicked() {
            *action = Some(if running { Action::PauseTraining } else { Action::Train });
        }
        ui.add_enabled_ui(training.state != TrainState::Idle, |ui| {
            if icon_button(ui, icons::RESET, "Reset: forget the network", false).clicked() {
                *action = Some(Action::ResetTraining);
            }
        });
        ui.add_enabled_ui(training.network.is_some(), |ui| {
            let name = "New run on the present flow with the settings below; this one is kept under runs";
            if icon_button(ui, icons::PLUS, name, false).clicked() {
                *action = Some(Action::NewRun);
            }
            if icon_button(ui, icons::SAVE, "Save checkpoint …", false).clicked() {
                *action = Some(Action::SaveCheckpoint);
            }
        });
        if icon_button(ui, icons::FOLDER, "Open checkpoint …", false).clicked() {
            *action = Some(Action::OpenCheckpoint);
        }
    });
    if let TrainState::Failed(message) = &training.state {
        notice(ui, Tone::Error, message);
    }
    if context.is_b {
        notice(ui, Tone::Plain, "Training is of A’s flow; B can show the same network where it fits.");
    }
    if context.foreign_network {
        notice(
            ui,
            Tone::Warning,
            "The network was trained on another flow. Reset and train to learn this one.",
        );
    }
    let idle = training.state == TrainState::Idle || matches!(training.state, TrainState::Failed(_));
    let title = if idle { "training settings" } else { "settings of the next run" };
    let title = RichText::new(title).font(theme::small()).color(theme::palette(ui).weak);
    let open = is_section_open(ui.ctx(), "training settings", false);
    let header = CollapsingHeader::new(title).id_salt("training settings").open(Some(open));
    let shown = header.show_unindented(ui, |ui| training_settings(ui, &mut settings.train));
    if shown.header_response.clicked() {
        set_section_open(ui.ctx(), "training settings", !open);
    }
    if !idle {
        ui.add_space(space::XS);
        let rate = if training.seconds > 0.0 { training.step as f64 / training.seconds } else { 0.0 };
        ui.label(
            RichText::new(format!("step {}   {:.0} s   {rate:.0} steps/s", training.step, training.seconds))
                .font(theme::small())
                .color(theme::palette(ui).weak),
        );
    }
}

fn training_settings(ui: &mut Ui, config: &mut TrainConfig) {
    let mut batch = config.batch as f64;
    let tooltip = "Pairs (x₀, x₁) per step, κ stratified over them.";
    if slider(ui, "batch", tooltip, &mut batch, SliderRange::counts(64.0..=8192.0)) {
        config.batch = batch as usize;
    }
    let mut hidden = config.hidden as f64;
    let tooltip = "Width of the embedding and of the three hidden layers.";
    if slider(ui, "width", tooltip, &mut hidden, SliderRange::counts(8.0..=512.0)) {
        config.hidden = hidden as usize;
    }
    let rates = SliderRange::logarithmic(1e-5..=1e-1);
    slider(ui, "step size", "Adam’s learning rate.", &mut config.learning_rate, rates);
    setting(ui, "loss", "What is minimised.", |ui| {
        let choices = [
            (LossKind::Ce, "cross-entropy", "−ln p(x₁ | xₜ), per token."),
            (LossKind::Gkl, "gen. KL", "Generalised KL of the jump rates: the ELBO’s integrand."),
        ];
        segmented(ui, "loss", &mut config.loss, choices);
    });
}
