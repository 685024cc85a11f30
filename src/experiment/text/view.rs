//! What a figure of texts shows: the view of a recipe.

use crate::experiment::KeptPage;
use crate::figure::Page;
use serde::{Deserialize, Serialize};

/// What is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TextSubject {
    /// All texts of all sides.
    #[default]
    Page,
    /// The text that is shown large.
    Text,
    /// Texts at several κ.
    Strip,
    /// The page over time.
    Timeline,
    /// The share of the tokens that are revealed, over κ.
    Revealed,
    /// The entropy of undecided tokens, over t.
    Entropy,
    /// Passes of the denoiser, over t.
    Passes,
    /// The information curve with the staircases of the samplers.
    Areas,
    /// How true the texts are, over the number of steps.
    Truth,
}

/// What a figure shows, apart from what the settings say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TextView {
    /// What is drawn.
    pub subject: TextSubject,
    /// How many κ a strip has.
    pub columns: usize,
    /// How long a timeline takes, seconds.
    pub seconds: f64,
    /// What it is drawn on.
    #[serde(flatten)]
    pub page: KeptPage,
}

impl Default for TextView {
    fn default() -> Self {
        Self { subject: TextSubject::default(), columns: 8, seconds: 6.0, page: KeptPage::default() }
    }
}

impl TextView {
    /// Of this on this page.
    pub fn on(subject: TextSubject, page: Page, caption: bool) -> Self {
        Self { subject, page: KeptPage::of(page, caption), ..Self::default() }
    }
}
