//! How far a network is from the best denoiser there is: exact expectations, no mini-batch noise.

use crate::flow::floor::{Exact, LogPosterior, LossAt, losses_of_row};
use crate::flow::{GridPath, Kappa, Scheduler};
use crate::model::grid::NetworkDenoiser;
use crate::train::grid::LossKind;
use rayon::prelude::*;
use std::cell::OnceCell;
use std::sync::Arc;

/// Midpoints of t in (0, 1) at which the network is asked.
pub const GAP_NODES: usize = 16;

/// Loss, floor and gap in nats per token, means over t uniform in (0, 1) under a scheduler.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Gap {
    /// The exact expectation of the loss that is trained.
    pub loss: f64,
    /// The least it can be: that of the exact posterior.
    pub floor: f64,
    /// Σ_x p_t(x) KL(posterior ‖ network): what the network still loses, whatever loss is trained.
    pub gap: f64,
}

/// Times of the nodes.
fn nodes() -> [f64; GAP_NODES] {
    std::array::from_fn(|j| (j as f64 + 0.5) / GAP_NODES as f64)
}

/// Sums over the rows of states in parallel; one node after the other, so that only one table is held.
fn losses(path: &GridPath, kappa: Kappa, denoiser: &(impl LogPosterior + Sync)) -> LossAt {
    // Collected in order before summing: the result must not depend on the number of threads.
    let rows: Vec<LossAt> =
        (0..path.vocabulary()).into_par_iter().map(|z1| losses_of_row(path, kappa, denoiser, z1)).collect();
    rows.into_iter().sum()
}

/// The floors of a path at the nodes: each is computed when it is first needed, O(V³).
#[derive(Clone, Debug)]
pub struct Floors {
    path: Arc<GridPath>,
    scheduler: Scheduler,
    at: [OnceCell<LossAt>; GAP_NODES],
}

impl Floors {
    /// Of `path` walked with `scheduler`.
    pub fn new(path: Arc<GridPath>, scheduler: Scheduler) -> Self {
        Self { path, scheduler, at: Default::default() }
    }

    /// The gap of `network`; `None` if `go_on` said no between two nodes.
    ///
    /// # Errors
    /// If the network's device fails.
    pub fn gap_while(
        &self,
        network: &NetworkDenoiser,
        kind: LossKind,
        go_on: impl Fn() -> bool,
    ) -> anyhow::Result<Option<Gap>> {
        let (mut found, mut least) = ([LossAt::default(); GAP_NODES], [LossAt::default(); GAP_NODES]);
        for (j, t) in nodes().into_iter().enumerate() {
            if !go_on() {
                return Ok(None);
            }
            let (path, kappa) = (&self.path, self.scheduler.at(t));
            least[j] = *self.at[j].get_or_init(|| losses(path, kappa, &Exact { path, kappa }));
            found[j] = losses(path, kappa, &network.log_table(kappa)?);
        }
        // Two tokens; the generalised KL is per unit of κ, so its mean over t carries κ'.
        let mean = |all: &[LossAt; GAP_NODES], part: &dyn Fn(&LossAt, f64) -> f64| {
            let sum: f64 = all.iter().zip(nodes()).map(|(at, t)| part(at, t)).sum();
            sum / (2 * GAP_NODES) as f64
        };
        let trained = |at: &LossAt, t: f64| match kind {
            LossKind::Ce => at.cross_entropy,
            LossKind::Gkl => at.generalised_kl * self.scheduler.derivative(t),
        };
        let surprise = |at: &LossAt, _: f64| at.cross_entropy;
        Ok(Some(Gap {
            loss: mean(&found, &trained),
            floor: mean(&least, &trained),
            gap: mean(&found, &surprise) - mean(&least, &surprise),
        }))
    }

    /// The gap of `network`.
    ///
    /// # Errors
    /// If the network's device fails.
    pub fn gap(&self, network: &NetworkDenoiser, kind: LossKind) -> anyhow::Result<Gap> {
        let gap = self.gap_while(network, kind, || true)?;
        gap.ok_or_else(|| anyhow::anyhow!("the gap was not measured to its end"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::denoiser::grid::Denoiser;
    use crate::flow::grid::testing::small_target;
    use crate::flow::{Axis, Coupling, Source};
    use crate::model::grid::GridMlpConfig;
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
