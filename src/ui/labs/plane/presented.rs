//! Numbers of the lab that a presentation shows large.

use super::lab::PlaneLab;
use crate::figure::scale::format_value;
use crate::ui::lab::NumberEntry;

/// All of them.
pub const NUMBERS: &[NumberEntry] = &[
    NumberEntry::new("t*", "α/(α+σ), the time of the same mixture on the straight path: the κ of the plane."),
    NumberEntry::new(
        "residual",
        "How far the density at two moments is from following the velocity: Σ|Δp/Δt + div(p u)| / Σ|div(p u)|.",
    ),
    NumberEntry::new("NFE", "Evaluations of the velocity a sample, in the whole run."),
    NumberEntry::new(
        "TV of the samples",
        "Half of |samples − target| over 32 × 32 cells at the end of the run.",
    ),
    NumberEntry::new("t", "Time of the path."),
    NumberEntry::new(
        "between the paths",
        "Half of |P − p| over the states: the continuous path against the discrete one.",
    ),
];

impl PlaneLab {
    /// What one of [`NUMBERS`] is now, one a side; a dash where it is not known.
    pub fn presented(&self, name: &str) -> Vec<String> {
        let sides = 0..self.settings().sides.len();
        sides.map(|side| self.presented_of(name, side).unwrap_or_else(|| "–".to_owned())).collect()
    }

    fn presented_of(&self, name: &str, side: usize) -> Option<String> {
        let [t, star] = self.now(side);
        Some(match name {
            "t" => format!("{t:.3}"),
            "t*" => format!("{star:.3}"),
            "residual" => format_value(self.answer(side)?.conserved?.residual),
            "NFE" => self.run(side)?.evaluations.to_string(),
            "TV of the samples" => format!("{:.4}", self.run(side)?.distance[0]),
            "between the paths" => format!("{:.4}", self.answer(side)?.grid?.1?),
            _ => return None,
        })
    }
}
