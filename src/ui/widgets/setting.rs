//! A labelled row, and the slider in it.

use crate::ui::theme;
use egui::{Response, Sense, Slider, SliderClamping, Ui, Vec2};
use std::ops::RangeInclusive;

/// Width of the label column, points.
const LABEL_WIDTH: f32 = 78.0;

/// A row: label on the left, `content` on the right. The label carries the tooltip.
pub fn setting<R>(ui: &mut Ui, label: &str, tooltip: &str, content: impl FnOnce(&mut Ui) -> R) -> R {
    ui.horizontal(|ui| {
        let size = Vec2::new(LABEL_WIDTH, ui.spacing().interact_size.y);
        let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
        let color = if ui.is_enabled() {
            theme::palette(ui).weak
        } else {
            ui.visuals().gray_out(theme::palette(ui).weak)
        };
        let font = egui::FontId::proportional(theme::text::BODY);
        ui.painter().text(rect.left_center(), egui::Align2::LEFT_CENTER, label, font, color);
        response.on_hover_text(tooltip).on_disabled_hover_text(tooltip);
        content(ui)
    })
    .inner
}

/// What a slider runs over.
pub struct SliderRange {
    /// Ends included.
    pub range: RangeInclusive<f64>,
    /// Logarithmic steps.
    pub logarithmic: bool,
    /// Whole numbers only.
    pub whole: bool,
}

impl SliderRange {
    /// Evenly over `range`.
    pub fn linear(range: RangeInclusive<f64>) -> Self {
        Self { range, logarithmic: false, whole: false }
    }

    /// Logarithmically over `range`, which must be above 0.
    pub fn logarithmic(range: RangeInclusive<f64>) -> Self {
        Self { range, logarithmic: true, whole: false }
    }

    /// Whole numbers, logarithmically.
    pub fn counts(range: RangeInclusive<f64>) -> Self {
        Self { range, logarithmic: true, whole: true }
    }
}

/// A row with a slider and its value, which can be typed too. True when it moved.
pub fn slider(ui: &mut Ui, label: &str, tooltip: &str, value: &mut f64, range: SliderRange) -> bool {
    setting(ui, label, tooltip, |ui| {
        let before = *value;
        // Room for a million.
        let number = 66.0;
        ui.spacing_mut().slider_width = ui.available_width() - number - ui.spacing().item_spacing.x;
        ui.spacing_mut().interact_size.x = number;
        let smallest = *range.range.start();
        let slider = Slider::new(value, range.range)
            .logarithmic(range.logarithmic)
            // A value from a file may lie beyond the slider: it stays until it is edited.
            .clamping(SliderClamping::Edits)
            .smallest_positive(if smallest > 0.0 { smallest } else { 1e-3 })
            .custom_formatter(move |v, _| format_number(v, range.whole));
        let slider = if range.whole { slider.integer() } else { slider };
        let response: Response = ui.add(slider);
        response.widget_info(|| egui::WidgetInfo::slider(true, *value, label));
        response.on_hover_text(tooltip).on_disabled_hover_text(tooltip);
        if range.whole {
            *value = value.round();
        }
        *value != before
    })
}

/// Three significant digits, in no more than six characters: the field must not grow.
fn format_number(value: f64, whole: bool) -> String {
    if whole {
        return format!("{value:.0}");
    }
    if value != 0.0 && value.abs() < 0.001 {
        return format!("{value:.1e}").replace('-', "−");
    }
    let decimals = if value == 0.0 { 2.0 } else { (2.0 - value.abs().log10().floor()).clamp(0.0, 4.0) };
    format!("{value:.*}", decimals as usize)
}

#[cfg(test)]
mod tests {
    use super::format_number;

    #[test]
    fn numbers_have_three_digits() {
        for (value, whole, text) in [
            (0.25, false, "0.250"),
            (12.0, false, "12.0"),
            (0.0, false, "0.00"),
            (0.003, false, "0.0030"),
            (2.5e-5, false, "2.5e−5"),
            (64.2, true, "64"),
        ] {
            assert_eq!(format_number(value, whole), text);
        }
    }
}
