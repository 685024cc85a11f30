//! Brute force and the cases every formula of the grid is tried on (twins of check_math.py, K = 5).

use super::GridPath;
use crate::flow::{Coupling, Scheduler, Source};
use ndarray::{Array, Array2, Array3, Array4, Dimension};

/// The fourteen schedulers of the reference script, and the kinetic-optimal ones.
pub(crate) const SCHEDULERS: [Scheduler; 16] = [
    Scheduler::Kinetic(0.2),
    Scheduler::Kinetic(0.0),
    Scheduler::Linear,
    Scheduler::Quadratic,
    Scheduler::Cubic,
    Scheduler::Power(1.7),
    Scheduler::Power(0.5),
    Scheduler::Cosine,
    Scheduler::Sin2,
    Scheduler::Hermite { a: 0.0, b: 0.0 },
    Scheduler::Hermite { a: 1.0, b: 1.0 },
    Scheduler::Hermite { a: 0.0, b: 2.0 },
    Scheduler::Hermite { a: 0.0, b: 3.0 },
    Scheduler::Hermite { a: 2.0, b: 0.5 },
    Scheduler::Hermite { a: 2.0, b: 0.0 },
    Scheduler::Hermite { a: 3.0, b: 3.0 },
];

/// A path and its coupling π\[x0¹, x0², x1¹, x1²\] written out.
pub(crate) struct Case {
    pub name: &'static str,
    pub path: GridPath,
    pub dense: Array4<f64>,
    /// How close to brute force its joints are: rounding, or what Sinkhorn leaves over.
    pub tolerance: f64,
}

/// Path quantities straight from the definitions.
pub(crate) struct BruteForce {
    pub p: Array2<f64>,
    /// P(X1ⁱ = y, X_t = z), \[y, z1, z2\].
    pub n1: [Array3<f64>; 2],
    /// P(X0ⁱ = y, X_t = z).
    pub n0: [Array3<f64>; 2],
}

/// Largest absolute entry.
pub(crate) fn largest<D: Dimension>(x: &Array<f64, D>) -> f64 {
    x.iter().fold(0.0, |m, v| m.max(v.abs()))
}

/// The reference script's correlated target with exact zeros in it (K ≥ 5).
pub(crate) fn small_target(k: usize) -> Array2<f64> {
    let mut q = Array2::from_shape_fn((k, k), |(i, j)| {
        let (i, j) = (i as f64, j as f64);
        (-1.2 * (i - j).powi(2)).exp() + 0.6 * (-(i + j - 4.0).powi(2) - 0.2 * i).exp()
    });
    for zero in [[0, 4], [4, 1], [2, 0]] {
        q[zero] = 0.0;
    }
    let total = q.sum();
    q / total
}

/// Inflow minus outflow along one axis by counting every move of a table of fluxes \[y, z1, z2\].
pub(crate) fn net_of(axis: super::Axis, flux: &Array3<f64>) -> Array2<f64> {
    let v = flux.dim().0;
    let mut net = Array2::zeros((v, v));
    for ((y, z1, z2), f) in flux.indexed_iter() {
        let mut to = [z1, z2];
        to[axis.index()] = y;
        net[to] += f;
        net[[z1, z2]] -= f;
    }
    net
}

/// A pmf without structure.
fn crooked(k: usize, seed: f64) -> Array2<f64> {
    let p = Array2::from_shape_fn((k, k), |(i, j)| {
        (1.0 + (seed + 3.1 * i as f64 + 1.7 * (j * j) as f64).sin()).powi(2) + 0.01
    });
    let total = p.sum();
    p / total
}

pub(crate) fn crooked_product(k: usize) -> Array2<f64> {
    let side = |seed: f64| {
        let p = Array::from_shape_fn(k, |i| 0.1 + (seed + 2.3 * i as f64).sin().powi(2));
        let total: f64 = p.sum();
        p / total
    };
    super::outer(&side(0.3), &side(1.1))
}

/// π of the independent or the C-coupling by summing over which tokens are kept.
pub(crate) fn kept_coupling(p0: &Array2<f64>, q: &Array2<f64>, rho: f64) -> Array4<f64> {
    let v = p0.nrows();
    let mut pi = Array4::zeros((v, v, v, v));
    for ((a, b), p) in p0.indexed_iter() {
        for ((c, d), q) in q.indexed_iter() {
            for (keep1, keep2) in [(false, false), (false, true), (true, false), (true, true)] {
                let chance = |keep| if keep { rho } else { 1.0 - rho };
                let x0 = [if keep1 { c } else { a }, if keep2 { d } else { b }];
                pi[[x0[0], x0[1], c, d]] += chance(keep1) * chance(keep2) * p * q;
            }
        }
    }
    pi
}

fn transport(path: &GridPath) -> Array4<f64> {
    let plan = path.plan.as_ref().expect("an optimal-transport path");
    let v = path.vocabulary();
    Array4::from_shape_fn((v, v, v, v), |(a, b, c, d)| {
        plan.a[[a, b]] * plan.kernel[[a, c]] * plan.kernel[[b, d]] * plan.b[[c, d]]
    })
}

/// Every source with every coupling that exists for it.
pub(crate) fn cases() -> Vec<Case> {
    let k = 5;
    let q = small_target(k);
    let sources = [
        ("uniform", Source::Uniform),
        ("mask", Source::Mask),
        ("product pmf source", Source::Pmf(crooked_product(k))),
        ("correlated pmf source", Source::Pmf(crooked(k, 0.7))),
    ];
    let mut cases = Vec::new();
    for (source_name, source) in sources {
        for coupling in [Coupling::Independent, Coupling::Keep(0.35), Coupling::OptimalTransport(0.09)] {
            if source.has_mask() && matches!(coupling, Coupling::OptimalTransport(_)) {
                continue;
            }
            let path = GridPath::new(&q, &source, coupling).expect("a valid case");
            let (dense, tolerance) = match coupling {
                Coupling::OptimalTransport(_) => (transport(&path), 1e-14),
                _ => (kept_coupling(path.noise(), path.target(), coupling.keep_rate()), 2e-15),
            };
            let label = match coupling {
                Coupling::Independent => "independent",
                Coupling::Keep(_) => "keep",
                Coupling::OptimalTransport(_) => "ot",
            };
            cases.push(Case {
                name: Box::leak(format!("{source_name}, {label}").into_boxed_str()),
                path,
                dense,
                tolerance,
            });
        }
    }
    cases
}

/// The six-fold sum over source, target and state.
pub(crate) fn brute_force(pi: &Array4<f64>, kappa: f64) -> BruteForce {
    brute_force_along(pi, |a, b, z| (1.0 - kappa) * f64::from(a == z) + kappa * f64::from(b == z))
}

/// The same with any conditional law p(z | x0, x1) of a token.
pub(crate) fn brute_force_along(pi: &Array4<f64>, token: impl Fn(usize, usize, usize) -> f64) -> BruteForce {
    let v = pi.dim().0;
    let cube = || Array3::zeros((v, v, v));
    let mut out = BruteForce { p: Array2::zeros((v, v)), n1: [cube(), cube()], n0: [cube(), cube()] };
    for ((a1, a2, b1, b2), &weight) in pi.indexed_iter() {
        if weight == 0.0 {
            continue;
        }
        for z1 in 0..v {
            for z2 in 0..v {
                let joint = weight * token(a1, b1, z1) * token(a2, b2, z2);
                out.p[[z1, z2]] += joint;
                out.n1[0][[b1, z1, z2]] += joint;
                out.n1[1][[b2, z1, z2]] += joint;
                out.n0[0][[a1, z1, z2]] += joint;
                out.n0[1][[a2, z1, z2]] += joint;
            }
        }
    }
    out
}
