//! The walls of images, one a side.

use super::films::{Film, Shown};
use super::looks::Look;
use crate::data::codec::image::Tokenizer;
use crate::experiment::TimeAxis;
use crate::experiment::images::ImageSettings;
use crate::figure::scale::format_value;
use crate::ui::films::head;
use crate::ui::texture::Texture;
use crate::ui::theme;
use crate::view::sequence::{Aspect, Wall};
use egui::{Color32, Rect, RichText, Sense, Stroke, StrokeKind, Ui, Vec2};
use image::RgbaImage;
use std::sync::Arc;

/// Height of what is said above a wall, points.
pub const HEADER: f32 = 42.0;

/// What one side shows.
#[derive(Default)]
pub struct SideView {
    /// The film that is shown.
    pub film: Option<Arc<Film>>,
    /// Where in it.
    pub shown: Shown,
    /// The step that is shown.
    pub step: usize,
    /// What is shown instead of the tokens, once it was seen: at the step that it says.
    pub look: Option<Look>,
    /// Whether that of the present step is still to come.
    pub waits: bool,
    texture: Texture<(usize, usize, Aspect)>,
}

impl SideView {
    /// Shows another film.
    pub fn load(&mut self, film: Arc<Film>) {
        self.film = Some(film);
        self.shown = Shown::default();
    }

    /// Goes to a position of an axis.
    pub fn go_to(&mut self, axis: TimeAxis, position: f64) {
        let Some(film) = &self.film else { return };
        let reel = film.lock();
        if let Some(record) = reel.record_at(axis, position) {
            self.step = record.step;
            self.shown.go_to(&reel, record.step);
        }
    }
}

/// What a hand did on a wall.
#[derive(Clone, Copy, Debug, Default)]
pub struct WallChanges {
    /// The image that was clicked.
    pub picked: Option<usize>,
    /// The side was clicked, to be set.
    pub side: bool,
}

/// Draws one side's words and wall into `rect`.
pub fn wall(
    ui: &mut Ui,
    rect: Rect,
    side: usize,
    view: &mut SideView,
    settings: &ImageSettings,
    called: &str,
    (problem, loading): (Option<&str>, bool),
) -> WallChanges {
    let palette = theme::palette(ui);
    let mut changes = WallChanges::default();
    let sides = (side, settings.sides.len(), settings.sides.chosen());
    head(ui, rect, sides, called, numbers(view, rect.width()));
    let area = Rect::from_min_max(rect.min + Vec2::new(0.0, HEADER), rect.max);
    let words = |text: &str, color: Color32| {
        let galley = ui.painter().layout(text.to_owned(), theme::small(), color, area.width() - 24.0);
        ui.painter().galley(area.center() - 0.5 * galley.size(), galley, color);
    };
    let Some(film) = view.film.clone() else {
        match problem {
            Some(why) => words(why, palette.error),
            None if loading => words("the model is being read or made", palette.weak),
            None => words("the sampler is on its way", palette.weak),
        }
        return changes;
    };
    let tokenizer = &film.tokenizer;
    let whole = Wall::of(tokenizer, film.count);
    let [columns, rows] = whole.shape();
    let cells = tokenizer.side() + 1;
    let size = [columns * cells - 1, rows * cells - 1].map(|n| n as f32);
    let factor = (area.width() / size[0]).min(area.height() / size[1]);
    let picture =
        Rect::from_center_size(area.min + 0.5 * factor * Vec2::from(size), Vec2::from(size) * factor);
    let states = &view.shown.states;
    let look = view.look.clone().filter(|_| settings.shows != Aspect::Tokens);
    let key = match &look {
        Some(Look { of, .. }) => (Arc::as_ptr(&of.film) as usize, of.step, of.aspect),
        None => (Arc::as_ptr(&film) as usize, view.shown.frame.unwrap_or(usize::MAX), Aspect::Tokens),
    };
    view.texture.paint(ui.painter(), picture, key, palette.background, || match &look {
        Some(look) => RgbaImage::clone(&look.pixels),
        // States of another tokenizer are none: nothing is shown.
        None => whole.pixels(states).unwrap_or_else(|_| RgbaImage::new(1, 1)),
    });
    if view.waits && settings.shows != Aspect::Tokens {
        let words = match &look {
            Some(look) => format!("{} of step {}", settings.shows, look.of.step),
            None => format!("tokens; the {} is on its way", settings.shows),
        };
        mark(ui, picture, words);
    }
    let response = ui.interact(picture, ui.scope_id().with(("wall", side)), Sense::click());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, format!("wall {}", side + 1)));
    let place = |image: usize| {
        let at = [image % columns, image / columns].map(|n| (n * cells) as f32 * factor);
        Rect::from_min_size(picture.min + Vec2::from(at), Vec2::splat(tokenizer.side() as f32 * factor))
    };
    let image_at = |at: egui::Pos2| (0..film.count).find(|image| place(*image).contains(at));
    if let Some(picked) = settings.picked.filter(|picked| *picked < film.count) {
        let ring = Stroke::new(2.0, palette.mark);
        ui.painter().rect_stroke(place(picked).expand(1.0), 1.0, ring, StrokeKind::Outside);
    }
    if let Some(at) = response.hover_pos()
        && let Some(image) = image_at(at)
    {
        let inside = (at - place(image).min) / factor;
        let [x, y] = [inside.x, inside.y].map(|v| (v.max(0.0) as usize).min(tokenizer.side() - 1));
        let words = about_pixel(tokenizer, states, image, [x, y]);
        response.clone().on_hover_cursor(egui::CursorIcon::PointingHand).on_hover_text_at_pointer(words);
    }
    if response.clicked() {
        changes.side = true;
        changes.picked = response.interact_pointer_pos().and_then(image_at);
    }
    changes
}

/// Says in the corner of a wall that it is not what the head above it says.
fn mark(ui: &Ui, picture: Rect, words: String) {
    let palette = theme::palette(ui);
    let galley = ui.painter().layout_no_wrap(words, theme::small(), palette.text);
    let size = galley.size() + Vec2::new(12.0, 6.0);
    let place = Rect::from_min_size(picture.left_bottom() + Vec2::new(6.0, -6.0 - size.y), size);
    ui.painter().rect_filled(place, 3.0, palette.panel);
    ui.painter().galley(place.min + Vec2::new(6.0, 3.0), galley, palette.text);
}

/// What there is at a pixel.
pub fn about_pixel(tokenizer: &Tokenizer, states: &[u16], image: usize, [x, y]: [usize; 2]) -> String {
    let (n, channels) = (tokenizer.tokens(), tokenizer.channels());
    let first = image * n + (y * tokenizer.side() + x) * channels;
    let tokens = states.get(first..first + channels).unwrap_or_default();
    let value = |token: &u16| match usize::from(*token) {
        token if token == tokenizer.values() => "m".to_owned(),
        token => token.to_string(),
    };
    let values = tokens.iter().map(value).collect::<Vec<_>>().join(", ");
    format!("image {image}\npixel ({x}, {y})\ntoken {values}")
}

/// Where a film is, and what it cost: less of it in a narrow head.
fn numbers(view: &SideView, width: f32) -> String {
    let (short, shortest) = (width < 320.0, width < 200.0);
    let Some(film) = &view.film else { return String::new() };
    let reel = film.lock();
    let Some(record) = reel.trace().records().get(view.step).copied() else { return String::new() };
    let passes = record.passes as f64 / film.count.max(1) as f64;
    let total = reel.trace().total_steps();
    let word = if short { "" } else { " revealed" };
    let revealed = record.revealed.map(|share| format!("   {:.1}%{word}", 100.0 * share));
    let time = if short { String::new() } else { format!("   t {:.3}", record.t) };
    let done = reel.trace().records().len().saturating_sub(1);
    let making = if reel.end().is_none() { format!("   sampling {done}/{total}") } else { String::new() };
    if shortest {
        return format!(
            "κ {:.3}{}   NFE {}",
            record.kappa,
            revealed.unwrap_or_default(),
            format_value(passes)
        );
    }
    format!(
        "step {}/{total}{time}   κ {:.3}{}   NFE {}{making}",
        record.step,
        record.kappa,
        revealed.unwrap_or_default(),
        format_value(passes),
    )
}

/// A word in the middle of an area.
pub fn message(ui: &Ui, text: &str) {
    let palette = theme::palette(ui);
    let rect = ui.available_rect_before_wrap();
    let galley = ui.painter().layout(text.to_owned(), theme::small(), palette.weak, rect.width());
    ui.painter().galley(rect.center() - 0.5 * galley.size(), galley, palette.weak);
}

/// Small text that steps back.
pub fn weak(ui: &Ui, text: impl Into<String>) -> RichText {
    RichText::new(text).font(theme::small()).color(theme::palette(ui).weak)
}
