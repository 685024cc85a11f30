//! `export`: what a view shows, as a figure for print or as numbers, without a window.

use crate::cli::console::Console;
use crate::cli::grid::FlowArgs;
use crate::cli::grid::curve::{Schedulers, schedulers};
use crate::cli::grid::denoiser_spec::DenoiserSpec;
use crate::cli::grid::export_charts::Mark;
use crate::cli::grid::export_checks::MOST_FRAMES;
use crate::cli::grid::export_run::{Followed, RunSettings, error_only, trace};
use crate::cli::grid::sample::method;
use crate::cli::grid::step_args::StepArgs;
use crate::cli::output::{self, Kind};
use crate::cli::values::{number, whole};
use crate::cli::{CliError, GlobalArgs};

use crate::data::{FlowSpec, write_csv};
use crate::figure::{CellWindow, Figure, FigureError, Page, PageSize, most_frames};
use crate::flow::{Corrector, GridPath, Scheduler, counted};
use crate::sampler::grid::{Extras, Method, Trace};
use crate::view::grid::{
    AnimationError, DivergencePart, Ends, Flow, Recipe, Run, ScaleMode, Scene, Show, Style, Subject, View,
    ViewError,
};
use crate::view::{self, Numbers};
use clap::{Args, ValueEnum};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

const EXAMPLES: &str = "\
Views: mass, divergence, currents, displacement and traffic are exact functions of the flow; with --denoiser
FILE.safetensors and --steps divergence, currents and displacement are those of the network. sampled, difference and
particles show a run: they need --denoiser and --steps. posterior-error needs --denoiser. strip and timeline show the mass
over time, strip:VIEW and timeline:VIEW another view. kappa and rates show the scheduler, curve TV to the target against
evaluations, distances TV to the path along a run, cell the posteriors of one state (--cell), log the jumps of one particle
(--follow). Gaps over training are kept by the window alone, which exports them.

The command line is kept inside the file (SVG metadata, PNG text, GIF comment), so that the figure can be made again: by
the same command, or by dropping the file on the window.

Examples:
  dfm-explorer export --view divergence --t 0.4 --out divergence.svg
  dfm-explorer export --view strip --frames 8 --size 1600x500 --out strip.png
  dfm-explorer export --view particles --source mask --denoiser oracle --steps 64 --t 0.7 --out cloud.png
  dfm-explorer export --view timeline:currents --frames 60 --out currents.gif
  dfm-explorer export --view mass --k 4 --moves rates --t 0.5 --out four.svg
  dfm-explorer export --view curve --method exact,euler,tau --schedulers linear,cubic --mark exact:16 --out curves.svg
  dfm-explorer export --view posterior-error --denoiser net.safetensors --t 0.8 --out error.csv";

/// Frames of a timeline where nothing else is said.
const TIMELINE_FRAMES: usize = 48;

/// Write what a view shows as a figure for print, an animation, or numbers
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct ExportArgs {
    /// mass, divergence, currents, displacement, traffic, particles, sampled, difference, posterior-error, strip[:VIEW],
    /// timeline[:VIEW], kappa, rates, distances, curve, cell or log
    #[arg(long, value_name = "V")]
    pub(in crate::cli) view: Subject,
    #[command(flatten)]
    pub(in crate::cli) flow: FlowArgs,
    /// The time of a view, 0 (source) to 1 (target) [default: 0.5]
    #[arg(long, value_name = "T", value_parser = number(0.0..=1.0, "a number from 0 to 1"), allow_hyphen_values = true)]
    pub(in crate::cli) t: Option<f64>,
    /// oracle, noisy:EPS, noisy-early:EPS or FILE.safetensors, for views of a run
    #[arg(long, value_name = "D")]
    pub(in crate::cli) denoiser: Option<DenoiserSpec>,
    /// exact, euler, exponential, adaptive, tau, midpoint, trapezoidal, ctmc or maskgit [default: exact]; for a curve
    /// several, separated by commas
    #[arg(long, value_name = "M", value_delimiter = ',', value_parser = method)]
    pub(in crate::cli) method: Vec<Method>,
    /// Schedulers of a curve, comma separated, kinetic among them; hermite:A,B one at a time by giving the flag again [default: the FLOW's]
    #[arg(long, value_name = "S,…", value_parser = schedulers)]
    pub(in crate::cli) schedulers: Vec<Schedulers>,
    /// Another corrector of a curve besides --corrector; give the flag again for more. 0,0,0 is none
    #[arg(long, value_name = "A,a,b", allow_hyphen_values = true)]
    pub(in crate::cli) correctors: Vec<Corrector>,
    /// The setting that a curve points out, with the FLOW's scheduler and --corrector: METHOD:STEPS
    #[arg(long, value_name = "M:N")]
    pub(in crate::cli) mark: Option<Mark>,
    /// Number of steps of the run, 1 to 100000; for a curve several, separated by commas [default: 1,2,4,…,256]
    #[arg(
        long,
        value_name = "N",
        value_delimiter = ',',
        value_parser = whole(1, 100_000),
        allow_hyphen_values = true
    )]
    pub(in crate::cli) steps: Vec<usize>,
    #[command(flatten)]
    pub(in crate::cli) stepping: StepArgs,
    /// Number of particles, 1 to 10000000 [default: 3000]
    #[arg(long, value_name = "P", value_parser = whole(1, 10_000_000), allow_hyphen_values = true)]
    pub(in crate::cli) particles: Option<usize>,
    /// Which moves the divergence counts [default: both]
    #[arg(long, value_name = "1|2|both")]
    pub(in crate::cli) part: Option<Part>,
    /// fixed: one colour scale for the whole path; auto: that of the moment or of the frames shown; MAX: up to there, for
    /// figures to be compared, and with arrows MAX,ARROW, the longest one
    #[arg(long, value_name = "fixed|auto|MAX", default_value = "fixed", allow_hyphen_values = true)]
    pub(in crate::cli) scale: ScaleArg,
    /// Frame a state and draw its outgoing rates as arrows; the state that a cell shows
    #[arg(long, value_name = "Z1,Z2")]
    pub(in crate::cli) cell: Option<CellArg>,
    /// Draw the way of particle N so far, counted from 0; the particle that a log shows
    #[arg(long, value_name = "N", value_parser = whole(0, 9_999_999), allow_hyphen_values = true)]
    pub(in crate::cli) follow: Option<usize>,
    /// Arrows for every move of every state over the mass, up to K = 6
    #[arg(long, value_enum, value_name = "rates|fluxes")]
    pub(in crate::cli) moves: Option<MovesArg>,
    /// Show a square part of the cells: its bottom left corner and its side, in cells
    #[arg(long, value_name = "X,Y,SIDE", allow_hyphen_values = true)]
    pub(in crate::cli) section: Option<SectionArg>,
    /// p(x₀ | x_t) of a cell in place of p(x₁ | x_t)
    #[arg(long)]
    pub(in crate::cli) noise_posterior: bool,
    /// Frames of a strip, 1 to 1000 [default: 6], or of a timeline, 2 to 1000 [default: 48]
    #[arg(long, value_name = "N", value_parser = whole(1, MOST_FRAMES as u64), allow_hyphen_values = true)]
    pub(in crate::cli) frames: Option<usize>,
    /// How long a timeline takes, 0.1 to 600 seconds; then it shows its end for a third of that. No frame is shown for less
    /// than 20 ms [default: 0.08 a frame]
    #[arg(
        long,
        value_name = "S",
        value_parser = number(0.1..=600.0, "a number from 0.1 to 600"),
        allow_hyphen_values = true
    )]
    pub(in crate::cli) seconds: Option<f64>,
    /// Size in pixels, 160x120 to 16384x16384 and at most 100 million in all; a figure that is too full for a small one is
    /// refused [default: what suits the figure]
    #[arg(long, value_name = "WxH", allow_hyphen_values = true)]
    pub(in crate::cli) size: Option<PageSize>,
    /// Dark on light as for print, or light on dark
    #[arg(long, value_enum, default_value_t = Theme::Light)]
    theme: Theme,
    /// Leave out the settings in small print below
    #[arg(long)]
    pub(in crate::cli) no_caption: bool,
    /// FILE.png, FILE.svg, FILE.csv (numbers), or FILE.gif for a timeline
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Print one JSON object: view, t, kappa, frames, width, height, command, out
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

/// Moves of which token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Part {
    /// Token 1.
    #[value(name = "1")]
    First,
    /// Token 2.
    #[value(name = "2")]
    Second,
    /// Both.
    Both,
}

impl From<Part> for DivergencePart {
    fn from(part: Part) -> Self {
        match part {
            Part::First => Self::First,
            Part::Second => Self::Second,
            Part::Both => Self::Total,
        }
    }
}

/// Range of the colours.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::cli) enum ScaleArg {
    /// The whole path.
    Fixed,
    /// What is shown.
    Auto,
    /// Up to a value.
    Ends(Ends),
}

impl FromStr for ScaleArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "fixed" => Ok(Self::Fixed),
            "auto" => Ok(Self::Auto),
            _ => text.parse().map(Self::Ends),
        }
    }
}

/// A state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) struct CellArg(pub [usize; 2]);

impl FromStr for CellArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let both =
            text.split_once(',').and_then(|(a, b)| Some([a.trim().parse().ok()?, b.trim().parse().ok()?]));
        both.map(Self).ok_or_else(|| "expected two token values Z1,Z2 such as 3,5".to_owned())
    }
}

/// A part of the cells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::cli) struct SectionArg(pub CellWindow);

impl FromStr for SectionArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers: Option<Vec<f32>> = text.split(',').map(|x| x.trim().parse().ok()).collect();
        match numbers.as_deref() {
            Some([x, y, side]) if *x >= 0.0 && *y >= 0.0 && *side >= 1.0 && side.is_finite() => {
                Ok(Self(CellWindow { min: [*x, *y], size: [*side; 2] }))
            }
            _ => {
                Err("expected X,Y,SIDE in cells, such as 8,8,16: X and Y from 0, SIDE at least 1".to_owned())
            }
        }
    }
}

/// Which arrows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum MovesArg {
    /// u(y, z), per unit time.
    Rates,
    /// p(z) u(y, z), mass per unit time.
    Fluxes,
}

/// Ground and ink.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Theme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

#[derive(Serialize)]
struct Report {
    view: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    t: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kappa: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    frames: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<u32>,
    command: String,
    out: String,
}

pub(in crate::cli) fn run(args: &ExportArgs, global: &GlobalArgs, console: &Console) -> Result<(), CliError> {
    let kinds: &[Kind] = match args.view {
        Subject::Timeline(_) => &[Kind::Gif, Kind::Csv],
        _ => &[Kind::Png, Kind::Svg, Kind::Csv],
    };
    let denoiser = args.denoiser.as_ref().and_then(DenoiserSpec::file);
    let inputs = args.flow.inputs().file("--denoiser", denoiser);
    let kind = output::check(&args.out, kinds, &inputs).map_err(|why| match (args.view, &why) {
        (Subject::Timeline(_), CliError::Input(text)) if text.contains("ends in") => {
            CliError::Input(format!("{text}: a timeline is an animation; for one picture take --view strip"))
        }
        _ => why,
    })?;
    let job = Job::new(args, global, kind)?;
    job.refuse_foreign_settings()?;
    job.write(console)
}

/// One export with its flow built.
pub(in crate::cli) struct Job<'a> {
    pub(in crate::cli) args: &'a ExportArgs,
    pub(in crate::cli) global: &'a GlobalArgs,
    pub(in crate::cli) kind: Kind,
    pub(in crate::cli) spec: FlowSpec,
    pub(in crate::cli) path: Arc<GridPath>,
    /// The schedulers of a curve.
    pub(in crate::cli) schedulers: Vec<Scheduler>,
}

impl<'a> Job<'a> {
    fn new(args: &'a ExportArgs, global: &'a GlobalArgs, kind: Kind) -> Result<Self, CliError> {
        let mut spec = args.flow.spec()?;
        let path = Arc::new(spec.path()?);
        // Written out, so that a figure says it and another default changes nothing.
        spec.k = Some(path.data_tokens());
        let named = args.schedulers.iter().flat_map(|list| &list.0).map(|named| named.on(&path));
        let named: Vec<Scheduler> =
            named.collect::<Result<_, _>>().map_err(|why| CliError::from(why).about("--schedulers"))?;
        let schedulers = if named.is_empty() { vec![spec.scheduler] } else { named };
        Ok(Self { args, global, kind, spec, path, schedulers })
    }

    fn show(&self) -> Show {
        match self.args.denoiser {
            Some(DenoiserSpec::Checkpoint(_)) => Show::Learned,
            _ => Show::Exact,
        }
    }

    /// Whether what is shown comes from a run in steps.
    pub(in crate::cli) fn is_run(&self) -> bool {
        let subject = self.args.view;
        let view = subject.view().is_some_and(|v| v != View::PosteriorError && v.needs_run(self.show()));
        // Only a run has particles to follow.
        view || self.args.follow.is_some() || matches!(subject, Subject::Distances | Subject::Log)
    }

    pub(in crate::cli) fn methods(&self) -> Vec<Method> {
        if self.args.method.is_empty() { vec![Method::Exact] } else { self.args.method.clone() }
    }

    pub(in crate::cli) fn t(&self) -> f64 {
        self.args.t.unwrap_or(0.5)
    }

    /// How many particles there are.
    pub(in crate::cli) fn particles(&self) -> usize {
        self.args.particles.unwrap_or(3000)
    }

    fn times(&self) -> Vec<f64> {
        match self.args.view {
            Subject::View(_) => vec![self.t()],
            Subject::Strip(_) => view::grid::times(self.args.frames.unwrap_or(6)),
            Subject::Timeline(_) => {
                let room = self.lasts().map_or(TIMELINE_FRAMES, most_frames);
                view::grid::times(self.args.frames.unwrap_or(TIMELINE_FRAMES.min(room)))
            }
            _ => Vec::new(),
        }
    }

    /// How long a timeline takes, in ms.
    fn lasts(&self) -> Option<u32> {
        self.args.seconds.map(|seconds| (1000.0 * seconds).round() as u32)
    }

    pub(in crate::cli) fn scene<'b>(&'b self, run: Option<&'b (Trace, Option<usize>)>) -> Scene<'b> {
        Scene {
            path: &self.path,
            scheduler: self.spec.scheduler,
            t: self.t(),
            show: self.show(),
            corrector: self.args.stepping.config(Method::Exact, 1).corrector,
            part: self.args.part(),
            run: run.map(|(trace, estimated_from)| Run {
                trace,
                scheduler: self.spec.scheduler,
                estimated_from: *estimated_from,
                shown_to: 1.0,
            }),
        }
    }

    /// How the run is made.
    pub(in crate::cli) fn run_settings(&self) -> RunSettings {
        let args = self.args;
        let view = args.view.view();
        let cloud = view == Some(View::Particles) || args.follow.is_some() || view.is_none();
        let extras = view.map_or(Extras::default(), |view| view.extras(self.show()));
        RunSettings {
            config: args.stepping.config(self.methods()[0], args.steps.first().copied().unwrap_or(1)),
            extras: Extras { posterior_error: false, ..extras },
            // Only a cloud is worth more than one.
            particles: if cloud { self.particles() } else { 1 },
            seed: self.global.seed(),
        }
    }

    /// The frames that the view shows, if it shows a run.
    pub(in crate::cli) fn trace(
        &self,
        console: &Console,
        followed: Followed,
    ) -> Result<Option<(Trace, Option<usize>)>, CliError> {
        let Some(spec) = self.args.denoiser.as_ref() else { return Ok(None) };
        let denoiser = spec.build(&self.path, self.global.device)?;
        let (scheduler, times) = (self.spec.scheduler, self.times());
        if self.args.view.view() == Some(View::PosteriorError) {
            let errors = error_only(&self.path, scheduler, denoiser.as_ref(), &times)?;
            return Ok(Some((errors, None)));
        }
        let times = if times.is_empty() { vec![1.0] } else { times };
        let settings = self.run_settings();
        trace(&self.path, scheduler, denoiser.as_ref(), &settings, &times, followed, console).map(Some)
    }

    fn write(&self, console: &Console) -> Result<(), CliError> {
        if self.args.view.view().is_none() {
            return self.write_chart(console);
        }
        let followed = if self.args.follow.is_some() { Followed::Whole } else { Followed::Last };
        let trace = self.trace(console, followed)?;
        let scene = self.scene(trace.as_ref());
        let style = self.style();
        let page = self.page();
        let about = |why: ViewError| {
            CliError::Input(match why {
                ViewError::InfiniteSlope(scheduler) => format!(
                    "--view {} at t = 0: rates of the scheduler {scheduler} are infinite there; choose a later --t or \
                     another view",
                    self.args.view
                ),
                ViewError::NotYet => format!("--view {}: its run has no state there", self.args.view),
                ViewError::TooLarge { .. } => format!("--frames: {why}"),
            })
        };
        let mut size = None;
        match (self.kind, self.args.view) {
            (Kind::Csv, subject) => {
                let numbers = match subject {
                    Subject::View(view) => scene.numbers(view).map(|moment| moment.values),
                    _ => scene.numbers_over(subject.view().unwrap_or(View::Mass), &self.times()),
                };
                self.write_numbers(numbers.map_err(about)?)?;
            }
            (_, Subject::Timeline(view)) => {
                size = Some(self.write_animation(&scene, view, &style, page, console, about)?);
            }
            (_, subject) => {
                let figure = match subject {
                    Subject::Strip(view) => scene.strip(view, &self.times(), &style),
                    _ => scene.figure(subject.view().unwrap_or(View::Mass), &style),
                };
                size = Some(write_figure(&self.args.out, self.kind, &figure.map_err(about)?, page)?);
            }
        }
        // What is shown of a run is the state after its last step.
        let t = match self.args.view {
            Subject::View(view) => Some((view, scene.shown_at(view).map_err(about)?)),
            _ => None,
        };
        let kappa = t.map(|(view, t)| scene.kappa_of(view, t));
        self.report(console, t.map(|(_, t)| t), kappa, size, style.recipe)
    }

    /// Writes a plot that is no view.
    fn write_chart(&self, console: &Console) -> Result<(), CliError> {
        let chart = self.chart(console)?;
        let style = self.style();
        let mut size = None;
        if self.kind == Kind::Csv {
            self.write_numbers(Numbers::Table(chart.numbers))?;
        } else {
            size = Some(write_figure(&self.args.out, self.kind, &chart.figure(&style), self.page())?);
        }
        let t = (self.args.view == Subject::Cell).then(|| self.t());
        self.report(console, t, t.map(|t| self.spec.scheduler.kappa(t)), size, style.recipe)
    }

    fn report(
        &self,
        console: &Console,
        t: Option<f64>,
        kappa: Option<f64>,
        size: Option<[u32; 2]>,
        command: String,
    ) -> Result<(), CliError> {
        let several = matches!(self.args.view, Subject::Strip(_) | Subject::Timeline(_));
        let report = Report {
            view: self.args.view.to_string(),
            t,
            kappa,
            frames: several.then(|| self.times().len()),
            width: size.map(|s| s[0]),
            height: size.map(|s| s[1]),
            command,
            out: self.args.out.display().to_string(),
        };
        console.result(&report, || {
            let size = size.map_or(String::new(), |[w, h]| format!(", {w}x{h} pixels"));
            let frames = report.frames.map_or(String::new(), |n| format!(", {}", counted(n, "frame")));
            format!("{}: {}{frames}{size}", report.out, report.view)
        })
    }

    fn write_numbers(&self, numbers: Numbers) -> Result<(), CliError> {
        match numbers {
            Numbers::Grid(values) => Ok(write_csv(&self.args.out, &values)?),
            Numbers::Table(table) => output::write_bytes(&self.args.out, table.to_csv().as_bytes()),
        }
    }

    fn write_animation(
        &self,
        scene: &Scene<'_>,
        view: View,
        style: &Style,
        page: Page,
        console: &Console,
        about: impl Fn(ViewError) -> CliError,
    ) -> Result<[u32; 2], CliError> {
        let bar = console.bar(1000, "drawing {bar:40} {percent}%  {eta} left");
        let done = scene.animation(view, &self.times(), self.lasts(), style, page, |share| {
            bar.set_position((1000.0 * share) as u64);
            true
        });
        bar.finish_and_clear();
        let (gif, size) = done.map_err(|why| match why {
            AnimationError::View(why) => about(why),
            AnimationError::Figure(why) => failed(&self.args.out, why),
            AnimationError::TooLarge { .. } => CliError::Input(format!("--frames: {why}")),
            AnimationError::TooShort { .. } => CliError::Input(format!("--seconds: {why}")),
        })?;
        output::write_bytes(&self.args.out, &gif)?;
        Ok(size)
    }

    fn style(&self) -> Style {
        let recipe = self.recipe();
        Style {
            scale: recipe.scale,
            ends: recipe.ends,
            marks: recipe.marks,
            caption: recipe.caption.then(|| recipe.settings()),
            recipe: recipe.command(&self.args.out.display().to_string()),
        }
    }

    pub(in crate::cli) fn page(&self) -> Page {
        Page { size: self.args.size, dark: self.args.theme == Theme::Dark }
    }

    /// The flags of the sampler, or of what remains of it.
    fn sampler_flags(&self) -> String {
        let args = self.args;
        let methods = self.methods();
        let config = args.stepping.config(methods[0], args.steps.first().copied().unwrap_or(1));
        if self.is_run() {
            return config.to_string();
        }
        if args.view == Subject::Curve {
            return self.curve_flags();
        }
        if config.corrector.is_on() { format!("--corrector {}", config.corrector) } else { String::new() }
    }

    fn curve_flags(&self) -> String {
        let args = self.args;
        let mut flags = Vec::new();
        if args.mark.is_none() || !args.method.is_empty() {
            let names = self.methods().iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
            flags.push(format!("--method {names}"));
        }
        let schedulers = self.schedulers.iter().filter(|_| !args.schedulers.is_empty());
        flags.extend(schedulers.map(|scheduler| format!("--schedulers {scheduler}")));
        let steps = self.curve_steps().iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        flags.push(format!("--steps {steps}"));
        // The first method that has a corrector says what all have in common.
        let all = self.methods().into_iter().chain([Method::Exact]);
        let method = all.into_iter().find(|method| method.takes_corrector()).unwrap_or_default();
        let one = args.stepping.config(method, 1).to_string();
        flags.extend(one.split_once("--steps 1 ").map(|(_, more)| more.to_owned()));
        flags.extend(args.correctors.iter().map(|corrector| format!("--correctors {corrector}")));
        flags.extend(args.mark.map(|mark| format!("--mark {}:{}", mark.method, mark.steps)));
        flags.join(" ")
    }

    fn recipe(&self) -> Recipe {
        let args = self.args;
        let curve = args.view == Subject::Curve;
        let framed = matches!(args.view, Subject::Strip(_) | Subject::Timeline(_));
        Recipe {
            subject: args.view,
            flow: Flow { said: self.spec.to_string(), whole: self.spec.whole_flags() },
            t: self.t(),
            denoiser: args.denoiser.clone().or(curve.then(DenoiserSpec::default)).map(|d| d.to_string()),
            sampler: self.sampler_flags(),
            particles: (self.particles(), self.global.seed()),
            part: self.args.part(),
            scale: if args.scale == ScaleArg::Auto { ScaleMode::PerFrame } else { ScaleMode::Fixed },
            ends: match args.scale {
                ScaleArg::Ends(ends) => Some(ends),
                _ => None,
            },
            marks: args.marks(),
            noise: args.noise_posterior,
            frames: framed.then(|| self.times().len()),
            seconds: args.seconds,
            page: self.page(),
            caption: !args.no_caption,
        }
    }
}

/// Writes a figure; its size in pixels.
fn write_figure(out: &Path, kind: Kind, figure: &Figure, page: Page) -> Result<[u32; 2], CliError> {
    let failed = |e: FigureError| failed(out, e);
    let image = figure.to_image(page).map_err(failed)?;
    let bytes = match kind {
        Kind::Svg => figure.to_svg(page).map_err(failed)?.into_bytes(),
        _ => figure.to_png(page).map_err(failed)?,
    };
    output::write_bytes(out, &bytes)?;
    Ok([image.width(), image.height()])
}

fn failed(out: &Path, error: FigureError) -> CliError {
    match error {
        FigureError::PageTooSmall { .. } => CliError::Input(format!("--size: {error}")),
        _ => CliError::Failed(format!("{}: {error}", out.display())),
    }
}
