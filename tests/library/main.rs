//! The library from outside: the pitfalls of its subject, and everything that its readers were ever fed.

mod fuzz_seeds;
mod languages;
mod text_traps;
mod traps;
