//! Corrector iterations while the play-head stands: TV to pₜ sweep by sweep.

use super::exportable_title;
use crate::figure::scale::format_value;
use crate::sampler::grid::{SweepBias, SweepCurves};
use crate::ui::chart::ChartUi;
use crate::ui::kept::{Same, kept};
use crate::ui::labs::grid::export::Plot;
use crate::ui::labs::grid::fields::SideScene;
use crate::ui::labs::grid::sweep_thread::SweepStatus;
use crate::ui::theme;
use crate::ui::widgets::{Row, row, table};
use crate::view::Chart;
use crate::view::grid::sweeps_chart;
use egui::{RichText, Ui};

impl SweepCurves {
    /// What the plot shows and what is exported.
    pub fn chart(&self) -> Chart {
        sweeps_chart(&[
            ("parallel, from pₜ", self.parallel.clone()),
            ("parallel, from p₀", self.parallel_from_source.clone()),
            ("one by one, from p₀", self.in_turn_from_source.clone()),
        ])
    }
}

/// TV to pₜ against the number of sweeps at the present time, drawn while the sampler makes any.
pub(super) fn sweeps(ui: &mut Ui, scene: SideScene<'_>, status: &SweepStatus) {
    let sweeps = scene.settings.effective_sampler().sweeps;
    if sweeps.count == 0 {
        return;
    }
    exportable_title(
        ui,
        Plot::Sweeps,
        "Sweeps at held t",
        "Total variation to pₜ after so many corrector iterations at the present time, with the exact denoiser: no \
         Monte-Carlo noise. One token at a time pₜ is stationary; both at once it drifts to a bias of the order of the \
         share.",
    );
    let Some((of, curves)) = status.curves.as_ref().filter(|(of, _)| of.fits(&scene, sweeps.share)) else {
        let text = status.error.as_deref().unwrap_or("once the play-head stands …");
        ui.label(RichText::new(text).font(theme::small()).color(theme::palette(ui).weak));
        return;
    };
    let chart = kept(ui.ctx(), "sweeps", Same::of(curves), || curves.chart());
    ChartUi::new("sweeps", &chart).head(sweeps.count as f64).show(ui);
    let after = |tv: &[f64]| tv.get(sweeps.count).map_or("–".to_owned(), |tv| format_value(*tv));
    let of_curve = |index, name, meaning, value| Row {
        curve: Some((chart.clone(), index)),
        ..row(name, meaning, value)
    };
    let mut rows = vec![
        of_curve(
            0,
            "parallel",
            "From pₜ, both tokens at once, after as many sweeps as are set.",
            after(&curves.parallel),
        ),
        bias_row(curves.bias),
        of_curve(1, "… from p₀", "The same from the source.", after(&curves.parallel_from_source)),
        row(
            "one by one",
            "What a sweep of one token at a time changes pₜ by: nothing but rounding.",
            rounding(curves.in_turn),
        ),
        of_curve(
            2,
            "… from p₀",
            "From the source, after as many sweeps.",
            after(&curves.in_turn_from_source),
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
                   with the exact denoiser. ≥: still moving after 400 / share sweeps.";
    let value = bias.map_or("…".to_owned(), |bias| {
        let sign = if bias.settled { "" } else { "≥ " };
        format!("{sign}{}", format_value(bias.tv))
    });
    row("sweep bias", tooltip, value)
}
