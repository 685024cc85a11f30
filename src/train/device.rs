//! The device that a lab trains on, and the CPU should it fail.

use super::thread::unexpected;
use burn::tensor::Device;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// See the module.
pub(super) struct TrainingDevice {
    /// Where runs are made now.
    pub device: Device,
    /// Whether that is the CPU, which can't be lost.
    pub on_cpu: bool,
}

impl TrainingDevice {
    /// Trains on `device`.
    pub fn new(device: Device) -> Self {
        Self { on_cpu: device == Device::flex(), device }
    }

    /// The CPU from now on.
    pub fn give_up(&mut self) {
        (self.device, self.on_cpu) = (Device::flex(), true);
    }

    /// What `make` makes on the device or, should that fail in the middle, on the CPU, which then takes over and of which
    /// `lost` is told why.
    ///
    /// # Errors
    /// Of `make`, or why nothing can be made on the CPU either.
    pub fn make<T>(
        &mut self,
        make: impl Fn(&Device) -> Result<T, String>,
        lost: impl FnOnce(String),
    ) -> Result<T, String> {
        // A lost device shows as a panic in the middle of a tensor operation.
        let on = |device: &Device| catch_unwind(AssertUnwindSafe(|| make(device)));
        let problem = match on(&self.device) {
            Ok(made) => return made,
            Err(panic) => unexpected(&*panic),
        };
        if self.on_cpu {
            return Err(problem);
        }
        let made = on(&Device::flex()).unwrap_or_else(|panic| Err(unexpected(&*panic)));
        let made = made.map_err(|why| format!("{problem}; the CPU could not take over: {why}"))?;
        self.give_up();
        lost(problem);
        Ok(made)
    }
}
