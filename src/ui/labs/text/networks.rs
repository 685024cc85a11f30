//! Who answers about texts besides the exact denoiser: networks that come with the program, of files, and those that are trained
//! in the window.

use crate::experiment::text::{TaughtNetwork, text_network};
use crate::gpu::Device;
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
    Trained(Arc<TaughtNetwork>, u64),
    /// A network that is not there yet.
    Nobody,
}

impl Who {
    /// Whether it is the same, be it another version.
    pub fn is_like(&self, other: &Self) -> bool {
        self == other || matches!((self, other), (Self::Trained(..), Self::Trained(..)))
    }

    /// In words.
    pub fn words(&self) -> String {
        match self {
            Self::Exact => "exact denoiser".to_owned(),
            Self::Named(name) => format!("network {name}"),
            Self::Trained(..) => "the network of this training".to_owned(),
            Self::Nobody => "nobody".to_owned(),
        }
    }
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

/// Networks that were read.
#[derive(Default)]
pub struct Shelf {
    read: Vec<(String, Arc<TaughtNetwork>)>,
}

impl Shelf {
    /// The network of a side on `device`; none of one that is not there yet.
    ///
    /// # Errors
    /// If it can't be read.
    pub fn network(&mut self, who: &Who, device: &Device) -> Result<Option<Arc<TaughtNetwork>>, String> {
        match who {
            Who::Trained(network, _) => Ok(Some(network.clone())),
            Who::Named(name) => self.named(name, device).map(Some),
            Who::Exact | Who::Nobody => Ok(None),
        }
    }

    fn named(&mut self, name: &str, device: &Device) -> Result<Arc<TaughtNetwork>, String> {
        if let Some((_, network)) = self.read.iter().find(|(known, _)| known == name) {
            return Ok(network.clone());
        }
        let file = text_network(name).map_err(|why| why.to_string())?;
        let TaughtNetwork { network, prompts } = TaughtNetwork::of_file(&file)?;
        let network = Arc::new(TaughtNetwork { network: network.on(device), prompts });
        self.read.push((name.to_owned(), network.clone()));
        Ok(network)
    }
}
