//! `eval text --texts`: texts of a file, whoever has written them.

use crate::cli::CliError;
use crate::cli::console::Console;
use crate::cli::text::args::{known, load, of_source};
use crate::cli::text::eval::EvalTextArgs;
use crate::cli::text::judge::JudgeReport;
use crate::cli::text::truths::Truths;
use crate::data::DataError;
use crate::data::language::{Alphabet, Language, LanguageSpec, TextSource, read_texts};
use crate::experiment::text::{TextJudge, TextModel};
use crate::flow::metrics::sequence_entropy;
use crate::flow::{SequenceSource, counted};
use crate::sampler::sequence::{Judged, judged};
use serde::Serialize;
use std::collections::BTreeMap;
use std::f64::consts::LN_2;
use std::path::Path;

#[derive(Serialize)]
struct Report {
    texts: usize,
    tokens: usize,
    token_entropy: f64,
    #[serde(flatten)]
    nearness: Option<Nearness>,
    #[serde(flatten)]
    truths: Truths,
    #[serde(skip_serializing_if = "Option::is_none")]
    judge: Option<JudgeReport>,
}

/// How far they are from a language that is known exactly.
#[derive(Serialize)]
struct Nearness {
    grammatical: f64,
    mean_distance: f64,
    bits: Option<f64>,
}

pub(super) fn run(args: &EvalTextArgs, file: &Path, console: &Console) -> Result<(), CliError> {
    let source = &args.language.language.clone().unwrap_or_default();
    let of_language = |error: DataError| CliError::Input(format!("--language: {error}"));
    // Windows on a text nobody knows exactly; of a language its exact denoiser judges, too.
    let (alphabet, tokens, language) = match source {
        TextSource::Letters(_) => {
            let tokens = args.language.tokens;
            let texts = source.load(tokens).map_err(|error| of_source(source, tokens, &error))?;
            (texts.alphabet, texts.tokens, None)
        }
        TextSource::Language(_) => {
            let language = load(known(source)?, (args.language.tokens, None), console)?;
            (language.alphabet.clone(), language.tokens, Some(language))
        }
    };
    let is_natural =
        matches!(source, TextSource::Letters(_) | TextSource::Language(LanguageSpec::Ngram { .. }));
    let texts = of_file(file, (&alphabet, tokens, is_natural), console)?;
    let texts: Vec<&[u16]> = texts.iter().map(Vec::as_slice).collect();
    let busy = console.busy("judging");
    let about =
        |error: &dyn std::fmt::Display| CliError::Input(format!("--texts {}: {error}", file.display()));
    let exact = match &language {
        Some(language) => {
            let of = TextModel::of(language.clone(), SequenceSource::Mask, None);
            Some(of.map_err(|error| about(&error))?)
        }
        None => None,
    };
    let nearness = language.as_ref().map(|language| nearness(language, &texts)).transpose();
    let judge = TextJudge::of(source, (&alphabet, tokens), exact.as_ref()).map_err(of_language)?;
    let letters: f64 = texts.iter().map(|text| sequence_entropy(text, text.len()) / LN_2).sum();
    let report = Report {
        texts: texts.len(),
        tokens: texts.iter().map(|text| text.len()).sum(),
        token_entropy: letters / texts.len() as f64,
        nearness: nearness.map_err(|error| about(&error))?,
        truths: Truths::of(source, (&alphabet, tokens), &texts),
        judge: judge.map(|judge| JudgeReport::of(&judge, &texts, tokens)),
    };
    drop(busy);
    console.result(&report, || in_words(&report, file))
}

/// The texts of a file; long natural ones are cut into windows.
fn of_file(
    file: &Path,
    (alphabet, tokens, is_natural): (&Alphabet, usize, bool),
    console: &Console,
) -> Result<Vec<Vec<u16>>, CliError> {
    let about = |error: DataError| CliError::Input(format!("--texts: {error}"));
    let found = read_texts(file, alphabet, is_natural).map_err(about)?;
    let letters: usize = found.texts.iter().map(Vec::len).sum();
    if 2 * found.strange > letters {
        let (file, strange) = (file.display(), found.strange);
        let why =
            format!("{strange} of its {letters} letters are none of the language, expected at most half");
        return Err(CliError::Input(format!("--texts {file}: {why}")));
    }
    if found.strange > 0 {
        let letters = counted(found.strange, "letter");
        console.warn(&format!(
            "--texts {}: {letters} that the language has not are taken for spaces",
            file.display()
        ));
    }
    let windows = |text: Vec<u16>| match is_natural && text.len() > tokens {
        true => text.chunks_exact(tokens).map(<[u16]>::to_vec).collect(),
        false => vec![text],
    };
    Ok(found.texts.into_iter().flat_map(windows).collect())
}

/// How far texts, each of any length that a text of the language can have, are from it.
fn nearness(language: &Language, texts: &[&[u16]]) -> Result<Nearness, crate::experiment::text::TextError> {
    let mut by_length: BTreeMap<usize, Vec<u16>> = BTreeMap::new();
    for text in texts {
        by_length.entry(text.len()).or_default().extend(*text);
    }
    let mut each = Vec::new();
    for (tokens, texts) in by_length {
        let language = language.clone().with_tokens(tokens)?;
        each.push(judged(&*TextModel::of(language, SequenceSource::Mask, None)?.exact, &texts));
    }
    let found = Judged::together(&each);
    Ok(Nearness {
        grammatical: found.grammatical as f64 / texts.len() as f64,
        mean_distance: found.mean_distance,
        bits: found.bits,
    })
}

fn in_words(report: &Report, file: &Path) -> String {
    let mut text = format!(
        "{}: {} of {} tokens in all, token entropy {:.3} bits",
        file.display(),
        counted(report.texts, "text"),
        report.tokens,
        report.token_entropy
    );
    if let Some(near) = &report.nearness {
        text += &format!(
            "\n{:.1}% are texts of the language, {:.2} tokens from it on average",
            100.0 * near.grammatical,
            near.mean_distance
        );
        if let Some(bits) = near.bits {
            text += &format!(", {bits:.4} bits a token of those that are");
        }
    }
    text += &report.truths.in_words();
    if let Some(judge) = &report.judge {
        text += &format!("\n{}", judge.in_words());
    }
    text
}
