//! A labelled row, and the slider in it.

use super::{Tone, notice};
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
    /// What can be typed, ends included; at least `range`.
    pub typed: RangeInclusive<f64>,
    /// Logarithmic steps.
    pub logarithmic: bool,
    /// Whole numbers only.
    pub whole: bool,
}

impl SliderRange {
    /// Evenly over `range`.
    pub fn linear(range: RangeInclusive<f64>) -> Self {
        Self { typed: range.clone(), range, logarithmic: false, whole: false }
    }

    /// Logarithmically over `range`, which must be above 0.
    pub fn logarithmic(range: RangeInclusive<f64>) -> Self {
        Self { logarithmic: true, ..Self::linear(range) }
    }

    /// Whole numbers, logarithmically.
    pub fn counts(range: RangeInclusive<f64>) -> Self {
        Self { whole: true, ..Self::logarithmic(range) }
    }

    /// All that can be typed where that is more than the slider runs over. [`ABOVE_ZERO`] as its start leaves 0 out.
    #[must_use]
    pub fn typed(self, typed: RangeInclusive<f64>) -> Self {
        Self { typed, ..self }
    }

    /// What is expected, in words.
    fn expected(&self) -> String {
        let kind = if self.whole { "a whole number" } else { "a number" };
        let (from, to) = (*self.typed.start(), *self.typed.end());
        if from == ABOVE_ZERO {
            format!("{kind} above 0 and at most {to}")
        } else {
            format!("{kind} from {from} to {to}")
        }
    }
}

/// The smallest number above 0: the start of a range that leaves 0 out.
pub const ABOVE_ZERO: f64 = f64::MIN_POSITIVE;

/// A row with a slider and its value, which can be typed too. True when it changed. A number that is typed out of range
/// changes nothing, and a line below the row says so until the next click or change.
pub fn slider(ui: &mut Ui, label: &str, tooltip: &str, value: &mut f64, range: SliderRange) -> bool {
    let before = *value;
    let expected = range.expected();
    let typed = range.typed.clone();
    setting(ui, label, tooltip, |ui| {
        // Room for a million.
        let number = 66.0;
        ui.spacing_mut().slider_width = ui.available_width() - number - ui.spacing().item_spacing.x;
        ui.spacing_mut().interact_size.x = number;
        let smallest = *range.range.start();
        let slider = Slider::new(value, range.range)
            .logarithmic(range.logarithmic)
            // A value may lie beyond the slider: one from a file, or one that was typed.
            .clamping(SliderClamping::Never)
            .update_while_editing(false)
            .smallest_positive(if smallest > 0.0 { smallest } else { 1e-3 })
            .custom_formatter(move |v, _| format_number(v, range.whole));
        let slider = if range.whole { slider.integer() } else { slider };
        let response: Response = ui.add(slider);
        response.widget_info(|| egui::WidgetInfo::slider(true, *value, label));
        response.on_hover_text(tooltip).on_disabled_hover_text(tooltip);
        if range.whole {
            *value = value.round();
        }
    });
    let id = ui.scope_id().with(("refused", label));
    if *value != before {
        // What was refused, and what it would have replaced.
        let refused = (!typed.contains(value)).then_some((*value, before));
        if refused.is_some() {
            *value = before;
        }
        ui.data_mut(|data| data.insert_temp(id, refused));
    } else if ui.input(|input| input.pointer.any_pressed()) {
        // Whatever else is done, it is about that no longer.
        ui.data_mut(|data| data.remove::<Option<(f64, f64)>>(id));
    }
    let refused = ui.data(|data| data.get_temp::<Option<(f64, f64)>>(id)).flatten();
    if let Some((refused, _)) = refused.filter(|(_, kept)| kept == value) {
        let given = if refused.abs() < 1e9 { refused.to_string() } else { format!("{refused:e}") };
        notice(ui, Tone::Error, &format!("{label} = {given}: expected {expected}"));
    }
    *value != before
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
    use super::*;
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    /// A row with a slider from 1 to 8 for numbers above 0 and at most 100.
    fn row(value: f64) -> Harness<'static, f64> {
        Harness::builder()
            .with_size(Vec2::new(320.0, 120.0))
            .with_context_setup(theme::install)
            .build_ui_state(
                |ui, value: &mut f64| {
                    let range = SliderRange::logarithmic(1.0..=8.0).typed(ABOVE_ZERO..=100.0);
                    slider(ui, "n", "n in (0, 100]", value, range);
                },
                value,
            )
    }

    fn type_into(harness: &mut Harness<'_, f64>, text: &str) {
        let number = harness.get_by_role(egui::accesskit::Role::SpinButton).rect().center();
        // In its own frames: a press, a release, and the field that it opens.
        for pressed in [true, false] {
            let (button, modifiers) = (egui::PointerButton::Primary, egui::Modifiers::NONE);
            harness.hover_at(number);
            harness.event(egui::Event::PointerButton { pos: number, button, pressed, modifiers });
            harness.step();
        }
        harness.step();
        harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
        harness.event(egui::Event::Text(text.to_owned()));
        harness.step();
        harness.key_press(egui::Key::Enter);
        harness.step();
        harness.step();
    }

    #[test]
    fn all_of_the_documented_range_can_be_typed_and_nothing_is_cut_off() {
        let mut harness = row(2.0);
        harness.step();
        for (text, value) in [("50", 50.0), ("0.25", 0.25), ("100", 100.0)] {
            type_into(&mut harness, text);
            assert_eq!(*harness.state(), value);
        }
        for text in ["101", "0", "-3"] {
            type_into(&mut harness, text);
            assert_eq!(*harness.state(), 100.0, "{text}");
            let said = format!("n = {text}: expected a number above 0 and at most 100");
            assert!(harness.query_by_label(&said).is_some(), "{said}");
        }
        type_into(&mut harness, "3");
        assert_eq!(*harness.state(), 3.0);
        assert!(harness.query_by_label_contains("expected").is_none(), "it is said no longer");
    }

    #[test]
    fn a_value_from_a_file_stays_whatever_it_is() {
        let mut harness = row(1e6);
        harness.run_steps(3);
        assert_eq!(*harness.state(), 1e6);
    }

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
