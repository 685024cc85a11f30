//! Dormand and Prince's pair of orders 5 and 4 with step control, one step for all particles (plane.md 2).

use super::draw::Points;
use super::nodes::Node;
use super::walk::PathVelocity;
use crate::denoiser::plane::Denoiser;
use crate::flow::plane::AffinePath;
use crate::sampler::SamplerError;
use rayon::prelude::*;

/// When the stages are.
const C: [f64; 7] = [0.0, 0.2, 0.3, 0.8, 8.0 / 9.0, 1.0, 1.0];
/// What each stage takes of those before it; the last is the solution of order 5.
const A: [&[f64]; 7] = [
    &[],
    &[0.2],
    &[3.0 / 40.0, 9.0 / 40.0],
    &[44.0 / 45.0, -56.0 / 15.0, 32.0 / 9.0],
    &[19372.0 / 6561.0, -25360.0 / 2187.0, 64448.0 / 6561.0, -212.0 / 729.0],
    &[9017.0 / 3168.0, -355.0 / 33.0, 46732.0 / 5247.0, 49.0 / 176.0, -5103.0 / 18656.0],
    &[35.0 / 384.0, 0.0, 500.0 / 1113.0, 125.0 / 192.0, -2187.0 / 6784.0, 11.0 / 84.0],
];
/// The solution of order 4.
const B4: [f64; 7] = [
    5179.0 / 57600.0,
    0.0,
    7571.0 / 16695.0,
    393.0 / 640.0,
    -92097.0 / 339_200.0,
    187.0 / 2100.0,
    1.0 / 40.0,
];
const FIRST_STEP: f64 = 0.05;
/// Where the last step, Euler's, begins when the end can't be asked.
const CLOSED_END: f64 = 1.0 - 1e-3;
/// Attempted steps after which it is given up.
const MOST_ATTEMPTS: usize = 20_000;

/// A run under way.
pub(super) struct Adaptive {
    tol: f64,
    pub t: f64,
    h: f64,
    pub accepted: usize,
    pub rejected: usize,
    /// u at the beginning of the step: the last stage of the one before.
    first: Option<Points>,
}

impl Adaptive {
    pub fn new(tol: f64, t: f64) -> Self {
        Self { tol, t, h: FIRST_STEP, accepted: 0, rejected: 0, first: None }
    }

    /// One attempted step; how many evaluations it took.
    pub fn step(
        &mut self,
        points: &mut Points,
        denoiser: &dyn Denoiser,
        path: AffinePath,
    ) -> Result<usize, SamplerError> {
        if self.accepted + self.rejected >= MOST_ATTEMPTS {
            return Err(SamplerError::TooManySteps(MOST_ATTEMPTS));
        }
        let is_open = denoiser.ends() && path.at(1.0).sigma_slope.is_finite();
        let end = if is_open { 1.0 } else { CLOSED_END };
        let n = points[0].len();
        let blank = || [vec![0.0; n], vec![0.0; n]];
        let mut used = 0;
        let at = |t: f64| PathVelocity::new(denoiser, &Node::at(path, t));
        let first = match self.first.take() {
            Some(first) => first,
            None => {
                let mut first = blank();
                at(self.t)?.everywhere(points, &mut first)?;
                used += 1;
                first
            }
        };
        if self.t >= end {
            // Euler's step to the end.
            combine(points, 1.0 - self.t, &[1.0], std::slice::from_ref(&first));
            (self.t, self.accepted) = (1.0, self.accepted + 1);
            return Ok(used);
        }
        let h = self.h.min(end - self.t);
        let mut stages = vec![first];
        let mut next = blank();
        for stage in 1..7 {
            next.clone_from(points);
            combine(&mut next, h, A[stage], &stages);
            let mut u = blank();
            at((self.t + C[stage] * h).min(end))?.everywhere(&next, &mut u)?;
            stages.push(u);
        }
        used += 6;
        let error = self.error(points, &next, h, &stages);
        // Not an error is NaN too: a step that led nowhere is too long.
        if error <= 1.0 {
            self.t = if self.t + h >= end - 1e-12 { end } else { self.t + h };
            *points = next;
            self.first = stages.pop();
            self.accepted += 1;
        } else {
            self.first = Some(stages.swap_remove(0));
            self.rejected += 1;
        }
        let factor = if error.is_finite() { 0.9 * error.max(1e-10).powf(-0.2) } else { 0.0 };
        self.h = h * factor.clamp(0.2, 5.0);
        Ok(used)
    }

    /// RMS of (x₅ − x₄)/(tol (1 + max |x|)) over all coordinates.
    fn error(&self, from: &Points, to: &Points, h: f64, stages: &[Points]) -> f64 {
        let weights: Vec<f64> = (0..7).map(|k| A[6].get(k).copied().unwrap_or_default() - B4[k]).collect();
        let n = from[0].len();
        let of = |axis: usize| {
            // Sums of chunks in order: the same on any number of threads.
            let sums: Vec<f64> = (0..n.div_ceil(1024))
                .into_par_iter()
                .map(|chunk| {
                    let places = chunk * 1024..n.min((chunk + 1) * 1024);
                    let square = |i: usize| {
                        let off: f64 = weights.iter().zip(stages).map(|(w, u)| w * u[axis][i]).sum();
                        let size = 1.0 + from[axis][i].abs().max(to[axis][i].abs());
                        (h * off / (self.tol * size)).powi(2)
                    };
                    places.map(square).sum()
                })
                .collect();
            sums.iter().sum::<f64>()
        };
        ((of(0) + of(1)) / (2 * n.max(1)) as f64).sqrt()
    }
}

/// x += h Σ weight · stage.
fn combine(x: &mut Points, h: f64, weights: &[f64], stages: &[Points]) {
    for (axis, x) in x.iter_mut().enumerate() {
        x.par_chunks_mut(1024).enumerate().for_each(|(chunk, x)| {
            for (weight, stage) in weights.iter().zip(stages).filter(|(weight, _)| **weight != 0.0) {
                let stage = &stage[axis][chunk * 1024..][..x.len()];
                x.iter_mut().zip(stage).for_each(|(x, u)| *x += h * weight * u);
            }
        });
    }
}
