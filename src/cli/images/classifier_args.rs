//! The flag that names a classifier, and the one that comes with the program.

use crate::cli::CliError;
use crate::data::images::ImageSource;
use crate::experiment::images::Shipped;
use crate::model::sequence::ClassifierFile;
use clap::Args;
use std::path::{Path, PathBuf};

/// Which classifier.
#[derive(Args, Clone, Debug)]
pub struct ClassifierArgs {
    /// A classifier of train classifier [default: the one that comes with the program, of shapes, digits or cifar10]
    #[arg(long, value_name = "FILE")]
    classifier: Option<PathBuf>,
}

impl ClassifierArgs {
    /// The file it is read from, if one is named.
    pub fn file(&self) -> Option<&Path> {
        self.classifier.as_deref()
    }

    /// Reads it, for images of `data`.
    ///
    /// # Errors
    /// [`CliError::Input`] naming the file, or if none comes with the program for such images.
    pub fn load(&self, data: &ImageSource) -> Result<ClassifierFile, CliError> {
        let file = match (&self.classifier, Shipped::of(data)) {
            (Some(file), _) => {
                return ClassifierFile::read(file).map_err(|e| CliError::Input(format!("--classifier: {e}")));
            }
            (None, Some(shipped)) => shipped.classifier(),
            (None, None) => {
                return Err(CliError::Input(format!(
                    "no classifier of {data} comes with the program: train one with train classifier and name it with \
                     --classifier FILE"
                )));
            }
        };
        file.map_err(CliError::Failed)
    }
}
