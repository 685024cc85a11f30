//! Files of the program's own that can't be used are moved out of the way, so that nothing in them is lost.

use std::io;
use std::path::{Path, PathBuf};

/// Renames a file to the first free of `NAME.damaged-1.EXT`, `-2` … and returns its new name.
///
/// # Errors
/// What the system says; or there are a thousand already.
pub fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let aside = free_name(path)?;
    std::fs::rename(path, &aside)?;
    Ok(aside)
}

/// Copies a file there, where only a part of it can't be used.
///
/// # Errors
/// As [`set_aside`]'s.
pub fn copy_aside(path: &Path) -> io::Result<PathBuf> {
    let aside = free_name(path)?;
    std::fs::copy(path, &aside)?;
    Ok(aside)
}

fn free_name(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let extension = path.extension().unwrap_or_default().to_string_lossy().into_owned();
    for n in 1..1000 {
        let aside = path.with_file_name(format!("{name}.damaged-{n}.{extension}"));
        if !aside.try_exists()? {
            return Ok(aside);
        }
    }
    Err(io::Error::other("there are a thousand damaged ones already"))
}
