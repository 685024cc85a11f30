//! `curve text --of perplexity`: what a judge says of texts against how many different letters they have.

use crate::cli::console::Console;
use crate::cli::text::args::{known, of_text};
use crate::cli::text::asked::{network, warn_unmet};
use crate::cli::text::curve::CurveTextArgs;
use crate::cli::text::drawn::Drawn;
use crate::cli::{CliError, GlobalArgs};
use crate::data::language::{JUDGE_ORDER, MeanError, TextSource};
use crate::denoiser::sequence::SequenceDenoiser;
use crate::experiment::text::{TextJudge, TextModel, judged_samplers};
use crate::flow::{SequenceSource, counted};
use crate::model::sequence::Reader;
use crate::sampler::sequence::{SequenceConfig, SequenceSetup, joint_texts, run_sequences};
use crate::view::sequence::{JudgedKind, JudgedTexts, perplexity_chart};
use serde::Serialize;
use std::ops::ControlFlow;
use std::sync::Arc;

#[derive(Serialize)]
struct Report {
    judge: String,
    letters: usize,
    points: Vec<Point>,
}

#[derive(Serialize)]
struct Point {
    texts: String,
    count: usize,
    bits: f64,
    bits_error: Option<f64>,
    token_entropy: f64,
    token_entropy_error: Option<f64>,
    distinct_8grams: f64,
}

/// Who writes.
enum Writer {
    Steps(Arc<dyn SequenceDenoiser>),
    LeftToRight(Reader),
}

pub(super) fn run(
    args: &CurveTextArgs,
    drawn: &Drawn<'_>,
    global: &GlobalArgs,
    console: &Console,
) -> Result<(), CliError> {
    let (seed, count) = (global.seed(), args.texts);
    let busy = console.busy("making the judge");
    let about = |error: crate::data::DataError| CliError::Input(format!("--language: {error}"));
    let no_judge = || {
        CliError::Input(
            "--of perplexity: there is no judge of such texts: programs are run instead".to_owned(),
        )
    };
    let network = args.denoiser.network().map(|name| network(&args.denoiser, name, global)).transpose()?;
    let (writer, judge, tokens, joint) = match &network {
        None => {
            let language = args.language.load(console)?;
            let model = TextModel::of(language, SequenceSource::Mask, None);
            let model = model.map_err(|why| of_text("--language", &why))?;
            let judge = TextJudge::of_model(&model).map_err(about)?.ok_or_else(no_judge)?;
            let joint = joint_texts(&*model.exact, count, seed);
            (Writer::Steps(model.denoiser()), judge, model.language.tokens, Some(joint))
        }
        Some(network) => {
            warn_unmet(&args.denoiser, network, |_| false, console);
            let tokens = network.config.tokens;
            let exact = match known(&network.source) {
                Ok(spec) => Some(TextModel::load(spec, Some(tokens), SequenceSource::Mask)),
                Err(_) => None,
            };
            let exact = exact.transpose().map_err(|why| of_text("--denoiser", &why))?;
            let judge = TextJudge::of(&network.source, (&network.alphabet, tokens), exact.as_ref());
            let writer = match (network.denoiser(), network.reader()) {
                (Some(denoiser), _) => Writer::Steps(denoiser),
                (None, Some(reader)) => Writer::LeftToRight(reader.clone()),
                _ => return Err(CliError::Failed("nobody answers".to_owned())),
            };
            (writer, judge.map_err(about)?.ok_or_else(no_judge)?, tokens, None)
        }
    };
    drop(busy);
    let mut samplers = judged_samplers(seed, writer.has_masks());
    if let Writer::LeftToRight(_) = writer {
        samplers.retain(|sampler| sampler.is_of_temperature());
    }
    let bar = console.bar(samplers.len() as u64, "{bar:40} run {pos} of {len}  {eta} left");
    let all = judge.runs(&samplers, tokens, &mut |config| {
        let texts = writer.texts(config, count);
        bar.inc(1);
        texts.map(Some)
    })?;
    bar.finish_and_clear();
    let mut all = all.unwrap_or_default();
    if let Some(joint) = joint {
        let each: Vec<&[u16]> = joint.chunks_exact(tokens).collect();
        let kind = JudgedKind::Sampled("whole texts at once".to_owned());
        all.push(JudgedTexts { name: "joint".to_owned(), kind, each: judge.judge.likelihoods(&each) });
    }
    let name = format!("{JUDGE_ORDER}-gram judge");
    let source = match &network {
        Some(network) => network.source.clone(),
        None => TextSource::Language(args.language.known()?.clone()),
    };
    let caption = format!("{source}, {}, {} a run", args.denoiser, counted(count, "text"));
    drawn.write(&perplexity_chart(&all, &name), caption)?;
    let report = Report {
        judge: name,
        letters: judge.judge.trained_on(),
        points: all.iter().map(Point::of).collect(),
    };
    console.result(&report, || in_words(&report))
}

impl Writer {
    fn has_masks(&self) -> bool {
        matches!(self, Self::Steps(denoiser) if denoiser.source() == SequenceSource::Mask)
    }

    /// Texts \[B, N\].
    fn texts(&self, config: &SequenceConfig, count: usize) -> Result<Vec<u16>, CliError> {
        match self {
            Self::Steps(denoiser) => {
                let setup =
                    SequenceSetup { denoiser: &**denoiser, config: *config, count, first: 0, given: None };
                Ok(run_sequences(setup, |_| ControlFlow::Continue(()))?.states)
            }
            Self::LeftToRight(reader) => {
                let mut writing = reader.begin((0, count), None, config.temperature.level, config.seed);
                while writing.step() {}
                Ok(writing.states())
            }
        }
    }
}

impl Point {
    fn of(texts: &JudgedTexts) -> Self {
        let mean = |of: fn(&crate::data::language::Measures) -> f64| MeanError::of(texts.each.iter().map(of));
        let known = |of: MeanError| of.error.is_finite().then_some(of.error);
        let (bits, entropy) = (mean(|m| m.bits), mean(|m| m.entropy));
        Self {
            texts: texts.name.clone(),
            count: texts.each.len(),
            bits: bits.mean,
            bits_error: known(bits),
            token_entropy: entropy.mean,
            token_entropy_error: known(entropy),
            distinct_8grams: mean(|m| m.distinct).mean,
        }
    }
}

fn in_words(report: &Report) -> String {
    let mut text =
        format!("{} of {} letters: bits a letter, token entropy, 8-grams once", report.judge, report.letters);
    for point in &report.points {
        let error = point.bits_error.map_or_else(String::new, |error| format!(" ± {error:.3}"));
        let bits = format!("{:.3}{error}", point.bits);
        text += &format!(
            "\n  {:<42} {bits:<14}  {:.3}  {:.1}%",
            point.texts,
            point.token_entropy,
            100.0 * point.distinct_8grams
        );
    }
    text
}
