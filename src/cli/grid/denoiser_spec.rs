//! A denoiser by name: the oracle, the oracle with a dialled-in error, or a trained network in a file.

use crate::cli::{CliError, checkpoint_file};

use crate::denoiser::grid::{Denoiser, Noisy, Oracle};
use crate::flow::{FlowError, GridPath};
use crate::gpu::{Device, DevicePreference, choose};
use crate::model::grid::{Checkpoint, NetworkDenoiser};
use crate::train::grid::fits;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

/// Which denoiser.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum DenoiserSpec {
    /// The exact posterior.
    #[default]
    Oracle,
    /// The exact posterior mixed with ε in \[0, 1\] of the uniform distribution over data tokens.
    Noisy(f64),
    /// The same error only while both tokens of a mask path are masked.
    NoisyEarly(f64),
    /// A checkpoint, `.safetensors`.
    Checkpoint(PathBuf),
}

impl FromStr for DenoiserSpec {
    type Err = FlowError;

    fn from_str(text: &str) -> Result<Self, FlowError> {
        let unreadable = || FlowError::Unreadable {
            what: "denoiser",
            given: text.to_owned(),
            expected: "oracle, noisy:EPS or noisy-early:EPS with EPS from 0 to 1, or FILE.safetensors",
        };
        if text == "oracle" {
            return Ok(Self::Oracle);
        }
        let (number, early) = match text.strip_prefix("noisy-early:") {
            Some(number) => (Some(number), true),
            None => (text.strip_prefix("noisy:"), false),
        };
        if let Some(number) = number {
            let epsilon = number.trim().parse::<f64>().map_err(|_| unreadable())?;
            return match (0.0..=1.0).contains(&epsilon) {
                true if early => Ok(Self::NoisyEarly(epsilon)),
                true => Ok(Self::Noisy(epsilon)),
                false => Err(unreadable()),
            };
        }
        if is_checkpoint(Path::new(text)) { Ok(Self::Checkpoint(text.into())) } else { Err(unreadable()) }
    }
}

impl fmt::Display for DenoiserSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Oracle => f.write_str("oracle"),
            Self::Noisy(epsilon) => write!(f, "noisy:{epsilon}"),
            Self::NoisyEarly(epsilon) => write!(f, "noisy-early:{epsilon}"),
            Self::Checkpoint(path) => write!(f, "{}", path.display()),
        }
    }
}

/// Whether a file name is that of a checkpoint.
pub fn is_checkpoint(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("safetensors"))
}

impl DenoiserSpec {
    /// The file it is read from.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Checkpoint(file) => Some(file),
            _ => None,
        }
    }

    /// The denoiser on `path`. A device is chosen only for a network.
    ///
    /// # Errors
    /// Names the flag `--denoiser`, the file and what does not fit.
    pub fn build(
        &self,
        path: &Arc<GridPath>,
        device: DevicePreference,
    ) -> Result<Box<dyn Denoiser>, CliError> {
        match self {
            Self::Oracle => Ok(Box::new(Oracle::new(path.clone()))),
            Self::Noisy(epsilon) => Ok(Box::new(Noisy::new(path.clone(), *epsilon)?)),
            Self::NoisyEarly(_) if !path.reveals() => Err(CliError::Input(format!(
                "--denoiser {self}: an early error is made while both tokens are masked, expected --source mask"
            ))),
            Self::NoisyEarly(epsilon) => Ok(Box::new(Noisy::new(path.clone(), *epsilon)?.early())),
            Self::Checkpoint(file) => {
                let checkpoint = checkpoint_file::read("--denoiser", file)?;
                let misfit = misfit(file, &checkpoint, path);
                misfit.and_then(|()| {
                    Ok(Box::new(network(file, &checkpoint, path, &choose(device)?.device)?) as _)
                })
            }
        }
    }
}

/// Refuses a checkpoint of another K or source than the flow's, before a device is started for it.
pub(in crate::cli) fn misfit(file: &Path, checkpoint: &Checkpoint, path: &GridPath) -> Result<(), CliError> {
    fits(&checkpoint.recipe.network, path).map_err(|why| {
        CliError::Input(format!("--denoiser {} does not fit this flow: {why}", file.display()))
    })
}

/// The network of a checkpoint, as a denoiser of `path` on `device`.
pub(in crate::cli) fn network(
    file: &Path,
    checkpoint: &Checkpoint,
    path: &GridPath,
    device: &Device,
) -> Result<NetworkDenoiser, CliError> {
    let net = checkpoint
        .network(device)
        .map_err(|why| CliError::Input(format!("--denoiser {}: {why}", file.display())))?;
    Ok(NetworkDenoiser::new(checkpoint.recipe.network, &net, path.coupling().keep_rate()).on(path))
}
