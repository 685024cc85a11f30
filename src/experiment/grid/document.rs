//! What is set, as a whole: one experiment, or A and B.

use super::settings::Settings;
use super::zoom::Zoom;
use crate::data::{SourceSpec, SpecError, TargetSpec, beside};
use crate::experiment;
use serde::{Deserialize, Serialize};
use std::path::Path;

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

impl Side {
    /// The other one.
    pub fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }
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
    /// What part of the state space all views show.
    pub zoom: Zoom,
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

    /// The settings of the side that is being set.
    pub fn here(&self) -> &Settings {
        self.b.as_ref().filter(|_| self.side == Side::B).unwrap_or(&self.a)
    }

    /// Those of A, and of B if there is one.
    pub fn sides(&self) -> impl Iterator<Item = &Settings> {
        std::iter::once(&self.a).chain(&self.b)
    }

    /// Checks every range, for documents that come from a file.
    ///
    /// # Errors
    /// Names the first setting that is out of range.
    pub fn validated(self) -> Result<Self, SpecError> {
        let Self { a, b, side, zoom } = self;
        let (a, b) = (a.validated()?, b.map(Settings::validated).transpose()?);
        Ok(Self { a, b, side, zoom: zoom.validated()? })
    }

    /// Whether a setting differs. Which side is looked at is none, nor are the numbers of a kinetic-optimal scheduler,
    /// which follow from the flow.
    pub fn has_other_settings(&self, other: &Self) -> bool {
        let (b, other_b) = (&self.b, &other.b);
        let same_b = match (b, other_b) {
            (Some(b), Some(other)) => b.is_set_as(other),
            _ => b == other_b,
        };
        !(self.a.is_set_as(&other.a) && same_b && self.zoom == other.zoom)
    }
}

impl experiment::Settings for Document {
    const LAB: &'static str = "grid";

    fn checked(self) -> Result<Self, String> {
        self.validated().map_err(|why| why.to_string())
    }

    fn found_beside(mut self, figure: &Path) -> Self {
        for settings in std::iter::once(&mut self.a).chain(&mut self.b) {
            if let TargetSpec::File(file) = &mut settings.flow.target {
                *file = beside(file, figure);
            }
            if let SourceSpec::File(file) = &mut settings.flow.source {
                *file = beside(file, figure);
            }
        }
        self
    }

    fn of_command(command: &str, now: &Self) -> Result<Self, String> {
        super::command::read(command, now).map(|read| read.document)
    }
}
