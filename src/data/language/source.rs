//! What networks learn from: the texts of a language, or a real text letter by letter.

use super::programs::{self, is_held_out};
use super::{Alphabet, Language, LanguageSpec, Shape, TextParts, read_corpus};
use crate::data::DataError;
use crate::flow::categorical::{cumulative, index_at};
use crate::flow::sequence::Automaton;
use crate::flow::sequence::programs::{ProgramTable, triples};
use crate::flow::serde_as_text;
use crate::random::{Purpose, stream};
use rand::RngExt as _;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

/// What it may be, for messages.
const EXPECTED: &str =
    "text, text:FILE, or a language: sums, tales, words, words:FILE, ngram:ORDER, ngram:ORDER:FILE, programs";
/// Letters of a window on a text, where nothing else is said.
const WINDOW: usize = 128;
/// Texts that are held out have other numbers than those that are written.
const HELD_OUT: u64 = u32::MAX as u64;
/// Most letters of one.
const MOST_TOKENS: usize = 1024;

/// What is learned from, as it is named on the command line and in files; [`Self::load`] makes it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum TextSource {
    /// The texts of a language, as many as are asked for.
    Language(LanguageSpec),
    /// Windows on a text: Shakespeare's plays, or a file.
    Letters(Option<PathBuf>),
}

impl Default for TextSource {
    fn default() -> Self {
        Self::Letters(None)
    }
}

impl TextSource {
    /// The file it is made from.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Language(spec) => spec.file(),
            Self::Letters(file) => file.as_deref(),
        }
    }

    /// The text that it is letters of, in two parts; none of a language without one.
    ///
    /// # Errors
    /// Those of [`read_corpus`].
    pub fn parts(&self) -> Result<Option<TextParts>, DataError> {
        match self {
            Self::Language(spec) => spec.parts(),
            Self::Letters(Some(file)) => Ok(Some(TextParts::of(read_corpus(file)?))),
            Self::Letters(None) => TextParts::shipped().map(Some),
        }
    }

    /// The same, with nothing said of a place: of a file its name alone.
    #[must_use]
    pub fn anywhere(&self) -> Self {
        let name = |file: &PathBuf| file.file_name().map_or_else(|| "text".into(), PathBuf::from);
        match self {
            Self::Language(LanguageSpec::Words(Some(file))) => {
                Self::Language(LanguageSpec::Words(Some(name(file))))
            }
            Self::Language(LanguageSpec::Ngram { order, file: Some(file) }) => {
                Self::Language(LanguageSpec::Ngram { order: *order, file: Some(name(file)) })
            }
            Self::Letters(Some(file)) => Self::Letters(Some(name(file))),
            other => other.clone(),
        }
    }

    /// Makes it, with texts of so many `tokens`, or as many as usual.
    ///
    /// # Errors
    /// [`DataError`] naming the file, a number of tokens that its texts cannot have, or too short a text.
    pub fn load(&self, tokens: Option<usize>) -> Result<TextSet, DataError> {
        match self {
            Self::Language(spec) => TextSet::of_language(spec.load(tokens)?),
            Self::Letters(file) => {
                let (parts, dropped) = match file {
                    Some(file) => {
                        let corpus = read_corpus(file)?;
                        let dropped = corpus.dropped;
                        (TextParts::of(corpus), dropped)
                    }
                    None => (TextParts::shipped()?, (0, 0)),
                };
                let tokens = tokens.unwrap_or(WINDOW);
                if !(1..=MOST_TOKENS).contains(&tokens) {
                    let why = format!("{tokens} tokens: expected from 1 to {MOST_TOKENS}");
                    return Err(DataError::language(why));
                }
                if parts.training.len() <= tokens || parts.held_out.len() < tokens {
                    let letters = parts.training.len() + parts.held_out.len();
                    return Err(DataError::language(format!(
                        "{self} has {letters} letters: too few for windows of {tokens}, of which a tenth is held out"
                    )));
                }
                let alphabet = parts.alphabet.clone();
                Ok(TextSet { source: self.clone(), alphabet, tokens, kind: Kind::Letters(parts), dropped })
            }
        }
    }
}

/// The symbols of a network's tokens, as a file has them; those of a language that is known have their other spellings.
///
/// # Errors
/// If they are no alphabet.
pub fn alphabet_of(source: &TextSource, symbols: &[String]) -> Result<Alphabet, DataError> {
    if *source == TextSource::Language(LanguageSpec::Programs) {
        let own = programs::alphabet()?;
        if own.symbols() == symbols {
            return Ok(own);
        }
    }
    Alphabet::new(symbols.to_vec())
}

/// Texts to learn from, and others that are held out.
#[derive(Clone, Debug)]
pub struct TextSet {
    /// What it was asked for as.
    pub source: TextSource,
    /// Its symbols.
    pub alphabet: Alphabet,
    /// N, tokens of a text.
    pub tokens: usize,
    kind: Kind,
    /// Letters that became spaces, and of how many symbols.
    pub dropped: (usize, usize),
}

#[derive(Clone, Debug)]
enum Kind {
    /// Texts without end: none of them is there twice but by chance.
    Automaton(Arc<Automaton>),
    /// Programs; running sums of the weights of those that are trained on, and of those that are held out.
    Programs(Arc<ProgramTable>, [Vec<f64>; 2]),
    /// Windows.
    Letters(TextParts),
}

impl TextSet {
    /// The texts of a language.
    ///
    /// # Errors
    /// If they cannot be written from left to right.
    pub fn of_language(language: Language) -> Result<Self, DataError> {
        let kind = match language.shape {
            Shape::Automaton(automaton) if automaton.is_stochastic() => {
                if !automaton.log_total(language.tokens).is_finite() {
                    let (spec, tokens) = (&language.spec, language.tokens);
                    return Err(DataError::language(format!("{spec} has no text of {tokens} tokens")));
                }
                Kind::Automaton(automaton)
            }
            Shape::Automaton(_) => {
                return Err(DataError::language(format!("{}: its texts have no beginnings", language.spec)));
            }
            Shape::Programs(table) => {
                let sums = |held_out: bool| {
                    let own = |n: usize| is_held_out(table.output(n)) == held_out;
                    cumulative((0..table.len()).map(|n| if own(n) { table.weights[n] } else { 0.0 }))
                };
                let sums = [sums(false), sums(true)];
                Kind::Programs(table, sums)
            }
        };
        let Language { spec, alphabet, tokens, dropped, .. } = language;
        Ok(Self { source: TextSource::Language(spec), alphabet, tokens, kind, dropped })
    }

    /// The same windows on another text; those that are held out stay.
    ///
    /// # Errors
    /// [`DataError`] naming the file, or a set that has no windows.
    pub fn learning_from(mut self, file: &Path) -> Result<Self, DataError> {
        let Kind::Letters(parts) = self.kind else {
            return Err(DataError::language(format!(
                "{}: another text can be learned from in its place only of text",
                self.source
            )));
        };
        let corpus = read_corpus(file)?;
        let content = |why| DataError::content("the text", file, why);
        if corpus.letters.len() <= self.tokens {
            return Err(content(format!(
                "has {} letters: too few for windows of {}",
                corpus.letters.len(),
                self.tokens
            )));
        }
        self.kind = Kind::Letters(parts.learning_from(&corpus, self.tokens).map_err(content)?);
        self.dropped = corpus.dropped;
        Ok(self)
    }

    /// K.
    pub fn values(&self) -> usize {
        self.alphabet.len()
    }

    /// A text to learn from, \[N\], by numbers in \[0, 1) that `uniform` gives. A program is of a function that is not held
    /// out, a window begins anywhere.
    pub fn text(&self, uniform: &mut dyn FnMut() -> f64) -> Vec<u16> {
        match &self.kind {
            Kind::Automaton(automaton) => written(automaton, self.tokens, uniform),
            Kind::Programs(table, [trained, _]) => program(table, trained, uniform),
            Kind::Letters(parts) => {
                let places = parts.training.len() - self.tokens + 1;
                let at = ((uniform() * places as f64) as usize).min(places - 1);
                parts.training[at..][..self.tokens].iter().map(|&letter| letter.into()).collect()
            }
        }
    }

    /// At most `count` texts that are not learned from, \[B, N\]: of an automaton others by chance, of programs those of functions
    /// that are held out, of a real text windows on its other part that do not lie over each other.
    pub fn held_out(&self, count: usize, uniform: &mut dyn FnMut() -> f64) -> Vec<u16> {
        match &self.kind {
            Kind::Automaton(automaton) => {
                (0..count).flat_map(|_| written(automaton, self.tokens, uniform)).collect()
            }
            Kind::Programs(table, [_, held_out]) => {
                (0..count).flat_map(|_| program(table, held_out, uniform)).collect()
            }
            Kind::Letters(parts) => parts.held_out_texts(self.tokens, count),
        }
    }

    /// The same by the random numbers of a seed.
    pub fn held_out_by(&self, count: usize, seed: u64) -> Vec<u16> {
        let mut rng = stream(seed, Purpose::Texts, HELD_OUT);
        self.held_out(count, &mut || rng.random())
    }

    /// How large its file is: letters of a text, or words of a list; none without a file, or of n-grams, which forget it.
    pub fn size(&self) -> Option<u64> {
        self.source.file()?;
        match (&self.kind, &self.source) {
            (Kind::Letters(parts), _) => Some((parts.training.len() + parts.held_out.len()) as u64),
            // All words are as likely.
            (Kind::Automaton(automaton), TextSource::Language(LanguageSpec::Words(_))) => {
                Some(automaton.entropy(self.tokens)?.exp().round() as u64)
            }
            _ => None,
        }
    }

    /// Whether its texts are programs.
    pub fn is_programs(&self) -> bool {
        matches!(self.kind, Kind::Programs(..))
    }
}

fn written(automaton: &Automaton, tokens: usize, uniform: &mut dyn FnMut() -> f64) -> Vec<u16> {
    // There are such texts: it was looked at.
    loop {
        if let Some(text) = automaton.sample(tokens, &mut *uniform) {
            return text;
        }
    }
}

/// A program by running sums of weights, with three of its examples.
pub(super) fn program(table: &ProgramTable, sums: &[f64], uniform: &mut dyn FnMut() -> f64) -> Vec<u16> {
    let program = index_at(sums, uniform());
    let all = triples().count();
    let at = ((uniform() * all as f64) as usize).min(all - 1);
    table.text(program, triples().nth(at).unwrap_or([0, 1, 2]))
}

impl FromStr for TextSource {
    type Err = DataError;

    fn from_str(text: &str) -> Result<Self, DataError> {
        match text.split_once(':') {
            None if text == "text" => Ok(Self::Letters(None)),
            Some(("text", file)) if !file.is_empty() => Ok(Self::Letters(Some(file.into()))),
            _ => text.parse().map(Self::Language).map_err(|error| {
                let name = text.split(':').next().unwrap_or_default();
                match ["sums", "tales", "words", "ngram", "programs"].contains(&name) {
                    true => error,
                    false => DataError::language(format!("no text is called {text:?}: expected {EXPECTED}")),
                }
            }),
        }
    }
}

impl fmt::Display for TextSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Language(spec) => spec.fmt(f),
            Self::Letters(None) => f.write_str("text"),
            Self::Letters(Some(file)) => write!(f, "text:{}", file.display()),
        }
    }
}

serde_as_text!(TextSource, DataError);

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers() -> impl FnMut() -> f64 {
        let mut at = 0.0_f64;
        move || {
            at = (at + 0.618_033_988_75).fract();
            at
        }
    }

    #[test]
    fn names_are_read_as_they_are_written_and_say_nothing_of_a_place() {
        for (name, anywhere) in [
            ("text", "text"),
            ("text:/home/me/a.txt", "text:a.txt"),
            ("sums", "sums"),
            ("words:/home/b.txt", "words:b.txt"),
            ("ngram:3:/home/c.txt", "ngram:3:c.txt"),
        ] {
            let source: TextSource = name.parse().expect("a source");
            assert_eq!(
                (source.to_string().as_str(), source.anywhere().to_string().as_str()),
                (name, anywhere)
            );
        }
        for bad in ["", "text:", "Text", "novel", "ngram:9"] {
            assert!(bad.parse::<TextSource>().is_err(), "{bad}");
        }
    }

    #[test]
    fn texts_are_of_their_language_and_what_is_held_out_is_not_learned_from() {
        let mut uniform = numbers();
        let load = |name: &str, tokens| name.parse::<TextSource>().and_then(|source| source.load(tokens));
        let sums = load("sums", Some(20)).expect("sums");
        let text = sums.text(&mut uniform);
        assert!(text.len() == 20 && text.iter().all(|token| usize::from(*token) < sums.values()));
        let programs = load("programs", None).expect("programs");
        for _ in 0..300 {
            let body = programs.text(&mut uniform).split_off(crate::flow::sequence::programs::BODY_AT);
            let outputs = programs::run(&body).expect("a program").map(|output| output as u8);
            assert!(!is_held_out(&outputs));
        }
        for text in programs.held_out(100, &mut uniform).chunks(programs.tokens) {
            let outputs =
                programs::run(&text[crate::flow::sequence::programs::BODY_AT..]).expect("a program");
            assert!(is_held_out(&outputs.map(|output| output as u8)));
        }
        let plays = load("text", None).expect("plays");
        let held_out = plays.held_out(1000, &mut uniform);
        assert_eq!((plays.tokens, held_out.len(), plays.values()), (128, 128_000, 34));
        assert!(load("text", Some(2000)).is_err());
        let home = tempfile::tempdir().expect("a folder");
        let file = home.path().join("a.txt");
        std::fs::write(&file, "to be or not to be, that is the question").expect("written");
        let own = |tokens| TextSource::Letters(Some(file.clone())).load(Some(tokens));
        assert_eq!(own(4).expect("a text").text(&mut uniform).len(), 4);
        assert_eq!((own(4).expect("a text").size(), plays.size(), sums.size()), (Some(40), None, None));
        std::fs::write(&file, "kiwi\nkino\nlied\n").expect("written");
        let words = TextSource::Language(LanguageSpec::Words(Some(file.clone()))).load(None);
        assert_eq!(words.expect("words").size(), Some(3));
        std::fs::write(&file, "to be or not to be, that is the question").expect("written");
        let more = |text: &str| {
            std::fs::write(&file, text).expect("written");
            load("text", Some(8)).and_then(|plays| plays.learning_from(&file))
        };
        let other = more("never was there a tale").expect("a text");
        assert_eq!(
            other.held_out(1000, &mut uniform),
            load("text", Some(8)).expect("plays").held_out(1000, &mut uniform)
        );
        let learned = other.alphabet.write(&other.text(&mut || 0.0));
        assert_eq!(learned, "never wa");
        let held_out = plays.alphabet.write(&held_out[..128]);
        for (text, why) in
            [("a§b and many others", "\"§\""), ("never", "too few"), (held_out.as_str(), "held out")]
        {
            let said = more(text).expect_err("refused").to_string();
            assert!(said.contains(why) && said.contains("a.txt"), "{said}");
        }
        std::fs::write(&file, "to be or not to be, that is the question").expect("written");
        assert!(sums.learning_from(&file).is_err());
        assert!(own(5).expect_err("too short").to_string().contains("too few for windows of 5"));
    }
}
