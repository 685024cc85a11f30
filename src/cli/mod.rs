//! The command line: one file a subcommand, each a thin layer of checks and words around the library's calls.
//!
//! Exit status 0 is success, 1 a failure while running, 2 bad arguments or bad input. Results go to standard output
//! (with `--json` exactly one object), progress, warnings and errors to standard error.

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
mod memory;
mod output;
mod page_args;
pub mod plane;
mod recipe;
mod resumed;
pub mod shot;
mod values;
mod window;

pub use error::CliError;

use crate::gpu::DevicePreference;
use crate::ui::RETURNED_TOO;
use clap::{Args, CommandFactory as _, Parser, Subcommand};
use console::Console;
use lab::GridOrPlane;
use std::io::{IsTerminal as _, Write as _};
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::process::ExitCode;

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
    /// lists
    #[arg(
        long,
        global = true,
        value_name = "auto|cpu|gpu|gpu:N",
        default_value = "auto",
        help_heading = "Every command"
    )]
    device: DevicePreference,
    /// No progress bars, summaries or warnings; errors and --json are still printed
    #[arg(long, global = true, help_heading = "Every command")]
    quiet: bool,
}

impl GlobalArgs {
    fn seed(&self) -> u64 {
        self.seed.unwrap_or(0)
    }
}

#[derive(Subcommand, Clone, Debug)]
enum Command {
    Doctor(doctor::DoctorArgs),
    Field(GridOrPlane<grid::field::FieldArgs, plane::field::FieldPlaneArgs>),
    Curve(GridOrPlane<grid::curve::CurveArgs, plane::curve::CurvePlaneArgs>),
    Export(grid::export::ExportArgs),
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
}

#[derive(Subcommand, Clone, Debug)]
enum SampleCommand {
    Grid(grid::sample::SampleGridArgs),
    Plane(plane::sample::SamplePlaneArgs),
    Images(images::sample::SampleImagesArgs),
}

#[derive(Subcommand, Clone, Debug)]
enum TrainCommand {
    Grid(grid::train::TrainGridArgs),
    Images(images::train::TrainImagesArgs),
    Classifier(images::train_classifier::TrainClassifierArgs),
}

#[derive(Subcommand, Clone, Debug)]
enum EvalCommand {
    Grid(grid::eval::EvalGridArgs),
    Images(images::eval::EvalImagesArgs),
    Copies(images::eval_copies::EvalCopiesArgs),
    Nfe(images::eval_nfe::EvalNfeArgs),
    Matrix(images::eval_matrix::EvalMatrixArgs),
}

#[derive(Subcommand, Clone, Debug)]
enum DataCommand {
    Cifar10(data::DataCifar10Args),
}

/// The whole program: reads the arguments, runs the command, turns its end into an exit status.
pub fn main() -> ExitCode {
    // The last resort for a driver or library that panics: one line and status 1, never a backtrace.
    std::panic::set_hook(Box::new(|fault| {
        _ = writeln!(std::io::stderr(), "error: internal fault, please report it: {fault}");
    }));
    interrupt::install();
    let cli = match Cli::try_parse() {
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
    match std::panic::catch_unwind(AssertUnwindSafe(|| run(&cli))) {
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

fn run(cli: &Cli) -> Result<(), CliError> {
    let global = &cli.global;
    let console = |json| Console { quiet: global.quiet, json };
    match &cli.command {
        Some(_) if cli.fresh => Err(CliError::Input(
            "--fresh: only the window has something to forget; leave it out of a command".to_owned(),
        )),
        Some(_) if cli.file.is_some() => {
            Err(CliError::Input("FILE: only the window opens a file; leave it out of a command".to_owned()))
        }
        None => window::run(global, cli.fresh, cli.file.clone(), &console(false)),
        Some(Command::Doctor(args)) => doctor::run(args, global, &console(args.json)),
        Some(Command::Field(GridOrPlane::Grid(args))) => grid::field::run(args, &console(args.json)),
        Some(Command::Field(GridOrPlane::Plane(args))) => {
            plane::field::run(args, global, &console(args.json))
        }
        Some(Command::Curve(GridOrPlane::Grid(args))) => grid::curve::run(args, global, &console(args.json)),
        Some(Command::Curve(GridOrPlane::Plane(args))) => {
            plane::curve::run(args, global, &console(args.json))
        }
        Some(Command::Export(args)) => grid::export::run(args, global, &console(args.json)),
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
        Some(Command::Train(TrainCommand::Grid(args))) => grid::train::run(args, global, &console(args.json)),
        Some(Command::Train(TrainCommand::Images(args))) => {
            images::train::run(args, global, &console(args.json))
        }
        Some(Command::Train(TrainCommand::Classifier(args))) => {
            images::train_classifier::run(args, global, &console(args.json))
        }
        Some(Command::Eval(EvalCommand::Grid(args))) => grid::eval::run(args, global, &console(args.json)),
        Some(Command::Eval(EvalCommand::Images(args))) => {
            images::eval::run(args, global, &console(args.json))
        }
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
        Some(Command::Shot(args)) => shot::run(args, global, &console(false)),
    }
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
