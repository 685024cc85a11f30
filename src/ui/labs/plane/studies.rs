//! The right panel where something is measured of a flow: its samplers, and how straight it is.

use super::exporting::PlaneContent;
use super::lab::PlaneLab;
use super::questions::{LearnedStraight, Study, Topic};
use crate::figure::scale::format_value;
use crate::sampler::plane::Measure;
use crate::ui::chart::{ChartUi, growing};
use crate::ui::icons;
use crate::ui::kept::{Same, kept};
use crate::ui::side_tabs::whose;
use crate::ui::theme;
use crate::ui::widgets::{Tone, icon_button, notice, row, table, title};
use crate::view::plane::samplers_chart;
use egui::{Align, Grid, Layout, RichText, Ui};

/// Draws the panel for one side; what is to be exported.
pub fn studies(
    ui: &mut Ui,
    lab: &PlaneLab,
    (side, topic): (usize, Topic),
    heading: Option<&str>,
) -> Option<PlaneContent> {
    let mut wish = None;
    growing(ui, "plane studies", |ui| {
        ui.spacing_mut().item_spacing.y = 3.0;
        if let Some(heading) = heading {
            whose(ui, side, heading);
        }
        match (topic, lab.studied(side)) {
            (_, Err(why)) => notice(ui, Tone::Plain, why),
            (Topic::Samplers, Ok(Some(Study::Curves(curves)))) => {
                ui.horizontal(|ui| {
                    let about = "The same exact velocity for all. Grid, order and noise each matter, and with enough \
                                 evaluations the SDEs meet Euler: “diffusion needs 1000 steps” is no theorem.";
                    title(ui, "Flow or diffusion?", about);
                    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                        if icon_button(ui, icons::EXPORT, "Export the samplers …", false).clicked() {
                            wish = Some(PlaneContent::Curves(curves.clone()));
                        }
                    });
                });
                let chart = kept(ui.ctx(), "samplers of a flow", Same::of(curves), || {
                    samplers_chart(curves, Measure::Tv)
                });
                ChartUi::new("samplers of a flow", &chart).height(220.0).axis_names().legend(true).show(ui);
                let about = "Total variation to the target on 32 × 32 cells, without Monte-Carlo noise; the dashed line is what \
                             an exact sampler would show.";
                notice(ui, Tone::Plain, about);
            }
            (Topic::Straight, Ok(Some(Study::Straight(found, runs)))) => {
                if let Some([independent, floor]) = found.independent {
                    title(
                        ui,
                        "Where the cost goes",
                        "E|X₁ − X₀|² of independent pairs is the cost of the flow’s own pairs, how much their ways bend, and the \
                     least loss of a network.",
                    );
                    let sum = found.of.transport + found.of.straightness + floor;
                    let rows = vec![
                        row("E|X₁ − X₀|²", "Of independent pairs, exactly.", number(independent)),
                        row(
                            "= E|Z₁ − Z₀|²",
                            "Of both ends of the flow’s trajectories.",
                            number(found.of.transport),
                        ),
                        row(
                            "+ S",
                            "∫ E|(Z₁ − Z₀) − Ż|² dt: 0 where all go straight at constant speed.",
                            number(found.of.straightness),
                        ),
                        row("+ L*", "The least loss: ∫ E tr Cov of x₁ times its gain.", number(floor)),
                        row("sum", "Of the last three, which are means over 3000 draws.", number(sum)),
                    ];
                    table(ui, "plane cost", rows);
                }
                title(ui, "How straight", "Means over 3000 trajectories of the exact flow.");
                let rows = vec![
                    row("path energy", "∫ E|u|² dt = E|Z₁ − Z₀|² + S.", number(found.of.energy)),
                    row(
                        "excess length",
                        "Length of a trajectory over its chord, less 1.",
                        number(found.of.excess_length),
                    ),
                    row(
                        "one step misses",
                        "√E|Z₀ + u(Z₀) − Z₁|²: one step of Euler’s from noise to data.",
                        number(found.of.one_step),
                    ),
                ];
                table(ui, "plane straight", rows);
                networks(ui, runs);
            }
            _ => notice(ui, Tone::Plain, "measuring …"),
        }
    });
    wish
}

/// How straight the networks of all runs on this flow go: pairs that are retrained on straighten the trajectories.
fn networks(ui: &mut Ui, runs: &[LearnedStraight]) {
    let about = "Trajectories of the networks of all runs on this target and source: transport E|Z₁ − Z₀|², straightness S, and by \
                 how much one step of Euler’s misses.";
    title(ui, "Networks", about);
    if runs.is_empty() {
        let about = "None yet: train some under “train”, with independent pairs, OT and reflow.";
        return notice(ui, Tone::Plain, about);
    }
    Grid::new("plane networks").num_columns(4).spacing([10.0, 2.0]).show(ui, |ui| {
        let weak = theme::palette(ui).weak;
        let small = |text: String| RichText::new(text).font(theme::small());
        for heading in ["", "transport", "S", "one step"] {
            ui.label(small(heading.to_owned()).color(weak));
        }
        ui.end_row();
        for (run, pairs, straight) in runs {
            ui.label(small(format!("{run}: {pairs}")).color(weak));
            for x in [straight.transport, straight.straightness, straight.one_step] {
                ui.label(small(format!("{x:.3}")));
            }
            ui.end_row();
        }
    });
}

fn number(x: f64) -> String {
    format_value(x)
}
