//! Discrete latents: what codes do for a denoiser, exactly or as a network has learned it (plane.md 6).

use super::learned::Learned;
use super::told::Told;
use crate::denoiser::plane::{Denoiser, LatentDenoiser};
use crate::figure::Dash;
use crate::flow::plane::{AffinePath, Latents, PlaneFlow, PlaneSource, PlaneTarget};
use crate::model::plane::ToldNetwork;
use crate::sampler::plane::{
    PlaneMethod, PlaneSampler, PlaneSetup, PlaneTimes, Walk, curvatures_with_codes, draw_source,
    loss_with_codes,
};
use crate::view::plane::{LevelCurve, Tracks};
use std::sync::Arc;

/// Noise levels at which they are compared.
const LEVELS: usize = 13;
/// Points about each mode.
const NODES: usize = 96;
/// Codes of the exact denoisers beside it; neighbouring modes share one.
const BESIDE: [usize; 4] = [1, 2, 4, 8];
/// Samples, and steps of each: Heun's, on EDM's levels from 80 down, where x/(1+T) is on the straight path (plane.md 3.1).
const SAMPLES: usize = 1200;
const STEPS: usize = 30;
/// A curvature below this is rounding.
const BENT: f64 = 1e-6;

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
    /// The curvature over them: its quartiles with these codes, the median with 1, 2, 4 and 8; 0 where lines are straight but
    /// for rounding.
    pub curvature: Vec<LevelCurve>,
    /// Samples with codes from their prior, or with the chosen one, on the straight path.
    pub tracks: Tracks,
}

/// Measures it: of a network, or of the exact denoiser with `codes` codes that neighbours share.
///
/// # Errors
/// If the target has no modes, there is no such code, or the network is one of another flow.
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
    let curve = |name: &str, color, dash, values| LevelCurve { name: name.to_owned(), color, dash, values };
    // The values of which a quarter, half and three quarters are no larger.
    let quartile = |all: &[f64], n: usize| {
        let value = all.get(n * all.len() / 4).copied().unwrap_or(f64::NAN);
        if value < BENT { 0.0 } else { value }
    };
    let own = if known.is_some() { "network" } else { "exact" };
    let own = format!("{own}, {} codes", latents.encoder().ncols());
    let lost = over(&|t| loss_with_codes(denoiser, &latents, t, NODES));
    let mut loss = vec![curve(&own, 0, Dash::Solid, lost)];
    let bent: Vec<Vec<f64>> =
        levels.iter().map(|t| curvatures_with_codes(denoiser, &latents, *t, NODES)).collect();
    let quartiles = |n: usize| bent.iter().map(|all| quartile(all, n)).collect::<Vec<f64>>();
    let mut curvature = vec![
        curve(&own, 0, Dash::Solid, quartiles(2)),
        curve("lower quartile", 0, Dash::Dotted, quartiles(1)),
        curve("upper quartile", 0, Dash::Dotted, quartiles(3)),
    ];
    for (n, count) in BESIDE.into_iter().enumerate().filter(|(_, count)| *count <= mixture.len()) {
        let best = exact(count)?;
        let name = format!("exact, {count}");
        loss.push(curve(&name, n + 1, Dash::Dashed, over(&|t| best.loss(t, NODES))));
        let median = over(&|t| quartile(&curvatures_with_codes(&best, &best, t, NODES), 2));
        curvature.push(curve(&name, n + 1, Dash::Dashed, median));
    }
    let codes = told.codes(&latents, SAMPLES, seed)?;
    let tracks = match &known {
        Some((learned, _)) => walked(flow, learned.network.clone(), codes, (told, seed)),
        None => walked(flow, latents.clone(), codes, (told, seed)),
    }?;
    Ok(CodesStudy { latents, is_learned: known.is_some(), levels, loss, curvature, tracks })
}

/// Samples that are told these codes, from noise to data.
fn walked<D: LatentDenoiser + Send>(
    flow: &PlaneFlow,
    network: Arc<D>,
    codes: Vec<usize>,
    (told, seed): (Told, u64),
) -> Result<Tracks, String>
where
    ToldNetwork<D>: Denoiser,
{
    let starts = draw_source(flow.source(), codes.len(), seed);
    let denoiser = ToldNetwork { network, codes: codes.clone(), guidance: told.guidance };
    let sampler = PlaneSampler {
        method: PlaneMethod::Heun,
        path: AffinePath::CondOt,
        times: PlaneTimes::Edm,
        steps: STEPS,
    };
    let setup = PlaneSetup { flow, denoiser: &denoiser, sampler, seed };
    let mut walk = Walk::new(setup, starts).map_err(|why| why.to_string())?;
    let mut tracks = Tracks { codes, ..Tracks::default() };
    loop {
        tracks.record(walk.now().t, walk.points(), 1.0);
        if walk.is_done() {
            return Ok(tracks);
        }
        walk.step().map_err(|why| why.to_string())?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::plane::{AffinePath, Boxes, Mixture};

    #[test]
    fn guidance_leads_to_the_mode_of_the_code_and_beyond() {
        let ring =
            PlaneFlow::new(PlaneTarget::Mixture(Mixture::ring()), PlaneSource::Normal, AffinePath::CondOt)
                .expect("a flow");
        let latents = Arc::new(Latents::neighbours(Mixture::ring(), 8).expect("latents"));
        // The shares that end in the mode of their code and the mean radii of 200,000 samples of the same sampler in numpy. From
        // T = 10 it is .121, 1, 1 and 2.998, 2.948, 3.130 (check_plane.py, G): a start N(0, T²) pulls centres in.
        for (guidance, share, radius) in [(0.0, 0.1245, 3.016), (1.0, 1.0, 2.999), (2.0, 1.0, 3.199)] {
            let told = Told { guidance, ..Told::default() };
            let codes = told.codes(&latents, 2000, 3).expect("codes");
            let tracks = walked(&ring, latents.clone(), codes, (told, 3)).expect("samples");
            let ends = &tracks.frames[STEPS];
            let mode = |[x, y]: [f32; 2]| {
                let angle = y.atan2(x).rem_euclid(std::f32::consts::TAU);
                (angle / std::f32::consts::FRAC_PI_4).round() as usize % 8
            };
            let found = ends.iter().zip(&tracks.codes).filter(|(x, code)| mode(**x) == **code).count();
            let mean = ends.iter().map(|[x, y]| f64::from(x.hypot(*y))).sum::<f64>() / 2000.0;
            let found = found as f64 / 2000.0;
            assert!(
                (found - share).abs() < 0.03 && (mean - radius).abs() < 0.02,
                "{guidance} {found} {mean}"
            );
        }
    }

    #[test]
    fn more_codes_lose_less_and_cells_have_none() {
        let flow = |target| PlaneFlow::new(target, PlaneSource::Normal, AffinePath::CondOt).expect("a flow");
        let ring = flow(PlaneTarget::Mixture(Mixture::ring()));
        let study = codes_study(&ring, None, (8, Told::default(), 1)).expect("a study");
        let tracks = &study.tracks;
        assert!(!study.is_learned && study.loss.len() == 5 && tracks.samples() == SAMPLES);
        let at = |curve: usize| study.loss[curve].values[LEVELS / 2];
        assert!(at(1) > at(2) && at(2) > at(3) && at(3) > at(4) && (at(0) - at(4)).abs() < 1e-9);
        // Every sample is near the mode of its code.
        let near = tracks.frames[STEPS].iter().zip(&tracks.codes).filter(|([x, y], code)| {
            let angle = y.atan2(*x).rem_euclid(std::f32::consts::TAU);
            let from_middle = x.hypot(*y) - 3.0;
            (angle / std::f32::consts::FRAC_PI_4).round() as usize % 8 == **code && from_middle.abs() < 1.0
        });
        assert!(near.count() > SAMPLES * 99 / 100);
        assert!(tracks.times.len() == STEPS + 1 && tracks.times.is_sorted() && tracks.times[STEPS] == 1.0);
        // One code a mode: all lines are straight. With one code half of them bend more than a quarter does.
        assert!(study.curvature[..3].iter().all(|curve| curve.values.iter().all(|bent| *bent == 0.0)));
        let one = codes_study(&ring, None, (1, Told::default(), 1)).expect("a study");
        let [median, lower, upper] = [0, 1, 2].map(|curve| one.curvature[curve].values[LEVELS / 2]);
        assert!(0.0 < lower && lower < median && median < upper, "{lower} {median} {upper}");
        let why =
            codes_study(&flow(PlaneTarget::Boxes(Boxes::checkerboard())), None, (8, Told::default(), 1));
        assert!(why.expect_err("no modes").contains("Gaussians"));
    }
}
