//! The command line that makes a figure again, and the part of it that a caption says.

use super::{DivergencePart, Ends, Marks, ScaleMode, Subject, View};
use crate::data::shell::flag;
use crate::figure::Page;
use std::fmt::Write as _;

/// The flags of a flow.
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    /// As a person reads them: of a drawn target the name.
    pub said: String,
    /// As a command needs them: with all of a drawn target.
    pub whole: String,
}

/// Everything that a figure depends on, as the flags of `dfm-explorer export`.
#[derive(Clone, Debug, PartialEq)]
pub struct Recipe {
    /// What is shown.
    pub subject: Subject,
    /// The flags of the flow.
    pub flow: Flow,
    /// The time; counts for a single view and for a state.
    pub t: f64,
    /// The denoiser by name, where it matters.
    pub denoiser: Option<String>,
    /// The flags of the sampler or corrector that matter; may be empty.
    pub sampler: String,
    /// Number of particles and their seed; count where they are shown.
    pub particles: (usize, u64),
    /// Counts for the divergence.
    pub part: DivergencePart,
    /// Range of the colours.
    pub scale: ScaleMode,
    /// Where colours and arrows end in place of that, if the figure shares them with others.
    pub ends: Option<Ends>,
    /// What is marked.
    pub marks: Marks,
    /// Whether the posterior of a state is that of the noise.
    pub noise: bool,
    /// Frames of a strip or timeline.
    pub frames: Option<usize>,
    /// How long a timeline takes, where that was asked for.
    pub seconds: Option<f64>,
    /// Size and theme.
    pub page: Page,
    /// Whether it has a caption.
    pub caption: bool,
}

impl Recipe {
    /// Flow and settings: what a caption says.
    pub fn settings(&self) -> String {
        self.flags(&self.flow.said)
    }

    fn flags(&self, flow: &str) -> String {
        let mut text = flow.to_owned();
        // Writing into a String cannot fail.
        let mut add = |name: &str, value: &str| _ = write!(text, " {}", flag(name, value));
        if matches!(self.subject, Subject::View(_) | Subject::Cell) {
            add("t", &self.t.to_string());
        }
        if let Some(denoiser) = &self.denoiser {
            add("denoiser", denoiser);
        }
        if !self.sampler.is_empty() {
            text.push(' ');
            text.push_str(&self.sampler);
        }
        let mut add = |flag: &str, value: String| _ = write!(text, " --{flag} {value}");
        let shows_particles =
            self.subject.view() == Some(View::Particles) || self.subject == Subject::Distances;
        if shows_particles || self.marks.particle.is_some() {
            add("particles", self.particles.0.to_string());
            add("seed", self.particles.1.to_string());
        }
        if self.subject.view() == Some(View::Divergence) && self.part != DivergencePart::Total {
            add("part", if self.part == DivergencePart::First { "1" } else { "2" }.to_owned());
        }
        if let Some([z1, z2]) = self.marks.cell {
            add("cell", format!("{z1},{z2}"));
        }
        if let Some(particle) = self.marks.particle {
            add("follow", particle.to_string());
        }
        if let Some(kind) = self.marks.moves {
            add("moves", kind.name().to_owned());
        }
        if let Some(section) = self.marks.section {
            add("section", format!("{},{},{}", section.min[0], section.min[1], section.size[0]));
        }
        if self.noise {
            text.push_str(" --noise-posterior");
        }
        text
    }

    /// The whole command, writing to `out`.
    pub fn command(&self, out: &str) -> String {
        let mut text =
            format!("dfm-explorer export --view {} {}", self.subject, self.flags(&self.flow.whole));
        let mut add = |flag: String| {
            text.push(' ');
            text.push_str(&flag);
        };
        match (self.ends, self.scale) {
            (Some(ends), _) => add(format!("--scale {ends}")),
            (None, ScaleMode::PerFrame) => add("--scale auto".to_owned()),
            (None, ScaleMode::Fixed) => {}
        }
        if let Some(frames) = self.frames {
            add(format!("--frames {frames}"));
        }
        if let Some(seconds) = self.seconds {
            add(format!("--seconds {seconds}"));
        }
        if let Some(size) = self.page.size {
            add(format!("--size {size}"));
        }
        if self.page.dark {
            add("--theme dark".to_owned());
        }
        if !self.caption {
            add("--no-caption".to_owned());
        }
        add(flag("out", out));
        text
    }
}
