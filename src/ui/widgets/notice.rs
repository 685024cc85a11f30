//! A short message in place of, or above, what it is about.

use crate::ui::icons;
use crate::ui::theme;
use egui::{RichText, Ui};

/// How serious it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Good to know.
    Plain,
    /// What is shown is not what one may think.
    Warning,
    /// Something could not be done.
    Error,
}

/// Shows the message, wrapped to the available width.
pub fn notice(ui: &mut Ui, tone: Tone, message: &str) {
    let palette = theme::palette(ui);
    let color = match tone {
        Tone::Plain => palette.weak,
        Tone::Warning => palette.warning,
        Tone::Error => palette.error,
    };
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = theme::space::XS;
        if tone != Tone::Plain {
            ui.label(RichText::new(icons::WARNING).font(theme::icon(14.0)).color(color));
        }
        ui.add(egui::Label::new(RichText::new(message).font(theme::small()).color(color)).wrap());
    });
}
