//! The sizes of a network for texts.

use super::layout::TextLayout;
use crate::flow::{FlowError, SequenceSource, serde_as_text, text_by_name};

/// Sizes by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum TextSize {
    /// 0.8 million parameters: learns before one's eyes.
    #[default]
    Live,
    /// 1.7 million, for hours.
    Shipped,
}

impl TextSize {
    /// From the smaller one on.
    pub const ALL: [Self; 2] = [Self::Live, Self::Shipped];

    /// Channels, and blocks.
    pub fn sizes(self) -> (usize, usize) {
        match self {
            Self::Live => (128, 6),
            Self::Shipped => (160, 8),
        }
    }
}

text_by_name!(TextSize, "size", "live or shipped", Live => "live", Shipped => "shipped");

serde_as_text!(TextSize, FlowError);

/// A file of a network without attention is what it was before there was any.
fn is_none(blocks: &usize) -> bool {
    *blocks == 0
}

fn yes() -> bool {
    true
}

/// How much wider a block is inside.
const EXPANSION: usize = 4;

/// Sizes of a [`super::TextNet`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct TextNetConfig {
    /// N, tokens of a text.
    pub tokens: usize,
    /// K.
    pub values: usize,
    /// C, a multiple of 16.
    pub width: usize,
    /// Blocks; the tokens that they see are 1, 2, 4, 8, 1, … apart.
    pub blocks: usize,
    /// How much wider a block is inside.
    pub expansion: usize,
    /// Whether blocks see a token's neighbours; without, attention alone tells tokens of each other, turned by where
    /// they are.
    #[serde(default = "yes", skip_serializing_if = "Clone::clone")]
    pub convolution: bool,
    /// How many blocks, the last ones, are followed by attention.
    #[serde(default, skip_serializing_if = "is_none")]
    pub attention: usize,
    /// Where its flow starts. From the uniform source it is told κ.
    pub source: SequenceSource,
    /// Whether each token is foretold from those before it alone: an autoregressive network, which is no denoiser.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub causal: bool,
}

impl TextNetConfig {
    /// For texts of so many `tokens` with K = `values`.
    pub fn new(tokens: usize, values: usize, source: SequenceSource, causal: bool) -> Self {
        let (width, blocks) = TextSize::default().sizes();
        Self {
            tokens,
            values,
            width,
            blocks,
            expansion: EXPANSION,
            convolution: true,
            attention: 0,
            source,
            causal,
        }
    }

    /// The same of a named size.
    #[must_use]
    pub fn sized(self, size: TextSize) -> Self {
        let (width, blocks) = size.sizes();
        Self { width, blocks, expansion: EXPANSION, convolution: true, attention: 0, ..self }
    }

    /// The named size that it has, if one.
    pub fn size(&self) -> Option<TextSize> {
        TextSize::ALL.into_iter().find(|size| self.sized(*size) == *self)
    }

    /// Parameters.
    pub fn parameters(&self) -> usize {
        TextLayout::of(self).total
    }

    /// The same in words: “0.8 million parameters”.
    pub fn parameter_words(&self) -> String {
        match self.parameters() {
            few @ 0..100_000 => format!("{} thousand parameters", few.div_ceil(1000)),
            many => format!("{:.1} million parameters", many as f64 / 1e6),
        }
    }

    /// What it is called beside others.
    pub fn size_words(&self) -> String {
        if let Some(size) = self.size() {
            return format!("{size} size");
        }
        let mut words = format!("{} blocks of width {}", self.blocks, self.width);
        if self.attention > 0 {
            words += &format!(", attention after {}", self.attention);
        }
        if !self.convolution {
            words += ", no convolution";
        }
        words
    }

    /// Tokens that it can be shown: K, and one for what is not known, or for the beginning.
    pub fn vocabulary(&self) -> usize {
        self.values + usize::from(self.causal || self.source == SequenceSource::Mask)
    }

    /// Whether it is told κ.
    pub fn has_condition(&self) -> bool {
        !self.causal && self.source == SequenceSource::Uniform
    }

    /// How far apart are the tokens that block `n` sees.
    pub(super) fn dilation(n: usize) -> usize {
        1 << (n % 4)
    }

    /// Checks that a network of these sizes can be built: a file may say anything.
    ///
    /// # Errors
    /// Says what is out of range.
    pub fn validated(self) -> Result<Self, String> {
        let Self { tokens, values, width, blocks, expansion, attention, .. } = self;
        let expect = |holds: bool, name: &str, given: usize, expected: &str| match holds {
            true => Ok(()),
            false => Err(format!("{name} {given}: expected {expected}")),
        };
        expect((1..=1024).contains(&tokens), "tokens", tokens, "1 to 1024")?;
        expect((2..=256).contains(&values), "values", values, "2 to 256")?;
        let is_wide = width.is_multiple_of(16) && (16..=1024).contains(&width);
        expect(is_wide, "width", width, "a multiple of 16 from 16 to 1024")?;
        expect((1..=32).contains(&blocks), "blocks", blocks, "1 to 32")?;
        expect((1..=8).contains(&expansion), "expansion", expansion, "1 to 8")?;
        let of_blocks = format!("at most as many as there are blocks, {blocks}");
        expect(attention <= blocks, "attention", attention, &of_blocks)?;
        let sees = !self.causal || attention == 0;
        expect(sees, "attention", attention, "0 from left to right: it sees what comes after a token")?;
        let tells = self.convolution || attention > 0;
        expect(
            tells,
            "attention",
            attention,
            "at least 1 without convolutions: nothing else tells tokens of each other",
        )?;
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_names_and_those_of_the_note() {
        let config = TextNetConfig::new(128, 34, SequenceSource::Mask, false);
        assert_eq!(config.size(), Some(TextSize::Live));
        for (size, millions) in [(TextSize::Live, 0.81), (TextSize::Shipped, 1.67)] {
            assert_eq!(size.to_string().parse::<TextSize>(), Ok(size));
            let parameters = config.sized(size).parameters() as f64 / 1e6;
            assert!((parameters - millions).abs() < 0.01, "{size}: {parameters}");
        }
        assert!("small".parse::<TextSize>().is_err());
        for wrong in [
            TextNetConfig { tokens: 0, ..config },
            TextNetConfig { values: 1, ..config },
            TextNetConfig { width: 24, ..config },
            TextNetConfig { blocks: 0, ..config },
            TextNetConfig { expansion: 9, ..config },
            TextNetConfig { attention: 7, ..config },
            TextNetConfig { attention: 1, causal: true, ..config },
            TextNetConfig { convolution: false, ..config },
        ] {
            assert!(wrong.validated().is_err(), "{wrong:?}");
        }
    }
}
