//! What is written, with everything that is needed for it.

use super::ImageLab;
use crate::experiment::images::{Answering, caption, differences};
use crate::experiment::{Recipe, along, contrasts, labels};
use crate::flow::counted;
use crate::ui::export::Wanted;
use crate::ui::files::Purpose;
use crate::ui::labs::images::exporting::{Export, ExportContent, ImageExport};
use egui::Context;
use std::sync::Arc;

impl ImageLab {
    /// Opens the dialog.
    pub(super) fn export(&mut self, what: Export, ctx: &Context) {
        let content = Arc::new(self.content(ctx));
        self.export.open(ImageExport { what, content }, ctx);
    }

    /// Draws the dialog if it is open, and takes what comes of it.
    pub(super) fn export_dialog(&mut self, ctx: &Context) {
        if let Some(Wanted { stem, ending }) = self.export.ui(ctx) {
            self.picker.ask_named(Purpose::Figure(ending), stem, ctx);
        }
        if let Some(report) = self.export.report() {
            let (tone, text) = report;
            self.messages.say_at(self.picker.take_place(), tone, text);
            ctx.request_repaint();
        }
    }

    pub(super) fn content(&mut self, ctx: &Context) -> ExportContent {
        let called = self.called(ctx);
        let here = self.settings.sides.chosen();
        let axis = self.settings.pace.axis;
        let curves = self.curves(&called);
        let runs = curves.iter().map(|(_, run, _)| run.clone()).collect();
        let films = curves.into_iter().map(|(_, run, film)| (run.label.clone(), film)).collect();
        let thoughts = called.iter().zip(&self.layers);
        let thoughts = thoughts.filter_map(|(name, view)| Some((name.clone(), view.thought.clone()?)));
        ExportContent {
            films,
            runs,
            here,
            at: (axis, along(axis, self.settings.sides[0].scheduler(), self.playback.t)),
            shows: self.settings.shows,
            picked: self.settings.picked,
            labels: labels(self.settings.sides.len(), &contrasts(&self.settings.sides, differences)),
            thoughts: thoughts.collect(),
            caption: self.caption(),
            trained: self.run_log.about(),
            losses: self.run_log.losses(),
            recipe: self.carried(),
        }
    }

    /// What gives the experiment back; nothing where a file can't say all of it: a network in training, a sample that is
    /// given in part.
    fn carried(&self) -> Option<Recipe> {
        let images = self.storable();
        let whole = !self.settings.trained && self.infill.on == images.given.is_some();
        whole.then(|| Recipe::new(&images).at(self.playback.t))
    }

    /// All that makes the walls, in words.
    fn caption(&self) -> String {
        let of = &self.training;
        let network = self
            .trained
            .as_ref()
            .filter(|_| self.settings.trained)
            .map(|_| format!("a network in training ({}, {} seen)", of.about, counted(of.seen, "image")));
        let model = self.status.model.as_ref().map(|model| Answering {
            tokens: model.tokenizer.spec(),
            side: model.tokenizer.side(),
            source: model.denoiser.source(),
            classes: &model.classes,
        });
        let mut text = caption(&self.settings, network, model.as_ref());
        if self.infill.on {
            text += ", a part of a picture is given";
        }
        text
    }
}
