//! The sampler thread of the text lab: makes languages and runs samplers, always the newest request.

use super::films::TextFilm;
use super::networks::{Shelf, Who};
use crate::data::language::{Language, LanguageSpec};
use crate::experiment::text::{Answering, Lexicon, Reading, TextSide};
use crate::flow::Scheduler;
use crate::gpu::Device;
use crate::sampler::sequence::{SequenceMoment, judged};
use crate::ui::job::{Job, Progress, Status, guarded};
use std::ops::ControlFlow;
use std::sync::Arc;

/// How a side is sampled.
#[derive(Clone, PartialEq)]
pub struct TextAsk {
    /// Its settings.
    pub side: TextSide,
    /// The best scheduler of the language, where it takes that.
    pub best: Option<Scheduler>,
    /// Who answers.
    pub who: Who,
}

impl TextAsk {
    /// Whether the same is asked, be it of another version of a network in training.
    pub fn is_like(&self, other: &Self) -> bool {
        self.side == other.side && self.best == other.best && self.who.is_like(&other.who)
    }
}

/// What to sample.
#[derive(Clone, PartialEq)]
pub struct TextRequest {
    /// The language and what is given.
    pub reading: Reading,
    /// One to three settings; none of one that waits for its best scheduler.
    pub sides: Vec<Option<TextAsk>>,
}

/// What the thread has found.
#[derive(Clone, Default)]
pub struct TextFilmed {
    /// The newest language that could be made, and what it was asked for as.
    pub lexicon: Option<(Reading, Arc<Lexicon>)>,
    /// The newest film of each side.
    pub films: Vec<Option<Arc<TextFilm>>>,
    /// Why the newest run of each side failed.
    pub errors: Vec<Option<String>>,
    /// Whether it is a language that is made.
    pub loading: bool,
}

/// What the thread last said; its error is why the newest language could not be made, or has no text.
pub type TextStatus = Status<TextFilmed>;

/// Makes languages and runs samplers.
pub type TextThread = Job<TextRequest, TextFilmed>;

impl TextThread {
    /// Starts the thread, whose networks answer on `device`. `wake` is called when there is something new.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn of_languages(device: &Device, wake: impl Fn() + Send + Sync + 'static) -> std::io::Result<Self> {
        let mut work = Work {
            device: device.clone(),
            shelf: Shelf::default(),
            language: None,
            lexicon: None,
            count: 0,
            done: None,
        };
        Self::start("texts", TextFilmed::default(), wake, move |request, progress| {
            let sides = request.sides.len();
            progress.say(|said| {
                said.loading = false;
                said.films.resize(sides, None);
                said.errors = vec![None; sides];
            });
            work.carry_out(&request, progress)
        })
    }
}

struct Work {
    device: Device,
    shelf: Shelf,
    language: Option<(LanguageSpec, Option<usize>, Language)>,
    lexicon: Option<(Reading, Arc<Lexicon>)>,
    /// Counts languages.
    count: u64,
    /// The last request, and which of its sides were run to the end.
    done: Option<(TextRequest, Vec<bool>)>,
}

type Progressing<'a> = Progress<'a, TextRequest, TextFilmed>;

impl Work {
    fn carry_out(&mut self, request: &TextRequest, progress: &Progressing<'_>) -> Result<(), String> {
        let lexicon = self.load(&request.reading, progress)?;
        let before = self.done.take().filter(|(before, _)| before.reading == request.reading);
        let mut done = vec![false; request.sides.len()];
        for (side, asked) in request.sides.iter().enumerate() {
            // A side that is as it was keeps its film.
            let kept = before.as_ref().is_some_and(|(before, done)| {
                done.get(side) == Some(&true) && before.sides.get(side) == Some(asked)
            });
            done[side] = kept;
            let Some(asked) = asked.as_ref().filter(|_| !kept && progress.goes_on()) else { continue };
            match self.run(request, (side, asked), &lexicon, progress) {
                Ok(finished) => done[side] = finished,
                // What it showed before is of other settings.
                Err(why) => progress.say(|said| (said.errors[side], said.films[side]) = (Some(why), None)),
            }
        }
        self.done = Some((request.clone(), done));
        Ok(())
    }

    fn load(&mut self, reading: &Reading, progress: &Progressing<'_>) -> Result<Arc<Lexicon>, String> {
        if let Some((_, lexicon)) = self.lexicon.as_ref().filter(|(known, _)| known == reading) {
            progress.clear_error();
            return Ok(lexicon.clone());
        }
        progress.say(|said| said.loading = true);
        // A panic must not leave it loading.
        let made = guarded("texts", || {
            let known = self.language.take();
            let of = |(spec, tokens, _): &(LanguageSpec, Option<usize>, Language)| {
                *spec == reading.language && *tokens == reading.tokens
            };
            let language = match known.filter(of) {
                Some((.., language)) => language,
                None => reading.language.load(reading.tokens).map_err(|why| why.to_string())?,
            };
            self.language = Some((reading.language.clone(), reading.tokens, language.clone()));
            Lexicon::of(language, reading).map_err(|why| why.to_string())
        });
        progress.say(|said| said.loading = false);
        let lexicon = Arc::new(made?);
        (self.lexicon, self.done) = (Some((reading.clone(), lexicon.clone())), None);
        self.count += 1;
        progress.clear_error();
        progress.say(|said| said.lexicon = Some((reading.clone(), lexicon.clone())));
        Ok(lexicon)
    }

    /// Runs one side; whether it came to its end.
    fn run(
        &mut self,
        request: &TextRequest,
        (place, asked): (usize, &TextAsk),
        lexicon: &Arc<Lexicon>,
        progress: &Progressing<'_>,
    ) -> Result<bool, String> {
        let TextAsk { side, best, who } = asked;
        let network = self.shelf.network(who, &self.device)?;
        let mut own = Lexicon::clone(lexicon);
        let answering = Answering::of(&mut own, side, network.as_deref())?.stepping(*best);
        let film = TextFilm::new(answering, (request.reading.clone(), asked.clone()), self.count);
        let film = Arc::new(film);
        let mut first = true;
        let mut failed = None;
        let mut observe = |moment: &SequenceMoment<'_>| {
            if !progress.goes_on_unless(|next| next != request) {
                return ControlFlow::Break(());
            }
            if let Err(why) = film.record(moment) {
                failed = Some(format!("{why:#}"));
                return ControlFlow::Break(());
            }
            if std::mem::take(&mut first) {
                progress.say(|said| said.films[place] = Some(film.clone()));
            } else {
                progress.wake();
            }
            ControlFlow::Continue(())
        };
        let run = guarded("texts", || film.answering.run(&mut observe))?;
        if let Some(why) = failed {
            return Err(why);
        }
        if run.summary.finished {
            let found = guarded("texts", || Ok(judged(&*lexicon.judge, &run.states)))?;
            // Nobody else writes it.
            let _ = film.judged.set(found);
            progress.wake();
        }
        Ok(run.summary.finished)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::text::{Answers, Coupling, TextSettings};
    use crate::flow::SequenceSource;
    use crate::latest::testing::eventually;

    fn request() -> TextRequest {
        let settings = TextSettings { texts: 4, tokens: Some(20), ..TextSettings::default() };
        let mut side = TextSide::default();
        side.sampler.steps = 8;
        TextRequest {
            reading: Reading::of(&settings),
            sides: vec![Some(TextAsk { side, best: None, who: Who::Exact })],
        }
    }

    fn settled(thread: &TextThread) -> TextStatus {
        eventually("rest", || Some(thread.status()).filter(|status| !status.busy))
    }

    fn film(status: &TextStatus, side: usize) -> Arc<TextFilm> {
        status.films[side].clone().expect("a film")
    }

    #[test]
    fn films_know_what_is_likely_and_what_is_true_and_only_what_changed_is_run_again() {
        let thread = TextThread::of_languages(&Device::flex(), || {}).expect("a thread");
        let mut wanted = request();
        let mut uniform = wanted.sides[0].clone().expect("a side");
        uniform.side.source = SequenceSource::Uniform;
        wanted.sides.push(Some(uniform));
        thread.ask(wanted.clone());
        let first = settled(&thread);
        assert!(first.error.is_none() && first.errors.iter().all(Option::is_none), "{:?}", first.errors);
        for side in 0..2 {
            let film = film(&first, side);
            assert!(film.lock().end().is_some() && film.judged.get().is_some());
            let notes = film.notes_at(8).expect("notes");
            let truth = film.truth_at(8).expect("an end");
            assert!(truth.all >= truth.right && notes.likeliest.len() == 80);
            let good = notes.distance.iter().filter(|distance| **distance == 0).count();
            assert_eq!(film.judged.get().map(|judged| judged.grammatical), Some(good));
        }
        if let Some(ask) = &mut wanted.sides[1] {
            ask.side.sampler.steps = 4;
        }
        thread.ask(wanted);
        let second = settled(&thread);
        assert!(Arc::ptr_eq(&film(&first, 0), &film(&second, 0)), "it is as it was");
        assert_eq!(film(&second, 1).lock().trace().total_steps(), 4);
    }

    #[test]
    fn what_can_not_be_is_said_and_no_end() {
        let thread = TextThread::of_languages(&Device::flex(), || {}).expect("a thread");
        let mut wanted = request();
        wanted.reading.coupling = Coupling::Given;
        wanted.reading.prompt = "1+1=3 ".to_owned();
        thread.ask(wanted.clone());
        let why = settled(&thread).error.expect("a reason");
        assert!(why.contains("no text of this language fits"), "{why}");
        wanted.reading.prompt = "1+1=? ".to_owned();
        thread.ask(wanted.clone());
        let found = settled(&thread);
        assert!(found.error.is_none() && film(&found, 0).lock().end().is_some());
        // A network that is not there is said not to be.
        if let Some(ask) = &mut wanted.sides[0] {
            (ask.side.answers, ask.who) = (Answers::Twin, Who::Nobody);
        }
        thread.ask(wanted.clone());
        let why = settled(&thread).errors[0].clone().expect("a reason");
        assert!(why.contains("no network that writes"), "{why}");
        // One that waits for its best grid is not run.
        wanted.sides.push(None);
        thread.ask(wanted);
        let found = settled(&thread);
        assert!(found.films[1].is_none() && found.errors[1].is_none());
    }
}
