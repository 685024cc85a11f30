//! Which flags were said. What a command would ignore is refused where somebody said it; what is there by default never is.

use crate::cli::CliError;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Command, Error, FromArgMatches};

/// The flags that were said, by the names of their fields. As a flattened field it has no flag of its own, and it knows those of
/// the fields after it alone: it stands first.
#[derive(Clone, Debug, Default)]
pub struct SaidFlags(Vec<String>);

impl SaidFlags {
    /// Whether the flag of this field was said.
    pub fn has(&self, field: &str) -> bool {
        self.0.iter().any(|said| said == field)
    }

    /// Refuses the flags of these fields: `why` is what is said of the first one that was said.
    ///
    /// # Errors
    /// [`CliError::Input`] naming the flag.
    pub fn refuse(&self, fields: &[&str], why: &str) -> Result<(), CliError> {
        match fields.iter().find(|field| self.has(field)) {
            Some(field) => Err(CliError::Input(format!("{}: {why}; leave it out", flag(field)))),
            None => Ok(()),
        }
    }
}

/// The flag of a field as it is typed.
fn flag(field: &str) -> String {
    format!("--{}", field.replace('_', "-"))
}

impl FromArgMatches for SaidFlags {
    fn from_arg_matches(found: &ArgMatches) -> Result<Self, Error> {
        let is_said = |field: &&str| found.value_source(field) == Some(ValueSource::CommandLine);
        Ok(Self(found.ids().map(|id| id.as_str()).filter(is_said).map(str::to_owned).collect()))
    }

    fn update_from_arg_matches(&mut self, found: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(found)?;
        Ok(())
    }
}

impl Args for SaidFlags {
    fn augment_args(command: Command) -> Command {
        command
    }

    fn augment_args_for_update(command: Command) -> Command {
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser, Debug)]
    #[command(no_binary_name = true)]
    struct Flags {
        #[command(flatten)]
        said: SaidFlags,
        #[arg(long, short = 'n', default_value = "1")]
        n: usize,
        #[arg(long, default_value = "1")]
        time_grid: usize,
        #[arg(long)]
        best: bool,
    }

    #[test]
    fn what_was_said_is_refused_and_what_is_usual_is_not() {
        let of = |words: &str| Flags::try_parse_from(words.split_whitespace()).expect(words);
        let refused = |words: &str| of(words).said.refuse(&["time_grid", "best", "n"], "it does nothing");
        assert_eq!(refused(""), Ok(()));
        for (words, flag) in [("--time-grid 1", "--time-grid"), ("--best", "--best"), ("-n 1", "--n")] {
            let why = refused(words).expect_err(words).to_string();
            assert_eq!(why, format!("{flag}: it does nothing; leave it out"));
        }
        let flags = of("--best -n 3");
        assert!(flags.said.has("best") && !flags.said.has("time_grid"));
        assert_eq!((flags.n, flags.time_grid, flags.best), (3, 1, true), "nothing is taken away");
    }
}
