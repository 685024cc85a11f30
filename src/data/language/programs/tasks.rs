//! Tasks for who writes programs: a prompt, and whether what was written compiles, does what is shown, and passes the hidden
//! tests (math.md 15.5).

use super::{is_held_out, pass_at, run};
use crate::data::language::MeanError;
use crate::flow::categorical::{cumulative, index_at};
use crate::flow::sequence::programs::{BODY, BODY_AT, DOC, EXAMPLE, EXAMPLES, INPUTS, ProgramTable, triples};
use crate::flow::serde_as_text;
use std::fmt;
use std::str::FromStr;

/// What a prompt shows beside the three examples.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Prompt {
    /// The whole docstring: there is one program that it tells.
    #[default]
    Docstring,
    /// Nothing: even a perfect denoiser passes in .424 of its first tries.
    Examples,
    /// The docstring with every word hidden with this probability.
    Hidden(f64),
}

/// What a prompt may be, for messages and help.
const EXPECTED: &str = "docstring, examples or hidden:P with P from 0 to 1";

/// A prompt could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no prompt is called {0:?}: expected {EXPECTED}")]
pub struct PromptError(String);

impl FromStr for Prompt {
    type Err = PromptError;

    fn from_str(text: &str) -> Result<Self, PromptError> {
        let share = |text: &str| text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
        match text.split_once(':') {
            None if text == "docstring" => Ok(Self::Docstring),
            None if text == "examples" => Ok(Self::Examples),
            Some(("hidden", p)) => share(p).map(Self::Hidden).ok_or_else(|| PromptError(text.to_owned())),
            _ => Err(PromptError(text.to_owned())),
        }
    }
}

impl fmt::Display for Prompt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Docstring => f.write_str("docstring"),
            Self::Examples => f.write_str("examples"),
            Self::Hidden(share) => write!(f, "hidden:{share}"),
        }
    }
}

serde_as_text!(Prompt, PromptError);

/// Which tasks are set.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TaskSetting {
    /// What is shown.
    pub prompt: Prompt,
    /// How likely a token of the body is to be masked; the others are given. 1: all of it is to be written.
    pub masked_share: f64,
    /// Whether it is said where the body ends.
    pub oracle_length: bool,
    /// Whether they are functions that no network is trained on.
    pub held_out: bool,
}

/// A task.
#[derive(Clone, Debug, PartialEq)]
pub struct CodeTask {
    /// The text that it was made from, \[48\].
    pub text: Vec<u16>,
    /// What a right program returns for 0 to 9.
    pub outputs: [i64; INPUTS],
    /// What is given, \[48\].
    pub given: Vec<Option<u16>>,
}

/// `count` tasks of programs of a table, as likely as they are, by numbers in \[0, 1) that `uniform` gives. Whatever the setting,
/// so many numbers are taken, so that tasks of other settings are made from the same programs.
pub fn code_tasks(
    table: &ProgramTable,
    setting: TaskSetting,
    count: usize,
    uniform: &mut dyn FnMut() -> f64,
) -> Vec<CodeTask> {
    let weight =
        |n: usize| if setting.held_out && !is_held_out(table.output(n)) { 0.0 } else { table.weights[n] };
    let sums = cumulative((0..table.len()).map(weight));
    let all: Vec<[usize; EXAMPLES]> = triples().collect();
    let end = u16::from(super::tokens::END);
    let pad = u16::from(super::tokens::PAD);
    let task = |_| {
        let program = index_at(&sums, uniform());
        let inputs = all[((uniform() * all.len() as f64) as usize).min(all.len() - 1)];
        let text = table.text(program, inputs);
        let hidden: [f64; DOC] = std::array::from_fn(|_| uniform());
        let masked: [f64; BODY] = std::array::from_fn(|_| uniform());
        let is_given = |(at, &token): (usize, &u16)| match at {
            // How long the docstring is stays seen, since what fills it up is no word.
            at if at < DOC => match setting.prompt {
                Prompt::Docstring => true,
                Prompt::Examples => false,
                Prompt::Hidden(share) => token == pad || hidden[at] >= share,
            },
            at if at < BODY_AT => true,
            at => {
                let is_length = token == end || token == pad;
                masked[at - BODY_AT] >= setting.masked_share || setting.oracle_length && is_length
            }
        };
        let given =
            text.iter().enumerate().map(|(at, token)| is_given((at, token)).then_some(*token)).collect();
        let outputs = std::array::from_fn(|x| table.output(program)[x].into());
        CodeTask { text, outputs, given }
    };
    (0..count).map(task).collect()
}

/// How many samples of a task do what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Graded {
    /// All of them.
    pub samples: usize,
    /// Those that run on all ten inputs.
    pub compiles: usize,
    /// Those that return what the three examples show.
    pub shown: usize,
    /// Those that return what they should for all ten inputs, seven of which are not shown.
    pub right: usize,
}

impl CodeTask {
    /// Grades texts \[B, 48\] by their bodies.
    pub fn grade(&self, texts: &[u16]) -> Graded {
        let mut graded = Graded::default();
        for text in texts.chunks_exact(self.text.len()) {
            graded.samples += 1;
            let Ok(outputs) = run(&text[BODY_AT..]) else { continue };
            let shown = (0..EXAMPLES).all(|n| {
                let input = usize::from(self.text[DOC + n * EXAMPLE + 1]);
                outputs[input] == self.outputs[input]
            });
            graded.compiles += 1;
            graded.shown += usize::from(shown);
            graded.right += usize::from(outputs == self.outputs);
        }
        graded
    }
}

/// The mean of what is had from `of` samples of every task: Pass@k of `counted` ones among all, unbiased.
pub fn pass_mean(graded: &[Graded], of: usize, counted: fn(&Graded) -> usize) -> MeanError {
    MeanError::of(graded.iter().map(|task| pass_at(task.samples, counted(task), of)))
}

#[cfg(test)]
mod tests {
    use super::super::program_table;
    use super::*;
    use crate::flow::sequence::testing::Numbers;

    fn tasks(setting: TaskSetting) -> Vec<CodeTask> {
        let mut numbers = Numbers::new(5);
        code_tasks(&program_table(), setting, 200, &mut || numbers.unit())
    }

    #[test]
    fn prompts_show_what_they_say() {
        let whole = TaskSetting { masked_share: 1.0, ..TaskSetting::default() };
        let docstring = tasks(whole);
        assert!(docstring.iter().all(|task| task.given.iter().filter(|x| x.is_some()).count() == BODY_AT));
        let examples = tasks(TaskSetting { prompt: Prompt::Examples, ..whole });
        for (a, b) in docstring.iter().zip(&examples) {
            assert_eq!(a.text, b.text, "the same programs");
            assert!(
                b.given[..DOC].iter().all(Option::is_none) && b.given[DOC..BODY_AT] == a.given[DOC..BODY_AT]
            );
        }
        let pad = u16::from(super::super::tokens::PAD);
        let words = |task: &CodeTask| (0..DOC).filter(|&n| task.text[n] != pad).count();
        let hidden = tasks(TaskSetting { prompt: Prompt::Hidden(0.25), ..whole });
        let gone: usize =
            hidden.iter().map(|task| task.given[..DOC].iter().filter(|x| x.is_none()).count()).sum();
        let share = gone as f64 / hidden.iter().map(words).sum::<usize>() as f64;
        assert!((share - 0.25).abs() < 0.04, "{share}");
        let half = tasks(TaskSetting { masked_share: 0.5, ..whole });
        let open: usize =
            half.iter().map(|task| task.given[BODY_AT..].iter().filter(|x| x.is_none()).count()).sum();
        assert!((open as f64 / (200 * BODY) as f64 - 0.5).abs() < 0.03);
        for task in tasks(TaskSetting { oracle_length: true, ..whole }) {
            let end =
                task.text.iter().position(|x| *x == u16::from(super::super::tokens::END)).expect("an end");
            assert!((BODY_AT..end).all(|at| task.given[at].is_none()));
            assert!(task.given[end..].iter().all(Option::is_some));
        }
    }

    #[test]
    fn held_out_tasks_are_of_functions_that_are() {
        let setting = TaskSetting { masked_share: 1.0, held_out: true, ..TaskSetting::default() };
        for task in tasks(setting) {
            assert!(is_held_out(&task.outputs.map(|y| y as u8)));
        }
    }

    #[test]
    fn what_is_shown_is_not_all_that_is_tested() {
        let task = &tasks(TaskSetting { masked_share: 1.0, ..TaskSetting::default() })[0];
        let graded = task.grade(&task.text);
        assert_eq!(graded, Graded { samples: 1, compiles: 1, shown: 1, right: 1 });
        // A program with the same three examples only: right on what is shown.
        let table = program_table();
        let inputs: Vec<usize> =
            (0..EXAMPLES).map(|n| usize::from(task.text[DOC + n * EXAMPLE + 1])).collect();
        let other = (0..table.len())
            .find(|&n| {
                let output = |x: usize| i64::from(table.output(n)[x]);
                inputs.iter().all(|&x| output(x) == task.outputs[x])
                    && (0..INPUTS).any(|x| output(x) != task.outputs[x])
            })
            .expect("another one");
        let other = table.text(other, [0, 1, 2]);
        assert_eq!(task.grade(&other), Graded { samples: 1, compiles: 1, shown: 1, right: 0 });
        let broken = [task.text[..BODY_AT].to_vec(), vec![0; BODY]].concat();
        assert_eq!(task.grade(&broken), Graded { samples: 1, ..Graded::default() });
        let both = [task.grade(&[task.text.clone(), broken].concat())];
        assert_eq!(pass_mean(&both, 1, |g| g.right).mean, 0.5);
        assert_eq!(pass_mean(&both, 2, |g| g.right).mean, 1.0);
    }

    #[test]
    fn prompts_are_read_as_they_are_written() {
        for text in ["docstring", "examples", "hidden:0.25"] {
            assert_eq!(text.parse::<Prompt>().expect("a prompt").to_string(), text);
        }
        for bad in ["", "hidden", "hidden:", "hidden:1.5", "hidden:-1", "hidden:nan", "Docstring"] {
            assert!(bad.parse::<Prompt>().is_err(), "{bad}");
        }
    }
}
