//! The title of a plot or a table.

use crate::ui::theme;
use egui::{RichText, Ui};

/// A title; what it names is explained in the tooltip.
pub fn title(ui: &mut Ui, text: &str, tooltip: &str) {
    ui.add_space(2.0);
    ui.label(RichText::new(text).font(theme::heading())).on_hover_text(tooltip);
}
