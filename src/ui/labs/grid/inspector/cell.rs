//! The panel of one cell: its probability, posteriors and rates, exactly, and what the shown denoiser says.

use super::bars::Bars;
use super::opinion::Opinion;
use super::{Inspector, OpinionThread, token_name};
use crate::experiment::grid::DenoiserSpec;
use crate::figure::scale::format_value;
use crate::flow::Axis;
use crate::sampler::grid::{NoRates, Outgoing};
use crate::ui::labs::grid::export::{Plot, export_button};
use crate::ui::labs::grid::fields::Scene;
use crate::ui::theme::{self, space};
use crate::ui::widgets::{Tone, notice, row, segmented, table, title};
use crate::view::grid::Show;
use egui::{RichText, ScrollArea, Ui};

/// Draws the panel.
pub fn cell_panel(ui: &mut Ui, scene: Scene<'_>, inspector: &mut Inspector, opinions: &OpinionThread) {
    let Some(z) = inspector.cell() else {
        ui.add_space(space::S);
        notice(ui, Tone::Plain, "Point at a cell in any view; click to pin it.");
        return;
    };
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 3.0;
        heading(ui, scene, inspector, z);
        numbers(ui, scene, z);
        ui.add_space(space::XS);
        let choices = [
            (false, "p(x₁ | xₜ)", "The posterior: what each token will be in the data."),
            (true, "p(x₀ | xₜ)", "The noise posterior: what each token was in the source."),
        ];
        segmented(ui, "posterior", &mut inspector.noise, choices);
        if inspector.noise {
            let rows = Axis::BOTH.map(|axis| scene.path.noise_posterior_at(axis, z, scene.kappa()).to_vec());
            bars(ui, scene, z, &rows, None, "x₀");
        } else {
            let rows = Axis::BOTH.map(|axis| scene.path.posterior_at(axis, z, scene.kappa()).to_vec());
            let opinion = asked(scene, z, opinions);
            bars(ui, scene, z, &rows, opinion.as_ref(), "x₁");
        }
        if inspector.pinned.is_some() {
            notice(ui, Tone::Plain, "← → ↑ ↓ move the pinned cell, Esc lets it go.");
        } else {
            notice(ui, Tone::Plain, "Click in a view to pin the cell under the pointer.");
        }
    });
}

fn heading(ui: &mut Ui, scene: Scene<'_>, inspector: &mut Inspector, z: [usize; 2]) {
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
fn numbers(ui: &mut Ui, scene: Scene<'_>, z: [usize; 2]) {
    let (scheduler, kappa) = (scene.scheduler(), scene.kappa());
    let corrector = scene.settings.effective_sampler().corrector;
    let out = Outgoing::new(scene.path, scheduler, corrector, scene.t, z);
    let finite = |x: f64| if x.is_finite() { format_value(x) } else { "∞".to_owned() };
    let hazard = |axis: Option<Axis>| match (&out, axis) {
        (Ok(out), Some(axis)) => finite(out.hazard(axis)),
        (Ok(out), None) => finite(out.hazard(Axis::First) + out.hazard(Axis::Second)),
        (Err(NoRates::Impossible), _) => "–".to_owned(),
        (Err(NoRates::Infinite), _) => "∞".to_owned(),
    };
    let mass = scene.path.pmf_at(z, kappa);
    let inflow = finite(scene.of_views().inflow_at(z));
    let with = if corrector.is_on() { " The corrector’s moves are counted." } else { "" };
    let hazard_tooltip = format!("Σ u(y, z) over all other values y of both tokens, per unit time.{with}");
    let rows = vec![
        row("pₜ(z)", "Its probability now, exactly.", format_value(mass)),
        row("hazard", "Total rate of leaving the state, per unit time.", hazard(None)),
        row("  token 1", "Rate of token 1 changing.", hazard(Some(Axis::First))),
        row("  token 2", "Rate of token 2 changing.", hazard(Some(Axis::Second))),
        row("net inflow", "dpₜ(z)/dt: inflow minus outflow, per unit time.", inflow),
    ];
    ui.scope(|ui| table(ui, "cell", rows)).response.on_hover_text(hazard_tooltip);
    if let Err(why) = out {
        notice(ui, Tone::Warning, &why.to_string());
        if why == NoRates::Impossible {
            notice(ui, Tone::Plain, "Its posteriors are the fallbacks that the samplers use.");
        }
    }
}

/// The shown denoiser's answer, where it is not the exact posterior itself.
pub(super) fn asked(scene: Scene<'_>, z: [usize; 2], opinions: &OpinionThread) -> Option<Opinion> {
    let result = scene.result.filter(|r| r.request.show() == scene.settings.show)?;
    let request = &result.request;
    if request.denoiser == DenoiserSpec::Oracle {
        return None;
    }
    opinions.about(request, scene.path, z, scene.kappa())
}

fn bars(
    ui: &mut Ui,
    scene: Scene<'_>,
    z: [usize; 2],
    exact: &[Vec<f64>; 2],
    opinion: Option<&Opinion>,
    what: &str,
) {
    let palette = theme::palette(ui);
    let shown = if scene.settings.show == Show::Learned { "learned" } else { "with error ε" };
    let other = match opinion.map(|o| &o.rows) {
        Some(Ok(rows)) => Some(rows),
        Some(Err(why)) => {
            notice(ui, Tone::Error, why);
            None
        }
        None => None,
    };
    let small = |text: &str, color| RichText::new(text).font(theme::small()).color(color);
    for axis in Axis::BOTH {
        let i = axis.index();
        let name = format!("posterior of {what}, token {}", i + 1);
        ui.add_space(2.0);
        ui.horizontal(|ui| {
            ui.label(RichText::new(format!("token {}", i + 1)).font(theme::small()));
            ui.label(small("exact", palette.series[0]));
            if other.is_some() {
                ui.label(small(shown, palette.series[1]));
            }
        });
        let label = |y| token_name(scene.path, y);
        Bars {
            name: &name,
            exact: &exact[i],
            other: other.map(|rows| (rows[i].as_slice().unwrap_or_default(), shown)),
            here: z[i],
            label: &label,
        }
        .show(ui);
    }
}
