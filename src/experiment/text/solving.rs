//! Programs written for tasks, by whoever can: Pass@k and what comes before it.

use crate::data::language::programs::{CodeTask, Graded, ProgramTable, TaskSetting, code_tasks};
use crate::denoiser::sequence::{ExactDenoiser as _, ProgramDenoiser, SequenceDenoiser};
use crate::flow::Kappa;
use crate::flow::sequence::programs::BODY_AT;
use crate::model::sequence::Reader;
use crate::random::{Purpose, stream};
use crate::sampler::SamplerError;
use crate::sampler::sequence::{Given, SequenceConfig, SequenceSetup, SequenceSummary, run_sequences};
use rand::RngExt as _;
use std::ops::ControlFlow;

/// Who writes programs.
pub enum Solver<'a> {
    /// Whole texts at once from the exact posterior, which no denoiser can surpass, by numbers of a seed.
    Joint(&'a ProgramDenoiser, u64),
    /// The exact denoiser, token by token. It knows at once which programs fit.
    Exact(&'a ProgramDenoiser, SequenceConfig),
    /// Any other one, such as a network.
    Any(&'a dyn SequenceDenoiser, SequenceConfig),
    /// A network that writes from left to right; of the settings it has temperature and seed.
    Writer(&'a Reader, SequenceConfig),
}

/// `count` tasks of a seed, of programs of a table: the same programs whatever the setting.
pub fn tasks_of(table: &ProgramTable, setting: TaskSetting, count: usize, seed: u64) -> Vec<CodeTask> {
    let mut rng = stream(seed, Purpose::Texts, 0);
    code_tasks(table, setting, count, &mut || rng.random())
}

/// Other numbers than those of texts that tasks are made of.
const FIRST: u64 = 1 << 40;

impl Solver<'_> {
    /// `samples` texts \[B, 48\] for a task, the `number`th of its kind, and what they cost.
    ///
    /// # Errors
    /// If the settings have no meaning for the denoiser, no program fits the task, or the denoiser fails.
    pub fn solve(
        &self,
        task: &CodeTask,
        samples: usize,
        number: usize,
    ) -> Result<(Vec<u16>, SequenceSummary), SamplerError> {
        let fitting = |exact: &ProgramDenoiser| {
            exact.clone().with_given(task.given.clone()).map_err(|why| SamplerError::Denoiser(why.into()))
        };
        let done = SequenceSummary { finished: true, ..SequenceSummary::default() };
        match self {
            Self::Joint(exact, seed) => {
                let fitting = fitting(exact)?;
                let mask = fitting.values() as u16;
                let state: Vec<u16> = task.given.iter().map(|token| token.unwrap_or(mask)).collect();
                let mut rng = stream(*seed, Purpose::Texts, FIRST + number as u64);
                let text = |_| fitting.joint(&state, Kappa::START, &mut || rng.random());
                let texts = (0..samples).flat_map(text).collect();
                let (sequences, passes) = (samples, samples);
                let summary =
                    SequenceSummary { sequences, passes, finished: true, ..SequenceSummary::default() };
                Ok((texts, SequenceSummary { steps: 1, ..summary }))
            }
            Self::Exact(exact, config) => in_steps(&fitting(exact)?, *config, (task, samples, number)),
            Self::Any(denoiser, config) => in_steps(*denoiser, *config, (task, samples, number)),
            Self::Writer(reader, config) => {
                // What a prompt hides stays unknown: it is not written before the body.
                let values = reader.config().values as u16;
                let hidden = |at: usize| (at < BODY_AT).then_some(values);
                let given: Vec<_> =
                    task.given.iter().enumerate().map(|(at, token)| token.or(hidden(at))).collect();
                let level = config.temperature.level;
                let mut writing = reader.begin((number * samples, samples), Some(&given), level, config.seed);
                while writing.step() {}
                let written = given.iter().filter(|token| token.is_none()).count();
                let passes = samples * written;
                let summary = SequenceSummary { steps: written, sequences: samples, passes, ..done };
                Ok((writing.states(), summary))
            }
        }
    }

    /// Solves and grades tasks; `done` is told of every one and ends it where it says no. Evaluations a sample are the second
    /// number.
    ///
    /// # Errors
    /// Those of [`Self::solve`].
    pub fn graded(
        &self,
        tasks: &[CodeTask],
        samples: usize,
        done: &dyn Fn() -> bool,
    ) -> Result<(Vec<Graded>, f64), SamplerError> {
        let (mut graded, mut passes) = (Vec::with_capacity(tasks.len()), 0);
        for (number, task) in tasks.iter().enumerate() {
            let (texts, summary) = self.solve(task, samples, number)?;
            graded.push(task.grade(&texts));
            passes += summary.passes;
            if !done() {
                break;
            }
        }
        let count = (graded.len() * samples).max(1) as f64;
        Ok((graded, passes as f64 / count))
    }
}

/// Token by token.
fn in_steps(
    denoiser: &dyn SequenceDenoiser,
    config: SequenceConfig,
    (task, samples, number): (&CodeTask, usize, usize),
) -> Result<(Vec<u16>, SequenceSummary), SamplerError> {
    let given = Given::new(task.given.clone());
    let first = u32::try_from(number * samples).unwrap_or(u32::MAX);
    let setup = SequenceSetup { denoiser, config, count: samples, first, given: Some(&given) };
    let run = run_sequences(setup, |_| ControlFlow::Continue(()))?;
    Ok((run.states, run.summary))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::language::programs::{Prompt, is_held_out, pass_mean, program_table};
    use crate::flow::sequence::programs::triples;
    use crate::flow::{Scheduler, SequenceSource};
    use std::collections::BTreeMap;
    use std::sync::Arc;

    fn tasks(setting: TaskSetting, count: usize) -> (ProgramDenoiser, Vec<CodeTask>) {
        let table = Arc::new(program_table());
        let tasks = tasks_of(&table, setting, count, 7);
        (ProgramDenoiser::new(table, SequenceSource::Mask), tasks)
    }

    const OF: [i32; 3] = [1, 10, 25];

    /// Pass@k of whole programs from the exact posterior by enumeration: the mean over all functions that are `wanted` and all
    /// triples of inputs of 1 − (1 − p)ᵏ, p the function's share of what fits the three examples.
    fn ceilings(table: &ProgramTable, wanted: impl Fn(&[u8]) -> bool) -> [f64; 3] {
        let mut functions = BTreeMap::<&[u8], f64>::new();
        for n in 0..table.len() {
            *functions.entry(table.output(n)).or_default() += table.weights[n];
        }
        let (mut passes, mut total) = ([0.0; 3], 0.0);
        for triple in triples() {
            let shown = |outputs: &[u8]| triple.map(|x| outputs[x]);
            let mut fitting = BTreeMap::<[u8; 3], f64>::new();
            functions.iter().for_each(|(outputs, w)| *fitting.entry(shown(outputs)).or_default() += w);
            for (outputs, weight) in functions.iter().filter(|(outputs, _)| wanted(outputs)) {
                let misses = 1.0 - weight / fitting[&shown(outputs)];
                total += weight;
                passes.iter_mut().zip(OF).for_each(|(pass, k)| *pass += weight * (1.0 - misses.powi(k)));
            }
        }
        passes.map(|pass| pass / total)
    }

    #[test]
    fn three_examples_have_their_ceiling() {
        let table = program_table();
        for (found, expected) in [
            (ceilings(&table, |_| true), [0.42365, 0.72493, 0.80945]),
            // Those of functions that no network is trained on are a little easier to guess.
            (ceilings(&table, is_held_out), [0.42995, 0.74002, 0.81916]),
        ] {
            let is_near = |(found, expected): (f64, f64)| (found - expected).abs() < 1e-5;
            assert!(found.into_iter().zip(expected).all(is_near), "{found:?} for {expected:?}");
        }
    }

    #[test]
    fn whole_programs_from_the_posterior_reach_the_ceiling() {
        let setting = TaskSetting { prompt: Prompt::Examples, masked_share: 1.0, ..TaskSetting::default() };
        let (exact, tasks) = tasks(setting, 400);
        let (graded, passes) = Solver::Joint(&exact, 3).graded(&tasks, 25, &|| true).expect("programs");
        assert_eq!(passes, 1.0);
        assert!(graded.iter().all(|task| task.compiles == 25 && task.shown == 25));
        for (of, expected) in OF.into_iter().zip(ceilings(&program_table(), |_| true)) {
            let found = pass_mean(&graded, of as usize, |task| task.right);
            assert!((found.mean - expected).abs() < 3.5 * found.error, "Pass@{of}: {found:?} for {expected}");
        }
    }

    #[test]
    fn a_docstring_says_all_and_steps_lose_what_they_draw_apart() {
        let whole = TaskSetting { masked_share: 1.0, ..TaskSetting::default() };
        let (exact, docstring) = tasks(whole, 12);
        let config =
            |steps| SequenceConfig { steps, scheduler: Scheduler::Linear, ..SequenceConfig::default() };
        let (graded, _) = Solver::Exact(&exact, config(2)).graded(&docstring, 4, &|| true).expect("programs");
        assert!(graded.iter().all(|task| task.right == 4), "{graded:?}");
        let (exact, examples) = tasks(TaskSetting { prompt: Prompt::Examples, ..whole }, 24);
        let compiles = |steps: usize| {
            let solver = Solver::Exact(&exact, config(steps));
            let (graded, _) = solver.graded(&examples, 8, &|| true).expect("programs");
            pass_mean(&graded, 1, |task| task.compiles).mean
        };
        let (one, many) = (compiles(1), compiles(20));
        assert!(one < 0.3 && many > 0.6, "{one} {many}");
        // The same without knowing what fits from the start.
        let (graded, _) =
            Solver::Any(&exact, config(2)).graded(&docstring[..2], 2, &|| true).expect("programs");
        assert!(graded.iter().all(|task| task.right == 2), "{graded:?}");
    }
}
