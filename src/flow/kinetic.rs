//! The kinetic-optimal scheduler of a path: κ along the Fisher–Rao geodesic from noise to datum (math.md 7).

use super::floor::gauss_legendre;
use super::{ConditionalPath, Coupling, FlowError, GridPath, Kappa, Scheduler};
use ndarray::Axis as Dim;

impl GridPath {
    /// The kinetic-optimal scheduler of this path: [`Scheduler::Kinetic`] with the probability that a token already is
    /// the datum at κ = 0, given the datum. Where no member of that family walks at constant speed, because this differs
    /// from datum to datum or a three-way path bends, it is the member with the least [`Self::action`];
    /// [`Self::least_action`] says how much less another κ(t) could have.
    ///
    /// # Errors
    /// On a metric path, which is no geodesic between noise and datum.
    pub fn kinetic_scheduler(&self) -> Result<Scheduler, FlowError> {
        if self.metric().is_some() {
            let why = "the kinetic-optimal scheduler belongs to a mixture or three-way path";
            return Err(FlowError::Unsupported(format!(
                "{why}: {} walks through close tokens, not along the geodesic from noise to datum",
                self.conditional()
            )));
        }
        let speed = Speed::of(self);
        if let Some(p) = speed.same_for_all() {
            return Ok(Scheduler::Kinetic(p.min(LARGEST)));
        }
        let action = |p: f64| speed.action(Scheduler::Kinetic(p));
        let golden = 0.5 * (5f64.sqrt() - 1.0);
        let (mut low, mut high) = (0.0, LARGEST);
        let (mut a, mut b) = (high - golden * (high - low), low + golden * (high - low));
        let (mut at_a, mut at_b) = (action(a), action(b));
        // The bracket ends 10⁻⁹ wide.
        for _ in 0..44 {
            if at_a < at_b {
                (high, b, at_b) = (b, a, at_a);
                a = high - golden * (high - low);
                at_a = action(a);
            } else {
                (low, a, at_a) = (a, b, at_b);
                b = low + golden * (high - low);
                at_b = action(b);
            }
        }
        Ok(Scheduler::Kinetic(0.5 * (low + high)))
    }

    /// ∫₀¹ E Σ_x (d√p_t(x | x₁)/dt)² dt of this path, mean over data and over the two tokens: Ω² for the optimal
    /// scheduler of a mixture path, cos²Ω the probability that the token is the datum at the start. Infinite for schedulers
    /// with κ′(1) > 0, of which a finite number is returned. `None` for a metric path.
    pub fn action(&self, scheduler: Scheduler) -> Option<f64> {
        self.metric().is_none().then(|| Speed::of(self).action(scheduler))
    }

    /// The least action that any κ(t) can have: (∫₀¹ √(E Σ_x (d√p_κ(x | x₁)/dκ)²) dκ)², that of constant speed. `None`
    /// for a metric path.
    pub fn least_action(&self) -> Option<f64> {
        self.metric().is_none().then(|| Speed::of(self).length().powi(2))
    }

    /// The probability that a token is the datum at κ = 0, given the datum, and how likely that is, for both tokens; the
    /// weights add up to 2.
    fn meetings(&self) -> Vec<(f64, f64)> {
        let independent = || {
            let of_both = self.noise_marginals().iter().zip(self.target_marginals());
            of_both.flat_map(|(noise, data)| noise.iter().copied().zip(data.iter().copied()))
        };
        let met =
            |pairs: &mut dyn Iterator<Item = (f64, f64)>| pairs.filter(|(_, mass)| *mass > 0.0).collect();
        match (self.coupling(), &self.plan) {
            // A token that is kept is the datum.
            (Coupling::Keep(rho), _) => {
                met(&mut independent().map(|(p, mass)| (rho + (1.0 - rho) * p, mass)))
            }
            // π(x₀ⁱ = x₁ⁱ | x₁): the other token's noise is summed over.
            (_, Some(plan)) => {
                let stay = plan.kernel.diag();
                let first = &plan.a_k2 * &plan.b * stay.insert_axis(Dim(1));
                let second = &plan.k1_a * &plan.b * stay.insert_axis(Dim(0));
                let given = |joint: &f64, mass: &f64| (if *mass > 0.0 { joint / mass } else { 0.0 }, *mass);
                let of_both = [first, second];
                let pairs = of_both.iter().flat_map(|joint| joint.iter().zip(self.target()));
                met(&mut pairs.map(|(joint, mass)| given(joint, mass)))
            }
            _ => met(&mut independent()),
        }
    }
}

/// E Σ_x (d√p_κ(x | x₁)/dκ)² over both tokens and all data, as a function of κ.
struct Speed {
    /// Probability at the start and weight, of groups of tokens whose probabilities are nearly the same.
    meetings: Vec<(f64, f64)>,
    /// c of a three-way path, and of both tokens the source's and the target's marginals with the uniform distribution.
    bent: Option<(f64, Vec<Vec<[f64; 3]>>)>,
}

/// Groups that a mean over all data is taken with: a transport plan has V² data.
const GROUPS: usize = 512;
/// Nodes of the integrals.
const NODES: usize = 96;

impl Speed {
    fn of(path: &GridPath) -> Self {
        let mut meetings = path.meetings();
        if meetings.len() > GROUPS {
            meetings.sort_by(|a, b| a.0.total_cmp(&b.0));
            let means = meetings.chunks(meetings.len().div_ceil(GROUPS)).map(|group| {
                let mass: f64 = group.iter().map(|(_, mass)| mass).sum();
                (group.iter().map(|(p, mass)| p * mass).sum::<f64>() / mass, mass)
            });
            meetings = means.collect();
        }
        let bent = match path.conditional() {
            ConditionalPath::ThreeWay(c) if c > 0.0 => {
                let uniform = path.uniform_distribution();
                let of_both = path.noise_marginals().iter().zip(path.target_marginals());
                let tokens = of_both.map(|(noise, data)| {
                    noise.iter().zip(data).zip(&uniform).map(|((p, q), u)| [*p, *q, *u]).collect()
                });
                Some((c, tokens.collect()))
            }
            _ => None,
        };
        Self { meetings, bent }
    }

    /// The one probability with which every datum is met, if the path is a mixture and it is the same for all.
    fn same_for_all(&self) -> Option<f64> {
        // From the uniform source a three-way path is the mixture path, given the datum.
        let is_mixture = self
            .bent
            .iter()
            .all(|(_, tokens)| tokens.iter().flatten().all(|[p, _, u]| (p - u).abs() < 1e-12));
        let (first, _) = *self.meetings.first()?;
        let even = self.meetings.iter().all(|(p, _)| (p - first).abs() < 1e-12);
        (is_mixture && even).then_some(first)
    }

    /// At κ, the mean of both tokens.
    fn squared(&self, kappa: Kappa) -> f64 {
        let (k, left) = (kappa.value, kappa.complement);
        let Some((c, tokens)) = &self.bent else {
            // Given the datum all other values keep their proportions: P(x₁) = p + κ(1−p) says it all.
            let of_one = |(p, mass): &(f64, f64)| mass * (1.0 - p) / (4.0 * left * (p + k * (1.0 - p)));
            return 0.5 * self.meetings.iter().map(of_one).sum::<f64>();
        };
        let (uniform, source) = (c * k * left, left * (1.0 - c * k));
        let (up, down) = (c * (left - k), -(1.0 - c * k) - c * left);
        let term = |p: f64, slope: f64| if p > 0.0 { slope * slope / (4.0 * p) } else { 0.0 };
        let mut sum = 0.0;
        for tokens in tokens {
            // All values as if none was the datum, then for each datum the one that is.
            let noise = |[p, _, u]: &[f64; 3]| (uniform * u + source * p, up * u + down * p);
            let as_noise: f64 = tokens.iter().map(noise).map(|(p, slope)| term(p, slope)).sum();
            for token in tokens.iter().filter(|[_, q, _]| *q > 0.0) {
                let (p, slope) = noise(token);
                sum += token[1] * (as_noise - term(p, slope) + term(p + k, slope + 1.0));
            }
        }
        0.5 * sum
    }

    fn action(&self, scheduler: Scheduler) -> f64 {
        let nodes = gauss_legendre(NODES).into_iter();
        nodes
            .map(|(t, weight)| weight * scheduler.derivative(t).powi(2) * self.squared(scheduler.at(t)))
            .sum()
    }

    /// ∫₀¹ √speed² dκ: with κ = sin²(πu/2), which takes the singular ends out.
    fn length(&self) -> f64 {
        let even = Scheduler::Sin2;
        let nodes = gauss_legendre(NODES).into_iter();
        nodes.map(|(u, weight)| weight * even.derivative(u) * self.squared(even.at(u)).sqrt()).sum()
    }
}

/// Beyond this p₀(x₁) there is hardly any way to go.
const LARGEST: f64 = 0.999;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::Source;
    use crate::flow::grid::testing::{cases, crooked_product, small_target};
    use ndarray::Array2;

    fn path(q: &Array2<f64>, source: &Source) -> GridPath {
        GridPath::new(q, source, Coupling::Independent).expect("path")
    }

    fn kinetic(path: &GridPath) -> f64 {
        let Ok(Scheduler::Kinetic(p)) = path.kinetic_scheduler() else { panic!("a kinetic scheduler") };
        p
    }

    fn action(path: &GridPath, scheduler: Scheduler) -> f64 {
        path.action(scheduler).expect("no metric path")
    }

    #[test]
    fn actions_are_those_of_the_reference_script_and_the_optimum_is_omega_squared() {
        // check_math.py, section 7.
        let mask = path(&small_target(5), &Source::Mask);
        assert_eq!(mask.kinetic_scheduler(), Ok(Scheduler::Kinetic(0.0)));
        let uniform = path(&small_target(5), &Source::Uniform);
        let wide = path(&Array2::from_elem((256, 256), 1.0 / 65536.0), &Source::Uniform);
        for (path, omega2, sin2) in
            [(&mask, 2.4674, 2.467), (&uniform, 1.2258, 1.364), (&wide, 2.2748, 2.313)]
        {
            let best = action(path, Scheduler::Kinetic(kinetic(path)));
            assert!((best - omega2).abs() < 1e-4, "{best} {omega2}");
            assert!((path.least_action().expect("a mixture path") - omega2).abs() < 1e-4);
            assert!((action(path, Scheduler::Sin2) - sin2).abs() < 1e-3);
        }
    }

    #[test]
    fn the_speed_is_that_of_the_conditional_path_written_out() {
        // Finite differences of √p(x | x₁) over the whole coupling, given both tokens of the datum.
        let along = |path: &GridPath| path.clone().along(ConditionalPath::ThreeWay(0.8)).ok();
        for case in cases() {
            for path in [Some(case.path.clone()), along(&case.path)].into_iter().flatten() {
                let (v, uniform) = (path.vocabulary(), path.uniform_distribution());
                let c = path.conditional().uniform_share(1.0);
                let law = |k: f64, i: usize, x: usize, data: [usize; 2]| -> f64 {
                    let q = path.target()[data];
                    let noise = case
                        .dense
                        .indexed_iter()
                        .filter(|((.., c, d), _)| [*c, *d] == data)
                        .map(|((a, b, ..), p)| if [a, b][i] == x { p / q } else { 0.0 });
                    let noise: f64 = noise.sum();
                    k * f64::from(x == data[i])
                        + c * k * (1.0 - k) * uniform[x]
                        + (1.0 - k) * (1.0 - c * k) * noise
                };
                for k in [0.2, 0.7] {
                    let mut speed = 0.0;
                    for (data, q) in path.target().indexed_iter().filter(|(_, q)| **q > 0.0) {
                        for (i, x) in [0, 1].into_iter().flat_map(|i| (0..v).map(move |x| (i, x))) {
                            let root = |k: f64| law(k, i, x, data.into()).max(0.0).sqrt();
                            speed += 0.5 * q * ((root(k + 1e-5) - root(k - 1e-5)) / 2e-5).powi(2);
                        }
                    }
                    let found = Speed::of(&path).squared(Kappa::new(k));
                    let here = format!("{} {} κ = {k}", case.name, path.conditional());
                    assert!((found / speed - 1.0).abs() < 1e-6, "{here}: {found} {speed}");
                }
            }
        }
    }

    #[test]
    fn no_neighbour_has_less_action_and_none_has_less_than_constant_speed() {
        let uneven = path(&small_target(5), &Source::Pmf(crooked_product(5)));
        let mask = path(&small_target(5), &Source::Mask);
        let bent = mask.along(ConditionalPath::ThreeWay(0.8)).expect("a path");
        let couplings = cases().into_iter().map(|case| case.path);
        for path in couplings.chain([uneven, bent]) {
            let p = kinetic(&path);
            let best = action(&path, Scheduler::Kinetic(p));
            let here = format!("{} {} V = {}", path.coupling(), path.conditional(), path.vocabulary());
            for q in [0.5 * p, 0.9 * p, 1.1 * p, 0.5 * (p + 1.0)].into_iter().filter(|q| *q < LARGEST) {
                assert!(action(&path, Scheduler::Kinetic(q)) >= best - 1e-9, "{here}: {p} {q}");
            }
            assert!(best <= action(&path, Scheduler::Sin2) + 1e-9, "{here}");
            let least = path.least_action().expect("no metric path");
            assert!(least <= best + 1e-3, "{here}: {least} {best}");
            assert!(best < 1.25 * least, "{here}: {least} {best}");
        }
    }

    #[test]
    fn kept_tokens_start_the_geodesic_on_the_way() {
        let case = cases().into_iter().find(|case| case.name == "mask, keep").expect("the case");
        assert!((kinetic(&case.path) - 0.35).abs() < 1e-12);
        let case = cases().into_iter().find(|case| case.name == "uniform, keep").expect("the case");
        assert!((kinetic(&case.path) - (0.35 + 0.65 * 0.2)).abs() < 1e-12);
        let uniform = path(&small_target(5), &Source::Uniform);
        let three_way = uniform.clone().along(ConditionalPath::ThreeWay(1.0)).expect("a path");
        assert_eq!(three_way.kinetic_scheduler(), uniform.kinetic_scheduler());
    }

    #[test]
    fn a_metric_path_has_none_and_says_why() {
        let uniform = path(&small_target(5), &Source::Uniform);
        let metric = uniform.along("metric:1,3,1".parse().expect("a path")).expect("an even source");
        let error = metric.kinetic_scheduler().expect_err("no geodesic").to_string();
        assert!(error.contains("metric:1,3,1") && error.contains("geodesic"), "{error}");
        assert_eq!((metric.action(Scheduler::Linear), metric.least_action()), (None, None));
    }
}
