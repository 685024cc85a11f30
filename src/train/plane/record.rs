//! What a run on the plane learns, and what its file remembers of it besides arrays.

use super::PlaneTrainConfig;
use crate::flow::FlowError;
use crate::flow::plane::{
    AffinePath, Boxes, Component, Covariance, Gaussian, Mixture, PlaneFlow, PlaneSource, PlaneTarget,
};
use crate::model::plane::PlaneFile;
use crate::sampler::plane::PlaneMethod;
use crate::train::TrainError;
use crate::train::history::MOST_POINTS;
use ndarray::Array2;

/// A target in numbers: a file needs nothing else to go on.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TargetRecord {
    /// Weight, x, y and standard deviation of each component.
    Mixture(Vec<[f64; 4]>),
    /// Weight, x, y, sxx, sxy and syy of each component, where not all are round.
    Gaussians(Vec<[f64; 6]>),
    /// Even within cells.
    Boxes {
        /// L of \[−L, L\]².
        half_width: f64,
        /// \[K\]\[K\].
        pmf: Vec<Vec<f64>>,
    },
}

/// A source in numbers.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SourceRecord {
    /// N(0, I).
    #[default]
    Normal,
    /// Even on \[−L, L\]².
    Square(f64),
    /// Weight, x, y and standard deviation of each component.
    Mixture(Vec<[f64; 4]>),
    /// Weight, x, y, sxx, sxy and syy of each component, where not all are round.
    Gaussians(Vec<[f64; 6]>),
}

/// The rows of a mixture of round components, or those of one with covariances.
fn rows(mixture: &Mixture) -> Result<Vec<[f64; 4]>, Vec<[f64; 6]>> {
    let round = mixture.round_components();
    let round = round.map(|all| all.iter().map(|c| [c.weight, c.mean[0], c.mean[1], c.sd]).collect());
    round.ok_or_else(|| {
        let of = |c: Gaussian| {
            let [sxx, sxy, syy] = c.covariance.entries();
            [c.weight, c.mean[0], c.mean[1], sxx, sxy, syy]
        };
        mixture.components().map(of).collect()
    })
}

fn round(rows: &[[f64; 4]]) -> Result<Mixture, FlowError> {
    let of = |[weight, x, y, sd]: &[f64; 4]| Component { weight: *weight, mean: [*x, *y], sd: *sd };
    Mixture::new(&rows.iter().map(of).collect::<Vec<_>>())
}

fn oblong(rows: &[[f64; 6]]) -> Result<Mixture, FlowError> {
    let of = |[weight, x, y, sxx, sxy, syy]: &[f64; 6]| {
        let covariance = Covariance::new([*sxx, *sxy, *syy])?;
        Ok(Gaussian { weight: *weight, mean: [*x, *y], covariance })
    };
    Mixture::new(&rows.iter().map(of).collect::<Result<Vec<_>, FlowError>>()?)
}

/// Whether numbers are alike but for the last digits.
fn alike(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1e-9 * (1.0 + b.abs()))
}

impl From<&PlaneTarget> for TargetRecord {
    fn from(target: &PlaneTarget) -> Self {
        match target {
            PlaneTarget::Mixture(mixture) => match rows(mixture) {
                Ok(rows) => Self::Mixture(rows),
                Err(rows) => Self::Gaussians(rows),
            },
            PlaneTarget::Boxes(boxes) => Self::Boxes {
                half_width: boxes.half_width(),
                pmf: boxes.pmf().rows().into_iter().map(|row| row.to_vec()).collect(),
            },
        }
    }
}

impl TargetRecord {
    /// The target.
    ///
    /// # Errors
    /// If the numbers make none.
    pub fn target(&self) -> Result<PlaneTarget, FlowError> {
        match self {
            Self::Mixture(rows) => round(rows).map(PlaneTarget::Mixture),
            Self::Gaussians(rows) => oblong(rows).map(PlaneTarget::Mixture),
            Self::Boxes { half_width, pmf } => {
                let k = pmf.len();
                let all: Vec<f64> = pmf.concat();
                let cells = Array2::from_shape_vec((k, k), all)
                    .map_err(|_| FlowError::Unsupported("a target of rows that are no square".to_owned()))?;
                let total = cells.sum();
                // Numbers in text may have lost their last digit.
                let is_pmf = (total - 1.0).abs() < 1e-6;
                Boxes::new(if is_pmf { cells / total } else { cells }, *half_width).map(PlaneTarget::Boxes)
            }
        }
    }

    /// Whether it is this target, but for the last digits.
    pub fn is(&self, target: &PlaneTarget) -> bool {
        match (self, Self::from(target)) {
            (Self::Mixture(a), Self::Mixture(b)) => alike(a.as_flattened(), b.as_flattened()),
            (Self::Gaussians(a), Self::Gaussians(b)) => alike(a.as_flattened(), b.as_flattened()),
            (Self::Boxes { half_width, pmf }, Self::Boxes { half_width: half, pmf: other }) => {
                alike(&[*half_width], &[half]) && alike(&pmf.concat(), &other.concat())
            }
            _ => false,
        }
    }
}

impl From<&PlaneSource> for SourceRecord {
    fn from(source: &PlaneSource) -> Self {
        match source {
            PlaneSource::Normal => Self::Normal,
            PlaneSource::Square(half) => Self::Square(*half),
            PlaneSource::Mixture(mixture) => match rows(mixture) {
                Ok(rows) => Self::Mixture(rows),
                Err(rows) => Self::Gaussians(rows),
            },
        }
    }
}

impl SourceRecord {
    /// The source.
    ///
    /// # Errors
    /// If the numbers make none.
    pub fn source(&self) -> Result<PlaneSource, FlowError> {
        Ok(match self {
            Self::Normal => PlaneSource::Normal,
            Self::Square(half) => PlaneSource::Square(*half),
            Self::Mixture(rows) => PlaneSource::Mixture(round(rows)?),
            Self::Gaussians(rows) => PlaneSource::Mixture(oblong(rows)?),
        })
    }

    /// Whether it is this source, but for the last digits.
    pub fn is(&self, source: &PlaneSource) -> bool {
        match (self, Self::from(source)) {
            (Self::Mixture(a), Self::Mixture(b)) => alike(a.as_flattened(), b.as_flattened()),
            (Self::Gaussians(a), Self::Gaussians(b)) => alike(a.as_flattened(), b.as_flattened()),
            (a, b) => *a == b,
        }
    }
}

/// What is learned: a flow, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaneTask {
    /// What its target is called.
    pub name: String,
    /// The flow of independent pairs: target and source are drawn from it.
    pub flow: PlaneFlow,
    /// The settings.
    pub config: PlaneTrainConfig,
}

impl PlaneTask {
    /// A task; whatever path the flow is on, the straight one is learned.
    ///
    /// # Errors
    /// If a setting is out of range, or the target has no modes that could have codes.
    pub fn new(name: String, flow: &PlaneFlow, config: PlaneTrainConfig) -> Result<Self, FlowError> {
        let config = config.validated()?;
        let (target, source) = (flow.target().clone(), flow.source().clone());
        let has_points = matches!(&target, PlaneTarget::Mixture(mixture) if mixture.has_points());
        if config.codes > 0 && (source != PlaneSource::Normal || !matches!(target, PlaneTarget::Mixture(_))) {
            return Err(FlowError::Unsupported(
                "codes: expected a target of Gaussians and the source N(0, I)".to_owned(),
            ));
        }
        if config.codes > 0 && has_points {
            return Err(FlowError::Unsupported(
                "codes: expected Gaussians with widths, the target has points; give them a bandwidth"
                    .to_owned(),
            ));
        }
        Ok(Self { name, flow: PlaneFlow::new(target, source, AffinePath::CondOt)?, config })
    }

    /// Why a network of this task is none for `flow`, if so.
    pub fn misfit(&self, flow: &PlaneFlow) -> Option<String> {
        if !TargetRecord::from(self.flow.target()).is(flow.target()) {
            return Some(format!("it learns the target {}, which is another one", self.name));
        }
        let same = SourceRecord::from(self.flow.source()).is(flow.source());
        (!same).then(|| "it learns from another source".to_owned())
    }
}

/// One point of a run's curves.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct PlanePoint {
    /// Steps done.
    pub step: u64,
    /// Seconds spent in steps.
    pub seconds: f64,
    /// The mean loss of the batches since the point before, a sum over both coordinates.
    pub loss: f64,
    /// E|v_θ − u|², where the exact u is known.
    pub gap: Option<f64>,
    /// The least loss there is, where it is known.
    pub floor: Option<f64>,
}

/// What a file remembers of a run besides the arrays.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct PlaneRecord {
    /// What the target is called.
    pub name: String,
    /// The target.
    pub target: TargetRecord,
    /// The source.
    #[serde(default)]
    pub source: SourceRecord,
    /// The settings.
    pub config: PlaneTrainConfig,
    /// Steps done.
    pub step: u64,
    /// Steps since the optimiser's moments began.
    pub since: u64,
    /// Seconds spent in steps.
    pub seconds: f64,
    /// Step and gap of the best network so far, where it was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best: Option<(u64, f64)>,
    /// The curves since the run began, where somebody watched.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<PlanePoint>,
}

impl PlaneRecord {
    /// Of a file.
    ///
    /// # Errors
    /// [`TrainError::Misfit`] if it has none, or it says something else than the file.
    pub fn of(file: &PlaneFile) -> Result<Self, TrainError> {
        let misfit = |why: String| TrainError::Misfit(why);
        let record: Self = serde_json::from_value(file.recipe.training.clone())
            .map_err(|e| misfit(format!("its training record: {e}")))?;
        if record.config.network() != file.recipe.network {
            return Err(misfit("its training record names another network".to_owned()));
        }
        if record.history.len() > MOST_POINTS {
            let points = record.history.len();
            return Err(misfit(format!("its curve has {points} points: expected at most {MOST_POINTS}")));
        }
        Ok(record)
    }

    /// The task.
    ///
    /// # Errors
    /// If its numbers make none.
    pub fn task(&self) -> Result<PlaneTask, FlowError> {
        let flow = PlaneFlow::new(self.target.target()?, self.source.source()?, AffinePath::CondOt)?;
        PlaneTask::new(self.name.clone(), &flow, self.config)
    }

    /// Whether its network can serve a sampler.
    ///
    /// # Errors
    /// As [`PlaneTrainConfig::serves`].
    pub fn serves(&self, method: PlaneMethod) -> Result<(), FlowError> {
        self.config.serves(method)
    }
}
