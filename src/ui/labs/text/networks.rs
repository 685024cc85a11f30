//! Who answers about texts besides the exact denoiser: networks that come with the program, of files, and those that are trained
//! in the window.

use crate::data::language::Language;
use crate::denoiser::sequence::SequenceDenoiser;
use crate::experiment::text::{Answers, text_network};
use crate::gpu::Device;
use crate::model::sequence::{Reader, TextNetwork};
use std::sync::Arc;

/// Who answers on a side.
#[derive(Clone, Default)]
pub enum Who {
    /// The exact denoiser of the language.
    #[default]
    Exact,
    /// A network of the program's or of a file, by name.
    Named(String),
    /// One that is being trained, and which of its versions.
    Trained(Arc<TextNetwork>, u64),
    /// A network that is not there yet.
    Nobody,
}

impl PartialEq for Who {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Exact, Self::Exact) | (Self::Nobody, Self::Nobody) => true,
            (Self::Named(a), Self::Named(b)) => a == b,
            (Self::Trained(a, version), Self::Trained(b, other)) => {
                version == other && a.config.causal == b.config.causal
            }
            _ => false,
        }
    }
}

/// A network ready to answer.
pub enum Teller {
    /// About states, in steps.
    Denoiser(Arc<dyn SequenceDenoiser>),
    /// From left to right.
    Reader(Reader),
}

/// Networks that were read.
#[derive(Default)]
pub struct Shelf {
    read: Vec<(String, Arc<TextNetwork>)>,
}

impl Shelf {
    /// The network of a side on `device`.
    ///
    /// # Errors
    /// If there is none, it can't be read, or it is of other texts than `language`.
    pub fn teller(
        &mut self,
        who: &Who,
        (answers, language): (Answers, &Language),
        device: &Device,
    ) -> Result<Teller, String> {
        let network = match who {
            Who::Trained(network, _) => network.clone(),
            Who::Named(name) => self.named(name, device)?,
            Who::Exact | Who::Nobody => {
                let what =
                    if answers == Answers::Twin { "that writes from left to right" } else { "that denoises" };
                return Err(format!("there is no network {what} yet: train one, or choose one"));
            }
        };
        if let Some(why) = network.misfit(language) {
            return Err(why);
        }
        match (answers, network.denoiser(), network.reader()) {
            (Answers::Twin, _, Some(reader)) => Ok(Teller::Reader(reader.clone())),
            (Answers::Network, Some(denoiser), _) => Ok(Teller::Denoiser(denoiser)),
            (Answers::Twin, ..) => {
                Err("the network denoises; it does not write from left to right".to_owned())
            }
            _ => Err("the network writes from left to right, and denoises nothing".to_owned()),
        }
    }

    fn named(&mut self, name: &str, device: &Device) -> Result<Arc<TextNetwork>, String> {
        if let Some((_, network)) = self.read.iter().find(|(known, _)| known == name) {
            return Ok(network.clone());
        }
        let file = text_network(name).map_err(|why| why.to_string())?;
        let network = Arc::new(TextNetwork::of_file(&file)?.on(device));
        self.read.push((name.to_owned(), network.clone()));
        Ok(network)
    }
}
