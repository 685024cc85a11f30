//! What the curves say where the pointer is: their values there, and not the pointer's height.

use super::legend::curve_key;
use super::{ChartArea, ink};
use crate::figure::scale::format_value;
use crate::ui::theme::{self, space};
use crate::view::{Chart, Reading};
use egui::{Align, Grid, Layout, Painter, PopupAnchor, RichText, Stroke, Tooltip, Ui, Vec2};

/// At most so many curves are read out at once; of more the nearest one alone.
const MOST: usize = 4;
/// As far from the nearest one, points across, others are read out with it.
const BESIDE: f32 = 4.0;

/// Marks the curves at the pointer's place, and says their names and values in a tooltip.
pub fn read_out(ui: &Ui, chart: &Chart, area: &ChartArea, painter: &Painter) {
    // Not while something is dragged: a handle says its own number.
    if !area.response.contains_pointer() || ui.ctx().egui_is_using_pointer() {
        return;
    }
    let Some(pointer) = ui.input(|i| i.pointer.hover_pos()).filter(|at| area.rect.contains(*at)) else {
        return;
    };
    let seen = |reading: &Reading| area.rect.expand(1.0).contains(area.position(reading.at));
    let mut readings: Vec<_> = chart.read(area.value(pointer)[0]).into_iter().filter(seen).collect();
    let distance = |reading: &Reading| area.position(reading.at).distance(pointer);
    let Some(nearest) = readings.iter().copied().min_by(|a, b| distance(a).total_cmp(&distance(b))) else {
        return;
    };
    // Marked points of another curve may lie elsewhere.
    let across = |reading: &Reading| area.position(reading.at).x;
    readings.retain(|reading| (across(reading) - across(&nearest)).abs() <= BESIDE);
    if readings.len() > MOST {
        readings = vec![nearest];
    }
    let palette = theme::palette(ui);
    let x = nearest.at[0];
    painter.vline(across(&nearest), area.rect.y_range(), Stroke::new(1.0, palette.weak));
    for reading in &readings {
        let look = chart.plot.series[reading.series].look_at(reading.series);
        let color = ink::color(palette, look.color);
        painter.circle(area.position(reading.at), 3.0, color, Stroke::new(1.0, palette.panel));
    }
    let response = &area.response;
    let tooltip = Tooltip::always_open(
        ui.ctx().clone(),
        response.layer_id,
        response.id.with("read-out"),
        PopupAnchor::Pointer,
    );
    tooltip.gap(12.0).show(|ui| {
        let small = |text: &str| RichText::new(text).font(theme::small());
        ui.spacing_mut().interact_size.y = 15.0;
        Grid::new(response.id).num_columns(2).spacing([space::S, 1.0]).show(ui, |ui| {
            let plot = &chart.plot;
            let words = format!("{} = {}", plot.x_label, format_value(x));
            ui.label(small(&words).color(palette.weak));
            let right = Layout::right_to_left(Align::Center);
            ui.with_layout(right, |ui| ui.label(small(&plot.y_label).color(palette.weak)));
            ui.end_row();
            for reading in &readings {
                ui.horizontal(|ui| {
                    ui.spacing_mut().item_spacing = Vec2::new(space::XS, 0.0);
                    curve_key(ui, chart, reading.series);
                    ui.label(small(&plot.series[reading.series].label));
                });
                ui.with_layout(right, |ui| ui.label(small(&format_value(reading.at[1]))));
                ui.end_row();
            }
        });
    });
}

#[cfg(test)]
mod tests {
    use crate::figure::{LinePlot, Series};
    use crate::ui::chart::{ChartArea, ChartUi};
    use crate::ui::theme;
    use crate::view::Chart;
    use egui::{Pos2, Vec2};
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    fn line(label: &str, slope: f64) -> Series {
        Series { dashed: true, ..Series::new(label, vec![[0.0, 0.0], [1.0, slope]]) }
    }

    #[test]
    fn the_curves_are_read_and_not_the_height_of_the_pointer() {
        let plot = LinePlot {
            x_label: "t".to_owned(),
            y_label: "TV".to_owned(),
            series: vec![line("steep", 2.0), line("flat", 0.4)],
            ..LinePlot::default()
        };
        let chart = Chart { plot, ..Chart::default() };
        let mut harness = Harness::builder()
            .with_size(Vec2::new(300.0, 300.0))
            .with_context_setup(theme::install)
            .build_ui_state(
                |ui, area: &mut Option<ChartArea>| *area = Some(ChartUi::new("test", &chart).show(ui)),
                None,
            );
        harness.run_steps(2);
        let place = |harness: &Harness<'_, Option<ChartArea>>, at: [f64; 2]| -> Pos2 {
            harness.state().as_ref().expect("drawn").position(at)
        };
        let far_above = place(&harness, [0.25, 1.9]);
        harness.hover_at(far_above);
        harness.run_steps(3);
        for text in ["t = 0.25", "TV", "steep", "0.5", "flat", "0.1"] {
            assert!(harness.query_by_label(text).is_some(), "no {text}");
        }
        let outside = place(&harness, [0.5, -1.0]);
        harness.hover_at(outside);
        harness.run_steps(3);
        assert!(harness.query_by_label("steep").is_none(), "nothing is read beside the plot");
    }
}
