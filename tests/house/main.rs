//! The rules of the house that a compiler does not check: who may know whom, where things lie, that what is cited is there
//! and that every shader is one.

mod circles;
mod citations;
mod knowing;
mod places;
mod shaders;
mod source;
