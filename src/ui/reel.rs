//! Runs of a sampler of sequences as they are made and played.

use crate::denoiser::sequence::SequenceDenoiser;
use crate::experiment::TimeAxis;
use crate::flow::metrics::sequence_entropy;
use crate::flow::{Kappa, Scheduler};
use crate::sampler::sequence::{
    Doubt, SequenceMoment, SequenceSummary, SequenceTrace, StepRecord, TokenChange, mean_doubt,
};
use crate::view::sequence::LoggedRun;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Tokens that are asked for their entropy in a step: enough for three digits of the mean, and quick.
const ASKED: usize = 512;

/// One run: the sampler's thread writes it, the window plays it.
pub struct Recording {
    /// How fast it walks.
    pub scheduler: Scheduler,
    /// How many sequences.
    pub count: usize,
    /// Who answers.
    pub denoiser: Arc<dyn SequenceDenoiser>,
    /// Which model answers: two runs of one model can be compared.
    pub model: u64,
    reel: Mutex<Reel>,
}

/// What there is of a run.
#[derive(Clone)]
pub struct Reel {
    trace: SequenceTrace,
    doubts: Vec<Option<Doubt>>,
    seconds: Vec<f64>,
    last: Option<Instant>,
    end: Option<End>,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct End {
    /// What it cost.
    pub summary: SequenceSummary,
    /// Entropy of the tokens of one finished sequence, nats, averaged over the sequences.
    pub sequence_entropy: f64,
    /// Seconds of all steps.
    pub seconds: f64,
}

impl Recording {
    /// Before its first step.
    pub fn new(scheduler: Scheduler, count: usize, denoiser: Arc<dyn SequenceDenoiser>, model: u64) -> Self {
        let trace = SequenceTrace::new(denoiser.tokens());
        let reel = Reel { trace, doubts: Vec::new(), seconds: Vec::new(), last: None, end: None };
        Self { scheduler, count, denoiser, model, reel: Mutex::new(reel) }
    }

    /// Adds a moment of the run.
    pub fn record(&self, moment: &SequenceMoment<'_>) {
        // Not while the lock is held: the window draws from it.
        let doubt = mean_doubt(&*self.denoiser, moment, ASKED);
        let now = Instant::now();
        let mut reel = self.lock();
        let passed = reel.last.map_or(0.0, |last| (now - last).as_secs_f64());
        reel.last = Some(now);
        reel.trace.record(moment);
        reel.doubts.push(doubt);
        reel.seconds.push(passed);
        if moment.summary.steps == moment.total {
            reel.end = Some(End {
                summary: SequenceSummary { finished: true, ..moment.summary },
                sequence_entropy: sequence_entropy(moment.states, self.denoiser.tokens()),
                seconds: reel.seconds.iter().sum(),
            });
        }
    }

    /// What there is of it.
    pub fn lock(&self) -> MutexGuard<'_, Reel> {
        self.reel.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What there is of it, as curves are made from: under a name, and at its place among what is compared.
    pub fn as_run(&self, label: String, place: usize) -> LoggedRun {
        let reel = self.lock();
        LoggedRun {
            label,
            place,
            records: reel.trace.records().to_vec(),
            doubts: reel.doubts.clone(),
            seconds: reel.seconds.clone(),
        }
    }
}

impl Recording {
    /// What a number of a lab of sequences is at a step, by its name; none where it is not known, or another one's.
    pub fn presented(&self, name: &str, step: usize) -> Option<String> {
        let reel = self.lock();
        let record = reel.trace.records().get(step)?;
        Some(match name {
            "NFE" => format!("{:.1}", record.passes as f64 / self.count.max(1) as f64),
            "revealed" => format!("{:.1} %", 100.0 * record.revealed?),
            "step" => format!("{} of {}", record.step, reel.trace.total_steps()),
            "t" => format!("{:.3}", record.t),
            "κ" => format!("{:.3}", record.kappa),
            "entropy, bits" => format!("{:.3}", (*reel.doubts.get(step)?)?.bits),
            _ => return None,
        })
    }
}

impl Reel {
    /// All that is on record.
    pub fn trace(&self) -> &SequenceTrace {
        &self.trace
    }

    /// How it ended, once it has.
    pub fn end(&self) -> Option<End> {
        self.end
    }

    /// How undecided the denoiser was before each step.
    pub fn doubts(&self) -> &[Option<Doubt>] {
        &self.doubts
    }

    /// Seconds of the step that led to `record`, and the record itself.
    pub fn seconds_of(&self, record: usize) -> f64 {
        self.seconds.get(record).copied().unwrap_or_default()
    }

    /// The last record at or before a position on an axis; none of a run that has none yet.
    pub fn record_at(&self, axis: TimeAxis, position: f64) -> Option<StepRecord> {
        let of = |record: &StepRecord| match axis {
            TimeAxis::T => record.t,
            TimeAxis::Kappa => record.kappa,
        };
        let records = self.trace.records();
        let after = records.partition_point(|record| of(record) <= position + 1e-9);
        records.get(after.max(1) - 1).copied()
    }

    /// Whether it is known what is at a position.
    pub fn reaches(&self, axis: TimeAxis, position: f64) -> bool {
        let last = self.trace.records().last();
        self.end.is_some()
            || last.is_some_and(|last| match axis {
                TimeAxis::T => last.t >= position,
                TimeAxis::Kappa => last.kappa >= position,
            })
    }

    /// The times of all steps that are known, and 1.
    pub fn times(&self) -> Vec<f64> {
        let known = self.trace.records().iter().map(|record| record.t).filter(|t| *t < 1.0);
        known.chain([1.0]).collect()
    }
}

/// Where a recording is shown: which frame, and what is in it.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// The frame of the trace.
    pub frame: Option<usize>,
    /// All sequences there, \[B, N\].
    pub states: Vec<u16>,
}

impl Shown {
    /// Goes to the frame of a step; true if that is another one than before.
    pub fn go_to(&mut self, reel: &Reel, step: usize) -> bool {
        let Some(frame) = reel.trace.frame_at(step) else { return false };
        match self.frame {
            Some(here) if here == frame => return false,
            Some(here) => self.states = reel.trace.carried(&self.states, here, frame),
            None => self.states = reel.trace.states(frame),
        }
        self.frame = Some(frame);
        true
    }
}

/// One sequence of a run at one step.
#[derive(Clone)]
pub struct Still {
    /// Its tokens, \[N\].
    pub state: Vec<u16>,
    /// What the frame changed in it.
    pub changes: Vec<TokenChange>,
    /// κ there.
    pub kappa: Kappa,
}

impl Recording {
    /// Sequence `number` in `frame`; none where there is none.
    pub fn still(&self, number: usize, frame: usize) -> Option<Still> {
        let reel = self.lock();
        let n = self.denoiser.tokens();
        let step = *reel.trace.frames().get(frame)?;
        let record = reel.trace.records().get(step)?;
        let state = reel.trace.states(frame).get(number * n..(number + 1) * n)?.to_vec();
        let changes = reel.trace.changes(frame).into_iter().filter(|change| change.sequence == number);
        Some(Still { state, changes: changes.collect(), kappa: self.scheduler.at(record.t) })
    }
}
