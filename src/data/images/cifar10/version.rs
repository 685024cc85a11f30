//! Other versions of the data set, and its sister: they are not read, but known by the names of their files.

use super::{OFFICIAL, SUBFOLDER};
use flate2::read::GzDecoder;
use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::Path;
use tar::Archive;

/// What is looked at of an archive, unpacked: its first entries.
const MOST_BYTES: u64 = 1 << 20;

/// A version that is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherVersion {
    /// CIFAR-10 in pickles of Python.
    Python,
    /// CIFAR-10 in files of MATLAB.
    Matlab,
    /// CIFAR-100, which has other classes.
    Hundred,
}

impl OtherVersion {
    /// The folders inside the archives, which are also how their names begin.
    const FOLDERS: [(&str, Self); 4] = [
        ("cifar-10-batches-py", Self::Python),
        ("cifar-10-batches-mat", Self::Matlab),
        ("cifar-100-python", Self::Hundred),
        ("cifar-100-binary", Self::Hundred),
    ];

    /// By the name of an archive or folder.
    pub fn of_name(name: &str) -> Option<Self> {
        let begins = |start: &str| name.to_ascii_lowercase().starts_with(start);
        let archives = [
            ("cifar-10-python", Self::Python),
            ("cifar-10-matlab", Self::Matlab),
            ("cifar-100", Self::Hundred),
        ];
        Self::FOLDERS.into_iter().chain(archives).find(|(start, _)| begins(start)).map(|(_, version)| version)
    }

    /// By the files in a folder, or in the folder of the archive in it.
    pub fn in_folder(folder: &Path) -> Option<Self> {
        let own = |folder: &Path| {
            let has = |name: &str| folder.join(name).is_file();
            if has("data_batch_1") {
                Some(Self::Python)
            } else if has("data_batch_1.mat") {
                Some(Self::Matlab)
            } else if (has("train.bin") && has("test.bin")) || (has("meta") && has("train") && has("test")) {
                Some(Self::Hundred)
            } else {
                None
            }
        };
        let inside = || Self::FOLDERS.into_iter().find_map(|(name, _)| own(&folder.join(name)));
        own(folder).or_else(inside)
    }

    /// By the first entries of an archive.
    pub fn in_archive(file: &Path) -> Option<Self> {
        let mut archive = first_entries(file)?;
        archive.entries().ok()?.map_while(Result::ok).take(4).find_map(|entry| {
            let path = entry.path_bytes();
            Self::of_name(String::from_utf8_lossy(&path).trim_start_matches("./"))
        })
    }

    /// What it is and what can be done, as the rest of a sentence that starts with its name.
    pub fn why(self) -> String {
        let what = match self {
            Self::Python => "is the Python version of CIFAR-10 (pickles)",
            Self::Matlab => "is the MATLAB version of CIFAR-10",
            Self::Hundred => "is CIFAR-100, which has other classes",
        };
        format!(
            "{what}, which is not read: expected the binary version of CIFAR-10; dfm-explorer data cifar10 fetches it \
             ({})",
            OFFICIAL.url
        )
    }
}

/// Whether a file is an archive of the binary version, whole or not.
pub fn is_binary_archive(file: &Path) -> bool {
    let entry = || {
        let mut archive = first_entries(file)?;
        let first = archive.entries().ok()?.next()?.ok()?.path_bytes().into_owned();
        Some(String::from_utf8_lossy(&first).trim_start_matches("./").starts_with(SUBFOLDER))
    };
    entry().unwrap_or(false)
}

type Start = Archive<std::io::Take<GzDecoder<BufReader<File>>>>;

fn first_entries(file: &Path) -> Option<Start> {
    let opened = file.is_file().then(|| File::open(file).ok()).flatten()?;
    Some(Archive::new(GzDecoder::new(BufReader::new(opened)).take(MOST_BYTES)))
}
