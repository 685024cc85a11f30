//! What can be set in the text lab: languages, and who answers about them.

mod judging;
mod model;
mod solving;

pub use judging::TextJudge;
pub use model::{TextError, TextModel, given_tokens, state_tokens};
pub use solving::Solver;
