//! What a figure of images shows: the view of a recipe.

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
    /// Pixels, where they were chosen: WIDTHxHEIGHT.
    pub size: Option<String>,
    /// Light on dark.
    pub dark: bool,
    /// No caption.
    pub bare: bool,
}

impl Default for ImageView {
    fn default() -> Self {
        let subject = ImageSubject::default();
        Self { subject, columns: 9, rows: 6, seconds: 6.0, size: None, dark: false, bare: false }
    }
}

impl ImageView {
    /// Of this on this page.
    pub fn on(subject: ImageSubject, page: Page, caption: bool) -> Self {
        let size = page.size.map(|size| size.to_string());
        Self { subject, size, dark: page.dark, bare: !caption, ..Self::default() }
    }

    /// The page.
    ///
    /// # Errors
    /// If the size is none.
    pub fn page(&self) -> Result<Page, String> {
        let size =
            self.size.as_deref().map(|size| size.parse().map_err(|why| format!("has size = {size}: {why}")));
        Ok(Page { size: size.transpose()?, dark: self.dark })
    }
}
