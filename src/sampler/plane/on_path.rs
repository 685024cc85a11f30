//! A sampler as lists of them name it: METHOD on its usual path, or METHOD@PATH.

use super::setting::{PlaneMethod, PlaneSampler};
use crate::flow::plane::AffinePath;
use crate::flow::{FlowError, serde_as_text};
use std::fmt;
use std::str::FromStr;

/// A method, and its path where it is not the usual one.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct MethodOnPath {
    /// How it steps.
    pub method: PlaneMethod,
    /// Along which path; none: what the method is usually taken on.
    pub path: Option<AffinePath>,
}

impl MethodOnPath {
    /// The sampler, of one step.
    pub fn sampler(self) -> PlaneSampler {
        let usual = PlaneSampler::usual(self.method, 1);
        PlaneSampler { path: self.path.unwrap_or(usual.path), ..usual }
    }

    /// Those that a text names, one or several separated by commas: a method whose parameters hold a comma stands alone.
    ///
    /// # Errors
    /// Says which name can't be read, and what was expected.
    pub fn list(text: &str) -> Result<Vec<Self>, FlowError> {
        match text.parse() {
            Ok(alone) => Ok(vec![alone]),
            Err(_) => text.split(',').map(str::parse).collect(),
        }
    }
}

impl From<PlaneMethod> for MethodOnPath {
    fn from(method: PlaneMethod) -> Self {
        Self { method, path: None }
    }
}

impl fmt::Display for MethodOnPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path {
            Some(path) => write!(f, "{}@{path}", self.method),
            None => write!(f, "{}", self.method),
        }
    }
}

impl FromStr for MethodOnPath {
    type Err = FlowError;

    fn from_str(text: &str) -> Result<Self, FlowError> {
        let text = text.trim();
        let (method, path) = text.split_once('@').map_or((text, None), |(method, path)| (method, Some(path)));
        Ok(Self { method: method.parse()?, path: path.map(str::parse).transpose()? })
    }
}

serde_as_text!(MethodOnPath, FlowError);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_and_a_method_with_a_comma_stands_alone() {
        let said = |text: &str| {
            let all = MethodOnPath::list(text).expect(text);
            all.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(said("euler, euler@vp,dopri5:1e-4"), ["euler", "euler@vp", "dopri5:0.0001"]);
        assert_eq!(said("superposition:0.5,0.3"), ["superposition:0.5,0.3"]);
        assert!(MethodOnPath::list("euler,nothing").is_err_and(|why| why.to_string().contains("nothing")));
        assert!(MethodOnPath::list("euler@nowhere").is_err() && MethodOnPath::list("").is_err());
        let on_vp: MethodOnPath = "euler@vp".parse().expect("a sampler");
        assert_eq!((on_vp.sampler().path, on_vp.sampler().steps), (AffinePath::VP, 1));
        let ddpm = MethodOnPath::from(PlaneMethod::Ddpm { tilde: true });
        assert_eq!(ddpm.sampler(), PlaneSampler::usual(ddpm.method, 1));
    }
}
