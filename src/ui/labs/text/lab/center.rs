//! Where the pages lie, and what a hand does on them.

use super::TextLab;
use crate::experiment::text::{Coupling, called, prompt_of};
use crate::flow::SequenceSource;
use crate::ui::films::columns;
use crate::ui::kept::kept;
use crate::ui::labs::text::legend::{OnPages, legend};
use crate::ui::labs::text::walls::{PageChanges, page};
use crate::ui::theme::space;
use crate::ui::widgets::segmented;
use crate::view::sequence::TextLayer;
use egui::{Context, Ui};
use std::sync::Arc;

/// Width of the choice above the pages, points.
const CHOICE: f32 = 280.0;

/// A stroke of the brush over the large text.
pub(super) struct PageStroke {
    /// Whether it frees what it passes.
    frees: bool,
    /// The text that it began on.
    text: Vec<u16>,
}

impl TextLab {
    /// What each page is called.
    pub(super) fn called(&self, ctx: &Context) -> Arc<Vec<String>> {
        let sides = &self.settings.sides;
        kept(ctx, "names of pages", sides.to_vec(), || called(sides))
    }

    /// What all pages show, chosen above them, and what its marks mean.
    fn shown(&mut self, ui: &mut Ui) {
        let line = ui.available_rect_before_wrap();
        let width = line.width().min(CHOICE);
        ui.scope_builder(egui::UiBuilder::new().max_rect(line.with_max_x(line.left() + width)), |ui| {
            let has_network = self.settings.sides.iter().any(|side| side.answers.is_network());
            let all = TextLayer::ALL.into_iter().filter(|layer| *layer != TextLayer::Gap || has_network);
            let all = all.map(|layer| (layer, layer.name(), layer.about()));
            segmented(ui, "what the pages show", &mut self.settings.shows, all);
        });
        let left = egui::pos2(line.left() + width + space::L, line.top() + 11.0);
        let values = self.status.lexicon.as_ref().map_or(2, |(_, lexicon)| lexicon.writing.values());
        let of = OnPages {
            layer: self.settings.shows,
            has_given: self.settings.coupling != Coupling::Free,
            has_masks: self.settings.sides.iter().any(|side| side.source == SequenceSource::Mask),
            has_uniform: self.settings.sides.iter().any(|side| side.source == SequenceSource::Uniform),
            masks_again: self.settings.sides.iter().any(|side| side.corrector_on),
            most_bits: (values as f64).log2(),
        };
        legend(ui, left, line.right(), &of);
    }

    pub(super) fn center(&mut self, ui: &mut Ui) {
        self.shown(ui);
        let area = ui.available_rect_before_wrap();
        let called = self.called(ui.ctx());
        for (side, place) in columns(area, self.settings.sides.len()).into_iter().enumerate() {
            let problem = self.status.error.as_deref();
            let waits =
                self.settings.sides[side].steps_best() && self.best_of(&self.settings.sides[side]).is_none();
            let curve = self.curve_problem.as_deref().filter(|_| waits);
            let problem = problem.or(self.status.errors.get(side).and_then(Option::as_deref)).or(curve);
            // A run takes its time.
            let stale = self.views[side].is_of_before && (self.waited() || problem.is_some());
            let problem = (problem, self.status.loading || waits, stale);
            let (view, called) = (&mut self.views[side], &called[side]);
            let changes = page(ui, place, side, view, (&self.settings, called), problem);
            self.take_changes(side, changes);
        }
        if !ui.ctx().input(|input| input.pointer.any_down()) {
            self.stroke = None;
        }
    }

    fn take_changes(&mut self, side: usize, changes: PageChanges) {
        if changes.side {
            self.settings.sides.choose(side);
        }
        if let Some(text) = changes.picked {
            self.settings.picked = text;
        }
        if let Some(token) = changes.token {
            // A second click lets it go.
            self.settings.token = Some(token).filter(|_| self.settings.token != Some(token));
        }
        if self.settings.coupling == Coupling::Given && !changes.painted.is_empty() {
            self.paint(side, &changes);
        }
    }

    /// Gives tokens of the large text, or frees them: what a stroke begins on says which, but for the other button, which frees.
    /// Its letters are those of the text that the stroke began on: what it gives starts another run.
    fn paint(&mut self, side: usize, changes: &PageChanges) {
        let Some((_, lexicon)) = self.status.lexicon.clone() else { return };
        let n = lexicon.language.tokens;
        let mut given = lexicon.prompt().map_or_else(|| vec![None; n], <[_]>::to_vec);
        // What is set may be ahead of what is made of it.
        if let Ok(newer) = crate::experiment::text::given_tokens(&lexicon.language, &self.settings.prompt) {
            given = newer;
        }
        let stroke = match self.stroke.take() {
            Some(stroke) => stroke,
            None => {
                let text = self.finished(side).or_else(|| self.views[side].likeliest(self.settings.picked));
                let Some(text) = text else { return };
                let first = changes.painted.first().copied().unwrap_or_default();
                PageStroke { frees: changes.frees || given.get(first).copied().flatten().is_some(), text }
            }
        };
        for &token in &changes.painted {
            if let (Some(given), Some(symbol)) = (given.get_mut(token), stroke.text.get(token)) {
                *given = (!stroke.frees).then_some(given.unwrap_or(*symbol));
            }
        }
        self.stroke = Some(stroke);
        self.settings.prompt = prompt_of(&lexicon.language, &given);
    }

    /// The text shown large as it is at the end of a side's run.
    pub(super) fn finished(&self, side: usize) -> Option<Vec<u16>> {
        let film = self.views.get(side)?.film.clone()?;
        let reel = film.lock();
        reel.end()?;
        let n = film.lexicon.language.tokens;
        let states = reel.trace().states(reel.trace().frames().len().checked_sub(1)?);
        let text = self.settings.picked.min(film.count - 1);
        states.get(text * n..(text + 1) * n).map(<[u16]>::to_vec)
    }

    /// Gives the text shown large but for the tokens for which `is_free` holds.
    pub(super) fn give_all_but(&mut self, is_free: impl Fn(usize, usize) -> bool) {
        let side = self.settings.sides.chosen();
        let Some((_, lexicon)) = self.status.lexicon.clone() else { return };
        let Some(text) = self.finished(side) else { return };
        let given: Vec<Option<u16>> = text
            .iter()
            .enumerate()
            .map(|(at, symbol)| (!is_free(at, text.len())).then_some(*symbol))
            .collect();
        self.settings.coupling = Coupling::Given;
        self.settings.prompt = prompt_of(&lexicon.language, &given);
    }
}
