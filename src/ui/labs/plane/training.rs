//! The training of the plane lab: its thread, and the runs that are kept beside each other.

mod codes;
mod offer;
mod panel;

pub use codes::{CodesOf, CodesWish, codes_panel};
pub use offer::{Missing, offer};
pub use panel::{TrainingWish, training_panel};

use crate::experiment::plane::{Learned, pairs_in_words};
use crate::figure::scale::format_value;
use crate::flow::plane::{Latents, PlaneFlow};
use crate::model::plane::PlaneNetwork;
use crate::train::plane::{
    KeptPlaneRun, PlanePoint, PlaneTask, PlaneTrainConfig, PlaneTrainJob, PlaneTrainStatus,
    PlaneTrainerThread, learned_latents,
};
use crate::train::{MOST_RUNS, RunKeeping, TrainState};
use crate::ui::lab::Surroundings;
use crate::view::plane::{Learning, LearningRun};
use std::path::PathBuf;
use std::sync::Arc;

/// A training run.
#[derive(Clone)]
pub struct RunCard {
    /// Its number.
    pub id: u64,
    /// What it learns.
    pub task: Arc<PlaneTask>,
    /// Steps done.
    pub step: u64,
    /// Seconds of training.
    pub seconds: f64,
    /// Its curves.
    pub history: Arc<Vec<PlanePoint>>,
    /// Where it is kept, if it is.
    pub file: Option<PathBuf>,
    /// Its network.
    network: Option<Arc<PlaneNetwork>>,
    latents: Option<Arc<Latents>>,
}

impl RunCard {
    /// One that was kept; none if its target can't be made.
    fn kept(kept: &KeptPlaneRun) -> Option<Self> {
        let task = kept.record.task().ok()?;
        let latents = learned_latents(kept.network.net(), task.flow.target()).ok()?;
        Some(Self {
            id: kept.number,
            task: Arc::new(task),
            step: kept.record.step,
            seconds: kept.record.seconds,
            history: Arc::new(kept.record.history.clone()),
            file: Some(kept.file.clone()),
            network: Some(kept.network.clone()),
            latents: latents.map(Arc::new),
        })
    }

    /// Its colour among those of curves.
    pub fn color(&self) -> usize {
        usize::try_from(self.id).unwrap_or_default()
    }

    /// What it learns and how, in one line.
    pub fn words(&self) -> String {
        let PlaneTask { name, config, .. } = &*self.task;
        let PlaneTrainConfig { batch, width, layers, learning_rate, codes, coupling, .. } = config;
        let codes = if *codes > 0 { format!(", {codes} codes") } else { String::new() };
        let (pairs, rate) = (pairs_in_words(*coupling), format_value(*learning_rate));
        format!("{name}, {pairs}{codes}: {layers} × {width}, batch {batch}, rate {rate}")
    }

    /// Its network, as others ask it.
    pub fn learned(&self) -> Option<Learned> {
        let (task, latents) = (self.task.clone(), self.latents.clone());
        Some(Learned { run: self.id, network: self.network.clone()?, task, latents })
    }

    /// Its curves, under a name.
    pub fn curves(&self, name: String) -> LearningRun {
        let point = |p: &PlanePoint| Learning {
            seconds: p.seconds,
            step: p.step,
            loss: p.loss,
            gap: p.gap,
            floor: p.floor,
        };
        LearningRun { name, color: self.color(), points: self.history.iter().map(point).collect() }
    }
}

/// The thread and what it has made.
pub struct Training {
    trainer: PlaneTrainerThread,
    status: PlaneTrainStatus,
    runs: Vec<RunCard>,
    knows_kept: bool,
    /// The run whose network is asked, if another than the trainer's own was chosen.
    pub shown: Option<u64>,
    /// How many messages of the trainer have been seen.
    seen: u64,
}

impl Training {
    /// With its thread, idle.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn new(window: &Surroundings) -> std::io::Result<Self> {
        let wake = window.wake.clone();
        let keeping = window.runs.as_ref().map(|folder| RunKeeping::in_folder(folder.join("plane-runs")));
        let trainer = PlaneTrainerThread::start(window.device.clone(), keeping, move || wake.wake())?;
        Ok(Self {
            trainer,
            status: PlaneTrainStatus::default(),
            runs: Vec::new(),
            knows_kept: false,
            shown: None,
            seen: 0,
        })
    }

    /// Takes in what training has made; what is to be said of it.
    pub fn follow(&mut self) -> Option<Result<String, String>> {
        self.status = self.trainer.status();
        let status = &self.status;
        if status.knows_kept && !self.knows_kept {
            self.knows_kept = true;
            let known = std::mem::take(&mut self.runs);
            self.runs = status.kept.iter().filter_map(RunCard::kept).collect();
            self.runs.extend(known);
        }
        if let Some(task) = status.task.clone() {
            let run = RunCard {
                id: status.run,
                task,
                step: status.step,
                seconds: status.seconds,
                history: status.history.clone(),
                file: status.file.clone(),
                network: status.network.clone(),
                latents: status.latents.clone(),
            };
            match self.runs.iter().position(|other| other.id == run.id) {
                Some(index) if index + 1 == self.runs.len() => self.runs[index] = run,
                found => {
                    // One that is taken up again is looked at, as a new one is.
                    self.shown = None;
                    if let Some(index) = found {
                        self.runs.remove(index);
                    }
                    self.runs.push(run);
                }
            }
            let surplus = self.runs.len().saturating_sub(MOST_RUNS);
            self.runs.drain(..surplus);
        }
        let (count, report) = self.status.report.clone();
        let is_new = count != self.seen;
        self.seen = count;
        report.filter(|_| is_new)
    }

    /// What the trainer last said.
    pub fn status(&self) -> &PlaneTrainStatus {
        &self.status
    }

    /// All runs, the newest at the end.
    pub fn runs(&self) -> &[RunCard] {
        &self.runs
    }

    /// The network that is asked: of the run that was chosen, else of the one used last.
    pub fn learned(&self) -> Option<Learned> {
        let chosen = self.shown.and_then(|id| self.runs.iter().find(|run| run.id == id));
        chosen.or(self.runs.last())?.learned()
    }

    /// The networks of all runs on a flow, the newest first.
    pub fn all_of(&self, flow: &PlaneFlow) -> Vec<Learned> {
        let all = self.runs.iter().rev().filter(|run| run.task.config.codes == 0);
        all.filter_map(RunCard::learned).filter(|learned| learned.fits(flow).is_ok()).collect()
    }

    /// What can be done about a network of a flow that is missing; with codes, of one that has such.
    pub fn missing(&self, flow: &PlaneFlow, codes: usize) -> Missing {
        let status = self.trainer.status();
        let learns =
            |task: &Arc<PlaneTask>| task.misfit(flow).is_none() && (codes == 0 || task.config.codes > 0);
        let runs = status.state == TrainState::Running && status.task.as_ref().is_some_and(learns);
        if runs || status.starting || self.trainer.has_orders() { Missing::Comes } else { Missing::Offered }
    }

    /// Whether nothing moves by itself.
    pub fn is_settled(&self) -> bool {
        let status = self.trainer.status();
        status.state != TrainState::Running
            && !status.starting
            && !self.trainer.has_orders()
            && status.network_version == self.status.network_version
            && status.run == self.status.run
    }

    /// Why there is no run, if one was given up.
    pub fn problem(&self) -> Option<String> {
        match self.trainer.status().state {
            TrainState::Failed(why) => Some(why),
            _ => None,
        }
    }

    /// Starts, pauses or goes on.
    ///
    /// # Errors
    /// If there is nothing to train on.
    pub fn press(
        &mut self,
        name: &str,
        flow: Option<&PlaneFlow>,
        config: PlaneTrainConfig,
    ) -> Result<(), String> {
        match self.trainer.status().state {
            TrainState::Running => self.trainer.pause(),
            TrainState::Paused => self.trainer.go(),
            _ => return self.start(name, flow, config),
        }
        Ok(())
    }

    /// Starts another run; what became of the present one stays in the list.
    ///
    /// # Errors
    /// If there is nothing to train on.
    pub fn start(
        &mut self,
        name: &str,
        flow: Option<&PlaneFlow>,
        config: PlaneTrainConfig,
    ) -> Result<(), String> {
        let flow = flow.ok_or("There is no flow to train on.")?;
        let task = PlaneTask::new(name.to_owned(), flow, config).map_err(|why| why.to_string())?;
        self.trainer.train(PlaneTrainJob::Fresh(Box::new(task)));
        self.shown = None;
        Ok(())
    }

    /// Opens a network's file.
    pub fn open(&self, file: PathBuf) {
        self.trainer.train(PlaneTrainJob::File(file));
    }

    /// Writes the present run to a file.
    pub fn save(&self, file: PathBuf) {
        self.trainer.save(file, false);
    }

    /// Takes up a run that was kept.
    pub fn go_on(&self, run: u64) {
        self.trainer.train(PlaneTrainJob::Kept(run));
    }

    /// Puts the network away; its run stays in the list.
    pub fn reset(&self) {
        self.trainer.reset();
    }

    /// Forgets a run.
    pub fn forget(&mut self, run: u64) {
        self.trainer.forget(run);
        self.runs.retain(|other| other.id != run);
        self.shown = self.shown.filter(|shown| *shown != run);
    }

    /// Seconds that the present run has trained.
    pub fn seconds(&self) -> f64 {
        self.trainer.status().seconds
    }
}
