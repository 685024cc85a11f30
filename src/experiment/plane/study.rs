//! What is measured of a flow: how many evaluations samplers need, and how straight it is.

use crate::denoiser::plane::Oracle;
use crate::flow::plane::PlaneFlow;
use crate::sampler::plane::{
    CurveSetup, Measure, Noise, PlaneCurve, PlaneMethod, PlaneSampler, Precision, Straightness, draw_source,
    independent_cost, loss_floor, plane_curves, straightness,
};

/// Evaluations at which samplers are compared.
const EVALUATIONS: [usize; 6] = [4, 8, 16, 32, 64, 128];
/// Starts and draws that straightness is a mean over, and steps of the flow.
const STARTS: usize = 3000;
const FINE_STEPS: usize = 64;

/// The samplers that are compared, each as it is usually taken.
fn compared() -> Vec<PlaneSampler> {
    let methods = [
        PlaneMethod::Euler,
        PlaneMethod::Midpoint,
        PlaneMethod::Rk4,
        PlaneMethod::Sde(Noise::Tame(1.0)),
        PlaneMethod::Ddim { eta: 0.0 },
        PlaneMethod::Ddpm { tilde: true },
        PlaneMethod::Ddpm { tilde: false },
        PlaneMethod::Sde(Noise::Memoryless(1.0)),
    ];
    methods.map(|method| PlaneSampler::usual(method, 1)).to_vec()
}

/// Curves of flow matching's and diffusion's samplers on one flow: the same exact velocity, total variation without
/// Monte-Carlo noise. None where `go_on` said no.
///
/// # Errors
/// Says why they can't be had.
pub fn sampler_curves(
    flow: &PlaneFlow,
    seed: u64,
    go_on: &(dyn Fn() -> bool + Sync),
) -> Result<Option<Vec<PlaneCurve>>, String> {
    if !flow.has_score_of_velocity() {
        return Err(
            "Diffusion needs the source N(0, I): only then is its score that of the velocity.".to_owned()
        );
    }
    let denoiser = Oracle::new(flow).map_err(|why| why.to_string())?;
    let setup =
        CurveSetup { flow, denoiser: &denoiser, measure: Measure::Tv, precision: Precision::LIVE, seed };
    plane_curves(setup, &compared(), &EVALUATIONS, go_on).map_err(|why| why.to_string())
}

/// How straight a flow is, and where the cost of independent pairs goes (plane.md 2).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Straight {
    /// Of the flow.
    pub of: Straightness,
    /// E|X₁ − X₀|² of independent pairs, and L*, the least loss of a network on them: not of a flow of other pairs.
    pub independent: Option<[f64; 2]>,
}

/// Measures it.
///
/// # Errors
/// Says why it can't be had.
pub fn straight(flow: &PlaneFlow, seed: u64) -> Result<Straight, String> {
    let denoiser = Oracle::new(flow).map_err(|why| why.to_string())?;
    let starts = draw_source(flow.source(), STARTS, seed);
    let of = straightness(flow, &denoiser, &starts, FINE_STEPS).map_err(|why| why.to_string())?;
    let floor = || loss_floor(flow, STARTS, seed).map_err(|why| why.to_string());
    let independent = match flow.is_independent() {
        true => Some([independent_cost(flow), floor()?]),
        false => None,
    };
    Ok(Straight { of, independent })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::plane::{AffinePath, Mixture, PlaneSource, PlaneTarget};

    #[test]
    fn the_cost_of_independent_pairs_is_shared_out() {
        let target = PlaneTarget::Mixture(Mixture::ring());
        let flow = PlaneFlow::new(target, PlaneSource::Normal, AffinePath::CondOt).expect("a flow");
        let Straight { of, independent } = straight(&flow, 1).expect("numbers");
        let [independent, floor] = independent.expect("independent pairs");
        // plane.md 2: 11.08 = 3.37 + 2.17 + 5.51.
        assert!((independent - 11.08).abs() < 1e-9);
        assert!((of.transport + of.straightness + floor - independent).abs() < 0.35, "{of:?} {floor}");
    }

    #[test]
    fn every_sampler_has_a_curve_and_a_flow_without_score_says_so() {
        let target = || PlaneTarget::Mixture(Mixture::ring());
        let flow = PlaneFlow::new(target(), PlaneSource::Normal, AffinePath::CondOt).expect("a flow");
        let curves = sampler_curves(&flow, 0, &|| true).expect("curves").expect("all of them");
        assert_eq!(curves.len(), compared().len());
        for curve in &curves {
            assert!(curve.error.is_none() && curve.points.len() == EVALUATIONS.len(), "{:?}", curve.sampler);
        }
        let even = PlaneFlow::new(target(), PlaneSource::Square(3.0), AffinePath::CondOt).expect("a flow");
        assert!(sampler_curves(&even, 0, &|| true).is_err());
    }
}
