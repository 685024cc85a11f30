//! What happened in a run, kept at evenly spread steps so that it can be played back and forth.

use super::{Moment, Particles, PmfCarrier};
use crate::flow::grid::Posterior;
use crate::flow::{Axis, GridPath, Kappa, Scheduler};
use crate::sampler::{History, every_second};
use ndarray::Array2;
use std::sync::Arc;

/// Bytes that the particles of a trace may take: then every second frame is dropped. A million particles and the usual
/// number of jumps stay below it.
const MOST_PARTICLE_BYTES: usize = 40 << 20;

/// The state of a run at one time.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Steps done when it was taken.
    pub step: usize,
    /// Its time.
    pub t: f64,
    /// The sampler's pmf \[V, V\].
    pub pmf: Array2<f64>,
    /// What else was asked for.
    pub extras: FrameExtras,
}

/// What a frame holds only if it is asked for: it takes memory, or O(V³) of time.
#[derive(Clone, Debug, Default)]
pub struct FrameExtras {
    /// Inflow minus outflow per axis and unit of κ under the denoiser's forward velocity, \[V, V\] each: the learned
    /// counterpart of [`GridPath::net_inflow`]. Zero at t = 1, where there is nothing left to move.
    pub net: Option<[Array2<f64>; 2]>,
    /// Mean-displacement arrows per axis and unit of κ under the denoiser's forward velocity, \[V, V\] each: the learned
    /// counterpart of [`GridPath::displacement`]. None at t = 1.
    pub displacement: Option<[Array2<f64>; 2]>,
    /// The denoiser's error. None at t = 1, where it is not asked.
    pub posterior_error: Option<PosteriorError>,
}

/// How wrong a denoiser is at one time.
#[derive(Clone, Debug)]
pub struct PosteriorError {
    /// [`GridPath::posterior_error`], \[V, V\].
    pub values: Array2<f64>,
    /// Its mean under p_t, nats.
    pub mean: f64,
    /// The largest in the likeliest states that hold 99% of p_t: elsewhere a network was hardly ever trained, and may err
    /// without limit.
    pub likely: f64,
}

impl PosteriorError {
    /// Of `posterior` at κ.
    pub fn new(path: &GridPath, kappa: Kappa, posterior: &Posterior) -> Self {
        let (values, p) = (path.posterior_error(kappa, posterior), path.pmf(kappa));
        let mut states: Vec<(f64, f64)> =
            p.iter().copied().zip(values.iter().copied()).filter(|(_, error)| !error.is_nan()).collect();
        states.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mean = states.iter().map(|(p, error)| p * error).sum();
        let mut held = 0.0;
        let likely = states.iter().take_while(|(p, _)| {
            let counts = held < 0.99;
            held += p;
            counts
        });
        let likely = likely.map(|(_, error)| *error).filter(|error| error.is_finite()).fold(0.0, f64::max);
        Self { values, mean, likely }
    }
}

/// Which [`FrameExtras`] are computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extras {
    /// The net inflow.
    pub net: bool,
    /// The arrows.
    pub displacement: bool,
    /// The error.
    pub posterior_error: bool,
}

/// A run from t = 0 as far as it went.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// In the order of time.
    pub frames: Vec<Arc<Frame>>,
    /// Where every particle was in each of them.
    pub particles: History,
    /// Steps of the whole run.
    pub total_steps: usize,
}

impl Trace {
    /// Index of the last frame at or before `t`.
    pub fn at(&self, t: f64) -> Option<usize> {
        // A slider's t may miss a step's time by rounding.
        self.frames.partition_point(|f| f.t <= t + 1e-9).checked_sub(1)
    }

    /// The way of particle `n` through all frames; none of a particle that there is not. Between two frames of a run
    /// that keeps every n-th step only the difference is known: one jump a token.
    pub fn way(&self, n: usize) -> Option<Way> {
        let states = self.particles.way(n);
        let mut jumps = Vec::new();
        for (index, pair) in states.windows(2).enumerate() {
            for axis in Axis::BOTH {
                let [from, to] = [pair[0], pair[1]].map(|state| state[axis.index()]);
                if from != to {
                    jumps.push(Jump { frame: index + 1, axis, from, to });
                }
            }
        }
        Some(Way { start: *states.first()?, jumps })
    }
}

/// The way of one particle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// Its state in the first frame.
    pub start: [u16; 2],
    /// All its jumps, in order.
    pub jumps: Vec<Jump>,
}

impl Way {
    /// The states up to a frame, one after every jump; the last one is where the particle is in that frame.
    pub fn until(&self, frame: usize) -> Vec<[u16; 2]> {
        let done = self.jumps.iter().take_while(|jump| jump.frame <= frame);
        let later = done.scan(self.start, |state, jump| {
            state[jump.axis.index()] = jump.to;
            Some(*state)
        });
        std::iter::once(self.start).chain(later).collect()
    }
}

/// A change of one token of a particle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Jump {
    /// Index of the first frame after it.
    pub frame: usize,
    /// The token that changed.
    pub axis: Axis,
    /// Its value before.
    pub from: u16,
    /// Its value after.
    pub to: u16,
}

/// Collects a [`Trace`] of at most a given number of frames.
#[derive(Debug)]
pub struct TraceRecorder<'a> {
    path: &'a GridPath,
    scheduler: Scheduler,
    most_frames: usize,
    extras: Extras,
    most_particle_bytes: usize,
    /// How often every second frame was dropped.
    thinned: u32,
    /// The particles of the last frame.
    last: Vec<[u16; 2]>,
    /// What was collected so far.
    pub trace: Trace,
}

/// What became of a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// Every second of the frames before was dropped, as by [`every_second`].
    pub thinned: bool,
    /// It was kept.
    pub kept: bool,
}

impl<'a> TraceRecorder<'a> {
    /// `most_frames` ≥ 2 bounds the memory; a longer run keeps every n-th step and always the last. Particles that would
    /// take too much memory make it fewer on the way.
    pub fn new(path: &'a GridPath, scheduler: Scheduler, most_frames: usize) -> Self {
        Self {
            path,
            scheduler,
            most_frames: most_frames.max(2),
            extras: Extras::default(),
            most_particle_bytes: MOST_PARTICLE_BYTES,
            thinned: 0,
            last: Vec::new(),
            trace: Trace::default(),
        }
    }

    /// Frames hold these, too.
    #[must_use]
    pub fn with(self, extras: Extras) -> Self {
        Self { extras, ..self }
    }

    /// Looks at a moment of the run.
    pub fn record(&mut self, (pmf, particles): &(PmfCarrier, Particles), moment: Moment<'_>) -> Recorded {
        let mut recorded = Recorded::default();
        if !self.is_due(moment) {
            return recorded;
        }
        if self.trace.particles.bytes() > self.most_particle_bytes && self.trace.frames.len() > 2 {
            every_second(&mut self.trace.frames);
            self.trace.particles.thin();
            self.last = self.trace.particles.states(self.trace.frames.len() - 1, usize::MAX);
            self.thinned += 1;
            recorded.thinned = true;
            if !self.is_due(moment) {
                return recorded;
            }
        }
        self.trace.total_steps = moment.total;
        let p = &pmf.pmf;
        let kappa = self.scheduler.at(moment.t);
        let net = self.extras.net.then(|| match moment.posterior {
            Some(posterior) => self.path.net_inflow_of([&posterior.axes[0], &posterior.axes[1]], p, kappa),
            None => [Array2::zeros(p.dim()), Array2::zeros(p.dim())],
        });
        let extras = FrameExtras {
            net,
            displacement: moment.posterior.filter(|_| self.extras.displacement).map(|posterior| {
                self.path.displacement_of([&posterior.axes[0], &posterior.axes[1]], p, kappa)
            }),
            posterior_error: moment
                .posterior
                .filter(|_| self.extras.posterior_error)
                .map(|posterior| PosteriorError::new(self.path, kappa, posterior)),
        };
        self.trace.frames.push(Arc::new(Frame { step: moment.done, t: moment.t, pmf: p.clone(), extras }));
        self.trace.particles.push(&self.last, &particles.states);
        self.last.clone_from(&particles.states);
        Recorded { kept: true, ..recorded }
    }

    fn is_due(&self, moment: Moment<'_>) -> bool {
        let stride = moment.total.div_ceil(self.most_frames - 1).max(1) << self.thinned;
        moment.done.is_multiple_of(stride) || moment.done == moment.total
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::denoiser::grid::Oracle;
    use crate::flow::grid::testing::{cases, largest};
    use crate::sampler::grid::{SamplerConfig, Setup, run};
    use std::ops::ControlFlow;

    fn record(path: &Arc<GridPath>, steps: usize, most_frames: usize) -> Trace {
        let scheduler = Scheduler::Quadratic;
        let setup = Setup { path, scheduler, config: SamplerConfig { steps, ..Default::default() } };
        let all = Extras { net: true, displacement: true, posterior_error: true };
        let mut recorder = TraceRecorder::new(path, scheduler, most_frames).with(all);
        let mut carrier = (PmfCarrier::new(path), Particles::new(path, 100, 1));
        run(setup, &Oracle::new(path.clone()), &mut carrier, |c, m| {
            recorder.record(c, m);
            ControlFlow::Continue(())
        })
        .expect("run");
        recorder.trace
    }

    #[test]
    fn frames_are_bounded_and_hold_both_ends() {
        let path = Arc::new(cases().remove(0).path);
        for (steps, most) in [(10, 100), (10, 4), (1, 2), (1000, 65)] {
            let trace = record(&path, steps, most);
            assert!(trace.frames.len() <= most + 1, "{} frames of {most}", trace.frames.len());
            assert_eq!(trace.frames[0].t, 0.0);
            assert_eq!(trace.frames.last().map(|f| (f.t, f.step)), Some((1.0, steps)));
            assert_eq!(trace.at(0.0), Some(0));
            assert_eq!(trace.at(1.0), Some(trace.frames.len() - 1));
        }
    }

    #[test]
    fn particles_of_every_frame_come_back_also_where_memory_is_short() {
        for case in cases() {
            let path = Arc::new(case.path);
            let scheduler = Scheduler::Linear;
            let config = SamplerConfig { steps: 50, ..Default::default() };
            for most in [usize::MAX, 20_000, 1000, 0] {
                let mut recorder = TraceRecorder::new(&path, scheduler, 30);
                recorder.most_particle_bytes = most;
                let mut carrier = (PmfCarrier::new(&path), Particles::new(&path, 500, 1));
                let mut seen: Vec<(usize, Vec<[u16; 2]>)> = Vec::new();
                let setup = Setup { path: &path, scheduler, config };
                run(setup, &Oracle::new(path.clone()), &mut carrier, |c, m| {
                    let recorded = recorder.record(c, m);
                    if recorded.thinned {
                        every_second(&mut seen);
                    }
                    if recorded.kept {
                        seen.push((m.done, c.1.states.clone()));
                    }
                    ControlFlow::Continue(())
                })
                .expect("run");
                let trace = recorder.trace;
                let steps: Vec<usize> = trace.frames.iter().map(|f| f.step).collect();
                assert_eq!(steps, seen.iter().map(|(step, _)| *step).collect::<Vec<_>>());
                assert_eq!((steps[0], steps.last()), (0, Some(&50)));
                assert_eq!(trace.particles.len(), trace.frames.len());
                for (frame, (_, states)) in seen.iter().enumerate() {
                    assert_eq!(trace.particles.states(frame, usize::MAX), *states);
                }
                // A frame is added before there can be too many, and three there must be.
                let (frame, whole) = (2064, 2000);
                let bytes = trace.particles.bytes();
                assert!(
                    bytes <= most.saturating_add(frame + whole).max(4 * (whole + frame)),
                    "{bytes} of {most}"
                );
            }
        }
    }

    #[test]
    fn the_way_of_a_particle_leads_to_where_it_is_in_every_frame() {
        for case in cases() {
            let trace = record(&Arc::new(case.path), 20, 8);
            let mut jumped = 0;
            for n in 0..100 {
                let way = trace.way(n).expect("a particle");
                jumped += way.jumps.len();
                for jump in &way.jumps {
                    assert_ne!(jump.from, jump.to);
                    let before = trace.particles.state(jump.frame - 1, n).expect("a particle");
                    assert_eq!(before[jump.axis.index()], jump.from);
                }
                for frame in 0..trace.frames.len() {
                    assert_eq!(
                        way.until(frame).last().copied(),
                        trace.particles.state(frame, n),
                        "{}",
                        case.name
                    );
                }
            }
            assert!(jumped > 50, "{}: {jumped}", case.name);
            assert_eq!(trace.way(100), None);
        }
    }

    #[test]
    fn an_oracles_net_inflow_is_the_exact_one() {
        // In the first frame the sampler's pmf still is the path's own.
        for case in cases() {
            let path = Arc::new(case.path);
            let frame = &record(&path, 4, 8).frames[0];
            for axis in Axis::BOTH {
                let net = frame.extras.net.as_ref().expect("the net inflow was asked for");
                let exact = path.net_inflow(axis, Scheduler::Quadratic.at(0.0));
                let error = largest(&(&net[axis.index()] - &exact));
                assert!(error < 1e-12, "{}: {error:e}", case.name);
                let arrows = frame.extras.displacement.as_ref().expect("arrows were asked for");
                let exact = path.displacement(axis, Scheduler::Quadratic.at(0.0));
                let error = largest(&(&arrows[axis.index()] - &exact));
                assert!(error < 1e-12, "{}: {error:e}", case.name);
            }
            let error = frame.extras.posterior_error.as_ref().expect("the error was asked for");
            assert!(
                error.values.iter().all(|e| e.is_nan() || *e == 0.0),
                "{}: an oracle does not err",
                case.name
            );
            assert_eq!((error.mean, error.likely), (0.0, 0.0));
        }
    }

    #[test]
    fn unlikely_states_do_not_rule_the_error() {
        use crate::denoiser::grid::{Denoiser, Noisy};
        for case in cases() {
            let path = Arc::new(case.path);
            let kappa = Kappa::new(0.5);
            let wrong =
                Noisy::new(path.clone(), 0.5).expect("ε in range").posterior(kappa).expect("no device");
            let error = PosteriorError::new(&path, kappa, &wrong);
            let p = path.pmf(kappa);
            let worst = |least: f64| {
                let states = error.values.iter().zip(&p).filter(|(e, p)| **p >= least && e.is_finite());
                states.map(|(e, _)| *e).fold(0.0, f64::max)
            };
            assert!(error.mean > 0.0 && error.mean <= error.likely, "{}: {error:?}", case.name);
            assert!(error.likely <= worst(0.0));
            // No state with a tenth of the mass may be left out.
            assert!(error.likely >= worst(0.1), "{}", case.name);
        }
    }
}
