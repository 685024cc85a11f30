//! The curve of a run's losses: means of some steps each, never more than can be looked at.

/// Points of the curve; then every two become one.
const MOST_POINTS: usize = 1000;
/// Steps that a point of the curve is the mean of, at first.
const STEPS_A_POINT: u64 = 8;

/// Makes the points of a curve, `[images seen, bits a token]`.
#[derive(Clone, Debug)]
pub(super) struct LossCurve {
    /// Sum and count of the losses of the next point.
    point: (f64, u64),
    steps_a_point: u64,
}

impl LossCurve {
    /// Goes on after `points` of steps of `batch` images.
    pub fn after(points: &[[f64; 2]], batch: usize) -> Self {
        let apart = match points {
            [.., before, last] => ((last[0] - before[0]) / batch.max(1) as f64).round() as u64,
            _ => 0,
        };
        Self { point: (0.0, 0), steps_a_point: apart.max(STEPS_A_POINT) }
    }

    /// Takes the loss of a step, bits a token, after which so many `images` had been seen.
    pub fn take(&mut self, points: &mut Vec<[f64; 2]>, bits: f64, images: u64) {
        self.point = (self.point.0 + bits, self.point.1 + 1);
        if self.point.1 < self.steps_a_point {
            return;
        }
        points.push([images as f64, self.point.0 / self.point.1 as f64]);
        self.point = (0.0, 0);
        if points.len() > MOST_POINTS {
            // The mean of two neighbours, at the place of the later one.
            let both = |pair: &[[f64; 2]]| {
                let mean = pair.iter().map(|point| point[1]).sum::<f64>() / pair.len() as f64;
                [pair[pair.len() - 1][0], mean]
            };
            *points = points.chunks(2).map(both).collect();
            self.steps_a_point *= 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_curve_stays_short_and_goes_on_as_coarsely_as_it_was() {
        let (mut points, mut curve) = (Vec::new(), LossCurve::after(&[], 4));
        for step in 1..=20_000 {
            curve.take(&mut points, step as f64, 4 * step);
        }
        assert!(points.len() > MOST_POINTS / 2 && points.len() <= MOST_POINTS, "{}", points.len());
        assert_eq!(curve.steps_a_point, 32);
        assert_eq!(LossCurve::after(&points, 4).steps_a_point, 32);
        // Each point is the mean of the steps before it.
        let [images, bits] = points[points.len() - 1];
        assert!((bits - (images / 4.0 - 15.5)).abs() < 1e-9, "{images} {bits}");
        assert!(points.is_sorted_by(|a, b| a[0] < b[0]));
    }
}
