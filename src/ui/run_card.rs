//! What the cards of kept training runs share, whatever is trained: the colour of the run, and what can be done with it.

use super::chart::series_color;
use super::icons;
use super::theme;
use super::widgets::icon_button;
use egui::{Align, Button, Layout, RichText, Sense, Ui, Vec2};
use std::path::Path;

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
