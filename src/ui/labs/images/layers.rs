//! One image large: its tokens, what the denoiser makes of them, and what the last step did.

use super::questions::Thought;
use super::walls::{about_pixel, message};
use crate::data::codec::image::Tokenizer;
use crate::figure::Scale;
use crate::figure::scale::format_value;
use crate::flow::{Count, SequenceSource, counted};
use crate::ui::texture::{Texture, square};
use crate::ui::theme::{self, space};
use crate::view::sequence::{Layer, MOVES, entropy_scale};
use egui::{Align2, Color32, Rect, Sense, Stroke, StrokeKind, Ui, Vec2};

/// Height of a layer's title, points.
const TITLE: f32 = 20.0;
/// Height of the words below: two lines.
const FOOT: f32 = 32.0;

/// The pictures of one side's layers.
#[derive(Default)]
pub struct LayerView {
    /// What was thought last.
    pub thought: Option<Thought>,
    /// Counts up with every thought.
    pub version: u64,
    textures: [Texture<u64>; 4],
}

impl LayerView {
    /// Takes a newer one.
    pub fn take(&mut self, thought: Thought) {
        self.thought = Some(thought);
        self.version += 1;
    }
}

/// The pixels of a layer.
pub fn pixels(layer: Layer, thought: &Thought) -> Vec<u8> {
    let still = &thought.still;
    layer.pixels(&thought.question.film.tokenizer, (&still.state, &still.changes), &thought.insight)
}

/// Draws the layers into `rect`: all of them, or `only` one. Returns another choice of that.
pub fn layers(
    ui: &mut Ui,
    rect: Rect,
    side: usize,
    view: &mut LayerView,
    only: Option<Layer>,
) -> Option<Option<Layer>> {
    let Some(thought) = view.thought.clone() else {
        let child = ui.new_child(egui::UiBuilder::new().max_rect(rect));
        message(&child, "click an image to see it large");
        return None;
    };
    let places: Vec<(Layer, Rect)> = match only {
        Some(layer) => vec![(layer, rect)],
        None => {
            let [columns, rows] = shape(rect.size()).0;
            let gap = space::S;
            let size = Vec2::new(
                (rect.width() - gap * (columns as f32 - 1.0)) / columns as f32,
                (rect.height() - gap * (rows as f32 - 1.0)) / rows as f32,
            );
            // Rows that are limited by their width lie close together.
            let size = Vec2::new(size.x, size.y.min(length(size) + TITLE + FOOT));
            let at = |n: usize| {
                let [x, y] = [n % columns, n / columns].map(|n| n as f32);
                Rect::from_min_size(rect.min + Vec2::new(x * (size.x + gap), y * (size.y + gap)), size)
            };
            Layer::ALL.into_iter().enumerate().map(|(n, layer)| (layer, at(n))).collect()
        }
    };
    let mut changed = None;
    for (layer, place) in places {
        if one(ui, place, (side, layer), view, &thought) {
            changed = Some(if only.is_some() { None } else { Some(layer) });
        }
    }
    changed
}

/// Columns and rows of all layers in a place of this size, and what their pictures are worth: their side, but for words
/// that would not fit.
fn shape(size: Vec2) -> ([usize; 2], f32) {
    // In a row, in a column or two by two: whatever makes them largest.
    let worth = |[columns, rows]: [usize; 2]| {
        let gaps = space::S * egui::vec2(columns as f32 - 1.0, rows as f32 - 1.0);
        let cell = (size - gaps) / egui::vec2(columns as f32, rows as f32);
        length(cell) * if cell.x < 120.0 && columns > 1 { 0.7 } else { 1.0 }
    };
    let all = [[4, 1], [1, 4], [2, 2]].map(|shape| (shape, worth(shape)));
    all.into_iter().max_by(|(_, a), (_, b)| a.total_cmp(b)).unwrap_or(([2, 2], 0.0))
}

/// Where the layers of a wall are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayerPlace {
    /// To its right.
    Beside,
    /// Below it.
    Below,
}

/// The side of a wall that shares a place of this size with all its layers, `gap` apart, and where these are: a wall as large
/// as can be is what one looks at first, unless a smaller one leaves much more to the layers.
pub fn wall_with_layers(size: Vec2, gap: f32) -> (f32, LayerPlace) {
    let left = |wall: f32, place| match place {
        LayerPlace::Beside => egui::vec2(size.x - gap - wall, size.y),
        LayerPlace::Below => egui::vec2(size.x, size.y - gap - wall),
    };
    let worth = |&(wall, place): &(f32, LayerPlace)| {
        let room = left(wall, place);
        if room.min_elem() > 0.0 { wall.powf(1.5) * shape(room).1 } else { 0.0 }
    };
    let most = size.min_elem();
    let walls = (40..=100).map(|percent| (0.01 * percent as f32 * most).floor());
    let all = walls.flat_map(|wall| [(wall, LayerPlace::Beside), (wall, LayerPlace::Below)]);
    all.max_by(|a, b| worth(a).total_cmp(&worth(b))).unwrap_or((most, LayerPlace::Beside))
}

/// One layer; true when it was clicked.
fn one(
    ui: &mut Ui,
    rect: Rect,
    (side, layer): (usize, Layer),
    view: &mut LayerView,
    thought: &Thought,
) -> bool {
    let palette = theme::palette(ui);
    let tokenizer = &thought.question.film.tokenizer;
    let length = length(rect.size());
    let corner = egui::pos2(rect.left(), rect.top() + TITLE);
    let picture = Rect::from_min_size(corner, Vec2::splat(length));
    ui.painter().text(rect.min, Align2::LEFT_TOP, layer.name(), theme::heading(), palette.text);
    let at = Layer::ALL.iter().position(|other| *other == layer).unwrap_or(0);
    let version = view.version;
    view.textures[at]
        .paint(ui.painter(), picture, version, palette.background, || square(&pixels(layer, thought)));
    ui.painter().rect_stroke(picture, 0.0, Stroke::new(1.0, palette.line), StrokeKind::Outside);
    let foot = egui::pos2(picture.left(), picture.bottom() + 3.0);
    // Words end where the next layer begins.
    let painter = ui.painter().with_clip_rect(rect);
    let fits = |text: &str| {
        let galley = painter.layout_no_wrap(text.to_owned(), theme::small(), palette.weak);
        galley.size().x <= rect.width()
    };
    let words = |text: String| {
        painter.text(foot, Align2::LEFT_TOP, text, theme::small(), palette.weak);
    };
    match layer {
        Layer::Tokens => {
            let [known, all] = known(thought);
            let long = format!("{known} of {all} known");
            words(if fits(&long) { long } else { format!("{known} of {all}") });
        }
        Layer::Guess => words("E[x₁ | xₜ]".to_owned()),
        Layer::Entropy => scale(ui, &painter, foot, length, thought),
        Layer::Changes => legend(ui, &painter, foot, length, thought),
    }
    let response = ui.interact(picture, ui.scope_id().with(("layer", side, at)), Sense::click());
    let name = format!("layer {}", layer.name());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, name.clone()));
    let clicked = response.clicked();
    if let Some(pointer) = response.hover_pos() {
        let inside = (pointer - picture.min) / length * tokenizer.side() as f32;
        let [x, y] = [inside.x, inside.y].map(|v| (v.max(0.0) as usize).min(tokenizer.side() - 1));
        let words = read_out(tokenizer, thought, [x, y]);
        response.on_hover_text_at_pointer(format!("{}\n\n{words}", layer.about()));
    }
    clicked
}

/// The side of a picture with its words in a place of this size.
fn length(size: Vec2) -> f32 {
    size.x.min(size.y - TITLE - FOOT).max(16.0)
}

/// The colours of the entropy from 0 to the most there is, and how much there is of it.
fn scale(ui: &Ui, painter: &egui::Painter, at: egui::Pos2, width: f32, thought: &Thought) {
    let palette = theme::palette(ui);
    let scale = entropy_scale(&thought.question.film.tokenizer);
    let bar = Rect::from_min_size(
        at + Vec2::new(12.0, 3.0),
        Vec2::new((width - if width < 120.0 { 36.0 } else { 90.0 }).max(16.0), 8.0),
    );
    gradient(painter, bar, &scale);
    let text = |at: egui::Pos2, words: String| {
        painter.text(at, Align2::LEFT_TOP, words, theme::small(), palette.weak);
    };
    text(at, "0".to_owned());
    // Under a small picture the unit is said below alone.
    let most = format!("{:.0}", scale.max);
    let long = counted(Count::written(&most), "bit") + " a pixel";
    let room = at.x + width + space::S - (bar.right() + 4.0);
    let wide = |words: &str| painter.layout_no_wrap(words.to_owned(), theme::small(), palette.weak).size().x;
    let fits = wide(&long) <= room;
    text(egui::pos2(bar.right() + 4.0, at.y), if fits { long } else { most });
    let all: f64 = thought.insight.entropy.iter().sum();
    let all = counted(Count::written(format_value(all)), "bit");
    let long = all.clone() + " in all";
    let fits = wide(&long) <= width;
    text(at + Vec2::new(0.0, 14.0), if fits { long } else { all });
}

/// The colours of a scale from left to right.
fn gradient(painter: &egui::Painter, bar: Rect, scale: &Scale) {
    let pieces = 32;
    for n in 0..pieces {
        let piece = bar.width() / pieces as f32;
        let left = bar.left() + n as f32 * piece;
        let [r, g, b] = scale.map.color(f64::from(n) / f64::from(pieces - 1));
        let part = Rect::from_min_size(egui::pos2(left, bar.top()), Vec2::new(piece + 0.5, bar.height()));
        painter.rect_filled(part, 0.0, Color32::from_rgb(r, g, b));
    }
}

/// The colours of the entropy of a pixel of all walls, with numbers below them and the unit beside; `left` is in the middle of
/// their line. Where there is little room up to `right` they are less wide, or not there.
pub fn entropy_bar(ui: &Ui, left: egui::Pos2, right: f32, tokenizer: &Tokenizer) {
    let (palette, scale) = (theme::palette(ui), entropy_scale(tokenizer));
    let painter = ui.painter();
    let unit = painter.layout_no_wrap("bits a pixel".to_owned(), theme::small(), palette.weak);
    let width = (right - left.x - unit.size().x - 16.0).min(180.0);
    if width < 40.0 {
        return;
    }
    let bar = Rect::from_min_size(left - Vec2::new(0.0, 11.0), Vec2::new(width, 8.0));
    gradient(painter, bar, &scale);
    for value in scale.ticks(if width < 100.0 { 2 } else { 5 }) {
        let x = egui::lerp(bar.x_range(), scale.unit(value) as f32);
        painter.vline(x, bar.bottom()..=bar.bottom() + 3.0, Stroke::new(1.0, palette.weak));
        let below = egui::pos2(x, bar.bottom() + 3.0);
        painter.text(below, Align2::CENTER_TOP, format_value(value), theme::small(), palette.weak);
    }
    let beside = egui::pos2(bar.right() + 10.0, bar.center().y - 0.5 * unit.size().y);
    painter.galley(beside, unit, palette.weak);
}

/// Tokens that are known, and all.
fn known(thought: &Thought) -> [usize; 2] {
    let (state, k) = (&thought.still.state, thought.question.film.tokenizer.values());
    let masked = state.iter().filter(|token| usize::from(**token) == k).count();
    [state.len() - masked, state.len()]
}

fn read_out(tokenizer: &Tokenizer, thought: &Thought, [x, y]: [usize; 2]) -> String {
    let at = y * tokenizer.side() + x;
    let guess = thought.insight.guess.get(3 * at..3 * at + 3).unwrap_or(&[0; 3]);
    let bits = thought.insight.entropy.get(at).copied().unwrap_or_default();
    let words = about_pixel(tokenizer, &thought.still.state, 0, [x, y]);
    let words = words.split_once('\n').map_or(words.as_str(), |(_, rest)| rest);
    let [r, g, b] = [guess[0], guess[1], guess[2]];
    format!("{words}\nguess ({r}, {g}, {b})\nentropy {}", counted(Count::written(format_value(bits)), "bit"))
}

/// The colours of the last step, and how many tokens each is.
fn legend(ui: &Ui, painter: &egui::Painter, at: egui::Pos2, width: f32, thought: &Thought) {
    let palette = theme::palette(ui);
    let mask = thought.question.film.tokenizer.values() as u16;
    let count = |kind: usize| {
        let is = |from: u16, to: u16| if from == mask { 0 } else { 1 + usize::from(to != mask) };
        thought.still.changes.iter().filter(|change| is(change.from, change.to) == kind).count()
    };
    let has_masks = thought.question.film.denoiser.source() == SequenceSource::Mask;
    // A token that is neither masked nor was is changed by the uniform source alone.
    let kinds = if has_masks { 0..2 } else { 2..3 };
    let (mut x, mut y) = (at.x, at.y);
    for kind in kinds {
        let ([r, g, b], name) = MOVES[kind];
        let of = |text: String| painter.layout_no_wrap(text, theme::small(), palette.weak);
        let mut galley = of(format!("{} {name}", count(kind)));
        if galley.size().x + 11.0 > width {
            galley = of(count(kind).to_string());
        }
        if x > at.x && x + 11.0 + galley.size().x > at.x + width {
            (x, y) = (at.x, y + 14.0);
        }
        let swatch = Rect::from_min_size(egui::pos2(x, y + 3.0), Vec2::splat(8.0));
        painter.rect_filled(swatch, 1.0, Color32::from_rgb(r, g, b));
        let end = x + 18.0 + galley.size().x;
        painter.galley(egui::pos2(x + 11.0, y), galley, palette.weak);
        x = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::vec2;

    #[test]
    fn layers_take_the_room_beside_the_wall() {
        for (size, most_wall, least_layer) in [
            // The views of windows of 1280 × 720, 1366 × 768 at 125 %, 1280 × 800 and 2560 × 1440 points.
            (vec2(744.0, 568.0), 568.0, 110.0),
            (vec2(557.0, 462.0), 462.0, 80.0),
            (vec2(744.0, 648.0), 648.0, 100.0),
            (vec2(1768.0, 1290.0), 1290.0, 250.0),
        ] {
            let (wall, place) = wall_with_layers(size, space::L);
            assert_eq!(place, LayerPlace::Beside);
            let layer = shape(vec2(size.x - space::L - wall, size.y)).1;
            assert!(wall <= most_wall && wall > 2.0 * layer, "{size}: a wall of {wall} beside {layer}");
            assert!(layer >= least_layer, "{size}: layers of {layer} beside a wall of {wall}");
        }
        // One of two walls in a window of 1280 × 720 points, and in a presentation there.
        let (wall, place) = wall_with_layers(vec2(364.0, 568.0), space::S);
        assert!(place == LayerPlace::Below && wall > 300.0, "{wall} {place:?}");
        let (wall, place) = wall_with_layers(vec2(490.0, 360.0), space::S);
        assert!(place == LayerPlace::Beside && wall > 200.0, "{wall} {place:?}");
    }
}
