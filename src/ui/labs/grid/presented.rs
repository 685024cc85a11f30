//! Numbers of the lab that a presentation shows large.

use super::fields::SideScene;
use super::lab::GridLab;
use crate::figure::scale::format_value;
use crate::ui::lab::NumberEntry;
use std::f64::consts::LN_2;

/// All of them.
pub const NUMBERS: &[NumberEntry] = &[
    NumberEntry::new(
        "entropy, bits",
        "−Σ p log₂ p of the exact pₜ: the bits it takes to say which state was drawn.",
    ),
    NumberEntry::new(
        "jump rate",
        "κ′/(1−κ) now; of three-way and metric paths a hazard, the largest of a token.",
    ),
    NumberEntry::new("NFE", "Denoiser evaluations of the whole run."),
    NumberEntry::new("TV of particles", "Total variation between the particles and the exact pₜ now."),
    NumberEntry::new(
        "TV of the sampler",
        "Total variation between the sampler’s whole pmf and the exact pₜ now.",
    ),
    NumberEntry::new("TV at t = 1", "Total variation between the sampler’s whole pmf and the target."),
    NumberEntry::new("t", "Time of the path."),
    NumberEntry::new("κ", "The scheduler now: probability that a token already comes from the data."),
    NumberEntry::new(
        "gap, nats",
        "Gap to Bayes of the network in training: mean KL(posterior ‖ network) per token.",
    ),
];

/// What one of them is in a scene.
fn number(name: &str, scene: SideScene<'_>) -> Option<String> {
    let stats = || scene.result?.stats.get(scene.frame()?);
    let tv = |value: f64| format!("{value:.4}");
    let rate = |x: f64| if x.is_finite() { format_value(x) } else { "∞".to_owned() };
    Some(match name {
        "t" => format!("{:.3}", scene.t),
        "κ" => format!("{:.3}", scene.scheduler().kappa(scene.t)),
        "jump rate" => rate(scene.of_views().now().hazard),
        "NFE" => scene.result?.summary.as_ref()?.nfe.to_string(),
        "TV of particles" => tv(stats()?.particles),
        "TV of the sampler" => tv(stats()?.pushed?),
        "TV at t = 1" => tv(scene.result?.final_distances?.tv),
        "entropy, bits" => format!("{:.4}", scene.of_views().now().entropy / LN_2),
        _ => return None,
    })
}

impl GridLab {
    /// What one of [`NUMBERS`] is now, one a side; a dash where it is not known.
    pub fn presented(&self, name: &str) -> Vec<String> {
        let unknown = || "–".to_owned();
        if name == "gap, nats" {
            let gap = self.training().history.last().map(|point| format!("{:.4}", point.gap.gap));
            return vec![gap.unwrap_or_else(unknown)];
        }
        self.of_all_sides(|scene| number(name, scene).unwrap_or_else(unknown))
    }
}
