//! Read-outs as a small table.

use crate::ui::theme::{self, space};
use egui::{Color32, Grid, RichText, Ui};

/// A row of a read-out table.
pub struct Row {
    /// Of the quantity.
    pub name: &'static str,
    /// What it means.
    pub tooltip: &'static str,
    /// With its unit.
    pub value: String,
    /// The curve it belongs to: its colour, and whether it is dashed.
    pub curve: Option<(Color32, bool)>,
}

/// A row without a curve.
pub fn row(name: &'static str, tooltip: &'static str, value: String) -> Row {
    Row { name, tooltip, value, curve: None }
}

/// Shows the rows in small print.
pub fn table(ui: &mut Ui, id: &str, rows: Vec<Row>) {
    let palette = theme::palette(ui);
    ui.spacing_mut().interact_size.y = 15.0;
    Grid::new(id).num_columns(2).spacing([space::S, 1.0]).min_col_width(96.0).show(ui, |ui| {
        for Row { name, tooltip, value, curve } in rows {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = space::XS;
                if let Some((color, dashed)) = curve {
                    swatch(ui, color, dashed);
                }
                ui.label(RichText::new(name).font(theme::small()).color(palette.weak)).on_hover_text(tooltip);
            });
            ui.label(RichText::new(value).font(theme::small()));
            ui.end_row();
        }
    });
}

/// A short piece of a curve: the legend.
fn swatch(ui: &mut Ui, color: Color32, dashed: bool) {
    let (rect, _) = ui.allocate_exact_size(egui::Vec2::new(14.0, 10.0), egui::Sense::hover());
    let stroke = egui::Stroke::new(2.0, color);
    let y = rect.center().y;
    if dashed {
        for x in [rect.left(), rect.left() + 5.0, rect.left() + 10.0] {
            ui.painter().hline(x..=x + 3.0, y, stroke);
        }
    } else {
        ui.painter().hline(rect.x_range(), y, stroke);
    }
}
