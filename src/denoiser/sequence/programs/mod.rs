//! The exact posterior of programs with examples: all programs are looked at, their three inputs by running sums
//! (math.md 15.5).

mod semiring;
#[cfg(test)]
mod tests;

use super::table::{Posterior, Table};
use super::{Emissions, ExactDenoiser, SequenceAnswer, SequenceDenoiser, SequenceError, check_batch};
use crate::flow::categorical::{cumulative, index_at};
use crate::flow::sequence::programs::{
    BODY_AT, DOC, EXAMPLE, EXAMPLES, INPUTS, ProgramTable, TOKENS, triples,
};
use crate::flow::{Kappa, SequenceSource};
use rayon::prelude::*;
use semiring::{Weight, Wrong};
use std::sync::Arc;

/// How many triples of inputs there are.
const TRIPLES: f64 = 120.0;

/// The flow from noise to the texts of programs.
#[derive(Clone, Debug)]
pub struct ProgramDenoiser {
    table: Arc<ProgramTable>,
    /// Those of them that have the given tokens: the others weigh nothing. All where nothing is given.
    fitting: Arc<ProgramTable>,
    source: SequenceSource,
    given: Option<Arc<[Option<u16>]>>,
}

impl ProgramDenoiser {
    /// Of all of `table`, whose weights add up to 1.
    pub fn new(table: Arc<ProgramTable>, source: SequenceSource) -> Self {
        Self { fitting: table.clone(), table, source, given: None }
    }

    /// The flow to those texts alone that have the `given` tokens \[48\].
    ///
    /// # Errors
    /// If they are not 48, one is not below K, or no text has them.
    pub fn with_given(self, given: Vec<Option<u16>>) -> Result<Self, SequenceError> {
        let k = self.values();
        if given.len() != TOKENS {
            return Err(SequenceError::Batch { given: given.len(), sequences: 1, tokens: TOKENS });
        }
        if let Some(at) = given.iter().position(|token| token.is_some_and(|token| usize::from(token) >= k)) {
            return Err(SequenceError::value(at, TOKENS, given[at].unwrap_or_default(), k));
        }
        let state: Vec<u16> = given.iter().map(|token| token.unwrap_or(k as u16)).collect();
        let seen = Emissions::of(&state, None, SequenceSource::Mask, k, Kappa::END);
        let e = |token: usize, value: usize| seen.of_token(token)[value];
        let fitting = self.table.only(|program| self.weight(&self.table, program, &e) > 0.0);
        if fitting.is_empty() {
            return Err(SequenceError::Contradiction { wrong: self.distance(&state) });
        }
        Ok(Self { fitting: Arc::new(fitting), given: Some(given.into()), ..self })
    }

    /// How many programs have the given tokens.
    pub fn fitting(&self) -> usize {
        self.fitting.len()
    }

    /// The programs.
    pub fn table(&self) -> &Arc<ProgramTable> {
        &self.table
    }

    /// e of a state \[48\] at κ.
    pub fn emissions(&self, state: &[u16], kappa: Kappa) -> Emissions {
        Emissions::of(state, self.given.as_deref(), self.source, self.values(), kappa)
    }

    /// What is known from any emissions, each \[48, K\].
    pub fn posterior(&self, emissions: &[Emissions]) -> Posterior {
        let each: Vec<(Vec<f64>, f64, usize)> = emissions.par_iter().map(|e| self.of_one(e)).collect();
        let mut all = Posterior { p: Vec::new(), log_probability: Vec::new(), wrong: Vec::new() };
        for (p, log, wrong) in each {
            all.p.extend(p);
            all.log_probability.push(log);
            all.wrong.push(wrong);
        }
        all
    }

    /// p, ln of the probability and how many tokens are wrong, of one state.
    fn of_one(&self, e: &Emissions) -> (Vec<f64>, f64, usize) {
        let k = self.values();
        let (sums, total) = self.sum(&self.fitting, &|token, value| e.of_token(token)[value]);
        if total > 0.0 {
            return (normal(&sums, k), (total / TRIPLES).ln(), 0);
        }
        let (sums, total) = self.sum(&self.fitting, &|token, value| self.wrong(e, token, value));
        let kept = |sum: &Wrong| if sum.tokens == total.tokens { sum.weight } else { 0.0 };
        let sums: Vec<f64> = sums.iter().map(kept).collect();
        (normal(&sums, k), f64::NEG_INFINITY, total.tokens.into())
    }

    /// Whether a value is a wrong token: what is given is certain, and never wrong.
    fn wrong(&self, e: &Emissions, token: usize, value: usize) -> Wrong {
        let found = Wrong::token(e.of_token(token)[value]);
        let is_given = self.given.as_ref().is_some_and(|given| given[token].is_some());
        if is_given && found.tokens > 0 { Wrong::ZERO } else { found }
    }

    /// The weight of all texts of a table by token and value, \[48, K\], and of all together.
    fn sum<W: Weight>(&self, table: &ProgramTable, e: &impl Fn(usize, usize) -> W) -> (Vec<W>, W) {
        let k = self.values();
        let mut sums = vec![W::ZERO; TOKENS * k];
        let mut all = W::ZERO;
        let digits = self.digits(e);
        let fixed = self.fixed_weight(e);
        for program in 0..table.len() {
            let own = self.own(table, program, e, fixed);
            if own.is_zero() {
                continue;
            }
            let by_input = by_inputs(table.output(program), &digits, own);
            let total = by_input[0].iter().fold(W::ZERO, |sum, w| sum.plus(*w));
            if total.is_zero() {
                continue;
            }
            all = all.plus(total);
            let mut add = |token: usize, value: u8, weight: W| {
                let sum = &mut sums[token * k + usize::from(value)];
                *sum = sum.plus(weight);
            };
            table.doc(program).iter().enumerate().for_each(|(n, &value)| add(n, value, total));
            table.body(program).iter().enumerate().for_each(|(n, &value)| add(BODY_AT + n, value, total));
            for (n, by_input) in by_input.iter().enumerate() {
                let at = DOC + n * EXAMPLE;
                for ((x, &weight), &output) in (0..).zip(by_input).zip(table.output(program)) {
                    if !weight.is_zero() {
                        add(at + 1, x, weight);
                        add(at + 3, output / 10, weight);
                        add(at + 4, output % 10, weight);
                    }
                }
            }
        }
        for (token, value) in table.fixed() {
            sums[token * k + usize::from(value)] = all;
        }
        (sums, all)
    }

    /// The weight of all texts of a program of a table.
    fn weight<W: Weight>(&self, table: &ProgramTable, program: usize, e: &impl Fn(usize, usize) -> W) -> W {
        let own = self.own(table, program, e, self.fixed_weight(e));
        if own.is_zero() {
            return own;
        }
        let by_input = by_inputs(table.output(program), &self.digits(e), own);
        by_input[0].iter().fold(W::ZERO, |sum, w| sum.plus(*w))
    }

    /// e of the tokens that all texts have.
    fn fixed_weight<W: Weight>(&self, e: &impl Fn(usize, usize) -> W) -> W {
        self.table.fixed().fold(W::ONE, |product, (token, value)| product.times(e(token, value.into())))
    }

    /// The weight of a program without its examples.
    fn own<W: Weight>(
        &self,
        table: &ProgramTable,
        program: usize,
        e: &impl Fn(usize, usize) -> W,
        fixed: W,
    ) -> W {
        let mut own = fixed.scaled(table.weights[program]);
        let tokens = (BODY_AT..).zip(table.body(program)).chain((0..).zip(table.doc(program)));
        for (token, &value) in tokens {
            if own.is_zero() {
                return own;
            }
            own = own.times(e(token, value.into()));
        }
        own
    }

    /// e of every input, and of tens and ones of every output, by example.
    fn digits<W: Weight>(&self, e: &impl Fn(usize, usize) -> W) -> Vec<Digits<W>> {
        let of = |token: usize| std::array::from_fn(|value| e(token, value));
        let at = |n: usize| DOC + n * EXAMPLE;
        (0..EXAMPLES)
            .map(|n| Digits { input: of(at(n) + 1), tens: of(at(n) + 3), ones: of(at(n) + 4) })
            .collect()
    }
}

/// e of the three tokens of an example that vary.
struct Digits<W> {
    input: [W; INPUTS],
    tens: [W; 10],
    ones: [W; 10],
}

/// The weight of all triples in which example n has input x, \[3, 10\], times `own`: what lies below is added up from the
/// left, what lies above from the right.
fn by_inputs<W: Weight>(output: &[u8], digits: &[Digits<W>], own: W) -> [[W; INPUTS]; EXAMPLES] {
    let f: [[W; INPUTS]; EXAMPLES] = std::array::from_fn(|n| {
        std::array::from_fn(|x| {
            let y = usize::from(output[x]);
            digits[n].input[x].times(digits[n].tens[y / 10]).times(digits[n].ones[y % 10])
        })
    });
    let below = |f: [W; INPUTS]| {
        let mut sum = W::ZERO;
        f.map(|f| {
            let before = sum;
            sum = sum.plus(f);
            before
        })
    };
    let above = |f: [W; INPUTS]| {
        let mut sums = [W::ZERO; INPUTS];
        for x in (0..INPUTS - 1).rev() {
            sums[x] = sums[x + 1].plus(f[x + 1]);
        }
        sums
    };
    let product = |a: [W; INPUTS], b: [W; INPUTS]| std::array::from_fn(|x| a[x].times(b[x]));
    let first: [W; INPUTS] = below(f[0]);
    let second: [W; INPUTS] = below(product(f[1], first));
    let third: [W; INPUTS] = above(f[2]);
    let later: [W; INPUTS] = above(product(f[1], third));
    let all: [[W; INPUTS]; EXAMPLES] =
        [product(f[0], later), product(f[1], product(first, third)), product(f[2], second)];
    all.map(|of| of.map(|weight| weight.times(own)))
}

/// Rows of K scaled to sums of 1.
fn normal(sums: &[f64], k: usize) -> Vec<f64> {
    let row = |row: &[f64]| {
        let total = row.iter().sum::<f64>().max(f64::MIN_POSITIVE);
        row.iter().map(|p| p / total).collect::<Vec<_>>()
    };
    sums.chunks_exact(k).flat_map(row).collect()
}

impl SequenceDenoiser for ProgramDenoiser {
    fn tokens(&self) -> usize {
        TOKENS
    }

    fn values(&self) -> usize {
        self.table.values
    }

    fn source(&self) -> SequenceSource {
        self.source
    }

    fn ask(&self, states: &[u16], kappas: &[Kappa]) -> anyhow::Result<Box<dyn SequenceAnswer>> {
        Ok(Box::new(Table::of_posterior(self, states, self.posteriors(states, kappas)?)))
    }
}

impl ExactDenoiser for ProgramDenoiser {
    fn posteriors(&self, states: &[u16], kappas: &[Kappa]) -> Result<Posterior, SequenceError> {
        check_batch(self, states, kappas)?;
        let each = states.chunks_exact(TOKENS).zip(kappas);
        let emissions: Vec<Emissions> = each.map(|(state, &kappa)| self.emissions(state, kappa)).collect();
        Ok(self.posterior(&emissions))
    }

    fn distance(&self, state: &[u16]) -> usize {
        let kappa = Kappa::END;
        let seen = Emissions::of(state, None, SequenceSource::Mask, self.values(), kappa);
        usize::from(self.sum(&self.table, &|token, value| Wrong::token(seen.of_token(token)[value])).1.tokens)
    }

    fn log_probability(&self, state: &[u16], kappa: Option<Kappa>) -> f64 {
        let e = self.emissions(state, kappa.unwrap_or(Kappa::START));
        let total = self.sum(&self.fitting, &|token, value| e.of_token(token)[value]).1;
        super::with_kappa((total / TRIPLES).ln(), (state, self.values()), self.source, kappa)
    }

    fn joint(&self, state: &[u16], kappa: Kappa, uniform: &mut dyn FnMut() -> f64) -> Vec<u16> {
        let e = self.emissions(state, kappa);
        let plain = |token: usize, value: usize| e.of_token(token)[value];
        let wrong = |token: usize, value: usize| self.wrong(&e, token, value);
        let plainly = cumulative((0..self.fitting.len()).map(|n| self.weight(&self.fitting, n, &plain)));
        let possible = plainly.last().is_some_and(|total| *total > 0.0);
        let least = if possible { 0 } else { self.sum(&self.fitting, &wrong).1.tokens };
        let weigh = |found: Wrong| if found.tokens == least { found.weight } else { 0.0 };
        let table = &self.fitting;
        let sums = match possible {
            true => plainly,
            false => cumulative((0..table.len()).map(|program| weigh(self.weight(table, program, &wrong)))),
        };
        let program = index_at(&sums, uniform());
        let all: Vec<[usize; EXAMPLES]> = triples().collect();
        let inputs = |inputs: &[usize; EXAMPLES]| {
            let text = table.text(program, *inputs);
            let each = text.iter().enumerate().map(|(token, &value)| wrong(token, value.into()));
            let found = each.fold(Wrong::ONE, Wrong::times);
            weigh(found)
        };
        let at = index_at(&cumulative(all.iter().map(inputs)), uniform());
        table.text(program, all[at])
    }
}
