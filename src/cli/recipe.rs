//! `recipe`: the experiment inside a figure, preset or state, as text.

use crate::cli::CliError;
use crate::data::error::io_reason;
use crate::experiment::Recipe;
use clap::Args;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Print the experiment inside a figure (.png, .svg, .pdf, .gif), a preset or a state (.json) of this program, as JSON
#[derive(Args, Clone, Debug)]
pub struct RecipeArgs {
    /// The figure, preset or state
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Of a state, the experiment of this lab [default: the one that was open]
    #[arg(long, value_name = "grid|images|plane|text")]
    lab: Option<String>,
}

pub(super) fn run(args: &RecipeArgs) -> Result<(), CliError> {
    let recipe = in_file(&args.file, args.lab.as_deref())?;
    let mut out = std::io::stdout();
    match writeln!(out, "{}", recipe.text()).and_then(|()| out.flush()) {
        // A reader that has seen enough, such as head, is no fault.
        Err(why) if why.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(CliError::Failed(format!("the recipe could not be printed: {}", io_reason(&why))))
        }
        _ => Ok(()),
    }
}

/// The experiment in a file, with all of its settings; of a state that of a lab.
///
/// # Errors
/// [`CliError::Input`] naming the file and what is wrong with it.
pub(super) fn in_file(file: &Path, lab: Option<&str>) -> Result<Recipe, CliError> {
    let all = Recipe::all_in(file).map_err(CliError::Input)?;
    let labs: Vec<_> = all.iter().map(|recipe| recipe.lab.clone()).collect();
    let found = all.into_iter().find(|recipe| lab.is_none_or(|lab| recipe.lab == lab));
    let found = found.ok_or_else(|| match lab {
        Some(lab) => CliError::Input(format!(
            "--lab {lab}: {} has an experiment of {}",
            file.display(),
            if labs.is_empty() { "no lab".to_owned() } else { labs.join(" and ") }
        )),
        None => CliError::Input(format!("{} has no experiment inside", file.display())),
    })?;
    found.written_out().map_err(|why| CliError::Input(format!("{} {why}", file.display())))
}
