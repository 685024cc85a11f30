//! `data cifar10` from outside: the real program, its folder and exit statuses.

use dfm_explorer::data::images::cifar10::{BATCHES, FIRST_OF_TEST};
use serde_json::Value;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// A folder with a data folder of its own, `data`, that is not there yet.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dfm-explorer"));
        command.current_dir(self.0.path()).args(["data", "cifar10"]).args(arguments.split_whitespace());
        command.env("DFM_EXPLORER_DATA", self.path("data")).env("NO_PROXY", "127.0.0.1");
        command
    }

    fn json(&self, arguments: &str) -> Value {
        let output = self.command(arguments).arg("--json").output().expect("the program starts");
        assert_eq!(output.status.code(), Some(0), "{arguments}: {}", message(&output));
        serde_json::from_slice(&output.stdout).expect("one JSON object")
    }

    /// A run that must end with `status` and a message with all of `words`, and leave nothing in the data folder.
    fn refuse(&self, status: i32, arguments: &str, words: &[&str]) {
        let output = self.command(arguments).output().expect("the program starts");
        let message = message(&output);
        assert_eq!(output.status.code(), Some(status), "{arguments}: {message}");
        for word in words {
            assert!(message.contains(word), "{arguments}: '{word}' is missing in: {message}");
        }
        assert!(output.stdout.is_empty(), "{arguments}");
        assert_eq!(names(&self.path("data")), [""; 0], "{arguments}");
    }
}

fn message(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<_> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Answers every request with this, for as long as the tests run; its address.
fn serve(answer: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/cifar-10-binary.tar.gz", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut head = [0; 4096];
            // A request of this program fits, and a client that has gone away has seen enough.
            _ = stream.read(&mut head);
            _ = stream.write_all(&answer);
        }
    });
    url
}

/// So many bytes that could be the beginning of an archive.
fn beginning(length: usize) -> Vec<u8> {
    let mut bytes = vec![7; length];
    bytes[..3].copy_from_slice(b"\x1f\x8b\x08");
    bytes
}

#[test]
fn a_folder_is_installed_and_found_again() {
    let desk = Desk::new();
    let from = desk.path("from");
    std::fs::create_dir(&from).expect("a folder");
    for batch in BATCHES[..5].iter().chain([&FIRST_OF_TEST]) {
        // Black aeroplanes that take no space on the disk.
        let file = File::create(from.join(batch.name)).expect("a file");
        file.set_len(batch.bytes() as u64).expect("a sparse file");
    }
    let report = desk.json("--from from");
    let folder = desk.path("data").join("cifar10");
    assert_eq!(report["folder"], folder.to_string_lossy().as_ref());
    assert_eq!(
        (&report["from"], &report["train"], &report["held_out"]),
        (&"from".into(), &50_000.into(), &1_000.into())
    );
    assert_eq!(report["held_out_file"], "test_batch_first1000.bin");
    assert_eq!(report["classes"].as_array().map(Vec::len), Some(10));
    assert_eq!((names(&desk.path("data")), names(&folder).len()), (vec!["cifar10".to_owned()], 6));
    // Now it is there: nothing is fetched, and nobody is asked.
    let report = desk.json("");
    assert_eq!((&report["from"], &report["train"]), (&Value::Null, &50_000.into()));
    let output = desk.command("").output().expect("the program starts");
    assert!(String::from_utf8_lossy(&output.stdout).contains("is here already"));
    // A bad source does not harm what there is.
    let output = desk.command("--from data/cifar10").output().expect("the program starts");
    assert!(output.status.code() == Some(2) && message(&output).contains("the data folder itself"));
    let output = desk.command("--from none").output().expect("the program starts");
    assert!(output.status.code() == Some(2) && names(&folder).len() == 6);
}

#[test]
fn bad_sources_are_refused_and_leave_nothing() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("empty")).expect("a folder");
    std::fs::write(desk.path("a.tar.gz"), b"no archive").expect("written");
    desk.refuse(2, "--from empty", &["CIFAR-10", "empty", "there is no data_batch_1.bin"]);
    desk.refuse(2, "--from a.tar.gz", &["a.tar.gz is not the official file", "10 bytes, expected 170052171"]);
    desk.refuse(2, "--from none", &["--from none", "expected a folder, an archive"]);
    desk.refuse(2, "--from ftp://somewhere/file", &["--from", "expected http://"]);
    desk.refuse(2, "--from https://", &["--from", "expected http://"]);
}

#[test]
fn a_network_that_fails_is_a_failure_and_leaves_nothing() {
    let desk = Desk::new();
    let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
    let refused = format!("--from http://127.0.0.1:{port}/file");
    desk.refuse(1, &refused, &["error: cannot fetch http://127.0.0.1", "refused"]);
    let missing = serve(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_vec());
    desk.refuse(1, &format!("--from {missing}"), &["the server answers 404 Not Found"]);
    let page = serve(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello".to_vec());
    desk.refuse(2, &format!("--from {page}"), &["is not the expected file", "5 bytes, expected 170052171"]);
}

#[test]
fn a_download_that_is_lost_can_be_gone_on_with() {
    let desk = Desk::new();
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 170052171\r\nConnection: close\r\n\r\n";
    let url = serve([head.as_bytes(), &beginning(100_000)].concat());
    let output = desk.command(&format!("--from {url}")).output().expect("the program starts");
    assert_eq!(output.status.code(), Some(1));
    assert!(message(&output).contains("lost after 100000 of 170052171 bytes"), "{}", message(&output));
    assert_eq!(names(&desk.path("data")), ["cifar-10-binary.tar.gz.part"]);
    let part = std::fs::read(desk.path("data").join("cifar-10-binary.tar.gz.part")).expect("the part");
    assert_eq!(part, beginning(100_000));
}

#[cfg(unix)]
#[test]
fn an_interrupted_download_can_be_gone_on_with() {
    let desk = Desk::new();
    // A server that sends a little and then no more.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/file", listener.local_addr().expect("an address"));
    let mut child = desk
        .command(&format!("--from {url} --quiet"))
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the program starts");
    let (mut stream, _) = listener.accept().expect("a client");
    let mut head = [0; 4096];
    _ = stream.read(&mut head).expect("a request");
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 170052171\r\n\r\n").expect("sent");
    stream.write_all(&beginning(50_000)).expect("sent");
    let part = desk.path("data").join("cifar-10-binary.tar.gz.part");
    let length = || std::fs::metadata(&part).map_or(0, |meta| meta.len());
    for _ in 0..1000 {
        if length() == 50_000 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let interrupt = || Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill");
    assert!(interrupt().success());
    std::thread::sleep(std::time::Duration::from_millis(300));
    // It takes notice with the next bytes.
    stream.write_all(&[7; 10]).expect("sent");
    let status = child.wait().expect("it ends");
    let mut message = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut message).expect("UTF-8");
    assert_eq!(status.code(), Some(1), "{message}");
    assert!(message.contains("interrupted after 50010 of 170052171 bytes"), "{message}");
    assert_eq!(names(&desk.path("data")), ["cifar-10-binary.tar.gz.part"]);
    assert_eq!(length(), 50_010);
}
