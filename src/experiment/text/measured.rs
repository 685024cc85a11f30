//! What is measured of whoever answers: perplexity against token entropy before a judge, and of programs Pass@k.

use super::lexicon::Lexicon;
use super::solving::{Solver, tasks_of};
use super::{TextJudge, TextModel};
use crate::data::language::programs::{Prompt, TaskSetting, pass_mean};
use crate::data::language::{LanguageSpec, Shape, TextSource};
use crate::denoiser::sequence::{ProgramDenoiser, SequenceDenoiser};
use crate::experiment::text::{JudgedSampler, judged_samplers};
use crate::flow::{Scheduler, SequenceSource};
use crate::model::sequence::Reader;
use crate::sampler::sequence::{SequenceConfig, SequenceSetup, run_sequences};
use crate::view::Chart;
use crate::view::sequence::{JudgedKind, JudgedTexts, Solved, pass_chart, perplexity_chart};
use std::cell::Cell;
use std::ops::ControlFlow;

/// Tasks for programs, and samples of each.
const TASKS: usize = 60;
const SAMPLES: usize = 25;

/// What was measured.
#[derive(Clone, Debug, PartialEq)]
pub enum MeasuredTexts {
    /// Texts before a judge.
    Judged(Vec<JudgedTexts>),
    /// Programs that were written for tasks.
    Solved(Vec<Solved>),
}

/// Who is measured besides those who are exact.
pub enum Measured<'a> {
    /// One who denoises.
    Denoiser(&'a dyn SequenceDenoiser),
    /// One who writes from left to right.
    Reader(&'a Reader),
}

impl MeasuredTexts {
    /// As a chart.
    pub fn chart(&self) -> Chart {
        match self {
            Self::Judged(all) => perplexity_chart(all, "5-gram judge"),
            Self::Solved(all) => pass_chart(all),
        }
    }
}

impl Measured<'_> {
    /// The samplers that it is judged by.
    fn samplers(&self, seed: u64) -> Vec<JudgedSampler> {
        match self {
            Self::Denoiser(denoiser) => judged_samplers(seed, denoiser.source() == SequenceSource::Mask),
            Self::Reader(_) => {
                let all = judged_samplers(seed, true).into_iter();
                all.filter(JudgedSampler::is_of_temperature).collect()
            }
        }
    }

    /// Texts \[B, N\], `count` of them, with nothing given. `None` as soon as `go_on`, which is told the share that is done, says no.
    fn texts(
        &self,
        config: &SequenceConfig,
        count: usize,
        go_on: &mut dyn FnMut(f64) -> bool,
    ) -> Result<Option<Vec<u16>>, String> {
        match self {
            Self::Denoiser(denoiser) => {
                let setup =
                    SequenceSetup { denoiser: *denoiser, config: *config, count, first: 0, given: None };
                let run = run_sequences(setup, |moment| {
                    match go_on(moment.summary.steps as f64 / moment.total.max(1) as f64) {
                        true => ControlFlow::Continue(()),
                        false => ControlFlow::Break(()),
                    }
                });
                run.map(|run| run.summary.finished.then_some(run.states)).map_err(|why| why.to_string())
            }
            Self::Reader(reader) => {
                let mut writing = reader.begin((0, count), None, config.temperature.level, config.seed);
                while writing.step() {
                    if !go_on(writing.written() as f64 / reader.config().tokens as f64) {
                        return Ok(None);
                    }
                }
                Ok(Some(writing.states()))
            }
        }
    }
}

/// Texts before a judge, as many of each as the lexicon has, with nothing given: those of several samplers of the first of
/// `writers`, and of all others, by their names, those of 64 linear steps or from left to right. `None` if `go_on`, which is told
/// the share that is done, 0 to 1, said no.
///
/// # Errors
/// If there is no judge, or somebody fails.
pub fn judged_texts(
    lexicon: &Lexicon,
    writers: &[(String, Measured<'_>)],
    seed: u64,
    go_on: &dyn Fn(f64) -> bool,
) -> Result<Option<MeasuredTexts>, String> {
    let Some(((_, first), others)) = writers.split_first() else { return Err("nobody answers".to_owned()) };
    let language = &lexicon.language;
    let source = match &language.spec {
        LanguageSpec::Ngram { file, .. } => TextSource::Letters(file.clone()),
        spec => TextSource::Language(spec.clone()),
    };
    let exact = TextModel { language: language.clone(), exact: lexicon.judge.clone() };
    let judge = TextJudge::of(&source, (&language.alphabet, language.tokens), Some(&exact));
    let judge = judge.map_err(|why| why.to_string())?.ok_or("nobody judges these texts")?;
    let samplers = first.samplers(seed);
    let runs = (samplers.len() + others.len()) as f64;
    let mut done = 0.0;
    let mut texts_of = |who: &Measured<'_>, config: &SequenceConfig| {
        let found = who.texts(config, lexicon.texts, &mut |share| go_on((done + share) / runs));
        done += 1.0;
        found
    };
    let mut sample = |config: &SequenceConfig| texts_of(first, config);
    let Some(mut all) = judge.runs(&samplers, language.tokens, &mut sample)? else { return Ok(None) };
    for (name, other) in others {
        let config = SequenceConfig { scheduler: Scheduler::Linear, seed, ..SequenceConfig::default() };
        let Some(texts) = texts_of(other, &config)? else { return Ok(None) };
        let each: Vec<&[u16]> = texts.chunks_exact(language.tokens).collect();
        let (kind, each) = (JudgedKind::Sampled(name.clone()), judge.judge.likelihoods(&each));
        all.push(JudgedTexts { name: name.clone(), kind, each });
    }
    Ok(Some(MeasuredTexts::Judged(all)))
}

/// Pass@k of a perfect step, of the exact denoiser in `steps` linear steps, and of `networks` by their names. `None` if `go_on`,
/// which is told the share that is done, 0 to 1, said no.
///
/// # Errors
/// If the language is not that of programs, or somebody fails.
pub fn solved_tasks(
    lexicon: &Lexicon,
    (prompt, steps, seed): (Prompt, usize, u64),
    networks: &[(String, Measured<'_>)],
    go_on: &dyn Fn(f64) -> bool,
) -> Result<Option<MeasuredTexts>, String> {
    let Shape::Programs(table) = &lexicon.language.shape else {
        return Err("only programs are run".to_owned());
    };
    let setting = TaskSetting { prompt, masked_share: 1.0, ..TaskSetting::default() };
    let tasks = tasks_of(table, setting, TASKS, seed);
    let exact = ProgramDenoiser::new(table.clone(), SequenceSource::Mask);
    let config = SequenceConfig { steps, scheduler: Scheduler::Linear, seed, ..SequenceConfig::default() };
    let mut solvers = vec![
        ("a perfect step".to_owned(), Solver::Joint(&exact, seed)),
        (format!("exact, {steps} steps"), Solver::Exact(&exact, config)),
    ];
    solvers.extend(networks.iter().map(|(name, network)| {
        let solver = match network {
            Measured::Denoiser(denoiser) => Solver::Any(*denoiser, config),
            Measured::Reader(reader) => Solver::Writer(reader, config),
        };
        (name.clone(), solver)
    }));
    let count = solvers.len() * tasks.len();
    let mut all = Vec::new();
    let solved = Cell::new(0);
    let done = || {
        solved.set(solved.get() + 1);
        go_on(solved.get() as f64 / count as f64)
    };
    for (name, solver) in solvers {
        let (graded, _) = solver.graded(&tasks, SAMPLES, &done).map_err(|why| why.to_string())?;
        if graded.len() < tasks.len() {
            return Ok(None);
        }
        all.push(Solved {
            name,
            masked_share: 1.0,
            tasks: [tasks.len(), SAMPLES],
            compiles: pass_mean(&graded, 1, |task| task.compiles),
            shown: pass_mean(&graded, 1, |task| task.shown),
            pass: (1..=SAMPLES).map(|k| pass_mean(&graded, k, |task| task.right)).collect(),
        });
    }
    Ok(Some(MeasuredTexts::Solved(all)))
}

#[cfg(test)]
mod tests {
    use super::super::{Reading, TextSettings};
    use super::*;

    fn lexicon(language: &str, tokens: Option<usize>) -> Lexicon {
        let language = language.parse().expect("a language");
        let settings = TextSettings { language, tokens, texts: 4, ..TextSettings::default() };
        Lexicon::load(&Reading::of(&settings)).expect("a language")
    }

    #[test]
    fn texts_stand_before_a_judge_and_programs_are_run() {
        let sums = lexicon("sums", Some(16));
        let exact = sums.clone().exact(SequenceSource::Mask).expect("exact");
        let of = |name: &str| (name.to_owned(), Measured::Denoiser(&*exact));
        let found = judged_texts(&sums, &[of("A"), of("B")], 0, &|_| true).expect("a judge");
        let chart = found.expect("all of it").chart();
        assert!(chart.plot.series.iter().any(|series| series.label == "B" && series.points.len() == 1));
        assert!(chart.plot.series.len() > 4);
        assert!(judged_texts(&sums, &[of("A")], 0, &|share| share < 0.5).expect("a judge").is_none());
        assert!(judged_texts(&sums, &[], 0, &|_| true).is_err());
        let programs = lexicon("programs", None);
        let asked = (Prompt::Docstring, 8, 0);
        let shares = std::cell::RefCell::new(Vec::new());
        let found = solved_tasks(&programs, asked, &[], &|share| {
            shares.borrow_mut().push(share);
            true
        });
        let shares = shares.into_inner();
        assert!(shares.len() == 2 * TASKS && shares.is_sorted() && shares.last() == Some(&1.0));
        assert!(solved_tasks(&programs, asked, &[], &|share| share < 0.1).expect("programs").is_none());
        let Ok(Some(MeasuredTexts::Solved(all))) = found else { panic!("no programs") };
        assert!(all[0].pass[0].mean > 0.99, "a docstring says all");
        assert!(solved_tasks(&sums, asked, &[], &|_| true).is_err());
    }
}
