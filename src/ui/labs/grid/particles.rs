//! Particles where they are now, and the jumps that brought them there.

use super::fields::{FieldCache, SideScene};
use crate::figure::Trail;
use crate::figure::particles::place_in_cells;
use crate::flow::{Count, counted};
use crate::gpu::particles::{self, Particles};
use crate::gpu::trails;
use crate::sampler::grid::Trace;
use crate::ui::cell_square::Square;
use crate::ui::theme;
use egui::{Color32, Pos2, Ui};
use std::sync::Arc;

/// Trails are drawn for this many particles; more would be a tangle.
const TRAILS: usize = 260;
/// Jumps over this many past frames are still seen.
const TRAIL_FRAMES: usize = 4;

/// Draws the cloud of pane `index`; returns the legend.
pub fn draw(ui: &Ui, index: usize, square: &Square, scene: SideScene<'_>, cache: &mut FieldCache) -> String {
    let Some((frame, states)) = cache.states(scene) else { return "sampling …".to_owned() };
    let Some(result) = scene.result else { return "sampling …".to_owned() };
    let palette = theme::palette(ui);
    let slot = index as u64;
    let trails = jumps(&result.trace, frame, square, palette.text);
    trails::paint(ui.painter(), square.rect, slot, square.window, Arc::new(trails));
    let count = states.len();
    let cloud = Particles {
        slot,
        states,
        layout: square.layout,
        window: square.window,
        color: [palette.particle.r(), palette.particle.g(), palette.particle.b()],
    };
    particles::paint(ui.painter(), square.rect, cloud);
    let (step, steps, t) =
        (result.trace.frames[frame].step, result.trace.total_steps, result.trace.frames[frame].t);
    if result.summary.is_some() {
        format!("{}, step {step} of {steps}", counted(Count::written(grouped(count)), "particle"))
    } else {
        format!("sampling: step {step} of {steps}, t = {t:.3}")
    }
}

/// A count with thin spaces between thousands.
pub fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{2009}');
        }
        text.push(digit);
    }
    text
}

/// The last jumps of the first particles, older ones fainter and first.
fn jumps(trace: &Trace, frame: usize, square: &Square, color: Color32) -> Vec<Trail> {
    let place = |n: usize, state| place_in_cells(n, state, &square.layout, square.cell_side());
    let mut trails = Vec::new();
    for age in (0..TRAIL_FRAMES.min(frame)).rev() {
        let [before, after] = [frame - age - 1, frame - age].map(|at| trace.particles.states(at, TRAILS));
        let opacity = 0.55 * (1.0 - age as f32 / TRAIL_FRAMES as f32);
        for (n, (from, to)) in before.into_iter().zip(after).enumerate() {
            if from != to {
                let (from, to) = (place(n, from), place(n, to));
                trails.push(Trail { from, to, color: [color.r(), color.g(), color.b()], opacity });
            }
        }
    }
    trails
}

/// The particle of the present frame that is drawn nearest to `at`, within `reach` points.
pub(super) fn nearest(
    square: &Square,
    scene: SideScene<'_>,
    cache: &mut FieldCache,
    at: Pos2,
    reach: f32,
) -> Option<usize> {
    let (_, states) = cache.states(scene)?;
    let distances = states.iter().enumerate().map(|(n, s)| (n, place(square, n, *s).distance(at)));
    let nearest = distances.min_by(|a, b| a.1.total_cmp(&b.1))?;
    (nearest.1 <= reach).then_some(nearest.0)
}

/// Where particle `n` in a state is drawn.
pub(super) fn place(square: &Square, n: usize, state: [u16; 2]) -> Pos2 {
    square.position(place_in_cells(n, state, &square.layout, square.cell_side()))
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(
            [7, 100, 3000, 1_000_000].map(grouped),
            ["7", "100", "3\u{2009}000", "1\u{2009}000\u{2009}000"]
        );
    }
}
