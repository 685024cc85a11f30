//! Numbers of the lab that a presentation shows large.

use super::lab::TextLab;
use super::walls::SideView;
use crate::ui::lab::NumberEntry;

const fn entry(name: &'static str, about: &'static str) -> NumberEntry {
    NumberEntry { name, about }
}

/// All of them.
pub const NUMBERS: &[NumberEntry] = &[
    entry(
        "true",
        "Share of what is true at the step shown: statements, words, programs that run, texts of the language.",
    ),
    entry("NFE", "Denoiser evaluations a text up to the step that is shown."),
    entry("revealed", "Share of the tokens not given that are revealed."),
    entry("step", "The step of the run that is shown."),
    entry("t", "Time of the step that is shown."),
    entry("κ", "The scheduler there: probability that a token already comes from the data."),
    entry("entropy, bits", "Mean entropy of undecided tokens in the step shown."),
];

/// What one of them is on a page.
fn number(name: &str, view: &SideView) -> Option<String> {
    let film = view.film.as_ref()?;
    if name == "true" {
        return film.truth_at(view.step)?.share().map(|share| format!("{:.1} %", 100.0 * share));
    }
    let reel = film.lock();
    let record = reel.trace().records().get(view.step)?;
    Some(match name {
        "NFE" => format!("{:.1}", record.passes as f64 / film.count.max(1) as f64),
        "revealed" => format!("{:.1} %", 100.0 * record.revealed?),
        "step" => format!("{} of {}", record.step, reel.trace().total_steps()),
        "t" => format!("{:.3}", record.t),
        "κ" => format!("{:.3}", record.kappa),
        "entropy, bits" => format!("{:.3}", (*reel.doubts().get(view.step)?)?.bits),
        _ => return None,
    })
}

impl TextLab {
    /// What one of [`NUMBERS`] is now, one a page; a dash where it is not known.
    pub fn presented(&self, name: &str) -> Vec<String> {
        self.views().iter().map(|view| number(name, view).unwrap_or_else(|| "–".to_owned())).collect()
    }
}
