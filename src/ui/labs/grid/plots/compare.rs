//! The numbers of A and B beside each other.

use crate::figure::scale::format_value;
use crate::flow::metrics::{entropy, tv};
use crate::ui::labs::grid::fields::Scene;
use crate::ui::theme::{self, space};
use crate::ui::widgets::title;
use egui::{Align, Grid, Layout, RichText, Ui};
use ndarray::Array2;

/// What a number counts: how it is written.
#[derive(Clone, Copy)]
enum Kind {
    Whole,
    Distance,
}

/// Metrics of both, their differences, and how far A is from B.
pub(super) fn compare(ui: &mut Ui, scenes: [Scene<'_>; 2]) {
    title(
        ui,
        "A and B",
        "The sampler’s whole pmf at t = 1 against each one’s own target, without Monte-Carlo noise; Δ is B − A.",
    );
    let distances = scenes.map(|scene| scene.result.and_then(|r| r.final_distances));
    let of = |f: fn(&crate::flow::metrics::Distances) -> f64| distances.map(|d| d.as_ref().map(f));
    let end = scenes.map(|scene| {
        let result = scene.result.filter(|r| r.summary.is_some())?;
        result.final_distances?;
        result.trace.frames.last().map(|frame| entropy(&frame.pmf))
    });
    let nfe = scenes.map(|s| s.result.and_then(|r| r.summary.as_ref()).map(|s| s.nfe as f64));
    let now = scenes.map(|scene| scene.result?.stats.get(scene.frame()?)?.pushed);
    let rows = [
        ("TV", "Total variation to the target.", of(|d| d.tv), Kind::Distance),
        ("KL", "KL(target ‖ sample) in nats.", of(|d| d.kl), Kind::Distance),
        ("JS", "Jensen–Shannon divergence to the target in nats.", of(|d| d.js), Kind::Distance),
        ("entropy", "−Σ p ln p of the sampler’s pmf at t = 1, in nats.", end, Kind::Distance),
        ("NFE", "Denoiser evaluations of the run.", nfe, Kind::Whole),
        ("TV now", "Total variation to pₜ at the play-head.", now, Kind::Distance),
    ];
    let palette = theme::palette(ui);
    ui.spacing_mut().interact_size.y = 15.0;
    let width = 50.0;
    Grid::new("compare").num_columns(4).spacing([space::XS, 1.0]).min_col_width(width).show(ui, |ui| {
        let number = |ui: &mut Ui, text: String, color| {
            ui.allocate_ui_with_layout(
                egui::Vec2::new(width, 15.0),
                Layout::right_to_left(Align::Center),
                |ui| ui.label(RichText::new(text).font(theme::small()).color(color)),
            );
        };
        ui.label("");
        for head in ["A", "B", "Δ"] {
            number(ui, head.to_owned(), palette.weak);
        }
        ui.end_row();
        for (name, tooltip, [a, b], kind) in rows {
            ui.label(RichText::new(name).font(theme::small()).color(palette.weak)).on_hover_text(tooltip);
            number(ui, value(a, kind), palette.text);
            number(ui, value(b, kind), palette.text);
            number(ui, difference(a, b, kind), palette.accent);
            ui.end_row();
        }
    });
    between(ui, scenes);
}

/// TV between the two, where they have the same states.
fn between(ui: &mut Ui, scenes: [Scene<'_>; 2]) {
    let palette = theme::palette(ui);
    let exact = scenes.map(|scene| Some(scene.path.pmf(scene.of_views().kappa())));
    let sampled = scenes.map(|scene| {
        // A histogram has noise of its own.
        scene.result.filter(|result| result.estimated_from.is_none())?;
        scene.of_views().frame().ok().map(|(_, frame)| frame.pmf.clone())
    });
    let same = scenes[0].path.vocabulary() == scenes[1].path.vocabulary()
        && scenes[0].path.has_mask() == scenes[1].path.has_mask();
    let rows = [
        ("TV(A, B) of pₜ", "Between both exact pmfs at the play-head.", exact),
        ("TV(A, B) sampled", "Between both samplers’ pmfs at the play-head: no Monte-Carlo noise.", sampled),
    ];
    for (name, tooltip, pair) in rows {
        let text = match (&pair, same) {
            (_, false) => "other states".to_owned(),
            ([Some(a), Some(b)], _) => distance(a, b),
            _ => "–".to_owned(),
        };
        ui.horizontal(|ui| {
            ui.label(RichText::new(name).font(theme::small()).color(palette.weak)).on_hover_text(tooltip);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.label(RichText::new(text).font(theme::small()));
            });
        });
    }
}

fn distance(a: &Array2<f64>, b: &Array2<f64>) -> String {
    value(Some(tv(a, b)), Kind::Distance)
}

fn value(x: Option<f64>, kind: Kind) -> String {
    match (x, kind) {
        (None, _) => "–".to_owned(),
        (Some(x), Kind::Whole) => format!("{x:.0}"),
        // Four digits do for a distance; a tiny one is not 0.
        (Some(x), _) if x != 0.0 && x.abs() < 1e-4 => format_value(x),
        (Some(x), _) => format!("{x:.4}"),
    }
}

fn difference(a: Option<f64>, b: Option<f64>, kind: Kind) -> String {
    let (Some(a), Some(b)) = (a, b) else { return "–".to_owned() };
    match value(Some((b - a).abs()), kind) {
        text if a == b => text,
        text => format!("{}{text}", if b > a { '+' } else { '−' }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_have_a_sign_and_nothing_is_made_up() {
        let d = |a, b| difference(a, b, Kind::Distance);
        assert_eq!(d(Some(0.25), Some(0.5)), "+0.2500");
        assert_eq!(d(Some(0.5), Some(0.25)), "−0.2500");
        assert_eq!(d(Some(0.5), Some(0.5)), "0.0000");
        assert_eq!(d(None, Some(0.5)), "–");
        assert_eq!(difference(Some(8.0), Some(64.0), Kind::Whole), "+56");
    }
}
