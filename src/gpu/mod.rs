//! Devices and what is computed or drawn on them.

pub mod arrows;
pub mod cells;
mod color;
mod damage;
mod devices;
mod errors;
pub mod fill;
pub mod heatmap;
mod instanced;
mod limits;
mod make;
mod offscreen;
pub mod particles;
mod pass;
pub mod picture;
mod read_back;
pub mod redraw;
mod remote;
mod same_shape;
#[cfg(feature = "remote")]
mod serve;
mod slots;
mod step_particles;
mod step_plane;
pub mod trails;

/// What tensors are computed on: the CPU or a GPU, as [`choose`] found it. The faces hand it on and know burn by no other
/// name.
pub use burn::tensor::Device;
pub use devices::{
    AdapterKind, AdapterSummary, CPU, DeviceChoice, DeviceError, DevicePreference, ListedAdapter, adapters,
    auto_takes, choose, choose_all, largest_window, listed_adapters,
};
pub use errors::survive_errors;
pub use heatmap::Heatmap;
pub use limits::drawing_limits;
pub use offscreen::{Offscreen, OffscreenError};
pub use pass::PassError;
pub use remote::{RemoteAddress, RemoteServer, Token};
#[cfg(feature = "remote")]
pub use serve::{Listen, ServeError, Served, serve};
pub use step_particles::DeviceStepper;
pub use step_plane::PlaneStepper;
