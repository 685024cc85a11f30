//! Who judges texts of a language beside the language itself, and what the texts are compared with.

use super::TextModel;
use crate::data::DataError;
use crate::data::language::{Alphabet, JUDGE_ORDER, Judge, LanguageSpec, TextSource, cheats};
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
    /// The judge of texts of `tokens` tokens in the symbols of `alphabet`: trained on the text that they are letters of, or where
    /// there is none on texts of the language, which `exact` is the denoiser of, with a mask source and nothing given. None of
    /// programs, which are run, of more than 64 symbols, and of a text that now has others.
    ///
    /// # Errors
    /// If the text can't be read.
    pub fn of(
        source: &TextSource,
        (alphabet, tokens): (&Alphabet, usize),
        exact: Option<&TextModel>,
    ) -> Result<Option<Self>, DataError> {
        let symbols = alphabet.symbols();
        if *source == TextSource::Language(LanguageSpec::Programs) || symbols.len() > 64 {
            return Ok(None);
        }
        let cheats = cheats(alphabet, tokens);
        if let Some(parts) = source.parts()?.filter(|parts| parts.alphabet.symbols() == symbols) {
            let real = parts.held_out_texts(tokens, REAL);
            if !real.is_empty() {
                let judge = Judge::new(parts.training, usize::MAX, symbols, JUDGE_ORDER)?;
                return Ok(Some(Self { judge, real_name: "text held out", real, cheats }));
            }
        }
        let Some(model) = exact else { return Ok(None) };
        let texts = |count, seed| joint_texts(&*model.exact, count, seed);
        let training = match model.language.all_texts() {
            Some(all) => all,
            None => texts(LETTERS.div_ceil(tokens), OWN),
        };
        let training = training.into_iter().map(|token| token as u8).collect();
        let judge = Judge::new(training, tokens, symbols, JUDGE_ORDER)?;
        let real_name = match model.language.spec {
            LanguageSpec::Words(_) => "words of the list",
            _ => "texts of the language",
        };
        Ok(Some(Self { judge, real_name, real: texts(REAL, OWN + 1), cheats }))
    }

    /// That of a language that is known exactly.
    ///
    /// # Errors
    /// If its text can't be read.
    pub fn of_model(model: &TextModel) -> Result<Option<Self>, DataError> {
        let language = &model.language;
        let source = TextSource::Language(language.spec.clone());
        Self::of(&source, (&language.alphabet, language.tokens), Some(model))
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
        let found = TextJudge::of_model(&sums).expect("no file").expect("a judge");
        let texts: Vec<&[u16]> = found.real.chunks(64).collect();
        let summary = Summary::of(&found.judge.measures(&texts));
        // 1.46 bits a token are what one who knows all needs; four letters do not say what was to be added.
        assert!((1.8..2.5).contains(&summary.bits.mean), "{summary:?}");
        assert!(summary.known_words.is_none());
        // The same statement over and over is likelier than true ones.
        let [(name, cheat)] = &found.cheats[..] else { panic!("one of statements") };
        let cheating = Summary::of(&found.judge.measures(&[cheat.as_slice()]));
        assert!(*name == "10+10=20" && cheating.bits.mean < summary.bits.mean - 0.2, "{cheating:?}");
        assert!(TextJudge::of_model(&model("programs")).expect("no file").is_none());
        assert_eq!(TextJudge::of_model(&model("words")).expect("no file").expect("a judge").cheats.len(), 0);
    }
}
