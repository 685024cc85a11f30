//! Commands that are the grid's without a further word, and another lab's behind its name: `field …`, `field plane …`,
//! `field text …`. Of an export the lab may be said as `--lab`, too.

use clap::{ArgMatches, Args, Command, Error, FromArgMatches};
use std::ffi::OsString;

/// The arguments of one lab.
#[derive(Clone, Debug)]
pub enum OfLab<G, P, T> {
    /// What stands right behind the command.
    Grid(G),
    /// What stands behind `plane`.
    Plane(Box<P>),
    /// What stands behind `text`.
    Text(Box<T>),
}

const GRID: &str = "grid";
const PLANE: &str = "plane";
const TEXT: &str = "text";

impl<G: Args, P: Args, T: Args> FromArgMatches for OfLab<G, P, T> {
    fn from_arg_matches(found: &ArgMatches) -> Result<Self, Error> {
        match found.subcommand() {
            Some((PLANE, plane)) => P::from_arg_matches(plane).map(|args| Self::Plane(Box::new(args))),
            Some((TEXT, text)) => T::from_arg_matches(text).map(|args| Self::Text(Box::new(args))),
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

/// `export --lab plane …` as `export plane …`, and `--lab grid` without it: the lab stands in front, where it is looked for.
///
/// # Errors
/// Names a lab that has no export, and those that have one.
pub fn lab_in_front(words: impl IntoIterator<Item = OsString>) -> Result<Vec<OsString>, String> {
    let mut words: Vec<OsString> = words.into_iter().collect();
    let Some(command) = words.iter().position(|word| word == "export") else { return Ok(words) };
    let said = (command + 1..words.len()).find_map(|at| {
        let apart = words.get(at + 1).filter(|_| words[at] == "--lab").and_then(|lab| lab.to_str());
        let joined = words[at].to_str().and_then(|word| word.strip_prefix("--lab="));
        let apart = apart.map(|lab| (at, 2, lab.to_owned()));
        apart.or_else(|| joined.map(|lab| (at, 1, lab.to_owned())))
    });
    if let Some((at, count, lab)) = said {
        if ![GRID, PLANE, TEXT].contains(&lab.as_str()) {
            return Err(format!("--lab {lab}: expected {GRID}, {PLANE} or {TEXT}"));
        }
        words.drain(at..at + count);
        if lab != GRID {
            words.insert(command + 1, lab.into());
        }
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lab_of_an_export_stands_in_front() {
        let said = |text: &str| {
            let words = lab_in_front(text.split(' ').map(OsString::from)).expect("a lab");
            words.iter().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(said("dfm export --view x --lab plane --t 1"), "dfm export plane --view x --t 1");
        assert_eq!(said("dfm export --lab=plane --t 1"), "dfm export plane --t 1");
        assert_eq!(said("dfm --quiet export --lab grid --t 1"), "dfm --quiet export --t 1");
        assert_eq!(said("dfm export --lab text --t 1"), "dfm export text --t 1");
        for same in ["dfm export --lab", "dfm figure --lab plane", "dfm"] {
            assert_eq!(said(same), same);
        }
        for chess in ["--lab chess", "--lab=chess --t 1"] {
            let why = lab_in_front(format!("dfm export {chess}").split(' ').map(OsString::from));
            assert_eq!(why, Err("--lab chess: expected grid, plane or text".to_owned()));
        }
    }
}
