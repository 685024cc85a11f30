//! The settings of the text lab in words: what differs between two sets of them, and what a caption says.

use super::settings::{Answers, Coupling, TextSettings, TextSide};
use crate::data::language::{LanguageSpec, TextSource};
use crate::experiment::{
    Change, Contrast, Difference, Sides, between, changes, corrector_words, effective_contrasts, settings_of,
    sides_named,
};
use crate::flow::{SequenceSource, counted};
use crate::sampler::TimeGrid;
use crate::sampler::sequence::{SequenceMethod, Temperature};
use std::path::Path;

/// Fields of the settings whose name on the screen is another than their own.
const FIELDS: &[(&str, &str)] = &[
    ("shows", "what the page shows"),
    ("coupling", "what is given"),
    ("race", "race of evaluations"),
    ("training.causal", "left to right"),
    ("training.prompt", "given in training"),
    ("training.config.learning_rate", "learning rate"),
    ("training.config.texts", "length"),
    ("pace.axis", "axis of the timeline"),
    ("pace.looped", "start over at the end"),
];

/// The same of the settings of a page.
const SIDE_FIELDS: &[(&str, &str)] = &[
    ("answers", "denoiser"),
    ("best", "best grid"),
    ("corrector_on", "corrector"),
    ("corrector.amplitude", "corrector A"),
    ("corrector.a", "corrector a"),
    ("corrector.b", "corrector b"),
    ("sampler.grid", "time grid"),
    ("sampler.corrector_by", "corrector kernel"),
    ("sampler.choice_temperature", "choice τ"),
    ("sampler.confidence", "threshold p"),
    ("sampler.block", "block size"),
    ("sampler.temperature.level", "temperature"),
    ("sampler.temperature.fading", "fading temperature"),
];

/// Every change from one set of settings to another that is a step, each with whose it is: all but where one looks.
///
/// # Errors
/// Another number of pages is a step of its own.
pub fn steps_between(
    first: &TextSettings,
    second: &TextSettings,
) -> Result<Vec<(String, Difference)>, Change> {
    if first == second {
        return Ok(Vec::new());
    }
    let whole = |settings: &TextSettings| TextSettings {
        picked: 0,
        token: None,
        prompt: String::new(),
        sides: Sides::default(),
        ..settings.clone()
    };
    let all = between(&whole(first), &whole(second), FIELDS);
    let of = |change: &Difference| match change.field.starts_with("training.") {
        true => " of the next run".to_owned(),
        false => String::new(),
    };
    let mut found: Vec<_> = all.into_iter().map(|change| (of(&change), change)).collect();
    if first.prompt != second.prompt {
        let said = |settings: &TextSettings| shortened(&settings.prompt);
        found.push((String::new(), Difference::named("prompt", [said(first), said(second)])));
    }
    let all = |first: &TextSide, second: &TextSide| between(first, second, SIDE_FIELDS);
    found.extend(changes(&first.sides, &second.sides, all)?);
    Ok(found)
}

/// A prompt in few words.
fn shortened(prompt: &str) -> String {
    const MOST: usize = 24;
    if prompt.is_empty() {
        return "nothing".to_owned();
    }
    let short: String = prompt.chars().take(MOST).collect();
    if prompt.chars().count() > MOST { format!("“{short}…”") } else { format!("“{short}”") }
}

/// What sets pages apart, as far as it has an effect there.
pub fn side_contrasts(sides: &[TextSide]) -> Vec<Contrast> {
    effective_contrasts(sides, |side| {
        let mut all = settings_of(side, SIDE_FIELDS);
        all.retain(|setting| side.has_effect(&setting.field));
        all
    })
}

/// What each page is called: its settings in a few words where it is alone, else its letter and what sets it apart.
pub fn called(sides: &[TextSide]) -> Vec<String> {
    sides_named(sides, TextSide::words, &side_contrasts(sides))
}

impl TextSide {
    /// In a few words, as far as it is another than usual.
    pub fn words(&self) -> String {
        match self.answers {
            Answers::Joint => return "whole texts at once".to_owned(),
            Answers::Twin => {
                let level = self.sampler.temperature.level;
                let cold = if level == 1.0 { String::new() } else { format!(", τ = {level}") };
                return format!("network, left to right{cold}");
            }
            Answers::Exact | Answers::Network => {}
        }
        let config = self.config(0, None);
        let method = match config.method {
            SequenceMethod::Exact if self.steps_best() => "best grid".to_owned(),
            SequenceMethod::Exact => config.scheduler.to_string(),
            SequenceMethod::MaskGit => "MaskGIT".to_owned(),
            SequenceMethod::Confidence => format!("surer than {}", config.confidence),
            SequenceMethod::Blocks => match config.block {
                1 => "left to right".to_owned(),
                block => format!("blocks of {block}"),
            },
        };
        let mut words = vec![method, counted(config.steps, "step")];
        if self.answers == Answers::Network {
            words.insert(0, "network".to_owned());
        }
        if self.source == SequenceSource::Uniform {
            words.push("uniform source".to_owned());
        }
        if config.corrector.is_on() {
            words.push(corrector_words(config.corrector));
        }
        let Temperature { level, fading } = config.temperature;
        if config.temperature != Temperature::default() {
            words.push(format!("τ = {level}{}", if fading { "·(1−t)²" } else { "" }));
        }
        match config.grid {
            TimeGrid::T => {}
            TimeGrid::Kappa => words.push("even in κ".to_owned()),
            TimeGrid::Geometric => words.push("geometric in 1−t".to_owned()),
        }
        words.join(", ")
    }
}

/// A language in words.
pub fn language_words(language: &LanguageSpec) -> String {
    match language {
        LanguageSpec::Sums => "sums".to_owned(),
        LanguageSpec::Tales => "tales".to_owned(),
        LanguageSpec::Words(None) => "words".to_owned(),
        LanguageSpec::Words(Some(file)) => format!("words of {}", file_words(file)),
        LanguageSpec::Ngram { order, file: None } => format!("Shakespeare, {order}-grams"),
        LanguageSpec::Ngram { order, file: Some(file) } => format!("{}, {order}-grams", file_words(file)),
        LanguageSpec::Programs => "programs".to_owned(),
    }
}

fn file_words(file: &Path) -> String {
    file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned()
}

/// All that makes the pages, of texts of `tokens` tokens.
pub fn caption(settings: &TextSettings, tokens: Option<usize>) -> String {
    let exact = settings.sides.iter().any(|side| !side.answers.is_network());
    let mut parts = vec![match exact {
        true => format!("exact denoiser of {}", language_words(&settings.language)),
        // A network of letters knows nothing of the n-grams that it is judged by.
        false => match settings.learns() {
            TextSource::Letters(None) => "Shakespeare".to_owned(),
            TextSource::Letters(Some(file)) => file_words(&file),
            TextSource::Language(language) => language_words(&language),
        },
    }];
    let named = [(Answers::Network, &settings.network), (Answers::Twin, &settings.twin)];
    for (answers, name) in named {
        if settings.sides.iter().any(|side| side.answers == answers) {
            parts.push(format!("network {}", name.as_deref().unwrap_or("in training")));
        }
    }
    parts.extend(tokens.map(|tokens| counted(tokens, "token")));
    match settings.coupling {
        Coupling::Free => {}
        Coupling::Given => {
            parts.extend(settings.given_text().map(|text| format!("given {}", shortened(text))))
        }
        Coupling::Prefix => parts.push("given beginnings".to_owned()),
    }
    parts.push(counted(settings.texts, "text"));
    parts.push(settings.sides.iter().map(TextSide::words).collect::<Vec<_>>().join(" | "));
    parts.push(format!("seed {}", settings.seed));
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::{Corrector, Scheduler};
    use crate::sampler::sequence::SequenceConfig;

    #[test]
    fn a_caption_speaks_in_words_and_pages_are_called_by_what_differs() {
        let mut settings = TextSettings { seed: 7, coupling: Coupling::Given, ..TextSettings::default() };
        settings.prompt = "12+?=19".to_owned();
        assert_eq!(
            caption(&settings, Some(64)),
            "exact denoiser of sums, 64 tokens, given “12+?=19”, 16 texts, linear, 64 steps, seed 7"
        );
        settings.sides.compare();
        settings.sides[1].source = SequenceSource::Uniform;
        assert_eq!(called(&settings.sides), ["A mask", "B uniform"]);
        settings.sides[1].best = true;
        assert_eq!(settings.sides[1].words(), "linear, 64 steps, uniform source");
        // What has no effect sets nobody apart: not the numbers of a corrector that is off, nor a scheduler that none walks by.
        let usual = TextSide::default();
        let called_with = |other: TextSide| called(&[usual, other]);
        let off = TextSide { corrector: Corrector::IMAGES, ..usual };
        assert_eq!(called_with(off), called_with(usual));
        let on = TextSide { corrector_on: true, ..off };
        assert_eq!(called_with(on), ["A corrector off", "B corrector on"]);
        let maskgit = SequenceConfig {
            method: SequenceMethod::MaskGit,
            scheduler: Scheduler::Cubic,
            grid: TimeGrid::Kappa,
            ..usual.sampler
        };
        assert_eq!(called_with(TextSide { sampler: maskgit, ..on }), ["A exact", "B MaskGIT"]);
        let twin =
            TextSide { answers: Answers::Twin, source: SequenceSource::Uniform, sampler: maskgit, ..on };
        assert_eq!(called_with(twin), ["A exact", "B twin"]);
        settings.sides = Sides::new(TextSide { answers: Answers::Network, ..usual }, []);
        settings.language = LanguageSpec::Ngram { order: 4, file: None };
        (settings.network, settings.coupling) = (Some("plays".to_owned()), Coupling::Free);
        assert!(caption(&settings, None).starts_with("Shakespeare, network plays, 16 texts"));
    }

    #[test]
    fn steps_are_named_and_where_one_looks_is_none() {
        let before = TextSettings::default();
        let mut after = TextSettings { picked: 3, token: Some(5), ..before.clone() };
        assert!(steps_between(&before, &after).expect("of one number").is_empty());
        after.prompt = "1+1=?".to_owned();
        let said = |after: &TextSettings| {
            Change::of(&steps_between(&before, after).expect("of one number")).map(|change| change.name)
        };
        assert_eq!(said(&after).as_deref(), Some("prompt nothing to “1+1=?”"));
        after.prompt.clear();
        after.language = LanguageSpec::Tales;
        assert_eq!(said(&after).as_deref(), Some("language sums to tales"));
        after.language = LanguageSpec::Sums;
        after.sides[0].sampler.method = SequenceMethod::MaskGit;
        assert_eq!(said(&after).as_deref(), Some("method exact to MaskGIT"));
    }

    #[test]
    fn every_name_belongs_to_a_setting() {
        // What is not set is not written.
        let whole = TextSettings { race: true, ..TextSettings::default() };
        let whole = serde_json::to_value(whole).expect("json");
        let side = serde_json::to_value(TextSide::default()).expect("json");
        for (names, of) in [(FIELDS, whole), (SIDE_FIELDS, side)] {
            for (field, _) in names {
                let pointer = format!("/{}", field.replace('.', "/"));
                assert!(of.pointer(&pointer).is_some(), "there is no setting {field}");
            }
        }
    }
}
