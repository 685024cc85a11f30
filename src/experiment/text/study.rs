//! What is measured of a language: its information curve, the best places to step, and how true texts are by steps.

use super::lexicon::{Lexicon, Truth};
use super::settings::TextSide;
use super::{Answers, TEXT_CORRECTOR, TextError};
use crate::data::language::Language;
use crate::denoiser::sequence::{ExactDenoiser, SequenceDenoiser};
use crate::flow::sequence::{Information, best_steps};
use crate::flow::{FlowError, ScheduleTable, Scheduler, SequenceSource};
use crate::sampler::sequence::{
    Closeness, SequenceConfig, SequenceMethod, joint_texts, measured_information,
};
use std::f64::consts::LN_2;
use std::ops::ControlFlow;

/// Steps of the best grid that are found exactly; between them are straight lines.
const BEST_EXACT: usize = 32;

/// The best walk for so many steps: exact up to 32, beyond that the best 32 and straight lines between them.
///
/// # Errors
/// Never: such steps are a table.
pub fn best_scheduler(curve: &Information, steps: usize) -> Result<Scheduler, FlowError> {
    if steps < 2 {
        return Ok(Scheduler::Linear);
    }
    let kappas = best_steps(curve, steps.min(BEST_EXACT));
    Ok(Scheduler::Table(ScheduleTable::new(&kappas[1..kappas.len() - 1])?))
}

/// The information curve of a language.
#[derive(Clone, Debug, PartialEq)]
pub struct LanguageCurve {
    /// g, nats.
    pub curve: Information,
    /// Standard error of its area, nats; 0 where it is exact.
    pub error: f64,
    /// The entropy of the language in closed form, bits a token.
    pub entropy: Option<f64>,
    /// Tokens of a text.
    pub tokens: usize,
    /// What a network pays, if one answers.
    pub network: Option<NetworkCurve>,
}

/// The curve of a network: what the texts of the language cost it (math.md 15.3).
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkCurve {
    /// g_θ, nats.
    pub curve: Information,
    /// Standard error of its area, nats: from the spread between texts.
    pub error: f64,
}

impl LanguageCurve {
    /// Of so many texts at so many numbers of masks; exact of short words. A network's is of the same texts and masks. `None` if
    /// `go_on` said no.
    ///
    /// # Errors
    /// If a denoiser fails, or the network's source has no mask.
    pub fn of(
        (judge, language): (&dyn ExactDenoiser, &Language),
        network: Option<&dyn SequenceDenoiser>,
        (texts, closeness): (usize, Closeness),
        go_on: &dyn Fn() -> bool,
    ) -> Result<Option<Self>, String> {
        let tokens = language.tokens;
        let entropy = language.entropy().map(|nats| nats / LN_2 / tokens as f64);
        let exact = language.all_texts().and_then(|all| Information::of_set(&all, tokens));
        let own = joint_texts(judge, texts, closeness.seed);
        let measured = |denoiser: &dyn SequenceDenoiser| {
            measured_information(denoiser, &own, closeness, go_on).map_err(|why| why.to_string())
        };
        let (curve, error) = match exact {
            Some(curve) => (curve, 0.0),
            None => match measured(judge)? {
                Some(found) => (found.expected, found.errors[0]),
                None => return Ok(None),
            },
        };
        let network = match network {
            None => None,
            Some(network) => match measured(network)? {
                Some(found) => Some(NetworkCurve { curve: found.cost, error: found.errors[1] }),
                None => return Ok(None),
            },
        };
        Ok(Some(Self { curve, error, entropy, tokens, network }))
    }

    /// The curve that steps are paid on: the network's, of one that answers and is known.
    pub fn paid(&self, of_network: bool) -> &Information {
        let network = self.network.as_ref().filter(|_| of_network);
        network.map_or(&self.curve, |network| &network.curve)
    }

    /// Nats as bits a token.
    pub fn bits(&self, nats: f64) -> f64 {
        nats / LN_2 / self.tokens as f64
    }
}

/// A way to sample that is measured.
#[derive(Clone, Debug, PartialEq)]
pub struct TruthCurve {
    /// In words.
    pub name: String,
    /// Steps, evaluations a text, and what was right.
    pub points: Vec<(usize, f64, Truth)>,
}

/// Steps that are measured.
pub const TRUTH_STEPS: [usize; 7] = [1, 2, 4, 8, 16, 32, 64];

/// The ways to sample that are compared: name, side, and whether it takes the best scheduler.
pub fn truth_ways() -> Vec<(&'static str, TextSide)> {
    let usual = TextSide::default();
    let by =
        |scheduler: Scheduler| TextSide { sampler: SequenceConfig { scheduler, ..usual.sampler }, ..usual };
    let maskgit =
        SequenceConfig { method: SequenceMethod::MaskGit, choice_temperature: 0.0, ..usual.sampler };
    vec![
        ("linear", usual),
        ("quadratic", by(Scheduler::Quadratic)),
        ("cubic", by(Scheduler::Cubic)),
        ("best grid", TextSide { best: true, ..usual }),
        ("MaskGIT, choice temperature 0", TextSide { sampler: maskgit, ..usual }),
        ("corrector", TextSide { corrector_on: true, corrector: TEXT_CORRECTOR, ..usual }),
        ("uniform source", TextSide { source: SequenceSource::Uniform, ..usual }),
    ]
}

/// How true the texts of several samplers are, by their number of steps; `said` is told all that is known after every point and
/// ends it where it says no. The best scheduler is asked of `curve`.
///
/// # Errors
/// If a denoiser fails.
pub fn truth_by_steps(
    lexicon: &Lexicon,
    curve: Option<&LanguageCurve>,
    said: &mut dyn FnMut(&[TruthCurve]) -> bool,
) -> Result<(), String> {
    let mut lexicon = lexicon.clone();
    let text = |why: &TextError| why.to_string();
    let mut all: Vec<TruthCurve> = truth_ways()
        .into_iter()
        .map(|(name, _)| TruthCurve { name: name.to_owned(), points: Vec::new() })
        .collect();
    for steps in TRUTH_STEPS {
        for ((_, mut side), known) in truth_ways().into_iter().zip(&mut all) {
            side.sampler.steps = steps;
            let best = match curve.filter(|_| side.best) {
                Some(curve) => Some(best_scheduler(&curve.curve, steps).map_err(|why| why.to_string())?),
                None if side.best => continue,
                None => None,
            };
            // Beginnings of a uniform source are not told from noise.
            let exact = match lexicon.exact(side.source) {
                Ok(exact) => exact,
                Err(why) => return Err(text(&why)),
            };
            let run = lexicon.run((&side, best), &*exact, &mut |_| ControlFlow::Continue(()));
            let run = run.map_err(|why| why.to_string())?;
            known.points.push((steps, run.summary.mean_passes(), lexicon.truth(&run.states)));
        }
        if !said(&all) {
            return Ok(());
        }
    }
    let joint = TextSide { answers: Answers::Joint, ..TextSide::default() };
    let exact = lexicon.exact(SequenceSource::Mask).map_err(|why| text(&why))?;
    let run = lexicon.run((&joint, None), &*exact, &mut |_| ControlFlow::Continue(()));
    let run = run.map_err(|why| why.to_string())?;
    let truth = lexicon.truth(&run.states);
    let last = TRUTH_STEPS[TRUTH_STEPS.len() - 1];
    let points = vec![(1, 1.0, truth), (last, last as f64, truth)];
    all.push(TruthCurve { name: "whole texts at once".to_owned(), points });
    said(&all);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{Reading, TextSettings};
    use super::*;
    use crate::denoiser::sequence::Independent;

    fn lexicon(language: &str, texts: usize) -> Lexicon {
        let settings = TextSettings {
            language: language.parse().expect("a language"),
            texts,
            ..TextSettings::default()
        };
        Lexicon::load(&Reading::of(&settings)).expect("a language")
    }

    fn curve_of(lexicon: &Lexicon, network: Option<&dyn SequenceDenoiser>) -> LanguageCurve {
        let of = (&*lexicon.judge as &dyn ExactDenoiser, &lexicon.language);
        let closeness = (64, Closeness { masks: 8, seed: 0 });
        LanguageCurve::of(of, network, closeness, &|| true).expect("a curve").expect("a curve")
    }

    #[test]
    fn a_network_pays_its_gap_between_both_curves() {
        let words = lexicon("words", 24);
        let perfect = curve_of(&words, Some(&*words.judge as &dyn SequenceDenoiser));
        let paid = perfect.bits(perfect.paid(true).area());
        let network = perfect.network.as_ref().expect("a network's");
        let off = (paid - perfect.entropy.expect("an entropy")).abs();
        assert!(off < 4.0 * perfect.bits(network.error), "{off} {}", perfect.bits(network.error));
        // Tokens apart from each other cost more, at every place.
        let texts = words.language.all_texts().expect("few");
        let symbols: Vec<u8> = texts.iter().map(|x| *x as u8).collect();
        let (n, k) = (words.language.tokens, words.language.alphabet.len());
        let alone = Independent::new(symbols, n, k, 0.5, SequenceSource::Mask).expect("a set");
        let worse = curve_of(&words, Some(&alone));
        assert!(worse.bits(worse.paid(true).area()) > paid + 4.0 * perfect.bits(network.error));
        assert_eq!(worse.curve, perfect.curve);
    }

    #[test]
    fn more_steps_are_more_true_and_whole_texts_are_all_true() {
        let words = lexicon("words", 24);
        let curve = curve_of(&words, None);
        assert!(curve.error == 0.0 && curve.entropy.is_some());
        let entropy = curve.entropy.expect("an entropy");
        assert!((curve.bits(curve.curve.area()) - entropy).abs() < 1e-9);
        let mut last = Vec::new();
        truth_by_steps(&words, Some(&curve), &mut |known| {
            last = known.to_vec();
            true
        })
        .expect("curves");
        assert_eq!(last.len(), truth_ways().len() + 1);
        let share = |curve: &TruthCurve, at: usize| curve.points[at].2.share().expect("texts");
        for curve in &last[..4] {
            assert!(share(curve, 6) > share(curve, 0), "{curve:?}");
        }
        assert_eq!(share(last.last().expect("joint"), 0), 1.0);
    }

    #[test]
    fn the_best_grid_costs_least() {
        let words = lexicon("words", 1);
        let curve = curve_of(&words, None);
        let cost = |scheduler: Scheduler| {
            let config = SequenceConfig { scheduler, steps: 8, ..SequenceConfig::default() };
            curve.curve.excess(&config.kappas())
        };
        let best = cost(best_scheduler(&curve.curve, 8).expect("a table"));
        for scheduler in [Scheduler::Linear, Scheduler::Quadratic, Scheduler::Cubic, Scheduler::Cosine] {
            assert!(best <= cost(scheduler) + 1e-9, "{scheduler}: {best} {}", cost(scheduler));
        }
        assert_eq!(best_scheduler(&curve.curve, 1), Ok(Scheduler::Linear));
    }
}
