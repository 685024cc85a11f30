//! Mixtures of round Gaussians, and points as mixtures without width: targets and sources (plane.md 0, 1).

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

/// Σ wⱼ N(μⱼ, sⱼ² I). A component with sⱼ = 0 is a point.
#[derive(Clone, Debug, PartialEq)]
pub struct Mixture {
    weights: Vec<f64>,
    means: Vec<[f64; 2]>,
    sds: Vec<f64>,
}

impl Mixture {
    /// Of components with weights (normalised here), centres and **standard deviations**. Components of weight 0 are left
    /// out.
    ///
    /// # Errors
    /// Naming the component, counted from 1: a weight that is negative or no number, a centre beyond [`FURTHEST`], a standard
    /// deviation that is neither 0 nor from [`LEAST_SD`] to [`MOST_SD`]; no component with a weight; more than
    /// [`MOST_COMPONENTS`].
    pub fn new(components: &[Component]) -> Result<Self, FlowError> {
        let refused = |why: String| Err(FlowError::Unsupported(why));
        if components.len() > MOST_COMPONENTS {
            let n = components.len();
            return refused(format!(
                "{n} components: expected at most {MOST_COMPONENTS}, for every exact value is a sum over all"
            ));
        }
        let (mut weights, mut means, mut sds) = (Vec::new(), Vec::new(), Vec::new());
        for (n, component) in components.iter().enumerate() {
            let Component { weight, mean, sd } = *component;
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
            if sd != 0.0 && !(LEAST_SD..=MOST_SD).contains(&sd) {
                return refused(format!(
                    "component {n} has standard deviation {}: expected 0 (a point) or a number from {LEAST_SD} to {MOST_SD}",
                    shown(sd)
                ));
            }
            if weight > 0.0 {
                weights.push(weight);
                means.push(mean);
                sds.push(sd);
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
        Ok(Self { weights, means, sds })
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
        Self { weights: vec![1.0], means: vec![[0.0; 2]], sds: vec![1.0] }
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
            sds: vec![0.4, 0.25, 0.6],
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
        Self { weights: vec![1.0 / n as f64; n], means, sds: vec![sd; n] }
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

    /// sⱼ, standard deviations.
    pub fn sds(&self) -> &[f64] {
        &self.sds
    }

    /// Whether a component is a point.
    pub fn has_points(&self) -> bool {
        self.sds.contains(&0.0)
    }

    /// Its components.
    pub fn components(&self) -> impl Iterator<Item = Component> {
        let rest = self.means.iter().zip(&self.sds);
        self.weights.iter().zip(rest).map(|(&weight, (&mean, &sd))| Component { weight, mean, sd })
    }

    /// The mean.
    pub fn mean(&self) -> [f64; 2] {
        [0, 1].map(|i| self.weights.iter().zip(&self.means).map(|(w, mean)| w * mean[i]).sum())
    }

    /// E|x|².
    pub fn second_moment(&self) -> f64 {
        self.components()
            .map(|c| c.weight * (c.mean[0].powi(2) + c.mean[1].powi(2) + 2.0 * c.sd * c.sd))
            .sum()
    }

    /// ln of the density at a point; +∞ on a component that is one.
    pub fn ln_density(&self, x: [f64; 2]) -> f64 {
        let logs: Vec<f64> = self
            .components()
            .map(|Component { weight, mean, sd }| {
                let square = (x[0] - mean[0]).powi(2) + (x[1] - mean[1]).powi(2);
                match sd > 0.0 {
                    true => weight.ln() - (TAU * sd * sd).ln() - 0.5 * square / (sd * sd),
                    false if square == 0.0 => f64::INFINITY,
                    false => f64::NEG_INFINITY,
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

/// One component of a [`Mixture`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Component {
    /// w, normalised with all others.
    pub weight: f64,
    /// μ.
    pub mean: [f64; 2],
    /// s, a standard deviation.
    pub sd: f64,
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
        assert!(Mixture::new(&[]).is_err());
        assert!(Mixture::new(&[Component { weight: 0.0, ..good }]).is_err());
        assert!(Mixture::of_points(&vec![[0.0; 2]; MOST_COMPONENTS + 1], 0.0).is_err());
        assert!(Mixture::of_points(&[[1.0, 1.0], [1.0, 1.0]], 0.0).is_ok());
    }
}
