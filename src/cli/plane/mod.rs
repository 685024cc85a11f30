//! The commands about flows on the plane.

pub mod figure;
