//! The command line: one file a subcommand, each a thin layer of checks and words around the library's calls.
//!
//! Exit status 0 is success, 1 a failure while running, 2 bad arguments or bad input. Results go to standard output
//! (with `--json` exactly one object), progress, warnings and errors to standard error.

mod apart;
mod checkpoint_file;
mod console;
mod data;
mod doctor;
mod error;
mod figure;
pub mod grid;
mod images;
mod inputs;
mod interrupt;
mod kept_run;
mod lab;
mod output;
mod page_args;
pub mod plane;
mod recipe;
mod resumed;
mod said;
mod sequence_args;
mod sequence_run;
mod serve;
pub mod shot;
mod stepping;
mod text;
mod values;
mod window;

pub use error::CliError;

use crate::gpu::{DevicePreference, Token};
use crate::ui::RETURNED_TOO;
use clap::{Args, CommandFactory as _, Parser, Subcommand};
use console::Console;
use lab::{OfLab, lab_in_front};
use std::cell::Cell;
use std::io::{IsTerminal as _, Write as _};
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::process::ExitCode;
use std::rc::Rc;

const EXAMPLES: &str = "\
Examples:
  dfm-explorer
      Open the window. Without a display: train the default flow and write figures to dfm-explorer-demo/
  dfm-explorer figure.png
      Open the window with the experiment of a figure; presets, networks, targets and pictures are opened in the same way
  dfm-explorer field --target moons --t 0.5 --quantity divergence --out divergence.svg
      Draw where probability leaves and arrives half-way through a flow
  dfm-explorer export --view strip --frames 8 --out strip.png
      The mass over time as a figure for print; every view of the window as PNG, SVG, PDF, CSV or GIF
  dfm-explorer sample grid --k 32 --denoiser oracle --method euler --steps 16 --push --out euler.npy --json
      Measure the bias of 16 Euler steps, without Monte-Carlo noise
  dfm-explorer sample text --language sums --n 8
      True statements out of masks, by the exact denoiser of a language
  dfm-explorer train grid --seconds 30 --out net.safetensors
      Train a network and report its exact distance from the best possible denoiser
  dfm-explorer data cifar10
      Fetch CIFAR-10 into the user's data folder
  dfm-explorer doctor
      See which device trains, which one draws, and where files are kept

A FLOW is --target, --k, --source, --coupling, --path and --scheduler, each with a default: see
`dfm-explorer field --help`.

Exit status: 0 success, 1 failure while running, 2 bad arguments or bad input.";

/// An instrument for seeing discrete flow matching on K × K grids, exactly
///
/// Without a command it opens the window; every command computes what the window shows.
#[derive(Parser, Clone, Debug)]
#[command(name = "dfm-explorer", version, after_help = EXAMPLES)]
pub struct Cli {
    #[command(flatten)]
    global: GlobalArgs,
    /// Open the window as at the very first start; what it keeps between starts, training runs included, is neither read
    /// nor written
    #[arg(long)]
    fresh: bool,
    /// Open it in the window: a figure of this program, a preset, a network, a pmf, a picture or a folder of pictures
    #[arg(value_name = "FILE", value_parser = values::file_to_open())]
    file: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

/// Flags of every command.
#[derive(Args, Clone, Debug)]
struct GlobalArgs {
    /// Seed of everything random: the same seed gives the same run on any number of threads [default: 0]
    #[arg(
        long,
        global = true,
        value_name = "N",
        value_parser = values::seed,
        help_heading = "Every command",
        allow_hyphen_values = true
    )]
    seed: Option<u64>,
    /// What networks run on: auto is a hardware GPU where there is one, else the CPU; gpu:1 is the second GPU that doctor
    /// lists; remote:ws://HOST:PORT is a device that another machine serves (dfm-explorer serve), with /N its number there
    #[arg(
        long,
        global = true,
        value_name = "auto|cpu|gpu|gpu:N|remote:…",
        default_value = "auto",
        help_heading = "Every command"
    )]
    device: DevicePreference,
    /// Whether something ran on it.
    #[arg(skip)]
    ran: Rc<Cell<bool>>,
    /// What a served device asks for, and with serve what is asked of others: a file of one line that nobody guesses
    #[arg(long, global = true, value_name = "FILE", help_heading = "Every command")]
    token_file: Option<PathBuf>,
    /// No progress bars, summaries or warnings; errors, --json, and texts that are sampled without --out are still printed
    #[arg(long, global = true, help_heading = "Every command")]
    quiet: bool,
}

impl GlobalArgs {
    fn seed(&self) -> u64 {
        self.seed.unwrap_or(0)
    }

    /// What was asked for, by who runs something on it.
    fn device(&self) -> &DevicePreference {
        self.ran.set(true);
        &self.device
    }

    /// Says so where a device was asked for and nothing ran on it: what is exact runs on the CPU.
    fn warn_idle_device(&self, console: &Console) {
        if !self.ran.get() && !matches!(self.device, DevicePreference::Auto | DevicePreference::Cpu) {
            console.warn(&format!("--device {}: nothing here runs on it, all ran on the CPU", self.device));
        }
    }

    /// The token, if there is one.
    fn token(&self) -> Result<Option<Token>, CliError> {
        let Some(file) = &self.token_file else { return Ok(None) };
        let about = |why: String| CliError::Input(format!("--token-file {}: {why}", file.display()));
        let text = std::fs::read_to_string(file).map_err(|error| about(error.to_string()))?;
        let token = Token::of_text(&text).ok_or_else(|| about("expected one line of text".to_owned()))?;
        Ok(Some(token))
    }
}

#[derive(Subcommand, Clone, Debug)]
enum Command {
    Doctor(doctor::DoctorArgs),
    Field(OfLab<grid::field::FieldArgs, plane::field::FieldPlaneArgs, text::field::FieldTextArgs>),
    Curve(OfLab<grid::curve::CurveArgs, plane::curve::CurvePlaneArgs, text::curve::CurveTextArgs>),
    Export(OfLab<grid::export::ExportArgs, plane::export::ExportPlaneArgs, text::export::ExportTextArgs>),
    Figure(figure::FigureArgs),
    Recipe(recipe::RecipeArgs),
    /// Run a sampler with any denoiser and measure how far it ends from the target
    #[command(subcommand)]
    Sample(SampleCommand),
    /// Train a network to denoise
    #[command(subcommand)]
    Train(TrainCommand),
    /// Measure what a denoiser knows, on the grid exactly, and how good its samples of images are
    #[command(subcommand)]
    Eval(EvalCommand),
    Sweeps(grid::sweeps::SweepsArgs),
    /// Fetch or install a data set
    #[command(subcommand)]
    Data(DataCommand),
    Shot(shot::ShotArgs),
    Serve(serve::ServeArgs),
}

#[derive(Subcommand, Clone, Debug)]
enum SampleCommand {
    Grid(grid::sample::SampleGridArgs),
    Plane(plane::sample::SamplePlaneArgs),
    Images(images::sample::SampleImagesArgs),
    Text(text::sample::SampleTextArgs),
}

#[derive(Subcommand, Clone, Debug)]
enum TrainCommand {
    Grid(grid::train::TrainGridArgs),
    Plane(plane::train::TrainPlaneArgs),
    Images(images::train::TrainImagesArgs),
    Text(text::train::TrainTextArgs),
    Classifier(images::train_classifier::TrainClassifierArgs),
}

#[derive(Subcommand, Clone, Debug)]
enum EvalCommand {
    Grid(grid::eval::EvalGridArgs),
    Plane(plane::eval::EvalPlaneArgs),
    Images(images::eval::EvalImagesArgs),
    Text(text::eval::EvalTextArgs),
    Code(text::code::EvalCodeArgs),
    Copies(images::eval_copies::EvalCopiesArgs),
    Nfe(images::eval_nfe::EvalNfeArgs),
    Matrix(images::eval_matrix::EvalMatrixArgs),
}

#[derive(Subcommand, Clone, Debug)]
enum DataCommand {
    Cifar10(data::DataCifar10Args),
    Text(text::data::DataTextArgs),
}

/// The whole program: reads the arguments, runs the command, turns its end into an exit status.
pub fn main() -> ExitCode {
    // The last resort for a driver or library that panics: one line and status 1, never a backtrace.
    std::panic::set_hook(Box::new(|fault| {
        _ = writeln!(std::io::stderr(), "error: internal fault, please report it: {fault}");
    }));
    interrupt::install();
    let words = match lab_in_front(std::env::args_os()) {
        Ok(words) => words,
        Err(why) => {
            _ = writeln!(std::io::stderr(), "error: {why}");
            return ExitCode::from(2);
        }
    };
    let mut cli = match Cli::try_parse_from(words) {
        Ok(cli) => cli,
        Err(words) => match mistyped().filter(|_| words.use_stderr()) {
            None => return console::clap_words(&words),
            Some(word) => {
                let nothing = "there is no such command and no such file: see dfm-explorer --help";
                _ = writeln!(std::io::stderr(), "error: {word}: {nothing}");
                return ExitCode::from(2);
            }
        },
    };
    log_to_stderr();
    match std::panic::catch_unwind(AssertUnwindSafe(|| run(&mut cli))) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) => {
            _ = writeln!(std::io::stderr(), "error: {error}");
            error.status()
        }
        Err(_) => ExitCode::FAILURE,
    }
}

/// The first argument, where it should be a command or a file and is neither. The flags after it mean nothing then.
fn mistyped() -> Option<String> {
    let first = std::env::args_os().nth(1)?;
    let word = first.to_string_lossy().into_owned();
    let is_command = Cli::command().get_subcommands().any(|known| known.get_name() == word) || word == "help";
    let is_other = word.starts_with('-') || std::path::Path::new(&first).exists();
    (!is_command && !is_other).then_some(word)
}

fn run(cli: &mut Cli) -> Result<(), CliError> {
    if let Some(token) = cli.global.token()? {
        cli.global.device = std::mem::take(&mut cli.global.device).with_token(token);
    }
    let cli = &*cli;
    let global = &cli.global;
    let console = |json| Console { quiet: global.quiet, json };
    let done = match &cli.command {
        Some(_) if cli.fresh => Err(CliError::Input(
            "--fresh: only the window has something to forget; leave it out of a command".to_owned(),
        )),
        Some(_) if cli.file.is_some() => {
            Err(CliError::Input("FILE: only the window opens a file; leave it out of a command".to_owned()))
        }
        None => window::run(global, cli.fresh, cli.file.clone(), &console(false)),
        Some(Command::Doctor(args)) => doctor::run(args, global, &console(args.json)),
        Some(Command::Field(OfLab::Grid(args))) => grid::field::run(args, &console(args.json)),
        Some(Command::Field(OfLab::Plane(args))) => plane::field::run(args, global, &console(args.json)),
        Some(Command::Field(OfLab::Text(args))) => text::field::run(args, global, &console(args.json)),
        Some(Command::Curve(OfLab::Grid(args))) => grid::curve::run(args, global, &console(args.json)),
        Some(Command::Curve(OfLab::Plane(args))) => plane::curve::run(args, global, &console(args.json)),
        Some(Command::Curve(OfLab::Text(args))) => text::curve::run(args, global, &console(args.json)),
        Some(Command::Export(OfLab::Grid(args))) => grid::export::run(args, global, &console(args.json)),
        Some(Command::Export(OfLab::Text(args))) => text::export::run(args, global, &console(args.json)),
        Some(Command::Export(OfLab::Plane(args))) => plane::export::run(args, global, &console(args.json)),
        Some(Command::Figure(args)) => figure::run(args, global, &console(false)),
        Some(Command::Recipe(args)) => recipe::run(args),
        Some(Command::Sweeps(args)) => grid::sweeps::run(args, global, &console(args.json)),
        Some(Command::Sample(SampleCommand::Grid(args))) => {
            grid::sample::run(args, global, &console(args.json))
        }
        Some(Command::Sample(SampleCommand::Plane(args))) => {
            plane::sample::run(args, global, &console(args.json))
        }
        Some(Command::Sample(SampleCommand::Images(args))) => {
            images::sample::run(args, global, &console(args.json))
        }
        Some(Command::Sample(SampleCommand::Text(args))) => {
            text::sample::run(args, global, &console(args.json))
        }
        Some(Command::Train(TrainCommand::Grid(args))) => grid::train::run(args, global, &console(args.json)),
        Some(Command::Train(TrainCommand::Plane(args))) => {
            plane::train::run(args, global, &console(args.json))
        }
        Some(Command::Train(TrainCommand::Images(args))) => {
            images::train::run(args, global, &console(args.json))
        }
        Some(Command::Train(TrainCommand::Text(args))) => text::train::run(args, global, &console(args.json)),
        Some(Command::Train(TrainCommand::Classifier(args))) => {
            images::train_classifier::run(args, global, &console(args.json))
        }
        Some(Command::Eval(EvalCommand::Grid(args))) => grid::eval::run(args, global, &console(args.json)),
        Some(Command::Eval(EvalCommand::Plane(args))) => plane::eval::run(args, global, &console(args.json)),
        Some(Command::Eval(EvalCommand::Images(args))) => {
            images::eval::run(args, global, &console(args.json))
        }
        Some(Command::Eval(EvalCommand::Text(args))) => text::eval::run(args, global, &console(args.json)),
        Some(Command::Eval(EvalCommand::Code(args))) => text::code::run(args, global, &console(args.json)),
        Some(Command::Eval(EvalCommand::Copies(args))) => {
            images::eval_copies::run(args, global, &console(args.json))
        }
        Some(Command::Eval(EvalCommand::Nfe(args))) => {
            images::eval_nfe::run(args, global, &console(args.json))
        }
        Some(Command::Eval(EvalCommand::Matrix(args))) => {
            images::eval_matrix::run(args, global, &console(args.json))
        }
        Some(Command::Data(DataCommand::Cifar10(args))) => data::run(args, &console(args.json)),
        Some(Command::Data(DataCommand::Text(args))) => text::data::run(args, &console(args.json)),
        Some(Command::Serve(args)) => serve::run(args, global, &console(args.json)),
        Some(Command::Shot(args)) => shot::run(args, global, &console(false)),
    };
    if done.is_ok() {
        global.warn_idle_device(&console(false));
    }
    done
}

/// Logs of the libraries below: errors only, but for those that we say ourselves, and our own warnings, unless `RUST_LOG`
/// asks for more.
fn log_to_stderr() {
    use tracing_subscriber::EnvFilter;
    let usual = || EnvFilter::new(format!("error,dfm_explorer=warn,{RETURNED_TOO}=off"));
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| usual());
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // In a file or a pipe the codes of colours are noise. It fails only where a subscriber is already set, which then does
    // the work.
    _ = logs.with_ansi(std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none()).try_init();
}
