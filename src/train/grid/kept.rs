//! Runs that were kept when the window was last closed or killed.

use super::early::from_arrays;
use super::{EarlySample, TrainingRecord};
use crate::data::{RunFile, RunFolder, set_aside};
use crate::model::grid::{Checkpoint, NetworkDenoiser};
use burn::tensor::Device;
use std::path::PathBuf;
use std::sync::Arc;

/// So many runs are kept; the one that was written longest ago goes first.
pub const MOST_RUNS: usize = 8;

/// What is known of a run that was kept.
#[derive(Clone)]
pub struct KeptRun {
    /// Its number, from 1.
    pub number: u64,
    /// Its checkpoint.
    pub file: PathBuf,
    /// Settings, flow, and how far it was, with the history of its gap.
    pub record: TrainingRecord,
    /// Its early samples.
    pub early: Vec<EarlySample>,
    /// Its network, on the CPU.
    pub network: Arc<NetworkDenoiser>,
}

/// All runs of a folder, the one written last at the end, and what the user should know. A file that can't be used is
/// renamed, so that nothing in it is lost.
pub(super) fn read_all(folder: &RunFolder) -> (Vec<KeptRun>, Vec<String>) {
    let files = match folder.list() {
        Ok(files) => files,
        Err(why) => return (Vec::new(), vec![why.to_string()]),
    };
    let (mut runs, mut messages) = (Vec::new(), Vec::new());
    for file in files {
        match read(&file) {
            Ok(run) => runs.push(run),
            Err(why) => messages.push(match set_aside(&file.path) {
                Ok(aside) => {
                    let name = aside.file_name().unwrap_or_default().to_string_lossy().into_owned();
                    format!("{why}. The file was set aside as {name}.")
                }
                Err(error) => format!("{why}. It can't be set aside: {error}."),
            }),
        }
    }
    (runs, messages)
}

fn read(file: &RunFile) -> Result<KeptRun, String> {
    let about = |why: String| format!("{}: {why}", file.path.display());
    let checkpoint = Checkpoint::read(&file.path).map_err(|e| e.to_string())?;
    let record = TrainingRecord::of(&checkpoint).map_err(|e| about(e.to_string()))?;
    let early = from_arrays(&checkpoint, &record).map_err(about)?;
    let config = checkpoint.recipe.network;
    let net = checkpoint.network(&Device::flex()).map_err(about)?;
    let network = NetworkDenoiser::new(config, &net, record.flow.coupling.keep_rate());
    Ok(KeptRun { number: file.number, file: file.path.clone(), record, early, network: Arc::new(network) })
}
