//! Mixtures of Gaussians, round or with covariances, and points as mixtures without width: targets and sources (plane.md 0, 1).

use super::covariance::Covariance;
use crate::flow::error::{FlowError, shown};
use std::f64::consts::{PI, TAU};

/// Most components a mixture has: every exact value is a sum over all of them.
pub const MOST_COMPONENTS: usize = 20_000;
/// Furthest that a coordinate may lie from 0.
pub const FURTHEST: f64 = 1e6;
/// Least standard deviation above 0: a smaller one is a point.
pub const LEAST_SD: f64 = 1e-6;
/// Largest standard deviation.
pub const MOST_SD: f64 = 1e3;

/// Σ wⱼ N(μⱼ, Cⱼ), of round components Cⱼ = sⱼ² I. A component with Cⱼ = 0 is a point.
#[derive(Clone, Debug, PartialEq)]
pub struct Mixture {
    weights: Vec<f64>,
    means: Vec<[f64; 2]>,
    covariances: Vec<Covariance>,
}

impl Mixture {
    /// Of components with weights (normalised here), centres and **standard deviations** ([`Component`]) or covariances
    /// ([`Gaussian`]). Components of weight 0 are left out.
    ///
    /// # Errors
    /// Naming the component, counted from 1: a weight that is negative or no number, a centre beyond [`FURTHEST`], a standard
    /// deviation that is neither 0 nor from [`LEAST_SD`] to [`MOST_SD`]; no component with a weight; more than
    /// [`MOST_COMPONENTS`].
    pub fn new<C: Copy + Into<Gaussian>>(components: &[C]) -> Result<Self, FlowError> {
        let refused = |why: String| Err(FlowError::Unsupported(why));
        if components.len() > MOST_COMPONENTS {
            let n = components.len();
            return refused(format!(
                "{n} components: expected at most {MOST_COMPONENTS}, for every exact value is a sum over all"
            ));
        }
        let (mut weights, mut means, mut covariances) = (Vec::new(), Vec::new(), Vec::new());
        for (n, component) in components.iter().enumerate() {
            let Gaussian { weight, mean, covariance } = (*component).into();
            let n = n + 1;
            if !(0.0..=f64::MAX).contains(&weight) {
                return refused(format!(
                    "component {n} has weight {}: expected a number that is not negative",
                    shown(weight)
                ));
            }
            if let Some(x) = mean.into_iter().find(|x| !(-FURTHEST..=FURTHEST).contains(x)) {
                return refused(format!(
                    "component {n} has its centre at {}: expected a number from -1e6 to 1e6",
                    shown(x)
                ));
            }
            // Others were checked when they were made.
            if let Some(sd) = covariance.sd().filter(|sd| *sd != 0.0 && !(LEAST_SD..=MOST_SD).contains(sd)) {
                return refused(format!(
                    "component {n} has standard deviation {}: expected 0 (a point) or a number from {LEAST_SD} to {MOST_SD}",
                    shown(sd)
                ));
            }
            if weight > 0.0 {
                weights.push(weight);
                means.push(mean);
                covariances.push(covariance);
            }
        }
        // Sums of the largest numbers are infinite, of the smallest 0.
        let most = weights.iter().copied().fold(0.0, f64::max);
        weights.iter_mut().for_each(|weight| *weight /= most);
        let total: f64 = weights.iter().sum();
        if weights.is_empty() {
            return refused("no component has a weight above 0".to_owned());
        }
        weights.iter_mut().for_each(|weight| *weight /= total);
        if weights.iter().any(|weight| *weight <= 0.0) {
            return refused(
                "weights differ by more than numbers can: expected a ratio below 1e300".to_owned(),
            );
        }
        Ok(Self { weights, means, covariances })
    }

    /// Points of equal weight, each with the bandwidth `sd`; 0 leaves them points.
    ///
    /// # Errors
    /// As [`Self::new`]'s.
    pub fn of_points(points: &[[f64; 2]], sd: f64) -> Result<Self, FlowError> {
        let components: Vec<_> = points.iter().map(|&mean| Component { weight: 1.0, mean, sd }).collect();
        Self::new(&components)
    }

    /// N(0, I).
    pub fn normal() -> Self {
        Self { weights: vec![1.0], means: vec![[0.0; 2]], covariances: vec![Covariance::round(1.0)] }
    }

    /// Eight Gaussians at multiples of 45° on a circle of radius 3, standard deviation 0.2.
    pub fn ring() -> Self {
        let at = |j: u32| TAU * f64::from(j) / 8.0;
        Self::equal((0..8).map(|j| [3.0 * at(j).cos(), 3.0 * at(j).sin()]), 0.2)
    }

    /// Three unlike Gaussians.
    pub fn three() -> Self {
        Self {
            weights: vec![0.5, 0.2, 0.3],
            means: vec![[2.0, 0.0], [-1.0, 1.7], [0.3, -1.9]],
            covariances: [0.4, 0.25, 0.6].map(Covariance::round).to_vec(),
        }
    }

    /// Two half circles that hook into each other.
    pub fn moons() -> Self {
        const EACH: u32 = 24;
        let angles = (0..EACH).map(|i| PI * f64::from(i) / f64::from(EACH - 1));
        let upper = angles.clone().map(|a| [2.0 * a.cos() - 1.0, 2.0 * a.sin() - 0.5]);
        let lower = angles.map(|a| [1.0 - 2.0 * a.cos(), 0.5 - 2.0 * a.sin()]);
        Self::equal(upper.chain(lower), 0.15)
    }

    /// Two arms that wind around each other out of the middle.
    pub fn spiral() -> Self {
        const EACH: u32 = 40;
        let arm = |turned: f64| {
            (0..EACH).map(move |i| {
                // Equal steps are about equally long pieces of the arm.
                let s = ((f64::from(i) + 0.5) / f64::from(EACH)).sqrt();
                let (angle, radius) = (2.5 * PI * s + turned, 3.2 * s);
                [radius * angle.cos(), radius * angle.sin()]
            })
        };
        Self::equal(arm(0.0).chain(arm(PI)), 0.12)
    }

    fn equal(means: impl Iterator<Item = [f64; 2]>, sd: f64) -> Self {
        let means: Vec<_> = means.collect();
        let n = means.len();
        Self { weights: vec![1.0 / n as f64; n], means, covariances: vec![Covariance::round(sd); n] }
    }

    /// How many components there are, at least one.
    #[expect(clippy::len_without_is_empty, reason = "a mixture is never empty")]
    pub fn len(&self) -> usize {
        self.weights.len()
    }

    /// wⱼ > 0, adding up to 1.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// μⱼ.
    pub fn means(&self) -> &[[f64; 2]] {
        &self.means
    }

    /// Cⱼ.
    pub fn covariances(&self) -> &[Covariance] {
        &self.covariances
    }

    /// Whether a component is a point.
    pub fn has_points(&self) -> bool {
        self.covariances.iter().any(Covariance::is_point)
    }

    /// Its components.
    pub fn components(&self) -> impl Iterator<Item = Gaussian> {
        let rest = self.means.iter().zip(&self.covariances);
        let all = self.weights.iter().zip(rest);
        all.map(|(&weight, (&mean, &covariance))| Gaussian { weight, mean, covariance })
    }

    /// The same where all of them are round.
    pub fn round_components(&self) -> Option<Vec<Component>> {
        self.components().map(Gaussian::round).collect()
    }

    /// The standard deviation of the narrowest component along its narrow axis; 0 where one is a point.
    pub fn narrowest(&self) -> f64 {
        self.covariances.iter().map(|c| c.sds()[1]).fold(f64::INFINITY, f64::min)
    }

    /// The largest of |x| and |y| that comes at most `sds` standard deviations from a centre.
    pub fn reach(&self, sds: f64) -> f64 {
        let of = |c: Gaussian| {
            let widths = c.covariance.of_coordinates();
            [0, 1].map(|i| c.mean[i].abs() + sds * widths[i]).into_iter().fold(0.0, f64::max)
        };
        self.components().map(of).fold(0.0, f64::max)
    }

    /// The mean.
    pub fn mean(&self) -> [f64; 2] {
        [0, 1].map(|i| self.weights.iter().zip(&self.means).map(|(w, mean)| w * mean[i]).sum())
    }

    /// E|x|².
    pub fn second_moment(&self) -> f64 {
        self.components()
            .map(|c| c.weight * (c.mean[0].powi(2) + c.mean[1].powi(2) + c.covariance.trace()))
            .sum()
    }

    /// ln of the density at a point; +∞ on a component that is one.
    pub fn ln_density(&self, x: [f64; 2]) -> f64 {
        let logs: Vec<f64> = self
            .components()
            .map(|Gaussian { weight, mean, covariance }| {
                let e = [x[0] - mean[0], x[1] - mean[1]];
                let ([s1, s2], [e1, e2]) = (covariance.sds(), covariance.in_axes(e));
                match covariance.is_point() {
                    false => {
                        weight.ln() - (TAU * s1 * s2).ln() - 0.5 * ((e1 / s1).powi(2) + (e2 / s2).powi(2))
                    }
                    true if e == [0.0; 2] => f64::INFINITY,
                    true => f64::NEG_INFINITY,
                }
            })
            .collect();
        let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if most.is_infinite() {
            return most;
        }
        most + logs.iter().map(|l| (l - most).exp()).sum::<f64>().ln()
    }
}

/// One round component of a [`Mixture`], N(μ, s² I).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Component {
    /// w, normalised with all others.
    pub weight: f64,
    /// μ.
    pub mean: [f64; 2],
    /// s, a standard deviation.
    pub sd: f64,
}

/// One component of a [`Mixture`], N(μ, C).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gaussian {
    /// w, normalised with all others.
    pub weight: f64,
    /// μ.
    pub mean: [f64; 2],
    /// C.
    pub covariance: Covariance,
}

impl Gaussian {
    /// The same as a round one, if it is.
    pub fn round(self) -> Option<Component> {
        let Self { weight, mean, covariance } = self;
        covariance.sd().map(|sd| Component { weight, mean, sd })
    }
}

impl From<Component> for Gaussian {
    fn from(Component { weight, mean, sd }: Component) -> Self {
        Self { weight, mean, covariance: Covariance::round(sd) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_normalised_and_zero_ones_left_out() {
        let part = |weight| Component { weight, mean: [1.0, 2.0], sd: 0.5 };
        let mixture = Mixture::new(&[part(2.0), part(0.0), part(6.0)]).expect("a mixture");
        assert_eq!(mixture.weights(), [0.25, 0.75]);
        assert_eq!(mixture.mean(), [1.0, 2.0]);
        assert_eq!(mixture.second_moment(), 5.5);
        let huge = Mixture::new(&[part(f64::MAX), part(f64::MAX)]).expect("a mixture");
        assert_eq!(huge.weights(), [0.5, 0.5]);
    }

    #[test]
    fn covariances_are_densities_and_moments() {
        let covariance = |entries| Covariance::new(entries).expect("a covariance");
        let parts = [
            Gaussian { weight: 1.0, mean: [1.0, -0.5], covariance: covariance([0.5, 0.3, 0.4]) },
            Gaussian { weight: 3.0, mean: [-1.0, 0.4], covariance: covariance([0.2, -0.1, 0.9]) },
        ];
        let mixture = Mixture::new(&parts).expect("a mixture");
        let (h, mut sums) = (0.02, [0.0; 2]);
        for i in -350..350 {
            for j in -350..350 {
                let x = [i, j].map(|i| h * f64::from(i));
                let p = mixture.ln_density(x).exp() * h * h;
                sums = [sums[0] + p, sums[1] + p * (x[0] * x[0] + x[1] * x[1])];
            }
        }
        assert!((sums[0] - 1.0).abs() < 1e-9 && (sums[1] - mixture.second_moment()).abs() < 1e-9, "{sums:?}");
        // By the formula of the inverse matrix.
        let (x, [a, b, c]) = ([0.3, 0.2], [0.5, 0.3, 0.4]);
        let (e, det) = ([x[0] - 1.0, x[1] + 0.5], a * c - b * b);
        let square = (c * e[0] * e[0] - 2.0 * b * e[0] * e[1] + a * e[1] * e[1]) / det;
        let one = Mixture::new(&parts[..1]).expect("one");
        assert!((one.ln_density(x) + (TAU * det.sqrt()).ln() + 0.5 * square).abs() < 1e-13);
        assert!((one.reach(2.0) - (1.0 + 2.0 * a.sqrt())).abs() < 1e-12);
        assert!(mixture.round_components().is_none() && Mixture::ring().round_components().is_some());
        assert!((mixture.narrowest() / covariance([0.5, 0.3, 0.4]).sds()[1] - 1.0).abs() < 1e-12);
    }

    #[test]
    fn nonsense_is_refused_by_its_number() {
        let good = Component { weight: 1.0, mean: [0.0; 2], sd: 1.0 };
        for (bad, word) in [
            (Component { weight: -1.0, ..good }, "weight"),
            (Component { weight: f64::NAN, ..good }, "weight"),
            (Component { weight: f64::INFINITY, ..good }, "weight"),
            (Component { mean: [0.0, f64::NAN], ..good }, "centre"),
            (Component { mean: [2e6, 0.0], ..good }, "centre"),
            (Component { sd: -0.1, ..good }, "standard deviation"),
            (Component { sd: 1e-7, ..good }, "standard deviation"),
            (Component { sd: 1e9, ..good }, "standard deviation"),
            (Component { sd: f64::NAN, ..good }, "standard deviation"),
        ] {
            let why = Mixture::new(&[good, bad]).expect_err(word).to_string();
            assert!(why.starts_with("component 2") && why.contains(word), "{why}");
        }
        assert!(Mixture::new::<Component>(&[]).is_err());
        assert!(Mixture::new(&[Component { weight: 0.0, ..good }]).is_err());
        assert!(Mixture::of_points(&vec![[0.0; 2]; MOST_COMPONENTS + 1], 0.0).is_err());
        assert!(Mixture::of_points(&[[1.0, 1.0], [1.0, 1.0]], 0.0).is_ok());
    }
}
