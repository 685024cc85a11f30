//! How undecided a denoiser is in the middle of a run.

use super::SequenceMoment;
use crate::denoiser::sequence::{Place, SequenceDenoiser};

/// The mean entropy of p(x₁ⁱ | x_t), over tokens that are not decided yet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Doubt {
    /// Bits a token.
    pub bits: f64,
    /// Standard error of the mean, from the spread over the tokens that were asked about; 0 where those are all.
    pub error: f64,
    /// How many were asked about.
    pub asked: usize,
}

/// The entropy of the answer that `moment` has, over at most `most` ≥ 1 tokens evenly spread over the sequences that were
/// asked about: those masked, or with a source without mask all. `None` where nothing was asked, nothing is left, or the
/// device of the answer fails, which the run notices itself.
pub fn mean_doubt(
    denoiser: &dyn SequenceDenoiser,
    moment: &SequenceMoment<'_>,
    most: usize,
) -> Option<Doubt> {
    let answer = moment.answer?;
    let (n, k) = (denoiser.tokens(), denoiser.values());
    let has_mask = moment.revealed.is_some();
    let open: Vec<Place> = moment
        .asked
        .iter()
        .enumerate()
        .flat_map(|(place, &b)| (0..n).map(move |token| (place, b, token)))
        .filter(|&(_, b, token)| !has_mask || usize::from(moment.states[b * n + token]) == k)
        .map(|(sequence, _, token)| Place { sequence, token })
        .collect();
    let asked = open.len().min(most.max(1));
    if asked == 0 {
        return None;
    }
    let places: Vec<Place> = (0..asked).map(|j| open[j * open.len() / asked]).collect();
    let entropies = answer.entropy(&places).ok()?;
    let count = asked as f64;
    let bits = entropies.iter().sum::<f64>() / count;
    let spread = entropies.iter().map(|h| (h - bits).powi(2)).sum::<f64>() / (count - 1.0).max(1.0);
    let error = if asked == open.len() { 0.0 } else { (spread / count).sqrt() };
    Some(Doubt { bits, error, asked })
}

#[cfg(test)]
mod tests {
    use super::super::{SequenceConfig, SequenceSetup, run_sequences};
    use super::*;
    use crate::denoiser::sequence::Independent;
    use crate::flow::SequenceSource;
    use std::ops::ControlFlow;

    #[test]
    fn independent_tokens_leave_the_entropy_of_their_marginals() {
        // Tokens 0 to 9 are fair bits, the others certain up to the pseudo-count.
        let set: Vec<u8> = (0..64 * 20).map(|i| u8::from(i % 20 < 10 && (i / 20) % 2 == 1)).collect();
        let denoiser = Independent::new(set, 20, 2, 1e-9, SequenceSource::Mask).expect("a set");
        let config = SequenceConfig { steps: 6, ..SequenceConfig::default() };
        let setup = SequenceSetup { denoiser: &denoiser, config, count: 40, first: 0, given: None };
        let mut seen = 0;
        run_sequences(setup, |moment| {
            let exact = mean_doubt(&denoiser, moment, usize::MAX);
            let some = mean_doubt(&denoiser, moment, 60);
            if let (Some(exact), Some(some)) = (exact, some) {
                let masked = |keep: fn(usize) -> bool| {
                    let of = |b: &usize| &moment.states[b * 20..][..20];
                    let tokens = moment.asked.iter().flat_map(|b| of(b).iter().enumerate());
                    tokens.filter(|(i, x)| **x == 2 && keep(*i)).count() as f64
                };
                let expected = masked(|i| i < 10) / masked(|_| true);
                assert!((exact.bits - expected).abs() < 1e-6 && exact.error == 0.0);
                assert!((some.bits - exact.bits).abs() < 5.0 * some.error + 0.05, "{some:?} {exact:?}");
                seen += 1;
            }
            ControlFlow::Continue(())
        })
        .expect("a run");
        assert!(seen > 3);
    }
}
