//! What one side shows: its film, where in it, and what was drawn of it last.

use super::films::{Reel, Shown, TextFilm};
use super::letters::{LetterPictures, cell_of};
use super::page::rgb;
use crate::experiment::TimeAxis;
use crate::gpu::cells::{self, CellGrid, Cells, InkedCell};
use crate::sampler::sequence::{StepRecord, TokenChange};
use crate::view::sequence::{Cell, TextLayer, TextNotes, Writing};
use egui::epaint::Mesh;
use egui::{Color32, Galley, Painter, Rect, Vec2};
use std::sync::Arc;

/// Largest and smallest width of a letter of the large text, points.
const LARGEST: f32 = 20.0;
pub(super) const LARGE_LEAST: f32 = 4.5;

/// What one side shows.
#[derive(Default)]
pub struct SideView {
    /// The film that is shown.
    pub film: Option<Arc<TextFilm>>,
    /// Whether it is what was sampled for other settings than these.
    pub is_of_before: bool,
    /// Where in it.
    pub shown: Shown,
    /// The step that is shown.
    pub step: usize,
    /// What is known there, and what the last step changed; of which frame.
    pub(super) seen: Option<(usize, Option<Arc<TextNotes>>, Vec<TokenChange>)>,
    /// All texts as they end, once the run has.
    pub(super) finished: Option<Vec<u16>>,
    /// Letters a line, and lines, that texts of the wall may have.
    pub(super) shapes: Vec<[usize; 2]>,
    /// How wide the letters of the large text are, px, so that typical texts fit the room that there is, and the lines of those.
    pub(super) large: Option<(Arc<Writing>, [u32; 2], [u32; 2])>,
    /// All texts, and one large, as they were drawn last; and their letters.
    pub(super) sheets: [Option<Sheet>; 2],
    pub(super) letters: [Option<LetterPictures>; 2],
}

/// Which of them.
pub(super) const WALL: usize = 0;
pub(super) const LARGE: usize = 1;

/// Texts that were set, and what is marked over them.
pub(super) struct Sheet {
    pub(super) key: TileKey,
    pub(super) place: Rect,
    /// Room that there was.
    pub(super) room: Rect,
    pub(super) grid: CellGrid,
    pub(super) cells: Arc<Vec<InkedCell>>,
    pub(super) marks: Option<Arc<Mesh>>,
    /// Where the tokens are, of one text alone.
    pub(super) tokens: Vec<Cell>,
}

impl Sheet {
    pub(super) fn paint(&self, painter: &Painter, slot: u64, letters: &LetterPictures, background: Color32) {
        let (glyphs, cells) = (letters.glyphs.clone(), self.cells.clone());
        let background = rgb(background);
        cells::paint(painter, self.place, Cells { slot, grid: self.grid, glyphs, cells, background });
        if let Some(marks) = &self.marks {
            painter.add(marks.clone());
        }
    }
}

/// What a text looks like: all that its picture depends on.
#[derive(Clone)]
pub(super) struct TileKey {
    pub(super) film: usize,
    pub(super) step: usize,
    /// What the step did is marked: not where the frame has moved on.
    pub(super) layer: TextLayer,
    pub(super) width: usize,
    pub(super) letter: u32,
    pub(super) dark: bool,
    pub(super) given: bool,
    pub(super) finished: bool,
    pub(super) template: Arc<Galley>,
}

impl PartialEq for TileKey {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.template, &other.template)
            && (self.film, self.step, self.layer, self.width, self.letter)
                == (other.film, other.step, other.layer, other.width, other.letter)
            && (self.dark, self.given, self.finished) == (other.dark, other.given, other.finished)
    }
}

impl SideView {
    /// Shows another film.
    pub fn load(&mut self, film: Arc<TextFilm>) {
        self.film = Some(film);
        self.shown = Shown::default();
        (self.seen, self.finished) = (None, None);
        // Another film may come to lie where one was.
        self.sheets = [None, None];
    }

    /// Goes to a position of an axis.
    pub fn go_to(&mut self, axis: TimeAxis, position: f64) {
        self.go_where(|reel| reel.record_at(axis, position));
    }

    /// Goes where a text has cost so many evaluations on average.
    pub fn go_to_cost(&mut self, passes: f64) {
        let count = self.film.as_ref().map_or(1, |film| film.count) as f64;
        self.go_where(|reel| {
            let records = reel.trace().records();
            let after = records.partition_point(|record| record.passes as f64 <= passes * count + 1e-9);
            records.get(after.max(1) - 1).copied()
        });
    }

    fn go_where(&mut self, find: impl FnOnce(&Reel) -> Option<StepRecord>) {
        let Some(film) = &self.film else { return };
        let reel = film.lock();
        if self.finished.is_none() && reel.end().is_some() {
            let frames = reel.trace().frames().len();
            self.finished = Some(reel.trace().states(frames.saturating_sub(1)));
        }
        let Some(record) = find(&reel) else { return };
        self.step = record.step;
        let moved = self.shown.go_to(&reel, record.step);
        if let Some(frame) = self
            .shown
            .frame
            .filter(|frame| moved || self.seen.as_ref().is_none_or(|(known, ..)| known != frame))
        {
            let changes = reel.trace().changes(frame);
            drop(reel);
            self.seen = Some((frame, film.notes_at(record.step), changes));
        }
    }

    /// How wide the letters of the large text are, px, and how many lines it takes: those with which typical texts fit `room`, px,
    /// so that all sides and all texts have the same ones.
    pub(super) fn large(&mut self, writing: &Arc<Writing>, room: Vec2, pixels_per_point: f32) -> [u32; 2] {
        let whole = [room.x.max(1.0) as u32, room.y.max(1.0) as u32];
        if let Some((of, its, known)) = &self.large
            && of == writing
            && *its == whole
        {
            return *known;
        }
        let [most, least] = [LARGEST, LARGE_LEAST].map(|points| (points * pixels_per_point).max(1.0) as u32);
        let lines_at = |letter: u32| {
            let columns = (whole[0] / letter).max(1) as usize;
            let [wide, lines] = writing.large(columns);
            (wide <= columns, lines as u32)
        };
        let fits = |letter: &u32| {
            let (fits, lines) = lines_at(*letter);
            fits && lines * cell_of(*letter)[1] <= whole[1]
        };
        let letter = (least..=most).rev().find(fits).unwrap_or(least);
        let found = [letter, lines_at(letter).1];
        self.large = Some((writing.clone(), whole, found));
        found
    }

    /// Whether the letters of both sheets have one.
    #[cfg(test)]
    pub fn can_write(&self, letter: char) -> bool {
        self.letters.iter().flatten().all(|letters| letters.numbers.contains_key(&letter))
    }

    /// t and κ of the step that is shown.
    pub fn now(&self) -> [f64; 2] {
        let record =
            self.film.as_ref().and_then(|film| film.lock().trace().records().get(self.step).copied());
        record.map_or([0.0, 0.0], |record| [record.t, record.kappa])
    }

    /// Letters of a text that are written at the step that is shown, and all of them, where it is written from left to right.
    pub fn letters(&self) -> Option<[usize; 2]> {
        let film = self.film.as_ref().filter(|film| film.answering.reader.is_some())?;
        Some([self.step, film.lexicon.language.tokens])
    }

    /// The symbols of a text that is shown, where they are known or likeliest; none of a text that there is not.
    pub fn likeliest(&self, text: usize) -> Option<Vec<u16>> {
        let film = self.film.as_ref()?;
        let (n, k) = (film.lexicon.language.tokens, film.lexicon.writing.values());
        let state = self.shown.states.get(text * n..(text + 1) * n)?;
        let notes = self.seen.as_ref().and_then(|(_, notes, _)| notes.clone());
        let of = |(token, x): (usize, &u16)| match usize::from(*x) < k {
            true => *x,
            false => notes.as_ref().map_or(0, |notes| notes.likeliest[text * n + token]),
        };
        Some(state.iter().enumerate().map(of).collect())
    }
}
