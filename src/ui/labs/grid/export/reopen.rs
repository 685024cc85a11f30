//! A figure that is dropped on the window gives its experiment back: the command inside it says all of it.

use crate::cli::grid::{ExportedExperiment, experiment_of};
use crate::data::read_limited;
use crate::experiment::grid::{DenoiserSpec, Look};
use crate::experiment::grid::{Document, Side};
use crate::experiment::grid::{Moves, Settings};
use crate::figure::recipe::{Inside, look_inside};
use crate::view::grid::MoveKind;
use crate::view::grid::Show;
use std::path::Path;

/// No figure of this program comes near it.
const MOST_BYTES: u64 = 256 << 20;
/// What stands between the commands of A and B.
const AND: &str = " && dfm-explorer ";

/// What a figure shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Reopened {
    /// Its settings, where the figure says nothing those of now.
    pub document: Document,
    /// Its time, if it has a single one.
    pub t: Option<f64>,
    /// What it marks.
    pub look: Option<Look>,
    /// What else is needed to see the same.
    pub missing: Option<String>,
}

/// The experiment inside the figure `file`, on top of what is set `now`; `None` if the file has no experiment inside.
/// Files it names are looked for beside it, too.
///
/// # Errors
/// Says what is wrong with the file or its command.
pub fn reopened(file: &Path, now: &Document) -> Option<Result<Reopened, String>> {
    let bytes = match read_limited(file, MOST_BYTES, "figure") {
        Ok(bytes) => bytes,
        Err(why) => return Some(Err(why.to_string())),
    };
    let name = file.display();
    match look_inside(&bytes) {
        Inside::Recipe(command) => {
            Some(read(&command, now, file).map_err(|why| format!("{name}: its command can’t be read: {why}")))
        }
        Inside::Damaged(why) => Some(Err(format!("{name}: the experiment inside {why}"))),
        Inside::Nothing | Inside::NoFigure => None,
    }
}

fn read(command: &str, now: &Document, figure: &Path) -> Result<Reopened, String> {
    let (first, second) = command.split_once(AND).map_or((command, None), |(a, b)| (a, Some(b)));
    let present = if now.side == Side::B { now.b.as_ref().unwrap_or(&now.a) } else { &now.a };
    let experiment = |command: &str| experiment_of(command).map(|shown| shown.found_beside(figure));
    let shown = experiment(first)?;
    let a = settings(&shown, present)?;
    let b = second.map(|b| settings(&experiment(&format!("dfm-explorer {b}"))?, &a)).transpose()?;
    let document = Document { b, ..Document::of(a) };
    let look = match (shown.marks.cell, shown.marks.particle) {
        (Some(cell), _) => Some(Look::Cell(cell)),
        (None, particle) => particle.map(Look::Particle),
    };
    let missing = match &shown.denoiser {
        Some(DenoiserSpec::Checkpoint(file)) => {
            Some(format!("The figure shows the network {}: open its checkpoint, too.", file.display()))
        }
        _ => None,
    };
    Ok(Reopened { document, t: shown.t, look, missing })
}

/// The settings of one command.
fn settings(shown: &ExportedExperiment, now: &Settings) -> Result<Settings, String> {
    let mut settings = Settings { flow: shown.flow.clone(), scale: shown.scale, ..now.clone() };
    if let Some(sampler) = shown.sampler {
        settings.sampler = sampler;
        settings.corrector_on = sampler.corrector.is_on();
        if settings.corrector_on {
            settings.corrector = sampler.corrector;
        }
    }
    let exact = |epsilon, early| (Show::Exact, epsilon, early);
    (settings.show, settings.epsilon, settings.early_error) = match shown.denoiser {
        Some(DenoiserSpec::Noisy(epsilon)) => exact(epsilon, false),
        Some(DenoiserSpec::NoisyEarly(epsilon)) => exact(epsilon, true),
        Some(DenoiserSpec::Oracle | DenoiserSpec::Checkpoint(_)) => exact(0.0, false),
        None => (Show::Exact, now.epsilon, now.early_error),
    };
    if let Some(particles) = shown.particles {
        (settings.particles, settings.seed) = (particles, shown.seed);
    }
    if let Some(view) = shown.view {
        settings.views[0] = view;
        settings.divergence = shown.part;
    }
    settings.moves = match shown.marks.moves {
        Some(MoveKind::Rates) => Moves::Rates,
        Some(MoveKind::Fluxes) => Moves::Fluxes,
        None => Moves::Off,
    };
    settings.validated().map_err(|why| why.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{FlowSpec, SourceSpec};
    use crate::flow::{Corrector, Scheduler};
    use crate::sampler::grid::Method;
    use crate::view::grid::View;

    #[test]
    fn a_command_gives_all_of_its_settings_and_leaves_the_others() {
        let now = Document::of(Settings { panes: 2, speed: 3.0, ..Settings::default() });
        let command = "dfm-explorer export --view particles --target 'text:A B' --k 32 --source mask --coupling \
                       independent --scheduler hermite:0,2 --t 0.7 --denoiser noisy-early:0.4 --method euler --steps 8 \
                       --corrector 10,0.25,0.25 --particles 500 --seed 7 --follow 3 --scale auto --out 'my figure.png'";
        let Reopened { document, t, look, missing } =
            read(command, &now, Path::new("f.png")).expect("settings");
        let flow = FlowSpec {
            target: crate::data::TargetSpec::Text("A B".to_owned()),
            k: Some(32),
            source: SourceSpec::Mask,
            scheduler: Scheduler::Hermite { a: 0.0, b: 2.0 },
            ..FlowSpec::default()
        };
        let a = &document.a;
        assert_eq!((a.flow.clone(), t, look), (flow, Some(0.7), Some(Look::Particle(3))));
        assert_eq!((a.sampler.method, a.sampler.steps), (Method::Euler, 8));
        assert_eq!((a.corrector_on, a.corrector), (true, Corrector { amplitude: 10.0, a: 0.25, b: 0.25 }));
        assert_eq!((a.epsilon, a.early_error, a.particles, a.seed), (0.4, true, 500, 7));
        assert_eq!((a.views[0], a.panes, a.speed), (View::Particles, 2, 3.0));
        assert!(missing.is_none() && document.b.is_none());
    }

    #[test]
    fn a_figure_finds_its_target_beside_it_and_a_damaged_one_is_said() {
        use crate::figure::recipe::into_svg;
        let desk = tempfile::tempdir().expect("a folder");
        let (figure, target) = (desk.path().join("q.svg"), desk.path().join("quo'te $x `id`.npy"));
        std::fs::write(&target, "").expect("written");
        let command =
            r"dfm-explorer export --view mass --target 'quo'\''te $x `id`.npy' --k 64 --t 0.5 --out q.svg";
        let plain = "<svg xmlns=\"http://www.w3.org/2000/svg\"></svg>";
        let svg = into_svg(plain, command);
        let of = |svg: &str| {
            std::fs::write(&figure, svg).expect("written");
            reopened(&figure, &Document::default())
        };
        let found = of(&svg).expect("a figure").expect("an experiment").document.a.flow.target;
        assert_eq!(found, crate::data::TargetSpec::File(target));
        let why = of(&svg.replace("</metadata>", "")).expect("a figure").expect_err("damaged");
        assert!(why.contains("q.svg: the experiment inside lies in SVG markup that is damaged"), "{why}");
        assert_eq!(of(plain), None);
    }

    #[test]
    fn two_commands_are_a_and_b_and_nonsense_is_said() {
        let now = Document::default();
        let two = "dfm-explorer export --view mass --target moons --k 8 --t 0.5 --out f-a.png && dfm-explorer export \
                   --view mass --target rings --k 8 --t 0.5 --denoiser net.safetensors --steps 4 --out f-b.png";
        let document = read(two, &now, Path::new("f.png")).expect("settings").document;
        assert_eq!(document.a.flow.target.to_string(), "moons");
        assert_eq!(document.b.expect("B").flow.target.to_string(), "rings");
        for bad in [
            "",
            "rm -rf /",
            "dfm-explorer field --t 1",
            "dfm-explorer export --view mass 'open",
            "dfm-explorer",
        ] {
            assert!(read(bad, &now, Path::new("f.png")).is_err(), "{bad}");
        }
    }
}
