//! What a step with a corrector draws, by κ alone: the same formulae on the grid and on sequences (math.md 3.4, 5.2).

use super::Span;
use super::walk::backward_rate;
use crate::flow::{Corrector, Redraw, Redraws, Scheduler};

/// Forward beyond the end of a step, then re-noised back to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Overshoot {
    /// Probabilities of a draw on the way to the point beyond.
    pub ahead: Redraw,
    /// Probabilities of being re-noised on the way back.
    pub back: Redraw,
}

impl Overshoot {
    /// With α of the step's middle. Nothing is re-noised where the corrector is off.
    pub fn of(corrector: Corrector, redraws: Redraws, scheduler: Scheduler, span: Span) -> Self {
        let (now, then) = (scheduler.at(span.t), scheduler.at(span.t_next));
        let alpha = corrector.alpha(0.5 * (span.t + span.t_next));
        let survival = (alpha * redraws.log_survival(now, then)).exp();
        let beyond = redraws.after_survival(now, survival);
        Self { ahead: redraws.forward_odds(now, beyond), back: redraws.backward_odds(beyond, then) }
    }
}

/// Expected draws within a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Hazards {
    /// From the denoiser.
    pub ahead: f64,
    /// From the noise.
    pub back: f64,
}

impl Hazards {
    /// The integrals α ∫ κ'/(1−κ) dt and β ∫ κ'/κ dt over a step, with α and β of its middle; kept tokens lift the
    /// second one's κ.
    pub fn integrated(corrector: Corrector, redraws: Redraws, scheduler: Scheduler, span: Span) -> Self {
        let middle = 0.5 * (span.t + span.t_next);
        let (now, then) = (scheduler.at(span.t), scheduler.at(span.t_next));
        let beta = corrector.beta(middle);
        let ahead = -(1.0 + beta) * redraws.log_survival(now, then);
        let [early, late] = [now, then].map(|kappa| kappa.lifted(redraws.keep_rate).value);
        let back = if early > 0.0 {
            beta * (late / early).ln()
        } else {
            // From κ = 0 the integral diverges; the rate of the middle stands for it.
            (span.t_next - span.t) * backward_rate(corrector, redraws.keep_rate, scheduler, middle)
        };
        Self { ahead, back }
    }

    /// From both.
    pub fn total(self) -> f64 {
        self.ahead + self.back
    }

    /// The probability of at least one draw.
    pub fn any(self) -> f64 {
        -(-self.total()).exp_m1()
    }

    /// The share of the denoiser's among the draws.
    pub fn forward_share(self) -> f64 {
        // An infinite forward hazard (Euler with a power below 1 at t = 0) leaves no room for the backward one.
        if self.ahead.is_finite() && self.total() > 0.0 { self.ahead / self.total() } else { 1.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::grid::testing::{SCHEDULERS, largest, small_target};
    use crate::flow::{Coupling, GridPath, Kappa, Source};
    use ndarray::Array2;

    const CONSTANT: Corrector = Corrector { amplitude: 3.0, a: 0.0, b: 0.0 };

    #[test]
    fn hazards_are_the_integrals_of_the_rates() {
        let span = Span { t: 0.3, t_next: 0.42, last: false };
        for (scheduler, keep_rate) in SCHEDULERS.into_iter().flat_map(|s| [(s, 0.0), (s, 0.35)]) {
            let redraws = Redraws { keep_rate, ..Redraws::MIXTURE };
            let found = Hazards::integrated(CONSTANT, redraws, scheduler, span);
            let n = 4000;
            let h = (span.t_next - span.t) / f64::from(n);
            let (mut ahead, mut back) = (0.0, 0.0);
            for t in (0..n).map(|j| span.t + (f64::from(j) + 0.5) * h) {
                ahead += h * 4.0 * scheduler.jump_rate(t);
                back += h * backward_rate(CONSTANT, keep_rate, scheduler, t);
            }
            assert!((found.ahead - ahead).abs() < 1e-5 * ahead, "{scheduler} {keep_rate}");
            assert!((found.back - back).abs() < 1e-5 * back, "{scheduler} {keep_rate}");
        }
    }

    #[test]
    fn an_overshoot_is_taken_back_to_the_end_of_the_step() {
        // The chance that a token comes from the data goes from κ to κ + (1−κ)·ahead, and back by the factor 1 − back.
        for corrector in [Corrector::OFF, Corrector::IMAGES, CONSTANT] {
            for scheduler in SCHEDULERS {
                let span = Span { t: 0.3, t_next: 0.6, last: false };
                let odds = Overshoot::of(corrector, Redraws::MIXTURE, scheduler, span);
                let (now, then) = (scheduler.kappa(span.t), scheduler.kappa(span.t_next));
                let beyond = now + (1.0 - now) * odds.ahead.named;
                assert!((beyond * (1.0 - odds.back.named) - then).abs() < 1e-14, "{scheduler} {corrector}");
                assert_eq!(odds.back.named > 1e-12, corrector.is_on(), "{scheduler} {corrector}");
            }
        }
    }

    #[test]
    fn re_noising_maps_the_path_at_one_time_to_the_path_at_an_earlier_one() {
        for source in [Source::Mask, Source::Uniform] {
            let path = GridPath::new(&small_target(5), &source, Coupling::Independent).expect("path");
            let noise = &path.noise_marginals()[0];
            for (late, early) in [(0.9, 0.2), (0.5, 0.4999), (1.0, 0.0)] {
                let [late, early] = [late, early].map(Kappa::new);
                let odds = Redraws::MIXTURE.backward_odds(late, early).total();
                // Every token alike and for itself, in parallel.
                let token = Array2::from_shape_fn((noise.len(), noise.len()), |(y, x)| {
                    odds * noise[y] + if x == y { 1.0 - odds } else { 0.0 }
                });
                let back = token.dot(&path.pmf(late)).dot(&token.t());
                assert!(largest(&(back - path.pmf(early))) < 1e-15, "{source:?} {late:?}");
            }
        }
    }
}
