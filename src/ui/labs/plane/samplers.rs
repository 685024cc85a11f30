//! The right panel that compares samplers: curves of all of them for every side, and what the sides' own ones do.

use super::exporting::PlaneContent;
use super::headed::headed_beside;
use super::lab::PlaneLab;
use super::studies::{StudyWish, beside};
use crate::experiment::NAMES;
use crate::experiment::plane::{PlaneAnswer, Sampled, SharedCurves};
use crate::figure::scale::format_value;
use crate::sampler::plane::{DiffusionStart, PlaneMethod};
use crate::ui::chart::ChartUi;
use crate::ui::kept::{Same, kept};
use crate::ui::labs::plane::training::offer;
use crate::ui::theme;
use crate::ui::widgets::{Tone, notice, row, table, title};
use crate::view::plane::{left_out_words, measured_words, samplers_chart};
use egui::{RichText, Ui};

/// Height of the chart of one set of curves, and of one of several.
const HEIGHTS: [f32; 2] = [220.0, 150.0];

const ALPHA: &str = "The share of x₁ in the first state, √ā_T. DDPM draws N(0, I) in its place, which pulls all samples in by it: \
                     0.006 for T = 1000, 0.78 for T = 50 of the same β.";

/// Draws the curves of all sides, those that are one only once, and what the sides' own samplers do.
pub fn samplers(ui: &mut Ui, lab: &PlaneLab, all: &[SharedCurves]) -> Option<StudyWish> {
    let mut wish = None;
    for shared in all {
        let side = shared.sides[0];
        let about = "The same answers for all. Grid, order and noise each matter, and with enough evaluations the SDEs meet \
                     Euler: “diffusion needs 1000 steps” is no theorem.";
        let is_compared = lab.settings().sides.is_compared();
        let export = shared.curves.is_ok().then_some("Export the samplers …");
        let asked = headed_beside(ui, ("Flow or diffusion?", about), export, |ui| {
            if is_compared {
                letters(ui, &shared.sides);
            }
        });
        if let (true, Ok(curves)) = (asked, &shared.curves) {
            wish = Some(StudyWish::Export(PlaneContent::Curves(curves.clone(), side)));
        }
        if shared.curves.is_ok() {
            let whom = shared.answered.as_deref().unwrap_or("the exact velocity");
            notice(ui, Tone::Plain, &format!("Asked of {whom}."));
        }
        let asks = |side: &usize| lab.settings().sides.side(*side).answer == PlaneAnswer::Network;
        if let Some(side) = shared.sides.iter().copied().find(asks)
            && let Some(missing) = lab.missing(side)
        {
            notice(ui, Tone::Plain, "A network is to answer, and there is none of this flow yet.");
            if offer(ui, Some(missing), "Train") {
                wish = Some(StudyWish::Train(side));
            }
        }
        match &shared.curves {
            Ok(curves) => {
                let id = ["samplers", "samplers of B", "samplers of C"][side.min(2)];
                let chart = kept(ui.ctx(), id, Same::of(curves), || samplers_chart(curves));
                let height = HEIGHTS[usize::from(all.len() > 1)];
                ChartUi::new(id, &chart).height(height).axis_names().legend(true).show(ui);
                if let Some(why) = left_out_words(curves) {
                    notice(ui, Tone::Plain, &why);
                }
            }
            Err(why) => notice(ui, Tone::Plain, why),
        }
    }
    let found = || all.iter().filter_map(|shared| shared.curves.as_ref().ok());
    // Of a network, whose words say more, where there is one.
    if let Some(curves) = found().max_by_key(|curves| curves.fine.is_some()) {
        notice(ui, Tone::Plain, &measured_words(curves));
    }
    let drawn = found().flat_map(|curves| curves.drawn()).map(|curve| curve.sampler);
    let ddpm = drawn.filter(|sampler| matches!(sampler.method, PlaneMethod::Ddpm { .. }));
    let starts = ddpm.filter_map(|sampler| sampler.diffusion_start());
    let mut scheduled = starts.filter(|start| start.schedule.is_some());
    if let Some(DiffusionStart { schedule: Some(levels), alpha }) = scheduled.next() {
        title(ui, "Where DDPM begins", ALPHA);
        let about = "Levels of its schedule, β from 10⁻⁴ to 0.02, of which its curve takes as many as there are steps.";
        let rows = vec![row("T", about, levels.to_string()), row("α_T", ALPHA, format_value(alpha))];
        ui.scope(|ui| table(ui, "plane ddpm", rows));
    }
    own_samplers(ui, lab);
    wish
}

/// The letters of sides in their colours.
fn letters(ui: &mut Ui, sides: &[usize]) {
    for side in sides {
        let color = theme::palette(ui).series[*side];
        ui.label(RichText::new(NAMES[*side]).font(theme::heading()).color(color));
    }
}

/// What the samplers that are set have done, and where they begin.
fn own_samplers(ui: &mut Ui, lab: &PlaneLab) {
    let sides = &lab.settings().sides;
    let count = sides.len();
    let about = "The runs of the samplers that are set, and where those of diffusion begin.";
    title(ui, if count > 1 { "These samplers" } else { "This sampler" }, about);
    let of_run = |value: fn(&Sampled) -> f64| -> Vec<Option<f64>> {
        (0..count).map(|side| lab.run(side).map(value)).collect()
    };
    let starts: Vec<_> = sides.iter().map(|side| side.sampler().diffusion_start()).collect();
    let first = |value: fn(DiffusionStart) -> Option<f64>| -> Vec<Option<f64>> {
        starts.iter().map(|start| start.and_then(value)).collect()
    };
    let mut rows = vec![
        ("NFE", "Evaluations of the velocity a sample.", of_run(|run| run.evaluations as f64)),
        ("TV at the end", "½ |samples − target| over 32 × 32 cells.", of_run(|run| run.distance[0])),
        (
            "of exact samples",
            "What as many samples of the target itself have: the noise of counting.",
            of_run(|run| run.distance[1]),
        ),
    ];
    if starts.iter().any(Option::is_some) {
        rows.extend([
            (
                "T",
                "Levels of DDPM’s schedule, of which its grid takes as many as there are steps.",
                first(|start| Some(start.schedule? as f64)),
            ),
            ("α_T", ALPHA, first(|start| Some(start.alpha))),
            (
                "SNR",
                "α_T²/σ_T², the signal-to-noise ratio there.",
                first(|start| Some(start.alpha.powi(2) / (1.0 - start.alpha.powi(2)))),
            ),
        ]);
    }
    beside(ui, ("plane samplers", count), &rows, format_value);
}
