//! A choice of a scheduler, and its parameters.

use super::{ABOVE_ZERO, SliderRange, named_choice, setting, slider};
use crate::figure::scale::format_value;
use crate::flow::Scheduler;
use egui::{Button, ComboBox, Ui};

/// Scheduler and its parameters; `kinetic` is the kinetic-optimal one of the path, where there is one.
pub fn scheduler_choice(ui: &mut Ui, scheduler: &mut Scheduler, kinetic: Option<Scheduler>) {
    let table = match scheduler {
        Scheduler::Table(_) => {
            Some((*scheduler, "table", "straight lines between values of κ at equal steps of t"))
        }
        _ => None,
    };
    let own = [
        (Scheduler::Linear, "linear", "κ = t"),
        (Scheduler::Quadratic, "quadratic", "κ = t²"),
        (Scheduler::Cubic, "cubic", "κ = t³"),
        (Scheduler::Cosine, "cosine", "κ = 1 − cos(πt/2)"),
        (Scheduler::Sin2, "sin²", "κ = sin²(πt/2): kinetic-optimal for a mask"),
        (
            kinetic.unwrap_or(Scheduler::Kinetic(0.0)),
            if kinetic.is_some() { "kinetic-optimal" } else { "geodesic" },
            "1−κ = sin²((1−t)Ω)/sin²Ω, cos²Ω = p₀(x₁): the geodesic of this path",
        ),
        (Scheduler::Power(1.5), "power n", "κ = tⁿ"),
        (Scheduler::Hermite { a: 0.0, b: 2.0 }, "Hermite", "the cubic with κ′(0) = a and κ′(1) = b"),
    ];
    // A table comes from a file or a language: it can be kept, and chosen from no menu.
    let options = || own.into_iter().chain(table);
    let same = |a: &Scheduler, b: &Scheduler| std::mem::discriminant(a) == std::mem::discriminant(b);
    let current = options().find(|(s, ..)| same(s, scheduler)).map_or("", |(_, name, _)| name);
    let tooltip = "κ(t): how fast the path is walked. The path itself does not depend on it, and a network \
                   needs no retraining.";
    setting(ui, "κ(t)", tooltip, |ui| {
        let width = ui.available_width();
        let menu = ComboBox::from_id_salt("scheduler").selected_text(current).width(width);
        let shown = menu.show_ui(ui, |ui| {
            for (option, name, formula) in options() {
                let label = Button::selectable(same(&option, scheduler), format!("{name}    {formula}"));
                let missing = kinetic.is_none() && matches!(option, Scheduler::Kinetic(_));
                let row = ui.add_enabled(!missing, label).on_disabled_hover_text(
                    "A metric path walks through close tokens, not along the geodesic from noise to datum: no member of \
                     this family is kinetic-optimal for it.",
                );
                if row.clicked() && !same(&option, scheduler) {
                    *scheduler = option;
                }
            }
        });
        named_choice(&shown.response, "scheduler", current);
    });
    match scheduler {
        Scheduler::Power(n) => {
            let tooltip = "n in (0, 100]. Below 1, κ′ is infinite at t = 0.";
            let range = SliderRange::logarithmic(0.25..=8.0).typed(ABOVE_ZERO..=100.0);
            slider(ui, "n", tooltip, n, range);
        }
        Scheduler::Kinetic(p) => {
            let tooltip = match kinetic {
                Some(_) => {
                    "Ω with cos²Ω = p₀(x₁), the probability that a token is the datum at the start: 1/K for the uniform \
                     source, 0 for masks, more for kept or transported tokens. Where it differs from datum to datum, or a \
                     three-way path bends, the one with the least action. It follows the path."
                }
                None => {
                    "Left over from another path: not kinetic-optimal for a metric path, which has no such Ω."
                }
            };
            setting(ui, "Ω", tooltip, |ui| {
                ui.label(format!("{:.4} rad   p₀(x₁) = {}", p.sqrt().acos(), format_value(*p)));
            });
        }
        Scheduler::Hermite { a, b } => {
            slider(ui, "a = κ′(0)", "Slope at t = 0, in [0, 3].", a, SliderRange::linear(0.0..=3.0));
            slider(ui, "b = κ′(1)", "Slope at t = 1, in [0, 3].", b, SliderRange::linear(0.0..=3.0));
        }
        Scheduler::Table(table) => {
            let tooltip = "κ at t = 1/n, 2/n, … to 1, with straight lines between: the best steps of a language, for one.";
            setting(ui, "pieces", tooltip, |ui| {
                ui.label(format!("n = {}", table.between().len() + 1));
            });
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::theme;
    use egui::Vec2;
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    #[test]
    fn a_table_has_a_name_and_says_how_many_pieces_it_has() {
        let table: Scheduler = "table:0.25,0.5,0.75".parse().expect("a table");
        let harness = Harness::builder()
            .with_size(Vec2::new(320.0, 160.0))
            .with_context_setup(theme::install)
            .build_ui_state(|ui, scheduler| scheduler_choice(ui, scheduler, None), table);
        assert!(harness.query_by_label("n = 4").is_some());
        let menu = harness.get_by_role(egui::accesskit::Role::ComboBox);
        assert_eq!(menu.value().as_deref(), Some("table"));
        assert_eq!(*harness.state(), table, "shown, not changed");
    }
}
