//! What a run on texts was started with, in words: by what differs, runs are told apart.

use super::TextTrainConfig;
use crate::data::language::TextSource;
use crate::flow::{SequenceSource, counted};
use crate::model::sequence::{TextNetConfig, TextRecipe};
use crate::train::sequence::settings::names_by_difference;

/// What a run was started with.
#[derive(Clone, Debug, PartialEq)]
pub struct TextRunSettings {
    /// On what.
    pub source: TextSource,
    /// The sizes of its network, with the source of its flow.
    pub network: TextNetConfig,
    /// How.
    pub config: TextTrainConfig,
}

impl TextRunSettings {
    /// Of a file that is trained as `config` says.
    pub fn of(recipe: &TextRecipe, config: TextTrainConfig) -> Self {
        Self { source: recipe.data.clone(), network: recipe.network, config }
    }

    /// What is trained.
    pub fn words(&self) -> String {
        let Self { source, network, .. } = self;
        format!("{source} in {} tokens, {}, {}", network.tokens, self.kind(), network.size_words())
    }

    /// Whether it denoises, and from where, or writes from left to right.
    fn kind(&self) -> String {
        match (self.network.causal, self.network.source) {
            (true, _) => "left to right".to_owned(),
            (false, SequenceSource::Mask) => "mask source".to_owned(),
            (false, SequenceSource::Uniform) => "uniform source".to_owned(),
        }
    }

    /// How it is trained, as far as that is not the same for all.
    pub fn course(&self) -> String {
        let TextTrainConfig { batch, learning_rate, texts, dropout, .. } = self.config;
        let mut words = vec![format!("batch {batch}"), format!("learning rate {learning_rate}")];
        words.extend((dropout > 0.0).then(|| format!("dropout {dropout}")));
        words.extend((texts > 0).then(|| format!("{} long", counted(texts, "text"))));
        words.push(format!("given {}", self.prompts()));
        words.join(", ")
    }

    fn prompts(&self) -> String {
        self.config.prompts.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ")
    }

    /// One by one, in an order that all runs share.
    fn phrases(&self) -> Vec<String> {
        let Self { source, network, config } = self;
        vec![
            source.to_string(),
            format!("{} tokens", network.tokens),
            self.kind(),
            network.size_words(),
            format!("given {}", self.prompts()),
            format!("batch {}", config.batch),
            format!("learning rate {}", config.learning_rate),
            match config.texts {
                0 => "no end".to_owned(),
                texts => format!("{} long", counted(texts, "text")),
            },
            config.clip.map_or("no clipping".to_owned(), |clip| format!("clipped at {clip}")),
            format!("dropout {}", config.dropout),
            format!("seed {}", config.seed),
        ]
    }

    /// Names for runs that were given none, of their numbers and what differs between them.
    pub fn names(runs: &[(u64, &Self)]) -> Vec<String> {
        names_by_difference(runs.iter().map(|(number, run)| (*number, run.phrases())).collect())
    }
}
