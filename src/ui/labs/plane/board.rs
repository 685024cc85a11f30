//! A target drawn as cells: a side of the plane as the editor of boards knows it.

use crate::data::{Drawing, TargetSpec};
use crate::experiment::plane::{GRID_HALF, PlaneSide, PlaneTargetSpec};
use crate::flow::plane::{CellEdges, PlaneFlow, PlaneTarget};
use crate::ui::editor::{Built, Subject};
use ndarray::Array2;
use std::sync::Arc;

/// Cells a side of a canvas that begins with a target without cells.
const CELLS: usize = 16;

/// The side that is drawn on, and its flow once that is of what is set.
pub struct BoardSide<'a> {
    /// What is set.
    pub side: &'a mut PlaneSide,
    /// Its flow.
    pub flow: Option<Arc<PlaneFlow>>,
}

/// The masses of a target in the cells of a board.
fn masses(target: &PlaneTarget) -> Option<Array2<f64>> {
    match target {
        PlaneTarget::Boxes(boxes) => Some(boxes.pmf().clone()),
        PlaneTarget::Mixture(_) => {
            let inner = GRID_HALF * (1.0 - 2.0 / CELLS as f64);
            Some(target.masses(&CellEdges::new(-inner, inner, CELLS).ok()?))
        }
    }
}

impl Subject for BoardSide<'_> {
    type Target = PlaneTargetSpec;

    /// Every cell is a sum of every value.
    const MOST_CELLS: usize = 64;

    fn built(&self) -> Option<Built> {
        self.flow.clone().map(|flow| flow as Built)
    }

    fn shown(&self) -> Option<(Drawing, PlaneTargetSpec)> {
        let target = &self.side.target;
        let drawn = match target {
            PlaneTargetSpec::Grid(pattern, k) => match &**pattern {
                TargetSpec::Drawn { drawing, .. } => Some(drawing.resampled(k.unwrap_or(drawing.k()))),
                _ => None,
            },
            _ => None,
        };
        let drawing = match drawn {
            Some(drawing) => drawing,
            None => Drawing::from_weights(&masses(self.flow.as_ref()?.target())?),
        };
        Some((drawing.ok()?, target.clone()))
    }

    fn target(&self) -> PlaneTargetSpec {
        self.side.target.clone()
    }

    fn drawn(drawing: Drawing, name: &str) -> PlaneTargetSpec {
        PlaneTargetSpec::Grid(Box::new(TargetSpec::Drawn { drawing, name: name.to_owned() }), None)
    }

    fn name(target: &PlaneTargetSpec) -> &str {
        match target {
            PlaneTargetSpec::Grid(pattern, _) => pattern.drawn_name().unwrap_or_default(),
            _ => "",
        }
    }

    fn set(&mut self, target: PlaneTargetSpec, _: usize) {
        self.side.target = target;
    }

    fn resize(&mut self, k: usize) -> bool {
        match &mut self.side.target {
            PlaneTargetSpec::Grid(pattern, known) if !matches!(**pattern, TargetSpec::File(_)) => {
                *known = Some(k);
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::plane::BuiltSide;
    use crate::ui::editor::Editor;

    #[test]
    fn a_canvas_begins_with_the_target_and_what_is_drawn_is_one() {
        for (target, k) in [("board", 4), ("ring", 16), ("grid:moons@8", 8)] {
            let mut side = PlaneSide { target: target.parse().expect("a target"), ..PlaneSide::default() };
            let flow = BuiltSide::of(&side).expect("a flow").flow;
            let mut subject = BoardSide { side: &mut side, flow: Some(flow.clone()) };
            let mut editor = Editor::open(&subject).expect("an editor");
            assert_eq!(editor.drawing().k(), k, "{target}");
            editor.replace(editor.drawing().inverted(), &mut subject);
            editor.call("upside down", &mut subject);
            let drawn = editor.drawing().pmf().expect("a pmf");
            assert_eq!(BoardSide::name(&subject.side.target), "upside down");
            let PlaneTarget::Boxes(boxes) = subject.side.load_target().expect("a target") else {
                panic!("cells");
            };
            assert_eq!(*boxes.pmf(), drawn);
            // Undone, it is the target by its name again.
            editor.undo(&mut subject);
            editor.undo(&mut subject);
            assert_eq!(side.target.to_string(), target);
        }
    }
}
