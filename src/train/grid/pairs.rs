//! Training data drawn from a path: pairs (x₀, x₁) of its coupling and the state between them (math.md 1).

use crate::flow::categorical::{cumulative, index_at};
use crate::flow::{ConditionalPath, Coupling, GridPath, Kappa};
use crate::random::{Purpose, stream};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;

/// One batch of B examples.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// x_t, `[B, 2]`, tokens in 0..V.
    pub states: Vec<[i32; 2]>,
    /// x₁, `[B, 2]`, tokens in 0..K.
    pub targets: Vec<[i32; 2]>,
    /// κ of each example, before any keep rate.
    pub kappas: Vec<Kappa>,
}

/// Draws batches; step n of a seed is always the same batch, so a resumed run sees what it would have seen.
#[derive(Clone, Debug)]
pub struct PairSampler {
    path: Arc<GridPath>,
    target: Vec<f64>,
    noise: Vec<f64>,
    seed: u64,
}

impl PairSampler {
    /// Of `path`'s coupling.
    pub fn new(path: Arc<GridPath>, seed: u64) -> Self {
        let target = cumulative(path.target().iter().copied());
        let noise = cumulative(path.noise().iter().copied());
        Self { path, target, noise, seed }
    }

    /// The batch of step `step`, κ stratified over \[0, 1): example j has κ = (j + u)/B.
    pub fn batch(&self, step: u64, size: usize) -> Batch {
        let mut rng = stream(self.seed, Purpose::Batches, step);
        let mut batch = Batch {
            states: Vec::with_capacity(size),
            targets: Vec::with_capacity(size),
            kappas: Vec::with_capacity(size),
        };
        for j in 0..size {
            let kappa = (j as f64 + rng.random::<f64>()) / size as f64;
            let x1 = self.cell(&self.target, &mut rng);
            let x0 = self.source_of(x1, &mut rng);
            let state = [0, 1].map(|i| self.token(x0[i], x1[i], kappa, &mut rng) as i32);
            batch.states.push(state);
            batch.targets.push(x1.map(|x| x as i32));
            batch.kappas.push(Kappa::new(kappa));
        }
        batch
    }

    /// x_κ of one token given both of its ends.
    fn token(&self, x0: usize, x1: usize, kappa: f64, rng: &mut ChaCha8Rng) -> usize {
        if let Some(row) = self.path.metric_cumulative(x1, Kappa::new(kappa)) {
            return index_at(&row, rng.random());
        }
        if rng.random::<f64>() < kappa {
            return x1;
        }
        match self.path.conditional() {
            ConditionalPath::ThreeWay(c) if rng.random::<f64>() < c * kappa => {
                rng.random_range(0..self.path.data_tokens())
            }
            _ => x0,
        }
    }

    /// x₀ given x₁ under the coupling.
    fn source_of(&self, x1: [usize; 2], rng: &mut ChaCha8Rng) -> [usize; 2] {
        match self.path.coupling() {
            Coupling::OptimalTransport(_) => self.path.transported_from(x1, [rng.random(), rng.random()]),
            coupling => {
                let x0 = self.cell(&self.noise, rng);
                let rho = coupling.keep_rate();
                [0, 1].map(|i| if rho > 0.0 && rng.random::<f64>() < rho { x1[i] } else { x0[i] })
            }
        }
    }

    fn cell(&self, cumulative: &[f64], rng: &mut ChaCha8Rng) -> [usize; 2] {
        let (cell, v) = (index_at(cumulative, rng.random()), self.path.vocabulary());
        [cell / v, cell % v]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::grid::testing::{Case, cases};
    use crate::flow::metrics::{tv, tv_noise_floor};
    use crate::sampler::grid::histogram;
    use ndarray::{Array2, Array3};

    #[test]
    fn states_follow_the_path_and_targets_its_posterior() {
        let n = 200_000;
        let along = |name: &str, conditional: &str| {
            let case = cases().into_iter().find(|c| c.name == name).expect("the case");
            let path = case.path.along(conditional.parse().expect("a path")).expect("a path");
            Case { path, ..cases().remove(0) }
        };
        let others = [
            along("uniform, independent", "three-way:0.8"),
            along("mask, independent", "three-way:1"),
            along("uniform, independent", "metric:2,3,0.9"),
        ];
        for case in cases().into_iter().chain(others) {
            let path = Arc::new(case.path);
            let v = path.vocabulary();
            let batch = PairSampler::new(path.clone(), 11).batch(5, n);
            let small =
                |pairs: &[[i32; 2]]| -> Vec<[u16; 2]> { pairs.iter().map(|p| p.map(|x| x as u16)).collect() };
            // Stratified κ: the states' law is the mean of p_κ over κ.
            let mean = (0..400)
                .map(|j| path.pmf(Kappa::new((j as f64 + 0.5) / 400.0)) / 400.0)
                .fold(Array2::zeros((v, v)), |sum, p| sum + p);
            let close = |drawn: &Array2<f64>, exact: &Array2<f64>, what: &str| {
                let (d, floor) = (tv(drawn, exact), tv_noise_floor(exact, n));
                assert!(d < 2.0 * floor + 1e-4, "{} {what}: {d} against a floor of {floor}", case.name);
            };
            close(&histogram(&small(&batch.states), v), &mean, "states");
            close(&histogram(&small(&batch.targets), v), path.target(), "targets");
            // (x₁¹, x_t) jointly, folded over x_t²: a coupling drawn wrongly shows here.
            let mut drawn = Array2::<f64>::zeros((v, v));
            for (state, target) in batch.states.iter().zip(&batch.targets) {
                drawn[[target[0] as usize, state[0] as usize]] += 1.0 / n as f64;
            }
            let mut joint = Array2::<f64>::zeros((v, v));
            for j in 0..100 {
                let kappa = Kappa::new((j as f64 + 0.5) / 100.0);
                let p = path.pmf(kappa);
                let table: Array3<f64> = path.dense_posterior(kappa)[0].to_dense().into_owned();
                for ((y, z1, z2), d) in table.indexed_iter() {
                    joint[[y, z1]] += d * p[[z1, z2]] / 100.0;
                }
            }
            close(&drawn, &joint, "joint");
        }
    }

    #[test]
    fn a_step_is_the_same_batch_whenever_it_is_drawn() {
        let path = Arc::new(cases().remove(0).path);
        let sampler = PairSampler::new(path, 3);
        assert_eq!(sampler.batch(9, 64), sampler.batch(9, 64));
        assert_ne!(sampler.batch(9, 64), sampler.batch(10, 64));
    }
}
