//! The mathematics of texts: languages that are weighted automata, and what an information curve says of them.

mod automaton;
mod counts;
mod information;
pub mod programs;
mod steps;
#[cfg(test)]
pub(crate) mod testing;

pub use automaton::{Automaton, AutomatonError, Edge};
pub use information::Information;
pub use steps::best_steps;
