//! Ctrl-C and a request to terminate: no half-made file is left, and long work ends after what it is doing, with its file
//! written.

use crate::data::pending;
use std::io::Write as _;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

static ASKED: AtomicBool = AtomicBool::new(false);
/// What to do when asked, an [`Until`].
static UNTIL: AtomicU8 = AtomicU8::new(Until::Now as u8);

/// How long the program goes on when it is asked to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Until {
    /// Not at all.
    Now,
    /// Until the work has seen [`is_asked`], but no longer than until it is asked a second time: the work may wait for
    /// something that never comes.
    SecondTime,
}

/// From here on an end takes half-made files with it. Where that can't be had, the system ends the program as ever.
pub fn install() {
    _ = on_request(|| {
        let first = !ASKED.swap(true, Ordering::SeqCst);
        let until = UNTIL.load(Ordering::SeqCst);
        if until == Until::SecondTime as u8 && first {
            return;
        }
        pending::remove_all_at_the_end();
        _ = writeln!(std::io::stderr(), "error: interrupted");
        std::process::exit(1);
    });
}

/// Calls `asked` whenever the program is asked to end: by Ctrl-C, by `kill`, or because its terminal is gone, unless it was
/// started to outlive that, as `nohup` does.
#[cfg(unix)]
fn on_request(asked: impl Fn() + Send + 'static) -> std::io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    let hang_up = (!ignores_hang_ups()).then_some(SIGHUP);
    let mut signals = Signals::new([SIGINT, SIGTERM].into_iter().chain(hang_up))?;
    let wait = move || signals.forever().for_each(|_| asked());
    std::thread::Builder::new().name("signals".to_owned()).spawn(wait).map(|_| ())
}

/// Calls `asked` whenever the program is asked to end.
#[cfg(not(unix))]
fn on_request(asked: impl Fn() + Send + 'static) -> Result<(), ctrlc::Error> {
    ctrlc::set_handler(asked)
}

/// Says how an end is waited for from here on.
pub fn go_on(until: Until) {
    UNTIL.store(until as u8, Ordering::SeqCst);
}

/// Whether somebody asked.
pub fn is_asked() -> bool {
    ASKED.load(Ordering::SeqCst)
}

/// Whether the program was started so that it outlives its terminal.
#[cfg(unix)]
fn ignores_hang_ups() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    ignores(ignored.unwrap_or_default())
}

/// Whether SIGHUP, number 1, is in a set of signals as Linux writes it.
#[cfg(unix)]
fn ignores(signals: &str) -> bool {
    u64::from_str_radix(signals.trim(), 16).is_ok_and(|set| set & 1 == 1)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_hang_up_is_the_first_signal_of_a_set() {
        assert!(ignores("\t0000000000000001") && ignores("0000000000001007"));
        // SIGINT, SIGPIPE, and what can't be read.
        assert!(!ignores("\t0000000000000002") && !ignores("0000000000001000") && !ignores(""));
    }
}
