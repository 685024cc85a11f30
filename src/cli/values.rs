//! Readers of single numbers for clap, which puts the flag's name in front of their messages.

use std::ops::RangeBounds;

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

#[cfg(test)]
mod tests {
    use super::*;
    use std::ops::Bound;

    #[test]
    fn ranges_are_kept_at_their_ends() {
        let t = number(0.0..=1.0, "a number from 0 to 1");
        assert_eq!((t("0"), t("1"), t(" 0.5 ")), (Ok(0.0), Ok(1.0), Ok(0.5)));
        for bad in ["-0.1", "1.0000001", "nan", "inf", "", "1,5", "half"] {
            assert_eq!(t(bad), Err("expected a number from 0 to 1".to_owned()), "{bad}");
        }
        let open = number((Bound::Excluded(0.0), Bound::Included(4.0)), "x");
        assert!(open("0").is_err() && open("4").is_ok() && open("1e-9").is_ok());
        let k = whole(2, 256);
        assert_eq!((k("2"), k("256")), (Ok(2), Ok(256)));
        for bad in ["1", "257", "-3", "2.5", "99999999999999999999", ""] {
            assert!(k(bad).is_err(), "{bad}");
        }
    }
}
