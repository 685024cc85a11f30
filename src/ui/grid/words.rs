//! Settings in words: what differs between two sets of them.

use super::settings::Settings;
use crate::data::TargetSpec;
use serde_json::Value;
use std::borrow::Cow;

/// A setting that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Where it is stored, such as `sampler.steps`.
    pub field: String,
    /// What it is called on the screen.
    pub name: String,
    /// Its value in the first set.
    pub first: String,
    /// Its value in the second.
    pub second: String,
}

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
    ("train.learning_rate", "step size"),
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
    let mut found = Vec::new();
    // Settings are plain structures of numbers, texts and lists: they always have this form.
    if let (Ok(first), Ok(second)) =
        (serde_json::to_value(readable(first)), serde_json::to_value(readable(second)))
    {
        compare("", &first, &second, &mut found);
    }
    found
}

/// The same settings with the name of a drawn target in place of all its pixels, which nobody can read.
fn readable(settings: &Settings) -> Cow<'_, Settings> {
    let TargetSpec::Drawn(drawing) = &settings.flow.target else { return Cow::Borrowed(settings) };
    let mut named = settings.clone();
    named.flow.target = TargetSpec::File(drawing.to_string().into());
    Cow::Owned(named)
}

fn compare(field: &str, first: &Value, second: &Value, found: &mut Vec<Difference>) {
    match (first, second) {
        _ if first == second => {}
        (Value::Object(a), Value::Object(b)) => {
            let below =
                |name: &str| if field.is_empty() { name.to_owned() } else { format!("{field}.{name}") };
            let names = a.keys().chain(b.keys().filter(|name| !a.contains_key(*name)));
            for name in names {
                let value = |of: &serde_json::Map<String, Value>| of.get(name).cloned().unwrap_or_default();
                compare(&below(name), &value(a), &value(b), found);
            }
        }
        _ => found.push(Difference {
            field: field.to_owned(),
            name: name_of(field),
            first: value_in_words(first),
            second: value_in_words(second),
        }),
    }
}

fn name_of(field: &str) -> String {
    let known = NAMES.iter().find(|(known, _)| *known == field);
    let own = || field.rsplit('.').next().unwrap_or(field).replace('_', " ");
    known.map_or_else(own, |(_, name)| (*name).to_owned())
}

fn value_in_words(value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::Bool(on) => if *on { "on" } else { "off" }.to_owned(),
        Value::Number(number) => match number.as_f64() {
            // Three digits after the point are as many as a slider shows.
            Some(x) if x.fract() != 0.0 && x.abs() >= 0.01 => {
                let text = format!("{x:.3}");
                text.trim_end_matches('0').replace('-', "−")
            }
            _ => number.to_string().replace('-', "−"),
        },
        Value::String(text) => text.clone(),
        Value::Array(all) => all.iter().map(value_in_words).collect::<Vec<_>>().join(", "),
        Value::Object(all) => all.values().map(value_in_words).collect::<Vec<_>>().join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::{Coupling, Scheduler};

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
            "coupling: independent | keep:0.25",
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
        second.flow.target = TargetSpec::Drawn(drawing.clone());
        let found = differences(&first, &second);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].name.as_str(), &found[0].second), ("target", &drawing.to_string()));
        assert!(found[0].second.len() < 40, "{}", found[0].second);
    }

    #[test]
    fn every_name_belongs_to_a_setting() {
        let whole = serde_json::to_value(Settings::default()).expect("json");
        for (field, _) in NAMES {
            let pointer = format!("/{}", field.replace('.', "/"));
            assert!(whole.pointer(&pointer).is_some(), "there is no setting {field}");
        }
    }
}
