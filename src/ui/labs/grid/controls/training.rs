//! Which denoiser is shown, and the training of the learned one.

use super::{Action, ControlContext};
use crate::experiment::grid::Settings;
use crate::flow::counted;
use crate::train::TrainState;
use crate::train::grid::{LossKind, TrainConfig};
use crate::ui::icons;
use crate::ui::labs::grid::runs::RunCard;
use crate::ui::theme::{self, space};
use crate::ui::widgets::{
    ABOVE_ZERO, Choice, SliderRange, Tone, icon_button, is_section_open, notice, segmented, set_section_open,
    setting, slider,
};
use crate::view::grid::Show;
use egui::{Button, CollapsingHeader, RichText, Ui, Vec2};

/// Why another path is not trained with the generalised KL.
const NEEDS_MIXTURE: &str =
    "The generalised KL is that of the mixture path’s rates: train another path with the cross-entropy.";

/// The error a denoiser is given at first, and the least on the slider: 0 is the exact one.
const USUAL_ERROR: f64 = 0.2;
const LEAST_ERROR: f64 = 0.01;

/// Exact or learned, the error, and the training controls.
pub(super) fn panel(
    ui: &mut Ui,
    settings: &mut Settings,
    context: &ControlContext<'_>,
    action: &mut Option<Action>,
) {
    let training = context.training;
    let has_network = training.network.is_some();
    let unusable = (!has_network).then_some("There is no network yet: press Train.").or(context.misfit);
    denoiser(ui, settings, unusable);
    if settings.show == Show::Exact && settings.epsilon > 0.0 {
        let tooltip = "ε in (0, 1]: the exact posterior mixed with ε of the uniform distribution over data tokens, \
                       to see what an imperfect denoiser does.";
        let range = SliderRange::linear(LEAST_ERROR..=1.0).typed(ABOVE_ZERO..=1.0);
        slider(ui, "error ε", tooltip, &mut settings.epsilon, range);
        setting(ui, "error when", "In which states the error is made.", |ui| {
            let reveals = settings.reveals();
            // Elsewhere the error is made in every state.
            let mut early = settings.early_error && reveals;
            let choices = [
                Choice::from((false, "always", "In every state that is not yet revealed.")),
                Choice {
                    value: true,
                    label: "early",
                    tooltip: "Only while both tokens are masked, where a network knows least. This is the error that a \
                              corrector can mend.",
                    disabled: (!reveals).then_some(
                        "It needs a mask source and the mixture path: nothing else says that a state is all noise.",
                    ),
                },
            ];
            if segmented(ui, "made", &mut early, choices) {
                settings.early_error = early;
            }
        });
    }
    // The loss of a new run; one that is under way has its own.
    let gkl_fails = settings.train.loss == LossKind::Gkl && !settings.takes_gkl();
    let fresh = matches!(training.state, TrainState::Idle | TrainState::Failed(_));
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
        let enabled = !(fresh && gkl_fails);
        let pressed =
            ui.add_enabled(enabled, button).on_hover_text(hint).on_disabled_hover_text(NEEDS_MIXTURE);
        if pressed.clicked() {
            *action = Some(if running { Action::PauseTraining } else { Action::Train });
        }
        ui.add_enabled_ui(training.state != TrainState::Idle, |ui| {
            let name = "Reset: put the network away; its run stays under runs";
            if icon_button(ui, icons::RESET, name, false).clicked() {
                *action = Some(Action::ResetTraining);
            }
        });
        ui.add_enabled_ui(!fresh && !gkl_fails, |ui| {
            let name = "New run on the present flow with the settings below; this one is kept under runs";
            if icon_button(ui, icons::PLUS, name, false).clicked() {
                *action = Some(Action::NewRun);
            }
        });
        ui.add_enabled_ui(!fresh, |ui| {
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
    if let Some(run) = context.resumable {
        offer(ui, run, action);
    }
    match context.trains_here {
        // Above a warning that it was another flow this would be no news, and not true.
        Some(true) if !fresh && !context.foreign_network && context.misfit.is_none() => {
            notice(ui, Tone::Plain, "The flow of this side is trained.")
        }
        Some(false) if !fresh => {
            notice(ui, Tone::Plain, "The flow of the other side is trained; a new run is of this side’s.");
        }
        _ => {}
    }
    if let Some(why) = context.misfit {
        notice(ui, Tone::Warning, why);
    } else if context.foreign_network {
        notice(
            ui,
            Tone::Warning,
            "The network was trained on another flow. Start a new run to learn this one.",
        );
    }
    let title = if fresh { "training settings" } else { "settings of the next run" };
    let title = RichText::new(title).font(theme::small()).color(theme::palette(ui).weak);
    let open = is_section_open(ui.ctx(), "training settings", false);
    let header = CollapsingHeader::new(title).id_salt("training settings").open(Some(open));
    let takes_gkl = settings.takes_gkl();
    let shown = header.show_unindented(ui, |ui| training_settings(ui, &mut settings.train, takes_gkl));
    if shown.header_response.clicked() {
        set_section_open(ui.ctx(), "training settings", !open);
    }
    if gkl_fails {
        notice(ui, Tone::Warning, NEEDS_MIXTURE);
    }
    if !fresh {
        ui.add_space(space::XS);
        let rate = if training.seconds > 0.0 { training.step as f64 / training.seconds } else { 0.0 };
        ui.label(
            RichText::new(format!("step {}   {:.0} s   {rate:.0} steps/s", training.step, training.seconds))
                .font(theme::small())
                .color(theme::palette(ui).weak),
        )
        .on_hover_text(match &training.file {
            Some(file) => format!("Run {}, kept in {}", training.run, file.display()),
            None => format!("Run {}. It is not kept when the window is closed.", training.run),
        });
    }
}

/// The denoisers there are to choose from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Chosen {
    Exact,
    WithError,
    Learned,
}

/// Which denoiser it is. The error is a setting of its own: 0 is none, and one that was chosen comes back.
fn denoiser(ui: &mut Ui, settings: &mut Settings, no_network: Option<&str>) {
    let last = egui::Id::unique("denoiser error");
    let mut chosen = match settings.show {
        Show::Learned => Chosen::Learned,
        Show::Exact if settings.epsilon > 0.0 => Chosen::WithError,
        Show::Exact => Chosen::Exact,
    };
    if settings.epsilon > 0.0 {
        ui.data_mut(|data| data.insert_temp(last, settings.epsilon));
    }
    // All of the width, under the title of the section: a label beside it would leave too little.
    let choices = [
        Choice::from((
            Chosen::Exact,
            "exact",
            "The closed-form posterior moves the particles and makes the sampled fields.",
        )),
        Choice::from((
            Chosen::WithError,
            "exact + error ε",
            "The closed-form posterior with an error ε of one’s choice: what an imperfect denoiser does.",
        )),
        Choice {
            value: Chosen::Learned,
            label: "learned",
            tooltip: "The trained network moves the particles and makes the sampled fields, on the same path.",
            disabled: no_network,
        },
    ];
    if !segmented(ui, "denoiser", &mut chosen, choices) {
        return;
    }
    settings.show = if chosen == Chosen::Learned { Show::Learned } else { Show::Exact };
    match chosen {
        Chosen::Exact => settings.epsilon = 0.0,
        Chosen::WithError if settings.epsilon == 0.0 => {
            settings.epsilon = ui.data(|data| data.get_temp(last)).unwrap_or(USUAL_ERROR);
        }
        Chosen::WithError | Chosen::Learned => {}
    }
}

/// The run that was kept, to be taken up again.
fn offer(ui: &mut Ui, run: &RunCard, action: &mut Option<Action>) {
    let about = format!("Continue run {}: {}", run.id, run.flow.target);
    let button = Button::new(RichText::new(about).font(theme::small())).truncate();
    let file = run.file.as_ref().map_or_else(String::new, |file| format!("\nKept in {}", file.display()));
    let hint = format!("{}, {:.0} s. It brings its flow.{file}", counted(run.step, "step"), run.seconds);
    if ui.add_sized(Vec2::new(ui.available_width(), 22.0), button).on_hover_text(hint).clicked() {
        *action = Some(Action::ContinueRun(run.id));
    }
}

fn training_settings(ui: &mut Ui, config: &mut TrainConfig, takes_gkl: bool) {
    let mut batch = config.batch as f64;
    let tooltip = "Pairs (x₀, x₁) per step, κ stratified over them. 1 to 65536.";
    let range = SliderRange::counts(64.0..=8192.0).typed(1.0..=65_536.0);
    if slider(ui, "batch", tooltip, &mut batch, range) {
        config.batch = batch as usize;
    }
    let mut hidden = config.hidden as f64;
    let tooltip = "Width of the embedding and of the three hidden layers, 1 to 1024.";
    let range = SliderRange::counts(8.0..=512.0).typed(1.0..=1024.0);
    if slider(ui, "width", tooltip, &mut hidden, range) {
        config.hidden = hidden as usize;
    }
    let rates = SliderRange::logarithmic(1e-5..=1e-1).typed(ABOVE_ZERO..=1.0);
    slider(ui, "learning rate", "Of Adam, in (0, 1].", &mut config.learning_rate, rates);
    setting(ui, "loss", "What is minimised.", |ui| {
        let choices = [
            Choice::from((LossKind::Ce, "cross-entropy", "−ln p(x₁ | xₜ), per token.")),
            Choice {
                value: LossKind::Gkl,
                label: "gen. KL",
                tooltip: "Generalised KL of the jump rates: the ELBO’s integrand. The gap that is shown stays that of the \
                          cross-entropy, the mean KL(posterior ‖ network), and is not loss − floor.",
                disabled: (!takes_gkl).then_some(NEEDS_MIXTURE),
            },
        ];
        segmented(ui, "loss", &mut config.loss, choices);
    });
}
