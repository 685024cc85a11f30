//! Commands that are the grid's without a further word, and another lab's behind its name: `field …`, `field plane …`,
//! `field text …`.

use clap::{ArgMatches, Args, Command, Error, FromArgMatches};

/// The arguments of one lab.
#[derive(Clone, Debug)]
pub enum OfLab<G, P, T> {
    /// What stands right behind the command.
    Grid(G),
    /// What stands behind `plane`.
    Plane(P),
    /// What stands behind `text`.
    Text(T),
}

const PLANE: &str = "plane";
const TEXT: &str = "text";

impl<G: Args, P: Args, T: Args> FromArgMatches for OfLab<G, P, T> {
    fn from_arg_matches(found: &ArgMatches) -> Result<Self, Error> {
        match found.subcommand() {
            Some((PLANE, plane)) => P::from_arg_matches(plane).map(Self::Plane),
            Some((TEXT, text)) => T::from_arg_matches(text).map(Self::Text),
            _ => G::from_arg_matches(found).map(Self::Grid),
        }
    }

    fn update_from_arg_matches(&mut self, found: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(found)?;
        Ok(())
    }
}

impl<G: Args, P: Args, T: Args> Args for OfLab<G, P, T> {
    fn augment_args(command: Command) -> Command {
        // What the grid's requires is not asked for behind another's name.
        G::augment_args(command)
            .args_conflicts_with_subcommands(true)
            .subcommand_negates_reqs(true)
            .disable_help_subcommand(true)
            .subcommand_help_heading("Of another lab")
            .subcommand(P::augment_args(Command::new(PLANE)))
            .subcommand(T::augment_args(Command::new(TEXT)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}
