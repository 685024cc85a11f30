//! What is set, as a whole: one experiment, or A and B.

use super::settings::Settings;
use crate::data::SpecError;
use serde::{Deserialize, Serialize};

/// One of two experiments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The first, which is always there.
    #[default]
    A,
    /// The second.
    B,
}

/// The settings of one experiment, or of A and B, and which of them the left panel shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Document {
    /// The experiment, or A.
    pub a: Settings,
    /// B, if there are two.
    pub b: Option<Settings>,
    /// Which one is being set.
    pub side: Side,
}

impl From<Settings> for Document {
    fn from(settings: Settings) -> Self {
        Self::of(settings)
    }
}

impl Document {
    /// One experiment.
    pub fn of(settings: Settings) -> Self {
        Self { a: settings, ..Self::default() }
    }

    /// Checks every range, for documents that come from a file.
    ///
    /// # Errors
    /// Names the first setting that is out of range.
    pub fn validated(self) -> Result<Self, SpecError> {
        let Self { a, b, side } = self;
        Ok(Self { a: a.validated()?, b: b.map(Settings::validated).transpose()?, side })
    }

    /// Whether a setting differs; which side is looked at is none.
    pub fn has_other_settings(&self, other: &Self) -> bool {
        self.a != other.a || self.b != other.b
    }
}
