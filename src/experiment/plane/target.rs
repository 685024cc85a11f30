//! Targets and sources of the plane by name; [`PlaneTargetSpec::load`] makes them.

use crate::data::{TargetSpec, load_target};
use crate::flow::plane::{Boxes, Mixture, PlaneSource, PlaneTarget};
use crate::flow::{FlowError, serde_as_text};
use ndarray::Array2;
use std::fmt;
use std::str::FromStr;

/// Half the side of the square that a pmf of the grid is spread over.
const GRID_HALF: f64 = 3.0;
/// Cells along a side where nothing else is asked for.
const CELLS: usize = 16;
/// More cells along a side than this take a view too long.
const MOST_CELLS: usize = 64;
/// What is understood, for messages.
const EXPECTED: &str = "ring, three, moons, spiral, checkerboard, board, or grid:NAME@K with a pattern of the grid lab \
                        (checkerboard, moons, rings, spiral, pinwheel, gaussians, text:WORD) on K × K cells, K from 2 to 64";

/// A target by name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum PlaneTargetSpec {
    /// Eight Gaussians on a circle.
    #[default]
    Ring,
    /// Three unlike Gaussians.
    Three,
    /// Two half circles that hook into each other.
    Moons,
    /// Two arms that wind out of the middle.
    Spiral,
    /// The 4 × 4 checkerboard, even within its cells.
    Checkerboard,
    /// A 4 × 4 board with one cell twice as likely as the others: small enough to see every number on the grid.
    Board,
    /// A pmf of the grid lab on K × K cells, each spread evenly.
    Grid(TargetSpec, usize),
}

impl PlaneTargetSpec {
    /// Those with a button, and the names on them.
    pub const ALL: [(&'static str, Self); 6] = [
        ("Ring", Self::Ring),
        ("Three", Self::Three),
        ("Moons", Self::Moons),
        ("Spiral", Self::Spiral),
        ("Checkers", Self::Checkerboard),
        ("Board", Self::Board),
    ];

    /// The target.
    ///
    /// # Errors
    /// If a pattern of the grid can't be drawn on that many cells.
    pub fn load(&self) -> Result<PlaneTarget, String> {
        let boxes = |pmf: Array2<f64>, half: f64| Boxes::new(pmf, half).map_err(|why| why.to_string());
        Ok(match self {
            Self::Ring => PlaneTarget::Mixture(Mixture::ring()),
            Self::Three => PlaneTarget::Mixture(Mixture::three()),
            Self::Moons => PlaneTarget::Mixture(Mixture::moons()),
            Self::Spiral => PlaneTarget::Mixture(Mixture::spiral()),
            Self::Checkerboard => PlaneTarget::Boxes(Boxes::checkerboard()),
            Self::Board => {
                let mut pmf = Array2::from_shape_fn((4, 4), |(i, j)| f64::from(u8::from((i + j) % 2 == 1)));
                pmf[[0, 1]] = 2.0;
                let total = pmf.sum();
                PlaneTarget::Boxes(boxes(pmf / total, GRID_HALF)?)
            }
            Self::Grid(pattern, k) => {
                let pmf = load_target(pattern, Some(*k), false).map_err(|why| why.to_string())?;
                PlaneTarget::Boxes(boxes(pmf, GRID_HALF)?)
            }
        })
    }

    /// In words.
    pub fn words(&self) -> String {
        match self {
            Self::Ring => "ring of eight Gaussians".to_owned(),
            Self::Three => "three Gaussians".to_owned(),
            Self::Moons => "moons".to_owned(),
            Self::Spiral => "spiral".to_owned(),
            Self::Checkerboard => "checkerboard".to_owned(),
            Self::Board => "4 × 4 board".to_owned(),
            Self::Grid(pattern, k) => format!("{pattern} on {k} × {k} cells"),
        }
    }

    /// Half the side of the square that shows it, with the source.
    pub fn half_view(&self, source: PlaneSourceSpec) -> f64 {
        let own: f64 = match self {
            Self::Ring => 3.6,
            Self::Three => 3.6,
            Self::Moons => 3.4,
            Self::Spiral => 3.6,
            Self::Checkerboard => 4.45,
            Self::Board | Self::Grid(..) => GRID_HALF,
        };
        match source {
            PlaneSourceSpec::Normal => (1.08 * own).max(3.6),
            PlaneSourceSpec::Square => own,
            PlaneSourceSpec::Ring => (1.08 * own).max(4.0),
        }
    }
}

impl fmt::Display for PlaneTargetSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ring => "ring",
            Self::Three => "three",
            Self::Moons => "moons",
            Self::Spiral => "spiral",
            Self::Checkerboard => "checkerboard",
            Self::Board => "board",
            Self::Grid(pattern, k) => return write!(f, "grid:{pattern}@{k}"),
        })
    }
}

impl FromStr for PlaneTargetSpec {
    type Err = FlowError;

    fn from_str(text: &str) -> Result<Self, FlowError> {
        let unreadable =
            || FlowError::Unreadable { what: "target", given: text.to_owned(), expected: EXPECTED };
        if let Some((_, known)) = Self::ALL.iter().find(|(_, known)| known.to_string() == text) {
            return Ok(known.clone());
        }
        let pattern = text.strip_prefix("grid:").ok_or_else(unreadable)?;
        let (name, k) = match pattern.rsplit_once('@') {
            Some((name, k)) => (name, k.parse().map_err(|_| unreadable())?),
            None => (pattern, CELLS),
        };
        let pattern: TargetSpec = name.parse().map_err(|_| unreadable())?;
        let is_pattern = !matches!(pattern, TargetSpec::File(_) | TargetSpec::Drawn { .. });
        let fits = is_pattern && (2..=MOST_CELLS).contains(&k);
        if fits { Ok(Self::Grid(pattern, k)) } else { Err(unreadable()) }
    }
}

serde_as_text!(PlaneTargetSpec, FlowError);

/// A source by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlaneSourceSpec {
    /// N(0, I).
    #[default]
    Normal,
    /// Even on a square: that of a target of cells, or of half side 3.
    Square,
    /// Eight Gaussians on a circle.
    Ring,
}

impl PlaneSourceSpec {
    /// The source beside a target.
    pub fn load(self, target: &PlaneTarget) -> PlaneSource {
        match (self, target) {
            (Self::Normal, _) => PlaneSource::Normal,
            (Self::Square, PlaneTarget::Boxes(boxes)) => PlaneSource::Square(boxes.half_width()),
            (Self::Square, PlaneTarget::Mixture(_)) => PlaneSource::Square(GRID_HALF),
            (Self::Ring, _) => PlaneSource::Mixture(Mixture::ring()),
        }
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Normal => "normal source",
            Self::Square => "even source",
            Self::Ring => "source of eight Gaussians",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::plane::{AffinePath, PlaneFlow};

    #[test]
    fn names_come_back_make_flows_and_nonsense_is_refused() {
        let named = PlaneTargetSpec::ALL.iter().map(|(_, spec)| spec.to_string());
        for name in named.chain(["grid:rings@8".to_owned(), "grid:text:DFM@24".to_owned()]) {
            let spec: PlaneTargetSpec = name.parse().expect("a name");
            assert_eq!(spec.to_string(), name);
            let target = spec.load().expect("a target");
            for source in [PlaneSourceSpec::Normal, PlaneSourceSpec::Square] {
                let flow = PlaneFlow::new(target.clone(), source.load(&target), AffinePath::CondOt);
                assert!(flow.is_ok_and(|flow| flow.at(0.5).is_ok()), "{name} {source:?}");
            }
        }
        assert_eq!("grid:moons".parse(), Ok(PlaneTargetSpec::Grid(TargetSpec::Moons, CELLS)));
        for nonsense in
            ["", "rings", "grid:", "grid:x.npy@4", "grid:moons@1", "grid:moons@65", "grid:moons@x"]
        {
            assert!(nonsense.parse::<PlaneTargetSpec>().is_err(), "{nonsense}");
        }
    }
}
