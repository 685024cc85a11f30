//! Networks for texts by name, or out of a file.

use crate::model::ModelFileError;
use crate::model::sequence::TextFile;
use std::path::Path;

/// Those that come with the program: their names and files.
const SHIPPED: [(&str, &[u8]); 0] = [];

/// Why there is no network.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// The file.
    #[error(transparent)]
    File(#[from] ModelFileError),
    /// One of this program is broken.
    #[error("the network {0} of this program: {1}")]
    Shipped(String, String),
}

/// The names of the networks that come with the program.
pub fn text_networks() -> impl Iterator<Item = &'static str> {
    SHIPPED.iter().map(|(name, _)| *name)
}

/// A network that comes with the program, by its name, or the one of a file.
///
/// # Errors
/// If it is neither, or can't be used.
pub fn text_network(name: &str) -> Result<TextFile, NetworkError> {
    match SHIPPED.iter().find(|(own, _)| *own == name) {
        Some((_, bytes)) => {
            TextFile::from_bytes(bytes).map_err(|why| NetworkError::Shipped(name.to_owned(), why))
        }
        None => Ok(TextFile::read(Path::new(name))?),
    }
}
