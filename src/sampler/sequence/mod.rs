//! Samplers of sequences: the kernels of the grid on N tokens with any [`crate::denoiser::sequence::SequenceDenoiser`].
//!
//! [`SequenceConfig`] says how, [`Given`] which tokens are there from the start; [`run_sequences`] walks, [`SequenceTrace`]
//! keeps what happened, and [`likelihood_bound`] says how many nats the denoiser needs for data.

mod bound;
mod config;
mod doubt;
mod exact;
mod gap;
mod given;
mod information;
mod maskgit;
mod moves;
mod numbers;
#[cfg(test)]
mod order_tests;
mod run;
#[cfg(test)]
mod run_tests;
mod temperature;
#[cfg(test)]
mod testing;
mod texts;
mod trace;
#[cfg(test)]
mod uniform_tests;

pub use bound::{LikelihoodBound, likelihood_bound};
pub use config::{SequenceConfig, SequenceMethod};
pub use doubt::{Doubt, mean_doubt};
pub use exact::{ExactDistance, MOST_EXACT_TOKENS, sampled_probabilities};
pub use gap::model_gap;
pub use given::Given;
pub use information::{Closeness, MeasuredInformation, measured_information};
pub use run::{SequenceMoment, SequenceRun, SequenceSetup, SequenceSummary, run_sequences};
pub use temperature::Temperature;
pub use texts::{Judged, beginnings, joint_texts, joint_texts_with, judged};
pub use trace::{SequenceTrace, StepRecord, TokenChange};
