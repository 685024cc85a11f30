//! Downloads from a server on this machine that serves, drops, lies or is not there.

use super::*;
use ring::digest::digest;
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};

/// What a server does with one request.
#[derive(Clone, Copy, Debug)]
pub(in crate::data) enum Reply {
    /// The file, or the range that is asked for.
    Ranges,
    /// The whole file whatever is asked for.
    Whole,
    /// As `Ranges`, but the connection ends after so many bytes.
    Drop(usize),
    /// As `Whole`, but the connection ends after so many bytes.
    DropWhole(usize),
    /// Another range than was asked for.
    WrongRange,
    /// Without a length.
    Endless,
    /// A status and no more.
    Status(&'static str),
    /// This body with status 200 whatever is asked for, its length said or not.
    Other(&'static str, bool),
    /// This body as the range that is asked for.
    OtherRange(&'static str),
}

/// What the file of these tests begins with.
const MAGIC: &[u8] = b"\x1f\x8b\x08";
/// As networks show it that want to be logged in to.
const LOGIN: &str =
    "<!DOCTYPE html><html><head><title>Hotspot login</title></head><body>please log in</body></html>";

/// Serves `content` once for each of `replies`, in their order; the address and the heads of the requests.
pub(in crate::data) fn serve(content: Vec<u8>, replies: Vec<Reply>) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/file", listener.local_addr().expect("an address"));
    let (heads, seen) = channel();
    std::thread::spawn(move || {
        for reply in replies {
            let Ok((mut stream, _)) = listener.accept() else { return };
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
                head.push(byte[0]);
            }
            let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
            // Before the answer, so that whoever has that can see the request too.
            _ = heads.send(head.clone());
            // A client that has gone away has seen enough.
            _ = stream.write_all(&answer(&content, reply, &head));
        }
    });
    (url, seen)
}

fn answer(content: &[u8], reply: Reply, head: &str) -> Vec<u8> {
    let asked =
        head.split("range: bytes=").nth(1).and_then(|rest| rest.split('-').next()?.parse::<usize>().ok());
    let (start, length) = match reply {
        Reply::Ranges => (asked.unwrap_or(0), usize::MAX),
        Reply::Drop(length) => (asked.unwrap_or(0), length),
        Reply::WrongRange => (3, usize::MAX),
        Reply::DropWhole(length) => (0, length),
        Reply::Whole | Reply::Endless => (0, usize::MAX),
        Reply::Other(body, with_length) => {
            let length =
                if with_length { format!("Content-Length: {}\r\n", body.len()) } else { String::new() };
            return format!("HTTP/1.1 200 OK\r\n{length}Connection: close\r\n\r\n{body}").into_bytes();
        }
        Reply::OtherRange(body) => {
            let (start, total) = (asked.unwrap_or(0), content.len());
            let rest = total - start;
            let body = body.repeat(rest / body.len() + 1);
            return format!(
                "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {start}-{}/{total}\r\nContent-Length: {rest}\r\n\r\n{}",
                total - 1,
                &body[..rest]
            )
            .into_bytes();
        }
        Reply::Status(status) => {
            return format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").into_bytes();
        }
    };
    if start >= content.len() {
        return b"HTTP/1.1 416 Range Not Satisfiable\r\nContent-Length: 0\r\n\r\n".to_vec();
    }
    let rest = &content[start..];
    let (last, total) = (content.len() - 1, content.len());
    let head = match (start, reply) {
        (_, Reply::Endless) => "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_owned(),
        (0, _) => format!("HTTP/1.1 200 OK\r\nContent-Length: {total}\r\n\r\n"),
        _ => format!(
            "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {start}-{last}/{total}\r\nContent-Length: {}\r\n\r\n",
            rest.len()
        ),
    };
    [head.as_bytes(), &rest[..rest.len().min(length)]].concat()
}

pub(in crate::data) fn sha256(content: &[u8]) -> String {
    digest(&SHA256, content).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn content() -> Vec<u8> {
    let mut content: Vec<u8> = (0..200_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    content[..MAGIC.len()].copy_from_slice(MAGIC);
    content
}

/// Where an answer begins that goes on with a part of this length.
fn from(length: u64) -> Option<usize> {
    Some((length - OVERLAP) as usize)
}

/// A download into a folder of its own: what came of it, and the requests.
struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    fn part(&self) -> PathBuf {
        self.folder.path().join("file.part")
    }

    fn kept(&self) -> Option<Vec<u8>> {
        std::fs::read(self.part()).ok()
    }

    fn keep(&self, bytes: &[u8]) {
        std::fs::write(self.part(), bytes).expect("written");
    }

    /// Fetches what should be `expected` from a server of `content`; the ranges that were asked for.
    fn fetch(&self, served: Vec<u8>, replies: &[Reply]) -> (Result<(), DownloadError>, Vec<Option<usize>>) {
        let expected = content();
        let (url, heads) = serve(served, replies.to_vec());
        let sum = sha256(&expected);
        let remote = Remote { url: &url, bytes: expected.len() as u64, sha256: &sum, magic: MAGIC };
        let done = download(&remote, &self.part(), &mut |_| ControlFlow::Continue(()));
        let range = |head: String| head.split("range: bytes=").nth(1)?.split('-').next()?.parse().ok();
        (done, heads.try_iter().map(range).collect())
    }
}

#[test]
fn a_whole_file_is_fetched_and_checked() {
    for reply in [Reply::Ranges, Reply::Whole, Reply::Endless] {
        let desk = Desk::new();
        let (done, asked) = desk.fetch(content(), &[reply]);
        assert_eq!((done, asked), (Ok(()), vec![None]), "{reply:?}");
        assert_eq!(desk.kept(), Some(content()));
    }
}

#[test]
fn a_part_is_continued_and_a_whole_one_only_checked() {
    let desk = Desk::new();
    desk.keep(&content()[..70_001]);
    let (done, asked) = desk.fetch(content(), &[Reply::Ranges]);
    assert_eq!((done, asked), (Ok(()), vec![from(70_001)]));
    assert_eq!(desk.kept(), Some(content()));
    let (done, asked) = desk.fetch(content(), &[]);
    assert_eq!((done, asked), (Ok(()), vec![]));
}

#[test]
fn a_server_without_ranges_starts_anew() {
    let desk = Desk::new();
    desk.keep(&content()[..1000]);
    let (done, asked) = desk.fetch(content(), &[Reply::Whole]);
    assert_eq!((done, asked), (Ok(()), vec![from(1000)]));
    assert_eq!(desk.kept(), Some(content()));
}

#[test]
fn a_lost_connection_is_taken_up_again_while_it_brings_something() {
    let desk = Desk::new();
    let (done, asked) = desk.fetch(content(), &[Reply::Drop(50_000), Reply::Drop(60_000), Reply::Ranges]);
    assert_eq!((done, asked), (Ok(()), vec![None, from(50_000), from(50_000 - OVERLAP + 60_000)]));
    assert_eq!(desk.kept(), Some(content()));

    let desk = Desk::new();
    let (done, asked) = desk.fetch(content(), &[Reply::Drop(50_000), Reply::Drop(0)]);
    let why = done.expect_err("nothing more comes").to_string();
    assert!(why.contains("lost after 50000 of 200000 bytes") && why.contains("start it again"), "{why}");
    assert_eq!(asked, [None, from(50_000)]);
    assert_eq!(desk.kept().as_deref(), Some(&content()[..50_000]));
    // The next attempt goes on from there.
    let (done, asked) = desk.fetch(content(), &[Reply::Ranges]);
    assert_eq!((done, asked), (Ok(()), vec![from(50_000)]));
    assert_eq!(desk.kept(), Some(content()));
}

#[test]
fn a_server_that_always_drops_at_the_same_place_is_given_up() {
    let desk = Desk::new();
    let (done, asked) = desk.fetch(content(), &[Reply::DropWhole(90_000); 9]);
    assert!(matches!(done, Err(DownloadError::Dropped { done: 90_000, .. })), "{done:?}");
    assert_eq!(asked, [None, from(90_000)]);
}

#[test]
fn another_file_is_refused_and_nothing_kept() {
    let mut changed = content();
    changed[123_456] ^= 1;
    for (served, replies, word) in [
        (changed, vec![Reply::Ranges], "its SHA-256 is "),
        (content()[..150_000].to_vec(), vec![Reply::Ranges], "it has 150000 bytes, expected 200000"),
        ([content(), content()].concat(), vec![Reply::Ranges], "it has 400000 bytes, expected 200000"),
        ([content(), content()].concat(), vec![Reply::Endless], "more than the expected 200000 bytes"),
    ] {
        let desk = Desk::new();
        let (done, _) = desk.fetch(served, &replies);
        let why = done.expect_err("another file").to_string();
        assert!(why.contains("is not the expected file") && why.contains(word), "{why}");
        assert_eq!(desk.kept(), None, "{word}");
    }
    let desk = Desk::new();
    // A part that is too long can be no part.
    desk.keep(&[7; 200_001]);
    let (done, asked) = desk.fetch(content(), &[Reply::Ranges]);
    assert_eq!((done, asked), (Ok(()), vec![None]));
}

#[test]
fn an_answer_that_is_no_file_leaves_the_part_as_it_was() {
    let desk = Desk::new();
    let part = &content()[..70_000];
    desk.keep(part);
    for reply in [Reply::Other(LOGIN, true), Reply::Other(LOGIN, false), Reply::OtherRange(LOGIN)] {
        let (done, _) = desk.fetch(content(), &[reply]);
        let why = done.expect_err("a login page").to_string();
        assert!(
            why.contains("web page (“Hotspot login”)") && why.contains("login page of this network"),
            "{why}"
        );
        assert_eq!(desk.kept().as_deref(), Some(part), "{reply:?}");
    }
    for (reply, word) in [
        (Reply::Other("hello", true), "it has 5 bytes, expected 200000"),
        (Reply::Other("hello", false), "does not begin as that does"),
        (Reply::Other("%PDF-1.4 and so on", false), "it is a PDF document"),
        (Reply::OtherRange("junk"), "does not go on from what was fetched before; to begin anew, delete"),
    ] {
        let (done, _) = desk.fetch(content(), &[reply]);
        let why = done.expect_err(word).to_string();
        assert!(why.contains("is not the expected file") && why.contains(word), "{why}");
        assert_eq!(desk.kept().as_deref(), Some(part), "{reply:?}");
    }
    // One that differs and has no length.
    let mut other = content();
    other[60_000] ^= 1;
    let (done, _) = desk.fetch(other, &[Reply::Endless]);
    assert!(done.expect_err("another file").to_string().contains("does not go on"));
    assert_eq!(desk.kept().as_deref(), Some(part));
    // A server that has less than there is, or another file of the right size.
    let (done, _) = desk.fetch(content()[..900].to_vec(), &[Reply::Ranges]);
    assert!(done.expect_err("too short").to_string().contains("at most 69744 bytes"));
    let mut other = content();
    other[69_999] ^= 1;
    let (done, _) = desk.fetch(other, &[Reply::Ranges]);
    assert!(done.expect_err("another file").to_string().contains("does not go on"));
    assert_eq!(desk.kept().as_deref(), Some(part));
    // And then it is gone on with.
    assert_eq!(desk.fetch(content(), &[Reply::Ranges]), (Ok(()), vec![from(70_000)]));
    assert_eq!(desk.kept(), Some(content()));
}

#[test]
fn nothing_is_left_of_a_login_page() {
    let desk = Desk::new();
    let (done, _) = desk.fetch(content(), &[Reply::Other(LOGIN, false)]);
    assert!(matches!(done, Err(DownloadError::Page { .. })), "{done:?}");
    assert_eq!(desk.kept(), None);
    // One that an older version took for the beginning of the file is no part of it.
    desk.keep(LOGIN.as_bytes());
    assert_eq!(desk.fetch(content(), &[Reply::Ranges]), (Ok(()), vec![None]));
    assert_eq!(desk.kept(), Some(content()));
}

#[test]
fn a_server_without_ranges_costs_no_byte_that_was_there() {
    let desk = Desk::new();
    desk.keep(&content()[..150_000]);
    let (done, asked) = desk.fetch(content(), &[Reply::DropWhole(90_000)]);
    assert!(matches!(done, Err(DownloadError::Dropped { done: 150_000, .. })), "{done:?}");
    assert_eq!((asked, desk.kept().map(|kept| kept.len())), (vec![from(150_000)], Some(150_000)));
    // Where a part turns out to be of another file, what comes is taken.
    let mut other = content();
    other[100_000] ^= 1;
    desk.keep(&other[..150_000]);
    let (done, _) = desk.fetch(content(), &[Reply::Whole]);
    assert_eq!((done, desk.kept()), (Ok(()), Some(content())));
}

#[test]
fn a_certificate_that_is_not_trusted_says_what_can_be_done() {
    let refused = io::Error::new(io::ErrorKind::InvalidData, "invalid peer certificate: UnknownIssuer");
    let why = unreachable("https://a/b", refused.into(), "those of this system").to_string();
    for word in [
        "https://a/b",
        "nobody who is trusted has issued it: ",
        "UnknownIssuer",
        "those of this system",
        "SSL_CERT_FILE",
        "--from ARCHIVE",
    ] {
        assert!(why.contains(word), "{word}: {why}");
    }
    let lost = io::Error::new(io::ErrorKind::ConnectionRefused, "refused");
    assert!(matches!(unreachable("https://a/b", lost.into(), ""), DownloadError::Unreachable { .. }));
}

#[test]
fn a_range_that_was_not_asked_for_is_not_taken() {
    let desk = Desk::new();
    desk.keep(&content()[..1000]);
    let (done, _) = desk.fetch(content(), &[Reply::WrongRange]);
    assert!(matches!(done, Err(DownloadError::Status { .. })), "{done:?}");
    assert_eq!(desk.kept().map(|kept| kept.len()), Some(1000));
}

#[test]
fn refusals_of_the_server_are_told_and_leave_no_file() {
    for status in ["404 Not Found", "500 Internal Server Error", "403 Forbidden"] {
        let desk = Desk::new();
        let (done, _) = desk.fetch(content(), &[Reply::Status(status)]);
        let why = done.expect_err(status).to_string();
        assert!(why.contains("http://127.0.0.1") && why.contains(&format!("answers {status}")), "{why}");
        assert_eq!(desk.kept(), None);
    }
}

#[test]
fn no_network_is_told_and_leaves_what_there_was() {
    let desk = Desk::new();
    // A port that was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
    for url in [format!("http://127.0.0.1:{port}/file"), "http://no-such-host.invalid/file".to_owned()] {
        let remote = Remote { url: &url, bytes: 10, sha256: "", magic: b"" };
        let mut observe = |_| ControlFlow::Continue(());
        let why = download(&remote, &desk.part(), &mut observe).expect_err("nobody answers").to_string();
        assert!(why.starts_with(&format!("cannot fetch {url}: ")), "{why}");
        assert_eq!(desk.kept(), None);
        desk.keep(b"part");
        assert!(download(&remote, &desk.part(), &mut observe).is_err());
        assert_eq!(desk.kept().as_deref(), Some(&b"part"[..]));
        std::fs::remove_file(desk.part()).expect("removed");
    }
}

#[test]
fn breaking_off_keeps_what_has_come() {
    let desk = Desk::new();
    let expected = content();
    let (url, _heads) = serve(content(), vec![Reply::Ranges]);
    let sum = sha256(&expected);
    let remote = Remote { url: &url, bytes: 200_000, sha256: &sum, magic: MAGIC };
    let mut last = 0;
    let done = download(&remote, &desk.part(), &mut |bytes| {
        assert!(bytes >= last);
        last = bytes;
        if bytes > 100_000 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert!(matches!(&done, Err(DownloadError::Interrupted { done, .. }) if *done == last), "{done:?}");
    assert_eq!(desk.kept().as_deref(), Some(&expected[..last as usize]));
}

#[test]
fn two_downloads_do_not_write_one_file() {
    let desk = Desk::new();
    let other = File::create(desk.part()).expect("a file");
    other.lock().expect("locked");
    let (done, asked) = desk.fetch(content(), &[]);
    assert_eq!((done, asked), (Err(DownloadError::Busy { path: desk.part() }), vec![]));
}

#[test]
fn a_file_is_checked_by_size_and_sum() {
    let desk = Desk::new();
    let sum = sha256(&content());
    let remote = Remote { url: "", bytes: 200_000, sha256: &sum, magic: MAGIC };
    let why = |bytes: &[u8]| {
        desk.keep(bytes);
        remote.check_file(&desk.part(), "the archive").expect_err("another file").to_string()
    };
    desk.keep(&content());
    assert_eq!(remote.check_file(&desk.part(), "the archive"), Ok(()));
    let short = why(&content()[1..]);
    assert!(
        short.contains("file.part is not the official file") && short.contains("199999 bytes"),
        "{short}"
    );
    let mut changed = content();
    changed[0] ^= 1;
    assert!(why(&changed).contains(&format!("expected {sum}")));
}
