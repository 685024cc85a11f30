//! Puts the files of CIFAR-10 into the user's data folder, all of them or none.

use super::super::super::download::{DownloadError, Remote, download};
use super::super::super::error::{DataError, io_reason};
use super::super::super::pending::{HalfMade, Pending, undisturbed};
use super::archive::{self, ArchiveError};
use super::{BATCHES, Batch, OtherVersion, WHAT, batch, check_archive, files_in, read_batch};
use std::fs::File;
use std::io::{self, Write as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// What has come of the archive, beside the folder that is to be filled.
const PART: &str = "cifar-10-binary.tar.gz.part";

/// Where the files come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Origin {
    /// The files themselves, in a folder.
    Folder(PathBuf),
    /// The archive, in a file.
    Archive(PathBuf),
    /// The archive, at an address: `http://…` or `https://…`.
    Url(String),
}

/// Why the data set could not be installed.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum InstallError {
    /// A file.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The network, or what came over it.
    #[error(transparent)]
    Download(#[from] DownloadError),
    /// The observer broke off; nothing was changed.
    #[error("interrupted")]
    Interrupted,
}

/// Fills `folder` with the files of `origin`, checked; what was there is replaced at once when all are whole. `archive`
/// is the archive that is expected at an address or in a file. `observe` is told how many of how many bytes have come, or
/// been unpacked, and may break off.
///
/// Where anything fails, `folder` is as it was, and nothing is left but the part of the archive that was already fetched,
/// beside `folder`; the next attempt goes on from there.
///
/// # Errors
/// [`InstallError`] naming the file or address.
pub fn install(
    origin: &Origin,
    folder: &Path,
    archive: &Remote<'_>,
    observe: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<(), InstallError> {
    match origin {
        Origin::Folder(from) => {
            let (from, files) = files_in(from)?;
            let staging = Staging::beside(folder)?;
            let total = files.iter().map(|file| file.bytes() as u64).sum();
            let mut done = 0;
            for file in files {
                let path = from.join(file.name);
                let bytes = read_batch(&path, file)?;
                batch::decode(&bytes).map_err(|why| DataError::content(WHAT, &path, why))?;
                staging.write(file, &bytes)?;
                done += bytes.len() as u64;
                go_on(observe(done, total))?;
            }
            staging.replace()
        }
        Origin::Archive(file) => {
            check_archive(archive, file)?;
            unpack(file, folder, observe)
        }
        Origin::Url(url) => {
            let remote = Remote { url, ..*archive };
            let name = url.rsplit('/').next().unwrap_or_default();
            if let Some(other) = OtherVersion::of_name(name) {
                return Err(DownloadError::Answer {
                    url: url.clone(),
                    why: format!("by its name it {}", other.why()),
                }
                .into());
            }
            std::fs::create_dir_all(parent(folder)).map_err(|e| DataError::write(folder, io_reason(&e)))?;
            let part = folder.with_file_name(PART);
            download(&remote, &part, &mut |done| observe(done, remote.bytes))?;
            unpack(&part, folder, observe)?;
            // It is of no more use; one that can't be removed only costs space.
            _ = std::fs::remove_file(&part);
            Ok(())
        }
    }
}

fn go_on(flow: ControlFlow<()>) -> Result<(), InstallError> {
    if flow.is_break() { Err(InstallError::Interrupted) } else { Ok(()) }
}

fn unpack(
    file: &Path,
    folder: &Path,
    observe: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<(), InstallError> {
    let content = |why: String| InstallError::from(DataError::content(WHAT, file, why));
    let opened = File::open(file).map_err(|e| DataError::read(WHAT, file, io_reason(&e)))?;
    let staging = Staging::beside(folder)?;
    let total = BATCHES.iter().map(|batch| batch.bytes() as u64).sum();
    let mut done = 0;
    archive::read(opened, &BATCHES, |index, bytes| {
        let own = BATCHES[index];
        batch::decode(&bytes).map_err(|why| content(format!("holds {}, which {why}", own.name)))?;
        staging.write(own, &bytes)?;
        done += bytes.len() as u64;
        go_on(observe(done, total))
    })
    .map_err(|error: ArchiveError<InstallError>| error.into_inner(content))?;
    staging.replace()
}

/// The folder that `folder` lies in.
fn parent(folder: &Path) -> &Path {
    folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A temporary folder beside the one that is to be filled; it vanishes when dropped.
struct Staging<'a> {
    temporary: TempDir,
    _pending: Pending,
    folder: &'a Path,
}

impl<'a> Staging<'a> {
    fn beside(folder: &'a Path) -> Result<Self, InstallError> {
        // The temporary name would only puzzle: keep the kind of the error alone.
        let refused = |e: io::Error| DataError::write(folder, io_reason(&e.kind().into()));
        std::fs::create_dir_all(parent(folder)).map_err(refused)?;
        let begin = || {
            let temporary = builder().prefix(".cifar10-").tempdir_in(parent(folder))?;
            let half_made = HalfMade::Folder(temporary.path().to_owned());
            Ok((temporary, half_made))
        };
        let (temporary, pending) = Pending::new(begin).map_err(refused)?;
        Ok(Self { temporary, _pending: pending, folder })
    }

    fn write(&self, batch: Batch, bytes: &[u8]) -> Result<(), InstallError> {
        let write = || {
            let mut file = File::create(self.temporary.path().join(batch.name))?;
            file.write_all(bytes)?;
            file.sync_all()
        };
        let refused = |e: io::Error| DataError::write(&self.folder.join(batch.name), io_reason(&e));
        Ok(write().map_err(refused)?)
    }

    /// Renames it to the folder; what is there goes away at the same time.
    fn replace(self) -> Result<(), InstallError> {
        let Self { temporary, folder, _pending } = self;
        // Between two renames there would be no data set at all.
        undisturbed(|| Self::exchange(temporary, folder))
    }

    fn exchange(temporary: TempDir, folder: &Path) -> Result<(), InstallError> {
        let refused = |e: io::Error| DataError::write(folder, io_reason(&e));
        let old = temporary.path().with_extension("old");
        let is_there = std::fs::symlink_metadata(folder).is_ok();
        if is_there {
            std::fs::rename(folder, &old).map_err(refused)?;
        }
        if let Err(error) = std::fs::rename(temporary.path(), folder) {
            if is_there {
                // The old files are more than nothing.
                _ = std::fs::rename(&old, folder);
            }
            return Err(refused(error).into());
        }
        // Its path belongs to nobody any more.
        _ = temporary.keep();
        _ = if old.is_dir() { std::fs::remove_dir_all(&old) } else { std::fs::remove_file(&old) };
        Ok(())
    }
}

/// tempfile makes private folders (0700); this one is kept, so it gets what the umask leaves of 0777.
#[cfg(unix)]
fn builder() -> tempfile::Builder<'static, 'static> {
    use std::os::unix::fs::PermissionsExt;
    let mut builder = tempfile::Builder::new();
    builder.permissions(std::fs::Permissions::from_mode(0o777));
    builder
}

#[cfg(not(unix))]
fn builder() -> tempfile::Builder<'static, 'static> {
    tempfile::Builder::new()
}
