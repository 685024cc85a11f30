//! Covariances of Gaussians on the plane, in their own axes: there everything about them is a product of two normal laws
//! (plane.md 1.1, full covariances).

use super::mixture::{LEAST_SD, MOST_SD};
use crate::flow::error::FlowError;

/// A symmetric 2 × 2 matrix C = R diag(s₁², s₂²) Rᵀ, R a rotation; 0 of a point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Covariance {
    /// C₁₁, C₁₂ and C₂₂.
    entries: [f64; 3],
    /// s₁ ≥ s₂.
    sds: [f64; 2],
    /// The first column of R; the second is this, turned left.
    direction: [f64; 2],
}

impl Covariance {
    /// s² I of a **standard deviation** s, as yet unchecked: [`super::Mixture::new`] checks it.
    pub fn round(sd: f64) -> Self {
        Self { entries: [sd * sd, 0.0, sd * sd], sds: [sd; 2], direction: [1.0, 0.0] }
    }

    /// Of the entries C₁₁, C₁₂ and C₂₂: variances, not standard deviations. All 0 is a point.
    ///
    /// # Errors
    /// If the matrix is not positive definite, or a standard deviation along one of its axes is not from [`LEAST_SD`] to
    /// [`MOST_SD`].
    pub fn new(entries: [f64; 3]) -> Result<Self, FlowError> {
        let [a, b, c] = entries;
        if entries == [0.0; 3] {
            return Ok(Self::round(0.0));
        }
        if b == 0.0 && a == c && a > 0.0 {
            return Ok(Self { entries, ..Self::round(a.sqrt()) });
        }
        let refused = |why: String| {
            let given = format!("sxx, sxy, syy of its covariance are {a}, {b}, {c}");
            Err(FlowError::Unsupported(format!("{given}: {why}")))
        };
        let determinant = difference_of_products([a, c], [b, b]);
        if !(entries.iter().all(|x| x.is_finite()) && a > 0.0 && c > 0.0 && determinant > 0.0) {
            return refused(
                "expected a positive definite matrix: sxx > 0, syy > 0 and sxx·syy > sxy²".to_owned(),
            );
        }
        let (variances, direction) = own_axes(entries, determinant);
        let sds = variances.map(f64::sqrt);
        if let Some(sd) = sds.into_iter().find(|sd| !(LEAST_SD..=MOST_SD).contains(sd)) {
            return refused(format!(
                "its standard deviation is {sd} along one of its axes; expected {LEAST_SD} to {MOST_SD}"
            ));
        }
        Ok(Self { entries, sds, direction })
    }

    /// C₁₁, C₁₂ and C₂₂.
    pub fn entries(&self) -> [f64; 3] {
        self.entries
    }

    /// s₁ ≥ s₂, the standard deviations along its own axes.
    pub fn sds(&self) -> [f64; 2] {
        self.sds
    }

    /// s of a round one, C = s² I.
    pub fn sd(&self) -> Option<f64> {
        // NaN that was given is to be found again.
        (self.sds[0].to_bits() == self.sds[1].to_bits()).then_some(self.sds[0])
    }

    /// Whether it is a point's.
    pub fn is_point(&self) -> bool {
        self.sds[1] == 0.0
    }

    /// The first column of R.
    pub fn direction(&self) -> [f64; 2] {
        self.direction
    }

    /// The standard deviation along a direction of length 1: √(nᵀCn).
    pub fn along(&self, n: [f64; 2]) -> f64 {
        let [first, second] = self.in_axes(n);
        (self.sds[0] * first).hypot(self.sds[1] * second)
    }

    /// The standard deviations of both coordinates.
    pub fn of_coordinates(&self) -> [f64; 2] {
        [self.along([1.0, 0.0]), self.along([0.0, 1.0])]
    }

    /// The same where the coordinates are independent of each other.
    pub fn of_independent_coordinates(&self) -> Option<[f64; 2]> {
        (self.entries[1] == 0.0).then(|| self.of_coordinates())
    }

    /// tr C.
    pub fn trace(&self) -> f64 {
        self.sds[0] * self.sds[0] + self.sds[1] * self.sds[1]
    }

    /// Rᵀe.
    pub fn in_axes(&self, e: [f64; 2]) -> [f64; 2] {
        let [cos, sin] = self.direction;
        [cos * e[0] + sin * e[1], cos * e[1] - sin * e[0]]
    }

    /// R y.
    pub fn out_of_axes(&self, y: [f64; 2]) -> [f64; 2] {
        let [cos, sin] = self.direction;
        [cos * y[0] - sin * y[1], sin * y[0] + cos * y[1]]
    }

    /// A draw of N(0, C + level² I) from one of N(0, I): R diag(√(s² + level²)) z.
    pub fn scattered(&self, level: f64, z: [f64; 2]) -> [f64; 2] {
        let width = |k: usize| if level == 0.0 { self.sds[k] } else { self.sds[k].hypot(level) };
        self.out_of_axes([width(0) * z[0], width(1) * z[1]])
    }

    /// A draw of N(0, C) from one of N(0, I).
    pub fn draw(&self, z: [f64; 2]) -> [f64; 2] {
        self.scattered(0.0, z)
    }
}

/// ab − cd of \[a, b\] and \[c, d\] to the last digit (Kahan).
pub(super) fn difference_of_products([a, b]: [f64; 2], [c, d]: [f64; 2]) -> f64 {
    let product = c * d;
    let lost = (-c).mul_add(d, product);
    a.mul_add(b, -product) + lost
}

/// Both eigenvalues of a symmetric matrix ≥ 0 of entries 11, 12, 22 and this determinant, the larger first, and the direction
/// of the first. The smaller one keeps the digits that the determinant has.
pub(super) fn own_axes([a, b, c]: [f64; 3], determinant: f64) -> ([f64; 2], [f64; 2]) {
    let half = 0.5 * (a - c);
    let most = 0.5 * (a + c) + half.hypot(b);
    let least = if most > 0.0 { determinant / most } else { 0.0 };
    let direction = match (b == 0.0, half >= 0.0) {
        (true, true) => [1.0, 0.0],
        (true, false) => [0.0, 1.0],
        _ => {
            let angle = 0.5 * b.atan2(half);
            [angle.cos(), angle.sin()]
        }
    };
    ([most, least], direction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_make_the_matrix_again() {
        for entries in [
            [1.0, 0.5, 2.0],
            [2.0, -0.7, 0.3],
            [0.09, 0.0, 1.0],
            [4.0, 0.0, 0.25],
            [1.0, 0.999_999, 1.0],
            [1e-10, 0.0, 1e4],
            [0.7, 1e-9, 0.7],
        ] {
            let c = Covariance::new(entries).expect("a covariance");
            let ([s1, s2], [cos, sin]) = (c.sds(), c.direction());
            let (v1, v2) = (s1 * s1, s2 * s2);
            let again =
                [cos * cos * v1 + sin * sin * v2, cos * sin * (v1 - v2), sin * sin * v1 + cos * cos * v2];
            for (found, expected) in again.into_iter().zip(entries) {
                assert!(
                    (found - expected).abs() < 1e-14 * (entries[0] + entries[2]),
                    "{entries:?} {again:?}"
                );
            }
            assert!(s1 >= s2 && c.sd().is_none(), "{entries:?}");
            let sds = c.of_coordinates();
            assert!((sds[0] * sds[0] / entries[0] - 1.0).abs() < 1e-12, "{entries:?}");
            let back = c.out_of_axes(c.in_axes([0.3, -1.7]));
            assert!((back[0] - 0.3).hypot(back[1] + 1.7) < 1e-15);
        }
        // The narrow side of a thin one has its digits: the lesser variance is 1 − ρ.
        let thin = Covariance::new([1.0, 1.0 - 1e-8, 1.0]).expect("a covariance").sds()[1];
        assert!((thin * thin / 1e-8 - 1.0).abs() < 1e-7, "{thin}");
    }

    #[test]
    fn round_ones_are_round_and_nonsense_is_refused() {
        assert_eq!(Covariance::new([0.04, 0.0, 0.04]).expect("round").sd(), Some(0.2));
        assert_eq!(Covariance::new([0.0; 3]).expect("a point"), Covariance::round(0.0));
        assert_eq!(Covariance::round(0.3).of_coordinates(), [0.3; 2]);
        assert_eq!(Covariance::round(0.3).draw([1.5, -2.0]), [0.3 * 1.5, 0.3 * -2.0]);
        for (entries, word) in [
            ([1.0, 1.0, 1.0], "positive definite"),
            ([1.0, 2.0, 1.0], "positive definite"),
            ([-1.0, 0.0, -1.0], "positive definite"),
            ([0.0, 0.0, 1.0], "positive definite"),
            ([1.0, f64::NAN, 1.0], "positive definite"),
            ([f64::INFINITY, 0.0, 1.0], "positive definite"),
            ([1e7, 0.0, 1.0], "standard deviation"),
            ([1.0, 0.0, 1e-13], "standard deviation"),
        ] {
            let why = Covariance::new(entries).expect_err(word).to_string();
            assert!(why.contains(word), "{entries:?} {why}");
        }
    }
}
