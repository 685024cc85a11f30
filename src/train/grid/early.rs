//! Early samples: what a network makes at fixed times of its training, always by the same sampler, so that runs can be
//! compared whatever is on the screen.

use super::TrainingRecord;
use crate::flow::{GridPath, Scheduler};
use crate::model::grid::{Checkpoint, NetworkDenoiser};
use crate::sampler::TimeGrid;
use crate::sampler::grid::{Method, PmfCarrier, SamplerConfig, Setup, run};
use burn::tensor::TensorData;
use ndarray::Array2;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

/// A sample is taken after each of these seconds of training.
pub const EARLY_SECONDS: [f64; 5] = [1.0, 3.0, 10.0, 30.0, 100.0];
/// Steps of the sampler, equal in κ: they are the same under every scheduler.
pub const EARLY_STEPS: usize = 64;
/// Name of a sample's array in a checkpoint, with its number.
const ARRAY: &str = "early.";
/// No run: all work on samples is given up.
const NO_RUN: u64 = u64::MAX;

/// What a network made at one time of its training.
#[derive(Clone, Debug, PartialEq)]
pub struct EarlySample {
    /// When.
    pub at: EarlyMoment,
    /// The pmf at t = 1, \[V, V\]: of the whole distribution, so there is no noise in it and no seed.
    pub pmf: Arc<Array2<f64>>,
}

/// A time of training.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct EarlyMoment {
    /// Seconds of training.
    pub seconds: f64,
    /// Steps of training.
    pub step: u64,
}

/// How many samples are due after `seconds` of training.
pub(super) fn due(seconds: f64) -> usize {
    EARLY_SECONDS.iter().filter(|look| **look <= seconds).count()
}

/// The pmf \[V, V\] that `network` makes on `path` by the exact method in [`EARLY_STEPS`] steps of κ; `None` if `go_on`
/// said no on the way.
///
/// # Errors
/// If the network's device fails.
pub fn early_sample(
    path: &GridPath,
    network: &NetworkDenoiser,
    mut go_on: impl FnMut() -> bool,
) -> Result<Option<Array2<f64>>, String> {
    let config = SamplerConfig {
        method: Method::Exact,
        steps: EARLY_STEPS,
        grid: TimeGrid::Kappa,
        ..SamplerConfig::default()
    };
    let setup = Setup { path, scheduler: Scheduler::Linear, config };
    let mut carrier = PmfCarrier::new(path);
    let summary = run(setup, &network.on(path), &mut carrier, |_, _| {
        if go_on() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    let finished = summary.map_err(|e| e.to_string())?.finished;
    Ok(finished.then_some(carrier.pmf))
}

/// The moments and arrays of samples, for a checkpoint.
pub(super) fn to_arrays(samples: &[EarlySample]) -> (Vec<EarlyMoment>, Vec<(String, TensorData)>) {
    let array = |(number, sample): (usize, &EarlySample)| {
        let (rows, columns) = sample.pmf.dim();
        let values: Vec<f32> = sample.pmf.iter().map(|p| *p as f32).collect();
        (format!("{ARRAY}{number}"), TensorData::new(values, vec![rows, columns]))
    };
    (samples.iter().map(|sample| sample.at).collect(), samples.iter().enumerate().map(array).collect())
}

/// The samples in a checkpoint with the record `record`.
///
/// # Errors
/// If one is missing, has another shape than the network's states, or is no pmf.
pub(super) fn from_arrays(
    checkpoint: &Checkpoint,
    record: &TrainingRecord,
) -> Result<Vec<EarlySample>, String> {
    if record.early.len() > EARLY_SECONDS.len() {
        return Err(format!(
            "it names {} early samples: expected at most {}",
            record.early.len(),
            EARLY_SECONDS.len()
        ));
    }
    let v = checkpoint.recipe.network.vocabulary();
    let sample = |(number, at): (usize, &EarlyMoment)| {
        let name = format!("{ARRAY}{number}");
        let data = checkpoint.tensors.get(&name).ok_or_else(|| format!("array {name} is missing"))?;
        let values = data.as_slice::<f32>().map_err(|e| format!("array {name}: {e:?}"))?;
        let pmf: Vec<f64> = values.iter().map(|p| f64::from(*p)).collect();
        let total: f64 = pmf.iter().sum();
        if pmf.iter().any(|p| *p < 0.0) || (total - 1.0).abs() > 1e-3 {
            return Err(format!("array {name} is no pmf: its sum is {total}"));
        }
        let pmf = Array2::from_shape_vec((v, v), pmf).map_err(|_| {
            format!("array {name} has shape {:?}, expected [{v}, {v}]", data.shape().to_vec())
        })?;
        Ok(EarlySample { at: *at, pmf: Arc::new(pmf) })
    };
    record.early.iter().enumerate().map(sample).collect()
}

/// A sample to be made.
pub(super) struct EarlyJob {
    pub run: u64,
    pub at: EarlyMoment,
    pub path: Arc<GridPath>,
    pub network: Arc<NetworkDenoiser>,
}

/// Makes samples in a thread of its own, one after the other; dropping it ends the thread.
pub(super) struct EarlyThread {
    jobs: Option<SyncSender<EarlyJob>>,
    /// The run whose samples are wanted.
    run: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
}

impl EarlyThread {
    /// `done` takes the samples of the run they belong to.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn start(done: impl Fn(u64, EarlySample) + Send + 'static) -> std::io::Result<Self> {
        let (jobs, inbox) = sync_channel::<EarlyJob>(EARLY_SECONDS.len());
        let run = Arc::new(AtomicU64::new(NO_RUN));
        let wanted = run.clone();
        let work = move || {
            while let Ok(job) = inbox.recv() {
                let go_on = || wanted.load(Ordering::Relaxed) == job.run;
                // A device that is lost in here is the trainer's to notice.
                let made = catch_unwind(AssertUnwindSafe(|| early_sample(&job.path, &job.network, go_on)));
                match made {
                    Ok(Ok(Some(pmf))) => done(job.run, EarlySample { at: job.at, pmf: Arc::new(pmf) }),
                    Ok(Ok(None)) => {}
                    Ok(Err(why)) => tracing::warn!("an early sample could not be made: {why}"),
                    Err(_) => tracing::warn!("an early sample could not be made: its device failed"),
                }
            }
        };
        let thread = std::thread::Builder::new().name("early samples".to_owned()).spawn(work)?;
        Ok(Self { jobs: Some(jobs), run, thread: Some(thread) })
    }

    /// Samples of this run are wanted from now on; those of another are given up.
    pub fn follow(&self, run: u64) {
        self.run.store(run, Ordering::Relaxed);
    }

    /// No samples are wanted.
    pub fn give_up(&self) {
        self.follow(NO_RUN);
    }

    /// Asks for a sample of the run that is followed.
    pub fn ask(&self, job: EarlyJob) {
        // It is full only while samples of an earlier run are being given up.
        if let Some(jobs) = &self.jobs
            && jobs.try_send(job).is_err()
        {
            tracing::warn!("an early sample was left out: earlier ones are still being made");
        }
    }
}

impl Drop for EarlyThread {
    fn drop(&mut self) {
        self.give_up();
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::FlowSpec;
    use crate::latest::testing::eventually;
    use crate::train::grid::{TrainConfig, Trainer};
    use burn::tensor::Device;
    use std::sync::Mutex;

    fn trainer(scheduler: Scheduler) -> (Arc<GridPath>, Trainer) {
        let flow = FlowSpec { k: Some(6), scheduler, ..FlowSpec::default() };
        let path = Arc::new(flow.path().expect("path"));
        let config = TrainConfig { batch: 32, hidden: 8, ..TrainConfig::default() };
        let mut trainer = Trainer::new(path.clone(), flow, config, &Device::flex()).expect("trainer");
        (0..5).for_each(|_| _ = trainer.train_step().expect("step"));
        (path, trainer)
    }

    #[test]
    fn a_sample_is_a_pmf_and_does_not_depend_on_the_scheduler() {
        let (path, linear) = trainer(Scheduler::Linear);
        let (_, cubic) = trainer(Scheduler::Cubic);
        let pmf = |trainer: &Trainer| {
            early_sample(&path, &trainer.denoiser(), || true).expect("a sample").expect("not given up")
        };
        let (one, other) = (pmf(&linear), pmf(&cubic));
        assert!((one.sum() - 1.0).abs() < 1e-9 && one.iter().all(|p| *p >= 0.0));
        assert_eq!(one, other);
        assert!(early_sample(&path, &linear.denoiser(), || false).expect("no error").is_none());
    }

    #[test]
    fn samples_come_back_from_a_checkpoint_and_damaged_ones_are_refused() {
        let (path, trainer) = trainer(Scheduler::Linear);
        let pmf = early_sample(&path, &trainer.denoiser(), || true).expect("a sample").expect("a pmf");
        let sample = EarlySample { at: EarlyMoment { seconds: 1.5, step: 5 }, pmf: Arc::new(pmf) };
        let whole = trainer.checkpoint_with(Vec::new(), std::slice::from_ref(&sample)).expect("a checkpoint");
        let whole = Checkpoint::from_bytes(&whole.to_bytes().expect("bytes")).expect("read back");
        let record = TrainingRecord::of(&whole).expect("a record");
        let read = from_arrays(&whole, &record).expect("samples");
        assert_eq!(read[0].at, sample.at);
        let error = (&*read[0].pmf - &*sample.pmf).iter().fold(0.0f64, |m, d| m.max(d.abs()));
        assert!(error < 1e-7, "{error:e}");
        let refused = |change: &dyn Fn(&mut Checkpoint, &mut TrainingRecord)| {
            let (mut checkpoint, mut record) = (whole.clone(), record.clone());
            change(&mut checkpoint, &mut record);
            from_arrays(&checkpoint, &record).expect_err("a damaged sample was taken")
        };
        let put = |c: &mut Checkpoint, values: Vec<f32>, shape: [usize; 2]| {
            c.tensors.insert("early.0".to_owned(), TensorData::new(values, shape));
        };
        assert!(refused(&|c, _| _ = c.tensors.remove("early.0")).contains("early.0 is missing"));
        assert!(refused(&|c, _| put(c, vec![0.25; 4], [2, 2])).contains("expected [6, 6]"));
        assert!(refused(&|c, _| put(c, vec![0.5; 36], [6, 6])).contains("no pmf"));
        assert!(refused(&|_, r| r.early = vec![sample.at; 6]).contains("6 early samples"));
    }

    #[test]
    fn the_thread_makes_samples_of_the_run_it_follows_alone() {
        let (path, trainer) = trainer(Scheduler::Linear);
        let made: Arc<Mutex<Vec<(u64, EarlySample)>>> = Arc::default();
        let shared = made.clone();
        let thread = EarlyThread::start(move |run, sample| {
            shared.lock().expect("no panic").push((run, sample));
        });
        let thread = thread.expect("a thread");
        let network = Arc::new(trainer.denoiser());
        let ask = |run, step| {
            let at = EarlyMoment { seconds: 1.0, step };
            thread.ask(EarlyJob { run, at, path: path.clone(), network: network.clone() });
        };
        thread.follow(2);
        ask(1, 10);
        ask(2, 20);
        ask(2, 30);
        eventually("two samples", || (made.lock().expect("no panic").len() == 2).then_some(()));
        let made = made.lock().expect("no panic");
        assert_eq!(made.iter().map(|(run, s)| (*run, s.at.step)).collect::<Vec<_>>(), [(2, 20), (2, 30)]);
        let direct = early_sample(&path, &network, || true).expect("a sample").expect("a pmf");
        assert_eq!(*made[0].1.pmf, direct);
    }
}
