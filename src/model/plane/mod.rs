//! Networks on the plane: (x̃, t*) → v, for the CPU and for burn's devices, and with codes an encoder beside it
//! (plane.md 1.3, 3.1, 6).

mod asked;
mod dense;
mod device;
mod file;
mod net;
#[cfg(test)]
mod tests;

pub use asked::ToldNetwork;
pub use device::DevicePlaneNet;
pub use file::{PlaneFile, PlaneRecipe};
pub use net::{
    MOST_LAYERS, MOST_WIDTH, PlaneExamples, PlaneGradients, PlaneNet, PlaneNetConfig, PlaneNetwork,
};
