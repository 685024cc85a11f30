//! The command that a figure of a former version carries, read back into settings.
//!
//! A recipe holds settings; such figures hold nothing but the flags of `dfm-explorer export`. This is the form in which they
//! were written, whatever the command line becomes.

use super::{Document, GridView, Look, Moves, Settings};
use crate::data::shell::words;
use crate::data::{FlowSpec, beside};
use crate::experiment::{KeptPage, Sides, TimeAxis};
use crate::flow::Corrector;
use crate::sampler::grid::{Method, SamplerConfig};
use crate::view::grid::{DivergencePart, MoveKind, ScaleMode, Show, Subject};
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// What stands between the commands of A and B.
const AND: &str = " && dfm-explorer ";
/// Flags without a value.
const SWITCHES: [&str; 6] = ["invert", "noise-posterior", "no-caption", "transparent", "json", "quiet"];
/// Flags that say nothing about an experiment, or that belong to the page alone.
const PAGE: [&str; 10] =
    ["out", "device", "size", "dpi", "font-size", "theme", "transparent", "no-caption", "json", "quiet"];

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
    let mut commands = command.split(AND);
    let a = Flags::of(commands.next().unwrap_or_default())?.side(now.sides.here())?;
    let others: Result<Vec<_>, _> =
        commands.map(|other| Flags::of(&format!("dfm-explorer {other}"))?.side(&a.settings)).collect();
    let others = others?;
    let view = GridView {
        both: !others.is_empty(),
        flags: std::iter::once(&a).chain(&others).map(|side| side.flags.clone()).collect(),
        ..a.view
    };
    // All stood at the same κ where they stood at other t.
    let along_kappa = others.iter().any(|other| other.t != a.t);
    let sides = Sides::new(a.settings, others.into_iter().map(|side| side.settings));
    let axis =
        |side: Settings| Settings { axis: if along_kappa { TimeAxis::Kappa } else { side.axis }, ..side };
    Ok(Command { document: sides.map(axis).into(), t: a.t, view })
}

/// What a figure directs the eye to, and the file of the network that it shows, by the flags of its view.
///
/// # Errors
/// Says what can't be read.
pub fn pointed_at(flags: &str) -> Result<(Option<Look>, Option<PathBuf>), String> {
    let flags = Flags::of(&format!("dfm-explorer export {flags}"))?;
    let cell = flags.text("cell").map(|text| {
        let both =
            text.split_once(',').and_then(|(a, b)| Some([a.trim().parse().ok()?, b.trim().parse().ok()?]));
        both.ok_or_else(|| format!("--cell {text}: expected two token values"))
    });
    let look = match cell.transpose()? {
        Some(cell) => Some(Look::Cell(cell)),
        None => flags.get("follow")?.map(Look::Particle),
    };
    Ok((look, flags.text("denoiser").filter(|name| is_network(name)).map(PathBuf::from)))
}

/// The flags of a view with its network looked for beside the `figure`, too, and without those that are named.
///
/// # Errors
/// Says what can't be read.
pub fn adapted(flags: &str, figure: &Path, without: &[&str]) -> Result<String, String> {
    let mut flags = Flags::of(&format!("dfm-explorer export {flags}"))?;
    flags.0.retain(|(name, _)| !without.contains(&name.as_str()));
    for (name, value) in &mut flags.0 {
        if name == "denoiser" && is_network(value) {
            *value = beside(Path::new(value), figure).display().to_string();
        }
    }
    Ok(flags.others())
}

fn is_network(denoiser: &str) -> bool {
    denoiser.to_lowercase().ends_with(".safetensors")
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
            page: KeptPage {
                size: self.text("size").map(str::to_owned),
                dpi: self.get("dpi")?,
                font_size: self.get("font-size")?,
                dark: self.text("theme") == Some("dark"),
                transparent: self.text("transparent").is_some(),
                bare: self.text("no-caption").is_some(),
            },
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::shell::quoted;
    use crate::data::{SourceSpec, TargetSpec};
    use crate::experiment::Settings as _;
    use crate::experiment::grid::GridFigure;
    use crate::figure::Page;
    use crate::flow::Scheduler;
    use crate::view::grid::{Marks, View};
    use proptest::prelude::*;

    #[test]
    fn a_command_gives_all_of_its_settings_and_leaves_the_others() {
        let now = Document::from(Settings { panes: 2, speed: 3.0, ..Settings::default() });
        let command = "dfm-explorer export --view particles --target 'text:A B' --k 32 --source mask --coupling \
                       independent --scheduler hermite:0,2 --t 0.7 --denoiser noisy-early:0.4 --method euler --steps 8 \
                       --corrector 10,0.25,0.25 --particles 500 --seed 7 --follow 3 --scale auto --out 'my figure.png'";
        let Command { document, t, view } = read(command, &now).expect("settings");
        let flow = FlowSpec {
            target: TargetSpec::Text("A B".to_owned()),
            k: Some(32),
            source: SourceSpec::Mask,
            scheduler: Scheduler::Hermite { a: 0.0, b: 2.0 },
            ..FlowSpec::default()
        };
        let a = &document.sides[0];
        assert_eq!((a.flow.clone(), t), (flow.clone(), Some(0.7)));
        assert_eq!((a.sampler.method, a.sampler.steps), (Method::Euler, 8));
        assert_eq!((a.corrector_on, a.corrector), (true, Corrector { amplitude: 10.0, a: 0.25, b: 0.25 }));
        assert_eq!((a.epsilon, a.early_error, a.particles, a.seed), (0.4, true, 500, 7));
        assert_eq!((a.views[0], a.panes, a.speed), (View::Particles, 2, 3.0));
        assert!(!document.sides.is_compared());
        assert_eq!(pointed_at(&view.flags[0]), Ok((Some(Look::Particle(3)), None)));
        // The view and the settings make the command again.
        assert_eq!(view.command(0, &flow, t, "my figure.png"), command);
    }

    #[test]
    fn two_commands_are_a_and_b_and_nonsense_is_said() {
        let now = Document::default();
        let two = "dfm-explorer export --view mass --target moons --k 8 --t 0.5 --out f-a.png && dfm-explorer export \
                   --view mass --target rings --k 8 --t 0.5 --denoiser net.safetensors --steps 4 --out f-b.png";
        let Command { document, view, .. } = read(two, &now).expect("settings");
        assert_eq!(document.sides[0].flow.target, TargetSpec::Moons);
        assert_eq!(document.sides[1].flow.target, TargetSpec::Rings);
        assert_eq!(pointed_at(&view.flags[1]), Ok((None, Some("net.safetensors".into()))));
        for bad in [
            "",
            "rm -rf /",
            "dfm-explorer field --t 1",
            "dfm-explorer export --view mass 'open",
            "dfm-explorer",
            "dfm-explorer export --view mass --k 1000",
            "dfm-explorer export --target moons",
            "dfm-explorer export --view mass --steps",
        ] {
            assert!(read(bad, &now).is_err(), "{bad}");
        }
    }

    /// What a command says that was written for these files.
    fn written(target: &str, source: &str, network: &str, out: &str) -> (String, Command) {
        let figure = GridFigure {
            subject: Subject::View(View::Mass),
            flow: FlowSpec {
                target: TargetSpec::File(target.into()),
                source: SourceSpec::File(source.into()),
                ..FlowSpec::default()
            },
            t: 0.5,
            denoiser: Some(network.to_owned()),
            sampling: super::super::Sampling::None,
            particles: (100, 0),
            part: DivergencePart::Total,
            scale: ScaleMode::Fixed,
            ends: None,
            marks: Marks::default(),
            noise: false,
            frames: None,
            seconds: None,
            page: Page::default(),
            caption: true,
        };
        let command = figure.command(out);
        let read = read(&command, &Document::default()).unwrap_or_else(|why| panic!("{command}: {why}"));
        (command, read)
    }

    #[test]
    fn files_with_awkward_names_come_back() {
        for name in [
            "--weird",
            "-k",
            "two\nlines",
            "a b",
            "it's",
            "quo\"te",
            "back\\slash",
            "流動",
            "#1",
            "$HOME `id`",
            "\t\u{7}",
            "a'$'b",
        ] {
            let [target, source] = ["npy", "csv"].map(|ending| format!("{name}.{ending}"));
            let network = format!("{name}.safetensors");
            let (command, read) = written(&target, &source, &network, &format!("{name}.svg"));
            assert_eq!(read.document.sides[0].flow.target, TargetSpec::File(target.into()), "{command}");
            assert_eq!(read.document.sides[0].flow.source, SourceSpec::File(source.into()), "{command}");
            assert_eq!(pointed_at(&read.view.flags[0]), Ok((None, Some(network.into()))), "{command}");
            assert!(!command.contains(char::is_control), "{command}");
        }
    }

    #[test]
    fn older_figures_have_names_with_a_dash_by_themselves() {
        let command =
            "dfm-explorer export --view mass --target --weird.npy --k 64 --source -s.csv --out x.svg";
        let read = super::read(command, &Document::default()).expect("an experiment");
        assert_eq!(read.document.sides[0].flow.target, TargetSpec::File("--weird.npy".into()));
        assert_eq!(
            (read.document.sides[0].flow.k, read.document.sides[0].flow.source.clone()),
            (Some(64), SourceSpec::File("-s.csv".into()))
        );
    }

    #[test]
    fn files_are_looked_for_beside_the_figure() {
        let desk = tempfile::tempdir().expect("a folder");
        let figure = desk.path().join("figure.svg");
        std::fs::write(desk.path().join("a b.npy"), "").expect("written");
        let read = |name: &str| {
            let command =
                format!("dfm-explorer export --view mass --target {} --out figure.svg", quoted(name));
            let read = super::read(&command, &Document::default()).expect("an experiment");
            read.document.found_beside(&figure).sides[0].flow.target.clone()
        };
        let found = TargetSpec::File(desk.path().join("a b.npy"));
        assert_eq!((read("a b.npy"), read("/elsewhere/a b.npy")), (found.clone(), found));
        assert_eq!(read("none.npy"), TargetSpec::File("none.npy".into()));
        assert_eq!(read("moons"), TargetSpec::Moons);
    }

    proptest! {
        #[test]
        fn any_file_comes_back(name in "[-a流 '\"\\\\$#\n\t:=]{1,12}|\\PC{1,9}", out in "[-a '\n]{1,5}") {
            // A name that is an extension alone is none of a file that can be read.
            prop_assume!(!name.ends_with('/') && !name.starts_with("text:") && !name.starts_with("drawn:"));
            let (_, read) = written(&format!("{name}.npy"), &format!("{name}.npy"), "oracle", &out);
            prop_assert_eq!(&read.document.sides[0].flow.target, &TargetSpec::File(format!("{name}.npy").into()));
            prop_assert_eq!(&read.document.sides[0].flow.source, &SourceSpec::File(format!("{name}.npy").into()));
        }
    }
}
