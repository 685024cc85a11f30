//! The right panel: what happened along the runs, and what they cost.

use super::exporting::Export;
use super::films::{End, TextFilm};
use super::side_view::SideView;
use crate::data::language::LanguageSpec;
use crate::experiment::text::truth_words;
use crate::figure::scale::format_value;
use crate::sampler::sequence::{Judged, StepRecord};
use crate::ui::films::{Row, numbers_table, run_curves};
use crate::ui::widgets::title;
use crate::view::sequence::{LoggedRun, RunCurve};
use egui::Ui;
use std::sync::Arc;

/// What the panel is drawn from.
pub struct PlotContext<'a> {
    /// The runs, in the order of the sides.
    pub runs: &'a [(usize, Arc<LoggedRun>, Arc<TextFilm>)],
    /// The pages.
    pub views: &'a [SideView],
    /// Where each side is on the path: t, and κ there.
    pub now: &'a [[f64; 2]],
    /// What the texts are of.
    pub language: &'a LanguageSpec,
}

/// Draws numbers and curves; what is to be exported.
pub fn plots(ui: &mut Ui, context: &PlotContext<'_>, wish: &mut Option<Export>) {
    ui.spacing_mut().item_spacing.y = 3.0;
    numbers(ui, context);
    let curves = [
        (RunCurve::Revealed, "Share of the tokens not given that are revealed, over κ."),
        (
            RunCurve::Entropy,
            "Mean entropy of p(x₁ⁱ | xₜ) over tokens that are not decided yet, bits; from at most 512 of them a step.",
        ),
        (
            RunCurve::Passes,
            "Denoiser evaluations a text so far: NFE. Steps in which nothing is drawn in a text cost it none.",
        ),
    ];
    if let Some(curve) = run_curves(ui, context.runs, context.now, "text", curves) {
        *wish = Some(Export::Curve(curve));
    }
}

/// What stands in a line of a side.
type Cell = Box<dyn Fn(&SideView) -> Option<String>>;

/// One column a side.
fn numbers(ui: &mut Ui, context: &PlotContext<'_>) {
    title(ui, "Texts", "How true the texts are at the step shown and at the end, and what the runs cost.");
    let now = |of: fn(&StepRecord) -> String| -> Cell {
        Box::new(move |view| view.film.as_ref()?.lock().trace().records().get(view.step).map(of))
    };
    let end = |of: fn(&End) -> String| -> Cell {
        Box::new(move |view| view.film.as_ref()?.lock().end().as_ref().map(of))
    };
    let found = |of: fn(&Judged) -> Option<String>| -> Cell {
        Box::new(move |view| view.film.as_ref()?.judged.get().and_then(of))
    };
    let alone = context.views.len() == 1;
    let (truth, about_truth) = truth_words(context.language);
    let said = move |truth: crate::experiment::text::Truth| {
        let share = truth.share()?;
        Some(match (alone, truth.error()) {
            (true, Some(error)) => {
                format!("{:.1} ± {:.1} %  ({}/{})", 100.0 * share, 100.0 * error, truth.right, truth.all)
            }
            _ => format!("{:.1} %", 100.0 * share),
        })
    };
    let rows: Vec<Row<SideView>> = vec![
        (truth, about_truth, Box::new(move |view| said(view.film.as_ref()?.truth_at(view.step)?))),
        (
            "… at the end",
            about_truth,
            Box::new(move |view| {
                let film = view.film.as_ref()?;
                let last = film.lock().end()?.summary.steps;
                said(film.truth_at(last)?)
            }),
        ),
        (
            "whole texts",
            "Share of the finished texts that the language can have, from the first letter to the last.",
            found(|judged| {
                Some(format!("{:.1} %", 100.0 * judged.grammatical as f64 / judged.texts.max(1) as f64))
            }),
        ),
        (
            "distance",
            "The least number of letters of a finished text to change until it is one of the language, on average.",
            found(|judged| Some(format!("{:.2}", judged.mean_distance))),
        ),
        (
            "bits a token",
            "−log₂ q a token of the finished texts that the language can have: below its entropy the easy ones come too often.",
            found(|judged| judged.bits.map(|bits| format!("{bits:.4}"))),
        ),
        (
            "… of the language",
            "The entropy of the language, bits a token: what the texts of a perfect sampler have on average.",
            Box::new(|view| Some(format!("{:.4}", view.film.as_ref()?.lexicon.entropy?))),
        ),
        ("drawn now", "Tokens drawn from the denoiser in the step shown.", now(|at| at.drawn.to_string())),
        ("re-noised", "Tokens drawn from the source in the step shown.", now(|at| at.renoised.to_string())),
        (
            "entropy, bits",
            "Mean entropy of p(x₁ⁱ | xₜ) over undecided tokens in the step shown: the bits by which a token is not known yet.",
            Box::new(move |view| {
                let doubt = view.film.as_ref()?.lock().doubts().get(view.step).copied().flatten()?;
                Some(format!("{:.3}", doubt.bits))
            }),
        ),
        (
            "exact − network",
            "Mean KL(exact ‖ network) over tokens that are not known in the step shown, bits, each counted up to 2.",
            Box::new(|view| Some(format!("{:.3}", view.film.as_ref()?.gap_at(view.step)?))),
        ),
        (
            "NFE",
            "Denoiser evaluations a text, in the whole run.",
            end(|end| format!("{:.1}", end.summary.mean_passes())),
        ),
        (
            "off support",
            "Questions about texts that no text of the language can have led to: what parallel draws do.",
            end(|end| end.summary.off_support.to_string()),
        ),
        (
            "run, s",
            "Seconds of all steps, with all that is shown of them.",
            end(|end| format_value(end.seconds)),
        ),
    ];
    numbers_table(ui, "text numbers", rows, context.views);
}
