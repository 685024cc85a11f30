//! A network of `train plane` in place of the exact velocity.

use super::PlaneFlowArgs;
use crate::cli::CliError;
use crate::data::plane::{PlaneSourceSpec, PlaneTargetSize, PlaneTargetSpec};
use crate::denoiser::plane::{Denoiser, Oracle};
use crate::experiment::plane::{is_drawn, target_name};
use crate::flow::plane::{AffinePath, PlaneFlow};
use crate::model::plane::{PlaneFile, PlaneNetwork};
use crate::sampler::plane::{PlaneCoupling, PlaneMethod};
use crate::train::plane::PlaneRecord;
use clap::Args;
use std::path::{Path, PathBuf};

/// Who answers.
#[derive(Args, Clone, Debug)]
pub struct CheckpointArg {
    /// A network of `train plane` in place of the exact velocity; target and source are then those that it was trained on
    #[arg(long, value_name = "FILE")]
    pub checkpoint: Option<PathBuf>,
}

/// A flow and who answers for it.
pub struct Asked {
    /// The flow of the target: the exact one, beside which a network stands.
    pub flow: PlaneFlow,
    exact: Oracle,
    /// The network and its record.
    pub learned: Option<(PlaneNetwork, PlaneRecord)>,
    /// What the target is called.
    pub name: String,
}

impl Asked {
    /// Of the flags; on `usual` where no path is given.
    ///
    /// # Errors
    /// If a file can't be read, or a flag says something else than the network's file.
    pub fn new(
        args: &PlaneFlowArgs,
        checkpoint: &CheckpointArg,
        usual: AffinePath,
        seed: u64,
    ) -> Result<Self, CliError> {
        let Some(file) = &checkpoint.checkpoint else {
            let flow = args.flow(usual, seed)?;
            let exact = Oracle::new(&flow)?;
            return Ok(Self { flow, exact, learned: None, name: target_name(&args.target) });
        };
        let (network, record) = read("--checkpoint", file)?;
        refuse_others(args, &record, file)?;
        let flow = record.task()?.flow.on(args.path.unwrap_or(usual))?;
        let (exact, name) = (Oracle::new(&flow)?, record.name.clone());
        Ok(Self { flow, exact, learned: Some((network, record)), name })
    }

    /// Who answers.
    pub fn denoiser(&self) -> &dyn Denoiser {
        match &self.learned {
            Some((network, _)) => network,
            None => &self.exact,
        }
    }

    /// Refuses a method that the network can't serve.
    ///
    /// # Errors
    /// Says why.
    pub fn check(&self, method: PlaneMethod) -> Result<(), CliError> {
        match &self.learned {
            Some((_, record)) => Ok(record.serves(method)?),
            None => Ok(()),
        }
    }

    /// In the words of a report: “ring”, or “ring, by a network of 4000 steps”.
    pub fn words(&self) -> String {
        match &self.learned {
            Some((_, record)) => format!("{}, by a network of {} steps", self.name, record.step),
            None => self.name.clone(),
        }
    }
}

/// The network in a file, the best one of its run, and what is known of it.
///
/// # Errors
/// [`CliError::Input`] naming flag and file.
pub fn read(flag: &str, path: &Path) -> Result<(PlaneNetwork, PlaneRecord), CliError> {
    let file = PlaneFile::read(path).map_err(|error| CliError::from(error).about(flag))?;
    let about = |why: String| CliError::Input(format!("{flag} {}: {why}", path.display()));
    let record = PlaneRecord::of(&file).map_err(|why| about(why.to_string()))?;
    let net = file.best_network().map_err(about)?;
    Ok((PlaneNetwork::new(net), record))
}

/// Whether a flag says another target than that of a network; the usual one is what nobody has said.
pub fn is_another(target: &PlaneTargetSpec, record: &PlaneRecord) -> bool {
    if is_drawn(target) {
        // A name, or a number of components, does not make it the same drawing.
        return !target.load(PlaneTargetSize::default()).is_ok_and(|target| record.target.is(&target));
    }
    *target != PlaneTargetSpec::default() && target.to_string() != record.name
}

/// The target and the source are the network's own: a flag that says otherwise is a mistake.
fn refuse_others(args: &PlaneFlowArgs, record: &PlaneRecord, file: &Path) -> Result<(), CliError> {
    let refused = |flag: &str, given: String| {
        Err(CliError::Input(format!(
            "{flag} {given}: the network of --checkpoint {} was trained on {} with its own source and pairs; leave {flag} out",
            file.display(),
            record.name
        )))
    };
    if is_another(&args.target, record) {
        return refused("--target", args.target.to_string());
    }
    if args.source != PlaneSourceSpec::default() {
        return refused("--source", args.source.to_string());
    }
    if args.coupling != PlaneCoupling::Independent && args.coupling != record.config.coupling {
        return refused("--coupling", args.coupling.to_string());
    }
    if let Some(pairs) = args.pairs {
        return refused("--pairs", pairs.to_string());
    }
    Ok(())
}
