//! How often a token is drawn anew along a mixture or three-way path, and what from (math.md 3.4, 3.5, 5.1).

use super::Kappa;

/// Draws from the named distribution (the denoiser's going forward, the source's going back) and from the uniform one
/// over the data tokens: rates per unit of κ, or probabilities.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Redraw {
    /// From the denoiser or the source.
    pub named: f64,
    /// From the uniform distribution.
    pub uniform: f64,
}

impl Redraw {
    /// Both together.
    pub fn total(self) -> f64 {
        self.named + self.uniform
    }

    /// The same draws, `times` as often.
    #[must_use]
    pub fn times(self, times: f64) -> Self {
        Self { named: self.named * times, uniform: self.uniform * times }
    }
}

/// The draws of every token of a path, however many there are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Redraws {
    /// c of a three-way path; the mixture path is that with c = 0.
    pub three_way: f64,
    /// The share ρ of tokens that the coupling keeps in place from the start.
    pub keep_rate: f64,
}

impl Redraws {
    /// Of a mixture path with the independent coupling.
    pub const MIXTURE: Self = Self { three_way: 0.0, keep_rate: 0.0 };

    /// (1−κ)/(1−cκ), and its limit 1 for c = 1.
    pub fn noise_ratio(self, kappa: Kappa) -> f64 {
        let c = self.three_way;
        if c == 1.0 { 1.0 } else { kappa.complement / (1.0 - c + c * kappa.complement) }
    }

    /// The forward hazards a₁ and a₂ of math.md 3.5 times 1−κ: they add up to 1 on a mixture path, to at most 2 on a
    /// three-way path, and are finite everywhere. Per unit of κ and of 1/(1−κ).
    pub fn forward_shares(self, kappa: Kappa) -> Redraw {
        let (c, ratio) = (self.three_way, self.noise_ratio(kappa));
        Redraw { named: 1.0 + c * kappa.value * ratio, uniform: c * ratio * kappa.complement }
    }

    /// The backward hazards times κ: they add up to 1.
    pub fn backward_shares(self, kappa: Kappa) -> Redraw {
        let uniform = self.three_way * kappa.value * kappa.value;
        Redraw { named: 1.0 - uniform, uniform }
    }

    /// Probabilities that a token is drawn anew between two points of the path, the denoiser frozen: exact for any
    /// step. 1 − total is κ₃'s ratio.
    pub fn forward_odds(self, now: Kappa, then: Kappa) -> Redraw {
        if now.complement <= 0.0 {
            return Redraw::default();
        }
        let c = self.three_way;
        let not_uniform = |k: Kappa| 1.0 - c + c * k.complement;
        let stay = then.complement / now.complement;
        if c == 0.0 {
            return Redraw { named: 1.0 - stay, uniform: 0.0 };
        }
        let stay = stay * not_uniform(then) / not_uniform(now);
        let uniform = c * then.complement * (now.complement - then.complement) / not_uniform(now);
        Redraw { named: 1.0 - stay - uniform, uniform }
    }

    /// Probabilities that a token is re-noised on the way back from `late` to `early`: exact for a product source and
    /// any step (math.md 5.2). Both are lifted by a keep rate before they are compared.
    pub fn backward_odds(self, late: Kappa, early: Kappa) -> Redraw {
        let rho = self.keep_rate;
        let (late, early) = (late.lifted(rho), early.lifted(rho));
        if late.value <= 0.0 {
            return Redraw::default();
        }
        let gone = (1.0 - early.value / late.value).max(0.0);
        let uniform = self.three_way * early.value * (late.value - early.value).max(0.0);
        Redraw { named: gone - uniform, uniform }
    }

    /// ln of the probability that a token was left alone from `now` to `then`: ∫ of the forward hazard, ≤ 0.
    pub fn log_survival(self, now: Kappa, then: Kappa) -> f64 {
        let c = self.three_way;
        let noise =
            |k: Kappa| if c == 0.0 { k.complement } else { k.complement * (1.0 - c + c * k.complement) };
        (noise(then) / noise(now)).ln()
    }

    /// The point at which the share of untouched noise has fallen from its value at `now` by the factor `survival`.
    pub fn after_survival(self, now: Kappa, survival: f64) -> Kappa {
        let c = self.three_way;
        if c == 0.0 {
            let complement = now.complement * survival;
            return Kappa { value: now.value + now.complement * (1.0 - survival), complement };
        }
        // (1−κ)(1−cκ) = s solved for 1−κ without cancellation.
        let s = now.complement * (1.0 - c + c * now.complement) * survival;
        let root = ((1.0 - c).powi(2) + 4.0 * c * s).sqrt();
        let complement = if s > 0.0 { 2.0 * s / (1.0 - c + root) } else { 0.0 };
        Kappa { value: 1.0 - complement, complement }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odds_are_the_integrated_hazards_and_compose() {
        for c in [0.0, 0.3, 1.0] {
            let redraws = Redraws { three_way: c, ..Redraws::MIXTURE };
            let (start, end) = (Kappa::new(0.2), Kappa::new(0.7));
            // A thousand small steps of the rates: dA/dκ = a − (a₁ + a₂) A.
            let (mut forward, mut n) = (Redraw::default(), 0.2);
            let h = 0.5 / 20_000.0;
            while n < 0.7 - 0.5 * h {
                let middle = Kappa::new(n + 0.5 * h);
                let rate = redraws.forward_shares(middle).times(h / middle.complement);
                let odds = rate.total();
                forward = Redraw {
                    named: forward.named * (1.0 - odds) + rate.named,
                    uniform: forward.uniform * (1.0 - odds) + rate.uniform,
                };
                n += h;
            }
            let exact = redraws.forward_odds(start, end);
            assert!((exact.named - forward.named).abs() < 1e-4, "{c}: {exact:?} {forward:?}");
            assert!((exact.uniform - forward.uniform).abs() < 1e-4, "{c}: {exact:?} {forward:?}");
            let survival = redraws.log_survival(start, end).exp();
            assert!((survival + exact.total() - 1.0).abs() < 1e-14);
            assert!((redraws.after_survival(start, survival).value - 0.7).abs() < 1e-14);
            // Two steps back are one.
            let middle = Kappa::new(0.4);
            let (one, two) = (redraws.backward_odds(end, middle), redraws.backward_odds(middle, start));
            let both = redraws.backward_odds(end, start);
            assert!((one.uniform * (1.0 - two.total()) + two.uniform - both.uniform).abs() < 1e-14);
            assert!((1.0 - both.total() - 0.2 / 0.7).abs() < 1e-14);
            let shares = redraws.backward_shares(middle);
            let near = redraws.backward_odds(middle, Kappa::new(0.4 - 1e-7));
            assert!((near.uniform / near.total() - shares.uniform).abs() < 1e-6);
        }
    }
}
