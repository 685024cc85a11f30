//! The sampler thread of the image lab: loads models and runs samplers, always the newest request.

use super::films::Film;
use crate::data::codec::image::TokenSpec;
use crate::experiment::images::ImageModelSpec;
use crate::flow::SequenceSource;
use crate::gpu::Device;
use crate::model::sequence::ImageModel;
use crate::sampler::SamplerError;
use crate::sampler::sequence::{Given, SequenceConfig, SequenceMoment, SequenceSetup, run_sequences};
use crate::ui::job::{Job, Progress, Status, guarded};
use std::ops::ControlFlow;
use std::sync::Arc;

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

/// How one of the walls is sampled.
#[derive(Clone, Copy, PartialEq)]
pub struct FilmSide {
    /// The sampler.
    pub config: SequenceConfig,
    /// Only images of a class, and how strongly it guides.
    pub class: Option<(usize, f64)>,
}

/// What to sample.
#[derive(Clone)]
pub struct FilmRequest {
    /// Who answers.
    pub model: WhichModel,
    /// How many images.
    pub images: usize,
    /// One to three settings.
    pub sides: Vec<FilmSide>,
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
        self.model == other.model && self.images == other.images && given
    }
}

/// What the thread has found.
#[derive(Clone, Default)]
pub struct Filmed {
    /// The newest model that could be loaded.
    pub model: Option<Arc<ImageModel>>,
    /// What that one was asked for as.
    pub which: Option<WhichModel>,
    /// The newest film of each side.
    pub films: Vec<Option<Arc<Film>>>,
    /// Why the newest run of each side failed.
    pub errors: Vec<Option<String>>,
    /// Whether it is a model that is loaded.
    pub loading: bool,
    /// That the device has failed and the CPU has taken over, once it has.
    pub lost: Option<String>,
}

/// What the thread last said; its error is why the newest model could not be loaded.
pub type FilmStatus = Status<Filmed>;

/// Loads models and runs samplers.
pub type FilmThread = Job<FilmRequest, Filmed>;

impl FilmThread {
    /// Starts the thread, whose networks answer on `device`. `wake` is called when there is something new.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn of_models(device: &Device, wake: impl Fn() + Send + Sync + 'static) -> std::io::Result<Self> {
        let mut work = Work { device: device.clone(), model: None, count: 0, done: None };
        Self::start("images", Filmed::default(), wake, move |request, progress| {
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
    /// Where networks answer.
    device: Device,
    model: Option<(WhichModel, Arc<ImageModel>)>,
    /// Counts models.
    count: u64,
    /// The last request, and which of its sides were run to the end.
    done: Option<(FilmRequest, Vec<bool>)>,
}

/// Why a side can't be run.
enum Trouble {
    /// Whoever answers has failed: another device may go on.
    Device(String),
    /// Something else.
    Other(String),
}

type Progressing<'a> = Progress<'a, FilmRequest, Filmed>;

impl Work {
    fn carry_out(&mut self, request: &FilmRequest, progress: &Progressing<'_>) -> Result<(), String> {
        let mut model = self.load(&request.model, progress)?;
        let before = self.done.take().filter(|(before, _)| before.shares_with(request));
        let mut done = vec![false; request.sides.len()];
        for (side, asked) in request.sides.iter().enumerate() {
            // A side that is as it was keeps its film.
            done[side] = before.as_ref().is_some_and(|(before, done)| {
                done.get(side) == Some(&true) && before.sides.get(side) == Some(asked)
            });
        }
        let mut side = 0;
        while side < done.len() {
            if !done[side] && progress.goes_on() {
                match self.run(request, side, &model, progress) {
                    Ok(finished) => done[side] = finished,
                    Err(Trouble::Device(why)) if self.device != Device::flex() => {
                        model = self.give_device_up(&model, &request.model, &why, progress);
                        // What is shown beside it would still ask the device that is gone.
                        done.fill(false);
                        side = 0;
                        continue;
                    }
                    Err(Trouble::Device(why) | Trouble::Other(why)) => {
                        progress.say(|said| said.errors[side] = Some(why));
                    }
                }
            }
            side += 1;
        }
        self.done = Some((request.clone(), done));
        Ok(())
    }

    fn load(&mut self, which: &WhichModel, progress: &Progressing<'_>) -> Result<Arc<ImageModel>, String> {
        if let Some((_, model)) = self.model.as_ref().filter(|(known, _)| known == which) {
            return Ok(model.clone());
        }
        progress.say(|said| said.loading = true);
        let model = match which {
            WhichModel::Trained(model, _) => Ok(model.clone()),
            // A panic must not leave it loading.
            WhichModel::Named { spec, tokens, side, source, seed } => guarded("images", || {
                let model = spec.load(*side, *tokens, *source, *seed);
                model
                    .map(|model| Arc::new(model.on(&self.device)))
                    .map_err(|error| format!("{spec}: {error:#}"))
            }),
        };
        progress.say(|said| said.loading = false);
        let model = model?;
        (self.model, self.done) = (Some((which.clone(), model.clone())), None);
        self.count += 1;
        progress.clear_error();
        progress.say(|said| (said.model, said.which) = (Some(model.clone()), Some(which.clone())));
        Ok(model)
    }

    /// Moves the model to the CPU, after the device has failed.
    fn give_device_up(
        &mut self,
        model: &ImageModel,
        which: &WhichModel,
        why: &str,
        progress: &Progressing<'_>,
    ) -> Arc<ImageModel> {
        self.device = Device::flex();
        let model = Arc::new(model.clone().on(&self.device));
        self.model = Some((which.clone(), model.clone()));
        self.count += 1;
        progress.say(|said| {
            said.lost = Some(format!("{why}: networks of images answer on the CPU from now on"));
            said.model = Some(model.clone());
        });
        model
    }

    /// Runs one side; whether it came to its end.
    fn run(
        &self,
        request: &FilmRequest,
        side: usize,
        model: &ImageModel,
        progress: &Progressing<'_>,
    ) -> Result<bool, Trouble> {
        let FilmSide { config, class } = request.sides[side];
        let denoiser = model.asked_for(class).map_err(|error| Trouble::Other(format!("{error:#}")))?;
        let answers = (denoiser.clone(), model.tokenizer.clone());
        let film = Arc::new(Film::new(config.walks_by(), request.images, answers, self.count));
        let setup = SequenceSetup {
            denoiser: &*denoiser,
            config,
            count: request.images,
            first: 0,
            given: request.given.as_deref(),
        };
        let mut first = true;
        let mut observe = |moment: &SequenceMoment<'_>| {
            if !progress.goes_on_unless(|next| next != request) {
                return ControlFlow::Break(());
            }
            film.record(moment);
            if std::mem::take(&mut first) {
                progress.say(|said| said.films[side] = Some(film.clone()));
            } else {
                progress.wake();
            }
            ControlFlow::Continue(())
        };
        // A lost device shows as a panic in the middle of a tensor operation.
        let run = guarded("images", || Ok(run_sequences(setup, &mut observe))).map_err(Trouble::Device)?;
        run.map(|run| run.summary.finished).map_err(|error| match error {
            SamplerError::Denoiser(_) => Trouble::Device(error.to_string()),
            _ => Trouble::Other(error.to_string()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::Scheduler;
    use crate::latest::testing::eventually;
    use crate::sampler::sequence::SequenceMethod;

    fn request(name: &str) -> FilmRequest {
        FilmRequest {
            model: WhichModel::Named {
                spec: name.parse().expect("a name"),
                tokens: TokenSpec::Gray(16),
                side: 8,
                source: SequenceSource::Mask,
                seed: 0,
            },
            images: 4,
            sides: vec![FilmSide {
                config: SequenceConfig { steps: 8, ..SequenceConfig::default() },
                class: None,
            }],
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
        let thread = FilmThread::of_models(&Device::flex(), || {}).expect("a thread");
        let mut wanted = request("empirical:shapes@30");
        let linear = SequenceConfig { scheduler: Scheduler::Linear, ..wanted.sides[0].config };
        wanted.sides.push(FilmSide { config: linear, class: None });
        thread.ask(wanted.clone());
        let first = settled(&thread);
        assert!(first.error.is_none() && first.errors.iter().all(Option::is_none));
        let model = first.model.clone().expect("a model");
        for side in 0..2 {
            let config = wanted.sides[side].config;
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
        wanted.sides[1].config.temperature.level = 0.5;
        thread.ask(wanted);
        let second = settled(&thread);
        assert!(Arc::ptr_eq(&film(&first, 0), &film(&second, 0)), "it is as it was");
        assert!(!Arc::ptr_eq(&film(&first, 1), &film(&second, 1)));
    }

    #[test]
    fn what_can_not_be_loaded_or_run_is_said_and_no_end() {
        let thread = FilmThread::of_models(&Device::flex(), || {}).expect("a thread");
        thread.ask(request("empirical:no-such-folder"));
        let failed = settled(&thread);
        assert!(failed.error.expect("a message").contains("no-such-folder"));
        let mut uniform = request("empirical:shapes@30");
        let WhichModel::Named { source, .. } = &mut uniform.model else { unreachable!() };
        *source = SequenceSource::Uniform;
        uniform.sides[0].config.method = SequenceMethod::MaskGit;
        thread.ask(uniform.clone());
        let refused = settled(&thread);
        assert!(refused.errors[0].as_ref().expect("a message").contains("mask source"));
        uniform.sides[0].config.method = SequenceMethod::Exact;
        uniform.sides[0].class = Some((99, 1.0));
        thread.ask(uniform.clone());
        assert!(settled(&thread).errors[0].as_ref().expect("a message").contains("99"));
        uniform.sides[0].class = Some((0, 1.5));
        thread.ask(uniform);
        let found = settled(&thread);
        assert!(found.error.is_none() && film(&found, 0).lock().end().is_some());
    }
}
