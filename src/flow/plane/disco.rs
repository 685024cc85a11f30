//! Discrete latents on the plane, DisCo-Diff's toy: the best denoiser that an encoder's table allows, in closed form
//! (plane.md 6).

use super::mixture::{Gaussian, Mixture};
use crate::flow::error::FlowError;
use ndarray::Array2;

/// Most codes of a latent.
pub const MOST_CODES: usize = 64;

/// A target whose every mode has a code, by chance: A \[modes, codes\], rows add up to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Latents {
    target: Mixture,
    encoder: Array2<f64>,
}

impl Latents {
    /// Of an encoder's table.
    ///
    /// # Errors
    /// If it has not as many rows as the target has components, no code or more than [`MOST_CODES`], or a row that is no
    /// distribution.
    pub fn new(target: Mixture, encoder: Array2<f64>) -> Result<Self, FlowError> {
        let (modes, codes) = encoder.dim();
        if modes != target.len() || !(1..=MOST_CODES).contains(&codes) {
            return Err(FlowError::Unsupported(format!(
                "an encoder of {modes} modes and {codes} codes: expected {} modes and 1 to {MOST_CODES} codes",
                target.len()
            )));
        }
        let fits = |row: ndarray::ArrayView1<'_, f64>| {
            row.iter().all(|a| (0.0..=1.0 + 1e-9).contains(a)) && (row.sum() - 1.0).abs() < 1e-6
        };
        match encoder.rows().into_iter().all(fits) {
            true => Ok(Self { target, encoder }),
            false => Err(FlowError::NotAPmf("a row of the encoder")),
        }
    }

    /// Neighbouring modes share a code.
    ///
    /// # Errors
    /// As [`Self::new`]'s.
    pub fn neighbours(target: Mixture, codes: usize) -> Result<Self, FlowError> {
        let modes = target.len();
        let code = |mode: usize| mode * codes / modes;
        let encoder =
            Array2::from_shape_fn((modes, codes.max(1)), |(mode, z)| f64::from(u8::from(code(mode) == z)));
        Self::new(target, encoder)
    }

    /// The target.
    pub fn target(&self) -> &Mixture {
        &self.target
    }

    /// A \[modes, codes\].
    pub fn encoder(&self) -> &Array2<f64> {
        &self.encoder
    }

    /// The prior of the codes by maximum likelihood: Σⱼ wⱼ Aⱼz.
    pub fn prior(&self) -> Vec<f64> {
        let column =
            |z: usize| self.target.weights().iter().zip(self.encoder.column(z)).map(|(w, a)| w * a).sum();
        (0..self.encoder.ncols()).map(column).collect()
    }

    /// e^H(z): how many codes are in use.
    pub fn effective_codes(&self) -> f64 {
        entropy(&self.prior()).exp()
    }

    /// I(z; mode) in nats.
    pub fn information(&self) -> f64 {
        let rows = self.encoder.rows().into_iter().zip(self.target.weights());
        let given = rows.map(|(row, w)| w * entropy(row.as_slice().unwrap_or(&row.to_vec()))).sum::<f64>();
        entropy(&self.prior()) - given
    }

    /// P(mode | x, z) of x = y + T n; `code` None is the unconditional one. All 0 where the code is never used.
    pub fn shares(&self, x: [f64; 2], level: f64, code: Option<usize>) -> Vec<f64> {
        let logs = self.target.components().enumerate().map(|(j, c)| {
            let weight = c.weight * code.map_or(1.0, |z| self.encoder[[j, z]]);
            weight.ln() + Seen::new(&c, x, level).ln
        });
        let mut shares: Vec<f64> = logs.collect();
        let most = shares.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if most == f64::NEG_INFINITY {
            return vec![0.0; shares.len()];
        }
        shares.iter_mut().for_each(|l| *l = (*l - most).exp());
        let total: f64 = shares.iter().sum();
        shares.iter_mut().for_each(|r| *r /= total);
        shares
    }

    /// D(x, T, z) = E\[y | x, z\], the best denoiser at the noise level T > 0.
    pub fn denoised(&self, x: [f64; 2], level: f64, code: Option<usize>) -> [f64; 2] {
        let mut sum = [0.0; 2];
        for (c, r) in self.target.components().zip(self.shares(x, level, code)) {
            let mean = Seen::new(&c, x, level).mean();
            sum = [0, 1].map(|i| sum[i] + r * mean[i]);
        }
        sum
    }

    /// w D(z) + (1 − w) D(∅): 1 is conditional, 0 unconditional.
    pub fn guided(&self, x: [f64; 2], level: f64, code: usize, w: f64) -> [f64; 2] {
        let (with, without) = (self.denoised(x, level, Some(code)), self.denoised(x, level, None));
        [0, 1].map(|i| w * with[i] + (1.0 - w) * without[i])
    }

    /// tr Cov\[y | x, z\]: the least loss at x.
    pub fn spread(&self, x: [f64; 2], level: f64, code: Option<usize>) -> f64 {
        let shares = self.shares(x, level, code);
        let (mut own, mut mean, mut square) = (0.0, [0.0; 2], 0.0);
        for (c, r) in self.target.components().zip(shares) {
            let seen = Seen::new(&c, x, level);
            let (m, left) = (seen.mean(), seen.covariance());
            own += r * (left[0] + left[2]);
            square += r * (m[0] * m[0] + m[1] * m[1]);
            mean = [0, 1].map(|i| mean[i] + r * m[i]);
        }
        own + (square - mean[0] * mean[0] - mean[1] * mean[1]).max(0.0)
    }

    /// The mean of f(x, z) over z ~ prior and x = y + T n, without chance: `nodes` points on a spiral about each mode.
    fn average(&self, level: f64, nodes: usize, mut f: impl FnMut([f64; 2], usize) -> f64) -> f64 {
        let [n1, n2] = super::distance::normal_spiral(nodes);
        let mut total = 0.0;
        for (j, c) in self.target.components().enumerate() {
            for (n1, n2) in n1.iter().zip(&n2) {
                let off = c.covariance.scattered(level, [*n1, *n2]);
                let x = [c.mean[0] + off[0], c.mean[1] + off[1]];
                for z in 0..self.encoder.ncols() {
                    let chance = c.weight * self.encoder[[j, z]];
                    if chance > 0.0 {
                        total += chance / nodes as f64 * f(x, z);
                    }
                }
            }
        }
        total
    }

    /// E|D_z − y|², the least loss with these codes at the noise level T.
    pub fn loss(&self, level: f64, nodes: usize) -> f64 {
        self.average(level, nodes, |x, z| self.spread(x, level, Some(z)))
    }

    /// E|D − y|², the least loss without codes.
    pub fn loss_without(&self, level: f64, nodes: usize) -> f64 {
        self.average(level, nodes, |x, _| self.spread(x, level, None))
    }

    /// E|D − D_z|²: what the codes are worth, the difference of the two losses.
    pub fn gain(&self, level: f64, nodes: usize) -> f64 {
        self.average(level, nodes, |x, z| {
            let (with, without) = (self.denoised(x, level, Some(z)), self.denoised(x, level, None));
            (with[0] - without[0]).powi(2) + (with[1] - without[1]).powi(2)
        })
    }

    /// G = (x − D)/T, along which the probability-flow ODE goes.
    fn direction(&self, x: [f64; 2], level: f64, code: Option<usize>) -> [f64; 2] {
        let d = self.denoised(x, level, code);
        [0, 1].map(|i| (x[i] - d[i]) / level)
    }

    /// The curvature of the ODE's line through x by one Euler step of 10⁻³: |T̂ − T̂'|/|x − x'| with T̂ = G/|G|. Its mean over
    /// x is without meaning: take medians.
    pub fn curvature(&self, x: [f64; 2], level: f64, code: Option<usize>) -> f64 {
        const STEP: f64 = 1e-3;
        let unit = |g: [f64; 2]| g.map(|component| component / g[0].hypot(g[1]).max(f64::MIN_POSITIVE));
        let g = self.direction(x, level, code);
        let back = [0, 1].map(|i| x[i] - STEP * g[i]);
        let (a, b) = (unit(g), unit(self.direction(back, level - STEP, code)));
        (a[0] - b[0]).hypot(a[1] - b[1]) / (STEP * g[0].hypot(g[1])).max(f64::MIN_POSITIVE)
    }

    /// ‖∇D‖² (Frobenius) at x: Cov\[y | x, z\]/T² is the Jacobian of D.
    pub fn jacobian_norm(&self, x: [f64; 2], level: f64, code: Option<usize>) -> f64 {
        jacobian_norm(self.covariance(x, level, code).map(|c| c / (level * level)))
    }

    /// ‖∇G‖² at x, ∇G = (I − ∇D)/T.
    pub fn direction_jacobian_norm(&self, x: [f64; 2], level: f64, code: Option<usize>) -> f64 {
        let [a, b, d] = self.covariance(x, level, code).map(|c| c / (level * level));
        jacobian_norm([(1.0 - a) / level, -b / level, (1.0 - d) / level])
    }

    /// Cov\[y | x, z\]: entries 11, 12 and 22.
    fn covariance(&self, x: [f64; 2], level: f64, code: Option<usize>) -> [f64; 3] {
        let mean = self.denoised(x, level, code);
        let mut cov = [0.0; 3];
        for (c, r) in self.target.components().zip(self.shares(x, level, code)) {
            let seen = Seen::new(&c, x, level);
            let (at, own) = (seen.mean(), seen.covariance());
            let m = [0, 1].map(|i| at[i] - mean[i]);
            cov[0] += r * (own[0] + m[0] * m[0]);
            cov[1] += r * (own[1] + m[0] * m[1]);
            cov[2] += r * (own[2] + m[1] * m[1]);
        }
        cov
    }

    /// Curvatures at `nodes` points of x about each mode, sorted: quartiles are entries of it.
    pub fn curvatures(&self, level: f64, nodes: usize, with_codes: bool) -> Vec<f64> {
        let mut all = Vec::new();
        self.average(level, nodes, |x, z| {
            all.push(self.curvature(x, level, with_codes.then_some(z)));
            0.0
        });
        all.sort_by(f64::total_cmp);
        all
    }

    /// E‖∇D‖² and E‖∇G‖² at the noise level T.
    pub fn jacobian_norms(&self, level: f64, nodes: usize, with_codes: bool) -> [f64; 2] {
        [Self::jacobian_norm, Self::direction_jacobian_norm]
            .map(|norm| self.average(level, nodes, |x, z| norm(self, x, level, with_codes.then_some(z))))
    }
}

/// What x = y + T n says of a component y ~ N(μ, C), in its own axes.
struct Seen<'a> {
    component: &'a Gaussian,
    level: f64,
    /// x − μ.
    off: [f64; 2],
    /// s²/(s² + T²): what is kept of that.
    keep: [f64; 2],
    /// ln of the density of x, but for a constant.
    ln: f64,
}

impl<'a> Seen<'a> {
    fn new(component: &'a Gaussian, x: [f64; 2], level: f64) -> Self {
        let covariance = &component.covariance;
        let off = covariance.in_axes([x[0] - component.mean[0], x[1] - component.mean[1]]);
        let squares = covariance.sds().map(|sd| sd * sd);
        let [v1, v2] = squares.map(|square| square + level * level);
        let ln = -0.5 * ((v1 * v2).ln() + off[0] * off[0] / v1 + off[1] * off[1] / v2);
        Self { component, level, off, keep: [squares[0] / v1, squares[1] / v2], ln }
    }

    /// E\[y | x\].
    fn mean(&self) -> [f64; 2] {
        let Gaussian { mean, covariance, .. } = self.component;
        let kept = covariance.out_of_axes([self.keep[0] * self.off[0], self.keep[1] * self.off[1]]);
        [mean[0] + kept[0], mean[1] + kept[1]]
    }

    /// Cov\[y | x\]: entries 11, 12 and 22.
    fn covariance(&self) -> [f64; 3] {
        let [cos, sin] = self.component.covariance.direction();
        let [a, b] = self.keep.map(|keep| self.level * self.level * keep);
        [cos * cos * a + sin * sin * b, cos * sin * (a - b), sin * sin * a + cos * cos * b]
    }
}

fn jacobian_norm([a, b, d]: [f64; 3]) -> f64 {
    a * a + 2.0 * b * b + d * d
}

/// −Σ p ln p in nats.
fn entropy(p: &[f64]) -> f64 {
    p.iter().filter(|p| **p > 0.0).map(|p| -p * p.ln()).sum()
}

/// One Gumbel-softmax draw: softmax((ln π + g)/temperature), g = −ln(−ln u) of numbers `u` in (0, 1). The largest entry is
/// one of code z with chance π_z; the mean of the draws is not π.
pub fn gumbel_softmax(chances: &[f64], u: &[f64], temperature: f64) -> Vec<f64> {
    let logs = chances.iter().zip(u).map(|(p, u)| (p.ln() - (-u.ln()).ln()) / temperature);
    let mut values: Vec<f64> = logs.collect();
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    values.iter_mut().for_each(|x| *x = (*x - most).exp());
    let total: f64 = values.iter().sum();
    values.iter_mut().for_each(|x| *x /= total);
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(codes: usize) -> Latents {
        Latents::neighbours(Mixture::ring(), codes).expect("latents")
    }

    fn median(sorted: &[f64]) -> f64 {
        sorted[sorted.len() / 2]
    }

    #[test]
    fn losses_of_the_note() {
        for (level, expected) in [
            (2.0, [3.94, 2.49, 1.04, 0.079]),
            (1.0, [1.11, 0.82, 0.54, 0.077]),
            (0.6, [0.30, 0.24, 0.18, 0.072]),
        ] {
            for (codes, expected) in [1, 2, 4, 8].into_iter().zip(expected) {
                let loss = ring(codes).loss(level, 4000);
                assert!(
                    (loss - expected).abs() < 0.02 * expected.max(0.3),
                    "{level} {codes} {loss} {expected}"
                );
            }
            let exact = 2.0 * 0.04 * level * level / (0.04 + level * level);
            assert!((ring(8).loss(level, 100) - exact).abs() < 1e-12);
            // E|D−y|² = E|D_z−y|² + E|D−D_z|².
            let four = ring(4);
            let parts = four.loss(level, 4000) + four.gain(level, 4000);
            assert!((four.loss_without(level, 4000) - parts).abs() < 2e-3);
        }
    }

    #[test]
    fn medians_of_the_curvature_are_the_notes_and_its_mean_is_nothing() {
        for (level, expected) in [(2.0, [0.0076, 0.057]), (1.0, [0.88, 0.45]), (0.5, [0.155, 0.024])] {
            for (codes, expected) in [1, 4].into_iter().zip(expected) {
                let found = median(&ring(codes).curvatures(level, 2000, true));
                assert!((found / expected - 1.0).abs() < 0.12, "{level} {codes} {found} {expected}");
            }
            assert!(ring(8).curvatures(level, 200, true).iter().all(|k| *k < 1e-8));
        }
        // Trap: the mean at T = 2 is some thousands, of a median of .0076.
        let all = ring(1).curvatures(2.0, 4000, true);
        assert!(all.iter().sum::<f64>() / all.len() as f64 > 1e4 * median(&all));
    }

    #[test]
    fn latents_lower_the_jacobian_of_the_denoiser_and_not_of_its_direction() {
        for (level, d, g) in [(2.0, [0.653, 0.0002], [0.17, 0.49]), (1.0, [1.22, 0.003], [1.0, 1.85])] {
            let [without, with] = [false, true].map(|codes| ring(8).jacobian_norms(level, 3000, codes));
            for (found, expected) in
                [(without[0], d[0]), (with[0], d[1]), (without[1], g[0]), (with[1], g[1])]
            {
                assert!((found - expected).abs() < 0.03 * expected + 5e-5, "{level} {found} {expected}");
            }
        }
    }

    #[test]
    fn an_encoders_table_gives_the_best_denoiser() {
        let encoder = Array2::from_shape_fn((8, 3), |(j, z)| {
            [[0.7, 0.2, 0.1], [0.1, 0.1, 0.8], [0.3, 0.4, 0.3]][j % 3][z]
        });
        let latents = Latents::new(Mixture::ring(), encoder).expect("latents");
        let (x, level, z) = ([0.8, -1.4], 1.0, 2);
        // E[y | x, z] by brute force over the modes' own posteriors.
        let (mut total, mut sum) = (0.0, [0.0; 2]);
        for (j, c) in Mixture::ring().components().enumerate() {
            let v = 1.04f64;
            let square = (x[0] - c.mean[0]).powi(2) + (x[1] - c.mean[1]).powi(2);
            let f = c.weight * latents.encoder()[[j, z]] * (-0.5 * square / v).exp();
            total += f;
            sum = [0, 1].map(|i| sum[i] + f * ((c.mean[i] * level * level + 0.04 * x[i]) / v));
        }
        let found = latents.denoised(x, level, Some(z));
        assert!((found[0] - sum[0] / total).abs() < 1e-12 && (found[1] - sum[1] / total).abs() < 1e-12);
        let guided = latents.guided(x, level, z, 0.0);
        assert_eq!(guided, latents.denoised(x, level, None));
        assert!((latents.prior().iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert!(latents.information() > 0.0 && latents.information() < 3f64.ln());
        assert!(
            (ring(8).information() - 8f64.ln()).abs() < 1e-12
                && (ring(4).effective_codes() - 4.0).abs() < 1e-12
        );
    }

    #[test]
    fn covariances_give_the_best_denoiser_and_its_slopes() {
        let parts =
            [([1.0, 0.5], [0.6, 0.4, 0.5]), ([-1.2, 0.3], [0.3, -0.2, 0.4]), ([0.0, -1.0], [0.2, 0.0, 0.2])];
        let parts = parts.map(|(mean, entries)| {
            let covariance = crate::flow::plane::Covariance::new(entries).expect("a covariance");
            Gaussian { weight: 1.0, mean, covariance }
        });
        let encoder = ndarray::arr2(&[[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]]);
        let latents = Latents::new(Mixture::new(&parts).expect("a mixture"), encoder).expect("latents");
        let ones = parts.map(|part| Mixture::new(&[part]).expect("one"));
        let (x, level) = ([0.3, -0.2], 0.7);
        for code in [None, Some(0), Some(1)] {
            // E[y | x, z] by brute force over y.
            let (mut total, mut sums) = (0.0, [0.0; 3]);
            for i in 0..400 {
                for k in 0..400 {
                    let y = [i, k].map(|i| 0.02 * f64::from(i) - 4.0);
                    let away = (y[0] - x[0]).powi(2) + (y[1] - x[1]).powi(2);
                    let of = |(j, one): (usize, &Mixture)| {
                        one.ln_density(y).exp() * code.map_or(1.0, |z| latents.encoder()[[j, z]])
                    };
                    let p: f64 = ones.iter().enumerate().map(of).sum();
                    let f = p * (-0.5 * away / (level * level)).exp();
                    total += f;
                    sums =
                        [sums[0] + f * y[0], sums[1] + f * y[1], sums[2] + f * (y[0] * y[0] + y[1] * y[1])];
                }
            }
            let [a, b, square] = sums.map(|sum| sum / total);
            let found = latents.denoised(x, level, code);
            assert!((found[0] - a).abs() < 1e-6 && (found[1] - b).abs() < 1e-6, "{found:?} {a} {b}");
            assert!((latents.spread(x, level, code) - (square - a * a - b * b)).abs() < 1e-6);
            // Cov/T² is the Jacobian of D.
            let h = 1e-4;
            let slope = |axis: usize, of: usize| {
                let moved = |by: f64| {
                    let mut x = x;
                    x[axis] += by;
                    latents.denoised(x, level, code)[of]
                };
                (moved(h) - moved(-h)) / (2.0 * h)
            };
            let norm: f64 = (0..4).map(|k| slope(k / 2, k % 2).powi(2)).sum();
            assert!((latents.jacobian_norm(x, level, code) / norm - 1.0).abs() < 1e-5);
        }
        let parts = latents.loss(level, 2000) + latents.gain(level, 2000);
        assert!((latents.loss_without(level, 2000) / parts - 1.0).abs() < 1e-2);
    }

    #[test]
    fn tables_that_are_none_are_refused() {
        for encoder in [
            Array2::from_elem((8, 2), 0.4),
            Array2::from_elem((7, 1), 1.0),
            Array2::zeros((8, 0)),
            Array2::from_elem((8, 65), 1.0 / 65.0),
            Array2::from_elem((8, 1), f64::NAN),
        ] {
            assert!(Latents::new(Mixture::ring(), encoder).is_err());
        }
    }

    #[test]
    fn the_largest_gumbel_has_the_law_and_the_relaxed_mean_has_not() {
        let pi = [0.3, 0.05, 0.1, 0.15, 0.05, 0.2, 0.1, 0.05];
        let mut seed = 5u64;
        let mut number = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((seed >> 11) as f64 + 0.5) / (1u64 << 53) as f64
        };
        let n = 60_000;
        let (mut hard, mut soft, mut top) = (0.0, 0.0, [0.0; 2]);
        for _ in 0..n {
            let u: Vec<f64> = pi.iter().map(|_| number()).collect();
            let draws = [1.0, 0.1].map(|temperature| gumbel_softmax(&pi, &u, temperature));
            let most = draws.each_ref().map(|draw| draw.iter().copied().fold(0.0, f64::max));
            hard += f64::from(u8::from(draws[0][0] == most[0]));
            soft += draws[0][0];
            top = [top[0] + most[0], top[1] + most[1]];
        }
        let [hard, soft, one, tenth] = [hard, soft, top[0], top[1]].map(|sum| sum / f64::from(n));
        assert!((hard - 0.3).abs() < 0.01 && (soft - 0.245).abs() < 0.01, "{hard} {soft}");
        assert!((one - 0.52).abs() < 0.01 && (tenth - 0.94).abs() < 0.01, "{one} {tenth}");
    }
}
