//! The default experiment without a window: trains the default flow on the CPU and writes what a window would show.

use crate::cli::console::Console;
use crate::cli::grid::demo_figures as figures;
use crate::cli::{checkpoint_file, output};

use crate::data::FlowSpec;
use crate::data::error::io_reason;
use crate::data::pending::NewFolder;
use crate::denoiser::grid::{Denoiser, Oracle};
use crate::figure::Page;
use crate::flow::metrics::Distances;
use crate::flow::{GridPath, Scheduler, counted};
use crate::gpu::Device;
use crate::sampler::grid::{PmfCarrier, SamplerConfig, Setup, run};
use crate::train::grid::{Gap, TrainConfig, Trainer};
use ndarray::Array2;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

/// Steps of the exact sampler, one frame of the animation each.
const STEPS: usize = 40;
/// Times at which the gap is measured; they get further apart, as a gap falls fast at first.
const GAPS: usize = 12;

/// The pmf of a run at every step, with the times.
pub(in crate::cli) type Film = Vec<(f64, Array2<f64>)>;

/// Trains for `seconds` and writes `strip.png`, `gap.png`, `flow.gif` and `checkpoint.safetensors` to `folder`, which is
/// made if needed; files there are replaced. Needs no graphics driver. `quiet` leaves out progress and summary.
///
/// # Errors
/// If the folder or a file can't be written, or training fails.
pub fn run_demo(folder: &Path, seconds: f64, seed: u64, quiet: bool) -> anyhow::Result<()> {
    check(folder)?;
    let console = Console { quiet, json: false };
    let spec = FlowSpec::default();
    let path = Arc::new(spec.path()?);
    let config = TrainConfig { seed, ..TrainConfig::default() };
    // Never a GPU: this must run where there is no driver at all.
    let device = Device::flex();
    let mut trainer = Trainer::new(path.clone(), spec.clone(), config, &device)?;
    let gaps = train(&mut trainer, seconds, &console)?;
    // Whoever breaks off the training finds no folder.
    let _folder = NewFolder::make(folder).map_err(|error| refused("make", folder, &error))?;
    checkpoint_file::save(&trainer, &folder.join("checkpoint.safetensors"))?;

    let bar = console.bar(4, "drawing {bar:30}");
    let learned = walk(&path, spec.scheduler, &trainer.denoiser())?;
    let exact: Film = learned.iter().map(|&(t, _)| (t, path.pmf(spec.scheduler.at(t)))).collect();
    let sampled = walk(&path, spec.scheduler, &Oracle::new(path.clone()))?;
    bar.inc(1);
    let caption = format!(
        "{spec}; {} in {:.0} s, exact sampler with {STEPS} steps",
        counted(trainer.step(), "training step"),
        trainer.seconds()
    );
    let scene = figures::DemoScene {
        path: &path,
        scheduler: spec.scheduler,
        exact: &exact,
        learned: &learned,
        caption,
    };
    output::write_figure(&folder.join("strip.png"), output::Kind::Png, &scene.strip(), Page::default())?;
    bar.inc(1);
    output::write_figure(
        &folder.join("gap.png"),
        output::Kind::Png,
        &figures::gap_curve(&gaps, &scene.caption),
        Page::default(),
    )?;
    bar.inc(1);
    output::write_bytes(&folder.join("flow.gif"), &scene.animation()?)?;
    bar.finish_and_clear();

    let tv = |film: &Film| film.last().map_or(1.0, |(_, pmf)| Distances::between(path.target(), pmf).tv);
    let last = gaps.last().map(|(_, gap)| *gap);
    console.result(&(), || {
        let Gap { floor, gap, .. } = last.unwrap_or(Gap { loss: f64::NAN, floor: f64::NAN, gap: f64::NAN });
        let names = ["strip.png", "gap.png", "flow.gif", "checkpoint.safetensors"];
        let files: Vec<_> = names.iter().map(|name| folder.join(name).display().to_string()).collect();
        format!(
            "wrote {}\n{spec}\ntrained {} in {:.1} s on the CPU: gap {gap:.4} nats per token above the floor \
             {floor:.4}\n{STEPS} exact steps of the whole pmf end at TV {:.4} to the target with the network, {:.4} with \
             the exact posterior",
            files.join(", "),
            counted(trainer.step(), "step"),
            trainer.seconds(),
            tv(&learned),
            tv(&sampled),
        )
    })?;
    Ok(())
}

/// Whether the folder can be written into or made, before anything is computed; it is not made yet.
fn check(folder: &Path) -> anyhow::Result<()> {
    if folder.is_dir() {
        return match tempfile::tempfile_in(folder) {
            Ok(_) => Ok(()),
            Err(error) => Err(refused("write into", folder, &error)),
        };
    }
    let tried = tempfile::tempfile_in(nearest_folder(folder));
    // A file in its place is found out by nothing else.
    let in_the_way =
        std::fs::symlink_metadata(folder).is_ok().then(|| std::io::ErrorKind::AlreadyExists.into());
    match in_the_way.map_or(tried.map(drop), Err) {
        Ok(()) => Ok(()),
        Err(error) => Err(refused("make", folder, &error)),
    }
}

/// What is there of a path: the folder that the rest is made in.
fn nearest_folder(folder: &Path) -> &Path {
    let above = folder.ancestors().skip(1).find(|above| above.as_os_str().is_empty() || above.exists());
    above.filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn refused(what: &str, folder: &Path, error: &std::io::Error) -> anyhow::Error {
    let why = io_reason(&error.kind().into());
    anyhow::anyhow!("cannot {what} the folder {}: {why}", folder.display())
}

/// Trains for `seconds` in steps; the gap over training seconds, from before the first step to after the last.
fn train(trainer: &mut Trainer, seconds: f64, console: &Console) -> anyhow::Result<Vec<(f64, Gap)>> {
    let bar = console.bar((1000.0 * seconds) as u64, "training {bar:30} {msg}");
    let mut gaps = vec![(0.0, trainer.gap()?)];
    while trainer.seconds() < seconds {
        let loss = trainer.train_step()?;
        let due = seconds * (gaps.len() as f64 / GAPS as f64).powi(2);
        if trainer.seconds() >= due && trainer.seconds() < seconds {
            gaps.push((trainer.seconds(), trainer.gap()?));
        }
        bar.set_position((1000.0 * trainer.seconds()) as u64);
        let gap = gaps.last().map_or(f64::NAN, |(_, gap)| gap.gap);
        bar.set_message(format!("step {}  loss {loss:.3}  gap {gap:.3}", trainer.step()));
    }
    gaps.push((trainer.seconds(), trainer.gap()?));
    bar.finish_and_clear();
    Ok(gaps)
}

/// What the exact sampler with `denoiser` makes of the whole pmf.
fn walk(path: &GridPath, scheduler: Scheduler, denoiser: &dyn Denoiser) -> anyhow::Result<Film> {
    let config = SamplerConfig { steps: STEPS, ..SamplerConfig::default() };
    let mut film = Film::new();
    let mut carrier = PmfCarrier::new(path);
    run(Setup { path, scheduler, config }, denoiser, &mut carrier, |carrier, moment| {
        film.push((moment.t, carrier.pmf.clone()));
        ControlFlow::Continue(())
    })?;
    Ok(film)
}
