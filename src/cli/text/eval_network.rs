//! `eval text` of a network: what texts that it did not see cost it, how far it is from the exact denoiser, and what it writes.

use crate::cli::console::Console;
use crate::cli::text::args::of_text;
use crate::cli::text::asked::Asked;
use crate::cli::text::eval::{EvalTextArgs, UNIFORM_BOUND};
use crate::cli::text::judge::JudgeReport;
use crate::cli::text::truths::Truths;
use crate::cli::{CliError, GlobalArgs};
use crate::data::language::TextSource;
use crate::denoiser::sequence::SequenceDenoiser;
use crate::experiment::text::{TextJudge, TextModel};
use crate::figure::fixed;
use crate::flow::SequenceSource;
use crate::flow::metrics::sequence_entropy;
use crate::model::sequence::TextNetwork;
use crate::sampler::sequence::{judged, likelihood_bound, model_gap};
use serde::Serialize;
use std::f64::consts::LN_2;
use std::time::Instant;

#[derive(Serialize)]
struct Report {
    texts: usize,
    tokens: usize,
    parameters: usize,
    autoregressive: bool,
    held_out_texts: usize,
    bits: f64,
    bits_error: f64,
    entropy: Option<f64>,
    gap: Option<f64>,
    gap_error: Option<f64>,
    token_entropy: f64,
    nfe: f64,
    seconds: f64,
    letters_per_second: f64,
    #[serde(flatten)]
    nearness: Option<Nearness>,
    #[serde(flatten)]
    truths: Truths,
    #[serde(skip_serializing_if = "Option::is_none")]
    judge: Option<JudgeReport>,
}

/// How far what it writes is from a language that is known exactly.
#[derive(Serialize)]
struct Nearness {
    grammatical: f64,
    mean_distance: f64,
    sample_bits: Option<f64>,
}

pub(super) fn run(args: &EvalTextArgs, global: &GlobalArgs, console: &Console) -> Result<(), CliError> {
    let seed = global.seed();
    let asked = Asked::of(&args.language, &args.sampler, None, global, console)?;
    let Some(network) = asked.network() else {
        return Err(CliError::Failed("no network answers".to_owned()));
    };
    if network.config.causal {
        let who = &args.sampler.denoiser;
        let why = format!("--denoiser {who} knows −ln p of a text exactly, without any parts of κ");
        args.said.refuse(&["strata"], &why)?;
    }
    asked.warn_unmet(&args.sampler.denoiser, console);
    let start = Instant::now();
    let (states, summary) = asked.sampled((&args.sampler, args.n), seed, console)?;
    let seconds = start.elapsed().as_secs_f64();
    let held_out = held_out(&asked, args.n, seed)?;
    let judge = match &asked.source {
        TextSource::Language(spec) => {
            let _busy = console.busy("making the language");
            let load = TextModel::load(spec, Some(asked.tokens), SequenceSource::Mask);
            Some(load.map_err(|why| of_text("--language", &why))?)
        }
        TextSource::Letters(_) => None,
    };
    let busy = console.busy("asking about texts held out");
    let per_token = 1.0 / LN_2 / asked.tokens as f64;
    let [bits, bits_error] = cost(network, &held_out, (args.strata, seed))?.map(|nats| nats * per_token);
    let gap = match (&judge, network.denoiser()) {
        (Some(judge), Some(denoiser)) if denoiser.source() == SequenceSource::Mask => {
            let exact: &dyn SequenceDenoiser = &*judge.denoiser();
            let gap = model_gap([exact, &*denoiser], &held_out, (args.strata, seed), &|| true)?;
            gap.map(|gap| gap.map(|nats| nats * per_token))
        }
        _ => None,
    };
    let by_judge = TextJudge::of(&asked.source, (&asked.alphabet, asked.tokens), judge.as_ref());
    let by_judge = by_judge.map_err(|error| CliError::Input(format!("--language: {error}")))?;
    let texts: Vec<&[u16]> = states.chunks_exact(asked.tokens).collect();
    let share = |count: usize| count as f64 / args.n as f64;
    let report = Report {
        texts: args.n,
        tokens: asked.tokens,
        parameters: network.config.parameters(),
        autoregressive: network.config.causal,
        held_out_texts: held_out.len() / asked.tokens,
        bits,
        bits_error,
        entropy: judge.as_ref().and_then(|judge| judge.language.entropy()).map(|nats| nats * per_token),
        gap: gap.map(|[gap, _]| gap),
        gap_error: gap.map(|[_, error]| error),
        token_entropy: sequence_entropy(&states, asked.tokens) / LN_2,
        nfe: summary.mean_passes(),
        seconds,
        letters_per_second: states.len() as f64 / seconds.max(1e-9),
        nearness: judge.as_ref().map(|judge| {
            let found = judged(&*judge.exact, &states);
            Nearness {
                grammatical: share(found.grammatical),
                mean_distance: found.mean_distance,
                sample_bits: found.bits,
            }
        }),
        truths: Truths::of(&asked.source, (&asked.alphabet, asked.tokens), &texts),
        judge: by_judge.map(|by_judge| JudgeReport::of(&by_judge, &texts, asked.tokens)),
    };
    drop(busy);
    console.result(&report, || in_words(&report, &asked))
}

/// Texts that the network has not learned from, \[B, N\].
fn held_out(asked: &Asked, count: usize, seed: u64) -> Result<Vec<u16>, CliError> {
    let about = |error: crate::data::DataError| CliError::Input(format!("--language: {error}"));
    let texts = asked.source.load(Some(asked.tokens)).map_err(about)?;
    if texts.alphabet.symbols() != asked.alphabet.symbols() {
        return Err(CliError::Input(format!(
            "--language {}: its symbols are not those that the network knows",
            asked.source
        )));
    }
    Ok(texts.held_out_by(count, seed))
}

/// What texts cost a network, nats a text, and the standard error: a bound, or of one that writes from left to right −ln p.
fn cost(network: &TextNetwork, texts: &[u16], (strata, seed): (usize, u64)) -> Result<[f64; 2], CliError> {
    if let Some(reader) = network.reader() {
        let logs = reader.log_probabilities(texts);
        let count = logs.len() as f64;
        let mean = -logs.iter().sum::<f64>() / count;
        let squares: f64 = logs.iter().map(|log| (log + mean).powi(2)).sum();
        return Ok([mean, (squares / (count * (count - 1.0).max(1.0))).sqrt()]);
    }
    let denoiser = network.denoiser().ok_or_else(|| CliError::Failed("nobody answers".to_owned()))?;
    let bound = likelihood_bound(&*denoiser, texts, strata, seed, &|| true)?;
    let bound = bound.ok_or_else(|| CliError::Failed("the texts were not looked at".to_owned()))?;
    Ok([bound.nats, bound.standard_error])
}

fn in_words(report: &Report, asked: &Asked) -> String {
    let percent = |share: f64| format!("{:.1}%", 100.0 * share);
    let most = if report.autoregressive { "" } else { "at most " };
    let mut text = format!(
        "{}: {most}{:.4} ± {:.4} bits a token on {} texts held out",
        asked.source, report.bits, report.bits_error, report.held_out_texts
    );
    // Only one that denoises has a flow, and a bound.
    if asked.flow == SequenceSource::Uniform && !report.autoregressive {
        text += UNIFORM_BOUND;
    } else if let Some(entropy) = report.entropy {
        text += &format!(", entropy of the language {entropy:.4}");
    }
    if let (Some(gap), Some(error)) = (report.gap, report.gap_error) {
        let gap = fixed(gap, 4);
        text += &format!("\n{gap} ± {error:.4} bits a token from the exact denoiser");
    }
    text += &format!(
        "\n{} texts written: {:.1} evaluations each, {:.0} letters a second, token entropy {:.3} bits",
        report.texts, report.nfe, report.letters_per_second, report.token_entropy
    );
    if let Some(nearness) = &report.nearness {
        text += &format!(
            "\n{} are texts of the language, {:.2} tokens from it on average",
            percent(nearness.grammatical),
            nearness.mean_distance
        );
    }
    text += &report.truths.in_words();
    if let Some(judge) = &report.judge {
        text += &format!("\n{}", judge.in_words());
    }
    text
}
