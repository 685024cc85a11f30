//! The command inside a figure, read back.

use super::export::{ExportArgs, MovesArg, ScaleArg};
use super::{Cli, Command, DenoiserSpec};
use crate::data::FlowSpec;
use crate::figure::recipe::words;
use crate::sampler::{Method, SamplerConfig};
use crate::view::{DivergencePart, Marks, MoveKind, ScaleMode, View};
use clap::Parser as _;

/// What an `export` command says about its experiment; what it does not say is `None`.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportedExperiment {
    /// The flow.
    pub flow: FlowSpec,
    /// The view, if it shows one.
    pub view: Option<View>,
    /// The time.
    pub t: Option<f64>,
    /// The denoiser.
    pub denoiser: Option<DenoiserSpec>,
    /// The sampler of its run, or its corrector alone.
    pub sampler: Option<SamplerConfig>,
    /// Number of particles.
    pub particles: Option<usize>,
    /// Their seed.
    pub seed: u64,
    /// Part of the divergence.
    pub part: DivergencePart,
    /// Range of the colours.
    pub scale: ScaleMode,
    /// What it marks.
    pub marks: Marks,
}

/// Reads a command that [`crate::view::Recipe::command`] wrote.
///
/// # Errors
/// Says what can't be read.
pub fn experiment_of(command: &str) -> Result<ExportedExperiment, String> {
    let words = words(command).ok_or("a quote is not closed")?;
    let cli = Cli::try_parse_from(words).map_err(|why| why.to_string().trim().to_owned())?;
    let Some(Command::Export(args)) = &cli.command else {
        return Err("it is not an export of dfm-explorer".to_owned());
    };
    args.experiment(cli.global.seed())
}

impl ExportArgs {
    fn experiment(&self, seed: u64) -> Result<ExportedExperiment, String> {
        let one = |method: Method, steps: usize| self.stepping.config(method, steps);
        let sampler = match (self.mark, &self.steps[..]) {
            (Some(mark), _) => Some(one(mark.method, mark.steps)),
            (None, [steps]) => Some(one(self.method.first().copied().unwrap_or_default(), *steps)),
            _ => None,
        };
        Ok(ExportedExperiment {
            flow: self.flow.spec().map_err(|why| why.to_string())?,
            view: self.view.view(),
            t: self.t,
            denoiser: self.denoiser.clone(),
            sampler,
            particles: self.particles,
            seed,
            part: self.part(),
            scale: if self.scale == ScaleArg::Auto { ScaleMode::PerFrame } else { ScaleMode::Fixed },
            marks: self.marks(),
        })
    }

    /// Which part of the divergence is shown.
    pub(super) fn part(&self) -> DivergencePart {
        self.part.map_or(DivergencePart::Total, Into::into)
    }

    /// What is marked over the picture.
    pub(super) fn marks(&self) -> Marks {
        Marks {
            moves: self.moves.map(|moves| match moves {
                MovesArg::Rates => MoveKind::Rates,
                MovesArg::Fluxes => MoveKind::Fluxes,
            }),
            cell: self.cell.map(|cell| cell.0),
            particle: self.follow,
            section: self.section.map(|section| section.0),
        }
    }
}
