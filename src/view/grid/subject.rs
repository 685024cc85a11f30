//! What a figure is about, by name.

use super::View;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What a figure shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// A view at one time.
    View(View),
    /// A view at several times, beside each other.
    Strip(View),
    /// A view over the whole path, as an animation.
    Timeline(View),
    /// The scheduler.
    Kappa,
    /// The rates that follow from it.
    Rates,
    /// TV to the path along a run.
    Distances,
    /// TV to the target against evaluations of the denoiser.
    Curve,
    /// The posteriors of one state.
    Cell,
    /// The jumps of one particle.
    Log,
}

/// All names, for help and messages.
pub const SUBJECTS: &str = "mass, divergence, currents, displacement, traffic, particles, sampled, difference, \
                            posterior-error, strip or strip:VIEW, timeline or timeline:VIEW, kappa, rates, distances, \
                            curve, cell or log";

impl View {
    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mass => "mass",
            Self::Divergence => "divergence",
            Self::Currents => "currents",
            Self::Displacement => "displacement",
            Self::Traffic => "traffic",
            Self::Particles => "particles",
            Self::Sampled => "sampled",
            Self::Difference => "difference",
            Self::PosteriorError => "posterior-error",
        }
    }
}

impl Subject {
    /// The view it shows, if it shows one.
    pub fn view(self) -> Option<View> {
        match self {
            Self::View(view) | Self::Strip(view) | Self::Timeline(view) => Some(view),
            _ => None,
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::View(view) => f.write_str(view.name()),
            Self::Strip(View::Mass) => f.write_str("strip"),
            Self::Strip(view) => write!(f, "strip:{}", view.name()),
            Self::Timeline(View::Mass) => f.write_str("timeline"),
            Self::Timeline(view) => write!(f, "timeline:{}", view.name()),
            Self::Kappa => f.write_str("kappa"),
            Self::Rates => f.write_str("rates"),
            Self::Distances => f.write_str("distances"),
            Self::Curve => f.write_str("curve"),
            Self::Cell => f.write_str("cell"),
            Self::Log => f.write_str("log"),
        }
    }
}

impl FromStr for Subject {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let view = |name: &str| View::ALL.into_iter().find(|view| view.name() == name);
        let found = match text.split_once(':') {
            Some(("strip", name)) => view(name).map(Self::Strip),
            Some(("timeline", name)) => view(name).map(Self::Timeline),
            Some(_) => None,
            None => match text {
                "strip" => Some(Self::Strip(View::Mass)),
                "timeline" => Some(Self::Timeline(View::Mass)),
                "kappa" => Some(Self::Kappa),
                "rates" => Some(Self::Rates),
                "distances" => Some(Self::Distances),
                "curve" => Some(Self::Curve),
                "cell" => Some(Self::Cell),
                "log" => Some(Self::Log),
                name => view(name).map(Self::View),
            },
        };
        found.ok_or_else(|| format!("expected {SUBJECTS}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_and_nonsense_is_refused() {
        for view in View::ALL {
            for subject in [Subject::View(view), Subject::Strip(view), Subject::Timeline(view)] {
                assert_eq!(subject.to_string().parse(), Ok(subject));
            }
        }
        let plots = [Subject::Kappa, Subject::Rates, Subject::Distances, Subject::Curve];
        for subject in plots.into_iter().chain([Subject::Cell, Subject::Log]) {
            assert_eq!(subject.to_string().parse(), Ok(subject));
        }
        for bad in ["", "pmf", "strip:", "strip:kappa", "timeline:strip", "Mass", "mass:mass"] {
            assert!(bad.parse::<Subject>().is_err(), "{bad}");
        }
    }
}
