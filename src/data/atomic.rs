//! Writes files so that a reader sees the old content or the new, never half of it.

use std::fs::{File, Metadata};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::error::{DataError, io_reason};
use super::pending::{HalfMade, Pending};

/// Lets `write` fill a temporary file beside `path`, then renames it over `path`.
///
/// Where `write` or anything else fails, or the program is ended from outside, `path` is as it was before and no temporary
/// file is left. The new
/// file has the permissions that any new file would have, or those of the file it replaces; a symbolic link
/// stays and the file it points to is replaced. Devices and pipes, such as `/dev/null`, are written to
/// directly.
///
/// # Errors
/// [`DataError::Write`] naming `path`: the directory is missing, `path` is a directory or read-only, the disk
/// is full, or what `write` returns.
pub fn atomic_write<F>(path: &Path, write: F) -> Result<(), DataError>
where
    F: FnOnce(&mut BufWriter<&mut File>) -> io::Result<()>,
{
    try_atomic_write(path, write).map_err(|e| DataError::write(path, io_reason(&e)))
}

fn try_atomic_write<F>(path: &Path, write: F) -> io::Result<()>
where
    F: FnOnce(&mut BufWriter<&mut File>) -> io::Result<()>,
{
    let old = match std::fs::metadata(path) {
        Ok(meta) => Some(meta),
        Err(e) if e.kind() == io::ErrorKind::NotFound => None,
        Err(e) => return Err(e),
    };
    if let Some(meta) = &old {
        if meta.is_dir() {
            return Err(io::Error::other("it is a directory"));
        }
        if !meta.is_file() {
            return fill(&mut File::options().write(true).open(path)?, write);
        }
        if meta.permissions().readonly() {
            return Err(io::Error::other("the file is read-only"));
        }
    }
    // A link is followed, so that it is its file that is replaced.
    let path = match &old {
        Some(_) => path.canonicalize()?,
        None => path.to_owned(),
    };
    let dir = directory_of(&path)?;
    if !dir.is_dir() {
        return Err(io::Error::other(format!("there is no directory {}", dir.display())));
    }
    // The temporary name in tempfile's own message would only puzzle: keep the kind of the error alone.
    let begin = || {
        let temporary = builder(old.as_ref()).tempfile_in(&dir)?;
        let half_made = HalfMade::File(temporary.path().to_owned());
        Ok((temporary, half_made))
    };
    let (mut temporary, _pending) = Pending::new(begin).map_err(|e| io::Error::from(e.kind()))?;
    if let Some(meta) = &old {
        temporary.as_file().set_permissions(meta.permissions())?;
    }
    fill(temporary.as_file_mut(), write)?;
    temporary.as_file().sync_all()?;
    temporary.persist(&path).map_err(|e| e.error)?;
    Ok(())
}

fn fill<F>(file: &mut File, write: F) -> io::Result<()>
where
    F: FnOnce(&mut BufWriter<&mut File>) -> io::Result<()>,
{
    let mut buffered = BufWriter::new(file);
    write(&mut buffered)?;
    buffered.flush()
}

fn directory_of(path: &Path) -> io::Result<PathBuf> {
    match (path.file_name(), path.parent()) {
        (Some(_), Some(dir)) if dir.as_os_str().is_empty() => Ok(PathBuf::from(".")),
        (Some(_), Some(dir)) => Ok(dir.to_owned()),
        _ => Err(io::Error::other("it is not the name of a file")),
    }
}

/// tempfile creates private files (0600); ours are results, so they get what the umask leaves of 0666.
#[cfg(unix)]
fn builder(old: Option<&Metadata>) -> tempfile::Builder<'static, 'static> {
    use std::os::unix::fs::PermissionsExt;
    let mut builder = tempfile::Builder::new();
    // A replacement starts private and takes over the old permissions before its first byte.
    let mode = if old.is_some() { 0o600 } else { 0o666 };
    builder.permissions(std::fs::Permissions::from_mode(mode));
    builder
}

#[cfg(not(unix))]
fn builder(_old: Option<&Metadata>) -> tempfile::Builder<'static, 'static> {
    tempfile::Builder::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(path: &Path, text: &str) -> Result<(), DataError> {
        atomic_write(path, |w| w.write_all(text.as_bytes()))
    }

    fn files_in(dir: &Path) -> usize {
        std::fs::read_dir(dir).expect("a directory").count()
    }

    #[test]
    fn writes_and_replaces() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("a.txt");
        put(&path, "a long first text").expect("written");
        put(&path, "second").expect("replaced");
        assert_eq!(std::fs::read_to_string(&path).expect("text"), "second");
        assert_eq!(files_in(dir.path()), 1);
    }

    #[test]
    fn a_failing_writer_leaves_the_old_file_and_nothing_else() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("a.txt");
        put(&path, "old").expect("written");
        let error = atomic_write(&path, |w| {
            w.write_all(b"half")?;
            Err(io::Error::other("the pen broke"))
        })
        .expect_err("the writer fails");
        assert_eq!(error, DataError::write(&path, "the pen broke"));
        assert_eq!(std::fs::read_to_string(&path).expect("text"), "old");
        assert_eq!(files_in(dir.path()), 1);
    }

    #[test]
    fn errors_name_the_path_and_the_reason() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("none").join("a.txt");
        let text = put(&path, "x").expect_err("no directory").to_string();
        let expected = format!(
            "cannot write {}: there is no directory {}",
            path.display(),
            dir.path().join("none").display()
        );
        assert_eq!(text, expected);
        let text = put(dir.path(), "x").expect_err("a directory").to_string();
        assert!(text.ends_with(": it is a directory"), "{text}");
        let text = put(Path::new(""), "x").expect_err("no name").to_string();
        assert!(text.ends_with("it is not the name of a file"), "{text}");
    }

    #[test]
    fn a_file_as_directory_is_refused() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("a.txt");
        put(&file, "x").expect("written");
        assert!(put(&file.join("b.txt"), "x").is_err());
        assert_eq!(std::fs::read_to_string(&file).expect("text"), "x");
    }

    #[cfg(unix)]
    mod unix {
        use super::*;
        use std::os::unix::fs::PermissionsExt;

        fn mode(path: &Path) -> u32 {
            std::fs::metadata(path).expect("metadata").permissions().mode() & 0o777
        }

        #[test]
        fn a_new_file_has_the_permissions_of_a_new_file() {
            let dir = tempfile::tempdir().expect("a directory");
            let (ours, plain) = (dir.path().join("ours"), dir.path().join("plain"));
            put(&ours, "x").expect("written");
            File::create(&plain).expect("created");
            assert_eq!(mode(&ours), mode(&plain));
        }

        #[test]
        fn a_replaced_file_keeps_its_permissions_and_a_read_only_one_its_content() {
            let dir = tempfile::tempdir().expect("a directory");
            let path = dir.path().join("a");
            put(&path, "old").expect("written");
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).expect("set");
            put(&path, "new").expect("replaced");
            assert_eq!(mode(&path), 0o640);
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o440)).expect("set");
            let text = put(&path, "newer").expect_err("read-only").to_string();
            assert!(text.ends_with("the file is read-only"), "{text}");
            assert_eq!(std::fs::read_to_string(&path).expect("text"), "new");
        }

        #[test]
        fn a_link_stays_a_link() {
            let dir = tempfile::tempdir().expect("a directory");
            let (file, link) = (dir.path().join("file"), dir.path().join("link"));
            put(&file, "old").expect("written");
            std::os::unix::fs::symlink(&file, &link).expect("linked");
            put(&link, "new").expect("written");
            assert!(std::fs::symlink_metadata(&link).expect("metadata").is_symlink());
            assert_eq!(std::fs::read_to_string(&file).expect("text"), "new");
        }

        #[test]
        fn a_device_is_written_to_and_not_replaced() {
            put(Path::new("/dev/null"), "x").expect("swallowed");
            let meta = std::fs::metadata("/dev/null").expect("metadata");
            assert!(!meta.is_file());
        }
    }
}
