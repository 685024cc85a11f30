//! Files that commands write: checked before any computation, written whole or not at all.

use crate::cli::CliError;
use crate::cli::inputs::{Inputs, is_same_file};
use crate::data::atomic_write;
use crate::data::error::io_reason;
use crate::figure::{Figure, FigureError, Page};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// A kind of file, by its extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Npy,
    Csv,
    Png,
    Svg,
    Pdf,
    Gif,
    Safetensors,
    Txt,
    Json,
}

/// What a figure is written as.
pub const FIGURES: [Kind; 3] = [Kind::Png, Kind::Svg, Kind::Pdf];

impl Kind {
    /// Whether it holds numbers or text, which have no page.
    pub fn is_numbers(self) -> bool {
        matches!(self, Self::Npy | Self::Csv | Self::Safetensors | Self::Txt | Self::Json)
    }

    fn extension(self) -> &'static str {
        match self {
            Self::Npy => "npy",
            Self::Csv => "csv",
            Self::Png => "png",
            Self::Svg => "svg",
            Self::Pdf => "pdf",
            Self::Gif => "gif",
            Self::Safetensors => "safetensors",
            Self::Txt => "txt",
            Self::Json => "json",
        }
    }
}

/// The kind of file that `--out PATH` asks for, one of `kinds`, when it looks as if it could be written and is none of
/// those that are read.
///
/// # Errors
/// As those of [`check_as`].
pub fn check(path: &Path, kinds: &[Kind], inputs: &Inputs<'_>) -> Result<Kind, CliError> {
    check_as("--out", path, kinds, inputs)
}

/// The same for another `flag`.
///
/// # Errors
/// [`CliError::Input`] naming the flag: another extension, no such folder, a folder or file that can't be written, a file
/// that is read.
pub fn check_as(flag: &str, path: &Path, kinds: &[Kind], inputs: &Inputs<'_>) -> Result<Kind, CliError> {
    let refused = |why: String| CliError::Input(format!("{flag} {}: {why}", path.display()));
    let given = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase());
    let kind = kinds.iter().copied().find(|kind| given.as_deref() == Some(kind.extension()));
    let kind = kind.ok_or_else(|| {
        let names: Vec<_> = kinds.iter().map(|kind| format!(".{}", kind.extension())).collect();
        let names = match names.split_last() {
            Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
            _ => names.concat(),
        };
        refused(format!("expected a file name that ends in {names}"))
    })?;
    inputs.refuse(flag, path)?;
    let folder = match std::fs::metadata(path) {
        Ok(meta) if meta.is_dir() => return Err(refused("it is a folder, expected a file name".to_owned())),
        // A device or pipe is written to as it is.
        Ok(meta) if !meta.is_file() => return Ok(kind),
        Ok(meta) if meta.permissions().readonly() => {
            return Err(refused("the file is there and read-only".to_owned()));
        }
        // A link is followed, so it is its file's folder that is written to.
        Ok(_) => folder_of(&path.canonicalize().unwrap_or_else(|_| path.to_owned())),
        Err(_) => folder_of(path),
    };
    if !folder.is_dir() {
        return Err(refused(format!("there is no folder {}", folder.display())));
    }
    // Permissions say too little (other users, read-only file systems): try it, with a file that has no name.
    if let Err(error) = tempfile::tempfile_in(&folder) {
        let why = io_reason(&error.kind().into());
        return Err(refused(format!("cannot write into the folder {}: {why}", folder.display())));
    }
    Ok(kind)
}

/// Refuses to write over what somebody may want to keep, unless it is said: `overwrite`. A run that goes on may do so in
/// the file it was `resumed` from; of a new one `goes_on` looks whether `--resume` could take up what is there.
///
/// # Errors
/// [`CliError::Input`] naming the flag, and what to do.
pub fn refuse_to_replace(
    flag: &str,
    path: &Path,
    resumed: Option<&Path>,
    overwrite: bool,
    goes_on: impl FnOnce() -> bool,
) -> Result<(), CliError> {
    // Devices keep nothing, and an empty file has nothing to lose.
    let is_there = std::fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.len() > 0);
    if overwrite || !is_there || resumed.is_some_and(|resumed| is_same_file(resumed, path)) {
        return Ok(());
    }
    let file = path.display();
    let what = match resumed.is_none() && goes_on() {
        true => format!("there is a network already: go on with it by --resume {file}, or give"),
        false => "there is a file already: give".to_owned(),
    };
    Err(CliError::Input(format!("{flag} {file}: {what} --overwrite to write over it")))
}

fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Writes `bytes` to `path`, whole or not at all.
///
/// # Errors
/// [`CliError::Failed`] naming the file.
pub fn write_bytes(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    Ok(atomic_write(path, |file| file.write_all(bytes))?)
}

/// Writes a figure on a page; its size in pixels.
///
/// # Errors
/// [`CliError::Input`] naming the size where the figure does not fit on it, [`CliError::Failed`] naming the file.
pub fn write_figure(path: &Path, kind: Kind, figure: &Figure, page: Page) -> Result<[u32; 2], CliError> {
    let failed = |error: FigureError| figure_failed(path, &error);
    let size = figure.pixels(page).map_err(failed)?;
    let bytes = match kind {
        Kind::Svg => figure.to_svg(page).map_err(failed)?.into_bytes(),
        Kind::Pdf => figure.to_pdf(page).map_err(failed)?,
        _ => figure.to_png(page).map_err(failed)?,
    };
    write_bytes(path, &bytes)?;
    Ok(size)
}

/// What is wrong with a figure, by the flag or the file.
pub fn figure_failed(path: &Path, error: &FigureError) -> CliError {
    match error {
        FigureError::PageTooSmall { .. } | FigureError::TooFine(_) | FigureError::TooLarge { .. } => {
            CliError::Input(format!("--size: {error}"))
        }
        _ => CliError::Failed(format!("{}: {error}", path.display())),
    }
}
