//! The panel of one cell: its probability, posteriors and rates, exactly, and what the shown denoiser says.

use super::opinion::Opinion;
use super::{Inspector, OpinionThread, cell_bars, token_name};
use crate::experiment::grid::DenoiserSpec;
use crate::figure::scale::format_value;
use crate::flow::Axis;
use crate::sampler::grid::{NoRates, Outgoing};
use crate::ui::chart::ChartUi;
use crate::ui::chart::growing;
use crate::ui::kept::{Same, kept};
use crate::ui::labs::grid::export::{Plot, export_button};
use crate::ui::labs::grid::fields::SideScene;
use crate::ui::theme::{self, space};
use crate::ui::widgets::{Tone, notice, row, segmented, table, title};
use crate::view::grid::token_chart;
use egui::{RichText, Ui};

/// Height of the posterior of a token, points.
const HEIGHT: f32 = 104.0;

/// Draws the panel.
pub fn cell_panel(ui: &mut Ui, scene: SideScene<'_>, inspector: &mut Inspector, opinions: &OpinionThread) {
    let Some(z) = inspector.cell() else {
        ui.add_space(space::S);
        notice(ui, Tone::Plain, "Point at a cell in any view; click or Enter pins it.");
        return;
    };
    growing(ui, "cell", |ui| {
        ui.spacing_mut().item_spacing.y = 3.0;
        heading(ui, scene, inspector, z);
        numbers(ui, scene, z);
        ui.add_space(space::XS);
        let choices = [
            (false, "p(x₁ | xₜ)", "The posterior: what each token will be in the data."),
            (true, "p(x₀ | xₜ)", "The noise posterior: what each token was in the source."),
        ];
        segmented(ui, "posterior", &mut inspector.noise, choices);
        posteriors(ui, scene, inspector, opinions);
        if inspector.pinned.is_some() {
            notice(
                ui,
                Tone::Plain,
                "← → ↑ ↓ move the pinned cell, Esc lets it go. Point at another cell or an arrow to read the move.",
            );
        } else {
            notice(ui, Tone::Plain, "Click in a view, or Enter, pins the cell under the pointer.");
        }
    });
}

fn heading(ui: &mut Ui, scene: SideScene<'_>, inspector: &mut Inspector, z: [usize; 2]) {
    ui.horizontal(|ui| {
        let name = format!("z = ({}, {})", token_name(scene.path, z[0]), token_name(scene.path, z[1]));
        title(ui, &name, "The state: token 1 and token 2. m is the mask.");
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if inspector.pinned.is_some() {
                // Only a pinned cell is still there when the pointer gets here.
                export_button(ui, Plot::Cell);
                let unpin = egui::Button::new(RichText::new("unpin").font(theme::small())).small();
                if ui.add(unpin).on_hover_text("Let the cell go  (Esc)").clicked() {
                    inspector.pinned = None;
                }
            } else {
                ui.label(
                    RichText::new("under the pointer").font(theme::small()).color(theme::palette(ui).weak),
                );
            }
        });
    });
}

/// The exact numbers of the cell.
fn numbers(ui: &mut Ui, scene: SideScene<'_>, z: [usize; 2]) {
    let (scheduler, kappa) = (scene.scheduler(), scene.kappa());
    let corrector = scene.settings.effective_sampler().corrector;
    let out = Outgoing::new(scene.path, scheduler, corrector, scene.t, z);
    let finite = |x: f64| if x.is_finite() { format_value(x) } else { "∞".to_owned() };
    let leaving = |axis: Option<Axis>| match (&out, axis) {
        (Ok(out), Some(axis)) => finite(out.hazard(axis)),
        (Ok(out), None) => finite(out.hazard(Axis::First) + out.hazard(Axis::Second)),
        (Err(NoRates::Impossible), _) => "–".to_owned(),
        (Err(NoRates::Infinite), _) => "∞".to_owned(),
    };
    let mass = scene.path.pmf_at(z, kappa);
    let inflow = finite(scene.of_views().inflow_at(z));
    let with = if corrector.is_on() { " The corrector’s moves are counted." } else { "" };
    let leaving_tooltip = format!("Σ u(y, z) over all other values y of both tokens, per unit time.{with}");
    let rows = vec![
        row("pₜ(z)", "Its probability now, exactly.", format_value(mass)),
        row("jump rate", "Total rate of leaving the state, per unit time.", leaving(None)),
        row("  token 1", "Jump rate of token 1.", leaving(Some(Axis::First))),
        row("  token 2", "Jump rate of token 2.", leaving(Some(Axis::Second))),
        row("net inflow", "dpₜ(z)/dt: inflow minus outflow, per unit time.", inflow),
    ];
    ui.scope(|ui| table(ui, "cell", rows)).response.on_hover_text(leaving_tooltip);
    if let Err(why) = out {
        notice(ui, Tone::Warning, &why.to_string());
        if why == NoRates::Impossible {
            notice(ui, Tone::Plain, "Its posteriors are the fallbacks that the samplers use.");
        }
    }
}

/// The shown denoiser's answer, where it is not the exact posterior itself.
pub(super) fn asked(scene: SideScene<'_>, z: [usize; 2], opinions: &OpinionThread) -> Option<Opinion> {
    let result = scene.result.filter(|r| r.request.show() == scene.settings.show)?;
    let request = &result.request;
    if request.denoiser == DenoiserSpec::Oracle {
        return None;
    }
    opinions.about(request, scene.path, z, scene.kappa())
}

/// What is known of both tokens, exactly and by the shown denoiser.
fn posteriors(ui: &mut Ui, scene: SideScene<'_>, inspector: &Inspector, opinions: &OpinionThread) {
    let Some(z) = inspector.cell() else { return };
    let opinion = if inspector.noise { None } else { asked(scene, z, opinions) };
    if let Some(Err(why)) = opinion.as_ref().map(|opinion| &opinion.rows) {
        notice(ui, Tone::Error, why);
    }
    // Answers come one after another: which one this is, is said by the run and κ.
    let of = opinion.as_ref().map(|opinion| (opinion.run, opinion.kappa.to_bits(), opinion.rows.is_ok()));
    let key = (Same::of(scene.path), scene.kappa(), z, inspector.noise, of, scene.settings.show);
    let charts = kept(ui.ctx(), "posteriors of a cell", key, || {
        let cell = cell_bars(scene, z, inspector.noise, opinion.as_ref());
        [0, 1].map(|token| token_chart(&cell, token))
    });
    for (token, chart) in charts.iter().enumerate() {
        ui.add_space(2.0);
        let name = format!("token {}", token + 1);
        ui.label(RichText::new(name).font(theme::small()));
        let id = ["posterior 1", "posterior 2"][token];
        ChartUi::new(id, chart).height(HEIGHT).own(z[token] as f64).legend(true).show(ui);
        for note in &chart.notes {
            notice(ui, Tone::Plain, note);
        }
    }
}
