//! The field for what a drawn target is called.

use super::{Tone, notice, setting};
use crate::data::{MOST_NAME, check_drawn_name};
use egui::{TextEdit, Ui};

/// A row with the name of a drawn target, and why what is typed can't be one. The name is given when the field is left: a flow
/// is not built anew with every letter. `typed` keeps it until then.
pub fn target_name(ui: &mut Ui, typed: &mut Option<String>, name: &str, enabled: bool) -> Option<String> {
    let about = "What the target is called in captions, figures and lists; it is kept with settings, presets, figures and \
                 checkpoints.";
    let mut text = typed.take().unwrap_or_else(|| name.to_owned());
    let field = setting(ui, "name", about, |ui| {
        let edit = TextEdit::singleline(&mut text).hint_text("no name").char_limit(MOST_NAME);
        let field = ui.add_enabled(enabled, edit.desired_width(f32::INFINITY));
        field.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, enabled, "Name of the target"));
        field
    });
    let refused = check_drawn_name(text.trim()).err();
    if let Some(why) = &refused {
        notice(ui, Tone::Error, &why.to_string());
    }
    if field.lost_focus() {
        return refused.is_none().then(|| text.trim().to_owned());
    }
    *typed = field.has_focus().then_some(text);
    None
}
