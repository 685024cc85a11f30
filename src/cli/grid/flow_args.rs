//! The FLOW flags, the same for every command.

use crate::cli::CliError;
use crate::cli::inputs::Inputs;
use crate::cli::values::whole;
use crate::data::{FlowSpec, K_MAX, K_MIN, SourceSpec, TargetSpec};
use crate::flow::{ConditionalPath, Coupling, FlowError, GridPath, Scheduler};
use clap::Args;

/// A flow on the K × K grid.
#[derive(Args, Clone, Debug)]
pub struct FlowArgs {
    /// Where the flow ends: checkerboard, moons, rings, spiral, pinwheel, gaussians, text:WORD, FILE.npy, FILE.csv or
    /// FILE.png [default: checkerboard]
    ///
    /// .npy and .csv files are K × K arrays (row = token 1) that fix K; pictures are averaged down to K × K with dark
    /// = mass. Values are ≥ 0 and are normalised.
    #[arg(long, help_heading = "Flow")]
    pub target: Option<TargetSpec>,
    /// Values a token can take, 2 to 256 [default: 64, or the size of a .npy or .csv target]
    #[arg(long, value_parser = whole(K_MIN as u64, K_MAX as u64), help_heading = "Flow", allow_hyphen_values = true)]
    pub k: Option<usize>,
    /// Bright = mass instead of dark = mass, for a .png target
    #[arg(long, help_heading = "Flow")]
    pub invert: bool,
    /// Where the flow starts: uniform, mask (all tokens masked: token K, so V = K + 1), or a K × K FILE.npy or FILE.csv
    /// [default: uniform]
    #[arg(long, help_heading = "Flow")]
    pub source: Option<SourceSpec>,
    /// How source and target are paired: independent, keep:RHO (tokens in place from the start with probability RHO,
    /// 0 to 1), or ot:EPS (entropic optimal transport with regularisation EPS, 0.005 to 1) [default: independent]
    #[arg(long, help_heading = "Flow")]
    pub coupling: Option<Coupling>,
    /// How a token goes from noise to data: mixture (1−κ)δ(x₀) + κδ(x₁); three-way:C with a uniform part Cκ(1−κ), C from
    /// 0 to 1; or metric:LP,C,A: softmax of −β|x−x₁|^LP/(K−1)^LP with β = C(κ/(1−κ))^A, from the uniform source alone.
    /// The latter two need the independent coupling [default: mixture]
    #[arg(long, value_name = "PATH", help_heading = "Flow")]
    pub path: Option<ConditionalPath>,
    /// How fast the path is walked, κ(t): linear t, quadratic t², cubic t³, cosine 1−cos(πt/2), sin2 sin²(πt/2),
    /// kinetic (kinetic-optimal for the path at hand, which a metric path has none of; kinetic:P for one that meets the
    /// datum with probability P at the start),
    /// power:N tᴺ (N above 0 and at most 100), or hermite:A,B (slopes A at t = 0 and B at t = 1, each 0 to 3)
    /// [default: quadratic]
    #[arg(long, value_parser = scheduler, help_heading = "Flow")]
    pub scheduler: Option<SchedulerArg>,
}

/// A scheduler, or the one that fits the flow's path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SchedulerArg {
    /// By name and parameters.
    Named(Scheduler),
    /// Kinetic-optimal for the path.
    Kinetic,
}

impl SchedulerArg {
    /// The scheduler it is on `path`.
    ///
    /// # Errors
    /// If the path has no kinetic-optimal one.
    pub fn on(self, path: &GridPath) -> Result<Scheduler, FlowError> {
        match self {
            Self::Named(scheduler) => Ok(scheduler),
            Self::Kinetic => path.kinetic_scheduler(),
        }
    }
}

/// A scheduler by name.
pub(in crate::cli) fn scheduler(text: &str) -> Result<SchedulerArg, String> {
    match text {
        "kinetic" => Ok(SchedulerArg::Kinetic),
        _ => text.parse().map(SchedulerArg::Named).map_err(|e: FlowError| e.to_string()),
    }
}

impl FlowArgs {
    /// As the library names it, defaults filled in.
    ///
    /// # Errors
    /// If the kinetic-optimal scheduler is asked for on a path that has none.
    pub fn spec(&self) -> Result<FlowSpec, CliError> {
        self.spec_after(FlowSpec::default())
    }

    /// What was given, and the rest from `usual`.
    ///
    /// # Errors
    /// As [`Self::spec`]'s.
    pub fn spec_after(&self, usual: FlowSpec) -> Result<FlowSpec, CliError> {
        let mut spec = FlowSpec {
            target: self.target.clone().unwrap_or(usual.target),
            k: self.k.or(usual.k),
            invert: self.invert || usual.invert,
            source: self.source.clone().unwrap_or(usual.source),
            coupling: self.coupling.unwrap_or(usual.coupling),
            conditional: self.path.unwrap_or(usual.conditional),
            scheduler: match self.scheduler {
                Some(SchedulerArg::Named(scheduler)) => scheduler,
                _ => usual.scheduler,
            },
        };
        // A flow that can't be built is reported where it is built for use.
        if self.scheduler == Some(SchedulerArg::Kinetic)
            && let Ok(path) = spec.path()
        {
            spec.scheduler = path
                .kinetic_scheduler()
                .map_err(|why| CliError::Input(format!("--scheduler kinetic: {why}")))?;
        }
        Ok(spec)
    }

    /// The files it is read from.
    pub fn inputs(&self) -> Inputs<'_> {
        let target = match &self.target {
            Some(TargetSpec::File(file)) => Some(file.as_path()),
            _ => None,
        };
        let source = match &self.source {
            Some(SourceSpec::File(file)) => Some(file.as_path()),
            _ => None,
        };
        Inputs::default().file("--target", target).file("--source", source)
    }
}
