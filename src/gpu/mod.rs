//! Devices and what is computed or drawn on them.

mod devices;
mod errors;
pub mod heatmap;
mod heatmap_pipeline;
mod offscreen;
mod read_back;

pub use devices::{
    AdapterKind, AdapterSummary, DeviceChoice, DeviceError, DevicePreference, adapters, choose,
};
pub use heatmap::{Heatmap, HeatmapError};
pub use offscreen::{Offscreen, OffscreenError};
