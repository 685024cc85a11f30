//! `--compare`: what a side of a comparison has apart from the first, said as flags.

use super::CliError;
use crate::data::shell::words;
use clap::Parser;

/// The error of a side that `said` something wrong.
pub fn wrong(said: &str, why: &str) -> CliError {
    CliError::Input(format!("--compare \"{said}\": {why}"))
}

/// The flags that `said` says, such as “--method maskgit --steps 8”.
///
/// # Errors
/// Names --compare and the flag that can't be read, or what is `expected` where there is none.
pub fn apart<T: Parser>(said: &str, expected: &str) -> Result<T, CliError> {
    let words = words(said).ok_or_else(|| wrong(said, "a quote is not closed"))?;
    if words.is_empty() {
        return Err(wrong(said, &format!("expected {expected}")));
    }
    // Without usage and tips, which speak of a command that nobody typed.
    let first_line = |why: clap::Error| {
        let text = why.to_string();
        let line = text.lines().next().unwrap_or_default();
        wrong(said, line.strip_prefix("error: ").unwrap_or(line))
    };
    T::try_parse_from(words).map_err(first_line)
}
