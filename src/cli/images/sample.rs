//! `sample images`: images out of masks or noise, and what it cost.

use crate::cli::console::Console;
use crate::cli::figure::Job;
use crate::cli::images::args::ImageModelArgs;
use crate::cli::images::compare::apart;
use crate::cli::images::figure;
use crate::cli::inputs::Inputs;
use crate::cli::output::{self, Kind};
use crate::cli::page_args::{PageArgs, PaperArgs, page_of};
use crate::cli::sequence_args::SequenceArgs;
use crate::cli::values::{number, whole};
use crate::cli::{CliError, GlobalArgs};

use crate::data::codec::image::Tokenizer;
use crate::data::images::{MOST_PICTURE_BYTES, decode_mask, decode_picture};
use crate::data::{read_limited, write_npy_i64};
use crate::experiment::images::{
    Answering, Base, ImageSettings, ImageSubject, ImageView, KeptInfill, MOST_IMAGES, SideSettings, caption,
    given_tokens,
};
use crate::experiment::{KeptPage, MOST_SIDES, Recipe, Sides};
use crate::figure::recipe::{into_gif, into_png};
use crate::figure::{Drawing, Figure, Pictures};
use crate::flow::counted;
use crate::flow::metrics::sequence_entropy;
use crate::model::sequence::ImageModel;
use crate::sampler::sequence::{
    Given, SequenceConfig, SequenceSetup, SequenceSummary, SequenceTrace, run_sequences,
};
use crate::view::sequence::{Aspect, Seen, Wall, WallError, denoising_strip};
use clap::Args;
use serde::Serialize;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Instant;

const EXAMPLES: &str = "\
Examples:
  dfm-explorer sample images --denoiser empirical:shapes --tokens palette:64 --n 36 --out wall.png
      What the exact denoiser makes of masks: images that it has seen
  dfm-explorer sample images --denoiser empirical:cifar10 --steps 128 --corrector 12,2,0.25 --out denoising.gif
  dfm-explorer sample images --denoiser network:shapes --n 16 --steps 8 --compare '--method maskgit' --out two.gif
      Flow matching beside MaskGIT, eight steps each
  dfm-explorer sample images --denoiser empirical:shapes --given photo.jpg --mask hole.png --n 9 --out filled.png
      Fill in what is dark in hole.png";

/// Most frames of an animation.
pub(in crate::cli) const MOST_FRAMES: usize = 120;
/// Images of a denoising strip.
const STRIP_IMAGES: usize = 8;
/// How long it takes where nothing else is said, in seconds.
const SECONDS: f64 = 6.0;

/// Images, token by token
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct SampleImagesArgs {
    #[command(flatten)]
    model: ImageModelArgs,
    /// How many images, 1 to 65536
    #[arg(
        long,
        short = 'n',
        value_name = "N",
        default_value = "64",
        value_parser = whole(1, 65_536),
        allow_hyphen_values = true
    )]
    n: usize,
    #[command(flatten)]
    sampler: SequenceArgs,
    /// A picture of which tokens are kept at every step: those that are bright in --mask
    #[arg(long, value_name = "FILE", requires = "mask")]
    given: Option<PathBuf>,
    /// A picture of as many pixels a side as the images: what is bright is given, what is dark is filled in
    #[arg(long, value_name = "FILE", requires = "given")]
    mask: Option<PathBuf>,
    /// In place of all images at the end, the first eight at N times from noise to data, 2 to 64: a denoising strip, as
    /// FILE.png, FILE.svg or FILE.pdf
    #[arg(long, value_name = "N", value_parser = whole(2, 64), allow_hyphen_values = true)]
    strip: Option<usize>,
    /// What is shown of the images: their tokens, the denoiser's guess E[x1 | xt], or the entropy of p(x1 | xt) in bits a
    /// pixel, from 0 (dark) to that of all values alike (bright)
    #[arg(long, value_name = "tokens|guess|entropy", default_value = "tokens")]
    show: Aspect,
    /// Another sampler beside this one, up to two, by the flags that it has apart: "--method maskgit --steps 8", "--class ring
    /// --guidance 4". All are in one figure: the walls, their denoising strips (--strip), or their animation (.gif)
    #[arg(long, value_name = "FLAGS", allow_hyphen_values = true)]
    compare: Vec<String>,
    /// How long an animation takes from noise to data, 0.1 to 600 seconds; then it shows its end for a third of that
    /// [default: 6]
    #[arg(
        long,
        value_name = "S",
        value_parser = number(0.1..=600.0, "a number from 0.1 to 600"),
        allow_hyphen_values = true
    )]
    seconds: Option<f64>,
    #[command(flatten)]
    paper: PaperArgs,
    /// FILE.png of all images, FILE.gif of how they come out, or FILE.npy of their tokens, int64 [N, tokens]
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Print one JSON object: images, tokens, steps, passes (of the denoiser, over all images), nfe (passes an image),
    /// drawn, renoised, sequence_entropy (in nats), off_support, seconds
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Serialize)]
struct Report {
    images: usize,
    tokens: usize,
    steps: usize,
    passes: usize,
    nfe: f64,
    drawn: usize,
    renoised: usize,
    sequence_entropy: f64,
    off_support: usize,
    seconds: f64,
}

pub(in crate::cli) fn run(
    args: &SampleImagesArgs,
    global: &GlobalArgs,
    console: &Console,
) -> Result<(), CliError> {
    let kinds: &[Kind] = match (args.strip.is_some(), args.compare.is_empty()) {
        (true, _) => &output::FIGURES,
        (false, true) => &[Kind::Png, Kind::Gif, Kind::Npy],
        (false, false) => &[Kind::Png, Kind::Svg, Kind::Pdf, Kind::Gif],
    };
    let inputs = Inputs::default()
        .image_model("--denoiser", &args.model.denoiser)
        .file("--given", args.given.as_deref())
        .file("--mask", args.mask.as_deref());
    let kind = output::check(&args.out, kinds, &inputs)?;
    if args.seconds.is_some() && kind != Kind::Gif {
        return Err(CliError::Input(
            "--seconds: only an animation (.gif) takes time; leave it out".to_owned(),
        ));
    }
    if let (None, true, Some(flag)) = (args.strip, args.compare.is_empty(), args.paper.first()) {
        return Err(CliError::Input(format!(
            "{flag}: all images are written as they are, pixel by pixel; give --strip, or leave it out"
        )));
    }
    if args.show != Aspect::Tokens && kind == Kind::Npy {
        return Err(CliError::Input(format!(
            "--show {}: tokens alone are written as .npy; expected --out FILE.png or FILE.gif",
            args.show
        )));
    }
    let page = args.paper.over(KeptPage::default())?;
    let busy = console.busy("reading the images");
    let model = args.model.load(global)?;
    drop(busy);
    let ImageModel { denoiser, tokenizer, .. } = &model;
    let config = args.sampler.config(global.seed(), denoiser.source())?;
    let given = match (&args.given, &args.mask) {
        (Some(picture), Some(mask)) => Some(GivenPicture::read(tokenizer, picture, mask)?),
        _ => None,
    };
    let settings = settings(args, &model, (&config, global.seed()), given.as_ref())?;
    let recipe = recipe((args, kind), &settings, &page);
    if !args.compare.is_empty() {
        return compared(args, (&model, settings, recipe), kind, global, console);
    }
    let recipe = recipe.text();
    let given = given.map(|given| given.tokens(tokenizer));
    let setup =
        SequenceSetup { denoiser: &**denoiser, config, count: args.n, first: 0, given: given.as_ref() };
    let mut trace = (kind == Kind::Gif || args.strip.is_some() || args.show != Aspect::Tokens)
        .then(|| SequenceTrace::new(tokenizer.tokens()));
    let bar = console.bar(config.steps as u64, "{bar:40} step {pos} of {len}  {eta} left");
    let start = Instant::now();
    let done = run_sequences(setup, |moment| {
        bar.set_position(moment.summary.steps as u64);
        if let Some(trace) = &mut trace {
            trace.record(moment);
        }
        ControlFlow::Continue(())
    });
    bar.finish_and_clear();
    let done = done?;
    let seconds = start.elapsed().as_secs_f64();
    let failed = |error: WallError| CliError::Failed(format!("{}: {error}", args.out.display()));
    let wall = Wall::of(tokenizer, args.n);
    let seen = |trace| Seen {
        trace,
        denoiser: &**denoiser,
        tokenizer,
        scheduler: config.walks_by(),
        aspect: args.show,
    };
    match (kind, &trace) {
        (Kind::Npy, _) => {
            let tokens: Vec<i64> = done.states.iter().map(|&token| i64::from(token)).collect();
            write_npy_i64(&args.out, &[args.n, tokenizer.tokens()], &tokens)?;
        }
        (_, Some(trace)) if args.strip.is_some() => {
            write_strip((args, kind), &model, (seen(trace), &settings), &page, recipe)?;
        }
        (Kind::Png, Some(trace)) => {
            let last = trace.frames().len().saturating_sub(1);
            let png = wall.seen_png(&seen(trace), last).map_err(failed)?;
            output::write_bytes(&args.out, &into_png(png, &recipe))?;
        }
        (_, Some(trace)) => {
            let lasts = (1000.0 * args.seconds.unwrap_or(SECONDS)).round() as u32;
            let gif = wall.gif(&seen(trace), (MOST_FRAMES, lasts), |_| true).map_err(failed)?;
            output::write_bytes(&args.out, &into_gif(gif, &recipe))?;
        }
        _ => {
            let png = wall.png(&done.states).map_err(failed)?;
            output::write_bytes(&args.out, &into_png(png, &recipe))?;
        }
    }
    let SequenceSummary { steps, passes, drawn, renoised, off_support, .. } = done.summary;
    let report = Report {
        images: args.n,
        tokens: tokenizer.tokens(),
        steps,
        passes,
        nfe: done.summary.mean_passes(),
        drawn,
        renoised,
        sequence_entropy: sequence_entropy(&done.states, tokenizer.tokens()),
        off_support,
        seconds,
    };
    console.result(&report, || {
        format!(
            "{}: {} of {} tokens in {}, {:.1} evaluations an image, {seconds:.2} s",
            args.out.display(),
            counted(report.images, "image"),
            report.tokens,
            counted(steps, "step"),
            report.nfe
        )
    })
}

/// The denoising strip of a run.
fn write_strip(
    (args, kind): (&SampleImagesArgs, Kind),
    model: &ImageModel,
    (seen, settings): (Seen<'_>, &ImageSettings),
    page: &KeptPage,
    recipe: String,
) -> Result<(), CliError> {
    let ImageModel { tokenizer, denoiser, classes, .. } = model;
    let (tokens, side, source) = (tokenizer.spec(), tokenizer.side(), denoiser.source());
    let answering = Answering { tokens, side, source, classes };
    let columns = args.strip.unwrap_or(2);
    let strip = denoising_strip(&[(String::new(), seen)], 0..STRIP_IMAGES, columns)
        .map_err(|error| CliError::Failed(format!("{}: {error}", args.out.display())))?;
    let caption = if page.bare { String::new() } else { caption(settings, None, Some(&answering)) };
    let drawing = Drawing::Pictures(Pictures { caption, ..strip });
    let figure = Figure { drawing, recipe };
    output::write_figure(&args.out, kind, &figure, page_of(page)?).map(|_| ())
}

/// What gives the run back in the window, where the figure is dropped on it; of more images than it shows the first ones.
fn settings(
    args: &SampleImagesArgs,
    model: &ImageModel,
    (config, seed): (&SequenceConfig, u64),
    given: Option<&GivenPicture>,
) -> Result<ImageSettings, CliError> {
    Ok(ImageSettings {
        model: args.model.denoiser.clone(),
        tokens: model.tokenizer.spec(),
        side: model.tokenizer.side(),
        source: model.denoiser.source(),
        images: args.n.min(MOST_IMAGES),
        seed,
        sides: side_of(config, args.model.class(model)?, args.model.guidance()).into(),
        given: given.map(GivenPicture::kept),
        shows: args.show,
        ..ImageSettings::default()
    })
}

fn side_of(config: &SequenceConfig, class: Option<usize>, guidance: f64) -> SideSettings {
    let corrector_on = config.corrector.is_on();
    let corrector = if corrector_on { config.corrector } else { SideSettings::default().corrector };
    SideSettings { sampler: *config, corrector_on, corrector, class, guidance }
}

/// What the file carries: the settings, and what it shows of them.
fn recipe((args, kind): (&SampleImagesArgs, Kind), settings: &ImageSettings, page: &KeptPage) -> Recipe {
    let usual = ImageView::default();
    let view = ImageView {
        subject: match (args.strip, kind) {
            (Some(_), _) => ImageSubject::Strip,
            (None, Kind::Gif) => ImageSubject::Timeline,
            (None, _) => ImageSubject::Wall,
        },
        columns: args.strip.unwrap_or(usual.columns),
        rows: STRIP_IMAGES.min(args.n),
        seconds: args.seconds.unwrap_or(SECONDS),
        page: page.clone(),
    };
    Recipe::new(settings).at(1.0).showing(&view)
}

/// Draws this sampler and those it is compared with in one figure, as `figure` draws what it carries.
fn compared(
    args: &SampleImagesArgs,
    (model, settings, recipe): (&ImageModel, ImageSettings, Recipe),
    kind: Kind,
    global: &GlobalArgs,
    console: &Console,
) -> Result<(), CliError> {
    let beside = MOST_SIDES - 1;
    if args.compare.len() > beside {
        return Err(CliError::Input(format!("--compare: {} times: at most {beside}", args.compare.len())));
    }
    if args.n > MOST_IMAGES {
        return Err(CliError::Input(format!(
            "--n {}: walls beside each other have at most {MOST_IMAGES} images",
            args.n
        )));
    }
    let side = |said: &String| -> Result<SideSettings, CliError> {
        let (sampler, of) = apart(said, (&args.sampler, &args.model.asked()))?;
        let config = sampler.config(global.seed(), settings.source);
        let config = config.map_err(|why| CliError::Input(format!("--compare \"{said}\": {why}")))?;
        let asked = args.model.asking(of)?;
        Ok(side_of(&config, asked.class(model)?, asked.guidance()))
    };
    let others: Vec<_> = args.compare.iter().map(side).collect::<Result<_, _>>()?;
    let sides = Sides::new(settings.sides[0], others);
    let recipe = Recipe { settings: Recipe::new(&ImageSettings { sides, ..settings }).settings, ..recipe };
    let (file, page) = (&args.out, &PageArgs::default());
    figure::draw(&Job { recipe, file, out: file, kind, t: None, show: None, page }, global, console)
}

/// A picture and which of its pixels are given.
struct GivenPicture {
    file: PathBuf,
    /// \[R, R, 3\].
    pixels: Vec<u8>,
    /// \[R, R\], row by row.
    bright: Vec<bool>,
    side: usize,
}

impl GivenPicture {
    fn read(tokenizer: &Tokenizer, picture: &Path, mask: &Path) -> Result<Self, CliError> {
        let side = tokenizer.side();
        let broken = |flag: &str, file: &Path, why: String| {
            CliError::Input(format!("{flag} {} {why}", file.display()))
        };
        let bytes = read_limited(picture, MOST_PICTURE_BYTES, "--given")?;
        let pixels = decode_picture(&bytes, side).map_err(|why| broken("--given", picture, why))?;
        let bytes = read_limited(mask, MOST_PICTURE_BYTES, "--mask")?;
        let bright = decode_mask(&bytes, side).map_err(|why| broken("--mask", mask, why))?;
        // Where the window is started from elsewhere.
        let file = std::path::absolute(picture).unwrap_or_else(|_| picture.to_owned());
        Ok(Self { file, pixels, bright, side })
    }

    fn tokens(&self, tokenizer: &Tokenizer) -> Given {
        given_tokens(&self.pixels, &self.bright, tokenizer)
    }

    fn kept(&self) -> KeptInfill {
        KeptInfill::new(Base::File(self.file.clone()), &self.bright, self.side)
    }
}
