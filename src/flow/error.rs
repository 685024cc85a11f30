//! What can be wrong with the settings of a flow.

/// A setting that the mathematics has no meaning for. The message says what was given and what was expected.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FlowError {
    /// The number of tokens per axis is out of range.
    #[error("K = {0}: the number of tokens per axis must be from 2 to 256")]
    Tokens(usize),
    /// A name or number that could not be read as a setting.
    #[error("{what} '{given}': expected {expected}")]
    Unreadable {
        /// Which setting was read, e.g. `scheduler`.
        what: &'static str,
        /// The text that was given.
        given: String,
        /// What would have been understood.
        expected: &'static str,
    },
    /// A number outside its range.
    #[error("{what} = {}: expected {expected}", shown(*.given))]
    Range {
        /// The name of the quantity.
        what: &'static str,
        /// The value that was given.
        given: f64,
        /// The range in words.
        expected: &'static str,
    },
    /// An array of another shape than needed.
    #[error("{what} is {given_rows} × {given_columns}, expected {expected} × {expected}")]
    Shape {
        /// Which array.
        what: &'static str,
        /// Its number of rows.
        given_rows: usize,
        /// Its number of columns.
        given_columns: usize,
        /// The side that was expected.
        expected: usize,
    },
    /// An array that is not a probability mass function.
    #[error("{0} is not a probability mass function: entries must be finite, not negative and add up to 1")]
    NotAPmf(&'static str),
    /// A coupling that does not exist for the source at hand.
    #[error("{0}")]
    Coupling(String),
    /// A setting that another one gives no meaning to.
    #[error("{0}")]
    Unsupported(String),
    /// A rate or velocity asked for at a time where it is infinite.
    #[error("{0}")]
    Infinite(String),
}

/// A number as a sentence has it: no row of zeros.
pub(crate) fn shown(x: f64) -> String {
    let is_plain = x == 0.0 || !x.is_finite() || (1e-6..1e12).contains(&x.abs());
    if is_plain { x.to_string() } else { format!("{x:e}") }
}

/// Checks that a number is finite and in a closed range.
pub(crate) fn in_range(
    what: &'static str,
    given: f64,
    range: std::ops::RangeInclusive<f64>,
    expected: &'static str,
) -> Result<f64, FlowError> {
    if range.contains(&given) { Ok(given) } else { Err(FlowError::Range { what, given, expected }) }
}
