//! Particles through a sampler, step by step: all at once, in parallel, the same on any number of threads.

use super::adaptive::Adaptive;
use super::draw::{Points, cumulative, place};
use super::landing::Landing;
use super::linear::{LinearStep, velocity_of};
use super::nodes::Node;
use super::numbers::{Draw, Numbers};
use super::setting::{PlaneMethod, PlaneSampler};
use crate::denoiser::plane::{Denoiser, DenoiserAt};
use crate::flow::FlowError;
use crate::flow::plane::{
    AffinePath, Fields, MovingMixture, NO_AXIS_JUMPS, PlaneAt, PlaneFlow, PlaneSource, PlaneTarget,
    jump_chance,
};
use crate::sampler::SamplerError;
use rayon::prelude::*;

/// Particles that one thread works on at once: as many as stay near it.
const CHUNK: usize = 1024;
/// Where jumps to data without width end: their rates grow without limit.
pub const JUMPS_END: f64 = 1.0 - 1e-3;

/// What is walked.
#[derive(Clone, Copy)]
pub struct PlaneSetup<'a> {
    /// The flow: its source, and for jumps its exact rates.
    pub flow: &'a PlaneFlow,
    /// Who answers: the exact velocity or a network.
    pub denoiser: &'a dyn Denoiser,
    /// How.
    pub sampler: PlaneSampler,
    /// The seed of all noise.
    pub seed: u64,
}

/// A run under way.
pub struct Walk<'a> {
    setup: PlaneSetup<'a>,
    plan: Plan,
    /// The flow on the sampler's path, for jumps.
    flow: PlaneFlow,
    done: usize,
    evaluations: usize,
    jumps: usize,
    points: Points,
}

enum Plan {
    /// One answer a step.
    Linear(Vec<LinearStep>),
    /// Several.
    Stages(Vec<Node>),
    Adaptive(Box<Adaptive>),
    /// Particles jump.
    Jumps(Vec<Node>),
}

impl<'a> Walk<'a> {
    /// From these x₀, drawn from the source and not yet scaled: the same for every sampler that is compared.
    ///
    /// # Errors
    /// If a setting is out of range, or the method is none for this flow: one that needs a score without the independent
    /// coupling or N(0, I), per-axis jumps of a flow that is no mixture, times that do not begin at the noise from another
    /// source.
    pub fn new(setup: PlaneSetup<'a>, starts: Points) -> Result<Self, SamplerError> {
        let sampler = setup.sampler.validated()?;
        check(&sampler, setup.flow)?;
        let flow = setup.flow.on(sampler.path)?;
        let nodes = sampler.nodes();
        let plan = match (sampler.linear_steps(), sampler.method) {
            (Some(steps), _) => Plan::Linear(steps),
            (_, PlaneMethod::Dopri5 { tol }) => {
                let tol = tol.unwrap_or(PlaneMethod::USUAL_TOLERANCE);
                Plan::Adaptive(Box::new(Adaptive::new(tol, nodes[0].t)))
            }
            (_, method) if method.jumps() => Plan::Jumps(jump_nodes(&flow, &sampler)),
            _ => Plan::Stages(nodes),
        };
        let mut points = starts;
        let scale = start_scale(&sampler);
        if scale != 1.0 {
            points.iter_mut().flatten().for_each(|x| *x *= scale);
        }
        Ok(Self { setup, plan, flow, done: 0, evaluations: 0, jumps: 0, points })
    }

    /// Where the particles are, on the sampler's path: x = αx₁ + σx₀.
    pub fn points(&self) -> [&[f64]; 2] {
        [&self.points[0], &self.points[1]]
    }

    /// The same, at the end.
    pub fn into_points(self) -> Points {
        self.points
    }

    /// Where it is on the path: time, t* and α, σ. Of DDPM and DDIM the time is t*.
    pub fn now(&self) -> Node {
        let path = self.setup.sampler.path;
        let at_star = |star| Node::at_star(AffinePath::CondOt, star);
        match &self.plan {
            Plan::Linear(steps) => {
                let diffusion =
                    matches!(self.setup.sampler.method, PlaneMethod::Ddpm { .. } | PlaneMethod::Ddim { .. });
                let t = steps.get(self.done).map_or(1.0, |step| step.t);
                if diffusion { at_star(t) } else { Node::at(path, t) }
            }
            Plan::Stages(nodes) | Plan::Jumps(nodes) => nodes[self.done.min(nodes.len() - 1)],
            Plan::Adaptive(adaptive) => Node::at(path, adaptive.t),
        }
    }

    /// Steps that are done; of the adaptive method those that were accepted.
    pub fn steps(&self) -> usize {
        match &self.plan {
            Plan::Adaptive(adaptive) => adaptive.accepted,
            _ => self.done,
        }
    }

    /// Attempted steps of the adaptive method that were rejected.
    pub fn rejected(&self) -> usize {
        match &self.plan {
            Plan::Adaptive(adaptive) => adaptive.rejected,
            _ => 0,
        }
    }

    /// Evaluations of the denoiser a particle so far, rejected steps among them.
    pub fn evaluations(&self) -> usize {
        self.evaluations
    }

    /// Jumps of all particles so far.
    pub fn jumps(&self) -> usize {
        self.jumps
    }

    /// Whether it is at the end.
    pub fn is_done(&self) -> bool {
        match &self.plan {
            Plan::Linear(steps) => self.done >= steps.len(),
            Plan::Stages(nodes) | Plan::Jumps(nodes) => self.done + 1 >= nodes.len(),
            Plan::Adaptive(adaptive) => adaptive.t >= 1.0,
        }
    }

    /// One step of all particles; nothing at the end.
    ///
    /// # Errors
    /// If the denoiser fails, or the adaptive method does not get on.
    pub fn step(&mut self) -> Result<(), SamplerError> {
        if self.is_done() {
            return Ok(());
        }
        let numbers = Numbers(self.setup.seed);
        let denoiser = self.setup.denoiser;
        match &mut self.plan {
            Plan::Linear(steps) => {
                linear_step(&mut self.points, denoiser, &steps[self.done], (numbers, self.done))?;
                self.evaluations += 1;
            }
            Plan::Stages(nodes) => {
                let [from, to] = [nodes[self.done], nodes[self.done + 1]];
                let sampler = self.setup.sampler;
                let is_open = to.t < 1.0 || (denoiser.ends() && to.point.sigma_slope.is_finite());
                // At the end there may be nothing to ask: Euler's step lands on x̂₁.
                if is_open || sampler.method == PlaneMethod::Midpoint {
                    staged_step(&mut self.points, denoiser, sampler, [from, to])?;
                    self.evaluations += sampler.method.evaluations();
                } else {
                    let step = sampler.euler_step(&from, to.t, true);
                    linear_step(&mut self.points, denoiser, &step, (numbers, self.done))?;
                    self.evaluations += 1;
                }
            }
            Plan::Adaptive(adaptive) => {
                let path = self.setup.sampler.path;
                self.evaluations += adaptive.step(&mut self.points, denoiser, path)?;
            }
            Plan::Jumps(nodes) => {
                let [from, to] = [nodes[self.done], nodes[self.done + 1]];
                let is_last = self.done + 2 == nodes.len();
                self.jumps += jump_step(
                    &mut self.points,
                    &self.flow,
                    self.setup.sampler.method,
                    ([from, to], is_last),
                    (numbers, self.done),
                )?;
                self.evaluations += 1;
            }
        }
        self.done += 1;
        Ok(())
    }

    /// All steps that are left, while `go_on` says so; whether it came to the end.
    ///
    /// # Errors
    /// As [`Self::step`]'s.
    pub fn run(&mut self, mut go_on: impl FnMut(&Self) -> bool) -> Result<bool, SamplerError> {
        while !self.is_done() {
            if !go_on(self) {
                return Ok(false);
            }
            self.step()?;
        }
        Ok(true)
    }
}

/// The moments that a sampler steps through which jumps, on its path: to the end, or to just before it.
pub(super) fn jump_nodes(on_path: &PlaneFlow, sampler: &PlaneSampler) -> Vec<Node> {
    let mut nodes = sampler.nodes();
    if on_path.at(1.0).is_err() {
        nodes.retain(|node| node.t < JUMPS_END);
        nodes.push(Node::at(sampler.path, JUMPS_END));
    }
    nodes
}

/// Whether a sampler has a meaning for a flow.
pub(super) fn check(sampler: &PlaneSampler, flow: &PlaneFlow) -> Result<(), FlowError> {
    let refused = |why: String| Err(FlowError::Unsupported(why));
    let method = sampler.method;
    let is_normal = *flow.source() == PlaneSource::Normal;
    if let Some(why) = method.without_score(flow.is_independent(), is_normal) {
        return refused(format!("{method}: {why}"));
    }
    let is_mixture =
        matches!(flow.target(), PlaneTarget::Mixture(_)) && !matches!(flow.source(), PlaneSource::Square(_));
    if method == PlaneMethod::AxisJump && !is_mixture {
        return refused("jump:A: particles jump by axes on mixtures alone; take jump:B".to_owned());
    }
    if method == PlaneMethod::AxisJump && flow.is_oblong() {
        return refused(format!("{method}: {NO_AXIS_JUMPS}"));
    }
    let diffusion = matches!(method, PlaneMethod::Ddpm { .. } | PlaneMethod::Ddim { .. });
    let first = match diffusion {
        true => super::nodes::stars(sampler.times, sampler.path, sampler.steps)[0],
        false => sampler.nodes()[0].t_star,
    };
    if *flow.source() != PlaneSource::Normal && first > 0.0 {
        return refused(format!(
            "{method} on {} at times {}: it begins after t* = 0, where noise is no draw of this source; take cond-ot and own times",
            sampler.path, sampler.times
        ));
    }
    Ok(())
}

/// What leads a draw of x₀ to where a sampler starts: N(0, I) is taken for p there, as everybody does (plane.md 10).
pub(super) fn start_scale(sampler: &PlaneSampler) -> f64 {
    if matches!(sampler.method, PlaneMethod::Ddpm { .. } | PlaneMethod::Ddim { .. }) {
        return 1.0;
    }
    let point = sampler.nodes()[0].point;
    match sampler.path {
        AffinePath::Ve { .. } => point.sigma,
        AffinePath::CondOt => point.alpha.hypot(point.sigma),
        _ => 1.0,
    }
}

fn asked<'d>(denoiser: &'d dyn Denoiser, t_star: f64) -> Result<Box<dyn DenoiserAt + 'd>, SamplerError> {
    denoiser.at(t_star).map_err(SamplerError::Denoiser)
}

/// Chunks of all particles in parallel, each with the number of its first.
fn in_chunks(
    points: &mut Points,
    work: impl Fn(usize, [&mut [f64]; 2]) -> anyhow::Result<()> + Sync,
) -> Result<(), SamplerError> {
    let [x, y] = points;
    let chunks = x.par_chunks_mut(CHUNK).zip(y.par_chunks_mut(CHUNK)).enumerate();
    chunks.try_for_each(|(n, (x, y))| work(n * CHUNK, [x, y])).map_err(SamplerError::Denoiser)
}

/// Room for a chunk.
type Room = [[f64; CHUNK]; 2];

const EMPTY: Room = [[0.0; CHUNK]; 2];

/// v at x · scale, of the particles from number `first` on.
fn answer(
    (at, first): (&dyn DenoiserAt, usize),
    x: [&[f64]; 2],
    scale: f64,
    v: &mut Room,
) -> anyhow::Result<()> {
    let n = x[0].len();
    let [v1, v2] = v;
    if scale == 1.0 {
        return at.velocity_from(first, x, [&mut v1[..n], &mut v2[..n]]);
    }
    let mut scaled = EMPTY;
    for (scaled, x) in scaled.iter_mut().zip(x) {
        scaled.iter_mut().zip(x).for_each(|(scaled, x)| *scaled = x * scale);
    }
    at.velocity_from(first, [&scaled[0][..n], &scaled[1][..n]], [&mut v1[..n], &mut v2[..n]])
}

fn linear_step(
    points: &mut Points,
    denoiser: &dyn Denoiser,
    step: &LinearStep,
    (numbers, number): (Numbers, usize),
) -> Result<(), SamplerError> {
    let at = asked(denoiser, step.t_star)?;
    let LinearStep { scale, keep, push, noise, .. } = *step;
    in_chunks(points, |first, [x, y]| {
        let mut v = EMPTY;
        answer((&*at, first), [x, y], scale, &mut v)?;
        for (x, v) in [&mut *x, &mut *y].into_iter().zip(&v) {
            x.iter_mut().zip(v).for_each(|(x, v)| *x = keep * *x + push * v);
        }
        if noise > 0.0 {
            for (i, (x, y)) in x.iter_mut().zip(y).enumerate() {
                let [a, b] = numbers.normals(Draw::Noise, first + i, number);
                *x += noise * a;
                *y += noise * b;
            }
        }
        Ok(())
    })
}

/// u of the sampler's path at one time.
pub(super) struct PathVelocity<'d> {
    at: Box<dyn DenoiserAt + 'd>,
    scale: f64,
    own: f64,
    gain: f64,
}

impl<'d> PathVelocity<'d> {
    pub fn new(denoiser: &'d dyn Denoiser, node: &Node) -> Result<Self, SamplerError> {
        let [own, gain] = velocity_of(node);
        Ok(Self { at: asked(denoiser, node.t_star)?, scale: 1.0 / node.point.scale(), own, gain })
    }

    /// u at x into `u`, of the particles from number `first` on.
    fn at(&self, first: usize, x: [&[f64]; 2], u: &mut Room) -> anyhow::Result<()> {
        answer((&*self.at, first), x, self.scale, u)?;
        if self.own != 0.0 || self.gain != 1.0 {
            for (u, x) in u.iter_mut().zip(x) {
                u.iter_mut().zip(x).for_each(|(u, x)| *u = self.own * x + self.gain * *u);
            }
        }
        Ok(())
    }

    /// u at all points, in parallel.
    pub fn everywhere(&self, points: &Points, u: &mut Points) -> Result<(), SamplerError> {
        let (x, y) = (&points[0], &points[1]);
        in_chunks(u, |first, [u1, u2]| {
            let n = u1.len();
            let mut room = EMPTY;
            self.at(first, [&x[first..first + n], &y[first..first + n]], &mut room)?;
            u1.copy_from_slice(&room[0][..n]);
            u2.copy_from_slice(&room[1][..n]);
            Ok(())
        })
    }
}

/// x + h u into `moved`.
fn moved(x: [&[f64]; 2], h: f64, u: &Room, moved: &mut Room) {
    for ((moved, x), u) in moved.iter_mut().zip(x).zip(u) {
        moved.iter_mut().zip(x).zip(u).for_each(|((moved, x), u)| *moved = x + h * u);
    }
}

fn staged_step(
    points: &mut Points,
    denoiser: &dyn Denoiser,
    sampler: PlaneSampler,
    [from, to]: [Node; 2],
) -> Result<(), SamplerError> {
    let h = to.t - from.t;
    let first = PathVelocity::new(denoiser, &from)?;
    let half = Node::at(sampler.path, from.t + 0.5 * h);
    let middle = match sampler.method {
        PlaneMethod::Heun => None,
        _ => Some(PathVelocity::new(denoiser, &half)?),
    };
    let last = match sampler.method {
        PlaneMethod::Midpoint => None,
        _ => Some(PathVelocity::new(denoiser, &to)?),
    };
    in_chunks(points, |number, [x, y]| {
        let n = x.len();
        let (mut a, mut place) = (EMPTY, EMPTY);
        first.at(number, [x, y], &mut a)?;
        let add = |u: &Room, h: f64, x: &mut [f64], y: &mut [f64]| {
            for (x, u) in [x, y].into_iter().zip(u) {
                x.iter_mut().zip(u).for_each(|(x, u)| *x += h * u);
            }
        };
        match (&middle, &last) {
            (Some(middle), Some(last)) => {
                let (mut b, mut c, mut d) = (EMPTY, EMPTY, EMPTY);
                moved([x, y], 0.5 * h, &a, &mut place);
                middle.at(number, [&place[0][..n], &place[1][..n]], &mut b)?;
                moved([x, y], 0.5 * h, &b, &mut place);
                middle.at(number, [&place[0][..n], &place[1][..n]], &mut c)?;
                moved([x, y], h, &c, &mut place);
                last.at(number, [&place[0][..n], &place[1][..n]], &mut d)?;
                for (u, part) in [(&a, 1.0), (&b, 2.0), (&c, 2.0), (&d, 1.0)] {
                    add(u, h * part / 6.0, x, y);
                }
            }
            (Some(middle), None) => {
                moved([x, y], 0.5 * h, &a, &mut place);
                let mut b = EMPTY;
                middle.at(number, [&place[0][..n], &place[1][..n]], &mut b)?;
                add(&b, h, x, y);
            }
            (None, Some(last)) => {
                moved([x, y], h, &a, &mut place);
                let mut b = EMPTY;
                last.at(number, [&place[0][..n], &place[1][..n]], &mut b)?;
                add(&a, 0.5 * h, x, y);
                add(&b, 0.5 * h, x, y);
            }
            (None, None) => add(&a, h, x, y),
        }
        Ok(())
    })
}

/// One step in which particles may jump; how many did.
fn jump_step(
    points: &mut Points,
    flow: &PlaneFlow,
    method: PlaneMethod,
    ([from, to], is_last): ([Node; 2], bool),
    (numbers, number): (Numbers, usize),
) -> Result<usize, SamplerError> {
    let at = flow.at(from.t)?;
    let h = to.t - from.t;
    let jumps = std::sync::atomic::AtomicUsize::new(0);
    let count = |n: usize| jumps.fetch_add(n, std::sync::atomic::Ordering::Relaxed);
    if method == PlaneMethod::AxisJump {
        let PlaneAt::Moving(moving) = &at else {
            return Err(FlowError::Unsupported(
                "jump:A: particles jump by axes on mixtures of round components alone".to_owned(),
            )
            .into());
        };
        in_chunks(points, |first, [x, y]| {
            let mut rates = Vec::new();
            let jumped = (0..x.len()).filter(|&i| {
                let mut place = [x[i], y[i]];
                moving.axis_jump_rates(place, &mut rates);
                let has = axis_jump(moving, &rates, &mut place, h, (numbers, first + i, number));
                [x[i], y[i]] = place;
                has
            });
            count(jumped.count());
            Ok(())
        })?;
        return Ok(jumps.into_inner());
    }
    let (w, g) = match method {
        PlaneMethod::Superposition { w, g } => (w, g),
        _ => (1.0, 0.0),
    };
    let reach = 1.25 * from.point.alpha * flow.target().reach() + 4.5 * from.point.sigma;
    let landing = if w > 0.0 { Landing::new(&at, reach) } else { Landing::default() };
    let noise = if is_last { 0.0 } else { g * h.sqrt() };
    in_chunks(points, |first, [x, y]| {
        let mut fields = Fields::default();
        at.fields([x, y], &mut fields);
        let mut jumped = 0;
        for i in 0..x.len() {
            let mut u = [fields.velocity[0][i], fields.velocity[1][i]];
            let mut score = [fields.score[0][i], fields.score[1][i]];
            // λ = [−∂ ln p/∂t]₊, also where p is no number.
            let mut rate = (fields.divergence[i] + u[0] * score[0] + u[1] * score[1]).max(0.0);
            if u[0].is_nan() {
                // No mass belongs here: what a step has led here jumps away, or goes back.
                let [u1, u2] = &mut u;
                at.velocity([&x[i..=i], &y[i..=i]], [std::slice::from_mut(u1), std::slice::from_mut(u2)]);
                (score, rate) = ([0.0; 2], f64::INFINITY);
            }
            let ([u1, u2], [s1, s2]) = (u, score);
            let [chance, cell] = numbers.units(Draw::Jump, first + i, number);
            if !landing.is_empty() && chance < jump_chance(w * rate, h) {
                let inside = numbers.units(Draw::Landing, first + i, number);
                [x[i], y[i]] = landing.at(cell, inside);
                jumped += 1;
                continue;
            }
            x[i] += h * ((1.0 - w) * u1 + 0.5 * g * g * s1);
            y[i] += h * ((1.0 - w) * u2 + 0.5 * g * g * s2);
            if noise > 0.0 {
                let [a, b] = numbers.normals(Draw::Noise, first + i, number);
                x[i] += noise * a;
                y[i] += noise * b;
            }
        }
        count(jumped);
        Ok(())
    })?;
    Ok(jumps.into_inner())
}

/// Whether a particle jumps within h on one of its axes; then it is moved.
fn axis_jump(
    moving: &MovingMixture,
    rates: &[f64],
    place_of: &mut [f64; 2],
    h: f64,
    (numbers, particle, number): (Numbers, usize, usize),
) -> bool {
    let [chance, which] = numbers.units(Draw::Jump, particle, number);
    if chance >= jump_chance(rates.iter().sum(), h) {
        return false;
    }
    let part = place(&cumulative(rates.iter().copied()), which);
    let [u, _] = numbers.units(Draw::Landing, particle, number);
    place_of[part % 2] = moving.axis_landing(part / 2, part % 2, u);
    true
}
