//! Where a network is missing, a press that trains it.

use crate::ui::theme;
use crate::ui::widgets::{Tone, notice};
use egui::{Button, RichText, Ui, Vec2};

/// What can be done about a network that is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// It is being trained: it comes by itself.
    Comes,
    /// A press trains it.
    Offered,
}

/// The button that trains.
pub fn train_button(label: &str, palette: &theme::Palette) -> Button<'static> {
    let text = RichText::new(label).color(palette.on_accent).font(theme::heading());
    Button::new(text).fill(palette.accent).min_size(Vec2::new(84.0, 26.0))
}

/// Offers to train what is missing, under a name of the button; whether that is asked for.
pub fn offer(ui: &mut Ui, missing: Option<Missing>, label: &str) -> bool {
    match missing {
        Some(Missing::Offered) => {
            let about = "Trains it, live, with what is set under “train”.";
            ui.add(train_button(label, theme::palette(ui))).on_hover_text(about).clicked()
        }
        Some(Missing::Comes) => {
            notice(ui, Tone::Plain, "It is being trained: it is shown as soon as it has begun.");
            false
        }
        None => false,
    }
}
