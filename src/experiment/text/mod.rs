//! What can be set in the text lab: languages, and who answers about them.

mod model;

pub use model::{TextError, TextModel, given_tokens, state_tokens};
