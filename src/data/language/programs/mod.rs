//! The toy language of programs: its tokens, all its programs, an interpreter, and how often samples pass (math.md 15.5).

mod generate;
mod held_out;
mod interpreter;
mod passing;
mod tasks;
mod tokens;

pub use crate::flow::sequence::programs::{ProgramTable, TOKENS};
pub use generate::program_table;
pub use held_out::is_held_out;
pub use interpreter::{RunError, run};
pub use passing::{judged, pass_at};
pub use tasks::{CodeTask, Graded, Prompt, PromptError, TaskSetting, code_tasks, pass_mean};
pub use tokens::{SYMBOLS, alphabet, pretty, token};
