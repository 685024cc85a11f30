//! The exact posterior of a language that is an automaton: a perfect denoiser (math.md 15).
//!
//! Forward and backward through the automaton give p_{1|t} of every token, ln p_t of the state and draws of whole texts, in
//! time proportional to its edges, on any path: the path is in the [`Emissions`] alone. Where no text fits, those with the
//! fewest wrong tokens stand in, and their number is the state's distance from the language.

mod fewest;
mod joint;
mod pass;
#[cfg(test)]
mod tests;

use super::table::{Posterior, Table};
use super::{Emissions, ExactDenoiser, SequenceAnswer, SequenceDenoiser, SequenceError, check_batch};
use crate::flow::sequence::Automaton;
use crate::flow::{Kappa, SequenceSource, vectorized};
use fewest::{Gate, NEVER};
use pass::{LANES, Open, Opens, Pass, Weights};
use rayon::prelude::*;
use std::sync::{Arc, Mutex, PoisonError};

/// Most states times tokens: a pass may keep 64 bytes of each.
const MOST: usize = 1 << 23;

/// The flow from noise to the texts of N tokens of an automaton.
#[derive(Clone, Debug)]
pub struct AutomatonDenoiser {
    language: Arc<Automaton>,
    tokens: usize,
    source: SequenceSource,
    given: Option<Arc<[Option<u16>]>>,
    /// ln of what all texts weigh together.
    total: f64,
    is_stochastic: bool,
    /// What passes worked in before: 100 MB for a large language, which take long to be had anew.
    passes: Arc<Mutex<Vec<Pass<LANES>>>>,
}

impl AutomatonDenoiser {
    /// Of the texts of `tokens` = N tokens.
    ///
    /// # Errors
    /// If the language has no text of so many tokens, or S N is above 8,388,608.
    pub fn new(
        language: Arc<Automaton>,
        tokens: usize,
        source: SequenceSource,
    ) -> Result<Self, SequenceError> {
        let states = language.states();
        if states.checked_mul(tokens).is_none_or(|all| all > MOST) {
            return Err(SequenceError::Large { states, tokens, most: MOST });
        }
        let total = if tokens == 0 { f64::NEG_INFINITY } else { language.log_total(tokens) };
        if total == f64::NEG_INFINITY {
            return Err(SequenceError::NoText { tokens });
        }
        let is_stochastic = language.is_stochastic();
        Ok(Self { language, tokens, source, given: None, total, is_stochastic, passes: Arc::default() })
    }

    /// The flow to those texts alone that have the `given` tokens \[N\]: a prompt, or anything around what is to be filled in.
    ///
    /// # Errors
    /// If they are not N, one is not below K, or no text of the language has them.
    pub fn with_given(self, given: Vec<Option<u16>>) -> Result<Self, SequenceError> {
        let (n, k) = (self.tokens, self.values());
        if given.len() != n {
            return Err(SequenceError::Batch { given: given.len(), sequences: 1, tokens: n });
        }
        if let Some(at) = given.iter().position(|token| token.is_some_and(|token| usize::from(token) >= k)) {
            return Err(SequenceError::value(at, n, given[at].unwrap_or_default(), k));
        }
        let state: Vec<u16> = given.iter().map(|token| token.unwrap_or(k as u16)).collect();
        match self.distance(&state) {
            0 => Ok(Self { given: Some(given.into()), ..self }),
            wrong => Err(SequenceError::Contradiction { wrong }),
        }
    }

    /// The language.
    pub fn language(&self) -> &Arc<Automaton> {
        &self.language
    }

    /// e of a state \[N\] at κ.
    pub fn emissions(&self, state: &[u16], kappa: Kappa) -> Emissions {
        Emissions::of(state, self.given.as_deref(), self.source, self.values(), kappa)
    }

    /// What is known from any emissions, each \[N, K\]. The same whatever else is asked in the same batch.
    pub fn posterior(&self, emissions: &[Emissions]) -> Posterior {
        let few = emissions.len() < LANES / 2;
        let found: Vec<Posterior> = if few {
            let each = emissions.par_chunks(1);
            each.map_init(|| Pass::<1>::new(&self.language), |pass, one| self.lanes(pass, one)).collect()
        } else {
            let of = |some: &[Emissions]| {
                let kept = || self.passes.lock().unwrap_or_else(PoisonError::into_inner);
                let mut pass = kept().pop().unwrap_or_else(|| Pass::new(&self.language));
                let found = self.lanes(&mut pass, some);
                kept().push(pass);
                found
            };
            emissions.par_chunks(LANES).map(of).collect()
        };
        let mut all = Posterior { p: Vec::new(), log_probability: Vec::new(), wrong: Vec::new() };
        for found in found {
            all.p.extend(found.p);
            all.log_probability.extend(found.log_probability);
            all.wrong.extend(found.wrong);
        }
        all
    }

    /// Of at most `W` sequences.
    fn lanes<const W: usize>(&self, pass: &mut Pass<W>, emissions: &[Emissions]) -> Posterior {
        let (n, k, count) = (self.tokens, self.values(), emissions.len());
        let mut posterior =
            Posterior { p: vec![0.0; count * n * k], log_probability: Vec::new(), wrong: vec![0; count] };
        // Empty lanes repeat the last sequence.
        let e =
            |lane: usize, token: usize, value: usize| emissions[lane.min(count - 1)].of_token(token)[value];
        let weights = Weights::<W>::new(n, k, e);
        let logs = vectorized!(pass.forward(&self.language, &weights, &Open));
        posterior.log_probability.extend(logs[..count].iter().map(|log| {
            let log = log - self.total;
            if log.is_nan() { f64::NEG_INFINITY } else { log }
        }));
        let possible: [bool; W] = std::array::from_fn(|lane| logs[lane].is_finite());
        if possible.contains(&true) {
            self.fill(pass, (&weights, &Open), possible, &mut posterior);
        }
        if possible[..count].contains(&false) {
            let cost =
                |lane: usize, token: usize, value: usize| self.cost(token, value, e(lane, token, value));
            let gate = vectorized!(Gate::<W>::new(&self.language, n, cost));
            let soft = Weights::<W>::new(n, k, |lane, token, value| match e(lane, token, value) {
                0.0 => 1.0,
                e => e,
            });
            vectorized!(pass.forward(&self.language, &soft, &gate));
            self.fill(pass, (&soft, &gate), possible.map(|possible| !possible), &mut posterior);
            for (lane, wrong) in posterior.wrong.iter_mut().enumerate().filter(|(lane, _)| !possible[*lane]) {
                *wrong = gate.least()[lane].unwrap_or(n);
            }
        }
        posterior
    }

    /// How many wrong tokens a value is whose emission is `e`: what is given is certain, and never wrong.
    #[inline(always)]
    fn cost(&self, token: usize, value: usize, e: f64) -> u16 {
        match self.given.as_ref().and_then(|given| given[token]) {
            None => u16::from(e == 0.0),
            Some(given) if usize::from(given) == value => 0,
            Some(_) => NEVER,
        }
    }

    /// Writes the posterior of some lanes after a forward pass.
    fn fill<const W: usize>(
        &self,
        pass: &mut Pass<W>,
        (weights, gate): (&Weights<W>, &impl Opens<W>),
        lanes: [bool; W],
        posterior: &mut Posterior,
    ) {
        let (n, k, count) = (self.tokens, self.values(), posterior.wrong.len());
        let p = &mut posterior.p;
        let found = |token: usize, r: &[[f64; W]]| {
            for lane in (0..count).filter(|lane| lanes[*lane]) {
                let p = &mut p[(lane * n + token) * k..][..k];
                let mut sum = 0.0;
                for ((p, r), e) in p.iter_mut().zip(r).zip(weights.e(token)) {
                    *p = r[lane] * e[lane];
                    sum += *p;
                }
                let sum = sum.max(f64::MIN_POSITIVE);
                p.iter_mut().for_each(|p| *p /= sum);
            }
        };
        vectorized!(pass.backward(&self.language, weights, gate, found));
    }
}

/// e with 1 in place of 0: what is wrong is counted elsewhere.
fn softened(tokens: usize, values: usize, e: impl Fn(usize, usize) -> f64) -> Emissions {
    let each = (0..tokens * values).map(|at| match e(at / values, at % values) {
        0.0 => 1.0,
        e => e,
    });
    Emissions::new(each.collect(), values)
}

impl SequenceDenoiser for AutomatonDenoiser {
    fn tokens(&self) -> usize {
        self.tokens
    }

    fn values(&self) -> usize {
        self.language.values()
    }

    fn source(&self) -> SequenceSource {
        self.source
    }

    fn ask(&self, states: &[u16], kappas: &[Kappa]) -> anyhow::Result<Box<dyn SequenceAnswer>> {
        Ok(Box::new(Table::of_posterior(self, states, self.posteriors(states, kappas)?)))
    }
}

impl ExactDenoiser for AutomatonDenoiser {
    fn posteriors(&self, states: &[u16], kappas: &[Kappa]) -> Result<Posterior, SequenceError> {
        check_batch(self, states, kappas)?;
        let each = states.chunks_exact(self.tokens).zip(kappas);
        let emissions: Vec<Emissions> = each.map(|(state, &kappa)| self.emissions(state, kappa)).collect();
        Ok(self.posterior(&emissions))
    }

    fn distance(&self, state: &[u16]) -> usize {
        let k = self.values();
        let seen = |token: usize| usize::from(state[token]);
        let gate = vectorized!(Gate::<1>::new(&self.language, self.tokens, |_, token, value| {
            u16::from(seen(token) < k && seen(token) != value)
        }));
        gate.least()[0].unwrap_or(self.tokens)
    }

    fn log_probability(&self, state: &[u16], kappa: Option<Kappa>) -> f64 {
        let at = kappa.unwrap_or(Kappa::START);
        let pass = &mut Pass::<1>::new(&self.language);
        let weights = joint::weights(&self.emissions(state, at));
        let log = vectorized!(pass.forward(&self.language, &weights, &Open))[0] - self.total;
        super::with_kappa(log, (state, self.values()), self.source, kappa)
    }

    fn joint(&self, state: &[u16], kappa: Kappa, uniform: &mut dyn FnMut() -> f64) -> Vec<u16> {
        let says_nothing = self.given.is_none()
            && self.source == SequenceSource::Mask
            && state.iter().all(|x| usize::from(*x) >= self.values());
        if says_nothing
            && self.is_stochastic
            && let Some(text) = self.language.sample(self.tokens, &mut *uniform)
        {
            return text;
        }
        let emissions = self.emissions(state, kappa);
        let pass = &mut Pass::<1>::new(&self.language);
        let log = vectorized!(pass.forward(&self.language, &joint::weights(&emissions), &Open))[0];
        let found = if log.is_finite() {
            joint::draw(&self.language, pass, (&emissions, &Open), uniform)
        } else {
            let (n, k) = (self.tokens, self.values());
            let e = |token: usize, value: usize| emissions.of_token(token)[value];
            let cost = |_: usize, token: usize, value: usize| self.cost(token, value, e(token, value));
            let gate = Gate::<1>::new(&self.language, n, cost);
            let soft = softened(n, k, e);
            let weights = joint::weights(&soft);
            vectorized!(pass.forward(&self.language, &weights, &gate));
            joint::draw(&self.language, pass, (&soft, &gate), uniform)
        };
        // A language that has no text was refused in the beginning.
        found.unwrap_or_default()
    }
}
