//! The right panel where something is measured of all flows: their samplers, and how straight they are.

use super::comparing::comparing;
use super::exporting::PlaneContent;
use super::lab::PlaneLab;
use super::questions::{LearnedStraight, Study};
use super::samplers::samplers;
use super::training::offer;
use crate::experiment::NAMES;
use crate::experiment::plane::{SamplerChoice, Straight, Topic, pairs_in_words};
use crate::figure::fixed;
use crate::ui::chart::growing;
use crate::ui::theme;
use crate::ui::widgets::{Tone, notice, title};
use egui::{Grid, RichText, Ui};

/// What is asked for beside a study.
pub enum StudyWish {
    /// To export it.
    Export(PlaneContent),
    /// To train on the flow of a side.
    Train(usize),
    /// To compare these samplers.
    Compare(SamplerChoice),
}

/// Draws the panel of what is measured of all sides; `side` is the one that is being set.
pub fn studies(ui: &mut Ui, lab: &PlaneLab, side: usize) -> Option<StudyWish> {
    let mut wish = None;
    growing(ui, "plane studies", |ui| {
        ui.spacing_mut().item_spacing.y = 3.0;
        // There also where nothing could be measured: something else can be chosen.
        if lab.topic == Some(Topic::Samplers) {
            wish = comparing(ui, lab.settings()).map(StudyWish::Compare);
        }
        match lab.studied(side) {
            Err(why) => notice(ui, Tone::Plain, why),
            Ok(Some(Study::Curves(all))) => wish = samplers(ui, lab, all).or(wish.take()),
            Ok(Some(Study::Straight(sides, runs))) => {
                costs(ui, sides);
                how_straight(ui, sides);
                if networks(ui, lab, side, runs) {
                    wish = Some(StudyWish::Train(side));
                }
            }
            Ok(Some(Study::Codes(_)) | None) => notice(ui, Tone::Plain, "measuring …"),
        }
    });
    wish
}

/// Where the cost of independent pairs goes, of the sides that have such.
fn costs(ui: &mut Ui, sides: &[Straight]) {
    if sides.iter().all(|side| side.independent.is_none()) {
        return;
    }
    let about = "E|X₁ − X₀|² of independent pairs is the cost of the flow’s own pairs, how much their ways bend, and the least loss \
                 of a network.";
    title(ui, "Where the cost goes", about);
    let of = |value: fn(&Straight, f64) -> f64| {
        let each = |side: &Straight| side.independent.map(|cost| value(side, cost));
        sides.iter().map(each).collect()
    };
    let rows: [(&str, &str, Vec<Option<f64>>); 5] = [
        ("E|X₁ − X₀|²", "Of independent pairs, exactly.", of(|_, cost| cost)),
        ("= E|Z₁ − Z₀|²", "Of both ends of the flow’s trajectories.", of(|side, _| side.shares.of.transport)),
        (
            "+ S",
            "∫ E|(Z₁ − Z₀) − Ż|² dt: 0 where all go straight at constant speed.",
            of(|side, _| side.shares.of.straightness),
        ),
        (
            "+ L*",
            "The least loss: ∫ k² E tr Cov[x₁ | Z_t] dt, by another formula than the two above.",
            of(|side, _| side.shares.loss),
        ),
        (
            "sum",
            "Of the last three, which are means over trajectories: how far it is from the first is how far they are off.",
            of(|side, _| side.shares.of.transport + side.shares.of.straightness + side.shares.loss),
        ),
    ];
    beside(ui, ("plane cost", sides.len()), &rows, decimals);
}

/// How straight the trajectories of all sides are.
fn how_straight(ui: &mut Ui, sides: &[Straight]) {
    title(ui, "How straight", "The exact flow of each side.");
    let of = |value: fn(&Straight) -> f64| sides.iter().map(|side| Some(value(side))).collect();
    let rows: [(&str, &str, Vec<Option<f64>>); 9] = [
        ("E|Z₁ − Z₀|²", "Cost of the flow’s own pairs.", of(|side| side.shares.of.transport)),
        (
            "W₂²",
            "The least cost of pairing 600 of the same ends anew: for so few points a few per cent too large.",
            of(|side| side.shares.least[0]),
        ),
        (
            "too much",
            "Relative transport cost: what these ends cost as they are paired, less the least that there is.",
            of(|side| side.shares.least[1] - side.shares.least[0]),
        ),
        (
            "S",
            "∫ E|(Z₁ − Z₀) − Ż|² dt: 0 where all go straight at constant speed.",
            of(|side| side.shares.of.straightness),
        ),
        ("path energy", "∫ E|u|² dt = E|Z₁ − Z₀|² + S.", of(|side| side.shares.of.energy)),
        (
            "normalised",
            "|path energy − W₂²| / W₂².",
            of(|side| (side.shares.of.energy - side.shares.least[0]).abs() / side.shares.least[0]),
        ),
        (
            "excess length",
            "Length of a trajectory over its chord, less 1: those with short chords weigh much.",
            of(|side| side.shares.of.excess_length),
        ),
        (
            "one step misses",
            "√E|Z₀ + u(Z₀) − Z₁|²: one step of Euler’s from noise to data.",
            of(|side| side.shares.of.one_step),
        ),
        ("trajectories", "That these are means over.", of(|side| side.trajectories as f64)),
    ];
    beside(ui, ("plane straight", sides.len()), &rows, decimals);
}

/// In three decimals; a count in none.
fn decimals(x: f64) -> String {
    fixed(x, if x.fract() == 0.0 && x >= 100.0 { 0 } else { 3 }).replace('-', "−")
}

/// A number of each side in columns, as `said`, under their names where there is more than one.
pub(super) fn beside(
    ui: &mut Ui,
    (id, sides): (&str, usize),
    rows: &[(&str, &str, Vec<Option<f64>>)],
    said: fn(f64) -> String,
) {
    let palette = theme::palette(ui);
    let small = |text: &str| RichText::new(text).font(theme::small());
    // Lines of text, not of buttons.
    let height = std::mem::replace(&mut ui.spacing_mut().interact_size.y, 15.0);
    Grid::new(id).num_columns(1 + sides).spacing([8.0, 1.0]).min_col_width(30.0).show(ui, |ui| {
        if sides > 1 {
            ui.label("");
            for (side, name) in NAMES[..sides].iter().enumerate() {
                ui.label(small(name).color(palette.series[side]));
            }
            ui.end_row();
        }
        for (name, about, values) in rows {
            ui.label(small(name).color(palette.weak)).on_hover_text(*about);
            for value in values {
                let text = value.map_or_else(|| "–".to_owned(), said);
                ui.label(small(&text));
            }
            ui.end_row();
        }
    });
    ui.spacing_mut().interact_size.y = height;
}

/// How straight the networks of all runs on this flow go: pairs that are retrained on straighten the trajectories. Whether one
/// is to be trained on the flow of `side`.
fn networks(ui: &mut Ui, lab: &PlaneLab, side: usize, runs: &[LearnedStraight]) -> bool {
    let about = "Trajectories of the networks of all runs on this target and source: transport E|Z₁ − Z₀|², straightness S, and by \
                 how much one step of Euler’s misses.";
    title(ui, "Networks", about);
    if runs.is_empty() {
        let pairs = pairs_in_words(lab.settings().train.coupling);
        let about = format!(
            "None yet: train some, with independent pairs, OT and reflow. Under “train” is set: {pairs}."
        );
        notice(ui, Tone::Plain, &about);
        return offer(ui, lab.missing(side), "Train");
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
    false
}
