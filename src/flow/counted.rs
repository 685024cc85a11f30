//! A number and what it counts, in words: 1 step, 2 steps.

use std::fmt::Display;

/// `count` of the `noun`, which stands in the singular: "1 image", "0 images", "2 passes", "3 classes".
pub fn counted(count: impl Into<Count>, noun: &str) -> String {
    let Count { said, one } = count.into();
    let ending = match noun {
        _ if one => "",
        _ if noun.ends_with('s') => "es",
        _ => "s",
    };
    format!("{said} {noun}{ending}")
}

/// A number as it is written, and whether it is one.
pub struct Count {
    said: String,
    one: bool,
}

impl Count {
    /// A number that is written in its own way, such as with separated thousands or one decimal.
    pub fn written(said: impl Display) -> Self {
        let said = said.to_string();
        let one = said == "1";
        Self { said, one }
    }
}

impl From<usize> for Count {
    fn from(count: usize) -> Self {
        Self::written(count)
    }
}

impl From<u64> for Count {
    fn from(count: u64) -> Self {
        Self::written(count)
    }
}

impl From<u32> for Count {
    fn from(count: u32) -> Self {
        Self::written(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular_and_everything_else_plural() {
        assert_eq!(counted(1usize, "image"), "1 image");
        assert_eq!(counted(0usize, "image"), "0 images");
        assert_eq!(counted(2u64, "pass"), "2 passes");
        assert_eq!(counted(1u32, "class"), "1 class");
        assert_eq!(counted(Count::written("1.0"), "pass"), "1.0 passes");
        assert_eq!(counted(Count::written("10,000"), "particle"), "10,000 particles");
    }
}
