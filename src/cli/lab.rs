//! Commands that are the grid's without a further word, and of another lab with its name: `field …`, `field plane …`.

use clap::{ArgMatches, Args, Command, Error, FromArgMatches};

/// The grid's arguments, or the plane's.
#[derive(Clone, Debug)]
pub enum GridOrPlane<G, P> {
    /// What stands right behind the command.
    Grid(G),
    /// What stands behind `plane`.
    Plane(P),
}

impl<G: Args, P: Args> FromArgMatches for GridOrPlane<G, P> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        match matches.subcommand() {
            Some((_, plane)) => P::from_arg_matches(plane).map(Self::Plane),
            None => G::from_arg_matches(matches).map(Self::Grid),
        }
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl<G: Args, P: Args> Args for GridOrPlane<G, P> {
    fn augment_args(command: Command) -> Command {
        // What the grid's requires is not asked for behind `plane`.
        let command = G::augment_args(command).args_conflicts_with_subcommands(true);
        command.subcommand_negates_reqs(true).subcommand(P::augment_args(Command::new("plane")))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}
