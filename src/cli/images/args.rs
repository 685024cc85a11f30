//! The flags that name a denoiser of images.

use crate::cli::images::compare::ClassArgs;
use crate::cli::values::number;
use crate::cli::{CliError, GlobalArgs};
use crate::data::codec::image::{SIDES, TokenSpec};
use crate::data::images::ImageSource;
use crate::experiment::images::ImageModelSpec;
use crate::flow::SequenceSource;
use crate::gpu::choose;
use crate::model::sequence::ImageModel;
use clap::Args;

/// How images become tokens, and where their flow starts.
#[derive(Args, Clone, Debug)]
pub struct ImageTokenArgs {
    /// How images become tokens: rgb:L or gray:L with L levels, or palette:P with P colours, each 2 to 256
    /// [default: rgb:256, of digits gray:17, or the checkpoint's]
    #[arg(long, value_name = "TOKENS")]
    pub tokens: Option<TokenSpec>,
    /// Pixels a side: 8, 16 or 32 [default: 32, of digits 8, or the checkpoint's]
    #[arg(long, value_name = "R", value_parser = side, allow_hyphen_values = true)]
    pub size: Option<usize>,
    /// Where the flow starts: mask or uniform [default: mask, or the checkpoint's]
    #[arg(long, value_name = "mask|uniform")]
    pub source: Option<SequenceSource>,
}

impl ImageTokenArgs {
    /// How images of `data` become tokens, and pixels a side.
    pub fn of(&self, data: &ImageSource) -> (TokenSpec, usize) {
        let (tokens, side) = TokenSpec::usual_of(data);
        (self.tokens.unwrap_or(tokens), self.size.unwrap_or(side))
    }
}

/// Which denoiser, of which images.
#[derive(Args, Clone, Debug)]
pub struct ImageModelArgs {
    /// network:digits, network:shapes or network:cifar10, which come with the program; a trained CKPT.safetensors; empirical:DATA, the exact posterior of the images of DATA, the exact denoiser,
    /// which only remembers; or independent:DATA, every token for itself. DATA is digits, shapes, cifar10, cifar10:FOLDER or a FOLDER of
    /// pictures; DATA@COUNT takes the first COUNT images of it
    #[arg(long, value_name = "D")]
    pub denoiser: ImageModelSpec,
    #[command(flatten)]
    images: ImageTokenArgs,
    /// Only images of a class, by name or number, where the denoiser knows classes
    #[arg(long, value_name = "CLASS")]
    class: Option<String>,
    /// Classifier-free guidance, 0 to 100: 1 is the class alone, more exaggerates it at two evaluations a step [default: 1]
    #[arg(
        long,
        value_name = "W",
        requires = "class",
        value_parser = number(0.0..=100.0, "a number from 0 to 100"),
        allow_hyphen_values = true
    )]
    guidance: Option<f64>,
}

fn side(text: &str) -> Result<usize, String> {
    let side = text.trim().parse().ok().filter(|side| SIDES.contains(side));
    side.ok_or_else(|| "expected 8, 16 or 32".to_owned())
}

impl ImageModelArgs {
    /// Reads or makes it, by the seed of shapes and of a palette, a network on the device that was asked for.
    ///
    /// # Errors
    /// [`CliError::Input`] naming the flag, the file and what does not fit, and those of [`choose`].
    pub fn load(&self, global: &GlobalArgs) -> Result<ImageModel, CliError> {
        if let ImageModelSpec::Checkpoint(_) | ImageModelSpec::Network(_) = &self.denoiser {
            let said = [
                ("--tokens", self.images.tokens.is_some()),
                ("--size", self.images.size.is_some()),
                ("--source", self.images.source.is_some()),
            ];
            if let Some((flag, _)) = said.iter().find(|(_, given)| *given) {
                return Err(CliError::Input(format!("{flag}: {} has its own", self.denoiser)));
            }
        }
        // A network has its own.
        let known = self.denoiser.images().map(|images| images.source.clone());
        let (tokens, side) = self.images.of(&known.unwrap_or_default());
        let mut model = self
            .denoiser
            .load(side, tokens, self.images.source.unwrap_or_default(), global.seed())
            .map_err(|error| CliError::Input(format!("--denoiser {}: {error:#}", self.denoiser)))?;
        if model.is_network() {
            model = model.on(&choose(global.device())?.device);
        }
        if let Some(class) = self.class(&model)? {
            model.denoiser = model
                .of_class(class, self.guidance())
                .map_err(|error| self.about_class(&format!("{}: {error:#}", self.denoiser)))?;
        }
        Ok(model)
    }

    /// The label of the class, if there is one.
    ///
    /// # Errors
    /// [`CliError::Input`] naming the classes that `model` knows.
    pub fn class(&self, model: &ImageModel) -> Result<Option<usize>, CliError> {
        let label = |name| self.label(model, name).map_err(|why| self.about_class(&why));
        self.class.as_deref().map(label).transpose()
    }

    /// What is asked of it, as it was said.
    pub fn asked(&self) -> ClassArgs {
        ClassArgs { class: self.class.clone(), guidance: self.guidance }
    }

    /// The same denoiser, asked for something else.
    ///
    /// # Errors
    /// If the guidance is out of range, or there is none without a class.
    pub fn asking(&self, of: ClassArgs) -> Result<Self, CliError> {
        match of.guidance {
            Some(_) if of.class.is_none() => {
                return Err(CliError::Input("--compare: --guidance goes with a --class".to_owned()));
            }
            Some(guidance) if !(0.0..=100.0).contains(&guidance) => {
                let why = format!("--compare: --guidance {guidance}: expected a number from 0 to 100");
                return Err(CliError::Input(why));
            }
            _ => {}
        }
        Ok(Self { class: of.class, guidance: of.guidance, ..self.clone() })
    }

    /// Classifier-free guidance towards it.
    pub fn guidance(&self) -> f64 {
        self.guidance.unwrap_or(1.0)
    }

    fn about_class(&self, why: &str) -> CliError {
        CliError::Input(format!("--class {}: {why}", self.class.as_deref().unwrap_or_default()))
    }

    /// The label of a class by name or number.
    fn label(&self, model: &ImageModel, name: &str) -> Result<usize, String> {
        if model.classes.is_empty() {
            return Err(format!("{} knows no classes", self.denoiser));
        }
        let by_name = model.classes.iter().position(|known| known.eq_ignore_ascii_case(name));
        let by_number = || name.parse().ok().filter(|&class: &usize| class < model.classes.len());
        by_name
            .or_else(by_number)
            .ok_or_else(|| format!("expected one of {}, or its number from 0", model.classes.join(", ")))
    }
}
