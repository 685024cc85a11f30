//! What differs between two forms of something that is set, in the words of the screen.

use serde::Serialize;
use serde_json::Value;

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

impl Difference {
    /// Of something that is stored nowhere.
    pub fn named(name: &str, [first, second]: [String; 2]) -> Self {
        Self { field: name.to_owned(), name: name.to_owned(), first, second }
    }
}

/// A step from one set of settings to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The fields that differ, by names that are never shown: two changes of one field are about the same thing.
    pub fields: Vec<String>,
    /// What it is called.
    pub name: String,
}

impl Change {
    /// Of all these together, each with whose it is; none if there are none.
    pub fn of(all: &[(String, Difference)]) -> Option<Self> {
        let fields = all.iter().map(|(of, change)| format!("{}{of}", change.field)).collect();
        step_in_words(all).map(|name| Self { fields, name })
    }
}

/// A setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Where it is stored, such as `sampler.steps`.
    pub field: String,
    /// What it is called on the screen.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// Every field of something that is set, in the order they are stored; `names` as of [`between`].
pub fn settings_of(of: &impl Serialize, names: &[(&str, &str)]) -> Vec<Setting> {
    let mut found = Vec::new();
    if let Ok(value) = serde_json::to_value(of) {
        list("", &value, names, &mut found);
    }
    found
}

fn list(field: &str, value: &Value, names: &[(&str, &str)], found: &mut Vec<Setting>) {
    match value {
        Value::Object(all) => {
            all.iter().for_each(|(name, value)| list(&below(field, name), value, names, found))
        }
        value => {
            let (name, value) = (name_of(field, names), value_in_words(value));
            found.push(Setting { field: field.to_owned(), name, value });
        }
    }
}

/// A field of a field.
fn below(field: &str, name: &str) -> String {
    if field.is_empty() { name.to_owned() } else { format!("{field}.{name}") }
}

/// Every field in which two values differ, in the order they are stored. `names` are those whose name on the screen is
/// another than their own.
pub fn between(first: &impl Serialize, second: &impl Serialize, names: &[(&str, &str)]) -> Vec<Difference> {
    let mut found = Vec::new();
    // Settings are plain structures of numbers, texts and lists: they always have this form.
    if let (Ok(first), Ok(second)) = (serde_json::to_value(first), serde_json::to_value(second)) {
        compare("", &first, &second, names, &mut found);
    }
    found
}

fn compare(field: &str, first: &Value, second: &Value, names: &[(&str, &str)], found: &mut Vec<Difference>) {
    match (first, second) {
        _ if first == second => {}
        (Value::Object(a), Value::Object(b)) => {
            for name in a.keys().chain(b.keys().filter(|name| !a.contains_key(*name))) {
                let value = |of: &serde_json::Map<String, Value>| of.get(name).cloned().unwrap_or_default();
                compare(&below(field, name), &value(a), &value(b), names, found);
            }
        }
        _ => found.push(Difference {
            field: field.to_owned(),
            name: name_of(field, names),
            first: value_in_words(first),
            second: value_in_words(second),
        }),
    }
}

fn name_of(field: &str, names: &[(&str, &str)]) -> String {
    let known = names.iter().find(|(known, _)| *known == field);
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
        Value::String(text) => in_plain_words(text),
        Value::Array(all) => all.iter().map(value_in_words).collect::<Vec<_>>().join(", "),
        Value::Object(all) => all.values().map(value_in_words).collect::<Vec<_>>().join(", "),
    }
}

/// Names that files and the command line have for what the screen calls by another one.
const WORDS: [(&str, &str); 5] = [
    ("maskgit", "MaskGIT"),
    ("ot", "transport"),
    ("hermite", "Hermite"),
    ("ce", "cross-entropy"),
    ("gkl", "generalised KL"),
];

/// “transport 0.02” of `ot:0.02`; a name whose colon has another meaning stays.
fn in_plain_words(text: &str) -> String {
    let (name, number) = text.split_once(':').unwrap_or((text, ""));
    if !number.chars().all(|c| c.is_ascii_digit() || ".,-e".contains(c)) {
        return text.to_owned();
    }
    let name = WORDS.iter().find(|(known, _)| *known == name).map_or(name, |(_, word)| word);
    // A comma would part two settings.
    format!("{name} {}", number.replace(',', "; ")).trim_end().to_owned()
}

/// One step in words, for the tooltip of its undoing: what was changed and, if it is one thing, how. Each change comes with
/// whose it is, such as “ of B”.
fn step_in_words(changes: &[(String, Difference)]) -> Option<String> {
    Some(match changes {
        [] => return None,
        [(of, one)] => format!("{}{of} {} to {}", one.name, one.first, one.second),
        [(_, first), (_, second)] => format!("{} and {}", first.name, second.name),
        [(_, first), rest @ ..] => format!("{} and {} more", first.name, rest.len()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_said_in_the_words_of_the_screen() {
        for (stored, said) in [
            ("maskgit", "MaskGIT"),
            ("ot:0.02", "transport 0.02"),
            ("hermite:0,2", "Hermite 0; 2"),
            ("power:1.5", "power 1.5"),
            ("cubic", "cubic"),
            ("file:/tmp/ot.npy", "file:/tmp/ot.npy"),
        ] {
            assert_eq!(in_plain_words(stored), said);
        }
    }
}
