//! A training run that can be stopped, saved and taken up again.

use super::early::to_arrays;
use super::engine::{self, Engine, Step};
use super::thread::MOST_POINTS;
use super::{EarlyMoment, EarlySample, Floors, Gap, GapPoint, LossKind, PairSampler, TrainConfig};
use crate::data::FlowSpec;
use crate::flow::{ConditionalPath, FlowError, GridPath, Scheduler};
use crate::model::grid::{Checkpoint, GridMlpConfig, GridRecipe, NetworkDenoiser};
use crate::train::TrainError;
use burn::tensor::Device;
use std::sync::Arc;

/// What a checkpoint remembers of a run besides the arrays.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct TrainingRecord {
    /// The settings.
    pub config: TrainConfig,
    /// The flow it was trained on; its scheduler only says how the gap was measured.
    pub flow: FlowSpec,
    /// Steps done.
    pub step: u64,
    /// Seconds spent in steps.
    pub seconds: f64,
    /// The gap since the run began, where somebody watched it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<GapPoint>,
    /// When the early samples were taken that the checkpoint holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub early: Vec<EarlyMoment>,
}

impl TrainingRecord {
    /// Of a checkpoint.
    ///
    /// # Errors
    /// [`TrainError::Misfit`] if it has none.
    pub fn of(checkpoint: &Checkpoint) -> Result<Self, TrainError> {
        let record: Self = serde_json::from_value(checkpoint.recipe.training.clone())
            .map_err(|e| TrainError::Misfit(format!("its training record: {e}")))?;
        if record.history.len() > MOST_POINTS {
            let points = record.history.len();
            let why = format!("its gap curve has {points} points: expected at most {MOST_POINTS}");
            return Err(TrainError::Misfit(why));
        }
        Ok(record)
    }
}

/// Network, optimiser and data of one run.
pub struct Trainer {
    path: Arc<GridPath>,
    config: TrainConfig,
    network: GridMlpConfig,
    engine: Box<dyn Engine>,
    pairs: PairSampler,
    floors: Floors,
    step: u64,
    seconds: f64,
    flow: FlowSpec,
}

impl Trainer {
    /// A fresh run on `path`, which is that of `flow`, on the plain (not autodiff) `device`. The gap is measured with
    /// the flow's scheduler; training does not know it.
    ///
    /// # Errors
    /// If a setting is out of range.
    pub fn new(
        path: Arc<GridPath>,
        flow: FlowSpec,
        config: TrainConfig,
        device: &Device,
    ) -> Result<Self, TrainError> {
        let config = config.validated()?;
        let network = GridMlpConfig { k: path.data_tokens(), mask: path.has_mask(), hidden: config.hidden };
        let engine = engine::fresh(network, config.seed, device).map_err(TrainError::Misfit)?;
        Self::with(engine, path, flow, config, network)
    }

    fn with(
        engine: Box<dyn Engine>,
        path: Arc<GridPath>,
        flow: FlowSpec,
        config: TrainConfig,
        network: GridMlpConfig,
    ) -> Result<Self, TrainError> {
        if config.loss == LossKind::Gkl && path.conditional() != ConditionalPath::Mixture {
            let why = "the gkl loss is that of the mixture path's rates: train another path with ce";
            return Err(FlowError::Unsupported(why.to_owned()).into());
        }
        Ok(Self {
            pairs: PairSampler::new(path.clone(), config.seed),
            floors: Floors::new(path.clone(), flow.scheduler),
            engine,
            path,
            config,
            network,
            step: 0,
            seconds: 0.0,
            flow,
        })
    }

    /// Takes a run up where `checkpoint` left it: the same weights, moments, data order and settings.
    ///
    /// # Errors
    /// If the checkpoint is of another K or source, or lacks the state of the optimiser.
    pub fn resume(
        path: Arc<GridPath>,
        flow: FlowSpec,
        checkpoint: &Checkpoint,
        device: &Device,
    ) -> Result<Self, TrainError> {
        let record = TrainingRecord::of(checkpoint)?;
        fits(&checkpoint.recipe.network, &path).map_err(TrainError::Misfit)?;
        let config = record.config.validated()?;
        let network = checkpoint.recipe.network;
        if network.hidden != config.hidden {
            return Err(TrainError::Misfit("its training record names another network".to_owned()));
        }
        let engine = engine::resumed(checkpoint, record.step, device).map_err(TrainError::Misfit)?;
        let mut trainer = Self::with(engine, path, flow, config, network)?;
        trainer.step = record.step;
        trainer.seconds = record.seconds;
        Ok(trainer)
    }

    /// The same run on the CPU, after its device has failed: from the last copy that was kept, or from its start.
    ///
    /// # Errors
    /// As [`Self::resume`].
    pub fn rescued(&self, spare: Option<&Checkpoint>) -> Result<Self, TrainError> {
        let (path, flow, cpu) = (self.path.clone(), self.flow.clone(), Device::flex());
        match spare {
            Some(spare) => Self::resume(path, flow, spare, &cpu),
            None => Self::new(path, flow, self.config, &cpu),
        }
    }

    /// One step of Adam on one fresh batch. Returns the batch's loss in nats per token: a noisy number, for the gap
    /// ask [`Self::gap`].
    ///
    /// # Errors
    /// If the loss is no longer a number or the device fails.
    pub fn train_step(&mut self) -> Result<f32, TrainError> {
        let start = std::time::Instant::now();
        let batch = self.pairs.batch(self.step, self.config.batch);
        let rho = self.path.coupling().keep_rate();
        let kappas = batch.kappas.iter().map(|k| k.lifted(rho).value as f32).collect();
        let loss = self.engine.step(Step {
            batch: &batch,
            reveals: self.path.reveals(),
            kappas,
            learning_rate: self.config.learning_rate,
            loss: self.config.loss,
            number: self.step + 1,
        })?;
        self.step += 1;
        self.seconds += start.elapsed().as_secs_f64();
        if loss.is_finite() {
            Ok(loss)
        } else {
            Err(TrainError::Diverged { loss, step: self.step, learning_rate: self.config.learning_rate })
        }
    }

    /// Measures the gap under another scheduler; training itself does not know any.
    pub fn set_scheduler(&mut self, scheduler: Scheduler) {
        self.flow.scheduler = scheduler;
        self.floors = Floors::new(self.path.clone(), scheduler);
    }

    /// Steps done since the run began, before any resume too.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// Seconds spent in steps since the run began.
    pub fn seconds(&self) -> f64 {
        self.seconds
    }

    /// The settings.
    pub fn config(&self) -> TrainConfig {
        self.config
    }

    /// The network as it is now, as a denoiser.
    pub fn denoiser(&self) -> NetworkDenoiser {
        self.engine.denoiser(self.path.coupling().keep_rate()).on(&self.path)
    }

    /// Exact loss, floor and gap of the network as it is now.
    ///
    /// # Errors
    /// If the device fails.
    pub fn gap(&self) -> Result<Gap, TrainError> {
        self.floors.gap(&self.denoiser(), self.config.loss).map_err(TrainError::Device)
    }

    /// The same; `None` if `go_on` said no on the way.
    ///
    /// # Errors
    /// If the device fails.
    pub fn gap_while(&self, go_on: impl Fn() -> bool) -> Result<Option<Gap>, TrainError> {
        self.floors.gap_while(&self.denoiser(), self.config.loss, go_on).map_err(TrainError::Device)
    }

    /// Everything needed to go on later.
    ///
    /// # Errors
    /// A reason in words, should the settings not be expressible as JSON.
    pub fn checkpoint(&self) -> Result<Checkpoint, String> {
        self.checkpoint_with(Vec::new(), &[])
    }

    /// The same with what was seen of the run so far: the `history` of its gap and early samples.
    ///
    /// # Errors
    /// As [`Self::checkpoint`].
    pub fn checkpoint_with(
        &self,
        mut history: Vec<GapPoint>,
        samples: &[EarlySample],
    ) -> Result<Checkpoint, String> {
        // JSON has no infinity: a file that holds one could not be read again.
        history.retain(|p| [p.seconds, p.gap.loss, p.gap.floor, p.gap.gap].iter().all(|x| x.is_finite()));
        let (early, arrays) = to_arrays(samples);
        let record = TrainingRecord {
            config: self.config,
            flow: self.flow.clone(),
            step: self.step,
            seconds: self.seconds,
            history,
            early,
        };
        let training = serde_json::to_value(record).map_err(|e| e.to_string())?;
        let mut tensors = self.engine.arrays();
        tensors.extend(arrays);
        Ok(Checkpoint { recipe: GridRecipe::new(self.network, training), tensors })
    }
}

/// Whether a network can be asked about the states of `path`.
///
/// # Errors
/// Names both sides when it can't.
pub fn fits(network: &GridMlpConfig, path: &GridPath) -> Result<(), String> {
    let describe =
        |k: usize, mask: bool| format!("K = {k} {} a mask token", if mask { "with" } else { "without" });
    if (network.k, network.mask) == (path.data_tokens(), path.has_mask()) {
        Ok(())
    } else {
        Err(format!(
            "it was trained for {}, this flow has {}",
            describe(network.k, network.mask),
            describe(path.data_tokens(), path.has_mask())
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::grid::testing::small_target;
    use crate::flow::{Coupling, Source};
    use crate::train::grid::LossKind;

    fn trainer(source: Source, loss: LossKind) -> Trainer {
        let path = GridPath::new(&small_target(6), &source, Coupling::Independent).expect("path");
        let config = TrainConfig { batch: 128, hidden: 16, loss, ..Default::default() };
        Trainer::new(Arc::new(path), FlowSpec::default(), config, &Device::flex()).expect("trainer")
    }

    #[test]
    fn training_closes_the_gap_with_both_losses_and_sources() {
        for source in [Source::Uniform, Source::Mask] {
            for loss in [LossKind::Ce, LossKind::Gkl] {
                let mut t = trainer(source.clone(), loss);
                let before = t.gap().expect("gap");
                for _ in 0..400 {
                    t.train_step().expect("step");
                }
                let after = t.gap().expect("gap");
                // The loss that is trained closes in on its own floor; neither can go below.
                let excess = |gap: Gap| gap.loss - gap.floor;
                assert!(excess(after) < 0.35 * excess(before), "{loss}: {before:?} {after:?}");
                assert!(excess(after) > 0.0 && after.gap > 0.0, "{loss}: {after:?}");
            }
        }
    }

    #[test]
    fn a_resumed_run_goes_on_exactly_where_it_stopped() {
        let mut whole = trainer(Source::Mask, LossKind::Ce);
        let mut first = trainer(Source::Mask, LossKind::Ce);
        for _ in 0..20 {
            whole.train_step().expect("step");
            first.train_step().expect("step");
        }
        let bytes = first.checkpoint().and_then(|c| c.to_bytes()).expect("bytes");
        let read = Checkpoint::from_bytes(&bytes).expect("read back");
        let mut second =
            Trainer::resume(first.path.clone(), FlowSpec::default(), &read, &Device::flex()).expect("resume");
        assert_eq!(second.step(), 20);
        for _ in 0..20 {
            assert_eq!(whole.train_step().expect("step"), second.train_step().expect("step"));
        }
        assert_eq!(whole.gap().expect("gap"), second.gap().expect("gap"));
    }

    #[test]
    fn a_checkpoint_of_another_shape_is_refused() {
        let checkpoint = trainer(Source::Mask, LossKind::Ce).checkpoint().expect("a checkpoint");
        let other = GridPath::new(&small_target(6), &Source::Uniform, Coupling::Independent).expect("path");
        let resumed = Trainer::resume(Arc::new(other), FlowSpec::default(), &checkpoint, &Device::flex());
        let message = resumed.err().map(|e| e.to_string()).unwrap_or_default();
        assert!(message.contains("with a mask") && message.contains("without a mask"), "{message}");
    }
}
