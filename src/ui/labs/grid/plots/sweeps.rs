//! Corrector iterations while the play-head stands: TV to pₜ sweep by sweep.

use super::exportable_title;
use crate::figure::scale::format_value;
use crate::figure::ticks::power_of_ten;
use crate::flow::counted;
use crate::sampler::grid::{SHOWN_SWEEPS, SweepBias};
use crate::ui::labs::grid::export::Plot;
use crate::ui::labs::grid::fields::Scene;
use crate::ui::labs::grid::sweep_thread::SweepStatus;
use crate::ui::theme;
use crate::ui::widgets::{Row, frame, line, read_out, row, table};
use egui::{RichText, Ui};
use egui_plot::{GridMark, LineStyle, VLine};

/// The lowest TV that is drawn, a power of ten; 0 lies below it.
const LEAST: f64 = -6.0;

/// TV to pₜ against the number of sweeps at the present time, drawn while the sampler makes any.
pub(super) fn sweeps(ui: &mut Ui, scene: Scene<'_>, status: &SweepStatus) {
    let sweeps = scene.settings.effective_sampler().sweeps;
    if sweeps.count == 0 {
        return;
    }
    let palette = theme::palette(ui);
    exportable_title(
        ui,
        Plot::Sweeps,
        "Sweeps at held t",
        "Total variation to pₜ after so many corrector iterations at the present time, with a perfect denoiser: exact, no \
         Monte-Carlo noise. One token at a time pₜ is stationary; both at once it drifts to a bias of the order of the \
         share.",
    );
    let Some((of, curves)) = status.curves.as_ref().filter(|(of, _)| of.fits(&scene, sweeps.share)) else {
        let text = status.error.as_deref().unwrap_or("once the play-head stands …");
        ui.label(RichText::new(text).font(theme::small()).color(palette.weak));
        return;
    };
    let points = |tv: &[f64]| -> Vec<[f64; 2]> {
        tv.iter().zip(0u32..).map(|(tv, n)| [f64::from(n), tv.log10().max(LEAST - 1.0)]).collect()
    };
    let [biased, exact] = [palette.series[1], palette.series[2]];
    frame("sweeps", palette)
        .auto_bounds([false, false])
        .default_x_bounds(0.0, SHOWN_SWEEPS as f64)
        .default_y_bounds(LEAST, 0.1)
        .reset()
        .x_grid_spacer(|_| (0..4).map(|j| GridMark { value: f64::from(25 * j), step_size: 100.0 }).collect())
        .x_axis_formatter(|mark, _| format_value(mark.value))
        .y_grid_spacer(|_| {
            (0..=3).map(|j| GridMark { value: LEAST + 2.0 * f64::from(j), step_size: -LEAST }).collect()
        })
        .y_axis_formatter(|mark, _| power_of_ten(mark.value.round() as i32))
        .label_formatter(read_out(|[sweeps, tv]| {
            format!("{}\nTV {}", counted(sweeps.round() as u64, "sweep"), format_value(10f64.powf(tv)))
        }))
        .show(ui, |plot| {
            plot.line(line("parallel, from pₜ", points(&curves.parallel), biased));
            let from_source = points(&curves.parallel_from_source);
            plot.line(line("parallel, from p₀", from_source, biased).style(LineStyle::dashed_dense()));
            let in_turn = points(&curves.in_turn_from_source);
            plot.line(line("one by one, from p₀", in_turn, exact).style(LineStyle::dashed_dense()));
            plot.vline(VLine::new("", sweeps.count as f64).color(palette.accent).width(1.0));
        });
    let after = |tv: &[f64]| tv.get(sweeps.count).map_or("–".to_owned(), |tv| format_value(*tv));
    let dashed = |row: Row, color| Row { curve: Some((color, true)), ..row };
    let mut rows = vec![
        Row {
            curve: Some((biased, false)),
            ..row(
                "parallel",
                "From pₜ, both tokens at once, after as many sweeps as are set.",
                after(&curves.parallel),
            )
        },
        bias_row(curves.bias),
        dashed(row("… from p₀", "The same from the source.", after(&curves.parallel_from_source)), biased),
        row(
            "one by one",
            "What a sweep of one token at a time changes pₜ by: nothing but rounding.",
            rounding(curves.in_turn),
        ),
        dashed(
            row("… from p₀", "From the source, after as many sweeps.", after(&curves.in_turn_from_source)),
            exact,
        ),
    ];
    if of.share != 1.0 {
        rows.push(row("share", "h/h_max of these sweeps.", format_value(of.share)));
    }
    table(ui, "sweeps table", rows);
}

/// A number that should be 0: rounding shown as such.
fn rounding(x: f64) -> String {
    if x == 0.0 { "0".to_owned() } else { format!("{x:.0e}").replace('-', "−") }
}

/// The stationary bias of parallel sweeps.
pub(super) fn bias_row(bias: Option<SweepBias>) -> Row {
    let tooltip = "TV between pₜ and the pmf that parallel sweeps of this share leave as it is, however many there are: \
                   exact, for a perfect denoiser. ≥: still moving after 400 / share sweeps.";
    let value = bias.map_or("…".to_owned(), |bias| {
        let sign = if bias.settled { "" } else { "≥ " };
        format!("{sign}{}", format_value(bias.tv))
    });
    row("sweep bias", tooltip, value)
}
