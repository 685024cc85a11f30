//! A titled group of controls that can be folded away.

use crate::ui::icons;
use crate::ui::theme::{self, space};
use egui::{Sense, Ui, Vec2};

/// Shows `content` under `title`; a click on the title folds it. The state is kept by title.
pub fn section(ui: &mut Ui, title: &str, content: impl FnOnce(&mut Ui)) {
    let id = ui.make_persistent_id(("section", title));
    let mut open = ui.data_mut(|d| *d.get_persisted_mut_or(id, true));
    let palette = theme::palette(ui);
    let (rect, mut response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), 24.0), Sense::click());
    response = response.on_hover_cursor(egui::CursorIcon::PointingHand);
    response.widget_info(|| egui::WidgetInfo::selected(egui::Role::DisclosureTriangle, true, open, title));
    if response.clicked() {
        open = !open;
        ui.data_mut(|d| d.insert_persisted(id, open));
    }
    let color = if response.hovered() { palette.accent } else { palette.text };
    let painter = ui.painter();
    let icon = if open { icons::OPEN } else { icons::FOLDED };
    let middle = rect.left_center();
    painter.text(middle, egui::Align2::LEFT_CENTER, icon, theme::icon(11.0), palette.weak);
    let start = middle + Vec2::new(space::L, 0.0);
    painter.text(start, egui::Align2::LEFT_CENTER, title, theme::heading(), color);
    if open {
        content(ui);
        ui.add_space(space::XS);
    }
    let below = ui.cursor().top();
    ui.painter().hline(rect.x_range(), below, egui::Stroke::new(1.0, palette.line));
    ui.add_space(space::XS);
}
