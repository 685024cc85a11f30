//! What is written, with everything that is needed for it.

use super::ImageLab;
use crate::flow::counted;
use crate::ui::files::Purpose;
use crate::ui::labs::images::exporting::{Export, ExportContent, ImageExport};
use crate::ui::labs::images::reopen::Shown;
use egui::Context;
use std::sync::Arc;

impl ImageLab {
    /// Opens the dialog.
    pub(super) fn export(&mut self, what: Export, ctx: &Context) {
        let content = Arc::new(self.content());
        self.export.open(ImageExport { what, content }, ctx);
    }

    /// Draws the dialog if it is open, and takes what comes of it.
    pub(super) fn export_dialog(&mut self, ctx: &Context) {
        if let Some(ending) = self.export.ui(ctx) {
            self.picker.ask(Purpose::Figure(ending), ctx);
        }
        if let Some(report) = self.export.report() {
            self.message = Some(report);
            ctx.request_repaint();
        }
    }

    pub(super) fn content(&mut self) -> ExportContent {
        let here = self.settings.here;
        let films = self.curves().into_iter().map(|(_, run, film)| (run.label.clone(), film)).collect();
        let words = |side: usize| self.settings.sides[side].words(&self.settings.sides);
        let thoughts = self.layers.iter().enumerate();
        let thoughts = thoughts.filter_map(|(side, view)| Some((words(side), view.thought.clone()?)));
        ExportContent {
            films,
            here,
            states: self.views.get(here).map(|view| view.shown.states.clone()).unwrap_or_default(),
            picked: self.settings.picked,
            thoughts: thoughts.collect(),
            caption: self.caption(),
            recipe: self.recipe(),
        }
    }

    /// What gives the experiment back; nothing where a file can't say all of it: a network in training, a sample that is
    /// given in part.
    fn recipe(&self) -> String {
        let images = self.storable();
        if self.settings.trained || self.infill.on != images.given.is_some() {
            return String::new();
        }
        Shown { images, t: self.playback.t }.recipe()
    }

    /// The flags of `sample images` that make the wall that is being set.
    fn caption(&self) -> String {
        let settings = &self.settings;
        let mut text = match self.trained.as_ref().filter(|_| settings.trained) {
            Some(_) => {
                let of = &self.training;
                format!("a network in training ({}, {} seen)", of.about, counted(of.images, "image"))
            }
            None => format!("--denoiser {}", settings.model),
        };
        if let Some(model) = &self.status.model {
            use crate::experiment::images::ImageModelSpec::{Empirical, Independent};
            if matches!(settings.model, Empirical(_) | Independent(_)) && !settings.trained {
                text += &format!(" --tokens {} --size {}", model.tokenizer.spec(), model.tokenizer.side());
                text += &format!(" --source {}", model.denoiser.source());
            }
            if let Some(class) = settings.class.and_then(|class| model.classes.get(class)) {
                text += &format!(" --class {class} --guidance {}", settings.guidance);
            }
        }
        if self.infill.on {
            text += " (a part of a picture is given)";
        }
        let sides = settings.sides.iter().map(|side| side.config(settings.seed).to_string());
        format!("{text} --n {} {}", settings.images, sides.collect::<Vec<_>>().join(" | "))
    }
}
