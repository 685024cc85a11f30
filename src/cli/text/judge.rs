//! What the judge of a language says of texts, as `eval text` reports it.

use crate::data::language::{JUDGE_ORDER, REPEATED, Summary};
use crate::experiment::text::TextJudge;
use serde::Serialize;

/// What it says.
#[derive(Serialize)]
pub struct JudgeReport {
    order: usize,
    letters: usize,
    #[serde(flatten)]
    texts: Judged,
    references: Vec<Reference>,
}

/// Of some texts.
#[derive(Serialize)]
struct Judged {
    bits: f64,
    bits_error: Option<f64>,
    token_entropy: f64,
    token_entropy_error: Option<f64>,
    distinct_8grams: f64,
    known_words: Option<f64>,
    copied: f64,
    longest_copy: usize,
}

/// Of texts to compare with.
#[derive(Serialize)]
struct Reference {
    name: String,
    #[serde(flatten)]
    texts: Judged,
}

impl Judged {
    fn of(judge: &TextJudge, texts: &[&[u16]]) -> Self {
        let Summary { bits, entropy, distinct, known_words, copied } =
            Summary::of(&judge.judge.measures(texts));
        let known = |error: f64| error.is_finite().then_some(error);
        Self {
            bits: bits.mean,
            bits_error: known(bits.error),
            token_entropy: entropy.mean,
            token_entropy_error: known(entropy.error),
            distinct_8grams: distinct,
            known_words,
            copied: copied.0.mean,
            longest_copy: copied.1,
        }
    }
}

impl JudgeReport {
    /// Of texts, beside real ones and those that cheat.
    pub fn of(judge: &TextJudge, texts: &[&[u16]], tokens: usize) -> Self {
        let real: Vec<&[u16]> = judge.real.chunks(tokens).collect();
        let cheats =
            judge.cheats.iter().map(|(name, text)| (format!("\"{name}\" over and over"), vec![&text[..]]));
        let all = std::iter::once((judge.real_name.to_owned(), real)).chain(cheats);
        let references =
            all.map(|(name, texts)| Reference { name, texts: Judged::of(judge, &texts) }).collect();
        Self {
            order: JUDGE_ORDER,
            letters: judge.judge.trained_on(),
            texts: Judged::of(judge, texts),
            references,
        }
    }

    /// As a table.
    pub fn in_words(&self) -> String {
        let mut text = format!(
            "{}-gram judge of {} letters            bits a letter  token entropy  {REPEATED}-grams once  known words  longest copy",
            self.order, self.letters
        );
        let own = std::iter::once(("these texts", &self.texts));
        let rows = own.chain(self.references.iter().map(|other| (other.name.as_str(), &other.texts)));
        let width = text.find("bits a letter").unwrap_or(0);
        for (name, of) in rows {
            let error = of.bits_error.map_or_else(String::new, |error| format!(" ± {error:.3}"));
            let known =
                of.known_words.map_or_else(|| "-".to_owned(), |share| format!("{:.1}%", 100.0 * share));
            text += &format!(
                "\n{name:<width$}{:<13}  {:<13.3}  {:<12}  {known:<11}  {:.1}, at most {}",
                format!("{:.3}{error}", of.bits),
                of.token_entropy,
                format!("{:.1}%", 100.0 * of.distinct_8grams),
                of.copied,
                of.longest_copy
            );
        }
        text
    }
}
