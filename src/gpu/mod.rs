//! Devices and what is computed or drawn on them.

mod devices;

pub use devices::{
    AdapterKind, AdapterSummary, DeviceChoice, DeviceError, DevicePreference, adapters, choose,
};
