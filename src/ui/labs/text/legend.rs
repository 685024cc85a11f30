//! What the shades, frames and colours of a page mean.

use super::page::{mark_color, shade_color};
use crate::ui::theme::{self, Palette, space};
use crate::view::sequence::{Mark, Shade, TextLayer};
use egui::{Color32, Pos2, Rect, Sense, Stroke, StrokeKind, Ui, Vec2};

/// Height of a row, points.
const ROW: f32 = 18.0;
/// Colours of a bar, and its width, points.
const BAR: (usize, f32) = (24, 72.0);

/// What is on the pages.
pub struct OnPages {
    /// What is shown of the texts.
    pub layer: TextLayer,
    /// A part of every text is given.
    pub has_given: bool,
    /// Some page starts from masks; some from letters at random.
    pub has_masks: bool,
    /// See there.
    pub has_uniform: bool,
    /// A step may mask again what it knew.
    pub masks_again: bool,
    /// log₂ K.
    pub most_bits: f64,
}

/// How something looks.
enum Look {
    Shade(Shade),
    Frame(Color32),
    Struck(Color32),
    Underlined(Color32),
    Letter(Color32),
    /// All shades from the least to the most, and what that is.
    Bar(fn(f32) -> Shade, String),
}

fn entries(of: &OnPages, palette: &Palette) -> Vec<(Look, &'static str)> {
    let mark = |mark| mark_color(palette, mark);
    let mut all = match of.layer {
        TextLayer::Tokens => vec![
            (Look::Shade(Shade::Doubt(1.0)), if of.has_masks { "not known" } else { "noise still" }),
            (Look::Shade(Shade::Doubt(0.0)), if of.has_masks { "sure" } else { "data" }),
            (Look::Frame(mark(Mark::Revealed)), "new"),
            (Look::Frame(mark(Mark::Changed)), "changed"),
            (Look::Underlined(palette.error), "wrong"),
        ],
        TextLayer::Guess => Vec::new(),
        TextLayer::Entropy => vec![(Look::Bar(Shade::Entropy, format!("{:.2} bits", of.most_bits)), "0")],
        TextLayer::Gap => vec![(Look::Bar(Shade::Gap, "2 bits and more".to_owned()), "exact")],
    };
    if of.layer == TextLayer::Tokens && of.masks_again {
        all.insert(4, (Look::Struck(mark(Mark::Masked(0))), "masked again"));
    }
    // What is revealed from a mask stays, unless a corrector takes it back; and without masks nothing is revealed.
    let changes = of.masks_again || of.has_uniform;
    all.retain(|(_, words)| (*words != "changed" || changes) && (*words != "new" || of.has_masks));
    if of.has_given && matches!(of.layer, TextLayer::Tokens | TextLayer::Guess) {
        all.push((Look::Letter(palette.weak), "given"));
        all.push((Look::Letter(palette.accent), "generated"));
    }
    all
}

/// Draws it from `left` on, as far as `right`; what does not fit there, in rows below, for which it takes room.
pub fn legend(ui: &mut Ui, left: Pos2, right: f32, of: &OnPages) {
    let palette = theme::palette(ui);
    let line = ui.available_rect_before_wrap();
    let mut at = left;
    for (look, words) in entries(of, palette) {
        let wide = |words: &str| {
            let galley = ui.painter().layout_no_wrap(words.to_owned(), theme::small(), palette.weak);
            (galley.size().x, galley)
        };
        let (width, galley) = wide(words);
        let most = if let Look::Bar(_, most) = &look { Some(wide(most)) } else { None };
        let all = 14.0 + width + most.as_ref().map_or(0.0, |(most, _)| BAR.1 + 8.0 + most);
        if at.x + all > right && at.x > line.left() {
            let next = if at.y == left.y { line.top() + 0.5 * ROW } else { at.y + ROW };
            at = Pos2::new(line.left(), next);
        }
        let mut x = at.x;
        let write = |x: f32, galley: std::sync::Arc<egui::Galley>| {
            ui.painter().galley(Pos2::new(x, at.y - 0.5 * galley.size().y), galley, palette.weak);
        };
        if let (Look::Bar(shade, _), Some((_, most))) = (&look, most) {
            write(x, galley);
            x += width + 4.0;
            let step = BAR.1 / BAR.0 as f32;
            for n in 0..BAR.0 {
                let color = shade_color(palette, shade(n as f32 / (BAR.0 - 1) as f32));
                let min = Pos2::new(x + n as f32 * step, at.y - 5.0);
                ui.painter().rect_filled(Rect::from_min_size(min, Vec2::new(step + 0.5, 10.0)), 0.0, color);
            }
            write(x + BAR.1 + 4.0, most);
        } else {
            swatch(ui, Rect::from_center_size(Pos2::new(x + 5.0, at.y), Vec2::new(9.0, 12.0)), &look);
            write(x + 14.0, galley);
        }
        at.x += all + space::S;
    }
    if at.y > left.y {
        ui.allocate_exact_size(Vec2::new(line.width(), at.y + 0.5 * ROW - line.top()), Sense::hover());
    }
}

fn swatch(ui: &Ui, rect: Rect, look: &Look) {
    let (painter, palette) = (ui.painter(), theme::palette(ui));
    let letter = |color| {
        painter.text(rect.center(), egui::Align2::CENTER_CENTER, "a", egui::FontId::monospace(12.0), color);
    };
    match *look {
        Look::Shade(shade) => {
            // One that is hardly another than the ground is seen by its edge.
            let edge = Stroke::new(1.0, palette.line);
            painter.rect(rect, 1.0, shade_color(palette, shade), edge, StrokeKind::Inside);
        }
        Look::Frame(color) => {
            painter.rect_stroke(rect, 1.0, Stroke::new(1.3, color), StrokeKind::Inside);
        }
        Look::Struck(color) => {
            letter(palette.weak);
            painter.hline(rect.x_range(), rect.center().y + 1.0, Stroke::new(1.5, color));
        }
        Look::Underlined(color) => {
            letter(palette.text);
            painter.hline(rect.x_range(), rect.bottom(), Stroke::new(1.5, color));
        }
        Look::Letter(color) => letter(color),
        Look::Bar(..) => {}
    }
}
