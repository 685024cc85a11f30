//! Runs of several samplers before a judge: perplexity against token entropy.

use super::{TEXT_CORRECTOR, TextJudge};
use crate::flow::{Scheduler, counted};
use crate::sampler::sequence::{SequenceConfig, SequenceMethod, Temperature};
use crate::view::sequence::{JudgedKind, JudgedTexts};

/// Steps of the first trail.
const STEPS: [usize; 4] = [1, 4, 16, 64];
/// Temperatures of the second one, at as many steps as the last of the first.
const TEMPERATURES: [f64; 6] = [1.0, 0.8, 0.6, 0.5, 0.4, 0.2];

/// A sampler that is judged.
#[derive(Clone, Debug, PartialEq)]
pub struct JudgedSampler {
    /// Its name.
    pub name: String,
    /// Which trail it is on.
    pub trail: &'static str,
    /// Its settings.
    pub config: SequenceConfig,
}

impl JudgedSampler {
    /// Whether nothing but its temperature is another one than usual: all that one who writes from left to right has.
    pub fn is_of_temperature(&self) -> bool {
        self.trail == TEMPERATURE
    }
}

/// The trail of temperatures.
const TEMPERATURE: &str = "temperature from 1 to 0.2, 64 steps";

/// The samplers that are judged, with a seed: more steps, lower temperatures, and with a mask source MaskGIT and a corrector.
pub fn judged_samplers(seed: u64, has_masks: bool) -> Vec<JudgedSampler> {
    let usual = SequenceConfig { scheduler: Scheduler::Linear, seed, ..SequenceConfig::default() };
    let steps = STEPS.map(|steps| JudgedSampler {
        name: counted(steps, "step"),
        trail: "1, 4, 16 and 64 steps",
        config: SequenceConfig { steps, ..usual },
    });
    let temperatures = TEMPERATURES.map(|level| JudgedSampler {
        name: format!("τ = {level}"),
        trail: TEMPERATURE,
        config: SequenceConfig { temperature: Temperature { level, fading: false }, ..usual },
    });
    let maskgit = JudgedSampler {
        name: "MaskGIT, choice temperature 0".to_owned(),
        trail: "MaskGIT, 64 steps, choice temperature 0",
        config: SequenceConfig { method: SequenceMethod::MaskGit, choice_temperature: 0.0, ..usual },
    };
    let corrector = JudgedSampler {
        name: "corrector".to_owned(),
        trail: "corrector, 64 steps",
        config: SequenceConfig { corrector: TEXT_CORRECTOR, ..usual },
    };
    steps
        .into_iter()
        .chain(temperatures)
        .chain([maskgit].into_iter().filter(|_| has_masks))
        .chain([corrector])
        .collect()
}

/// Who writes texts \[B, N\] by a setting; none where it was stopped.
pub type Sampling<'a, E> = dyn FnMut(&SequenceConfig) -> Result<Option<Vec<u16>>, E> + 'a;

impl TextJudge {
    /// Real texts, cheats, and what `sample` writes by each of `samplers`: texts \[B, N\] of `tokens` = N. `None` as soon as it
    /// gives none.
    ///
    /// # Errors
    /// Those of `sample`.
    pub fn runs<E>(
        &self,
        samplers: &[JudgedSampler],
        tokens: usize,
        sample: &mut Sampling<'_, E>,
    ) -> Result<Option<Vec<JudgedTexts>>, E> {
        let of = |name: &str, kind: JudgedKind, texts: &[u16]| {
            let each: Vec<&[u16]> = texts.chunks_exact(tokens).collect();
            JudgedTexts { name: name.to_owned(), kind, each: self.judge.likelihoods(&each) }
        };
        let mut all = vec![of(self.real_name, JudgedKind::Real, &self.real)];
        for sampler in samplers {
            let Some(texts) = sample(&sampler.config)? else { return Ok(None) };
            all.push(of(&sampler.name, JudgedKind::Sampled(sampler.trail.to_owned()), &texts));
        }
        let named = |name: &str| format!("\"{name}\" over and over");
        all.extend(self.cheats.iter().map(|(name, text)| of(&named(name), JudgedKind::Cheat, text)));
        Ok(Some(all))
    }
}

#[cfg(test)]
mod tests {
    use super::super::TextModel;
    use super::*;
    use crate::flow::SequenceSource;
    use crate::sampler::sequence::{SequenceSetup, run_sequences};
    use std::ops::ControlFlow;

    #[test]
    fn lower_temperatures_are_likelier_and_less_diverse() {
        // Of true statements the judge does not know the truth: letters are another thing.
        let pairs = "ngram:2".parse().expect("a language");
        let pairs = TextModel::load(&pairs, Some(32), SequenceSource::Mask).expect("pairs of letters");
        let judge = TextJudge::of_model(&pairs).expect("no file").expect("a judge");
        let samplers: Vec<JudgedSampler> =
            judged_samplers(1, true).into_iter().filter(JudgedSampler::is_of_temperature).collect();
        assert_eq!(samplers.len(), TEMPERATURES.len());
        let denoiser = pairs.denoiser();
        let mut sample = |config: &SequenceConfig| {
            let setup =
                SequenceSetup { denoiser: &*denoiser, config: *config, count: 12, first: 0, given: None };
            run_sequences(setup, |_| ControlFlow::Continue(())).map(|run| Some(run.states))
        };
        let found = judge.runs(&samplers, 32, &mut sample).expect("runs").expect("all of them");
        let mean = |n: usize, of: fn(&crate::data::language::Measures) -> f64| {
            let each = &found[n].each;
            each.iter().map(of).sum::<f64>() / each.len() as f64
        };
        // Real texts, the temperatures, and two cheats.
        assert_eq!((found.len(), &found[0].kind), (9, &JudgedKind::Real));
        let [warm, cold] = [1, 6].map(|n| [mean(n, |m| m.bits), mean(n, |m| m.entropy)]);
        assert!(cold[0] < warm[0] && cold[1] < warm[1] - 0.2, "{cold:?} {warm:?}");
        let stopped: Result<_, ()> = judge.runs(&samplers, 32, &mut |_| Ok(None));
        assert_eq!(stopped, Ok(None));
    }
}
