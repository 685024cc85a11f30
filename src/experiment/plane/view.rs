//! What a figure of the plane shows: the view of a recipe.

use crate::experiment::KeptPage;
use crate::figure::Page;
use crate::view::plane::PlaneView;
use serde::{Deserialize, Serialize};

/// A plot beside the views.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlaneChart {
    /// α, σ and t* over t.
    Path,
    /// Samplers over their evaluations.
    Samplers,
    /// One sample of every side over time.
    OneSample,
    /// What it is taken for on its way.
    Predictions,
}

impl PlaneChart {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Path, Self::Samplers, Self::OneSample, Self::Predictions];

    /// Its name in files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Samplers => "samplers",
            Self::OneSample => "one-sample",
            Self::Predictions => "predictions",
        }
    }

    /// Whether it shows samples.
    pub fn needs_run(self) -> bool {
        matches!(self, Self::OneSample | Self::Predictions)
    }
}

/// What a figure shows, apart from what the settings say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlaneFigure {
    /// The views beside each other; of every side.
    pub views: Vec<PlaneView>,
    /// A plot in place of views.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chart: Option<PlaneChart>,
    /// How long an animation takes, seconds.
    pub seconds: f64,
    /// What it is drawn on.
    #[serde(flatten)]
    pub page: KeptPage,
}

impl Default for PlaneFigure {
    fn default() -> Self {
        Self { views: vec![PlaneView::Density], chart: None, seconds: 6.0, page: KeptPage::default() }
    }
}

impl PlaneFigure {
    /// Whether it shows samples.
    pub fn needs_run(&self) -> bool {
        match self.chart {
            Some(chart) => chart.needs_run(),
            None => self.views.iter().any(|view| view.needs_run()),
        }
    }

    /// Of these views on this page.
    pub fn on(views: Vec<PlaneView>, page: Page, caption: bool) -> Self {
        Self { views, page: KeptPage::of(page, caption), ..Self::default() }
    }
}
