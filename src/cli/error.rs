//! How a command ends badly, and with which exit status.

use crate::data::download::DownloadError;
use crate::data::images::cifar10::InstallError;
use crate::data::{DataError, SpecError};
use crate::flow::FlowError;
use crate::gpu::DeviceError;
use crate::model::ModelFileError;
use crate::sampler::SamplerError;
use crate::train::TrainError;
use std::process::ExitCode;

/// Why a command stopped. The message is a whole paragraph for a person at a terminal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CliError {
    /// Bad arguments or bad input: exit status 2. Names the file, flag or value and what was expected.
    #[error("{0}")]
    Input(String),
    /// A failure while running: exit status 1.
    #[error("{0}")]
    Failed(String),
}

impl CliError {
    /// The exit status it stands for.
    pub fn status(&self) -> ExitCode {
        match self {
            Self::Input(_) => ExitCode::from(2),
            Self::Failed(_) => ExitCode::from(1),
        }
    }

    /// The same, with the flag or file it is about in front.
    #[must_use]
    pub fn about(self, what: impl std::fmt::Display) -> Self {
        match self {
            Self::Input(why) => Self::Input(format!("{what}: {why}")),
            Self::Failed(why) => Self::Failed(format!("{what}: {why}")),
        }
    }
}

impl From<DataError> for CliError {
    fn from(error: DataError) -> Self {
        match error {
            DataError::Write { .. } => Self::Failed(error.to_string()),
            _ => Self::Input(error.to_string()),
        }
    }
}

impl From<InstallError> for CliError {
    fn from(error: InstallError) -> Self {
        match error {
            InstallError::Data(error) | InstallError::Download(DownloadError::Write(error)) => error.into(),
            InstallError::Download(
                DownloadError::Other { .. } | DownloadError::Answer { .. } | DownloadError::Roots { .. },
            ) => Self::Input(error.to_string()),
            InstallError::Download(_) | InstallError::Interrupted => Self::Failed(error.to_string()),
        }
    }
}

impl From<FlowError> for CliError {
    fn from(error: FlowError) -> Self {
        Self::Input(error.to_string())
    }
}

impl From<SpecError> for CliError {
    fn from(error: SpecError) -> Self {
        Self::Input(error.to_string())
    }
}

impl From<ModelFileError> for CliError {
    fn from(error: ModelFileError) -> Self {
        Self::Input(error.to_string())
    }
}

impl From<SamplerError> for CliError {
    fn from(error: SamplerError) -> Self {
        match error {
            SamplerError::Denoiser(_) => Self::Failed(error.to_string()),
            _ => Self::Input(error.to_string()),
        }
    }
}

impl From<TrainError> for CliError {
    fn from(error: TrainError) -> Self {
        match error {
            TrainError::Setting(_) | TrainError::Misfit(_) => Self::Input(error.to_string()),
            TrainError::Diverged { .. } | TrainError::OutOfMemory { .. } | TrainError::Device(_) => {
                Self::Failed(error.to_string())
            }
        }
    }
}

impl From<DeviceError> for CliError {
    fn from(error: DeviceError) -> Self {
        match error {
            DeviceError::NoAdapter(_)
            | DeviceError::NoSuchAdapter(..)
            | DeviceError::NoRemote(_)
            | DeviceError::Several(_) => Self::Input(error.to_string()),
            DeviceError::Start(..) | DeviceError::Remote(..) => Self::Failed(error.to_string()),
        }
    }
}

/// Of a computation: what it was given has been checked before.
impl From<anyhow::Error> for CliError {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(format!("{error:#}"))
    }
}
