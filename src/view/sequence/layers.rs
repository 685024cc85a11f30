//! One image on its way, looked at in four ways.

use crate::data::DataError;
use crate::data::codec::image::{NEUTRAL, Tokenizer};
use crate::denoiser::sequence::{SequenceAnswer, SequenceDenoiser};
use crate::figure::{Picture, PictureBar, PictureRow, Pictures, Scale};
use crate::flow::Kappa;
use crate::flow::categorical::entropy_bits;
use crate::sampler::sequence::TokenChange;
use serde::{Deserialize, Serialize};

/// Colours of what a step did to a token, and their names: safe for colour-blind eyes.
pub const MOVES: [([u8; 3], &str); 3] =
    [([0x56, 0xb4, 0xe9], "revealed"), ([0xd5, 0x5e, 0x00], "masked again"), ([0xcc, 0x79, 0xa7], "changed")];

/// What is shown of an image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// The tokens as they are, over neutral grey.
    #[default]
    Tokens,
    /// E\[x₁ | x_t\], what the denoiser expects of the finished image.
    Guess,
    /// Entropy of p(x₁ⁱ | x_t), added up over the tokens of a pixel.
    Entropy,
    /// What the last step did.
    Changes,
}

impl Layer {
    /// All of them, in the order they are shown.
    pub const ALL: [Self; 4] = [Self::Tokens, Self::Guess, Self::Entropy, Self::Changes];

    /// In a word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tokens => "tokens",
            Self::Guess => "guess",
            Self::Entropy => "entropy",
            Self::Changes => "last step",
        }
    }

    /// What it is.
    pub fn about(self) -> &'static str {
        match self {
            Self::Tokens => "xₜ: the tokens as they are; what is masked is neutral grey, channel by channel.",
            Self::Guess => {
                "E[x₁ | xₜ]: the mean of the denoiser’s posterior, its present guess of the finished image."
            }
            Self::Entropy => {
                "Entropy of p(x₁ⁱ | xₜ) in bits, added up over the tokens of a pixel: 0 is decided."
            }
            Self::Changes => "Tokens that the last step revealed, masked again, or changed.",
        }
    }
}

impl Layer {
    /// Its pixels \[R, R, 3\], of an image with the tokens `state`, of which the last step made `changes`.
    pub fn pixels(
        self,
        tokenizer: &Tokenizer,
        (state, changes): (&[u16], &[TokenChange]),
        insight: &Insight,
    ) -> Vec<u8> {
        let grey = || vec![NEUTRAL[0]; 3 * tokenizer.side().pow(2)];
        match self {
            Self::Tokens => tokenizer.draw(state, NEUTRAL).unwrap_or_else(|_| grey()),
            Self::Guess => insight.guess.clone(),
            Self::Entropy => entropy_picture(tokenizer, &insight.entropy),
            Self::Changes => changes_picture(tokenizer, state, changes).unwrap_or_else(|_| grey()),
        }
    }
}

/// The layers of an image of each side, a row a side: of each its words and the pixels of all layers.
pub fn layers_figure(sides: Vec<(String, Vec<Vec<u8>>)>, kappa: f64, tokenizer: &Tokenizer) -> Pictures {
    let several = sides.len() > 1;
    let row = |(words, layers): (String, Vec<Vec<u8>>)| PictureRow {
        label: if several { words } else { String::new() },
        pictures: Layer::ALL
            .into_iter()
            .zip(layers)
            .map(|(layer, pixels)| Picture { title: layer.name().to_owned(), pixels })
            .collect(),
    };
    let rows = sides.into_iter().map(row).collect();
    let bar = Some(entropy_bar(tokenizer, "entropy, "));
    Pictures { title: format!("κ = {kappa:.3}"), rows, bar, ..Pictures::default() }
}

/// What a denoiser thinks of one image.
#[derive(Clone, Debug, PartialEq)]
pub struct Insight {
    /// E\[x₁ | x_t\] as sRGB, \[R, R, 3\].
    pub guess: Vec<u8>,
    /// Entropy of p(x₁ⁱ | x_t), bits a pixel, \[R, R\].
    pub entropy: Vec<f64>,
}

/// Asks `denoiser` about one image's tokens `state` \[N\] at `kappa`.
///
/// # Errors
/// If the state is none of the denoiser's, or it fails.
pub fn insight(
    denoiser: &dyn SequenceDenoiser,
    tokenizer: &Tokenizer,
    state: &[u16],
    kappa: Kappa,
) -> anyhow::Result<Insight> {
    Ok(insight_of(&*denoiser.ask(state, &[kappa])?, 0, tokenizer))
}

/// What an answer says of one of the images that were asked about.
pub(super) fn insight_of(answer: &dyn SequenceAnswer, image: usize, tokenizer: &Tokenizer) -> Insight {
    let (n, k) = (tokenizer.tokens(), tokenizer.values());
    let mut p = vec![0.0; n * k];
    p.chunks_exact_mut(k).enumerate().for_each(|(token, p)| answer.distribution(image, token, p));
    let bits: Vec<f64> = p.chunks_exact(k).map(entropy_bits).collect();
    let entropy = bits.chunks_exact(tokenizer.channels()).map(|bits| bits.iter().sum()).collect();
    Insight { guess: tokenizer.expected(&p), entropy }
}

/// Of the entropy of a pixel: up to that of a pixel of which nothing is known and everything is as likely.
pub fn entropy_scale(tokenizer: &Tokenizer) -> Scale {
    Scale::sequential(tokenizer.channels() as f64 * (tokenizer.values() as f64).log2())
}

/// The same beside pictures; `of` tells which ones, where not all are of it.
pub(super) fn entropy_bar(tokenizer: &Tokenizer, of: &str) -> PictureBar {
    PictureBar { scale: entropy_scale(tokenizer), unit: format!("{of}bits a pixel") }
}

/// The entropy as colours \[R, R, 3\].
pub fn entropy_picture(tokenizer: &Tokenizer, entropy: &[f64]) -> Vec<u8> {
    let scale = entropy_scale(tokenizer);
    entropy.iter().flat_map(|bits| scale.color(*bits)).collect()
}

/// What a step did to one image: its tokens `state` \[N\] after it, faded, and over them the colours of [`MOVES`], mixed
/// over the tokens of a pixel.
///
/// # Errors
/// If the state is none of the tokenizer's.
pub fn changes_picture(
    tokenizer: &Tokenizer,
    state: &[u16],
    changes: &[TokenChange],
) -> Result<Vec<u8>, DataError> {
    let mask = tokenizer.values() as u16;
    let mut pixels = tokenizer.draw(state, NEUTRAL)?;
    for byte in &mut pixels {
        // A quarter of what is there, on a dark ground.
        *byte = 24 + *byte / 4;
    }
    let mut mixed = vec![([0u32; 3], 0u32); tokenizer.side() * tokenizer.side()];
    for change in changes {
        let kind = if change.from == mask { 0 } else { 1 + usize::from(change.to != mask) };
        let (sum, count) = &mut mixed[change.token / tokenizer.channels()];
        for (sum, byte) in sum.iter_mut().zip(MOVES[kind].0) {
            *sum += u32::from(byte);
        }
        *count += 1;
    }
    for (pixel, (sum, count)) in pixels.as_chunks_mut::<3>().0.iter_mut().zip(mixed) {
        if count > 0 {
            *pixel = sum.map(|sum| (sum / count) as u8);
        }
    }
    Ok(pixels)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::codec::image::TokenSpec;
    use crate::denoiser::sequence::Independent;
    use crate::flow::SequenceSource;

    #[test]
    fn what_is_known_is_certain_and_what_is_not_has_its_entropy() {
        let tokenizer = Tokenizer::with_palette(TokenSpec::Rgb(2), 8, None).expect("a tokenizer");
        // Half of the images are black, half are white.
        let set = [vec![0; 192], vec![1; 192]].concat();
        let denoiser = Independent::new(set, 192, 2, 1e-12, SequenceSource::Mask).expect("a set");
        let mut state = vec![2; 192];
        state[..3].copy_from_slice(&[1, 0, 1]);
        let found = insight(&denoiser, &tokenizer, &state, Kappa::START).expect("an answer");
        assert!(found.entropy[0].abs() < 1e-9 && (found.entropy[1] - 3.0).abs() < 1e-6);
        assert_eq!(found.guess[..6], [255, 0, 255, 128, 128, 128]);
        let colors = entropy_picture(&tokenizer, &found.entropy);
        assert_eq!(colors[..3], crate::figure::ColorMap::Viridis.color(0.0));
        assert_eq!(colors[3..6], crate::figure::ColorMap::Viridis.color(1.0));
    }

    #[test]
    fn every_kind_of_change_has_its_colour() {
        let tokenizer = Tokenizer::with_palette(TokenSpec::Gray(4), 8, None).expect("a tokenizer");
        let change = |token, from, to| TokenChange { sequence: 0, token, from, to };
        let changes = [change(0, 4, 1), change(1, 2, 4), change(2, 2, 3)];
        let mut state = vec![3; 64];
        state[1] = 4;
        let pixels = changes_picture(&tokenizer, &state, &changes).expect("a picture");
        for (at, (color, _)) in MOVES.iter().enumerate() {
            assert_eq!(pixels[3 * at..][..3], *color);
        }
        assert_eq!(pixels[9..12], [24 + 63; 3]);
        assert!(changes_picture(&tokenizer, &[9; 64], &[]).is_err());
    }
}
