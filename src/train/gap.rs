//! How far a network is from the best denoiser there is: exact expectations, no mini-batch noise.

use crate::flow::floor::{LossAt, floors, losses};
use crate::flow::{GridPath, Scheduler};
use crate::model::NetworkDenoiser;
use crate::train::LossKind;
use rayon::prelude::*;
use std::sync::Arc;

/// Midpoints of t in (0, 1) at which the network is asked.
pub const GAP_NODES: usize = 16;

/// Loss, floor and gap in nats per token, means over t uniform in (0, 1) under a scheduler.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Gap {
    /// The exact expectation of the loss that is trained.
    pub loss: f64,
    /// The least it can be: that of the exact posterior.
    pub floor: f64,
    /// Σ_x p_t(x) KL(posterior ‖ network): what the network still loses, whatever loss is trained.
    pub gap: f64,
}

/// The floors of a path at the nodes: computed once per path and scheduler.
#[derive(Clone, Debug)]
pub struct Floors {
    path: Arc<GridPath>,
    scheduler: Scheduler,
    at: Vec<LossAt>,
}

fn nodes() -> impl IndexedParallelIterator<Item = f64> {
    (0..GAP_NODES).into_par_iter().map(|j| (j as f64 + 0.5) / GAP_NODES as f64)
}

impl Floors {
    /// Of `path` walked with `scheduler`. O(V³) per node.
    pub fn new(path: Arc<GridPath>, scheduler: Scheduler) -> Self {
        let at = nodes().map(|t| floors(&path, scheduler.at(t))).collect();
        Self { path, scheduler, at }
    }

    /// The gap of `network`.
    ///
    /// # Errors
    /// If the network's device fails.
    pub fn gap(&self, network: &NetworkDenoiser, kind: LossKind) -> anyhow::Result<Gap> {
        // The device works on one table after the other; only the sums over states run in parallel.
        let tables = (0..GAP_NODES)
            .map(|j| network.log_table(self.scheduler.at((j as f64 + 0.5) / GAP_NODES as f64)))
            .collect::<anyhow::Result<Vec<_>>>()?;
        let found: Vec<LossAt> =
            nodes().zip(&tables).map(|(t, table)| losses(&self.path, self.scheduler.at(t), table)).collect();
        // Two tokens; the generalised KL is per unit of κ, so its mean over t carries κ'.
        let mean = |f: &dyn Fn(usize, f64) -> f64| {
            (0..GAP_NODES)
                .map(|j| f(j, (j as f64 + 0.5) / GAP_NODES as f64) / (2 * GAP_NODES) as f64)
                .sum::<f64>()
        };
        let loss_of = |all: &[LossAt]| {
            mean(&|j, t| match kind {
                LossKind::Ce => all[j].cross_entropy,
                LossKind::Gkl => all[j].generalised_kl * self.scheduler.derivative(t),
            })
        };
        Ok(Gap {
            loss: loss_of(&found),
            floor: loss_of(&self.at),
            gap: mean(&|j, _| found[j].cross_entropy - self.at[j].cross_entropy),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::denoiser::Denoiser;
    use crate::flow::grid::testing::small_target;
    use crate::flow::{Axis, Coupling, Source};
    use crate::model::GridMlpConfig;
    use burn::tensor::Device;

    #[test]
    fn the_gap_is_the_mean_kl_between_posterior_and_network() {
        for (source, coupling, mask) in
            [(Source::Uniform, Coupling::Keep(0.2), false), (Source::Mask, Coupling::Independent, true)]
        {
            let path = Arc::new(GridPath::new(&small_target(5), &source, coupling).expect("path"));
            let config = GridMlpConfig { k: 5, mask, hidden: 6 };
            let network =
                NetworkDenoiser::new(config, &config.init(2, &Device::flex()), coupling.keep_rate());
            let scheduler = Scheduler::Cubic;
            let gap = Floors::new(path.clone(), scheduler).gap(&network, LossKind::Ce).expect("gap");
            let mut kl = 0.0;
            for j in 0..16 {
                let kappa = scheduler.at((j as f64 + 0.5) / 16.0);
                let (p, model) = (path.pmf(kappa), network.posterior(kappa).expect("network"));
                for ((z1, z2), p) in p.indexed_iter() {
                    for axis in Axis::BOTH {
                        let exact = path.posterior_at(axis, [z1, z2], kappa);
                        for (y, &d) in exact.iter().enumerate() {
                            if d > 0.0 && *p > 0.0 {
                                let q = model.axes[axis.index()].probability(y, [z1, z2]);
                                kl += p * d * (d / q).ln() / 32.0;
                            }
                        }
                    }
                }
            }
            assert!((gap.gap - kl).abs() < 1e-6, "{gap:?} {kl}");
            assert!(
                (gap.loss - gap.floor - gap.gap).abs() < 1e-12,
                "for cross-entropy the gap is loss − floor"
            );
        }
    }
}
