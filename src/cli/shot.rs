//! `shot`: the window as a picture, without a screen.

use crate::cli::console::Console;
use crate::cli::inputs::Inputs;
use crate::cli::output::{self, Kind};
use crate::cli::{CliError, GlobalArgs};

use crate::figure::rgba_png;
use crate::gpu::choose;
use crate::ui::{self, ShotError};
use clap::{Args, ValueEnum};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::str::FromStr;

/// Every preset on a line of its own.
fn presets() -> String {
    let mut text = String::from("Presets:");
    for (lab, preset) in ui::presets() {
        // Writing into a String cannot fail.
        _ = write!(text, "\n  {:<7} {:<20} {}", lab, preset.name, preset.title);
    }
    text
}

/// Draw the window off screen and write it as a picture
#[derive(Args, Clone, Debug)]
#[command(after_help = presets())]
pub struct ShotArgs {
    /// The experiment shown, by the name of a preset [default: the one the window starts with]
    #[arg(long, value_name = "NAME")]
    pub preset: Option<String>,
    /// Size in pixels, 640x360 to 7680x4320
    #[arg(long, value_name = "WxH", default_value = "1280x800")]
    pub size: ShotSize,
    /// Colours of the window
    #[arg(long, value_enum, default_value_t = ShotTheme::Dark)]
    pub theme: ShotTheme,
    /// FILE.png
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

/// A theme of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ShotTheme {
    /// Light on dark.
    Dark,
    /// Dark on light.
    Light,
}

/// Pixels of a picture of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShotSize {
    /// 640..=7680.
    pub width: u32,
    /// 360..=4320.
    pub height: u32,
}

impl FromStr for ShotSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let sides = text.split_once('x').and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
        match sides {
            Some((width, height)) if (640..=7680).contains(&width) && (360..=4320).contains(&height) => {
                Ok(Self { width, height })
            }
            _ => {
                Err("expected WIDTHxHEIGHT in pixels, from 640x360 to 7680x4320, such as 1280x800".to_owned())
            }
        }
    }
}

pub(super) fn run(args: &ShotArgs, global: &GlobalArgs, console: &Console) -> Result<(), CliError> {
    output::check(&args.out, &[Kind::Png], &Inputs::default())?;
    let size = [args.size.width, args.size.height];
    let picture = ui::shot(
        args.preset.as_deref(),
        size,
        args.theme == ShotTheme::Dark,
        global.seed(),
        &choose(global.device())?,
    )
    .map_err(|error| match error {
        ShotError::Preset { .. } => CliError::Input(format!("--preset: {error}")),
        _ => CliError::Failed(error.to_string()),
    })?;
    let bytes = rgba_png(&picture).map_err(|error| CliError::Failed(error.to_string()))?;
    output::write_bytes(&args.out, &bytes)?;
    console.result(&(), || {
        let preset = args.preset.as_ref().map_or_else(String::new, |name| format!(", {name}"));
        format!("{}: the window{preset}, {}x{} pixels", args.out.display(), picture.width(), picture.height())
    })
}
