//! What a denoiser says of points on any path: its predictions, all views of one answer (plane.md 3.1).

use super::draw::Points;
use super::nodes::Node;
use super::walk::PathVelocity;
use crate::denoiser::plane::Denoiser;
use crate::flow::plane::AffinePath;
use crate::sampler::SamplerError;

/// Predictions at some points, coordinate by coordinate.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answers {
    /// u.
    pub velocity: Points,
    /// x̂₁.
    pub one: Points,
    /// x̂₀.
    pub zero: Points,
    /// −x̂₀/σ: the score, where pairs are independent and the source is N(0, I); no number at σ = 0.
    pub score: Points,
}

impl Answers {
    /// Of a denoiser at `x` on a path at the time `t`.
    ///
    /// # Errors
    /// If the denoiser has no answer at this time, or fails.
    pub fn of(denoiser: &dyn Denoiser, path: AffinePath, t: f64, x: &Points) -> Result<Self, SamplerError> {
        let node = Node::at(path, t);
        let velocity = velocity_on(denoiser, path, t, x)?;
        let scale = 1.0 / node.point.scale();
        let scaled: Points = [0, 1].map(|axis| x[axis].iter().map(|x| x * scale).collect());
        let straight = velocity_on(denoiser, AffinePath::CondOt, node.t_star, &scaled)?;
        let along = |by: f64| -> Points {
            [0, 1].map(|axis| scaled[axis].iter().zip(&straight[axis]).map(|(x, v)| x + by * v).collect())
        };
        let (one, zero) = (along(1.0 - node.t_star), along(-node.t_star));
        let score = [0, 1].map(|axis| zero[axis].iter().map(|z| -z / node.point.sigma).collect());
        Ok(Self { velocity, one, zero, score })
    }
}

/// u of a denoiser at `x` on a path at the time `t`.
///
/// # Errors
/// If the denoiser has no answer at this time, or fails.
pub fn velocity_on(
    denoiser: &dyn Denoiser,
    path: AffinePath,
    t: f64,
    x: &Points,
) -> Result<Points, SamplerError> {
    let mut u = [vec![0.0; x[0].len()], vec![0.0; x[0].len()]];
    PathVelocity::new(denoiser, &Node::at(path, t))?.everywhere(x, &mut u)?;
    Ok(u)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::denoiser::plane::Oracle;
    use crate::flow::plane::{Mixture, PlaneFlow, PlaneSource, PlaneTarget};

    #[test]
    fn views_of_one_answer_are_the_exact_values_on_every_path() {
        let target = PlaneTarget::Mixture(Mixture::three());
        for path in [AffinePath::CondOt, AffinePath::Trig, AffinePath::VP, AffinePath::Ve { level: 8.0 }] {
            let flow = PlaneFlow::new(target.clone(), PlaneSource::Normal, path).expect("a flow");
            let oracle = Oracle::new(&flow).expect("exact");
            let x = [vec![0.4, -2.0], vec![1.0, 0.3]];
            let found = Answers::of(&oracle, path, 0.6, &x).expect("answers");
            for n in [0, 1] {
                let exact = flow.at(0.6).expect("a time").point([x[0][n], x[1][n]]);
                for i in [0, 1] {
                    for (found, exact) in [
                        (&found.velocity, exact.velocity),
                        (&found.one, exact.one),
                        (&found.zero, exact.zero),
                        (&found.score, exact.score),
                    ] {
                        assert!((found[i][n] - exact[i]).abs() < 1e-8 * (1.0 + exact[i].abs()), "{path}");
                    }
                }
            }
        }
    }
}
