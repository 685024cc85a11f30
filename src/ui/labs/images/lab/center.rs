//! Where the walls, the large image and the canvas lie.

use super::ImageLab;
use crate::ui::films::columns;
use crate::ui::labs::images::canvas::canvas;
use crate::ui::labs::images::layers::{LayerPlace, entropy_bar, layers, wall_with_layers};
use crate::ui::labs::images::walls::wall;
use crate::ui::theme::space;
use crate::ui::widgets::segmented;
use crate::view::sequence::{Aspect, Layer};
use egui::Rect;
use egui::Ui;

/// Width of the choice above the walls, points.
const CHOICE: f32 = 300.0;

impl ImageLab {
    /// What all walls show, chosen above them, and what its colours mean.
    fn shown(&mut self, ui: &mut Ui) {
        let line = ui.available_rect_before_wrap();
        let width = line.width().min(CHOICE);
        ui.scope_builder(egui::UiBuilder::new().max_rect(line.with_max_x(line.left() + width)), |ui| {
            let about = "For all images of every wall at once.";
            let choices = [
                (Aspect::Tokens, Layer::Tokens),
                (Aspect::Guess, Layer::Guess),
                (Aspect::Entropy, Layer::Entropy),
            ];
            let words = choices.map(|(_, layer)| format!("{} {about}", layer.about()));
            let labels = ["tokens", "guess E[x₁ | xₜ]", "entropy"];
            let all = choices.iter().zip(labels).zip(&words);
            let all = all.map(|(((aspect, _), label), about)| (*aspect, label, about.as_str()));
            segmented(ui, "what the walls show", &mut self.settings.shows, all);
        });
        let film = self.views.iter().find_map(|view| view.film.as_ref());
        if let Some(film) = film.filter(|_| self.settings.shows == Aspect::Entropy) {
            let at = egui::pos2(line.left() + width + space::L, line.top() + 11.0);
            entropy_bar(ui, at, line.right(), &film.tokenizer);
        }
    }

    pub(super) fn center(&mut self, ui: &mut Ui) {
        self.shown(ui);
        let area = ui.available_rect_before_wrap();
        let sides = self.settings.sides.len();
        let one_large = self.settings.picked.is_some() && self.settings.layer.is_some();
        let mut picked = None;
        let places: Vec<(Rect, Option<Rect>)>;
        let mut canvas_place = None;
        if sides == 1 && (one_large || self.infill.on) {
            // The wall is what one looks at first; beside it the canvas, or one layer as large.
            let mut two = columns(area, 2);
            let high = area.height() - crate::ui::labs::images::walls::HEADER;
            two[0].max.x = two[0].min.x + high.min(0.56 * area.width() - space::L);
            two[1].min.x = two[0].max.x + space::L;
            let beside = Rect::from_min_max(
                two[1].min + egui::vec2(0.0, crate::ui::labs::images::walls::HEADER),
                two[1].max,
            );
            let place = if self.infill.on {
                let (above, below) = beside.split_top_bottom_at_fraction(0.5);
                canvas_place = Some(Rect::from_min_max(above.min, above.max - egui::vec2(0.0, space::S)));
                below
            } else {
                beside
            };
            places = vec![(two[0], self.settings.picked.map(|_| place))];
        } else {
            let extra = usize::from(self.infill.on);
            let mut all = columns(area, sides + extra);
            if self.infill.on {
                canvas_place = all.pop();
            }
            let split = |rect: Rect| {
                let header = egui::vec2(0.0, crate::ui::labs::images::walls::HEADER);
                let (wall, place) = wall_with_layers(rect.size() - header, space::S);
                let (wall, rest) = match place {
                    LayerPlace::Beside => {
                        let (left, right) = rect.split_left_right_at_x(rect.left() + wall);
                        (left, Rect::from_min_max(right.min + header + egui::vec2(space::S, 0.0), right.max))
                    }
                    LayerPlace::Below => {
                        let (above, below) = rect.split_top_bottom_at_y(rect.top() + header.y + wall);
                        (above, Rect::from_min_max(below.min + egui::vec2(0.0, space::S), below.max))
                    }
                };
                (wall, Some(rest))
            };
            places = all
                .into_iter()
                .map(|rect| if self.settings.picked.is_some() { split(rect) } else { (rect, None) })
                .collect();
        }
        let called = self.called(ui.ctx());
        for (side, (place, below)) in places.into_iter().enumerate() {
            let problem = self.status.error.as_deref();
            let problem = problem.or(self.status.errors.get(side).and_then(Option::as_deref));
            let problem = (problem, self.status.loading);
            let (view, called) = (&mut self.views[side], &called[side]);
            let changes = wall(ui, place, side, view, &self.settings, called, problem);
            if changes.side {
                self.settings.sides.choose(side);
            }
            picked = picked.or(changes.picked);
            if let Some(below) = below
                && let Some(only) = layers(ui, below, side, &mut self.layers[side], self.settings.layer)
            {
                self.settings.layer = only;
            }
        }
        if let Some(place) = canvas_place {
            canvas(ui, place, &mut self.infill, &mut self.canvas, self.infill_problem.as_deref());
        }
        if let Some(image) = picked {
            // A second click lets it go.
            self.settings.picked = Some(image).filter(|_| self.settings.picked != Some(image));
            // Those of the image before are looked for no longer; those of a wall are of all its images.
            if !self.searches_wall {
                self.neighbours = None;
                self.searcher.stop();
            }
        }
    }
}
