//! A denoiser on the grid by name (the oracle, the oracle with a dialled-in error, or a trained network), and the one
//! place in which it is made.

use crate::denoiser::grid::{Denoiser, Noisy, Oracle};
use crate::flow::{FlowError, GridPath};
use crate::model::grid::NetworkDenoiser;
use crate::train::grid::fits;
use crate::view::grid::Show;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

/// The name under which the network of the window is to be saved so that a figure's command finds it.
pub const NETWORK_FILE: &str = "network.safetensors";

/// One that can be asked from several threads at once.
pub type AnyDenoiser = Box<dyn Denoiser + Send + Sync>;

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

    /// Which of the two kinds a view shows.
    pub fn show(&self) -> Show {
        match self {
            Self::Checkpoint(_) => Show::Learned,
            Self::Oracle | Self::Noisy(_) | Self::NoisyEarly(_) => Show::Exact,
        }
    }

    /// The denoiser on `path`; `network` is that of a checkpoint, which has been read by whoever knows devices. An early
    /// error on a path on which nothing is revealed is made everywhere.
    ///
    /// # Errors
    /// If ε is out of range, there is no network, or it was trained for other tokens than the path's.
    pub fn on(&self, path: &Arc<GridPath>, network: Option<&NetworkDenoiser>) -> Result<AnyDenoiser, String> {
        let noisy = |epsilon| Noisy::new(path.clone(), epsilon).map_err(|why| why.to_string());
        Ok(match self {
            Self::Oracle => Box::new(Oracle::new(path.clone())),
            Self::Noisy(epsilon) => Box::new(noisy(*epsilon)?),
            Self::NoisyEarly(epsilon) => Box::new(noisy(*epsilon)?.early()),
            Self::Checkpoint(_) => {
                let trained = network.ok_or("there is no trained network yet: press Train")?;
                fits(&trained.config(), path)
                    .map_err(|why| format!("the network does not fit this flow: {why}"))?;
                Box::new(trained.on(path))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::grid::Settings;
    use crate::flow::Kappa;

    #[test]
    fn settings_and_names_make_the_same_denoiser() {
        let mut settings = Settings::default();
        settings.flow.k = Some(6);
        settings.flow.source = crate::data::SourceSpec::Mask;
        let path = Arc::new(settings.flow.path().expect("a path"));
        let kappa = Kappa::new(0.4);
        let answer = |denoiser: AnyDenoiser| {
            let kernel = denoiser.posterior(kappa).expect("an answer").axes[0].clone();
            [[6, 6], [6, 2]].map(|z| (0..7).map(|y| kernel.probability(y, z)).collect::<Vec<_>>())
        };
        let named = |name: &str| name.parse::<DenoiserSpec>().expect("a name");
        let exact = answer(Box::new(Oracle::new(path.clone())));
        let mut seen = Vec::new();
        for (epsilon, early_error, name) in
            [(0.0, true, "oracle"), (0.25, false, "noisy:0.25"), (0.25, true, "noisy-early:0.25")]
        {
            (settings.epsilon, settings.early_error) = (epsilon, early_error);
            assert_eq!(settings.denoiser(), named(name));
            let made = answer(named(name).on(&path, None).expect("no network is asked for"));
            assert!(!seen.contains(&made), "{name}");
            assert_eq!(made == exact, name == "oracle");
            // While both are masked it errs; with one revealed an early error is over.
            assert_eq!(made[1] == exact[1], name != "noisy:0.25");
            seen.push(made);
        }
        settings.flow.source = crate::data::SourceSpec::Uniform;
        assert_eq!(settings.denoiser(), named("noisy:0.25"), "nothing is revealed: no error is early");
        settings.show = Show::Learned;
        assert_eq!(settings.denoiser(), named(NETWORK_FILE));
    }

    #[test]
    fn a_network_is_needed_and_must_fit() {
        let path = |k: usize| {
            let flow = crate::data::FlowSpec { k: Some(k), ..crate::data::FlowSpec::default() };
            Arc::new(flow.path().expect("a path"))
        };
        let spec = DenoiserSpec::Checkpoint("a.safetensors".into());
        assert!(spec.on(&path(4), None).err().expect("none").contains("no trained network"));
        let config = crate::model::grid::GridMlpConfig { k: 4, mask: false, hidden: 8 };
        let network = NetworkDenoiser::new(config, &config.init(1, &burn::tensor::Device::flex()), 0.0);
        assert!(spec.on(&path(4), Some(&network)).is_ok());
        let why = spec.on(&path(5), Some(&network)).err().expect("another K");
        assert!(why.contains("does not fit this flow") && why.contains("K = 4"), "{why}");
    }
}
