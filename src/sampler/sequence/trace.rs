//! What happened in a run of sequences, kept so that it can be played back and forth.

use super::SequenceMoment;
use crate::sampler::{History, every_second};

/// Bytes that the states may take: then every second frame is dropped. 64 sequences of 3,072 tokens over 256 steps take
/// a bit a token and step, two bytes a change and two bytes a token in every 32nd step at least: 10 MB and the changes.
const MOST_BYTES: usize = 256 << 20;

/// How a run got to a step's end, from the step before it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepRecord {
    /// Steps done.
    pub step: usize,
    /// The time.
    pub t: f64,
    /// κ there.
    pub kappa: f64,
    /// The share of the tokens not given that are no masks; none with a source that has no mask.
    pub revealed: Option<f64>,
    /// Tokens that took a draw from the denoiser in this step: with a mask source those that were revealed.
    pub drawn: usize,
    /// Tokens that took a draw from the source: with a mask source those that were masked again.
    pub renoised: usize,
    /// Tokens whose value changed.
    pub changed: usize,
    /// Passes of the denoiser up to here, added up over the sequences.
    pub passes: usize,
}

/// A change of one token between two frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenChange {
    /// Which sequence of the run.
    pub sequence: usize,
    /// Which token of it.
    pub token: usize,
    /// Its value before.
    pub from: u16,
    /// Its value after.
    pub to: u16,
}

/// A run from t = 0 as far as it went. Every step is on record; the states are kept in frames, every step as long as
/// they fit into 256 MiB, then every second one, and so on, and always the last.
#[derive(Clone, Debug)]
pub struct SequenceTrace {
    tokens: usize,
    most_bytes: usize,
    total: usize,
    /// In order, from step 0.
    records: Vec<StepRecord>,
    /// The step of every frame.
    frames: Vec<usize>,
    states: History<u16>,
    last: Vec<u16>,
    /// Totals up to the last record: drawn, renoised, changed.
    before: [usize; 3],
    /// Steps from one frame to the next.
    stride: usize,
}

impl SequenceTrace {
    /// An empty trace of sequences of `tokens` = N tokens.
    pub fn new(tokens: usize) -> Self {
        Self {
            tokens: tokens.max(1),
            most_bytes: MOST_BYTES,
            total: 0,
            records: Vec::new(),
            frames: Vec::new(),
            states: History::default(),
            last: Vec::new(),
            before: [0; 3],
            stride: 1,
        }
    }

    /// Looks at a moment of the run.
    pub fn record(&mut self, moment: &SequenceMoment<'_>) {
        let (summary, step) = (moment.summary, moment.summary.steps);
        let now = [summary.drawn, summary.renoised, summary.changed];
        let [drawn, renoised, changed] = [0, 1, 2].map(|n| now[n] - self.before[n]);
        (self.before, self.total) = (now, moment.total);
        let (t, kappa, revealed, passes) = (moment.t, moment.kappa.value, moment.revealed, summary.passes);
        self.records.push(StepRecord { step, t, kappa, revealed, drawn, renoised, changed, passes });
        if self.states.bytes() > self.most_bytes && self.frames.len() > 2 {
            every_second(&mut self.frames);
            self.states.thin();
            self.last = self.states.states(self.frames.len() - 1, usize::MAX);
            self.stride *= 2;
        }
        if step.is_multiple_of(self.stride) || step == moment.total {
            self.frames.push(step);
            self.states.push(&self.last, moment.states);
            self.last.clear();
            self.last.extend_from_slice(moment.states);
        }
    }

    /// Every step that was done, from the start at step 0.
    pub fn records(&self) -> &[StepRecord] {
        &self.records
    }

    /// Steps of the whole run.
    pub fn total_steps(&self) -> usize {
        self.total
    }

    /// The steps whose states were kept, in order: one a frame.
    pub fn frames(&self) -> &[usize] {
        &self.frames
    }

    /// The last frame at or before a step; none of an empty trace.
    pub fn frame_at(&self, step: usize) -> Option<usize> {
        self.frames.partition_point(|&kept| kept <= step).checked_sub(1)
    }

    /// All sequences in a frame, \[B, N\]; nothing of a frame that there is not. Rebuilt from the nearest whole copy.
    pub fn states(&self, frame: usize) -> Vec<u16> {
        self.states.states(frame, usize::MAX)
    }

    /// The states in frame `to` from those in frame `from`: quickest to a neighbour, forward or back.
    pub fn carried(&self, states: &[u16], from: usize, to: usize) -> Vec<u16> {
        self.states.carried(states, from, to).unwrap_or_else(|| self.states(to))
    }

    /// What differs between a frame and the one before it, by sequence and token; nothing in the first.
    pub fn changes(&self, frame: usize) -> Vec<TokenChange> {
        let Some(before) = frame.checked_sub(1) else { return Vec::new() };
        let old = self.states(before);
        let new = self.carried(&old, before, frame);
        let pairs = old.into_iter().zip(new).enumerate().filter(|(_, (from, to))| from != to);
        pairs
            .map(|(at, (from, to))| TokenChange {
                sequence: at / self.tokens,
                token: at % self.tokens,
                from,
                to,
            })
            .collect()
    }

    /// The values of one token in every frame; nothing of a token that there is not.
    pub fn way(&self, sequence: usize, token: usize) -> Vec<u16> {
        if token < self.tokens { self.states.way(sequence * self.tokens + token) } else { Vec::new() }
    }

    /// Bytes that the frames take.
    pub fn bytes(&self) -> usize {
        self.states.bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{SequenceConfig, SequenceSetup, run_sequences};
    use super::*;
    use crate::denoiser::sequence::{Independent, SequenceDenoiser as _};
    use crate::flow::{Corrector, SequenceSource};
    use std::ops::ControlFlow;

    /// A run with a corrector, its states step by step and a trace of at most so many bytes.
    fn traced(source: SequenceSource, most_bytes: usize) -> (Vec<Vec<u16>>, SequenceTrace) {
        let set = (0..40 * 50).map(|n: u32| (n * n / 7 % 5) as u8).collect();
        let denoiser = Independent::new(set, 50, 5, 0.5, source).expect("a set");
        let config = SequenceConfig { steps: 90, corrector: Corrector::IMAGES, ..SequenceConfig::default() };
        let mut trace = SequenceTrace { most_bytes, ..SequenceTrace::new(denoiser.tokens()) };
        let mut all = Vec::new();
        let setup = SequenceSetup { denoiser: &denoiser, config, count: 6, first: 0, given: None };
        let run = run_sequences(setup, |moment| {
            all.push(moment.states.to_vec());
            trace.record(moment);
            ControlFlow::Continue(())
        });
        assert_eq!(Some(&run.expect("a run").states), all.last());
        (all, trace)
    }

    #[test]
    fn every_step_comes_back_and_its_numbers_are_those_of_its_changes() {
        for source in [SequenceSource::Mask, SequenceSource::Uniform] {
            let (all, trace) = traced(source, MOST_BYTES);
            assert_eq!((trace.total_steps(), trace.records().len(), trace.frames().len()), (90, 91, 91));
            let mut playing = trace.states(90);
            for frame in (0..=90).rev() {
                assert_eq!(trace.states(frame), all[frame]);
                playing = trace.carried(&playing, (frame + 1).min(90), frame);
                assert_eq!(playing, all[frame], "played back to {frame}");
                let (record, changes) = (trace.records()[frame], trace.changes(frame));
                assert_eq!((record.step, record.changed), (frame, changes.len()));
                for change in changes {
                    let at = change.sequence * 50 + change.token;
                    assert_eq!((change.from, change.to), (all[frame - 1][at], all[frame][at]));
                }
                let share = all[frame].iter().filter(|x| **x != 5).count() as f64 / 300.0;
                match source {
                    SequenceSource::Mask => {
                        assert!((record.revealed.expect("a share") - share).abs() < 1e-12);
                        assert_eq!(record.changed, record.drawn + record.renoised);
                    }
                    SequenceSource::Uniform => assert_eq!(record.revealed, None),
                }
            }
            assert!(trace.records().iter().map(|record| record.renoised).sum::<usize>() > 300, "{source}");
            assert_eq!(trace.way(3, 7), all.iter().map(|states| states[157]).collect::<Vec<_>>());
            assert!(trace.way(3, 50).is_empty() && trace.way(6, 0).is_empty() && trace.states(91).is_empty());
        }
    }

    #[test]
    fn a_trace_that_grows_too_large_keeps_every_second_step() {
        let (all, trace) = traced(SequenceSource::Mask, 4000);
        assert!(trace.bytes() < 4800, "{}", trace.bytes());
        assert!(trace.frames().len() < 60 && trace.records().len() == 91);
        assert_eq!((trace.frames().first(), trace.frames().last()), (Some(&0), Some(&90)));
        for (frame, &step) in trace.frames().iter().enumerate() {
            assert_eq!(trace.states(frame), all[step]);
            assert_eq!(trace.frame_at(step), Some(frame));
        }
        assert_eq!(SequenceTrace::new(4).frame_at(0), None);
    }
}
