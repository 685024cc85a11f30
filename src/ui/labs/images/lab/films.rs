//! The films that the walls show, at the place of the play-head.

use super::{ImageLab, PATIENCE};
use crate::experiment::images::called;
use crate::experiment::{along, time_at};
use crate::ui::films::{comes, logged};
use crate::ui::kept::kept;
use crate::ui::labs::images::films::Film;
use crate::ui::labs::images::layers::LayerView;
use crate::ui::labs::images::walls::SideView;
use crate::ui::widgets::Tone;
use crate::view::sequence::LoggedRun;
use egui::Context;
use std::sync::Arc;

impl ImageLab {
    /// As many walls as there are settings.
    pub(super) fn fit_sides(&mut self) {
        let sides = self.settings.sides.len();
        self.views.resize_with(sides, SideView::default);
        self.layers.resize_with(sides, LayerView::default);
        self.runs.resize_with(sides, || None);
    }

    /// Shows the newest films that have come far enough, at the place of the play-head.
    pub(super) fn follow(&mut self) {
        let knew = self.status.lost.is_some();
        self.status = self.films.status();
        if let Some(lost) = self.status.lost.clone().filter(|_| !knew) {
            self.messages.say(Tone::Error, lost);
        }
        self.fit_sides();
        let axis = self.settings.pace.axis;
        let position = along(axis, self.settings.sides[0].scheduler(), self.playback.t);
        let waited = self.asked.as_ref().is_some_and(|(_, at)| at.elapsed() > PATIENCE);
        for (side, view) in self.views.iter_mut().enumerate() {
            if let Some(Some(film)) = self.status.films.get(side)
                && comes(view.film.as_ref(), film, waited, (axis, position))
            {
                view.load(film.clone());
            }
            view.go_to(axis, position);
        }
        self.looks.follow(&mut self.views, self.settings.shows);
    }

    /// t and κ of each wall where the timeline is: the same t, or along κ the same κ.
    pub(super) fn now(&self) -> Vec<[f64; 2]> {
        let (axis, sides) = (self.settings.pace.axis, &self.settings.sides);
        let position = along(axis, sides[0].scheduler(), self.playback.t);
        let of = |scheduler: crate::flow::Scheduler| {
            let t = time_at(axis, scheduler, position);
            [t, scheduler.kappa(t)]
        };
        sides.iter().map(|side| of(side.scheduler())).collect()
    }

    /// What each wall is called.
    pub(super) fn called(&self, ctx: &Context) -> Arc<Vec<String>> {
        let sides = &self.settings.sides;
        kept(ctx, "names of walls", sides.to_vec(), || called(sides))
    }

    /// Curves of the films that are shown.
    pub(super) fn curves(&mut self, words: &[String]) -> Vec<(usize, Arc<LoggedRun>, Arc<Film>)> {
        let films = self.views.iter().zip(&mut self.runs).zip(words).enumerate();
        films
            .filter_map(|(side, ((view, known), words))| {
                let film = view.film.as_ref()?;
                Some((side, logged(known, film, (side, words)), film.clone()))
            })
            .collect()
    }
}
