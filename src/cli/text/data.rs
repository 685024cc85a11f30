//! `data text`: one's own text made fit to be learned from.

use crate::cli::CliError;
use crate::cli::console::Console;
use crate::cli::inputs::Inputs;
use crate::cli::output::{self, Kind};
use crate::data::error::io_reason;
use crate::data::language::{MOST_LETTERS_BYTES, tidied};
use crate::data::read_limited;
use crate::flow::counted;
use clap::Args;
use serde::Serialize;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
The file has small letters, plain quotes and dashes, single spaces, and of its symbols the 64 most frequent. Every command that
takes a text reads it: --language ngram:5:FILE. Its last tenth is held out. Its licence is that of the text it is made from.

Examples:
  dfm-explorer data text --from novel.txt --out novel-tidy.txt
  dfm-explorer data text --from ~/texts --out texts.txt --json
      All .txt and .md files of a folder, and of those in it, one after another
  dfm-explorer sample text --language ngram:5:novel-tidy.txt";

/// One's own text, tidied, as a file that languages of letters are made of
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct DataTextArgs {
    /// A text in UTF-8, or a folder of .txt and .md files; 64 MiB at most in all
    #[arg(long, value_name = "FILE|FOLDER")]
    from: PathBuf,
    /// FILE.txt to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Write over a file that is there
    #[arg(long)]
    overwrite: bool,
    /// Print one JSON object: out, files (read), left_out (an array of file and why), letters, bytes, symbols (kept, an array of
    /// strings), dropped (an array of symbol and count: those too rare, which became spaces), training and held_out (letters)
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Serialize)]
struct Report {
    out: String,
    files: usize,
    left_out: Vec<LeftOut>,
    letters: usize,
    bytes: usize,
    symbols: Vec<String>,
    dropped: Vec<Dropped>,
    training: usize,
    held_out: usize,
}

#[derive(Serialize)]
struct LeftOut {
    file: String,
    why: String,
}

#[derive(Serialize)]
struct Dropped {
    symbol: char,
    count: usize,
}

/// Most files of a folder that are read.
const MOST_FILES: usize = 100_000;
/// How deep folders lie in each other.
const DEEPEST: usize = 16;
/// Dropped symbols that the summary names.
const NAMED: usize = 12;

pub(in crate::cli) fn run(args: &DataTextArgs, console: &Console) -> Result<(), CliError> {
    let inputs = Inputs::default().file("--from", Some(&args.from));
    output::check(&args.out, &[Kind::Txt], &inputs)?;
    output::refuse_to_replace("--out", &args.out, None, args.overwrite, || false)?;
    let busy = console.busy("reading the text");
    let refused = |why: String| CliError::Input(format!("--from {}: {why}", args.from.display()));
    let (bytes, files, left_out) = if args.from.is_dir() {
        let (bytes, files, left_out) = of_folder(&args.from, &args.out)?;
        if files == 0 {
            return Err(refused(match left_out.first() {
                None => "there is no .txt or .md file in it".to_owned(),
                Some(first) => format!("no file in it is a text: {} {}", first.file, first.why),
            }));
        }
        (bytes, files, left_out)
    } else {
        let bytes = read_limited(&args.from, MOST_LETTERS_BYTES, "the text");
        (bytes.map_err(|error| CliError::Input(format!("--from: {error}")))?, 1, Vec::new())
    };
    let found = tidied(&bytes).map_err(refused)?;
    drop(busy);
    for LeftOut { file, why } in &left_out {
        console.warn(&format!("{file} {why}: it is left out"));
    }
    output::write_bytes(&args.out, found.text.as_bytes())?;
    let held_out = found.letters / 10;
    let report = Report {
        out: args.out.display().to_string(),
        files,
        left_out,
        letters: found.letters,
        bytes: found.text.len(),
        symbols: found.symbols,
        dropped: found.dropped.into_iter().map(|(symbol, count)| Dropped { symbol, count }).collect(),
        training: found.letters - held_out,
        held_out,
    };
    console.result(&report, || in_words(&report))
}

/// The texts of a folder one after another, how many, and what is none.
fn of_folder(folder: &Path, out: &Path) -> Result<(Vec<u8>, usize, Vec<LeftOut>), CliError> {
    let mut paths = Vec::new();
    texts_in(folder, DEEPEST, &mut paths)?;
    // The same on every system.
    paths.sort();
    let (mut all, mut files, mut left_out) = (Vec::new(), 0, Vec::new());
    for path in paths {
        let leave = |why: String| LeftOut { file: path.display().to_string(), why };
        // What an earlier call has written is no source.
        if path.canonicalize().ok().is_some_and(|own| Some(own) == out.canonicalize().ok()) {
            left_out.push(leave("is what is written".to_owned()));
            continue;
        }
        let bytes = match read_limited(&path, MOST_LETTERS_BYTES, "the text") {
            Ok(bytes) => bytes,
            Err(error) => {
                left_out.push(leave(format!("can't be read: {error}")));
                continue;
            }
        };
        if std::str::from_utf8(&bytes).is_err() || bytes.contains(&0) {
            left_out.push(leave("is no text in UTF-8".to_owned()));
            continue;
        }
        if all.len() + bytes.len() > MOST_LETTERS_BYTES as usize {
            let most = MOST_LETTERS_BYTES >> 20;
            return Err(CliError::Input(format!(
                "--from {}: up to {} there are more than {most} MiB of text: expected at most that",
                folder.display(),
                path.display()
            )));
        }
        files += 1;
        all.extend_from_slice(&bytes);
        all.extend_from_slice(b"\n\n");
    }
    Ok((all, files, left_out))
}

/// The text files of a folder and of those in it; links are not followed.
fn texts_in(folder: &Path, deeper: usize, found: &mut Vec<PathBuf>) -> Result<(), CliError> {
    let failed = |error: &std::io::Error| {
        CliError::Input(format!("--from: cannot read the folder {}: {}", folder.display(), io_reason(error)))
    };
    for entry in std::fs::read_dir(folder).map_err(|error| failed(&error))? {
        let entry = entry.map_err(|error| failed(&error))?;
        let kind = entry.file_type().map_err(|error| failed(&error))?;
        let path = entry.path();
        let is_text =
            path.extension().is_some_and(|e| ["txt", "md"].iter().any(|own| e.eq_ignore_ascii_case(own)));
        if kind.is_dir() && deeper > 0 {
            texts_in(&path, deeper - 1, found)?;
        } else if kind.is_file() && is_text {
            found.push(path);
        }
        if found.len() > MOST_FILES {
            return Err(CliError::Input(format!(
                "--from {}: there are more than {MOST_FILES} files in it",
                folder.display()
            )));
        }
    }
    Ok(())
}

fn in_words(report: &Report) -> String {
    let mut text = format!(
        "{}: {} letters of {}, {} to learn from and {} held out",
        report.out,
        report.letters,
        counted(report.symbols.len(), "symbol"),
        report.training,
        report.held_out
    );
    let letters: usize = report.dropped.iter().map(|dropped| dropped.count).sum();
    if letters > 0 {
        let named: Vec<String> =
            report.dropped.iter().take(NAMED).map(|dropped| format!("{:?}", dropped.symbol)).collect();
        let more = if report.dropped.len() > NAMED { " …" } else { "" };
        text += &format!(
            "\ndropped: {} of {} too rare, which became spaces: {}{more}",
            counted(letters, "letter"),
            counted(report.dropped.len(), "symbol"),
            named.join(" ")
        );
    }
    text + &format!("\nfrom {}; its licence is that of what it was made from", counted(report.files, "file"))
}
