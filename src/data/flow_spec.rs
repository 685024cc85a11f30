//! A flow by name: what the command line's FLOW arguments and the window's left panel both describe.

use super::shell::flag;
use super::{DataError, TargetSpec, check_k, load_pmf_file, load_target};
use crate::flow::serde_as_text;
use crate::flow::{ConditionalPath, Coupling, FlowError, GridPath, Scheduler, Source};
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// The source by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum SourceSpec {
    /// All states equally likely.
    #[default]
    Uniform,
    /// All tokens masked.
    Mask,
    /// A pmf K × K in a `.npy` or `.csv` file.
    File(PathBuf),
}

impl FromStr for SourceSpec {
    type Err = FlowError;

    fn from_str(text: &str) -> Result<Self, FlowError> {
        let is_file = Path::new(text)
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("npy") || e.eq_ignore_ascii_case("csv"));
        match text {
            "uniform" => Ok(Self::Uniform),
            "mask" => Ok(Self::Mask),
            _ if is_file => Ok(Self::File(PathBuf::from(text))),
            _ => Err(FlowError::Unreadable {
                what: "source",
                given: text.to_owned(),
                expected: "uniform, mask, FILE.npy or FILE.csv",
            }),
        }
    }
}

serde_as_text!(SourceSpec, FlowError);

impl fmt::Display for SourceSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uniform => f.write_str("uniform"),
            Self::Mask => f.write_str("mask"),
            Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}

/// Everything that makes a flow on the grid.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct FlowSpec {
    /// The target.
    pub target: TargetSpec,
    /// K; `None` takes the file's own size, or 64.
    pub k: Option<usize>,
    /// Bright = mass, for a picture.
    pub invert: bool,
    /// The source.
    pub source: SourceSpec,
    /// The coupling.
    pub coupling: Coupling,
    /// How a token goes from noise to data.
    pub conditional: ConditionalPath,
    /// The scheduler.
    pub scheduler: Scheduler,
}

/// Why a flow could not be built. Always bad input, never a failure of the program.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SpecError {
    /// A file or target.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A combination or parameter.
    #[error(transparent)]
    Flow(#[from] FlowError),
}

impl FlowSpec {
    /// Checks what can be checked without reading a file or building the path.
    ///
    /// # Errors
    /// Names the first setting that is out of range.
    pub fn validated(self) -> Result<Self, SpecError> {
        self.k.map(check_k).transpose()?;
        self.coupling.validated()?;
        self.conditional.validated()?;
        self.scheduler.validated()?;
        Ok(self)
    }

    /// Reads the files it names and builds the path.
    ///
    /// # Errors
    /// Names the file, flag or value at fault.
    pub fn path(&self) -> Result<GridPath, SpecError> {
        let path = self.path_while(&|| true)?;
        Ok(path.ok_or_else(|| FlowError::Unsupported("the path was given up".to_owned()))?)
    }

    /// The same; `None` if `go_on` said no while transport was being solved.
    ///
    /// # Errors
    /// As [`Self::path`]'s.
    pub fn path_while(&self, go_on: &dyn Fn() -> bool) -> Result<Option<GridPath>, SpecError> {
        let target = load_target(&self.target, self.k, self.invert)?;
        let source = match &self.source {
            SourceSpec::Uniform => Source::Uniform,
            SourceSpec::Mask => Source::Mask,
            SourceSpec::File(file) => Source::Pmf(load_pmf_file(file, Some(target.nrows()), "the source")?),
        };
        let path = GridPath::new_while(&target, &source, self.coupling, go_on)?;
        Ok(path.map(|path| path.along(self.conditional)).transpose()?)
    }
}

impl FlowSpec {
    /// As the flags of a command that makes the same flow anywhere: a drawn target is given as a whole. Files are named.
    pub fn whole_flags(&self) -> String {
        format!("{}{}", flag("target", &String::from(self.target.clone())), AfterTarget(self))
    }
}

/// As command-line flags for people to read: of a drawn target the name.
impl fmt::Display for FlowSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", flag("target", &self.target.to_string()), AfterTarget(self))
    }
}

/// All flags but the target's.
struct AfterTarget<'a>(&'a FlowSpec);

impl fmt::Display for AfterTarget<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let spec = self.0;
        if let Some(k) = spec.k {
            write!(f, " --k {k}")?;
        }
        if spec.invert {
            f.write_str(" --invert")?;
        }
        let source = flag("source", &spec.source.to_string());
        write!(f, " {source} --coupling {}", spec.coupling)?;
        if spec.conditional != ConditionalPath::Mixture {
            write!(f, " --path {}", spec.conditional)?;
        }
        write!(f, " --scheduler {}", spec.scheduler)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_flow_is_a_checkerboard_from_uniform_noise() {
        let spec = FlowSpec::default();
        let path = spec.path().expect("the default flow");
        assert_eq!((path.data_tokens(), path.has_mask()), (64, false));
        assert_eq!(
            spec.to_string(),
            "--target checkerboard --source uniform --coupling independent --scheduler quadratic"
        );
    }

    #[test]
    fn a_source_file_must_have_the_targets_size() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("source.npy");
        crate::data::write_npy_f64(&file, &[4, 4], &[0.0625; 16]).expect("write");
        let spec = |k| FlowSpec { k: Some(k), source: SourceSpec::File(file.clone()), ..FlowSpec::default() };
        assert!(spec(4).path().is_ok());
        let message = spec(8).path().expect_err("another size").to_string();
        assert!(
            message.contains("source.npy") && message.contains('4') && message.contains('8'),
            "{message}"
        );
    }

    #[test]
    fn a_spec_survives_json() {
        let spec = FlowSpec {
            target: TargetSpec::Text("DFM".to_owned()),
            k: Some(32),
            source: SourceSpec::Mask,
            coupling: Coupling::Keep(0.25),
            conditional: ConditionalPath::ThreeWay(0.5),
            scheduler: Scheduler::Hermite { a: 0.5, b: 2.0 },
            ..FlowSpec::default()
        };
        let text = serde_json::to_string(&spec).expect("json");
        assert_eq!(serde_json::from_str::<FlowSpec>(&text).expect("a spec"), spec);
    }

    #[test]
    fn source_names_round_trip_and_nonsense_is_refused() {
        for name in ["uniform", "mask", "a/b.npy", "b.CSV"] {
            assert_eq!(name.parse::<SourceSpec>().map(|s| s.to_string()), Ok(name.to_owned()));
        }
        for bad in ["", "noise", "x.png", "uniform "] {
            assert!(bad.parse::<SourceSpec>().is_err(), "{bad}");
        }
    }
}
