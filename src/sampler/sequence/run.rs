//! The loop that walks sequences from noise to data: what moves is decided first, so that the denoiser is asked only
//! about sequences in which something is drawn. The last step is forced.

use super::maskgit::Round;
use super::moves::{Move, MoveOdds, of_token};
use super::numbers::Numbers;
use super::{Given, SequenceConfig, SequenceMethod};
use crate::denoiser::sequence::{BatchAnswer, Place, SequenceDenoiser};
use crate::flow::categorical::even_index_at;
use crate::flow::{Kappa, Scheduler, SequenceSource};
use crate::random::Purpose;
use crate::sampler::walk::grid_spans;
use crate::sampler::{SamplerError, Span};
use rayon::prelude::*;
use std::ops::ControlFlow;

/// What is sampled and how.
#[derive(Clone, Copy)]
pub struct SequenceSetup<'a> {
    /// Who answers; it says how many tokens there are, and where they start.
    pub denoiser: &'a dyn SequenceDenoiser,
    /// The sampler.
    pub config: SequenceConfig,
    /// B, how many sequences.
    pub count: usize,
    /// The number of the first one. A sequence's random numbers are a function of its number: runs of 0..8 and of 8..16
    /// give what one of 0..16 does.
    pub first: u32,
    /// Tokens that are kept at every step.
    pub given: Option<&'a Given>,
}

/// Where a run is: told before every step and once at the end.
#[derive(Clone, Copy)]
pub struct SequenceMoment<'a> {
    /// Steps in all; those done are in the summary.
    pub total: usize,
    /// The time of the states.
    pub t: f64,
    /// κ there; MaskGIT's is the cosine's.
    pub kappa: Kappa,
    /// All sequences, \[B, N\].
    pub states: &'a [u16],
    /// The share of the tokens not given that are no masks; none with a source that has no mask.
    pub revealed: Option<f64>,
    /// What the denoiser answered about the sequences `asked`, in their order. None at the end, and where no token is
    /// drawn. About the others an earlier answer still holds, but for tokens that were re-noised since.
    pub answer: Option<&'a dyn BatchAnswer>,
    /// Which sequences of the run, from 0.
    pub asked: &'a [usize],
    /// What happened up to here, without this moment's question.
    pub summary: SequenceSummary,
}

/// What a run, or the part of it so far, did and cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SequenceSummary {
    /// Steps done.
    pub steps: usize,
    /// How many sequences.
    pub sequences: usize,
    /// Passes of the denoiser, added up over the sequences: one for every step in which something is drawn in a
    /// sequence, two with guidance, and the forced last step among them (math.md 10).
    pub passes: usize,
    /// Tokens that took a draw from the denoiser.
    pub drawn: usize,
    /// Tokens that took a draw from the source, on their way back.
    pub renoised: usize,
    /// Tokens whose value changed in a step, added up over the steps.
    pub changed: usize,
    /// Questions about sequences that no datum can have led to, where the denoiser can tell.
    pub off_support: usize,
    /// False when the observer broke off.
    pub finished: bool,
}

impl SequenceSummary {
    /// NFE: passes a sequence, on average.
    pub fn mean_passes(self) -> f64 {
        self.passes as f64 / self.sequences.max(1) as f64
    }
}

/// A run that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SequenceRun {
    /// All sequences, \[B, N\]; without masks if it finished.
    pub states: Vec<u16>,
    /// What it did.
    pub summary: SequenceSummary,
}

/// What is decided about a sequence before anything is asked.
#[derive(Clone, Debug, Default)]
struct Plan {
    /// Tokens that may be drawn, in order.
    draw: Vec<u32>,
    /// Tokens that are re-noised, in order.
    noise: Vec<u32>,
    /// How many of `draw` stay drawn: all, but for MaskGIT, and as far as is known before the surest ones are found.
    keep: usize,
}

/// Tokens of a sequence that take a draw, and their values.
type Chosen = Vec<(u32, u16)>;

/// What a step did to a sequence.
#[derive(Clone, Copy, Debug, Default)]
struct Done {
    drawn: usize,
    renoised: usize,
    changed: usize,
}

/// Walks `setup.count` sequences from t = 0 to t = 1. `observe` sees the states before each step and at the end, and may
/// break off.
///
/// The result depends on neither the number of threads nor how a batch is split, as long as the denoiser's answers don't.
///
/// # Errors
/// On settings out of range or without meaning for the denoiser's source, given tokens that do not fit, or a denoiser
/// that fails.
pub fn run_sequences(
    setup: SequenceSetup<'_>,
    mut observe: impl FnMut(&SequenceMoment<'_>) -> ControlFlow<()>,
) -> Result<SequenceRun, SamplerError> {
    let walk = Walk::new(setup)?;
    let mut states = walk.start();
    let mut summary = SequenceSummary { sequences: setup.count, ..SequenceSummary::default() };
    for (step, &span) in walk.spans.iter().enumerate() {
        let kappa = walk.scheduler.at(span.t);
        let plans = walk.plans(&states, step, span);
        let asked: Vec<usize> = (0..setup.count).filter(|&b| plans[b].keep > 0).collect();
        let answer = walk.ask(&states, &asked, kappa)?;
        let (answered, moment) = (answer.as_deref(), walk.moment(&states, span.t, kappa, summary));
        let goes_on = observe(&SequenceMoment { answer: answered, asked: &asked, ..moment }).is_continue();
        summary.passes += asked.len() * setup.denoiser.passes();
        summary.off_support += answered.map_or(0, |answer| answer.off_support());
        if !goes_on {
            return Ok(SequenceRun { states, summary });
        }
        let chosen = match answered {
            Some(answer) => walk.choose(answer, &plans, &asked, step, span)?,
            None => Vec::new(),
        };
        for done in walk.apply(&mut states, &plans, (&asked, &chosen), step) {
            summary.drawn += done.drawn;
            summary.renoised += done.renoised;
            summary.changed += done.changed;
        }
        summary.steps += 1;
    }
    summary.finished = observe(&walk.moment(&states, 1.0, Kappa::END, summary)).is_continue();
    Ok(SequenceRun { states, summary })
}

/// A run's settings, checked, and what follows from them.
struct Walk<'a> {
    setup: SequenceSetup<'a>,
    tokens: usize,
    mask: u16,
    scheduler: Scheduler,
    spans: Vec<Span>,
    /// How many tokens of each sequence are not given.
    open: Vec<usize>,
}

impl<'a> Walk<'a> {
    fn new(setup: SequenceSetup<'a>) -> Result<Self, SamplerError> {
        let (config, denoiser) = (setup.config.checked_with(setup.denoiser.source())?, setup.denoiser);
        let (tokens, count) = (denoiser.tokens(), setup.count);
        let last = u32::try_from(count).ok().and_then(|count| setup.first.checked_add(count));
        if count == 0 || tokens == 0 || last.is_none() || count.checked_mul(tokens).is_none() {
            let why = format!(
                "{count} sequences of {tokens} tokens from number {} on: expected at least 1, and numbers below 2³²",
                setup.first
            );
            return Err(SamplerError::Sequences(why));
        }
        if let Some(given) = setup.given {
            given.checked_for(denoiser, count)?;
        }
        let scheduler = config.walks_by();
        let spans = grid_spans(config.steps, config.grid, scheduler);
        let mut walk =
            Self { setup, tokens, mask: denoiser.values() as u16, scheduler, spans, open: Vec::new() };
        walk.open =
            (0..count).map(|b| (0..tokens).filter(|&token| walk.given(b, token).is_none()).count()).collect();
        Ok(walk)
    }

    fn source(&self) -> SequenceSource {
        self.setup.denoiser.source()
    }

    fn given(&self, sequence: usize, token: usize) -> Option<u16> {
        self.setup.given?.value(sequence, token, self.tokens)
    }

    fn numbers(&self, sequence: usize) -> Numbers {
        Numbers::new(self.setup.config.seed, self.setup.first + sequence as u32, Purpose::Tokens)
    }

    /// A token of the source. Steps count from 1 here; 0 is the start.
    fn noise(&self, numbers: Numbers, step: u32, token: usize) -> u16 {
        match self.source() {
            SequenceSource::Mask => self.mask,
            SequenceSource::Uniform => {
                even_index_at(self.setup.denoiser.values(), numbers.values(step, token)[1]) as u16
            }
        }
    }

    fn start(&self) -> Vec<u16> {
        let mut states = vec![self.mask; self.setup.count * self.tokens];
        states.par_chunks_mut(self.tokens).enumerate().for_each(|(b, state)| {
            for (token, x) in state.iter_mut().enumerate() {
                *x = self.given(b, token).unwrap_or_else(|| self.noise(self.numbers(b), 0, token));
            }
        });
        states
    }

    /// A moment at which nothing was asked.
    fn moment<'b>(
        &self,
        states: &'b [u16],
        t: f64,
        kappa: Kappa,
        summary: SequenceSummary,
    ) -> SequenceMoment<'b> {
        let (total, revealed) = (self.spans.len(), self.revealed(states));
        SequenceMoment { total, t, kappa, states, revealed, answer: None, asked: &[], summary }
    }

    fn revealed(&self, states: &[u16]) -> Option<f64> {
        let open: usize = self.open.iter().sum();
        let masked = || states.iter().filter(|&&x| x == self.mask).count();
        let share = || if open == 0 { 1.0 } else { 1.0 - masked() as f64 / open as f64 };
        (self.source() == SequenceSource::Mask).then(share)
    }

    fn plans(&self, states: &[u16], step: usize, span: Span) -> Vec<Plan> {
        let odds = MoveOdds::of(&self.setup.config, span);
        let each = states.par_chunks(self.tokens).enumerate();
        each.map(|(b, state)| match self.setup.config.method {
            SequenceMethod::Exact => self.plan(b, state, step, odds),
            SequenceMethod::MaskGit => {
                let draw: Vec<u32> =
                    (0..).zip(state).filter(|(_, x)| **x == self.mask).map(|(i, _)| i).collect();
                let keep = self.round(step, span).reveals(self.open[b], draw.len());
                Plan { draw, noise: Vec::new(), keep }
            }
            // Which of them stay drawn is for the answer to say.
            SequenceMethod::Confidence => self.masked(state, 0..self.tokens, |_| true),
            SequenceMethod::Blocks => self.block_plan(b, state, step),
        })
        .collect()
    }

    fn plan(&self, sequence: usize, state: &[u16], step: usize, odds: MoveOdds) -> Plan {
        let mut plan = Plan::default();
        let moves = self.numbers(sequence).moves(step as u32 + 1, self.tokens);
        for ((token, &x), u) in state.iter().enumerate().zip(moves) {
            if self.given(sequence, token).is_some() {
                continue;
            }
            match of_token(odds.choose(u), self.source(), x == self.mask) {
                Move::Stay => {}
                Move::Draw => plan.draw.push(token as u32),
                Move::Noise => plan.noise.push(token as u32),
            }
        }
        plan.keep = plan.draw.len();
        plan
    }

    /// The masked tokens of a part of a state for which `moves` holds.
    fn masked(
        &self,
        state: &[u16],
        part: std::ops::Range<usize>,
        mut moves: impl FnMut(usize) -> bool,
    ) -> Plan {
        let masked = part.filter(|&token| state[token] == self.mask && moves(token));
        let draw: Vec<u32> = masked.map(|token| token as u32).collect();
        Plan { keep: draw.len(), draw, noise: Vec::new() }
    }

    /// What a step of the blocks draws: those of earlier blocks that it passes, and of its own as the even scheduler says.
    fn block_plan(&self, sequence: usize, state: &[u16], step: usize) -> Plan {
        let (block, steps) = (self.setup.config.block, self.spans.len());
        let blocks = self.tokens.div_ceil(block);
        // Block j has the steps from ⌊j n / blocks⌋ on.
        let first_of = |j: usize| (j * steps).div_ceil(blocks);
        let own = (step * blocks) / steps;
        let after = ((step + 1) * blocks) / steps;
        // With fewer steps than blocks a step has several as a whole.
        let (whole, part) = if after > own + 1 || first_of(own + 1) <= step + 1 {
            (after.max(own + 1) * block, None)
        } else {
            let left = first_of(own + 1) - step;
            (own * block, Some(1.0 / left as f64))
        };
        let end = self.tokens.min((own + 1) * block).max(self.tokens.min(whole));
        let moves: Vec<f64> = self.numbers(sequence).moves(step as u32 + 1, self.tokens).collect();
        self.masked(state, 0..end, |token| token < whole || part.is_some_and(|odds| moves[token] < odds))
    }

    fn round(&self, step: usize, span: Span) -> Round {
        let config = self.setup.config;
        Round {
            round: step,
            rounds: config.steps,
            choice_temperature: config.choice_temperature,
            temperature: config.temperature.at(span.t),
        }
    }

    fn ask(
        &self,
        states: &[u16],
        asked: &[usize],
        kappa: Kappa,
    ) -> Result<Option<Box<dyn BatchAnswer>>, SamplerError> {
        if asked.is_empty() {
            return Ok(None);
        }
        let state = |b: &usize| &states[b * self.tokens..][..self.tokens];
        let batch: Vec<u16> = asked.iter().flat_map(|b| state(b).iter().copied()).collect();
        let answer = self.setup.denoiser.ask_batch(&batch, &vec![kappa; asked.len()]);
        answer.map(Some).map_err(SamplerError::Denoiser)
    }

    /// The tokens of each sequence that was `asked` about which take a draw, and their values.
    fn choose(
        &self,
        answer: &dyn BatchAnswer,
        plans: &[Plan],
        asked: &[usize],
        step: usize,
        span: Span,
    ) -> Result<Vec<Chosen>, SamplerError> {
        let round = self.round(step, span);
        let places: Vec<(Place, f64)> = asked
            .par_iter()
            .enumerate()
            .flat_map_iter(|(sequence, &b)| {
                let numbers = self.numbers(b);
                plans[b].draw.iter().map(move |&token| {
                    let token = token as usize;
                    (Place { sequence, token }, numbers.values(step as u32 + 1, token)[0])
                })
            })
            .collect();
        let values = answer.draw(&places, round.temperature).map_err(SamplerError::Denoiser)?;
        if self.setup.config.method == SequenceMethod::Confidence {
            let sure = self.surest(answer, &places, span.last)?;
            let mut chosen: Vec<Chosen> = vec![Vec::new(); asked.len()];
            for ((place, _), value) in
                places.iter().zip(values).zip(sure).filter(|(_, sure)| *sure).map(|(at, _)| at)
            {
                chosen[place.sequence].push((place.token as u32, value));
            }
            return Ok(chosen);
        }
        let drawn = places.iter().zip(&values).map(|((place, _), value)| (*place, *value));
        // MaskGIT keeps the most certain ones, where it does not keep all.
        let in_part = |sequence: usize| {
            let plan = &plans[asked[sequence]];
            plan.keep < plan.draw.len()
        };
        let questions: Vec<(Place, u16)> = drawn.filter(|(place, _)| in_part(place.sequence)).collect();
        let certain = answer.log_probability(&questions).map_err(SamplerError::Denoiser)?;
        let (mut values, mut certain) = (&values[..], &certain[..]);
        let mut each = Vec::with_capacity(asked.len());
        for (sequence, &b) in asked.iter().enumerate() {
            let plan = &plans[b];
            let count = plan.draw.len();
            let own = take(&mut values, count);
            let certain = if in_part(sequence) { take(&mut certain, count) } else { &[] };
            each.push((b, plan, own, certain));
        }
        let chosen = each.into_par_iter().map(|(b, plan, values, certain)| {
            let drawn = plan.draw.iter().copied().zip(values.iter().copied());
            if certain.is_empty() {
                drawn.collect()
            } else {
                round.choose(drawn.zip(certain.iter().copied()), plan.keep, self.numbers(b))
            }
        });
        Ok(chosen.collect())
    }

    /// Which of the `places` are surer than the threshold, and in every sequence at least the surest one; all in the `last`
    /// step. How sure a token is does not depend on what is drawn of it, so that a draw alone is exact.
    fn surest(
        &self,
        answer: &dyn BatchAnswer,
        places: &[(Place, f64)],
        last: bool,
    ) -> Result<Vec<bool>, SamplerError> {
        if last {
            return Ok(vec![true; places.len()]);
        }
        let cold: Vec<(Place, f64)> = places.iter().map(|(place, _)| (*place, 0.0)).collect();
        let likeliest = answer.draw(&cold, 0.0).map_err(SamplerError::Denoiser)?;
        let questions: Vec<(Place, u16)> =
            places.iter().zip(likeliest).map(|((place, _), value)| (*place, value)).collect();
        let logs = answer.log_probability(&questions).map_err(SamplerError::Denoiser)?;
        let threshold = self.setup.config.confidence.ln();
        let mut sure: Vec<bool> = logs.iter().map(|log| *log > threshold).collect();
        let mut first = 0;
        for own in places.chunk_by(|a, b| a.0.sequence == b.0.sequence) {
            let range = first..first + own.len();
            first = range.end;
            if !sure[range.clone()].contains(&true)
                && let Some(best) = range.max_by(|a, b| logs[*a].total_cmp(&logs[*b]).then(b.cmp(a)))
            {
                sure[best] = true;
            }
        }
        Ok(sure)
    }

    fn apply(
        &self,
        states: &mut [u16],
        plans: &[Plan],
        (asked, chosen): (&[usize], &[Chosen]),
        step: usize,
    ) -> Vec<Done> {
        let each = states.par_chunks_mut(self.tokens).zip(plans).enumerate();
        each.map(|(b, (state, plan))| {
            let numbers = self.numbers(b);
            let mut done = Done { renoised: plan.noise.len(), ..Done::default() };
            let mut set = |token: u32, value: u16| {
                let x = &mut state[token as usize];
                done.changed += usize::from(*x != value);
                *x = value;
            };
            let own = asked.binary_search(&b).ok().and_then(|asked| chosen.get(asked));
            let drawn = own.map_or(0, Vec::len);
            own.into_iter().flatten().for_each(|&(token, value)| set(token, value));
            for &token in &plan.noise {
                set(token, self.noise(numbers, step as u32 + 1, token as usize));
            }
            Done { drawn, ..done }
        })
        .collect()
    }
}

/// The first `count` of `rest`, which are taken away from it.
fn take<'a, T>(rest: &mut &'a [T], count: usize) -> &'a [T] {
    let (first, after) = rest.split_at(count);
    *rest = after;
    first
}
