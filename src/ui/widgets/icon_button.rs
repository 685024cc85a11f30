//! A button that is an icon; its tooltip is its name.

use crate::ui::theme;
use egui::{Response, RichText, Ui};

/// Shows the button, marked when `selected`. `name` is its tooltip and its name for screen readers.
pub fn icon_button(ui: &mut Ui, icon: &str, name: &str, selected: bool) -> Response {
    let palette = theme::palette(ui);
    let color = if selected { palette.accent } else { palette.text };
    let label = RichText::new(icon).font(theme::icon(16.0)).color(color);
    let button = egui::Button::new(label).frame_when_inactive(false).min_size(egui::Vec2::splat(26.0));
    let response = ui.add(button);
    let enabled = ui.is_enabled();
    response.widget_info(|| egui::WidgetInfo::selected(egui::Role::Button, enabled, selected, name));
    response.on_hover_text(name).on_disabled_hover_text(name)
}
