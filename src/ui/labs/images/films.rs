//! Runs of the sampler as they are made and played: recordings of images.

use crate::data::codec::image::Tokenizer;
use crate::denoiser::sequence::SequenceDenoiser;
use crate::flow::Scheduler;
use crate::ui::reel::Recording;
use std::ops::Deref;
use std::sync::Arc;

pub use crate::ui::reel::{End, Reel, Shown, Still};

/// One run of images.
pub struct Film {
    recording: Recording,
    /// What its tokens mean.
    pub tokenizer: Tokenizer,
}

impl Film {
    /// Before its first step, of so many `images`.
    pub fn new(
        scheduler: Scheduler,
        images: usize,
        (denoiser, tokenizer): (Arc<dyn SequenceDenoiser>, Tokenizer),
        model: u64,
    ) -> Self {
        Self { recording: Recording::new(scheduler, images, denoiser, model), tokenizer }
    }
}

impl Deref for Film {
    type Target = Recording;

    fn deref(&self) -> &Recording {
        &self.recording
    }
}
