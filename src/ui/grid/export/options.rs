//! How an export is drawn: what the dialog lets one choose.

use crate::ui::export::{Format, PageOptions};

/// One picture, several beside each other, or an animation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Over {
    #[default]
    Now,
    Strip,
    Timeline,
}

/// How it is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    pub over: Over,
    pub format: Format,
    pub page: PageOptions,
    pub strip_frames: usize,
    pub timeline_frames: usize,
    /// A and B beside each other, where there are two.
    pub both: bool,
    /// What is marked in the window.
    pub marks: bool,
    /// The part of the cells that the window shows, in place of all.
    pub section: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            over: Over::Now,
            format: Format::Png,
            page: PageOptions::default(),
            strip_frames: 6,
            timeline_frames: 48,
            both: false,
            marks: true,
            section: true,
        }
    }
}

impl Options {
    /// With a format that goes with the time.
    pub fn consistent(self) -> Self {
        let format = match (self.over, self.format) {
            (Over::Timeline, Format::Png | Format::Svg) => Format::Gif,
            (Over::Now | Over::Strip, Format::Gif) => Format::Png,
            (_, format) => format,
        };
        Self { format, ..self }
    }

    /// Whether A and B stand beside each other: only as they are now.
    pub fn shows_both(&self) -> bool {
        self.both && self.over == Over::Now
    }
}
