//! Training runs that are kept to be compared: their gap curves, early samples and networks.

mod panel;

pub use panel::runs_panel;

use super::export::PlotContent;
use super::sampler_thread::SamplerStatus;
use super::settings::Show;
use crate::data::FlowSpec;
use crate::figure::scale::format_value;
use crate::figure::{CellLayout, Scale, rasterize};
use crate::flow::GridPath;
use crate::model::NetworkDenoiser;
use crate::train::{GapPoint, TrainConfig, TrainStatus};
use crate::view::RunGaps;
use egui::{ColorImage, Context, TextureHandle, TextureOptions};
use ndarray::Array2;
use std::sync::Arc;

/// So many runs are kept; the oldest goes first.
const MOST_RUNS: usize = 8;
/// A sample is kept of each of these seconds of training, as soon as there is one.
const LOOKS: [f64; 5] = [1.0, 3.0, 10.0, 30.0, 100.0];
/// Side of a sample's picture in pixels.
const SIDE: u32 = 96;

/// A training run.
pub struct Run {
    /// Counts up.
    pub id: u64,
    /// What it was started with.
    pub config: TrainConfig,
    /// The flow it learns; its scheduler is that of the gap.
    pub flow: FlowSpec,
    /// The path of that flow.
    path: Arc<GridPath>,
    /// The gap since it began.
    pub history: Arc<Vec<GapPoint>>,
    /// Steps done.
    pub step: u64,
    /// Seconds of training.
    pub seconds: f64,
    network: Option<Arc<NetworkDenoiser>>,
    /// Of the pmf that the network samples, early to late.
    pub samples: Vec<Sample>,
}

/// What a network made at one time of its training.
pub struct Sample {
    /// Seconds of training.
    pub seconds: f64,
    /// The picture of its pmf at t = 1.
    pub picture: TextureHandle,
}

/// All runs since the program was started.
#[derive(Default)]
pub struct RunLog {
    /// Oldest first; the last one may be under way.
    pub runs: Vec<Run>,
    /// The run whose network is shown in place of the present one's.
    pub shown: Option<u64>,
    /// The sampler's answer that was looked at last.
    seen: u64,
}

impl RunLog {
    /// Takes in what training and sampler have made.
    pub fn follow(&mut self, ctx: &Context, training: &TrainStatus, sampler: &SamplerStatus) {
        let (Some(flow), Some(path), Some(config)) = (&training.flow, &training.path, training.config) else {
            return;
        };
        if self.runs.last().is_none_or(|run| run.id < training.run) {
            self.runs.push(Run {
                id: training.run,
                config,
                flow: flow.clone(),
                path: path.clone(),
                history: Arc::default(),
                step: 0,
                seconds: 0.0,
                network: None,
                samples: Vec::new(),
            });
            self.shown = None;
            let surplus = self.runs.len().saturating_sub(MOST_RUNS);
            self.runs.drain(..surplus);
        }
        let shown = self.shown;
        let Some(run) = self.runs.last_mut().filter(|run| run.id == training.run) else { return };
        (run.step, run.seconds) = (training.step, training.seconds);
        (run.history, run.network) = (training.history.clone(), training.network.clone());
        let Some(result) = sampler.result.as_ref().filter(|r| r.summary.is_some()) else { return };
        let of_this_run = result.request.show == Show::Learned && Arc::ptr_eq(&result.path, &run.path);
        if shown.is_some() || !of_this_run || result.request.id == self.seen {
            return;
        }
        self.seen = result.request.id;
        let due = LOOKS.iter().filter(|look| **look <= run.seconds).count();
        let taken =
            run.samples.last().map_or(0, |last| LOOKS.iter().filter(|look| **look <= last.seconds).count());
        if let Some(last) = result.trace.frames.last().filter(|_| due > taken) {
            let picture = picture(ctx, run, &last.pmf);
            run.samples.push(Sample { seconds: run.seconds, picture });
        }
    }

    /// The status that the views see: the network of the run that is shown stands in for the present one's.
    pub fn seen_as(&self, training: &TrainStatus) -> TrainStatus {
        let run = self.shown.and_then(|id| self.runs.iter().find(|run| run.id == id));
        match run {
            Some(run) if run.id != training.run => TrainStatus {
                network: run.network.clone(),
                // Never a version of the trainer's own counting.
                network_version: u64::MAX - run.id,
                flow: Some(run.flow.clone()),
                path: Some(run.path.clone()),
                ..training.clone()
            },
            _ => training.clone(),
        }
    }

    /// The gaps of all runs, to be exported.
    pub fn exported(&self) -> PlotContent {
        let name = |run: &Run| {
            let TrainConfig { learning_rate, hidden, loss, .. } = run.config;
            format!("run {}: step size {}, width {hidden}, {loss}", run.id, format_value(learning_rate))
        };
        let gaps = self.runs.iter().map(|run| RunGaps { name: name(run), points: points(&run.history) });
        let flows = self.runs.iter().map(|run| format!("run {}: {}", run.id, run.flow));
        PlotContent::Gaps(gaps.collect(), flows.collect::<Vec<_>>().join("; "))
    }

    /// The gap of the trainer's own run, to be exported.
    pub fn exported_gap(&self, training: &TrainStatus) -> PlotContent {
        let run = RunGaps { name: String::new(), points: points(&training.history) };
        let flow = training.flow.as_ref().map_or_else(String::new, ToString::to_string);
        let settings = match training.config {
            Some(TrainConfig { learning_rate, hidden, batch, loss, .. }) => {
                let step = format_value(learning_rate);
                format!("{flow}; step size {step}, width {hidden}, batch {batch}, {loss}")
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

fn points(history: &[GapPoint]) -> Vec<(u64, f64, [f64; 3])> {
    history.iter().map(|p| (p.step, p.seconds, [p.gap.loss, p.gap.floor, p.gap.gap])).collect()
}

/// The data cells of a pmf on the scale of the target.
fn picture(ctx: &Context, run: &Run, pmf: &Array2<f64>) -> TextureHandle {
    let k = run.path.data_tokens();
    let cells = |p: &Array2<f64>| p.slice(ndarray::s![..k, ..k]).to_owned();
    let scale = Scale::from_values_sequential(&cells(run.path.target()));
    let image = rasterize(&cells(pmf), &CellLayout::new(k, false), &scale, SIDE);
    let size = [image.width() as usize, image.height() as usize];
    let image = ColorImage::from_rgba_unmultiplied(size, &image.into_raw());
    ctx.load_texture(format!("run {} sample {}", run.id, run.samples.len()), image, TextureOptions::LINEAR)
}
