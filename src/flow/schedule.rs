//! Schedulers κ(t): how fast the path is walked (math.md 3.3, 4.3).

use super::ScheduleTable;
use super::as_text::serde_as_text;
use super::error::{FlowError, in_range};
use std::f64::consts::{FRAC_2_PI, FRAC_PI_2, FRAC_PI_4, PI};
use std::fmt;
use std::str::FromStr;

/// A point on the path: κ in \[0, 1\] together with 1−κ, both free of cancellation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Kappa {
    /// κ, the probability that a token already comes from the data.
    pub value: f64,
    /// 1 − κ, computed without subtracting from 1.
    pub complement: f64,
}

impl Kappa {
    /// The start of the path, κ = 0.
    pub const START: Self = Self { value: 0.0, complement: 1.0 };
    /// The end of the path, κ = 1.
    pub const END: Self = Self { value: 1.0, complement: 0.0 };

    /// From κ alone. Where 1−κ matters near the end of the path use [`Scheduler::at`], which keeps it accurate.
    pub fn new(value: f64) -> Self {
        Self { value, complement: 1.0 - value }
    }

    /// ρ + (1−ρ)κ: the same point seen by a path that starts with the fraction ρ already in place.
    pub fn lifted(self, rho: f64) -> Self {
        Self { value: rho + (1.0 - rho) * self.value, complement: (1.0 - rho) * self.complement }
    }
}

/// Steepest end slope of a Hermite scheduler: within \[0, 3\] the cubic is monotone whatever the other slope is.
pub const HERMITE_STEEPEST: f64 = 3.0;

/// A scheduler κ(t) with κ(0) = 0, κ(1) = 1 and κ' ≥ 0.
#[derive(Clone, Copy, Debug, PartialEq, Default, serde::Serialize, serde::Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Scheduler {
    /// κ = t.
    Linear,
    /// κ = t².
    #[default]
    Quadratic,
    /// κ = t³.
    Cubic,
    /// κ = tⁿ, n > 0.
    Power(f64),
    /// κ = 1 − cos(πt/2): MaskGIT's, and the paper's "cosine".
    Cosine,
    /// κ = sin²(πt/2): kinetic-optimal for the mask source.
    Sin2,
    /// 1−κ = sin²((1−t)Ω)/sin²Ω, cos²Ω = p: kinetic-optimal for a source that meets the datum with probability
    /// p in \[0, 0.999\]; 1/K for the uniform one. p = 0 is [`Self::Sin2`].
    Kinetic(f64),
    /// The cubic with κ'(0) = a and κ'(1) = b, both in \[0, 3\].
    Hermite {
        /// Slope at t = 0.
        a: f64,
        /// Slope at t = 1.
        b: f64,
    },
    /// Straight lines between the values of a table.
    Table(ScheduleTable),
}

impl Scheduler {
    /// Checks the parameters.
    ///
    /// # Errors
    /// If n is not a finite number in (0, 100] or a Hermite slope is outside \[0, 3\].
    pub fn validated(self) -> Result<Self, FlowError> {
        match self {
            Self::Power(n) => {
                in_range("power n", n, f64::MIN_POSITIVE..=100.0, "a number above 0 and at most 100")
                    .map(|_| self)
            }
            Self::Kinetic(p) => {
                in_range("kinetic p", p, 0.0..=0.999, "a number from 0 to 0.999").map(|_| self)
            }
            Self::Hermite { a, b } => {
                in_range("hermite a", a, 0.0..=HERMITE_STEEPEST, "a number from 0 to 3")?;
                in_range("hermite b", b, 0.0..=HERMITE_STEEPEST, "a number from 0 to 3")?;
                Ok(self)
            }
            _ => Ok(self),
        }
    }

    /// κ and 1−κ at `t` in \[0, 1\].
    pub fn at(self, t: f64) -> Kappa {
        let value = self.kappa(t);
        // 1 − t has few of the digits of an early t, and a power below 1 is steep there.
        let complement = if t < 0.5 { 1.0 - value } else { self.one_minus_kappa(1.0 - t) };
        Kappa { value, complement }
    }

    /// κ(t), `t` in \[0, 1\].
    pub fn kappa(self, t: f64) -> f64 {
        match self {
            Self::Linear => t,
            Self::Quadratic => t * t,
            Self::Cubic => t * t * t,
            Self::Power(n) => t.powf(n),
            Self::Cosine => 2.0 * (FRAC_PI_4 * t).sin().powi(2),
            Self::Sin2 => (FRAC_PI_2 * t).sin().powi(2),
            // sin²Ω − sin²(sΩ) as a product: no cancellation at t = 0.
            // Rounding may lead past 1 here and below; the functions themselves do not.
            Self::Kinetic(p) => {
                let angle = omega(p);
                ((t * angle).sin() * ((2.0 - t) * angle).sin() / (1.0 - p)).min(1.0)
            }
            Self::Table(table) => table.kappa(t),
            Self::Hermite { a, b } => (t * (a + t * ((3.0 - 2.0 * a - b) + t * (a + b - 2.0)))).min(1.0),
        }
    }

    /// 1 − κ as a function of `s` = 1 − t, accurate as s → 0 (math.md 3.3, "stable 1−k").
    pub fn one_minus_kappa(self, s: f64) -> f64 {
        let t = 1.0 - s;
        match self {
            Self::Linear => s,
            Self::Quadratic => s * (1.0 + t),
            Self::Cubic => s * (1.0 + t + t * t),
            Self::Power(n) => -(n * (-s).ln_1p()).exp_m1(),
            Self::Cosine => (FRAC_PI_2 * s).sin(),
            Self::Sin2 => (FRAC_PI_2 * s).sin().powi(2),
            Self::Kinetic(p) => ((s * omega(p)).sin().powi(2) / (1.0 - p)).min(1.0),
            Self::Table(table) => table.one_minus_kappa(s),
            Self::Hermite { a, b } => (s * (b + s * ((3.0 - 2.0 * b - a) + s * (a + b - 2.0)))).min(1.0),
        }
    }

    /// κ'(t) per unit of time. Infinite at t = 0 for a power below 1.
    pub fn derivative(self, t: f64) -> f64 {
        match self {
            Self::Linear => 1.0,
            Self::Quadratic => 2.0 * t,
            Self::Cubic => 3.0 * t * t,
            Self::Power(n) => n * t.powf(n - 1.0),
            Self::Cosine => FRAC_PI_2 * (FRAC_PI_2 * t).sin(),
            Self::Sin2 => FRAC_PI_2 * (PI * t).sin(),
            Self::Kinetic(p) => {
                let angle = omega(p);
                angle * (2.0 * (1.0 - t) * angle).sin() / (1.0 - p)
            }
            Self::Table(table) => table.derivative(t),
            // Rounding may leave −1e-16 at the flat spots of (3, 3) and its neighbours; the cubic itself is monotone.
            Self::Hermite { a, b } => {
                (a + t * (2.0 * (3.0 - 2.0 * a - b) + t * 3.0 * (a + b - 2.0))).max(0.0)
            }
        }
    }

    /// The jump rate κ'/(1−κ) of the forward velocity; +∞ at t = 1.
    pub fn jump_rate(self, t: f64) -> f64 {
        let s = 1.0 - t;
        if s <= 0.0 {
            return f64::INFINITY;
        }
        match self {
            Self::Linear => 1.0 / s,
            Self::Cosine => FRAC_PI_2 / (FRAC_PI_2 * s).tan(),
            Self::Sin2 => PI / (FRAC_PI_2 * s).tan(),
            Self::Kinetic(p) => 2.0 * omega(p) / (s * omega(p)).tan(),
            _ => self.derivative(t) / self.one_minus_kappa(s),
        }
    }

    /// The noising rate κ'/κ of the backward velocity; +∞ at t = 0.
    pub fn backward_rate(self, t: f64) -> f64 {
        if t <= 0.0 {
            return f64::INFINITY;
        }
        match self {
            Self::Linear => 1.0 / t,
            Self::Quadratic => 2.0 / t,
            Self::Cubic => 3.0 / t,
            Self::Power(n) => n / t,
            Self::Cosine => FRAC_PI_2 / (FRAC_PI_4 * t).tan(),
            Self::Sin2 => PI / (FRAC_PI_2 * t).tan(),
            Self::Kinetic(_) | Self::Hermite { .. } | Self::Table(_) => self.derivative(t) / self.kappa(t),
        }
    }

    /// The time at which κ(t) = `kappa`, for `kappa` in \[0, 1\].
    pub fn inverse(self, kappa: f64) -> f64 {
        match self {
            Self::Linear => kappa,
            Self::Quadratic => kappa.sqrt(),
            Self::Cubic => kappa.cbrt(),
            Self::Power(n) => kappa.powf(1.0 / n),
            Self::Cosine => FRAC_2_PI * (1.0 - kappa).acos(),
            Self::Sin2 => FRAC_2_PI * kappa.sqrt().asin(),
            Self::Kinetic(p) => 1.0 - ((1.0 - p) * (1.0 - kappa)).sqrt().asin() / omega(p),
            Self::Table(table) => table.inverse(kappa),
            Self::Hermite { .. } if kappa <= 0.0 => 0.0,
            Self::Hermite { .. } if kappa >= 1.0 => 1.0,
            Self::Hermite { .. } => {
                let (mut low, mut high) = (0.0, 1.0);
                for _ in 0..60 {
                    let middle = 0.5 * (low + high);
                    if self.kappa(middle) < kappa {
                        low = middle;
                    } else {
                        high = middle;
                    }
                }
                0.5 * (low + high)
            }
        }
    }

    /// The slopes κ'(0) and κ'(1). The first is infinite for a power below 1.
    pub fn end_slopes(self) -> [f64; 2] {
        [self.derivative(0.0), self.derivative(1.0)]
    }

    /// The Hermite cubic with this scheduler's end slopes, each no more than the 3 that a monotone cubic can have.
    /// Linear, quadratic and cubic are such cubics themselves.
    #[must_use]
    pub fn as_hermite(self) -> Self {
        let [a, b] = self.end_slopes().map(|slope| slope.clamp(0.0, HERMITE_STEEPEST));
        Self::Hermite { a, b }
    }

    /// The orders of the zeros of κ at t = 0 and of 1−κ at t = 1: `t κ'/κ → m0`, `(1−t) κ'/(1−κ) → m1`.
    pub fn orders(self) -> (f64, f64) {
        match self {
            Self::Linear | Self::Table(_) => (1.0, 1.0),
            Self::Quadratic | Self::Cosine => (2.0, 1.0),
            Self::Cubic => (3.0, 1.0),
            Self::Power(n) => (n, 1.0),
            Self::Sin2 => (2.0, 2.0),
            Self::Kinetic(p) => (if p > 0.0 { 1.0 } else { 2.0 }, 2.0),
            Self::Hermite { a, b } => (hermite_order(a, b), hermite_order(b, a)),
        }
    }
}

/// Ω of the kinetic scheduler.
fn omega(p: f64) -> f64 {
    p.sqrt().acos()
}

/// Order of the zero at the end whose slope is `here`, when the slope at the other end is `there`.
fn hermite_order(here: f64, there: f64) -> f64 {
    match (here > 0.0, there < 3.0) {
        (true, _) => 1.0,
        (false, true) => 2.0,
        (false, false) => 3.0,
    }
}

impl fmt::Display for Scheduler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Linear => f.write_str("linear"),
            Self::Quadratic => f.write_str("quadratic"),
            Self::Cubic => f.write_str("cubic"),
            Self::Power(n) => write!(f, "power:{n}"),
            Self::Cosine => f.write_str("cosine"),
            Self::Sin2 => f.write_str("sin2"),
            Self::Kinetic(p) => write!(f, "kinetic:{p}"),
            Self::Hermite { a, b } => write!(f, "hermite:{a},{b}"),
            Self::Table(table) => write!(f, "table:{table}"),
        }
    }
}

impl FromStr for Scheduler {
    type Err = FlowError;

    fn from_str(text: &str) -> Result<Self, FlowError> {
        let unreadable = || FlowError::Unreadable {
            what: "scheduler",
            given: text.to_owned(),
            expected: "linear, quadratic, cubic, cosine, sin2, kinetic:P, power:N, hermite:A,B or table:K,…",
        };
        let number = |digits: &str| digits.trim().parse::<f64>().map_err(|_| unreadable());
        match text {
            "linear" => Ok(Self::Linear),
            "quadratic" => Ok(Self::Quadratic),
            "cubic" => Ok(Self::Cubic),
            "cosine" => Ok(Self::Cosine),
            "sin2" => Ok(Self::Sin2),
            _ => match text.split_once(':') {
                Some(("kinetic", p)) => Self::Kinetic(number(p)?).validated(),
                Some(("power", n)) => Self::Power(number(n)?).validated(),
                Some(("hermite", slopes)) => {
                    let (a, b) = slopes.split_once(',').ok_or_else(unreadable)?;
                    Self::Hermite { a: number(a)?, b: number(b)? }.validated()
                }
                Some(("table", values)) => {
                    let between: Vec<f64> = values.split(',').map(number).collect::<Result<_, _>>()?;
                    Ok(Self::Table(ScheduleTable::new(&between)?))
                }
                _ => Err(unreadable()),
            },
        }
    }
}

serde_as_text!(Scheduler, FlowError);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::grid::testing::SCHEDULERS;

    fn grid() -> impl Iterator<Item = f64> {
        (0..97).map(|j| 0.02 + 0.96 * j as f64 / 96.0)
    }

    #[test]
    fn derivative_is_the_slope_of_kappa() {
        for s in SCHEDULERS {
            for t in grid() {
                let e = 1e-5;
                let slope = (s.kappa(t + e) - s.kappa(t - e)) / (2.0 * e);
                assert!((slope - s.derivative(t)).abs() < 1e-6, "{s} at {t}");
            }
        }
    }

    #[test]
    fn ends_and_complement() {
        for s in SCHEDULERS {
            assert_eq!(s.kappa(0.0), 0.0, "{s}");
            assert!((s.kappa(1.0) - 1.0).abs() < 1e-15, "{s}");
            assert!(s.one_minus_kappa(0.0).abs() < 1e-15, "{s}");
            assert!((s.one_minus_kappa(1.0) - 1.0).abs() < 1e-15, "{s}");
            for t in grid() {
                let k = s.at(t);
                assert!((k.value + k.complement - 1.0).abs() < 1e-14, "{s} at {t}");
            }
        }
    }

    #[test]
    fn rounding_never_leads_out_of_the_path() {
        let kinetic = (0..1000).map(|n| Scheduler::Kinetic(f64::from(n) / 1001.0));
        let hermite = (0..900).map(|n| Scheduler::Hermite {
            a: f64::from(n % 30) * 3.0 / 29.0,
            b: f64::from(n / 30) * 3.0 / 29.0,
        });
        for scheduler in kinetic.chain(hermite) {
            for t in (0..=64).map(|n| f64::from(n) / 64.0).chain([1e-9, 1.0 - 1e-9]) {
                let kappa = scheduler.at(t);
                for part in [kappa.value, kappa.complement] {
                    assert!((0.0..=1.0).contains(&part), "{scheduler} at {t}: {kappa:?}");
                }
            }
        }
    }

    #[test]
    fn inverse_returns_the_time() {
        for s in SCHEDULERS {
            for t in grid() {
                let k = s.kappa(t);
                if s.derivative(t) < 1e-2 {
                    // hermite(3,3) stands still at t = 1/2: only κ can be recovered there.
                    assert!((s.kappa(s.inverse(k)) - k).abs() < 1e-12, "{s} at {t}");
                } else {
                    assert!((s.inverse(k) - t).abs() < 1e-9, "{s} at {t}");
                }
            }
            assert!(s.inverse(0.0).abs() < 1e-15 && (s.inverse(1.0) - 1.0).abs() < 1e-15);
        }
    }

    #[test]
    fn rates_have_their_limits() {
        for s in SCHEDULERS {
            let (m0, m1) = s.orders();
            let x = 1e-6;
            assert!((s.jump_rate(1.0 - x) * x - m1).abs() < 1e-4, "{s}");
            assert!((s.backward_rate(x) * x - m0).abs() < 1e-4, "{s}");
            assert_eq!(s.jump_rate(1.0), f64::INFINITY);
            assert_eq!(s.backward_rate(0.0), f64::INFINITY);
            for t in grid() {
                let jump = s.derivative(t) / (1.0 - s.kappa(t));
                let back = s.derivative(t) / s.kappa(t);
                assert!((s.jump_rate(t) - jump).abs() < 1e-10 * (1.0 + jump), "{s}");
                assert!((s.backward_rate(t) - back).abs() < 1e-10 * (1.0 + back), "{s}");
            }
        }
    }

    #[test]
    fn a_steep_start_has_all_its_digits() {
        for t in [1e-300, 1e-12, 1e-9, 1e-4, 0.4] {
            let kappa = Scheduler::Power(0.05).at(t);
            assert!((kappa.value + kappa.complement - 1.0).abs() < 1e-15, "{t}: {kappa:?}");
        }
    }

    #[test]
    fn complement_keeps_its_digits_near_the_end() {
        // 1 − κ = sin(πs/2) → πs/2 (1 − (πs/2)²/6): the naive 1 − κ would have lost 9 of 16 digits here.
        let s = 1e-9;
        let exact = FRAC_PI_2 * s;
        assert!((Scheduler::Cosine.one_minus_kappa(s) / exact - 1.0).abs() < 1e-15);
        assert!((Scheduler::Power(1.7).one_minus_kappa(s) / (1.7 * s) - 1.0).abs() < 1e-8);
    }

    #[test]
    fn hermite_special_cases() {
        for t in grid() {
            for (a, b, n) in [(1.0, 1.0, 1), (0.0, 2.0, 2), (0.0, 3.0, 3)] {
                let h = Scheduler::Hermite { a, b };
                assert!((h.kappa(t) - t.powi(n)).abs() < 1e-15);
            }
        }
    }

    #[test]
    fn a_hermite_takes_over_end_slopes_and_is_the_same_curve_for_the_first_three_powers() {
        for s in [Scheduler::Linear, Scheduler::Quadratic, Scheduler::Cubic] {
            for t in grid() {
                assert!((s.as_hermite().kappa(t) - s.kappa(t)).abs() < 1e-15, "{s} at {t}");
            }
        }
        for s in SCHEDULERS {
            let hermite = s.as_hermite().validated().expect("in range");
            for (kept, own) in hermite.end_slopes().into_iter().zip(s.end_slopes()) {
                // cos(π/2) and sin(π) are not 0 to the last digit.
                assert!((kept - own.clamp(0.0, 3.0)).abs() < 1e-15, "{s}: {kept} for {own}");
            }
        }
        assert_eq!(Scheduler::Power(0.5).as_hermite(), Scheduler::Hermite { a: 3.0, b: 0.5 });
        assert_eq!(Scheduler::Power(5.0).as_hermite(), Scheduler::Hermite { a: 0.0, b: 3.0 });
    }

    #[test]
    fn names_round_trip_and_nonsense_is_refused() {
        for s in SCHEDULERS {
            assert_eq!(s.to_string().parse::<Scheduler>(), Ok(s));
        }
        for bad in [
            "",
            "Linear",
            "power",
            "power:",
            "power:0",
            "kinetic:",
            "kinetic:1",
            "kinetic:-0.1",
            "power:-1",
            "power:nan",
            "power:inf",
            "hermite:1",
            "hermite:1,4",
            "hermite:-0.1,1",
            "hermite:1,2,3",
            "t^2",
        ] {
            assert!(bad.parse::<Scheduler>().is_err(), "{bad}");
        }
    }
}
