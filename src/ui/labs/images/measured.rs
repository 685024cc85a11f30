//! What was measured with the networks that come with the program.

use super::walls::weak;
use crate::assets;
use crate::figure::scale::format_value;
use crate::ui::icons;
use crate::ui::theme::{self, Palette, space};
use crate::ui::widgets::{Tone, frame, icon_button, line, notice, read_out, title};
use crate::view::sequence::{MatrixEntry, NfePoint, read_rows, samplers};
use egui::{Align, Grid, Layout, RichText, Ui};
use egui_plot::{GridMark, LineStyle, MarkerShape, Points};

/// A set of runs that can be exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measured {
    /// Of the network for shapes.
    Shapes,
    /// Of the network for CIFAR-10.
    Cifar10,
}

impl Measured {
    fn name(self) -> &'static str {
        match self {
            Self::Shapes => "Shapes",
            Self::Cifar10 => "CIFAR-10",
        }
    }

    /// The rows of the file.
    pub fn points(self) -> Result<Vec<NfePoint>, String> {
        read_rows(match self {
            Self::Shapes => assets::SHAPES_NFE,
            Self::Cifar10 => assets::CIFAR10_NFE,
        })
    }
}

/// Draws the tables; returns the runs that are to be exported.
pub fn measured(ui: &mut Ui) -> Option<Measured> {
    let palette = theme::palette(ui);
    let mut wish = None;
    ui.spacing_mut().item_spacing.y = 3.0;
    for which in [Measured::Shapes, Measured::Cifar10] {
        let about = "Squared Fréchet distance of samples to real images, in the features of a small classifier of this \
                     program (no FID), against passes an image. Measured with eval nfe.";
        ui.horizontal(|ui| {
            title(ui, which.name(), about);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let name = format!("Export the runs of {} …", which.name());
                if icon_button(ui, icons::EXPORT, &name, false).clicked() {
                    wish = Some(which);
                }
            });
        });
        match which.points() {
            Ok(points) => curves(ui, which.name(), &points, palette),
            Err(why) => notice(ui, Tone::Error, &why),
        }
    }
    title(
        ui,
        "Trained × sampled",
        "Networks trained with κ spread as one scheduler spreads it (rows), sampled with each (columns): squared Fréchet \
         distance. Same budget for all. Measured with eval matrix.",
    );
    match read_rows::<MatrixEntry>(assets::SHAPES_MATRIX) {
        Ok(entries) => matrix(ui, &entries, palette),
        Err(why) => notice(ui, Tone::Error, &why),
    }
    wish
}

fn curves(ui: &mut Ui, id: &str, points: &[NfePoint], palette: &Palette) {
    let x = |point: &NfePoint| point.nfe.max(1.0).log2();
    let y = |value: f64| value.max(1e-6).log10();
    let floor = points.iter().find_map(|point| point.frechet_floor);
    let heights = || points.iter().map(|point| y(point.frechet)).chain(floor.map(y));
    let (low, top) = (heights().fold(f64::INFINITY, f64::min), heights().fold(f64::NEG_INFINITY, f64::max));
    let (left, right) = points.iter().map(x).fold((f64::INFINITY, 0.0f64), |(a, b), x| (a.min(x), b.max(x)));
    let (low, top) = if low < top { (low, top) } else { (low - 0.5, low + 0.5) };
    let room = 0.06 * (top - low);
    frame(id, palette)
        .height(150.0)
        .label_formatter(read_out(|[x, y]| {
            format!("NFE {:.1}\n{}", 2f64.powf(x), format_value(10f64.powf(y)))
        }))
        .auto_bounds([false, false])
        .default_x_bounds(left.min(right - 1.0) - 0.1, right + 0.1)
        .default_y_bounds(low - room, top + room)
        .reset()
        .x_grid_spacer(move |_| {
            let powers = (0..=16).map(f64::from).filter(|power| (left - 0.05..=right + 0.05).contains(power));
            powers.map(|value| GridMark { value, step_size: 10.0 }).collect()
        })
        .x_axis_formatter(|mark, _| format!("{:.0}", 2f64.powf(mark.value)))
        .y_grid_spacer(move |_| {
            let decades = (low.floor() as i32)..=(top.ceil() as i32);
            let marks = decades.flat_map(|d| [1.0, 2.0, 5.0].map(|m: f64| f64::from(d) + m.log10()));
            let seen = marks.filter(|mark| (low - room..=top + room).contains(mark));
            seen.map(|value| GridMark { value, step_size: 10.0 }).collect()
        })
        .y_axis_formatter(|mark, _| format_value(10f64.powf(mark.value)))
        .show(ui, |plot| {
            for (n, name) in samplers(points).into_iter().enumerate() {
                let of: Vec<[f64; 2]> =
                    points.iter().filter(|p| p.sampler == name).map(|p| [x(p), y(p.frechet)]).collect();
                let color = palette.series[n % palette.series.len()];
                plot.line(line(name, of.clone(), color));
                plot.points(Points::new(name, of).color(color).shape(MarkerShape::Circle).radius(2.5));
            }
            if let Some(floor) = floor {
                let across = vec![[left, y(floor)], [right, y(floor)]];
                let floor = line("as many real images", across, palette.weak).width(1.2);
                plot.line(floor.style(LineStyle::dashed_loose()));
            }
        });
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        for (n, name) in samplers(points).into_iter().enumerate() {
            let color = palette.series[n % palette.series.len()];
            ui.label(RichText::new(name).font(theme::small()).color(color));
        }
    });
    if let Some(point) = points.first() {
        let floor = floor.map(|floor| format!("; dashed: as many real images, {}", format_value(floor)));
        let text = format!("{} images a point{}", point.samples, floor.unwrap_or_default());
        ui.label(weak(ui, text));
    }
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
