//! Settings in words: what differs between two sets of them, what a step has changed, and what a caption says.

use super::document::Document;
use super::settings::Settings;
use crate::data::{FlowSpec, PRESETS, SourceSpec, TargetSpec};
use crate::experiment::{Change, Difference, between, changes};
use crate::flow::{ConditionalPath, Coupling, Metric, Scheduler};
use std::borrow::Cow;
use std::path::Path;

/// Fields whose name on the screen is another than their own.
const NAMES: &[(&str, &str)] = &[
    ("flow.k", "tokens K"),
    ("flow.invert", "bright = mass"),
    ("flow.conditional", "path"),
    ("sampler.grid", "time grid"),
    ("sampler.corrector_by", "corrector kernel"),
    ("sampler.sweeps.count", "iterations"),
    ("sampler.sweeps.parallel", "iterations in parallel"),
    ("sampler.sweeps.share", "share of an iteration"),
    ("corrector_on", "corrector"),
    ("corrector.amplitude", "corrector A"),
    ("corrector.a", "corrector a"),
    ("corrector.b", "corrector b"),
    ("show", "denoiser"),
    ("epsilon", "error ε"),
    ("early_error", "error only early"),
    ("train.hidden", "network width"),
    ("train.learning_rate", "learning rate"),
    ("train.batch", "batch"),
    ("panes", "number of views"),
    ("divergence", "part of the divergence"),
    ("scale", "colour scale"),
    ("axis", "axis of the timeline"),
    ("looped", "start over at the end"),
];

/// Every setting in which two sets differ, in the order they are stored. Found through the form in which settings are
/// written to files, so that no setting can be forgotten.
pub fn differences(first: &Settings, second: &Settings) -> Vec<Difference> {
    // Settings are plain structures of numbers, texts and lists: they always have this form.
    // Drawings of one name are told apart by their cells.
    let one_name = first.flow.target.drawn_name() == second.flow.target.drawn_name();
    between(&*readable(first, one_name), &*readable(second, one_name), NAMES)
}

/// The same settings with the name of a drawn target in place of all its pixels, which nobody can read.
fn readable(settings: &Settings, by_cells: bool) -> Cow<'_, Settings> {
    let TargetSpec::Drawn { drawing, name } = &settings.flow.target else { return Cow::Borrowed(settings) };
    let mut named = settings.clone();
    let text = if by_cells || name.is_empty() { drawing.to_string() } else { name.clone() };
    named.flow.target = TargetSpec::File(text.into());
    Cow::Owned(named)
}

/// A flow as a caption says it: “Moons on 64 × 64, mask source, cubic scheduler”.
pub fn flow_words(flow: &FlowSpec) -> String {
    format!("{}, {}", path_words(flow), scheduler_words(flow.scheduler))
}

/// The same without its scheduler.
pub fn path_words(flow: &FlowSpec) -> String {
    let mut parts = vec![target_words(&flow.target, flow.k)];
    if flow.invert {
        parts.push("bright = mass".to_owned());
    }
    parts.push(match &flow.source {
        SourceSpec::File(file) => format!("source {}", file_name(file)),
        named => format!("{named} source"),
    });
    match flow.coupling {
        Coupling::Independent => {}
        Coupling::Keep(rho) => parts.push(format!("{} of the tokens kept", percent(rho))),
        Coupling::OptimalTransport(epsilon) => parts.push(format!("optimal transport with ε = {epsilon}")),
    }
    match flow.conditional {
        ConditionalPath::Mixture => {}
        ConditionalPath::ThreeWay(c) => parts.push(format!("three-way path with c = {c}")),
        ConditionalPath::Metric(Metric { power, c, a }) => {
            parts.push(format!("metric path with β = {c} (κ/(1−κ))^{a} and |x−x₁|^{power}"));
        }
    }
    parts.join(", ")
}

fn target_words(target: &TargetSpec, k: Option<usize>) -> String {
    let name = match target {
        TargetSpec::Text(word) => format!("“{word}”"),
        TargetSpec::File(file) => file_name(file),
        TargetSpec::Drawn { name, .. } if name.is_empty() => "Drawn target".to_owned(),
        TargetSpec::Drawn { name, .. } => name.clone(),
        preset => {
            let known = PRESETS.iter().find(|(_, known)| known == preset);
            known.map_or_else(|| preset.to_string(), |(title, _)| (*title).to_owned())
        }
    };
    k.map_or(name.clone(), |k| format!("{name} on {k} × {k}"))
}

/// A scheduler as a caption says it.
pub fn scheduler_words(scheduler: Scheduler) -> String {
    match scheduler {
        Scheduler::Power(n) => format!("scheduler t^{n}"),
        Scheduler::Hermite { a, b } => format!("Hermite scheduler with slopes {a} and {b}"),
        Scheduler::Kinetic(_) => "kinetic-optimal scheduler".to_owned(),
        Scheduler::Sin2 => "sin² scheduler".to_owned(),
        named => format!("{named} scheduler"),
    }
}

fn percent(share: f64) -> String {
    format!("{}%", (1e4 * share).round() / 100.0)
}

fn file_name(file: &Path) -> String {
    file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned()
}

/// At least two digits after the point, and no more than four.
pub fn number(x: f64) -> String {
    let short = format!("{x:.2}");
    if short.parse::<f64>().is_ok_and(|read| (read - x).abs() < 5e-5) {
        return short;
    }
    format!("{x:.4}").trim_end_matches('0').to_owned()
}

/// What leads from one document to another, each field with its side; none if no setting differs.
pub fn change(before: &Document, after: &Document) -> Option<Change> {
    if !before.has_other_settings(after) {
        return None;
    }
    let mut changes = match changes(&before.sides, &after.sides, differences) {
        Ok(changes) => changes,
        Err(another_number) => return Some(another_number),
    };
    // The number of a kinetic-optimal scheduler follows from something else that was changed.
    let kinetic = |number: &str| number.starts_with("kinetic");
    changes.retain(|(_, change)| {
        change.field != "flow.scheduler" || !(kinetic(&change.first) && kinetic(&change.second))
    });
    let zoom = || "zoom".to_owned();
    let mut change = Change::of(&changes).unwrap_or_else(|| Change { fields: Vec::new(), name: zoom() });
    if before.zoom != after.zoom {
        change.fields.push(zoom());
    }
    Some(change)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_said_in_the_words_of_the_screen() {
        let first = Settings::default();
        let mut second = first.clone();
        assert_eq!(differences(&first, &second), []);
        second.flow.scheduler = Scheduler::Cubic;
        second.flow.coupling = Coupling::Keep(0.25);
        second.corrector_on = true;
        second.sampler.temperature = 0.812_345;
        let said: Vec<_> = differences(&first, &second)
            .into_iter()
            .map(|d| format!("{}: {} | {}", d.name, d.first, d.second))
            .collect();
        for expected in [
            "scheduler: quadratic | cubic",
            "coupling: independent | keep 0.25",
            "corrector: off | on",
            "temperature: 1.0 | 0.812",
        ] {
            assert!(said.iter().any(|s| s == expected), "{expected} is not in {said:?}");
        }
        assert_eq!(said.len(), 4);
    }

    #[test]
    fn a_drawn_target_is_named_and_not_spelled_out() {
        let first = Settings::default();
        let mut second = first.clone();
        let drawing = crate::data::Drawing::from_weights(&ndarray::Array2::eye(64)).expect("a drawing");
        second.flow.target = TargetSpec::drawn(drawing.clone());
        let found = differences(&first, &second);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].name.as_str(), &found[0].second), ("target", &drawing.to_string()));
        assert!(found[0].second.len() < 40, "{}", found[0].second);
        let cross = crate::data::Drawing::from_weights(&ndarray::Array2::ones((64, 64))).expect("a drawing");
        let called = |drawing: &crate::data::Drawing, name: &str| {
            let mut settings = first.clone();
            settings.flow.target = TargetSpec::Drawn { drawing: drawing.clone(), name: name.to_owned() };
            settings
        };
        let found = differences(&called(&drawing, "a line"), &called(&cross, "all alike"));
        assert_eq!((found[0].first.as_str(), found[0].second.as_str()), ("a line", "all alike"));
        assert_eq!(
            differences(&called(&drawing, "a"), &called(&cross, "a")).len(),
            1,
            "cells tell them apart"
        );
        assert!(flow_words(&called(&drawing, "a line").flow).starts_with("a line on 64 × 64, "));
    }

    #[test]
    fn every_name_belongs_to_a_setting() {
        let whole = serde_json::to_value(Settings::default()).expect("json");
        for (field, _) in NAMES {
            let pointer = format!("/{}", field.replace('.', "/"));
            assert!(whole.pointer(&pointer).is_some(), "there is no setting {field}");
        }
    }

    #[test]
    fn a_flow_is_said_in_words() {
        let said = |change: fn(&mut FlowSpec)| {
            let mut flow = FlowSpec { k: Some(8), ..FlowSpec::default() };
            change(&mut flow);
            flow_words(&flow)
        };
        assert_eq!(said(|_| ()), "Checkerboard on 8 × 8, uniform source, quadratic scheduler");
        let all = said(|flow| {
            flow.target = TargetSpec::File("a folder/p.npy".into());
            flow.source = SourceSpec::File("q.csv".into());
            flow.coupling = Coupling::Keep(0.3);
            flow.scheduler = Scheduler::Hermite { a: 0.5, b: 2.0 };
        });
        assert_eq!(
            all,
            "p.npy on 8 × 8, source q.csv, 30% of the tokens kept, Hermite scheduler with slopes 0.5 and 2"
        );
        assert_eq!(
            said(|flow| flow.conditional = ConditionalPath::ThreeWay(0.5)),
            "Checkerboard on 8 × 8, uniform source, three-way path with c = 0.5, quadratic scheduler"
        );
        for (x, text) in
            [(0.6, "0.60"), (0.0, "0.00"), (1.0, "1.00"), (0.125, "0.125"), (0.612_345, "0.6123")]
        {
            assert_eq!(number(x), text);
        }
    }
}
