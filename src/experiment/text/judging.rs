//! Who judges texts of a language beside the language itself, and what the texts are compared with.

use super::{TextError, TextModel};
use crate::data::language::{JUDGE_ORDER, Judge, LanguageSpec, Shape, TextParts, cheats};
use crate::sampler::sequence::joint_texts;

/// Real texts that samples are compared with.
const REAL: usize = 256;
/// Letters that a judge of a language without a text of its own learns from: texts of that language.
const LETTERS: usize = 64_000;
/// Of those texts, another seed than that of samples.
const OWN: u64 = 0x6a75_6467;

/// A judge, real texts, and texts that cheat it.
#[derive(Clone, Debug)]
pub struct TextJudge {
    /// The judge, an n-gram model of order 5.
    pub judge: Judge,
    /// What the real texts are.
    pub real_name: &'static str,
    /// Them, none of which it has learned from but by chance, \[B, N\].
    pub real: Vec<u16>,
    /// Texts that it likes better than real ones, each with its name, \[N\].
    pub cheats: Vec<(&'static str, Vec<u16>)>,
}

impl TextJudge {
    /// The judge of a real text, for pieces of `tokens` letters; none where too little is held out.
    ///
    /// # Errors
    /// If it has too many symbols.
    pub fn of_parts(parts: TextParts, tokens: usize) -> Result<Option<Self>, TextError> {
        let TextParts { alphabet, training, .. } = &parts;
        let real = parts.held_out_texts(tokens, REAL);
        if real.is_empty() {
            return Ok(None);
        }
        let judge = Judge::new(training.clone(), usize::MAX, alphabet.symbols(), JUDGE_ORDER)?;
        Ok(Some(Self { judge, real_name: "text held out", real, cheats: cheats(alphabet, tokens) }))
    }

    /// The judge of a language whose denoiser has a mask source and nothing given: trained on its text, or where it has none on
    /// texts of it. None of programs, which are run, and of more than 64 symbols.
    ///
    /// # Errors
    /// If its text can't be read.
    pub fn of(model: &TextModel) -> Result<Option<Self>, TextError> {
        let (language, tokens) = (&model.language, model.language.tokens);
        let symbols = language.alphabet.symbols();
        if matches!(language.shape, Shape::Programs(_)) || symbols.len() > 64 {
            return Ok(None);
        }
        if let Some(parts) = language.spec.parts()?
            && let Some(found) = Self::of_parts(parts, tokens)?
        {
            return Ok(Some(found));
        }
        let cheats = cheats(&language.alphabet, tokens);
        let texts = |count, seed| joint_texts(&*model.exact, count, seed);
        let training = match language.all_texts() {
            Some(all) => all,
            None => texts(LETTERS.div_ceil(tokens), OWN),
        };
        let training = training.into_iter().map(|token| token as u8).collect();
        let judge = Judge::new(training, tokens, symbols, JUDGE_ORDER)?;
        let real_name = match language.spec {
            LanguageSpec::Words(_) => "words of the list",
            _ => "texts of the language",
        };
        Ok(Some(Self { judge, real_name, real: texts(REAL, OWN + 1), cheats }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::language::Summary;
    use crate::flow::SequenceSource;

    #[test]
    fn languages_have_a_judge_that_knows_about_their_entropy_and_programs_have_none() {
        let model = |spec: &str| {
            TextModel::load(&spec.parse().expect("a language"), None, SequenceSource::Mask).expect("a model")
        };
        let sums = model("sums");
        let found = TextJudge::of(&sums).expect("no file").expect("a judge");
        let texts: Vec<&[u16]> = found.real.chunks(64).collect();
        let summary = Summary::of(&found.judge.measures(&texts));
        // 1.46 bits a token are what one who knows all needs.
        assert!((1.46..2.0).contains(&summary.bits.mean), "{summary:?}");
        assert!(found.cheats.is_empty() && summary.known_words.is_none());
        assert!(TextJudge::of(&model("programs")).expect("no file").is_none());
        assert_eq!(TextJudge::of(&model("words")).expect("no file").expect("a judge").cheats.len(), 0);
    }
}
