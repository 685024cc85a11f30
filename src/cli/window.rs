//! No subcommand: the window, or without a display the default experiment headless.

use super::console::Console;
use super::{CliError, GlobalArgs, demo};
use std::io::Write as _;
use std::path::Path;

/// Where the headless experiment writes.
const DEMO_FOLDER: &str = "dfm-explorer-demo";
/// How long it trains: a checkerboard is plain to see by then.
const DEMO_SECONDS: f64 = 20.0;

pub(super) fn run(_global: &GlobalArgs, console: &Console) -> Result<(), CliError> {
    if has_display() {
        // The window is wired in here.
        return Err(CliError::Failed("the window is not part of this build".to_owned()));
    }
    if !console.quiet {
        _ = writeln!(
            std::io::stderr(),
            "There is no display (DISPLAY and WAYLAND_DISPLAY are empty): running the default experiment into \
             {DEMO_FOLDER}/ instead of opening the window."
        );
    }
    Ok(demo::run_demo(Path::new(DEMO_FOLDER), DEMO_SECONDS, console.quiet)?)
}

/// Whether a window could be shown. Windows and macOS always have a desktop.
pub(super) fn has_display() -> bool {
    let named = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(any(windows, target_os = "macos")) || named("DISPLAY") || named("WAYLAND_DISPLAY")
}
