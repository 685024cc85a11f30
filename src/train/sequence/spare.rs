//! A copy of a run in memory, for when the device that it is on is lost.

use crate::train::TrainError;
use std::time::{Duration, Instant};

/// A run on a device that can be lost is copied this often, or less often where that takes long.
const EVERY: Duration = Duration::from_secs(10);
/// The part of the time that the copies take at most.
const SHARE: f64 = 0.02;

/// A run as it was a moment ago: at most about ten seconds, or fifty times what a copy takes.
pub(super) struct Spare<T> {
    /// The copy.
    pub kept: T,
    /// When the next one is due.
    pub until: Instant,
}

impl<T> Spare<T> {
    /// Of a run that begins.
    pub fn new(kept: T) -> Self {
        Self { kept, until: Instant::now() + EVERY }
    }

    /// Takes another copy if one is due.
    ///
    /// # Errors
    /// Of `copy`.
    pub fn renew(&mut self, copy: impl FnOnce() -> Result<T, TrainError>) -> Result<(), TrainError> {
        if Instant::now() >= self.until {
            let start = Instant::now();
            self.kept = copy()?;
            self.until = Instant::now() + EVERY.max(start.elapsed().div_f64(SHARE));
        }
        Ok(())
    }
}
