//! Runs that were kept when the window was last closed or killed.

use super::PlaneRecord;
use crate::data::RunFile;
use crate::model::plane::{PlaneFile, PlaneNetwork};
use std::path::PathBuf;
use std::sync::Arc;

/// What is known of a run that was kept.
#[derive(Clone, Debug)]
pub struct KeptPlaneRun {
    /// Its number, from 1.
    pub number: u64,
    /// Its file.
    pub file: PathBuf,
    /// Settings, flow, and how far it was, with its curves.
    pub record: PlaneRecord,
    /// Its network.
    pub network: Arc<PlaneNetwork>,
}

/// What is in the file of a run.
///
/// # Errors
/// If it can't be used.
pub(super) fn read(file: &RunFile) -> Result<KeptPlaneRun, String> {
    let about = |why: String| format!("{}: {why}", file.path.display());
    let read = PlaneFile::read(&file.path).map_err(|e| e.to_string())?;
    let record = PlaneRecord::of(&read).map_err(|e| about(e.to_string()))?;
    let network = PlaneNetwork::new(read.network().map_err(about)?);
    Ok(KeptPlaneRun { number: file.number, file: file.path.clone(), record, network: Arc::new(network) })
}
