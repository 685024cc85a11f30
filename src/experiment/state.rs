//! What the window keeps between starts.

use super::KeptPage;
use super::former;
use super::recipe::{Recipe, VERSION};
use crate::data::{parse_any_document, understood};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

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

/// How a panel beside the views is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PanelState {
    /// Whether it is put away.
    pub hidden: bool,
    /// Its width, points, where it was dragged.
    pub width: Option<f32>,
}

/// The panels beside the views of every lab.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PanelStates {
    /// The controls.
    pub left: PanelState,
    /// Plots and read-outs.
    pub right: PanelState,
}

/// Size of all text and controls, in hundredths of the usual one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TextSize(u32);

impl TextSize {
    /// From one to the next.
    const STEP: u32 = 10;
    /// The smallest and the largest.
    const RANGE: RangeInclusive<u32> = 80..=200;

    /// In hundredths.
    pub fn percent(self) -> u32 {
        self.0
    }

    /// What everything is multiplied with.
    pub fn factor(self) -> f32 {
        self.0 as f32 / 100.0
    }

    /// The next larger or smaller one, if there is one.
    pub fn next(self, larger: bool) -> Option<Self> {
        let percent = if larger { self.0 + Self::STEP } else { self.0 - Self::STEP };
        Self::RANGE.contains(&percent).then_some(Self(percent))
    }
}

impl Default for TextSize {
    fn default() -> Self {
        Self(100)
    }
}

/// How figures are exported, as it was last chosen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExportState {
    /// The kind of file, by its ending.
    pub format: Option<String>,
    /// What they are drawn on.
    #[serde(flatten)]
    pub page: KeptPage,
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
    /// How large text and controls are.
    pub text_size: TextSize,
    /// The panels beside the views.
    pub panels: PanelStates,
    /// How figures are exported.
    pub export: ExportState,
    /// Which numbers a presentation shows, by the name of the lab.
    pub presented: BTreeMap<String, Vec<String>>,
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
        // Nor is the page of a figure.
        let export = whole.get("export").cloned().and_then(|export| understood::<ExportState>(&export).ok());
        if let Value::Object(entries) = &mut whole {
            entries.remove("window");
            entries.remove("export");
        }
        let window = place.flatten().filter(WindowPlace::is_sensible);
        let export = export.filter(|export| export.page.page().is_ok()).unwrap_or_default();
        let mut state = Self { window, export, ..understood(&whole)? };
        // So are sizes that no window has.
        if !TextSize::RANGE.contains(&state.text_size.0) {
            state.text_size = TextSize::default();
        }
        for panel in [&mut state.panels.left, &mut state.panels.right] {
            panel.width = panel.width.filter(|width| (100.0..=4000.0).contains(width));
        }
        Ok(state)
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
