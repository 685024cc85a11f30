//! The FLOW flags of the plane, the same for every command of it.

use crate::cli::CliError;
use crate::cli::inputs::Inputs;
use crate::cli::values::{number, whole};
use crate::data::plane::{PlaneSourceSpec, PlaneTargetSize, PlaneTargetSpec};
use crate::data::{K_MAX, K_MIN};
use crate::experiment::plane::target_name;
use crate::flow::plane::{AffinePath, PlaneFlow, PlaneTarget};
use crate::sampler::plane::{MOST_PAIRS, PlaneCoupling, coupled_flow};
use clap::Args;

/// Pairs of a coupling where nothing else is asked for.
const PAIRS: usize = 2000;

/// What has a square whose size can be chosen, for messages.
pub(super) const SQUARES: &str =
    "board, a target grid:… and --source square beside Gaussians fill a square to be chosen";

/// A flow on the plane.
#[derive(Args, Clone, Debug)]
pub struct PlaneFlowArgs {
    /// Where the flow ends: ring (8 Gaussians, radius 3, sd 0.2), three, moons, spiral, checkerboard, board,
    /// mixture:FILE.csv, points:FILE, drawn:ROWS or grid:TARGET
    ///
    /// A mixture's rows are weight,x,y,sd: weights are normalised, sd is a standard deviation, 0 for a point; or
    /// weight,x,y,sxx,sxy,syy with a covariance, variances and not standard deviations: the first row says which. Points are
    /// rows x,y. Both can be .csv or .npy. What is drawn by hand in the window has such rows on one line,
    /// drawn:1,0,0,0.2/1,2,1,0.3, after its name and a colon where it has one. grid:moons and the like read a target of the
    /// grid as a density on a square.
    #[arg(long, value_name = "TARGET", default_value = "ring", help_heading = "Flow")]
    pub target: PlaneTargetSpec,
    /// Where it starts: normal is N(0, I), ring are eight Gaussians, square:L is even on a square of side 2L, square on that of
    /// a target of cells or else of --half-width, mixture:FILE.csv as for a target
    #[arg(long, value_name = "SOURCE", default_value = "normal", help_heading = "Flow")]
    pub source: PlaneSourceSpec,
    /// How noise and data are mixed: cond-ot (t x₁ + (1−t) x₀), trig (sin, cos of πt/2), vp or vp:MIN,MAX (β from MIN to
    /// MAX), ve or ve:LEVEL (x₁ + LEVEL (1−t) x₀) [default: cond-ot, or what the method is usually taken on]
    #[arg(long, value_name = "PATH", help_heading = "Flow")]
    pub path: Option<AffinePath>,
    /// How they are paired: independent; minibatch-ot:B (least squared distance within batches of B, 1 to 1024); reflow:K
    /// (ends of trajectories, K rounds, 1 to 5). Under the latter two the flow is that of --pairs pairs, each blurred by
    /// --bandwidth
    #[arg(long, value_name = "C", default_value = "independent", help_heading = "Flow")]
    pub coupling: PlaneCoupling,
    /// Pairs of a coupling that is not independent, 1 to 20000 [default: 2000; export and the window have 512]
    #[arg(
        long,
        value_name = "N",
        value_parser = whole(1, MOST_PAIRS as u64),
        help_heading = "Flow",
        allow_hyphen_values = true
    )]
    pub pairs: Option<usize>,
    /// Standard deviation of the blur of points (0 leaves them points) and of pairs [default: 0 for points, which export and
    /// the window blur by 0.1, and 0.15 for pairs]
    #[arg(
        long,
        value_name = "SD",
        value_parser = number(0.0..=100.0, "a number from 0 to 100"),
        help_heading = "Flow",
        allow_hyphen_values = true
    )]
    pub bandwidth: Option<f64>,
    /// Cells an axis of a grid:TARGET, 2 to 256 [default: 32, or the size of a file]
    #[arg(long, value_parser = whole(K_MIN as u64, K_MAX as u64), help_heading = "Flow", allow_hyphen_values = true)]
    pub k: Option<usize>,
    /// Half the side of the square that board or a grid:TARGET fills, and a source square beside a target of Gaussians
    /// [default: 3]
    #[arg(
        long,
        value_name = "L",
        value_parser = number(0.001..=1e6, "a number from 0.001 to 1e6"),
        help_heading = "Flow",
        allow_hyphen_values = true
    )]
    pub half_width: Option<f64>,
}

impl PlaneFlowArgs {
    /// The flow, on `usual` where no path is given.
    ///
    /// # Errors
    /// If a file can't be read, a number is out of range, or the parts do not fit together.
    pub fn flow(&self, usual: AffinePath, seed: u64) -> Result<PlaneFlow, CliError> {
        self.refuse_idle()?;
        let target = self.load_target()?;
        let usual_half = PlaneTargetSize::default().half_width;
        let source = self.source.load(&target, self.half_width.unwrap_or(usual_half))?;
        let flow = PlaneFlow::new(target, source, self.path.unwrap_or(usual))?;
        let bandwidth = self.bandwidth.unwrap_or(0.15);
        let pairs = self.pairs.unwrap_or(PAIRS);
        Ok(coupled_flow(&flow, self.coupling, pairs, bandwidth, seed)?)
    }

    /// The target in the size that is asked for.
    ///
    /// # Errors
    /// If its file can't be read, or it makes none.
    pub fn load_target(&self) -> Result<PlaneTarget, CliError> {
        let usual = PlaneTargetSize::default();
        Ok(self.target.load(PlaneTargetSize {
            k: self.k,
            half_width: self.half_width.unwrap_or(usual.half_width),
            bandwidth: self.bandwidth.unwrap_or(usual.bandwidth),
        })?)
    }

    /// The first flag that says how a target is made, and what it says.
    pub fn size(&self) -> Option<(&'static str, String)> {
        let k = self.k.map(|k| ("--k", k.to_string()));
        let half_width = || self.half_width.map(|half| ("--half-width", half.to_string()));
        let bandwidth = || self.bandwidth.map(|bandwidth| ("--bandwidth", bandwidth.to_string()));
        k.or_else(half_width).or_else(bandwidth)
    }

    /// Refuses flags that would change nothing.
    fn refuse_idle(&self) -> Result<(), CliError> {
        let refused = |flag: &str, whose: &str| {
            let paired = flag == "--pairs";
            let given = if paired { self.coupling.to_string() } else { target_name(&self.target) };
            Err(CliError::Input(format!("{flag}: only {whose}, not {given}; leave it out")))
        };
        let is_paired = self.coupling != PlaneCoupling::Independent;
        let is_of_points = matches!(self.target, PlaneTargetSpec::Points(_));
        if self.k.is_some() && !matches!(self.target, PlaneTargetSpec::Grid(_, None)) {
            return refused("--k", "a target grid:… that names no K has cells to be chosen");
        }
        let is_of_cells = matches!(self.target, PlaneTargetSpec::Grid(..) | PlaneTargetSpec::Board);
        let starts_even =
            self.source == PlaneSourceSpec::Square(None) && self.target != PlaneTargetSpec::Checkerboard;
        if self.half_width.is_some() && !is_of_cells && !starts_even {
            return refused("--half-width", SQUARES);
        }
        if self.pairs.is_some() && !is_paired {
            return refused("--pairs", "--coupling minibatch-ot:B and reflow:K have pairs");
        }
        if self.bandwidth.is_some() && !is_paired && !is_of_points {
            return refused(
                "--bandwidth",
                "the points of points:FILE and the pairs of --coupling minibatch-ot:B or reflow:K are blurred",
            );
        }
        Ok(())
    }

    /// The files it is read from.
    pub fn inputs(&self) -> Inputs<'_> {
        Inputs::default().file("--target", self.target.file()).file("--source", self.source.file())
    }
}
