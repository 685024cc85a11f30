//! What the curves of samplers are of: which samplers, and by what measure.

use super::headed::line;
use crate::experiment::plane::{NO_KL_OF_NETWORK, PlaneAnswer, PlaneSettings, SamplerChoice};
use crate::sampler::plane::{Measure, MethodOnPath, PlaneMethod};
use crate::ui::widgets::{Choice, list_button, listed, segmented};
use crate::view::plane::sampler_name;
use egui::{Align, Layout, Ui};

/// Draws the measures and the menu of samplers; what is chosen anew.
pub fn comparing(ui: &mut Ui, settings: &PlaneSettings) -> Option<SamplerChoice> {
    let mut choice = settings.compared.clone();
    line(ui, |ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            list_button(ui, "compare", "Which samplers are drawn.", |ui| menu(ui, &mut choice));
            // What all sides ask for together.
            let asks = settings.sides.iter().all(|side| side.answer == PlaneAnswer::Network);
            let is_kl = choice.measure == Measure::Kl;
            let choices = [
                Choice::from((Measure::Tv, "TV", "Total variation to the target on 32 × 32 cells: of all samplers.")),
                (
                    Measure::EndPoint,
                    "end points",
                    "How far ends are from those of RK4 in many steps, from the same starts: of deterministic samplers.",
                )
                    .into(),
                Choice {
                    value: Measure::Kl,
                    label: "KL",
                    tooltip: "KL of the sampler’s law to the target: of deterministic samplers with fixed steps, on mixtures.",
                    disabled: (asks && !is_kl).then_some(NO_KL_OF_NETWORK),
                },
            ];
            segmented(ui, "measure of samplers", &mut choice.measure, choices);
        });
    });
    (choice != settings.compared).then_some(choice)
}

fn menu(ui: &mut Ui, choice: &mut SamplerChoice) {
    ui.set_min_width(180.0);
    for one in choice.offered() {
        let mut on = choice.has(one);
        let name = sampler_name(&one.sampler());
        if listed(ui, &name, meaning(one), &mut on) {
            *choice = choice.with(one, on);
        }
    }
    ui.separator();
    let about = "The samplers of all sides, on their paths and time grids, wherever they are none of these.";
    listed(ui, "those that are set", about, &mut choice.own);
    ui.separator();
    if ui.button("only those that are set").clicked() {
        *choice = SamplerChoice { methods: Vec::new(), own: true, ..choice.clone() };
    }
    if ui.button("the usual ones").clicked() {
        *choice = SamplerChoice { measure: choice.measure, ..SamplerChoice::default() };
    }
}

/// What there is to know of a sampler beyond its name.
fn meaning(one: MethodOnPath) -> &'static str {
    match (one.method, one.path) {
        (PlaneMethod::Euler, Some(_)) => "Euler’s method on the ODE of another path than the straight one.",
        (PlaneMethod::Dopri5 { tol: None }, _) => {
            "Steps of its own choice, for tolerances from 0.1 down by tens; rejected ones count."
        }
        (PlaneMethod::Dopri5 { tol: Some(_) }, _) => {
            "Steps of its own choice for one tolerance; rejected ones count."
        }
        (PlaneMethod::Sde(_), _) => "An ODE with noise whose score keeps the density.",
        (method, _) if method.jumps() => {
            "Masses on cells by the exact rates: of the exact flow alone, and slower than the rest."
        }
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    #[test]
    fn samplers_and_measure_are_chosen() {
        let start = PlaneSettings::default();
        let mut harness = Harness::builder().with_size(egui::Vec2::new(300.0, 600.0)).build_ui_state(
            |ui, settings: &mut PlaneSettings| {
                if let Some(compared) = comparing(ui, settings) {
                    settings.compared = compared;
                }
            },
            start.clone(),
        );
        let mut click = |name: &str| {
            harness.get_by_label(name).click();
            harness.run_steps(3);
            harness.state().compared.clone()
        };
        assert_eq!(click("end points").measure, Measure::EndPoint);
        click("compare");
        let found = click("FM Heun");
        assert_eq!(found.methods.len(), start.compared.methods.len() + 1);
        // The menu is still open.
        assert!(!click("FM Euler").has(MethodOnPath::from(PlaneMethod::Euler)));
        assert!(click("those that are set").own);
        let usual = click("the usual ones");
        assert_eq!(usual, SamplerChoice { measure: Measure::EndPoint, ..SamplerChoice::default() });
        assert!(click("only those that are set").methods.is_empty());
    }
}
