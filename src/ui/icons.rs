//! Code points of the icon font (Phosphor).

/// Start playing.
pub const PLAY: &str = "\u{e3d0}";
/// Stop playing.
pub const PAUSE: &str = "\u{e39e}";
/// One step back.
pub const STEP_BACK: &str = "\u{e5a4}";
/// One step forward.
pub const STEP_FORWARD: &str = "\u{e5a6}";
/// To the start.
pub const TO_START: &str = "\u{e6a8}";
/// Start over at the end.
pub const LOOP: &str = "\u{e3f6}";
/// Light theme.
pub const SUN: &str = "\u{e472}";
/// Dark theme.
pub const MOON: &str = "\u{e330}";
/// A folded section.
pub const FOLDED: &str = "\u{e13a}";
/// An open section.
pub const OPEN: &str = "\u{e136}";
/// Open a file.
pub const FOLDER: &str = "\u{e256}";
/// Save a file.
pub const SAVE: &str = "\u{e248}";
/// Start afresh.
pub const RESET: &str = "\u{e038}";
/// One more.
pub const PLUS: &str = "\u{e3d4}";
/// Something to know.
pub const WARNING: &str = "\u{e4e0}";
/// One pane.
pub const ONE: &str = "\u{e45e}";
/// Two panes.
pub const TWO: &str = "\u{e546}";
/// Three panes.
pub const THREE: &str = "\u{e6d6}";
/// Four panes.
pub const FOUR: &str = "\u{e464}";
/// Take back.
pub const UNDO: &str = "\u{e08a}";
/// Do again.
pub const REDO: &str = "\u{e08c}";
/// Draw by hand.
pub const DRAW: &str = "\u{e3b4}";
/// The one before.
pub const PREVIOUS: &str = "\u{e138}";
/// The one after.
pub const NEXT: &str = "\u{e13a}";
/// The same again.
pub const COPY: &str = "\u{e1ca}";
/// One for the other.
pub const SWAP: &str = "\u{e83c}";
/// Put away.
pub const CLOSE: &str = "\u{e4f6}";
/// Another name.
pub const PENCIL: &str = "\u{e3b4}";
/// Delete.
pub const TRASH: &str = "\u{e4a6}";
/// Keyboard shortcuts.
pub const KEYBOARD: &str = "\u{e2d8}";
/// How the window behaves.
pub const GEAR: &str = "\u{e270}";
/// Another seed.
pub const DICE: &str = "\u{e1ee}";
/// All that was said.
pub const BELL: &str = "\u{e0ce}";
/// Something is done.
pub const DONE: &str = "\u{e184}";
/// Write what is shown to a file.
pub const EXPORT: &str = "\u{eaf0}";
