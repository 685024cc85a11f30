//! What is known of one token exactly: bars of p over the alphabet.

use super::films::TextFilm;
use super::side_view::SideView;
use crate::experiment::NAMES;
use crate::flow::SequenceSource;
use crate::flow::categorical::entropy_bits;
use crate::ui::theme::{self, space};
use crate::ui::widgets::title;
use egui::{Align2, CornerRadius, FontId, Rect, RichText, Sense, Ui, Vec2};
use std::sync::Arc;

/// Symbols that are listed.
const LISTED: usize = 10;
/// Height of a bar with its room, points.
const ROW: f32 = 16.0;

/// Which text of which film, when.
#[derive(Clone)]
pub struct CellQuestion {
    /// The film.
    pub film: Arc<TextFilm>,
    /// The text.
    pub text: usize,
    /// The step of a frame of it.
    pub step: usize,
}

impl PartialEq for CellQuestion {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.film, &other.film) && (self.text, self.step) == (other.text, other.step)
    }
}

/// What is known of all of its tokens.
#[derive(Clone)]
pub struct CellAnswer {
    /// Of what.
    pub of: CellQuestion,
    /// The text, \[N\].
    pub state: Vec<u16>,
    /// p(x₁ⁱ | x_t), \[N, K\].
    pub p: Vec<f64>,
}

/// Answers several, one a side.
pub fn answer(
    questions: Vec<CellQuestion>,
    go_on: &(dyn Fn() -> bool + Sync),
) -> Result<Vec<CellAnswer>, String> {
    let mut found = Vec::new();
    for of in questions {
        if !go_on() {
            break;
        }
        let film = &of.film;
        let frame = film.lock().trace().frame_at(of.step);
        let Some(still) = frame.and_then(|frame| film.still(of.text, frame)) else { continue };
        let (n, k) = (film.denoiser.tokens(), film.denoiser.values());
        if let Some(reader) = &film.answering.reader {
            found.push(CellAnswer { p: reader.foretold(&still.state), state: still.state, of });
            continue;
        }
        let answer = film.denoiser.ask(&still.state, &[still.kappa]).map_err(|why| format!("{why:#}"))?;
        let mut p = vec![0.0; n * k];
        for (token, p) in p.chunks_exact_mut(k).enumerate() {
            answer.distribution(0, token, p);
        }
        found.push(CellAnswer { state: still.state, p, of });
    }
    Ok(found)
}

/// Draws the bars of a token, one column a side; whether it is to be let go.
pub fn bars(ui: &mut Ui, views: &[SideView], answers: &[Option<CellAnswer>], token: usize) -> bool {
    let palette = theme::palette(ui);
    let mut close = false;
    ui.horizontal(|ui| {
        let about = "p(x₁ⁱ | xₜ) of this token over the alphabet, of the denoiser that answers: the likeliest symbols, and how many \
                     bits are not known.";
        title(ui, &format!("Token {}", token + 1), about);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            close = ui.small_button("close").on_hover_text("Let the token go").clicked();
        });
    });
    let count = views.len().max(1);
    let width = (ui.available_width() - space::S * (count as f32 - 1.0)) / count as f32;
    let size = Vec2::new(ui.available_width(), ROW * (LISTED + 1) as f32);
    let (area, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, "bars of a token"));
    for (side, answer) in answers.iter().enumerate() {
        let Some(answer) = answer else { continue };
        let left = area.left() + side as f32 * (width + space::S);
        let place = Rect::from_min_size(egui::pos2(left, area.top()), Vec2::new(width, area.height()));
        let writing = &answer.of.film.lexicon.writing;
        let k = writing.values();
        let Some(p) = answer.p.get(token * k..(token + 1) * k) else { continue };
        let color = if count > 1 { palette.series[side] } else { palette.accent };
        let here = answer.state.get(token).copied().unwrap_or_default();
        let seen = match answer.of.film.denoiser.source() {
            SequenceSource::Mask if usize::from(here) >= k => "a mask".to_owned(),
            _ => format!("“{}”", writing.name(here)),
        };
        let name = if count > 1 { format!("{}: ", NAMES[side]) } else { String::new() };
        let head = format!("{name}{seen}, {:.3} bits", entropy_bits(p));
        ui.painter().text(place.min, Align2::LEFT_TOP, head, theme::small(), palette.weak);
        let mut order: Vec<usize> = (0..k).collect();
        order.sort_by(|a, b| p[*b].total_cmp(&p[*a]));
        let name_room = if writing.is_code() { 58.0_f32.min(0.4 * width) } else { 40.0_f32.min(0.3 * width) };
        let number_room = 42.0;
        for (row, &symbol) in order.iter().take(LISTED).enumerate() {
            let top = place.top() + ROW * (row + 1) as f32;
            let strength = if p[symbol] > 0.0 { palette.text } else { palette.line };
            let at = egui::pos2(place.left(), top + 0.5 * ROW);
            let label = writing.name(symbol as u16);
            ui.painter().text(at, Align2::LEFT_CENTER, label, FontId::monospace(11.5), strength);
            let room = Rect::from_min_max(
                egui::pos2(place.left() + name_room, top + 3.0),
                egui::pos2((place.right() - number_room).max(place.left() + name_room), top + ROW - 3.0),
            );
            let bar =
                Rect::from_min_size(room.min, Vec2::new(room.width() * p[symbol] as f32, room.height()));
            ui.painter().rect_filled(bar, CornerRadius::same(1), color);
            let share = format!("{:.1} %", 100.0 * p[symbol]);
            let at = egui::pos2(place.right(), top + 0.5 * ROW);
            ui.painter().text(at, Align2::RIGHT_CENTER, share, theme::small(), palette.weak);
        }
    }
    if answers.iter().all(Option::is_none) {
        ui.label(RichText::new("asking …").font(theme::small()).color(palette.weak));
    }
    close
}
