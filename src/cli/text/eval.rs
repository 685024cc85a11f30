//! `eval text`: how far a sampler's texts are from the language.

use crate::cli::console::Console;
use crate::cli::said::SaidFlags;
use crate::cli::text::args::{LanguageArgs, OF_STEPS, TextDenoiser, TextSamplerArgs, of_text};
use crate::cli::text::asked::Asked;
use crate::cli::text::judge::JudgeReport;
use crate::cli::text::truths::Truths;
use crate::cli::values::whole;
use crate::cli::{CliError, GlobalArgs};
use crate::data::language::{LanguageSpec, TextSource};
use crate::experiment::text::{TextJudge, TextModel};
use crate::flow::SequenceSource;
use crate::flow::metrics::sequence_entropy;
use crate::sampler::sequence::{
    ExactDistance, MOST_EXACT_TOKENS, SequenceMethod, joint_texts, judged, likelihood_bound,
    sampled_probabilities,
};
use clap::Args;
use serde::Serialize;
use std::f64::consts::LN_2;
use std::path::PathBuf;
use std::time::Instant;

const EXAMPLES: &str = "\
Examples:
  dfm-explorer eval text --language sums --n 48 --steps 16 --json
      How many statements are true after 16 steps
  dfm-explorer eval text --language words --steps 4
      Exactly how far four steps end from a list of words: no samples needed
  dfm-explorer eval text --language sums --method maskgit --choice-temperature 0 --n 48
  dfm-explorer eval text --denoiser network:sums.safetensors --n 256
      Bits a token on texts held out, and how far it is from the exact denoiser
  dfm-explorer eval text --texts novel.txt
      What the 5-gram judge of Shakespeare says of any text, beside plays that are held out and texts that cheat it";

/// On texts: the bound on ln p of the language's own texts, and how far samples are from the language
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct EvalTextArgs {
    #[command(flatten)]
    pub(super) said: SaidFlags,
    #[command(flatten)]
    pub(super) language: LanguageArgs,
    /// How many texts are sampled and judged, 1 to 65536
    #[arg(long, short = 'n', value_name = "N", default_value = "64", value_parser = whole(1, 65_536), allow_hyphen_values = true)]
    pub(super) n: usize,
    /// In how many equal parts of κ each of as many texts of the language is looked at once for the bound, 1 to 65536
    #[arg(long, value_name = "S", default_value = "8", value_parser = whole(1, 65_536), allow_hyphen_values = true)]
    pub(super) strata: usize,
    #[command(flatten)]
    pub(super) sampler: TextSamplerArgs,
    /// Judge the texts of a file and sample none: of a .json file those in its list texts, else one a line, or where lines are
    /// part of texts between lines of ----. Of letters of a natural text, long ones are judged in windows of N tokens. Of sums the
    /// end of a text ends its last statement, but where it has N tokens: there it may have been cut off
    #[arg(long, value_name = "FILE")]
    texts: Option<PathBuf>,
    /// Print one JSON object: texts, tokens, entropy (bits a token of the language; null where it has no closed form), bound and
    /// bound_error (bits a token; from a uniform source it lies above the entropy even of a perfect denoiser), grammatical (share), mean_distance (tokens), bits (-log2 q a token of the grammatical ones,
    /// null if there are none), token_entropy (bits, of the tokens within a text), nfe, off_support, seconds; of sums also
    /// statements and true_statements, of programs compiles and pass (shares), of words of at most 10 letters out of masks
    /// exact_tv, exact_kl (nats) and exact_off, which no sample is needed for. Of a network: texts, tokens, parameters,
    /// autoregressive, held_out_texts, bits and bits_error (a token of texts held out: a bound, of ar: exact), entropy, gap and
    /// gap_error (bits a token from the exact denoiser; null where there is none), token_entropy, nfe, seconds and
    /// letters_per_second (of sampling), and of what it writes grammatical, mean_distance, sample_bits and those of a language.
    /// Of a file: texts, tokens (of all), token_entropy and those of a language. Of all but programs also judge: order, letters
    /// (that it has learned from), bits and bits_error (a letter), token_entropy and token_entropy_error, distinct_8grams (the
    /// share of 8-grams that stand in their text once), known_words (the share of whole words that it has learned), copied and
    /// longest_copy (letters in a row that stand in what it has learned from: on average, and at most), and references, an array
    /// of the same, each with a name, of real texts and of cheats
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Serialize)]
struct Report {
    texts: usize,
    tokens: usize,
    entropy: Option<f64>,
    bound: f64,
    bound_error: f64,
    grammatical: f64,
    mean_distance: f64,
    bits: Option<f64>,
    token_entropy: f64,
    nfe: f64,
    off_support: usize,
    seconds: f64,
    #[serde(flatten)]
    truths: Truths,
    #[serde(flatten)]
    exact: Option<Exactly>,
    #[serde(skip_serializing_if = "Option::is_none")]
    judge: Option<JudgeReport>,
}

/// What is said of a bound by a uniform source in place of the entropy.
pub(super) const UNIFORM_BOUND: &str = " from a uniform source: it lies above the entropy of the language even of a perfect denoiser, and says nothing beside it";

#[derive(Serialize)]
struct Exactly {
    exact_tv: f64,
    exact_kl: f64,
    exact_off: f64,
}

pub(in crate::cli) fn run(
    args: &EvalTextArgs,
    global: &GlobalArgs,
    console: &Console,
) -> Result<(), CliError> {
    if let Some(file) = &args.texts {
        let why = "--texts judges the texts of a file and samples none";
        args.said.refuse(&["n", "strata", "denoiser", "temperature"], why)?;
        args.said.refuse(&OF_STEPS, why)?;
        return super::eval_file::run(args, file, console);
    }
    if args.sampler.denoiser.network().is_some() {
        return super::eval_network::run(args, global, console);
    }
    let seed = global.seed();
    args.sampler.refuse_idle(false)?;
    let language = args.language.load(console)?;
    let flow = args.sampler.source.unwrap_or_default();
    let of =
        |source| TextModel::of(language.clone(), source, None).map_err(|why| of_text("--language", &why));
    let model = of(flow)?;
    // Whole texts are judged as states of a mask source.
    let judge = of(SequenceSource::Mask)?;
    let start = Instant::now();
    let asked = Asked::of(&args.language, &args.sampler, None, global, console)?;
    let (states, summary) = asked.sampled((&args.sampler, args.n), seed, console)?;
    let found = judged(&*judge.exact, &states);
    let own = joint_texts(&*judge.exact, args.n, seed);
    let questions = own.len().div_ceil(64 * language.tokens) * args.strata;
    let bar = console.bar(questions as u64, "{bar:40} {percent}%  {eta} left");
    let denoiser = model.denoiser();
    let bound = likelihood_bound(&*denoiser, &own, args.strata, seed, &|| {
        bar.inc(1);
        true
    });
    bar.finish_and_clear();
    let bound = bound?.ok_or_else(|| CliError::Failed("the texts were not looked at".to_owned()))?;
    let tokens = language.tokens;
    let bits = 1.0 / LN_2 / tokens as f64;
    let share = |count: usize| count as f64 / args.n as f64;
    let texts: Vec<&[u16]> = states.chunks_exact(tokens).collect();
    let source = TextSource::Language(language.spec.clone());
    let _judging = console.busy("judging");
    let by_judge =
        TextJudge::of_model(&judge).map_err(|error| CliError::Input(format!("--language: {error}")))?;
    let report = Report {
        texts: args.n,
        tokens,
        entropy: language.entropy().map(|nats| nats * bits),
        bound: bound.bits_per_token(),
        bound_error: bound.bits_error(),
        grammatical: share(found.grammatical),
        mean_distance: found.mean_distance,
        bits: found.bits,
        token_entropy: sequence_entropy(&states, tokens) / LN_2,
        nfe: summary.mean_passes(),
        off_support: summary.off_support,
        seconds: start.elapsed().as_secs_f64(),
        truths: Truths::of(&source, (&language.alphabet, tokens), &texts),
        exact: exact(args, &model, seed, console)?,
        judge: by_judge.map(|by_judge| JudgeReport::of(&by_judge, &texts, tokens)),
    };
    console.result(&report, || in_words(&report, &language.spec, flow))
}

/// What needs no samples.
fn exact(
    args: &EvalTextArgs,
    model: &TextModel,
    seed: u64,
    console: &Console,
) -> Result<Option<Exactly>, CliError> {
    let config = args.sampler.config(model, seed, console)?;
    let is_plain = config.method == SequenceMethod::Exact && !config.corrector.is_on();
    let is_short = model.language.tokens <= MOST_EXACT_TOKENS
        && args.sampler.source.unwrap_or_default() == SequenceSource::Mask;
    let texts = model.language.all_texts().filter(|_| is_plain && is_short);
    let Some(texts) = texts.filter(|_| args.sampler.denoiser == TextDenoiser::Exact) else { return Ok(None) };
    let _busy = console.busy("following every word");
    let denoiser = model.denoiser();
    let found = ExactDistance::of(&sampled_probabilities(&*denoiser, &texts, &config)?);
    Ok(Some(Exactly { exact_tv: found.tv, exact_kl: found.kl, exact_off: found.off }))
}

fn in_words(report: &Report, language: &LanguageSpec, flow: SequenceSource) -> String {
    let percent = |share: f64| format!("{:.1}%", 100.0 * share);
    let mut text = format!(
        "{} texts of {}: {} are texts of the language, {:.2} tokens from it on average, {:.1} evaluations a text",
        report.texts,
        language,
        percent(report.grammatical),
        report.mean_distance,
        report.nfe
    );
    text += &report.truths.in_words();
    if let Some(exact) = &report.exact {
        text += &format!(
            "\nexactly: TV {:.4}, KL {:.4} nats, {} no word",
            exact.exact_tv,
            exact.exact_kl,
            percent(exact.exact_off)
        );
    }
    text += &format!("\nbound {:.4} ± {:.4} bits a token", report.bound, report.bound_error);
    // What a perfect denoiser needs by a uniform source is more than the language has.
    match (flow, report.entropy) {
        (SequenceSource::Uniform, _) => text += UNIFORM_BOUND,
        (SequenceSource::Mask, Some(entropy)) => text += &format!(", entropy of the language {entropy:.4}"),
        (SequenceSource::Mask, None) => {}
    }
    if let Some(bits) = report.bits {
        text += &match flow {
            SequenceSource::Mask => format!(", of those that are texts of it {bits:.4}"),
            SequenceSource::Uniform => {
                format!("\n{bits:.4} bits a token of those that are texts of the language")
            }
        };
    }
    if let Some(judge) = &report.judge {
        text += &format!("\n{}", judge.in_words());
    }
    text
}
