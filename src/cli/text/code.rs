//! `eval code`: how often programs that are written for tasks are right.

use crate::cli::console::Console;
use crate::cli::inputs::Inputs;
use crate::cli::page_args::PageArgs;
use crate::cli::said::SaidFlags;
use crate::cli::sequence_args::SequenceArgs;
use crate::cli::text::args::{TextDenoiser, refuse_idle, with_own_networks};
use crate::cli::text::asked::{network, warn_unmet};
use crate::cli::text::drawn::Drawn;
use crate::cli::values::{number, whole};
use crate::cli::{CliError, GlobalArgs};
use crate::data::language::programs::{Prompt, TaskSetting, pass_mean, program_table};
use crate::data::language::{LanguageSpec, MeanError, TextSource};
use crate::denoiser::sequence::ProgramDenoiser;
use crate::experiment::text::{Solver, TaughtNetwork, tasks_of};
use crate::flow::sequence::programs::{BODY_AT, DOC};
use crate::flow::{Scheduler, SequenceSource, counted};
use crate::sampler::sequence::SequenceConfig;
use crate::view::sequence::{Solved, infill_chart, pass_chart};
use clap::Args;
use serde::Serialize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

const EXAMPLES: &str = "\
A task is a program of the toy language: its docstring or a part of it, three examples of what it returns, and its body to be
written. It passes if it returns what it should for all ten inputs, seven of which are not shown.

Examples:
  dfm-explorer eval code --task examples --denoiser joint --tasks 1500
      What a perfect denoiser reaches with three examples alone: Pass@1 .424, @10 .725, @25 .809
      (with --held-out .430, .740 and .819)
  dfm-explorer eval code --task examples --denoiser joint,exact --steps 16 --out pass.svg
  dfm-explorer eval code --task examples --denoiser exact --masked-share 0,0.25,0.5,0.75,1 --out infill.svg";

/// On programs: how many compile, do what is shown and pass all tests, and Pass@k
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct EvalCodeArgs {
    #[command(flatten)]
    said: SaidFlags,
    /// Who writes.
    #[arg(
        long,
        value_name = "D,…",
        value_delimiter = ',',
        default_value = "exact",
        help = with_own_networks(
            "Who writes, one or several: exact (the posterior of every token, in steps), joint (whole programs from the exact \
             posterior), network:CKPT or ar:CKPT (networks of train text --language programs)"
        )
    )]
    denoiser: Vec<TextDenoiser>,
    /// What is shown beside three examples: docstring, examples (nothing else), or hidden:P (the docstring with every word hidden
    /// with probability P)
    #[arg(long, value_name = "TASK", default_value = "docstring")]
    task: Prompt,
    /// How many tasks, 1 to 65536
    #[arg(long, value_name = "N", default_value = "100", value_parser = whole(1, 65_536), allow_hyphen_values = true)]
    tasks: usize,
    /// How many programs are written for each, 1 to 1024
    #[arg(long, value_name = "N", default_value = "25", value_parser = whole(1, 1024), allow_hyphen_values = true)]
    samples: usize,
    /// Functions alone that no network is trained on: one in ten
    #[arg(long)]
    held_out: bool,
    /// How likely a token of the body is to be masked, one share or several; the others are given
    #[arg(
        long,
        value_name = "P,…",
        value_delimiter = ',',
        value_parser = number(0.0..=1.0, "a number from 0 to 1"),
        default_value = "1",
        allow_hyphen_values = true
    )]
    masked_share: Vec<f64>,
    /// Say where the body ends, as the paper does for some of its numbers
    #[arg(long)]
    oracle_length: bool,
    #[command(flatten)]
    sampler: SequenceArgs,
    #[command(flatten)]
    page: PageArgs,
    /// FILE.csv: Pass@k by denoiser, share and k, of several shares with compiles@1; FILE.png, FILE.svg or FILE.pdf: Pass@k, of several shares Pass@1 and compiles@1
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print one JSON object: task, tasks, samples, held_out, oracle_length and points, an array of denoiser, masked_share,
    /// compiles and shown (shares of single samples) with their errors, pass (an array of k, pass and error, unbiased), nfe
    /// (evaluations a program) and seconds
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Serialize)]
struct Report {
    task: String,
    tasks: usize,
    samples: usize,
    held_out: bool,
    oracle_length: bool,
    points: Vec<Point>,
}

#[derive(Serialize)]
struct Point {
    denoiser: String,
    masked_share: f64,
    compiles: f64,
    compiles_error: Option<f64>,
    shown: f64,
    shown_error: Option<f64>,
    pass: Vec<PassAt>,
    nfe: f64,
    seconds: f64,
}

#[derive(Serialize)]
struct PassAt {
    k: usize,
    pass: f64,
    error: Option<f64>,
}

pub(in crate::cli) fn run(
    args: &EvalCodeArgs,
    global: &GlobalArgs,
    console: &Console,
) -> Result<(), CliError> {
    let drawn = Drawn::checked(args.out.as_deref(), &args.page, &Inputs::default())?;
    let seed = global.seed();
    let usual = SequenceConfig { scheduler: Scheduler::Linear, seed, ..SequenceConfig::default() };
    let config = args.sampler.config_over(usual, SequenceSource::Mask)?;
    let networks = args.denoiser.iter().map(|who| {
        let network = who.network().map(|name| programs_network(who, name, global)).transpose()?;
        Ok((who, network))
    });
    let networks = networks.collect::<Result<Vec<_>, CliError>>()?;
    let causal =
        |network: &Option<TaughtNetwork>| network.as_ref().is_some_and(|network| network.config.causal);
    let who: Vec<_> = networks.iter().map(|(who, network)| (*who, causal(network))).collect();
    refuse_idle(&args.said, args.sampler.temperature, &who)?;
    let table = Arc::new(program_table());
    let exact = ProgramDenoiser::new(table.clone(), SequenceSource::Mask);
    let total = args.tasks * args.denoiser.len() * args.masked_share.len();
    let bar = console.bar(total as u64, "{bar:40} task {pos} of {len}  {eta} left");
    let (mut points, mut all) = (Vec::new(), Vec::new());
    for (who, network) in &networks {
        if let Some(network) = network {
            let has_docstring = args.task == Prompt::Docstring;
            let is_given = |token: usize| token < BODY_AT && (has_docstring || token >= DOC);
            warn_unmet(who, network, is_given, console);
        }
        let denoiser = network.as_ref().and_then(|network| network.denoiser());
        for &masked_share in &args.masked_share {
            let setting = TaskSetting {
                prompt: args.task,
                masked_share,
                oracle_length: args.oracle_length,
                held_out: args.held_out,
            };
            let tasks = tasks_of(&table, setting, args.tasks, seed);
            let solver = match (*who, &denoiser, network.as_ref().and_then(|network| network.reader())) {
                (_, Some(denoiser), _) => Solver::Any(&**denoiser, config),
                (_, _, Some(reader)) => Solver::Writer(reader, config),
                (TextDenoiser::Joint, ..) => Solver::Joint(&exact, seed),
                _ => Solver::Exact(&exact, config),
            };
            let start = Instant::now();
            let (graded, nfe) = solver.graded(&tasks, args.samples, &|| {
                bar.inc(1);
                true
            })?;
            let solved = Solved {
                name: who.to_string(),
                masked_share,
                tasks: [args.tasks, args.samples],
                compiles: pass_mean(&graded, 1, |task| task.compiles),
                shown: pass_mean(&graded, 1, |task| task.shown),
                pass: (1..=args.samples).map(|k| pass_mean(&graded, k, |task| task.right)).collect(),
            };
            points.push(Point::of(&solved, nfe, start.elapsed().as_secs_f64()));
            all.push(solved);
        }
    }
    bar.finish_and_clear();
    let chart = if args.masked_share.len() > 1 { infill_chart(&all) } else { pass_chart(&all) };
    drawn.write(&chart, said(args))?;
    let report = Report {
        task: args.task.to_string(),
        tasks: args.tasks,
        samples: args.samples,
        held_out: args.held_out,
        oracle_length: args.oracle_length,
        points,
    };
    console.result(&report, || in_words(&report, args))
}

/// A network that writes programs.
fn programs_network(who: &TextDenoiser, name: &str, global: &GlobalArgs) -> Result<TaughtNetwork, CliError> {
    let found = network(who, name, global)?;
    let refuse = |why: String| Err(CliError::Input(format!("--denoiser {who}: {why}")));
    if found.source != TextSource::Language(LanguageSpec::Programs) {
        return refuse(format!("it writes {}, expected a network for programs", found.source));
    }
    match found.config.source {
        SequenceSource::Uniform if !found.config.causal => {
            refuse("its source is uniform: tasks are given to one with a mask source".to_owned())
        }
        _ => Ok(found),
    }
}

impl Point {
    fn of(solved: &Solved, nfe: f64, seconds: f64) -> Self {
        let known = |of: MeanError| of.error.is_finite().then_some(of.error);
        let at = |(k, pass): (usize, &MeanError)| PassAt { k, pass: pass.mean, error: known(*pass) };
        Self {
            denoiser: solved.name.clone(),
            masked_share: solved.masked_share,
            compiles: solved.compiles.mean,
            compiles_error: known(solved.compiles),
            shown: solved.shown.mean,
            shown_error: known(solved.shown),
            pass: (1..).zip(&solved.pass).map(at).collect(),
            nfe,
            seconds,
        }
    }
}

/// The setting in small print.
fn said(args: &EvalCodeArgs) -> String {
    let mut text = format!(
        "programs, {}",
        match args.task {
            Prompt::Docstring => "docstring and three examples".to_owned(),
            Prompt::Examples => "three examples alone".to_owned(),
            Prompt::Hidden(share) =>
                format!("docstring with {:.0}% of its words hidden, and three examples", 100.0 * share),
        }
    );
    if args.held_out {
        text += ", functions that are held out";
    }
    if args.oracle_length {
        text += ", length given";
    }
    text
}

fn in_words(report: &Report, args: &EvalCodeArgs) -> String {
    let mut text = match &args.out {
        Some(out) => format!("{}: {}; {}", out.display(), said(args), counted(report.tasks, "task")),
        None => format!("{}; {}", said(args), counted(report.tasks, "task")),
    };
    text += &format!(", {} of each", counted(report.samples, "sample"));
    for point in &report.points {
        let error = |error: Option<f64>| error.map_or_else(String::new, |error| format!(" ± {error:.3}"));
        text += &format!("\n{:<7} ", point.denoiser);
        if args.masked_share.len() > 1 {
            text += &format!("{:>4.0}% masked  ", 100.0 * point.masked_share);
        }
        text += &format!(
            "compiles {:.3}, shown {:.3}, {:.1} evaluations",
            point.compiles, point.shown, point.nfe
        );
        let told = |k: usize| k == 1 || k == 10 || k == report.samples;
        for pass in point.pass.iter().filter(|pass| told(pass.k)) {
            text += &format!(", Pass@{} {:.3}{}", pass.k, pass.pass, error(pass.error));
        }
    }
    text
}
