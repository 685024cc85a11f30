//! `train text`: trains a network on texts, saving as it goes, and says how well it knows those it has not seen.

use crate::cli::console::Console;
use crate::cli::inputs::Inputs;
use crate::cli::interrupt;
use crate::cli::kept_run::{self, KeptRun as _};
use crate::cli::resumed::{differs, same};
use crate::cli::sequence_run::{End, RunFiles, Training, needs};
use crate::cli::text::args::of_source;
use crate::cli::text::train_run::tokens_per_second;
use crate::cli::values::{number, whole};
use crate::cli::{CliError, GlobalArgs};
use crate::data::language::{TextSet, TextSource};
use crate::flow::{SequenceSource, counted};
use crate::gpu::{DeviceChoice, choose_all};
use crate::model::sequence::{TextFile, TextNetConfig, TextSize};
use crate::train::note_out_of_memory;
use crate::train::sequence::{
    Prompt, RunMemory, RunRecord as _, TextHeldOut, TextTrainConfig, TextTrainer, TextTraining, Texts,
};
use clap::Args;
use serde::Serialize;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const EXAMPLES: &str = "\
The checkpoint is written whole or not at all, at least once a minute and at the end. A run that was killed goes on with \
--resume from the last one, with the same batches; so does a network that was given away in half precision, with a fresh \
optimiser. What is given away is the network that knew texts held out best.

Examples:
  dfm-explorer train text --language sums --minutes 2 --out sums.safetensors
  dfm-explorer train text --language text --minutes 4 --out shakespeare.safetensors
      Letters of Shakespeare out of masks
  dfm-explorer train text --language text --ar --minutes 3 --out twin.safetensors
      The same blocks from left to right
  dfm-explorer train text --language programs --prompt docstring --minutes 2 --out programs.safetensors
      From docstring to code; one function in ten is never seen
  dfm-explorer train text --language text --size shipped --steps 200000 --minutes 120 --out s.safetensors --resume s.safetensors";

/// On texts: a network that sees each text with a random number of its tokens masked
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct TrainTextArgs {
    /// What is learned from: text (Shakespeare's plays) or text:FILE, in windows, or a language: sums, tales, words,
    /// words:FILE, ngram:ORDER, ngram:ORDER:FILE or programs [default: text]
    #[arg(long, value_name = "L")]
    language: Option<TextSource>,
    /// Learn from this text in place of the one that comes with the program, while the same plays stay held out; it is no part
    /// of the checkpoint: name it again with --resume
    #[arg(long, value_name = "FILE")]
    learn_from: Option<PathBuf>,
    /// Tokens of a text, 1 to 1024 [default: sums 64, tales 112, letters 128, words 5, programs 48]
    #[arg(long, value_name = "N", value_parser = whole(1, 1024), allow_hyphen_values = true)]
    tokens: Option<usize>,
    /// Where the flow starts: mask or uniform [default: mask]
    #[arg(long, value_name = "mask|uniform")]
    source: Option<SequenceSource>,
    /// Train the autoregressive twin: the same blocks, each token foretold from those before it
    #[arg(long, conflicts_with = "source")]
    ar: bool,
    /// The network's size by name: live (0.8 million parameters) or shipped (1.7 million) [default: live]
    #[arg(long, value_name = "live|shipped")]
    size: Option<TextSize>,
    /// Its channels instead, a multiple of 16 up to 1024
    #[arg(long, value_name = "C", value_parser = width, allow_hyphen_values = true)]
    width: Option<usize>,
    /// Its blocks instead, 1 to 32
    #[arg(long, value_name = "N", value_parser = whole(1, 32), allow_hyphen_values = true)]
    blocks: Option<usize>,
    /// Let attention follow the last N blocks, 0 to 32; not with --ar [default: 0]
    #[arg(long, value_name = "N", value_parser = whole(0, 32), allow_hyphen_values = true)]
    attention: Option<usize>,
    /// Attention in place of convolutions, turned by places: blocks see each token alone, so --attention is needed
    #[arg(long, requires = "attention", conflicts_with = "ar")]
    no_convolution: bool,
    /// What is given of a text, each of these as often: none, prefix (the first tokens, any number of them), and of programs
    /// docstring (all but the body), examples, or hidden (the same with words of the docstring hidden); a run that is resumed
    /// may go on with others [default: none; of programs none,docstring,examples,hidden]
    #[arg(long, value_name = "P,…", value_delimiter = ',')]
    prompt: Option<Vec<Prompt>>,
    /// End the run, over all its calls, after so many steps, 1 to 10^9, and let the learning rate fall to 3% on a straight line
    /// on the way; a run that is resumed may go on to another end; without, with another --batch, it does as many steps as were left
    /// [default: no end but --minutes]
    #[arg(long, value_name = "N", value_parser = whole(1, 1_000_000_000), allow_hyphen_values = true)]
    steps: Option<usize>,
    /// Drop this share of the channels inside each block for a whole text, 0 to 0.9; a run that is resumed may go on with
    /// another [default: 0, or the checkpoint's]
    #[arg(
        long,
        value_name = "P",
        value_parser = number((Bound::Included(0.0), Bound::Included(0.9)), "a number from 0 to 0.9"),
        allow_hyphen_values = true
    )]
    dropout: Option<f64>,
    /// Let weights decay by this share of the learning rate a step, 0 to 1; a run that is resumed may go on with another
    /// [default: 0.01, or the checkpoint's]
    #[arg(
        long,
        value_name = "W",
        value_parser = number((Bound::Included(0.0), Bound::Included(1.0)), "a number from 0 to 1"),
        allow_hyphen_values = true
    )]
    weight_decay: Option<f64>,
    /// Texts a step, 1 to 4096; a run that is resumed may go on with another [default: 16]
    #[arg(long, value_name = "B", value_parser = whole(1, 4096), allow_hyphen_values = true)]
    batch: Option<usize>,
    /// Learning rate of Adam, above 0 to 1; a run that is resumed may go on with another [default: 0.002]
    #[arg(
        long,
        value_name = "LR",
        value_parser = number((Bound::Excluded(0.0), Bound::Included(1.0)), "a number above 0 and at most 1"),
        allow_hyphen_values = true
    )]
    lr: Option<f64>,
    /// Train for this many minutes in this call, above 0 to 100000 [default: 10; with --steps until they are done]
    #[arg(
        long,
        value_name = "M",
        value_parser = number((Bound::Excluded(0.0), Bound::Included(1e5)), "a number above 0 and at most 100000"),
        allow_hyphen_values = true
    )]
    minutes: Option<f64>,
    /// FILE.safetensors: weights, the best ones so far, the optimiser's state, and the settings that made them
    #[arg(long, value_name = "CKPT")]
    out: PathBuf,
    /// Go on from this checkpoint with its own language, tokens, source, size and seed; --out may be the same file
    #[arg(long, value_name = "CKPT")]
    resume: Option<PathBuf>,
    /// Write the best network in half precision, without the state of its run, into this file, too, once the run has ended: a ninth of the size
    #[arg(long, value_name = "CKPT")]
    give: Option<PathBuf>,
    /// Write over what is at --out and --give with a new run; a file that is there is refused without, unless it is an
    /// empty one
    #[arg(long)]
    overwrite: bool,
    /// Train even if the machine or the GPU seems to have too little memory for it
    #[arg(long)]
    beyond_memory: bool,
    /// Print one JSON object: steps, texts (seen in all), seconds (of training in all), tokens_per_second (of this call),
    /// seconds_left (until --steps are done; null without them), bits_per_token (of the last batches), held_out_bits (a token,
    /// of the best network: a bound, with --ar exact), standard_error, held_out_texts, device, parameters
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

fn width(text: &str) -> Result<usize, String> {
    let found = text.trim().parse().ok().filter(|c: &usize| c.is_multiple_of(16) && (16..=1024).contains(c));
    found.ok_or_else(|| "expected a multiple of 16 from 16 to 1024".to_owned())
}

/// Texts held out that are asked about at the end.
const AT_THE_END: usize = 1024;
/// Minutes of a call that says nothing else.
const MINUTES: f64 = 10.0;

#[derive(Serialize)]
struct Report {
    steps: u64,
    texts: u64,
    seconds: f64,
    tokens_per_second: f64,
    seconds_left: Option<f64>,
    bits_per_token: Option<f64>,
    held_out_bits: Option<f64>,
    standard_error: Option<f64>,
    held_out_texts: usize,
    /// What computed it.
    device: String,
    parameters: usize,
}

pub(in crate::cli) fn run(
    args: &TrainTextArgs,
    global: &GlobalArgs,
    console: &Console,
) -> Result<(), CliError> {
    let (give, resume) = (args.give.as_deref(), args.resume.as_deref());
    let files = RunFiles { out: &args.out, give, resume, overwrite: args.overwrite };
    let data = Inputs::default()
        .file("--language", args.language.as_ref().and_then(TextSource::file))
        .file("--learn-from", args.learn_from.as_deref());
    files.check(data, |file| TextFile::read(file).is_ok())?;
    let busy = console.busy("reading the texts");
    let devices = choose_all(global.device())?;
    let first = devices.first().ok_or_else(|| CliError::Failed("no device".to_owned()))?;
    first.watch_memory(note_out_of_memory);
    let (trainer, needs) = match &args.resume {
        Some(file) => resumed(args, global, file, first)?,
        None => fresh(args, global, first)?,
    };
    drop(busy);
    let done = trainer.training().earlier + trainer.training().step;
    let end = End { flag: "--steps", given: args.steps, done: (done, "step") };
    files.check_end(trainer.training(), end, console)?;
    let (letters, symbols) = trainer.texts().dropped;
    if symbols > 0 {
        console.warn(&format!(
            "--language: {letters} letters of {symbols} rare symbols are taken for spaces; the {} most frequent are kept",
            trainer.texts().values()
        ));
    }
    if let (Some(then), Some(now)) = (trainer.training().size, trainer.texts().size())
        && then != now
    {
        let source = &trainer.texts().source;
        let one = if matches!(source, TextSource::Letters(_)) { "letter" } else { "word" };
        let then = counted(then, one);
        console.warn(&format!("--language {source}: it had {then} when the run began, and has {now} now"));
    }
    console.note(&format!(
        "a network of {} in steps of {} needs {}, besides program and texts",
        trainer.sizes().parameter_words(),
        counted(trainer.training().config.batch, "text"),
        needs.words()
    ));
    let minutes = args.minutes.unwrap_or(if args.steps.is_some() { f64::INFINITY } else { MINUTES });
    let mut run = Training::new(trainer, &devices, minutes);
    let bar = console.bar(Training::<Texts>::WHOLE, "{bar:20} {msg}  {elapsed}");
    kept_run::train(&mut run, &args.out, &bar, console)?;
    let found = {
        let _busy = console.busy("asking about texts held out");
        let go_on = || !interrupt::is_asked();
        kept_run::wherever_it_can(&mut run, |run| {
            run.trainer.hold_out(&go_on)?;
            run.trainer.judge(AT_THE_END, &go_on)
        })?
    };
    run.save_all(&args.out, give)?;
    if interrupt::is_asked() {
        return Err(run.interrupted(&args.out));
    }
    let training = run.trainer.training();
    let report = Report {
        steps: training.step,
        texts: training.texts,
        seconds: training.seconds,
        tokens_per_second: tokens_per_second(&run),
        seconds_left: training.seconds_left(run.rate()),
        bits_per_token: run.loss,
        held_out_bits: found.map(|found| found.bits),
        standard_error: found.map(|found| found.error),
        held_out_texts: found.map_or(0, |found| found.asked),
        device: run.device.clone(),
        parameters: run.trainer.sizes().parameters(),
    };
    console.result(&report, || in_words(&report, &args.out, found, run.trainer.sizes().causal))
}

fn in_words(report: &Report, out: &Path, found: Option<TextHeldOut>, causal: bool) -> String {
    let mut text = format!(
        "{}: {} seen, {:.0} tokens a second on {}",
        out.display(),
        counted(report.texts, "text"),
        report.tokens_per_second,
        report.device
    );
    if let Some(bits) = report.bits_per_token {
        text += &format!("\n{bits:.4} bits a token in training");
    }
    if let Some(TextHeldOut { bits, error, asked, .. }) = found {
        let most = if causal { "" } else { "at most " };
        text += &format!("\n{most}{bits:.4} ± {error:.4} on {} held out", counted(asked, "text"));
    }
    text
}

fn fresh(
    args: &TrainTextArgs,
    global: &GlobalArgs,
    choice: &DeviceChoice,
) -> Result<(TextTrainer, RunMemory), CliError> {
    if args.size.is_some() && args.width.is_some() && args.blocks.is_some() {
        let why = "--size: --width and --blocks say all of it; leave it out";
        return Err(CliError::Input(why.to_owned()));
    }
    let data = args.language.clone().unwrap_or_default();
    let texts = data.load(args.tokens).map_err(|error| of_source(&data, args.tokens, &error))?;
    let texts = learning_from(args, texts)?;
    let source = args.source.unwrap_or(SequenceSource::Mask);
    let sizes = TextNetConfig::new(texts.tokens, texts.values(), source, args.ar)
        .sized(args.size.unwrap_or_default());
    let network = TextNetConfig {
        width: args.width.unwrap_or(sizes.width),
        blocks: args.blocks.unwrap_or(sizes.blocks),
        convolution: !args.no_convolution,
        attention: args.attention.unwrap_or(sizes.attention),
        ..sizes
    };
    let network = network.validated().map_err(|why| CliError::Input(format!("--{why}")))?;
    let usual = TextTrainConfig::default();
    let prompts = match (&args.prompt, texts.is_programs() && (args.ar || source == SequenceSource::Mask)) {
        (Some(prompts), _) => prompts.clone(),
        (None, true) => Prompt::ALL.into_iter().filter(|prompt| *prompt != Prompt::Prefix).collect(),
        (None, false) => usual.prompts.clone(),
    };
    let config = with(args, TextTrainConfig { prompts, seed: global.seed(), ..usual });
    let config = TextTrainConfig { texts: (args.steps.unwrap_or(0) * config.batch) as u64, ..config };
    check_prompts(&config, &network, &texts)?;
    let needs = needs(&network, &config.pace(), choice, room(args))?;
    Ok((TextTrainer::new(network, config, Arc::new(texts), &choice.device)?, needs))
}

fn learning_from(args: &TrainTextArgs, texts: TextSet) -> Result<TextSet, CliError> {
    let Some(file) = &args.learn_from else { return Ok(texts) };
    texts.learning_from(file).map_err(|error| CliError::Input(format!("--learn-from: {error}")))
}

/// Refuses prompts that mean nothing to the network or its texts.
fn check_prompts(config: &TextTrainConfig, network: &TextNetConfig, texts: &TextSet) -> Result<(), CliError> {
    let found = config.check_prompts(network, texts.is_programs());
    found.map_err(|why| CliError::Input(format!("--prompt {why}")))
}

/// What a run that goes on may change, too, but for its end.
fn with(args: &TrainTextArgs, own: TextTrainConfig) -> TextTrainConfig {
    TextTrainConfig {
        batch: args.batch.unwrap_or(own.batch),
        learning_rate: args.lr.unwrap_or(own.learning_rate),
        dropout: args.dropout.unwrap_or(own.dropout),
        weight_decay: args.weight_decay.unwrap_or(own.weight_decay),
        prompts: args.prompt.clone().unwrap_or(own.prompts.clone()),
        ..own
    }
}

fn resumed(
    args: &TrainTextArgs,
    global: &GlobalArgs,
    file: &Path,
    choice: &DeviceChoice,
) -> Result<(TextTrainer, RunMemory), CliError> {
    let about = |why: String| CliError::Input(format!("--resume {}: {why}", file.display()));
    let read = TextFile::read(file).map_err(|e| about(e.to_string()))?;
    let (recipe, network) = (&read.recipe, read.recipe.network);
    // The same text may lie in another place now.
    let data = args.language.as_ref().unwrap_or(&recipe.data);
    if data.anywhere() != recipe.data.anywhere() {
        return Err(differs("--language", data, &recipe.data, file));
    }
    same("--tokens", args.tokens, network.tokens, file)?;
    same("--source", args.source, network.source, file)?;
    if args.ar && !network.causal {
        return Err(about("it is a denoiser: leave --ar out to go on with it".to_owned()));
    }
    if let Some(size) = args.size.filter(|size| network.size() != Some(*size)) {
        return Err(differs("--size", size, network.size_words(), file));
    }
    same("--width", args.width, network.width, file)?;
    same("--blocks", args.blocks, network.blocks, file)?;
    same("--attention", args.attention, network.attention, file)?;
    if args.no_convolution && network.convolution {
        return Err(about(
            "its blocks have convolutions: leave --no-convolution out to go on with it".to_owned(),
        ));
    }
    let texts = data.load(Some(network.tokens)).map_err(|error| about(error.to_string()))?;
    let texts = learning_from(args, texts)?;
    let own = TextTraining::of(recipe).map_err(|e| about(e.to_string()))?.config;
    same("--seed", global.seed, own.seed, file)?;
    let config = with(args, own);
    check_prompts(&config, &network, &texts)?;
    let needs = needs(&network, &config.pace(), choice, room(args))?;
    let trainer = TextTrainer::resume(&read, Arc::new(texts), &choice.device);
    let mut trainer = trainer.map_err(|e| about(e.to_string()))?;
    let config = trainer.training().ending(config, args.steps.map(|steps| steps as u64));
    trainer.set_config(config)?;
    Ok((trainer, needs))
}

/// Whether it is trained where memory seems too small, and what would need less.
fn room(args: &TrainTextArgs) -> (bool, &'static str) {
    (args.beyond_memory, "a smaller --size, or --width, --blocks or --tokens")
}
