//! When a sampler steps (math.md 5.2, 5.7), and how fast a corrector re-noises there.

use crate::flow::{Corrector, Scheduler, text_by_name};

/// How the steps are spread over the path (math.md 5.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TimeGrid {
    /// Equal steps of t.
    #[default]
    T,
    /// Equal steps of κ.
    Kappa,
    /// 1−t falls by the same factor in every step, down to [`GEOMETRIC_END`]: natural for rates that grow like 1/(1−t).
    Geometric,
}

/// What a geometric grid leaves to its forced last step.
pub const GEOMETRIC_END: f64 = 1e-3;

text_by_name!(
    TimeGrid, "time grid", "t, kappa or geometric",
    T => "t", Kappa => "kappa", Geometric => "geometric"
);

/// One step from `t` to `t_next`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    /// Where the denoiser is asked.
    pub t: f64,
    /// Where the state is afterwards.
    pub t_next: f64,
    /// The forced last step: every token takes a draw of x₁.
    pub last: bool,
}

/// β κ'/κ at `t`, per unit of time, κ lifted by a keep rate; 0 at κ = 0, where there is nothing to re-noise.
pub(super) fn backward_rate(corrector: Corrector, keep_rate: f64, scheduler: Scheduler, t: f64) -> f64 {
    let beta = corrector.beta(t);
    let lifted = scheduler.at(t).lifted(keep_rate);
    if beta == 0.0 || lifted.value <= 0.0 {
        0.0
    } else if keep_rate == 0.0 {
        beta * scheduler.backward_rate(t)
    } else {
        beta * (1.0 - keep_rate) * scheduler.derivative(t) / lifted.value
    }
}

/// The times of `steps` steps spread by `grid`, the last one forced.
pub(super) fn grid_spans(steps: usize, grid: TimeGrid, scheduler: Scheduler) -> Vec<Span> {
    let node = |j: usize| match (j, grid) {
        (0, _) => 0.0,
        (j, _) if j == steps => 1.0,
        (j, TimeGrid::T) => j as f64 / steps as f64,
        (j, TimeGrid::Kappa) => scheduler.inverse(j as f64 / steps as f64),
        (j, TimeGrid::Geometric) => 1.0 - GEOMETRIC_END.powf(j as f64 / steps as f64),
    };
    (0..steps).map(|j| Span { t: node(j), t_next: node(j + 1), last: j + 1 == steps }).collect()
}
