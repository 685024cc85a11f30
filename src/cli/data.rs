//! `data cifar10`: fetches the data set, or takes it from where it is, into the user's data folder.

use crate::cli::CliError;
use crate::cli::console::Console;
use crate::cli::interrupt::{self, Until};
use crate::data::error::io_reason;
use crate::data::folders::{DATA_FOLDER_VARIABLE, cifar10_folder};
use crate::data::images::cifar10::{Batch, CLASSES, OFFICIAL, Origin, files_in, install};
use clap::Args;
use serde::Serialize;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Instant;

const EXAMPLES: &str = "\
The data set is A. Krizhevsky's, from the University of Toronto: 170 MB to fetch, 184 MB on the disk. What lies at an \
address must be the official archive: its size and SHA-256 are checked. A download that is lost or stopped goes on where \
it ended when the command is given again. Over https the certificates of this system are trusted, or in their place those \
in the file that SSL_CERT_FILE names. The Python version of the data set is not read.

Examples:
  dfm-explorer data cifar10
  dfm-explorer data cifar10 --from ~/Downloads/cifar-10-binary.tar.gz
  dfm-explorer data cifar10 --from /data/cifar-10-batches-bin --json";

/// CIFAR-10, 60,000 images of 32 × 32 pixels in ten classes, into the data folder
///
/// Where it is there already, nothing is fetched unless --from says from where.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct DataCifar10Args {
    /// A folder with the binary files, the archive cifar-10-binary.tar.gz, or the address (http, https) of a mirror of it
    /// [default: the official address]
    #[arg(long, value_name = "FOLDER|ARCHIVE|URL")]
    from: Option<From>,
    /// Print one JSON object: folder, from, train, held_out, held_out_file, classes, seconds
    #[arg(long)]
    pub(super) json: bool,
}

/// What `--from` says, not yet looked at.
#[derive(Clone, Debug)]
enum From {
    Path(PathBuf),
    Url(String),
}

impl FromStr for From {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once("://") {
            Some(("http" | "https", place)) if !place.is_empty() => Ok(Self::Url(text.to_owned())),
            Some(_) => Err("expected http://… or https://…, a folder or an archive".to_owned()),
            None if text.is_empty() => Err("expected a folder, an archive or an address".to_owned()),
            None => Ok(Self::Path(text.into())),
        }
    }
}

#[derive(Serialize)]
struct Report {
    folder: PathBuf,
    /// Where the files came from; none where they were there already.
    from: Option<String>,
    train: usize,
    held_out: usize,
    held_out_file: &'static str,
    classes: [&'static str; 10],
    seconds: f64,
}

pub(super) fn run(args: &DataCifar10Args, console: &Console) -> Result<(), CliError> {
    let start = Instant::now();
    let folder = cifar10_folder().ok_or_else(|| {
        CliError::Input(format!(
            "there is no home folder to keep data in: name one in {DATA_FOLDER_VARIABLE}"
        ))
    })?;
    let origin = match &args.from {
        None if files_in(&folder).is_ok() => None,
        None => Some(Origin::Url(OFFICIAL.url.to_owned())),
        Some(From::Url(url)) => Some(Origin::Url(url.clone())),
        Some(From::Path(path)) => Some(origin(path, &folder)?),
    };
    if let Some(origin) = &origin {
        fill(&folder, origin, console)?;
    }
    let (_, files) = files_in(&folder)?;
    let [train @ .., test] = files;
    let report = Report {
        folder,
        from: origin.map(|origin| match origin {
            Origin::Folder(path) | Origin::Archive(path) => path.display().to_string(),
            Origin::Url(url) => url,
        }),
        train: train.iter().map(|batch: &Batch| batch.images).sum(),
        held_out: test.images,
        held_out_file: test.name,
        classes: CLASSES,
        seconds: start.elapsed().as_secs_f64(),
    };
    console.result(&report, || in_words(&report))
}

/// The folder or archive at `path`.
fn origin(path: &Path, own: &Path) -> Result<Origin, CliError> {
    let refused = |why: String| CliError::Input(format!("--from {}: {why}", path.display()));
    let place = path.canonicalize().map_err(|error| {
        let why = io_reason(&error);
        refused(format!("{why}: expected a folder, an archive, or an address with http:// or https://"))
    })?;
    // What is in it goes away when it is filled anew.
    match own.canonicalize() {
        Ok(own) if own == place => Err(refused("this is the data folder itself".to_owned())),
        Ok(own) if place.starts_with(&own) => Err(refused(format!(
            "it is inside of the data folder {}, which is replaced: move it elsewhere first",
            own.display()
        ))),
        _ => Ok(()),
    }?;
    Ok(if place.is_dir() { Origin::Folder(path.to_owned()) } else { Origin::Archive(path.to_owned()) })
}

/// Fills the folder with a progress bar, of the bytes fetched and then of those unpacked.
fn fill(folder: &Path, origin: &Origin, console: &Console) -> Result<(), CliError> {
    // A second Ctrl-C is for when the network does not answer: all that stays is what can be gone on with.
    interrupt::go_on(Until::SecondTime);
    let bar = console.bar(0, "{bar:30} {bytes} of {total_bytes}  {bytes_per_sec}  {eta} left");
    let done = install(origin, folder, &OFFICIAL, &mut |done, total| {
        if bar.length() != Some(total) {
            bar.set_length(total);
            bar.reset();
            bar.set_position(done);
            bar.reset_eta();
        }
        bar.set_position(done);
        if interrupt::is_asked() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    bar.finish_and_clear();
    Ok(done?)
}

fn in_words(report: &Report) -> String {
    let folder = report.folder.display();
    let what = match &report.from {
        Some(from) => format!("{folder}: CIFAR-10 from {from}"),
        None => format!("{folder}: CIFAR-10 is here already"),
    };
    format!(
        "{what}\n{} images to train on, {} held out ({})",
        report.train, report.held_out, report.held_out_file
    )
}
