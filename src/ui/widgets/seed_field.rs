//! A field for a seed: every whole number that a seed can be, digit by digit.

use egui::{Align2, Id, TextEdit, Ui, Vec2, WidgetInfo};

/// A text field of `width` for a seed, from 0 to 2⁶⁴ − 1: the toolkit's fields for numbers go through `f64`, which has no
/// room for the digits of a large one. What is typed and is no seed stays there and changes nothing; then what is wrong
/// with it is returned.
pub fn seed_field(ui: &mut Ui, width: f32, seed: &mut u64) -> Option<String> {
    let id = Id::unique("seed");
    // While it is edited the text is its own: an emptied field is no seed yet.
    let known = ui.data(|data| data.get_temp::<(String, u64)>(id)).filter(|(_, of)| of == seed);
    let mut text = known.map_or_else(|| seed.to_string(), |(text, _)| text);
    let response = ui.add_sized(
        Vec2::new(width, 22.0),
        TextEdit::singleline(&mut text).id(id.with("text")).align(Align2::LEFT_CENTER),
    );
    let read = text.trim().parse::<u64>();
    if let Ok(read) = &read {
        *seed = *read;
    }
    response.widget_info(|| WidgetInfo {
        label: Some("seed".to_owned()),
        current_text_value: Some(text.clone()),
        ..WidgetInfo::new(egui::Role::TextInput)
    });
    let problem =
        read.err().map(|_| format!("seed = {text}: expected a whole number from 0 to {}", u64::MAX));
    let keep = response.has_focus() || problem.is_some();
    ui.data_mut(|data| {
        if keep {
            data.insert_temp(id, (text, *seed));
        } else {
            data.remove::<(String, u64)>(id);
        }
    });
    problem
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::theme;
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    #[test]
    fn every_digit_of_a_seed_is_kept_and_what_is_none_is_refused() {
        let state = (u64::MAX, None);
        let mut harness = Harness::builder().with_context_setup(theme::install).build_ui_state(
            |ui, (seed, problem): &mut (u64, Option<String>)| *problem = seed_field(ui, 200.0, seed),
            state,
        );
        harness.run_steps(3);
        // Looking at it changes nothing.
        assert_eq!(*harness.state(), (u64::MAX, None));
        let type_in = |harness: &mut Harness<'_, (u64, Option<String>)>, text: &str| {
            harness.get_by_label("seed").focus();
            harness.step();
            harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
            harness.event(egui::Event::Text(text.to_owned()));
            harness.run_steps(2);
        };
        for seed in [9_007_199_254_740_993, 4_294_967_296, 0] {
            type_in(&mut harness, &seed.to_string());
            assert_eq!(*harness.state(), (seed, None));
        }
        for text in ["18446744073709551616", "-1", "1.5"] {
            type_in(&mut harness, text);
            let (seed, problem) = harness.state();
            assert_eq!(*seed, 0);
            assert!(problem.as_ref().is_some_and(|why| why.contains(text)), "{problem:?}");
        }
        // Set elsewhere, it is shown again.
        harness.state_mut().0 = 7;
        harness.run_steps(2);
        assert_eq!(*harness.state(), (7, None));
    }
}
