//! CIFAR-10 (A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009) from its official binary files:
//! six files of 10,000 images with 32×32 pixels, or the archive that holds them.
//!
//! None of its pictures is part of the program: the user's own copy is read, or [`install`] fetches it.

pub mod archive;
pub mod batch;
mod install;
mod version;

pub use install::{InstallError, Origin, install};
pub use version::{OtherVersion, is_binary_archive};

use super::super::download::Remote;
use super::super::error::{DataError, io_reason};
use super::super::read::read_limited;
use super::super::sniff::{Known, sniff};
use super::set::ImageSet;
use batch::RECORD_BYTES;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Bytes of a file by which its kind is told.
const HEAD: u64 = 4096;
/// Pixels a side.
pub const SIDE: usize = 32;
/// The names of the labels 0 to 9.
pub const CLASSES: [&str; 10] =
    ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];
/// The official archive.
pub const OFFICIAL: Remote<'static> = Remote {
    url: "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
    bytes: 170_052_171,
    sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
    // gzip, with the only method there is.
    magic: b"\x1f\x8b\x08",
};

/// One of its files: a name and how many images it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The file's name.
    pub name: &'static str,
    /// The number of its images.
    pub images: usize,
}

impl Batch {
    /// The size of the file.
    pub fn bytes(self) -> usize {
        self.images * RECORD_BYTES
    }
}

/// The files of the archive: five to train on, then the test set.
pub const BATCHES: [Batch; 6] = [
    Batch { name: "data_batch_1.bin", images: 10_000 },
    Batch { name: "data_batch_2.bin", images: 10_000 },
    Batch { name: "data_batch_3.bin", images: 10_000 },
    Batch { name: "data_batch_4.bin", images: 10_000 },
    Batch { name: "data_batch_5.bin", images: 10_000 },
    Batch { name: "test_batch.bin", images: 10_000 },
];
/// The first images of the test set, taken for it where it is missing itself.
pub const FIRST_OF_TEST: Batch = Batch { name: "test_batch_first1000.bin", images: 1_000 };
/// The folder inside the archive.
const SUBFOLDER: &str = "cifar-10-batches-bin";
/// The role of the files in messages.
const WHAT: &str = "CIFAR-10";

/// The whole data set, each image \[32, 32, 3\] with its label.
#[derive(Clone, Debug, PartialEq)]
pub struct Cifar10 {
    /// The 50,000 training images, in the order of the files.
    pub train: ImageSet,
    /// The 10,000 test images, or only the first 1,000.
    pub test: ImageSet,
}

/// Reads the data set from a folder that holds the binary files, by themselves or in the subfolder of the archive, or
/// from the official archive.
///
/// # Errors
/// [`DataError`] naming the file: missing, of another size, with a label above 9, or an archive that is not the official
/// one.
pub fn read_cifar10(path: &Path) -> Result<Cifar10, DataError> {
    let mut batches = Vec::with_capacity(BATCHES.len());
    if path.is_file() {
        check_archive(&OFFICIAL, path)?;
        let file = File::open(path).map_err(|e| DataError::read(WHAT, path, io_reason(&e)))?;
        let content = |why| DataError::content(WHAT, path, why);
        let mut found = vec![None; BATCHES.len()];
        archive::read(file, &BATCHES, |index, bytes| {
            found[index] = Some(
                batch::decode(&bytes)
                    .map_err(|why| content(format!("holds {}, which {why}", BATCHES[index].name)))?,
            );
            Ok(())
        })
        .map_err(|error: archive::ArchiveError<DataError>| error.into_inner(content))?;
        batches.extend(found.into_iter().flatten());
    } else {
        let (folder, files) = files_in(path)?;
        for file in files {
            let path = folder.join(file.name);
            let bytes = read_batch(&path, file)?;
            batches.push(batch::decode(&bytes).map_err(|why| DataError::content(WHAT, &path, why))?);
        }
    }
    // The list that is read always ends with the test set.
    let test = batches.pop().unwrap_or_default();
    let mut train = batch::Records::default();
    for batch in batches {
        train.pixels.extend(batch.pixels);
        train.labels.extend(batch.labels);
    }
    Ok(Cifar10 { train: image_set(train)?, test: image_set(test)? })
}

fn image_set(records: batch::Records) -> Result<ImageSet, DataError> {
    let classes = CLASSES.map(str::to_owned).to_vec();
    ImageSet::new(SIDE, records.pixels, records.labels, classes)
}

/// The folder, `folder` or the archive's subfolder in it, that holds the files, and which: the last is the test set or
/// its first images. Only names and sizes are looked at.
///
/// # Errors
/// [`DataError`] naming what is missing or has another size.
pub fn files_in(folder: &Path) -> Result<(PathBuf, [Batch; 6]), DataError> {
    if let Err(error) = std::fs::metadata(folder) {
        return Err(DataError::read(WHAT, folder, io_reason(&error)));
    }
    let inside = folder.join(SUBFOLDER);
    let first = BATCHES[0].name;
    let Some(folder) = [folder, &inside].into_iter().find(|folder| folder.join(first).exists()) else {
        if let Some(other) = OtherVersion::in_folder(folder) {
            return Err(DataError::content(WHAT, folder, other.why()));
        }
        let why = format!("there is no {first}, neither here nor in {SUBFOLDER}");
        return Err(DataError::read(WHAT, folder, why));
    };
    let mut files = BATCHES;
    if !folder.join(BATCHES[5].name).exists() && folder.join(FIRST_OF_TEST.name).exists() {
        files[5] = FIRST_OF_TEST;
    }
    for file in files {
        let path = folder.join(file.name);
        let meta = std::fs::metadata(&path).map_err(|e| DataError::read(WHAT, &path, io_reason(&e)))?;
        check_size(&path, meta.len(), file)?;
    }
    Ok((folder.to_owned(), files))
}

/// Checks that the file at `path` is `archive`.
///
/// # Errors
/// [`DataError`] naming the file, and what it is instead where that can be said.
fn check_archive(archive: &Remote<'_>, path: &Path) -> Result<(), DataError> {
    archive.check_file(path, WHAT).map_err(|error| {
        let mut head = Vec::new();
        let read = File::open(path).and_then(|file| file.take(HEAD).read_to_end(&mut head));
        let found = read.ok().and_then(|_| sniff(&head));
        match (OtherVersion::in_archive(path), found) {
            (Some(other), _) => DataError::content(WHAT, path, other.why()),
            (None, Some(found)) if found != Known::Gzip => {
                let expected = "expected the official archive cifar-10-binary.tar.gz";
                let why = format!("is not the official file but {found}: {expected}");
                DataError::content(WHAT, path, why)
            }
            (None, _) => error,
        }
    })
}

/// The files of `place`, a folder with them or the archive, that are there.
pub fn files_of(place: &Path) -> Vec<PathBuf> {
    if place.is_file() {
        return vec![place.to_owned()];
    }
    files_in(place)
        .map_or_else(|_| Vec::new(), |(folder, files)| files.map(|file| folder.join(file.name)).to_vec())
}

fn read_batch(path: &Path, batch: Batch) -> Result<Vec<u8>, DataError> {
    let bytes = read_limited(path, batch.bytes() as u64, WHAT)?;
    check_size(path, bytes.len() as u64, batch)?;
    Ok(bytes)
}

fn check_size(path: &Path, found: u64, batch: Batch) -> Result<(), DataError> {
    let expected = batch.bytes() as u64;
    let why = match found.cmp(&expected) {
        std::cmp::Ordering::Equal => return Ok(()),
        std::cmp::Ordering::Less => "is truncated",
        std::cmp::Ordering::Greater => "is too long",
    };
    let images = batch.images;
    let why = format!("{why}: it has {found} bytes, expected {expected} for {images} images");
    Err(DataError::content(WHAT, path, why))
}

#[cfg(test)]
pub(in crate::data) mod tests;
