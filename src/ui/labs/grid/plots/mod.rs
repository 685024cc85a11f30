//! The right panel: scheduler curves, read-outs, distances along the run, and the training gap.

mod compare;
mod curves;
mod distances;
mod gap;
mod kappa_handles;
mod now;
mod scheduler;
mod sweeps;

use super::curve_thread::CurveStatus;
use super::export::{Plot, export_button};
use super::fields::SideScene;
use super::sweep_thread::SweepStatus;
use crate::experiment::grid::CurveChoice;
use crate::flow::Scheduler;
use crate::sampler::grid::Curve;
use crate::train::grid::TrainStatus;
use crate::ui::chart::{ChartUi, growing};
use crate::ui::kept::kept;
use crate::ui::side_tabs::whose;
use crate::ui::theme;
use crate::ui::widgets::title;
use crate::view::Chart;
use egui::{Align, Layout, Ui};
use std::sync::Arc;

/// A plot's title with the button that exports it.
pub(super) fn exportable_title(ui: &mut Ui, plot: Plot, text: &str, tooltip: &str) {
    ui.horizontal(|ui| {
        title(ui, text, tooltip);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| export_button(ui, plot));
    });
}

/// The sides that the plots show: one, or several beside each other with what each is called.
#[derive(Clone, Copy)]
pub struct Shown<'a> {
    /// The one that is being set.
    pub here: SideScene<'a>,
    /// All of them.
    pub all: &'a [SideScene<'a>],
    /// “A linear”, “B cubic”.
    pub headings: &'a [String],
    /// Which of them that is.
    pub chosen: usize,
}

impl Shown<'_> {
    /// One chart of all: that of the only side, or those of all in one. `key` says what the chart of a side depends on.
    fn chart<K: PartialEq + Send + Sync + 'static>(
        &self,
        ui: &Ui,
        name: &'static str,
        key: impl Fn(&SideScene<'_>) -> K,
        chart: impl Fn(&SideScene<'_>) -> Option<Chart>,
    ) -> Arc<Chart> {
        let keys: (Vec<K>, Vec<String>) = (self.all.iter().map(key).collect(), self.headings.to_vec());
        kept(ui.ctx(), name, keys, || match self.all {
            [one] => chart(one).unwrap_or_default(),
            several => {
                let all = several.iter().zip(self.headings);
                Chart::compared(all.filter_map(|(side, name)| Some((name.clone(), chart(side)?))).collect())
            }
        })
    }

    /// Says of which side the numbers below are, where there are several.
    fn whose(&self, ui: &mut Ui) {
        if self.all.len() > 1 {
            whose(ui, self.chosen, &self.headings[self.chosen]);
        }
    }

    /// Draws it over the path, with the play-head of each side.
    fn over_path<'c>(&self, ui: &Ui, id: &'c str, chart: &'c Chart) -> ChartUi<'c> {
        let drawn = ChartUi::new(id, chart);
        match self.all {
            [_] => drawn.over_path(self.here.t),
            several => drawn.over_paths(several.iter().map(|side| side.t), theme::palette(ui)).legend(true),
        }
    }
}

/// Draws the panel; `problem` is why nothing could be sampled. Returns the scheduler if its curve was dragged.
pub fn plots(
    ui: &mut Ui,
    shown: Shown<'_>,
    training: &TrainStatus,
    problem: Option<&str>,
    (curves, sweeps): (&CurveStatus, &SweepStatus),
    beside: &[Curve],
    choice: &mut CurveChoice,
) -> Option<Scheduler> {
    let mut dragged = None;
    let scene = shown.here;
    growing(ui, "plots", |ui| {
        ui.spacing_mut().item_spacing.y = 3.0;
        if shown.all.len() > 1 {
            compare::compare(ui, shown.all);
        }
        dragged = scheduler::kappa(ui, shown);
        scheduler::rates(ui, shown);
        now::read_outs(ui, shown);
        distances::distances(ui, shown, problem, sweeps);
        sweeps::sweeps(ui, scene, sweeps);
        curves::curves(ui, shown, curves, beside, choice);
        gap::gap(ui, training);
    });
    dragged
}
