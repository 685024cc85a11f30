//! Losses of a denoiser on a grid path, exactly, and their minima: the Bayes floors (math.md 6). Nats.

use super::{Axis, GridPath, Kappa};
use ndarray::Array1;

/// Exact expectations of both losses at one κ, summed over the two tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LossAt {
    /// Cross-entropy −E Σ_i ln D(x₁ⁱ | x_t).
    pub cross_entropy: f64,
    /// Generalised KL per unit of κ, i.e. divided by 1−κ: its integral over κ is the path-space KL rate.
    pub generalised_kl: f64,
}

/// The path's own posterior: its losses are the floors.
pub struct Exact<'a> {
    /// The path.
    pub path: &'a GridPath,
    /// Where on it.
    pub kappa: Kappa,
}

impl LogPosterior for Exact<'_> {
    fn log_posterior(&self, axis: Axis, z: [usize; 2], out: &mut [f64]) {
        let d = self.path.posterior_at(axis, z, self.kappa);
        for (out, d) in out.iter_mut().zip(d) {
            *out = d.ln();
        }
    }
}

/// A denoiser's ln p(y | z) for token `axis`, over y.
pub trait LogPosterior {
    /// Writes ln p(y | z) for y in 0..V to `out`; −∞ for what cannot be.
    fn log_posterior(&self, axis: Axis, z: [usize; 2], out: &mut [f64]);
}

/// Both losses of `denoiser` on `path` at `kappa`, as exact sums over states and data tokens. O(V³).
pub fn losses(path: &GridPath, kappa: Kappa, denoiser: &impl LogPosterior) -> LossAt {
    (0..path.vocabulary()).map(|z1| losses_of_row(path, kappa, denoiser, z1)).sum()
}

/// The part of [`losses`] of the states whose first token is `z1`: rows can be summed in any order.
pub fn losses_of_row(path: &GridPath, kappa: Kappa, denoiser: &impl LogPosterior, z1: usize) -> LossAt {
    let v = path.vocabulary();
    let mut log = vec![0.0; v];
    let mut sum = LossAt::default();
    for z in (0..v).map(|z2| [z1, z2]) {
        let p = path.pmf_at(z, kappa);
        if p <= 0.0 {
            continue;
        }
        for axis in Axis::BOTH {
            let here = z[axis.index()];
            let truth: Array1<f64> = path.posterior_at(axis, z, kappa);
            denoiser.log_posterior(axis, z, &mut log);
            let surprise = |y: usize| if truth[y] > 0.0 { -truth[y] * log[y] } else { 0.0 };
            let all: f64 = (0..v).map(surprise).sum();
            sum.cross_entropy += p * all;
            sum.generalised_kl += p * (truth[here] - log[here].exp() + all - surprise(here));
        }
    }
    sum.generalised_kl /= kappa.complement;
    sum
}

impl std::iter::Sum for LossAt {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::default(), |a, b| Self {
            cross_entropy: a.cross_entropy + b.cross_entropy,
            generalised_kl: a.generalised_kl + b.generalised_kl,
        })
    }
}

/// The floors: the losses of the exact posterior at `kappa`, summed over the two tokens.
pub fn floors(path: &GridPath, kappa: Kappa) -> LossAt {
    losses(path, kappa, &Exact { path, kappa })
}

/// Nodes and weights on \[0, 1\] of the `n`-point Gauss–Legendre rule, exact for polynomials of degree 2n − 1.
pub fn gauss_legendre(n: usize) -> Vec<(f64, f64)> {
    (0..n)
        .map(|i| {
            let mut x = (std::f64::consts::PI * (i as f64 + 0.75) / (n as f64 + 0.5)).cos();
            let mut slope = 1.0;
            for _ in 0..100 {
                let (mut value, mut before) = (1.0, 0.0);
                for j in 0..n {
                    let next = ((2 * j + 1) as f64 * x * value - j as f64 * before) / (j + 1) as f64;
                    (before, value) = (value, next);
                }
                slope = n as f64 * (x * value - before) / (x * x - 1.0);
                let step = value / slope;
                x -= step;
                if step.abs() < 1e-15 {
                    break;
                }
            }
            (0.5 * (1.0 + x), 1.0 / ((1.0 - x * x) * slope * slope))
        })
        .collect()
}

/// Nodes for ∫₀¹ f(κ) dκ when f grows like a logarithm at κ = 1: Gauss–Legendre in v with 1−κ = v³.
pub fn kappa_nodes(n: usize) -> Vec<(Kappa, f64)> {
    gauss_legendre(n)
        .into_iter()
        .map(|(v, weight)| {
            let complement = v * v * v;
            let kappa = Kappa { value: 1.0 - complement, complement };
            (kappa, weight * 3.0 * v * v)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::grid::testing::small_target;
    use crate::flow::metrics::entropy;
    use crate::flow::{Coupling, Scheduler, Source};

    fn path(source: Source) -> GridPath {
        GridPath::new(&small_target(5), &source, Coupling::Independent).expect("path")
    }

    #[test]
    fn quadrature_is_exact_for_polynomials() {
        for n in [1, 2, 5, 16] {
            let sum = |power: i32| gauss_legendre(n).iter().map(|(x, w)| w * x.powi(power)).sum::<f64>();
            for power in 0..2 * n as i32 {
                assert!((sum(power) - 1.0 / f64::from(power + 1)).abs() < 1e-14, "n={n} power={power}");
            }
        }
    }

    #[test]
    fn mask_floor_has_its_closed_form() {
        let path = path(Source::Mask);
        let q = small_target(5);
        let side = |axis| {
            let marginal = q.sum_axis(ndarray::Axis(axis));
            -marginal.iter().map(|&x| if x > 0.0 { x * f64::ln(x) } else { 0.0 }).sum::<f64>()
        };
        let (h, h1, h2) = (entropy(&q), side(1), side(0));
        for k in [0.1, 0.5, 0.9] {
            let exact = (1.0 - k) * (1.0 - k) * (h1 + h2) + k * (1.0 - k) * (2.0 * h - h1 - h2);
            assert!((floors(&path, Kappa::new(k)).cross_entropy - exact).abs() < 1e-12);
        }
    }

    #[test]
    fn cross_entropy_floors_are_those_of_the_reference_script() {
        // check_math.py, section 6: ∫ Σ_i H(X1ⁱ|X_t) dt for four schedulers, mask and uniform source.
        let reference = [
            (Scheduler::Linear, 1.45168, 2.07777),
            (Scheduler::Quadratic, 2.01011, 2.51075),
            (Scheduler::Cubic, 2.29732, 2.70007),
            (Scheduler::Cosine, 1.91172, 2.42530),
        ];
        let (mask, uniform) = (path(Source::Mask), path(Source::Uniform));
        for (scheduler, on_mask, on_uniform) in reference {
            let mean = |path: &GridPath| {
                let at = |t: f64| floors(path, scheduler.at(t)).cross_entropy;
                gauss_legendre(60).iter().map(|(t, w)| w * at(*t)).sum::<f64>()
            };
            assert!((mean(&mask) - on_mask).abs() < 1e-5, "{scheduler}: {}", mean(&mask));
            assert!((mean(&uniform) - on_uniform).abs() < 1e-5, "{scheduler}: {}", mean(&uniform));
        }
    }

    #[test]
    fn generalised_kl_floor_is_the_entropy_for_a_mask_and_more_for_a_uniform_source() {
        // Trap 7: a uniform source's bound must not be read against H(q).
        let integral = |path: &GridPath| {
            kappa_nodes(80).iter().map(|(k, w)| w * floors(path, *k).generalised_kl).sum::<f64>()
        };
        let h = entropy(&small_target(5));
        assert!((h - 2.76358).abs() < 1e-5);
        assert!((integral(&path(Source::Mask)) - h).abs() < 1e-9);
        assert!((integral(&path(Source::Uniform)) - 3.68773).abs() < 1e-5);
    }

    #[test]
    fn any_other_denoiser_loses_more() {
        struct Flat;
        impl LogPosterior for Flat {
            fn log_posterior(&self, _: Axis, _: [usize; 2], out: &mut [f64]) {
                let v = out.len() as f64;
                out.fill(-v.ln());
            }
        }
        for kappa in [0.1, 0.5, 0.9] {
            let kappa = Kappa::new(kappa);
            for path in [path(Source::Mask), path(Source::Uniform)] {
                let (wrong, best) = (losses(&path, kappa, &Flat), floors(&path, kappa));
                assert!(wrong.cross_entropy > best.cross_entropy + 1e-3);
                assert!(wrong.generalised_kl > best.generalised_kl + 1e-3);
            }
        }
    }
}
