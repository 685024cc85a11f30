//! The command that a figure of a former version carries, read back into settings.
//!
//! A recipe holds settings; such figures hold nothing but the flags of `dfm-explorer export`. This is the form in which they
//! were written, whatever the command line becomes.

use super::{Document, GridView, Moves, Settings};
use crate::data::FlowSpec;
use crate::data::shell::words;
use crate::flow::Corrector;
use crate::sampler::grid::{Method, SamplerConfig};
use crate::view::grid::{DivergencePart, MoveKind, ScaleMode, Show, Subject};
use std::fmt::Display;
use std::str::FromStr;

/// What stands between the commands of A and B.
const AND: &str = " && dfm-explorer ";
/// Flags without a value.
const SWITCHES: [&str; 5] = ["invert", "noise-posterior", "no-caption", "json", "quiet"];
/// Flags that say nothing about an experiment, or that belong to the page alone.
const PAGE: [&str; 7] = ["out", "device", "size", "theme", "no-caption", "json", "quiet"];

/// What a figure's command says.
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    /// Its settings, and what it does not say as it was before.
    pub document: Document,
    /// The time, if it has a single one.
    pub t: Option<f64>,
    /// What it shows.
    pub view: GridView,
}

/// Reads the command of a figure, or those of A and B. What it does not say is as it is `now`.
///
/// # Errors
/// Says what can't be read.
pub fn read(command: &str, now: &Document) -> Result<Command, String> {
    let (first, second) = command.split_once(AND).map_or((command, None), |(a, b)| (a, Some(b)));
    let a = Flags::of(first)?.side(now.here())?;
    let b = second.map(|b| Flags::of(&format!("dfm-explorer {b}"))?.side(&a.settings)).transpose()?;
    let view = GridView {
        both: b.is_some(),
        flags: std::iter::once(&a).chain(&b).map(|side| side.flags.clone()).collect(),
        ..a.view
    };
    let b = b.map(|side| side.settings);
    Ok(Command { document: Document { b, ..Document::of(a.settings) }, t: a.t, view })
}

/// What one command says.
struct Side {
    settings: Settings,
    t: Option<f64>,
    view: GridView,
    flags: String,
}

/// Flags with their values; those without have none.
struct Flags(Vec<(String, String)>);

impl Flags {
    /// Of a whole command.
    fn of(command: &str) -> Result<Self, String> {
        let mut words = words(command).ok_or("a quote is not closed")?.into_iter();
        let head = [words.next(), words.next()];
        if head.iter().flatten().ne(["dfm-explorer", "export"]) {
            return Err("it is not an export of dfm-explorer".to_owned());
        }
        let mut all = Vec::new();
        while let Some(word) = words.next() {
            let flag = word.strip_prefix("--").ok_or_else(|| format!("unexpected \"{word}\""))?;
            let (name, value) = match flag.split_once('=') {
                Some((name, value)) => (name, value.to_owned()),
                None if SWITCHES.contains(&flag) => (flag, String::new()),
                // Older figures have a name by itself, also where it begins with a dash.
                None => (flag, words.next().ok_or_else(|| format!("--{flag} has no value"))?),
            };
            all.push((name.to_owned(), value));
        }
        Ok(Self(all))
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn get<T: FromStr<Err: Display>>(&self, name: &str) -> Result<Option<T>, String> {
        let read = |text: &str| text.parse().map_err(|why: T::Err| format!("--{name}: {why}"));
        self.text(name).map(read).transpose()
    }

    /// The first of several values.
    fn first<T: FromStr<Err: Display>>(&self, name: &str) -> Result<Option<T>, String> {
        let first = self.text(name).and_then(|text| text.split(',').next());
        first.map(|text| text.parse().map_err(|why: T::Err| format!("--{name}: {why}"))).transpose()
    }

    fn flow(&self) -> Result<FlowSpec, String> {
        let usual = FlowSpec::default();
        let mut flow = FlowSpec {
            target: self.get("target")?.unwrap_or(usual.target),
            k: self.get("k")?,
            invert: self.text("invert").is_some(),
            source: self.get("source")?.unwrap_or(usual.source),
            coupling: self.get("coupling")?.unwrap_or(usual.coupling),
            conditional: self.get("path")?.unwrap_or(usual.conditional),
            scheduler: usual.scheduler,
        };
        flow.scheduler = match self.text("scheduler") {
            Some("kinetic") => {
                let path = flow.path().map_err(|why| why.to_string())?;
                path.kinetic_scheduler().map_err(|why| format!("--scheduler kinetic: {why}"))?
            }
            _ => self.get("scheduler")?.unwrap_or(usual.scheduler),
        };
        Ok(flow)
    }

    /// The sampler of its run, or of the setting that a plot of curves points out; none where it has none.
    fn sampler(&self) -> Result<Option<SamplerConfig>, String> {
        let (method, steps) = match self.text("mark").map(|mark| mark.split_once(':').unwrap_or((mark, ""))) {
            Some((method, steps)) => {
                let wrong = |why: &dyn Display| format!("--mark: {why}");
                let method: Method = method.parse().map_err(|why| wrong(&why))?;
                (method, steps.parse().map_err(|why| wrong(&why))?)
            }
            None if self.text("steps").is_none_or(|steps| steps.contains(',')) => return Ok(None),
            None => {
                let steps = self.get("steps")?.unwrap_or(1);
                (self.first("method")?.unwrap_or_default(), steps)
            }
        };
        let usual = SamplerConfig::default();
        let config = SamplerConfig {
            method,
            steps,
            grid: self.get("time-grid")?.unwrap_or_default(),
            corrector: self.get("corrector")?.unwrap_or(Corrector::OFF),
            corrector_by: self.get("corrector-by")?.unwrap_or_default(),
            sweeps: self.get("sweeps")?.unwrap_or_default(),
            temperature: self.get("temperature")?.unwrap_or(usual.temperature),
            choice_temperature: self.get("choice-temperature")?.unwrap_or(usual.choice_temperature),
        };
        Ok(Some(config))
    }

    fn side(&self, now: &Settings) -> Result<Side, String> {
        let subject: Subject = self.get("view")?.ok_or("there is no --view")?;
        let scale = if self.text("scale") == Some("auto") { ScaleMode::PerFrame } else { ScaleMode::Fixed };
        let mut settings = Settings { flow: self.flow()?, scale, ..now.clone() };
        if let Some(sampler) = self.sampler()? {
            settings.sampler = sampler;
            settings.corrector_on = sampler.corrector.is_on();
            if settings.corrector_on {
                settings.corrector = sampler.corrector;
            }
        }
        if let Some(denoiser) = self.text("denoiser") {
            let error = |epsilon: &str| epsilon.parse().map_err(|_| format!("--denoiser {denoiser}"));
            settings.show = Show::Exact;
            (settings.epsilon, settings.early_error) = match denoiser.split_once(':') {
                Some(("noisy", epsilon)) => (error(epsilon)?, false),
                Some(("noisy-early", epsilon)) => (error(epsilon)?, true),
                _ => (0.0, false),
            };
        }
        if let Some(particles) = self.get("particles")? {
            (settings.particles, settings.seed) = (particles, self.get("seed")?.unwrap_or(0));
        }
        if let Some(view) = subject.view() {
            settings.views[0] = view;
            settings.divergence = match self.text("part") {
                Some("1") => DivergencePart::First,
                Some("2") => DivergencePart::Second,
                _ => DivergencePart::Total,
            };
        }
        settings.moves = match self.text("moves") {
            Some(kind) if kind == MoveKind::Rates.name() => Moves::Rates,
            Some(_) => Moves::Fluxes,
            None => Moves::Off,
        };
        let view = GridView {
            subject: subject.to_string(),
            size: self.text("size").map(str::to_owned),
            dark: self.text("theme") == Some("dark"),
            bare: self.text("no-caption").is_some(),
            ..GridView::default()
        };
        let settings = settings.validated().map_err(|why| why.to_string())?;
        Ok(Side { settings, t: self.get("t")?, view, flags: self.others() })
    }

    /// The flags that are neither of the flow, nor the time, nor of the page, as they were written.
    fn others(&self) -> String {
        use crate::data::shell::flag;
        const FLOW: [&str; 9] =
            ["view", "target", "k", "invert", "source", "coupling", "path", "scheduler", "t"];
        let own = |name: &str| !FLOW.contains(&name) && !PAGE.contains(&name);
        let kept = self.0.iter().filter(|(name, _)| own(name));
        let flags = kept.map(|(name, value)| match SWITCHES.contains(&name.as_str()) {
            true => format!("--{name}"),
            false => flag(name, value),
        });
        flags.collect::<Vec<_>>().join(" ")
    }
}
