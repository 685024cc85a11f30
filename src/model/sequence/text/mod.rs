//! A network for texts: blocks whose depthwise convolution goes along the line of tokens, dilated, between a table of what
//! tokens look like and a linear map to logits. Written out for the CPU, and the same as operations of burn on a device.
//!
//! With a mask source it needs no time: what is known says how far things are. From the uniform source it is told κ and answers
//! r, the posterior of a token from all others, which is mixed with what the token itself says (math.md 2.2). With causal
//! convolutions it is the autoregressive twin, which foretells each token from those before it. Attention can follow its blocks,
//! or take the place of their convolutions.

mod config;
mod denoiser;
mod device;
mod file;
mod gradient;
mod layout;
mod memory;
mod model;
mod pass;
mod reader;
#[cfg(test)]
mod tests;

pub use config::{TextNetConfig, TextSize};
pub use denoiser::TextDenoiser;
pub use device::DeviceTextNet;
pub use file::{TextFile, TextRecipe};
pub use gradient::TextExample;
pub use model::TextNetwork;
pub use pass::TextPass;
pub use reader::{Reader, Writing};

use super::layout::Kernel;
use crate::random::{Purpose, stream};
use layout::TextLayout;
use rand::RngExt;

/// A network: sizes, and all its parameters in one array.
#[derive(Clone, Debug)]
pub struct TextNet {
    config: TextNetConfig,
    layout: TextLayout,
    values: Vec<f32>,
}

/// Standard deviations of the first weights: of what tokens look like, of convolutions, and of the last layer. The second
/// layer of a block begins at this share of what keeps the size of numbers.
const TABLE: f32 = 0.5;
const CONVOLUTION: f32 = 0.33;
const HEAD: f32 = 0.02;
const SECOND: f32 = 0.3;

impl TextNet {
    /// With first weights.
    ///
    /// # Errors
    /// If the sizes are out of range.
    pub fn new(config: TextNetConfig, seed: u64) -> Result<Self, String> {
        let mut net = Self::from_values(config, Vec::new())?;
        let layout = net.layout.clone();
        net.values = vec![0.0; layout.total];
        let mut rng = stream(seed, Purpose::Weights, 0);
        let mut fill = |values: &mut [f32], deviation: f32| {
            // Uniform numbers of that standard deviation.
            let reach = deviation * 3f32.sqrt();
            values.iter_mut().for_each(|x| *x = reach * (2.0 * rng.random::<f32>() - 1.0));
        };
        fill(&mut net.values[layout.table.clone()], TABLE);
        if let Some(kappa) = layout.condition.as_ref().and_then(|condition| condition.kappa.as_ref()) {
            fill(&mut net.values[kappa.weight.clone()], (1.0 / kappa.from as f32).sqrt());
        }
        for block in &layout.blocks {
            match block.kernel {
                // All channels are heard alike.
                Kernel::Point => net.values[block.conv.clone()].fill(1.0),
                _ => fill(&mut net.values[block.conv.clone()], CONVOLUTION),
            }
            let attention = block.attention.iter().flat_map(|at| [(&at.qkv, 1.0), (&at.out, SECOND)]);
            for (at, share) in [(&block.first, 1.0), (&block.second, SECOND)].into_iter().chain(attention) {
                fill(&mut net.values[at.weight.clone()], share * (1.0 / at.from as f32).sqrt());
            }
        }
        fill(&mut net.values[layout.head.weight.clone()], HEAD);
        Ok(net)
    }

    /// With these parameters, in the order of [`Self::arrays`].
    ///
    /// # Errors
    /// If the sizes are out of range; the parameters are not looked at.
    pub(crate) fn from_values(config: TextNetConfig, values: Vec<f32>) -> Result<Self, String> {
        let config = config.validated()?;
        Ok(Self { config, layout: TextLayout::of(&config), values })
    }

    /// The sizes.
    pub fn config(&self) -> TextNetConfig {
        self.config
    }

    /// All parameters.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// All parameters, to be changed.
    pub fn values_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }

    /// Name and shape of every array of parameters, in order.
    pub fn arrays(&self) -> &[(String, Vec<usize>)] {
        &self.layout.names
    }
}
