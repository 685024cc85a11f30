//! What flows are to reach. For grids: targets of K×K cells and the files they come from (presets, text, `.npy`, `.csv` and
//! `.png`). For sequences: [`images`], and the tokens of a [`codec`] they become.
//!
//! Every target ends in one type, a probability mass function `Array2<f64>` of shape `[K, K]` with axis 0
//! = token 1 (drawn to the right) and axis 1 = token 2 (drawn upward). [`load_target`] is the way in;
//! [`pmf::normalise`] is the gate every pmf passes through, whether it comes from a formula, a file or a
//! mouse.

mod aside;
pub mod atomic;
mod beside;
pub mod codec;
pub mod csv;
mod document;
pub mod download;
mod drawing;
pub mod error;
mod flow_spec;
pub mod folders;
pub mod images;
pub mod npy;
mod oklab;
pub mod pending;
pub mod plane;
pub mod pmf;
pub mod png;
pub mod preset;
mod raster;
mod read;
mod roots;
mod run_folder;
pub mod shell;
pub mod sniff;
pub mod target;
pub mod text;

#[cfg(test)]
mod hostile_tests;

pub use aside::{copy_aside, set_aside};
pub use atomic::atomic_write;
pub use beside::beside;
pub use csv::{csv_text, write_csv};
pub use document::{
    MOST_DOCUMENT_BYTES, document_text, parse_any_document, parse_document, read_document, understood,
    write_document,
};
pub use drawing::{Brush, Drawing, Stroke, Symmetry};
pub use error::{DataError, PmfProblem};
pub use flow_spec::{FlowSpec, SourceSpec, SpecError};
pub use npy::{write_npy_f64, write_npy_i64};
pub use pmf::{K_DEFAULT, K_MAX, K_MIN, check_k, normalise};
pub use read::{read_head, read_limited};
pub use run_folder::{RunFile, RunFolder, rewrite};
pub use target::{
    MOST_NAME, PRESETS, TARGET_FILES, TargetSpec, check_drawn_name, load_pmf_file, load_target, save_target,
};
