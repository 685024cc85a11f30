//! A line of the right panel: what lies in it is on one height.

use crate::ui::icons;
use crate::ui::theme::{self, space};
use crate::ui::widgets::icon_button;
use egui::{Align, Layout, RichText, Ui, Vec2};

/// Height of a line that has buttons, points.
const LINE: f32 = 24.0;

/// Draws what is in the line, from the left.
pub fn line<R>(ui: &mut Ui, draw: impl FnOnce(&mut Ui) -> R) -> R {
    let size = Vec2::new(ui.available_width(), LINE);
    ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        draw(ui)
    })
    .inner
}

/// A title, what stands beside it, and a button of this name that exports what is below, where there is something; whether it
/// was pressed.
pub fn headed_beside(
    ui: &mut Ui,
    (name, about): (&str, &str),
    export: Option<&str>,
    beside: impl FnOnce(&mut Ui),
) -> bool {
    line(ui, |ui| {
        ui.label(RichText::new(name).font(theme::heading())).on_hover_text(about);
        beside(ui);
        let Some(export) = export else { return false };
        let right = Layout::right_to_left(Align::Center);
        ui.with_layout(right, |ui| icon_button(ui, icons::EXPORT, export, false).clicked()).inner
    })
}

/// A title, and a button of this name that exports what is below; whether it was pressed.
pub fn headed(ui: &mut Ui, words: (&str, &str), export: &str) -> bool {
    headed_beside(ui, words, Some(export), |_| ())
}
