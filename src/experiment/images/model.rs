//! What answers about images, by name: one of the denoisers that need no network, or a network in a file.

use super::Shipped;
use crate::data::DataError;
use crate::data::codec::image::{TokenSpec, Tokenizer};
use crate::data::images::{ImageData, ImageSource};
use crate::denoiser::sequence::{Empirical, Independent};
use crate::flow::{SequenceSource, serde_as_text};
use crate::model::sequence::{ImageFile, ImageModel};
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

/// What a denoiser of images may be, for messages and help.
const EXPECTED: &str = "network:cifar10, network:shapes, network:digits, CKPT.safetensors, empirical:DATA or independent:DATA (DATA@COUNT takes the first \
     COUNT images of it)";
/// Images of a set without end, where no number is given.
const ENDLESS: usize = 4096;
/// Added to every count of a token's marginal: Krichevsky and Trofimov's.
const PSEUDO_COUNT: f64 = 0.5;

/// A denoiser of images as it is named on the command line and in files; [`Self::load`] makes it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum ImageModelSpec {
    /// A network that comes with the program.
    Network(Shipped),
    /// A network that was trained.
    Checkpoint(PathBuf),
    /// The exact posterior of the images to train on.
    Empirical(Images),
    /// Every token for itself, by its marginal in the images to train on.
    Independent(Images),
}

/// Images of a set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Images {
    /// The set.
    pub source: ImageSource,
    /// How many of those to train on, from the first one on; all, or 4096 where there is no end, if not said.
    pub count: Option<usize>,
}

impl FromStr for Images {
    type Err = DataError;

    fn from_str(text: &str) -> Result<Self, DataError> {
        let counted = text.rsplit_once('@').and_then(|(name, count)| Some((name, count.parse().ok()?)));
        let (name, count) = counted.map_or((text, None), |(name, count)| (name, Some(count)));
        if count == Some(0) {
            return Err(DataError::images(format!("\"{text}\" takes no images: expected at least 1")));
        }
        Ok(Self { source: name.parse()?, count })
    }
}

impl fmt::Display for Images {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.count {
            Some(count) => write!(f, "{}@{count}", self.source),
            None => self.source.fmt(f),
        }
    }
}

impl FromStr for ImageModelSpec {
    type Err = DataError;

    fn from_str(text: &str) -> Result<Self, DataError> {
        match text.split_once(':') {
            Some(("empirical", images)) => Ok(Self::Empirical(images.parse()?)),
            Some(("independent", images)) => Ok(Self::Independent(images.parse()?)),
            Some(("network", name)) if let Some(network) = Shipped::ALL.iter().find(|n| n.name() == name) => {
                Ok(Self::Network(*network))
            }
            _ if Path::new(text).extension().is_some_and(|e| e.eq_ignore_ascii_case("safetensors")) => {
                Ok(Self::Checkpoint(text.into()))
            }
            _ => Err(DataError::images(format!("\"{text}\" is no denoiser of images: expected {EXPECTED}"))),
        }
    }
}

serde_as_text!(ImageModelSpec, DataError);

impl fmt::Display for ImageModelSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(network) => write!(f, "network:{}", network.name()),
            Self::Checkpoint(file) => write!(f, "{}", file.display()),
            Self::Empirical(images) => write!(f, "empirical:{images}"),
            Self::Independent(images) => write!(f, "independent:{images}"),
        }
    }
}

/// The first images to train on of a set, as sequences of tokens.
pub struct Sequences {
    /// Each one's label; empty where there are none.
    pub labels: Vec<u8>,
    /// \[M, N\], each value below K ≤ 256.
    pub tokens: Vec<u8>,
    /// What the tokens mean.
    pub tokenizer: Tokenizer,
}

impl Images {
    /// How many there are in `data`.
    fn count_in(&self, data: &ImageData) -> Result<usize, DataError> {
        let all = data.train.len().map(|all| usize::try_from(all).unwrap_or(usize::MAX));
        match (self.count, all) {
            (Some(count), Some(all)) if count > all => Err(DataError::images(format!(
                "{} images of {} were asked for: there are {all} to train on",
                count, self.source
            ))),
            (Some(count), _) => Ok(count),
            (None, all) => Ok(all.unwrap_or(ENDLESS)),
        }
    }

    /// Reads or makes the set with `side` pixels a side. `seed` is that of shapes and of a palette.
    ///
    /// # Errors
    /// As those of [`ImageSource::load`] and [`Tokenizer::new`], or if there are fewer images than asked for.
    pub fn sequences(
        &self,
        side: usize,
        tokens: TokenSpec,
        seed: u64,
    ) -> Result<(ImageData, Sequences), DataError> {
        let data = self.source.load(side, seed)?;
        let tokenizer = Tokenizer::new(tokens, &data.train, seed)?;
        let set = data.train.first(self.count_in(&data)?);
        let encode = |i| tokenizer.encode(set.image(i));
        // K ≤ 256: a token that is data is a byte.
        let tokens = (0..set.len()).flat_map(|i| encode(i).into_iter().map(|token| token as u8)).collect();
        let labels = (0..set.len()).filter_map(|i| set.label(i)).collect();
        Ok((data, Sequences { labels, tokens, tokenizer }))
    }
}

impl ImageModelSpec {
    /// The images it knows, where it is no network.
    pub fn images(&self) -> Option<&Images> {
        match self {
            Self::Empirical(images) | Self::Independent(images) => Some(images),
            Self::Network(_) | Self::Checkpoint(_) => None,
        }
    }

    /// The denoiser, of images with `side` pixels a side as `tokens` where it has none of its own. `seed` is that of
    /// shapes and of a palette.
    ///
    /// # Errors
    /// As those of [`Images::sequences`], and for a checkpoint what is wrong with its file.
    pub fn load(
        &self,
        side: usize,
        tokens: TokenSpec,
        source: SequenceSource,
        seed: u64,
    ) -> anyhow::Result<ImageModel> {
        let images = match self {
            Self::Empirical(images) | Self::Independent(images) => images,
            Self::Network(network) => {
                return ImageModel::of_file(&network.file().map_err(anyhow::Error::msg)?);
            }
            Self::Checkpoint(file) => return ImageModel::of_file(&ImageFile::read(file)?),
        };
        let (data, Sequences { labels, tokens, tokenizer }) = images.sequences(side, tokens, seed)?;
        let (n, k, of) = (tokenizer.tokens(), tokenizer.values(), (data.source, seed));
        if let Self::Independent(_) = self {
            let denoiser = Arc::new(Independent::new(tokens, n, k, PSEUDO_COUNT, source)?);
            return Ok(ImageModel::without_classes(denoiser, tokenizer, of));
        }
        let known = Empirical::new(tokens, n, k, source)?;
        Ok(ImageModel::remembering(known, (labels, data.classes), tokenizer, of))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::Kappa;

    #[test]
    fn names_come_back_and_nonsense_is_refused() {
        for name in [
            "empirical:shapes",
            "empirical:shapes@300",
            "independent:cifar10:a@b/c@7",
            "empirical:./pictures",
            "runs/cifar10.safetensors",
            "A.SAFETENSORS",
            "network:cifar10",
            "network:shapes",
            "network:digits",
            "empirical:digits@200",
        ] {
            assert_eq!(name.parse::<ImageModelSpec>().map(|spec| spec.to_string()), Ok(name.to_owned()));
        }
        for nonsense in
            ["", "oracle", "empirical:", "empirical:shapes@0", "independent:cifar10:", "network:cats"]
        {
            assert!(nonsense.parse::<ImageModelSpec>().is_err(), "{nonsense}");
        }
    }

    #[test]
    fn what_is_loaded_answers_about_the_tokens_of_its_images() {
        let load = |name: &str| {
            let spec: ImageModelSpec = name.parse().expect("a name");
            spec.load(8, TokenSpec::Gray(16), SequenceSource::Mask, 5)
        };
        for name in ["empirical:shapes@20", "independent:shapes@20"] {
            let ImageModel { denoiser, tokenizer, .. } = load(name).expect("a denoiser");
            assert_eq!((denoiser.tokens(), denoiser.values(), tokenizer.side()), (64, 16, 8));
            let answer = denoiser.ask(&[16; 64], &[Kappa::new(0.0)]).expect("an answer");
            let mut p = [0.0; 16];
            answer.distribution(0, 10, &mut p);
            assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
        let data = ImageSource::Shapes.load(8, 5).expect("shapes");
        let first = data.train.first(20);
        let known = load("empirical:shapes@20").expect("a denoiser");
        let tokens = known.tokenizer.encode(first.image(3));
        let answer = known.denoiser.ask(&tokens, &[Kappa::new(0.5)]).expect("an answer");
        assert_eq!(answer.off_support(), 0, "one of its own images");
    }

    #[test]
    fn a_class_is_that_of_its_images_alone() {
        let spec: ImageModelSpec = "empirical:shapes@40".parse().expect("a name");
        let model = spec.load(8, TokenSpec::Gray(16), SequenceSource::Mask, 5).expect("a denoiser");
        let first = ImageSource::Shapes.load(8, 5).expect("shapes").train.first(40);
        let label = usize::from(first.label(0).expect("a label"));
        let of_class = model.of_class(label, 1.0).expect("its class");
        let guided = model.of_class(label, 2.5).expect("guided");
        assert_eq!((of_class.passes(), guided.passes()), (1, 2));
        for image in 0..40 {
            let tokens = model.tokenizer.encode(first.image(image));
            let known = of_class.ask(&tokens, &[Kappa::new(0.5)]).expect("an answer").off_support() == 0;
            assert_eq!(known, first.label(image).map(usize::from) == Some(label), "{image}");
        }
        let nowhere = model.of_class(99, 1.0).err().expect("no such class");
        assert!(nowhere.to_string().contains("99"), "{nowhere}");
        assert!(model.of_class(label, -1.0).is_err());
    }

    #[test]
    fn more_images_than_there_are_is_an_error_that_says_so() {
        let folder = tempfile::tempdir().expect("a folder");
        for n in 0..3u8 {
            let picture = image::RgbImage::from_pixel(9, 9, image::Rgb([n * 50, 10, 20]));
            picture.save(folder.path().join(format!("{n}.png"))).expect("a picture");
        }
        let spec: ImageModelSpec =
            format!("empirical:{}@4", folder.path().display()).parse().expect("a name");
        let why = spec.load(8, TokenSpec::Rgb(256), SequenceSource::Mask, 0).err().expect("too many");
        assert!(why.to_string().contains("4 images"), "{why}");
    }
}
