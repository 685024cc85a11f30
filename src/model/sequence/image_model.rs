//! A denoiser of images with what belongs to it: what its tokens mean, and the classes that it can be asked for.

use super::denoiser::GuidedImages;
use super::{ImageDenoiser, ImageFile};
use crate::data::codec::image::Tokenizer;
use crate::data::images::ImageSource;
use crate::denoiser::sequence::{Empirical, Guided, SequenceDenoiser};
use burn::tensor::Device;
use std::sync::Arc;

/// A denoiser of images, and what its tokens mean.
#[derive(Clone)]
pub struct ImageModel {
    /// Answers.
    pub denoiser: Arc<dyn SequenceDenoiser>,
    /// Turns images into its tokens and back.
    pub tokenizer: Tokenizer,
    /// The names of the classes that can be asked for, by label; empty where none can.
    pub classes: Vec<String>,
    /// The images it knows or was trained on, and the seed of procedural ones.
    pub data: (ImageSource, u64),
    conditions: Conditions,
}

/// Where the answers given a class come from.
#[derive(Clone)]
enum Conditions {
    /// There are none.
    None,
    /// From the images of that class alone: each one's label.
    Subsets(Empirical, Arc<[u8]>),
    /// From a network that is told.
    Told(ImageDenoiser),
}

impl ImageModel {
    /// The network of a file.
    ///
    /// # Errors
    /// If its sizes and its tokenizer do not go together.
    pub fn of_file(file: &ImageFile) -> anyhow::Result<Self> {
        let network = ImageDenoiser::new(Arc::new(file.network().map_err(anyhow::Error::msg)?));
        Ok(Self {
            denoiser: Arc::new(network.clone()),
            tokenizer: file.recipe.tokenizer.clone(),
            classes: file.recipe.classes.clone(),
            data: (file.recipe.data.clone(), file.recipe.data_seed),
            conditions: Conditions::Told(network),
        })
    }

    /// Whether a network answers, which a device computes.
    pub fn is_network(&self) -> bool {
        matches!(self.conditions, Conditions::Told(_))
    }

    /// The same, a network computed on `device`; what is none stays where it is.
    pub fn on(self, device: &Device) -> Self {
        match self.conditions {
            Conditions::Told(network) => {
                let network = network.moved_to(device);
                Self { denoiser: Arc::new(network.clone()), conditions: Conditions::Told(network), ..self }
            }
            _ => self,
        }
    }

    /// A denoiser that knows no classes, of the images of `data`.
    pub fn without_classes(
        denoiser: Arc<dyn SequenceDenoiser>,
        tokenizer: Tokenizer,
        data: (ImageSource, u64),
    ) -> Self {
        Self { denoiser, tokenizer, classes: Vec::new(), data, conditions: Conditions::None }
    }

    /// The exact posterior of known images of `data`. Where each has a label, it can be asked for one of the `classes`.
    pub fn remembering(
        known: Empirical,
        (labels, classes): (Vec<u8>, Vec<String>),
        tokenizer: Tokenizer,
        data: (ImageSource, u64),
    ) -> Self {
        let model = Self::without_classes(Arc::new(known.clone()), tokenizer, data);
        if labels.len() != known.count() {
            return model;
        }
        Self { classes, conditions: Conditions::Subsets(known, labels.into()), ..model }
    }

    /// The denoiser that is asked: the free one, or that of a class with its guidance (see [`Self::of_class`]).
    ///
    /// # Errors
    /// Those of [`Self::of_class`].
    pub fn asked_for(&self, class: Option<(usize, f64)>) -> anyhow::Result<Arc<dyn SequenceDenoiser>> {
        match class {
            Some((class, weight)) => self.of_class(class, weight),
            None => Ok(self.denoiser.clone()),
        }
    }

    /// The denoiser given a class, by its label, mixed with the free one by classifier-free guidance: `weight` 1 is the
    /// class alone, more exaggerates it (see [`Guided`]).
    ///
    /// # Errors
    /// If there is no such class, no image of it, or the weight is out of range.
    pub fn of_class(&self, class: usize, weight: f64) -> anyhow::Result<Arc<dyn SequenceDenoiser>> {
        let name = self.classes.get(class);
        let name =
            name.ok_or_else(|| anyhow::anyhow!("it has {} classes: {class} is none", self.classes.len()))?;
        let conditional: Arc<dyn SequenceDenoiser> = match &self.conditions {
            Conditions::None => anyhow::bail!("it knows no classes"),
            Conditions::Subsets(all, labels) => {
                let of_class = |image: usize| usize::from(labels[image]) == class;
                anyhow::ensure!((0..all.count()).any(of_class), "none of its images is of the class {name}");
                Arc::new(all.only(of_class)?)
            }
            Conditions::Told(network) => {
                let of_class = network.of_class(class).map_err(anyhow::Error::msg)?;
                if weight != 1.0 {
                    return Ok(Arc::new(GuidedImages::new(of_class, weight)?));
                }
                Arc::new(of_class)
            }
        };
        if weight == 1.0 {
            return Ok(conditional);
        }
        Ok(Arc::new(Guided::new(conditional, self.denoiser.clone(), weight)?))
    }
}
