//! Numbers of the lab that a presentation shows large.

use super::lab::TextLab;
use super::side_view::SideView;
use crate::ui::lab::NumberEntry;

/// All of them.
pub const NUMBERS: &[NumberEntry] = &[
    NumberEntry::new(
        "true",
        "Share of what is true at the step shown: statements, words, programs that run, texts of the language.",
    ),
    NumberEntry::new("NFE", "Denoiser evaluations a text up to the step that is shown."),
    NumberEntry::new("revealed", "Share of the tokens not given that are revealed."),
    NumberEntry::new("step", "The step of the run that is shown."),
    NumberEntry::new("t", "Time of the step that is shown."),
    NumberEntry::new("κ", "The scheduler there: probability that a token already comes from the data."),
    NumberEntry::new("entropy, bits", "Mean entropy of undecided tokens in the step shown."),
];

/// What one of them is on a page.
fn number(name: &str, view: &SideView) -> Option<String> {
    let film = view.film.as_ref()?;
    if name == "true" {
        return film.truth_at(view.step)?.share().map(|share| format!("{:.1} %", 100.0 * share));
    }
    film.presented(name, view.step)
}

impl TextLab {
    /// What one of [`NUMBERS`] is now, one a page; a dash where it is not known.
    pub fn presented(&self, name: &str) -> Vec<String> {
        self.views().iter().map(|view| number(name, view).unwrap_or_else(|| "–".to_owned())).collect()
    }
}
