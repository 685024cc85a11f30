//! Denoisers: anything that answers p_{1|t}(x₁ⁱ | x_t), on the [`grid`], on the [`plane`] and for [`sequence`]s of any
//! length.
//!
//! Every sampler, view and metric works with any of those of its state space.

pub mod grid;
pub mod plane;
pub mod sequence;
