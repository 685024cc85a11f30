//! The closed forms against the numbers of the note and against brute force (plane.md 1, 4, 10, 11).

use super::*;
use ndarray::Array2;

fn ring(path: AffinePath) -> PlaneFlow {
    flow(Mixture::ring(), path)
}

fn three(path: AffinePath) -> PlaneFlow {
    flow(Mixture::three(), path)
}

/// Three Gaussians that are not round, and one that is.
pub(crate) fn oblong() -> Mixture {
    let part = |weight, mean, entries| {
        let covariance = Covariance::new(entries).expect("a covariance");
        Gaussian { weight, mean, covariance }
    };
    let parts = [
        part(0.4, [1.6, 0.4], [0.5, 0.35, 0.4]),
        part(0.25, [-1.0, 1.5], [0.1, -0.12, 0.6]),
        part(0.2, [0.3, -1.9], [0.04, 0.0, 0.5]),
        part(0.15, [-1.5, -1.0], [0.09, 0.0, 0.09]),
    ];
    Mixture::new(&parts).expect("a mixture")
}

fn flow(mixture: Mixture, path: AffinePath) -> PlaneFlow {
    PlaneFlow::new(PlaneTarget::Mixture(mixture), PlaneSource::Normal, path).expect("a flow")
}

/// The K = 4 board with one doubled cell of plane.md 4.
fn board(source: PlaneSource) -> PlaneFlow {
    let mut q = Array2::from_shape_fn((4, 4), |(i, j)| f64::from(u8::from((i + j) % 2 == 1)));
    q[[0, 1]] = 2.0;
    let q = &q / q.sum();
    let boxes = Boxes::new(q, 1.0).expect("boxes");
    PlaneFlow::new(PlaneTarget::Boxes(boxes), source, AffinePath::CondOt).expect("a flow")
}

fn close(found: f64, expected: f64, tol: f64, what: &str) {
    assert!(
        (found - expected).abs() <= tol * expected.abs().max(1.0),
        "{what}: {found}, expected {expected}"
    );
}

/// Points in and around a target, the same every time.
fn points() -> Vec<[f64; 2]> {
    let at = |i: i32, k: f64| 2.6 * (f64::from(i) * k).sin() * (f64::from(i) * 0.31 + k).cos();
    (0..60).map(|i| [at(i, 0.7), at(i, 1.9)]).collect()
}

#[test]
fn the_test_vectors_of_the_note() {
    // plane.md 11: p, u, score, div u, ∂p/∂t, tr Cov.
    type Vector = ([f64; 2], f64, [f64; 2], [f64; 2], [f64; 3]);
    let vectors: [(PlaneFlow, f64, Vector); 8] = [
        (
            ring(AffinePath::CondOt),
            0.5,
            (
                [1.0, 0.5],
                0.073_116_907_1,
                [2.816_485_308, 1.482_960_914],
                [0.816_485_308, 0.482_960_914],
                [2.062_494_023, -0.371_311_421, 1.515_623_506],
            ),
        ),
        (
            ring(AffinePath::CondOt),
            0.5,
            (
                [-0.4, 2.0],
                0.041_072_865_0,
                [0.159_355_472, 1.817_696_934],
                [0.959_355_472, -2.182_303_066],
                [-1.103_798_844, 0.201_983_449, 0.724_050_289],
            ),
        ),
        (
            ring(AffinePath::VP),
            0.7,
            (
                [1.0, 0.5],
                0.035_949_538_1,
                [5.043_777_199, 2.531_157_470],
                [0.661_870_576, 0.333_989_282],
                [4.804_882_545, -0.323_135_649, 2.662_987_742],
            ),
        ),
        (
            ring(AffinePath::VP),
            0.7,
            (
                [-0.4, 2.0],
                0.041_248_819_3,
                [-0.744_414_650, 4.612_736_374],
                [0.154_723_344, -0.480_152_760],
                [0.825_847_912, 0.062_044_350, 1.457_526_794],
            ),
        ),
        (
            three(AffinePath::CondOt),
            0.5,
            (
                [1.0, 0.5],
                0.181_899_939_9,
                [1.926_945_251, -0.731_887_774],
                [-0.073_054_749, -1.731_887_774],
                [-2.428_966_429, 0.236_868_545, 0.392_758_393],
            ),
        ),
        (
            three(AffinePath::CondOt),
            0.5,
            (
                [-0.4, 2.0],
                0.009_765_628_1,
                [-1.171_381_439, -0.332_007_990],
                [-0.371_381_439, -4.332_007_990],
                [-3.495_606_529, 0.015_842_934, 0.126_098_368],
            ),
        ),
        (
            three(AffinePath::VP),
            0.7,
            (
                [1.0, 0.5],
                0.104_774_219_3,
                [3.549_448_992, -0.794_753_425],
                [0.169_505_434, -0.761_862_743],
                [-0.771_489_967, -0.045_645_302, 0.973_608_303],
            ),
        ),
        (
            three(AffinePath::VP),
            0.7,
            (
                [-0.4, 2.0],
                0.025_226_265_3,
                [-2.055_657_263, 1.423_398_243],
                [-0.277_317_055, -1.531_005_521],
                [-2.590_832_435, 0.105_950_168, 0.422_432_830],
            ),
        ),
    ];
    for (flow, t, (x, p, u, score, [div, slope, cov])) in vectors {
        let found = flow.at(t).expect("a time").point(x);
        let tol = 6e-10;
        close(found.density, p, tol, "p");
        for i in [0, 1] {
            close(found.velocity[i], u[i], tol, "u");
            close(found.score[i], score[i], tol, "score");
        }
        close(found.divergence, div, tol, "div u");
        close(found.slope, slope, tol, "dp/dt");
        close(found.trace_cov, cov, tol, "tr Cov");
    }
}

#[test]
fn the_boxes_of_the_note() {
    let flow = board(PlaneSource::Square(1.0));
    let at = flow.at(0.5).expect("a time");
    for (x, p, u) in [
        ([0.1, -0.3], 0.644_444_444_4, [-0.072_413_793, 0.003_448_276]),
        ([0.6, 0.55], 0.155_555_555_6, [-0.042_857_143, -0.114_285_714]),
    ] {
        let found = at.point(x);
        close(found.density, p, 1e-10, "p");
        close(found.velocity[0], u[0], 6e-10, "u");
        close(found.velocity[1], u[1], 6e-10, "u");
    }
}

/// Flows of every kind.
fn kinds() -> Vec<(PlaneFlow, &'static str)> {
    let source = Mixture::new(
        &[([2.0, 2.0], 0.5), ([-2.0, 2.0], 0.3), ([2.0, -2.0], 0.4), ([-2.0, -2.0], 0.6)]
            .map(|(mean, sd)| Component { weight: 1.0, mean, sd }),
    )
    .expect("a mixture");
    let mixture = PlaneTarget::Mixture(Mixture::three());
    let covariances = PlaneTarget::Mixture(oblong());
    let boxes = PlaneTarget::Boxes(Boxes::checkerboard());
    let make = |target: &PlaneTarget, source: &PlaneSource, path| {
        PlaneFlow::new(target.clone(), source.clone(), path).expect("a flow")
    };
    let from = PlaneSource::Mixture(source);
    let square = PlaneSource::Square(2.5);
    let pairs = Pairs {
        zeros: points()[..20].to_vec(),
        ones: points()[20..40].iter().map(|x| [x[0] + 1.0, x[1] * 0.7]).collect(),
    };
    let coupled = PlaneFlow::of_pairs(mixture.clone(), PlaneSource::Normal, AffinePath::CondOt, pairs, 0.6);
    vec![
        (make(&mixture, &PlaneSource::Normal, AffinePath::CondOt), "mixture"),
        (make(&mixture, &PlaneSource::Normal, AffinePath::Trig), "mixture, trig"),
        (make(&mixture, &PlaneSource::Normal, AffinePath::VP), "mixture, vp"),
        (make(&mixture, &PlaneSource::Normal, AffinePath::Ve { level: 3.0 }), "mixture, ve"),
        (make(&mixture, &from, AffinePath::CondOt), "mixture from mixture"),
        (make(&covariances, &PlaneSource::Normal, AffinePath::CondOt), "covariances"),
        (make(&covariances, &PlaneSource::Normal, AffinePath::VP), "covariances, vp"),
        (make(&covariances, &from, AffinePath::CondOt), "covariances from mixture"),
        (
            make(&covariances, &PlaneSource::Mixture(oblong()), AffinePath::Trig),
            "covariances from covariances",
        ),
        (make(&mixture, &PlaneSource::Mixture(oblong()), AffinePath::CondOt), "mixture from covariances"),
        (make(&mixture, &square, AffinePath::CondOt), "mixture from square"),
        (make(&boxes, &PlaneSource::Normal, AffinePath::CondOt), "boxes"),
        (make(&boxes, &PlaneSource::Normal, AffinePath::VP), "boxes, vp"),
        (make(&boxes, &from, AffinePath::Trig), "boxes from mixture"),
        (make(&boxes, &square, AffinePath::CondOt), "boxes from square"),
        (coupled.expect("pairs"), "pairs"),
    ]
}

#[test]
fn every_kind_of_flow_conserves_mass() {
    // ∂p/∂t = −div(pu) with every derivative a finite difference; its closed form; u and score; div u.
    let h = 1e-5;
    for (flow, name) in kinds() {
        for t in [0.13, 0.5, 0.81] {
            let at = |t: f64| flow.at(t).expect("a time");
            let [before, here, after] = [t - h, t, t + h].map(at);
            let scale = points().iter().map(|x| here.point(*x).slope.abs()).fold(1.0, f64::max);
            for x in points() {
                let found = here.point(x);
                if found.density < 1e-6 {
                    continue;
                }
                let slope = (after.point(x).density - before.point(x).density) / (2.0 * h);
                let (mut flow_out, mut divergence) = (0.0, 0.0);
                for i in [0, 1] {
                    let mut sides = [x, x];
                    sides[0][i] -= h;
                    sides[1][i] += h;
                    let [a, b] = sides.map(|x| here.point(x));
                    let of = |a: f64, b: f64| (b - a) / (2.0 * h);
                    flow_out += of(a.density * a.velocity[i], b.density * b.velocity[i]);
                    divergence += of(a.velocity[i], b.velocity[i]);
                    let score = of(a.density.ln(), b.density.ln());
                    let tol = 2e-5 * (1.0 + score.abs() + found.divergence.abs());
                    assert!((score - found.score[i]).abs() < tol, "{name} {t} {x:?} score {score} {found:?}");
                }
                assert!((slope - found.slope).abs() < 1e-5 * scale, "{name} {t} {x:?} {slope} {found:?}");
                assert!((slope + flow_out).abs() < 2e-5 * scale, "{name} {t} {x:?} {slope} {flow_out}");
                let tol = 1e-4 * (1.0 + found.divergence.abs());
                assert!(
                    (divergence - found.divergence).abs() < tol,
                    "{name} {t} {x:?} {divergence} {found:?}"
                );
            }
        }
    }
}

#[test]
fn means_mix_to_the_point_and_give_the_velocity() {
    for (flow, name) in kinds() {
        for t in [0.2, 0.7] {
            let at = flow.at(t).expect("a time");
            let point = flow.path().at(t);
            let mut velocities = [vec![0.0; 60], vec![0.0; 60]];
            let all = points();
            let [x, y] = [0, 1].map(|i| all.iter().map(|x| x[i]).collect::<Vec<_>>());
            let [u1, u2] = &mut velocities;
            at.velocity([&x, &y], [u1, u2]);
            for (n, x) in all.iter().enumerate() {
                let found = at.point(*x);
                if found.density == 0.0 {
                    continue;
                }
                for i in [0, 1] {
                    let scale = 1e-12 * (1.0 + found.velocity[i].abs());
                    let mixed = point.alpha * found.one[i] + point.sigma * found.zero[i];
                    // A pair is blurred: its own x is not its point's.
                    if name != "pairs" {
                        assert!((mixed - x[i]).abs() < 1e-11, "{name} {t} {x:?} {mixed}");
                        let u = point.alpha_slope * found.one[i] + point.sigma_slope * found.zero[i];
                        assert!((u - found.velocity[i]).abs() < 10.0 * scale, "{name} {u} {found:?}");
                    }
                    assert!((velocities[i][n] - found.velocity[i]).abs() < scale, "{name}");
                    if flow.has_score_of_velocity() {
                        assert!((found.zero[i] + point.sigma * found.score[i]).abs() < 1e-11, "{name}");
                    }
                }
                if flow.has_score_of_velocity() {
                    // div u = 2σ'/σ + (α/σ²)(α' − ασ'/σ) tr Cov.
                    let k = point.alpha / point.sigma.powi(2) * point.gain();
                    let div = 2.0 * point.sigma_slope / point.sigma + k * found.trace_cov;
                    close(found.divergence, div, 1e-8, name);
                }
            }
        }
    }
}

#[test]
fn the_posterior_mean_is_its_integral() {
    // Over x₁, by brute force, as far as the widest component reaches.
    let (round, covariances) = (Mixture::three(), oblong());
    for (target, t) in
        [&round, &covariances].into_iter().flat_map(|target| [0.2, 0.6, 0.85].map(|t| (target, t)))
    {
        let at = flow(target.clone(), AffinePath::CondOt);
        for x in [[0.3, 0.1], [1.0, -0.7], [-0.8, 1.2]] {
            let (mut total, mut sums) = (0.0, [0.0; 4]);
            for i in 0..=560 {
                for j in 0..=560 {
                    let one = [i, j].map(|i| -7.0 + 0.025 * f64::from(i));
                    let e = [x[0] - t * one[0], x[1] - t * one[1]];
                    let like = (-(e[0] * e[0] + e[1] * e[1]) / (2.0 * (1.0 - t) * (1.0 - t))).exp();
                    let f = like * target.ln_density(one).exp();
                    total += f;
                    for k in [0, 1] {
                        sums[k] += f * one[k];
                        sums[2 + k] += f * one[k] * one[k];
                    }
                }
            }
            let found = at.at(t).expect("a time").point(x);
            let mean = [sums[0] / total, sums[1] / total];
            close(found.one[0], mean[0], 1e-6, "mean");
            close(found.one[1], mean[1], 1e-6, "mean");
            let cov = (sums[2] + sums[3]) / total - mean[0] * mean[0] - mean[1] * mean[1];
            close(found.trace_cov, cov, 1e-5, "tr Cov");
            // p is the target convolved with the kernel.
            let kernel = 0.025 * 0.025 / (std::f64::consts::TAU * (1.0 - t) * (1.0 - t));
            close(found.density, total * kernel, 1e-6, "p");
        }
    }
}

#[test]
fn ends_of_the_straight_path() {
    // u₀(x) = E[x₁] − x, u₁(x) = x where there is a width.
    for target in [Mixture::ring(), Mixture::three(), Mixture::moons(), Mixture::spiral(), oblong()] {
        let mean = target.mean();
        let flow = flow(target, AffinePath::CondOt);
        for x in points() {
            let (start, end) = (flow.at(0.0).expect("0").point(x), flow.at(1.0).expect("1").point(x));
            for i in [0, 1] {
                close(start.velocity[i], mean[i] - x[i], 1e-10, "u₀");
                close(end.velocity[i], x[i], 1e-10, "u₁");
            }
        }
    }
    // VP, whose σ' is infinite there, and boxes.
    for flow in [ring(AffinePath::VP), board(PlaneSource::Normal), board(PlaneSource::Square(1.0))] {
        let end = flow.at(1.0).expect("1").point([0.1, -0.3]);
        assert!(end.velocity.iter().chain(&[end.divergence, end.slope]).all(|x| x.is_finite()), "{end:?}");
    }
}

#[test]
fn one_map_leads_all_paths_onto_one() {
    // plane.md 3.1: x/ŝ lies on cond-OT at t*.
    let straight = three(AffinePath::CondOt);
    for path in [AffinePath::VP, AffinePath::Trig, AffinePath::Ve { level: 10.0 }] {
        let other = three(path);
        for t in [0.1, 0.4, 0.75, 0.97] {
            let point = path.at(t);
            let (scale, star) = (point.scale(), point.t_star());
            for x in points() {
                let found = other.at(t).expect("a time").point(x);
                let mapped = straight.at(star).expect("a time").point(x.map(|x| x / scale));
                close(found.density, mapped.density / scale.powi(2), 1e-11, "p");
                for i in [0, 1] {
                    close(found.one[i], mapped.one[i], 1e-10, "x̂₁");
                    close(found.zero[i], mapped.zero[i], 1e-10, "x̂₀");
                    // x̂₁ = x̃ + (1−t*) v, x̂₀ = x̃ − t* v with v = u of cond-OT.
                    let v = mapped.velocity[i];
                    close(x[i] / scale + (1.0 - star) * v, found.one[i], 1e-10, "x̂₁ of v");
                    close(x[i] / scale - star * v, found.zero[i], 1e-10, "x̂₀ of v");
                }
            }
        }
    }
}

#[test]
fn predictions_are_views_of_one_another() {
    // plane.md 3.1: u alone gives x̂₁ and x̂₀; errors grow by σ/α and 1/σ; v-prediction on trig.
    for path in [AffinePath::CondOt, AffinePath::VP, AffinePath::Trig] {
        let (flow, point) = (three(path), path.at(0.37));
        for x in points() {
            let found = flow.at(0.37).expect("a time").point(x);
            for i in [0, 1] {
                let (u, ratio) = (found.velocity[i], point.sigma_slope / point.sigma);
                close((u - ratio * x[i]) / point.gain(), found.one[i], 1e-9, "x̂₁ of u");
                let noise = (point.alpha_slope * x[i] - point.alpha * u)
                    / (point.alpha_slope * point.sigma - point.alpha * point.sigma_slope);
                close(noise, found.zero[i], 1e-9, "x̂₀ of u");
                if path == AffinePath::Trig {
                    let v = point.alpha * found.zero[i] - point.sigma * found.one[i];
                    close(u, -std::f64::consts::FRAC_PI_2 * v, 1e-11, "u of v");
                    close(point.alpha * x[i] - point.sigma * v, found.one[i], 1e-11, "x̂₁ of v");
                }
            }
        }
    }
}

#[test]
fn points_are_copied_at_the_end_and_said_to_be_infinite_there() {
    let ys = &points()[..50];
    let target = Mixture::of_points(ys, 0.0).expect("points");
    let flow = flow(target, AffinePath::CondOt);
    let why = flow.at(1.0).expect_err("infinite").to_string();
    assert!(why.contains("t = 1"), "{why}");
    for t in [0.1, 0.5, 0.95] {
        let at = flow.at(t).expect("a time");
        for x in points() {
            let found = at.point(x);
            let shares = at.shares(x);
            let mean = [0, 1].map(|i| shares.iter().zip(ys).map(|(r, y)| r * y[i]).sum::<f64>());
            let square: f64 = shares.iter().zip(ys).map(|(r, y)| r * (y[0] * y[0] + y[1] * y[1])).sum();
            let cov = square - mean[0] * mean[0] - mean[1] * mean[1];
            let s = 1.0 - t;
            close(found.velocity[0], (mean[0] - x[0]) / s, 1e-10, "u");
            close(found.divergence, -2.0 / s + t / s.powi(3) * cov, 1e-8, "div u");
            assert!(at.effective_components(x) >= 1.0 - 1e-12);
        }
    }
    // The last Euler step lands on x̂₁: mostly an exact copy.
    let at = flow.at(1.0 - 1.0 / 32.0).expect("a time");
    let landed = points().into_iter().filter(|x| {
        let found = at.point(*x);
        let end = [0, 1].map(|i| x[i] + found.velocity[i] / 32.0);
        ys.iter().any(|y| (end[0] - y[0]).hypot(end[1] - y[1]) < 1e-3)
    });
    assert!(landed.count() > 40);
}

#[test]
fn far_away_nothing_overflows() {
    for (flow, name) in kinds() {
        if name.contains("square") && name != "mixture from square" {
            continue;
        }
        for t in [0.0, 0.3, 0.999, 1.0] {
            let Ok(at) = flow.at(t) else { continue };
            for x in [[60.0, -45.0], [-1e4, 3.0], [1e6, 1e6]] {
                let found = at.point(x);
                if t == 1.0 && name.starts_with("boxes") || name == "mixture from square" && t == 0.0 {
                    assert_eq!(found.density, 0.0);
                    continue;
                }
                let all = [found.velocity, found.score, found.one, found.zero].concat();
                assert!(
                    all.iter().all(|x| x.is_finite()) && found.divergence.is_finite(),
                    "{name} {t} {x:?} {found:?}"
                );
                assert!(found.density >= 0.0 && found.trace_cov >= 0.0);
            }
        }
    }
}

#[test]
fn a_lattice_is_its_points() {
    for (flow, name) in kinds() {
        let at = flow.at(0.45).expect("a time");
        let (xs, ys) = ([-1.0, 0.25, 0.5], [-0.75, 0.0, 0.3, 1.25]);
        let mut fields = Fields::default();
        at.lattice(&xs, &ys, &mut fields);
        assert_eq!(fields.len(), 12);
        for (i, x) in xs.iter().enumerate() {
            for (j, y) in ys.iter().enumerate() {
                let (found, one) = (fields.at(i * 4 + j), at.point([*x, *y]));
                close(found.density, one.density, 1e-14, name);
                close(found.divergence, one.divergence, 1e-10, name);
                close(found.velocity[1], one.velocity[1], 1e-12, name);
            }
        }
    }
}

#[test]
fn jacobians_and_laplacians_are_differences() {
    let h = 1e-4;
    let flows = [three(AffinePath::CondOt), flow(oblong(), AffinePath::CondOt)];
    for (at, x) in flows
        .iter()
        .flat_map(|flow| points().into_iter().map(|x| (flow.at(0.6).expect("a time"), x)).collect::<Vec<_>>())
    {
        let (u, jacobian) = at.jacobian(x).expect("a mixture");
        let found = at.point(x);
        close(u[0], found.velocity[0], 1e-12, "u");
        close(jacobian[0] + jacobian[3], found.divergence, 1e-10, "trace");
        let mut laplacian = -4.0 * found.density;
        for i in [0, 1] {
            let mut sides = [x, x];
            sides[0][i] -= h;
            sides[1][i] += h;
            let [a, b] = sides.map(|x| at.point(x));
            laplacian += a.density + b.density;
            for k in [0, 1] {
                let slope = (b.velocity[k] - a.velocity[k]) / (2.0 * h);
                assert!((slope - jacobian[2 * k + i]).abs() < 1e-4 * (1.0 + slope.abs()), "{x:?}");
            }
        }
        let laplacian = laplacian / (h * h);
        let exact = found.density * at.laplacian_share(x).expect("a mixture");
        assert!((laplacian - exact).abs() < 1e-5 * (1.0 + laplacian.abs()));
    }
}

/// All that is known at a point, in one list: scalars, then vectors.
fn listed(found: &PointFields) -> ([f64; 4], [[f64; 2]; 4]) {
    let PointFields { density, velocity, score, divergence, slope, one, zero, trace_cov } = *found;
    ([density, divergence, slope, trace_cov], [velocity, score, one, zero])
}

#[test]
fn round_covariances_are_standard_deviations() {
    // A component that weighs nothing makes all of them go by their covariances.
    let covariance = Covariance::new([0.3, 0.1, 0.2]).expect("a covariance");
    let nothing = Gaussian { weight: 1e-250, mean: [0.0, 0.0], covariance };
    let all: Vec<Gaussian> = Mixture::three().components().chain([nothing]).collect();
    let covariances = Mixture::new(&all).expect("a mixture");
    for path in [AffinePath::CondOt, AffinePath::Trig, AffinePath::VP, AffinePath::Ve { level: 3.0 }] {
        let (by_sd, by_covariance) = (three(path), flow(covariances.clone(), path));
        assert!(by_covariance.is_oblong() && !by_sd.is_oblong());
        for t in [0.0, 0.3, 0.8, 1.0] {
            let (a, b) = (by_sd.at(t).expect("a time"), by_covariance.at(t).expect("a time"));
            for x in points() {
                let (expected, found) = (listed(&a.point(x)), listed(&b.point(x)));
                let scale =
                    1.0 + expected.1.as_flattened().iter().fold(0.0, |most: f64, x| most.max(x.abs()));
                for (found, expected) in found.0.iter().zip(&expected.0) {
                    close(*found, *expected, 1e-12 * scale, "by covariance");
                }
                for (found, expected) in found.1.as_flattened().iter().zip(expected.1.as_flattened()) {
                    close(*found, *expected, 1e-12 * scale, "by covariance");
                }
            }
            let (xs, ys) = ([-1.0, 0.25, 0.5], [-0.75, 0.0, 0.3, 1.25]);
            let (a, b) = (a.lattice_masses(&xs, &ys), b.lattice_masses(&xs, &ys));
            for (found, expected) in b.concat().into_iter().zip(a.concat()) {
                close(found, expected, 1e-11, "masses");
            }
        }
    }
}

#[test]
fn turned_targets_have_turned_fields() {
    let (sin, cos) = 0.7f64.sin_cos();
    let turn = |x: [f64; 2]| [cos * x[0] - sin * x[1], sin * x[0] + cos * x[1]];
    let turned = |c: Gaussian| {
        let [a, b, d] = c.covariance.entries();
        let entries = [
            cos * cos * a - 2.0 * sin * cos * b + sin * sin * d,
            sin * cos * (a - d) + (cos * cos - sin * sin) * b,
            sin * sin * a + 2.0 * sin * cos * b + cos * cos * d,
        ];
        let covariance = Covariance::new(entries).expect("a covariance");
        Gaussian { mean: turn(c.mean), covariance, ..c }
    };
    let after = Mixture::new(&oblong().components().map(turned).collect::<Vec<_>>()).expect("a mixture");
    let source = |mixture: &Mixture| PlaneSource::Mixture(mixture.clone());
    let make = |mixture: &Mixture, source| {
        PlaneFlow::new(PlaneTarget::Mixture(mixture.clone()), source, AffinePath::CondOt).expect("a flow")
    };
    for (before, after) in [
        (flow(oblong(), AffinePath::VP), flow(after.clone(), AffinePath::VP)),
        (make(&oblong(), source(&oblong())), make(&after, source(&after))),
    ] {
        for t in [0.2, 0.7] {
            let (a, b) = (before.at(t).expect("a time"), after.at(t).expect("a time"));
            for x in points() {
                let (expected, found) = (listed(&a.point(x)), listed(&b.point(turn(x))));
                for (found, expected) in found.0.iter().zip(&expected.0) {
                    close(*found, *expected, 1e-10, "scalars");
                }
                for (found, expected) in found.1.iter().zip(expected.1.map(turn)) {
                    close(found[0], expected[0], 1e-11, "vectors");
                    close(found[1], expected[1], 1e-11, "vectors");
                }
            }
        }
    }
}

#[test]
fn one_gaussian_goes_straight_in_its_own_axes() {
    // plane.md 1.1: x(t) = tμ + √V x(0), an axis at a time.
    let covariance = Covariance::new([1.3, 0.9, 0.8]).expect("a covariance");
    let mean = [1.0, -2.0];
    let one = Mixture::new(&[Gaussian { weight: 1.0, mean, covariance }]).expect("one");
    let flow = flow(one, AffinePath::CondOt);
    let z = [0.8, -0.5];
    let at = |t: f64| {
        let widths = covariance.sds().map(|sd| ((t * sd).powi(2) + (1.0 - t).powi(2)).sqrt());
        let off = covariance.out_of_axes([widths[0] * z[0], widths[1] * z[1]]);
        [t * mean[0] + off[0], t * mean[1] + off[1]]
    };
    for t in [0.1, 0.5, 0.9] {
        let (h, u) = (1e-5, flow.at(t).expect("a time").point(at(t)).velocity);
        for i in [0, 1] {
            close(u[i], (at(t + h)[i] - at(t - h)[i]) / (2.0 * h), 1e-9, "u");
        }
    }
}

#[test]
fn coordinates_that_depend_on_each_other_have_no_even_partner() {
    let even =
        |mixture| PlaneFlow::new(PlaneTarget::Mixture(mixture), PlaneSource::Square(3.0), AffinePath::CondOt);
    let why = even(oblong()).expect_err("no product").to_string();
    assert!(why.contains("sxy = 0"), "{why}");
    // Those of which each has a width of its own do.
    let covariance = Covariance::new([0.3, 0.0, 1.2]).expect("a covariance");
    let wide = Gaussian { weight: 1.0, mean: [0.4, 0.1], covariance };
    let flow = even(Mixture::new(&[wide]).expect("one")).expect("a flow");
    let end = flow.at(1.0).expect("a time");
    for x in [[0.0, 0.0], [1.0, -1.0]] {
        close(end.ln_density(x), flow.target().ln_density(x), 1e-12, "the target");
    }
}

#[test]
fn trap_a_variance_taken_for_a_standard_deviation() {
    // torchcfm's 8 Gaussians: var = 0.1 becomes the covariance √0.1, so the sd is .562, not .316.
    close(0.1f64.sqrt().sqrt(), 0.562, 1e-3, "wrong");
    close(0.1f64.sqrt(), 0.316, 1e-3, "right");
    let mixture = Mixture::new(&[Component { weight: 1.0, mean: [0.0; 2], sd: 0.316 }]).expect("one");
    close(mixture.second_moment(), 2.0 * 0.1, 2e-3, "E|x|²");
}

#[test]
fn trap_a_score_from_the_velocity_needs_the_independent_coupling() {
    // 1-D Gaussians, μ = 2, s = .5, t = .5, x = 1.5 under the OT coupling x₁ = μ + s x₀.
    let (mu, s, t, x) = (2.0, 0.5, 0.5, 1.5);
    let width = 1.0 - t + t * s;
    let u = mu + (s - 1.0) * (x - t * mu) / width;
    close((t * u - x) / (1.0 - t), -1.333, 1e-3, "wrong");
    close(-(x - t * mu) / (width * width), -0.889, 1e-3, "right");
    let (_, pairs) = (0, kinds().pop().expect("pairs").0);
    assert!(!pairs.has_score_of_velocity() && !pairs.is_independent());
}

#[test]
fn trap_g_squared_score_is_twice_the_drift() {
    // plane.md 3.3: the residual of drift g² score is (g²/2)|Δp|, L1 mass 3.0 a unit time (three, t = .6, g = 1).
    let flow = three(AffinePath::CondOt);
    let PlaneAt::Moving(moving) = flow.at(0.6).expect("a time") else { panic!("a mixture") };
    let (n, h) = (400, 0.025);
    let mut total = 0.0;
    for i in 0..n {
        for j in 0..n {
            let x = [i, j].map(|i| (f64::from(i) + 0.5 - f64::from(n) / 2.0) * h);
            total += 0.5 * (moving.ln_density(x).exp() * moving.laplacian_share(x)).abs() * h * h;
        }
    }
    close(total, 3.0, 0.02, "residual");
}
