//! What is seen of all images of a run at once: their tokens, what the denoiser expects of them, or how undecided it is.

use super::layers::{Insight, entropy_bar, entropy_picture, insight_of};
use crate::data::DataError;
use crate::data::codec::image::{NEUTRAL, Tokenizer};
use crate::denoiser::sequence::SequenceDenoiser;
use crate::figure::{FigureError, PictureBar};
use crate::flow::{Kappa, Scheduler};
use crate::sampler::sequence::SequenceTrace;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::fmt::{self, Display};
use std::ops::Range;
use std::str::FromStr;

/// Images that a denoiser is asked about at once.
const BATCH: usize = 16;

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum WallError {
    /// The states are none of the tokenizer's.
    #[error(transparent)]
    Tokens(#[from] DataError),
    /// It can't be encoded, or was stopped.
    #[error(transparent)]
    Figure(#[from] FigureError),
    /// The denoiser failed.
    #[error("the denoiser failed: {0:#}")]
    Asked(anyhow::Error),
}

/// What is shown of every image of a wall.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Aspect {
    /// The tokens as they are, over neutral grey.
    #[default]
    Tokens,
    /// E\[x₁ | x_t\], what the denoiser expects of the finished image.
    Guess,
    /// Entropy of p(x₁ⁱ | x_t), added up over the tokens of a pixel.
    Entropy,
}

impl Aspect {
    /// All of them, in the order they are offered.
    pub const ALL: [Self; 3] = [Self::Tokens, Self::Guess, Self::Entropy];

    /// In a word, as it is written in files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tokens => "tokens",
            Self::Guess => "guess",
            Self::Entropy => "entropy",
        }
    }

    /// With its formula.
    pub fn formula(self) -> &'static str {
        match self {
            Self::Tokens => "tokens xₜ",
            Self::Guess => "guess E[x₁ | xₜ]",
            Self::Entropy => "entropy of p(x₁ⁱ | xₜ)",
        }
    }

    /// What stands over a figure that shows something else than the tokens.
    pub fn title(self) -> Option<&'static str> {
        (self != Self::Tokens).then(|| self.formula())
    }

    /// What its colours mean, where they are numbers.
    pub fn bar(self, tokenizer: &Tokenizer) -> Option<PictureBar> {
        (self == Self::Entropy).then(|| entropy_bar(tokenizer, ""))
    }
}

impl Display for Aspect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Aspect {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|aspect| aspect.name() == text);
        found.ok_or_else(|| format!("“{text}”: expected tokens, guess or entropy"))
    }
}

/// A run, and how its images are seen.
#[derive(Clone, Copy)]
pub struct Seen<'a> {
    /// What happened.
    pub trace: &'a SequenceTrace,
    /// Who answers.
    pub denoiser: &'a dyn SequenceDenoiser,
    /// What tokens mean.
    pub tokenizer: &'a Tokenizer,
    /// How fast the path is walked.
    pub scheduler: Scheduler,
    /// What is shown.
    pub aspect: Aspect,
}

impl Seen<'_> {
    /// κ at a frame of the trace.
    pub fn kappa(&self, frame: usize) -> Kappa {
        let step = self.trace.frames().get(frame).copied().unwrap_or(0);
        self.scheduler.at(self.trace.records().get(step).map_or(0.0, |record| record.t))
    }

    /// Some images at a frame, as far as there are so many: \[R, R, 3\] each, one after another.
    ///
    /// # Errors
    /// As those of [`aspect_pixels`].
    pub fn images(&self, frame: usize, images: Range<usize>) -> Result<Vec<u8>, WallError> {
        let (states, n) = (self.trace.states(frame), self.tokenizer.tokens());
        let end = images.end.min(states.len() / n);
        let wanted = &states[images.start.min(end) * n..end * n];
        self.pixels(wanted, frame)
    }

    /// What is seen of `states` \[B, N\] of a frame.
    pub(super) fn pixels(&self, states: &[u16], frame: usize) -> Result<Vec<u8>, WallError> {
        let Self { denoiser, tokenizer, aspect, .. } = *self;
        Ok(aspect_pixels(aspect, (denoiser, tokenizer), states, self.kappa(frame), &|| true)?
            .unwrap_or_default())
    }
}

/// What is seen of images with the tokens `states` \[B, N\] at `kappa`: \[B, R, R, 3\]. None once `go_on` says so; it is
/// asked before every few images.
///
/// # Errors
/// If the states are not the tokenizer's, or the denoiser fails.
pub fn aspect_pixels(
    aspect: Aspect,
    (denoiser, tokenizer): (&dyn SequenceDenoiser, &Tokenizer),
    states: &[u16],
    kappa: Kappa,
    go_on: &(dyn Fn() -> bool + Sync),
) -> Result<Option<Vec<u8>>, WallError> {
    let n = tokenizer.tokens();
    let mut pixels = Vec::with_capacity(states.len() / n * 3 * tokenizer.side().pow(2));
    for batch in states.chunks(BATCH * n) {
        if !go_on() {
            return Ok(None);
        }
        if aspect == Aspect::Tokens {
            for state in batch.chunks(n) {
                pixels.extend(tokenizer.draw(state, NEUTRAL)?);
            }
            continue;
        }
        let count = batch.len() / n;
        let answer = denoiser.ask(batch, &vec![kappa; count]).map_err(WallError::Asked)?;
        let of = |image: usize| {
            let Insight { guess, entropy } = insight_of(&*answer, image, tokenizer);
            if aspect == Aspect::Guess { guess } else { entropy_picture(tokenizer, &entropy) }
        };
        pixels.extend((0..count).into_par_iter().flat_map_iter(of).collect::<Vec<u8>>());
    }
    Ok(Some(pixels))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::codec::image::TokenSpec;
    use crate::denoiser::sequence::Empirical;
    use crate::flow::SequenceSource;
    use crate::sampler::sequence::{SequenceConfig, SequenceSetup, run_sequences};
    use crate::view::sequence::{Layer, Wall, insight};
    use std::ops::ControlFlow;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn every_image_of_a_wall_is_what_its_layer_shows() {
        let tokenizer = Tokenizer::with_palette(TokenSpec::Rgb(4), 8, None).expect("a tokenizer");
        let n = tokenizer.tokens();
        let set: Vec<u8> = (0..7 * n).map(|at| ((at * at / 5 + at / n) % 4) as u8).collect();
        for source in [SequenceSource::Mask, SequenceSource::Uniform] {
            let denoiser = Empirical::new(set.clone(), n, 4, source).expect("a set");
            let config = SequenceConfig { steps: 9, ..SequenceConfig::default() };
            // More than are asked about at once.
            let count = BATCH + 3;
            let mut trace = SequenceTrace::new(n);
            let setup = SequenceSetup { denoiser: &denoiser, config, count, first: 0, given: None };
            run_sequences(setup, |moment| {
                trace.record(moment);
                ControlFlow::Continue(())
            })
            .expect("a run");
            let scheduler = config.walks_by();
            let mut differ = 0;
            for (aspect, layer) in Aspect::ALL.into_iter().zip(Layer::ALL) {
                let seen =
                    Seen { trace: &trace, denoiser: &denoiser, tokenizer: &tokenizer, scheduler, aspect };
                for frame in [0, 4, trace.frames().len() - 1] {
                    let all = seen.images(frame, 0..count).expect("pixels");
                    let states = trace.states(frame);
                    let kappa = scheduler.at(trace.records()[trace.frames()[frame]].t);
                    assert_eq!(all.len(), count * 192);
                    for (state, pixels) in states.chunks(n).zip(all.chunks(192)) {
                        let one = insight(&denoiser, &tokenizer, state, kappa).expect("an answer");
                        assert_eq!(layer.pixels(&tokenizer, (state, &[]), &one), pixels, "{aspect} {frame}");
                        differ += usize::from(pixels != tokenizer.draw(state, NEUTRAL).expect("drawn"));
                    }
                    assert_eq!(seen.images(frame, 3..5).expect("pixels"), all[3 * 192..5 * 192]);
                }
                // As long a film, whatever it shows.
                let gif = Wall::of(&tokenizer, count).gif(&seen, (7, 700), |_| true).expect("a film");
                let decoder = image::codecs::gif::GifDecoder::new(std::io::Cursor::new(gif)).expect("a GIF");
                let frames = image::AnimationDecoder::into_frames(decoder).count();
                assert_eq!(frames, 7 + 2, "{aspect}");
            }
            assert!(differ > 2 * count, "{source:?}: nothing else than tokens was seen");
        }
    }

    #[test]
    fn what_is_not_wanted_any_more_is_given_up() {
        let tokenizer = Tokenizer::with_palette(TokenSpec::Gray(2), 8, None).expect("a tokenizer");
        let denoiser = Empirical::new(vec![1; 64], 64, 2, SequenceSource::Mask).expect("a set");
        let asked = AtomicUsize::new(0);
        let go_on = || asked.fetch_add(1, Ordering::Relaxed) < 1;
        let states = vec![2; 3 * BATCH * 64];
        let who: (&dyn SequenceDenoiser, _) = (&denoiser, &tokenizer);
        let found = aspect_pixels(Aspect::Guess, who, &states, Kappa::START, &go_on).expect("no error");
        assert_eq!((found, asked.into_inner()), (None, 2));
    }

    #[test]
    fn its_name_is_read_again() {
        for aspect in Aspect::ALL {
            assert_eq!(aspect.name().parse::<Aspect>(), Ok(aspect));
            assert_eq!(serde_json::to_value(aspect).expect("json"), aspect.name());
        }
        assert!("Guess".parse::<Aspect>().is_err_and(|why| why.contains("Guess")));
    }
}
