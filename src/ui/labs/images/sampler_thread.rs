//! The sampler thread of the image lab: loads models and runs samplers, always the newest request.

use super::films::Film;
use crate::data::codec::image::TokenSpec;
use crate::denoiser::sequence::SequenceDenoiser;
use crate::experiment::images::ImageModelSpec;
use crate::flow::{Scheduler, SequenceSource};
use crate::latest::{Latest, panic_message};
use crate::model::sequence::ImageModel;
use crate::sampler::sequence::{Given, SequenceConfig, SequenceMethod, SequenceSetup, run_sequences};
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// A model by name, or one that is being trained.
#[derive(Clone)]
pub enum WhichModel {
    /// By name, with the tokens of those that have none of their own.
    Named {
        /// Its name.
        spec: ImageModelSpec,
        /// How images become tokens.
        tokens: TokenSpec,
        /// Pixels a side.
        side: usize,
        /// Where the flow starts.
        source: SequenceSource,
        /// Of shapes and of a palette.
        seed: u64,
    },
    /// The network in training, and which of its versions.
    Trained(Arc<ImageModel>, u64),
}

impl PartialEq for WhichModel {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Trained(_, a), Self::Trained(_, b)) => a == b,
            (
                Self::Named { spec, tokens, side, source, seed },
                Self::Named { spec: spec2, tokens: tokens2, side: side2, source: source2, seed: seed2 },
            ) => {
                // What a network has of its own is not asked for.
                let own = matches!(spec, ImageModelSpec::Network(_) | ImageModelSpec::Checkpoint(_));
                spec == spec2 && (own || (tokens, side, source, seed) == (tokens2, side2, source2, seed2))
            }
            _ => false,
        }
    }
}

/// What to sample.
#[derive(Clone)]
pub struct FilmRequest {
    /// Who answers.
    pub model: WhichModel,
    /// Only images of a class, and how strongly it guides.
    pub class: Option<(usize, f64)>,
    /// How many images.
    pub images: usize,
    /// One to three settings.
    pub sides: Vec<SequenceConfig>,
    /// Tokens that are kept.
    pub given: Option<Arc<Given>>,
}

impl PartialEq for FilmRequest {
    fn eq(&self, other: &Self) -> bool {
        self.shares_with(other) && self.sides == other.sides
    }
}

impl FilmRequest {
    /// Whether all but the sides is the same.
    fn shares_with(&self, other: &Self) -> bool {
        let given = match (&self.given, &other.given) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b) || a == b,
            (None, None) => true,
            _ => false,
        };
        self.model == other.model && self.class == other.class && self.images == other.images && given
    }
}

/// What the thread last said.
#[derive(Clone, Default)]
pub struct FilmStatus {
    /// The newest model that could be loaded.
    pub model: Option<Arc<ImageModel>>,
    /// What that one was asked for as.
    pub which: Option<WhichModel>,
    /// Why the newest could not be.
    pub model_error: Option<String>,
    /// The newest film of each side.
    pub films: Vec<Option<Arc<Film>>>,
    /// Why the newest run of each side failed.
    pub errors: Vec<Option<String>>,
    /// Whether something is loaded or sampled.
    pub busy: bool,
    /// Whether it is a model that is loaded.
    pub loading: bool,
}

/// Owns the thread; dropping it ends the thread.
pub struct FilmThread {
    requests: Arc<Latest<FilmRequest>>,
    status: Arc<Mutex<FilmStatus>>,
    thread: Option<JoinHandle<()>>,
}

impl FilmThread {
    /// Starts the thread. `wake` is called when there is something new.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn start(wake: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        let (requests, status) = (Arc::new(Latest::new()), Arc::new(Mutex::new(FilmStatus::default())));
        let (inbox, shared) = (requests.clone(), status.clone());
        let thread = std::thread::Builder::new().name("images".to_owned()).spawn(move || {
            let mut work = Work {
                requests: inbox,
                status: shared,
                wake: Box::new(wake),
                model: None,
                count: 0,
                done: None,
            };
            while let Some(request) = work.requests.wait() {
                work.serve(request);
            }
        })?;
        Ok(Self { requests, status, thread: Some(thread) })
    }

    /// Asks for runs; those that wait or run and are other ones are given up for them.
    pub fn request(&self, request: FilmRequest) {
        self.status.lock().unwrap_or_else(PoisonError::into_inner).busy = true;
        self.requests.put(request);
    }

    /// What the thread last said.
    pub fn status(&self) -> FilmStatus {
        self.status.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for FilmThread {
    fn drop(&mut self) {
        self.requests.close();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Work {
    requests: Arc<Latest<FilmRequest>>,
    status: Arc<Mutex<FilmStatus>>,
    wake: Box<dyn Fn() + Send>,
    model: Option<(WhichModel, Arc<ImageModel>)>,
    /// Counts models.
    count: u64,
    /// The last request, and which of its sides were run to the end.
    done: Option<(FilmRequest, Vec<bool>)>,
}

impl Work {
    fn serve(&mut self, request: FilmRequest) {
        self.say(|status| {
            status.busy = true;
            status.films.resize(request.sides.len(), None);
            status.errors = vec![None; request.sides.len()];
        });
        let outcome = catch_unwind(AssertUnwindSafe(|| self.carry_out(&request)));
        let error = match outcome {
            Ok(outcome) => outcome.err(),
            Err(panic) => Some(format!("the sampler stopped unexpectedly: {}", panic_message(&*panic))),
        };
        let pending = self.requests.is_pending();
        self.say(|status| {
            (status.busy, status.loading) = (pending, false);
            status.model_error = error;
        });
    }

    fn carry_out(&mut self, request: &FilmRequest) -> Result<(), String> {
        let model = self.load(&request.model)?;
        let denoiser = match request.class {
            Some((class, weight)) => model.of_class(class, weight).map_err(|e| format!("{e:#}"))?,
            None => model.denoiser.clone(),
        };
        let before = self.done.take().filter(|(before, _)| before.shares_with(request));
        let mut done = vec![false; request.sides.len()];
        for (side, config) in request.sides.iter().enumerate() {
            // A side that is as it was keeps its film.
            done[side] = before.as_ref().is_some_and(|(before, done)| {
                done.get(side) == Some(&true) && before.sides.get(side) == Some(config)
            });
        }
        for (side, &config) in request.sides.iter().enumerate() {
            if !done[side] && !self.requests.is_pending() {
                match self.run(request, side, config, (&model, &denoiser)) {
                    Ok(finished) => done[side] = finished,
                    Err(why) => self.say(|status| status.errors[side] = Some(why)),
                }
            }
        }
        self.done = Some((request.clone(), done));
        Ok(())
    }

    fn load(&mut self, which: &WhichModel) -> Result<Arc<ImageModel>, String> {
        if let Some((_, model)) = self.model.as_ref().filter(|(known, _)| known == which) {
            return Ok(model.clone());
        }
        self.say(|status| status.loading = true);
        let model = match which {
            WhichModel::Trained(model, _) => model.clone(),
            WhichModel::Named { spec, tokens, side, source, seed } => Arc::new(
                spec.load(*side, *tokens, *source, *seed).map_err(|error| format!("{spec}: {error:#}"))?,
            ),
        };
        (self.model, self.done) = (Some((which.clone(), model.clone())), None);
        self.count += 1;
        self.say(|status| {
            (status.model, status.which) = (Some(model.clone()), Some(which.clone()));
            (status.loading, status.model_error) = (false, None);
        });
        Ok(model)
    }

    /// Runs one side; whether it came to its end.
    fn run(
        &self,
        request: &FilmRequest,
        side: usize,
        config: SequenceConfig,
        (model, denoiser): (&ImageModel, &Arc<dyn SequenceDenoiser>),
    ) -> Result<bool, String> {
        let scheduler = match config.method {
            SequenceMethod::Exact => config.scheduler,
            SequenceMethod::MaskGit => Scheduler::Cosine,
        };
        let answers = (denoiser.clone(), model.tokenizer.clone());
        let film = Arc::new(Film::new(scheduler, request.images, answers, self.count));
        let setup = SequenceSetup {
            denoiser: &**denoiser,
            config,
            count: request.images,
            first: 0,
            given: request.given.as_deref(),
        };
        let mut first = true;
        let run = run_sequences(setup, |moment| {
            if self.requests.is_pending_and(|next| next != request) || self.requests.is_closed() {
                return ControlFlow::Break(());
            }
            film.record(moment);
            if std::mem::take(&mut first) {
                self.say(|status| status.films[side] = Some(film.clone()));
            }
            (self.wake)();
            ControlFlow::Continue(())
        });
        run.map(|run| run.summary.finished).map_err(|error| error.to_string())
    }

    fn say(&self, change: impl FnOnce(&mut FilmStatus)) {
        change(&mut self.status.lock().unwrap_or_else(PoisonError::into_inner));
        (self.wake)();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::latest::testing::eventually;

    fn request(name: &str) -> FilmRequest {
        FilmRequest {
            model: WhichModel::Named {
                spec: name.parse().expect("a name"),
                tokens: TokenSpec::Gray(16),
                side: 8,
                source: SequenceSource::Mask,
                seed: 0,
            },
            class: None,
            images: 4,
            sides: vec![SequenceConfig { steps: 8, ..SequenceConfig::default() }],
            given: None,
        }
    }

    fn settled(thread: &FilmThread) -> FilmStatus {
        eventually("rest", || Some(thread.status()).filter(|status| !status.busy))
    }

    fn film(status: &FilmStatus, side: usize) -> Arc<Film> {
        status.films[side].clone().expect("a film")
    }

    #[test]
    fn films_are_what_a_run_gives_and_only_what_changed_is_run_again() {
        let thread = FilmThread::start(|| {}).expect("a thread");
        let mut wanted = request("empirical:shapes@30");
        wanted.sides.push(SequenceConfig { scheduler: Scheduler::Linear, ..wanted.sides[0] });
        thread.request(wanted.clone());
        let first = settled(&thread);
        assert!(first.model_error.is_none() && first.errors.iter().all(Option::is_none));
        let model = first.model.clone().expect("a model");
        for side in 0..2 {
            let config = wanted.sides[side];
            let setup = SequenceSetup { denoiser: &*model.denoiser, config, count: 4, first: 0, given: None };
            let run = run_sequences(setup, |_| ControlFlow::Continue(())).expect("a run");
            let film = film(&first, side);
            let reel = film.lock();
            assert_eq!(reel.trace().states(8), run.states);
            assert_eq!(reel.end().map(|end| end.summary), Some(run.summary));
            assert_eq!((reel.times().len(), reel.doubts().len()), (9, 9));
            let doubts: Vec<f64> = reel.doubts().iter().flatten().map(|doubt| doubt.bits).collect();
            assert!(doubts[0] > 1.0 && doubts.iter().all(|bits| *bits < 4.0) && reel.doubts()[8].is_none());
        }
        wanted.sides[1].temperature.level = 0.5;
        thread.request(wanted);
        let second = settled(&thread);
        assert!(Arc::ptr_eq(&film(&first, 0), &film(&second, 0)), "it is as it was");
        assert!(!Arc::ptr_eq(&film(&first, 1), &film(&second, 1)));
    }

    #[test]
    fn what_can_not_be_loaded_or_run_is_said_and_no_end() {
        let thread = FilmThread::start(|| {}).expect("a thread");
        thread.request(request("empirical:no-such-folder"));
        let failed = settled(&thread);
        assert!(failed.model_error.expect("a message").contains("no-such-folder"));
        let mut uniform = request("empirical:shapes@30");
        let WhichModel::Named { source, .. } = &mut uniform.model else { unreachable!() };
        *source = SequenceSource::Uniform;
        uniform.sides[0].method = SequenceMethod::MaskGit;
        thread.request(uniform.clone());
        let refused = settled(&thread);
        assert!(refused.errors[0].as_ref().expect("a message").contains("mask source"));
        uniform.sides[0].method = SequenceMethod::Exact;
        uniform.class = Some((99, 1.0));
        thread.request(uniform.clone());
        assert!(settled(&thread).model_error.expect("a message").contains("99"));
        uniform.class = Some((0, 1.5));
        thread.request(uniform);
        let found = settled(&thread);
        assert!(found.model_error.is_none() && film(&found, 0).lock().end().is_some());
    }
}
