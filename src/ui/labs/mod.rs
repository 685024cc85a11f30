//! The labs: one folder each, and none knows another.

pub mod grid;
pub mod images;
pub mod plane;
pub mod text;

use super::lab::LabEntry;

/// The table of labs, in the order of their tabs. Another lab is another line.
pub const LABS: &[LabEntry] = &[grid::ENTRY, images::ENTRY, plane::ENTRY, text::ENTRY];
