//! A scheduler that is a table: straight lines between values of κ at equal steps of t.

use super::FlowError;
use std::fmt;
use std::sync::{Mutex, PoisonError};

/// Most pieces of a table.
pub const MOST_PIECES: usize = 32;

/// Every table that there was, so that a scheduler that holds one is as small and as quickly copied as any other.
static KEPT: Mutex<Vec<&[f32]>> = Mutex::new(Vec::new());
/// Most of them, 8 MB in all: more come from no user.
const MOST_KEPT: usize = 1 << 16;

/// κ at t = 1/n, …, (n−1)/n, from 0 at t = 0 to 1 at t = 1, each above the one before, n ≤ 32: any monotone walk, such as
/// the best steps for a language.
#[derive(Clone, Copy, PartialEq)]
pub struct ScheduleTable {
    /// Those between the ends.
    between: &'static [f32],
}

impl ScheduleTable {
    /// From the values of κ between the ends, at least one and at most 31.
    ///
    /// # Errors
    /// If there are none or too many, one is not in (0, 1), or not above the one before in single precision; or if there
    /// were 65,536 others before.
    pub fn new(between: &[f64]) -> Result<Self, FlowError> {
        let given = between.len();
        if given == 0 || given >= MOST_PIECES {
            let (what, expected) = ("the number of values of a scheduler's table", "1 to 31");
            return Err(FlowError::Range { what, given: given as f64, expected });
        }
        let mut last = 0.0;
        let mut table = Vec::with_capacity(given);
        for &kappa in between {
            let next = kappa as f32;
            // NaN is above nothing.
            if !(next > last && next < 1.0) {
                let (what, expected) =
                    ("a value of a scheduler's table", "numbers between 0 and 1, each above the one before");
                return Err(FlowError::Range { what, given: kappa, expected });
            }
            table.push(next);
            last = next;
        }
        let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.iter().find(|other| ***other == table[..]).copied();
        match found {
            Some(between) => Ok(Self { between }),
            None if kept.len() == MOST_KEPT => {
                Err(FlowError::Unsupported("there were too many tables of schedulers before".to_owned()))
            }
            None => {
                let between: &'static [f32] = Vec::leak(table);
                kept.push(between);
                Ok(Self { between })
            }
        }
    }

    /// The values of κ between the ends.
    pub fn between(&self) -> &[f32] {
        self.between
    }

    fn pieces(&self) -> usize {
        self.between.len() + 1
    }

    /// κ at the beginning of piece `j`, or at the end of the last.
    fn node(&self, j: usize) -> f64 {
        match j {
            0 => 0.0,
            j if j >= self.pieces() => 1.0,
            j => f64::from(self.between[j - 1]),
        }
    }

    /// The piece at `t`, and how far into it, 0 to 1.
    fn piece(&self, t: f64) -> (usize, f64) {
        let place = t.clamp(0.0, 1.0) * self.pieces() as f64;
        let j = (place as usize).min(self.pieces() - 1);
        (j, place - j as f64)
    }

    /// κ(t).
    pub(super) fn kappa(&self, t: f64) -> f64 {
        let (j, part) = self.piece(t);
        self.node(j) + part * (self.node(j + 1) - self.node(j))
    }

    /// 1 − κ as a function of 1 − t, accurate near the end.
    pub(super) fn one_minus_kappa(&self, s: f64) -> f64 {
        // Pieces counted from the end.
        let (back, part) = self.piece(s);
        let j = self.pieces() - 1 - back;
        (1.0 - self.node(j + 1)) + part * (self.node(j + 1) - self.node(j))
    }

    /// κ'(t); between two pieces that of the later one.
    pub(super) fn derivative(&self, t: f64) -> f64 {
        let (j, _) = self.piece(t);
        (self.node(j + 1) - self.node(j)) * self.pieces() as f64
    }

    /// The time at which κ(t) = `kappa`.
    pub(super) fn inverse(&self, kappa: f64) -> f64 {
        let j = self.between().partition_point(|&node| f64::from(node) <= kappa);
        let part = (kappa - self.node(j)) / (self.node(j + 1) - self.node(j));
        ((j as f64 + part) / self.pieces() as f64).clamp(0.0, 1.0)
    }
}

impl fmt::Debug for ScheduleTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ScheduleTable({self})")
    }
}

/// The values between the ends, comma separated.
impl fmt::Display for ScheduleTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, kappa) in self.between().iter().enumerate() {
            write!(f, "{}{kappa}", if n == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::Scheduler;

    #[test]
    fn a_table_is_walked_in_straight_lines() {
        let table = Scheduler::Table(ScheduleTable::new(&[0.125, 0.25, 0.875]).expect("a table"));
        for (t, kappa) in [(0.0, 0.0), (0.125, 0.0625), (0.25, 0.125), (0.5, 0.25), (0.75, 0.875), (1.0, 1.0)]
        {
            let at = table.at(t);
            assert_eq!((at.value, at.complement), (kappa, 1.0 - kappa), "{t}");
            assert!((table.inverse(kappa) - t).abs() < 1e-15, "{t}");
        }
        assert_eq!([0.0, 0.3, 0.6, 1.0].map(|t| table.derivative(t)), [0.5, 0.5, 2.5, 0.5]);
        assert!((table.one_minus_kappa(1e-12) / 0.5e-12 - 1.0).abs() < 1e-14);
        assert!((table.jump_rate(1.0 - 1e-6) * 1e-6 - table.orders().1).abs() < 1e-9);
        assert!((table.backward_rate(1e-6) * 1e-6 - table.orders().0).abs() < 1e-9);
        let text = "table:0.125,0.25,0.875";
        assert_eq!((table.to_string().as_str(), text.parse()), (text, Ok(table)));
    }

    #[test]
    fn what_is_no_walk_is_refused() {
        for bad in
            ["", "0", "1", "0.5,0.5", "0.5,0.4", "nan", "0.5,", "x", "0.1,inf", "-0.1", "0.5,0.50000000001"]
        {
            assert!(format!("table:{bad}").parse::<Scheduler>().is_err(), "{bad}");
        }
        let many: Vec<f64> = (1..=32).map(|n| f64::from(n) / 40.0).collect();
        assert!(ScheduleTable::new(&many).is_err() && ScheduleTable::new(&many[..31]).is_ok());
    }
}
