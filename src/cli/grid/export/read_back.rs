//! The command inside a figure, read back.

use crate::cli::grid::export::args::ExportArgs;
use crate::cli::grid::export::values::ScaleArg;
use crate::cli::{Cli, Command};
use crate::experiment::grid::DenoiserSpec;

use crate::data::shell::words;
use crate::data::{FlowSpec, SourceSpec, TargetSpec, beside};
use crate::sampler::grid::{Method, SamplerConfig};
use crate::view::grid::{DivergencePart, Marks, ScaleMode, View};
use clap::Parser as _;
use std::path::Path;

/// What an `export` command says about its experiment; what it does not say is `None`.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportedExperiment {
    /// The flow.
    pub flow: FlowSpec,
    /// The view, if it shows one.
    pub view: Option<View>,
    /// The time.
    pub t: Option<f64>,
    /// The denoiser.
    pub denoiser: Option<DenoiserSpec>,
    /// The sampler of its run, or its corrector alone.
    pub sampler: Option<SamplerConfig>,
    /// Number of particles.
    pub particles: Option<usize>,
    /// Their seed.
    pub seed: u64,
    /// Part of the divergence.
    pub part: DivergencePart,
    /// Range of the colours.
    pub scale: ScaleMode,
    /// What it marks.
    pub marks: Marks,
}

/// Reads a command that [`crate::view::grid::Recipe::command`] wrote.
///
/// # Errors
/// Says what can't be read.
pub fn experiment_of(command: &str) -> Result<ExportedExperiment, String> {
    let words = words(command).ok_or("a quote is not closed")?;
    let cli = Cli::try_parse_from(tied(words)).map_err(|why| why.to_string().trim().to_owned())?;
    let Some(Command::Export(args)) = &cli.command else {
        return Err("it is not an export of dfm-explorer".to_owned());
    };
    args.experiment(cli.global.seed())
}

/// Flags with a name that may begin with a dash.
const NAMES: [&str; 4] = ["--target", "--source", "--denoiser", "--out"];

/// The words with each name tied to its flag: older figures have the name by itself, also where it begins with a dash.
fn tied(words: Vec<String>) -> Vec<String> {
    let mut tied = Vec::with_capacity(words.len());
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        let name = if NAMES.contains(&word.as_str()) { words.next() } else { None };
        tied.push(name.map_or(word.clone(), |name| format!("{word}={name}")));
    }
    tied
}

impl ExportedExperiment {
    /// The same with files looked for beside the `figure`, too, that are not where it says.
    #[must_use]
    pub fn found_beside(mut self, figure: &Path) -> Self {
        if let TargetSpec::File(file) = &mut self.flow.target {
            *file = beside(file, figure);
        }
        if let SourceSpec::File(file) = &mut self.flow.source {
            *file = beside(file, figure);
        }
        if let Some(DenoiserSpec::Checkpoint(file)) = &mut self.denoiser {
            *file = beside(file, figure);
        }
        self
    }
}

impl ExportArgs {
    fn experiment(&self, seed: u64) -> Result<ExportedExperiment, String> {
        let one = |method: Method, steps: usize| self.stepping.config(method, steps);
        let sampler = match (self.mark, &self.steps[..]) {
            (Some(mark), _) => Some(one(mark.method, mark.steps)),
            (None, [steps]) => Some(one(self.method.first().copied().unwrap_or_default(), *steps)),
            _ => None,
        };
        Ok(ExportedExperiment {
            flow: self.flow.spec().map_err(|why| why.to_string())?,
            view: self.view.view(),
            t: self.t,
            denoiser: self.denoiser.clone(),
            sampler,
            particles: self.particles,
            seed,
            part: self.part(),
            scale: if self.scale == ScaleArg::Auto { ScaleMode::PerFrame } else { ScaleMode::Fixed },
            marks: self.marks(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::shell::quoted;
    use crate::figure::Page;
    use crate::view::grid::{Flow, Recipe, Subject};
    use proptest::prelude::*;

    fn recipe(flow: &FlowSpec, denoiser: Option<String>) -> Recipe {
        Recipe {
            seconds: None,
            subject: Subject::View(View::Mass),
            flow: Flow { said: flow.to_string(), whole: flow.whole_flags() },
            t: 0.5,
            denoiser,
            sampler: String::new(),
            particles: (100, 0),
            part: DivergencePart::Total,
            scale: ScaleMode::Fixed,
            ends: None,
            marks: Marks::default(),
            noise: false,
            frames: None,
            page: Page::default(),
            caption: true,
        }
    }

    /// What a command says that was written for these files.
    fn written(target: &str, source: &str, network: &str, out: &str) -> (String, ExportedExperiment) {
        let flow = FlowSpec {
            target: TargetSpec::File(target.into()),
            source: SourceSpec::File(source.into()),
            ..FlowSpec::default()
        };
        let command = recipe(&flow, Some(network.to_owned())).command(out);
        let read = experiment_of(&command).unwrap_or_else(|why| panic!("{command}: {why}"));
        (command, read)
    }

    #[test]
    fn files_with_awkward_names_come_back() {
        for name in [
            "--weird",
            "-k",
            "two\nlines",
            "a b",
            "it's",
            "quo\"te",
            "back\\slash",
            "流動",
            "#1",
            "$HOME `id`",
            "\t\u{7}",
            "a'$'b",
        ] {
            let [target, source] = ["npy", "csv"].map(|ending| format!("{name}.{ending}"));
            let network = format!("{name}.safetensors");
            let (command, read) = written(&target, &source, &network, &format!("{name}.svg"));
            assert_eq!(read.flow.target, TargetSpec::File(target.into()), "{command}");
            assert_eq!(read.flow.source, SourceSpec::File(source.into()), "{command}");
            assert_eq!(read.denoiser, Some(DenoiserSpec::Checkpoint(network.into())), "{command}");
            assert!(!command.contains(char::is_control), "{command}");
        }
    }

    #[test]
    fn older_figures_have_names_with_a_dash_by_themselves() {
        let command =
            "dfm-explorer export --view mass --target --weird.npy --k 64 --source -s.csv --out x.svg";
        let read = experiment_of(command).expect("an experiment");
        assert_eq!(read.flow.target, TargetSpec::File("--weird.npy".into()));
        assert_eq!((read.flow.k, read.flow.source), (Some(64), SourceSpec::File("-s.csv".into())));
    }

    #[test]
    fn files_are_looked_for_beside_the_figure() {
        let desk = tempfile::tempdir().expect("a folder");
        let figure = desk.path().join("figure.svg");
        std::fs::write(desk.path().join("a b.npy"), "").expect("written");
        let read = |name: &str| {
            let command =
                format!("dfm-explorer export --view mass --target {} --out figure.svg", quoted(name));
            experiment_of(&command).expect("an experiment").found_beside(&figure).flow.target
        };
        let found = TargetSpec::File(desk.path().join("a b.npy"));
        assert_eq!((read("a b.npy"), read("/elsewhere/a b.npy")), (found.clone(), found));
        assert_eq!(read("none.npy"), TargetSpec::File("none.npy".into()));
        assert_eq!(read("moons"), TargetSpec::Moons);
    }

    proptest! {
        #[test]
        fn any_file_comes_back(name in "[-a流 '\"\\\\$#\n\t:=]{1,12}|\\PC{1,9}", out in "[-a '\n]{1,5}") {
            // A name that is an extension alone is none of a file that can be read.
            prop_assume!(!name.ends_with('/') && !name.starts_with("text:") && !name.starts_with("drawn:"));
            let (_, read) = written(&format!("{name}.npy"), &format!("{name}.npy"), "oracle", &out);
            prop_assert_eq!(read.flow.target, TargetSpec::File(format!("{name}.npy").into()));
            prop_assert_eq!(read.flow.source, SourceSpec::File(format!("{name}.npy").into()));
        }
    }
}
