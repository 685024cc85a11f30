//! Images of one side as tokens, and tokens as images.

use super::palette::Palette;
use super::spec::TokenSpec;
use crate::data::error::DataError;
use crate::data::images::Part;

/// The sides, in pixels, that images are tokenised at.
pub const SIDES: [usize; 3] = [8, 16, 32];
/// What is seen in place of a masked token: the middle of each channel.
pub const NEUTRAL: [u8; 3] = [128; 3];
/// Luma of Rec. 709 in ten-thousandths, applied to the sRGB values as they are stored.
const LUMA: [u32; 3] = [2126, 7152, 722];

/// How images of R × R pixels become N tokens with values 0..K. The mask, where there is one, is the value K.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(into = "Stored", try_from = "Stored")]
pub struct Tokenizer {
    spec: TokenSpec,
    side: usize,
    /// With `palette:P` alone.
    palette: Option<Palette>,
}

/// As a checkpoint keeps it.
#[derive(serde::Serialize, serde::Deserialize)]
struct Stored {
    tokens: TokenSpec,
    side: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    palette: Option<Vec<[u8; 3]>>,
}

impl From<Tokenizer> for Stored {
    fn from(tokenizer: Tokenizer) -> Self {
        let palette = tokenizer.palette.map(|palette| palette.colors().to_vec());
        Self { tokens: tokenizer.spec, side: tokenizer.side, palette }
    }
}

impl TryFrom<Stored> for Tokenizer {
    type Error = DataError;

    fn try_from(stored: Stored) -> Result<Self, DataError> {
        let palette = stored.palette.map(Palette::new).transpose()?;
        Self::with_palette(stored.tokens, stored.side, palette)
    }
}

impl Tokenizer {
    /// The tokenizer for images like these; a palette is found for them, the same for the same seed.
    ///
    /// # Errors
    /// [`DataError::Tokens`]: a side that is not 8, 16 or 32, or fewer different colours than the palette is to have.
    pub fn new(spec: TokenSpec, images: &Part, seed: u64) -> Result<Self, DataError> {
        check_side(images.side())?;
        let palette = match spec {
            TokenSpec::Palette(count) => Some(Palette::fit(images, usize::from(count), seed)?),
            _ => None,
        };
        Self::with_palette(spec, images.side(), palette)
    }

    /// The tokenizer with this palette, which `palette:P` needs and no other has.
    ///
    /// # Errors
    /// [`DataError::Tokens`]: a side that is not 8, 16 or 32, or a palette that does not fit.
    pub fn with_palette(spec: TokenSpec, side: usize, palette: Option<Palette>) -> Result<Self, DataError> {
        check_side(side)?;
        let own = palette.as_ref().map(|palette| palette.colors().len());
        let expected = matches!(spec, TokenSpec::Palette(_)).then_some(spec.values());
        if !(2..=256).contains(&spec.values()) {
            return Err(DataError::tokens(format!("{spec}: expected 2 to 256 values")));
        }
        if own != expected {
            let words = |count: Option<usize>| count.map_or("none".to_owned(), |n| format!("{n} colours"));
            return Err(DataError::tokens(format!(
                "{spec} with a palette of {}: expected {}",
                words(own),
                words(expected)
            )));
        }
        Ok(Self { spec, side, palette })
    }

    /// How images become tokens.
    pub fn spec(&self) -> TokenSpec {
        self.spec
    }

    /// R, in pixels.
    pub fn side(&self) -> usize {
        self.side
    }

    /// N: R² tokens, or 3·R² in the order row, column, channel.
    pub fn tokens(&self) -> usize {
        self.side * self.side * self.channels()
    }

    /// K; the mask is the value K itself.
    pub fn values(&self) -> usize {
        self.spec.values()
    }

    /// Tokens a pixel.
    pub fn channels(&self) -> usize {
        self.spec.channels()
    }

    /// Whether neighbouring values look alike.
    pub fn is_ordinal(&self) -> bool {
        self.spec.is_ordinal()
    }

    /// The palette, with `palette:P`.
    pub fn palette(&self) -> Option<&Palette> {
        self.palette.as_ref()
    }

    /// The tokens \[N\], each in 0..K, of an image \[R, R, 3\].
    ///
    /// Levels are evenly spaced from 0 to 255 and the nearest is taken, a palette's colour by its distance in OKLab.
    pub fn encode(&self, pixels: &[u8]) -> Vec<u16> {
        debug_assert_eq!(pixels.len(), self.side * self.side * 3, "an image of another side");
        let colors = pixels.as_chunks::<3>().0.iter();
        match (self.spec, &self.palette) {
            (TokenSpec::Rgb(256), _) => pixels.iter().map(|byte| u16::from(*byte)).collect(),
            (TokenSpec::Rgb(levels), _) => {
                let table: [u16; 256] = std::array::from_fn(|byte| level(byte as u32, 255, levels));
                pixels.iter().map(|byte| table[usize::from(*byte)]).collect()
            }
            (_, Some(palette)) => colors.map(|color| palette.token(*color)).collect(),
            (TokenSpec::Gray(levels) | TokenSpec::Palette(levels), None) => colors
                .map(|color| {
                    let luma: u32 =
                        LUMA.iter().zip(color).map(|(share, byte)| share * u32::from(*byte)).sum();
                    level(luma, 2_550_000, levels)
                })
                .collect(),
        }
    }

    /// The image \[R, R, 3\] of tokens \[N\] that are all data.
    ///
    /// # Errors
    /// [`DataError::Tokens`]: another number of tokens, or a value that is the mask or above; the first is named.
    pub fn decode(&self, tokens: &[u16]) -> Result<Vec<u8>, DataError> {
        let k = self.values();
        self.check(tokens, k)?;
        Ok(self.painted(tokens, NEUTRAL))
    }

    /// The image \[R, R, 3\] of tokens \[N\] of which some may be the mask K: what is not known of a pixel is seen as
    /// `under`, such as [`NEUTRAL`], channel by channel.
    ///
    /// # Errors
    /// [`DataError::Tokens`]: another number of tokens, or a value above the mask; the first is named.
    pub fn draw(&self, tokens: &[u16], under: [u8; 3]) -> Result<Vec<u8>, DataError> {
        self.check(tokens, self.values() + 1)?;
        Ok(self.painted(tokens, under))
    }

    /// The image \[R, R, 3\] that is expected of `p` \[N, K\], the probabilities of every token's values: the mean of the
    /// sRGB values as they are stored, channel by channel, which is the guess with the least squared error.
    pub fn expected(&self, p: &[f64]) -> Vec<u8> {
        let k = self.values();
        let colors: Vec<[u8; 3]> = match (self.spec, &self.palette) {
            (_, Some(palette)) => palette.colors().to_vec(),
            (spec, None) => bytes(spec.values() as u16).into_iter().map(|byte| [byte; 3]).collect(),
        };
        let mean = |p: &[f64], channel: usize| {
            let sum: f64 = p.iter().zip(&colors).map(|(p, color)| p * f64::from(color[channel])).sum();
            sum.round() as u8
        };
        let rows = p.chunks_exact(k);
        match self.spec {
            TokenSpec::Rgb(_) => rows.map(|p| mean(p, 0)).collect(),
            _ => rows.flat_map(|p| [0, 1, 2].map(|channel| mean(p, channel))).collect(),
        }
    }

    /// Refuses tokens of another number or with a value of `end` or more.
    fn check(&self, tokens: &[u16], end: usize) -> Result<(), DataError> {
        let n = self.tokens();
        if tokens.len() != n {
            let found = tokens.len();
            return Err(DataError::tokens(format!(
                "{found} tokens: expected {n} ({} at {})",
                self.spec, self.side
            )));
        }
        match tokens.iter().position(|token| usize::from(*token) >= end) {
            Some(at) if usize::from(tokens[at]) == self.values() => {
                Err(DataError::tokens(format!("token {at} is masked: it has no colour yet")))
            }
            Some(at) => {
                let (found, k) = (tokens[at], self.values());
                Err(DataError::tokens(format!(
                    "token {at} is {found}: expected a value below {k}, or the mask {k}"
                )))
            }
            None => Ok(()),
        }
    }

    /// Of tokens up to K.
    fn painted(&self, tokens: &[u16], under: [u8; 3]) -> Vec<u8> {
        match (self.spec, &self.palette) {
            (TokenSpec::Rgb(levels), _) => {
                let bytes = bytes(levels);
                let known = |(i, token): (usize, &u16)| {
                    bytes.get(usize::from(*token)).copied().unwrap_or(under[i % 3])
                };
                tokens.iter().enumerate().map(known).collect()
            }
            (_, Some(palette)) => {
                let color = |token: &u16| palette.colors().get(usize::from(*token)).copied().unwrap_or(under);
                tokens.iter().flat_map(color).collect()
            }
            (TokenSpec::Gray(levels) | TokenSpec::Palette(levels), None) => {
                let bytes = bytes(levels);
                let color = |token: &u16| bytes.get(usize::from(*token)).map_or(under, |byte| [*byte; 3]);
                tokens.iter().flat_map(color).collect()
            }
        }
    }
}

fn check_side(side: usize) -> Result<(), DataError> {
    if SIDES.contains(&side) {
        Ok(())
    } else {
        Err(DataError::tokens(format!("images of {side}×{side} pixels: expected 8, 16 or 32 a side")))
    }
}

/// The nearest of `levels` levels from 0 to `most`.
fn level(value: u32, most: u32, levels: u16) -> u16 {
    ((2 * value * (u32::from(levels) - 1) + most) / (2 * most)) as u16
}

/// The byte of each of `levels` levels.
fn bytes(levels: u16) -> Vec<u8> {
    let last = u32::from(levels) - 1;
    (0..=last).map(|level| ((2 * 255 * level + last) / (2 * last)) as u8).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::images::{ImageSource, Shapes};

    fn plain(spec: TokenSpec, side: usize) -> Tokenizer {
        Tokenizer::with_palette(spec, side, None).expect("a tokenizer")
    }

    /// Every grey and every byte in every channel, [32, 32, 3].
    fn all_bytes() -> Vec<u8> {
        let color = |i: usize| {
            let v = (i % 256) as u8;
            [[v, v, v], [v, 0, 255 - v], [7, v, 200], [255 - v, 99, v]][i / 256]
        };
        (0..1024).flat_map(color).collect()
    }

    #[test]
    fn all_256_levels_are_the_bytes() {
        let tokenizer = plain(TokenSpec::Rgb(256), 32);
        assert_eq!((tokenizer.tokens(), tokenizer.values(), tokenizer.channels()), (3072, 256, 3));
        let tokens = tokenizer.encode(&all_bytes());
        assert!(tokens.iter().zip(all_bytes()).all(|(token, byte)| *token == u16::from(byte)));
        assert_eq!(tokenizer.decode(&tokens), Ok(all_bytes()));
    }

    #[test]
    fn what_is_certain_is_expected_and_what_is_not_is_between() {
        let palette = Palette::new(vec![[10, 20, 30], [50, 0, 90], [0, 0, 0]]).expect("a palette");
        let colors = Tokenizer::with_palette(TokenSpec::Palette(3), 8, Some(palette)).expect("a tokenizer");
        for tokenizer in [plain(TokenSpec::Rgb(5), 8), plain(TokenSpec::Gray(4), 8), colors] {
            let (n, k) = (tokenizer.tokens(), tokenizer.values());
            let tokens: Vec<u16> = (0..n).map(|i| ((i * i + 1) % k) as u16).collect();
            let certain: Vec<f64> = tokens
                .iter()
                .flat_map(|&token| (0..k).map(move |v| f64::from(v == usize::from(token))))
                .collect();
            assert_eq!(Ok(tokenizer.expected(&certain)), tokenizer.decode(&tokens));
            let halves: Vec<f64> =
                (0..n).flat_map(|_| (0..k).map(|v| if v < 2 { 0.5 } else { 0.0 })).collect();
            let [first, second] = [0, 1].map(|v| tokenizer.decode(&vec![v; n]).expect("an image"));
            for (mean, (a, b)) in tokenizer.expected(&halves).iter().zip(first.iter().zip(&second)) {
                assert!((f64::from(*mean) - 0.5 * (f64::from(*a) + f64::from(*b))).abs() <= 0.5);
            }
        }
    }

    #[test]
    fn levels_are_the_nearest_and_come_back() {
        for levels in 2..=256u16 {
            let tokenizer = plain(TokenSpec::Rgb(levels), 32);
            let tokens = tokenizer.encode(&all_bytes());
            let seen = tokenizer.decode(&tokens).expect("data");
            assert_eq!(tokenizer.encode(&seen), tokens, "{levels}");
            let bound = 255.0 / (2.0 * f64::from(levels - 1)) + 0.5;
            for (byte, seen) in all_bytes().iter().zip(&seen) {
                let error = f64::from(byte.abs_diff(*seen));
                assert!(error <= bound, "{levels}: {byte} is seen as {seen}");
            }
            let shown: std::collections::BTreeSet<_> = seen.iter().collect();
            assert_eq!(shown.len(), usize::from(levels));
            assert!(shown.contains(&0) && shown.contains(&255));
        }
    }

    #[test]
    fn gray_is_luma_and_comes_back() {
        for levels in 2..=256u16 {
            let tokenizer = plain(TokenSpec::Gray(levels), 32);
            let tokens = tokenizer.encode(&all_bytes());
            assert_eq!(tokens.len(), tokenizer.tokens());
            let seen = tokenizer.decode(&tokens).expect("data");
            assert_eq!(tokenizer.encode(&seen), tokens, "{levels}");
            let bound = 255.0 / (2.0 * f64::from(levels - 1)) + 0.5 + 1e-9;
            for (color, seen) in all_bytes().chunks_exact(3).zip(seen.chunks_exact(3)) {
                let [r, g, b] = [color[0], color[1], color[2]].map(f64::from);
                let luma = 0.2126 * r + 0.7152 * g + 0.0722 * b;
                assert!(seen[0] == seen[1] && seen[1] == seen[2]);
                assert!(
                    (luma - f64::from(seen[0])).abs() <= bound,
                    "{levels}: {color:?} is seen as {seen:?}"
                );
            }
        }
        // Greys keep their byte.
        let tokenizer = plain(TokenSpec::Gray(256), 8);
        let ramp: Vec<u8> = (0..64).flat_map(|i| [i * 4; 3]).collect();
        assert_eq!(tokenizer.decode(&tokenizer.encode(&ramp)), Ok(ramp));
    }

    #[test]
    fn palette_tokens_come_back_at_every_side() {
        for side in SIDES {
            let images = ImageSource::Shapes.load(side, 0).expect("shapes").train;
            let tokenizer = Tokenizer::new(TokenSpec::Palette(50), &images, 0).expect("a tokenizer");
            assert_eq!((tokenizer.tokens(), tokenizer.values()), (side * side, 50));
            assert!(!tokenizer.is_ordinal());
            let (pixels, _) = Shapes::new(0, side).image(5);
            let tokens = tokenizer.encode(&pixels);
            let seen = tokenizer.decode(&tokens).expect("data");
            assert_eq!(tokenizer.encode(&seen), tokens);
            let error: f64 = pixels.iter().zip(&seen).map(|(a, b)| f64::from(a.abs_diff(*b))).sum();
            assert!(error / (pixels.len() as f64) < 14.0, "{side}: {}", error / pixels.len() as f64);
        }
    }

    #[test]
    fn masked_channels_are_neutral_and_no_data() {
        let rgb = plain(TokenSpec::Rgb(16), 8);
        let mut tokens = rgb.encode(&[255; 192]);
        tokens[4] = 16;
        let seen = rgb.draw(&tokens, [1, 2, 3]).expect("a state");
        assert_eq!(seen[..9], [255, 255, 255, 255, 2, 255, 255, 255, 255]);
        let why = rgb.decode(&tokens).expect_err("masked").to_string();
        assert!(why.contains("token 4 is masked"), "{why}");
        tokens[7] = 17;
        let why = rgb.draw(&tokens, NEUTRAL).expect_err("no value").to_string();
        assert!(why.contains("token 7 is 17: expected a value below 16, or the mask 16"), "{why}");
        let gray = plain(TokenSpec::Gray(4), 8);
        let seen = gray.draw(&[4; 64], NEUTRAL).expect("all masked");
        assert_eq!(seen, [128; 192]);
        let why = gray.decode(&[0; 63]).expect_err("short").to_string();
        assert!(why.contains("63 tokens: expected 64 (gray:4 at 8)"), "{why}");
    }

    #[test]
    fn a_checkpoint_keeps_the_whole() {
        let images = ImageSource::Shapes.load(8, 0).expect("shapes").train;
        for spec in [TokenSpec::Rgb(256), TokenSpec::Gray(9), TokenSpec::Palette(12)] {
            let tokenizer = Tokenizer::new(spec, &images, 1).expect("a tokenizer");
            let text = serde_json::to_string(&tokenizer).expect("JSON");
            assert_eq!(serde_json::from_str::<Tokenizer>(&text).expect("the same"), tokenizer, "{text}");
        }
        for (text, part) in [
            (r#"{"tokens": "rgb:8", "side": 7}"#, "8, 16 or 32"),
            (r#"{"tokens": "rgb:1", "side": 8}"#, "from 2 to 256"),
            (r#"{"tokens": "palette:2", "side": 8}"#, "palette of none: expected 2 colours"),
            (r#"{"tokens": "palette:3", "side": 8, "palette": [[0,0,0],[1,1,1]]}"#, "2 colours: expected 3"),
            (r#"{"tokens": "gray:2", "side": 8, "palette": [[0,0,0],[1,1,1]]}"#, "2 colours: expected none"),
            (r#"{"tokens": "palette:2", "side": 8, "palette": [[0,0,0],[0,0,0]]}"#, "twice"),
            (r#"{"tokens": "palette:2", "side": 8, "palette": [[0,0,0],[0,0,300]]}"#, "300"),
        ] {
            let why = serde_json::from_str::<Tokenizer>(text).expect_err(text).to_string();
            assert!(why.contains(part), "{text}: {why}");
        }
    }
}
