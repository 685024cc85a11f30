//! `export plane`, also said as `export --lab plane`: what the plane's window shows, as figures, animations and numbers.

use crate::cli::apart::{apart as flags, wrong};
use crate::cli::console::Console;
use crate::cli::inputs::Inputs;
use crate::cli::output::{self, Kind};
use crate::cli::page_args::PageArgs;
use crate::cli::plane::checkpoint::{CheckpointArg, Known, ToldArgs};
use crate::cli::plane::curve::{Methods, methods};
use crate::cli::plane::flow_args::SQUARES;
use crate::cli::values::{number, whole};
use crate::cli::{CliError, GlobalArgs};
use crate::data::plane::PlaneSourceSpec as SourceSpec;
use crate::data::{K_MAX, K_MIN};
use crate::experiment::plane::{
    Exhibit, MethodStart, PlaneAnswer, PlaneChart, PlaneFigure, PlaneSettings, PlaneSide, PlaneSourceSpec,
    PlaneTargetSpec, SamplerChoice, diffusion_starts, target_name,
};
use crate::experiment::{MOST_SIDES, Sides};
use crate::flow::plane::{AffinePath, Boxes, FURTHEST};
use crate::sampler::plane::{
    MOST_PAIRS, MOST_STEPS, Measure, MethodOnPath, PlaneCoupling, PlaneCurves, PlaneMethod, PlaneTimes,
};
use crate::view::plane::{PlaneView, PlaneWindow};
use clap::{Args, Parser};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::str::FromStr;

const EXAMPLES: &str = "\
Views; several, separated by commas, stand beside each other:
  density, outflow (−∂p/∂t), divergence, spread (tr Cov), velocity, score; miss (learned − exact), which needs --checkpoint
  particles, paths, pairs (paths over the straight pairs), slide (one sample), fan (of --point)
  jump-rate, landing (J), rates (out of the cell of --point), residual (of the Kolmogorov forward equation)
  board-mass, board-outflow, board-jump (one particle), board-paths, board-rates (of the cell of --point),
  board-forward, board-backward: the same target of cells read as two tokens; needs --source square
Plots:
  path (α, σ, t*), samplers (--measure over evaluations of --methods), one-sample and predictions (of --sample)

The experiment is kept inside the file: dropped on the window it comes back, and dfm-explorer figure draws it anew.

Examples:
  dfm-explorer export --lab plane --view density,velocity --t 0.5 --out half-way.svg
  dfm-explorer export --lab plane --target board --source square --view slide,board-jump,outflow,board-outflow --out both.png
  dfm-explorer export --lab plane --target three --method jump:B --steps 200 --view jump-rate,landing --t 0.45 --out jumps.pdf
  dfm-explorer export --lab plane --view paths --t 1 --compare '--method tame:1' --out ode-sde.png
  dfm-explorer export --lab plane --target grid:moons --k 16 --half-width 4 --source square --view density,outflow --out moons.png
  dfm-explorer export --lab plane --coupling minibatch-ot:256 --pairs 2000 --view pairs --t 1 --out coupled.pdf
  dfm-explorer export --lab plane --target points:mine.csv --bandwidth 0.2 --view density,particles --out mine.gif
  dfm-explorer export --lab plane --checkpoint ring.safetensors --view miss,particles --t 0.8 --out learned.png
  dfm-explorer export --lab plane --view samplers --out needed.csv
  dfm-explorer export --lab plane --view samplers --methods heun,dopri5,jump:B --methods superposition:0.5,0.3 --out others.svg";

/// On the plane: write what a view or a plot of the window shows as a figure for print, an animation, or numbers
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct ExportPlaneArgs {
    /// What is shown: views or one plot, see below
    #[arg(long, value_name = "V,…", value_delimiter = ',', required = true)]
    view: Vec<Subject>,
    #[command(flatten)]
    side: SideArgs,
    #[command(flatten)]
    network: CheckpointArg,
    #[command(flatten)]
    told: ToldArgs,
    /// Of samplers: which ones, as of `curve plane --methods`
    /// [default: euler,midpoint,rk4,tame:1,ddim:0,euler@vp,ddpm,ddpm:beta,sde:1]
    #[arg(long, value_name = "M,…", value_parser = methods)]
    methods: Vec<Methods>,
    /// Of samplers: tv (total variation), end-point (RMS distance of ends to fine RK4's) or kl, as of `curve plane`
    /// [default: tv]
    #[arg(long, value_name = "MEASURE")]
    measure: Option<Measure>,
    /// Another setting beside the first: flags of flow and sampler that differ, such as '--method ddpm --path vp'; at most
    /// twice
    #[arg(long, value_name = "FLAGS", allow_hyphen_values = true)]
    compare: Vec<String>,
    /// The time of a view, 0 (noise) to 1 (data) [default: 0.5]
    #[arg(long, value_name = "T", value_parser = number(0.0..=1.0, "a number from 0 to 1"), allow_hyphen_values = true)]
    t: Option<f64>,
    /// The point of fan, rates, board-rates and velocity [default: 1,0.5]
    #[arg(long, value_name = "X,Y", value_parser = pair, allow_hyphen_values = true)]
    point: Option<Pair>,
    /// The sample of slide, board-jump, one-sample and predictions, counted from 0, below --particles [default: 0]
    #[arg(long, value_name = "N", value_parser = whole(0, 199_999), allow_hyphen_values = true)]
    sample: Option<usize>,
    /// The part of the plane that is shown: its middle and half its side [default: all of target and source]
    #[arg(long, value_name = "X,Y,HALF", value_parser = window, allow_hyphen_values = true)]
    window: Option<PlaneWindow>,
    /// Samples, 1 to 200000 [default: 4000]
    #[arg(long, value_name = "P", value_parser = whole(1, 200_000), allow_hyphen_values = true)]
    particles: Option<usize>,
    /// How long an animation takes, 1 to 60 [default: 6]
    #[arg(long, value_name = "S", value_parser = number(1.0..=60.0, "a number from 1 to 60"), allow_hyphen_values = true)]
    seconds: Option<f64>,
    #[command(flatten)]
    page: PageArgs,
    /// FILE.png, FILE.svg, FILE.pdf, FILE.gif (of views, over the whole path) or FILE.csv (numbers of one view, or a plot)
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Print one JSON object: views, sides, out; where samples or curves of ddpm and ddim are shown diffusion, for each method T
    /// (steps of the schedule) and alpha_T (how much of the data is left where it begins); left_out, why some samplers have
    /// no curve
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

/// Flow and sampler of a side; what is not said is as usual, or as the first side has it.
#[derive(Args, Clone, Debug, Default)]
struct SideArgs {
    /// Where the flow ends: ring, three, moons, spiral, checkerboard, board, mixture:FILE.csv (rows weight,x,y,sd or
    /// weight,x,y,sxx,sxy,syy), points:FILE, drawn:ROWS or grid:TARGET@K [default: ring]
    #[arg(long, value_name = "TARGET", help_heading = "Flow and sampler")]
    target: Option<PlaneTargetSpec>,
    /// Standard deviation of the blur of points:FILE, 0 to 100; pairs have 0.15 [default: 0.1, as in the window, where the
    /// sample command has 0]
    #[arg(
        long,
        alias = "width-of-points",
        value_name = "SD",
        value_parser = number(0.0..=100.0, "a number from 0 to 100"),
        help_heading = "Flow and sampler",
        allow_hyphen_values = true
    )]
    bandwidth: Option<f64>,
    /// Cells an axis of a target grid:TARGET that names no K, 2 to 256 [default: 32, or the size of a file]
    #[arg(
        long,
        value_parser = whole(K_MIN as u64, K_MAX as u64),
        help_heading = "Flow and sampler",
        allow_hyphen_values = true
    )]
    k: Option<usize>,
    /// Half the side of the square that board or a grid:TARGET fills, and a source square beside a target of Gaussians
    /// [default: 3]
    #[arg(
        long,
        value_name = "L",
        value_parser = number(0.001..=FURTHEST, "a number from 0.001 to 1e6"),
        help_heading = "Flow and sampler",
        allow_hyphen_values = true
    )]
    half_width: Option<f64>,
    /// Where it starts: normal, ring, square (that of a target of cells, else of --half-width) or, beside Gaussians, square:L;
    /// mixture:FILE.csv is for sample, curve and field alone [default: normal]
    #[arg(long, value_name = "SOURCE", help_heading = "Flow and sampler")]
    source: Option<SourceSpec>,
    /// How they are paired: independent, minibatch-ot:B or reflow:K [default: independent]
    #[arg(long, value_name = "C", help_heading = "Flow and sampler")]
    coupling: Option<PlaneCoupling>,
    /// Pairs of a coupling that is not independent, 1 to 20000 [default: 512, as in the window, where the sample command has
    /// 2000]
    #[arg(
        long,
        value_name = "N",
        value_parser = whole(1, MOST_PAIRS as u64),
        help_heading = "Flow and sampler",
        allow_hyphen_values = true
    )]
    pairs: Option<usize>,
    /// How noise and data are mixed: cond-ot, trig, vp, ve [default: cond-ot, or what the method is usually taken on]
    #[arg(long, value_name = "PATH", help_heading = "Flow and sampler")]
    path: Option<AffinePath>,
    /// As of sample plane [default: euler]
    #[arg(long, value_name = "M", help_heading = "Flow and sampler")]
    method: Option<PlaneMethod>,
    /// When it steps: own, t-star, ddpm, log-snr or edm [default: ddpm for ddpm and ddim, else own]
    #[arg(long, value_name = "TIMES", help_heading = "Flow and sampler")]
    times: Option<PlaneTimes>,
    /// Who says where samples go and makes the arrows of velocity and score: exact, or the network of --checkpoint
    /// [default: the network, where there is one]
    #[arg(long, value_name = "WHO", value_parser = answer, help_heading = "Flow and sampler")]
    answer: Option<PlaneAnswer>,
    /// Steps, 1 to 100000 [default: 64]
    #[arg(
        long,
        value_name = "N",
        value_parser = whole(1, MOST_STEPS as u64),
        help_heading = "Flow and sampler",
        allow_hyphen_values = true
    )]
    steps: Option<usize>,
}

/// What of flow and sampler another side can have apart.
#[derive(Parser, Clone, Debug)]
#[command(no_binary_name = true, disable_help_flag = true)]
struct Apart {
    #[command(flatten)]
    side: SideArgs,
}

impl SideArgs {
    /// What is said, and else what `side` has.
    fn over(&self, side: PlaneSide) -> Result<PlaneSide, CliError> {
        let mut side = side;
        if let Some(method) = self.method {
            let (path, times) = method.usual();
            (side.method, side.path, side.times) = (method, path, times);
        }
        side.width = self.bandwidth.unwrap_or(side.width);
        side.half_width = self.half_width.unwrap_or(side.half_width);
        side.pairs = self.pairs.unwrap_or(side.pairs);
        side.coupling = self.coupling.unwrap_or(side.coupling);
        side.path = self.path.unwrap_or(side.path);
        side.times = self.times.unwrap_or(side.times);
        side.steps = self.steps.unwrap_or(side.steps);
        side.answer = self.answer.unwrap_or(side.answer);
        let mut target = self.target.clone().unwrap_or_else(|| side.target.clone());
        if let (PlaneTargetSpec::Grid(_, size @ None), Some(k)) = (&mut target, self.k) {
            *size = Some(k);
        } else if self.k.is_some() {
            return Err(idle("--k", "a target grid:… that names no K has cells to be chosen", &target));
        }
        side = match target.file() {
            Some(_) if self.target.is_some() || self.bandwidth.is_some() => {
                side.with_file(target).map_err(|why| CliError::Input(format!("--target: {why}")))?
            }
            Some(_) => PlaneSide { target, ..side },
            None => PlaneSide { target, reach: None, ..side },
        };
        side = self.starting(side)?;
        self.refuse_idle(&side)?;
        Ok(side)
    }

    /// A side that starts from what is said. Its square is the one that its cells fill, where it has cells.
    fn starting(&self, side: PlaneSide) -> Result<PlaneSide, CliError> {
        let refused =
            |source: &SourceSpec, why: String| Err(CliError::Input(format!("--source {source}: {why}")));
        let (source, half_width) = match &self.source {
            None => return Ok(side),
            Some(SourceSpec::Normal) => (PlaneSourceSpec::Normal, side.half_width),
            Some(SourceSpec::Ring) => (PlaneSourceSpec::Ring, side.half_width),
            Some(SourceSpec::Square(None)) => (PlaneSourceSpec::Square, side.half_width),
            Some(source @ SourceSpec::Mixture(_)) => {
                let why = "sample, curve and field plane start from a file; a figure, as the window, from normal, ring or square";
                return refused(source, why.to_owned());
            }
            Some(source @ SourceSpec::Square(Some(half))) => {
                let own = match side.target {
                    PlaneTargetSpec::Checkerboard => Some(Boxes::checkerboard().half_width()),
                    PlaneTargetSpec::Board | PlaneTargetSpec::Grid(..) => Some(side.half_width),
                    _ => None,
                };
                if let Some(own) = own.filter(|own| own != half) {
                    let name = target_name(&side.target);
                    let why = format!(
                        "a figure of {name} starts from its own square, of half side {own}; say square"
                    );
                    return refused(source, why);
                }
                if let Some(other) = self.half_width.filter(|other| other != half) {
                    return refused(
                        source,
                        format!("--half-width {other} says another half side; leave one out"),
                    );
                }
                let is_board = side.target == PlaneTargetSpec::Checkerboard;
                (PlaneSourceSpec::Square, if is_board { side.half_width } else { *half })
            }
        };
        Ok(PlaneSide { source, half_width, ..side })
    }

    /// Refuses flags that would change nothing of a side.
    fn refuse_idle(&self, side: &PlaneSide) -> Result<(), CliError> {
        let target = &side.target;
        let is_of_cells = matches!(target, PlaneTargetSpec::Board | PlaneTargetSpec::Grid(..));
        let is_board = *target == PlaneTargetSpec::Checkerboard;
        let has_square = is_of_cells || (side.source == PlaneSourceSpec::Square && !is_board);
        if self.half_width.is_some() && !has_square {
            return Err(idle("--half-width", SQUARES, target));
        }
        if self.bandwidth.is_some() && !matches!(target, PlaneTargetSpec::Points(_)) {
            return Err(idle("--bandwidth", "the points of points:FILE are blurred by what is said", target));
        }
        if self.pairs.is_some() && side.coupling == PlaneCoupling::Independent {
            let why = "--pairs: only --coupling minibatch-ot:B and reflow:K have pairs, not independent; leave it out";
            return Err(CliError::Input(why.to_owned()));
        }
        Ok(())
    }

    /// The files it reads.
    fn inputs(&self) -> Inputs<'_> {
        Inputs::default().file("--target", self.target.as_ref().and_then(|target| target.file()))
    }
}

/// That a flag says nothing of this target.
fn idle(flag: &str, whose: &str, target: &PlaneTargetSpec) -> CliError {
    CliError::Input(format!("{flag}: only {whose}, not {}; leave it out", target_name(target)))
}

/// A view or a plot by name.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Subject {
    View(PlaneView),
    Chart(PlaneChart),
}

impl FromStr for Subject {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut views = PlaneView::GROUPS.iter().flat_map(|(_, views)| views.iter().copied());
        let chart = || PlaneChart::ALL.into_iter().find(|chart| chart.name() == text).map(Self::Chart);
        let found = views.find(|view| view.name() == text).map(Self::View).or_else(chart);
        found.ok_or_else(|| "no view or plot has this name: --help lists them".to_owned())
    }
}

/// Two numbers.
type Pair = [f64; 2];

fn numbers<const N: usize>(text: &str, expected: &str) -> Result<[f64; N], String> {
    let numbers: Option<Vec<f64>> = text.split(',').map(|word| word.trim().parse().ok()).collect();
    let fits = |numbers: &Vec<f64>| numbers.iter().all(|x| x.abs() <= 1e6);
    let numbers = numbers.filter(fits).and_then(|numbers| <[f64; N]>::try_from(numbers).ok());
    numbers.ok_or_else(|| format!("expected {expected}, numbers from -1e6 to 1e6"))
}

fn pair(text: &str) -> Result<Pair, String> {
    numbers(text, "X,Y")
}

fn window(text: &str) -> Result<PlaneWindow, String> {
    let [x, y, half] = numbers(text, "X,Y,HALF")?;
    PlaneWindow { center: [x, y], half }.validated().map_err(|why| why.to_string())
}

fn answer(text: &str) -> Result<PlaneAnswer, String> {
    match text {
        "exact" => Ok(PlaneAnswer::Exact),
        "network" => Ok(PlaneAnswer::Network),
        _ => Err("expected exact or network".to_owned()),
    }
}

/// A side that has apart what `said` says, such as “--method ddpm --steps 16”.
fn apart(said: &str, first: &PlaneSide) -> Result<PlaneSide, CliError> {
    let own = flags::<Apart>(said, "flags of flow and sampler")?;
    own.side.over(first.clone()).map_err(|why| match why {
        CliError::Input(why) => wrong(said, &why),
        other => other,
    })
}

impl ExportPlaneArgs {
    /// The samplers that are compared, and by what.
    fn compared(&self) -> SamplerChoice {
        let usual = SamplerChoice::default();
        let said: Vec<MethodOnPath> = self.methods.iter().flat_map(Methods::all).copied().collect();
        SamplerChoice {
            methods: if said.is_empty() { usual.methods } else { said },
            measure: self.measure.unwrap_or(usual.measure),
            ..usual
        }
    }
}

#[derive(Serialize)]
struct Report {
    views: Vec<&'static str>,
    sides: usize,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    diffusion: Vec<MethodStart>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left_out: Vec<String>,
    out: String,
}

pub(in crate::cli) fn run(
    args: &ExportPlaneArgs,
    global: &GlobalArgs,
    console: &Console,
) -> Result<(), CliError> {
    let views: Vec<PlaneView> = args.view.iter().filter_map(|subject| view_of(*subject)).collect();
    let charts: Vec<PlaneChart> = args.view.iter().filter_map(|subject| chart_of(*subject)).collect();
    let kinds: &[Kind] = match charts.is_empty() {
        true => &[Kind::Png, Kind::Svg, Kind::Pdf, Kind::Csv, Kind::Gif],
        false => &[Kind::Png, Kind::Svg, Kind::Pdf, Kind::Csv],
    };
    let inputs = args.side.inputs().file("--checkpoint", args.network.checkpoint.as_deref());
    let kind = output::check(&args.out, kinds, &inputs)?;
    let refuse = |why: &str| Err(CliError::Input(why.to_owned()));
    match (views.len(), charts.len()) {
        (0, 1) | (1.., 0) => {}
        (0, _) => return refuse("--view: a figure has one plot; write each to a file of its own"),
        _ => return refuse("--view: a figure has views or a plot, not both"),
    }
    if kind == Kind::Csv && views.len() > 1 {
        return refuse("--view: numbers are of one view; write each to a file of its own");
    }
    if kind == Kind::Gif && args.t.is_some() {
        return refuse("--t: an animation runs over all times; leave it out");
    }
    if kind != Kind::Gif && args.seconds.is_some() {
        return refuse("--seconds: only an animation (.gif) lasts; leave it out");
    }
    args.page.refuse_for(kind)?;
    if charts.first() != Some(&PlaneChart::Samplers) {
        let idle = [("--methods", !args.methods.is_empty()), ("--measure", args.measure.is_some())];
        if let Some((flag, _)) = idle.into_iter().find(|(_, given)| *given) {
            return Err(CliError::Input(format!("{flag}: only --view samplers compares any; leave it out")));
        }
    }
    if args.compare.len() + 1 > MOST_SIDES {
        let most = MOST_SIDES - 1;
        return Err(CliError::Input(format!("--compare: {} times: at most {most}", args.compare.len())));
    }
    let known = args.network.checkpoint.as_deref().map(|file| Ok::<_, CliError>((file, Known::read(file)?)));
    let known = known.transpose()?;
    let usual = match &known {
        // Its own flow, but for what is said.
        Some((file, known)) => known.side(file, args.side.target.is_none(), args.side.source.is_none())?,
        None => PlaneSide::default(),
    };
    let first = args.side.over(usual)?;
    let others = args.compare.iter().map(|said| apart(said, &first)).collect::<Result<Vec<_>, _>>()?;
    if known.is_none() {
        if let Some(view) = views.iter().find(|view| view.needs_network()) {
            let why = "it needs a network of the flow; give one of `train plane` with --checkpoint";
            return Err(CliError::Input(format!("--view {}: {why}", view.name())));
        }
        if first.answer == PlaneAnswer::Network
            || others.iter().any(|side| side.answer == PlaneAnswer::Network)
        {
            return refuse(
                "--answer network: it takes a network; give one of `train plane` with --checkpoint",
            );
        }
    }
    let learned = known.as_ref().map(|(_, known)| &known.learned);
    let told = args.told.told(learned.and_then(|learned| learned.latents.as_deref()))?;
    let usual = PlaneSettings::default();
    let mut panes = usual.views;
    panes.iter_mut().zip(&views).for_each(|(pane, view)| *pane = *view);
    let rows = views.len().clamp(1, panes.len());
    let settings = PlaneSettings {
        sides: Sides::new(first, others),
        views: panes,
        panes: if args.compare.is_empty() { rows } else { (2 * rows).min(panes.len()) },
        particles: args.particles.unwrap_or(usual.particles),
        window: args.window,
        point: args.point.unwrap_or(usual.point),
        sample: args.sample.unwrap_or(usual.sample),
        seed: global.seed(),
        guidance: told.guidance,
        code: told.code,
        compared: args.compared(),
        ..usual
    };
    let settings = settings.validated()?;
    let figure = PlaneFigure {
        views,
        chart: charts.first().copied(),
        seconds: args.seconds.unwrap_or(PlaneFigure::default().seconds),
        page: args.page.kept()?,
    };
    let busy = console.busy("computing");
    let exhibit = Exhibit::for_figure(settings, args.t.unwrap_or(0.5), &figure, learned).map_err(|why| {
        // What is wrong with a network is wrong with its flag.
        let about = |file: &Path| format!("--checkpoint {}: {why}", file.display());
        CliError::Input(match &known {
            Some((file, known)) if known.is_of(&why) => about(file),
            _ => why.clone(),
        })
    })?;
    write(&exhibit, &figure, kind, &args.out).map_err(|why| why.about("--view"))?;
    drop(busy);
    let curves = exhibit.curves.as_deref();
    let left_out = curves.map(PlaneCurves::left_out).unwrap_or_default();
    for why in &left_out {
        console.warn(&format!("{why}: it is left out"));
    }
    let report = Report {
        views: args.view.iter().map(|subject| subject.name()).collect(),
        sides: exhibit.sides.len(),
        diffusion: diffusion_starts(&exhibit.settings, &figure, curves),
        left_out,
        out: args.out.display().to_string(),
    };
    console.result(&report, || format!("{}: {}", report.out, report.views.join(", ")))
}

fn view_of(subject: Subject) -> Option<PlaneView> {
    match subject {
        Subject::View(view) => Some(view),
        Subject::Chart(_) => None,
    }
}

fn chart_of(subject: Subject) -> Option<PlaneChart> {
    match subject {
        Subject::Chart(chart) => Some(chart),
        Subject::View(_) => None,
    }
}

impl Subject {
    fn name(self) -> &'static str {
        match self {
            Self::View(view) => view.name(),
            Self::Chart(chart) => chart.name(),
        }
    }
}

/// Writes a figure of an exhibit, whatever its kind.
///
/// # Errors
/// Says why there is nothing to show, or that the file can't be written.
pub(super) fn write(exhibit: &Exhibit, figure: &PlaneFigure, kind: Kind, out: &Path) -> Result<(), CliError> {
    match kind {
        Kind::Csv => {
            let numbers = exhibit.numbers(figure).map_err(CliError::Input)?.to_csv();
            output::write_bytes(out, numbers.as_bytes())
        }
        Kind::Gif => {
            let gif = exhibit.gif(figure, &mut |_| true).map_err(CliError::Input)?.unwrap_or_default();
            output::write_bytes(out, &gif)
        }
        kind => {
            let page = figure.page.page().map_err(CliError::Input)?;
            let drawn = exhibit.figure(figure).map_err(CliError::Input)?;
            output::write_figure(out, kind, &drawn, page).map(|_| ())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_side_has_what_it_says_apart_and_else_what_the_first_has() {
        let first =
            Apart::try_parse_from(["--target", "three", "--method", "ddpm", "--steps", "16"]).expect("A");
        let first = first.side.over(PlaneSide::default()).expect("a side");
        assert_eq!((first.path, first.times, first.steps), (AffinePath::VP, PlaneTimes::Ddpm, 16));
        let second = apart("--method euler --path trig", &first).expect("B");
        assert_eq!((second.target, second.path), (PlaneTargetSpec::Three, AffinePath::Trig));
        assert_eq!((second.times, second.steps), (PlaneTimes::Own, 16));
        let cells = apart("--target grid:moons --k 8 --half-width 2.5 --source square", &first).expect("C");
        assert_eq!((cells.target.to_string().as_str(), cells.half_width), ("grid:moons@8", 2.5));
        let coupled = apart("--coupling reflow:1 --pairs 100", &first).expect("D");
        assert_eq!((coupled.pairs, first.pairs), (100, PlaneSide::PAIRS));
        for (said, named) in [
            ("--pairs 9", "--coupling"),
            ("--half-width 2", "--half-width"),
            ("--k 8", "--k"),
            ("--target grid:moons@4 --k 8", "--k"),
            ("--bandwidth 0.2", "--bandwidth"),
            ("--width-of-points 0.2", "--bandwidth"),
        ] {
            let why = apart(said, &first).expect_err(said).to_string();
            assert!(
                why.contains("--compare") && why.contains(named) && why.contains("leave it out"),
                "{why}"
            );
        }
        let even = apart("--source square:2.5", &first).expect("E");
        assert_eq!((even.source, even.half_width), (PlaneSourceSpec::Square, 2.5));
        let of_cells = apart("--target board --half-width 2 --source square:2", &first).expect("F");
        assert_eq!((of_cells.source, of_cells.half_width), (PlaneSourceSpec::Square, 2.0));
        assert_eq!(apart("--source ring", &first).expect("G").source, PlaneSourceSpec::Ring);
        for (said, named) in [
            ("--target board --source square:2", "of half side 3"),
            ("--target checkerboard --source square:2", "of half side 4.4"),
            ("--half-width 2 --source square:3", "--half-width 2"),
            ("--source mixture:a.csv", "sample, curve and field plane"),
            ("--source square:0", "L above 0"),
        ] {
            let why = apart(said, &first).expect_err(said).to_string();
            assert!(why.contains(named), "{why}");
        }
        for (said, named) in
            [("", "expected flags"), ("--nfe 4", "--nfe"), ("--steps x", "--steps"), ("'", "quote")]
        {
            let why = apart(said, &first).expect_err(said).to_string();
            assert!(why.contains("--compare") && why.contains(named), "{why}");
        }
    }

    #[test]
    fn the_help_says_which_samplers_are_compared_by_itself() {
        let usual = SamplerChoice::default().methods;
        let usual: Vec<String> = usual.iter().map(ToString::to_string).collect();
        let mut command = ExportPlaneArgs::augment_args(clap::Command::new("export"));
        let help = command.render_long_help().to_string();
        let help = help.split_whitespace().collect::<String>();
        assert!(help.contains(&format!("[default:{}]", usual.join(","))), "{help}");
    }

    #[test]
    fn every_view_and_plot_has_its_name() {
        let views = PlaneView::GROUPS.iter().flat_map(|(_, views)| views.iter());
        let views = views.map(|view| view.name());
        for name in views.chain(PlaneChart::ALL.map(PlaneChart::name)) {
            assert_eq!(name.parse::<Subject>().expect(name).name(), name);
            assert!(EXAMPLES.contains(name), "{name} is not in the help");
        }
        assert!("mass".parse::<Subject>().is_err() && pair("1,2,3").is_err() && pair("1,nan").is_err());
        assert!(window("0,0,0").is_err() && window("0,0,2").is_ok());
    }
}
