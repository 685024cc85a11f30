//! A figure that is dropped on the window gives its experiment back: its recipe says all of it.

use crate::experiment::grid::{Document, GridView, Look, command};
use crate::experiment::{Recipe, Settings as _};
use std::path::Path;

/// What a figure shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Reopened {
    /// Its settings, where the figure says nothing those of now.
    pub document: Document,
    /// Its time, if it has a single one.
    pub t: Option<f64>,
    /// What it marks.
    pub look: Option<Look>,
    /// What else is needed to see the same.
    pub missing: Option<String>,
}

/// The experiment of the `figure` that carries `recipe`, on top of what is set `now`. Files it names are looked for beside
/// it, too.
///
/// # Errors
/// Says what is wrong with the recipe: the rest of a sentence that begins with the figure's name.
pub fn reopened(recipe: &Recipe, figure: &Path, now: &Document) -> Result<Reopened, String> {
    let (document, t, view) = match (recipe.settings.is_null(), &recipe.command) {
        (true, Some(text)) => {
            let command::Command { document, t, view } = command::read(text, now)
                .map_err(|why| format!("carries a command that can’t be read: {why}"))?;
            (document, t, Some(view))
        }
        _ => (recipe.settings(now)?, recipe.t, recipe.view::<GridView>()?),
    };
    let flags = view.and_then(|view| view.flags.into_iter().next()).unwrap_or_default();
    let (look, network) = command::pointed_at(&flags)?;
    let missing = network
        .map(|file| format!("The figure shows the network {}: open its checkpoint, too.", file.display()));
    Ok(Reopened { document: document.found_beside(figure), t, look, missing })
}
