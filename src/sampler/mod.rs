//! Samplers: walking from noise to data with a denoiser (math.md 5), on the [`grid`], on the [`plane`] and along
//! [`sequence`]s of any length.
//!
//! What lies here serves every state space: when one steps, what a step's odds are, how its history is kept.

pub mod grid;
mod history;
mod odds;
pub mod plane;
mod rounds;
pub mod sequence;
mod setting;
mod walk;

pub use history::{Cell, History, every_second};
pub use setting::{CHOICE_TEMPERATURE, CorrectorBy};
pub use walk::{GEOMETRIC_END, Span, TimeGrid};

/// Why a sampler could not run.
#[derive(Debug, thiserror::Error)]
pub enum SamplerError {
    /// A setting outside its range or without meaning for this path.
    #[error(transparent)]
    Setting(#[from] crate::flow::FlowError),
    /// The adaptive rule would need more steps than is sensible.
    #[error("the adaptive step needs more than {0} steps with these settings; weaken the corrector")]
    TooManySteps(usize),
    /// Given tokens, or a number of sequences, that do not fit the denoiser.
    #[error("{0}")]
    Sequences(String),
    /// The denoiser failed.
    #[error("the denoiser failed: {0}")]
    Denoiser(#[source] anyhow::Error),
}
