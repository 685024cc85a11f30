//! What is written, with everything that is needed for it.

use super::TextLab;
use crate::experiment::text::{caption, side_contrasts};
use crate::experiment::{Recipe, along, labels};
use crate::ui::export::Wanted;
use crate::ui::files::Purpose;
use crate::ui::labs::text::exporting::{Export, ExportContent, TextExport};
use crate::ui::labs::text::judge::Whose;
use crate::ui::widgets::Tone;
use egui::Context;
use std::sync::Arc;

impl TextLab {
    /// Opens the dialog.
    pub(super) fn export(&mut self, what: Export, ctx: &Context) {
        if let Some(why) = self.missing(what) {
            self.say(Tone::Warning, why.to_owned());
            return;
        }
        let content = Arc::new(self.content(ctx));
        self.export.open(TextExport { what, content }, ctx);
    }

    /// Why there is nothing of what is set now, if so: its figure would say other settings than it shows.
    fn missing(&self, what: Export) -> Option<&'static str> {
        match what {
            Export::Page | Export::Text | Export::Strip | Export::Animation | Export::Curve(_) => {
                let is_of_before = self.views.iter().any(|view| view.is_of_before);
                is_of_before.then_some("nothing is exported before every page shows what is set")
            }
            Export::Judged => {
                let now = self.whose();
                let is_of_now = |(whose, _): &(Whose, _)| *whose == now;
                let is_known = self.measures.look(|known| known.found.as_ref().is_some_and(is_of_now));
                (!is_known).then_some("something else is set now: measure again before it is exported")
            }
            Export::Truth => self.known_truths().is_empty().then_some("nothing is sampled yet"),
            Export::Areas | Export::Losses => None,
        }
    }

    /// Draws the dialog if it is open, and takes what comes of it.
    pub(super) fn export_dialog(&mut self, ctx: &Context) {
        if let Some(Wanted { stem, ending }) = self.export.ui(ctx) {
            self.picker.ask_named(Purpose::Figure(ending), stem, ctx);
        }
        if let Some((tone, text)) = self.export.report() {
            self.messages.say_at(self.picker.take_place(), tone, text);
            ctx.request_repaint();
        }
    }

    pub(super) fn content(&mut self, ctx: &Context) -> ExportContent {
        let called = self.called(ctx);
        let curves = self.curves_of(&called);
        let runs = curves.iter().map(|(_, run, _)| run.clone()).collect();
        let films = curves.into_iter().map(|(_, run, film)| (run.label.clone(), film)).collect();
        let axis = self.settings.pace.axis;
        let tokens = self.status.lexicon.as_ref().map(|(_, lexicon)| lexicon.language.tokens);
        ExportContent {
            films,
            runs,
            here: self.settings.sides.chosen(),
            at: (axis, along(axis, self.scheduler(0), self.playback.t)),
            shows: self.settings.shows,
            picked: self.settings.picked,
            labels: labels(self.settings.sides.len(), &side_contrasts(&self.settings.sides)),
            curve: self.language_curve().cloned(),
            stairs: self.stairs(&called),
            truths: self.known_truths(),
            judged: self
                .measures
                .look(|known| known.found.clone())
                .map(|(whose, found)| (whose.words(), found)),
            losses: self.run_log.losses(),
            trained: self.run_log.about(),
            caption: caption(&self.settings, tokens),
            recipe: Recipe::new(&self.settings).at(self.playback.t),
        }
    }
}
