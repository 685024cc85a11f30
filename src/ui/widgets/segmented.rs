//! A choice between a few named things, side by side.

use crate::ui::theme;
use egui::{Align2, EventFilter, FontId, Key, Modifiers, Rect, Sense, Stroke, StrokeKind, Ui, Vec2};

/// One option: value, label, tooltip and, if it can't be chosen now, why.
pub struct Choice<'a, T> {
    /// What it stands for.
    pub value: T,
    /// On the button.
    pub label: &'a str,
    /// Formula, meaning.
    pub tooltip: &'a str,
    /// Why it has no effect in the present setting.
    pub disabled: Option<&'a str>,
}

impl<'a, T> From<(T, &'a str, &'a str)> for Choice<'a, T> {
    fn from((value, label, tooltip): (T, &'a str, &'a str)) -> Self {
        Self { value, label, tooltip, disabled: None }
    }
}

/// Shows the choices over the available width; true when another one was chosen.
pub fn segmented<'a, T: PartialEq>(
    ui: &mut Ui,
    name: &str,
    current: &mut T,
    choices: impl IntoIterator<Item = impl Into<Choice<'a, T>>>,
) -> bool {
    let choices: Vec<Choice<'a, T>> = choices.into_iter().map(Into::into).collect();
    let palette = theme::palette(ui);
    let corners = theme::corners(ui);
    let height = 22.0;
    let (rect, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), height), Sense::hover());
    ui.painter().rect(rect, corners, palette.raised, Stroke::new(1.0, palette.line), StrokeKind::Inside);
    let (widths, crowded) = widths(ui, &choices, rect.width());
    let mut left = rect.left();
    let is_enabled = ui.is_enabled();
    let can = |index: usize| is_enabled && choices[index].disabled.is_none();
    // One stop for the Tab key, at which the arrows take the choice before or after.
    let sense = if is_enabled { Sense::focusable_noninteractive() } else { Sense::hover() };
    let group = ui.interact(rect, ui.make_persistent_id(name), sense);
    group.widget_info(|| egui::WidgetInfo::new(egui::Role::RadioGroup));
    let mut taken = None;
    for (index, (choice, width)) in choices.iter().zip(widths).enumerate() {
        let cell = Rect::from_min_size(egui::pos2(left, rect.top()), Vec2::new(width, height));
        left += width;
        let selected = *current == choice.value;
        let enabled = can(index);
        let sense = if enabled { Sense::CLICK } else { Sense::hover() };
        let id = ui.make_persistent_id((name, index));
        let response = ui.interact(cell, id, sense).on_hover_ui(|ui| {
            ui.label(choice.tooltip);
            if let Some(why) = choice.disabled {
                ui.colored_label(palette.warning, why);
            }
        });
        response.widget_info(|| {
            egui::WidgetInfo::selected(egui::Role::RadioButton, enabled, selected, choice.label)
        });
        let fill = if selected {
            Some(if enabled { palette.accent } else { theme::mix(palette.raised, palette.accent, 0.4) })
        } else if response.hovered() && enabled {
            Some(theme::mix(palette.raised, palette.text, 0.08))
        } else {
            None
        };
        if let Some(fill) = fill {
            ui.painter().rect_filled(cell.shrink(2.0), corners - 1, fill);
        }
        let color = match (selected, enabled) {
            (true, _) => palette.on_accent,
            (false, true) => palette.text,
            (false, false) => theme::mix(palette.panel, palette.weak, 0.55),
        };
        // A long label shrinks rather than running into its neighbour.
        let font = FontId::proportional(if crowded || choice.label.len() as f32 * 6.6 > cell.width() {
            theme::text::SMALL
        } else {
            theme::text::BODY
        });
        ui.painter().text(cell.center(), Align2::CENTER_CENTER, choice.label, font, color);
        if response.clicked() && !selected {
            taken = Some(index);
        }
    }
    if group.has_focus() {
        let arrows = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(group.id, arrows));
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        let here = choices.iter().position(|choice| *current == choice.value);
        taken = match (pressed(Key::ArrowLeft), pressed(Key::ArrowRight)) {
            (true, _) => (0..here.unwrap_or(0)).rev().find(|other| can(*other)),
            (_, true) => (here.map_or(0, |here| here + 1)..choices.len()).find(|other| can(*other)),
            _ => taken,
        };
    }
    let Some(value) = taken.and_then(|index| choices.into_iter().nth(index)).map(|choice| choice.value)
    else {
        return false;
    };
    *current = value;
    true
}

/// How wide each choice is: all alike, unless a label has no room then; the long ones get what the short ones can spare,
/// and all are small.
fn widths<T>(ui: &Ui, choices: &[Choice<'_, T>], all: f32) -> (Vec<f32>, bool) {
    let alike = all / choices.len().max(1) as f32;
    let texts: Vec<f32> = choices
        .iter()
        .map(|choice| {
            let (label, font) = (choice.label.to_owned(), FontId::proportional(theme::text::SMALL));
            ui.painter().layout_no_wrap(label, font, egui::Color32::PLACEHOLDER).size().x
        })
        .collect();
    let crowded = texts.iter().any(|text| text + 2.0 * theme::space::XS > alike);
    if !crowded {
        return (vec![alike; choices.len()], false);
    }
    let spare = (all - texts.iter().sum::<f32>()) / choices.len() as f32;
    (texts.into_iter().map(|text| text + spare).collect(), true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui_kittest::Harness;

    #[test]
    fn a_choice_is_one_stop_for_tab_and_the_arrows_change_it() {
        let mut harness = Harness::builder().with_size(Vec2::new(300.0, 100.0)).build_ui_state(
            |ui, state: &mut (u32, bool)| {
                let choice = |value, label, disabled| Choice { value, label, tooltip: "", disabled };
                let choices =
                    [choice(0, "none", None), choice(1, "one", Some("not now")), choice(2, "two", None)];
                segmented(ui, "number", &mut state.0, choices);
                state.1 = ui.button("after").has_focus();
            },
            (0, false),
        );
        let mut press = |key| {
            harness.key_press(key);
            harness.run_steps(3);
            *harness.state()
        };
        assert_eq!(press(Key::Tab), (0, false));
        assert_eq!(press(Key::ArrowRight), (2, false), "past one that can't be chosen");
        assert_eq!(press(Key::ArrowRight), (2, false), "it is the last");
        assert_eq!(press(Key::ArrowLeft), (0, false));
        assert_eq!(press(Key::ArrowRight), (2, false));
        assert_eq!(press(Key::Tab), (2, true), "the next control");
    }
}
