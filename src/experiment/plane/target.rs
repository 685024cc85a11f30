//! Targets and sources of the plane lab, as it names and shows them.

use crate::data::TargetSpec;
use crate::data::plane::{PlaneTargetSpec, half_beside};
use crate::flow::plane::{Mixture, PlaneSource, PlaneTarget};
use std::path::Path;

/// Half the side of the square that a pmf of the grid is spread over.
pub const GRID_HALF: f64 = 3.0;
/// Half the side of the square that a hand draws on; it is shown whole, however little is drawn.
pub const DRAWN_HALF: f64 = 3.6;
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
        PlaneTargetSpec::Drawn(sketch) => sketch.words(),
        PlaneTargetSpec::Grid(pattern, k) => match (&**pattern, k) {
            (TargetSpec::Drawn { name, .. }, _) if !name.is_empty() => name.clone(),
            (TargetSpec::Drawn { drawing, .. }, k) => {
                let k = k.unwrap_or(drawing.k());
                format!("drawn board of {k} × {k} cells")
            }
            (pattern, Some(k)) => format!("{pattern} on {k} × {k} cells"),
            (pattern, None) => format!("{pattern} on cells"),
        },
    }
}

/// Whether it was drawn by hand, as Gaussians or as cells.
pub fn is_drawn(target: &PlaneTargetSpec) -> bool {
    match target {
        PlaneTargetSpec::Drawn(_) => true,
        PlaneTargetSpec::Grid(pattern, _) => matches!(**pattern, TargetSpec::Drawn { .. }),
        _ => false,
    }
}

/// What a run on it is called: as the command line has it, of a drawing in words.
pub fn target_name(target: &PlaneTargetSpec) -> String {
    if is_drawn(target) { target_words(target) } else { target.to_string() }
}

/// Half the side of the square that shows a target with its source; `half_width` is that of a target of cells and of an even
/// source beside others, of a file `read` is what it needs.
pub fn half_view(
    target: &PlaneTargetSpec,
    source: PlaneSourceSpec,
    half_width: f64,
    read: Option<f64>,
) -> f64 {
    let own: f64 = match target {
        PlaneTargetSpec::Ring | PlaneTargetSpec::Three | PlaneTargetSpec::Spiral => 3.6,
        PlaneTargetSpec::Moons => 3.4,
        PlaneTargetSpec::Checkerboard => 4.45,
        PlaneTargetSpec::Board | PlaneTargetSpec::Grid(..) => half_width,
        PlaneTargetSpec::Drawn(sketch) => match sketch.reach() {
            reach if reach > DRAWN_HALF => 1.1 * reach,
            _ => DRAWN_HALF,
        },
        PlaneTargetSpec::Mixture(_) | PlaneTargetSpec::Points(_) => read.unwrap_or(UNREAD),
    };
    match source {
        PlaneSourceSpec::Normal => (1.08 * own).max(3.6),
        PlaneSourceSpec::Square if matches!(target, PlaneTargetSpec::Checkerboard) => own,
        PlaneSourceSpec::Square => own.max(half_width),
        PlaneSourceSpec::Ring => (1.08 * own).max(4.0),
    }
}

/// What [`half_view`] needs of a target that was read.
pub fn half_of(target: &PlaneTarget) -> f64 {
    match target {
        PlaneTarget::Mixture(mixture) => 1.05 * mixture.reach(3.0).max(0.1),
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
    /// Even on a square: that of a target of cells, or one whose size is set.
    Square,
    /// Eight Gaussians on a circle.
    Ring,
}

impl PlaneSourceSpec {
    /// The source beside a target; `half_width` is that of the square beside one without cells.
    pub fn load(self, target: &PlaneTarget, half_width: f64) -> PlaneSource {
        match self {
            Self::Normal => PlaneSource::Normal,
            Self::Square => PlaneSource::Square(half_beside(target, half_width)),
            Self::Ring => PlaneSource::Mixture(Mixture::ring()),
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
    fn what_is_drawn_is_shown_whole_and_called_by_its_name() {
        let near: PlaneTargetSpec = "drawn:1,0,0,0.2/1,-1,3.5,0".parse().expect("a target");
        let far: PlaneTargetSpec = "drawn:mine:1,0,0,0.2/1,-50,3.5,0".parse().expect("a target");
        assert_eq!(half_view(&near, PlaneSourceSpec::Square, GRID_HALF, None), DRAWN_HALF);
        assert!((half_view(&far, PlaneSourceSpec::Square, GRID_HALF, None) - 55.0).abs() < 1e-9);
        assert_eq!([&near, &far].map(target_name), ["2 drawn Gaussians", "mine"]);
        assert_eq!(target_name(&PlaneTargetSpec::Ring), "ring");
        let cells = crate::data::Drawing::from_weights(&ndarray::Array2::ones((4, 4))).expect("a drawing");
        let board = PlaneTargetSpec::Grid(Box::new(TargetSpec::drawn(cells)), None);
        assert_eq!(target_words(&board), "drawn board of 4 × 4 cells");
        let again: PlaneTargetSpec = String::from(board.clone()).parse().expect("all of it");
        assert!(again == board && is_drawn(&again) && !is_drawn(&PlaneTargetSpec::Board));
    }

    #[test]
    fn every_target_makes_a_flow_and_has_words_and_a_view() {
        let grids = ["grid:rings@8", "grid:text:DFM@24"].map(|text| text.parse().expect("a target"));
        for spec in PLANE_TARGETS.iter().map(|(_, spec)| spec.clone()).chain(grids) {
            let target = spec.load(PlaneTargetSize::default()).expect("a target");
            for source in [PlaneSourceSpec::Normal, PlaneSourceSpec::Square] {
                let flow =
                    PlaneFlow::new(target.clone(), source.load(&target, GRID_HALF), AffinePath::CondOt);
                assert!(flow.is_ok_and(|flow| flow.at(0.5).is_ok()), "{spec} {source:?}");
                assert!((3.0..5.0).contains(&half_view(&spec, source, GRID_HALF, None)), "{spec}");
            }
            assert!(!target_words(&spec).is_empty() && half_of(&target) > 2.9);
        }
        let file = PlaneTargetSpec::Points("a/b c.npy".into());
        assert_eq!(target_words(&file), "points b c.npy");
        let seen = |half_width| half_view(&file, PlaneSourceSpec::Square, half_width, Some(12.0));
        assert_eq!([GRID_HALF, 20.0].map(seen), [12.0, 20.0]);
        let target = PlaneTargetSpec::Ring.load(PlaneTargetSize::default()).expect("a target");
        assert_eq!(PlaneSourceSpec::Square.load(&target, 5.0), PlaneSource::Square(5.0));
    }
}
