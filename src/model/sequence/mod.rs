//! Networks that learn the posterior of sequences, written out for the CPU, and the same as operations of burn on a device: of
//! images a U-Net of ConvNeXt blocks, of texts such blocks along the line of their tokens.
//!
//! All maps have their channels last, so that everything but a depthwise convolution is a product of matrices or a loop
//! over numbers that lie side by side. An image, or a text, goes through the whole network on one thread, forward and back, while its
//! activations are near; gradients are added up over fixed groups of images, so that neither they nor a trained network
//! depend on the number of threads.
//!
//! No time: with a mask source what is known says how far things are, and the posterior does not depend on κ (math.md 2.4).
//! From the uniform source the network is told κ.

mod answer;
mod attention;
mod block;
mod classifier;
mod condition;
mod config;
mod denoiser;
mod depthwise;
mod device;
mod dropout;
mod features;
mod file;
mod gradient;
mod image_model;
mod layout;
mod line;
mod linear;
mod logistics;
mod memory;
mod pass;
mod products;
mod quality;
mod run_file;
#[cfg(test)]
mod tests;
mod text;
mod trained;

pub use classifier::{
    Classifier, ClassifierFile, ClassifierGradients, ClassifierRecipe, DeviceClassifier, FEATURES,
};
pub use config::{Head, ImageNetConfig, NetSize};
pub use denoiser::ImageDenoiser;
pub use device::{AT_ONCE, DeviceNet, has_half};
pub use dropout::Dropout;
pub use file::{ImageFile, ImageRecipe};
pub use gradient::{Example, GoOn, Gradients};
pub use image_model::ImageModel;
pub use memory::{CountedGradient, DeviceGradient};
pub use pass::Pass;
pub use products::Products;
pub use quality::{AskedFor, Quality, asked_for, floor, quality, runs_asked_for};
pub use run_file::{SequenceFile, SequenceRecipe};
pub use text::{
    DeviceTextNet, Reader, TextDenoiser, TextExample, TextFile, TextNet, TextNetConfig, TextNetwork,
    TextPass, TextRecipe, TextSize, Writing,
};
pub use trained::{Trained, TrainedOnDevice};

use crate::data::codec::image::Tokenizer;
use crate::random::{Purpose, stream};
use layout::{Layout, LinearAt};
use rand::RngExt;

/// A network: sizes, what its tokens look like, and all its parameters in one array.
#[derive(Clone, Debug)]
pub struct ImageNet {
    config: ImageNetConfig,
    layout: Layout,
    /// \[K, D/T\]: the coordinates of a token's values, from −1 to 1.
    coordinates: Vec<f32>,
    values: Vec<f32>,
}

/// Where the logarithms of the scales begin.
const FIRST_SCALE: f32 = -1.6;
/// How far the first means lie from the base, at most.
const FIRST_SPREAD: f32 = 0.4;

impl ImageNet {
    /// With first weights. A new network answers what is around a token, whatever it is told.
    ///
    /// # Errors
    /// If the sizes are out of range or not `tokenizer`'s.
    pub fn new(config: ImageNetConfig, tokenizer: &Tokenizer, seed: u64) -> Result<Self, String> {
        let mut net = Self::from_values(config, tokenizer, Vec::new())?;
        net.values = vec![0.0; net.layout.total];
        let mut rng = stream(seed, Purpose::Weights, 0);
        let mut fill = |values: &mut [f32], deviation: f32| {
            // Uniform numbers of that standard deviation.
            let reach = deviation * 3f32.sqrt();
            values.iter_mut().for_each(|x| *x = reach * (2.0 * rng.random::<f32>() - 1.0));
        };
        let layout = net.layout.clone();
        for LinearAt { weight, from, .. } in layout.linears() {
            fill(&mut net.values[weight.clone()], (1.0 / *from as f32).sqrt());
        }
        for block in layout.blocks() {
            fill(&mut net.values[block.conv.clone()], 0.2);
            // A new block leaves everything as it is.
            net.values[block.second.weight.clone()].fill(0.0);
            if let Some(attention) = &block.attention {
                net.values[attention.out.weight.clone()].fill(0.0);
            }
        }
        if let Some(classes) = layout.condition.as_ref().and_then(|condition| condition.classes.clone()) {
            fill(&mut net.values[classes], 1.0);
        }
        net.values[layout.head.weight.clone()].fill(0.0);
        if let Head::Logistics(components) = config.head {
            let bias = &mut net.values[layout.head.bias.clone()];
            for outputs in bias.chunks_exact_mut(3 * components) {
                for m in 0..components {
                    let share = (m as f32 + 0.5) / components as f32 - 0.5;
                    outputs[components + m] = 2.0 * FIRST_SPREAD * share;
                    outputs[2 * components + m] = FIRST_SCALE;
                }
            }
        }
        Ok(net)
    }

    /// With these parameters, in the order of [`Self::arrays`].
    ///
    /// # Errors
    /// If the sizes are out of range or not `tokenizer`'s; the parameters are not looked at.
    pub(crate) fn from_values(
        config: ImageNetConfig,
        tokenizer: &Tokenizer,
        values: Vec<f32>,
    ) -> Result<Self, String> {
        let config = config.validated()?;
        let known = (tokenizer.side(), tokenizer.channels(), tokenizer.values());
        if known != (config.side, config.channels, config.values) {
            return Err(format!(
                "the network is for {}×{} pixels of {} tokens with {} values each, not for {} at {} pixels",
                config.side,
                config.side,
                config.channels,
                config.values,
                tokenizer.spec(),
                tokenizer.side()
            ));
        }
        if tokenizer.palette().is_some() != (config.coordinates != config.channels) {
            return Err(format!("{} needs {} coordinates a pixel", tokenizer.spec(), config.coordinates));
        }
        let layout = Layout::of(&config);
        Ok(Self { config, layout, coordinates: coordinates(tokenizer), values })
    }

    /// The sizes.
    pub fn config(&self) -> ImageNetConfig {
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

/// \[K, D/T\], each from −1 to 1.
fn coordinates(tokenizer: &Tokenizer) -> Vec<f32> {
    let k = tokenizer.values();
    match tokenizer.palette() {
        Some(palette) => {
            let bytes = palette.colors().iter().flatten();
            bytes.map(|byte| f32::from(*byte) / 127.5 - 1.0).collect()
        }
        None => (0..k).map(|value| -1.0 + 2.0 * value as f32 / (k - 1) as f32).collect(),
    }
}
