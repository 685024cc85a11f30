//! The labs: one folder each, and none knows another.

pub mod grid;
pub mod images;
