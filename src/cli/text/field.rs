//! `field text`: what is known of a text of which some tokens are seen, exactly.

use crate::cli::CliError;
use crate::cli::console::Console;
use crate::cli::text::args::{load, of_text};
use crate::cli::values::number;
use crate::data::language::LanguageSpec;
use crate::experiment::text::{TextModel, state_tokens};
use crate::flow::categorical::entropy_bits;
use crate::flow::{Kappa, SequenceSource};
use clap::Args;
use serde::Serialize;

const EXAMPLES: &str = "\
Examples:
  dfm-explorer field text --language sums --state '12+?=19' --json
      Which digit fits, and how likely what is seen is
  dfm-explorer field text --language words:list.txt --state '?o?e'
      Hangman, with exact odds
  dfm-explorer field text --language sums --state '12+7=18' --source uniform --kappa 0.9 --json
      Which digit of a wrong sum is noise";

/// Write what the exact denoiser of a language knows: p(x1 | xt) of every token, ln p of the state, its distance from the
/// language
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct FieldTextArgs {
    /// sums, tales, words, words:FILE, ngram:ORDER, ngram:ORDER:FILE or programs: see `sample text --help`
    #[arg(long, value_name = "L")]
    language: LanguageSpec,
    /// The state, token by token: ? is a mask, \? the letter itself, \n the end of a line. Of a language whose texts may have
    /// any length it is a whole text
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    state: String,
    /// Where the flow starts: mask or uniform
    #[arg(long, value_name = "mask|uniform", default_value = "mask")]
    source: SequenceSource,
    /// κ, 0 to 1: how much of a token is data. A uniform source needs it; from a mask source p(x1 | xt) does not depend on it,
    /// and without it ln p is that of the tokens that are seen
    #[arg(long, value_name = "K", value_parser = number(0.0..=1.0, "a number from 0 to 1"), allow_hyphen_values = true)]
    kappa: Option<f64>,
    /// Print one JSON object: alphabet (the K symbols), posterior [N][K] in its order, log_probability (ln p_t of the state, in
    /// nats; null if it cannot be), distance (the least number of seen tokens to change until a text of the language fits;
    /// where it is above 0, the posterior is that of the nearest texts)
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Serialize)]
struct Report<'a> {
    alphabet: &'a [String],
    posterior: Vec<&'a [f64]>,
    log_probability: Option<f64>,
    distance: usize,
}

pub(in crate::cli) fn run(args: &FieldTextArgs, console: &Console) -> Result<(), CliError> {
    if args.source == SequenceSource::Uniform && args.kappa.is_none() {
        return Err(CliError::Input(
            "--source uniform: what a token says depends on κ; expected --kappa K, a number from 0 to 1"
                .to_owned(),
        ));
    }
    let language = load(&args.language, None, console)?;
    let about = |error: crate::data::DataError| CliError::Input(format!("--state: {error}"));
    let (language, state) = state_tokens(language, &args.state).map_err(about)?;
    let k = language.alphabet.len();
    if args.source == SequenceSource::Uniform && state.iter().any(|x| usize::from(*x) >= k) {
        return Err(CliError::Input(
            "--state: a uniform source has no masks; expected every token".to_owned(),
        ));
    }
    let model = TextModel::of(language, args.source, None).map_err(|error| of_text("--state", &error))?;
    let kappa = args.kappa.map(Kappa::new);
    let found = model.exact.posteriors(&state, &[kappa.unwrap_or(Kappa::START)]);
    let found = found.map_err(|error| CliError::Input(format!("--state: {error}")))?;
    let log = model.exact.log_probability(&state, kappa);
    let report = Report {
        alphabet: model.language.alphabet.symbols(),
        posterior: found.p.chunks_exact(k).collect(),
        log_probability: log.is_finite().then_some(log),
        distance: model.exact.distance(&state),
    };
    console.result(&report, || in_words(&report, &state, args))
}

/// The likeliest symbols of a line of the summary.
const LIKELIEST: usize = 5;

fn in_words(report: &Report<'_>, state: &[u16], args: &FieldTextArgs) -> String {
    let mut text = match report.log_probability {
        Some(log) => format!("{}: ln p = {log:.6}, ", args.language),
        None => format!("{}: it cannot be, ", args.language),
    };
    text += &match report.distance {
        0 => "fits a text of the language".to_owned(),
        1 => "1 token from the language".to_owned(),
        distance => format!("{distance} tokens from the language"),
    };
    let shown = |symbol: &str| symbol.escape_debug().to_string();
    for (n, (p, &x)) in report.posterior.iter().zip(state).enumerate() {
        // What is seen and stays says nothing new.
        let here = report.alphabet.get(usize::from(x));
        if here.is_some() && p[usize::from(x)] > 1.0 - 1e-12 {
            continue;
        }
        let mut likely: Vec<(&String, f64)> = report.alphabet.iter().zip(p.iter().copied()).collect();
        likely.sort_by(|a, b| b.1.total_cmp(&a.1));
        let likely: Vec<String> = likely
            .iter()
            .take(LIKELIEST)
            .filter(|(_, p)| *p > 0.0)
            .map(|(symbol, p)| format!("{} {p:.4}", shown(symbol)))
            .collect();
        text += &format!(
            "\n{:>4} {}  {}  ({:.3} bits)",
            n + 1,
            here.map_or_else(|| "▒".to_owned(), |symbol| shown(symbol)),
            likely.join("  "),
            entropy_bits(p)
        );
    }
    text
}
