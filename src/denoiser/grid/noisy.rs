//! An oracle with a dialled-in error, to show what correctors and steps do to a denoiser that is wrong.

use super::{Denoiser, rows_of};
use crate::flow::grid::{AxisKernel, Part, Posterior};
use crate::flow::{Axis, FlowError, GridPath, Kappa};
use ndarray::{Array1, Array2};
use std::sync::Arc;

/// (1−ε) p_{1|t} + ε uniform over the data tokens, in every state a denoiser has something to say about: with a
/// mask source tokens that are already revealed stay as they are.
#[derive(Clone, Debug)]
pub struct Noisy {
    path: Arc<GridPath>,
    epsilon: f64,
    early: bool,
}

impl Noisy {
    /// # Errors
    /// If `epsilon` is outside \[0, 1\].
    pub fn new(path: Arc<GridPath>, epsilon: f64) -> Result<Self, FlowError> {
        if (0.0..=1.0).contains(&epsilon) {
            Ok(Self { path, epsilon, early: false })
        } else {
            Err(FlowError::Range {
                what: "denoiser error epsilon",
                given: epsilon,
                expected: "a number from 0 to 1",
            })
        }
    }

    /// The same error only while everything is still masked, as a network errs most where it knows least (math.md 5.8):
    /// the error a corrector can mend. Without a mask nothing says that a state is all noise, and it stays everywhere.
    #[must_use]
    pub fn early(self) -> Self {
        Self { early: self.path.reveals(), ..self }
    }

    /// ε where token `axis` is still noise; 0 on revealed tokens of a mask path.
    fn error_at(&self, axis: Axis, z: [usize; 2]) -> f64 {
        let revealed = |token: usize| self.path.reveals() && token < self.path.data_tokens();
        let spared = revealed(z[axis.index()]) || (self.early && z.into_iter().any(revealed));
        if spared { 0.0 } else { self.epsilon }
    }
}

impl Denoiser for Noisy {
    fn posterior(&self, kappa: Kappa) -> anyhow::Result<Posterior> {
        let (k, v) = (self.path.data_tokens(), self.path.vocabulary());
        let uniform = Array1::from_shape_fn(v, |y| if y < k { 1.0 / k as f64 } else { 0.0 });
        let axes = self.path.posterior(kappa).axes.map(|kernel| {
            let axis = kernel.axis();
            let error = Array2::from_shape_fn((v, v), |(z1, z2)| self.error_at(axis, [z1, z2]));
            match kernel {
                AxisKernel::Mixture { stay, mut parts, .. } => {
                    let keep = error.mapv(|e| 1.0 - e);
                    for part in &mut parts {
                        part.weight *= &keep;
                    }
                    let mut wrong = Part::constant(axis, 1.0, &uniform);
                    wrong.weight.assign(&error);
                    parts.push(wrong);
                    AxisKernel::Mixture { axis, stay: stay * &keep, parts }
                }
                AxisKernel::Dense { mut table, .. } => {
                    for ((y, z1, z2), d) in table.indexed_iter_mut() {
                        let e = error[[z1, z2]];
                        *d = (1.0 - e) * *d + e * uniform[y];
                    }
                    AxisKernel::Dense { axis, table }
                }
            }
        });
        Ok(Posterior { axes })
    }

    fn posterior_rows(
        &self,
        axis: Axis,
        states: &[[u16; 2]],
        kappas: &[Kappa],
    ) -> anyhow::Result<Array2<f64>> {
        let k = self.path.data_tokens();
        let row = |z, kappa| {
            let e = self.error_at(axis, z);
            let mut row = self.path.posterior_at(axis, z, kappa) * (1.0 - e);
            row.slice_mut(ndarray::s![..k]).mapv_inplace(|p| p + e / k as f64);
            row
        };
        Ok(rows_of(self.path.vocabulary(), states, kappas, row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::grid::testing::cases;

    #[test]
    fn mixes_exactly_and_leaves_revealed_tokens_alone() {
        for case in cases() {
            let path = Arc::new(case.path);
            let (k, v) = (path.data_tokens(), path.vocabulary());
            let noisy = Noisy::new(path.clone(), 0.4).expect("epsilon in range");
            let kappa = Kappa::new(0.3);
            let wrong = noisy.posterior(kappa).expect("no device to lose").axes;
            let right = path.posterior(kappa).axes;
            for axis in Axis::BOTH {
                let i = axis.index();
                for z in [[0, 1], [v - 1, v - 1], [v - 1, 2]] {
                    let known = path.has_mask() && z[i] < k;
                    let e = if known { 0.0 } else { 0.4 };
                    for y in 0..v {
                        let flat = if y < k { 1.0 / k as f64 } else { 0.0 };
                        let expected = (1.0 - e) * right[i].probability(y, z) + e * flat;
                        assert!((wrong[i].probability(y, z) - expected).abs() < 1e-14, "{}", case.name);
                    }
                }
            }
        }
    }

    #[test]
    fn an_early_error_is_made_only_while_both_tokens_are_masked() {
        for case in cases() {
            let path = Arc::new(case.path);
            let early = Noisy::new(path.clone(), 0.4).expect("epsilon in range").early();
            let m = path.data_tokens();
            for z in [[0, 1], [m - 1, 2]] {
                let expected = if path.has_mask() { 0.0 } else { 0.4 };
                assert_eq!(early.error_at(Axis::First, z), expected, "{}", case.name);
            }
            if path.has_mask() {
                assert_eq!(early.error_at(Axis::First, [m, m]), 0.4);
                assert_eq!(early.error_at(Axis::First, [m, 1]), 0.0);
            }
        }
    }

    #[test]
    fn epsilon_out_of_range_is_refused() {
        let path = Arc::new(cases().remove(0).path);
        for bad in [-0.1, 1.1, f64::NAN] {
            assert!(Noisy::new(path.clone(), bad).is_err());
        }
    }

    #[test]
    fn rows_are_those_of_the_table() {
        for case in cases() {
            let path = Arc::new(case.path);
            let v = path.vocabulary() as u16;
            let states = [[0, 1], [v - 1, v - 1], [v - 1, 2], [3, 3]];
            let kappas = [0.1, 0.3, 0.3, 0.9].map(Kappa::new);
            for early in [false, true] {
                let noisy = Noisy::new(path.clone(), 0.4).expect("epsilon in range");
                let noisy = if early { noisy.early() } else { noisy };
                for axis in Axis::BOTH {
                    let rows = noisy.posterior_rows(axis, &states, &kappas).expect("no device to lose");
                    for ((row, state), kappa) in rows.outer_iter().zip(states).zip(kappas) {
                        let table = noisy.posterior(kappa).expect("no device to lose");
                        for (y, p) in row.iter().enumerate() {
                            let exact = table.axes[axis.index()].probability(y, state.map(usize::from));
                            assert!((p - exact).abs() < 1e-12, "{}", case.name);
                        }
                    }
                }
            }
        }
    }
}
