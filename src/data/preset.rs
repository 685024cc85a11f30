//! The preset targets as smooth densities on the square, averaged over each cell of the grid: no sampling,
//! the same pmf every time.

use std::f64::consts::{PI, TAU};

use ndarray::Array2;

/// Cells below this part of the largest one are set to zero, so that the support is a proper part of the
/// grid.
const SUPPORT_CUT: f64 = 1e-3;
/// Points a side at which a density is evaluated at least: a small grid averages several points a cell.
const POINTS_PER_SIDE: usize = 128;
/// Straight pieces by which a curve is drawn.
const CURVE_PIECES: usize = 96;

const PINWHEEL_ARMS: i32 = 5;
/// By how much an arm of the pinwheel turns on its way out, in radians for half the square's side.
const PINWHEEL_BEND: f64 = 2.2;

/// A point of the square `[-1, 1]²`: x = token 1 to the right, y = token 2 upward.
type Point = (f64, f64);

/// The 4×4 checkerboard, shape `[k, k]`, weights 0 and 1: cell `(c1, c2)` of the board is filled where the
/// sum of `c1` and `c2` is even.
///
/// For `k` divisible by 4 these are the states of the usual discrete flow matching example: token 2 is
/// uniform over the two filled quarters of its column. Otherwise the board's cells differ by a state in size;
/// `k` below 4 has a `k`×`k` board.
pub(super) fn checkerboard(k: usize) -> Array2<f64> {
    let cells = k.min(4);
    Array2::from_shape_fn((k, k), |(z1, z2)| {
        let (c1, c2) = (cells * z1 / k, cells * z2 / k);
        if (c1 + c2).is_multiple_of(2) { 1.0 } else { 0.0 }
    })
}

/// Two half circles that hook into each other.
pub(super) fn moons(k: usize) -> Array2<f64> {
    // The usual moons are twice as wide as high; here they are stretched towards the square.
    let place = |x: f64, y: f64| ((x - 0.5) * 0.515, (y - 0.25) * 0.83);
    let arc = |moon: fn(f64) -> Point| {
        curve(move |s| {
            let (x, y) = moon(PI * s);
            place(x, y)
        })
    };
    let upper = arc(|a| (a.cos(), a.sin()));
    let lower = arc(|a| (1.0 - a.cos(), 0.5 - a.sin()));
    average(k, |p| ridge(&upper, p, 0.054) + ridge(&lower, p, 0.054))
}

/// Three concentric rings.
pub(super) fn rings(k: usize) -> Array2<f64> {
    const RADII: [f64; 3] = [0.25, 0.52, 0.79];
    average(k, |(x, y)| RADII.iter().map(|r| bell(x.hypot(y) - r, 0.045)).sum())
}

/// Two arms that wind around each other out of the middle.
pub(super) fn spiral(k: usize) -> Array2<f64> {
    let arm = |turned: f64| {
        curve(move |s| {
            // Square root: equal steps of s are then about equally long pieces.
            let (angle, radius) = (2.5 * PI * s.sqrt(), 0.76 * s.sqrt());
            (radius * (angle + turned).cos(), radius * (angle + turned).sin())
        })
    };
    let arms = [arm(0.0), arm(PI)];
    average(k, |p| {
        let distance = arms.iter().map(|a| distance_squared(a, p)).fold(f64::MAX, f64::min);
        bell(distance.sqrt(), 0.052)
    })
}

/// Five bent arms.
pub(super) fn pinwheel(k: usize) -> Array2<f64> {
    average(k, |(x, y)| {
        let (radius, angle) = (x.hypot(y), y.atan2(x));
        (0..PINWHEEL_ARMS)
            .map(|arm| {
                let straight =
                    angle - TAU * f64::from(arm) / f64::from(PINWHEEL_ARMS) - PINWHEEL_BEND * radius;
                let (along, across) = (radius * straight.cos(), radius * straight.sin());
                bell(along - 0.51, 0.125) * bell(across, 0.08)
            })
            .sum()
    })
}

/// Eight Gaussians on a circle.
pub(super) fn gaussians(k: usize) -> Array2<f64> {
    let centres: Vec<Point> = (0..8)
        .map(|i| {
            let angle = TAU * f64::from(i) / 8.0;
            (0.63 * angle.cos(), 0.63 * angle.sin())
        })
        .collect();
    average(k, |(x, y)| centres.iter().map(|(cx, cy)| bell((x - cx).hypot(y - cy), 0.088)).sum())
}

/// The mean of `density` over each of the k×k cells of the square, with the far tails cut to zero.
fn average(k: usize, density: impl Fn(Point) -> f64) -> Array2<f64> {
    let n = POINTS_PER_SIDE.div_ceil(k);
    let at = |z: usize, s: usize| ((z * n + s) as f64 + 0.5) / (k * n) as f64 * 2.0 - 1.0;
    let mut weights = Array2::from_shape_fn((k, k), |(z1, z2)| {
        let points = (0..n * n).map(|i| (at(z1, i / n), at(z2, i % n)));
        points.map(&density).sum::<f64>()
    });
    let cut = SUPPORT_CUT * weights.fold(0.0, |a: f64, b| a.max(*b));
    weights.mapv_inplace(|w| if w < cut { 0.0 } else { w });
    weights
}

/// An unnormalised Gaussian profile of width `sigma`.
fn bell(distance: f64, sigma: f64) -> f64 {
    (-0.5 * (distance / sigma).powi(2)).exp()
}

/// A Gaussian profile across a curve.
fn ridge(curve: &[Point], p: Point, sigma: f64) -> f64 {
    bell(distance_squared(curve, p).sqrt(), sigma)
}

/// The corners of a curve that is given for s in [0, 1].
fn curve(at: impl Fn(f64) -> Point) -> Vec<Point> {
    (0..=CURVE_PIECES).map(|i| at(i as f64 / CURVE_PIECES as f64)).collect()
}

/// The squared distance of `p` from the nearest straight piece of a curve.
fn distance_squared(curve: &[Point], (px, py): Point) -> f64 {
    curve
        .windows(2)
        .map(|piece| {
            let ((ax, ay), (bx, by)) = (piece[0], piece[1]);
            let (dx, dy) = (bx - ax, by - ay);
            let length_squared = dx * dx + dy * dy;
            let along = if length_squared > 0.0 {
                (((px - ax) * dx + (py - ay) * dy) / length_squared).clamp(0.0, 1.0)
            } else {
                0.0
            };
            (px - ax - along * dx).powi(2) + (py - ay - along * dy).powi(2)
        })
        .fold(f64::MAX, f64::min)
}

#[cfg(test)]
mod tests {
    use super::super::pmf::{assert_pmf, normalise};
    use super::*;

    type Preset = fn(usize) -> Array2<f64>;
    const ALL: [(&str, Preset); 6] = [
        ("checkerboard", checkerboard),
        ("moons", moons),
        ("rings", rings),
        ("spiral", spiral),
        ("pinwheel", pinwheel),
        ("gaussians", gaussians),
    ];

    #[test]
    fn every_preset_is_a_pmf_for_every_kind_of_k() {
        for (name, preset) in ALL {
            for k in (2..=20).chain([63, 64, 65, 127, 128, 255, 256]) {
                let pmf = normalise(preset(k), name).unwrap_or_else(|e| panic!("{name} {k}: {e}"));
                assert_pmf(&pmf, k);
            }
        }
    }

    #[test]
    fn the_support_is_a_proper_part_that_fills_the_square() {
        for (name, preset) in ALL {
            for k in [16, 64, 256] {
                let weights = preset(k);
                let filled = weights.iter().filter(|w| **w > 0.0).count() as f64 / (k * k) as f64;
                assert!((0.25..0.85).contains(&filled), "{name} fills {filled} of {k}×{k}");
            }
            // The four borders: mass comes near, and only the checkerboard touches them.
            let weights = preset(64);
            let border =
                (0..64).map(|i| weights[[i, 0]] + weights[[i, 63]] + weights[[0, i]] + weights[[63, i]]);
            assert!(name == "checkerboard" || border.sum::<f64>() == 0.0, "{name} is cut off");
            let near = weights.slice(ndarray::s![..10, ..]).sum();
            assert!(near > 0.0, "{name} leaves the left tenth blank");
        }
    }

    #[test]
    fn the_checkerboard_is_that_of_the_reference() {
        for k in [4, 8, 64, 128] {
            let quarter = k / 4;
            let mut expected = Array2::zeros((k, k));
            for x in 0..k {
                for b in 0..2 {
                    let low = 2 * quarter * b + (x / quarter % 2) * quarter;
                    for y in low..low + quarter {
                        expected[[x, y]] = 1.0;
                    }
                }
            }
            assert_eq!(checkerboard(k), expected);
        }
        assert_eq!(checkerboard(2), ndarray::array![[1.0, 0.0], [0.0, 1.0]]);
    }

    #[test]
    fn the_left_moon_is_an_arch_and_the_right_one_a_bowl() {
        let weights = moons(64);
        let part =
            |z1: std::ops::Range<usize>, z2: std::ops::Range<usize>| weights.slice(ndarray::s![z1, z2]).sum();
        assert!(part(0..40, 48..64) > 10.0 * part(40..64, 48..64), "the arch's crown is top left");
        assert!(part(24..64, 0..16) > 10.0 * part(0..24, 0..16), "the bowl's bottom is bottom right");
    }

    #[test]
    fn the_eight_gaussians_weigh_the_same_and_sit_on_the_axes() {
        let pmf = normalise(gaussians(256), "x").expect("a pmf");
        // The sector of 45 degrees around each axis has one of the eight.
        let sector = |inside: fn(f64, f64) -> bool| {
            let cells = pmf.indexed_iter();
            let inner = cells.filter(|((z1, z2), _)| inside(*z1 as f64 - 127.5, *z2 as f64 - 127.5));
            inner.map(|(_, p)| p).sum::<f64>()
        };
        let right = sector(|x, y| y.abs() < x * (PI / 8.0).tan());
        let up = sector(|x, y| x.abs() < y * (PI / 8.0).tan());
        assert!((right - 0.125).abs() < 2e-3 && (right - up).abs() < 1e-12, "{right} {up}");
    }

    #[test]
    fn the_pinwheel_has_five_equal_arms() {
        let weights = pinwheel(256);
        let mut mass = [0.0; 5];
        for ((z1, z2), w) in weights.indexed_iter() {
            let (x, y) = (z1 as f64 - 127.5, z2 as f64 - 127.5);
            // Sectors that turn with the arms.
            let turn = (y.atan2(x) - PINWHEEL_BEND * x.hypot(y) / 128.0) / TAU * 5.0 + 0.5;
            mass[turn.rem_euclid(5.0) as usize % 5] += w;
        }
        let mean = mass.iter().sum::<f64>() / 5.0;
        assert!(mass.iter().all(|m| (m / mean - 1.0).abs() < 0.02), "{mass:?}");
    }

    #[test]
    fn a_finer_grid_refines_a_coarser_one() {
        for (name, preset) in ALL {
            let fine = normalise(preset(128), name).expect("a pmf");
            let coarse = normalise(preset(32), name).expect("a pmf");
            let summed = Array2::from_shape_fn((32, 32), |(i, j)| {
                fine.slice(ndarray::s![4 * i..4 * i + 4, 4 * j..4 * j + 4]).sum()
            });
            let tv = (&summed - &coarse).mapv(f64::abs).sum() / 2.0;
            assert!(tv < 2e-3, "{name}: TV = {tv}");
        }
    }
}
