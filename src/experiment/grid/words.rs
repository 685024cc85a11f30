//! Settings in words: what differs between two sets of them.

use super::settings::Settings;
use crate::data::TargetSpec;
use crate::experiment::{Difference, between};
use std::borrow::Cow;

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
    // Settings are plain structures of numbers, texts and lists: they always have this form.
    match (serde_json::to_value(readable(first)), serde_json::to_value(readable(second))) {
        (Ok(first), Ok(second)) => between(&first, &second, NAMES),
        _ => Vec::new(),
    }
}

/// The same settings with the name of a drawn target in place of all its pixels, which nobody can read.
fn readable(settings: &Settings) -> Cow<'_, Settings> {
    let TargetSpec::Drawn(drawing) = &settings.flow.target else { return Cow::Borrowed(settings) };
    let mut named = settings.clone();
    named.flow.target = TargetSpec::File(drawing.to_string().into());
    Cow::Owned(named)
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
