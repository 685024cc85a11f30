//! The views: where they are, what they show, and what a hand does in them.

use super::PlaneLab;
use crate::experiment::plane::{Exhibit, PlaneAnswer};
use crate::experiment::{contrasts, labels, plane::differences};
use crate::figure::Scale;
use crate::ui::arrange::{editing_rects, fitting, pane_rects, rows};
use crate::ui::kept::kept;
use crate::ui::labs::plane::exporting::{PlaneContent, PlaneExport};
use crate::ui::labs::plane::pane::{PaneScene, pane};
use crate::ui::widgets::Tone;
use crate::view::plane::{PlaneView, longest};
use egui::{Context, Ui, UiBuilder};
use std::sync::Arc;

impl PlaneLab {
    pub(super) fn panes(&mut self, ui: &mut Ui) {
        let area = ui.available_rect_before_wrap();
        let sides = self.settings.sides.len();
        let rects = if self.editor.is_some() {
            let (left, rest) = editing_rects(area, sides);
            let mut child = ui.new_child(UiBuilder::new().max_rect(left).id_salt("canvas"));
            self.canvas(&mut child);
            rest
        } else if sides > 1 {
            // One row a view, A on the left.
            let views = self.settings.shown().len();
            let beside = (1..=views).rev().map(|views| rows(area, views, sides));
            fitting(beside.chain([rows(area, sides, 1)]))
        } else {
            let panes = self.settings.panes;
            fitting([pane_rects(area, panes), rows(area, 2.min(panes), 1), vec![area]])
        };
        let all = &self.settings.sides;
        let words = kept(ui.ctx(), "labels of flows", all.to_vec(), || {
            labels(all.len(), &contrasts(all, differences))
        });
        for (slot, rect) in rects.into_iter().enumerate() {
            let (row, side) = (slot / sides, slot % sides);
            let Some(view) = self.settings.views.get(row).copied() else { continue };
            let mut child = ui.new_child(UiBuilder::new().max_rect(rect).id_salt(("plane pane", slot)));
            self.pane(&mut child, (slot, row, view), side, &words);
        }
    }

    fn pane(
        &mut self,
        ui: &mut Ui,
        (slot, row, view): (usize, usize, PlaneView),
        side: usize,
        words: &[String],
    ) {
        let sides = self.settings.sides.len();
        let mut clouds = std::mem::take(&mut self.sides[side].clouds);
        let [t, _] = self.now(side);
        let settings = &self.settings;
        let window = settings.window_at(&settings.sides[side], t);
        let set = settings.window.unwrap_or_else(|| settings.whole());
        let in_units = window.half / set.half;
        let whole = settings.whole().scaled(in_units);
        let live = &self.sides[side];
        let needs_network = settings.sides.side(side).answer == PlaneAnswer::Network || view.needs_network();
        let flow_problem = match &live.built {
            Some((_, Err(why))) => Some(why.as_str()),
            _ => None,
        };
        // On every side there is the hand as it would draw there.
        let hand = self.hand.as_ref().map(|hand| {
            let mut hand = hand.clone();
            hand.turn_to(side);
            let sketch = hand.seen(self.sketch(side));
            (hand, sketch)
        });
        let scene = PaneScene {
            slot,
            view,
            side: (sides > 1).then(|| (side, words.get(side).map_or("", String::as_str))),
            answer: live.answer.as_ref(),
            run: live.run.as_ref(),
            t,
            window,
            whole,
            magnified: settings.window.is_some(),
            scale: view.is_shared().then(|| self.shared_scale(view)).flatten(),
            longest: self.shared_arrow(view),
            point: settings.point,
            sample: settings.sample,
            problem: flow_problem.or(self.view_problem.as_deref()),
            run_problem: live.run_problem.as_deref(),
            missing: if needs_network { self.missing(side) } else { None },
            hand: hand.as_ref().map(|(hand, sketch)| (hand, sketch)),
        };
        let changes = pane(ui, &scene, &mut clouds[row.min(3)]);
        self.sides[side].clouds = clouds;
        if let Some(view) = changes.view {
            self.settings.views[row] = view;
        }
        if changes.whole {
            self.settings.window = None;
        } else if let Some(window) = changes.window {
            // Kept in units in which nothing spreads.
            self.settings.window = Some(window.scaled(1.0 / in_units));
        }
        if let Some(point) = changes.point {
            self.settings.point = point;
            self.settings.sides.choose(side);
        }
        if let Some(gesture) = changes.hand {
            self.draw_on(side, gesture);
        }
        if changes.train {
            self.train_on(side);
        }
        if changes.export {
            self.export_view(view, ui.ctx());
        }
    }

    /// The colours of all panes on the screen that mean the same as this view's.
    fn shared_scale(&self, view: PlaneView) -> Option<Scale> {
        let shown = self.settings.shown();
        let alike = shown.iter().filter(|other| view.is_on_one_scale_with(**other));
        let scales = alike.flat_map(|view| {
            self.sides.iter().filter_map(|live| Some(live.answer.as_ref()?.heat(*view)?.scale))
        });
        scales.reduce(Scale::union)
    }

    /// The longest arrow of a view on all sides.
    fn shared_arrow(&self, view: PlaneView) -> Option<f64> {
        let all =
            self.sides.iter().filter_map(|live| Some(longest(&live.answer.as_ref()?.arrows(view)?.all)));
        all.reduce(f64::max)
    }

    /// Opens the export of a view.
    fn export_view(&mut self, view: PlaneView, ctx: &Context) {
        match self.exhibit() {
            Ok(exhibit) => {
                let views = self.settings.shown().to_vec();
                let content = PlaneContent::Views { exhibit: Box::new(exhibit), view, views };
                self.export.open(PlaneExport::new(content), ctx);
            }
            Err(why) => self.say(Tone::Error, format!("There is nothing to export: {why}")),
        }
    }

    /// What is on the screen, as it is now.
    fn exhibit(&self) -> Result<Exhibit, String> {
        let built = |live: &super::LiveSide| match &live.built {
            Some((_, Ok(built))) => Ok(built.clone()),
            Some((_, Err(why))) => Err(why.clone()),
            None => Err("the flow is not built yet".to_owned()),
        };
        Ok(Exhibit {
            settings: self.settings.clone(),
            sides: self.sides.iter().map(built).collect::<Result<_, _>>()?,
            runs: self.sides.iter().map(|live| live.run.clone()).collect::<Vec<Option<Arc<_>>>>(),
            t: self.playback.t,
            curves: None,
        })
    }
}
