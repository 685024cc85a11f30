//! The gate every pmf passes through: which K are allowed, which values are, and how they are normalised.

use ndarray::Array2;

use super::error::{DataError, PmfProblem};

/// Smallest number of values a token can take.
pub const K_MIN: usize = 2;
/// Largest number of values a token can take.
pub const K_MAX: usize = 256;
/// K where neither the caller nor a file says otherwise.
pub const K_DEFAULT: usize = 64;

/// Returns `k` if it lies in [`K_MIN`]`..=`[`K_MAX`].
///
/// # Errors
/// [`DataError::K`] otherwise.
pub fn check_k(k: usize) -> Result<usize, DataError> {
    if (K_MIN..=K_MAX).contains(&k) { Ok(k) } else { Err(DataError::K { k }) }
}

/// Turns nonnegative weights of any scale into a pmf: entries >= 0 whose sum is 1 to rounding, in C order.
///
/// Weights that already sum to 1 to rounding come back unchanged, so a pmf that is written and read again is
/// the same pmf. `what` names the values in the message, such as `target a.npy`.
///
/// # Errors
/// [`DataError::Pmf`] for no values, a negative, NaN or infinite value (the first one is named), or nothing
/// but zeros.
pub fn normalise(values: Array2<f64>, what: &str) -> Result<Array2<f64>, DataError> {
    let refused = |problem| DataError::Pmf { what: what.to_owned(), problem };
    if values.is_empty() {
        return Err(refused(PmfProblem::Empty));
    }
    let mut max = 0.0_f64;
    for (index, &value) in values.indexed_iter() {
        if value.is_nan() {
            return Err(refused(PmfProblem::NaN { index }));
        } else if value.is_infinite() {
            return Err(refused(PmfProblem::Infinite { index }));
        } else if value < 0.0 {
            return Err(refused(PmfProblem::Negative { index, value }));
        }
        max = max.max(value);
    }
    if max == 0.0 {
        return Err(refused(PmfProblem::AllZero));
    }
    // Adding +0.0 turns -0.0 into +0.0 and changes nothing else.
    let mut pmf = values.as_standard_layout().mapv(|v| v + 0.0);
    if max <= 1.0 && sums_to_one(&pmf) {
        return Ok(pmf);
    }
    // By the maximum first: the sum of values near f64::MAX would overflow, and 1 / 5e-324 is infinite.
    pmf.mapv_inplace(|v| v / max);
    let sum = compensated_sum(&pmf);
    pmf.mapv_inplace(|v| v / sum);
    Ok(pmf)
}

fn sums_to_one(pmf: &Array2<f64>) -> bool {
    (compensated_sum(pmf) - 1.0).abs() <= 4.0 * f64::EPSILON
}

/// Neumaier's sum: its error does not grow with the 65,536 cells of the largest grid.
fn compensated_sum(values: &Array2<f64>) -> f64 {
    let (mut sum, mut lost) = (0.0_f64, 0.0_f64);
    for &value in values {
        let next = sum + value;
        lost += if sum.abs() >= value.abs() { (sum - next) + value } else { (value - next) + sum };
        sum = next;
    }
    sum + lost
}

/// Panics unless `pmf` is a `[k, k]` pmf; shared by the tests of this folder.
#[cfg(test)]
pub(super) fn assert_pmf(pmf: &Array2<f64>, k: usize) {
    assert_eq!(pmf.dim(), (k, k));
    assert!(pmf.is_standard_layout());
    assert!(pmf.iter().all(|v| v.is_finite() && *v >= 0.0 && v.is_sign_positive()));
    let sum = compensated_sum(pmf);
    assert!((sum - 1.0).abs() <= 4.0 * f64::EPSILON, "sum = {sum:e}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array, ShapeBuilder, array};
    use proptest::prelude::*;

    fn problem(values: Array2<f64>) -> PmfProblem {
        match normalise(values, "x") {
            Err(DataError::Pmf { problem, .. }) => problem,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn refuses_what_is_no_pmf_and_names_the_first_offender() {
        assert_eq!(problem(Array2::zeros((0, 0))), PmfProblem::Empty);
        assert_eq!(problem(Array2::zeros((3, 3))), PmfProblem::AllZero);
        assert_eq!(
            problem(array![[1.0, -0.0], [-2.5, -7.0]]),
            PmfProblem::Negative { index: (1, 0), value: -2.5 }
        );
        assert_eq!(problem(array![[1.0, f64::NAN], [-1.0, 0.0]]), PmfProblem::NaN { index: (0, 1) });
        assert_eq!(
            problem(array![[1.0, 0.0], [0.0, f64::NEG_INFINITY]]),
            PmfProblem::Infinite { index: (1, 1) }
        );
    }

    #[test]
    fn the_message_names_values_place_and_expectation() {
        let text = normalise(array![[0.0, -2.5]], "target a.npy").expect_err("negative").to_string();
        assert_eq!(text, "target a.npy has the negative value -2.5e0 at (0, 1): probabilities are >= 0");
    }

    #[test]
    fn extreme_scales_neither_overflow_nor_vanish() {
        for scale in [1e308, f64::MAX, f64::MIN_POSITIVE, 5e-324] {
            let pmf = normalise(Array2::from_elem((16, 16), scale), "x").expect("positive");
            assert_pmf(&pmf, 16);
            assert_eq!(pmf[[3, 4]], 1.0 / 256.0);
        }
    }

    #[test]
    fn fortran_order_comes_out_in_c_order_at_the_same_indices() {
        let values = Array::from_shape_vec((2, 2).f(), vec![1.0, 2.0, 3.0, 4.0]).expect("four values");
        let pmf = normalise(values, "x").expect("positive");
        assert!(pmf.is_standard_layout());
        assert_eq!(pmf, array![[0.1, 0.3], [0.2, 0.4]]);
    }

    #[test]
    fn negative_zero_becomes_zero() {
        let pmf = normalise(array![[1.0, -0.0], [0.0, 0.0]], "x").expect("positive");
        assert!(pmf[[0, 1]].is_sign_positive());
    }

    #[test]
    fn k_has_a_range() {
        for k in [0, 1, 257, usize::MAX] {
            assert_eq!(check_k(k), Err(DataError::K { k }));
        }
        assert_eq!(check_k(2), Ok(2));
        assert_eq!(check_k(256), Ok(256));
    }

    proptest! {
        #[test]
        fn normalising_twice_changes_no_bit(weights in proptest::collection::vec(0.0..1e3_f64, 400)) {
            prop_assume!(weights.iter().any(|w| *w > 0.0));
            let values = Array2::from_shape_vec((20, 20), weights).expect("400 values");
            let once = normalise(values, "x").expect("a pmf");
            assert_pmf(&once, 20);
            let twice = normalise(once.clone(), "x").expect("a pmf");
            prop_assert_eq!(once, twice);
        }
    }
}
