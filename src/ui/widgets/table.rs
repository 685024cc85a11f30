//! Read-outs as a small table.

use crate::ui::chart::curve_key;
use crate::ui::theme::{self, space};
use crate::view::Chart;
use egui::{Grid, Label, RichText, Ui};
use std::borrow::Cow;
use std::sync::Arc;

/// A row of a read-out table.
pub struct Row {
    /// Of the quantity.
    pub name: Cow<'static, str>,
    /// What it means.
    pub tooltip: &'static str,
    /// With its unit.
    pub value: String,
    /// The curve it belongs to: a chart, and which of its curves.
    pub curve: Option<(Arc<Chart>, usize)>,
}

/// A row without a curve.
pub fn row(name: impl Into<Cow<'static, str>>, tooltip: &'static str, value: String) -> Row {
    Row { name: name.into(), tooltip, value, curve: None }
}

/// Width of the names at least, points.
const NAMES: f32 = 96.0;

/// Shows the rows in small print.
pub fn table(ui: &mut Ui, id: &str, rows: Vec<Row>) {
    let palette = theme::palette(ui);
    ui.spacing_mut().interact_size.y = 15.0;
    let width = |ui: &Ui, text: &str| {
        ui.painter().layout_no_wrap(text.to_owned(), theme::small(), palette.text).size().x
    };
    // Values stand whole: what is left is for the names.
    let values = rows.iter().map(|row| width(ui, &row.value)).fold(0.0, f32::max);
    let most = (ui.available_width() - values - space::S).max(48.0);
    Grid::new(id).num_columns(2).spacing([space::S, 1.0]).min_col_width(0.0).show(ui, |ui| {
        for Row { name, tooltip, value, curve } in rows {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = space::XS;
                ui.set_min_width(NAMES.min(most));
                if let Some((chart, index)) = curve {
                    curve_key(ui, &chart, index);
                }
                let label = Label::new(RichText::new(&*name).font(theme::small()).color(palette.weak));
                let label = if width(ui, &name) > most {
                    ui.set_max_width(most);
                    label.truncate()
                } else {
                    label.extend()
                };
                ui.add(label).on_hover_text(tooltip);
            });
            ui.label(RichText::new(value).font(theme::small()));
            ui.end_row();
        }
    });
}
