//! Targets and sources of the plane lab, as it names and shows them.

use crate::data::plane::PlaneTargetSpec;
use crate::flow::plane::{Mixture, PlaneSource, PlaneTarget};
use std::path::Path;

/// Half the side of the square that a pmf of the grid is spread over.
pub const GRID_HALF: f64 = 3.0;
/// Half the side that shows a target from a file before it was read.
const UNREAD: f64 = 4.0;

/// Targets with a button, and the names on them.
pub const PLANE_TARGETS: [(&str, PlaneTargetSpec); 6] = [
    ("Ring", PlaneTargetSpec::Ring),
    ("Three", PlaneTargetSpec::Three),
    ("Moons", PlaneTargetSpec::Moons),
    ("Spiral", PlaneTargetSpec::Spiral),
    ("Checkers", PlaneTargetSpec::Checkerboard),
    ("Board", PlaneTargetSpec::Board),
];

/// A target in words.
pub fn target_words(target: &PlaneTargetSpec) -> String {
    let name = |file: &Path| file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned();
    match target {
        PlaneTargetSpec::Ring => "ring of eight Gaussians".to_owned(),
        PlaneTargetSpec::Three => "three Gaussians".to_owned(),
        PlaneTargetSpec::Moons => "moons".to_owned(),
        PlaneTargetSpec::Spiral => "spiral".to_owned(),
        PlaneTargetSpec::Checkerboard => "checkerboard".to_owned(),
        PlaneTargetSpec::Board => "4 × 4 board".to_owned(),
        PlaneTargetSpec::Mixture(file) => format!("mixture {}", name(file)),
        PlaneTargetSpec::Points(file) => format!("points {}", name(file)),
        PlaneTargetSpec::Grid(pattern, Some(k)) => format!("{pattern} on {k} × {k} cells"),
        PlaneTargetSpec::Grid(pattern, None) => format!("{pattern} on cells"),
    }
}

/// Half the side of the square that shows a target with its source; of a file `read` is what it needs.
pub fn half_view(target: &PlaneTargetSpec, source: PlaneSourceSpec, read: Option<f64>) -> f64 {
    let own: f64 = match target {
        PlaneTargetSpec::Ring | PlaneTargetSpec::Three | PlaneTargetSpec::Spiral => 3.6,
        PlaneTargetSpec::Moons => 3.4,
        PlaneTargetSpec::Checkerboard => 4.45,
        PlaneTargetSpec::Board | PlaneTargetSpec::Grid(..) => GRID_HALF,
        PlaneTargetSpec::Mixture(_) | PlaneTargetSpec::Points(_) => read.unwrap_or(UNREAD),
    };
    match source {
        PlaneSourceSpec::Normal => (1.08 * own).max(3.6),
        PlaneSourceSpec::Square => own,
        PlaneSourceSpec::Ring => (1.08 * own).max(4.0),
    }
}

/// What [`half_view`] needs of a target that was read.
pub fn half_of(target: &PlaneTarget) -> f64 {
    match target {
        PlaneTarget::Mixture(mixture) => {
            let of = |c: crate::flow::plane::Component| c.mean[0].abs().max(c.mean[1].abs()) + 3.0 * c.sd;
            1.05 * mixture.components().map(of).fold(0.1, f64::max)
        }
        PlaneTarget::Boxes(boxes) => boxes.half_width(),
    }
}

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
    use crate::data::plane::PlaneTargetSize;
    use crate::flow::plane::{AffinePath, PlaneFlow};

    #[test]
    fn every_target_makes_a_flow_and_has_words_and_a_view() {
        let grids = ["grid:rings@8", "grid:text:DFM@24"].map(|text| text.parse().expect("a target"));
        for spec in PLANE_TARGETS.iter().map(|(_, spec)| spec.clone()).chain(grids) {
            let target = spec.load(PlaneTargetSize::default()).expect("a target");
            for source in [PlaneSourceSpec::Normal, PlaneSourceSpec::Square] {
                let flow = PlaneFlow::new(target.clone(), source.load(&target), AffinePath::CondOt);
                assert!(flow.is_ok_and(|flow| flow.at(0.5).is_ok()), "{spec} {source:?}");
                assert!((3.0..5.0).contains(&half_view(&spec, source, None)), "{spec}");
            }
            assert!(!target_words(&spec).is_empty() && half_of(&target) > 2.9);
        }
        let file = PlaneTargetSpec::Points("a/b c.npy".into());
        assert_eq!(target_words(&file), "points b c.npy");
        assert_eq!(half_view(&file, PlaneSourceSpec::Square, Some(12.0)), 12.0);
    }
}
