//! `sample plane`: particles or masses through a sampler, and how far they end from the target.

use crate::cli::console::Console;
use crate::cli::output::{self, Kind};
use crate::cli::plane::PlaneFlowArgs;
use crate::cli::plane::checkpoint::{Asked, CheckpointArg, ToldArgs, ToldReport};
use crate::cli::values::whole;
use crate::cli::{CliError, GlobalArgs};
use crate::data::{csv_text, write_npy_f64};
use crate::denoiser::plane::Denoiser;
use crate::experiment::plane::{Telling, denoisers};
use crate::flow::counted;
use crate::flow::metrics::{tv, tv_noise_floor};
use crate::flow::plane::{Mixture, Mmd, PlaneTarget, histogram, mmd, sliced_wasserstein};
use crate::sampler::plane::{
    DiffusionStart, MOST_STEPS, PlaneMethod, PlaneSampler, PlaneSetup, PlaneTimes, Precision, Walk,
    draw_source, mixed_masses, sampler_masses, sliced_floor, tv_cells, tv_reach,
};
use clap::Args;
use ndarray::Array2;
use serde::Serialize;
use std::path::PathBuf;
use std::time::Instant;

const EXAMPLES: &str = "\
Examples:
  dfm-explorer sample plane --target ring --method euler --steps 16 --particles 100000 --out ring.npy --json
  dfm-explorer sample plane --target checkerboard --method dopri5:1e-5 --out board.csv
  dfm-explorer sample plane --target moons --method ddpm --steps 50 --push --out masses.npy --json
  dfm-explorer sample plane --target three --method superposition:0.5,0.3 --steps 300 --out mixed.npy
  dfm-explorer sample plane --checkpoint ring.safetensors --method ddim:0 --steps 20 --out learned.npy
  dfm-explorer sample plane --checkpoint codes.safetensors --guidance 1.5 --code 3 --out third.npy --json";

/// Steps of a method that does not choose its own.
const STEPS: usize = 64;
/// Points of which the distances of mixtures are taken: that of the kernel is O(n²).
const FEW: usize = 2000;
/// Components of a mixture whose distances are taken: their own terms are O(n²), and minutes for the most that there may be.
const MOST_MEASURED: usize = 2000;
/// Sets of exact samples of which a floor is the mean.
const FLOOR_DRAWS: u64 = 4;
/// Width of its kernel.
const MMD_WIDTH: f64 = 0.5;

/// On the plane: particles of an ODE, an SDE, DDPM, DDIM or jumps with the exact velocity or a network, or their masses without chance
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct SamplePlaneArgs {
    #[command(flatten)]
    flow: PlaneFlowArgs,
    #[command(flatten)]
    network: CheckpointArg,
    #[command(flatten)]
    told: ToldArgs,
    #[command(flatten)]
    method: MethodArgs,
    /// Steps, 1 to 100000; dopri5 chooses its own [default: 64]
    #[arg(
        long,
        value_name = "N",
        value_parser = whole(1, MOST_STEPS as u64),
        allow_hyphen_values = true
    )]
    steps: Option<usize>,
    /// Particles, 1 to 10000000
    #[arg(
        long,
        value_name = "P",
        default_value = "10000",
        value_parser = whole(1, 10_000_000),
        allow_hyphen_values = true
    )]
    particles: usize,
    /// In place of particles, the sampler's mass in 34 × 34 cells without Monte-Carlo noise; the outer cells have no end
    #[arg(long, conflicts_with = "particles")]
    push: bool,
    /// FILE.npy or FILE.csv: float64 [P, 2] of particles, [34, 34] of masses
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Print one JSON object: tv (on those cells), noise_floor, steps, nfe, rejected, jumps (a particle), half_side (of the
    /// inner 32 × 32 cells), seconds (of the run alone); of ddpm and ddim T and alpha_T of where they begin; with codes guidance and code (null: from the prior); of the first
    /// 2000 particles to a mixture of at most 2000 components mmd2 and its noise mmd_sd, sliced_w2 and what exact samples
    /// have on average, sliced_w2_floor
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

/// How one steps.
#[derive(Args, Clone, Debug)]
pub struct MethodArgs {
    /// euler, midpoint, heun, rk4, dopri5 or dopri5:TOL; ddpm (variance β̃) or ddpm:beta; ddim:ETA (0 to 1); sde:G (part
    /// of the memoryless noise, 0 to 1), tame:ETA (g² = 2 ETA (1−t) on cond-ot); jump:A (an axis at a time), jump:B (on
    /// the plane); superposition:W,G (W jumps, 1−W flow, Langevin noise G)
    #[arg(long, value_name = "M", default_value = "euler")]
    pub method: PlaneMethod,
    /// When it steps: own (even in the path's t), t-star (even in α/(α+σ)), ddpm (even in DDPM's 1000 indices), log-snr,
    /// edm (ρ = 7) [default: ddpm for ddpm and ddim, else own]
    #[arg(long, value_name = "TIMES")]
    pub times: Option<PlaneTimes>,
}

#[derive(Serialize)]
struct Report {
    tv: f64,
    noise_floor: f64,
    steps: usize,
    nfe: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    rejected: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jumps: Option<f64>,
    #[serde(flatten)]
    start: Option<DiffusionStart>,
    #[serde(flatten)]
    told: Option<ToldReport>,
    #[serde(flatten)]
    mixture: Option<MixtureDistances>,
    half_side: f64,
    seconds: f64,
}

/// Of samples to a mixture, each with its floor.
#[derive(Serialize)]
struct MixtureDistances {
    mmd2: f64,
    mmd_sd: f64,
    sliced_w2: f64,
    sliced_w2_floor: f64,
}

impl MixtureDistances {
    fn new(points: [&[f64]; 2], mixture: &Mixture) -> Self {
        let Mmd { squared, sd } = mmd(points, mixture, MMD_WIDTH);
        Self {
            mmd2: squared,
            mmd_sd: sd,
            sliced_w2: sliced_wasserstein(points, mixture),
            sliced_w2_floor: sliced_floor(mixture, points[0].len(), FLOOR_DRAWS, false),
        }
    }
}

pub(in crate::cli) fn run(
    args: &SamplePlaneArgs,
    global: &GlobalArgs,
    console: &Console,
) -> Result<(), CliError> {
    let inputs = args.flow.inputs().file("--checkpoint", args.network.checkpoint.as_deref());
    let kind = output::check(&args.out, &[Kind::Npy, Kind::Csv], &inputs)?;
    let (path, times) = args.method.method.usual();
    let asked = Asked::new(&args.flow, &args.network, path, global.seed())?;
    asked.check(args.method.method)?;
    if matches!(args.method.method, PlaneMethod::Dopri5 { .. }) {
        let refused = |flag: &str| {
            CliError::Input(format!(
                "{flag}: dopri5 chooses its own steps by its tolerance (dopri5:TOL); leave it out"
            ))
        };
        if args.method.times.is_some() {
            return Err(refused("--times"));
        }
        if args.steps.is_some() {
            return Err(refused("--steps"));
        }
    }
    let sampler = PlaneSampler {
        method: args.method.method,
        path: asked.flow.path(),
        times: args.method.times.unwrap_or(times),
        steps: args.steps.unwrap_or(STEPS),
    };
    let telling = asked.telling(&args.told)?;
    let (table, mut report) = match args.push {
        true => pushed(&asked, telling.as_ref(), sampler, console)?,
        false => walked(&asked, telling.as_ref(), sampler, (args.particles, global.seed()), console)?,
    };
    report.start = sampler.diffusion_start();
    report.told = telling.as_ref().map(ToldReport::from);
    match kind {
        Kind::Npy => {
            let values: Vec<f64> = table.iter().copied().collect();
            write_npy_f64(&args.out, table.shape(), &values)?;
        }
        _ => output::write_bytes(&args.out, csv_text(&table).as_bytes())?,
    }
    console.result(&report, || in_words(args, &asked, telling.as_ref(), &report))
}

fn walked(
    asked: &Asked,
    telling: Option<&Telling>,
    sampler: PlaneSampler,
    (count, seed): (usize, u64),
    console: &Console,
) -> Result<(Array2<f64>, Report), CliError> {
    let flow = &asked.flow;
    let told = telling.map(|telling| telling.each(count, seed)).transpose().map_err(CliError::Input)?;
    let denoiser: &dyn Denoiser = match &told {
        Some(network) => network,
        None => asked.denoiser(),
    };
    let setup = PlaneSetup { flow, denoiser, sampler, seed };
    let mut walk = Walk::new(setup, draw_source(flow.source(), count, seed))?;
    let bar = console.bar(1000, "{bar:40} {percent}%  {eta} left");
    let start = Instant::now();
    walk.run(|walk| {
        bar.set_position((1000.0 * walk.now().t) as u64);
        true
    })?;
    let seconds = start.elapsed().as_secs_f64();
    bar.finish_and_clear();
    let cells = tv_cells(flow.target())?;
    let exact = flow.target().masses(&cells);
    let [x, y] = walk.points();
    let few = count.min(FEW);
    let mixture = match flow.target() {
        PlaneTarget::Mixture(mixture) if few > 1 && mixture.len() <= MOST_MEASURED => {
            Some(MixtureDistances::new([&x[..few], &y[..few]], mixture))
        }
        _ => None,
    };
    let report = Report {
        tv: tv(&histogram([x, y], &cells), &exact),
        noise_floor: tv_noise_floor(&exact, count),
        steps: walk.steps(),
        nfe: walk.evaluations(),
        rejected: matches!(sampler.method, PlaneMethod::Dopri5 { .. }).then(|| walk.rejected()),
        jumps: sampler.method.jumps().then(|| walk.jumps() as f64 / count as f64),
        start: None,
        told: None,
        mixture,
        half_side: tv_reach(flow.target()),
        seconds,
    };
    let table = Array2::from_shape_fn((count, 2), |(n, axis)| walk.points()[axis][n]);
    Ok((table, report))
}

fn pushed(
    asked: &Asked,
    telling: Option<&Telling>,
    sampler: PlaneSampler,
    console: &Console,
) -> Result<(Array2<f64>, Report), CliError> {
    let busy = console.busy("carrying the mass");
    let flow = &asked.flow;
    let start = Instant::now();
    let pushed = match telling {
        None => sampler_masses(flow, asked.denoiser(), sampler, Precision::FINE)?,
        // Every code as often as it comes.
        Some(telling) => mixed_masses(
            flow,
            &denoisers(&telling.parts().map_err(CliError::Input)?),
            sampler,
            Precision::FINE,
        )?,
    };
    let seconds = start.elapsed().as_secs_f64();
    drop(busy);
    let exact = flow.target().masses(&tv_cells(flow.target())?);
    let report = Report {
        tv: tv(&pushed.masses, &exact),
        noise_floor: pushed.floor,
        steps: pushed.steps,
        nfe: pushed.nfe,
        rejected: None,
        jumps: None,
        start: None,
        told: None,
        mixture: None,
        half_side: tv_reach(flow.target()),
        seconds,
    };
    Ok((pushed.masses, report))
}

fn in_words(args: &SamplePlaneArgs, asked: &Asked, telling: Option<&Telling>, report: &Report) -> String {
    let floor = match args.push {
        true => "is what an exact sampler would show",
        false => "is Monte-Carlo noise",
    };
    let mixture = report.mixture.as_ref().map_or_else(String::new, |found| {
        format!(
            ", MMD² {:.2e} (noise {:.1e}), sliced W₂ {:.4} ({:.4} of exact samples)",
            found.mmd2, found.mmd_sd, found.sliced_w2, found.sliced_w2_floor
        )
    });
    let codes = telling.map_or_else(String::new, |telling| format!(", {}", telling.told.words()));
    let jumps = report.jumps.map_or_else(String::new, |jumps| format!(", {jumps:.3} jumps a particle"));
    format!(
        "{}: {} of {}{codes}, {} in {:.2} s{jumps}\nTV to {} {:.5} ({:.5} {floor}){mixture}",
        args.out.display(),
        counted(report.steps, "step"),
        args.method.method,
        counted(report.nfe, "evaluation"),
        report.seconds,
        asked.words(),
        report.tv,
        report.noise_floor,
    )
}
