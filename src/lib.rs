//! DFM Explorer: an instrument for seeing discrete flow matching on small state spaces, exactly.
//!
//! One sentence is the whole design, read from left to right:
//!
//! ```text
//! target pmf ──► path (κ-scheduler, source, coupling) ──► Denoiser ──► step kernel ──► trace ──► view, figure, metric
//! ```
//!
//! The modules in reading order: [`flow`] is the mathematics, [`denoiser`] and [`sampler`] walk it, [`data`] reads
//! targets, [`model`] and [`train`] learn it, [`view`] says what is shown of it and [`figure`] draws that, [`gpu`] knows
//! the devices, and the two faces [`cli`] and [`ui`] are made of calls to all of these.

pub mod assets;
pub mod flow;
pub mod latest;
pub mod random;

pub mod denoiser;
pub mod sampler;

pub mod data;
pub mod model;
pub mod train;

pub mod figure;
pub mod view;

pub mod experiment;

pub mod gpu;

pub mod cli;
pub mod ui;
