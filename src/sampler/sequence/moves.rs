//! Which tokens a step of the exact method draws or re-noises: known before the denoiser is asked.

use super::SequenceConfig;
use crate::flow::{Redraws, SequenceSource};
use crate::sampler::odds::{Hazards, Overshoot};
use crate::sampler::{CorrectorBy, Span};

/// What becomes of one token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Move {
    /// It stays.
    Stay,
    /// A draw from the denoiser.
    Draw,
    /// A draw from the source.
    Noise,
}

/// Probabilities of a step, the same for every token and independent of all others'.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct MoveOdds {
    /// To end as a draw from the denoiser.
    pub draw: f64,
    /// To end as noise.
    pub noise: f64,
}

impl MoveOdds {
    /// Of `span`; in the last step every token is drawn.
    ///
    /// With the overshoot a token that is drawn and re-noised in the same step ends as noise, and what was drawn is never
    /// seen: it need not be asked for.
    pub fn of(config: &SequenceConfig, span: Span) -> Self {
        if span.last {
            return Self { draw: 1.0, noise: 0.0 };
        }
        if config.corrector_by == CorrectorBy::Overshoot || !config.corrector.is_on() {
            let odds = Overshoot::of(config.corrector, Redraws::MIXTURE, config.scheduler, span);
            let noise = if config.corrector.is_on() { odds.back.total() } else { 0.0 };
            return Self { draw: odds.ahead.total() * (1.0 - noise), noise };
        }
        let hazards = Hazards::integrated(config.corrector, Redraws::MIXTURE, config.scheduler, span);
        let moved = match config.corrector_by {
            CorrectorBy::Velocity => hazards.total().min(1.0),
            _ => hazards.any(),
        };
        let forward = hazards.forward_share();
        Self { draw: moved * forward, noise: moved * (1.0 - forward) }
    }

    /// What `u` in \[0, 1) means. Draws are at the lower end and noise at the upper one, so that the same numbers mean
    /// nearly the same with and without a corrector.
    pub fn choose(self, u: f64) -> Move {
        if u < self.draw {
            Move::Draw
        } else if u >= 1.0 - self.noise {
            Move::Noise
        } else {
            Move::Stay
        }
    }
}

/// What that comes to for a token that is the mask, or not: with a mask source what is seen is never drawn anew, and
/// noise on a mask is a mask.
pub(super) fn of_token(chosen: Move, source: SequenceSource, masked: bool) -> Move {
    match (source, chosen, masked) {
        (SequenceSource::Mask, Move::Draw, false) | (SequenceSource::Mask, Move::Noise, true) => Move::Stay,
        _ => chosen,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::{Corrector, Scheduler};

    #[test]
    fn masked_tokens_follow_kappa_whatever_the_corrector() {
        // P(revealed) goes from κ to κ' in every step: κ (1 − noise) + (1 − κ) draw, exactly for overshoot and in the
        // limit of short steps for the others.
        for by in [CorrectorBy::Overshoot, CorrectorBy::Exponential, CorrectorBy::Velocity] {
            for corrector in [Corrector::OFF, Corrector::IMAGES] {
                for scheduler in [Scheduler::Linear, Scheduler::Cubic, Scheduler::Cosine, Scheduler::Sin2] {
                    let config =
                        SequenceConfig { corrector, corrector_by: by, scheduler, ..Default::default() };
                    let span = Span { t: 0.5, t_next: 0.501, last: false };
                    let (now, then) = (scheduler.kappa(0.5), scheduler.kappa(0.501));
                    let odds = MoveOdds::of(&config, span);
                    let reached = now * (1.0 - odds.noise) + (1.0 - now) * odds.draw;
                    let exact = by == CorrectorBy::Overshoot || !corrector.is_on();
                    let most = if exact { 1e-14 } else { 0.05 * (then - now) };
                    assert!((reached - then).abs() < most, "{by} {corrector} {scheduler}");
                    assert_eq!(odds.noise > 0.0, corrector.is_on());
                }
            }
        }
    }

    #[test]
    fn numbers_choose_with_the_odds() {
        let odds = MoveOdds { draw: 0.25, noise: 0.5 };
        let chosen = [0.0, 0.24, 0.26, 0.49, 0.5, 0.99].map(|u| odds.choose(u));
        use Move::{Draw, Noise, Stay};
        assert_eq!(chosen, [Draw, Draw, Stay, Stay, Noise, Noise]);
        assert_eq!(MoveOdds { draw: 1.0, noise: 0.0 }.choose(1.0 - 1e-16), Draw);
        assert_eq!(of_token(Draw, SequenceSource::Mask, false), Stay);
        assert_eq!(of_token(Noise, SequenceSource::Mask, true), Stay);
        assert_eq!(of_token(Draw, SequenceSource::Uniform, false), Draw);
    }
}
