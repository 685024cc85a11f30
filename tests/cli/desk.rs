//! The program from outside: a folder to run it in, and what must come out.

use ndarray::{ArrayD, IxDyn};
use serde_json::Value;
use std::process::{Command, Output};
use tempfile::TempDir;

/// A folder to work in, and what can be done there.
pub struct Desk(pub TempDir);

impl Desk {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    pub fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dfm-explorer"));
        command.current_dir(self.0.path()).env("RUST_BACKTRACE", "1");
        for (n, piece) in arguments.split('\'').enumerate() {
            match n % 2 {
                0 => command.args(piece.split_whitespace()),
                _ => command.arg(piece),
            };
        }
        command
    }

    /// Runs with these arguments, split at blanks outside of single quotes.
    pub fn run(&self, arguments: &str) -> Output {
        self.command(arguments).output().expect("the program starts")
    }

    /// Standard output of a run that must succeed.
    pub fn succeed(&self, arguments: &str) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments}: {}", stderr(&output));
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// The one JSON object that a run with `--json` prints.
    pub fn json(&self, arguments: &str) -> Value {
        let text = self.succeed(&format!("{arguments} --json"));
        let value: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{arguments}: {e}: {text}"));
        assert!(value.is_object(), "{text}");
        value
    }

    /// A run that must end with `status`, a message with all of `words`, nothing on standard output and no new file.
    pub fn refuse(&self, status: i32, arguments: &str, words: &[&str]) {
        let files = || std::fs::read_dir(self.0.path()).expect("the folder").count();
        let before = files();
        let output = self.run(arguments);
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(status), "{arguments}: {message}");
        for word in words {
            assert!(message.contains(word), "{arguments}: '{word}' is missing in: {message}");
        }
        assert!(message.contains("error: ") && !message.contains("stack backtrace"), "{message}");
        assert!(output.stdout.is_empty(), "{arguments}");
        assert_eq!(files(), before, "{arguments}: left a file");
    }

    pub fn read<T: npyz::Deserialize>(&self, name: &str) -> ArrayD<T> {
        let bytes = std::fs::read(self.0.path().join(name)).expect("the file");
        let file = npyz::NpyFile::new(&bytes[..]).expect("an .npy file");
        assert_eq!(file.order(), npyz::Order::C);
        let shape: Vec<usize> = file.shape().iter().map(|&n| n as usize).collect();
        ArrayD::from_shape_vec(IxDyn(&shape), file.into_vec().expect("values")).expect("its shape")
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.0.path().join(name), bytes).expect("written");
    }

    pub fn exists(&self, name: &str) -> bool {
        self.0.path().join(name).exists()
    }
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
