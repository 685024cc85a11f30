//! What the figures share: text styles, spacing, captions.

use crate::figure::fonts;
use crate::figure::svg::{Anchor, Canvas, Stroke, TextStyle, Weight};
use crate::figure::ticks::power_of_ten;

pub const INK: &str = "#1a1a1a";
pub const MUTED: &str = "#5c5c5c";
pub const AXIS: Stroke = Stroke::solid("#4d4d4d", 1.0);
pub const GRID: Stroke = Stroke::solid("#e8e8e8", 1.0);

/// White space around every figure.
pub const MARGIN: f64 = 12.0;
pub const TICK_LENGTH: f64 = 4.0;
/// Between a tick mark and its label.
pub const TICK_PAD: f64 = 3.0;
/// Between tick labels and the label of the axis.
pub const LABEL_PAD: f64 = 7.0;

/// Labels of the axes of a grid, to the right and upward.
pub const X_LABEL: &str = "token 1";
pub const Y_LABEL: &str = "token 2";

pub const TITLE: TextStyle = style(14.0, Weight::Medium, INK);
/// Size of the labels of axes, px: the text that the others go with.
pub const LABEL_SIZE: f64 = 12.0;
pub const LABEL: TextStyle = style(LABEL_SIZE, Weight::Regular, INK);
pub const TICK: TextStyle = style(11.0, Weight::Regular, INK);
pub const CAPTION: TextStyle = style(10.0, Weight::Regular, MUTED);

const fn style(size: f64, weight: Weight, color: &'static str) -> TextStyle {
    TextStyle { size, weight, color, anchor: Anchor::Start, upward: false }
}

impl TextStyle {
    pub(super) const fn middle(self) -> Self {
        Self { anchor: Anchor::Middle, ..self }
    }

    pub(super) const fn end(self) -> Self {
        Self { anchor: Anchor::End, ..self }
    }

    pub(super) const fn upward(self) -> Self {
        Self { anchor: Anchor::Middle, upward: true, ..self }
    }

    pub(super) fn width(&self, text: &str) -> f64 {
        fonts::text_width(text, self.size, self.weight).ceil()
    }

    /// The same style, smaller where `text` would be wider than `width`.
    pub(super) fn fitted(self, text: &str, width: f64) -> Self {
        Self { size: fonts::fitting_size(text, self.size, self.weight, width), ..self }
    }

    /// From the baseline up to the middle of a digit: Roboto's capitals are 0.711 em high.
    pub(super) fn half_height(&self) -> f64 {
        0.356 * self.size
    }

    /// Baseline to baseline.
    pub(super) fn line_height(&self) -> f64 {
        (1.3 * self.size).ceil()
    }

    /// Room that a line of this text takes across its direction.
    pub(super) fn height(&self) -> f64 {
        self.size.ceil()
    }
}

/// A caption broken into lines, and where it goes.
pub struct Caption {
    lines: Vec<String>,
}

impl Caption {
    pub fn new(text: &str, width: f64) -> Self {
        Self { lines: fonts::wrap(text, CAPTION.size, CAPTION.weight, width) }
    }

    /// Height with the space above it; 0 without a caption.
    pub fn height(&self) -> f64 {
        if self.lines.is_empty() { 0.0 } else { 8.0 + self.lines.len() as f64 * CAPTION.line_height() }
    }

    /// Draws it below `top`.
    pub fn draw(&self, canvas: &mut Canvas, x: f64, top: f64) {
        for (i, line) in self.lines.iter().enumerate() {
            let baseline = top + 8.0 + CAPTION.size + i as f64 * CAPTION.line_height();
            canvas.text(x, baseline, line, &CAPTION);
        }
    }
}

/// Room across an axis for its label, with the space before it; none for an empty label.
pub fn label_room(label: &str) -> f64 {
    if label.is_empty() { 0.0 } else { LABEL_PAD + LABEL.height() }
}

/// `×10⁻⁴`
pub fn times_power(exponent: i32) -> String {
    format!("×{}", power_of_ten(exponent))
}
