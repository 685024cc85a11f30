//! Denoisers of sequences: anything that answers p_{1|t}(x₁ⁱ | x_t) of N tokens with K values each.
//!
//! A state is N values below K, or K itself for the mask; a batch of states is one slice \[B, N\]. [`Empirical`] is the
//! exact posterior of a set of sequences, [`Independent`] knows each token's marginal only, [`Guided`] mixes two others;
//! none of them needs a network.

mod automaton;
mod batch;
mod emission;
mod empirical;
mod error;
mod guided;
mod independent;
mod near;
mod programs;
mod set;
mod table;
#[cfg(test)]
pub(crate) mod testing;

pub use automaton::AutomatonDenoiser;
pub use batch::{BatchAnswer, Place, TokenByToken};
pub use emission::Emissions;
pub use empirical::Empirical;
pub use error::SequenceError;
pub use guided::Guided;
pub use independent::Independent;
pub use programs::ProgramDenoiser;
pub use table::Posterior;

use crate::flow::categorical::sharpened_index_at;
use crate::flow::{Kappa, SequenceSource};

/// Answers for sequences: p_{1|t}(x₁ⁱ | x_t) of every token.
pub trait SequenceDenoiser: Send + Sync {
    /// N, the number of tokens of a sequence.
    fn tokens(&self) -> usize;

    /// K, the number of values of a token; the mask is K.
    fn values(&self) -> usize;

    /// Where its flow starts.
    fn source(&self) -> SequenceSource;

    /// Passes of a network, or what stands for one, that an [`Self::ask`] takes for each sequence.
    fn passes(&self) -> usize {
        1
    }

    /// One pass over `states` \[B, N\], each at its own κ of `kappas` \[B\] (κ, never t: schedulers only change the
    /// walking speed). With a mask source nothing depends on κ.
    ///
    /// # Errors
    /// If `states` are none of this denoiser's, or the computation fails, for example on a lost device.
    fn ask(&self, states: &[u16], kappas: &[Kappa]) -> anyhow::Result<Box<dyn SequenceAnswer>>;

    /// The same pass, with an answer that may stay where it was computed.
    ///
    /// # Errors
    /// Those of [`Self::ask`].
    fn ask_batch(&self, states: &[u16], kappas: &[Kappa]) -> anyhow::Result<Box<dyn BatchAnswer>> {
        Ok(Box::new(TokenByToken { answer: self.ask(states, kappas)?, values: self.values() }))
    }
}

/// A denoiser of a language that is known exactly.
pub trait ExactDenoiser: SequenceDenoiser {
    /// What is known of `states` \[B, N\], each at its own κ.
    ///
    /// # Errors
    /// Those of [`check_batch`].
    fn posteriors(&self, states: &[u16], kappas: &[Kappa]) -> Result<Posterior, SequenceError>;

    /// The least number of seen tokens of a state \[N\] that must change until a text of the language fits. What is not
    /// below K is not seen.
    fn distance(&self, state: &[u16]) -> usize;

    /// ln p_t of a state \[N\] of this flow; −∞ of one that cannot be. With a mask source and without κ it is ln of the
    /// probability that a text has the tokens that are seen. A uniform source needs κ, and takes 0 for none.
    fn log_probability(&self, state: &[u16], kappa: Option<Kappa>) -> f64;

    /// A whole text from p(x₁ | x_t) of a state \[N\] of this flow at κ, drawn with the numbers in \[0, 1) that `uniform` gives;
    /// where no text fits, one with the fewest wrong tokens.
    fn joint(&self, state: &[u16], kappa: Kappa, uniform: &mut dyn FnMut() -> f64) -> Vec<u16>;
}

/// A denoiser's answer for a batch. Tokens and sequences are within the batch that was asked for, values below K.
///
/// With a mask source p of a token that is not the mask is 1 at its value. The mask itself is never drawn.
pub trait SequenceAnswer: Send + Sync {
    /// x₁ⁱ of one token from a number `u` in \[0, 1), p sharpened to softmax(ln p / `temperature`): its likeliest value
    /// below [`crate::flow::categorical::COLDEST`].
    fn draw(&self, sequence: usize, token: usize, temperature: f64, u: f64) -> u16;

    /// ln p(`value`) of one token; −∞ for what cannot be.
    fn log_probability(&self, sequence: usize, token: usize, value: u16) -> f64;

    /// p of one token over 0..K into `out` \[K\].
    fn distribution(&self, sequence: usize, token: usize, out: &mut [f64]);

    /// How many sequences of the batch cannot have come from any datum, so that the answer is a stand-in: parallel
    /// reveals lead there. 0 where the denoiser can't tell.
    fn off_support(&self) -> usize {
        0
    }
}

/// A draw of a token that stays as it is, `here`, with probability `rho`, and else comes from `fresh`, which takes a number
/// in \[0, 1). At another temperature than 1 it is a draw from the whole distribution \[K\].
pub(crate) fn kept_or_drawn(
    (here, rho): (u16, f64),
    temperature: f64,
    u: f64,
    distribution: impl FnOnce() -> Vec<f64>,
    fresh: impl FnOnce(f64) -> usize,
) -> u16 {
    if rho == 1.0 {
        return here;
    }
    if temperature != 1.0 {
        return sharpened_index_at(&mut distribution(), temperature, u) as u16;
    }
    if u < rho { here } else { fresh((u - rho) / (1.0 - rho)) as u16 }
}

/// ln p_t of a state \[N\] from `log`, what its emissions come to: those from a mask source leave κ out, which is put in
/// where it is known.
fn with_kappa(
    log: f64,
    (state, values): (&[u16], usize),
    source: SequenceSource,
    kappa: Option<Kappa>,
) -> f64 {
    let log = match (source, kappa) {
        (SequenceSource::Mask, Some(kappa)) => {
            let masked = state.iter().filter(|x| usize::from(**x) >= values).count();
            let times = |count: usize, p: f64| if count == 0 { 0.0 } else { count as f64 * p.ln() };
            log + times(masked, kappa.complement) + times(state.len() - masked, kappa.value)
        }
        _ => log,
    };
    if log.is_nan() { f64::NEG_INFINITY } else { log }
}

/// Checks that `states` \[B, N\] and `kappas` \[B\] are a batch for `denoiser`, and returns B.
///
/// # Errors
/// If a length is wrong, or a value is neither below K nor, with a mask source, the mask.
pub fn check_batch(
    denoiser: &dyn SequenceDenoiser,
    states: &[u16],
    kappas: &[Kappa],
) -> Result<usize, SequenceError> {
    let (n, v) = (denoiser.tokens(), denoiser.source().vocabulary(denoiser.values()));
    let given = states.len();
    if given != n * kappas.len() {
        return Err(SequenceError::Batch { given, sequences: kappas.len(), tokens: n });
    }
    match states.iter().position(|&x| usize::from(x) >= v) {
        Some(at) => Err(SequenceError::value(at, n, states[at], v)),
        None => Ok(kappas.len()),
    }
}
