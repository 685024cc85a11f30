//! Pages of texts as figures: what is on the screen, one text at several κ, or all of it over time.

use super::answering::Answering;
use super::lexicon::Lexicon;
use crate::data::language::programs;
use crate::experiment::TimeAxis;
use crate::figure::{
    Dpi, Drawing, Figure, FigureError, Page, SheetText, TextSheet, encode_gif_while, even_delays,
};
use crate::flow::SequenceSource;
use crate::sampler::sequence::{Doubt, SequenceTrace, StepRecord, mean_doubt};
use crate::view::sequence::{TextLayer, TextNotes, TextTile, sheet_of};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

/// Letters a line at most: not many more than in a book.
const WIDEST: usize = 66;
/// Pixels of an animation to the right and down, and in dots per inch how fine it is at most and at least.
const ANIMATED: [f64; 2] = [960.0, 960.0];
const FINE: u32 = 96;
const COARSE: u32 = 36;
/// Most frames of an animation.
const FRAMES: usize = 90;
/// Tokens that are asked for their entropy in a step.
const ASKED: usize = 512;

/// A run of a side, with all that was noted on the way.
pub struct TextRecord {
    /// What happened.
    pub trace: SequenceTrace,
    /// What was known, by step.
    pub notes: BTreeMap<usize, Arc<TextNotes>>,
    /// How undecided the denoiser was before each step.
    pub doubts: Vec<Option<Doubt>>,
}

impl TextRecord {
    /// Samples a side.
    ///
    /// # Errors
    /// On settings without meaning together, or a denoiser that fails.
    pub fn of(answering: &Answering) -> Result<Self, String> {
        let mut record = Self {
            trace: SequenceTrace::new(answering.denoiser.tokens()),
            notes: BTreeMap::new(),
            doubts: Vec::new(),
        };
        let mut last: Option<(Vec<u16>, Arc<TextNotes>)> = None;
        let mut failed = None;
        let run = answering.run(&mut |moment| {
            let before = last.as_ref().map(|(states, notes)| (states.as_slice(), &**notes));
            match answering.notes(moment, before) {
                Ok(notes) => {
                    let notes = Arc::new(notes);
                    record.notes.insert(moment.summary.steps, notes.clone());
                    last = Some((moment.states.to_vec(), notes));
                    record.doubts.push(mean_doubt(&*answering.denoiser, moment, ASKED));
                    record.trace.record(moment);
                    ControlFlow::Continue(())
                }
                Err(why) => {
                    failed = Some(format!("{why:#}"));
                    ControlFlow::Break(())
                }
            }
        });
        match (run, failed) {
            (Err(why), _) | (_, Some(why)) => Err(why),
            (Ok(_), None) => Ok(record),
        }
    }
}

/// A side that is drawn.
pub struct ShownSide<'a> {
    /// What it is called.
    pub name: String,
    /// The language, and what is given.
    pub lexicon: &'a Lexicon,
    /// Where its flow starts.
    pub source: SequenceSource,
    /// What happened.
    pub trace: &'a SequenceTrace,
    /// What was known at a step.
    pub notes: &'a (dyn Fn(usize) -> Option<Arc<TextNotes>> + Sync),
    /// All texts as they end, \[B, N\]; nothing of a run that has not ended.
    finished: Vec<u16>,
    /// Letters a line, and lines, of its texts.
    shape: [usize; 2],
}

impl<'a> ShownSide<'a> {
    /// A run of texts of `lexicon`, and what was known at its steps.
    pub fn new(
        (name, source): (String, SequenceSource),
        lexicon: &'a Lexicon,
        trace: &'a SequenceTrace,
        notes: &'a (dyn Fn(usize) -> Option<Arc<TextNotes>> + Sync),
    ) -> Self {
        let ended = trace.records().last().is_some_and(|last| last.step == trace.total_steps());
        let finished = if ended { trace.states(trace.frames().len() - 1) } else { Vec::new() };
        let shapes = lexicon.writing.shapes(&finished);
        let fits = |[width, _]: &&[usize; 2]| *width <= WIDEST;
        let shape = shapes.iter().find(fits).or(shapes.last()).copied().unwrap_or([1, 1]);
        Self { name, lexicon, source, trace, notes, finished, shape }
    }
}

/// See the module.
pub struct TextExhibit<'a> {
    /// One to three.
    pub sides: Vec<ShownSide<'a>>,
    /// Which of them is being set.
    pub here: usize,
    /// What is shown of the texts.
    pub shows: TextLayer,
    /// What the place is on.
    pub axis: TimeAxis,
    /// Where all are shown, on that axis.
    pub position: f64,
    /// The text that is shown large.
    pub picked: usize,
}

/// The record at or before a position.
fn record_at(trace: &SequenceTrace, axis: TimeAxis, position: f64) -> Option<StepRecord> {
    let of = |record: &StepRecord| match axis {
        TimeAxis::T => record.t,
        TimeAxis::Kappa => record.kappa,
    };
    let records = trace.records();
    let after = records.partition_point(|record| of(record) <= position + 1e-9);
    records.get(after.max(1) - 1).copied()
}

/// The page of an animation: where nobody says how fine it is to be, as fine as suits a slide or a page on the net, for a
/// picture of that many pixels is there once a step.
fn for_animation(page: Page, figure: &Figure) -> Result<Page, String> {
    if page.size.is_some() || page.dpi.is_some() {
        return Ok(page);
    }
    let usual = |dpi: u32| Page { dpi: Dpi::new(dpi), ..page };
    let [width, height] = figure.pixels(usual(FINE)).map_err(|why| why.to_string())?.map(f64::from);
    let share = (ANIMATED[0] / width).min(ANIMATED[1] / height).min(1.0);
    Ok(usual((f64::from(FINE) * share).floor().max(f64::from(COARSE)) as u32))
}

/// Said of what there is not.
const NOTHING: &str = "there is no run yet";

impl TextExhibit<'_> {
    fn count(&self) -> usize {
        self.sides.iter().map(|side| side.lexicon.texts).min().unwrap_or(0)
    }

    fn is_code(&self) -> bool {
        self.sides.first().is_some_and(|side| side.lexicon.writing.is_code())
    }

    fn text(
        &self,
        side: &ShownSide<'_>,
        text: usize,
        at: &StepRecord,
        label: String,
        dark: bool,
    ) -> Result<SheetText, String> {
        let frame = side.trace.frame_at(at.step).unwrap_or(0);
        let n = side.lexicon.language.tokens;
        let states = side.trace.states(frame);
        let state = states.get(text * n..(text + 1) * n).ok_or(NOTHING)?;
        let mut changes = side.trace.changes(frame);
        changes.retain(|change| change.sequence == text);
        let notes = (side.notes)(at.step);
        let given = side.lexicon.is_given(text);
        let finished = side.finished.get(text * n..(text + 1) * n);
        let tile = TextTile {
            writing: &side.lexicon.writing,
            source: side.source,
            state,
            number: text,
            notes: notes.as_deref(),
            changes: &changes,
            given: &given,
            layer: self.shows,
            finished,
        };
        Ok(sheet_of(&tile, label, side.shape, dark))
    }

    /// All texts of all sides at a position.
    ///
    /// # Errors
    /// If there is nothing.
    pub fn page(&self, position: f64, dark: bool) -> Result<TextSheet, String> {
        let several = self.sides.len() > 1;
        let mut texts = Vec::new();
        for text in 0..self.count() {
            for side in &self.sides {
                let label = if several && text == 0 { side.name.clone() } else { String::new() };
                let at = record_at(side.trace, self.axis, position).ok_or(NOTHING)?;
                texts.push(self.text(side, text, &at, label, dark)?);
            }
        }
        let columns = match (several, self.is_code()) {
            (true, _) => self.sides.len(),
            (false, true) => 3,
            (false, false) => 2,
        };
        Ok(TextSheet { columns, texts, ..TextSheet::default() })
    }

    /// The text that is shown large, of every side.
    ///
    /// # Errors
    /// If there is nothing.
    pub fn large(&self, dark: bool) -> Result<TextSheet, String> {
        let picked = self.picked.min(self.count().saturating_sub(1));
        let of = |side: &ShownSide<'_>| {
            let at = record_at(side.trace, self.axis, self.position).ok_or(NOTHING)?;
            self.text(side, picked, &at, side.name.clone(), dark)
        };
        let texts = self.sides.iter().map(of).collect::<Result<Vec<_>, String>>()?;
        Ok(TextSheet { columns: texts.len().min(2), texts, ..TextSheet::default() })
    }

    /// That text of the side that is set at so many κ, as evenly spread as the steps allow.
    ///
    /// # Errors
    /// If there is nothing.
    pub fn strip(&self, columns: usize, dark: bool) -> Result<TextSheet, String> {
        let side = self.sides.get(self.here).ok_or(NOTHING)?;
        let records = side.trace.records();
        let picked = self.picked.min(self.count().saturating_sub(1));
        let mut texts = Vec::new();
        let mut last = None;
        let many = columns.max(2);
        for n in 0..many {
            let kappa = n as f64 / (many - 1) as f64;
            let far = |record: &&StepRecord| (record.kappa - kappa).abs();
            let at = records.iter().min_by(|a, b| far(a).total_cmp(&far(b))).ok_or(NOTHING)?;
            if last != Some(at.step) {
                last = Some(at.step);
                texts.push(self.text(side, picked, at, format!("κ = {:.2}", at.kappa), dark)?);
            }
        }
        let columns = if self.is_code() { 2 } else { 1 };
        Ok(TextSheet { title: side.name.clone(), columns, texts, caption: String::new() })
    }

    /// The page over time as the bytes of a GIF that lasts so many seconds; none if `go_on` stopped it.
    ///
    /// # Errors
    /// If there is nothing, or it can't be drawn.
    pub fn gif(
        &self,
        (caption, seconds): (&str, f64),
        page: Page,
        go_on: &mut dyn FnMut(f64) -> bool,
    ) -> Result<Option<Vec<u8>>, String> {
        let first = self.sides.first().ok_or(NOTHING)?;
        let steps = first.trace.records().len().clamp(2, FRAMES);
        let mut sheets = Vec::new();
        for n in 0..steps {
            sheets.push(self.page(n as f64 / (steps - 1) as f64, page.ground.dark)?);
        }
        // Code has as many lines as it has: every picture has room for the most.
        let all = || sheets.iter().flat_map(|sheet: &TextSheet| &sheet.texts);
        let size = [0, 1].map(|axis| all().map(|text| text.size[axis]).max().unwrap_or(1));
        let mut frames = Vec::new();
        let mut page = page;
        for (n, mut sheet) in sheets.into_iter().enumerate() {
            if !go_on(0.6 * n as f64 / steps as f64) {
                return Ok(None);
            }
            sheet.texts.iter_mut().for_each(|text| text.size = size);
            sheet.caption = caption.to_owned();
            let figure = Figure { drawing: Drawing::Texts(sheet), recipe: String::new() };
            if n == 0 {
                page = for_animation(page, &figure)?;
            }
            frames.push(figure.to_image(page).map_err(|why| why.to_string())?);
        }
        let lasts = (1000.0 * seconds).round() as u32;
        let mut delays = even_delays(lasts, frames.len());
        if let Some(last) = delays.last_mut() {
            *last += lasts / 3;
        }
        match encode_gif_while(&frames, &delays, |n| go_on(0.6 + 0.4 * n as f64 / steps as f64)) {
            Ok(gif) => Ok(Some(gif)),
            Err(FigureError::Stopped) => Ok(None),
            Err(why) => Err(why.to_string()),
        }
    }

    /// The texts of a side as they are shown, masks as `▒`; the large one alone where that is asked for.
    ///
    /// # Errors
    /// If there is nothing.
    pub fn written(&self, side: &ShownSide<'_>, large: bool) -> Result<Vec<String>, String> {
        let at = record_at(side.trace, self.axis, self.position).ok_or(NOTHING)?;
        let states = side.trace.states(side.trace.frame_at(at.step).unwrap_or(0));
        let language = &side.lexicon.language;
        let of = |text: &[u16]| match side.lexicon.writing.is_code() {
            true => programs::pretty(text),
            false => language.alphabet.write(text),
        };
        let each = states.chunks_exact(language.tokens).map(of);
        Ok(if large { each.skip(self.picked).take(1).collect() } else { each.collect() })
    }

    /// All of that as text: of several sides each below its name.
    ///
    /// # Errors
    /// If there is nothing.
    pub fn text_file(&self, large: bool) -> Result<String, String> {
        let mut all = String::new();
        for side in &self.sides {
            if self.sides.len() > 1 {
                all += &format!("# {}\n", side.name);
            }
            for text in self.written(side, large)? {
                all += &text;
                all += "\n";
            }
        }
        Ok(all)
    }

    /// All of that as JSON: settings, position, and sides with name and texts.
    ///
    /// # Errors
    /// If there is nothing.
    pub fn json_file(&self, settings: &str, large: bool) -> Result<Vec<u8>, String> {
        let of = |side: &ShownSide<'_>| {
            self.written(side, large).map(|texts| serde_json::json!({ "name": side.name, "texts": texts }))
        };
        let sides = self.sides.iter().map(of).collect::<Result<Vec<_>, String>>()?;
        let all = serde_json::json!({ "settings": settings, "position": self.position, "sides": sides });
        serde_json::to_vec_pretty(&all).map_err(|why| why.to_string())
    }
}
