//! The denoiser that a flag names: its file is read and its device chosen here.

use crate::cli::{CliError, GlobalArgs, checkpoint_file};
use crate::denoiser::grid::Denoiser;
use crate::experiment::grid::DenoiserSpec;
use crate::flow::GridPath;
use crate::gpu::{Device, choose};
use crate::model::grid::{Checkpoint, NetworkDenoiser};
use crate::train::grid::fits;
use std::path::Path;
use std::sync::Arc;

impl DenoiserSpec {
    /// The denoiser on `path`. A device is chosen only for a network.
    ///
    /// # Errors
    /// Names the flag `--denoiser`, the file and what does not fit.
    pub(in crate::cli) fn build(
        &self,
        path: &Arc<GridPath>,
        global: &GlobalArgs,
    ) -> Result<Box<dyn Denoiser>, CliError> {
        let about = |why: &str| CliError::Input(format!("--denoiser {self}: {why}"));
        let network = match self {
            Self::NoisyEarly(_) if !path.reveals() => {
                let why = "an early error is made while both tokens are masked, expected --source mask";
                return Err(about(why));
            }
            Self::Checkpoint(file) => {
                let checkpoint = checkpoint_file::read("--denoiser", file)?;
                misfit(file, &checkpoint, path)?;
                Some(network(file, &checkpoint, path, &choose(global.device())?.device)?)
            }
            Self::Oracle | Self::Noisy(_) | Self::NoisyEarly(_) => None,
        };
        Ok(self.on(path, network.as_ref()).map_err(|why| about(&why))?)
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
