//! How an export is drawn: what the dialog lets one choose.

use crate::figure::most_frames;
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
    /// How long a timeline takes.
    pub timeline_seconds: f64,
    /// All sides in one figure, where there are several.
    pub all_sides: bool,
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
            timeline_seconds: 4.0,
            all_sides: true,
            marks: true,
            section: true,
        }
    }
}

impl Options {
    /// With a format that goes with the time.
    pub fn consistent(self) -> Self {
        let format = match (self.over, self.format) {
            (Over::Timeline, Format::Png | Format::Svg | Format::Pdf) => Format::Gif,
            (Over::Now | Over::Strip, Format::Gif) => Format::Png,
            (_, format) => format,
        };
        Self { format, ..self }
    }

    /// How long a timeline takes, in ms.
    pub fn lasts(&self) -> u32 {
        (1000.0 * self.timeline_seconds).round() as u32
    }

    /// Frames of a timeline: no more than its time has room for.
    pub fn frames_in_time(&self) -> usize {
        self.timeline_frames.min(most_frames(self.lasts()))
    }
}
