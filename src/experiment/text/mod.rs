//! What can be set in the text lab: languages, and who answers about them.

mod judged_runs;
mod judging;
mod model;
mod networks;
mod solving;

pub use judged_runs::{JudgedSampler, judged_samplers};
pub use judging::TextJudge;
pub use model::{TextError, TextModel, given_of, given_tokens, state_of, state_tokens};
pub use networks::{NetworkError, text_network, text_networks};
pub use solving::Solver;
