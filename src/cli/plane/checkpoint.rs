//! A network of `train plane` in place of the exact velocity.

use super::PlaneFlowArgs;
use crate::cli::CliError;
use crate::cli::values::{number, whole};
use crate::data::plane::{PlaneSourceSpec, PlaneTargetSpec};
use crate::denoiser::plane::{Denoiser, Oracle};
use crate::experiment::plane::{
    self as experiment, Learned, MOST_GUIDANCE, PlaneAnswer, PlaneSide, Sketch, Telling, Told, is_drawn,
    target_name,
};
use crate::flow::plane::{AffinePath, Latents, PlaneFlow, PlaneSource, PlaneTarget};
use crate::model::plane::{PlaneFile, PlaneNetwork};
use crate::sampler::plane::{PlaneCoupling, PlaneMethod};
use crate::train::plane::{PlaneRecord, PlaneTrainConfig, learned_latents};
use clap::Args;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Who answers.
#[derive(Args, Clone, Debug)]
pub struct CheckpointArg {
    /// A network of `train plane` in place of the exact velocity; target and source are then those that it was trained on
    #[arg(long, value_name = "FILE")]
    pub checkpoint: Option<PathBuf>,
}

/// What samples are told by a network with codes.
#[derive(Args, Clone, Debug)]
pub struct ToldArgs {
    /// Of a network with codes: w of w v(z) + (1−w) v(∅), from 0, told no code, to 10 [default: 1]
    #[arg(
        long,
        value_name = "W",
        value_parser = number(0.0..=MOST_GUIDANCE, "a number from 0 to 10"),
        allow_hyphen_values = true
    )]
    pub guidance: Option<f64>,
    /// Of a network with codes: the code of all samples, counted from 1 [default: each draws its own from the prior]
    #[arg(long, value_name = "Z", value_parser = whole(1, PlaneTrainConfig::MOST_CODES as u64), allow_hyphen_values = true)]
    pub code: Option<usize>,
}

impl ToldArgs {
    /// What is told, and nothing where there are no codes.
    ///
    /// # Errors
    /// If a flag speaks of codes that there are none of.
    pub fn told(&self, latents: Option<&Latents>) -> Result<Told, CliError> {
        let told = Told { guidance: self.guidance.unwrap_or(1.0), code: self.code };
        let refused = |why: String| Err(CliError::Input(why));
        match (latents, self.guidance, self.code) {
            (Some(latents), _, _) => match told.law(latents) {
                Ok(_) => Ok(told),
                Err(why) => refused(format!("--{why}")),
            },
            (None, None, None) => Ok(told),
            (None, given, _) => {
                let flag = if given.is_some() { "--guidance" } else { "--code" };
                refused(format!("{flag}: it takes a network with codes; give one with --checkpoint"))
            }
        }
    }
}

/// What a network of this flow tells samples, nothing where it has no codes.
///
/// # Errors
/// As those of [`latents_of`] and [`ToldArgs::told`].
pub fn telling(
    args: &ToldArgs,
    network: &Arc<PlaneNetwork>,
    flow: &PlaneFlow,
) -> Result<Option<Telling>, CliError> {
    let latents = latents_of(network, flow)?.map(Arc::new);
    let told = args.told(latents.as_deref())?;
    Ok(latents.map(|latents| Telling { network: network.clone(), latents, told }))
}

/// What samples were told, in a report.
#[derive(Serialize)]
pub struct ToldReport {
    guidance: f64,
    code: Option<usize>,
}

impl From<&Telling> for ToldReport {
    fn from(telling: &Telling) -> Self {
        let Told { guidance, code } = telling.told;
        Self { guidance, code }
    }
}

/// The table of a network's codes, if it has any.
///
/// # Errors
/// If it does not go with its target.
pub fn latents_of(network: &PlaneNetwork, flow: &PlaneFlow) -> Result<Option<Latents>, CliError> {
    Ok(learned_latents(network.net(), flow.target())?)
}

/// A network as an experiment takes it.
pub struct Known {
    /// The network, what it learned, and its codes.
    pub learned: Learned,
    record: PlaneRecord,
}

impl Known {
    /// Of a file.
    ///
    /// # Errors
    /// As those of [`read`].
    pub fn read(file: &Path) -> Result<Self, CliError> {
        let (network, record) = read("--checkpoint", file)?;
        let task = record.task()?;
        let latents = latents_of(&network, &task.flow)?.map(Arc::new);
        let learned = Learned { run: 0, network: Arc::new(network), task: Arc::new(task), latents };
        Ok(Self { learned, record })
    }

    /// The side that asks it, with its own target and source where they are wanted.
    ///
    /// # Errors
    /// If they have no name that a side could have: they have to be said.
    pub fn side(&self, file: &Path, with_target: bool, with_source: bool) -> Result<PlaneSide, CliError> {
        let refused = |flag: &str| {
            CliError::Input(format!(
                "--checkpoint {}: it was trained on {}, which has no name here; say it by {flag}",
                file.display(),
                self.record.name
            ))
        };
        let mut side = PlaneSide { answer: PlaneAnswer::Network, ..PlaneSide::default() };
        let flow = &self.learned.task.flow;
        match (flow.target(), flow.source()) {
            (PlaneTarget::Boxes(boxes), _) => side.half_width = boxes.half_width(),
            (PlaneTarget::Mixture(_), PlaneSource::Square(half)) => side.half_width = *half,
            _ => {}
        }
        if with_target {
            let named = self.record.name.parse::<PlaneTargetSpec>().ok().and_then(|target| {
                let side = side.clone();
                // A pattern may have been read on as many cells as nobody said.
                let target = match (target, flow.target()) {
                    (PlaneTargetSpec::Grid(pattern, None), PlaneTarget::Boxes(boxes)) => {
                        PlaneTargetSpec::Grid(pattern, Some(boxes.side()))
                    }
                    (target, _) => target,
                };
                if target.file().is_some() {
                    side.with_file(target).ok()
                } else {
                    Some(PlaneSide { target, ..side })
                }
            });
            let drawn = || match flow.target() {
                PlaneTarget::Mixture(mixture) => {
                    let sketch = Sketch::exactly(mixture, &self.record.name)
                        .or_else(|_| Sketch::exactly(mixture, ""))
                        .ok()?;
                    Some(PlaneSide { target: PlaneTargetSpec::Drawn(sketch), ..side.clone() })
                }
                PlaneTarget::Boxes(_) => None,
            };
            let is_own =
                |side: &PlaneSide| side.load_target().is_ok_and(|target| self.record.target.is(&target));
            let own = named.filter(is_own).or_else(|| drawn().filter(is_own));
            side = own.ok_or_else(|| refused("--target"))?;
        }
        if with_source {
            let all = [
                experiment::PlaneSourceSpec::Normal,
                experiment::PlaneSourceSpec::Square,
                experiment::PlaneSourceSpec::Ring,
            ];
            let is_own = |source: &experiment::PlaneSourceSpec| {
                self.record.source.is(&source.load(flow.target(), side.half_width))
            };
            side.source = all.into_iter().find(is_own).ok_or_else(|| refused("--source"))?;
        }
        Ok(side)
    }

    /// Whether a reason is about it, not about the experiment.
    pub fn is_of(&self, why: &str) -> bool {
        why.starts_with("The network")
    }
}

/// A flow and who answers for it.
pub struct Asked {
    /// The flow of the target: the exact one, beside which a network stands.
    pub flow: PlaneFlow,
    exact: Oracle,
    /// The network and its record.
    pub learned: Option<(Arc<PlaneNetwork>, PlaneRecord)>,
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
        Ok(Self { flow, exact, learned: Some((Arc::new(network), record)), name })
    }

    /// Who answers.
    pub fn denoiser(&self) -> &dyn Denoiser {
        match &self.learned {
            Some((network, _)) => network,
            None => &self.exact,
        }
    }

    /// The exact velocity, where a network answers in its place.
    pub fn exact(&self) -> Option<&dyn Denoiser> {
        self.learned.as_ref().map(|_| &self.exact as &dyn Denoiser)
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

    /// What samples are told, of a network with codes.
    ///
    /// # Errors
    /// As those of [`telling`].
    pub fn telling(&self, args: &ToldArgs) -> Result<Option<Telling>, CliError> {
        match &self.learned {
            Some((network, _)) => telling(args, network, &self.flow),
            None => args.told(None).map(|_| None),
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

/// Whether flags say another target than that of a network; the usual one is what nobody has said.
pub fn is_another(args: &PlaneFlowArgs, record: &PlaneRecord) -> bool {
    let target = &args.target;
    // A name, or a number of components, does not make it the same one.
    if is_drawn(target) || args.size().is_some() {
        return !args.load_target().is_ok_and(|target| record.target.is(&target));
    }
    *target != PlaneTargetSpec::default() && target.to_string() != record.name
}

/// The first flag that says how a target is made, where none says which.
pub fn idle_size(args: &PlaneFlowArgs) -> Option<(&'static str, String)> {
    args.size().filter(|_| args.target == PlaneTargetSpec::default())
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
    if let Some((flag, given)) = idle_size(args) {
        return refused(flag, given);
    }
    if is_another(args, record) {
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
