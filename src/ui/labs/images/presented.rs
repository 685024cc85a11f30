//! Numbers of the lab that a presentation shows large.

use super::lab::ImageLab;
use super::walls::SideView;
use crate::ui::lab::NumberEntry;

/// All of them.
pub const NUMBERS: &[NumberEntry] = &[
    NumberEntry::new("NFE", "Denoiser evaluations an image up to the step that is shown."),
    NumberEntry::new("revealed", "Share of the tokens not given that are revealed."),
    NumberEntry::new("step", "The step of the run that is shown."),
    NumberEntry::new("t", "Time of the step that is shown."),
    NumberEntry::new("κ", "The scheduler there: probability that a token already comes from the data."),
    NumberEntry::new(
        "entropy, bits",
        "Mean entropy of undecided tokens in the step shown: by how many bits a token is not known yet.",
    ),
];

/// What one of them is on a wall.
fn number(name: &str, view: &SideView) -> Option<String> {
    view.film.as_ref()?.presented(name, view.step)
}

impl ImageLab {
    /// What one of [`NUMBERS`] is now, one a wall; a dash where it is not known.
    pub fn presented(&self, name: &str) -> Vec<String> {
        self.views().iter().map(|view| number(name, view).unwrap_or_else(|| "–".to_owned())).collect()
    }
}
