//! Everything a user can set in the image lab.

use super::infill::{Base, KeptInfill};
use super::model::{ImageModelSpec, Images};
use crate::data::beside;
use crate::data::codec::image::{SIDES, TokenSpec};
use crate::data::images::ImageSource;
use crate::experiment;
use crate::experiment::Pace;
use crate::experiment::{Sides, corrector_words};
use crate::flow::{Corrector, FlowError, Scheduler, SequenceSource, counted};
use crate::model::sequence::{ImageNetConfig, NetSize};
use crate::sampler::TimeGrid;
use crate::sampler::sequence::{SequenceConfig, SequenceMethod, Temperature};
use crate::train::sequence::{ImageTrainConfig, Mirror};
use crate::view::sequence::{Aspect, Layer};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Images of a wall.
pub const MOST_IMAGES: usize = 64;
/// Shapes that the exact denoiser remembers, unless told otherwise.
const REMEMBERED: usize = 512;

/// How one of the walls is sampled.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SideSettings {
    /// The sampler but for its corrector and seed.
    pub sampler: SequenceConfig,
    /// Whether the corrector is on; its numbers are kept while it is off.
    pub corrector_on: bool,
    /// The corrector's numbers.
    pub corrector: Corrector,
    /// Only images of this class.
    pub class: Option<usize>,
    /// Classifier-free guidance towards it.
    pub guidance: f64,
}

impl Default for SideSettings {
    fn default() -> Self {
        Self {
            sampler: SequenceConfig::default(),
            corrector_on: false,
            corrector: Corrector::IMAGES,
            class: None,
            guidance: 1.0,
        }
    }
}

impl SideSettings {
    /// What the sampler is told.
    pub fn config(&self, seed: u64) -> SequenceConfig {
        let corrector = if self.corrector_on { self.corrector } else { Corrector::OFF };
        SequenceConfig { corrector, seed, ..self.sampler }.effective()
    }

    /// What the class and the guidance make of a denoiser: nothing where any class will do.
    pub fn wanted_class(&self) -> Option<(usize, f64)> {
        self.class.map(|class| (class, self.guidance))
    }

    /// How fast the path is walked: MaskGIT as the cosine says.
    pub fn scheduler(&self) -> Scheduler {
        self.sampler.walks_by()
    }

    /// In a few words, as far as it differs from what all of `others` share.
    pub fn words(&self, others: &[Self]) -> String {
        self.words_of(others, &[])
    }

    /// The same with the names of `classes` by label, where they are known.
    pub fn words_of(&self, others: &[Self], classes: &[String]) -> String {
        let differs = |of: fn(&Self) -> String| others.iter().any(|other| of(other) != of(self));
        let corrector = |side: &Self| match side.config(0).corrector {
            c if c.is_on() => corrector_words(c),
            _ => "no corrector".to_owned(),
        };
        let method = |side: &Self| match side.sampler.method {
            SequenceMethod::Exact => side.sampler.scheduler.to_string(),
            SequenceMethod::MaskGit => "MaskGIT".to_owned(),
            SequenceMethod::Confidence => format!("surer than {}", side.sampler.confidence),
            SequenceMethod::Blocks => format!("blocks of {}", side.sampler.block),
        };
        let steps = |side: &Self| counted(side.sampler.steps, "step");
        let temperature = |side: &Self| {
            let Temperature { level, fading } = side.sampler.temperature;
            format!("τ = {level}{}", if fading { " fading" } else { "" })
        };
        let grid = |side: &Self| match side.config(0).grid {
            TimeGrid::T => "even in t",
            TimeGrid::Kappa => "even in κ",
            TimeGrid::Geometric => "geometric in 1−t",
        };
        let mut words = vec![method(self), steps(self)];
        if self.config(0).corrector.is_on() || differs(corrector) {
            words.push(corrector(self));
        }
        let usual = Self::default();
        if temperature(self) != temperature(&usual) || differs(temperature) {
            words.push(temperature(self));
        }
        if grid(self) != grid(&usual) {
            words.push(grid(self).to_owned());
        }
        if others.iter().any(|other| other.class != self.class) {
            words.push(match self.class {
                Some(class) => format!("class {}", classes.get(class).unwrap_or(&class.to_string())),
                None => "any class".to_owned(),
            });
        }
        if self.class.is_some() && others.iter().any(|other| other.guidance != self.guidance) {
            words.push(format!("guidance {}", self.guidance));
        }
        words.join(", ")
    }
}

/// The lab's settings. A file may lack fields that came later; a range belongs into [`Self::validated`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImageSettings {
    /// What answers.
    pub model: ImageModelSpec,
    /// The network that is trained here answers in its place.
    pub trained: bool,
    /// How images become tokens, where the model has no own say.
    pub tokens: TokenSpec,
    /// Pixels a side, where the model has no own say.
    pub side: usize,
    /// Where the flow starts, where the model has no own say.
    pub source: SequenceSource,
    /// How many images a wall has.
    pub images: usize,
    /// Of all random numbers.
    pub seed: u64,
    /// One to three settings beside each other.
    pub sides: Sides<SideSettings>,
    /// What the walls show of their images.
    pub shows: Aspect,
    /// The image that is shown large.
    pub picked: Option<usize>,
    /// One of its layers alone.
    pub layer: Option<Layer>,
    /// How the timeline plays.
    pub pace: Pace,
    /// What the next run learns.
    pub training: TrainingSettings,
    /// Which tokens are given, in a file; the lab itself holds them apart from its settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given: Option<KeptInfill>,
}

/// What is trained in the window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TrainingSettings {
    /// On which images.
    pub data: ImageSource,
    /// How they become tokens.
    pub tokens: TokenSpec,
    /// Pixels a side.
    pub side: usize,
    /// Where the flow starts.
    pub source: SequenceSource,
    /// The size of the network.
    pub net: NetSize,
    /// Channels at full size of a small one.
    pub width: usize,
    /// How.
    pub config: ImageTrainConfig,
    /// Whether images are seen mirrored, too.
    pub mirror: Mirror,
}

/// Digits, which are learned in sight.
impl Default for TrainingSettings {
    fn default() -> Self {
        let (tokens, side) = Self::usual_tokens(&ImageSource::Digits);
        Self {
            data: ImageSource::Digits,
            tokens,
            side,
            source: SequenceSource::Mask,
            net: NetSize::Small,
            width: 48,
            config: ImageTrainConfig { batch: 32, ..ImageTrainConfig::default() },
            mirror: Mirror::Auto,
        }
    }
}

impl TrainingSettings {
    /// Tokens and pixels a side with which `data` is learned in the window: few enough that shapes are seen after a minute
    /// on two cores.
    fn usual_tokens(data: &ImageSource) -> (TokenSpec, usize) {
        match data {
            ImageSource::Digits => TokenSpec::usual_of(data),
            _ => (TokenSpec::Palette(32), 16),
        }
    }

    /// The network that would be trained, as far as that is known before its images are read: it is told `classes` of them.
    pub fn network(&self, classes: usize) -> ImageNetConfig {
        ImageNetConfig::for_images(self.tokens, self.side, classes, self.source)
            .sized_or_wide(self.net, self.width)
    }

    /// After another set may have been chosen than `before`: tokens and size that were usual for that one become usual for
    /// this one; those that somebody set stay, but for digits, which are what they are.
    pub fn follow_data(&mut self, before: &ImageSource) {
        follow([before, &self.data], Self::usual_tokens, (&mut self.tokens, &mut self.side));
    }
}

/// How images become tokens after one set gave way to another, where that was as `usual` says.
fn follow(
    [before, now]: [&ImageSource; 2],
    usual: fn(&ImageSource) -> (TokenSpec, usize),
    (tokens, side): (&mut TokenSpec, &mut usize),
) {
    if before != now && (*now == ImageSource::Digits || (*tokens, *side) == usual(before)) {
        (*tokens, *side) = usual(now);
    }
}

impl Default for ImageSettings {
    fn default() -> Self {
        let (tokens, side) = Self::usual_tokens(&ImageSource::Shapes);
        Self {
            model: ImageModelSpec::Empirical(Images { source: ImageSource::Shapes, count: Some(REMEMBERED) }),
            trained: false,
            tokens,
            side,
            source: SequenceSource::Mask,
            images: 36,
            seed: 0,
            sides: Sides::default(),
            shows: Aspect::Tokens,
            picked: Some(0),
            layer: None,
            pace: Pace::default(),
            training: TrainingSettings::default(),
            given: None,
        }
    }
}

impl ImageSettings {
    /// Tokens and pixels a side with which `data` is shown.
    fn usual_tokens(data: &ImageSource) -> (TokenSpec, usize) {
        match data {
            ImageSource::Digits => TokenSpec::usual_of(data),
            _ => (TokenSpec::Palette(64), 32),
        }
    }

    /// The same as [`TrainingSettings::follow_data`], of the images that the model knows.
    pub fn follow_data(&mut self, before: &ImageSource) {
        if let Some(images) = self.model.images() {
            follow([before, &images.source], Self::usual_tokens, (&mut self.tokens, &mut self.side));
        }
    }

    /// Checks every range, for settings that come from a file.
    ///
    /// # Errors
    /// Names the first setting that is out of range.
    pub fn validated(self) -> Result<Self, FlowError> {
        let expect = |what, given: f64, holds: bool, expected| {
            if holds { Ok(()) } else { Err(FlowError::Range { what, given, expected }) }
        };
        let images = (1..=MOST_IMAGES).contains(&self.images);
        expect("images", self.images as f64, images, "a whole number from 1 to 64")?;
        expect("side", self.side as f64, SIDES.contains(&self.side), "8, 16 or 32")?;
        let speed = self.pace.speed > 0.0 && self.pace.speed <= 100.0;
        expect("speed", self.pace.speed, speed, "a number above 0 and at most 100")?;
        let sides = self.sides.validated(|side: SideSettings| -> Result<_, FlowError> {
            side.sampler.validated()?;
            side.corrector.validated()?;
            let guidance = (0.0..=100.0).contains(&side.guidance);
            expect("guidance", side.guidance, guidance, "a number from 0 to 100")?;
            Ok(side)
        })?;
        let training = &self.training;
        expect("size to train", training.side as f64, SIDES.contains(&training.side), "8, 16 or 32")?;
        let width = training.width.is_multiple_of(16) && (16..=256).contains(&training.width);
        expect("width", training.width as f64, width, "a multiple of 16 from 16 to 256")?;
        training.config.validated()?;
        self.given.iter().try_for_each(KeptInfill::validated)?;
        Ok(Self { sides, ..self })
    }
}

impl experiment::Settings for ImageSettings {
    const LAB: &'static str = "images";

    fn checked(self) -> Result<Self, String> {
        self.validated().map_err(|why| why.to_string())
    }

    fn seeded(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    fn found_beside(mut self, figure: &Path) -> Self {
        let of_set = |source: &mut ImageSource| match source {
            ImageSource::Folder(place) | ImageSource::Cifar10(Some(place)) => *place = beside(place, figure),
            ImageSource::Shapes | ImageSource::Digits | ImageSource::Cifar10(None) => {}
        };
        match &mut self.model {
            ImageModelSpec::Checkpoint(file) => *file = beside(file, figure),
            ImageModelSpec::Empirical(images) | ImageModelSpec::Independent(images) => {
                of_set(&mut images.source);
            }
            ImageModelSpec::Network(_) => {}
        }
        of_set(&mut self.training.data);
        if let Some(Base::File(file)) = self.given.as_mut().map(|given| &mut given.base) {
            *file = beside(file, figure);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_survive_json_and_what_is_out_of_range_is_named() {
        let corrected = SideSettings { corrector_on: true, ..SideSettings::default() };
        let settings = ImageSettings {
            model: "independent:shapes@7".parse().expect("a name"),
            sides: Sides::new(corrected, [corrected]).set_at(1),
            ..ImageSettings::default()
        };
        let text = serde_json::to_string(&settings).expect("text");
        assert_eq!(serde_json::from_str::<ImageSettings>(&text).expect("the same"), settings);
        assert_eq!(serde_json::from_str::<ImageSettings>("{}").expect("usual"), ImageSettings::default());
        let entropy = serde_json::from_str::<ImageSettings>(r#"{"shows": "entropy"}"#).expect("a setting");
        assert_eq!(entropy, ImageSettings { shows: Aspect::Entropy, ..ImageSettings::default() });
        let wide =
            serde_json::from_str::<ImageSettings>(r#"{"training": {"width": 64}}"#).expect("a setting");
        assert_eq!(wide.training, TrainingSettings { width: 64, ..TrainingSettings::default() });
        assert!(settings.clone().validated().is_ok());
        for (spoil, name) in [
            ((|s| s.images = 65) as fn(&mut ImageSettings), "images"),
            (|s| s.side = 9, "side"),
            (|s| s.sides[1].guidance = f64::NAN, "guidance"),
            (|s| s.sides[0].sampler.steps = 0, "steps"),
            (|s| s.training.config.batch = 0, "batch"),
            (|s| s.training.width = 17, "width"),
            (|s| s.training.config.clip = Some(0.0), "clip"),
            (|s| s.training.config.dropout = 0.95, "dropout"),
            (|s| s.pace.speed = 0.0, "speed"),
        ] {
            let mut bad = settings.clone();
            spoil(&mut bad);
            let error = bad.validated().expect_err("out of range").to_string();
            assert!(error.starts_with(name), "{error}");
        }
    }

    #[test]
    fn tokens_follow_the_set_unless_somebody_set_them() {
        let mut training = TrainingSettings::default();
        assert_eq!((training.tokens, training.side), (TokenSpec::Gray(17), 8));
        let mut choose = |data, tokens: Option<TokenSpec>| {
            let before = std::mem::replace(&mut training.data, data);
            training.follow_data(&before);
            let found = (training.tokens.to_string(), training.side);
            training.tokens = tokens.unwrap_or(training.tokens);
            found
        };
        assert_eq!(choose(ImageSource::Shapes, None), ("palette:32".to_owned(), 16));
        assert_eq!(
            choose(ImageSource::Cifar10(None), Some(TokenSpec::Rgb(8))),
            ("palette:32".to_owned(), 16)
        );
        assert_eq!(choose(ImageSource::Shapes, None), ("rgb:8".to_owned(), 16), "as it was set");
        assert_eq!(choose(ImageSource::Digits, None), ("gray:17".to_owned(), 8));
    }

    #[test]
    fn a_side_is_told_by_what_sets_it_apart() {
        let cubic = SideSettings::default();
        let linear = SideSettings {
            sampler: SequenceConfig { scheduler: Scheduler::Linear, ..cubic.sampler },
            ..cubic
        };
        let corrected = SideSettings { corrector_on: true, ..cubic };
        assert_eq!(linear.words(&[cubic, linear]), "linear, 64 steps");
        assert_eq!(cubic.words(&[cubic, corrected]), "cubic, 64 steps, no corrector");
        assert_eq!(corrected.words(&[corrected]), "cubic, 64 steps, corrector 12 t^2 (1−t)^0.25");
        let sampler = SequenceConfig { method: SequenceMethod::MaskGit, ..cubic.sampler };
        let maskgit = SideSettings { sampler, corrector_on: true, ..cubic };
        assert_eq!(maskgit.words(&[cubic, maskgit]), "MaskGIT, 64 steps");
        let of = |class, guidance| SideSettings { class, guidance, ..cubic };
        let guided = [of(Some(1), 1.0), of(Some(1), 4.0), of(None, 4.0)];
        assert_eq!(guided[1].words(&guided[..2]), "cubic, 64 steps, guidance 4");
        let names = ["disc".to_owned(), "ring".to_owned()];
        assert_eq!(guided[1].words_of(&guided, &names), "cubic, 64 steps, class ring, guidance 4");
        assert_eq!(guided[2].words(&guided), "cubic, 64 steps, any class");
        assert_eq!((maskgit.scheduler(), cubic.scheduler()), (Scheduler::Cosine, Scheduler::Cubic));
    }
}
