//! Runs of texts as they are made and played: recordings with what is known of every token.

use super::sampler_thread::TextAsk;
use crate::data::language::LanguageSpec;
use crate::experiment::text::{Answering, Lexicon, Reading, Truth};
use crate::sampler::sequence::{Judged, SequenceMoment};
use crate::ui::reel::Recording;
use crate::view::sequence::{MOST_GAP, TextNotes};
use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

pub use crate::ui::reel::{End, Reel, Shown};

/// Bytes that the notes of a run may take.
const MOST_BYTES: usize = 128 << 20;

/// One run of texts.
pub struct TextFilm {
    recording: Recording,
    /// Who answers.
    pub answering: Answering,
    /// What it was asked for as.
    pub of: (Reading, TextAsk),
    /// The language, and what is given.
    pub lexicon: Arc<Lexicon>,
    notes: Mutex<Notebook>,
    /// How far the finished texts are from the language.
    pub judged: OnceLock<Judged>,
}

#[derive(Default)]
struct Notebook {
    by_step: BTreeMap<usize, Arc<TextNotes>>,
    /// Of the last moment, whether it was kept or not.
    last: Option<(Vec<u16>, Arc<TextNotes>)>,
    /// What was right before every step, and at the end.
    truths: Vec<Option<Truth>>,
}

impl TextFilm {
    /// Before its first step.
    pub fn new(answering: Answering, of: (Reading, TextAsk), model: u64) -> Self {
        let (lexicon, denoiser) = (answering.lexicon.clone(), answering.denoiser.clone());
        let recording = Recording::new(answering.scheduler(), lexicon.texts, denoiser, model);
        Self { recording, answering, of, lexicon, notes: Mutex::default(), judged: OnceLock::new() }
    }

    /// Adds a moment of the run.
    ///
    /// # Errors
    /// If the denoiser fails.
    pub fn record(&self, moment: &SequenceMoment<'_>) -> anyhow::Result<()> {
        let before = self.book().last.take();
        let known = before.as_ref().map(|(states, notes)| (states.as_slice(), &**notes));
        let ended = moment.kappa.complement == 0.0;
        let notes = self.answering.notes(moment, known)?;
        let notes = Arc::new(notes);
        let truth = match self.lexicon.language.spec {
            // The judge has already said so.
            LanguageSpec::Tales | LanguageSpec::Ngram { .. } | LanguageSpec::Words(_) => {
                ended.then(|| Truth {
                    right: notes.distance.iter().filter(|distance| **distance == 0).count(),
                    all: notes.distance.len(),
                })
            }
            _ => Some(self.lexicon.truth(moment.states)),
        };
        let every = (moment.total * notes.bytes()).div_ceil(MOST_BYTES).max(1);
        let step = moment.summary.steps;
        let mut book = self.book();
        if step.is_multiple_of(every) || step == moment.total {
            book.by_step.insert(step, notes.clone());
        }
        book.last = Some((moment.states.to_vec(), notes));
        book.truths.push(truth);
        drop(book);
        self.recording.record(moment);
        Ok(())
    }

    fn book(&self) -> MutexGuard<'_, Notebook> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known at a step, or was at the last one before it that was noted.
    pub fn notes_at(&self, step: usize) -> Option<Arc<TextNotes>> {
        self.book().by_step.range(..=step).next_back().map(|(_, notes)| notes.clone())
    }

    /// The mean of KL(exact ‖ network) over tokens that are not known at a step, bits; none where it is not measured.
    pub fn gap_at(&self, step: usize) -> Option<f64> {
        let notes = self.notes_at(step)?;
        let open = notes.gap.iter().zip(&notes.data).filter(|(_, data)| **data < 255);
        let (sum, count) = open.fold((0.0, 0), |(sum, count), (gap, _)| (sum + f64::from(*gap), count + 1));
        (count > 0).then(|| sum / 255.0 * MOST_GAP / f64::from(count))
    }

    /// What is right of the texts at a step.
    pub fn truth_at(&self, step: usize) -> Option<Truth> {
        self.book().truths.get(step).copied().flatten()
    }
}

impl Deref for TextFilm {
    type Target = Recording;

    fn deref(&self) -> &Recording {
        &self.recording
    }
}
