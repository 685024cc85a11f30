//! A training run on the plane that can be stopped, saved and taken up again.

use super::engine::{Engine, State};
use super::{PlaneBatches, PlanePoint, PlaneRecord, PlaneTask, SourceRecord, TargetRecord};
use crate::flow::plane::{Latents, Mixture, PlaneTarget, normal_spiral};
use crate::model::plane::{PlaneFile, PlaneNet, PlaneNetwork};
use crate::sampler::SamplerError;
use crate::sampler::plane::{GapLattice, PlaneCoupling};
use crate::train::TrainError;
use crate::train::optimizer::{Optimizer, Stride, keep};
use burn::tensor::Device;
use ndarray::Array2;
use std::sync::Arc;

/// Longest memory of the average of the weights, which is what is shown and saved: about 1/(1 − this) steps.
const AVERAGE: f64 = 0.998;
/// Points of a mode that the encoder is asked about.
const NODES: usize = 64;

/// Network, optimiser and data of one run.
pub struct PlaneTrainer {
    task: PlaneTask,
    net: PlaneNet,
    engine: Engine,
    batches: PlaneBatches,
    /// The network whose trajectories are learned, from the second round of reflow on.
    teacher: Option<PlaneNet>,
    lattice: Option<Arc<GapLattice>>,
    step: u64,
    /// Steps since the moments began.
    since: u64,
    seconds: f64,
    best: Option<(u64, f64, Vec<f32>)>,
    /// Sum and number of the losses since a point was taken.
    losses: (f64, u64),
}

fn misfit(why: impl ToString) -> TrainError {
    TrainError::Misfit(why.to_string())
}

fn of_sampler(error: SamplerError) -> TrainError {
    match error {
        SamplerError::Setting(why) => why.into(),
        other => misfit(other),
    }
}

impl PlaneTrainer {
    /// A fresh run on the plain (not autodiff) `device`.
    ///
    /// # Errors
    /// If a setting is out of range, or the first pairs can't be had.
    pub fn new(task: PlaneTask, device: &Device) -> Result<Self, TrainError> {
        let net = task.config.network().init(task.config.seed);
        let engine = Engine::new(&net, State::first(&net), device);
        Self::with(task, net, engine, None, 0)
    }

    fn with(
        task: PlaneTask,
        net: PlaneNet,
        engine: Engine,
        teacher: Option<PlaneNet>,
        step: u64,
    ) -> Result<Self, TrainError> {
        let batches = PlaneBatches::new(task.clone(), task.config.round_at(step), teacher.as_ref());
        Ok(Self {
            batches: batches.map_err(of_sampler)?,
            task,
            net,
            engine,
            teacher,
            lattice: None,
            step,
            since: 0,
            seconds: 0.0,
            best: None,
            losses: (0.0, 0),
        })
    }

    /// Takes a run up where `file` left it: the same weights, moments, data and settings.
    ///
    /// # Errors
    /// If the file lacks something of the run, or its numbers make none.
    pub fn resume(file: &PlaneFile, device: &Device) -> Result<Self, TrainError> {
        let record = PlaneRecord::of(file)?;
        let task = record.task()?;
        let config = file.recipe.network;
        let group = |name: &str| file.group(name, config).map_err(misfit);
        let values = group("raw")?;
        let mut optimizer = Optimizer::new(&values);
        optimizer.average = group("net")?;
        if record.since > 0 {
            (optimizer.first, optimizer.second) = (group("adam.first")?, group("adam.second")?);
        }
        let net = PlaneNet::from_values(config, values.clone()).map_err(misfit)?;
        let teacher = match file.has("teacher") {
            true => Some(net.with_values(group("teacher")?)),
            false => None,
        };
        let engine = Engine::new(&net, State { values, optimizer }, device);
        let mut trainer = Self::with(task, net, engine, teacher, record.step)?;
        (trainer.since, trainer.seconds) = (record.since, record.seconds);
        if let Some((step, gap)) = record.best
            && file.has("best")
        {
            trainer.best = Some((step, gap, group("best")?));
        }
        Ok(trainer)
    }

    /// The same run on the CPU, after its device has failed: from the last copy that was kept, or from its start.
    ///
    /// # Errors
    /// As [`Self::resume`].
    pub fn rescued(&self, spare: Option<&PlaneFile>) -> Result<Self, TrainError> {
        let cpu = Device::flex();
        match spare {
            Some(spare) => Self::resume(spare, &cpu),
            None => Self::new(self.task.clone(), &cpu),
        }
    }

    /// One optimiser step. Returns the batch's loss, a sum over both coordinates.
    ///
    /// # Errors
    /// If the loss is no longer a number or the device fails.
    pub fn train_step(&mut self) -> Result<f64, TrainError> {
        let start = std::time::Instant::now();
        let config = self.task.config;
        let round = config.round_at(self.step);
        if round > 1 && self.step == (round as u64 - 1) * config.round_steps {
            self.next_round(round)?;
        }
        let batch = self.batches.batch(self.step);
        let number = self.since + 1;
        let stride = Stride {
            number,
            learning_rate: config.learning_rate,
            weight_decay: 0.0,
            keep: keep(AVERAGE, number),
        };
        let loss = self.engine.step(&batch, stride)?;
        (self.step, self.since) = (self.step + 1, number);
        self.seconds += start.elapsed().as_secs_f64();
        if !loss.is_finite() {
            let (loss, step) = (loss as f32, self.step);
            return Err(TrainError::Diverged { loss, step, learning_rate: config.learning_rate });
        }
        self.losses = (self.losses.0 + loss, self.losses.1 + 1);
        Ok(loss)
    }

    /// The network so far makes the pairs of the next round of reflow; its weights go on, the moments begin anew.
    fn next_round(&mut self, round: usize) -> Result<(), TrainError> {
        let teacher = self.net.with_values(self.engine.average()?);
        self.batches = PlaneBatches::new(self.task.clone(), round, Some(&teacher)).map_err(of_sampler)?;
        self.teacher = Some(teacher);
        Ok(())
    }

    /// Steps done since the run began, before any resume too.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// Seconds spent in steps since the run began.
    pub fn seconds(&self) -> f64 {
        self.seconds
    }

    /// What is learned.
    pub fn task(&self) -> &PlaneTask {
        &self.task
    }

    /// Step and gap of the best network so far.
    pub fn best(&self) -> Option<(u64, f64)> {
        self.best.as_ref().map(|(step, gap, _)| (*step, *gap))
    }

    /// The network as it is now.
    ///
    /// # Errors
    /// If the device fails.
    pub fn network(&self) -> Result<PlaneNet, TrainError> {
        Ok(self.net.with_values(self.engine.average()?))
    }

    /// Loss and gap of the run now; the gap only where the exact velocity is known. None if `go_on` said no on the way.
    /// The network is the best so far if its gap is the least.
    ///
    /// # Errors
    /// If the device fails.
    pub fn point_while(&mut self, go_on: impl Fn() -> bool + Sync) -> Result<Option<PlanePoint>, TrainError> {
        let net = self.network()?;
        let (mut gap, mut floor) = (None, None);
        if self.task.config.coupling == PlaneCoupling::Independent {
            let lattice = match &self.lattice {
                Some(lattice) => lattice.clone(),
                None => self.lattice.insert(Arc::new(GapLattice::new(&self.task.flow)?)).clone(),
            };
            let network = PlaneNetwork::new(net.clone());
            (gap, floor) = match learned_latents(&net, self.task.flow.target())? {
                Some(latents) => {
                    let found = lattice.codes_gap(&network, &latents);
                    // Where no code is told the loss is that without codes.
                    (Some(found.gap), Some(found.floor))
                }
                None => {
                    let found = lattice.gap_while(&network, go_on).map_err(of_sampler)?;
                    let Some(gap) = found else { return Ok(None) };
                    (Some(gap), Some(lattice.floor()))
                }
            };
        }
        if let Some(gap) = gap
            && self.task.config.codes == 0
            && self.best.as_ref().is_none_or(|(_, least, _)| gap < *least)
        {
            self.best = Some((self.step, gap, net.values().to_vec()));
        }
        let (sum, count) = std::mem::take(&mut self.losses);
        let loss = sum / count.max(1) as f64;
        Ok(Some(PlanePoint { step: self.step, seconds: self.seconds, loss, gap, floor }))
    }

    /// Everything needed to go on later, with the curves so far.
    ///
    /// # Errors
    /// If the device fails, or a reason in words.
    pub fn file(&self, mut history: Vec<PlanePoint>) -> Result<PlaneFile, TrainError> {
        // JSON has no infinity: a file that holds one could not be read again.
        history.retain(|p| {
            [Some(p.seconds), Some(p.loss), p.gap, p.floor].into_iter().flatten().all(f64::is_finite)
        });
        let record = PlaneRecord {
            name: self.task.name.clone(),
            target: TargetRecord::from(self.task.flow.target()),
            source: SourceRecord::from(self.task.flow.source()),
            config: self.task.config,
            step: self.step,
            since: self.since,
            seconds: self.seconds,
            best: self.best(),
            history,
        };
        let training = serde_json::to_value(record).map_err(misfit)?;
        let State { values, optimizer } = self.engine.state()?;
        let config = self.net.config();
        let Optimizer { average, first, second } = &optimizer;
        let mut groups =
            vec![("net", average), ("raw", &values), ("adam.first", first), ("adam.second", second)];
        let teacher = self.teacher.as_ref().map(|net| net.values().to_vec());
        groups.extend(teacher.as_ref().map(|values| ("teacher", values)));
        groups.extend(self.best.as_ref().map(|(_, _, values)| ("best", values)));
        Ok(PlaneFile::new(
            config,
            training,
            groups.into_iter().map(|(group, values)| (group, config, &values[..])),
        ))
    }
}

/// The table that an encoder has learned: the mean chance of every code over each component of the target; none of a network
/// without codes.
///
/// # Errors
/// If the target is no mixture.
pub fn learned_latents(net: &PlaneNet, target: &PlaneTarget) -> Result<Option<Latents>, TrainError> {
    let codes = net.config().codes;
    if codes == 0 {
        return Ok(None);
    }
    let PlaneTarget::Mixture(mixture) = target else {
        return Err(misfit("a network with codes goes with a target of Gaussians"));
    };
    Ok(Some(Latents::new(mixture.clone(), table(net, mixture, codes))?))
}

fn table(net: &PlaneNet, mixture: &Mixture, codes: usize) -> Array2<f64> {
    let [n1, n2] = normal_spiral(NODES);
    let nodes = mixture.components().flat_map(|c| {
        let at = |(n1, n2): (&f64, &f64)| {
            let off = c.covariance.draw([*n1, *n2]);
            [c.mean[0] + off[0], c.mean[1] + off[1]]
        };
        n1.iter().zip(&n2).map(at).collect::<Vec<_>>()
    });
    let chances = net.code_chances(&nodes.collect::<Vec<_>>());
    let mut table = Array2::zeros((mixture.len(), codes));
    for (n, row) in chances.chunks_exact(codes).enumerate() {
        for (z, chance) in row.iter().enumerate() {
            table[[n / NODES, z]] += f64::from(*chance) / NODES as f64;
        }
    }
    // To the last digit, which 32-bit numbers do not have.
    for mut row in table.rows_mut() {
        let total = row.sum();
        row.mapv_inplace(|chance| chance / total);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::plane::{AffinePath, PlaneFlow, PlaneSource};
    use crate::train::plane::PlaneTrainConfig;

    fn trainer(change: impl Fn(&mut PlaneTrainConfig)) -> PlaneTrainer {
        let target = PlaneTarget::Mixture(Mixture::ring());
        let flow = PlaneFlow::new(target, PlaneSource::Normal, AffinePath::CondOt).expect("a flow");
        let mut config = PlaneTrainConfig { width: 48, layers: 3, ..PlaneTrainConfig::default() };
        change(&mut config);
        let task = PlaneTask::new("ring".to_owned(), &flow, config).expect("a task");
        PlaneTrainer::new(task, &Device::flex()).expect("a trainer")
    }

    #[test]
    fn training_closes_the_gap_and_the_loss_is_floor_and_gap() {
        let mut trainer = trainer(|_| ());
        let first = trainer.point_while(|| true).expect("a point").expect("all of it");
        for _ in 0..400 {
            trainer.train_step().expect("a step");
        }
        let before = trainer.point_while(|| true).expect("a point").expect("all of it");
        assert!(before.gap.expect("a gap") < 0.25 * first.gap.expect("a gap"), "{first:?} {before:?}");
        for _ in 0..200 {
            trainer.train_step().expect("a step");
        }
        let after = trainer.point_while(|| true).expect("a point").expect("all of it");
        let excess = after.loss - after.floor.expect("a floor");
        // Mean batches of 200 steps: about 0.05 of noise, and the weights of a step are worse than their average.
        assert!((-0.15..0.9).contains(&excess), "{after:?}");
        assert_eq!(trainer.best().map(|(step, _)| step), Some(600));
        assert!(trainer.point_while(|| false).expect("a point").is_none());
    }

    #[test]
    fn a_run_that_is_taken_up_goes_on_exactly_also_in_the_second_round() {
        let small = |config: &mut PlaneTrainConfig| {
            (config.width, config.layers, config.batch) = (8, 1, 64);
            (config.coupling, config.round_steps) = (PlaneCoupling::Reflow(2), 10);
        };
        let (mut whole, mut first) = (trainer(small), trainer(small));
        for step in 0..15 {
            let loss = whole.train_step().expect("a step");
            assert_eq!(loss, first.train_step().expect("a step"), "{step}");
        }
        let bytes = first.file(Vec::new()).expect("a file").to_bytes().expect("bytes");
        let file = PlaneFile::from_bytes(&bytes).expect("read back");
        assert!(file.has("teacher"));
        let mut second = PlaneTrainer::resume(&file, &Device::flex()).expect("taken up");
        assert_eq!((second.step(), second.task().name.as_str()), (15, "ring"));
        for _ in 0..10 {
            let (a, b) = (whole.train_step().expect("a step"), second.train_step().expect("a step"));
            assert!((a - b).abs() < 1e-4 * a, "{a} {b}");
        }
    }

    #[test]
    fn an_encoder_learns_a_table_and_what_does_not_go_together_is_refused() {
        let mut trainer = trainer(|config| (config.codes, config.width) = (8, 32));
        for _ in 0..300 {
            trainer.train_step().expect("a step");
        }
        let net = trainer.network().expect("a network");
        let latents = learned_latents(&net, trainer.task().flow.target()).expect("a table").expect("codes");
        // Codes say something of the mode: none of the first weights does.
        assert!(latents.information() > 0.3, "{}", latents.information());
        let point = trainer.point_while(|| true).expect("a point").expect("all of it");
        assert!(point.floor.expect("a floor") < 5.4 && point.gap.expect("a gap") > 0.0, "{point:?}");
        let config =
            PlaneTrainConfig { codes: 4, coupling: PlaneCoupling::Reflow(1), ..PlaneTrainConfig::default() };
        assert!(config.validated().expect_err("no codes").to_string().contains("independent"));
    }
}
