//! The views: where they are, what they show, and what a hand does in them.

use super::GridLab;
use crate::ui::arrange::{editing_rects, fitting, pane_rects, rows};
use crate::ui::editor::canvas;
use crate::ui::labs::grid::currents;
use crate::ui::labs::grid::export::Content;
use crate::ui::labs::grid::pane::{Place, Problem, Shared, pane};
use crate::ui::labs::grid::sides::Statuses;
use crate::view::grid::same_because;
use egui::{Rect, Ui, UiBuilder};

impl GridLab {
    pub(super) fn panes(&mut self, ui: &mut Ui, statuses: &Statuses) {
        let whole = ui.available_rect_before_wrap();
        let panes = self.here().settings.panes;
        let sides = self.sides.count();
        let labels = self.labels(ui.ctx());
        let rects = match &mut self.editor {
            Some(editor) => {
                let (left, rest) = editing_rects(whole, sides);
                let mut child = ui.new_child(UiBuilder::new().max_rect(left).id_salt("canvas"));
                canvas(&mut child, editor, self.sides.here_mut());
                rest
            }
            // With A and B one row a view, A on the left.
            None if sides > 1 => {
                let views = panes.div_ceil(2);
                let beside = (1..=views).rev().map(|views| rows(whole, views, sides));
                fitting(beside.chain([rows(whole, sides, 1)]))
            }
            None => fitting([pane_rects(whole, panes), rows(whole, 2.min(panes), 1), vec![whole]]),
        };
        let mut hovered = None;
        for (slot, rect) in rects.into_iter().enumerate() {
            let place = if sides > 1 {
                let (view, side) = (slot / sides, slot % sides);
                let shared = self.shared(view, statuses);
                let scene = |side| self.scene(side, statuses).of_views();
                let shown = self.here().settings.views[view];
                let same = (side > 0).then(|| same_because(shown, [&scene(0), &scene(side)])).flatten();
                Place { slot, view, side: Some((side, &labels[side], same)), shared }
            } else {
                Place { slot, view: slot, side: None, shared: Shared::default() }
            };
            hovered = hovered.or(self.pane(ui, rect, place, statuses));
        }
        if self.inspector.hovered != hovered {
            // The panel that says more about it was drawn before.
            self.inspector.hovered = hovered;
            ui.ctx().request_repaint();
        }
    }

    /// The largest of the scales of all sides, for the view in one row.
    pub(super) fn shared(&mut self, row: usize, statuses: &Statuses) -> Shared {
        let mut shared = Shared::default();
        let sides = self.sides.count();
        for side in 0..sides {
            let mut cache = std::mem::take(&mut self.sides.of_mut(side).cache);
            let scene = self.scene(side, statuses);
            let view = scene.settings.views[row];
            if let Ok(field) = cache.heat(row, view, scene) {
                let larger = shared.scale.is_none_or(|known| field.scale.max > known.max);
                shared.scale = if larger { Some(field.scale) } else { shared.scale };
            }
            if let Some(kind) = view.arrows().filter(|kind| kind.absence(scene.path).is_none()) {
                let window = self.zoom.window(&scene.of_views().layout());
                let longest = currents::longest(scene, kind, window, &mut cache);
                shared.arrow = shared.arrow.into_iter().chain(longest).reduce(f64::max);
            }
            self.sides.of_mut(side).cache = cache;
        }
        shared
    }

    /// Draws one pane; returns the state under the pointer.
    pub(super) fn pane(
        &mut self,
        ui: &mut Ui,
        rect: Rect,
        place: Place<'_>,
        statuses: &Statuses,
    ) -> Option<[usize; 2]> {
        let side = place.side.map_or(self.sides.chosen(), |(side, ..)| side);
        let unbuilt = self.unbuilt(side, statuses);
        let problem = match (&unbuilt, &statuses.of(side).error) {
            (Some(why), _) => Some(Problem { why, of_run_alone: false }),
            (None, Some(why)) => Some(Problem { why, of_run_alone: true }),
            (None, None) => None,
        };
        let mut cache = std::mem::take(&mut self.sides.of_mut(side).cache);
        let mut zoom = self.zoom;
        let builder = UiBuilder::new().max_rect(rect).id_salt(("pane", place.slot));
        let mut child = ui.new_child(builder);
        let scene = self.scene(side, statuses);
        let marks = self.inspector.marks_on(scene.path, side == self.sides.chosen());
        let changes = pane(&mut child, place, scene, &mut cache, &mut zoom, problem, &marks);
        self.zoom = zoom;
        self.sides.of_mut(side).cache = cache;
        if changes.export {
            let view = self.scene(side, statuses).settings.views[place.view];
            let snapshot = self.snapshot(side, statuses, Content::View(view));
            self.open_export(snapshot, statuses, ui.ctx());
        }
        // What a pane changes, all experiments have in common: it is taken from the one being set.
        let settings = &mut self.here_mut().settings;
        if let Some(view) = changes.view {
            settings.views[place.view] = view;
        }
        settings.divergence = changes.divergence.unwrap_or(settings.divergence);
        settings.scale = changes.scale.unwrap_or(settings.scale);
        settings.moves = changes.moves.unwrap_or(settings.moves);
        if let Some(picked) = changes.picked {
            // What is picked belongs to the experiment it was picked in.
            self.sides.share();
            self.sides.choose(side);
            self.inspector.pick(picked);
            ui.ctx().request_repaint();
        }
        changes.hovered
    }
}
