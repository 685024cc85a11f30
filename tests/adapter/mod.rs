//! Tests that draw: on a machine without a graphics adapter they are ignored, and said to be.

use dfm_explorer::gpu::{Offscreen, OffscreenError};
use libtest_mimic::{Arguments, Trial};

/// Runs `tests` by name, as the command line asks.
pub fn run(tests: &[(&'static str, fn())]) {
    let no_adapter = matches!(Offscreen::new(None), Err(OffscreenError::NoAdapter));
    let trial = |&(name, test): &(&'static str, fn())| {
        let run = move || {
            test();
            Ok(())
        };
        Trial::test(name, run).with_ignored_flag(no_adapter)
    };
    let trials = tests.iter().map(trial).collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}
