//! A network in place of the exact velocity.

use super::told::{Telling, Told};
use crate::flow::plane::{Latents, PlaneFlow};
use crate::model::plane::PlaneNetwork;
use crate::sampler::plane::{PlaneCoupling, PlaneMethod};
use crate::train::plane::PlaneTask;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Who says where samples go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlaneAnswer {
    /// The exact velocity.
    #[default]
    Exact,
    /// The network.
    Network,
}

/// A network as it was at one moment of its training.
#[derive(Clone, Debug)]
pub struct Learned {
    /// The number of its run.
    pub run: u64,
    /// Itself.
    pub network: Arc<PlaneNetwork>,
    /// What it learns.
    pub task: Arc<PlaneTask>,
    /// The table of its encoder, of a network with codes.
    pub latents: Option<Arc<Latents>>,
}

impl PartialEq for Learned {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.network, &other.network)
    }
}

impl Learned {
    /// Whether it can stand for the exact velocity of a flow.
    ///
    /// # Errors
    /// Says what it was trained on instead.
    pub fn fits(&self, flow: &PlaneFlow) -> Result<(), String> {
        match self.task.misfit(flow) {
            Some(why) => {
                Err(format!("The network is none of this flow: {why}. Start a new run to learn it."))
            }
            None => Ok(()),
        }
    }

    /// Whether it can serve a sampler, too.
    ///
    /// # Errors
    /// Says why not.
    pub fn serves(&self, flow: &PlaneFlow, method: PlaneMethod) -> Result<(), String> {
        self.fits(flow)?;
        self.task.config.serves(method).map_err(|why| why.to_string())
    }

    /// What it tells samples, if it has codes.
    pub fn telling(&self, told: Told) -> Option<Telling> {
        let latents = self.latents.clone()?;
        Some(Telling { network: self.network.clone(), latents, told })
    }

    /// What its pairs are called: “OT of 256”.
    pub fn pairs(&self) -> String {
        pairs_in_words(self.task.config.coupling)
    }
}

#[cfg(test)]
impl Learned {
    /// A small network with codes that has learned nothing yet.
    pub(super) fn fresh(flow: &PlaneFlow, codes: usize) -> Self {
        let config =
            crate::train::plane::PlaneTrainConfig { width: 16, layers: 2, codes, ..Default::default() };
        let task = PlaneTask::new("a target".to_owned(), flow, config).expect("a task");
        let net = config.network().init(1);
        let latents = crate::train::plane::learned_latents(&net, flow.target()).expect("a table");
        let network = Arc::new(PlaneNetwork::new(net));
        Self { run: 1, network, task: Arc::new(task), latents: latents.map(Arc::new) }
    }
}

/// What pairs are called in few words.
pub fn pairs_in_words(coupling: PlaneCoupling) -> String {
    match coupling {
        PlaneCoupling::Independent => "independent".to_owned(),
        PlaneCoupling::MinibatchOt(batch) => format!("OT of {batch}"),
        PlaneCoupling::Reflow(rounds) => format!("{rounds}-reflow"),
    }
}
