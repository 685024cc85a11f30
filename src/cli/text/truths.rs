//! What is counted of texts that can be true, or run, as several commands report it.

use crate::data::language::{Alphabet, LanguageSpec, TextSource, programs, true_statements};
use serde::Serialize;

/// What there is to be counted of texts of a language.
#[derive(Serialize)]
pub struct Truths {
    #[serde(flatten)]
    sums: Option<Sums>,
    #[serde(flatten)]
    programs: Option<Ran>,
}

#[derive(Serialize)]
struct Sums {
    statements: usize,
    true_statements: usize,
}

#[derive(Serialize)]
struct Ran {
    compiles: f64,
    pass: f64,
}

impl Truths {
    /// Of texts of `source`; those of `tokens` tokens may be cut off at their end.
    pub fn of(source: &TextSource, (alphabet, tokens): (&Alphabet, usize), texts: &[&[u16]]) -> Self {
        let is = |spec: LanguageSpec| *source == TextSource::Language(spec);
        let share = |count: usize| count as f64 / texts.len().max(1) as f64;
        Self {
            sums: is(LanguageSpec::Sums).then(|| {
                let each =
                    texts.iter().map(|text| true_statements(&alphabet.write(text), text.len() != tokens));
                let (statements, right) = each.fold((0, 0), |sum, of| (sum.0 + of.0, sum.1 + of.1));
                Sums { statements, true_statements: right }
            }),
            programs: is(LanguageSpec::Programs).then(|| {
                let ran: Vec<_> = texts.iter().map(|text| programs::judged(text)).collect();
                Ran {
                    compiles: share(ran.iter().filter(|ran| ran.is_some()).count()),
                    pass: share(ran.iter().filter(|ran| **ran == Some(true)).count()),
                }
            }),
        }
    }

    /// A line for each, with the end of a line before it.
    pub fn in_words(&self) -> String {
        let mut text = String::new();
        if let Some(sums) = &self.sums {
            text +=
                &format!("\n{} of {} complete statements are true", sums.true_statements, sums.statements);
        }
        if let Some(ran) = &self.programs {
            let [compiles, pass] = [ran.compiles, ran.pass].map(|share| format!("{:.1}%", 100.0 * share));
            text += &format!("\n{compiles} run, {pass} do what their examples say");
        }
        text
    }
}
