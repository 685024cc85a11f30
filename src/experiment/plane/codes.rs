//! Discrete latents: what codes do for a denoiser, exactly or as a network has learned it (plane.md 6).

use super::learned::Learned;
use super::told::Told;
use crate::denoiser::plane::LatentDenoiser;
use crate::flow::plane::{Latents, PlaneFlow, PlaneSource, PlaneTarget};
use crate::sampler::plane::{LatentSampler, Points, curvatures_with_codes, loss_with_codes};
use std::sync::Arc;

/// Noise levels at which they are compared.
const LEVELS: usize = 13;
/// Points about each mode.
const NODES: usize = 96;
/// Codes of the exact denoisers beside it; neighbouring modes share one.
const BESIDE: [usize; 4] = [1, 2, 4, 8];
/// Samples, and steps of each.
const SAMPLES: usize = 1200;
const STEPS: usize = 30;

/// Values over the noise level: name, colour, whether it is another's, values.
pub type LevelCurve = (String, usize, bool, Vec<f64>);

/// What codes do.
#[derive(Clone, Debug)]
pub struct CodesStudy {
    /// The table.
    pub latents: Arc<Latents>,
    /// Whether a network has learned it.
    pub is_learned: bool,
    /// Noise levels T.
    pub levels: Vec<f64>,
    /// The loss E|D − y|² over them: of these codes, and of the best denoisers with 1, 2, 4 and 8.
    pub loss: Vec<LevelCurve>,
    /// The median curvature over them.
    pub curvature: Vec<LevelCurve>,
    /// Samples with codes from their prior, or with the chosen one.
    pub samples: Points,
    /// The code of each.
    pub codes: Vec<usize>,
}

/// Measures it: of a network, or of the exact denoiser with `codes` codes that neighbours share.
///
/// # Errors
/// If the target has no modes, or the network no codes.
pub fn codes_study(
    flow: &PlaneFlow,
    learned: Option<&Learned>,
    (codes, told, seed): (usize, Told, u64),
) -> Result<CodesStudy, String> {
    let (PlaneTarget::Mixture(mixture), PlaneSource::Normal) = (flow.target(), flow.source()) else {
        return Err("Codes need a target of Gaussians and the normal source.".to_owned());
    };
    if mixture.has_points() {
        return Err("Codes need Gaussians with widths: this target has points.".to_owned());
    }
    let exact = |codes: usize| {
        let codes = codes.clamp(1, mixture.len());
        Latents::neighbours(mixture.clone(), codes).map_err(|why| why.to_string())
    };
    let known = learned.and_then(|learned| Some((learned, learned.latents.clone()?)));
    let latents = match &known {
        Some((learned, latents)) => {
            learned.fits(flow)?;
            latents.clone()
        }
        None => Arc::new(exact(codes)?),
    };
    let denoiser: &dyn LatentDenoiser = match &known {
        Some((learned, _)) => &*learned.network,
        None => &*latents,
    };
    let part = |n: usize| n as f64 / (LEVELS - 1) as f64;
    let levels: Vec<f64> = (0..LEVELS).map(|n| 0.1 * 100f64.powf(part(n))).collect();
    let over = |of: &dyn Fn(f64) -> f64| levels.iter().map(|level| of(*level)).collect::<Vec<f64>>();
    let median = |all: Vec<f64>| all.get(all.len() / 2).copied().unwrap_or(f64::NAN);
    let own = if known.is_some() { "network" } else { "exact" };
    let own = format!("{own}, {} codes", latents.encoder().ncols());
    let mut loss = vec![(own.clone(), 0, false, over(&|t| loss_with_codes(denoiser, &latents, t, NODES)))];
    let bent = |t: f64| median(curvatures_with_codes(denoiser, &latents, t, NODES));
    let mut curvature = vec![(own, 0, false, over(&bent))];
    for (n, count) in BESIDE.into_iter().enumerate().filter(|(_, count)| *count <= mixture.len()) {
        let best = exact(count)?;
        let name = format!("exact, {count}");
        loss.push((name.clone(), n + 1, true, over(&|t| best.loss(t, NODES))));
        let bent = |t: f64| median(curvatures_with_codes(&best, &best, t, NODES));
        curvature.push((name, n + 1, true, over(&bent)));
    }
    let sampler = LatentSampler { steps: STEPS, guidance: told.guidance, ..LatentSampler::default() };
    let (samples, codes) = sampler.run(denoiser, &told.law(&latents)?, SAMPLES, seed);
    Ok(CodesStudy { latents, is_learned: known.is_some(), levels, loss, curvature, samples, codes })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::plane::{AffinePath, Boxes, Mixture};

    #[test]
    fn more_codes_lose_less_and_cells_have_none() {
        let flow = |target| PlaneFlow::new(target, PlaneSource::Normal, AffinePath::CondOt).expect("a flow");
        let ring = flow(PlaneTarget::Mixture(Mixture::ring()));
        let study = codes_study(&ring, None, (8, Told::default(), 1)).expect("a study");
        assert!(!study.is_learned && study.loss.len() == 5 && study.samples[0].len() == SAMPLES);
        let at = |curve: usize| study.loss[curve].3[LEVELS / 2];
        assert!(at(1) > at(2) && at(2) > at(3) && at(3) > at(4) && (at(0) - at(4)).abs() < 1e-9);
        // Every sample is near the mode of its code.
        let near = (0..SAMPLES).filter(|&n| {
            let angle = study.samples[1][n].atan2(study.samples[0][n]).rem_euclid(std::f64::consts::TAU);
            (angle / std::f64::consts::FRAC_PI_4).round() as usize % 8 == study.codes[n]
        });
        assert!(near.count() > SAMPLES * 99 / 100);
        let why =
            codes_study(&flow(PlaneTarget::Boxes(Boxes::checkerboard())), None, (8, Told::default(), 1));
        assert!(why.expect_err("no modes").contains("Gaussians"));
    }
}
