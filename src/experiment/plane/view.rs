//! What a figure of the plane shows: the view of a recipe.

use crate::experiment::KeptPage;
use crate::figure::Page;
use crate::view::plane::PlaneView;
use serde::{Deserialize, Serialize};

/// What a figure shows, apart from what the settings say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlaneFigure {
    /// The views beside each other; of every side.
    pub views: Vec<PlaneView>,
    /// How long an animation takes, seconds.
    pub seconds: f64,
    /// What it is drawn on.
    #[serde(flatten)]
    pub page: KeptPage,
}

impl Default for PlaneFigure {
    fn default() -> Self {
        Self { views: vec![PlaneView::Density], seconds: 6.0, page: KeptPage::default() }
    }
}

impl PlaneFigure {
    /// Of these views on this page.
    pub fn on(views: Vec<PlaneView>, page: Page, caption: bool) -> Self {
        Self { views, page: KeptPage::of(page, caption), ..Self::default() }
    }
}
