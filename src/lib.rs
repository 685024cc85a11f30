//! DFM Explorer: an instrument for seeing discrete flow matching on small state spaces, exactly.
//!
//! One sentence is the whole design, read from left to right:
//!
//! ```text
//! experiment ──► target ──► path (κ-scheduler, source, coupling) ──► Denoiser ──► step kernel ──► trace ──► view, figure, metric
//! ```
//!
//! The modules in reading order: [`flow`] is the mathematics ([`flow::math`] has it in words), [`denoiser`] and
//! [`sampler`] walk it, [`data`] reads targets and turns images into tokens, [`model`] and [`train`] learn it, [`view`]
//! says what is shown of it and [`figure`] draws that. [`experiment`] is what can be set in each lab and how it is written
//! down, [`gpu`] knows the devices, and the two faces [`cli`] and [`ui`] are made of calls to all of these.
//!
//! The state space names a folder, `grid` or `sequence`, in most of these; a lab has a folder in `ui::labs`, in
//! [`experiment`] and in [`cli`]. `tests/house` keeps who may know whom: never in a circle, and each of them only what comes
//! before it here, but for [`cli`], which opens the window.

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
