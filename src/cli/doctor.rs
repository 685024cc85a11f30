//! `doctor`: what this machine offers and what the program makes of it.

use crate::cli::console::Console;
use crate::cli::{CliError, GlobalArgs, window};

use crate::data::folders;
use crate::gpu::{ListedAdapter, auto_takes, choose, listed_adapters};
use clap::Args;
use serde::Serialize;
use std::fmt::Write as _;
use std::path::PathBuf;

const NO_DRIVER: &str =
    "no graphics driver: install a Vulkan driver, e.g. on Debian apt install mesa-vulkan-drivers";

/// Show adapters, the devices chosen for drawing and for training and why, and the data folders
#[derive(Args, Clone, Debug)]
pub struct DoctorArgs {
    /// Print one JSON object
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Serialize)]
struct Report {
    version: &'static str,
    training: Training,
    drawing: Drawing,
    /// Whether a window could be shown.
    display: bool,
    /// By number: the first is gpu:0.
    adapters: Vec<ListedAdapter>,
    /// What `--device auto` takes: cpu or gpu:0.
    auto: String,
    /// Whether this program can serve its devices and reach those of others.
    remote: bool,
    threads: usize,
    data_folder: Option<PathBuf>,
    checkpoint_folder: Option<PathBuf>,
}

#[derive(Serialize)]
struct Training {
    device: Option<String>,
    why: String,
}

#[derive(Serialize)]
struct Drawing {
    adapter: Option<String>,
    why: String,
}

pub(super) fn run(_args: &DoctorArgs, global: &GlobalArgs, console: &Console) -> Result<(), CliError> {
    let report = examine(global);
    console.result(&report, || summary(&report))
}

fn examine(global: &GlobalArgs) -> Report {
    let adapters = listed_adapters();
    let training = match choose(global.device()) {
        Ok(choice) => Training { device: Some(choice.label), why: choice.why },
        Err(error) => Training { device: None, why: error.to_string() },
    };
    let drawing = match adapters.first() {
        Some(first) => Drawing {
            adapter: Some(first.summary.name.clone()),
            why: format!("the first adapter, {} by {}", first.summary.kind, first.summary.backend),
        },
        None => Drawing { adapter: None, why: NO_DRIVER.to_owned() },
    };
    Report {
        version: env!("CARGO_PKG_VERSION"),
        training,
        drawing,
        display: window::has_display(),
        auto: auto_takes(&adapters).to_string(),
        remote: cfg!(feature = "remote"),
        adapters,
        // Unknown on exotic systems: then one thread is the safe claim.
        threads: std::thread::available_parallelism().map_or(1, usize::from),
        data_folder: folders::data_folder(),
        checkpoint_folder: folders::checkpoint_folder(),
    }
}

fn summary(report: &Report) -> String {
    let mut text = format!("DFM Explorer {}\n", report.version);
    let mut line = |name: &str, value: String| _ = writeln!(text, "{name:<12} {value}");
    let chosen = |device: &Option<String>, why: &str| match device {
        Some(device) => format!("{device}: {why}"),
        None => why.to_owned(),
    };
    let folder = |folder: &Option<PathBuf>| {
        folder.as_ref().map_or("no home folder".into(), |f| f.display().to_string())
    };
    line("training", chosen(&report.training.device, &report.training.why));
    line("drawing", chosen(&report.drawing.adapter, &report.drawing.why));
    let display = if report.display {
        "yes"
    } else {
        "none: DISPLAY and WAYLAND_DISPLAY are empty, so there is no window"
    };
    line("display", display.to_owned());
    line("CPU threads", report.threads.to_string());
    line("data", folder(&report.data_folder));
    line("checkpoints", folder(&report.checkpoint_folder));
    let taken = |device: &str| if device == report.auto { "; what auto takes" } else { "" };
    line("cpu", format!("flex, {} threads{}", report.threads, taken("cpu")));
    for adapter in &report.adapters {
        let ListedAdapter { device, summary, max_buffer_bytes, max_binding_bytes, max_texture_side, lacking } =
            adapter;
        let mib = |bytes: &u64| bytes >> 20;
        let lacks = match lacking.is_empty() {
            true => String::new(),
            false => format!("; too little to draw the window: {}", lacking.join(", ")),
        };
        line(
            device,
            format!(
                "{} ({}, {}, driver {}), buffers of {} MiB, arrays of {} MiB, pictures of {max_texture_side} pixels a side \
                 at most{lacks}{}",
                summary.name,
                summary.kind,
                summary.backend,
                summary.driver,
                mib(max_buffer_bytes),
                mib(max_binding_bytes),
                taken(device)
            ),
        );
    }
    line(
        "remote",
        match report.remote {
            true => "built in: dfm-explorer serve, --device remote:…".to_owned(),
            false => "not built in: cargo run --release --features remote".to_owned(),
        },
    );
    text
}
