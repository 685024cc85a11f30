//! Experiments to start from, by name.

use super::recipe::Settings;

/// A named experiment of a lab; `E` is what it is looked at with besides.
pub struct Preset<S: 'static, E: 'static> {
    /// For the command line.
    pub name: &'static str,
    /// For the menu.
    pub title: &'static str,
    /// What it shows.
    pub about: &'static str,
    /// Where a still picture of it is taken, t in \[0, 1\].
    pub still_at: f64,
    /// Seconds of training before a still picture, if it is about a network.
    pub train_for: Option<f64>,
    /// What else is there when it opens.
    pub opens: Option<E>,
    /// All that is set.
    pub(super) make: fn() -> S,
}

impl<S: Settings, E> Preset<S, E> {
    /// All that is set, with a seed.
    pub fn settings(&self, seed: u64) -> S {
        (self.make)().seeded(seed)
    }
}
