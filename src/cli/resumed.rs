//! A run that is taken up again is the same run: a flag that says otherwise is a mistake.

use crate::cli::CliError;
use std::fmt::Display;
use std::path::Path;

/// That `flag` says something else than the run of `file`.
pub fn differs(flag: &str, given: impl Display, own: impl Display, file: &Path) -> CliError {
    CliError::Input(format!(
        "{flag} {given} differs from {own}, which --resume {} was trained with: leave {flag} out to go on with {own}",
        file.display()
    ))
}

/// Refuses a flag that says something else than the run of `file`.
///
/// # Errors
/// [`CliError::Input`] naming the flag, what was given and what the run has.
pub fn same<T: PartialEq + Display>(
    flag: &str,
    given: Option<T>,
    own: T,
    file: &Path,
) -> Result<(), CliError> {
    match given {
        Some(given) if given != own => Err(differs(flag, given, own, file)),
        _ => Ok(()),
    }
}
