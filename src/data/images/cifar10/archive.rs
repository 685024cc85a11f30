//! The official archive of CIFAR-10, a compressed tar file: the expected files of the expected sizes are taken out of it,
//! and nothing else; no path inside is ever used.

use super::super::super::error::io_reason;
use super::Batch;
use flate2::read::GzDecoder;
use std::io::{self, BufReader, Read};
use tar::{Archive, EntryType};

/// What an archive may hold besides the expected files: its headers, and a page about the data set.
const MAX_REST: u64 = 4 << 20;

/// Why an archive could not be unpacked.
#[derive(Debug, PartialEq)]
pub enum ArchiveError<E> {
    /// Its content; the error continues a sentence that starts with the file's name.
    Content(String),
    /// Whoever receives the files.
    Receiver(E),
}

impl<E> ArchiveError<E> {
    /// The receiver's kind of error, into which `content` turns the other.
    pub fn into_inner(self, content: impl FnOnce(String) -> E) -> E {
        match self {
            Self::Content(why) => content(why),
            Self::Receiver(error) => error,
        }
    }
}

/// Gives `receive` each of `batches` by its index, with its bytes, whole and of the right size, in the order of the
/// archive, and reads it to its end, where its own check sum is.
///
/// # Errors
/// No such archive, damaged, without one of the files, with one twice or of another size, or with far more in it; and
/// what `receive` returns.
pub fn read<E>(
    archive: impl Read,
    batches: &[Batch],
    mut receive: impl FnMut(usize, Vec<u8>) -> Result<(), E>,
) -> Result<(), ArchiveError<E>> {
    let content = |why: String| ArchiveError::Content(why);
    let damaged = |e: io::Error| content(format!("is no tar.gz archive, or damaged: {}", io_reason(&e)));
    let expected: u64 = batches.iter().map(|batch| batch.bytes() as u64).sum();
    let unpacked = GzDecoder::new(BufReader::new(archive)).take(expected + MAX_REST);
    let mut archive = Archive::new(unpacked);
    let mut missing: Vec<&str> = batches.iter().map(|batch| batch.name).collect();
    for entry in archive.entries().map_err(damaged)? {
        let mut entry = entry.map_err(damaged)?;
        let path = entry.path_bytes().into_owned();
        let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        let Some(index) = batches.iter().position(|batch| batch.name.as_bytes() == name) else { continue };
        let Batch { name, .. } = batches[index];
        if entry.header().entry_type() != EntryType::Regular {
            return Err(content(format!("holds a {name} that is no regular file")));
        }
        let Some(at) = missing.iter().position(|missing| *missing == name) else {
            return Err(content(format!("holds {name} twice")));
        };
        missing.remove(at);
        let bytes = batches[index].bytes();
        if entry.size() != bytes as u64 {
            return Err(content(format!("holds {name} with {} bytes: expected {bytes}", entry.size())));
        }
        let mut taken = Vec::with_capacity(bytes);
        entry.read_to_end(&mut taken).map_err(damaged)?;
        if taken.len() != bytes {
            return Err(content(format!("is truncated within {name}")));
        }
        receive(index, taken).map_err(ArchiveError::Receiver)?;
    }
    let mut rest = archive.into_inner();
    io::copy(&mut rest, &mut io::sink()).map_err(damaged)?;
    if rest.limit() == 0 {
        return Err(content(format!("unpacks to more than the {expected} bytes of the data set")));
    }
    match missing.first() {
        Some(name) => Err(content(format!("holds no {name}"))),
        None => Ok(()),
    }
}
