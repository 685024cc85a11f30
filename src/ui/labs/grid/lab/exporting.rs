//! What of the lab becomes a figure.

use super::GridLab;
use crate::experiment::grid::{flow_words, number};
use crate::train::grid::TrainStatus;
use crate::ui::labs::grid::export::{self, Content, Plot, PlotContent, Snapshot};
use crate::ui::labs::grid::fields::SideScene;
use crate::ui::labs::grid::sides::Statuses;
use crate::ui::widgets::Tone;
use egui::Context;
use std::path::PathBuf;

impl GridLab {
    /// Why the flow that is set on a side could not be built. What was built before is then shown by nothing that says what
    /// is set; only while a target is drawn it stays, until there is some mass.
    pub(super) fn unbuilt(&self, side: usize, statuses: &Statuses) -> Option<String> {
        let drawn = self.editor.is_some() && side == self.sides.chosen();
        self.sides.of(side).flow_error(statuses.of(side)).filter(|_| !drawn)
    }

    /// Opens the export, unless what it would show is not what is set.
    pub(super) fn open_export(&mut self, snapshot: Snapshot, statuses: &Statuses, ctx: &Context) {
        match (0..self.sides.count()).find_map(|side| self.unbuilt(side, statuses)) {
            Some(why) => self.say(Tone::Error, format!("There is nothing to export: {why}")),
            None => self.export.open(snapshot, ctx),
        }
    }

    /// A view or plot of one side as it is on the screen.
    pub(super) fn snapshot(&self, side: usize, statuses: &Statuses, content: Content) -> Snapshot {
        let looked_at = side == self.sides.chosen();
        let scene = self.scene(side, statuses);
        let marks = self.inspector.marks_on(scene.path, looked_at);
        let window = self.zoom.window(&scene.of_views().layout());
        let frozen = |side| export::FrozenSide::of(self.scene(side, statuses));
        Snapshot {
            sides: (0..self.sides.count()).map(frozen).collect(),
            side,
            document: self.storable(),
            content,
            cell: marks.cell.filter(|(_, pinned)| *pinned).map(|(z, _)| z),
            particle: marks.particle.map(|followed| followed.particle),
            section: (!self.zoom.is_whole()).then_some(window),
        }
    }

    /// Opens the export of a plot whose button was pressed.
    pub(super) fn export_plot(
        &mut self,
        plot: Plot,
        statuses: &Statuses,
        training: &TrainStatus,
        ctx: &Context,
    ) {
        let side = self.sides.chosen();
        let scene = self.scene(side, statuses);
        let content = match plot {
            Plot::Kappa => PlotContent::Kappa,
            Plot::Rates => PlotContent::Rates,
            Plot::Distances => PlotContent::Distances,
            Plot::Sweeps => match self.exported_sweeps(scene) {
                Some(sweeps) => sweeps,
                None => return,
            },
            Plot::Curves => self.here().curves.status().exported(scene, &self.curves_beside(side)),
            Plot::Gap => self.runs.exported_gap(training),
            Plot::Runs => self.runs.exported(),
            Plot::Early => self.runs.exported_early(),
            Plot::Cell => match self.inspector.exported_cell(scene, &self.opinions) {
                Some(cell) => PlotContent::Cell(cell),
                None => return,
            },
            Plot::Log => match self.inspector.way() {
                Some(followed) => PlotContent::Log(followed.particle),
                None => return,
            },
        };
        let snapshot = self.snapshot(side, statuses, Content::Plot(content));
        self.open_export(snapshot, statuses, ctx);
    }

    /// The sweeps at the present time, once they are there, and the command that measures them.
    pub(super) fn exported_sweeps(&self, scene: SideScene<'_>) -> Option<PlotContent> {
        let sweeps = scene.settings.effective_sampler().sweeps;
        let (of, curves) = self.here().sweeps.status().said.curves?;
        let settings = format!(
            "{}, t = {}, corrector iterations with share {}",
            flow_words(&scene.settings.flow),
            number(scene.t),
            sweeps.share
        );
        of.fits(&scene, sweeps.share).then_some(PlotContent::Sweeps(curves, settings))
    }

    /// Writes what the export dialog shows to a file.
    pub fn export_to(&mut self, file: PathBuf) {
        self.export.write(file);
    }
}
