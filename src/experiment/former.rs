//! Forms in which former versions of this program wrote experiments: they still open.

use super::grid::{Document, command};
use super::images::ImageSettings;
use super::recipe::{Recipe, Settings};
use serde_json::{Map, Value, json};

/// Inside figures of images.
const IMAGES: &str = "dfm-explorer images";
/// Presets of one's own.
const PRESET: &str = "dfm-explorer preset";

/// The recipe in a document of a former format; `None` of any other.
pub fn recipe(format: &str, whole: &Value) -> Option<Result<Recipe, String>> {
    let entry = |name: &str| whole.get(name).cloned().filter(|value| !value.is_null());
    match format {
        IMAGES => {
            let t = entry("t").and_then(|t| t.as_f64()).unwrap_or(0.0);
            let settings = entry("images").unwrap_or_else(|| json!({}));
            Some(of(ImageSettings::LAB, settings).at(t).checked())
        }
        PRESET => {
            let recipe = match (entry("experiment"), entry("images")) {
                (Some(_), Some(_)) => return Some(Err("has settings of both labs: expected one".to_owned())),
                (None, Some(images)) => of(ImageSettings::LAB, images),
                // Without any settings it is the usual experiment on a grid.
                (grid, None) => of(Document::LAB, grid.unwrap_or_else(|| json!({}))),
            };
            let name = entry("name").and_then(|name| name.as_str().map(str::to_owned));
            Some(Ok(Recipe { name: Some(name.unwrap_or_default()), ..recipe }))
        }
        _ => None,
    }
}

/// Figures of the grid carried the command that makes them and nothing else.
pub fn command(text: &str) -> Recipe {
    Recipe { command: Some(text.to_owned()), ..of(Document::LAB, Value::Null) }
}

/// A command as settings, with what it does not say as it usually is.
pub fn written_out(recipe: Recipe) -> Result<Recipe, String> {
    let command = recipe.command.clone().ok_or("has no settings")?;
    let read = command::read(&command, &Document::default())
        .map_err(|why| format!("carries a command that can't be read: {why}"))?;
    let whole = Recipe::new(&read.document).showing(&read.view);
    Ok(Recipe { t: read.t, command: Some(command), ..whole })
}

/// A state in its present form: once it had one time, and an entry for each of two labs.
pub fn state(whole: &Value) -> Value {
    let Value::Object(entries) = whole else { return whole.clone() };
    if entries.contains_key("labs") {
        return whole.clone();
    }
    let mut now = entries.clone();
    let mut labs = Map::new();
    for (name, lab) in [("experiment", Document::LAB), ("images", ImageSettings::LAB)] {
        if let Some(settings) = now.remove(name) {
            let mut entry = json!({"version": 1, "lab": lab, "settings": settings});
            for shared in ["t", "playing"] {
                if let Some(value) = entries.get(shared) {
                    entry[shared] = value.clone();
                }
            }
            labs.insert(lab.to_owned(), entry);
        }
    }
    now.insert("labs".to_owned(), Value::Object(labs));
    if let Some(tab) = now.remove("tab") {
        now.insert("lab".to_owned(), tab);
    }
    Value::Object(now)
}

/// Settings in their present form. Before version 2 the grid had A and B as entries of their own, and all walls of images one
/// class and one guidance.
pub fn settings(version: u32, lab: &str, written: &Value) -> Value {
    let Value::Object(entries) = written else { return written.clone() };
    let mut now = entries.clone();
    if version >= 2 {
        return written.clone();
    }
    match lab {
        Document::LAB => {
            let a = now.remove("a").unwrap_or_else(|| json!({}));
            let b = now.remove("b").filter(|b| !b.is_null());
            let here = usize::from(b.is_some() && now.remove("side") == Some(json!("b")));
            let shown: Vec<_> = std::iter::once(a).chain(b).collect();
            now.insert("sides".to_owned(), json!({"shown": shown, "here": here}));
        }
        ImageSettings::LAB => {
            let mut shown = now.remove("sides").unwrap_or_else(|| json!([{}]));
            let here = now.remove("here").unwrap_or_else(|| json!(0));
            for shared in ["class", "guidance"] {
                let Some(value) = now.remove(shared) else { continue };
                for side in shown.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
                    side.insert(shared.to_owned(), value.clone());
                }
            }
            now.insert("sides".to_owned(), json!({"shown": shown, "here": here}));
        }
        _ => {}
    }
    Value::Object(now)
}

fn of(lab: &str, settings: Value) -> Recipe {
    Recipe { version: 1, lab: lab.to_owned(), settings, ..Recipe::default() }
}
