//! The one form in which an experiment of any lab is written down: in the state of the window, as a preset, inside a figure.

use super::former;
use crate::data::{document_text, parse_any_document, read_limited, understood};
use crate::figure::recipe::{Inside, look_inside};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::Path;

/// What a document says that it is.
pub const FORMAT: &str = "dfm-explorer experiment";
/// Of the form below; a reader refuses a later one, and takes every earlier one.
pub const VERSION: u32 = 2;
/// No file of this program with an experiment inside comes near it.
pub const MOST_BYTES: u64 = 256 << 20;

/// Longest name, characters.
const LONGEST_NAME: usize = 60;

/// An experiment, written down. What a lab sets is its own affair ([`Settings`]): a window that does not know the lab can
/// still keep it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Recipe {
    /// Of the form: [`VERSION`].
    pub version: u32,
    /// Which lab it is of.
    pub lab: String,
    /// What it is called, for a preset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// All that is set; nothing in a figure of a former version, which carries a command alone.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub settings: Value,
    /// The play-head, t in \[0, 1\].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub t: Option<f64>,
    /// Whether it moves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub playing: Option<bool>,
    /// What a figure shows of it, as its lab says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub view: Option<Value>,
    /// The command that makes a figure again, for people and their scripts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
}

/// All that can be set in a lab.
pub trait Settings: Serialize + DeserializeOwned {
    /// The lab's name in recipes and on the command line.
    const LAB: &'static str;

    /// With every range checked.
    ///
    /// # Errors
    /// Names the first setting that is out of range.
    fn checked(self) -> Result<Self, String>;

    /// With another seed of all random numbers.
    #[must_use]
    fn seeded(self, seed: u64) -> Self;

    /// With files looked for beside the `figure`, too, that are not where it says.
    #[must_use]
    fn found_beside(self, figure: &Path) -> Self;

    /// Of a command that a figure of a former version carries; what it does not say is as it is `now`.
    ///
    /// # Errors
    /// Says what can't be read.
    fn of_command(_command: &str, _now: &Self) -> Result<Self, String> {
        Err("has no settings".to_owned())
    }
}

impl Recipe {
    /// Of settings alone.
    pub fn new<S: Settings>(settings: &S) -> Self {
        // Settings are plain structures of numbers, texts and lists: they always have this form.
        let settings = serde_json::to_value(settings).unwrap_or_default();
        Self {
            version: VERSION,
            lab: S::LAB.to_owned(),
            name: None,
            settings,
            t: None,
            playing: None,
            view: None,
            command: None,
        }
    }

    /// With the play-head at `t`.
    #[must_use]
    pub fn at(self, t: f64) -> Self {
        Self { t: Some(t), ..self }
    }

    /// With what a figure shows.
    #[must_use]
    pub fn showing(self, view: &impl Serialize) -> Self {
        Self { view: serde_json::to_value(view).ok(), ..self }
    }

    /// The settings, for the lab that they are of; what is not said is as it is `now`.
    ///
    /// # Errors
    /// Says what is wrong with them: the rest of a sentence.
    pub fn settings<S: Settings>(&self, now: &S) -> Result<S, String> {
        if self.lab != S::LAB {
            return Err(format!("is of the lab \"{}\", not \"{}\"", self.lab, S::LAB));
        }
        match (&self.settings, &self.command) {
            (Value::Null, Some(command)) => S::of_command(command, now),
            (settings, _) => {
                let read: S = understood(&former::settings(self.version, S::LAB, settings))?;
                read.checked().map_err(|why| format!("has settings that can't be used: {why}"))
            }
        }
    }

    /// The same with the settings of a command that a figure of a former version carries.
    ///
    /// # Errors
    /// Says what can't be read: the rest of a sentence.
    pub fn written_out(self) -> Result<Self, String> {
        if self.settings.is_null() { former::written_out(self) } else { Ok(self) }
    }

    /// What a figure shows of it, if that is said.
    ///
    /// # Errors
    /// Names the entry that can't be understood.
    pub fn view<V: DeserializeOwned>(&self) -> Result<Option<V>, String> {
        self.view.as_ref().map(understood).transpose()
    }

    /// As text that a figure can carry, and a file.
    pub fn text(&self) -> String {
        document_text(FORMAT, self).unwrap_or_default()
    }

    /// Reads a recipe of this version or an earlier one in the bytes of a document.
    ///
    /// # Errors
    /// Says what is wrong with it: the rest of a sentence that starts with the file's name.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        let (format, whole) = parse_any_document(bytes, FORMAT)?;
        if format != FORMAT {
            return former::recipe(&format, &whole)
                .unwrap_or_else(|| Err(format!("says its format is \"{format}\": expected \"{FORMAT}\"")));
        }
        let version = whole.get("version").and_then(Value::as_u64);
        if let Some(later) = version.filter(|version| *version > u64::from(VERSION)) {
            return Err(format!(
                "is of a later version of this program: its form is {later}, known are up to {VERSION}"
            ));
        }
        understood::<Self>(&whole)?.checked()
    }

    /// Checks what is the same for every lab.
    pub(super) fn checked(self) -> Result<Self, String> {
        match self.t {
            _ if self.lab.is_empty() => Err("has no entry \"lab\": expected the name of a lab".to_owned()),
            Some(t) if !(0.0..=1.0).contains(&t) => Err(format!("t = {t}: expected a number from 0 to 1")),
            _ => Ok(self),
        }
    }

    /// Reads what a figure carries: a recipe, or the command of a figure of a former version.
    ///
    /// # Errors
    /// As [`Self::read`]'s.
    pub fn carried(text: &str) -> Result<Self, String> {
        if text.trim_start().starts_with('{') {
            Self::read(text.as_bytes())
        } else {
            Ok(former::command(text))
        }
    }

    /// The experiment inside the bytes of a figure; `None` of any other file.
    ///
    /// # Errors
    /// Says what is wrong with it: the rest of a sentence that starts with the file's name.
    pub fn in_figure(bytes: &[u8]) -> Option<Result<Self, String>> {
        match look_inside(bytes) {
            Inside::Recipe(text) => {
                Some(Self::carried(&text).map_err(|why| format!("has an experiment inside that {why}")))
            }
            Inside::Damaged(why) => Some(Err(format!("has an experiment inside that {why}"))),
            Inside::Nothing | Inside::NoFigure => None,
        }
    }

    /// The experiments in a file: one in a figure or preset; those of all labs in a state, the lab that was open first.
    ///
    /// # Errors
    /// Names the file and what is wrong with it, or that it has no experiment inside.
    pub fn all_in(file: &Path) -> Result<Vec<Self>, String> {
        let bytes =
            read_limited(file, MOST_BYTES, "figure, preset or state").map_err(|why| why.to_string())?;
        let about = |why: String| format!("{} {why}", file.display());
        if let Some(inside) = Self::in_figure(&bytes) {
            return inside.map(|recipe| vec![recipe]).map_err(about);
        }
        match parse_any_document(&bytes, FORMAT) {
            Ok((format, whole)) if format == super::state::FORMAT => {
                super::state::State::of(&whole).map(|state| state.recipes()).map_err(about)
            }
            Ok(_) => Self::read(&bytes).map(|recipe| vec![recipe]).map_err(about),
            Err(_) if !bytes.trim_ascii_start().starts_with(b"{") => Err(about(
                "has no experiment inside: expected a figure (.png, .svg, .pdf, .gif), a preset or a state (.json) of this \
                 program"
                    .to_owned(),
            )),
            Err(why) => Err(about(why)),
        }
    }
}

/// The name of a preset without the blanks around it.
///
/// # Errors
/// If it is none.
pub fn preset_name(name: &str) -> Result<&str, String> {
    let name = name.trim();
    let length = name.chars().count();
    if length == 0 || length > LONGEST_NAME || name.chars().any(char::is_control) {
        return Err(format!("a name has 1 to {LONGEST_NAME} letters, digits or signs"));
    }
    Ok(name)
}
