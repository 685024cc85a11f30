//! How a view is drawn as a figure, apart from what it shows.

use super::ScaleMode;
use crate::figure::CellWindow;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What a figure says besides the view.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Style {
    /// Colours of a moment, or of the whole path.
    pub scale: ScaleMode,
    /// Where colours and arrows end, if this figure shares them with others.
    pub ends: Option<Ends>,
    /// What is marked over the picture.
    pub marks: Marks,
    /// The settings in small print; what a figure must say about its colours is added. `None` leaves out both.
    pub caption: Option<String>,
    /// What the file carries to make the figure again; nothing where it is empty.
    pub recipe: String,
}

/// Where the colours of several figures end, so that they can be compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ends {
    /// The largest magnitude that has a colour of its own, > 0.
    pub most: f64,
    /// The length of the longest arrow, > 0, where there are arrows.
    pub arrow: Option<f64>,
}

impl fmt::Display for Ends {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.most)?;
        self.arrow.map_or(Ok(()), |arrow| write!(f, ",{arrow}"))
    }
}

impl FromStr for Ends {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let positive = |text: &str| {
            let number = text.trim().parse::<f64>().ok();
            number.filter(|x| *x > 0.0 && x.is_finite()).ok_or_else(|| {
                "expected fixed, auto, MAX or MAX,ARROW: where the colours end and the longest arrow, above 0".to_owned()
            })
        };
        let (most, arrow) = text.split_once(',').map_or((text, None), |(most, arrow)| (most, Some(arrow)));
        Ok(Self { most: positive(most)?, arrow: arrow.map(positive).transpose()? })
    }
}

/// Which arrows a small grid shows for every state at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MoveKind {
    /// Rates u(y, z).
    Rates,
    /// Fluxes p_t(z) u(y, z).
    Fluxes,
}

impl MoveKind {
    /// What the arrows are, with their unit.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Rates => "rate u, 1 / time",
            Self::Fluxes => "flux p u, mass / time",
        }
    }

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rates => "rates",
            Self::Fluxes => "fluxes",
        }
    }
}

/// What is marked over a picture.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Marks {
    /// Arrows for every move of every state of a small grid, over its mass.
    pub moves: Option<MoveKind>,
    /// A state, with its outgoing rates as arrows.
    pub cell: Option<[usize; 2]>,
    /// A particle of the run, with its way so far.
    pub particle: Option<usize>,
    /// The part of the cells that is shown, where it is not all of them.
    pub section: Option<CellWindow>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_round_trip_to_the_last_digit_and_nonsense_is_refused() {
        for ends in [Ends { most: 0.1 + 0.2, arrow: None }, Ends { most: 1e-7, arrow: Some(3.0) }] {
            assert_eq!(ends.to_string().parse(), Ok(ends));
        }
        for bad in ["", "0", "-1", "nan", "inf", "1,", "1,0", "1,2,3", "fixed"] {
            assert!(bad.parse::<Ends>().is_err(), "{bad}");
        }
    }
}
