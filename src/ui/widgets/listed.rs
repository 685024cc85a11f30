//! A menu in which several things can be chosen.

use crate::ui::focus::stay_open;
use crate::ui::theme;
use egui::containers::menu::{MenuButton, MenuConfig};
use egui::{PopupCloseBehavior, RichText, Ui};

/// A button that opens such a menu, which stays open until something beside it is clicked.
pub fn list_button(ui: &mut Ui, name: &str, about: &str, list: impl FnOnce(&mut Ui)) {
    let config = MenuConfig::new().close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    let button = MenuButton::new(RichText::new(name).font(theme::small())).config(config);
    let (response, _) = button.ui(ui, |ui| {
        stay_open(ui.ctx());
        list(ui);
    });
    response.on_hover_text(about);
}

/// One line of it, with a check mark; true when it was changed.
pub fn listed(ui: &mut Ui, name: &str, meaning: &str, on: &mut bool) -> bool {
    let response = ui.checkbox(on, name);
    let response = if meaning.is_empty() { response } else { response.on_hover_text(meaning) };
    response.changed()
}
