//! `export`: what a view shows, as a figure for print or as numbers, without a window.

use super::console::Console;
use super::denoiser_spec::DenoiserSpec;
use super::export_run::{RunSettings, error_only, trace};
use super::output::{self, Kind};
use super::sample::method;
use super::step_args::StepArgs;
use super::values::{number, whole};
use super::{CliError, FlowArgs, GlobalArgs};
use crate::data::{FlowSpec, write_csv};
use crate::figure::{Drawing, Figure, FigureError, Page, PageSize};
use crate::flow::GridPath;
use crate::flow::metrics::tv;
use crate::sampler::{Extras, Method, PmfCarrier, Setup, Trace, run as walk};
use crate::view::{
    self, AnimationError, DivergencePart, NamedCurve, Numbers, Recipe, Run, ScaleMode, Scene, Show, Style,
    Subject, Table, View, ViewError,
};
use clap::{Args, ValueEnum};
use serde::Serialize;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const EXAMPLES: &str = "\
Views: mass, divergence, currents, displacement and traffic are exact functions of the flow; with --denoiser
FILE.safetensors and --steps divergence, currents and displacement are those of the network. sampled, difference and
particles show a run: they need --denoiser and --steps. posterior-error needs --denoiser. strip and timeline show the mass
over time, strip:VIEW and timeline:VIEW another view. kappa and rates show the scheduler, curve TV against evaluations.

The command line is kept inside the file (SVG metadata, PNG text, GIF comment), so that the figure can be made again.

Examples:
  dfm-explorer export --view divergence --t 0.4 --out divergence.svg
  dfm-explorer export --view strip --frames 8 --size 1600x500 --out strip.png
  dfm-explorer export --view particles --source mask --denoiser oracle --steps 64 --t 0.7 --out cloud.png
  dfm-explorer export --view timeline:currents --frames 60 --out currents.gif
  dfm-explorer export --view posterior-error --denoiser net.safetensors --t 0.8 --out error.csv";

/// Steps of the samplers on a curve.
const CURVE_STEPS: [usize; 9] = [1, 2, 4, 8, 16, 32, 64, 128, 256];

/// Write what a view shows as a figure for print, an animation, or numbers
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct ExportArgs {
    /// mass, divergence, currents, displacement, traffic, particles, sampled, difference, posterior-error, strip[:VIEW],
    /// timeline[:VIEW], kappa, rates or curve
    #[arg(long, value_name = "V")]
    view: Subject,
    #[command(flatten)]
    flow: FlowArgs,
    /// The time of a view, 0 (source) to 1 (target) [default: 0.5]
    #[arg(long, value_name = "T", value_parser = number(0.0..=1.0, "a number from 0 to 1"), allow_hyphen_values = true)]
    t: Option<f64>,
    /// oracle, noisy:EPS, noisy-early:EPS or FILE.safetensors, for views of a run
    #[arg(long, value_name = "D")]
    denoiser: Option<DenoiserSpec>,
    /// exact, euler, exponential, adaptive, tau, midpoint, trapezoidal, ctmc or maskgit [default: exact]; for a curve
    /// several, separated by commas
    #[arg(long, value_name = "M", value_delimiter = ',', value_parser = method)]
    method: Vec<Method>,
    /// Number of steps of the run, 1 to 100000
    #[arg(long, value_name = "N", value_parser = whole(1, 100_000), allow_hyphen_values = true)]
    steps: Option<usize>,
    #[command(flatten)]
    stepping: StepArgs,
    /// Number of particles, 1 to 10000000 [default: 3000]
    #[arg(long, value_name = "P", value_parser = whole(1, 10_000_000), allow_hyphen_values = true)]
    particles: Option<usize>,
    /// Which moves the divergence counts [default: both]
    #[arg(long, value_name = "1|2|both")]
    part: Option<Part>,
    /// fixed: one colour scale for the whole path; auto: that of the moment or of the frames shown
    #[arg(long, value_name = "fixed|auto", default_value = "fixed")]
    scale: ScaleArg,
    /// Frames of a strip, 1 to 64 [default: 6], or of a timeline, 2 to 1000 [default: 48]
    #[arg(long, value_name = "N", value_parser = whole(1, 1000), allow_hyphen_values = true)]
    frames: Option<usize>,
    /// Size in pixels, 160x120 to 16384x16384 [default: what suits the figure]
    #[arg(long, value_name = "WxH", allow_hyphen_values = true)]
    size: Option<PageSize>,
    /// Dark on light as for print, or light on dark
    #[arg(long, value_enum, default_value_t = Theme::Light)]
    theme: Theme,
    /// Leave out the settings in small print below
    #[arg(long)]
    no_caption: bool,
    /// FILE.png, FILE.svg, FILE.csv (numbers), or FILE.gif for a timeline
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Print one JSON object: view, t, kappa, frames, width, height, command, out
    #[arg(long)]
    pub(super) json: bool,
}

/// Moves of which token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Token 1.
    #[value(name = "1")]
    First,
    /// Token 2.
    #[value(name = "2")]
    Second,
    /// Both.
    Both,
}

/// Range of the colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ScaleArg {
    /// The whole path.
    Fixed,
    /// What is shown.
    Auto,
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

pub(super) fn run(args: &ExportArgs, global: &GlobalArgs, console: &Console) -> Result<(), CliError> {
    let kinds: &[Kind] = match args.view {
        Subject::Timeline(_) => &[Kind::Gif, Kind::Csv],
        _ => &[Kind::Png, Kind::Svg, Kind::Csv],
    };
    let kind = output::check(&args.out, kinds).map_err(|why| match (args.view, &why) {
        (Subject::Timeline(_), CliError::Input(text)) if text.contains("ends in") => {
            CliError::Input(format!("{text}: a timeline is an animation; for one picture take --view strip"))
        }
        _ => why,
    })?;
    args.flow.refuse_to_overwrite(&args.out)?;
    refuse_to_overwrite_checkpoint(args)?;
    let job = Job::new(args, global, kind)?;
    job.refuse_foreign_settings()?;
    job.write(console)
}

fn refuse_to_overwrite_checkpoint(args: &ExportArgs) -> Result<(), CliError> {
    let Some(DenoiserSpec::Checkpoint(file)) = &args.denoiser else { return Ok(()) };
    let same = file.canonicalize().ok().zip(args.out.canonicalize().ok()).is_some_and(|(a, b)| a == b);
    if same {
        let out = args.out.display();
        return Err(CliError::Input(format!("--out {out}: it is the file that --denoiser reads")));
    }
    Ok(())
}

/// One export with its flow built.
struct Job<'a> {
    args: &'a ExportArgs,
    global: &'a GlobalArgs,
    kind: Kind,
    spec: FlowSpec,
    path: Arc<GridPath>,
}

impl<'a> Job<'a> {
    fn new(args: &'a ExportArgs, global: &'a GlobalArgs, kind: Kind) -> Result<Self, CliError> {
        let mut spec = args.flow.spec()?;
        let path = Arc::new(spec.path()?);
        // Written out, so that a figure says it and another default changes nothing.
        spec.k = Some(path.data_tokens());
        Ok(Self { args, global, kind, spec, path })
    }

    fn show(&self) -> Show {
        match self.args.denoiser {
            Some(DenoiserSpec::Checkpoint(_)) => Show::Learned,
            _ => Show::Exact,
        }
    }

    /// Whether what is shown comes from a run in steps.
    fn is_run(&self) -> bool {
        let view = self.args.view.view();
        view.is_some_and(|v| v != View::PosteriorError && v.needs_run(self.show()))
    }

    /// A flag that would be ignored would be a wrong answer; one that is missing is named.
    fn refuse_foreign_settings(&self) -> Result<(), CliError> {
        let args = self.args;
        let refuse = |why: String| Err(CliError::Input(format!("--view {}: {why}", args.view)));
        let (view, curve) = (args.view.view(), args.view == Subject::Curve);
        let learnable = matches!(view, Some(View::Divergence | View::Currents | View::Displacement));
        let error = view == Some(View::PosteriorError);
        if self.is_run() || curve {
            args.stepping.check(&self.methods())?;
        }
        match (&args.denoiser, args.steps) {
            (None, _) if self.is_run() => {
                return refuse("it shows a run of a sampler: give --denoiser and --steps".to_owned());
            }
            (None, _) if error => {
                return refuse("it shows the error of a denoiser: give --denoiser".to_owned());
            }
            (Some(_), None) if self.is_run() => {
                return refuse("it shows a run of a sampler: give --steps".to_owned());
            }
            (Some(DenoiserSpec::Checkpoint(_)), _) if learnable => {}
            (Some(denoiser), _) if learnable => {
                return refuse(format!(
                    "it is the exact one without --denoiser, and the network's with a checkpoint; {denoiser} is neither"
                ));
            }
            (Some(denoiser), _) if !self.is_run() && !error && !curve => {
                return refuse(format!("it depends on no denoiser: leave out --denoiser {denoiser}"));
            }
            _ => {}
        }
        if args.steps.is_some() && !self.is_run() {
            return refuse("it shows no run: leave out --steps".to_owned());
        }
        if !args.method.is_empty() && !self.is_run() && !curve {
            return refuse("it shows no run: leave out --method".to_owned());
        }
        if args.method.len() > 1 && !curve {
            return refuse("one --method makes one run; several are for --view curve".to_owned());
        }
        let corrected = matches!(args.view, Subject::Rates) || view == Some(View::Traffic);
        if corrected && !args.stepping.are_only_corrector() {
            return refuse("of these flags it depends on --corrector alone".to_owned());
        }
        if !args.stepping.are_default() && !self.is_run() && !curve && !corrected {
            return refuse(
                "it shows no run: leave out --corrector, --time-grid and --temperature".to_owned(),
            );
        }
        if args.particles.is_some() && view != Some(View::Particles) {
            return refuse("it shows no particles: leave out --particles".to_owned());
        }
        if args.part.is_some() && view != Some(View::Divergence) {
            return refuse("only the divergence has parts: leave out --part".to_owned());
        }
        if args.t.is_some() && !matches!(args.view, Subject::View(_)) {
            return refuse("it shows no single time: leave out --t".to_owned());
        }
        match (args.view, args.frames) {
            (Subject::Strip(_), Some(n)) if n > 64 => {
                return refuse(format!("--frames {n}: expected 1 to 64 for a strip"));
            }
            (Subject::Timeline(_), Some(n)) if n < 2 => {
                return refuse(format!("--frames {n}: expected 2 to 1000 for a timeline"));
            }
            (Subject::Strip(_) | Subject::Timeline(_), _) | (_, None) => {}
            _ => return refuse("it has no frames: leave out --frames".to_owned()),
        }
        if self.kind == Kind::Csv && (args.size.is_some() || args.theme == Theme::Dark || args.no_caption) {
            return refuse("numbers have no --size, --theme or --no-caption".to_owned());
        }
        Ok(())
    }

    fn methods(&self) -> Vec<Method> {
        if self.args.method.is_empty() { vec![Method::Exact] } else { self.args.method.clone() }
    }

    fn t(&self) -> f64 {
        self.args.t.unwrap_or(0.5)
    }

    fn times(&self) -> Vec<f64> {
        match self.args.view {
            Subject::View(_) => vec![self.t()],
            Subject::Strip(_) => view::times(self.args.frames.unwrap_or(6)),
            Subject::Timeline(_) => view::times(self.args.frames.unwrap_or(48)),
            _ => Vec::new(),
        }
    }

    fn scene<'b>(&'b self, trace: Option<&'b Trace>) -> Scene<'b> {
        Scene {
            path: &self.path,
            scheduler: self.spec.scheduler,
            t: self.t(),
            show: self.show(),
            corrector: self.args.stepping.config(Method::Exact, 1).corrector,
            part: self.part(),
            run: trace.map(|trace| Run { trace, scheduler: self.spec.scheduler }),
        }
    }

    /// The frames that the view shows, if it shows a run.
    fn trace(&self, console: &Console) -> Result<Option<Trace>, CliError> {
        let (args, times) = (self.args, self.times());
        let Some((view, spec)) = args.view.view().zip(args.denoiser.as_ref()) else { return Ok(None) };
        let denoiser = spec.build(&self.path, self.global.device)?;
        if view == View::PosteriorError {
            return error_only(&self.path, self.spec.scheduler, denoiser.as_ref(), &times).map(Some);
        }
        let settings = RunSettings {
            config: args.stepping.config(self.methods()[0], args.steps.unwrap_or(1)),
            extras: Extras { posterior_error: false, ..view.extras(self.show()) },
            // Only a cloud is worth more than one.
            particles: if view == View::Particles { args.particles.unwrap_or(3000) } else { 1 },
            seed: self.global.seed(),
        };
        trace(&self.path, self.spec.scheduler, denoiser.as_ref(), &settings, &times, console).map(Some)
    }

    fn write(&self, console: &Console) -> Result<(), CliError> {
        let trace = self.trace(console)?;
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
            })
        };
        let mut size = None;
        if self.kind == Kind::Csv {
            self.write_numbers(&scene, console).map_err(|why| why.unwrap_view(about))?;
        } else if let Subject::Timeline(view) = self.args.view {
            size = Some(self.write_animation(&scene, view, &style, page, console, about)?);
        } else {
            let figure = match self.args.view {
                Subject::View(view) => scene.figure(view, &style).map_err(about)?,
                Subject::Strip(view) => scene.strip(view, &self.times(), &style).map_err(about)?,
                Subject::Kappa => view::kappa_figure(self.spec.scheduler, &style),
                Subject::Rates => {
                    view::rates_figure(&self.path, self.spec.scheduler, scene.corrector, &style)
                }
                Subject::Curve | Subject::Timeline(_) => view::curve_figure(self.curves(console)?, &style),
            };
            size = Some(write_figure(&self.args.out, self.kind, &figure, page)?);
        }
        let single = matches!(self.args.view, Subject::View(_));
        let report = Report {
            view: self.args.view.to_string(),
            t: single.then(|| self.t()),
            kappa: single.then(|| self.spec.scheduler.kappa(self.t())),
            frames: (!single).then(|| self.times().len()).filter(|n| *n > 0),
            width: size.map(|s| s[0]),
            height: size.map(|s| s[1]),
            command: style.recipe,
            out: self.args.out.display().to_string(),
        };
        console.result(&report, || {
            let size = size.map_or(String::new(), |[w, h]| format!(", {w}x{h} pixels"));
            let frames = report.frames.map_or(String::new(), |n| format!(", {n} frames"));
            format!("{}: {}{frames}{size}", report.out, report.view)
        })
    }

    fn write_numbers(&self, scene: &Scene<'_>, console: &Console) -> Result<(), NumbersError> {
        let plain = Style::default();
        let of_plot = |figure: Figure| match &figure.drawing {
            Drawing::Plot(plot) => view::numbers_of_plot(plot),
            _ => Numbers::Table(Table { names: Vec::new(), rows: Vec::new() }),
        };
        let numbers = match self.args.view {
            Subject::View(view) => scene.numbers(view)?,
            Subject::Strip(view) | Subject::Timeline(view) => scene.numbers_over(view, &self.times())?,
            Subject::Kappa => of_plot(view::kappa_figure(self.spec.scheduler, &plain)),
            Subject::Rates => {
                of_plot(view::rates_figure(&self.path, self.spec.scheduler, scene.corrector, &plain))
            }
            Subject::Curve => of_plot(view::curve_figure(self.curves(console)?, &plain)),
        };
        match numbers {
            Numbers::Grid(values) => write_csv(&self.args.out, &values).map_err(CliError::from)?,
            Numbers::Table(table) => output::write_bytes(&self.args.out, table.to_csv().as_bytes())?,
        }
        Ok(())
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
        let done = scene.animation(view, &self.times(), style, page, |share| {
            bar.set_position((1000.0 * share) as u64);
            true
        });
        bar.finish_and_clear();
        let (gif, size) = done.map_err(|why| match why {
            AnimationError::View(why) => about(why),
            AnimationError::Figure(why) => failed(&self.args.out, why),
            AnimationError::TooLarge { .. } => CliError::Input(format!("--frames: {why}")),
        })?;
        output::write_bytes(&self.args.out, &gif)?;
        Ok(size)
    }

    /// TV to the target of every method at every number of steps, without Monte-Carlo noise.
    fn curves(&self, console: &Console) -> Result<Vec<NamedCurve>, CliError> {
        let denoiser =
            self.args.denoiser.clone().unwrap_or_default().build(&self.path, self.global.device)?;
        let methods =
            if self.args.method.is_empty() { vec![Method::Exact] } else { self.args.method.clone() };
        let bar = console.bar((methods.len() * CURVE_STEPS.len()) as u64, "{bar:40} {pos} of {len} runs");
        let mut curves = Vec::new();
        for method in methods {
            let mut points = Vec::new();
            for steps in CURVE_STEPS {
                let config = self.args.stepping.config(method, steps);
                let mut pushed = PmfCarrier::new(&self.path);
                let setup = Setup { path: &self.path, scheduler: self.spec.scheduler, config };
                let done = walk(setup, denoiser.as_ref(), &mut pushed, |_, _| ControlFlow::Continue(()))?;
                points.push([done.nfe as f64, tv(self.path.target(), &pushed.pmf)]);
                bar.inc(1);
            }
            curves.push((method.to_string(), points));
        }
        bar.finish_and_clear();
        Ok(curves)
    }

    fn style(&self) -> Style {
        let recipe = self.recipe();
        Style {
            scale: recipe.scale,
            caption: recipe.caption.then(|| recipe.settings()),
            recipe: recipe.command(&self.args.out.display().to_string()),
        }
    }

    fn page(&self) -> Page {
        Page { size: self.args.size, dark: self.args.theme == Theme::Dark }
    }

    fn recipe(&self) -> Recipe {
        let args = self.args;
        let curve = args.view == Subject::Curve;
        let methods = self.methods();
        let config = args.stepping.config(methods[0], args.steps.unwrap_or(1));
        let sampler = if self.is_run() {
            config.to_string()
        } else if curve {
            let names = methods.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
            let one = config.to_string();
            let more = one.split_once("--steps 1").map_or("", |(_, more)| more);
            format!("--method {names}{more}")
        } else if config.corrector.is_on() {
            format!("--corrector {}", config.corrector)
        } else {
            String::new()
        };
        let framed = matches!(args.view, Subject::Strip(_) | Subject::Timeline(_));
        Recipe {
            subject: args.view,
            flow: self.spec.to_string(),
            t: self.t(),
            denoiser: args.denoiser.clone().or(curve.then(DenoiserSpec::default)).map(|d| d.to_string()),
            sampler,
            particles: (args.particles.unwrap_or(3000), self.global.seed()),
            part: self.part(),
            scale: match args.scale {
                ScaleArg::Fixed => ScaleMode::Fixed,
                ScaleArg::Auto => ScaleMode::PerFrame,
            },
            frames: framed.then(|| self.times().len()),
            page: self.page(),
            caption: !args.no_caption,
        }
    }

    fn part(&self) -> DivergencePart {
        match self.args.part {
            Some(Part::First) => DivergencePart::First,
            Some(Part::Second) => DivergencePart::Second,
            _ => DivergencePart::Total,
        }
    }
}

/// Why numbers could not be written.
enum NumbersError {
    View(ViewError),
    Other(CliError),
}

impl NumbersError {
    fn unwrap_view(self, about: impl Fn(ViewError) -> CliError) -> CliError {
        match self {
            Self::View(why) => about(why),
            Self::Other(why) => why,
        }
    }
}

impl From<ViewError> for NumbersError {
    fn from(error: ViewError) -> Self {
        Self::View(error)
    }
}

impl From<CliError> for NumbersError {
    fn from(error: CliError) -> Self {
        Self::Other(error)
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
