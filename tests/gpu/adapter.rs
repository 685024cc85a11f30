//! What draws: whether there is anything, and the device that burn has started.

use burn::tensor::Device;
use burn::tensor::wgpu::WgpuSetup;
use dfm_explorer::gpu::{Offscreen, OffscreenError};
use std::sync::OnceLock;

/// Whether this machine has no graphics adapter.
pub fn is_missing() -> bool {
    matches!(Offscreen::new(None), Err(OffscreenError::NoAdapter))
}

/// burn's device, which it starts once a process.
pub fn burn_device() -> Device {
    started().0.clone()
}

/// Its handles.
pub fn of_burn() -> WgpuSetup {
    started().1.clone()
}

fn started() -> &'static (Device, WgpuSetup) {
    static STARTED: OnceLock<(Device, WgpuSetup)> = OnceLock::new();
    STARTED.get_or_init(|| Device::wgpu_options().init_with_setup().expect("burn's device"))
}
