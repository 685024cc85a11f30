//! The colour bar: which colour means which value.

use super::parts::{AXIS, LABEL, LABEL_PAD, TICK, TICK_LENGTH, TICK_PAD, label_room, times_power};
use crate::figure::colormap::LUT_LEN;
use crate::figure::scale::Scale;
use crate::figure::svg::Canvas;
use crate::figure::ticks::{TickLabels, tick_labels};

/// Parts of the bar in which one colour goes over into the next.
const STOPS: usize = 51;

/// A colour bar with ticks, a common power of ten on top, and the unit along its side.
pub struct ColorBar<'a> {
    pub scale: &'a Scale,
    pub unit: &'a str,
    pub height: f64,
}

impl ColorBar<'_> {
    const GAP: f64 = 14.0;
    const WIDTH: f64 = 12.0;

    /// Positions along the bar with their labels, and the power of ten they share.
    fn ticks(&self) -> (Vec<(f64, String)>, Option<i32>) {
        let ticks = self.scale.ticks((self.height / 40.0).clamp(2.0, 8.0) as usize);
        let TickLabels { labels, exponent } = tick_labels(&ticks);
        let units = ticks.iter().map(|t| self.scale.unit(*t));
        (units.zip(labels).filter(|(unit, _)| !unit.is_nan()).collect(), exponent)
    }

    /// Room right of the map, from the gap to the end of the unit.
    pub fn room(&self) -> f64 {
        let (ticks, exponent) = self.ticks();
        let beside = Self::WIDTH + TICK_LENGTH + TICK_PAD + widest(&ticks) + label_room(self.unit);
        let above = exponent.map_or(0.0, |e| TICK.width(&times_power(e)));
        Self::GAP + beside.max(above)
    }

    /// Draws the bar beside a map whose right edge is `x` and whose top is `y`.
    pub fn draw(&self, canvas: &mut Canvas, x: f64, y: f64) {
        let left = x + Self::GAP;
        let right = left + Self::WIDTH;
        let lut = self.scale.map.lut();
        let stops = (0..=STOPS).map(|n| lut[(LUT_LEN - 1) * (STOPS - n) / STOPS]);
        canvas.mat(left, y, Self::WIDTH, self.height, 0.5, AXIS.color);
        canvas.gradient([left, y, Self::WIDTH, self.height], &stops.collect::<Vec<_>>());

        let (ticks, exponent) = self.ticks();
        // Digits stand flush right, so that a minus sign hangs out to the left.
        let label_end = right + TICK_LENGTH + TICK_PAD + widest(&ticks);
        for (unit, label) in &ticks {
            let tick_y = y + (1.0 - unit) * self.height;
            canvas.segment([right + 0.5, tick_y], [right + TICK_LENGTH, tick_y], AXIS);
            canvas.text(label_end, tick_y + TICK.half_height(), label, &TICK.end());
        }
        if let Some(e) = exponent {
            canvas.text(left, y - 8.0, &times_power(e), &TICK);
        }
        let style = LABEL.upward().fitted(self.unit, self.height);
        let baseline = label_end + LABEL_PAD + 2.0 * LABEL.half_height();
        canvas.text(baseline, y + 0.5 * self.height, self.unit, &style);
    }
}

fn widest(ticks: &[(f64, String)]) -> f64 {
    ticks.iter().map(|(_, label)| TICK.width(label)).fold(0.0, f64::max)
}
