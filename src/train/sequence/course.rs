//! A training run that can be stopped, saved and taken up again, as far as images and texts go alike: its steps, its losses, and
//! its copy in memory.

use super::engine::{Engine, State};
use super::losses::LossCurve;
use super::memory::out_of_memory;
use super::spare::Spare;
use super::{Pace, RunNotes, RunRecord, SoFar};
use crate::model::sequence::{GoOn, SequenceFile, Trained};
use crate::sampler::SamplerError;
use crate::train::optimizer::{Stride, keep};
use crate::train::{TrainError, is_out_of_memory};
use burn::tensor::Device;
use std::f64::consts::LN_2;
use std::time::Instant;

/// What is learned: images, or texts.
pub trait Subject: Clone {
    /// One of what is seen: “image”.
    const ONE: &'static str;
    /// The network.
    type Net: Trained;
    /// What a file remembers of a run.
    type Record: RunRecord;
    /// What a run was started with.
    type Settings;

    /// What step `number` of a run sees.
    fn batch(
        &self,
        record: &Self::Record,
        net: &Self::Net,
        number: u64,
    ) -> Vec<<Self::Net as Trained>::Example>;

    /// What to try where a batch has found no room; none if one is too many.
    fn smaller_batch(batch: usize) -> Option<usize>;

    /// What a file says of a network of these sizes, which was trained so.
    fn recipe(&self, net: &Self::Net, training: serde_json::Value) -> RecipeOf<Self>;

    /// What the run of a file was started with.
    fn settings(recipe: &RecipeOf<Self>, record: &Self::Record) -> Self::Settings;
}

/// What a file says of a network that has learned it.
pub type RecipeOf<S> = <<S as Subject>::Record as RunRecord>::Recipe;

/// What a step did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepReport {
    /// Its number since the moments began, from 1.
    pub step: u64,
    /// The loss of its batch, bits a token that is learnt from.
    pub bits: f64,
    /// Images or texts seen in all.
    pub seen: u64,
    /// Seconds spent in steps in all.
    pub seconds: f64,
}

/// Network, optimiser and data of one run.
pub struct SequenceTrainer<S: Subject> {
    pub(super) subject: S,
    pub(super) engine: Engine<S::Net>,
    pub(super) training: S::Record,
    curve: LossCurve,
    /// The best weights so far by what is held out, where the run looks for them.
    pub(super) best: Option<Vec<f32>>,
    /// As it was a moment ago, where the device can be lost.
    pub(super) spare: Option<Spare<(State, S::Record)>>,
}

impl<S: Subject> SequenceTrainer<S> {
    pub(super) fn begun(
        subject: S,
        (net, state): (S::Net, Option<State>),
        (mut training, best): (S::Record, Option<Vec<f32>>),
        device: &Device,
    ) -> Self {
        let state = state.unwrap_or_else(|| State::first(net.values()));
        let spare = (*device != Device::flex()).then(|| Spare::new((state.clone(), training.clone())));
        let Pace { batch, .. } = training.pace();
        let curve = LossCurve::after(training.losses(), batch);
        let engine = Engine::new(net, state, device);
        training.multiply_in(engine.taken(training.pace().products));
        Self { subject, engine, training, curve, best, spare }
    }

    /// The same run, each of whose batches is split over `others`, too: the same gradient but for the order of sums. If one of
    /// the devices is lost, so is the whole way.
    #[must_use]
    pub fn shared_with(mut self, others: &[Device]) -> Self {
        self.engine.share_with(others);
        self
    }

    /// The run on the CPU, after the device that it was on has failed: from its last copy in memory, at most about ten
    /// seconds, or fifty times what a copy takes, before; from where it began if there was none yet. `None` on the CPU
    /// itself, which can't be lost.
    pub fn rescued(&self) -> Option<Self> {
        let (state, training) = self.spare.as_ref()?.kept.clone();
        let net = (self.engine.sizes().clone(), Some(state));
        Some(Self::begun(self.subject.clone(), net, (training, self.best.clone()), &Device::flex()))
    }

    /// What is to be said if the device failed because of this, and a smaller batch would have done: it had no memory left.
    pub fn out_of_memory(&self, why: &str) -> Option<TrainError> {
        let Pace { batch, .. } = self.training.pace();
        is_out_of_memory(why).then(|| out_of_memory(batch, S::ONE, S::smaller_batch(batch)))
    }

    /// One step on the next batch.
    ///
    /// # Errors
    /// [`TrainError::Diverged`] if the loss is no number any more; the weights are left as they were.
    /// [`TrainError::Device`] if the device fails: see [`Self::rescued`].
    pub fn step(&mut self) -> Result<StepReport, TrainError> {
        loop {
            // Nothing breaks it off.
            if let Some(report) = self.step_while(&|| true)? {
                return Ok(report);
            }
        }
    }

    /// The same, but for `None` and a run that is as it was if `go_on` said no on the way: it is asked between parts of the batch,
    /// on the CPU of texts also between the blocks of the network.
    ///
    /// # Errors
    /// As those of [`Self::step`].
    pub fn step_while(&mut self, go_on: &GoOn) -> Result<Option<StepReport>, TrainError> {
        let start = Instant::now();
        let Pace { batch, learning_rate, weight_decay, average, clip, products, .. } = self.training.pace();
        let SoFar { step, seen, seconds } = self.training.so_far();
        let number = step + 1;
        // After a fresh start of the moments, what is seen goes on where it was.
        let examples = self.subject.batch(&self.training, self.engine.sizes(), seen / batch as u64 + 1);
        let keep = keep(average, number);
        let stride = Stride { number, learning_rate: self.training.rate_at(number), weight_decay, keep };
        let Some(loss) = self.engine.step(&examples, stride, (clip, products), go_on)? else {
            return Ok(None);
        };
        if !loss.is_finite() {
            return Err(TrainError::Diverged { loss: loss as f32, step: number, learning_rate });
        }
        let (seen, bits) = (seen + examples.len() as u64, loss / LN_2);
        let seconds = seconds + start.elapsed().as_secs_f64();
        self.training.advance(SoFar { step: number, seen, seconds });
        self.curve.take(self.training.losses(), bits, seen);
        if let Some(spare) = &mut self.spare {
            spare.renew(|| Ok((self.engine.state()?, self.training.clone())))?;
        }
        Ok(Some(StepReport { step: number, bits, seen, seconds }))
    }

    /// Bytes that the device has taken for arrays, those included that it keeps for later ones; none of the CPU. The device
    /// comes to rest for it.
    pub fn device_memory(&self) -> Option<u64> {
        self.engine.device_memory()
    }

    /// What a file remembers of the run.
    pub fn training(&self) -> &S::Record {
        &self.training
    }

    /// What it was started with.
    pub fn settings(&self) -> S::Settings {
        let recipe = self.subject.recipe(self.engine.sizes(), serde_json::Value::Null);
        S::settings(&recipe, &self.training)
    }

    /// Takes over what is said of the run.
    pub fn take(&mut self, notes: RunNotes) {
        self.training.take(notes);
    }

    /// The run as a file: the average of the weights, the best ones, and all that is needed to go on.
    ///
    /// # Errors
    /// If the record can't be expressed as JSON; [`TrainError::Device`] if the device fails.
    pub fn file(&self) -> Result<SequenceFile<RecipeOf<S>>, TrainError> {
        let training = serde_json::to_value(&self.training).map_err(|e| TrainError::Misfit(e.to_string()))?;
        let (weights, mut state) = self.engine.state()?.for_file();
        let best = self.best.iter().map(|best| (SequenceFile::<RecipeOf<S>>::BEST.to_owned(), best.clone()));
        state.extend(best);
        let recipe = self.subject.recipe(self.engine.sizes(), training);
        Ok(SequenceFile { recipe, weights, state })
    }
}

/// Why a question about what is held out was not answered.
pub(super) fn unanswered(error: SamplerError) -> TrainError {
    match error {
        SamplerError::Denoiser(why) => TrainError::Device(why),
        other => TrainError::Misfit(other.to_string()),
    }
}
