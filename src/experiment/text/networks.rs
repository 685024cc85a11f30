//! Networks for texts by name, or out of a file, with what they were given of texts in training.

use super::settings::Answers;
use crate::assets;
use crate::data::language::{Language, LanguageSpec, TextSource};
use crate::denoiser::sequence::SequenceDenoiser;
use crate::model::ModelFileError;
use crate::model::sequence::{Reader, TextFile, TextNetwork};
use crate::train::sequence::{Prompt, RunRecord as _, TextTraining};
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;

/// Those that come with the program: their names, how they answer, and their files.
const SHIPPED: [(&str, Answers, &[u8]); 3] = [
    ("programs", Answers::Network, assets::PROGRAMS_NETWORK),
    ("shakespeare", Answers::Network, assets::SHAKESPEARE_NETWORK),
    ("shakespeare-twin", Answers::Twin, assets::SHAKESPEARE_TWIN),
];

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
    text_networks_by_answers().map(|(name, _)| name)
}

/// The same with how they answer.
pub fn text_networks_by_answers() -> impl Iterator<Item = (&'static str, Answers)> {
    SHIPPED.iter().map(|(name, answers, _)| (*name, *answers))
}

/// The name of the network that comes with the program for texts of `source` and answers so; none where there is none.
pub fn text_network_for(source: &TextSource, answers: Answers) -> Option<&'static str> {
    match (source, answers) {
        (TextSource::Language(LanguageSpec::Programs), Answers::Network) => Some("programs"),
        (TextSource::Letters(None), Answers::Network) => Some("shakespeare"),
        (TextSource::Letters(None), Answers::Twin) => Some("shakespeare-twin"),
        _ => None,
    }
}

/// A network that comes with the program, by its name, or the one of a file.
///
/// # Errors
/// If it is neither, or can't be used.
pub fn text_network(name: &str) -> Result<TextFile, NetworkError> {
    match SHIPPED.iter().find(|(own, ..)| *own == name) {
        Some((.., bytes)) => {
            TextFile::from_bytes(bytes).map_err(|why| NetworkError::Shipped(name.to_owned(), why))
        }
        None => Ok(TextFile::read(Path::new(name))?),
    }
}

/// A network ready to answer.
pub enum Teller {
    /// About states, in steps.
    Denoiser(Arc<dyn SequenceDenoiser>),
    /// From left to right.
    Reader(Reader),
}

/// A network, and what was given of the texts that it learned from.
#[derive(Clone)]
pub struct TaughtNetwork {
    /// The network.
    pub network: TextNetwork,
    /// What was given, each as often; nothing of a file that does not say.
    pub prompts: Vec<Prompt>,
}

impl Deref for TaughtNetwork {
    type Target = TextNetwork;

    fn deref(&self) -> &TextNetwork {
        &self.network
    }
}

impl TaughtNetwork {
    /// That of a file.
    ///
    /// # Errors
    /// Never of a file that was read: its sizes are looked at there.
    pub fn of_file(file: &TextFile) -> Result<Self, String> {
        let prompts = TextTraining::of(&file.recipe).map_or_else(|_| Vec::new(), |run| run.config.prompts);
        Ok(Self { network: TextNetwork::of_file(file)?, prompts })
    }

    /// As it answers on a side.
    ///
    /// # Errors
    /// If it is of other texts than `language`, or answers in the other way.
    pub fn teller(&self, answers: Answers, language: &Language) -> Result<Teller, String> {
        if let Some(why) = self.network.misfit(language) {
            return Err(why);
        }
        match (answers, self.network.denoiser(), self.network.reader()) {
            (Answers::Twin, _, Some(reader)) => Ok(Teller::Reader(reader.clone())),
            (Answers::Network, Some(denoiser), _) => Ok(Teller::Denoiser(denoiser)),
            (Answers::Twin, ..) => {
                Err("the network denoises; it does not write from left to right".to_owned())
            }
            _ => Err("the network writes from left to right, and denoises nothing".to_owned()),
        }
    }

    /// Why what it answers about texts of which the tokens `is_given` alone are given means little: more was given of every text
    /// in training. None where such texts were met.
    pub fn unmet(&self, is_given: impl Fn(usize) -> bool) -> Option<String> {
        unmet(&self.prompts, self.network.config.tokens, is_given)
    }
}

/// The same of one that was given each of `prompts` as often, of texts of so many `tokens`.
pub fn unmet(prompts: &[Prompt], tokens: usize, is_given: impl Fn(usize) -> bool) -> Option<String> {
    let always = || prompts.iter().map(|prompt| prompt.always(tokens));
    if always().any(|mut tokens| tokens.all(&is_given)) {
        return None;
    }
    let least = always().min_by_key(ExactSizeIterator::len)?;
    let taught: Vec<String> = prompts.iter().map(ToString::to_string).collect();
    Some(format!(
        "in training it was always given part of a text ({}): what it writes means little unless tokens {} to {} are given",
        taught.join(" or "),
        least.start + 1,
        least.end
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_that_was_always_given_something_says_so_where_nothing_is() {
        let file = text_network("programs").expect("a network");
        let network = TaughtNetwork::of_file(&file).expect("a network");
        assert_eq!(network.prompts, [Prompt::Docstring]);
        let why = network.unmet(|_| false).expect("it learned with a docstring");
        assert!(why.contains("(docstring)") && why.contains("tokens 1 to 28"), "{why}");
        assert!(network.unmet(|token| token < 12).is_some(), "examples were given, too");
        assert_eq!(network.unmet(|token| token < 28), None);
        let with = |prompts: &[Prompt]| TaughtNetwork { prompts: prompts.to_vec(), ..network.clone() };
        assert_eq!(with(&[Prompt::Docstring, Prompt::Prefix]).unmet(|_| false), None);
        assert_eq!(with(&[]).unmet(|_| false), None, "nobody knows");
        let why = with(&[Prompt::Docstring, Prompt::Examples]).unmet(|_| false).expect("a reason");
        assert!(why.contains("(docstring or examples)") && why.contains("tokens 13 to 28"), "{why}");
    }

    #[test]
    fn those_that_come_with_the_program_are_read_by_name_and_others_are_files() {
        let mut named = Vec::new();
        for source in [TextSource::Language(LanguageSpec::Programs), TextSource::Letters(None)] {
            for answers in [Answers::Network, Answers::Twin] {
                let Some(name) = text_network_for(&source, answers) else { continue };
                let found = text_network(name).expect("a network");
                assert_eq!(
                    (found.recipe.data, found.recipe.network.causal),
                    (source.clone(), answers == Answers::Twin)
                );
                named.push((name, answers));
            }
        }
        assert_eq!(named, text_networks_by_answers().collect::<Vec<_>>());
        assert!(text_network("sonnets").expect_err("no file").to_string().contains("sonnets"));
    }
}
