//! What was measured with the networks that come with the program.

use super::walls::weak;
use crate::assets;
use crate::ui::chart::ChartUi;
use crate::ui::icons;
use crate::ui::kept::kept;
use crate::ui::theme::{self, Palette, space};
use crate::ui::widgets::{Tone, icon_button, notice, title};
use crate::view::Chart;
use crate::view::sequence::{MatrixEntry, asked_chart, nfe_chart, read_rows};
use egui::{Align, Grid, Layout, RichText, Ui};

/// A set of runs that can be exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measured {
    /// Of the network for handwritten digits.
    Digits,
    /// Of the network for shapes.
    Shapes,
    /// Of the network for CIFAR-10.
    Cifar10,
}

impl Measured {
    fn name(self) -> &'static str {
        match self {
            Self::Digits => "Digits",
            Self::Shapes => "Shapes",
            Self::Cifar10 => "CIFAR-10",
        }
    }

    fn about(self) -> &'static str {
        match self {
            Self::Digits => {
                "Share of the samples that a small classifier of this program takes for the digit that was asked for, \
                 every class in turn, against the number of steps. Measured with eval images --asked."
            }
            Self::Shapes | Self::Cifar10 => {
                "Squared Fréchet distance of samples to real images, in the features of a small classifier of this \
                 program (no FID), against denoiser evaluations an image (NFE). Measured with eval nfe."
            }
        }
    }

    /// What is on the menu of exports.
    pub fn export_name(self) -> &'static str {
        match self {
            Self::Digits => "Samples that are what was asked for",
            Self::Shapes | Self::Cifar10 => "Samples against NFE",
        }
    }

    /// What was measured.
    ///
    /// # Errors
    /// If the table that comes with the program can't be read.
    pub fn chart(self) -> Result<Chart, String> {
        let of_passes = |table| read_rows(table).map(|points| nfe_chart(&points));
        match self {
            Self::Digits => read_rows(assets::DIGITS_ASKED).map(|points| asked_chart(&points)),
            Self::Shapes => of_passes(assets::SHAPES_NFE),
            Self::Cifar10 => of_passes(assets::CIFAR10_NFE),
        }
    }
}

/// Draws the tables; returns the runs that are to be exported.
pub fn measured(ui: &mut Ui) -> Option<Measured> {
    let palette = theme::palette(ui);
    let mut wish = None;
    ui.spacing_mut().item_spacing.y = 3.0;
    for which in [Measured::Digits, Measured::Shapes, Measured::Cifar10] {
        ui.horizontal(|ui| {
            title(ui, which.name(), which.about());
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let name = format!("Export the runs of {} …", which.name());
                if icon_button(ui, icons::EXPORT, &name, false).clicked() {
                    wish = Some(which);
                }
            });
        });
        match &*kept(ui.ctx(), which.name(), (), || which.chart()) {
            Ok(chart) => {
                ChartUi::new(which.name(), chart).height(150.0).axis_names().legend(true).show(ui);
                for note in &chart.notes {
                    ui.add(egui::Label::new(weak(ui, note.clone())).wrap());
                }
            }
            Err(why) => notice(ui, Tone::Error, why),
        }
    }
    title(
        ui,
        "Trained × sampled",
        "Networks trained with κ spread as one scheduler spreads it (rows), sampled with each (columns): squared Fréchet \
         distance. Same budget for all. Last column: the bound on held-out images, bits a token. Measured with eval matrix.",
    );
    match &*kept(ui.ctx(), "matrix", (), || read_rows::<MatrixEntry>(assets::SHAPES_MATRIX)) {
        Ok(entries) => matrix(ui, entries, palette),
        Err(why) => notice(ui, Tone::Error, why),
    }
    wish
}

/// A scheduler's name where there is little room.
fn short(name: &str) -> String {
    if name.len() > 6 { format!("{}.", &name[..4]) } else { name.to_owned() }
}

fn matrix(ui: &mut Ui, entries: &[MatrixEntry], palette: &Palette) {
    let mut columns: Vec<&str> = Vec::new();
    for entry in entries {
        if !columns.contains(&entry.sampled.as_str()) {
            columns.push(&entry.sampled);
        }
    }
    let small = |text: String| RichText::new(text).font(theme::small());
    Grid::new("matrix").num_columns(columns.len() + 2).spacing([space::XS, 2.0]).show(ui, |ui| {
        ui.label(weak(ui, "trained"));
        for name in &columns {
            ui.label(weak(ui, short(name)));
        }
        ui.label(weak(ui, "bits"));
        ui.end_row();
        for row in entries.chunk_by(|a, b| a.trained == b.trained) {
            ui.label(weak(ui, short(&row[0].trained)));
            let best = row.iter().map(|entry| entry.frechet).fold(f64::INFINITY, f64::min);
            for entry in row {
                let text = small(format!("{:.0}", entry.frechet));
                ui.label(if entry.frechet == best { text.color(palette.accent) } else { text });
            }
            ui.label(small(format!("{:.2}", row[0].bits_per_dimension)));
            ui.end_row();
        }
    });
    if let Some(entry) = entries.first() {
        let text = format!(
            "{} steps, {} samples an entry, networks that saw {} images; the best of a row is marked",
            entry.steps, entry.samples, entry.images_seen
        );
        ui.add(egui::Label::new(weak(ui, text)).wrap());
    }
}
