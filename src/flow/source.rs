//! The source p₀: what the path starts from (math.md 1).

use super::as_text::{serde_as_text, text_by_name};
use super::error::FlowError;
use ndarray::Array2;

/// The source distribution.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum Source {
    /// All K² states equally likely; V = K.
    #[default]
    Uniform,
    /// Every token is the mask m = K; V = K + 1.
    Mask,
    /// Any pmf \[K, K\] over the data tokens; V = K.
    Pmf(Array2<f64>),
}

impl Source {
    /// V: the number of values a token can take on this path, for K data tokens.
    pub fn vocabulary(&self, k: usize) -> usize {
        k + usize::from(self.has_mask())
    }

    /// Whether the path has a mask token (index K).
    pub fn has_mask(&self) -> bool {
        matches!(self, Self::Mask)
    }

    /// The pmf \[V, V\] for K data tokens.
    ///
    /// # Errors
    /// If a given pmf is not K × K, not finite, negative, or does not add up to 1 (within 1e-9).
    pub fn pmf(&self, k: usize) -> Result<Array2<f64>, FlowError> {
        match self {
            Self::Uniform => Ok(Array2::from_elem((k, k), 1.0 / (k * k) as f64)),
            Self::Mask => {
                let mut p = Array2::zeros((k + 1, k + 1));
                p[[k, k]] = 1.0;
                Ok(p)
            }
            Self::Pmf(p) => {
                check_pmf("the source", p, k)?;
                Ok(p.clone())
            }
        }
    }
}

/// The source of a sequence, the same for every token and independent of the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum SequenceSource {
    /// Every token is the mask m = K.
    #[default]
    Mask,
    /// All K values equally likely.
    Uniform,
}

impl SequenceSource {
    /// V: the number of values of a token for K data tokens.
    pub fn vocabulary(self, k: usize) -> usize {
        k + usize::from(self == Self::Mask)
    }
}

text_by_name!(SequenceSource, "source", "mask or uniform", Mask => "mask", Uniform => "uniform");

serde_as_text!(SequenceSource, FlowError);

/// Checks shape and values of a pmf \[k, k\].
pub(crate) fn check_pmf(what: &'static str, p: &Array2<f64>, k: usize) -> Result<(), FlowError> {
    if p.dim() != (k, k) {
        return Err(FlowError::Shape { what, given_rows: p.nrows(), given_columns: p.ncols(), expected: k });
    }
    let bad_entry = p.iter().any(|&x| !x.is_finite() || x < 0.0);
    if bad_entry || (p.sum() - 1.0).abs() > 1e-9 {
        return Err(FlowError::NotAPmf(what));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_pmfs_of_the_right_shape() {
        let u = Source::Uniform.pmf(5).expect("uniform");
        assert_eq!(u.dim(), (5, 5));
        assert!((u.sum() - 1.0).abs() < 1e-15);
        let m = Source::Mask.pmf(5).expect("mask");
        assert_eq!((m.dim(), m[[5, 5]]), ((6, 6), 1.0));
    }

    #[test]
    fn sequence_sources_are_read_as_they_are_written() {
        for (source, v) in [(SequenceSource::Mask, 8), (SequenceSource::Uniform, 7)] {
            assert_eq!(source.to_string().parse(), Ok(source));
            assert_eq!(source.vocabulary(7), v);
        }
        for bad in ["", "Mask", "noise", "mask "] {
            assert!(bad.parse::<SequenceSource>().is_err(), "{bad}");
        }
    }

    #[test]
    fn bad_pmfs_are_refused() {
        let wrong_shape = Source::Pmf(Array2::from_elem((4, 5), 0.05));
        assert!(matches!(wrong_shape.pmf(5), Err(FlowError::Shape { .. })));
        let mut p = Array2::from_elem((2, 2), 0.25);
        p[[0, 0]] = f64::NAN;
        assert!(Source::Pmf(p.clone()).pmf(2).is_err());
        p[[0, 0]] = -0.25;
        assert!(Source::Pmf(p.clone()).pmf(2).is_err());
        p[[0, 0]] = 0.5;
        assert!(Source::Pmf(p).pmf(2).is_err());
    }
}
