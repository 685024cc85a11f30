//! The arrays behind the panes at one moment, recomputed only when something they depend on changes.

use super::sampler_thread::SampleResult;
use super::settings::{DivergencePart, ScaleMode, Settings, Show, View};
use crate::figure::{CellLayout, Scale};
use crate::flow::{Axis, GridPath, Kappa, Scheduler};
use crate::sampler::Frame;
use ndarray::Array2;
use std::sync::Arc;

/// A heat map ready to be drawn.
#[derive(Clone)]
pub struct HeatField {
    /// `[V, V]`, index token1 · V + token2.
    pub values: Arc<Vec<f32>>,
    /// Counts up when `values` change.
    pub version: u64,
    /// Colours.
    pub scale: Scale,
    /// Whether some value lies below or above the scale, such as the mask margin, which would drown the data cells if
    /// it ruled it.
    pub beyond: [bool; 2],
    /// Unit of the colour bar.
    pub unit: &'static str,
    /// Time of the values: the present one, or that of the last step before it.
    pub t: f64,
}

/// Largest values over a whole path: the fixed colour scales.
#[derive(Clone, Copy, Debug, PartialEq)]
struct PathScales {
    mass: f64,
    divergence: [f64; 3],
}

/// What the fields are computed from.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// The path.
    pub path: &'a Arc<GridPath>,
    /// The settings.
    pub settings: &'a Settings,
    /// The newest run, if it is of this path.
    pub result: Option<&'a Arc<SampleResult>>,
    /// The present time.
    pub t: f64,
}

impl<'a> Scene<'a> {
    /// The scheduler.
    pub fn scheduler(&self) -> Scheduler {
        self.settings.flow.scheduler
    }

    /// κ now.
    pub fn kappa(&self) -> Kappa {
        self.scheduler().at(self.t)
    }

    /// The run of the denoiser that is shown, and its frame at or before now. While another one is still on the
    /// screen's mind there is none: nothing is shown under a wrong name.
    pub fn frame(&self) -> Option<(&'a SampleResult, &'a Frame)> {
        let result = self.result.filter(|r| r.request.show == self.settings.show)?;
        Some((result, result.trace.frames.get(result.trace.at(self.t)?)?))
    }

    /// Where cells lie.
    pub fn layout(&self) -> CellLayout {
        CellLayout::new(self.path.data_tokens(), self.path.has_mask())
    }

    /// What a view depends on, as something that can be compared.
    fn key(&self, view: View) -> Key {
        let sampled = matches!(view, View::Sampled | View::Difference | View::Particles)
            || self.settings.show == Show::Learned;
        Key {
            path: self.path.clone(),
            scheduler: self.scheduler(),
            t: self.t.to_bits(),
            view,
            show: self.settings.show,
            part: self.settings.divergence,
            scale: self.settings.scale,
            run: match (sampled, self.result) {
                (true, Some(r)) => Some((r.request.id, r.trace.frames.len())),
                _ => None,
            },
        }
    }
}

#[derive(Clone)]
struct Key {
    path: Arc<GridPath>,
    scheduler: Scheduler,
    t: u64,
    view: View,
    show: Show,
    part: DivergencePart,
    scale: ScaleMode,
    run: Option<(u64, usize)>,
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        let rest = |k: &Self| (k.scheduler, k.t, k.view, k.show, k.part, k.scale, k.run);
        Arc::ptr_eq(&self.path, &other.path) && rest(self) == rest(other)
    }
}

/// Remembers the last field of every pane.
#[derive(Default)]
pub struct FieldCache {
    panes: [Option<(Key, Result<HeatField, String>)>; 4],
    scales: Option<(Arc<GridPath>, Scheduler, PathScales)>,
    longest: Option<(Arc<GridPath>, Scheduler, usize, f64)>,
    versions: u64,
}

impl FieldCache {
    /// The heat map of `view` in pane `pane`, or why it can't be shown.
    pub fn heat(&mut self, pane: usize, view: View, scene: Scene<'_>) -> Result<HeatField, String> {
        let key = scene.key(view);
        if let Some((_, field)) = self.panes[pane].as_ref().filter(|(k, _)| *k == key) {
            return field.clone();
        }
        let scales = self.scales(scene);
        self.versions += 1;
        let version = self.versions;
        let field = compute(view, scene).map(|(values, t)| {
            let scale = scale_of(view, scene, &values, scales);
            let slack = 1e-9 * (scale.max - scale.min);
            let beyond = [
                values.iter().any(|&x| x < scale.min - slack),
                values.iter().any(|&x| x > scale.max + slack),
            ];
            let values = Arc::new(values.iter().map(|&x| x as f32).collect());
            HeatField { values, version, scale, beyond, unit: unit(view), t }
        });
        self.panes[pane] = Some((key, field.clone()));
        field
    }

    /// The longest exact arrow of the whole path, in blocks of `block` cells: the fixed scale of the currents.
    pub fn longest_arrow(&mut self, scene: Scene<'_>, block: usize) -> f64 {
        let (path, scheduler) = (scene.path, scene.scheduler());
        if let Some((p, s, b, longest)) = &self.longest
            && Arc::ptr_eq(p, path)
            && (*s, *b) == (scheduler, block)
        {
            return *longest;
        }
        let longest = looks(path)
            .filter(|t| scheduler.derivative(*t).is_finite())
            .flat_map(|t| {
                let nets = Axis::BOTH.map(|axis| path.net_inflow(axis, scheduler.at(t)));
                block_arrows(path, &nets, scheduler.derivative(t), block)
            })
            .map(|arrow| arrow.length())
            .fold(0.0, f64::max);
        self.longest = Some((path.clone(), scheduler, block, longest));
        longest
    }

    fn scales(&mut self, scene: Scene<'_>) -> PathScales {
        let known = self
            .scales
            .as_ref()
            .filter(|(path, scheduler, _)| Arc::ptr_eq(path, scene.path) && *scheduler == scene.scheduler());
        if let Some((.., scales)) = known {
            return *scales;
        }
        let scales = path_scales(scene.path, scene.scheduler());
        self.scales = Some((scene.path.clone(), scene.scheduler(), scales));
        scales
    }
}

fn unit(view: View) -> &'static str {
    match view {
        View::Divergence => "1 / time",
        _ => "mass",
    }
}

/// Data cells only: the mask margin holds much more mass per cell and would drown them.
fn data_cells<'a>(path: &GridPath, p: &'a Array2<f64>) -> ndarray::ArrayView2<'a, f64> {
    let k = path.data_tokens();
    p.slice(ndarray::s![..k, ..k])
}

fn largest(values: impl IntoIterator<Item = f64>) -> f64 {
    values.into_iter().filter(|x| x.is_finite()).fold(0.0, |m, x| m.max(x.abs()))
}

/// Times at which a whole path is looked at for its largest values: fewer on a large grid, where each costs
/// milliseconds.
fn looks(path: &GridPath) -> impl Iterator<Item = f64> {
    let steps = if path.data_tokens() > 128 { 8 } else { 32 };
    (0..=steps).map(move |j| f64::from(j) / f64::from(steps))
}

/// Largest mass at both ends, and largest divergence on the way.
fn path_scales(path: &GridPath, scheduler: Scheduler) -> PathScales {
    let ends = [Kappa::START, Kappa::END].map(|k| largest(data_cells(path, &path.pmf(k)).iter().copied()));
    let mut divergence = [0.0f64; 3];
    for t in looks(path) {
        let (kappa, slope) = (scheduler.at(t), scheduler.derivative(t));
        if !slope.is_finite() {
            continue;
        }
        let nets = Axis::BOTH.map(|axis| path.net_inflow(axis, kappa));
        for (most, net) in divergence.iter_mut().zip([&nets[0] + &nets[1], nets[0].clone(), nets[1].clone()])
        {
            *most = most.max(slope * largest(data_cells(path, &net).iter().copied()));
        }
    }
    PathScales { mass: ends[0].max(ends[1]), divergence }
}

fn scale_of(view: View, scene: Scene<'_>, values: &Array2<f64>, fixed: PathScales) -> Scale {
    let now = || largest(data_cells(scene.path, values).iter().copied());
    let per_frame = scene.settings.scale == ScaleMode::PerFrame;
    match view {
        View::Divergence if per_frame => Scale::diverging(now()),
        View::Divergence => Scale::diverging(fixed.divergence[scene.settings.divergence as usize]),
        View::Difference if per_frame => Scale::diverging(now()),
        // Half the mass scale shows a bias worth seeing; a small one is for the per-frame scale.
        View::Difference => Scale::diverging(0.5 * fixed.mass),
        _ if per_frame => Scale::sequential(now()),
        _ => Scale::sequential(fixed.mass),
    }
}

/// The values of a view and their time.
fn compute(view: View, scene: Scene<'_>) -> Result<(Array2<f64>, f64), String> {
    let learned = scene.settings.show == Show::Learned;
    let frame = || scene.frame().ok_or_else(|| NOT_YET.to_owned());
    match view {
        View::Mass => Ok((scene.path.pmf(scene.kappa()), scene.t)),
        // Behind the particles lies the mass of their own time, not of the play-head's.
        View::Particles if !learned => {
            let (result, frame) = frame()?;
            Ok((scene.path.pmf(result.request.scheduler.at(frame.t)), frame.t))
        }
        View::Currents if !learned => Ok((scene.path.pmf(scene.kappa()), scene.t)),
        View::Currents | View::Particles | View::Sampled => {
            let (_, frame) = frame()?;
            Ok((frame.pmf.clone(), frame.t))
        }
        View::Difference => {
            let (result, frame) = frame()?;
            // The run may be of the scheduler before the present one: its time is its own scheduler's.
            Ok((&frame.pmf - &scene.path.pmf(result.request.scheduler.at(frame.t)), frame.t))
        }
        View::Divergence => {
            let (nets, slope, t) = net_inflow(scene)?;
            let net = match scene.settings.divergence {
                DivergencePart::Total => &nets[0] + &nets[1],
                DivergencePart::First => nets[0].clone(),
                DivergencePart::Second => nets[1].clone(),
            };
            Ok((net * -slope, t))
        }
    }
}

fn slope_at(scheduler: Scheduler, t: f64) -> Result<f64, String> {
    let slope = scheduler.derivative(t);
    if slope.is_finite() {
        Ok(slope)
    } else {
        Err(format!("κ′ is infinite at t = 0 for {scheduler}: move on a little"))
    }
}

/// What a sampled view says while its run has not reached the present time.
const NOT_YET: &str = "sampling …";

/// Net inflow per axis and unit of κ, exact or of the learned velocity, with κ' and the time they belong to.
fn net_inflow(scene: Scene<'_>) -> Result<([Array2<f64>; 2], f64, f64), String> {
    if scene.settings.show == Show::Exact {
        let nets = Axis::BOTH.map(|axis| scene.path.net_inflow(axis, scene.kappa()));
        return Ok((nets, slope_at(scene.scheduler(), scene.t)?, scene.t));
    }
    let (result, frame) = scene.frame().ok_or_else(|| NOT_YET.to_owned())?;
    Ok((frame.net.clone(), slope_at(result.request.scheduler, frame.t)?, frame.t))
}

/// An arrow of the current view: block centre and current per unit time, in cells and mass.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CurrentArrow {
    /// Centre of the block in cell coordinates, \[0, K\].
    pub at: [f32; 2],
    /// Mean edge current through the block along both axes, mass per unit time.
    pub current: [f64; 2],
}

/// Edge currents averaged over blocks of `block` × `block` cells, and their time.
///
/// # Errors
/// If the run has not got there, or κ' is infinite.
pub fn arrows(scene: Scene<'_>, block: usize) -> Result<(Vec<CurrentArrow>, f64), String> {
    let (nets, slope, t) = net_inflow(scene)?;
    Ok((block_arrows(scene.path, &nets, slope, block), t))
}

impl CurrentArrow {
    /// Mass per unit time.
    pub fn length(&self) -> f64 {
        self.current[0].hypot(self.current[1])
    }
}

fn block_arrows(path: &GridPath, nets: &[Array2<f64>; 2], slope: f64, block: usize) -> Vec<CurrentArrow> {
    let (k, block) = (path.data_tokens(), block.max(1));
    let current = path.edge_current_of(nets);
    let blocks = k.div_ceil(block);
    let mut arrows = Vec::with_capacity(blocks * blocks);
    for bi in 0..blocks {
        for bj in 0..blocks {
            let (rows, columns) =
                (bi * block..((bi + 1) * block).min(k), bj * block..((bj + 1) * block).min(k));
            let cells = (rows.len() * columns.len()) as f64;
            let mut sum = [0.0; 2];
            for i in rows.clone() {
                for j in columns.clone() {
                    // A cell's current is the mean of its two edges.
                    sum[0] += 0.5 * (current[0][[i, j]] + current[0][[i + 1, j]]);
                    sum[1] += 0.5 * (current[1][[i, j]] + current[1][[i, j + 1]]);
                }
            }
            arrows.push(CurrentArrow {
                at: [0.5 * (rows.start + rows.end) as f32, 0.5 * (columns.start + columns.end) as f32],
                current: sum.map(|s| s * slope / cells),
            });
        }
    }
    arrows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{FlowSpec, SourceSpec};

    fn scene<'a>(path: &'a Arc<GridPath>, settings: &'a Settings, t: f64) -> Scene<'a> {
        Scene { path, settings, result: None, t }
    }

    #[test]
    fn fields_are_recomputed_only_when_something_changed() {
        let mut settings = Settings::default();
        settings.flow.k = Some(8);
        let path = Arc::new(settings.flow.path().expect("path"));
        let mut cache = FieldCache::default();
        let mut version = |settings: &Settings, t| {
            cache.heat(0, View::Mass, scene(&path, settings, t)).expect("mass").version
        };
        let first = version(&settings, 0.5);
        assert_eq!(version(&settings, 0.5), first);
        assert_ne!(version(&settings, 0.6), first);
        let second = version(&settings, 0.5);
        settings.flow.scheduler = Scheduler::Cubic;
        assert_ne!(version(&settings, 0.5), second);
    }

    #[test]
    fn the_divergence_is_minus_dpdt_and_its_fixed_scale_holds_every_frame() {
        let mut settings = Settings::default();
        settings.flow = FlowSpec { k: Some(8), source: SourceSpec::Mask, ..settings.flow };
        let path = Arc::new(settings.flow.path().expect("path"));
        let mut cache = FieldCache::default();
        for j in 0..=10 {
            let t = f64::from(j) / 10.0;
            let field = cache.heat(1, View::Divergence, scene(&path, &settings, t)).expect("divergence");
            let exact =
                path.pmf_slope(settings.flow.scheduler.at(t)) * -settings.flow.scheduler.derivative(t);
            for (shown, exact) in field.values.iter().zip(exact.iter()) {
                assert!((f64::from(*shown) - exact).abs() < 1e-6 * (1.0 + exact.abs()));
            }
            let most = largest(data_cells(&path, &exact).iter().copied());
            assert!(most <= field.scale.max * 1.01, "at t = {t}: {most} beyond {}", field.scale.max);
        }
    }

    #[test]
    fn arrows_are_block_means_and_vanish_for_a_mask() {
        let mut settings = Settings::default();
        settings.flow.k = Some(8);
        settings.flow.scheduler = Scheduler::Linear;
        let path = Arc::new(settings.flow.path().expect("path"));
        let (fine, _) = arrows(scene(&path, &settings, 0.4), 1).expect("arrows");
        let (coarse, _) = arrows(scene(&path, &settings, 0.4), 8).expect("arrows");
        assert_eq!((fine.len(), coarse.len()), (64, 1));
        let mean = fine.iter().map(|a| a.current[0]).sum::<f64>() / 64.0;
        assert!((mean - coarse[0].current[0]).abs() < 1e-15);
        assert!(fine.iter().any(|a| a.current[0].abs() > 1e-6));
        settings.flow.source = SourceSpec::Mask;
        let path = Arc::new(settings.flow.path().expect("path"));
        let (masked, _) = arrows(scene(&path, &settings, 0.4), 1).expect("arrows");
        assert!(masked.iter().all(|a| a.current == [0.0, 0.0]));
    }

    #[test]
    fn an_infinite_slope_is_said_and_not_drawn() {
        let mut settings = Settings::default();
        settings.flow.k = Some(4);
        settings.flow.scheduler = Scheduler::Power(0.5);
        let path = Arc::new(settings.flow.path().expect("path"));
        let mut cache = FieldCache::default();
        assert!(cache.heat(0, View::Divergence, scene(&path, &settings, 0.0)).is_err());
        assert!(cache.heat(0, View::Divergence, scene(&path, &settings, 0.01)).is_ok());
        assert!(arrows(scene(&path, &settings, 0.0), 1).is_err());
    }

    /// A run of the exact denoiser with four steps.
    fn result(path: &Arc<GridPath>, settings: &Settings, show: Show) -> Arc<SampleResult> {
        use crate::denoiser::Oracle;
        use crate::sampler::{Particles, PmfCarrier, Setup, TraceRecorder, run};
        let scheduler = settings.flow.scheduler;
        let config = crate::sampler::SamplerConfig { steps: 4, ..settings.sampler };
        let mut recorder = TraceRecorder::new(path, scheduler, 10);
        let mut carrier = (PmfCarrier::new(path), Particles::new(path, 50, 0));
        let setup = Setup { path, scheduler, config };
        let summary = run(setup, &Oracle::new(path.clone()), &mut carrier, |c, m| {
            recorder.record(c, m);
            std::ops::ControlFlow::Continue(())
        });
        let request = super::super::sampler_thread::SampleRequest {
            id: 1,
            spec: settings.path_spec(),
            scheduler,
            config,
            show,
            epsilon: 0.0,
            early_error: false,
            network: None,
            particles: 50,
            seed: 0,
            reloads: 0,
        };
        Arc::new(SampleResult {
            request,
            path: path.clone(),
            trace: recorder.trace,
            stats: Vec::new(),
            summary: summary.ok(),
            final_distances: None,
        })
    }

    #[test]
    fn sampled_views_show_the_last_step_under_its_own_scheduler_and_name() {
        let mut settings = Settings::default();
        settings.flow.k = Some(8);
        let path = Arc::new(settings.flow.path().expect("path"));
        let run = result(&path, &settings, Show::Exact);
        let mut cache = FieldCache::default();
        let frame = run.trace.frames[2].clone();
        assert_eq!(frame.t, 0.5);
        let exact = path.pmf(settings.flow.scheduler.at(0.5));
        let scene = |settings: &'static Settings| Scene {
            path: path_of(&path),
            settings,
            result: Some(run_of(&run)),
            t: 0.6,
        };
        let leak = |settings: &Settings| -> &'static Settings { Box::leak(Box::new(settings.clone())) };
        let shown = cache.heat(0, View::Difference, scene(leak(&settings))).expect("a difference");
        assert_eq!(shown.t, 0.5, "the state between two steps is the one after the last");
        for ((shown, p), q) in shown.values.iter().zip(&frame.pmf).zip(&exact) {
            assert!((f64::from(*shown) - (p - q)).abs() < 1e-9);
        }
        // Another scheduler is chosen: the old run's frame still is at its own κ.
        settings.flow.scheduler = Scheduler::Cubic;
        let shown = cache.heat(0, View::Difference, scene(leak(&settings))).expect("a difference");
        assert!((f64::from(shown.values[0]) - (frame.pmf[[0, 0]] - exact[[0, 0]])).abs() < 1e-9);
        // The learned denoiser is chosen: nothing of the exact one's run is shown under its name.
        settings.show = Show::Learned;
        for view in [View::Sampled, View::Difference, View::Divergence] {
            assert!(cache.heat(0, view, scene(leak(&settings))).is_err(), "{view:?}");
        }
        assert!(arrows(scene(leak(&settings)), 1).is_err());
        let learned = result(&path, &settings, Show::Learned);
        let late =
            Scene { path: path_of(&path), settings: leak(&settings), result: Some(run_of(&learned)), t: 1.0 };
        let divergence = cache.heat(0, View::Divergence, late).expect("a divergence");
        assert!(divergence.values.iter().all(|x| *x == 0.0), "nothing is left to move at t = 1");
    }

    fn path_of(path: &Arc<GridPath>) -> &'static Arc<GridPath> {
        Box::leak(Box::new(path.clone()))
    }

    fn run_of(run: &Arc<SampleResult>) -> &'static Arc<SampleResult> {
        Box::leak(Box::new(run.clone()))
    }
}
