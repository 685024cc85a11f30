//! The sizes of an image network.

use super::layout::Layout;
use crate::data::codec::image::{TokenSpec, Tokenizer};
use crate::flow::{FlowError, SequenceSource, serde_as_text, text_by_name};
use std::fmt;
use std::str::FromStr;

/// How a network says what it thinks of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Head {
    /// A logit for each value: softmax.
    Categorical,
    /// A mixture of so many discretised logistic distributions: for values in order, and far fewer numbers.
    Logistics(usize),
}

/// The most components of a mixture.
const MOST_LOGISTICS: usize = 32;

impl Head {
    /// Numbers a token.
    pub fn outputs(self, values: usize) -> usize {
        match self {
            Self::Categorical => values,
            Self::Logistics(components) => 3 * components,
        }
    }
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Categorical => f.write_str("categorical"),
            Self::Logistics(components) => write!(f, "logistics:{components}"),
        }
    }
}

impl FromStr for Head {
    type Err = FlowError;

    fn from_str(text: &str) -> Result<Self, FlowError> {
        let components = || text.strip_prefix("logistics:")?.parse().ok();
        match components() {
            _ if text == "categorical" => Ok(Self::Categorical),
            Some(components) if (1..=MOST_LOGISTICS).contains(&components) => Ok(Self::Logistics(components)),
            _ => Err(FlowError::Unreadable {
                what: "head",
                given: text.to_owned(),
                expected: "categorical, or logistics:M with M from 1 to 32",
            }),
        }
    }
}

serde_as_text!(Head, FlowError);

/// A file of a network without attention is what it was before there was any.
fn is_without(attention: &[bool; 3]) -> bool {
    *attention == [false; 3]
}

/// Sizes by name, of networks for images of 32 × 32 pixels of rgb:256.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum NetSize {
    /// 0.9 million parameters.
    #[default]
    Small,
    /// About 8.5 million, with attention at 8 × 8.
    Medium,
    /// About 35 million, with attention at 16 × 16 and 8 × 8.
    Large,
}

impl NetSize {
    /// From the smallest on.
    pub const ALL: [Self; 3] = [Self::Small, Self::Medium, Self::Large];
}

serde_as_text!(NetSize, FlowError);

text_by_name!(
    NetSize, "network", "small, medium or large",
    Small => "small", Medium => "medium", Large => "large"
);

/// Sizes of an [`super::ImageNet`]: three stages, at R, R/2 and R/4 pixels a side, down and up again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ImageNetConfig {
    /// R, 8, 16 or 32.
    pub side: usize,
    /// T, tokens a pixel.
    pub channels: usize,
    /// K.
    pub values: usize,
    /// Numbers that describe the colour of a pixel: one a token, or three of a palette's.
    pub coordinates: usize,
    /// How it answers.
    pub head: Head,
    /// C of each stage, multiples of 16.
    pub widths: [usize; 3],
    /// Blocks of each stage; the first two have as many on the way up.
    pub blocks: [usize; 3],
    /// How much wider a block is inside.
    pub expansion: usize,
    /// Stages in which attention follows each block.
    #[serde(default, skip_serializing_if = "is_without")]
    pub attention: [bool; 3],
    /// Classes that it can be told; 0 for none.
    pub classes: usize,
    /// Where its flow starts. From the uniform source it is told κ.
    pub source: SequenceSource,
}

impl ImageNetConfig {
    /// The usual sizes for a tokenizer: 0.9 million parameters for rgb:256. In the first minutes of training on two cores
    /// they learn more than a third wider ones do.
    pub fn for_tokens(tokenizer: &Tokenizer, classes: usize, source: SequenceSource) -> Self {
        Self::for_images(tokenizer.spec(), tokenizer.side(), classes, source)
    }

    /// The same for images of `side` pixels that become tokens as `spec` says.
    pub fn for_images(spec: TokenSpec, side: usize, classes: usize, source: SequenceSource) -> Self {
        Self {
            side,
            channels: spec.channels(),
            values: spec.values(),
            coordinates: if matches!(spec, TokenSpec::Palette(_)) { 3 } else { spec.channels() },
            head: if spec.is_ordinal() { Head::Logistics(5) } else { Head::Categorical },
            widths: [0; 3],
            blocks: [0; 3],
            expansion: 0,
            attention: [false; 3],
            classes,
            source,
        }
        .sized(NetSize::Small)
    }

    /// The same of a named size.
    pub fn sized(self, size: NetSize) -> Self {
        let (widths, blocks, expansion, attention) = match size {
            NetSize::Small => ([48, 96, 192], [2, 2, 3], 2, [false; 3]),
            NetSize::Medium => ([96, 192, 384], [2, 3, 4], 3, [false, false, true]),
            NetSize::Large => ([192, 384, 768], [2, 3, 5], 2, [false, true, true]),
        };
        Self { widths, blocks, expansion, attention, ..self }
    }

    /// The same of a named size, the small one with `width` channels at full size.
    pub fn sized_or_wide(self, size: NetSize, width: usize) -> Self {
        let sized = self.sized(size);
        match size {
            NetSize::Small => Self { widths: [width, 2 * width, 4 * width], ..sized },
            NetSize::Medium | NetSize::Large => sized,
        }
    }

    /// The named size that it has, if one.
    pub fn size(&self) -> Option<NetSize> {
        NetSize::ALL.into_iter().find(|size| self.sized(*size) == *self)
    }

    /// What it is called beside others: its named size if that has attention, else its width.
    pub fn size_words(&self) -> String {
        match self.size() {
            Some(size) if size != NetSize::Small => format!("{size} network"),
            _ if is_without(&self.attention) => format!("width {}", self.widths[0]),
            _ => format!("width {} with attention", self.widths[0]),
        }
    }

    /// Parameters.
    pub fn parameters(&self) -> usize {
        Layout::of(self).total
    }

    /// The same in words: “8.5 million parameters”.
    pub fn parameter_words(&self) -> String {
        match self.parameters() {
            few @ 0..100_000 => format!("{} thousand parameters", few.div_ceil(1000)),
            many => format!("{:.1} million parameters", many as f64 / 1e6),
        }
    }

    /// N.
    pub fn tokens(&self) -> usize {
        self.side * self.side * self.channels
    }

    /// Whether something besides the tokens is told: κ or a class.
    pub fn has_condition(&self) -> bool {
        self.classes > 0 || self.source == SequenceSource::Uniform
    }

    /// Checks that a network of these sizes can be built: a file may say anything.
    ///
    /// # Errors
    /// Says what is out of range.
    pub fn validated(self) -> Result<Self, String> {
        let expect = |holds: bool, what: &str| if holds { Ok(()) } else { Err(what.to_owned()) };
        expect([8, 16, 32].contains(&self.side), "side: expected 8, 16 or 32")?;
        expect((2..=256).contains(&self.values), "values: expected 2 to 256")?;
        let widths = self.widths.iter().all(|c| c.is_multiple_of(16) && (16..=1024).contains(c));
        expect(widths, "widths: expected multiples of 16 from 16 to 1024")?;
        expect(self.blocks.iter().all(|n| *n <= 16), "blocks: expected at most 16")?;
        expect((1..=8).contains(&self.expansion), "expansion: expected 1 to 8")?;
        expect(self.classes <= 256, "classes: expected at most 256")?;
        let ordinal = self.coordinates == self.channels && [1, 3].contains(&self.channels);
        let palette = (self.coordinates, self.channels) == (3, 1) && self.head == Head::Categorical;
        expect(ordinal || palette, "coordinates: expected one a token, or three of a palette's colours")?;
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_have_names() {
        for name in ["categorical", "logistics:5"] {
            assert_eq!(name.parse::<Head>().map(|head| head.to_string()), Ok(name.to_owned()));
        }
        for nonsense in ["", "logistics", "logistics:0", "logistics:33", "softmax"] {
            assert!(nonsense.parse::<Head>().is_err(), "{nonsense}");
        }
    }

    #[test]
    fn named_sizes_have_about_the_parameters_they_promise() {
        let tokenizer = Tokenizer::with_palette(TokenSpec::Rgb(256), 32, None).expect("a tokenizer");
        let usual = ImageNetConfig::for_tokens(&tokenizer, 10, SequenceSource::Mask);
        for (name, millions) in [("small", 0.9), ("medium", 8.5), ("large", 35.0)] {
            let size: NetSize = name.parse().expect("a size");
            let config = usual.sized(size).validated().expect("sizes");
            let found = config.parameters() as f64 / 1e6;
            assert!((found / millions - 1.0).abs() < 0.06, "{name}: {found} million");
            assert_eq!((config.size(), size.to_string().as_str()), (Some(size), name));
        }
        assert_eq!(usual.size(), Some(NetSize::Small));
        assert!("huge".parse::<NetSize>().is_err());
        // A file of before has no word of attention, and one of a small network has none now.
        let text = serde_json::to_string(&usual).expect("JSON");
        assert!(!text.contains("attention"), "{text}");
        assert_eq!(serde_json::from_str::<ImageNetConfig>(&text).expect("sizes"), usual);
    }

    #[test]
    fn sizes_that_no_network_has_are_refused() {
        let tokenizer = Tokenizer::with_palette(TokenSpec::Rgb(256), 32, None).expect("a tokenizer");
        let usual = ImageNetConfig::for_tokens(&tokenizer, 10, SequenceSource::Mask);
        assert!(usual.validated().is_ok());
        for wrong in [
            ImageNetConfig { side: 12, ..usual },
            ImageNetConfig { values: 257, ..usual },
            ImageNetConfig { widths: [64, 128, 40], ..usual },
            ImageNetConfig { blocks: [1, 1, 99], ..usual },
            ImageNetConfig { expansion: 0, ..usual },
            ImageNetConfig { coordinates: 2, ..usual },
            ImageNetConfig { channels: 1, coordinates: 3, ..usual },
        ] {
            assert!(wrong.validated().is_err(), "{wrong:?}");
        }
    }
}
