//! No subcommand: the window, or without a display the default experiment headless.

use crate::cli::console::Console;
use crate::cli::grid::demo;
use crate::cli::{CliError, GlobalArgs};

use crate::gpu::choose;
use crate::ui::{WindowError, open_window};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Where the headless experiment writes.
const DEMO_FOLDER: &str = "dfm-explorer-demo";
/// How long it trains: a checkerboard is plain to see by then.
const DEMO_SECONDS: f64 = 20.0;

/// Opens the window, with `file` if there is one; `fresh` neither reads nor writes what was kept between starts.
pub(super) fn run(
    global: &GlobalArgs,
    fresh: bool,
    file: Option<PathBuf>,
    console: &Console,
) -> Result<(), CliError> {
    // It is kept as it is called, and the next start may be somewhere else.
    let file = file.map(|file| std::path::absolute(&file).unwrap_or(file));
    let headless = |why: &str| match &file {
        None => headless(global, console, why),
        Some(file) => {
            Err(CliError::Failed(format!("{}: only the window opens a file, and {why}", file.display())))
        }
    };
    if !has_display() {
        return headless("there is no display (DISPLAY and WAYLAND_DISPLAY are empty)");
    }
    match open_window(choose(global.device())?, global.seed, !fresh, file.clone()) {
        Ok(()) => Ok(()),
        Err(WindowError::NoDisplay(why)) => headless(&format!("the display can't be used ({why})")),
        Err(error) => Err(CliError::Failed(error.to_string())),
    }
}

fn headless(global: &GlobalArgs, console: &Console, why: &str) -> Result<(), CliError> {
    if !console.quiet {
        _ = writeln!(
            std::io::stderr(),
            "No window: {why}. Running the default experiment into {DEMO_FOLDER}/ instead."
        );
    }
    Ok(demo::run_demo(Path::new(DEMO_FOLDER), DEMO_SECONDS, global.seed(), console.quiet)?)
}

/// Whether a window could be shown. Windows and macOS always have a desktop.
pub(super) fn has_display() -> bool {
    let named = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(any(windows, target_os = "macos")) || named("DISPLAY") || named("WAYLAND_DISPLAY")
}
