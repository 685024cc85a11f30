//! What a sampler moves: a cloud of particles, or the whole pmf at once (math.md 5.4, 5.9).

use super::stepping::{AxisTable, Key, StepTables, Stepper, step_particles};
use super::two_stage::QUICK;
use super::{EventSpan, Stage, StepKernel, TwoStage};
use crate::flow::categorical::{cumulative, index_at};
use crate::flow::grid::{AxisKernel, push, push_one};
use crate::flow::{Axis, GridPath};
use crate::random::{Purpose, stream};
use crate::sampler::SamplerError;
use ndarray::{Array2, Axis as Dim};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// Something a step can be applied to.
pub trait Carrier {
    /// Moves by one step.
    fn apply(&mut self, kernel: &StepKernel);

    /// Moves by one step of a two-stage method.
    ///
    /// # Errors
    /// If it is a pmf and there are too many terms to sum up.
    fn look_ahead(&mut self, step: &TwoStage) -> Result<(), SamplerError>;

    /// Moves through every jump of a stretch of the path.
    ///
    /// # Errors
    /// If the denoiser fails.
    fn follow(&mut self, span: &EventSpan<'_>) -> Result<(), SamplerError>;
}

/// Both at once, so that the denoiser is asked only once. Where a step of the pmf would take too long, the particles'
/// histogram stands for it from there on: [`PmfCarrier::estimated_from`] says so.
impl Carrier for (PmfCarrier, Particles) {
    fn apply(&mut self, kernel: &StepKernel) {
        let (pmf, particles) = self;
        particles.apply(kernel);
        match pmf.estimated_from {
            None => pmf.apply(kernel),
            Some(_) => pmf.estimate(particles),
        }
    }

    fn look_ahead(&mut self, step: &TwoStage) -> Result<(), SamplerError> {
        let (pmf, particles) = self;
        particles.look_ahead(step);
        // A pmf that can't be pushed on is as it was.
        if pmf.estimated_from.is_some() || pmf.look_ahead_within(step, QUICK).is_err() {
            pmf.estimate(particles);
        }
        Ok(())
    }

    fn follow(&mut self, span: &EventSpan<'_>) -> Result<(), SamplerError> {
        self.0.follow(span)?;
        self.1.follow(span)
    }
}

/// The pmf \[V, V\] that a sampler produces, with no Monte-Carlo noise unless it says so.
#[derive(Clone, Debug)]
pub struct PmfCarrier {
    /// Σ = 1 up to rounding.
    pub pmf: Array2<f64>,
    /// Of how many particles it is the histogram, where it could not be pushed.
    pub estimated_from: Option<usize>,
}

impl From<Array2<f64>> for PmfCarrier {
    fn from(pmf: Array2<f64>) -> Self {
        Self { pmf, estimated_from: None }
    }
}

impl PmfCarrier {
    /// The start of `path`.
    pub fn new(path: &GridPath) -> Self {
        path.start().clone().into()
    }

    fn estimate(&mut self, particles: &Particles) {
        self.pmf = particles.histogram(self.pmf.nrows());
        self.estimated_from = Some(particles.states.len());
    }
}

impl Carrier for PmfCarrier {
    fn apply(&mut self, kernel: &StepKernel) {
        for stage in &kernel.stages {
            match stage {
                Stage::Together([first, second]) => self.pmf = push([first, second], &self.pmf),
                Stage::One(kernel) => self.pmf = push_one(kernel, &self.pmf),
                Stage::FromMask(drawn) => {
                    let mask = drawn.nrows() - 1;
                    let mass = std::mem::take(&mut self.pmf[[mask, mask]]);
                    self.pmf.scaled_add(mass, drawn);
                }
            }
        }
    }

    fn look_ahead(&mut self, step: &TwoStage) -> Result<(), SamplerError> {
        Self::look_ahead(self, step)
    }

    fn follow(&mut self, span: &EventSpan<'_>) -> Result<(), SamplerError> {
        self.follow_events(span)
    }
}

/// Particles that share one random stream: the same seed gives the same run on any number of threads.
const CHUNK: usize = 4096;

/// Independent samples of the process. What a kernel does to a particle depends on the seed, its number and how many
/// kernels there were before: it is the same on any device.
pub struct Particles {
    /// One state `[token 1, token 2]` a particle; the mask is index K.
    pub states: Vec<[u16; 2]>,
    /// For the start, and for all that is not a kernel.
    streams: Vec<ChaCha8Rng>,
    seed: u64,
    /// Kernels so far.
    kernels: u32,
    stepper: Option<Box<dyn Stepper>>,
}

impl Particles {
    /// `count` particles drawn from the start of `path`.
    pub fn new(path: &GridPath, count: usize, seed: u64) -> Self {
        let mut streams: Vec<_> =
            (0..count.div_ceil(CHUNK)).map(|chunk| stream(seed, Purpose::Particles, chunk as u64)).collect();
        let v = path.vocabulary();
        let cumulative = cumulative(path.start().iter().copied());
        let mut states = vec![[0; 2]; count];
        states.par_chunks_mut(CHUNK).zip(&mut streams).for_each(|(chunk, rng)| {
            for state in chunk {
                let cell = index_at(&cumulative, rng.random());
                *state = [(cell / v) as u16, (cell % v) as u16];
            }
        });
        Self { states, streams, seed, kernels: 0, stepper: None }
    }

    /// Kernels are applied by `stepper`, as long as it can.
    #[must_use]
    pub fn on(self, stepper: Option<Box<dyn Stepper>>) -> Self {
        Self { stepper, ..self }
    }

    fn step(&mut self, tables: &StepTables) {
        let key = Key { seed: self.seed, step: self.kernels };
        self.kernels += 1;
        if let Some(stepper) = &mut self.stepper {
            match stepper.step_particles(&mut self.states, tables, key) {
                Ok(()) => return,
                // It has left the states as they were, and the twin draws the same.
                Err(why) => {
                    tracing::warn!("particles are stepped on the CPU from here on: {why}");
                    self.stepper = None;
                }
            }
        }
        step_particles(&mut self.states, tables, key);
    }

    /// Their relative frequencies \[v, v\].
    pub fn histogram(&self, v: usize) -> Array2<f64> {
        histogram(&self.states, v)
    }
}

/// Relative frequencies \[v, v\] of a set of states.
pub fn histogram(states: &[[u16; 2]], v: usize) -> Array2<f64> {
    let mut counts = Array2::<f64>::zeros((v, v));
    for [a, b] in states {
        counts[[usize::from(*a), usize::from(*b)]] += 1.0;
    }
    counts / (states.len().max(1) as f64)
}

impl Particles {
    /// Each group with its random stream.
    pub(super) fn chunks(&mut self) -> impl Iterator<Item = (&mut [[u16; 2]], &mut ChaCha8Rng)> {
        self.states.chunks_mut(CHUNK).zip(&mut self.streams)
    }

    /// The same on all threads.
    pub(super) fn par_chunks(&mut self, work: impl Fn(&mut [[u16; 2]], &mut ChaCha8Rng) + Sync + Send) {
        let chunks = self.states.par_chunks_mut(CHUNK).zip(&mut self.streams);
        chunks.for_each(|(chunk, rng)| work(chunk, rng));
    }
}

impl Carrier for Particles {
    fn apply(&mut self, kernel: &StepKernel) {
        for stage in &kernel.stages {
            match stage {
                Stage::Together([first, second]) => self.step(&StepTables::new([first, second])),
                Stage::One(kernel) => {
                    let still = AxisTable::still(kernel.vocabulary());
                    let moving = AxisTable::new(kernel);
                    let axes = match kernel.axis() {
                        Axis::First => [moving, still],
                        Axis::Second => [still, moving],
                    };
                    self.step(&StepTables { tokens: kernel.vocabulary(), axes });
                }
                Stage::FromMask(drawn) => {
                    let (v, cumulative) = (drawn.nrows(), cumulative(drawn.iter().copied()));
                    let masked = [(v - 1) as u16; 2];
                    self.par_chunks(|chunk, rng| {
                        for state in chunk.iter_mut().filter(|state| **state == masked) {
                            let cell = index_at(&cumulative, rng.random());
                            *state = [(cell / v) as u16, (cell % v) as u16];
                        }
                    });
                }
            }
        }
    }

    fn look_ahead(&mut self, step: &TwoStage) -> Result<(), SamplerError> {
        Self::look_ahead(self, step);
        Ok(())
    }

    fn follow(&mut self, span: &EventSpan<'_>) -> Result<(), SamplerError> {
        self.follow_events(span)
    }
}

/// A kernel made ready for drawing.
pub(super) enum AxisSampler {
    Mixture {
        stay: Array2<f64>,
        /// (weight \[z1, z2\], cumulative columns \[z_other, y\])
        parts: Vec<(Array2<f64>, Vec<Vec<f64>>)>,
    },
    /// \[z1·V + z2\]\[y\]
    Dense { v: usize, rows: Vec<f64> },
}

impl AxisSampler {
    pub(super) fn new(kernel: &AxisKernel) -> Self {
        match kernel {
            AxisKernel::Mixture { axis, stay, parts } => {
                let lines = |column: &Array2<f64>| {
                    column
                        .axis_iter(Dim(1 - axis.index()))
                        .map(|line| cumulative(line.iter().copied()))
                        .collect()
                };
                let parts = parts.iter().map(|part| (part.weight.clone(), lines(&part.column)));
                Self::Mixture { stay: stay.clone(), parts: parts.collect() }
            }
            AxisKernel::Dense { table, .. } => {
                let v = table.dim().0;
                let by_state = table.view().permuted_axes([1, 2, 0]);
                Self::Dense { v, rows: by_state.iter().copied().collect() }
            }
        }
    }

    pub(super) fn sample(&self, z: [usize; 2], i: usize, rng: &mut ChaCha8Rng) -> usize {
        let mut u: f64 = rng.random();
        match self {
            Self::Mixture { stay, parts } => {
                if u < stay[z] {
                    return z[i];
                }
                u -= stay[z];
                for (weight, lines) in parts {
                    if u < weight[z] {
                        return index_at(&lines[z[1 - i]], rng.random());
                    }
                    u -= weight[z];
                }
                // Only rounding of the weights' sum gets here.
                z[i]
            }
            Self::Dense { v, rows } => {
                let row = &rows[(z[0] * v + z[1]) * v..][..*v];
                for (y, p) in row.iter().enumerate() {
                    if u < *p {
                        return y;
                    }
                    u -= p;
                }
                row.iter().rposition(|&p| p > 0.0).unwrap_or(z[i])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::denoiser::grid::Oracle;
    use crate::flow::Scheduler;
    use crate::flow::grid::testing::cases;
    use crate::sampler::grid::{SamplerConfig, Setup, run};
    use std::ops::ControlFlow;
    use std::sync::Arc;

    /// Works three times, then never again.
    struct Lost(usize);

    impl Stepper for Lost {
        fn step_particles(
            &mut self,
            states: &mut [[u16; 2]],
            tables: &StepTables,
            key: Key,
        ) -> Result<(), String> {
            self.0 = self.0.checked_sub(1).ok_or("the device is lost")?;
            step_particles(states, tables, key);
            Ok(())
        }
    }

    #[test]
    fn a_device_that_is_lost_on_the_way_changes_no_particle() {
        let path = Arc::new(cases().remove(0).path);
        let config = SamplerConfig { steps: 9, ..SamplerConfig::default() };
        let setup = Setup { path: &path, scheduler: Scheduler::Linear, config };
        let [lost, twin] = [Some(Box::new(Lost(3)) as Box<dyn Stepper>), None].map(|stepper| {
            let mut particles = Particles::new(&path, 5000, 3).on(stepper);
            let oracle = Oracle::new(path.clone());
            run(setup, &oracle, &mut particles, |_, _| ControlFlow::Continue(())).expect("a run");
            particles.states
        });
        assert!(lost == twin);
    }
}
