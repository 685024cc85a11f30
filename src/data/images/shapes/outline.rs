//! The outlines of the shapes, as signed distances.

/// The shapes; their order is that of the labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outline {
    Disc,
    Ring,
    Square,
    Triangle,
    Hexagon,
    Star,
    Cross,
    Heart,
    Crescent,
    Drop,
}

/// All outlines with the names of their classes, by label.
pub(super) const OUTLINES: [(Outline, &str); 10] = [
    (Outline::Disc, "disc"),
    (Outline::Ring, "ring"),
    (Outline::Square, "square"),
    (Outline::Triangle, "triangle"),
    (Outline::Hexagon, "hexagon"),
    (Outline::Star, "star"),
    (Outline::Cross, "cross"),
    (Outline::Heart, "heart"),
    (Outline::Crescent, "crescent"),
    (Outline::Drop, "drop"),
];

/// Corners are rounded a little, as things are.
const ROUNDED: f32 = 0.06;

impl Outline {
    /// The largest turn to either side, in radians: a heart stands, a drop hangs.
    pub(super) fn largest_turn(self) -> f32 {
        match self {
            Self::Heart | Self::Drop => 0.6,
            _ => std::f32::consts::PI,
        }
    }

    /// The distance of `[x, y]` (y upward) from the outline, negative inside. The shape lies within the unit circle. The
    /// formulae are those of I. Quilez, 2D distance functions (iquilezles.org).
    pub(super) fn distance(self, [x, y]: [f32; 2]) -> f32 {
        match self {
            Self::Disc => length(x, y) - 0.9,
            Self::Ring => (length(x, y) - 0.68).abs() - 0.26,
            Self::Square => rectangle(x, y, 0.7 - ROUNDED) - ROUNDED,
            Self::Triangle => triangle(x, y + 0.1, 0.84 - ROUNDED) - ROUNDED,
            Self::Hexagon => hexagon(x, y, 0.8 - ROUNDED) - ROUNDED,
            Self::Star => star(x, y, 0.98 - ROUNDED) - ROUNDED,
            Self::Cross => cross(x, y, 0.92 - ROUNDED, 0.32 - ROUNDED) - ROUNDED,
            Self::Heart => 1.55 * heart(x / 1.55, y / 1.55 + 0.63),
            Self::Crescent => crescent(x + 0.1, y),
            Self::Drop => drop(x, y + 0.36),
        }
    }
}

fn length(x: f32, y: f32) -> f32 {
    (x * x + y * y).sqrt()
}

fn rectangle(x: f32, y: f32, half: f32) -> f32 {
    let (x, y) = (x.abs() - half, y.abs() - half);
    length(x.max(0.0), y.max(0.0)) + x.max(y).min(0.0)
}

/// Equilateral, with sides of twice `half`.
fn triangle(x: f32, y: f32, half: f32) -> f32 {
    const ROOT: f32 = 1.732_050_8;
    let (mut x, mut y) = (x.abs() - half, y + half / ROOT);
    if x + ROOT * y > 0.0 {
        (x, y) = ((x - ROOT * y) / 2.0, (-ROOT * x - y) / 2.0);
    }
    x -= x.clamp(-2.0 * half, 0.0);
    -length(x, y).copysign(y)
}

/// Regular, with its sides `apothem` from the middle.
fn hexagon(x: f32, y: f32, apothem: f32) -> f32 {
    const NORMAL: [f32; 2] = [-0.866_025_4, 0.5];
    let (x, y) = (x.abs(), y.abs());
    let across = 2.0 * (NORMAL[0] * x + NORMAL[1] * y).min(0.0);
    let (x, y) = (x - across * NORMAL[0], y - across * NORMAL[1]);
    let half = 0.577_350_26 * apothem;
    let (x, y) = (x - x.clamp(-half, half), y - apothem);
    length(x, y).copysign(y)
}

/// Five points on a circle of radius `reach`.
fn star(x: f32, y: f32, reach: f32) -> f32 {
    const K: [f32; 2] = [0.809_017, -0.587_785_25];
    /// How far the inner corners are, to the outer ones.
    const INNER: f32 = 0.52;
    let mut x = x.abs();
    let mut y = y;
    for side in [1.0, -1.0] {
        let across = 2.0 * (side * K[0] * x + K[1] * y).max(0.0);
        (x, y) = (x - across * side * K[0], y - across * K[1]);
    }
    (x, y) = (x.abs(), y - reach);
    let edge = [-INNER * K[1], INNER * K[0] - 1.0];
    let along = (x * edge[0] + y * edge[1]) / (edge[0] * edge[0] + edge[1] * edge[1]);
    let along = along.clamp(0.0, reach);
    length(x - edge[0] * along, y - edge[1] * along).copysign(y * edge[0] - x * edge[1])
}

/// Two bars, each twice `long` by twice `wide`.
fn cross(x: f32, y: f32, long: f32, wide: f32) -> f32 {
    let (x, y) = (x.abs().max(y.abs()), x.abs().min(y.abs()));
    let (right, above) = (x - long, y - wide);
    let outside = right.max(above);
    let (u, v) = if outside > 0.0 { (right, above) } else { (wide - x, -outside) };
    length(u.max(0.0), v.max(0.0)).copysign(outside)
}

/// Stands on the origin, a little over one high.
fn heart(x: f32, y: f32) -> f32 {
    let x = x.abs();
    if x + y > 1.0 {
        return length(x - 0.25, y - 0.75) - std::f32::consts::SQRT_2 / 4.0;
    }
    let along = 0.5 * (x + y).max(0.0);
    length(x, y - 1.0).min(length(x - along, y - along)).copysign(x - y)
}

/// What one circle leaves of another.
fn crescent(x: f32, y: f32) -> f32 {
    const APART: f32 = 0.48;
    const OUTER: f32 = 0.9;
    const INNER: f32 = 0.72;
    const TIP: f32 = (OUTER * OUTER - INNER * INNER + APART * APART) / (2.0 * APART);
    let tip = (OUTER * OUTER - TIP * TIP).max(0.0).sqrt();
    let y = y.abs();
    if x * tip - y * TIP > APART * (tip - y).max(0.0) {
        return length(x - TIP, y - tip);
    }
    (length(x, y) - OUTER).max(INNER - length(x - APART, y))
}

/// A large circle and a small one above it, in one skin.
fn drop(x: f32, y: f32) -> f32 {
    const LARGE: f32 = 0.58;
    const SMALL: f32 = 0.05;
    const APART: f32 = 1.24;
    const SLOPE: f32 = (LARGE - SMALL) / APART;
    let upward = (1.0 - SLOPE * SLOPE).sqrt();
    let x = x.abs();
    let along = -SLOPE * x + upward * y;
    if along < 0.0 {
        length(x, y) - LARGE
    } else if along > upward * APART {
        length(x, y - APART) - SMALL
    } else {
        upward * x + SLOPE * y - LARGE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A grid of places over [-1.5, 1.5]².
    fn places() -> impl Iterator<Item = [f32; 2]> {
        let at = |i: i32| 0.0301 * i as f32;
        (-50..50).flat_map(move |i| (-50..50).map(move |j| [at(i), at(j)]))
    }

    #[test]
    fn every_shape_lies_within_the_unit_circle_and_fills_some_of_it() {
        for (outline, name) in OUTLINES {
            let inside: Vec<_> = places().filter(|p| outline.distance(*p) < 0.0).collect();
            let reach = inside.iter().map(|p| length(p[0], p[1])).fold(0.0, f32::max);
            assert!(reach > 0.75 && reach < 1.02, "{name} reaches to {reach}");
            let area = inside.len() as f32 * 0.0301 * 0.0301;
            assert!(area > 0.6 && area < 2.7, "{name} has the area {area}");
        }
    }

    #[test]
    fn distances_are_never_longer_than_the_way() {
        // A signed distance changes by at most the way gone, and across the edge by all of it.
        for (outline, name) in OUTLINES {
            let mut steepest = 0.0f32;
            for [x, y] in places() {
                let here = outline.distance([x, y]);
                for [u, v] in [[0.02, 0.0], [0.0, 0.02], [0.014, 0.014]] {
                    let slope = (outline.distance([x + u, y + v]) - here).abs() / length(u, v);
                    assert!(slope < 1.01, "{name} at {x}, {y}: {slope}");
                    steepest = steepest.max(slope);
                }
            }
            assert!(steepest > 0.98, "{name}: {steepest}");
        }
    }
}
