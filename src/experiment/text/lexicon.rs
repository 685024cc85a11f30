//! A language with all that is needed to sample and to judge its texts: who answers, what is given, how it is written.

use super::settings::{Answers, Coupling, TextSettings, TextSide};
use super::{TextError, TextModel, given_tokens};
use crate::data::language::{Language, LanguageSpec, programs, true_statements};
use crate::denoiser::sequence::{ExactDenoiser, SequenceDenoiser};
use crate::flow::{Kappa, Scheduler, SequenceSource};
use crate::sampler::SamplerError;
use crate::sampler::sequence::{
    Given, SequenceMoment, SequenceRun, SequenceSetup, SequenceSummary, beginnings, joint_texts_with,
    run_sequences,
};
use crate::view::sequence::Writing;
use std::f64::consts::LN_2;
use std::ops::ControlFlow;
use std::sync::Arc;

/// What is to be read: all of the settings but the sampler.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// What the texts are of.
    pub language: LanguageSpec,
    /// Tokens of a text, where that is another number than usual.
    pub tokens: Option<usize>,
    /// What is there from the start.
    pub coupling: Coupling,
    /// The prompt, where one is given.
    pub prompt: String,
    /// How many texts.
    pub texts: usize,
    /// Of all random numbers.
    pub seed: u64,
}

impl Reading {
    /// Of these settings.
    pub fn of(settings: &TextSettings) -> Self {
        let TextSettings { language, tokens, coupling, texts, seed, .. } = settings.clone();
        let given = settings.given_text();
        let coupling = if coupling == Coupling::Given && given.is_none() { Coupling::Free } else { coupling };
        let prompt = given.unwrap_or_default().to_owned();
        Self { language, tokens, coupling, prompt, texts, seed }
    }
}

/// See the module.
#[derive(Clone)]
pub struct Lexicon {
    /// The language.
    pub language: Language,
    /// How its texts are written.
    pub writing: Arc<Writing>,
    /// Knows the whole language, with a mask source and nothing given: what is wrong is wrong for it.
    pub judge: Arc<dyn ExactDenoiser>,
    /// What every text has from the start.
    pub given: Option<Arc<Given>>,
    /// How many texts.
    pub texts: usize,
    /// The entropy of the language, bits a token; none where it has no closed form.
    pub entropy: Option<f64>,
    seed: u64,
    prompt: Option<Vec<Option<u16>>>,
    by_source: [Option<Arc<dyn ExactDenoiser>>; 2],
}

/// What a language's texts are counted for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Truth {
    /// How many are right.
    pub right: usize,
    /// Of how many.
    pub all: usize,
}

impl Truth {
    /// The share; none of nothing.
    pub fn share(self) -> Option<f64> {
        (self.all > 0).then(|| self.right as f64 / self.all as f64)
    }

    /// Its standard error: half of Wilson's score interval of one standard deviation (Wilson 1927), which is not nothing where all
    /// or none were right.
    pub fn error(self) -> Option<f64> {
        let (share, all) = (self.share()?, self.all as f64);
        Some((share * (1.0 - share) / all + 0.25 / (all * all)).sqrt() / (1.0 + 1.0 / all))
    }
}

/// What is counted of the texts of a language: its name on axes and in lists, and what it says.
pub fn truth_words(language: &LanguageSpec) -> (&'static str, &'static str) {
    match language {
        LanguageSpec::Sums => {
            ("true statements", "Share of the complete statements that are true; a cut one is not judged.")
        }
        LanguageSpec::Words(_) => ("words of the list", "Share of the texts that are in the list."),
        LanguageSpec::Programs => {
            ("programs that run", "Share of the programs that run on the inputs 0 to 9 without an error.")
        }
        LanguageSpec::Tales | LanguageSpec::Ngram { .. } => {
            ("fitting texts", "Share of the texts that the language can have, to the last letter.")
        }
    }
}

impl Lexicon {
    /// Makes a language and those who answer about it.
    ///
    /// # Errors
    /// Those of [`LanguageSpec::load`], of the prompt, or that no text fits it.
    pub fn load(reading: &Reading) -> Result<Self, TextError> {
        let language = reading.language.load(reading.tokens)?;
        Self::of(language, reading)
    }

    /// The same of a language that is there.
    ///
    /// # Errors
    /// If the prompt is none, or no text fits it.
    pub fn of(language: Language, reading: &Reading) -> Result<Self, TextError> {
        let writing = Arc::new(Writing::of(&language));
        let judge = TextModel::of(language.clone(), SequenceSource::Mask, None)?.exact;
        let prompt = match reading.coupling {
            Coupling::Given => Some(given_tokens(&language, &reading.prompt)?),
            Coupling::Free | Coupling::Prefix => None,
        };
        let given = match reading.coupling {
            Coupling::Free => None,
            Coupling::Given => prompt.clone(),
            Coupling::Prefix => Some(beginnings(&*judge, reading.texts, reading.seed)),
        };
        let entropy = language.entropy().map(|nats| nats / LN_2 / language.tokens as f64);
        let mut lexicon = Self {
            language,
            writing,
            judge,
            given: given.map(|given| Arc::new(Given::new(given))),
            texts: reading.texts,
            entropy,
            seed: reading.seed,
            prompt,
            by_source: [None, None],
        };
        // A prompt that contradicts the language is found out now.
        lexicon.by_source[0] = Some(lexicon.answering(SequenceSource::Mask)?);
        Ok(lexicon)
    }

    fn answering(&self, source: SequenceSource) -> Result<Arc<dyn ExactDenoiser>, TextError> {
        if source == SequenceSource::Mask && self.prompt.is_none() {
            return Ok(self.judge.clone());
        }
        Ok(TextModel::of(self.language.clone(), source, self.prompt.clone())?.exact)
    }

    /// The exact denoiser of the texts that have what is given, from a source.
    ///
    /// # Errors
    /// Those of the denoiser.
    pub fn exact(&mut self, source: SequenceSource) -> Result<Arc<dyn ExactDenoiser>, TextError> {
        let place = usize::from(source == SequenceSource::Uniform);
        if let Some(known) = &self.by_source[place] {
            return Ok(known.clone());
        }
        let made = self.answering(source)?;
        self.by_source[place] = Some(made.clone());
        Ok(made)
    }

    /// Of all random numbers.
    pub(super) fn seed(&self) -> u64 {
        self.seed
    }

    /// Which tokens of a text are given, \[N\]; none where nothing is.
    pub fn is_given(&self, text: usize) -> Vec<bool> {
        let n = self.language.tokens;
        let Some(given) = &self.given else { return Vec::new() };
        (0..n).map(|token| given.value(text, token, n).is_some()).collect()
    }

    /// The prompt as tokens \[N\].
    pub fn prompt(&self) -> Option<&[Option<u16>]> {
        self.prompt.as_deref()
    }

    /// Counts what is right of texts \[B, N\]; of unfinished ones only what is known.
    pub fn truth(&self, states: &[u16]) -> Truth {
        let (n, k) = (self.language.tokens, self.language.alphabet.len());
        let texts = states.chunks_exact(n);
        let finished = || texts.clone().filter(|text| text.iter().all(|x| usize::from(*x) < k));
        let share = |is_right: &dyn Fn(&[u16]) -> bool| {
            let (all, right) = (finished().count(), finished().filter(|text| is_right(text)).count());
            Truth { right, all }
        };
        match &self.language.spec {
            LanguageSpec::Sums => {
                let each = texts.map(|text| true_statements(&self.language.alphabet.write(text), false));
                let (all, right) = each.fold((0, 0), |sum, of| (sum.0 + of.0, sum.1 + of.1));
                Truth { right, all }
            }
            LanguageSpec::Programs => share(&|text| programs::judged(text).is_some()),
            _ => share(&|text| self.judge.log_probability(text, None).is_finite()),
        }
    }

    /// Samples as a side says; `best` is the best scheduler of the language, where it is asked for. `observe` sees every moment
    /// and may break off.
    ///
    /// # Errors
    /// On settings without meaning together, or a denoiser that fails.
    pub fn run(
        &self,
        (side, best): (&TextSide, Option<Scheduler>),
        denoiser: &dyn SequenceDenoiser,
        observe: &mut dyn FnMut(&SequenceMoment<'_>) -> ControlFlow<()>,
    ) -> Result<SequenceRun, SamplerError> {
        let config = side.config(self.seed, best);
        if side.answers == Answers::Joint {
            return Ok(self.at_once(observe));
        }
        let given = self.given.as_deref();
        let setup = SequenceSetup { denoiser, config, count: self.texts, first: 0, given };
        run_sequences(setup, observe)
    }

    /// Whole texts in a single step.
    fn at_once(&self, observe: &mut dyn FnMut(&SequenceMoment<'_>) -> ControlFlow<()>) -> SequenceRun {
        let (n, mask) = (self.language.tokens, self.language.alphabet.len() as u16);
        let given = |at: usize| self.given.as_ref().and_then(|given| given.value(at / n, at % n, n));
        let start: Vec<u16> = (0..self.texts * n).map(|at| given(at).unwrap_or(mask)).collect();
        let summary = SequenceSummary { sequences: self.texts, ..SequenceSummary::default() };
        let moment = |states, t, kappa, revealed, summary| SequenceMoment {
            total: 1,
            t,
            kappa,
            states,
            revealed: Some(revealed),
            answer: None,
            asked: &[],
            summary,
        };
        if observe(&moment(&start, 0.0, Kappa::START, 0.0, summary)).is_break() {
            return SequenceRun { states: start, summary };
        }
        let exact = self.by_source[0].as_ref().unwrap_or(&self.judge);
        let states = joint_texts_with(&**exact, self.given.as_deref(), self.texts, self.seed);
        let drawn = start.iter().filter(|x| **x == mask).count();
        let done = SequenceSummary { steps: 1, passes: self.texts, drawn, changed: drawn, ..summary };
        let finished = observe(&moment(&states, 1.0, Kappa::END, 1.0, done)).is_continue();
        SequenceRun { states, summary: SequenceSummary { finished, ..done } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(language: &str) -> Reading {
        let settings = TextSettings {
            language: language.parse().expect("a language"),
            texts: 6,
            ..TextSettings::default()
        };
        Reading::of(&settings)
    }

    fn finished(lexicon: &mut Lexicon, side: &TextSide) -> (Vec<u16>, usize) {
        let exact = lexicon.exact(side.source).expect("a denoiser");
        let mut moments = 0;
        let run = lexicon.run((side, None), &*exact, &mut |_| {
            moments += 1;
            ControlFlow::Continue(())
        });
        (run.expect("a run").states, moments)
    }

    #[test]
    fn whole_texts_at_once_are_all_true_and_have_what_is_given() {
        let joint = TextSide { answers: Answers::Joint, ..TextSide::default() };
        let mut sums = Lexicon::load(&reading("sums")).expect("sums");
        let (states, moments) = finished(&mut sums, &joint);
        let truth = sums.truth(&states);
        assert!(truth.all > 20 && truth.right == truth.all && moments == 2, "{truth:?}");
        let given = Reading { coupling: Coupling::Given, prompt: "12+?=19 ".to_owned(), ..reading("sums") };
        let mut sums = Lexicon::load(&given).expect("sums");
        for side in [joint, TextSide::default()] {
            let (states, _) = finished(&mut sums, &side);
            for text in states.chunks(64) {
                assert_eq!(sums.language.alphabet.write(&text[..8]), "12+7=19 ");
            }
        }
        assert_eq!(sums.is_given(3)[..5], [true, true, true, false, true]);
    }

    #[test]
    fn a_prompt_that_contradicts_the_language_says_so() {
        for (prompt, said) in [
            ("12+7=18 ", "no text of this language fits"),
            ("twelve", "not in the alphabet"),
            (&"1".repeat(65)[..], "it has 65 tokens"),
        ] {
            let given = Reading { coupling: Coupling::Given, prompt: prompt.to_owned(), ..reading("sums") };
            let why = Lexicon::load(&given).err().expect("no text").to_string();
            assert!(why.contains(said), "{why}");
        }
    }

    #[test]
    fn beginnings_are_kept_and_have_lengths_of_their_own() {
        let prefix = Reading { coupling: Coupling::Prefix, ..reading("words") };
        let mut words = Lexicon::load(&prefix).expect("words");
        let lengths: Vec<usize> =
            (0..6).map(|text| words.is_given(text).iter().filter(|given| **given).count()).collect();
        assert!(lengths.iter().any(|length| *length != lengths[0]), "{lengths:?}");
        let (states, _) = finished(&mut words, &TextSide::default());
        let given = words.given.clone().expect("beginnings");
        for (at, x) in states.iter().enumerate() {
            assert!(given.value(at / 5, at % 5, 5).is_none_or(|value| value == *x));
        }
        assert_eq!(words.truth(&states).all, 6);
        assert_eq!(words.truth(&[26; 30]).share(), None, "nothing is finished");
    }
}
