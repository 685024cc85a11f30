//! The flags of `export`.

use crate::cli::grid::FlowArgs;
use crate::cli::grid::curve::{CurveArgs, Denoisers, Schedulers, denoisers, schedulers};
use crate::cli::grid::export::checks::MOST_FRAMES;
use crate::cli::grid::export::values::{CellArg, Mark, MovesArg, Part, ScaleArg, SectionArg};
use crate::cli::grid::sample::method;
use crate::cli::grid::step_args::StepArgs;
use crate::cli::page_args::PageArgs;
use crate::cli::values::{number, whole};
use crate::experiment::grid::DenoiserSpec;
use crate::flow::Corrector;
use crate::sampler::grid::Method;
use crate::view::grid::{DivergencePart, Marks, MoveKind, Subject};
use clap::Args;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Views, exact functions of the flow:
  mass                probability mass p_t
  divergence          −dp/dt, in total or by --part; of a network with --denoiser FILE.safetensors and --steps
  currents            net flux between neighbours; of a network in the same way
  displacement        mean displacement of the moves; of a network in the same way
  traffic             flux out of each state, there and back
Views of a run, which need --steps:
  particles           particles with their trails
  sampled             the sampler's mass
  difference          the sampler's mass − p_t
  posterior-error     what a --denoiser gets wrong; needs no steps
Over time:
  strip[:VIEW]        several times beside each other, of the mass or of VIEW
  timeline[:VIEW]     an animation
Plots:
  kappa, rates        the scheduler: κ(t), and the jump rate
  curve               TV to the target against evaluations
  distances           TV to the path along a run
  cell                posteriors of the state --cell
  log                 the jumps of the particle --follow
Gaps over training are kept by the window alone, which exports them.

The command line is kept inside the file (metadata of SVG and PDF, PNG text, GIF comment), so that the figure can be made
again: by the same command, or by dropping the file on the window.

Examples:
  dfm-explorer export --view divergence --t 0.4 --out divergence.svg
  dfm-explorer export --view strip --frames 8 --size 1600x500 --out strip.png
  dfm-explorer export --view mass --t 0.5 --width 8.5cm --font-size 8 --out column.pdf
  dfm-explorer export --view particles --source mask --steps 64 --t 0.7 --out cloud.png
  dfm-explorer export --view timeline:currents --frames 60 --out currents.gif
  dfm-explorer export --view mass --k 4 --moves rates --t 0.5 --out four.svg
  dfm-explorer export --view curve --methods exact,euler,tau --schedulers linear,cubic --mark exact:16 --out curves.svg
  dfm-explorer export --view posterior-error --denoiser net.safetensors --t 0.8 --out error.csv";

/// Write what a view shows as a figure for print, an animation, or numbers
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct ExportArgs {
    /// What is shown: one of the views below
    #[arg(long, value_name = "V")]
    pub(super) view: Subject,
    #[command(flatten)]
    pub(super) flow: FlowArgs,
    /// The time of a view, 0 (source) to 1 (target) [default: 0.5]
    #[arg(long, value_name = "T", value_parser = number(0.0..=1.0, "a number from 0 to 1"), allow_hyphen_values = true)]
    pub(super) t: Option<f64>,
    /// oracle, noisy:EPS, noisy-early:EPS or FILE.safetensors, for views of a run [default: oracle]
    #[arg(long, value_name = "D")]
    pub(super) denoiser: Option<DenoiserSpec>,
    /// Denoisers of curves to compare, comma separated
    #[arg(long, value_name = "D,…", value_parser = denoisers, conflicts_with = "denoiser")]
    pub(super) denoisers: Vec<Denoisers>,
    /// exact, euler, exponential, adaptive, tau, midpoint, trapezoidal, ctmc or maskgit [default: exact]; for a curve
    /// several, separated by commas
    #[arg(long, visible_alias = "methods", value_name = "M", value_delimiter = ',', value_parser = method)]
    pub(super) method: Vec<Method>,
    /// Schedulers of a curve, comma separated, kinetic among them; hermite:A,B one at a time by giving the flag again [default: the FLOW's]
    #[arg(long, value_name = "S,…", value_parser = schedulers)]
    pub(super) schedulers: Vec<Schedulers>,
    /// Another corrector of a curve besides --corrector; give the flag again for more. 0,0,0 is none
    #[arg(long, value_name = "A,a,b", allow_hyphen_values = true)]
    pub(super) correctors: Vec<Corrector>,
    /// The setting that a curve points out, with the FLOW's scheduler and --corrector: METHOD:STEPS
    #[arg(long, value_name = "M:N")]
    pub(super) mark: Option<Mark>,
    /// Number of steps of the run, 1 to 100000; for a curve several, separated by commas [default: 1,2,4,…,256]
    #[arg(
        long,
        value_name = "N",
        value_delimiter = ',',
        value_parser = whole(1, 100_000),
        allow_hyphen_values = true
    )]
    pub(super) steps: Vec<usize>,
    #[command(flatten)]
    pub(super) stepping: StepArgs,
    /// Number of particles, 1 to 10000000 [default: 3000]
    #[arg(long, value_name = "P", value_parser = whole(1, 10_000_000), allow_hyphen_values = true)]
    pub(super) particles: Option<usize>,
    /// Which moves the divergence counts [default: both]
    #[arg(long, value_name = "1|2|both")]
    pub(super) part: Option<Part>,
    /// fixed: one colour scale for the whole path; auto: that of the moment or of the frames shown; MAX: up to there, for
    /// figures to be compared, and with arrows MAX,ARROW, the longest one
    #[arg(long, value_name = "fixed|auto|MAX", default_value = "fixed", allow_hyphen_values = true)]
    pub(super) scale: ScaleArg,
    /// Frame a state and draw its outgoing rates as arrows; the state that a cell shows
    #[arg(long, value_name = "Z1,Z2")]
    pub(super) cell: Option<CellArg>,
    /// Draw the way of particle N so far, counted from 0; the particle that a log shows
    #[arg(long, value_name = "N", value_parser = whole(0, 9_999_999), allow_hyphen_values = true)]
    pub(super) follow: Option<usize>,
    /// Arrows for every move of every state over the mass, up to K = 6
    #[arg(long, value_enum, value_name = "rates|fluxes")]
    pub(super) moves: Option<MovesArg>,
    /// Show a square part of the cells: its bottom left corner and its side, in cells
    #[arg(long, value_name = "X,Y,SIDE", allow_hyphen_values = true)]
    pub(super) section: Option<SectionArg>,
    /// p(x₀ | x_t) of a cell in place of p(x₁ | x_t)
    #[arg(long)]
    pub(super) noise_posterior: bool,
    /// Frames of a strip, 1 to 1000 [default: 6], or of a timeline, 2 to 1000 [default: 48]
    #[arg(long, value_name = "N", value_parser = whole(1, MOST_FRAMES as u64), allow_hyphen_values = true)]
    pub(super) frames: Option<usize>,
    /// How long a timeline takes, 0.1 to 600 seconds; then it shows its end for a third of that. No frame is shown for less
    /// than 20 ms [default: 0.08 a frame]
    #[arg(
        long,
        value_name = "S",
        value_parser = number(0.1..=600.0, "a number from 0.1 to 600"),
        allow_hyphen_values = true
    )]
    pub(super) seconds: Option<f64>,
    #[command(flatten)]
    pub(in crate::cli) page: PageArgs,
    /// FILE.png, FILE.svg, FILE.pdf, FILE.csv (numbers), or FILE.gif for a timeline
    #[arg(long, value_name = "FILE")]
    pub(super) out: PathBuf,
    /// Print one JSON object: view, t, kappa, frames, width, height, command, out
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

impl ExportArgs {
    /// Of the curves that `curve` measures.
    pub(in crate::cli) fn of_curves(args: &CurveArgs) -> Self {
        Self {
            view: Subject::Curve,
            flow: args.flow.clone(),
            denoiser: args.denoisers.is_empty().then(|| args.denoiser.clone().unwrap_or_default()),
            denoisers: args.denoisers.clone(),
            method: args.methods.clone(),
            schedulers: args.schedulers.clone(),
            steps: args.steps.clone(),
            stepping: args.stepping.clone(),
            page: args.page.clone(),
            out: args.out.clone(),
            scale: ScaleArg::Fixed,
            t: None,
            correctors: Vec::new(),
            mark: None,
            particles: None,
            part: None,
            cell: None,
            follow: None,
            moves: None,
            section: None,
            noise_posterior: false,
            frames: None,
            seconds: None,
            json: false,
        }
    }

    /// Which part of the divergence is shown.
    pub(super) fn part(&self) -> DivergencePart {
        self.part.map_or(DivergencePart::Total, Into::into)
    }

    /// What is marked over the picture.
    pub(super) fn marks(&self) -> Marks {
        Marks {
            moves: self.moves.map(|moves| match moves {
                MovesArg::Rates => MoveKind::Rates,
                MovesArg::Fluxes => MoveKind::Fluxes,
            }),
            cell: self.cell.map(|cell| cell.0),
            particle: self.follow,
            section: self.section.map(|section| section.0),
        }
    }
}
