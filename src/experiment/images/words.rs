//! The settings of the image lab in words: what differs between two sets of them.

use super::settings::{ImageSettings, MOST_SIDES, SideSettings};
use crate::experiment::{Difference, between};
use serde::Serialize;

/// What the walls are called.
pub const NAMES: [&str; MOST_SIDES] = ["A", "B", "C"];

/// Fields of the settings whose name on the screen is another than their own.
const FIELDS: &[(&str, &str)] = &[
    ("model", "denoiser"),
    ("trained", "network in training"),
    ("side", "size"),
    ("images", "images of a wall"),
    ("pace.axis", "axis of the timeline"),
    ("pace.looped", "start over at the end"),
    ("training.side", "size"),
    ("training.config.learning_rate", "step size"),
];

/// The same of the settings of a wall.
const SIDE_FIELDS: &[(&str, &str)] = &[
    ("corrector_on", "corrector"),
    ("corrector.amplitude", "corrector A"),
    ("corrector.a", "corrector a"),
    ("corrector.b", "corrector b"),
    ("sampler.grid", "time grid"),
    ("sampler.corrector_by", "corrector kernel"),
    ("sampler.choice_temperature", "choice τ"),
    ("sampler.temperature.level", "temperature"),
    ("sampler.temperature.fading", "fading temperature"),
];

/// Every change from one set of settings to another that is a step, each with whose it is: all but where one looks.
pub fn differences(first: &ImageSettings, second: &ImageSettings) -> Vec<(String, Difference)> {
    if first == second {
        return Vec::new();
    }
    let of = |change: &Difference| match change.field.starts_with("training.") {
        true => " of the next run".to_owned(),
        false => String::new(),
    };
    let whole = |settings: &ImageSettings| {
        let sides = vec![SideSettings::default()];
        ImageSettings { here: 0, picked: None, sides, ..settings.clone() }
    };
    let all = between_fields(&whole(first), &whole(second), FIELDS);
    let mut found: Vec<_> = all.into_iter().map(|change| (of(&change), change)).collect();
    found.extend(of_the_walls(&first.sides, &second.sides));
    found
}

fn of_the_walls(before: &[SideSettings], after: &[SideSettings]) -> Vec<(String, Difference)> {
    if before.len() != after.len() {
        let counts = [before, after].map(|sides| sides.len().to_string());
        return vec![(String::new(), Difference::named("walls", counts))];
    }
    let of = |side: usize| match before.len() {
        1 => String::new(),
        _ => format!(" of {}", NAMES[side]),
    };
    let pairs = before.iter().zip(after).enumerate();
    let changes = pairs
        .flat_map(|(side, (a, b))| between_fields(a, b, SIDE_FIELDS).into_iter().map(move |c| (side, c)));
    changes.map(|(side, change)| (of(side), change)).collect()
}

fn between_fields(
    first: &impl Serialize,
    second: &impl Serialize,
    names: &[(&str, &str)],
) -> Vec<Difference> {
    // Settings are plain structures of numbers, texts and lists: they always have this form.
    match (serde_json::to_value(first), serde_json::to_value(second)) {
        (Ok(first), Ok(second)) => between(&first, &second, names),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_belongs_to_a_setting() {
        let whole = serde_json::to_value(ImageSettings::default()).expect("json");
        let side = serde_json::to_value(SideSettings::default()).expect("json");
        for (names, of) in [(FIELDS, whole), (SIDE_FIELDS, side)] {
            for (field, _) in names {
                let pointer = format!("/{}", field.replace('.', "/"));
                assert!(of.pointer(&pointer).is_some(), "there is no setting {field}");
            }
        }
    }
}
