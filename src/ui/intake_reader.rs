//! Reads the files that come into the window and sees what they are: each once, one after the other, on a thread of its own.

use super::job::{Worker, guarded};
use crate::data::{MOST_DOCUMENT_BYTES, read_head, read_limited};
use crate::figure::recipe::{Inside, look_inside};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};

/// No figure of this program comes near it.
const MOST_FIGURE_BYTES: u64 = 256 << 20;
/// Enough to see whether a file is a figure.
const HEAD: u64 = 4096;

/// What came into the window.
#[derive(Clone, Debug, PartialEq)]
pub enum Opened {
    /// A figure of this program: the recipe of its experiment.
    Figure(String),
    /// What a `.json` file holds, at most [`MOST_DOCUMENT_BYTES`].
    Json(Vec<u8>),
    /// A folder.
    Folder,
    /// A file of another kind, which was not read: a network, a pmf, a picture without an experiment.
    Other,
}

impl Opened {
    /// Reads `file` as far as it takes to see what it is.
    ///
    /// # Errors
    /// Names the file: it can't be read, is larger than any figure or document of this program, or the experiment inside it is
    /// damaged.
    pub fn read(file: &Path) -> Result<Self, String> {
        if file.is_dir() {
            return Ok(Self::Folder);
        }
        if file.extension().is_some_and(|e| e.eq_ignore_ascii_case("json")) {
            let bytes = read_limited(file, MOST_DOCUMENT_BYTES, "preset").map_err(|why| why.to_string())?;
            return Ok(Self::Json(bytes));
        }
        let head = read_head(file, HEAD, "file").map_err(|why| why.to_string())?;
        if matches!(look_inside(&head), Inside::NoFigure) {
            return Ok(Self::Other);
        }
        let bytes = read_limited(file, MOST_FIGURE_BYTES, "figure").map_err(|why| why.to_string())?;
        match look_inside(&bytes) {
            Inside::Recipe(recipe) => Ok(Self::Figure(recipe)),
            Inside::Damaged(why) => Err(format!("{}: the experiment inside {why}", file.display())),
            Inside::Nothing | Inside::NoFigure => Ok(Self::Other),
        }
    }
}

/// A file, and what it is or why it can't be read.
pub type Read = (PathBuf, Result<Opened, String>);

/// Reads files in the order in which they came; none is given up for the next.
pub struct IntakeReader {
    worker: Worker<PathBuf, Read>,
    waiting: VecDeque<PathBuf>,
}

impl IntakeReader {
    /// Starts the thread; `wake` is called after every file.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn start(wake: impl Fn() + Send + Sync + 'static) -> std::io::Result<Self> {
        let worker = Worker::answering("opened files", wake, |file: PathBuf, _| {
            let opened = guarded("opened files", || Opened::read(&file));
            Ok((file, opened))
        })?;
        Ok(Self { worker, waiting: VecDeque::new() })
    }

    /// A file to be read; it comes by [`Self::next`].
    pub fn open(&mut self, file: PathBuf) {
        self.waiting.push_back(file);
        self.go_on();
    }

    /// The next file that was read.
    pub fn next(&mut self) -> Option<Read> {
        // A panic while reading is part of what is read: the thread itself has no errors.
        let read = self.worker.take().and_then(Result::ok);
        self.go_on();
        read
    }

    /// Whether every file was read and taken.
    #[cfg(test)]
    pub fn is_settled(&self) -> bool {
        self.waiting.is_empty() && !self.worker.has_more()
    }

    fn go_on(&mut self) {
        if !self.worker.has_more()
            && let Some(file) = self.waiting.pop_front()
        {
            self.worker.ask(file);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::recipe::{into_png, into_svg};
    use crate::latest::testing::eventually;

    #[test]
    fn files_are_what_they_hold_whatever_they_are_called() {
        let desk = tempfile::tempdir().expect("a folder");
        let read = |name: &str, bytes: &[u8]| {
            let file = desk.path().join(name);
            std::fs::write(&file, bytes).expect("written");
            Opened::read(&file)
        };
        let mut png = Vec::new();
        let picture = image::RgbaImage::new(2, 2);
        picture.write_to(&mut std::io::Cursor::new(&mut png), image::ImageFormat::Png).expect("a png");
        assert_eq!(read("plain.png", &png), Ok(Opened::Other));
        let figure = into_png(png, "dfm-explorer export --view mass");
        for name in ["f.png", "F.PNG", "f.backup"] {
            let recipe = "dfm-explorer export --view mass".to_owned();
            assert_eq!(read(name, &figure), Ok(Opened::Figure(recipe)), "{name}");
        }
        let svg = into_svg("<svg xmlns=\"http://www.w3.org/2000/svg\"></svg>", "dfm-explorer");
        assert_eq!(read("f.svg", svg.as_bytes()), Ok(Opened::Figure("dfm-explorer".to_owned())));
        let why = read("q.svg", svg.replace("</metadata>", "").as_bytes()).expect_err("damaged");
        assert!(why.contains("q.svg: the experiment inside lies in SVG markup that is damaged"), "{why}");
        assert_eq!(read("a.json", b"{}"), Ok(Opened::Json(b"{}".to_vec())));
        assert_eq!(read("net.safetensors", &[7; 9000]), Ok(Opened::Other));
        assert_eq!(read("empty.npy", b""), Ok(Opened::Other));
        assert_eq!(Opened::read(desk.path()), Ok(Opened::Folder));
    }

    #[test]
    fn what_is_too_large_or_not_there_is_said_and_not_read() {
        let desk = tempfile::tempdir().expect("a folder");
        let sparse = |name: &str, head: &[u8], size: u64| {
            let file = desk.path().join(name);
            std::fs::write(&file, head).expect("written");
            std::fs::OpenOptions::new()
                .write(true)
                .open(&file)
                .and_then(|file| file.set_len(size))
                .expect("a sparse file");
            file
        };
        let figure = sparse("huge.png", b"\x89PNG\r\n\x1a\n", 1 << 40);
        let why = Opened::read(&figure).expect_err("too large");
        assert!(why.contains("huge.png") && why.contains("256 MiB"), "{why}");
        let preset = sparse("huge.json", b"{", 1 << 40);
        let why = Opened::read(&preset).expect_err("too large");
        assert!(why.contains("huge.json") && why.contains("1 MiB"), "{why}");
        // Of what is no figure the head alone is read.
        assert_eq!(Opened::read(&sparse("huge.npy", b"\x93NUMPY", 1 << 40)), Ok(Opened::Other));
        let why = Opened::read(&desk.path().join("none.png")).expect_err("not there");
        assert!(why.contains("none.png") && why.contains("No such file"), "{why}");
    }

    #[test]
    fn files_come_in_their_order_and_none_is_lost() {
        let desk = tempfile::tempdir().expect("a folder");
        let mut reader = IntakeReader::start(|| {}).expect("a thread");
        let files: Vec<PathBuf> = (0..5).map(|n| desk.path().join(format!("{n}.json"))).collect();
        for (n, file) in files.iter().enumerate() {
            if n != 3 {
                std::fs::write(file, n.to_string()).expect("written");
            }
            reader.open(file.clone());
        }
        assert!(!reader.is_settled());
        for (n, file) in files.iter().enumerate() {
            let (of, opened) = eventually("a file", || reader.next());
            assert_eq!(of, *file);
            match opened {
                Ok(opened) => assert_eq!(opened, Opened::Json(n.to_string().into_bytes())),
                Err(why) => assert!(n == 3 && why.contains("3.json"), "{why}"),
            }
        }
        eventually("rest", || reader.is_settled().then_some(()));
        assert!(reader.next().is_none());
    }
}
