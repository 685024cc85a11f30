//! A command of the grid that the text lab has, too, below its own name: `field` and `field text`.

use clap::{ArgMatches, Args, Command, FromArgMatches};

/// One of the two.
#[derive(Clone, Debug)]
pub enum OrText<G, T> {
    /// The grid's, whose flags follow the command.
    Grid(G),
    /// That of texts.
    Text(T),
}

const TEXT: &str = "text";

impl<G: Args, T: Args> FromArgMatches for OrText<G, T> {
    fn from_arg_matches(found: &ArgMatches) -> Result<Self, clap::Error> {
        match found.subcommand() {
            Some((TEXT, found)) => T::from_arg_matches(found).map(Self::Text),
            _ => G::from_arg_matches(found).map(Self::Grid),
        }
    }

    fn update_from_arg_matches(&mut self, found: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(found)?;
        Ok(())
    }
}

impl<G: Args, T: Args> Args for OrText<G, T> {
    fn augment_args(command: Command) -> Command {
        let text = T::augment_args(Command::new(TEXT));
        let grid = G::augment_args(command).subcommand(text).subcommand_help_heading("For texts");
        grid.args_conflicts_with_subcommands(true).subcommand_negates_reqs(true).disable_help_subcommand(true)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}
