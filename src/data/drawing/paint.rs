//! Strokes on a drawing: brush and eraser with a soft edge, flood fill, and the symmetries that repeat them.

use super::{Drawing, FULL};

/// Levels this far apart, as a share of a full cell, count as the same area for filling.
const SAME: f64 = 0.02;

/// How a stroke is repeated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Symmetry {
    /// Not at all.
    #[default]
    None,
    /// Mirrored along token 1.
    LeftRight,
    /// Mirrored along token 2.
    UpDown,
    /// Both: four times in all.
    Both,
    /// With both tokens exchanged.
    Diagonal,
}

impl Symmetry {
    /// All images of a point of the square \[0, K\]², itself first.
    pub fn images(self, [x, y]: [f64; 2], k: usize) -> Vec<[f64; 2]> {
        let side = k as f64;
        let (across, up) = (side - x, side - y);
        match self {
            Self::None => vec![[x, y]],
            Self::LeftRight => vec![[x, y], [across, y]],
            Self::UpDown => vec![[x, y], [x, up]],
            Self::Both => vec![[x, y], [across, y], [x, up], [across, up]],
            Self::Diagonal => vec![[x, y], [y, x]],
        }
    }
}

/// What a stroke is made with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Brush {
    /// Takes mass away instead of adding it.
    pub erases: bool,
    /// Diameter in cells, ≥ 1.
    pub size: f64,
    /// How far one stroke takes a cell towards full (or empty), in (0, 1].
    pub strength: f64,
    /// The part of the radius over which the effect falls off, in \[0, 1\].
    pub softness: f64,
    /// How it is repeated.
    pub symmetry: Symmetry,
}

impl Default for Brush {
    fn default() -> Self {
        Self { erases: false, size: 5.0, strength: 1.0, softness: 0.5, symmetry: Symmetry::None }
    }
}

impl Brush {
    /// The effect at a distance from the middle of the stroke, in cells: 1 inside, 0 outside.
    pub fn coverage(&self, distance: f64) -> f64 {
        let radius = 0.5 * self.size.max(1.0);
        let inner = radius * (1.0 - self.softness);
        if distance > radius {
            0.0
        } else if distance <= inner {
            1.0
        } else {
            0.5 * (1.0 + (std::f64::consts::PI * (distance - inner) / (radius - inner)).cos())
        }
    }

    /// The nearest place for the middle of the brush: of odd sizes the middle of a cell, of even ones a corner, so
    /// that a brush of size 1 paints one cell and one of size 2 four.
    pub fn snapped(&self, at: [f64; 2]) -> [f64; 2] {
        let is_odd = self.size.max(1.0).round() as usize % 2 == 1;
        at.map(|x| if is_odd { x.floor() + 0.5 } else { x.round() })
    }

    /// `share` of a full cell after the brush has had the effect `coverage` on it.
    fn touched(&self, share: f64, coverage: f64) -> f64 {
        let part = self.strength * coverage;
        if self.erases { share * (1.0 - part) } else { share + part * (1.0 - share) }
    }

    fn applied(&self, base: &Drawing, coverage: &[f32]) -> Drawing {
        let shares = base.levels.iter().zip(coverage).map(|(&level, &coverage)| {
            let share = f64::from(level) / f64::from(FULL);
            if coverage == 0.0 { share } else { self.touched(share, f64::from(coverage)) }
        });
        Drawing::from_shares(base.k, shares)
    }

    /// Fills the areas of one level around a cell and its images: cells joined by their edges whose levels are
    /// within 2% of a full cell of where the fill starts.
    pub fn fill(&self, base: &Drawing, cell: [usize; 2]) -> Drawing {
        let k = base.k;
        let mut coverage = vec![0.0; k * k];
        for image in self.symmetry.images(cell.map(|token| token as f64 + 0.5), k) {
            let start = image.map(|x| (x.max(0.0) as usize).min(k - 1));
            let level = base.share(start);
            let mut open = vec![start];
            while let Some([i, j]) = open.pop() {
                let same = (base.share([i, j]) - level).abs() <= SAME;
                let covered = &mut coverage[i * k + j];
                if *covered == 1.0 || !same {
                    continue;
                }
                *covered = 1.0;
                let mut join = |i: usize, j: usize| open.push([i, j]);
                if i > 0 {
                    join(i - 1, j);
                }
                if i + 1 < k {
                    join(i + 1, j);
                }
                if j > 0 {
                    join(i, j - 1);
                }
                if j + 1 < k {
                    join(i, j + 1);
                }
            }
        }
        self.applied(base, &coverage)
    }
}

/// A stroke under way. Every cell is covered once, however often the stroke crosses it and however many points it
/// has: the picture depends on where the pointer was, not on how fast the window is.
#[derive(Clone, Debug)]
pub struct Stroke {
    brush: Brush,
    base: Drawing,
    coverage: Vec<f32>,
    last: Option<[f64; 2]>,
}

impl Stroke {
    /// A stroke on `base` that covers nothing yet.
    pub fn new(base: Drawing, brush: Brush) -> Self {
        let coverage = vec![0.0; base.k * base.k];
        Self { brush, base, coverage, last: None }
    }

    /// Goes on to a point of the square \[0, K\]² (token 1, token 2), straight.
    pub fn to(&mut self, at: [f64; 2]) {
        let k = self.base.k;
        let at = self.brush.snapped(at);
        let from = self.last.unwrap_or(at);
        self.last = Some(at);
        let images = |point| self.brush.symmetry.images(point, k);
        for (from, to) in images(from).into_iter().zip(images(at)) {
            cover(&mut self.coverage, k, &self.brush, from, to);
        }
    }

    /// The drawing with the stroke so far.
    pub fn drawing(&self) -> Drawing {
        self.brush.applied(&self.base, &self.coverage)
    }
}

/// Covers all cells near the segment from `a` to `b`.
fn cover(coverage: &mut [f32], k: usize, brush: &Brush, a: [f64; 2], b: [f64; 2]) {
    let radius = 0.5 * brush.size.max(1.0);
    let cells = |i: usize| {
        let low = (a[i].min(b[i]) - radius).floor().max(0.0) as usize;
        let high = (a[i].max(b[i]) + radius).ceil().clamp(0.0, k as f64) as usize;
        low..high
    };
    for i in cells(0) {
        for j in cells(1) {
            let distance = distance([i as f64 + 0.5, j as f64 + 0.5], a, b);
            let covered = &mut coverage[i * k + j];
            *covered = covered.max(brush.coverage(distance) as f32);
        }
    }
}

/// From a point to a segment.
fn distance(p: [f64; 2], a: [f64; 2], b: [f64; 2]) -> f64 {
    let (along, to) = ([b[0] - a[0], b[1] - a[1]], [p[0] - a[0], p[1] - a[1]]);
    let length = along[0] * along[0] + along[1] * along[1];
    let share =
        if length > 0.0 { ((to[0] * along[0] + to[1] * along[1]) / length).clamp(0.0, 1.0) } else { 0.0 };
    (to[0] - share * along[0]).hypot(to[1] - share * along[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hard(size: f64) -> Brush {
        Brush { size, softness: 0.0, ..Brush::default() }
    }

    fn empty(k: usize) -> Drawing {
        Drawing::empty(k).expect("a canvas")
    }

    fn stroke(base: Drawing, brush: Brush, points: &[[f64; 2]]) -> Drawing {
        let mut stroke = Stroke::new(base, brush);
        for point in points {
            stroke.to(*point);
        }
        stroke.drawing()
    }

    fn full(drawing: &Drawing) -> Vec<[usize; 2]> {
        let k = drawing.k();
        (0..k * k).map(|c| [c / k, c % k]).filter(|cell| drawing.share(*cell) == 1.0).collect()
    }

    #[test]
    fn small_brushes_paint_whole_cells() {
        for at in [[3.0, 5.0], [3.5, 5.5], [3.99, 5.99]] {
            assert_eq!(full(&stroke(empty(8), hard(1.0), &[at])), [[3, 5]], "{at:?}");
        }
        let two = stroke(empty(8), hard(2.0), &[[3.1, 5.2]]);
        assert_eq!(full(&two), [[2, 4], [2, 5], [3, 4], [3, 5]]);
        assert_eq!(full(&stroke(empty(8), hard(1.0), &[[-3.0, 4.0], [-3.0, 1e6]])).len(), 0);
    }

    #[test]
    fn a_stroke_has_no_gaps_and_does_not_depend_on_its_points() {
        let line = stroke(empty(16), hard(1.0), &[[0.5, 0.5], [15.5, 6.5]]);
        for i in 0..16 {
            assert!((0..16).any(|j| line.share([i, j]) > 0.0), "column {i} is empty");
        }
        let soft = Brush { strength: 0.4, size: 5.0, softness: 1.0, ..Brush::default() };
        let straight = stroke(empty(16), soft, &[[2.5, 8.5], [12.5, 8.5]]);
        let slow: Vec<[f64; 2]> = (0..=10).map(|j| [2.5 + f64::from(j), 8.5]).collect();
        let to_and_fro: Vec<[f64; 2]> = slow.iter().chain(slow.iter().rev()).copied().collect();
        assert_eq!(stroke(empty(16), soft, &to_and_fro), straight);
        assert!((straight.share([7, 8]) - 0.4).abs() < 1e-4, "strength is what a stroke adds");
        let twice = stroke(straight, soft, &[[2.5, 8.5], [12.5, 8.5]]);
        assert!((twice.share([7, 8]) - 0.64).abs() < 1e-4, "and it adds up to full, not beyond");
    }

    #[test]
    fn soft_edges_fall_off_to_nothing() {
        let brush = Brush { size: 9.0, softness: 0.6, ..Brush::default() };
        assert_eq!([0.0, 1.8, 4.5, 4.6].map(|d| brush.coverage(d)), [1.0, 1.0, 0.0, 0.0]);
        let falling: Vec<f64> = (0..20).map(|j| brush.coverage(1.8 + 0.13 * f64::from(j))).collect();
        assert!(falling.windows(2).all(|pair| pair[0] > pair[1]));
        let dab = stroke(empty(16), brush, &[[8.5, 8.5]]);
        assert!(dab.share([8, 8]) == 1.0 && dab.share([8, 11]) < 1.0 && dab.share([8, 13]) == 0.0);
    }

    #[test]
    fn the_eraser_takes_away_what_the_brush_gave() {
        let painted = stroke(empty(8), hard(4.0), &[[4.0, 4.0]]);
        let eraser = Brush { erases: true, ..hard(4.0) };
        assert!(stroke(painted.clone(), eraser, &[[4.0, 4.0]]).is_empty());
        let half = stroke(painted, Brush { strength: 0.5, ..eraser }, &[[4.0, 4.0]]);
        assert!((half.share([4, 4]) - 0.5).abs() < 1e-4);
    }

    #[test]
    fn symmetric_strokes_are_symmetric() {
        let k = 9;
        let points = [[1.2, 2.7], [3.9, 7.1]];
        type Image = fn(usize, usize) -> [usize; 2];
        let (across, up, turned): (Image, Image, Image) =
            (|i, j| [8 - i, j], |i, j| [i, 8 - j], |i, j| [8 - i, 8 - j]);
        let exchanged: Image = |i, j| [j, i];
        for (symmetry, images) in [
            (Symmetry::LeftRight, vec![across]),
            (Symmetry::UpDown, vec![up]),
            (Symmetry::Both, vec![across, up, turned]),
            (Symmetry::Diagonal, vec![exchanged]),
        ] {
            for size in [1.0, 2.0, 3.0] {
                let drawn = stroke(empty(k), Brush { symmetry, size, ..Brush::default() }, &points);
                assert!(!drawn.is_empty());
                for cell in 0..k * k {
                    let [i, j] = [cell / k, cell % k];
                    for image in &images {
                        assert_eq!(
                            drawn.share([i, j]),
                            drawn.share(image(i, j)),
                            "{symmetry:?} {size} ({i}, {j})"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn a_fill_stops_at_other_levels_and_does_not_leak_through_corners() {
        // A diagonal wall: its cells touch at corners only.
        let wall = (0..6).fold(empty(6), |d, i| stroke(d, hard(1.0), &[[i as f64 + 0.5, 5.5 - i as f64]]));
        let filled = hard(1.0).fill(&wall, [0, 0]);
        assert_eq!(full(&filled).len(), 15 + 6);
        assert_eq!(filled.share([5, 5]), 0.0);
        let both = Brush { symmetry: Symmetry::Both, ..hard(1.0) }.fill(&wall, [0, 0]);
        assert_eq!(full(&both).len(), 36);
        let emptied = Brush { erases: true, ..hard(1.0) }.fill(&filled, [0, 0]);
        assert!(emptied.is_empty(), "wall and area are one level now");
        let faint = Brush { strength: 0.3, ..hard(1.0) }.fill(&wall, [0, 0]);
        assert!((faint.share([0, 0]) - 0.3).abs() < 1e-4);
    }
}
