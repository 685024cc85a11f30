//! What can be set in the text lab: languages, and who answers about them.

mod model;
mod networks;

pub use model::{TextError, TextModel, given_of, given_tokens, state_of, state_tokens};
pub use networks::{NetworkError, text_network, text_networks};
