//! The right panel: what happened along the runs, and what they cost.

use super::exporting::Export;
use super::films::Film;
use super::walls::SideView;
use crate::figure::scale::format_value;
use crate::ui::films::{Row, numbers_table, run_curves};
use crate::ui::widgets::title;
use crate::view::sequence::{LoggedRun, RunCurve};
use egui::Ui;
use std::f64::consts::LN_2;
use std::sync::Arc;

/// What the panel is drawn from.
pub struct PlotContext<'a> {
    /// The runs, in the order of the sides.
    pub runs: &'a [(usize, Arc<LoggedRun>, Arc<Film>)],
    /// The walls.
    pub views: &'a [SideView],
    /// Where each side is on the path: t, and κ there.
    pub now: &'a [[f64; 2]],
}

/// What the panel asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PlotWish {
    /// An export.
    Export(Export),
    /// To look for the images that the large sample is like, or every one of its wall.
    FindNearest {
        /// Every one.
        whole_wall: bool,
    },
    /// To look for them no longer.
    StopSearch,
}

/// Draws curves and numbers.
pub fn plots(ui: &mut Ui, context: &PlotContext<'_>, wish: &mut Option<PlotWish>) {
    ui.spacing_mut().item_spacing.y = 3.0;
    let curves = [
        (
            RunCurve::Revealed,
            "Share of the tokens not given that are revealed, over κ. Without parallel mistakes it is κ itself, but for \
             chance.",
        ),
        (
            RunCurve::Entropy,
            "Mean entropy of p(x₁ⁱ | xₜ) over tokens that are not decided yet, in bits: by how much the denoiser does not know \
             them. From at most 512 of them a step.",
        ),
        (
            RunCurve::Passes,
            "Denoiser evaluations an image so far: NFE. Steps in which nothing is drawn in an image cost it none.",
        ),
    ];
    if let Some(curve) = run_curves(ui, context.runs, context.now, "image", curves) {
        *wish = Some(PlotWish::Export(Export::Curve(curve)));
    }
    numbers(ui, context);
}

/// One column a side.
fn numbers(ui: &mut Ui, context: &PlotContext<'_>) {
    title(ui, "Numbers", "What the runs did and cost.");
    type Cell = Box<dyn Fn(&SideView) -> Option<String>>;
    let now = |of: fn(&crate::sampler::sequence::StepRecord) -> String| -> Cell {
        Box::new(move |view| {
            let film = view.film.as_ref()?;
            film.lock().trace().records().get(view.step).map(of)
        })
    };
    let end = |of: fn(&super::films::End) -> String| -> Cell {
        Box::new(move |view| view.film.as_ref()?.lock().end().as_ref().map(of))
    };
    // Three columns have no room for more.
    let alone = context.views.len() == 1;
    let rows: Vec<Row<SideView>> = vec![
        ("drawn now", "Tokens drawn from the denoiser in the step shown.", now(|at| at.drawn.to_string())),
        ("re-noised", "Tokens drawn from the source in the step shown.", now(|at| at.renoised.to_string())),
        (
            "entropy, bits",
            "Mean entropy of p(x₁ⁱ | xₜ) over undecided tokens in the step shown, with its standard error: the bits by \
             which the denoiser does not know a token yet. 0: it is sure.",
            Box::new(move |view| {
                let film = view.film.as_ref()?;
                let doubt = film.lock().doubts().get(view.step).copied().flatten()?;
                Some(if alone {
                    format!("{:.3} ± {:.3}", doubt.bits, doubt.error)
                } else {
                    format!("{:.2}", doubt.bits)
                })
            }),
        ),
        (
            "step, ms",
            "Milliseconds of the step shown, all images together.",
            Box::new(move |view| {
                let film = view.film.as_ref()?;
                (view.step > 0).then(|| format_value(1000.0 * film.lock().seconds_of(view.step)))
            }),
        ),
        (
            "NFE",
            "Denoiser evaluations an image, in the whole run.",
            end(|end| format!("{:.1}", end.summary.mean_passes())),
        ),
        ("evaluations", "Denoiser evaluations over all images.", end(|end| end.summary.passes.to_string())),
        (
            "redrawn",
            "Tokens that took a draw from the source, on their way back, in the whole run.",
            end(|end| end.summary.renoised.to_string()),
        ),
        (
            "bits in an image",
            "Entropy of the token values within one finished image, in bits, averaged over the images: 0 where all tokens are \
             alike, more the more values there are.",
            end(|end| format!("{:.3}", end.sequence_entropy / LN_2)),
        ),
        (
            "off support",
            "Questions about images that no image of the set can have led to: what parallel draws do. Where the denoiser \
             can tell.",
            end(|end| end.summary.off_support.to_string()),
        ),
        ("run, s", "Seconds of all steps, the entropy included.", end(|end| format!("{:.2}", end.seconds))),
    ];
    numbers_table(ui, "image numbers", rows, context.views);
}
