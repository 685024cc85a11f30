//! ln p₁(x) along the ODE run backwards, with the exact divergence (plane.md 1.1).

use super::draw::Points;
use crate::flow::FlowError;
use crate::flow::plane::{Fields, PlaneFlow};
use rayon::prelude::*;

/// ln p₁ at each of the points: ln p₀ where its trajectory begins, less ∫div u, by `steps` steps of Runge and Kutta's. It is the
/// target's own logarithm to 10⁻⁷ with 200 steps.
///
/// # Errors
/// If the flow is infinite at t = 1, as with points without width.
pub fn log_likelihood(flow: &PlaneFlow, points: &Points, steps: usize) -> Result<Vec<f64>, FlowError> {
    let steps = steps.max(1);
    let h = 1.0 / steps as f64;
    let times: Vec<_> =
        (0..=2 * steps).map(|k| flow.at(1.0 - 0.5 * h * k as f64)).collect::<Result<_, _>>()?;
    let chunks = points[0].par_chunks(256).zip(points[1].par_chunks(256));
    let all: Vec<Vec<f64>> = chunks
        .map(|(x, y)| {
            let n = x.len();
            let (mut x, mut integral) = ([x.to_vec(), y.to_vec()], vec![0.0; n]);
            let mut stages: [Fields; 4] = Default::default();
            for k in 0..steps {
                for stage in 0..4 {
                    let (part, place) =
                        [(0.0, 2 * k), (0.5, 2 * k + 1), (0.5, 2 * k + 1), (1.0, 2 * k + 2)][stage];
                    let moved: Points = [0, 1].map(|axis| {
                        let from = &x[axis];
                        match stage {
                            0 => from.clone(),
                            _ => {
                                let u = &stages[stage - 1].velocity[axis];
                                from.iter().zip(u).map(|(x, u)| x - part * h * u).collect()
                            }
                        }
                    });
                    times[place].fields([&moved[0], &moved[1]], &mut stages[stage]);
                }
                for i in 0..n {
                    let sum = |of: &dyn Fn(&Fields) -> f64| {
                        (of(&stages[0]) + 2.0 * of(&stages[1]) + 2.0 * of(&stages[2]) + of(&stages[3])) / 6.0
                    };
                    let (u1, u2) = (sum(&|f| f.velocity[0][i]), sum(&|f| f.velocity[1][i]));
                    integral[i] += h * sum(&|f| f.divergence[i]);
                    x[0][i] -= h * u1;
                    x[1][i] -= h * u2;
                }
            }
            let start = &times[2 * steps];
            (0..n).map(|i| start.ln_density([x[0][i], x[1][i]]) - integral[i]).collect()
        })
        .collect();
    Ok(all.concat())
}

#[cfg(test)]
mod tests {
    use super::super::draw_target;
    use super::super::tests::flow_of;
    use super::*;
    use crate::flow::plane::{AffinePath, Mixture};

    #[test]
    fn it_is_the_logarithm_of_the_target() {
        let covariances = crate::flow::plane::tests::oblong();
        for (mixture, path) in [
            (Mixture::three(), AffinePath::CondOt),
            (Mixture::three(), AffinePath::Trig),
            (covariances, AffinePath::CondOt),
        ] {
            let flow = flow_of(mixture).on(path).expect("a path");
            let points = draw_target(flow.target(), 60, 4);
            let found = log_likelihood(&flow, &points, 200).expect("numbers");
            for (i, ln) in found.iter().enumerate() {
                let exact = flow.target().ln_density([points[0][i], points[1][i]]);
                assert!((ln - exact).abs() < 2e-6, "{path} {ln} {exact}");
            }
        }
        let points = flow_of(Mixture::of_points(&[[0.0, 0.0]], 0.0).expect("a point"));
        assert!(log_likelihood(&points, &[vec![0.0], vec![0.0]], 10).is_err());
    }
}
