//! Which samplers are compared, and by what.

use super::settings::PlaneSide;
use crate::flow::FlowError;
use crate::flow::plane::AffinePath;
use crate::sampler::plane::{Measure, MethodOnPath, Noise, PlaneMethod, PlaneSampler};
use serde::{Deserialize, Serialize};

/// Samplers that are compared at once, at most: more curves than can be told apart.
const MOST_COMPARED: usize = 32;

/// What the curves of samplers are of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SamplerChoice {
    /// The samplers.
    pub methods: Vec<MethodOnPath>,
    /// Those of all sides, too, as they are set.
    pub own: bool,
    /// What is measured.
    pub measure: Measure,
}

/// Samplers to be compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared {
    /// Each once, with one step.
    pub samplers: Vec<PlaneSampler>,
    /// What is measured.
    pub measure: Measure,
}

/// Samplers of flow matching and of diffusion, each as it is usually taken.
fn usual() -> Vec<MethodOnPath> {
    let on_usual = |method: PlaneMethod| MethodOnPath::from(method);
    vec![
        on_usual(PlaneMethod::Euler),
        on_usual(PlaneMethod::Midpoint),
        on_usual(PlaneMethod::Rk4),
        on_usual(PlaneMethod::Sde(Noise::Tame(1.0))),
        on_usual(PlaneMethod::Ddim { eta: 0.0 }),
        // The probability-flow ODE of diffusion: Euler on its path.
        MethodOnPath { path: Some(AffinePath::VP), ..on_usual(PlaneMethod::Euler) },
        on_usual(PlaneMethod::Ddpm { tilde: true }),
        on_usual(PlaneMethod::Ddpm { tilde: false }),
        on_usual(PlaneMethod::Sde(Noise::Memoryless(1.0))),
    ]
}

impl Default for SamplerChoice {
    fn default() -> Self {
        Self { methods: usual(), own: false, measure: Measure::Tv }
    }
}

impl SamplerChoice {
    /// All that can be chosen by name: the usual ones, the others that there are, and what is chosen beyond them.
    pub fn offered(&self) -> Vec<MethodOnPath> {
        let others = [
            PlaneMethod::Heun,
            PlaneMethod::DOPRI5,
            PlaneMethod::AxisJump,
            PlaneMethod::PlaneJump,
            PlaneMethod::Superposition { w: 0.5, g: 0.3 },
        ];
        let mut all = usual();
        for one in others.map(MethodOnPath::from).into_iter().chain(self.methods.iter().copied()) {
            if !all.iter().any(|known| known.sampler() == one.sampler()) {
                all.push(one);
            }
        }
        all
    }

    /// Whether a sampler is chosen.
    pub fn has(&self, one: MethodOnPath) -> bool {
        self.methods.iter().any(|known| known.sampler() == one.sampler())
    }

    /// With a sampler, or without it; in the order in which they are offered.
    #[must_use]
    pub fn with(&self, one: MethodOnPath, on: bool) -> Self {
        let mut all = self.offered();
        if !all.iter().any(|known| known.sampler() == one.sampler()) {
            all.push(one);
        }
        all.retain(|other| if other.sampler() == one.sampler() { on } else { self.has(*other) });
        Self { methods: all, ..self.clone() }
    }

    /// What is to be measured where these sides are set.
    pub fn compared(&self, sides: &[PlaneSide]) -> Compared {
        let own = sides.iter().filter(|_| self.own).map(|side| PlaneSampler { steps: 1, ..side.sampler() });
        let mut samplers: Vec<PlaneSampler> = Vec::new();
        for sampler in self.methods.iter().map(|method| method.sampler()).chain(own) {
            if !samplers.contains(&sampler) {
                samplers.push(sampler);
            }
        }
        Compared { samplers, measure: self.measure }
    }

    /// Checks the range, for settings that come from a file.
    ///
    /// # Errors
    /// If they are too many.
    pub fn validated(self) -> Result<Self, FlowError> {
        let (given, expected) = (self.methods.len(), "at most 32");
        if given > MOST_COMPARED {
            let what = "the number of compared samplers";
            return Err(FlowError::Range { what, given: given as f64, expected });
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> MethodOnPath {
        text.parse().expect(text)
    }

    #[test]
    fn samplers_are_chosen_once_each_and_those_of_sides_come_last() {
        let choice = SamplerChoice::default();
        assert_eq!(choice.compared(&[]).samplers.len(), 9);
        // One by another name is the same one.
        assert!(choice.has(named("euler@cond-ot")) && !choice.has(named("heun")));
        let more = choice.with(named("heun"), true).with(named("rk4@trig"), true);
        assert_eq!(more.methods.len(), 11);
        assert_eq!(more.offered().len(), choice.offered().len() + 1, "what is chosen beyond is offered");
        let without = more.with(named("euler@cond-ot"), false);
        assert!(!without.has(named("euler")) && without.has(named("euler@vp")));
        assert_eq!(without.with(named("euler"), true).methods, more.methods, "in the order of the menu");
        let side = |method: &str, steps| PlaneSide {
            method: method.parse().expect("a method"),
            steps,
            ..PlaneSide::default()
        };
        let own = SamplerChoice { own: true, ..choice.clone() };
        let all = own.compared(&[side("euler", 8), side("tame:0.5", 9), side("tame:0.5", 4)]).samplers;
        assert_eq!((all.len(), all[9].steps, all[9].method.to_string().as_str()), (10, 1, "tame:0.5"));
    }

    #[test]
    fn a_choice_survives_json_and_too_many_are_refused() {
        let choice = SamplerChoice {
            methods: MethodOnPath::list("euler@vp,dopri5:1e-4").expect("methods"),
            own: true,
            measure: Measure::EndPoint,
        };
        let text = serde_json::to_string(&choice).expect("text");
        assert!(
            text.contains(r#"["euler@vp","dopri5:0.0001"]"#) && text.contains(r#""end-point""#),
            "{text}"
        );
        assert_eq!(serde_json::from_str::<SamplerChoice>(&text).expect("the same"), choice);
        assert!(serde_json::from_str::<SamplerChoice>(r#"{"methods": ["nothing"]}"#).is_err());
        let many = SamplerChoice { methods: vec![named("euler"); 33], ..choice };
        assert!(many.validated().is_err_and(|why| why.to_string().contains("32")));
    }
}
