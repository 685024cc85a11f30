//! The FLOW flags, the same for every command.

use super::CliError;
use super::values::whole;
use crate::data::{FlowSpec, K_MAX, K_MIN, SourceSpec, TargetSpec};
use crate::flow::{Coupling, Scheduler};
use clap::Args;
use std::path::Path;

/// A flow on the K × K grid.
#[derive(Args, Clone, Debug)]
pub struct FlowArgs {
    /// Where the flow ends: checkerboard, moons, rings, spiral, pinwheel, gaussians, text:WORD, FILE.npy, FILE.csv or
    /// FILE.png [default: checkerboard]
    ///
    /// .npy and .csv files are K × K arrays (row = token 1) that fix K; pictures are averaged down to K × K with dark
    /// = mass. Values are ≥ 0 and are normalised.
    #[arg(long, help_heading = "Flow")]
    pub target: Option<TargetSpec>,
    /// Values a token can take, 2 to 256 [default: 64, or the size of a .npy or .csv target]
    #[arg(long, value_parser = whole(K_MIN as u64, K_MAX as u64), help_heading = "Flow", allow_hyphen_values = true)]
    pub k: Option<usize>,
    /// Bright = mass instead of dark = mass, for a .png target
    #[arg(long, help_heading = "Flow")]
    pub invert: bool,
    /// Where the flow starts: uniform, mask (all tokens masked: token K, so V = K + 1), or a K × K FILE.npy or FILE.csv
    /// [default: uniform]
    #[arg(long, help_heading = "Flow")]
    pub source: Option<SourceSpec>,
    /// How source and target are paired: independent, keep:RHO (tokens in place from the start with probability RHO,
    /// 0 to 1), or ot:EPS (entropic optimal transport with regularisation EPS, 0.005 to 1) [default: independent]
    #[arg(long, help_heading = "Flow")]
    pub coupling: Option<Coupling>,
    /// How fast the path is walked, κ(t): linear t, quadratic t², cubic t³, cosine 1−cos(πt/2), sin2 sin²(πt/2),
    /// power:N tᴺ (N above 0 and at most 100), or hermite:A,B (slopes A at t = 0 and B at t = 1, each 0 to 3)
    /// [default: quadratic]
    #[arg(long, help_heading = "Flow")]
    pub scheduler: Option<Scheduler>,
}

impl FlowArgs {
    /// As the library names it, defaults filled in.
    pub fn spec(&self) -> FlowSpec {
        self.spec_after(FlowSpec::default())
    }

    /// What was given, and the rest from `usual`.
    pub fn spec_after(&self, usual: FlowSpec) -> FlowSpec {
        FlowSpec {
            target: self.target.clone().unwrap_or(usual.target),
            k: self.k.or(usual.k),
            invert: self.invert || usual.invert,
            source: self.source.clone().unwrap_or(usual.source),
            coupling: self.coupling.unwrap_or(usual.coupling),
            scheduler: self.scheduler.unwrap_or(usual.scheduler),
        }
    }

    /// Refuses to write over a file that is read.
    ///
    /// # Errors
    /// [`CliError::Input`] naming both flags.
    pub fn refuse_to_overwrite(&self, out: &Path) -> Result<(), CliError> {
        let target = match &self.target {
            Some(TargetSpec::File(file)) => Some(("--target", file)),
            _ => None,
        };
        let source = match &self.source {
            Some(SourceSpec::File(file)) => Some(("--source", file)),
            _ => None,
        };
        for (flag, file) in target.into_iter().chain(source) {
            let same = |a: &Path, b: &Path| {
                a.canonicalize().ok().zip(b.canonicalize().ok()).is_some_and(|(a, b)| a == b)
            };
            if same(file, out) {
                return Err(CliError::Input(format!(
                    "--out {}: it is the file that {flag} reads; write to another one",
                    out.display()
                )));
            }
        }
        Ok(())
    }
}
