//! Values of the flags that `export` alone has.

use crate::figure::CellWindow;
use crate::sampler::grid::Method;
use crate::view::grid::{DivergencePart, Ends};
use clap::ValueEnum;
use std::str::FromStr;

/// Moves of which token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Part {
    /// Token 1.
    #[value(name = "1")]
    First,
    /// Token 2.
    #[value(name = "2")]
    Second,
    /// Both.
    Both,
}

impl From<Part> for DivergencePart {
    fn from(part: Part) -> Self {
        match part {
            Part::First => Self::First,
            Part::Second => Self::Second,
            Part::Both => Self::Total,
        }
    }
}

/// Range of the colours.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum ScaleArg {
    /// The whole path.
    Fixed,
    /// What is shown.
    Auto,
    /// Up to a value.
    Ends(Ends),
}

impl FromStr for ScaleArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "fixed" => Ok(Self::Fixed),
            "auto" => Ok(Self::Auto),
            _ => text.parse().map(Self::Ends),
        }
    }
}

/// A state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CellArg(pub [usize; 2]);

impl FromStr for CellArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let both =
            text.split_once(',').and_then(|(a, b)| Some([a.trim().parse().ok()?, b.trim().parse().ok()?]));
        both.map(Self).ok_or_else(|| "expected two token values Z1,Z2 such as 3,5".to_owned())
    }
}

/// A part of the cells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct SectionArg(pub CellWindow);

impl FromStr for SectionArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers: Option<Vec<f32>> = text.split(',').map(|x| x.trim().parse().ok()).collect();
        match numbers.as_deref() {
            Some([x, y, side]) if *x >= 0.0 && *y >= 0.0 && *side >= 1.0 && side.is_finite() => {
                Ok(Self(CellWindow { min: [*x, *y], size: [*side; 2] }))
            }
            _ => {
                Err("expected X,Y,SIDE in cells, such as 8,8,16: X and Y from 0, SIDE at least 1".to_owned())
            }
        }
    }
}

/// Which arrows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum MovesArg {
    /// u(y, z), per unit time.
    Rates,
    /// p(z) u(y, z), mass per unit time.
    Fluxes,
}

/// The present setting on a plot of curves: a method, with the flow's scheduler and the corrector, at so many steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// Which method.
    pub method: Method,
    /// How many steps.
    pub steps: usize,
}

impl FromStr for Mark {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = "expected METHOD:STEPS, such as exact:64, with 1 to 100000 steps";
        let (method, steps) = text.split_once(':').ok_or(expected)?;
        let steps = steps.trim().parse().ok().filter(|n| (1..=100_000).contains(n)).ok_or(expected)?;
        Ok(Self { method: method.parse().map_err(|_| expected)?, steps })
    }
}
