//! Names for what has no label of its own.

use egui::{Response, Role, WidgetInfo};

/// Tells screen readers what a choice is about, and what is chosen.
pub fn named_choice(response: &Response, name: &str, chosen: &str) {
    response.widget_info(|| WidgetInfo {
        label: Some(name.to_owned()),
        current_text_value: Some(chosen.to_owned()),
        ..WidgetInfo::new(Role::ComboBox)
    });
}
