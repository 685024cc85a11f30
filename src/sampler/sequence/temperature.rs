//! The temperature of draws and how it changes on the way (math.md 5.6).

use crate::flow::FlowError;
use crate::sampler::setting::check_temperature;
use std::fmt;
use std::str::FromStr;

/// τ: the denoiser's p becomes softmax(ln p / τ). Anything but a constant 1 biases even an exact denoiser.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Temperature {
    /// Its level in (0, 4].
    pub level: f64,
    /// Whether it falls like (1−t)² from there, instead of staying.
    pub fading: bool,
}

impl Default for Temperature {
    fn default() -> Self {
        Self { level: 1.0, fading: false }
    }
}

impl Temperature {
    /// τ at time `t`; near the end of a fading one so low that draws are the likeliest value.
    pub fn at(self, t: f64) -> f64 {
        if self.fading { self.level * (1.0 - t).powi(2) } else { self.level }
    }

    /// Checks the level.
    ///
    /// # Errors
    /// If it is not above 0 and at most 4.
    pub fn validated(self) -> Result<Self, FlowError> {
        check_temperature(self.level).map(|()| self)
    }
}

impl fmt::Display for Temperature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.level, if self.fading { ",fading" } else { "" })
    }
}

impl FromStr for Temperature {
    type Err = FlowError;

    fn from_str(text: &str) -> Result<Self, FlowError> {
        let unreadable = || FlowError::Unreadable {
            what: "temperature",
            given: text.to_owned(),
            expected: "a number above 0 and at most 4, or T,fading",
        };
        let (level, fading) = match text.split_once(',') {
            Some((level, "fading")) => (level, true),
            None => (text, false),
            _ => return Err(unreadable()),
        };
        let level = level.trim().parse().map_err(|_| unreadable())?;
        Self { level, fading }.validated()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stays_or_fades() {
        assert_eq!([0.0, 0.5, 1.0].map(|t| Temperature { level: 0.8, fading: true }.at(t)), [0.8, 0.2, 0.0]);
        assert_eq!([0.0, 1.0].map(|t| Temperature { level: 0.8, fading: false }.at(t)), [0.8, 0.8]);
    }

    #[test]
    fn text_round_trips_and_nonsense_is_refused() {
        for text in ["1", "0.9", "2.5,fading"] {
            assert_eq!(text.parse::<Temperature>().expect("a temperature").to_string(), text);
        }
        for bad in ["", "0", "-1", "nan", "5", "1,", "1,falling", "fading", "1,2"] {
            assert!(bad.parse::<Temperature>().is_err(), "{bad}");
        }
    }
}
