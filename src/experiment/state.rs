//! What the window keeps between starts.

use super::former;
use super::recipe::{Recipe, VERSION};
use crate::data::{parse_any_document, understood};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// What the file says it is.
pub const FORMAT: &str = "dfm-explorer state";

/// Where the window is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct WindowPlace {
    /// Left and top, points, where the system tells.
    pub position: Option<[f32; 2]>,
    /// Width and height of its content, points.
    pub size: [f32; 2],
    /// Whether it fills the screen.
    pub maximized: bool,
}

impl WindowPlace {
    /// Whether a window can have that size and lie there.
    fn is_sensible(&self) -> bool {
        self.size.iter().all(|side| (100.0..=20_000.0).contains(side))
            && self.position.unwrap_or_default().iter().all(|x| x.abs() <= 100_000.0)
    }
}

/// Everything kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// The window.
    pub window: Option<WindowPlace>,
    /// The light theme instead of the dark one.
    pub light: bool,
    /// The timeline steps instead of gliding.
    pub reduce_motion: bool,
    /// Sections that were opened or folded, by title.
    pub sections: BTreeMap<String, bool>,
    /// Which lab is open.
    pub lab: String,
    /// A recipe a lab, by its name. They stay as they were written until their lab is opened, so that what is damaged in
    /// one, or is of a later version, costs the others nothing and is not lost.
    pub labs: BTreeMap<String, Value>,
}

impl State {
    /// What is kept of a lab.
    ///
    /// # Errors
    /// Says what is wrong with it: the rest of a sentence.
    pub fn recipe(&self, lab: &str) -> Option<Result<Recipe, String>> {
        let entry = self.labs.get(lab)?;
        let version = entry.get("version").and_then(Value::as_u64).unwrap_or_default();
        if version > u64::from(VERSION) {
            return Some(Err(format!("is of a later version of this program: its form is {version}")));
        }
        Some(understood::<Recipe>(entry).and_then(Recipe::checked))
    }

    /// All that can be read, the open lab's first.
    pub fn recipes(&self) -> Vec<Recipe> {
        let others = self.labs.keys().filter(|name| **name != self.lab);
        let names = std::iter::once(&self.lab).chain(others);
        names.filter_map(|name| self.recipe(name)?.ok()).collect()
    }

    /// Keeps what is set in a lab.
    pub fn keep(&mut self, recipe: Recipe) {
        let lab = recipe.lab.clone();
        if let Ok(value) = serde_json::to_value(recipe) {
            self.labs.insert(lab, value);
        }
    }

    /// Whether both are the same but for play-heads that move by themselves: that time runs is not worth writing.
    pub fn is_but_for_running_time(&self, other: &Self) -> bool {
        let runs = |lab: &Value| lab.get("playing").and_then(Value::as_bool) == Some(true);
        let entry_is = |(name, one): (&String, &Value)| match other.labs.get(name) {
            Some(other) if runs(one) && runs(other) => {
                let still = |entry: &Value| {
                    let mut entry = entry.clone();
                    entry["t"] = Value::Null;
                    entry
                };
                still(one) == still(other)
            }
            other => other == Some(one),
        };
        let rest = |state: &Self| Self { labs: BTreeMap::new(), ..state.clone() };
        self.labs.len() == other.labs.len() && self.labs.iter().all(entry_is) && rest(self) == rest(other)
    }

    /// Reads a state of this version or an earlier one.
    ///
    /// # Errors
    /// Says what is wrong with it apart from what the labs have set: the rest of a sentence.
    pub fn of(whole: &Value) -> Result<Self, String> {
        let mut whole = former::state(whole);
        // Where the window was is not worth losing what was set in it.
        let place =
            whole.get("window").cloned().and_then(|place| understood::<Option<WindowPlace>>(&place).ok());
        if let Value::Object(entries) = &mut whole {
            entries.remove("window");
        }
        let window = place.flatten().filter(WindowPlace::is_sensible);
        Ok(Self { window, ..understood(&whole)? })
    }

    /// [`Self::of`] the bytes of a file.
    ///
    /// # Errors
    /// As [`Self::of`]'s, and if it is no state.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        match parse_any_document(bytes, FORMAT)? {
            (format, whole) if format == FORMAT => Self::of(&whole),
            (format, _) => Err(format!("says its format is \"{format}\": expected \"{FORMAT}\"")),
        }
    }
}
