//! Runs whose steps are linear, in the form that a graphics adapter takes: single precision, one list of components a step.

use super::linear::LinearStep;
use super::numbers::Draw;
use super::setting::PlaneSampler;
use super::walk::{check, start_scale};
use crate::flow::plane::{AffinePath, PlaneAt, PlaneFlow};
use crate::random::{Purpose, philox};
use rayon::prelude::*;
use std::f32::consts::TAU;

/// More components than this in all steps together are left to the CPU.
const MOST_COMPONENTS: usize = 1 << 21;
/// Narrower ones are not for single precision: 1/2v beyond this.
const NARROWEST: f64 = 1e6;
/// What draws the noise of a step: the high half is that of the sampler's own numbers.
pub const NOISE: u32 = Purpose::Particles as u32 | (Draw::Noise as u32) << 8;

/// A component at the time of a step, as shaders/step_plane.wgsl has it: logarithm of its weight, 1/2v, centre, and
/// v(x) = a + growth x.
pub type StepComponent = [f32; 8];

/// All steps of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct LinearRun {
    /// Every step.
    pub steps: Vec<LinearStep>,
    /// The mixture's components of every step, one step after the other.
    pub components: Vec<StepComponent>,
    /// How many a step has.
    pub each: usize,
    /// Of the noise.
    pub seed: u64,
}

impl LinearRun {
    /// Of a sampler on the exact velocity of a flow; none where its steps are not linear, or the flow is no mixture of round
    /// components or one too narrow for single precision.
    pub fn of(sampler: PlaneSampler, flow: &PlaneFlow, seed: u64) -> Option<Self> {
        check(&sampler, flow).ok()?;
        let steps = sampler.validated().ok()?.linear_steps()?;
        let straight = flow.on(AffinePath::CondOt).ok()?;
        let mut components = Vec::new();
        let mut each = 0;
        for step in &steps {
            let PlaneAt::Moving(moving) = straight.at(step.t_star).ok()? else { return None };
            each = moving.components.len();
            if each * steps.len() > MOST_COMPONENTS {
                return None;
            }
            for c in &moving.components {
                if 0.5 * c.inverse > NARROWEST {
                    return None;
                }
                let a = [0, 1].map(|i| c.drift[i] - c.growth * c.mean[i]);
                let all = [c.ln, 0.5 * c.inverse, c.mean[0], c.mean[1], a[0], a[1], c.growth, 0.0];
                components.push(all.map(|x| x as f32));
            }
        }
        Some(Self { steps, components, each, seed })
    }

    /// x₀, where the sampler begins.
    pub fn starts(&self, sampler: &PlaneSampler, [x, y]: [&[f64]; 2]) -> Vec<[f32; 2]> {
        let scale = start_scale(sampler);
        x.iter().zip(y).map(|(x, y)| [(x * scale) as f32, (y * scale) as f32]).collect()
    }

    /// The components of a step.
    pub fn of_step(&self, step: usize) -> &[StepComponent] {
        &self.components[step * self.each..(step + 1) * self.each]
    }
}

/// Carries particles through a run, on whatever it is.
pub trait LinearStepper: Send {
    /// Where all particles are at the start and after every step whose number, counted from 1, `every` divides, and at the
    /// end; none where `go_on` said no.
    ///
    /// # Errors
    /// If the device fails.
    fn frames(
        &mut self,
        run: &LinearRun,
        starts: Vec<[f32; 2]>,
        every: usize,
        go_on: &dyn Fn() -> bool,
    ) -> Result<Option<Vec<Vec<[f32; 2]>>>, String>;
}

/// One step of all particles: the twin of the shader.
pub fn step_linear(places: &mut [[f32; 2]], run: &LinearRun, number: usize) {
    let LinearStep { scale, keep, push, noise, .. } = run.steps[number];
    let [scale, keep, push, noise] = [scale, keep, push, noise].map(|x| x as f32);
    let components = run.of_step(number);
    let key = [run.seed as u32, (run.seed >> 32) as u32];
    places.par_iter_mut().enumerate().for_each(|(n, x)| {
        let v = velocity(components, x.map(|x| x * scale));
        let mut next = [0, 1].map(|i| keep * x[i] + push * v[i]);
        if noise > 0.0 {
            let words = philox([n as u32, number as u32, 0, NOISE], key);
            let unit = |word: u32| ((word >> 8) as f32 + 0.5) * 5.960_464_5e-8;
            let (radius, angle) = ((-2.0 * unit(words[0]).ln()).sqrt(), TAU * unit(words[2]));
            next[0] += noise * radius * angle.cos();
            next[1] += noise * radius * angle.sin();
        }
        *x = next;
    });
}

fn velocity(components: &[StepComponent], x: [f32; 2]) -> [f32; 2] {
    let log = |[ln, half, m1, m2, ..]: &StepComponent| {
        let e = [x[0] - m1, x[1] - m2];
        ln - half * (e[0] * e[0] + e[1] * e[1])
    };
    let most = components.iter().map(log).fold(f32::MIN, f32::max);
    let (mut total, mut growing, mut sum) = (0.0, 0.0, [0.0; 2]);
    for component in components {
        let [_, _, _, _, a1, a2, growth, _] = *component;
        let r = (log(component) - most).exp();
        total += r;
        growing += r * growth;
        sum = [sum[0] + r * a1, sum[1] + r * a2];
    }
    [0, 1].map(|i| (sum[i] + growing * x[i]) / total)
}

#[cfg(test)]
mod tests {
    use super::super::tests::flow_of;
    use super::super::{PlaneSetup, Walk, draw_source};
    use super::*;
    use crate::denoiser::plane::Oracle;
    use crate::flow::plane::{Mixture, PlaneSource};

    #[test]
    fn single_precision_walks_as_the_sampler_does() {
        let flow = flow_of(Mixture::ring());
        let oracle = Oracle::new(&flow).expect("an oracle");
        for method in ["euler", "tame:1", "ddim:0", "ddpm", "sde:1"] {
            let sampler = PlaneSampler::usual(method.parse().expect(method), 24);
            let starts = draw_source(&PlaneSource::Normal, 500, 4);
            let run = LinearRun::of(sampler, &flow, 9).expect("linear on a mixture");
            let mut places = run.starts(&sampler, [&starts[0], &starts[1]]);
            (0..run.steps.len()).for_each(|step| step_linear(&mut places, &run, step));
            let setup = PlaneSetup { flow: &flow, denoiser: &oracle, sampler, seed: 9 };
            let mut walk = Walk::new(setup, starts).expect("a walk");
            walk.run(|_| true).expect("a run");
            let [x, y] = walk.points();
            let near = places.iter().zip(x.iter().zip(y)).filter(|(place, (x, y))| {
                (f64::from(place[0]) - **x).hypot(f64::from(place[1]) - **y) < 2e-3
            });
            // A few begin between two modes, where the last place decides.
            assert!(near.count() > 490, "{method}");
        }
        let jumps = PlaneSampler::usual("jump:B".parse().expect("a method"), 24);
        assert_eq!(LinearRun::of(jumps, &flow, 9), None);
        // Covariances are left to the CPU.
        let covariances = flow_of(crate::flow::plane::tests::oblong());
        let euler = PlaneSampler::usual("euler".parse().expect("a method"), 24);
        assert_eq!(LinearRun::of(euler, &covariances, 9), None);
    }
}
