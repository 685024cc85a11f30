//! Training runs that are kept to be compared: their gap curves, early samples and networks.

mod panel;

pub use panel::runs_panel;

use super::export::PlotContent;
use crate::data::{FlowSpec, load_target};
use crate::experiment::grid::flow_words;
use crate::figure::scale::format_value;
use crate::figure::{CellLayout, Scale, rasterize};
use crate::flow::GridPath;
use crate::model::grid::NetworkDenoiser;
use crate::train::MOST_RUNS;
use crate::train::grid::{EarlySample, GapPoint, KeptRun, TrainConfig, TrainNews, TrainStatus};
use crate::view::grid::{EarlyRun, RunGaps};
use egui::{ColorImage, Context, TextureHandle, TextureOptions};
use ndarray::Array2;
use std::path::PathBuf;
use std::sync::Arc;

/// Side of a sample's picture in pixels.
const SIDE: u32 = 96;

/// A training run.
pub struct RunCard {
    /// Its number.
    pub id: u64,
    /// What it was started with.
    pub config: TrainConfig,
    /// The flow it learns; its scheduler is that of the gap.
    pub flow: FlowSpec,
    /// The path of that flow; none in a run that was kept, until it goes on.
    path: Option<Arc<GridPath>>,
    /// What it learns, \[V, V\]; none where that is not known any more.
    target: Option<Array2<f64>>,
    /// K.
    k: usize,
    /// The gap since it began.
    pub history: Arc<Vec<GapPoint>>,
    /// Steps done.
    pub step: u64,
    /// Seconds of training.
    pub seconds: f64,
    /// Where it is kept, if it is.
    pub file: Option<PathBuf>,
    network: Option<Arc<NetworkDenoiser>>,
    /// Of the pmf that the network samples, early to late.
    pub samples: Vec<Sample>,
}

/// What a network made at one time of its training.
pub struct Sample {
    /// Seconds of training.
    pub seconds: f64,
    step: u64,
    /// \[V, V\] at t = 1.
    pmf: Arc<Array2<f64>>,
    /// Its picture.
    pub picture: TextureHandle,
}

/// All runs of this window, and those that were kept when it was opened.
#[derive(Default)]
pub struct RunLog {
    /// The one that was used last at the end; it may be under way.
    pub runs: Vec<RunCard>,
    /// The run whose network is shown in place of the present one's.
    pub shown: Option<u64>,
    /// Whether the kept runs are among them.
    knows_kept: bool,
}

impl RunCard {
    /// Which of the colours of curves it has, as long as it is kept.
    pub fn color(&self) -> usize {
        (self.id as usize).saturating_sub(1)
    }

    /// One of which nothing is known yet.
    fn new(id: u64, config: TrainConfig, flow: FlowSpec) -> Self {
        Self {
            id,
            config,
            flow,
            path: None,
            target: None,
            k: 0,
            history: Arc::default(),
            step: 0,
            seconds: 0.0,
            file: None,
            network: None,
            samples: Vec::new(),
        }
    }
}

impl RunLog {
    /// Takes in what training has made.
    pub fn follow(&mut self, ctx: &Context, training: &TrainStatus) {
        if training.knows_kept && !self.knows_kept {
            self.knows_kept = true;
            let known = std::mem::take(&mut self.runs);
            self.runs = training.kept.iter().map(|kept| run_of(ctx, kept)).collect();
            self.runs.extend(known);
        }
        let (Some(flow), Some(path), Some(config)) = (&training.flow, &training.path, training.config) else {
            return;
        };
        let mut run = match self.runs.iter().position(|run| run.id == training.run) {
            Some(index) => {
                // One that is taken up again is looked at, as a new one is.
                self.shown = self.shown.filter(|_| index + 1 == self.runs.len());
                self.runs.remove(index)
            }
            None => {
                self.shown = None;
                RunCard::new(training.run, config, flow.clone())
            }
        };
        // The scheduler of the gap may be another one by now.
        if run.path.is_none() {
            (run.target, run.k) = (Some(path.target().clone()), path.data_tokens());
        }
        (run.flow, run.path) = (flow.clone(), Some(path.clone()));
        (run.step, run.seconds, run.file) = (training.step, training.seconds, training.file.clone());
        (run.history, run.network) = (training.history.clone(), training.network.clone());
        let missing = training.early.get(run.samples.len()..).unwrap_or_default();
        let picture = |sample| sample_of(ctx, run.id, path.data_tokens(), path.target(), sample);
        run.samples.extend(missing.iter().map(picture));
        self.runs.push(run);
        let surplus = self.runs.len().saturating_sub(MOST_RUNS);
        self.runs.drain(..surplus);
    }

    /// The run that could go on: the one used last, while nothing is trained.
    pub fn resumable(&self, training: &TrainStatus) -> Option<&RunCard> {
        let none = !training.has_run() && !training.starting;
        self.runs.last().filter(|run| none && run.file.is_some())
    }

    /// The status that the views see: the network of the run that is shown stands in for the present one's.
    pub fn seen_as(&self, training: &TrainStatus) -> TrainStatus {
        let run = self.shown.and_then(|id| self.runs.iter().find(|run| run.id == id));
        match run {
            Some(run) if run.id != training.run || !training.has_run() => {
                let news = TrainNews {
                    network: run.network.clone(),
                    // Never a version of the trainer's own counting.
                    network_version: u64::MAX - run.id,
                    flow: Some(run.flow.clone()),
                    path: run.path.clone(),
                    ..training.news.clone()
                };
                TrainStatus { news, ..training.clone() }
            }
            _ => training.clone(),
        }
    }

    /// The gaps of all runs, to be exported.
    pub fn exported(&self) -> PlotContent {
        let name = |run: &RunCard| {
            let TrainConfig { learning_rate, hidden, loss, .. } = run.config;
            format!("run {}: learning rate {}, width {hidden}, {loss}", run.id, format_value(learning_rate))
        };
        let flows = self.runs.iter().map(|run| format!("run {}: {}", run.id, flow_words(&run.flow)));
        PlotContent::Gaps(self.gaps(name).into(), flows.collect::<Vec<_>>().join("; "))
    }

    /// The gaps of all runs under names.
    fn gaps(&self, name: impl Fn(&RunCard) -> String) -> Vec<RunGaps> {
        let of =
            |run: &RunCard| RunGaps { name: name(run), color: run.color(), points: points(&run.history) };
        self.runs.iter().map(of).collect()
    }

    /// The early samples of all runs, the newest first, to be exported.
    pub fn exported_early(&self) -> PlotContent {
        let samples =
            |run: &RunCard| run.samples.iter().map(|s| (s.seconds, s.step, s.pmf.clone())).collect();
        let of = |run: &RunCard| EarlyRun {
            name: format!("run {}", run.id),
            target: run.target.clone(),
            k: run.k,
            samples: samples(run),
        };
        let runs = || self.runs.iter().rev().filter(|run| !run.samples.is_empty());
        let flows =
            runs().map(|run| format!("run {}: {}", run.id, flow_words(&run.flow))).collect::<Vec<_>>();
        PlotContent::Early(runs().map(of).collect(), flows.join("; "))
    }

    /// The gap of the trainer's own run, to be exported.
    pub fn exported_gap(&self, training: &TrainStatus) -> PlotContent {
        let run = RunGaps { name: String::new(), color: 0, points: points(&training.history) };
        let flow = training.flow.as_ref().map_or_else(String::new, flow_words);
        let settings = match training.config {
            Some(TrainConfig { learning_rate, hidden, batch, loss, .. }) => {
                let step = format_value(learning_rate);
                format!("{flow}; learning rate {step}, width {hidden}, batch {batch}, {loss}")
            }
            None => flow,
        };
        PlotContent::Gaps([run].into(), settings)
    }

    /// Forgets a run.
    pub fn forget(&mut self, id: u64) {
        self.runs.retain(|run| run.id != id);
        self.shown = self.shown.filter(|shown| *shown != id);
    }
}

/// As charts have them: step, seconds, and loss, floor and gap.
pub fn points(history: &[GapPoint]) -> Vec<(u64, f64, [f64; 3])> {
    history.iter().map(|p| (p.step, p.seconds, [p.gap.loss, p.gap.floor, p.gap.gap])).collect()
}

/// A run that was kept.
fn run_of(ctx: &Context, kept: &KeptRun) -> RunCard {
    let (flow, k) = (&kept.record.flow, kept.network.config().k);
    // A target whose file is gone or has become another gives no colours: each sample then has its own.
    let target = load_target(&flow.target, flow.k, flow.invert).ok().filter(|target| target.nrows() == k);
    let picture =
        |sample: &EarlySample| sample_of(ctx, kept.number, k, target.as_ref().unwrap_or(&sample.pmf), sample);
    RunCard {
        history: Arc::new(kept.record.history.clone()),
        step: kept.record.step,
        seconds: kept.record.seconds,
        file: Some(kept.file.clone()),
        network: Some(kept.network.clone()),
        samples: kept.early.iter().map(picture).collect(),
        k,
        target: target.clone(),
        ..RunCard::new(kept.number, kept.record.config, flow.clone())
    }
}

/// The K² data cells of a sample on the scale of the target.
fn sample_of(ctx: &Context, run: u64, k: usize, target: &Array2<f64>, sample: &EarlySample) -> Sample {
    let cells = |p: &Array2<f64>| p.slice(ndarray::s![..k, ..k]).to_owned();
    let scale = Scale::from_values_sequential(&cells(target));
    let image = rasterize(&cells(&sample.pmf), &CellLayout::new(k, false), &scale, SIDE);
    let size = [image.width() as usize, image.height() as usize];
    let image = ColorImage::from_rgba_unmultiplied(size, &image.into_raw());
    let name = format!("run {run} at step {}", sample.at.step);
    Sample {
        seconds: sample.at.seconds,
        step: sample.at.step,
        pmf: sample.pmf.clone(),
        picture: ctx.load_texture(name, image, TextureOptions::LINEAR),
    }
}
