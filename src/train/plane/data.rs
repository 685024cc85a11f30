//! What a network is shown: fresh pairs (x₀, x₁) of a coupling, and a point between them.

use super::PlaneTask;
use crate::flow::plane::Pairs;
use crate::model::plane::{PlaneExamples, PlaneNet, PlaneNetwork};
use crate::random::{Purpose, stream};
use crate::sampler::SamplerError;
use crate::sampler::plane::{
    PlaneCoupling, draw_source, draw_target, minibatch_pairs, reflow_pairs, trajectory_pairs,
};
use rand::RngExt;

/// Pairs that a round of reflow learns from.
const POOL: usize = 8192;
/// Steps of Runge and Kutta's that make them with a network.
const STEPS: usize = 32;
/// What tells the pairs of a round from batches.
const POOLS: u64 = 1 << 48;

/// Draws batches; step n of a seed is always the same batch, so a run that is taken up sees what it would have seen.
#[derive(Clone, Debug)]
pub struct PlaneBatches {
    task: PlaneTask,
    /// Of reflow.
    pool: Option<Pairs>,
}

impl PlaneBatches {
    /// Of a task; in the round `round` of reflow (from 1) of the trajectories of `teacher`, or in the first of the exact flow.
    ///
    /// # Errors
    /// If the trajectories can't be had.
    pub fn new(task: PlaneTask, round: usize, teacher: Option<&PlaneNet>) -> Result<Self, SamplerError> {
        let seed = first(task.config.seed, POOLS + round as u64);
        let pool = match (round, teacher) {
            (0, _) => None,
            (_, Some(teacher)) => {
                let network = PlaneNetwork::new(teacher.clone());
                Some(trajectory_pairs(&task.flow, &network, STEPS, (POOL, seed))?)
            }
            (_, None) => Some(reflow_pairs(&task.flow, POOL, seed)?),
        };
        Ok(Self { task, pool })
    }

    /// The batch of step `step`, t* stratified over \[0, 1): example j has t* = (j + u)/B.
    pub fn batch(&self, step: u64) -> PlaneExamples {
        let config = &self.task.config;
        let (target, source) = (self.task.flow.target(), self.task.flow.source());
        let mut rng = stream(config.seed, Purpose::Batches, step);
        let (size, seed) = (config.batch, rng.random());
        let mut examples = PlaneExamples {
            asked: Vec::with_capacity(3 * size),
            answers: Vec::with_capacity(2 * size),
            temperature: config.temperature as f32,
            drawn: config.draws_codes(step),
            ..PlaneExamples::default()
        };
        let mut add = |j: usize, one: [f64; 2], zero: [f64; 2], u: f64| {
            let t = (j as f64 + u) / size as f64;
            examples.asked.extend([0, 1].map(|i| (t * one[i] + (1.0 - t) * zero[i]) as f32));
            examples.asked.push(t as f32);
            examples.answers.extend([0, 1].map(|i| (one[i] - zero[i]) as f32));
            if config.codes > 0 {
                examples.data.extend(one.map(|x| x as f32));
            }
        };
        match (config.coupling, &self.pool) {
            (_, Some(pool)) => {
                for j in 0..size {
                    let n = rng.random_range(0..pool.ones.len());
                    add(j, pool.ones[n], pool.zeros[n], rng.random());
                }
            }
            (PlaneCoupling::MinibatchOt(batch), None) => {
                let pairs = minibatch_pairs(target, source, batch, size, seed);
                for (j, (one, zero)) in pairs.ones.into_iter().zip(pairs.zeros).enumerate() {
                    add(j, one, zero, rng.random());
                }
            }
            (_, None) => {
                let (ones, zeros) = (draw_target(target, size, seed), draw_source(source, size, seed));
                for j in 0..size {
                    add(j, [ones[0][j], ones[1][j]], [zeros[0][j], zeros[1][j]], rng.random());
                }
            }
        }
        if config.codes > 0 {
            let gumbel = |_| {
                // In (0, 1): neither logarithm is infinite.
                let u = (f64::from(rng.random::<u32>()) + 0.5) / 4_294_967_296.0;
                -(-u.ln()).ln() as f32
            };
            examples.gumbel = (0..size * config.codes).map(gumbel).collect();
            examples.told = (0..size).map(|_| rng.random::<f64>() >= config.dropout).collect();
        }
        examples
    }
}

/// The first number of a stream.
fn first(seed: u64, index: u64) -> u64 {
    stream(seed, Purpose::Batches, index).random()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::plane::{AffinePath, Mixture, PlaneFlow, PlaneSource, PlaneTarget};
    use crate::train::plane::PlaneTrainConfig;

    fn batches(coupling: PlaneCoupling, codes: usize) -> PlaneBatches {
        let target = PlaneTarget::Mixture(Mixture::ring());
        let flow = PlaneFlow::new(target, PlaneSource::Normal, AffinePath::CondOt).expect("a flow");
        let config = PlaneTrainConfig { batch: 1024, coupling, codes, ..PlaneTrainConfig::default() };
        let task = PlaneTask::new("ring".to_owned(), &flow, config).expect("a task");
        PlaneBatches::new(task, config.round_at(0), None).expect("batches")
    }

    #[test]
    fn pairs_are_those_of_their_coupling_and_steps_repeat() {
        // plane.md 2: mean squared costs on the ring.
        for (coupling, cost) in [
            (PlaneCoupling::Independent, 11.08),
            (PlaneCoupling::MinibatchOt(64), 3.7),
            (PlaneCoupling::MinibatchOt(4), 7.0),
            (PlaneCoupling::Reflow(1), 3.37),
        ] {
            let batches = batches(coupling, 0);
            let mut sum = 0.0;
            for step in 0..8 {
                let batch = batches.batch(step);
                sum += batch.answers.iter().map(|x| f64::from(x * x)).sum::<f64>() / 1024.0 / 8.0;
                assert_eq!(batch, batches.batch(step));
                let times = batch.asked.chunks(3).map(|row| row[2]);
                assert!(times.clone().is_sorted() && times.clone().all(|t| (0.0..=1.0).contains(&t)));
            }
            assert!((sum / cost - 1.0).abs() < 0.07, "{coupling}: {sum} {cost}");
            assert_ne!(batches.batch(0), batches.batch(1));
        }
    }

    #[test]
    fn with_codes_there_are_data_and_noise_for_the_encoder() {
        let batch = batches(PlaneCoupling::Independent, 5).batch(0);
        assert_eq!((batch.data.len(), batch.gumbel.len(), batch.told.len()), (2048, 5120, 1024));
        // Euler's constant.
        let mean = batch.gumbel.iter().sum::<f32>() / 5120.0;
        assert!((mean - 0.577).abs() < 0.06, "{mean}");
        let left_out = batch.told.iter().filter(|told| !**told).count();
        assert!((70..140).contains(&left_out), "{left_out}");
        // x₁ = x̃ + (1−t)(x₁ − x₀).
        for (n, row) in batch.asked.chunks(3).enumerate() {
            let one = row[0] + (1.0 - row[2]) * batch.answers[2 * n];
            assert!((one - batch.data[2 * n]).abs() < 1e-4);
        }
    }
}
