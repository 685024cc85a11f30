//! Networks for texts by name, or out of a file.

use crate::assets;
use crate::model::ModelFileError;
use crate::model::sequence::TextFile;
use std::path::Path;

/// Those that come with the program: their names and files.
const SHIPPED: [(&str, &[u8]); 1] = [("programs", assets::PROGRAMS_NETWORK)];

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::language::{LanguageSpec, TextSource};

    #[test]
    fn those_that_come_with_the_program_are_read_by_name_and_others_are_files() {
        let found = text_network("programs").expect("a network");
        assert_eq!(found.recipe.data, TextSource::Language(LanguageSpec::Programs));
        assert_eq!(text_networks().collect::<Vec<_>>(), ["programs"]);
        assert!(text_network("sonnets").expect_err("no file").to_string().contains("sonnets"));
    }
}
