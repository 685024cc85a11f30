//! Readers of single numbers for clap, which puts the flag's name in front of their messages.

use clap::builder::{PathBufValueParser, TypedValueParser};
use std::ops::RangeBounds;
use std::path::PathBuf;

/// A finite number inside `range`; `expected` says the range in words.
pub fn number(
    range: impl RangeBounds<f64> + Clone + Send + Sync + 'static,
    expected: &'static str,
) -> impl Fn(&str) -> Result<f64, String> + Clone + Send + Sync + 'static {
    move |text| match text.trim().parse::<f64>() {
        // NaN is in no range.
        Ok(number) if number.is_finite() && range.contains(&number) => Ok(number),
        _ => Err(format!("expected {expected}")),
    }
}

/// A whole number from `least` to `most`.
pub fn whole(
    least: u64,
    most: u64,
) -> impl Fn(&str) -> Result<usize, String> + Clone + Send + Sync + 'static {
    move |text| {
        let found = text.trim().parse::<u64>().ok().filter(|n| (least..=most).contains(n));
        found
            .and_then(|n| usize::try_from(n).ok())
            .ok_or_else(|| format!("expected a whole number from {least} to {most}"))
    }
}

/// A seed.
pub fn seed(text: &str) -> Result<u64, String> {
    text.trim().parse().map_err(|_| format!("expected a whole number from 0 to {}", u64::MAX))
}

/// A file or folder that the window opens.
pub(super) fn file_to_open() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(|path| match path.try_exists() {
        Ok(true) => Ok(path),
        _ => Err("there is no such command and no such file: see dfm-explorer --help"),
    })
}
