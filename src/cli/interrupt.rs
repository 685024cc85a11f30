//! Ctrl-C and a request to terminate: long work ends after what it is doing, with its file written.

use std::sync::atomic::{AtomicBool, Ordering};

static ASKED: AtomicBool = AtomicBool::new(false);

/// From here on they no longer end the program at once. Where no handler can be set they do, and the last file stands.
pub fn watch() {
    _ = ctrlc::set_handler(|| ASKED.store(true, Ordering::Relaxed));
}

/// Whether somebody asked.
pub fn is_asked() -> bool {
    ASKED.load(Ordering::Relaxed)
}
