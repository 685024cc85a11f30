//! The density of a sampler with normal steps, carried on a raster (plane.md 3.4).

use super::PlaneSampler;
use super::curve::GoOn;
use super::linear::LinearStep;
use super::masses::{TV_CELLS, tv_reach};
use super::raster::MassRaster;
use super::walk::{check, start_scale};
use crate::denoiser::plane::Denoiser;
use crate::flow::FlowError;
use crate::flow::plane::{PlaneFlow, PlaneSource, PlaneTarget};
use crate::sampler::SamplerError;

/// The density of a sampler with normal steps.
#[derive(Clone, Debug)]
pub struct Pushed {
    /// Mass on fine cells.
    pub raster: MassRaster,
    /// How many steps led there.
    pub steps: usize,
    /// How many cells of [`tv_cells`] it is wide.
    pub across: usize,
}

impl Pushed {
    /// Its masses in the cells of [`tv_cells`]. What has left the raster is missing.
    pub fn masses(&self) -> ndarray::Array2<f64> {
        let all = self.raster.coarse(self.across);
        let cell = |i: usize| (i + 1 + TV_CELLS / 2).saturating_sub(self.across / 2).min(TV_CELLS + 1);
        let mut mass = ndarray::Array2::zeros((TV_CELLS + 2, TV_CELLS + 2));
        for ((i, j), m) in all.indexed_iter() {
            mass[[cell(i), cell(j)]] += m;
        }
        mass
    }
}

/// More mass than this lost, and a wider raster is taken.
const MOST_LOST: f64 = 1e-3;
/// How wide it may be, in cells of [`tv_cells`], all of which are 32: most mass never comes near the rim.
const ACROSS: [usize; 4] = [26, TV_CELLS, 2 * TV_CELLS, 3 * TV_CELLS];

/// A raster is finer by this than its width in relation to what it carries asks for: its errors add up over the steps.
const COARSER: f64 = 1.4;

/// The density of a sampler with normal steps, on `side` cells an axis of the square of [`tv_cells`], and as fine beyond it
/// where mass goes there. None if `go_on` said no.
///
/// # Errors
/// If the method is none of these, or the denoiser fails.
pub fn pushed(
    flow: &PlaneFlow,
    denoiser: &dyn Denoiser,
    sampler: PlaneSampler,
    side: usize,
    go_on: GoOn<'_>,
) -> Result<Option<Pushed>, SamplerError> {
    check(&sampler, flow)?;
    let Some(steps) = sampler.linear_steps().filter(|_| *flow.source() == PlaneSource::Normal) else {
        let why = format!(
            "{}: only steps with normal noise from N(0, I) can be carried on a raster",
            sampler.method
        );
        return Err(FlowError::Unsupported(why).into());
    };
    let reach = tv_reach(flow.target());
    let scale = start_scale(&sampler);
    // VE begins far outside.
    if scale > 0.5 * reach {
        let why =
            format!("{}: it starts {scale} wide, more than the raster; take another path", sampler.path);
        return Err(FlowError::Unsupported(why).into());
    }
    let each = side.div_ceil(TV_CELLS);
    let narrowest = narrowest(flow.target());
    let widths = widths(&steps, scale, narrowest);
    for across in ACROSS {
        let half = reach * across as f64 / TV_CELLS as f64;
        // Cells an axis in each of `across`: as few at first as do for what is still wide.
        let enough =
            |each_now: usize, width: f64| each_now as f64 * width >= COARSER * each as f64 * narrowest;
        let mut each_now = each;
        while each_now.is_multiple_of(2) && enough(each_now / 2, widths[0].min(widths[1])) {
            each_now /= 2;
        }
        let mut raster = MassRaster::normal(each_now * across, half, scale);
        let is_widest = across == ACROSS[ACROSS.len() - 1];
        let fits = |raster: &MassRaster| is_widest || raster.total() > 1.0 - MOST_LOST;
        for (step, width) in steps.iter().zip(&widths[1..]) {
            if !go_on() {
                return Ok(None);
            }
            while each_now < each && !enough(each_now, *width) {
                raster = raster.halved();
                each_now *= 2;
            }
            raster.step(denoiser, step)?;
            if !fits(&raster) {
                break;
            }
        }
        if fits(&raster) {
            while each_now < each {
                raster = raster.halved();
                each_now *= 2;
            }
            return Ok(Some(Pushed { raster, steps: steps.len(), across }));
        }
    }
    unreachable!("the widest raster is taken whatever is lost")
}

/// How far a raster of this cell width is off, at most, in total variation: 0.34 (Δ/s)⁴ of the narrowest component, as was found
/// on the ring with 96, 128 and 192 cells beside 512, for all samplers of plane.md 3.4 and up to 128 steps.
pub(super) fn raster_error(target: &PlaneTarget, width: f64) -> f64 {
    (0.34 * (width / narrowest(target)).powi(4)).min(1.0)
}

/// The standard deviation of the narrowest part of a target.
fn narrowest(target: &PlaneTarget) -> f64 {
    match target {
        PlaneTarget::Mixture(mixture) => mixture.narrowest(),
        PlaneTarget::Boxes(boxes) => 2.0 * boxes.half_width() / (boxes.side() as f64 * 12f64.sqrt()),
    }
}

/// Before each step and after the last one, the standard deviation that these steps would give to a target which is the one
/// Gaussian of standard deviation `sd`: nothing that they carry to a mixture of such is much narrower.
fn widths(steps: &[LinearStep], start: f64, sd: f64) -> Vec<f64> {
    let mut width = start;
    let after = steps.iter().map(|step| {
        let [data, noise] = [step.t_star, 1.0 - step.t_star];
        // v of a Gaussian at x̃.
        let slope = (data * sd * sd - noise) / (data * data * sd * sd + noise * noise);
        width = ((step.keep + step.push * step.scale * slope) * width).hypot(step.noise);
        width
    });
    std::iter::once(start).chain(after).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::flow_of;
    use super::super::{PlaneSetup, Walk, draw_source, tv_cells};
    use super::*;
    use crate::denoiser::plane::Oracle;
    use crate::flow::metrics::tv;
    use crate::flow::plane::{Mixture, histogram};

    fn sampler(text: &str) -> PlaneSampler {
        PlaneSampler::usual(text.parse().expect(text), 1)
    }

    #[test]
    fn steps_leave_a_gaussian_the_widths_that_are_known() {
        // Euler's steps from N(0, I) to N(0, 0.2² I): one leads to the datum, many to the target's width.
        let last = |method: &str, steps: usize| {
            let steps = PlaneSampler { steps, ..sampler(method) }.linear_steps().expect("linear");
            widths(&steps, 1.0, 0.2)[steps.len()]
        };
        assert!(last("euler", 1).abs() < 1e-12);
        for method in ["euler", "ddim:0", "ddpm", "ddpm:beta", "sde:1", "tame:1"] {
            assert!((last(method, 1000) - 0.2).abs() < 0.004, "{method} {}", last(method, 1000));
        }
    }

    #[test]
    fn a_raster_shows_what_particles_do() {
        let flow = flow_of(Mixture::ring());
        let oracle = Oracle::new(&flow).expect("an oracle");
        let cells = tv_cells(flow.target()).expect("cells");
        let chosen = PlaneSampler { steps: 10, ..sampler("ddpm") };
        let pushed = pushed(&flow, &oracle, chosen, 256, &|| true).expect("a raster").expect("all of it");
        let n = 30_000;
        let setup = PlaneSetup { flow: &flow, denoiser: &oracle, sampler: chosen, seed: 3 };
        let mut walk = Walk::new(setup, draw_source(&PlaneSource::Normal, n, 8)).expect("a walk");
        walk.run(|_| true).expect("a run");
        let [x, y] = walk.points();
        let (found, exact) = (histogram([x, y], &cells), pushed.masses());
        let floor = crate::flow::metrics::tv_noise_floor(&exact, n);
        assert!(tv(&found, &exact) < 1.7 * floor, "{} {floor}", tv(&found, &exact));
    }
}
