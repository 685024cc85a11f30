//! The files that are part of the program: fonts for the window, the figures and drawn words.

/// Roboto (Apache-2.0): text and figures. Its digits all have one width.
pub const ROBOTO_REGULAR: &[u8] = include_bytes!("../assets/fonts/Roboto-Regular.ttf");
/// Roboto Medium: headings and drawn words.
pub const ROBOTO_MEDIUM: &[u8] = include_bytes!("../assets/fonts/Roboto-Medium.ttf");
/// Phosphor (MIT): icons.
pub const PHOSPHOR: &[u8] = include_bytes!("../assets/fonts/Phosphor.ttf");
