//! Reads a whole file of bounded size, so that no file, pipe or device can fill the memory.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::error::{DataError, io_reason};

/// Largest array file (`.npy`, `.csv`) that is read; a 256×256 array of numbers needs far less.
pub(super) const MAX_ARRAY_BYTES: u64 = 16 << 20;

/// The bytes of a regular file of at most `limit` bytes; a larger one is refused before it is read.
///
/// # Errors
/// [`DataError::Read`], naming `what` (the role of the file) and `path`.
pub fn read_limited(path: &Path, limit: u64, what: &str) -> Result<Vec<u8>, DataError> {
    let too_big = |size: String| {
        let why = format!("it has {size} bytes, more than the limit of {} MiB", limit >> 20);
        DataError::read(what, path, why)
    };
    let size = regular_size(path, what)?;
    if size > limit {
        return Err(too_big(size.to_string()));
    }
    // A file can grow between the two calls, and files in /proc claim to be empty.
    let bytes = read_head(path, limit + 1, what)?;
    if bytes.len() as u64 > limit {
        return Err(too_big(format!("over {limit}")));
    }
    Ok(bytes)
}

/// The first bytes of a regular file, at most `most`.
///
/// # Errors
/// As [`read_limited`]'s.
pub fn read_head(path: &Path, most: u64, what: &str) -> Result<Vec<u8>, DataError> {
    regular_size(path, what)?;
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes));
    read.map_err(|e| DataError::read(what, path, io_reason(&e)))?;
    Ok(bytes)
}

/// The size of what must be a regular file: asked before opening, since opening a pipe would wait for its writer.
fn regular_size(path: &Path, what: &str) -> Result<u64, DataError> {
    let refused = |why: String| DataError::read(what, path, why);
    let meta = std::fs::metadata(path).map_err(|e| refused(io_reason(&e)))?;
    if meta.is_dir() {
        return Err(refused("it is a directory".into()));
    }
    if !meta.is_file() {
        return Err(refused("it is not a regular file".into()));
    }
    Ok(meta.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_inclusive_and_checked_without_reading() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("a.npy");
        let file = File::create(&path).expect("a file");
        file.set_len(1 << 20).expect("a sparse file");
        assert_eq!(read_limited(&path, 1 << 20, "target").expect("fits").len(), 1 << 20);
        // A sparse terabyte: only the metadata can say so in no time.
        file.set_len(1 << 40).expect("a sparse file");
        let text = read_limited(&path, 1 << 20, "target").expect_err("too big").to_string();
        assert!(
            text.contains("a.npy") && text.contains("1099511627776 bytes") && text.contains("1 MiB"),
            "{text}"
        );
    }

    #[test]
    fn directories_and_missing_files_are_named() {
        let dir = tempfile::tempdir().expect("a directory");
        let text = read_limited(dir.path(), 1, "source").expect_err("a directory").to_string();
        assert!(text.starts_with("cannot read source ") && text.ends_with(": it is a directory"), "{text}");
        let text = read_limited(&dir.path().join("none.csv"), 1, "target").expect_err("missing").to_string();
        assert!(text.ends_with("none.csv: No such file or directory"), "{text}");
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_refused() {
        let text = read_limited(Path::new("/dev/zero"), 1, "target").expect_err("a device").to_string();
        assert!(text.contains("not a regular file"), "{text}");
    }
}
