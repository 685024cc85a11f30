//! What a network's outputs say of a token, by either head, and the denoiser's answer that it becomes.

use super::logistics::Logistics;
use super::{Head, ImageNetConfig};
use crate::denoiser::sequence::{SequenceAnswer, kept_or_drawn};
use crate::flow::categorical::index_at;
use crate::flow::vectors::single::exp;
use crate::flow::{Kappa, SequenceSource};

/// The outputs of one token.
#[derive(Clone, Copy)]
pub(super) enum Opinion<'a> {
    /// Logits \[K\].
    Categorical(&'a [f32]),
    /// A mixture.
    Logistics(Logistics<'a>),
}

impl<'a> Opinion<'a> {
    /// Of token `token` of an image with these `outputs` \[R², T·P\] and bases \[R², D\].
    pub fn of(config: &ImageNetConfig, outputs: &'a [f32], base: &[f32], token: usize) -> Self {
        let size = config.head.outputs(config.values);
        let outputs = &outputs[token * size..][..size];
        match config.head {
            Head::Categorical => Self::Categorical(outputs),
            // As many coordinates as tokens.
            Head::Logistics(_) => Self::Logistics(Logistics::new(outputs, base[token], config.values)),
        }
    }

    /// ln p(`value`).
    pub fn log_p(self, value: usize) -> f32 {
        match self {
            Self::Categorical(logits) => logits[value] - log_sum(logits),
            Self::Logistics(mixture) => mixture.log_p(value),
        }
    }

    /// ln p(`value`), and `weight` times its gradient by the outputs added to `gradient`.
    pub fn gradient(self, value: usize, weight: f32, gradient: &mut [f32]) -> f32 {
        match self {
            Self::Categorical(logits) => {
                let log = log_sum(logits);
                for (to, logit) in gradient.iter_mut().zip(logits) {
                    *to -= weight * exp(logit - log);
                }
                gradient[value] += weight;
                logits[value] - log
            }
            Self::Logistics(mixture) => mixture.gradient(value, weight, Some(gradient)),
        }
    }

    /// p into `out` \[K\].
    pub fn distribution(self, out: &mut [f64]) {
        match self {
            Self::Categorical(logits) => {
                let log = f64::from(log_sum(logits));
                out.iter_mut().zip(logits).for_each(|(p, logit)| *p = (f64::from(*logit) - log).exp());
            }
            Self::Logistics(mixture) => mixture.distribution(out),
        }
    }

    /// A value from a number `u` in \[0, 1).
    pub fn draw(self, u: f64) -> usize {
        match self {
            Self::Categorical(logits) => {
                let top = top(logits);
                let mut sum = 0.0;
                let sums: Vec<f64> = logits
                    .iter()
                    .map(|logit| {
                        sum += f64::from(exp(logit - top));
                        sum
                    })
                    .collect();
                index_at(&sums, u)
            }
            Self::Logistics(mixture) => mixture.draw(u),
        }
    }
}

fn top(logits: &[f32]) -> f32 {
    logits.iter().copied().fold(f32::NEG_INFINITY, f32::max)
}

/// ln Σ eˣ.
fn log_sum(logits: &[f32]) -> f32 {
    let top = top(logits);
    top + crate::flow::vectorized!({
        let mut lanes = [0.0f32; 16];
        let (blocks, rest) = logits.as_chunks::<16>();
        for block in blocks {
            lanes.iter_mut().zip(block).for_each(|(lane, x)| *lane += exp(*x - top));
        }
        lanes.iter().sum::<f32>() + rest.iter().map(|x| exp(*x - top)).sum::<f32>()
    })
    .ln()
}

/// What came out of a network for a batch.
pub(super) trait Opinions: Send + Sync {
    /// Of a token of a sequence.
    fn of(&self, sequence: usize, token: usize) -> Opinion<'_>;
}

/// The answer of a network: of a token that is not known what it says, and with a uniform source the mixture of that with
/// what the token itself says (math.md 2.2).
pub(super) struct Asked<O> {
    pub opinions: O,
    /// N.
    pub tokens: usize,
    /// K.
    pub values: usize,
    pub source: SequenceSource,
    /// \[B, N\].
    pub states: Vec<u16>,
    /// \[B\].
    pub kappas: Vec<Kappa>,
}

impl<O: Opinions> Asked<O> {
    /// The value a token has, and the probability ρ that it comes from the data: then it stays (math.md 2.2).
    fn kept(&self, sequence: usize, token: usize) -> (u16, f64) {
        let here = self.states[sequence * self.tokens + token];
        let rho = match self.source {
            SequenceSource::Mask => f64::from(u8::from(usize::from(here) < self.values)),
            SequenceSource::Uniform => {
                let Kappa { value, complement } = self.kappas[sequence];
                let r = f64::from(self.opinions.of(sequence, token).log_p(usize::from(here))).exp();
                let from_data = value * r;
                from_data / (from_data + complement / self.values as f64)
            }
        };
        (here, rho)
    }
}

impl<O: Opinions> SequenceAnswer for Asked<O> {
    fn draw(&self, sequence: usize, token: usize, temperature: f64, u: f64) -> u16 {
        let distribution = || {
            let mut p = vec![0.0; self.values];
            self.distribution(sequence, token, &mut p);
            p
        };
        let fresh = |u| self.opinions.of(sequence, token).draw(u);
        kept_or_drawn(self.kept(sequence, token), temperature, u, distribution, fresh)
    }

    fn log_probability(&self, sequence: usize, token: usize, value: u16) -> f64 {
        let (here, rho) = self.kept(sequence, token);
        if rho == 1.0 {
            return if here == value { 0.0 } else { f64::NEG_INFINITY };
        }
        let log = f64::from(self.opinions.of(sequence, token).log_p(usize::from(value)));
        if rho == 0.0 {
            return log;
        }
        ((1.0 - rho) * log.exp() + if here == value { rho } else { 0.0 }).ln()
    }

    fn distribution(&self, sequence: usize, token: usize, out: &mut [f64]) {
        let (here, rho) = self.kept(sequence, token);
        self.opinions.of(sequence, token).distribution(out);
        if rho > 0.0 {
            out.iter_mut().for_each(|p| *p *= 1.0 - rho);
            if let Some(out) = out.get_mut(usize::from(here)) {
                *out += rho;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_softmax_its_gradient_and_its_draws() {
        let logits: Vec<f32> = (0..20).map(|n| (n as f32 * 0.9).sin() * 3.0).collect();
        let opinion = Opinion::Categorical(&logits);
        let mut p = [0.0; 20];
        opinion.distribution(&mut p);
        assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-6);
        let mut gradient = [0.25; 20];
        let log_p = opinion.gradient(7, 2.0, &mut gradient);
        assert!((f64::from(log_p) - p[7].ln()).abs() < 1e-5);
        assert!((opinion.log_p(7) - log_p).abs() < 1e-6);
        for (n, (gradient, p)) in gradient.iter().zip(p).enumerate() {
            let expected = 0.25 + 2.0 * (f64::from(u8::from(n == 7)) - p);
            assert!((f64::from(*gradient) - expected).abs() < 1e-5, "{n}");
        }
        let mut counts = [0.0; 20];
        for n in 0..10_000 {
            counts[opinion.draw((f64::from(n) + 0.5) / 1e4)] += 1e-4;
        }
        for (count, p) in counts.iter().zip(p) {
            assert!((count - p).abs() < 2e-4, "{count} {p}");
        }
    }
}
