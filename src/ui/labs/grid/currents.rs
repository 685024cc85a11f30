//! Currents and mean displacements as arrows over a faint picture of the mass.

use super::fields::{FieldCache, SideScene};
use crate::figure::scale::format_value;
use crate::figure::{ArrowMark, CellWindow};
use crate::gpu::arrows as pass;
use crate::ui::cell_square::Square;
use crate::ui::theme;
use crate::ui::widgets::{ArrowScale, LONGEST_IN_LEGEND, arrow_color, drawn_share};
use crate::view::grid::ScaleMode;
use crate::view::grid::{Arrow, ArrowKind, Moment, arrow_at, arrows};
use egui::{Align2, Ui};
use std::sync::Arc;

/// Arrows along a side, at most.
const ARROWS_A_SIDE: usize = 22;
/// Arrows shorter than this share of the longest are left out: they would be dots.
const SHORTEST: f64 = 0.004;
/// How far an arrow at the border may reach over it, points.
const OVERHANG: f32 = 3.0;
/// The slots of the legends come after those of the views.
const LEGENDS: u64 = 1 << 32;

/// The longest arrow of the scale that is chosen, if there are arrows.
pub fn longest(
    scene: SideScene<'_>,
    kind: ArrowKind,
    window: CellWindow,
    cache: &mut FieldCache,
) -> Option<f64> {
    let block = block(scene, window);
    match scene.settings.scale {
        ScaleMode::Fixed => Some(cache.longest_arrow(scene, kind, block)),
        ScaleMode::PerFrame => {
            let all = arrows(&scene.of_views(), kind, block).ok()?.values;
            Some(all.iter().map(Arrow::length).fold(0.0, f64::max))
        }
    }
}

/// Cells along a side of a block that has one arrow: fewer where fewer are shown.
fn block(scene: SideScene<'_>, window: CellWindow) -> usize {
    let shown = window.size[0].min(scene.path.data_tokens() as f32).ceil() as usize;
    shown.div_ceil(ARROWS_A_SIDE)
}

/// Which arrows are drawn.
#[derive(Clone, Copy)]
pub struct Wanted {
    /// What they are.
    pub kind: ArrowKind,
    /// The length of the longest, where two panes have it in common.
    pub longest: Option<f64>,
    /// The state under the pointer: its arrow is read out.
    pub under: Option<[usize; 2]>,
}

/// What is written above the arrows.
#[derive(Default)]
pub struct Words {
    /// What they are of, where that is not the present moment, or why there are none.
    pub legend: String,
    /// The arrow under the pointer.
    pub pointed: Option<String>,
}

impl Words {
    fn legend(legend: impl Into<String>) -> Self {
        Self { legend: legend.into(), pointed: None }
    }
}

/// Draws the arrows of pane `index`. Zooming in shows more of them, down to one a cell.
pub fn draw(
    ui: &Ui,
    index: usize,
    square: &Square,
    scene: SideScene<'_>,
    wanted: Wanted,
    cache: &mut FieldCache,
) -> Words {
    let kind = wanted.kind;
    if let Some(why) = kind.absence(scene.path) {
        let palette = theme::palette(ui);
        let at = square.rect.center();
        let width = square.rect.width() - 24.0;
        let galley = ui.painter().layout(why.to_owned(), theme::small(), palette.text, width);
        let rect = Align2::CENTER_CENTER.anchor_size(at, galley.size());
        ui.painter().rect_filled(rect.expand(8.0), 4.0, palette.panel.gamma_multiply(0.9));
        ui.painter().galley(rect.min, galley, palette.text);
        return Words::default();
    }
    let block = block(scene, square.window);
    let Moment { values: all, t } = match arrows(&scene.of_views(), kind, block) {
        Ok(all) => all,
        Err(why) => return Words::legend(why.to_string()),
    };
    let pointed = wanted.under.and_then(|state| {
        let arrow = arrow_at(&all, scene.path, block, state)?;
        Some(in_words(&arrow, kind, block, scene.path.data_tokens(), state))
    });
    let longest = wanted.longest.or_else(|| longest(scene, kind, square.window, cache)).unwrap_or_default();
    if longest <= 0.0 {
        return Words { pointed, ..Words::legend("nothing moves at this moment") };
    }
    let dark = ui.visuals().dark_mode;
    let reach = block as f32 * 1.35;
    let mark = |arrow: &Arrow| {
        // A learned current may be longer than any exact one.
        let share = (arrow.length() / longest).min(1.5);
        let length = reach * drawn_share(share);
        let along = arrow.vector.map(|x| (x / arrow.length()) as f32 * length);
        ArrowMark { middle: arrow.at, along, color: arrow_color(share, dark) }
    };
    let marks = all.iter().filter(|a| a.length() > SHORTEST * longest).map(mark).collect();
    // Those of a part of the grid are cut off where it ends.
    let whole = square.window == CellWindow::whole(&square.layout);
    let places = [square.rect, square.rect.expand(if whole { OVERHANG } else { 0.0 })];
    pass::paint(ui.painter(), places, index as u64, square.window, Arc::new(marks));
    let reach = (reach * square.cell_side()).min(LONGEST_IN_LEGEND);
    // The read-out names the unit itself, and needs its room.
    let unit = if pointed.is_some() { "" } else { kind.unit() };
    ArrowScale { unit, longest, reach, dark }.draw(ui, LEGENDS + index as u64, square.rect);
    let legend = if t == scene.t { String::new() } else { format!("velocity at the step at t = {t:.3}") };
    Words { legend, pointed }
}

/// An arrow in words: the tokens it is the mean of, where it points, and how long it is.
fn in_words(arrow: &Arrow, kind: ArrowKind, block: usize, k: usize, state: [usize; 2]) -> String {
    let [first, second] = state.map(|token| {
        let start = token / block * block;
        let last = (start + block).min(k) - 1;
        if last > start { format!("{start}–{last}") } else { start.to_string() }
    });
    let length = arrow.length();
    if length == 0.0 {
        return format!("({first}, {second})   0 {}", kind.unit());
    }
    let degrees = arrow.degrees();
    // The nearest of the eight arrows there are signs for.
    let eighth = (degrees / 45.0).round().rem_euclid(8.0) as usize;
    let sign = ['→', '↗', '↑', '↖', '←', '↙', '↓', '↘'][eighth];
    let angle = format!("{degrees:.0}°").replace('-', "−");
    format!("({first}, {second})   {sign} {angle}   {} {}", format_value(length), kind.unit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arrow_is_read_out_with_its_block_direction_and_unit() {
        let words = |vector, block, state| {
            in_words(&Arrow { at: [0.0; 2], vector }, ArrowKind::Current, block, 8, state)
        };
        assert_eq!(words([0.0, -2e-3], 1, [4, 7]), "(4, 7)   ↓ −90°   0.002 mass / time");
        assert_eq!(words([0.03, 0.04], 3, [4, 7]), "(3–5, 6–7)   ↗ 53°   0.05 mass / time");
        assert_eq!(words([-1.0, -0.01], 1, [0, 0]), "(0, 0)   ← −179°   1 mass / time");
        assert_eq!(words([0.0; 2], 1, [0, 0]), "(0, 0)   0 mass / time");
    }
}
