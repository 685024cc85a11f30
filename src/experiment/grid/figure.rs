//! What a figure of the grid shows: the view of a recipe, and the command that makes the figure again.

use super::words::{flow_words, number, path_words};
use super::{Document, Settings};
use crate::data::FlowSpec;
use crate::data::shell::flag;
use crate::experiment::{KeptPage, Recipe, corrector_words};
use crate::figure::Page;
use crate::flow::{Corrector, Scheduler};
use crate::sampler::grid::{Method, SamplerConfig};
use crate::view::grid::{DivergencePart, Ends, Marks, ScaleMode, Show, Subject, View};
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// What of the sampler matters to a figure.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Sampling {
    /// Nothing.
    #[default]
    None,
    /// The corrector alone.
    Corrector(Corrector),
    /// A run.
    Run(SamplerConfig),
    /// Several samplers, by the flags that name them, and their schedulers.
    Several(String, Vec<Scheduler>),
}

impl Sampling {
    /// As flags of `dfm-explorer export`.
    fn flags(&self) -> String {
        match self {
            Self::Corrector(corrector) if corrector.is_on() => format!("--corrector {corrector}"),
            Self::None | Self::Corrector(_) => String::new(),
            Self::Run(config) => config.to_string(),
            Self::Several(flags, _) => flags.clone(),
        }
    }
}

/// Everything that a figure depends on.
#[derive(Clone, Debug, PartialEq)]
pub struct GridFigure {
    /// What is shown.
    pub subject: Subject,
    /// The flow.
    pub flow: FlowSpec,
    /// The time; counts for a single view and for a state.
    pub t: f64,
    /// The denoiser by name, where it matters.
    pub denoiser: Option<String>,
    /// The sampler, as far as it matters.
    pub sampling: Sampling,
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

/// The view of a recipe: what a figure shows, apart from what the settings say.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct GridView {
    /// What is shown, by the name of `--view`.
    pub subject: String,
    /// A and B beside each other.
    pub both: bool,
    /// The flags of `dfm-explorer export` for all but the flow, the time and what the page is like; of A and of B.
    pub flags: Vec<String>,
    /// What it is drawn on.
    #[serde(flatten)]
    pub page: KeptPage,
}

impl GridFigure {
    /// A view of what is set at `t`, with nothing marked, on the usual page.
    ///
    /// # Errors
    /// If it shows a network, which settings do not hold.
    pub fn of(settings: &Settings, view: View, t: f64) -> Result<Self, String> {
        let from_run = view.needs_run(settings.show);
        if settings.show == Show::Learned && (from_run || view == View::PosteriorError) {
            return Err(
                "shows the network that was trained in the window, which its settings do not hold".to_owned()
            );
        }
        let asks = from_run || view == View::PosteriorError;
        let config = settings.effective_sampler();
        Ok(Self {
            subject: Subject::View(view),
            flow: settings.flow.clone(),
            t,
            denoiser: asks.then(|| settings.exact_denoiser().to_string()),
            sampling: match view {
                View::PosteriorError => Sampling::None,
                _ if from_run => Sampling::Run(config),
                View::Traffic => Sampling::Corrector(config.corrector),
                _ => Sampling::None,
            },
            particles: (settings.particles, settings.seed),
            part: settings.divergence,
            scale: settings.scale,
            ends: None,
            marks: Marks::default(),
            noise: false,
            frames: None,
            seconds: None,
            page: Page::default(),
            caption: true,
        })
    }

    /// What a caption says: all that makes the figure, in words.
    pub fn words(&self) -> String {
        // Of curves with several schedulers each says its own.
        let mut parts = vec![match &self.sampling {
            Sampling::Several(_, schedulers) => match schedulers[..] {
                [one] => flow_words(&FlowSpec { scheduler: one, ..self.flow.clone() }),
                _ => path_words(&self.flow),
            },
            _ => flow_words(&self.flow),
        }];
        if matches!(self.subject, Subject::View(_) | Subject::Cell) {
            parts.push(format!("t = {}", number(self.t)));
        }
        parts.extend(self.denoiser.as_deref().map(denoiser_words));
        match &self.sampling {
            Sampling::None | Sampling::Several(..) => {}
            Sampling::Corrector(corrector) if corrector.is_on() => parts.push(corrector_words(*corrector)),
            Sampling::Corrector(_) => {}
            Sampling::Run(config) => parts.push(sampler_words(config)),
        }
        if self.shows_particles() {
            let (count, seed) = self.particles;
            parts.push(format!("{}, seed {seed}", crate::flow::counted(count, "particle")));
        }
        match (self.subject.view(), self.part) {
            (Some(View::Divergence), DivergencePart::First) => parts.push("moves of token 1".to_owned()),
            (Some(View::Divergence), DivergencePart::Second) => parts.push("moves of token 2".to_owned()),
            _ => {}
        }
        let Marks { cell, particle, section, .. } = self.marks;
        parts.extend(cell.map(|[z1, z2]| format!("state ({z1}, {z2})")));
        parts.extend(particle.map(|n| format!("particle {n}")));
        parts.extend(section.map(|part| {
            let [x, y] = part.min.map(|min| number(f64::from(min)));
            format!("{0} × {0} cells from ({x}, {y})", number(f64::from(part.size[0])))
        }));
        if self.noise {
            parts.push("posterior of the noise".to_owned());
        }
        parts.join(", ")
    }

    fn shows_particles(&self) -> bool {
        self.subject.view() == Some(View::Particles)
            || self.subject == Subject::Distances
            || self.marks.particle.is_some()
    }

    /// The flags after the flow and the time.
    fn flags(&self) -> String {
        let mut flags = Vec::new();
        flags.extend(self.denoiser.as_ref().map(|denoiser| flag("denoiser", denoiser)));
        flags.push(self.sampling.flags());
        if self.shows_particles() {
            flags.push(format!("--particles {} --seed {}", self.particles.0, self.particles.1));
        }
        if self.subject.view() == Some(View::Divergence) && self.part != DivergencePart::Total {
            flags.push(format!("--part {}", if self.part == DivergencePart::First { "1" } else { "2" }));
        }
        flags.extend(self.marks.cell.map(|[z1, z2]| format!("--cell {z1},{z2}")));
        flags.extend(self.marks.particle.map(|particle| format!("--follow {particle}")));
        flags.extend(self.marks.moves.map(|kind| format!("--moves {}", kind.name())));
        let section = self.marks.section;
        flags.extend(section.map(|s| format!("--section {},{},{}", s.min[0], s.min[1], s.size[0])));
        if self.noise {
            flags.push("--noise-posterior".to_owned());
        }
        match (self.ends, self.scale) {
            (Some(ends), _) => flags.push(format!("--scale {ends}")),
            (None, ScaleMode::PerFrame) => flags.push("--scale auto".to_owned()),
            (None, ScaleMode::Fixed) => {}
        }
        flags.extend(self.frames.map(|frames| format!("--frames {frames}")));
        flags.extend(self.seconds.map(|seconds| format!("--seconds {seconds}")));
        flags.retain(|flag| !flag.is_empty());
        flags.join(" ")
    }

    /// The whole command, writing to `out`.
    pub fn command(&self, out: &str) -> String {
        let time = matches!(self.subject, Subject::View(_) | Subject::Cell).then_some(self.t);
        GridView::of([self]).command(0, &self.flow, time, out)
    }
}

/// What a file carries of a figure, or of A and B beside each other, drawn from `document`: the recipe of all that is set,
/// with the command that makes the figure again as `out`.
pub fn carried(document: &Document, figures: &[&GridFigure], out: &str) -> String {
    let Some(first) = figures.first() else { return String::new() };
    let commands: Vec<String> = match figures {
        [one] => vec![one.command(out)],
        several => {
            let (stem, ending) = out.rsplit_once('.').unwrap_or((out, "png"));
            let names = ["a", "b", "c"].iter().map(|side| format!("{stem}-{side}.{ending}"));
            several.iter().zip(names).map(|(figure, out)| figure.command(&out)).collect()
        }
    };
    let recipe = Recipe::new(document).showing(&GridView::of(figures.iter().copied()));
    let time = matches!(first.subject, Subject::View(_) | Subject::Cell).then_some(first.t);
    Recipe { t: time, command: Some(commands.join(" && ")), ..recipe }.text()
}

impl GridView {
    /// Of a figure, or of A and B beside each other.
    pub fn of<'a>(figures: impl IntoIterator<Item = &'a GridFigure>) -> Self {
        let figures: Vec<_> = figures.into_iter().collect();
        let Some(first) = figures.first() else { return Self::default() };
        Self {
            subject: first.subject.to_string(),
            both: figures.len() > 1,
            flags: figures.iter().map(|figure| figure.flags()).collect(),
            page: KeptPage::of(first.page, first.caption),
        }
    }

    /// The command that makes the figure of one side again, writing to `out`; `t` where it shows a single time.
    pub fn command(&self, side: usize, flow: &FlowSpec, t: Option<f64>, out: &str) -> String {
        let mut text = format!("dfm-explorer export --view {} {}", self.subject, flow.whole_flags());
        // Writing into a String cannot fail.
        let mut add = |flag: &str| _ = write!(text, " {flag}");
        if let Some(t) = t {
            add(&format!("--t {t}"));
        }
        if let Some(flags) = self.flags.get(side).filter(|flags| !flags.is_empty()) {
            add(flags);
        }
        self.page.flags().iter().for_each(|flag| add(flag));
        add(&flag("out", out));
        text
    }
}

/// A denoiser by its name on the command line.
fn denoiser_words(name: &str) -> String {
    let error = |epsilon: &str| format!("exact denoiser with an error ε = {epsilon}");
    match name.split_once(':') {
        Some(("noisy", epsilon)) => error(epsilon),
        Some(("noisy-early", epsilon)) => error(epsilon) + " while both tokens are masked",
        _ if name == "oracle" => "exact denoiser".to_owned(),
        _ => {
            let file = std::path::Path::new(name).file_name().unwrap_or_default();
            format!("network {}", file.to_string_lossy())
        }
    }
}

/// Method and steps, and what differs from the usual.
pub fn sampler_words(config: &SamplerConfig) -> String {
    use crate::sampler::TimeGrid;
    let config = config.effective();
    let usual = SamplerConfig::default();
    let mut parts = vec![format!("{}, {}", config.method, crate::flow::counted(config.steps, "step"))];
    match config.grid {
        TimeGrid::T => {}
        TimeGrid::Kappa => parts.push("even in κ".to_owned()),
        TimeGrid::Geometric => parts.push("geometric in 1−t".to_owned()),
    }
    if config.corrector.is_on() {
        let by = config.corrector_by;
        let by = if by == usual.corrector_by || config.method != Method::Exact {
            String::new()
        } else {
            format!(" by {by}")
        };
        parts.push(corrector_words(config.corrector) + &by);
    }
    if config.sweeps.count > 0 {
        let kind = if config.sweeps.parallel { "parallel" } else { "one token at a time" };
        let count = crate::flow::counted(config.sweeps.count, "corrector iteration");
        let share = config.sweeps.share;
        let share = if share == 1.0 { String::new() } else { format!(", share {share}") };
        parts.push(format!("{count} ({kind}{share})"));
    }
    if config.temperature != usual.temperature {
        parts.push(format!("τ = {}", config.temperature));
    }
    if config.method == Method::MaskGit && config.choice_temperature != usual.choice_temperature {
        parts.push(format!("choice τ = {}", config.choice_temperature));
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{SourceSpec, TargetSpec};

    fn figure() -> GridFigure {
        GridFigure {
            subject: Subject::View(View::Mass),
            flow: FlowSpec {
                target: TargetSpec::Moons,
                k: Some(64),
                source: SourceSpec::Mask,
                scheduler: Scheduler::Cubic,
                ..FlowSpec::default()
            },
            t: 0.6,
            denoiser: None,
            sampling: Sampling::None,
            particles: (3000, 7),
            part: DivergencePart::Total,
            scale: ScaleMode::Fixed,
            ends: None,
            marks: Marks::default(),
            noise: false,
            frames: None,
            seconds: None,
            page: Page::default(),
            caption: true,
        }
    }

    #[test]
    fn a_caption_speaks_in_words() {
        let mut figure = figure();
        assert_eq!(figure.words(), "Moons on 64 × 64, mask source, cubic scheduler, t = 0.60");
        figure.subject = Subject::View(View::Particles);
        figure.denoiser = Some("noisy-early:0.25".to_owned());
        let corrector = Corrector { amplitude: 10.0, a: 0.25, b: 1.0 };
        figure.sampling = Sampling::Run(SamplerConfig { steps: 1, corrector, ..SamplerConfig::default() });
        figure.marks.particle = Some(3);
        assert_eq!(
            figure.words(),
            "Moons on 64 × 64, mask source, cubic scheduler, t = 0.60, exact denoiser with an error ε = 0.25 while both \
             tokens are masked, exact, 1 step, corrector 10 t^0.25 (1−t), 3000 particles, seed 7, particle 3"
        );
        assert!(!figure.words().contains("--"), "no flags");
    }

    #[test]
    fn the_command_says_everything() {
        let mut figure = figure();
        figure.marks.cell = Some([3, 5]);
        figure.page = Page { size: "300x200".parse().ok(), ..Page::usual(true) };
        (figure.caption, figure.scale) = (false, ScaleMode::PerFrame);
        assert_eq!(
            figure.command("a b.svg"),
            "dfm-explorer export --view mass --target moons --k 64 --source mask --coupling independent --scheduler cubic \
             --t 0.6 --cell 3,5 --scale auto --size 300x200 --theme dark --no-caption --out 'a b.svg'"
        );
    }
}
