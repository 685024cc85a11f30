//! `eval plane`: how good a trained velocity is, without Monte-Carlo noise of the target.

use super::checkpoint::{self, ToldArgs, ToldReport};
use super::curve::{Methods, methods};
use crate::cli::console::Console;
use crate::cli::values::whole;
use crate::cli::{CliError, GlobalArgs};
use crate::denoiser::plane::{Denoiser, Oracle};
use crate::experiment::plane::{Telling, denoisers};
use crate::flow::plane::rms_distance;
use crate::sampler::plane::{
    CurveSetup, GapLattice, Measure, MethodOnPath, PlaneCoupling, PlaneMethod, PlaneSampler, PlaneSetup,
    Points, Precision, Straightness, Walk, draw_source, independent_cost, minibatch_pairs, plane_curves,
    straightness, transport_cost,
};
use crate::train::plane::learned_latents;
use clap::Args;
use serde::Serialize;
use std::path::PathBuf;
use std::sync::Arc;

const EXAMPLES: &str = "\
gap is the mean of |v − u|² to the exact velocity on a lattice of x_t; loss = floor + gap. end_point is the RMS distance of
the ends of the network's trajectories to those of the exact flow from the same noise. Of networks trained with minibatch-ot
or reflow neither is known: they have another flow with the same ends. So has one with codes where it tells them: end_point is
known with --guidance 0 alone; all else but gap, floor and table is of what --code and --guidance tell.

Examples:
  dfm-explorer eval plane --checkpoint ring.safetensors
  dfm-explorer eval plane --checkpoint ring.safetensors --methods euler,midpoint,ddpm --nfe 4,8,16,32 --json
  dfm-explorer eval plane --checkpoint codes.safetensors --guidance 1.5 --nfe 4,16";

/// Starts that end points and straightness are means over.
const STARTS: usize = 2000;
/// Steps of the fine solutions.
const FINE_STEPS: usize = 64;
/// Pairs that a transport cost is a mean over, and the batch in which they are assigned.
const PAIRS: usize = 2048;
const BATCH: usize = 256;

/// On the plane: a network's gap to the exact velocity, its loss above the floor, ends, straightness and samplers
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct EvalPlaneArgs {
    /// The network, FILE.safetensors of train plane
    #[arg(long, value_name = "FILE")]
    checkpoint: PathBuf,
    #[command(flatten)]
    told: ToldArgs,
    /// Samplers as of `sample plane --method`, each with @PATH where it is not on its usual path
    #[arg(long, visible_alias = "method", value_name = "M,…", value_parser = methods, default_value = "euler,midpoint,rk4")]
    methods: Vec<Methods>,
    /// Numbers of evaluations a particle, each 1 to 100000
    #[arg(
        long,
        value_name = "N,…",
        value_delimiter = ',',
        value_parser = whole(1, 100_000),
        default_value = "1,4,16,64",
        allow_hyphen_values = true
    )]
    nfe: Vec<usize>,
    /// Print one JSON object: target, coupling, steps, gap, energy (E|u|²), loss, floor, end_point, tv (rows of method, path,
    /// nfe, network, exact, fine: of many steps of the network), straightness, transport, path_energy, excess_length, one_step, transport_independent,
    /// transport_ot (of batches of 256); with codes effective_codes, information, table [mode][code], guidance and code (null:
    /// from the prior)
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Serialize)]
struct Row {
    method: String,
    path: String,
    nfe: usize,
    /// Total variation to the target of the network's samples, of the exact velocity's, and of many steps of the network.
    network: f64,
    exact: Option<f64>,
    fine: f64,
}

#[derive(Serialize)]
struct Report {
    target: String,
    coupling: PlaneCoupling,
    steps: u64,
    gap: Option<f64>,
    energy: f64,
    loss: Option<f64>,
    floor: Option<f64>,
    end_point: Option<f64>,
    tv: Vec<Row>,
    straightness: f64,
    transport: f64,
    path_energy: f64,
    excess_length: f64,
    one_step: f64,
    transport_independent: f64,
    transport_ot: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    effective_codes: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    information: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    table: Option<Vec<Vec<f64>>>,
    #[serde(flatten)]
    told: Option<ToldReport>,
    #[serde(skip)]
    left_out: Vec<String>,
}

pub(in crate::cli) fn run(
    args: &EvalPlaneArgs,
    global: &GlobalArgs,
    console: &Console,
) -> Result<(), CliError> {
    let (network, record) = checkpoint::read("--checkpoint", &args.checkpoint)?;
    let network = Arc::new(network);
    let about = |why: String| CliError::Input(format!("--checkpoint {}: {why}", args.checkpoint.display()));
    let task = record.task().map_err(|why| about(why.to_string()))?;
    let (flow, seed) = (&task.flow, global.seed());
    let oracle = Oracle::new(flow)?;
    let is_independent = record.config.coupling == PlaneCoupling::Independent;
    let _busy = console.busy("measuring");
    let lattice = GapLattice::new(flow)?;
    let latents = learned_latents(network.net(), flow.target())?;
    let telling = checkpoint::telling(&args.told, &network, flow)?;
    let each =
        telling.as_ref().map(|telling| telling.each(STARTS, seed)).transpose().map_err(CliError::Input)?;
    let parts =
        telling.as_ref().map(Telling::parts).transpose().map_err(CliError::Input)?.unwrap_or_default();
    let parts = denoisers(&parts);
    // What a sample is told makes it go another way, with the same ends of all.
    let is_told = telling.as_ref().is_some_and(|telling| telling.told.guidance > 0.0);
    let asked: &dyn Denoiser = match &each {
        Some(each) => each,
        None => &network,
    };
    let (gap, floor) = match &latents {
        Some(latents) => {
            let found = lattice.codes_gap(&*network, latents);
            (Some(found.gap), Some(found.floor))
        }
        None if is_independent => (Some(lattice.gap(&network)?), Some(lattice.floor())),
        None => (None, None),
    };
    let starts = draw_source(flow.source(), STARTS, seed);
    let ends = |denoiser: &dyn Denoiser| {
        let sampler = PlaneSampler::usual(PlaneMethod::Rk4, FINE_STEPS);
        let mut walk = Walk::new(PlaneSetup { flow, denoiser, sampler, seed }, starts.clone())?;
        walk.run(|_| true)?;
        Ok::<Points, CliError>(walk.into_points())
    };
    let end_point = match is_independent && !is_told {
        true => {
            let [a, b] = [ends(asked)?, ends(&oracle)?];
            Some(rms_distance([&a[0], &a[1]], [&b[0], &b[1]]))
        }
        false => None,
    };
    let Straightness { transport, straightness: s, energy, excess_length, one_step } =
        straightness(flow, asked, &starts, FINE_STEPS)?;
    let (mut left_out, mut samplers) = (Vec::new(), Vec::new());
    for &MethodOnPath { method, path } in args.methods.iter().flat_map(|list| list.all()) {
        match record.serves(method) {
            Ok(()) => {
                let usual = PlaneSampler::usual(method, 1);
                samplers.push(PlaneSampler { path: path.unwrap_or(usual.path), ..usual });
            }
            Err(why) => left_out.push(why.to_string()),
        }
    }
    let mut nfe = args.nfe.clone();
    nfe.sort_unstable();
    nfe.dedup();
    let precision = Precision::LIVE;
    let own = CurveSetup {
        flow,
        denoiser: &oracle,
        parts: &[],
        measure: Measure::Tv,
        precision,
        exact: None,
        seed,
    };
    let asks = CurveSetup { denoiser: asked, parts: &parts, exact: Some(&oracle), ..own };
    let curves = |setup: CurveSetup<'_>| plane_curves(setup, &samplers, &nfe, || true);
    let (learned, exact) = (curves(asks)?, curves(own)?);
    // All of them are there: nothing stops it.
    let fine = learned.as_ref().and_then(|found| found.fine).unwrap_or(f64::NAN);
    let [learned, exact] = [learned, exact].map(|found| found.map_or_else(Vec::new, |found| found.curves));
    let mut tv = Vec::new();
    for (learned, exact) in learned.iter().zip(&exact) {
        left_out.extend(learned.error.clone());
        tv.extend(learned.points.iter().map(|point| Row {
            method: learned.sampler.method.to_string(),
            path: learned.sampler.path.to_string(),
            nfe: point.nfe,
            network: point.value,
            exact: exact.points.iter().find(|other| other.nfe == point.nfe).map(|other| other.value),
            fine,
        }));
    }
    let ot = minibatch_pairs(flow.target(), flow.source(), BATCH, PAIRS, seed);
    let report = Report {
        target: record.name.clone(),
        coupling: record.config.coupling,
        steps: record.step,
        loss: gap.zip(floor).map(|(gap, floor)| gap + floor),
        gap,
        floor,
        energy: lattice.energy(),
        end_point,
        tv,
        straightness: s,
        transport,
        path_energy: energy,
        excess_length,
        one_step,
        transport_independent: independent_cost(flow),
        transport_ot: transport_cost(&ot),
        effective_codes: latents.as_ref().map(|latents| latents.effective_codes()),
        information: latents.as_ref().map(|latents| latents.information()),
        table: latents.map(|latents| latents.encoder().rows().into_iter().map(|row| row.to_vec()).collect()),
        told: telling.as_ref().map(ToldReport::from),
        left_out,
    };
    drop(_busy);
    for why in &report.left_out {
        console.warn(&format!("{why}: it is left out"));
    }
    console.result(&report, || in_words(&report, telling.as_ref()))
}

fn in_words(report: &Report, telling: Option<&Telling>) -> String {
    let mut text = format!("{} steps on {}, {}", report.steps, report.target, report.coupling);
    if let (Some(gap), Some(floor)) = (report.gap, report.floor) {
        let share = 100.0 * gap / report.energy;
        text.push_str(&format!(
            "\ngap {gap:.5} ({share:.2}% of E|u|² {:.4}), loss {:.4} above the floor {floor:.4}",
            report.energy,
            gap + floor
        ));
    }
    if let Some(end_point) = report.end_point {
        text.push_str(&format!("\nends {end_point:.4} from those of the exact flow (RMS)"));
    }
    if let Some(telling) = telling {
        text.push_str(&format!("\ntold {}:", telling.told.words()));
    }
    text.push_str(&format!(
        "\nS {:.4}, transport {:.4} (independent {:.4}, OT of 256 {:.4}), path energy {:.4}, excess length {:.4}, one step misses {:.4}",
        report.straightness,
        report.transport,
        report.transport_independent,
        report.transport_ot,
        report.path_energy,
        report.excess_length,
        report.one_step,
    ));
    if let (Some(codes), Some(information)) = (report.effective_codes, report.information) {
        text.push_str(&format!("\n{codes:.2} codes in use, {information:.3} nats about the mode"));
    }
    for row in &report.tv {
        let exact = row.exact.map_or_else(|| "–".to_owned(), |exact| format!("{exact:.4}"));
        text.push_str(&format!(
            "\nTV of {} on {} with {:>4} evaluations: {:.4} (exact velocity {exact}, many steps {:.4})",
            row.method, row.path, row.nfe, row.network, row.fine
        ));
    }
    text
}
