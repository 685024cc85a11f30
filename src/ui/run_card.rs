//! What the cards of kept training runs share, whatever is trained: the colour of the run, and what can be done with it.

use super::chart::series_color;
use super::icons;
use super::shortcuts::{Command, hint};
use super::theme;
use super::widgets::icon_button;
use crate::train::TrainState;
use egui::{Align, Button, Layout, RichText, Sense, Ui, Vec2};
use std::path::Path;

/// What is said while a run waits for its first step on a GPU.
pub const PREPARING: &str = "the GPU compiles its kernels before the first step";

/// What is asked of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunWish {
    /// Show it, or no longer.
    Show(u64),
    /// Delete it.
    Forget(u64),
    /// Train it further.
    Continue(u64),
}

/// The buttons of a run.
pub struct RunButtons<'a> {
    /// Its number.
    pub id: u64,
    /// Whether it is the trainer's own: then it can neither be forgotten nor continued here.
    pub present: bool,
    /// Where it is kept, if it is.
    pub file: Option<&'a Path>,
    /// Whether it is shown, and what that means; nothing where it can't be chosen.
    pub shown: Option<(bool, &'a str)>,
}

/// The colour of a run among those of curves.
pub fn swatch(ui: &mut Ui, color: usize) {
    let (rect, _) = ui.allocate_exact_size(Vec2::splat(12.0), Sense::hover());
    ui.painter().rect_filled(rect, 2.0, series_color(theme::palette(ui), color));
}

impl RunButtons<'_> {
    /// Draws them at the right end of a line.
    pub fn ui(&self, ui: &mut Ui) -> Option<RunWish> {
        let Self { id, present, file, shown } = *self;
        let small = |text: &str| RichText::new(text).font(theme::small());
        let mut wish = None;
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if present {
                let label = ui.label(small("present").color(theme::palette(ui).accent));
                if let Some(file) = file {
                    label.on_hover_text(format!("It is kept in {}.", file.display()));
                }
            } else {
                if icon_button(ui, icons::RESET, &format!("Forget run {id}"), false).clicked() {
                    wish = Some(RunWish::Forget(id));
                }
                if let Some(file) = file {
                    let hint = format!("Trains this run further. It is kept in {}.", file.display());
                    if ui.add(Button::new(small("continue"))).on_hover_text(hint).clicked() {
                        wish = Some(RunWish::Continue(id));
                    }
                }
            }
            if let Some((is_shown, hint)) = shown {
                let button = Button::selectable(is_shown, small(if is_shown { "shown" } else { "show" }));
                if ui.add(button).on_hover_text(hint).clicked() {
                    wish = Some(RunWish::Show(id));
                }
            }
        });
        wish
    }
}

/// A button of a trainer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrainerButton {
    /// A run begins with the present settings.
    New,
    /// The run goes on, or pauses.
    Run(bool),
    /// The run is let go.
    Reset,
    /// The run is saved.
    Save,
}

/// Draws the buttons of a trainer that is in this state, or `starting` a run; which was pressed.
pub fn trainer_buttons(ui: &mut Ui, state: &TrainState, starting: bool) -> Option<TrainerButton> {
    let mut pressed = None;
    let palette = theme::palette(ui);
    let fresh = matches!(state, TrainState::Idle | TrainState::Failed(_));
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        let (label, asked) = match state {
            TrainState::Running => ("Pause", TrainerButton::Run(false)),
            TrainState::Paused => ("Continue", TrainerButton::Run(true)),
            _ => ("Train", TrainerButton::New),
        };
        let text = RichText::new(label).color(palette.on_accent);
        let button = Button::new(text).fill(palette.accent).min_size(Vec2::new(96.0, 26.0));
        if ui.add_enabled(!starting, button).on_hover_text(hint(label, Command::Train)).clicked() {
            pressed = Some(asked);
        }
        ui.add_enabled_ui(!fresh, |ui| {
            for (icon, name, asked) in [
                (icons::PLUS, "New run with the settings below; this one is kept", TrainerButton::New),
                (icons::RESET, "Let go of this run; its file is kept", TrainerButton::Reset),
                (icons::SAVE, "Save the run …", TrainerButton::Save),
            ] {
                if icon_button(ui, icon, name, false).clicked() {
                    pressed = Some(asked);
                }
            }
        });
    });
    pressed
}
