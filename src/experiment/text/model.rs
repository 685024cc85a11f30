//! A language with its exact denoiser.

use crate::data::DataError;
use crate::data::language::{Alphabet, Language, LanguageSpec, Shape};
use crate::denoiser::sequence::{
    AutomatonDenoiser, ExactDenoiser, ProgramDenoiser, SequenceDenoiser, SequenceError,
};
use crate::flow::SequenceSource;
use std::sync::Arc;

/// A language and who answers about it.
#[derive(Clone)]
pub struct TextModel {
    /// The language.
    pub language: Language,
    /// Its exact denoiser.
    pub exact: Arc<dyn ExactDenoiser>,
}

/// Why there is no answer about a language.
#[derive(Debug, thiserror::Error)]
pub enum TextError {
    /// The language, its file, or a text of it.
    #[error(transparent)]
    Data(#[from] DataError),
    /// No text has so many tokens, or those that are given.
    #[error(transparent)]
    Sequence(#[from] SequenceError),
}

impl TextModel {
    /// Makes the language, with texts of so many `tokens` or as many as usual, and its denoiser.
    ///
    /// # Errors
    /// Those of [`LanguageSpec::load`], or if the language has no text of so many tokens.
    pub fn load(
        spec: &LanguageSpec,
        tokens: Option<usize>,
        source: SequenceSource,
    ) -> Result<Self, TextError> {
        Self::of(spec.load(tokens)?, source, None)
    }

    /// The denoiser of a language, of those texts alone that have the `given` tokens.
    ///
    /// # Errors
    /// If no text has so many tokens, or the given ones.
    pub fn of(
        language: Language,
        source: SequenceSource,
        given: Option<Vec<Option<u16>>>,
    ) -> Result<Self, TextError> {
        let exact: Arc<dyn ExactDenoiser> = match &language.shape {
            Shape::Automaton(automaton) => {
                let exact = AutomatonDenoiser::new(automaton.clone(), language.tokens, source)?;
                match given {
                    Some(given) => Arc::new(exact.with_given(given)?),
                    None => Arc::new(exact),
                }
            }
            Shape::Programs(table) => {
                let exact = ProgramDenoiser::new(table.clone(), source);
                match given {
                    Some(given) => Arc::new(exact.with_given(given)?),
                    None => Arc::new(exact),
                }
            }
        };
        Ok(Self { language, exact })
    }

    /// The same as samplers know it.
    pub fn denoiser(&self) -> Arc<dyn SequenceDenoiser> {
        self.exact.clone()
    }
}

/// A prompt, or what is around what is to be filled in, as tokens \[N\]: none where it has a mask or has ended.
///
/// # Errors
/// If it has characters outside the alphabet, or more tokens than a text.
pub fn given_tokens(language: &Language, text: &str) -> Result<Vec<Option<u16>>, DataError> {
    given_of(&language.alphabet, language.tokens, text)
}

/// The same in an alphabet, of a text of so many `tokens`.
///
/// # Errors
/// As those of [`given_tokens`].
pub fn given_of(alphabet: &Alphabet, tokens: usize, text: &str) -> Result<Vec<Option<u16>>, DataError> {
    let mut given = alphabet.read(text)?;
    if given.len() > tokens {
        let has = given.len();
        return Err(DataError::Language { why: format!("it has {has} tokens, but a text has {tokens}") });
    }
    given.resize(tokens, None);
    Ok(given)
}

/// A state in an alphabet as tokens, K where it has a mask.
///
/// # Errors
/// If it has characters outside the alphabet.
pub fn state_of(alphabet: &Alphabet, text: &str) -> Result<Vec<u16>, DataError> {
    let mask = alphabet.len() as u16;
    Ok(alphabet.read(text)?.into_iter().map(|token| token.unwrap_or(mask)).collect())
}

/// A state as tokens, K where it has a mask, and the language with texts of its length where that is free.
///
/// # Errors
/// If it has characters outside the alphabet, or another number of tokens than a text.
pub fn state_tokens(language: Language, text: &str) -> Result<(Language, Vec<u16>), DataError> {
    let state = state_of(&language.alphabet, text)?;
    let language = language.with_tokens(state.len())?;
    Ok((language, state))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::Kappa;

    fn model(spec: &str, state: &str) -> (TextModel, Vec<u16>) {
        let language = spec.parse::<LanguageSpec>().and_then(|spec| spec.load(None)).expect("a language");
        let (language, state) = state_tokens(language, state).expect("a state");
        (TextModel::of(language, SequenceSource::Mask, None).expect("a model"), state)
    }

    #[test]
    fn what_is_missing_of_a_sum_is_known() {
        let (model, state) = model("sums", "12+?=19");
        let posterior = model.exact.posteriors(&state, &[Kappa::START]).expect("a state");
        let k = model.language.alphabet.len();
        assert!((posterior.p[3 * k + 7] - 1.0).abs() < 1e-12);
        // ½ for plus, 1/50 for 12 and 1/50 for 7.
        assert!((model.exact.log_probability(&state, None) + 5000f64.ln()).abs() < 1e-12);
        assert_eq!(model.exact.distance(&state), 0);
    }

    #[test]
    fn a_wrong_sum_is_a_letter_away() {
        let (model, state) = model("sums", "12+7=18");
        assert_eq!(model.exact.log_probability(&state, None), f64::NEG_INFINITY);
        assert_eq!(model.exact.distance(&state), 1);
    }

    #[test]
    fn prompts_and_states_have_their_lengths() {
        let load =
            |spec: &str| spec.parse::<LanguageSpec>().and_then(|spec| spec.load(None)).expect("a language");
        let given = given_tokens(&load("words"), "a?c").expect("a prompt");
        assert_eq!(given, [Some(0), None, Some(2), None, None]);
        assert!(given_tokens(&load("words"), "abcdef").is_err());
        assert!(given_tokens(&load("words"), "ä").is_err());
        assert!(state_tokens(load("words"), "abcd").is_err());
        assert!(state_tokens(load("sums"), "").is_err());
        assert_eq!(state_tokens(load("sums"), "1?").expect("a state").0.tokens, 2);
    }
}
