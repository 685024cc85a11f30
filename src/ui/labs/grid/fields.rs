//! The arrays behind the panes at one moment, recomputed only when something they depend on changes.

use super::sampler_thread::SampleResult;
use crate::experiment::grid::Settings;
use crate::figure::Scale;
use crate::flow::{Corrector, GridPath, Kappa, Scheduler};
use crate::view::grid::{ArrowKind, DivergencePart, Moment, SampledRun, ScaleMode, Show, View};
use crate::view::{self};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts the fields of all caches: a pane may change from one cache to another.
static VERSIONS: AtomicU64 = AtomicU64::new(1);

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

impl HeatField {
    /// The same values on another scale, if one is given.
    pub fn on(mut self, scale: Option<Scale>) -> Self {
        if let Some(scale) = scale.filter(|scale| *scale != self.scale) {
            // The values are rounded to f32.
            let slack = 1e-6 * (scale.max - scale.min);
            let is_beyond = |f: &dyn Fn(f64) -> bool| self.values.iter().any(|&x| f(f64::from(x)));
            self.beyond = [is_beyond(&|x| x < scale.min - slack), is_beyond(&|x| x > scale.max + slack)];
            self.scale = scale;
        }
        self
    }
}

/// What the fields are computed from.
#[derive(Clone, Copy)]
pub struct SideScene<'a> {
    /// The path.
    pub path: &'a Arc<GridPath>,
    /// The settings.
    pub settings: &'a Settings,
    /// The newest run, if it is of this path.
    pub result: Option<&'a Arc<SampleResult>>,
    /// The present time.
    pub t: f64,
    /// No later time of the run is shown: with A and B, as far as both have got.
    pub shown_to: f64,
}

impl<'a> SideScene<'a> {
    /// Index of the frame of the run that is shown now; none before the run has got there.
    pub fn frame(&self) -> Option<usize> {
        self.result?.trace.at(self.t.min(self.shown_to))
    }

    /// The scheduler.
    pub fn scheduler(&self) -> Scheduler {
        self.settings.flow.scheduler
    }

    /// κ now.
    pub fn kappa(&self) -> Kappa {
        self.scheduler().at(self.t)
    }

    /// What the views are computed from. A run of another denoiser than the one that is shown does not count: nothing is
    /// shown under a wrong name.
    pub fn of_views(&self) -> view::grid::Scene<'a> {
        let run = self.result.filter(|r| r.request.show() == self.settings.show);
        view::grid::Scene {
            path: self.path,
            scheduler: self.scheduler(),
            t: self.t,
            show: self.settings.show,
            corrector: self.settings.effective_sampler().corrector,
            part: self.settings.divergence,
            run: run.map(|r| SampledRun {
                trace: &r.trace,
                scheduler: r.request.scheduler,
                estimated_from: r.estimated_from,
                shown_to: self.shown_to,
            }),
        }
    }

    /// What a view depends on, as something that can be compared.
    fn key(&self, view: View) -> Key {
        let settings = self.settings;
        let run = self.result.filter(|_| view.needs_run(settings.show));
        Key {
            path: self.path.clone(),
            t: self.t.to_bits(),
            scale: settings.scale,
            choices: (
                view,
                self.scheduler(),
                settings.show,
                settings.divergence,
                settings.effective_sampler().corrector,
            ),
            run: run.map(|r| (r.request.id, r.trace.frames.len())),
            run_t: run.map(|_| self.t.min(self.shown_to).to_bits()),
        }
    }
}

#[derive(Clone)]
struct Key {
    path: Arc<GridPath>,
    t: u64,
    scale: ScaleMode,
    choices: (View, Scheduler, Show, DivergencePart, Corrector),
    run: Option<(u64, usize)>,
    run_t: Option<u64>,
}

impl Key {
    /// Whether all is the same but for the time: then fixed scales are, too.
    fn is_same_but_for_time(&self, other: &Self) -> bool {
        let rest = |k: &Self| (k.choices, k.run);
        Arc::ptr_eq(&self.path, &other.path) && rest(self) == rest(other)
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        let rest = |k: &Self| (k.t, k.run_t, k.scale);
        self.is_same_but_for_time(other) && rest(self) == rest(other)
    }
}

/// The longest arrow of a path in blocks of so many cells.
struct Longest {
    path: Arc<GridPath>,
    scheduler: Scheduler,
    block: usize,
    length: f64,
}

/// The particles of one frame: of which request, after which step.
struct States {
    request: u64,
    step: usize,
    states: Arc<Vec<[u16; 2]>>,
}

/// Remembers the last field of every pane.
#[derive(Default)]
pub struct FieldCache {
    panes: [Option<(Key, Result<HeatField, String>)>; 4],
    scales: [Option<(Key, Scale)>; 4],
    longest: [Option<Longest>; 2],
    states: Option<States>,
}

impl FieldCache {
    /// The heat map of `view` in pane `pane`, or why it can't be shown.
    pub fn heat(&mut self, pane: usize, view: View, scene: SideScene<'_>) -> Result<HeatField, String> {
        let key = scene.key(view);
        if let Some((_, field)) = self.panes[pane].as_ref().filter(|(k, _)| *k == key) {
            return field.clone();
        }
        let fixed = self.fixed_scale(pane, &key, scene);
        let version = VERSIONS.fetch_add(1, Ordering::Relaxed);
        let moment = scene.of_views();
        let field = moment.values(view).map_err(|why| why.to_string()).map(|Moment { values, t }| {
            let scale = match scene.settings.scale {
                ScaleMode::Fixed => fixed,
                ScaleMode::PerFrame => view.scale_of(moment.path, &values),
            };
            let slack = 1e-9 * (scale.max - scale.min);
            let beyond = [
                values.iter().any(|&x| x < scale.min - slack),
                values.iter().any(|&x| x > scale.max + slack),
            ];
            let values = Arc::new(values.iter().map(|&x| x as f32).collect());
            HeatField { values, version, scale, beyond, unit: view.unit(), t }
        });
        self.panes[pane] = Some((key, field.clone()));
        field
    }

    /// The particles at or before now: the index of their frame, and where they are. None before the run has got there.
    pub fn states(&mut self, scene: SideScene<'_>) -> Option<(usize, Arc<Vec<[u16; 2]>>)> {
        let result = scene.result?;
        let frame = scene.frame()?;
        let (request, step) = (result.request.id, result.trace.frames[frame].step);
        if let Some(known) = self.states.as_ref().filter(|s| (s.request, s.step) == (request, step)) {
            return Some((frame, known.states.clone()));
        }
        // From the last frame to the next one is a short way.
        let known = self.states.take().filter(|s| s.request == request).and_then(|known| {
            let from = result.trace.frames.iter().position(|f| f.step == known.step)?;
            result.trace.particles.carried(&known.states, from, frame)
        });
        let states = known.unwrap_or_else(|| result.trace.particles.states(frame, usize::MAX));
        let states = Arc::new(states);
        self.states = Some(States { request, step, states: states.clone() });
        Some((frame, states))
    }

    /// The longest exact arrow of the whole path, in blocks of `block` cells: the fixed scale of the arrows.
    pub fn longest_arrow(&mut self, scene: SideScene<'_>, kind: ArrowKind, block: usize) -> f64 {
        let (path, scheduler) = (scene.path, scene.scheduler());
        let known = &mut self.longest[kind as usize];
        let fits = |l: &&Longest| Arc::ptr_eq(&l.path, path) && (l.scheduler, l.block) == (scheduler, block);
        if let Some(longest) = known.as_ref().filter(fits) {
            return longest.length;
        }
        let length = view::grid::longest_arrow(path, scheduler, kind, block);
        *known = Some(Longest { path: path.clone(), scheduler, block, length });
        length
    }

    fn fixed_scale(&mut self, pane: usize, key: &Key, scene: SideScene<'_>) -> Scale {
        if let Some((_, scale)) = self.scales[pane].as_ref().filter(|(k, _)| k.is_same_but_for_time(key)) {
            return *scale;
        }
        let scale = key.choices.0.fixed_scale(&scene.of_views());
        self.scales[pane] = Some((key.clone(), scale));
        scale
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::grid::arrows;

    fn scene<'a>(path: &'a Arc<GridPath>, settings: &'a Settings, t: f64) -> SideScene<'a> {
        SideScene { path, settings, result: None, t, shown_to: 1.0 }
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
    fn an_infinite_slope_is_said_and_not_drawn() {
        let mut settings = Settings::default();
        settings.flow.k = Some(4);
        settings.flow.scheduler = Scheduler::Power(0.5);
        let path = Arc::new(settings.flow.path().expect("path"));
        let mut cache = FieldCache::default();
        assert!(cache.heat(0, View::Divergence, scene(&path, &settings, 0.0)).is_err());
        assert!(cache.heat(0, View::Divergence, scene(&path, &settings, 0.01)).is_ok());
        assert!(arrows(&scene(&path, &settings, 0.0).of_views(), ArrowKind::Current, 1).is_err());
    }

    /// A run of the exact denoiser with four steps.
    fn result(path: &Arc<GridPath>, settings: &Settings, show: Show) -> Arc<SampleResult> {
        use crate::denoiser::grid::Oracle;
        use crate::sampler::grid::{Extras, Particles, PmfCarrier, Setup, TraceRecorder, run};
        let scheduler = settings.flow.scheduler;
        let config = crate::sampler::grid::SamplerConfig { steps: 4, ..settings.sampler };
        let mut recorder =
            TraceRecorder::new(path, scheduler, 10).with(Extras { net: true, ..Extras::default() });
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
            denoiser: Settings { show, ..settings.clone() }.denoiser(),
            network: None,
            particles: 50,
            seed: 0,
            extras: Extras::default(),
            reloads: 0,
            runs: 1,
            stepper: None,
        };
        Arc::new(SampleResult {
            request,
            path: path.clone(),
            trace: recorder.trace,
            stats: Vec::new(),
            summary: summary.ok(),
            final_distances: None,
            estimated_from: None,
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
        let scene = |settings: &'static Settings| SideScene {
            path: path_of(&path),
            settings,
            result: Some(run_of(&run)),
            t: 0.6,
            shown_to: 1.0,
        };
        let leak = |settings: &Settings| -> &'static Settings { Box::leak(Box::new(settings.clone())) };
        let shown = cache.heat(0, View::Difference, scene(leak(&settings))).expect("a difference");
        assert_eq!(shown.t, 0.5, "the state between two steps is the one after the last");
        let behind = SideScene { shown_to: 0.3, ..scene(leak(&settings)) };
        assert_eq!(cache.heat(0, View::Difference, behind).map(|shown| shown.t), Ok(0.25));
        assert_eq!(cache.heat(0, View::Mass, behind).map(|shown| shown.t), Ok(0.6), "it needs no run");
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
        assert!(arrows(&scene(leak(&settings)).of_views(), ArrowKind::Current, 1).is_err());
        let learned = result(&path, &settings, Show::Learned);
        let late = SideScene {
            path: path_of(&path),
            settings: leak(&settings),
            result: Some(run_of(&learned)),
            t: 1.0,
            shown_to: 1.0,
        };
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
