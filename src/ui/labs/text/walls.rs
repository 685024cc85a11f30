//! The pages of texts, one a side: one text large, and all of them below.

use super::arranged::{GAP, TILE_MOST, arranged};
use super::films::TextFilm;
use super::letters::{LINE, LetterPictures, Marks, cell_of};
use super::page::{place, rgb, set};
use super::side_view::{LARGE, LARGE_LEAST, Sheet, SideView, TileKey, WALL};
use crate::data::language::LanguageSpec;
use crate::experiment::text::{TextSettings, truth_words};
use crate::figure::scale::format_value;
use crate::gpu::cells::{CellGrid, InkedCell};
use crate::ui::films::head;
use crate::ui::texture::ground;
use crate::ui::theme::{self, space};
use crate::view::sequence::{Cell, Ink, TextLayer, TextTile};
use egui::{Color32, CornerRadius, PointerButton, Pos2, Rect, Sense, Stroke, StrokeKind, Ui, Vec2};
use std::sync::Arc;

/// Height of what is said above a page, points.
const HEADER: f32 = 42.0;
/// From the edges of the large text to its letters, points.
const INSET: Vec2 = Vec2::new(12.0, 9.0);

/// What a hand did on a page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PageChanges {
    /// The text that was clicked.
    pub picked: Option<usize>,
    /// The token of the large text that was clicked.
    pub token: Option<usize>,
    /// Tokens of the large text that were painted, and whether it is with the other button.
    pub painted: Vec<usize>,
    /// A stroke begins.
    pub begins: bool,
    /// It frees what it paints, whatever it began on.
    pub frees: bool,
    /// The side was clicked, to be set.
    pub side: bool,
}

/// Draws one side's words, its large text and its wall into `rect`.
pub fn page(
    ui: &mut Ui,
    rect: Rect,
    side: usize,
    view: &mut SideView,
    (settings, called): (&TextSettings, &str),
    (problem, loading, stale): (Option<&str>, bool, bool),
) -> PageChanges {
    let palette = theme::palette(ui);
    let changes = PageChanges::default();
    let sides = (side, settings.sides.len(), settings.sides.chosen());
    // Numbers of other settings would be read as those of these.
    let said = if stale { String::new() } else { numbers(view, settings, rect.width()) };
    head(ui, rect, sides, called, said);
    let area = Rect::from_min_max(rect.min + Vec2::new(0.0, HEADER), rect.max);
    let words = |area: Rect, text: &str, color: Color32| {
        let galley = ui.painter().layout(text.to_owned(), theme::small(), color, area.width() - 24.0);
        ui.painter().galley(area.center() - 0.5 * galley.size(), galley, color);
    };
    let Some(film) = view.film.clone() else {
        match problem {
            Some(why) => words(area, why, palette.error),
            None if loading => words(area, "the language is being made", palette.weak),
            None => words(area, "the sampler is on its way", palette.weak),
        }
        return changes;
    };
    // A run that was broken off for what is wrong now says nothing.
    if let Some(why) = problem.filter(|_| film.lock().end().is_none()) {
        words(area, why, palette.error);
        return changes;
    }
    let unmet = || Some((film.answering.unmet.as_deref()?, palette.warning));
    let Some((why, color)) = problem.map(|why| (why, palette.error)).or_else(unmet) else {
        let changes = pages(ui, area, (side, view, &film), settings, changes);
        if stale {
            veil(ui, area);
        }
        return changes;
    };
    let galley = ui.painter().layout(why.to_owned(), theme::small(), color, area.width());
    let below = area.with_min_y(area.top() + galley.size().y + space::S);
    ui.painter().galley(area.min, galley, color);
    let changes = pages(ui, below, (side, view, &film), settings, changes);
    if problem.is_some() {
        veil(ui, below);
    }
    changes
}

/// What was sampled for other settings is there still, and is seen to be of before.
fn veil(ui: &Ui, area: Rect) {
    ui.painter().rect_filled(area, 0.0, theme::palette(ui).background.gamma_multiply(0.6));
}

/// The large text and the wall.
fn pages(
    ui: &mut Ui,
    area: Rect,
    (side, view, film): (usize, &mut SideView, &Arc<TextFilm>),
    settings: &TextSettings,
    mut changes: PageChanges,
) -> PageChanges {
    let texts = film.count;
    let share = match (texts, film.lexicon.writing.is_code()) {
        (1, _) => 1.0,
        (2..=4, false) => 0.42,
        (_, true) => 0.36,
        (_, false) => 0.3,
    };
    let pixels = ui.ctx().pixels_per_point();
    let room = (Vec2::new(area.width(), share * area.height()) - 2.0 * INSET) * pixels;
    let [letter, lines] = view.large(&film.lexicon.writing, room, pixels);
    let height = (lines * cell_of(letter)[1]) as f32 / pixels + 2.0 * INSET.y;
    let large =
        if texts > 1 { area.with_max_y(area.top() + height.min(share * area.height())) } else { area };
    let wall = area.with_min_y(large.bottom() + space::S + 4.0);
    large_text(ui, large, (side, view, film), (settings, letter), &mut changes);
    if texts > 1 {
        wall_of(ui, wall, (side, view, film), settings, &mut changes);
    }
    changes
}

fn key(
    ui: &Ui,
    (view, film): (&SideView, &Arc<TextFilm>),
    settings: &TextSettings,
    (width, letter): (usize, u32),
) -> TileKey {
    TileKey {
        film: Arc::as_ptr(film) as usize,
        step: view.shown.frame.unwrap_or(usize::MAX),
        layer: settings.shows,
        width,
        letter,
        dark: ui.visuals().dark_mode,
        given: film.lexicon.given.is_some(),
        finished: view.finished.is_some(),
        template: LetterPictures::template(ui, letter),
    }
}

/// The letters of what has that key: those that are known, if they still are the ones.
fn letters(ui: &Ui, known: Option<LetterPictures>, film: &TextFilm, key: &TileKey) -> LetterPictures {
    let writing = &film.lexicon.writing;
    known
        .filter(|known| known.are_of(&key.template, writing))
        .unwrap_or_else(|| LetterPictures::new(ui, key.letter, writing))
}

/// Text number `text` with what is known of it.
fn tile<'a>(
    (view, film): (&'a SideView, &'a TextFilm),
    text: usize,
    layer: TextLayer,
    given: &'a [bool],
) -> Option<TextTile<'a>> {
    let n = film.lexicon.language.tokens;
    let state = view.shown.states.get(text * n..(text + 1) * n)?;
    let (notes, all) = match &view.seen {
        Some((_, notes, changes)) => (notes.as_deref(), changes.as_slice()),
        None => (None, &[][..]),
    };
    let notes = notes.filter(|notes| notes.likeliest.len() == view.shown.states.len());
    let first = all.partition_point(|change| change.sequence < text);
    let last = all.partition_point(|change| change.sequence <= text);
    Some(TextTile {
        writing: &film.lexicon.writing,
        source: film.denoiser.source(),
        state,
        number: text,
        notes,
        changes: &all[first..last],
        given,
        layer,
        finished: view.finished.as_ref().and_then(|all| all.get(text * n..(text + 1) * n)),
    })
}

/// Pixels above and below the shade of a cell.
fn gap_of(cell: [u32; 2]) -> u32 {
    (0.05 * cell[1] as f32).round() as u32
}

fn points_of(px: [u32; 2], pixels_per_point: f32) -> Vec2 {
    Vec2::new(px[0] as f32, px[1] as f32) / pixels_per_point
}

fn blank(background: Color32) -> InkedCell {
    InkedCell::new(rgb(background), rgb(background), 0)
}

fn wall_of(
    ui: &mut Ui,
    area: Rect,
    (side, view, film): (usize, &mut SideView, &Arc<TextFilm>),
    settings: &TextSettings,
    changes: &mut PageChanges,
) {
    let palette = theme::palette(ui);
    let texts = film.count;
    let pixels = ui.ctx().pixels_per_point();
    let room = area.size() * pixels;
    let (columns, [width, lines], letter) = arranged(room, TILE_MOST * pixels, texts, &view.shapes);
    let cell = cell_of(letter);
    let own = [width as u32 * cell[0], lines as u32 * cell[1]];
    let [across, down] = [GAP[0], GAP[1] * LINE].map(|gap| gap * letter as f32);
    // Where there is more room than letters may be large, columns stand evenly over all of it.
    let even = ((room.x + across) / columns as f32) as u32;
    let step = [(own[0] + across as u32).max(even), own[1] + down as u32];
    let points = |px: [u32; 2]| points_of(px, pixels);
    let corner = (area.min * pixels).round() / pixels;
    let at = |text: usize| {
        let slot = [(text % columns) as u32 * step[0], (text / columns) as u32 * step[1]];
        Rect::from_min_size(corner + points(slot), points(own))
    };
    let whole = (0..texts).map(at).reduce(Rect::union).unwrap_or(Rect::NOTHING);
    let key = key(ui, (view, film), settings, (width, letter));
    let letters = letters(ui, view.letters[WALL].take(), film, &key);
    let grid = CellGrid { columns, texts, size: [width, lines], step, gap: gap_of(cell) };
    let is_same = |sheet: &Sheet| sheet.key == key && sheet.grid == grid && sheet.place == whole;
    let sheet = view.sheets[WALL].take().filter(is_same).unwrap_or_else(|| {
        let background = palette.background;
        let mut cells = vec![blank(background); texts * width * lines];
        let mut marks = Marks::new(1.0 / pixels);
        for (text, cells) in cells.chunks_exact_mut(width * lines).enumerate() {
            let given = film.lexicon.is_given(text);
            if let Some(tile) = tile((view, film), text, settings.shows, &given) {
                let marks = (&mut marks, at(text).min.to_vec2(), points(cell));
                let seen = tile.cells(width, false);
                set(&seen, (width, cells), &letters.numbers, marks, (palette, background));
            }
        }
        let (cells, marks) = (Arc::new(cells), marks.finish());
        Sheet { key, place: whole, room: area, grid, cells, marks, tokens: Vec::new() }
    });
    sheet.paint(ui.painter(), 2 * side as u64, &letters, palette.background);
    (view.sheets[WALL], view.letters[WALL]) = (Some(sheet), Some(letters));
    if settings.picked < texts {
        let ring = Stroke::new(1.5, palette.mark);
        ui.painter().rect_stroke(at(settings.picked).expand(3.0), 2.0, ring, StrokeKind::Outside);
    }
    let response = ui.interact(whole.intersect(area), ui.scope_id().with(("texts", side)), Sense::click());
    response
        .widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, format!("texts {}", side + 1)));
    let text_at = |pos: Pos2| (0..texts).find(|text| at(*text).expand(3.0).contains(pos));
    if response.hover_pos().and_then(text_at).is_some() {
        response.clone().on_hover_cursor(egui::CursorIcon::PointingHand);
    }
    if response.clicked() {
        changes.side = true;
        changes.picked = response.interact_pointer_pos().and_then(text_at);
    }
}

fn large_text(
    ui: &mut Ui,
    area: Rect,
    (side, view, film): (usize, &mut SideView, &Arc<TextFilm>),
    (settings, most): (&TextSettings, u32),
    changes: &mut PageChanges,
) {
    let palette = theme::palette(ui);
    let text = settings.picked.min(film.count - 1);
    ground(ui.painter(), side as u64, area.shrink(1.0), palette.panel);
    let edge = Stroke::new(1.0, palette.line);
    ui.painter().rect_stroke(area, CornerRadius::same(2), edge, StrokeKind::Inside);
    let inner = area.shrink2(INSET);
    let pixels = ui.ctx().pixels_per_point();
    let room = (inner.size() * pixels).floor();
    let columns_of = |letter: u32| ((room.x / letter as f32) as usize).max(1);
    let key_of = |view: &SideView, letter: u32| TileKey {
        // The text is a part of what is drawn.
        film: (Arc::as_ptr(film) as usize).wrapping_add(text.wrapping_mul(0x9e37)),
        ..key(ui, (view, film), settings, (columns_of(letter), letter))
    };
    let known = view.sheets[LARGE].take();
    let known = known.filter(|known| known.room == inner && known.key == key_of(view, known.key.letter));
    let (sheet, letters) = match (known, view.letters[LARGE].take()) {
        (Some(sheet), Some(letters)) => (sheet, letters),
        (_, letters_before) => {
            let given = film.lexicon.is_given(text);
            let Some(tile) = tile((view, film), text, settings.shows, &given) else { return };
            let (mut letter, least) = (most, (LARGE_LEAST * pixels).max(1.0) as u32);
            let (seen, width, lines) = loop {
                let columns = columns_of(letter);
                let seen = tile.cells(columns, true);
                let wide = seen.iter().map(|seen| seen.cell.column + seen.cell.wide).max().unwrap_or(1);
                let lines = seen.iter().map(|seen| seen.cell.line + 1).max().unwrap_or(1);
                let fits = wide <= columns && (lines as u32 * cell_of(letter)[1]) as f32 <= room.y;
                if fits || letter <= least {
                    break (seen, columns, lines);
                }
                letter -= 1;
            };
            let key = key_of(view, letter);
            let letters = letters(ui, letters_before, film, &key);
            let (cell, background) = (cell_of(letter), palette.panel);
            let step = [width as u32 * cell[0], lines as u32 * cell[1]];
            let size = Vec2::new(step[0] as f32, step[1] as f32);
            let corner = (inner.min * pixels).round() / pixels;
            let grid = CellGrid { columns: 1, texts: 1, size: [width, lines], step, gap: gap_of(cell) };
            let mut cells = vec![blank(background); width * lines];
            let mut marks = Marks::new(1.0 / pixels);
            let marked = (&mut marks, corner.to_vec2(), points_of(cell, pixels));
            set(&seen, (width, &mut cells), &letters.numbers, marked, (palette, background));
            let place = Rect::from_min_size(corner, size / pixels);
            let is_token = |cell: &Cell| matches!(cell.ink, Ink::Token(_));
            let tokens = seen.iter().map(|seen| seen.cell).filter(is_token).collect();
            let (cells, marks) = (Arc::new(cells), marks.finish());
            (Sheet { key, place, room: inner, grid, cells, marks, tokens }, letters)
        }
    };
    sheet.paint(&ui.painter().with_clip_rect(area), 2 * side as u64 + 1, &letters, palette.panel);
    let (cell, corner) = (points_of(letters.glyphs.cell, pixels), sheet.place.min);
    let cells = sheet.tokens.clone();
    (view.sheets[LARGE], view.letters[LARGE]) = (Some(sheet), Some(letters));
    let rect_of = |cell_of: &Cell| place(cell_of, cell).translate(corner.to_vec2());
    if let Some(token) = settings.token {
        let of = |found: &&Cell| found.ink == Ink::Token(token);
        if let Some(found) = cells.iter().find(of) {
            let ring = Stroke::new(1.5, palette.mark);
            ui.painter().with_clip_rect(area).rect_stroke(rect_of(found), 1.0, ring, StrokeKind::Outside);
        }
    }
    let response = ui.interact(area, ui.scope_id().with(("large text", side)), Sense::click_and_drag());
    response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::Role::Image, true, format!("large text {}", side + 1))
    });
    let token_at = |pos: Pos2| {
        let hit = cells.iter().find(|cell| rect_of(cell).contains(pos))?;
        match hit.ink {
            Ink::Token(token) => Some(token),
            Ink::Form(_) => None,
        }
    };
    if let Some(pos) = response.interact_pointer_pos() {
        if response.clicked() {
            (changes.side, changes.token) = (true, token_at(pos));
        }
        if response.dragged() || response.drag_started() {
            changes.begins = response.drag_started();
            changes.frees = response.dragged_by(PointerButton::Secondary);
            // All that the hand passed since the last picture.
            let from = pos - response.drag_delta();
            let pieces = ((pos - from).length() / (0.5 * cell.x)).ceil().max(1.0) as usize;
            for piece in 0..=pieces {
                let at = from + (pos - from) * (piece as f32 / pieces as f32);
                if let Some(token) = token_at(at).filter(|token| !changes.painted.contains(token)) {
                    changes.painted.push(token);
                }
            }
        }
    }
    if let Some(token) = response.hover_pos().and_then(token_at) {
        let words = about(view, film, text, token);
        response.on_hover_text_at_pointer(words);
    }
}

/// What there is at a token.
fn about(view: &SideView, film: &TextFilm, text: usize, token: usize) -> String {
    let n = film.lexicon.language.tokens;
    let writing = &film.lexicon.writing;
    let at = text * n + token;
    let Some(&x) = view.shown.states.get(at) else { return String::new() };
    let mut words = format!("text {}, token {}: {}", text + 1, token + 1, writing.name(x));
    let notes = view.seen.as_ref().and_then(|(_, notes, _)| notes.as_ref());
    if let Some(notes) = notes.filter(|notes| notes.likeliest.len() > at) {
        let bits = f64::from(notes.entropy[at]) / 255.0 * (writing.values() as f64).log2();
        if bits > 0.0 || usize::from(x) >= writing.values() {
            words += &format!("\nlikeliest {}, {bits:.2} bits not known", writing.name(notes.likeliest[at]));
        }
        if notes.data[at] < 255 && usize::from(x) < writing.values() {
            words += &format!("\ndata with {:.0} %", f64::from(notes.data[at]) / 2.55);
        }
        if notes.wrong[at] > 0 {
            words += &format!("\nwrong with {:.0} %", f64::from(notes.wrong[at]) / 2.55);
        }
    }
    words + "\nclick: its bars"
}

/// What is counted of the texts, in a word.
fn short_truth(language: &LanguageSpec) -> &'static str {
    match language {
        LanguageSpec::Sums => "true",
        LanguageSpec::Words(_) => "listed",
        LanguageSpec::Programs => "run",
        LanguageSpec::Tales | LanguageSpec::Ngram { .. } => "fit",
    }
}

/// Where a film is, what is true, and what it cost: less of it in a narrow head.
fn numbers(view: &SideView, settings: &TextSettings, width: f32) -> String {
    let short = width < 330.0;
    let Some(film) = &view.film else { return String::new() };
    let truth = film.truth_at(view.step).filter(|truth| truth.all > 0);
    let reel = film.lock();
    let Some(record) = reel.trace().records().get(view.step).copied() else { return String::new() };
    let passes = record.passes as f64 / film.count.max(1) as f64;
    let total = reel.trace().total_steps();
    let (name, _) = truth_words(&settings.language);
    let truth = truth.map(|truth| match short {
        true => format!("   {}/{} {}", truth.right, truth.all, short_truth(&settings.language)),
        false => format!("   {} of {} {name}", truth.right, truth.all),
    });
    let done = reel.trace().records().len().saturating_sub(1);
    let making = if reel.end().is_none() { format!("   sampling {done}/{total}") } else { String::new() };
    let place = match (view.letters(), short) {
        (Some([written, all]), _) => format!("letter {written}/{all}"),
        (None, true) => format!("κ {:.3}", record.kappa),
        (None, false) => format!("step {}/{total}   κ {:.3}", record.step, record.kappa),
    };
    format!("{place}   NFE {}{}{making}", format_value(passes), truth.unwrap_or_default())
}
