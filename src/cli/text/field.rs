//! `field text`: what is known of a text of which some tokens are seen, exactly.

use crate::cli::console::Console;
use crate::cli::said::SaidFlags;
use crate::cli::text::args::{TextDenoiser, USUAL, load, of_text, with_own_networks};
use crate::cli::text::asked::{differs, network};
use crate::cli::values::number;
use crate::cli::{CliError, GlobalArgs};
use crate::data::language::LanguageSpec;
use crate::experiment::text::{TextModel, state_of, state_tokens};
use crate::figure::fixed;
use crate::flow::categorical::entropy_bits;
use crate::flow::{Kappa, SequenceSource};
use crate::model::sequence::TextNetwork;
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
    #[command(flatten)]
    said: SaidFlags,
    /// sums, tales, words, words:FILE, ngram:ORDER, ngram:ORDER:FILE or programs: see `sample text --help`; of a network it is what
    /// that has learned from [default: sums]
    #[arg(long, value_name = "L")]
    language: Option<LanguageSpec>,
    /// Who knows.
    #[arg(
        long,
        value_name = "D",
        default_value = "exact",
        help = with_own_networks(
            "Who knows: exact (what --language says), network:CKPT (a network of train text), or ar:CKPT (its autoregressive \
             twin: of every token what those before it foretell)"
        )
    )]
    denoiser: TextDenoiser,
    /// The state, token by token: ? is a mask, \? the letter itself, \n the end of a line. Of a language whose texts may have
    /// any length it is a whole text
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    state: String,
    /// Where the flow starts: mask or uniform [default: mask, or the network's]
    #[arg(long, value_name = "mask|uniform")]
    source: Option<SequenceSource>,
    /// κ, 0 to 1: how much of a token is data. A uniform source needs it; from a mask source p(x1 | xt) does not depend on it,
    /// and without it ln p is that of the tokens that are seen
    #[arg(long, value_name = "K", value_parser = number(0.0..=1.0, "a number from 0 to 1"), allow_hyphen_values = true)]
    kappa: Option<f64>,
    /// Print one JSON object: alphabet (the K symbols), posterior [N][K] in its order, log_probability (ln p_t of the state, in
    /// nats; null if it cannot be), distance (the least number of seen tokens to change until a text of the language fits;
    /// where it is above 0, the posterior of a mask source, or at κ = 1, is that of the nearest texts). Of a network distance is null, and log_probability is
    /// known of ar and a whole text alone
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Serialize)]
struct Report<'a> {
    alphabet: &'a [String],
    posterior: Vec<&'a [f64]>,
    log_probability: Option<f64>,
    distance: Option<usize>,
}

pub(in crate::cli) fn run(
    args: &FieldTextArgs,
    global: &GlobalArgs,
    console: &Console,
) -> Result<(), CliError> {
    if let Some(name) = args.denoiser.network() {
        let why = format!("--denoiser {} knows what it has learned from", args.denoiser);
        args.said.refuse(&["language"], &why)?;
        let network = network(&args.denoiser, name, global)?.network;
        args.check_flow(name, &network)?;
        return of_network(args, &network, console);
    }
    if args.denoiser == TextDenoiser::Joint {
        let why = "--denoiser joint: it draws whole texts and says nothing of a token; expected exact, network:… or ar:…";
        return Err(CliError::Input(why.to_owned()));
    }
    let (spec, source) = (args.language.as_ref().unwrap_or(&USUAL), args.source.unwrap_or_default());
    if source == SequenceSource::Uniform && args.kappa.is_none() {
        return Err(CliError::Input(
            "--source uniform: what a token says depends on κ; expected --kappa K, a number from 0 to 1"
                .to_owned(),
        ));
    }
    let language = load(spec, (None, None), console)?;
    let about = |error: crate::data::DataError| CliError::Input(format!("--state: {error}"));
    let (language, state) = state_tokens(language, &args.state).map_err(about)?;
    let k = language.alphabet.len();
    if source == SequenceSource::Uniform {
        refuse_masks(&state, k)?;
    }
    let model = TextModel::of(language, source, None).map_err(|error| of_text("--state", &error))?;
    let kappa = args.kappa.map(Kappa::new);
    let found = model.exact.posteriors(&state, &[kappa.unwrap_or(Kappa::START)]);
    let found = found.map_err(|error| CliError::Input(format!("--state: {error}")))?;
    let log = model.exact.log_probability(&state, kappa);
    let report = Report {
        alphabet: model.language.alphabet.symbols(),
        posterior: found.p.chunks_exact(k).collect(),
        log_probability: log.is_finite().then_some(log),
        distance: Some(model.exact.distance(&state)),
    };
    console.result(&report, || in_words(&report, &state, &spec.to_string()))
}

impl FieldTextArgs {
    /// A network has the flow that it was trained for, and one that writes from left to right has none.
    fn check_flow(&self, name: &str, network: &TextNetwork) -> Result<(), CliError> {
        let own = network.config.source;
        if network.config.causal {
            let why = format!("--denoiser {} writes from left to right, without a flow", self.denoiser);
            return self.said.refuse(&["source", "kappa"], &why);
        }
        if let Some(source) = self.source.filter(|source| *source != own) {
            return Err(differs("--source", &source, (&own, name)));
        }
        match own {
            SequenceSource::Mask => {
                let why = format!("--denoiser {}: of masks it answers the same at every κ", self.denoiser);
                self.said.refuse(&["kappa"], &why)
            }
            SequenceSource::Uniform => Ok(()),
        }
    }
}

/// Refuses a state with masks, which a uniform source has not.
fn refuse_masks(state: &[u16], k: usize) -> Result<(), CliError> {
    match state.iter().any(|x| usize::from(*x) >= k) {
        true => {
            Err(CliError::Input("--state: a uniform source has no masks; expected every token".to_owned()))
        }
        false => Ok(()),
    }
}

/// What a network knows of the state.
fn of_network(args: &FieldTextArgs, network: &TextNetwork, console: &Console) -> Result<(), CliError> {
    let about = |error: crate::data::DataError| CliError::Input(format!("--state: {error}"));
    let state = state_of(&network.alphabet, &args.state).map_err(about)?;
    let (n, k) = (network.config.tokens, network.config.values);
    if state.len() != n {
        let has = state.len();
        return Err(CliError::Input(format!("--state: it has {has} tokens; the network is of texts of {n}")));
    }
    let mut posterior = vec![0.0; n * k];
    let mut log_probability = None;
    if let Some(reader) = network.reader() {
        posterior.copy_from_slice(&reader.foretold(&state));
        let is_whole = state.iter().all(|x| usize::from(*x) < k);
        log_probability = is_whole.then(|| reader.log_probabilities(&state)[0]);
    } else if let Some(denoiser) = network.denoiser() {
        if denoiser.source() == SequenceSource::Uniform && args.kappa.is_none() {
            return Err(CliError::Input(
                "--kappa: from a uniform source what a token says depends on it; expected a number from 0 to 1"
                    .to_owned(),
            ));
        }
        if denoiser.source() == SequenceSource::Uniform {
            refuse_masks(&state, k)?;
        }
        let kappa = args.kappa.map_or(Kappa::START, Kappa::new);
        let answer = denoiser.ask(&state, &[kappa]);
        let answer = answer.map_err(|error| CliError::Input(format!("--state: {error:#}")))?;
        posterior.chunks_exact_mut(k).enumerate().for_each(|(i, p)| answer.distribution(0, i, p));
    }
    let report = Report {
        alphabet: network.alphabet.symbols(),
        posterior: posterior.chunks_exact(k).collect(),
        log_probability,
        distance: None,
    };
    console.result(&report, || in_words(&report, &state, &format!("a network of {}", network.source)))
}

/// The likeliest symbols of a line of the summary.
const LIKELIEST: usize = 5;

fn in_words(report: &Report<'_>, state: &[u16], whose: &str) -> String {
    let mut text = match report.log_probability {
        Some(log) => format!("{whose}: ln p = {}", fixed(log, 6)),
        None if report.distance.is_none() => format!("{whose}:"),
        None => format!("{whose}: it cannot be"),
    };
    text += &match report.distance {
        None => String::new(),
        Some(0) => ", fits a text of the language".to_owned(),
        Some(1) => ", 1 token from the language".to_owned(),
        Some(distance) => format!(", {distance} tokens from the language"),
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
