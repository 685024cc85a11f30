//! Three-way and metric-induced paths against sums over all pairs and moves.

use super::testing::{
    BruteForce, brute_force_along, crooked_product, kept_coupling, largest, net_of, small_target,
};
use super::{Axis, GridPath};
use crate::flow::{ConditionalPath, Coupling, Kappa, Metric, Source};
use ndarray::{Array2, Array3};

const K: usize = 5;

fn path(source: &Source, conditional: ConditionalPath) -> GridPath {
    let path = GridPath::new(&small_target(K), source, Coupling::Independent).expect("a mixture path");
    path.along(conditional).expect("a path")
}

/// p(z | x0, x1) of one token.
fn law(path: &GridPath, kappa: f64) -> impl Fn(usize, usize, usize) -> f64 {
    let (conditional, k) = (path.conditional(), path.data_tokens());
    move |x0, x1, z| match conditional {
        ConditionalPath::Mixture => (1.0 - kappa) * f64::from(x0 == z) + kappa * f64::from(x1 == z),
        ConditionalPath::ThreeWay(c) => {
            let uniform = if z < k { 1.0 / k as f64 } else { 0.0 };
            kappa * f64::from(x1 == z)
                + c * kappa * (1.0 - kappa) * uniform
                + (1.0 - kappa) * (1.0 - c * kappa) * f64::from(x0 == z)
        }
        ConditionalPath::Metric(metric) => {
            let weight = |x: usize| {
                let d = (x.abs_diff(x1) as f64 / (k - 1) as f64).powf(metric.power);
                (-metric.c * (kappa / (1.0 - kappa)).powf(metric.a) * d).exp()
            };
            weight(z) / (0..k).map(weight).sum::<f64>()
        }
    }
}

fn exact(path: &GridPath, kappa: f64) -> BruteForce {
    brute_force_along(&kept_coupling(path.noise(), path.target(), 0.0), law(path, kappa))
}

fn paths() -> Vec<GridPath> {
    let product = Source::Pmf(crooked_product(K));
    let mut all = Vec::new();
    for c in [0.0, 0.35, 0.8, 1.0] {
        for source in [&Source::Uniform, &Source::Mask, &product] {
            all.push(path(source, ConditionalPath::ThreeWay(c)));
        }
    }
    for (power, c, a) in [(1.0, 3.0, 1.0), (2.0, 3.0, 0.9), (1.0, 1.5, 2.0), (0.5, 10.0, 1.3)] {
        all.push(path(&Source::Uniform, ConditionalPath::Metric(Metric { power, c, a })));
    }
    all
}

fn flux_table(v: usize, f: impl Fn(usize, [usize; 2]) -> f64) -> Array3<f64> {
    Array3::from_shape_fn((v, v, v), |(y, z1, z2)| f(y, [z1, z2]))
}

#[test]
fn pmf_and_posteriors_match_brute_force() {
    for path in paths() {
        let metric = matches!(path.conditional(), ConditionalPath::Metric(_));
        for value in [0.0, 0.13, 0.6, 0.95] {
            let (kappa, truth) = (Kappa::new(value), exact(&path, value));
            let here = format!("{} V = {} \u{3ba} = {value}", path.conditional(), path.vocabulary());
            assert!(largest(&(path.pmf(kappa) - &truth.p)) < 3e-15, "{here}");
            let dense = path.dense_posterior(kappa).map(|a| a.to_dense().into_owned());
            let noise = path.dense_noise_posterior(kappa).map(|a| a.to_dense().into_owned());
            let quick = path.posterior(kappa).axes.map(|a| a.to_dense().into_owned());
            for axis in Axis::BOTH {
                let i = axis.index();
                for ((y, z1, z2), d) in dense[i].indexed_iter() {
                    let (z, p) = ([z1, z2], truth.p[[z1, z2]]);
                    assert!((path.pmf_at(z, kappa) - p).abs() < 3e-15, "{here}");
                    if p < 1e-12 {
                        continue;
                    }
                    let expected = truth.n1[i][[y, z1, z2]] / p;
                    let slack = 1e-12 + 1e-15 / p;
                    assert!((d - expected).abs() < slack, "{here} {z:?}: {d} {expected}");
                    assert!((quick[i][[y, z1, z2]] - expected).abs() < slack, "{here}");
                    assert!((path.posterior_at(axis, z, kappa)[y] - expected).abs() < slack, "{here}");
                    if !metric {
                        let expected = truth.n0[i][[y, z1, z2]] / p;
                        assert!((noise[i][[y, z1, z2]] - expected).abs() < slack, "{here} noise {z:?}");
                        assert!(
                            (path.noise_posterior_at(axis, z, kappa)[y] - expected).abs() < slack,
                            "{here}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn both_velocities_generate_the_path_axis_by_axis() {
    for path in paths() {
        let v = path.vocabulary();
        let metric = matches!(path.conditional(), ConditionalPath::Metric(_));
        for value in [0.1, 0.3, 0.6, 0.9] {
            let kappa = Kappa::new(value);
            let here = format!("{} V = {v} \u{3ba} = {value}", path.conditional());
            let e = 1e-6;
            let slope = (exact(&path, value + e).p - exact(&path, value - e).p) / (2.0 * e);
            assert!(largest(&(path.pmf_slope(kappa) - slope)) < 1e-7, "{here}");
            let p = path.pmf(kappa);
            let mut traffic = Array2::<f64>::zeros((v, v));
            let mut total = Array2::<f64>::zeros((v, v));
            for axis in Axis::BOTH {
                let ahead = flux_table(v, |y, z| path.forward_flux(axis, y, z, kappa, 1.0));
                let back = flux_table(v, |y, z| path.backward_flux(axis, y, z, kappa, 1.0));
                assert!(ahead.iter().chain(&back).all(|f| *f >= 0.0 && f.is_finite()), "{here}");
                let net = path.net_inflow(axis, kappa);
                assert!(largest(&(net_of(axis, &ahead) - &net)) < 1e-13, "{here} forward");
                total += &net;
                traffic += &(ahead.sum_axis(ndarray::Axis(0)) * 1.3);
                if !metric {
                    assert!(largest(&(net_of(axis, &back) + &net)) < 1e-13, "{here} backward");
                    traffic += &(back.sum_axis(ndarray::Axis(0)) * 0.3);
                }
                let (forward, backward) =
                    (1.0 / kappa.complement, if metric { 0.0 } else { 1.0 / kappa.value });
                for ((y, z1, z2), f) in ahead.indexed_iter() {
                    let z = [z1, z2];
                    if y == z[axis.index()] || p[z] < 1e-12 {
                        continue;
                    }
                    let u = p[z] * path.velocity(axis, y, z, kappa, forward, 0.0);
                    assert!((u - f).abs() < 1e-13, "{here}: {u} {f}");
                    let both = p[z] * path.velocity(axis, y, z, kappa, 0.0, backward);
                    let expected = if metric { 0.0 } else { back[[y, z1, z2]] };
                    assert!((both - expected).abs() < 1e-13, "{here}: {both} {expected}");
                }
                // Net mass through every cut, move by move between data tokens.
                let k = path.data_tokens();
                let current = path.edge_current(axis, kappa);
                let i = axis.index();
                for other in 0..v {
                    for cut in 0..=k {
                        let mut through = 0.0;
                        for (low, high) in (0..cut).flat_map(|a| (cut..k).map(move |b| (a, b))) {
                            let state = |token| if i == 0 { [token, other] } else { [other, token] };
                            let ([a, b], [c, d]) = (state(low), state(high));
                            through += ahead[[high, a, b]] - ahead[[low, c, d]];
                        }
                        let found = current[if i == 0 { [cut, other] } else { [other, cut] }];
                        assert!((found - through).abs() < 1e-13, "{here} cut {cut}: {found} {through}");
                    }
                }
            }
            assert!(largest(&(total - path.pmf_slope(kappa))) < 1e-14, "{here}");
            let beta = if metric { 0.0 } else { 0.3 };
            assert!(largest(&(path.traffic(kappa, 1.3, beta) - traffic)) < 1e-13, "{here} traffic");
        }
    }
}

#[test]
fn ends_are_source_and_target_and_nothing_is_infinite_there() {
    for path in paths() {
        assert!(largest(&(path.pmf(Kappa::START) - path.noise())) < 1e-15);
        assert!(largest(&(path.pmf(Kappa::END) - path.target())) < 1e-15);
        for kappa in [Kappa::START, Kappa::END] {
            if !path.has_finite_slope(kappa) {
                continue;
            }
            for axis in Axis::BOTH {
                assert!(path.net_inflow(axis, kappa).iter().all(|x| x.is_finite()), "{}", path.conditional());
            }
            assert!(path.traffic(kappa, 1.0, 0.0).iter().all(|x| x.is_finite() && *x >= 0.0));
        }
    }
}

#[test]
fn three_way_without_its_uniform_part_is_the_mixture() {
    let plain = path(&Source::Mask, ConditionalPath::Mixture);
    let same = path(&Source::Mask, ConditionalPath::ThreeWay(0.0));
    let kappa = Kappa::new(0.4);
    for axis in Axis::BOTH {
        let flux = |p: &GridPath| flux_table(K + 1, |y, z| p.forward_flux(axis, y, z, kappa, 1.0));
        assert!(largest(&(flux(&plain) - flux(&same))) < 1e-16);
    }
}
