//! What a figure of images shows: the view of a recipe.

use crate::experiment::KeptPage;
use crate::figure::Page;
use serde::{Deserialize, Serialize};

/// What is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ImageSubject {
    /// All images of a side.
    #[default]
    Wall,
    /// One image with its layers, of every side.
    Layers,
    /// Images at several κ.
    Strip,
    /// The wall over time.
    Timeline,
    /// The share of the tokens that are revealed, over κ.
    Revealed,
    /// The entropy of undecided tokens, over t.
    Entropy,
    /// Passes of the denoiser, over t.
    Passes,
}

/// What a figure shows, apart from what the settings say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImageView {
    /// What is drawn.
    pub subject: ImageSubject,
    /// Columns of a strip.
    pub columns: usize,
    /// Images of a strip of one side.
    pub rows: usize,
    /// How long a timeline takes, seconds.
    pub seconds: f64,
    /// What it is drawn on.
    #[serde(flatten)]
    pub page: KeptPage,
}

impl Default for ImageView {
    fn default() -> Self {
        let subject = ImageSubject::default();
        Self { subject, columns: 9, rows: 6, seconds: 6.0, page: KeptPage::default() }
    }
}

impl ImageView {
    /// Of this on this page.
    pub fn on(subject: ImageSubject, page: Page, caption: bool) -> Self {
        Self { subject, page: KeptPage::of(page, caption), ..Self::default() }
    }
}
