//! What is set in the grid lab, as a whole: experiments beside each other, and what part of the states they show.

use super::settings::Settings;
use super::words::differences;
use super::zoom::Zoom;
use crate::data::{SourceSpec, SpecError, TargetSpec, beside};
use crate::experiment::{self, Contrast, Sides, contrasts, labels};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The settings of one experiment, or of A, B and C, and which of them the left panel shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Document {
    /// The experiments.
    pub sides: Sides<Settings>,
    /// What part of the state space all views show.
    pub zoom: Zoom,
}

impl From<Settings> for Document {
    fn from(settings: Settings) -> Self {
        Sides::from(settings).into()
    }
}

impl From<Sides<Settings>> for Document {
    fn from(sides: Sides<Settings>) -> Self {
        Self { sides, zoom: Zoom::default() }
    }
}

impl Document {
    /// What the experiments differ in.
    pub fn contrasts(&self) -> Vec<Contrast> {
        contrasts(&self.sides, differences)
    }

    /// What sets each apart, in a few words.
    pub fn labels(&self) -> Vec<String> {
        labels(self.sides.len(), &self.contrasts())
    }

    /// Whether a setting differs. Which side is looked at is none, nor is what was closed, nor are the numbers of a
    /// kinetic-optimal scheduler, which follow from the flow.
    pub fn has_other_settings(&self, other: &Self) -> bool {
        let same = |(one, other): (&Settings, &Settings)| one.is_set_as(other);
        let (sides, others) = (&self.sides, &other.sides);
        !(sides.len() == others.len() && sides.iter().zip(others.iter()).all(same) && self.zoom == other.zoom)
    }
}

impl experiment::Settings for Document {
    const LAB: &'static str = "grid";

    fn checked(self) -> Result<Self, String> {
        let checked = || -> Result<Self, SpecError> {
            Ok(Self { sides: self.sides.validated(Settings::validated)?, zoom: self.zoom.validated()? })
        };
        checked().map_err(|why| why.to_string())
    }

    fn seeded(self, seed: u64) -> Self {
        Self { sides: self.sides.map(|side| Settings { seed, ..side }), ..self }
    }

    fn found_beside(self, figure: &Path) -> Self {
        let found = |mut side: Settings| {
            if let TargetSpec::File(file) = &mut side.flow.target {
                *file = beside(file, figure);
            }
            if let SourceSpec::File(file) = &mut side.flow.source {
                *file = beside(file, figure);
            }
            side
        };
        Self { sides: self.sides.map(found), ..self }
    }

    fn of_command(command: &str, now: &Self) -> Result<Self, String> {
        super::command::read(command, now).map(|read| read.document)
    }
}
