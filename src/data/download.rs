//! Fetches a known file over HTTP into a part file: resumed where it ended, whole only when its check sum is right. What
//! was fetched is kept until it is known to be another file: an answer that is something else costs nothing.

use super::error::{DataError, io_reason};
use super::roots::Roots;
use super::sniff::{Known, sniff};
use ring::digest::{Context, SHA256};
use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek as _, SeekFrom, Write as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;
use ureq::Agent;
use ureq::http::StatusCode;
use ureq::tls::{RootCerts, TlsConfig};

/// How long a connection may take to be made, and how long a server may be silent.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often a connection that dropped after it had brought something is taken up again.
const RESUMES: usize = 5;
/// Bytes that are read at a time.
const CHUNK: usize = 1 << 16;
/// Bytes before the end of a part that are asked for once more: an answer that goes on with another file is found by them.
const OVERLAP: u64 = 256;
/// Bytes at the beginning of an answer that say what it is.
const HEAD: usize = 512;

/// A file whose content is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remote<'a> {
    /// Where it lies: `http://…` or `https://…`.
    pub url: &'a str,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256 in small hexadecimal digits.
    pub sha256: &'a str,
    /// What it begins with, which no web page does.
    pub magic: &'a [u8],
}

/// Why a file could not be fetched.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DownloadError {
    /// There is no such address, no network, or nobody answers.
    #[error("cannot fetch {url}: {why}")]
    Unreachable {
        /// The address.
        url: String,
        /// The reason.
        why: String,
    },
    /// The server has another answer than the file.
    #[error("cannot fetch {url}: the server answers {status}")]
    Status {
        /// The address.
        url: String,
        /// Its status, such as `404 Not Found`.
        status: String,
    },
    /// A page is shown in place of the file, as networks do whose users should log in first. What was there is kept.
    #[error(
        "cannot fetch {url}: what comes is a web page{title}, not the file: is it the login page of this network? Open it \
         in a browser, log in, and start this again"
    )]
    Page {
        /// The address.
        url: String,
        /// Its title with a blank before it, if it has one.
        title: String,
    },
    /// The server's certificate is not trusted.
    #[error(
        "cannot fetch {url}: the server's certificate is not trusted ({why}). Trusted are {trusted}. Where a network has a \
         certificate of its own, name its file in SSL_CERT_FILE; or fetch the file with a browser, and take it with --from \
         ARCHIVE"
    )]
    Certificate {
        /// The address.
        url: String,
        /// The reason.
        why: String,
        /// Where the certificates are from that are trusted.
        trusted: String,
    },
    /// The certificates to be trusted can't be had.
    #[error("cannot fetch {url}: {why}. Or fetch the file with a browser, and take it with --from ARCHIVE")]
    Roots {
        /// The address.
        url: String,
        /// Which setting is wrong.
        why: String,
    },
    /// The answer is something else than the file. What was there is kept.
    #[error("{url} is not the expected file: {why}")]
    Answer {
        /// The address.
        url: String,
        /// What differs.
        why: String,
    },
    /// The connection ended too early.
    #[error(
        "{url}: the connection was lost after {done} of {total} bytes ({why}); start it again to go on from there"
    )]
    Dropped {
        /// The address.
        url: String,
        /// Bytes in the part file.
        done: u64,
        /// Bytes of the whole file.
        total: u64,
        /// The reason.
        why: String,
    },
    /// The observer broke off.
    #[error("{url}: interrupted after {done} of {total} bytes; start it again to go on from there")]
    Interrupted {
        /// The address.
        url: String,
        /// Bytes in the part file.
        done: u64,
        /// Bytes of the whole file.
        total: u64,
    },
    /// What lay there turned out to be another file when it was whole. Nothing is kept of it.
    #[error("{url} is not the expected file: {why}")]
    Other {
        /// The address.
        url: String,
        /// What differs.
        why: String,
    },
    /// The part file is written by another download.
    #[error("{}: another download is writing it", path.display())]
    Busy {
        /// The part file.
        path: PathBuf,
    },
    /// The part file can't be written.
    #[error(transparent)]
    Write(#[from] DataError),
}

impl Remote<'_> {
    /// Whether the file at `path` is this one.
    ///
    /// # Errors
    /// [`DataError`] naming `what` (the role of the file) and `path`: it can't be read, or size or check sum differ.
    pub fn check_file(&self, path: &Path, what: &str) -> Result<(), DataError> {
        let refused = |e: io::Error| DataError::read(what, path, io_reason(&e));
        let file = File::open(path).map_err(refused)?;
        let length = file.metadata().map_err(refused)?.len();
        let differs = match length == self.bytes {
            true => self.differs(file).map_err(refused)?,
            false => Some(format!("it has {length} bytes, expected {}", self.bytes)),
        };
        match differs {
            Some(why) => {
                Err(DataError::content(what, path, format!("is not the official file, or damaged: {why}")))
            }
            None => Ok(()),
        }
    }

    /// How the content's check sum differs, if it does.
    fn differs(&self, mut content: impl Read) -> io::Result<Option<String>> {
        let mut sum = Context::new(&SHA256);
        let mut chunk = vec![0; CHUNK];
        loop {
            match content.read(&mut chunk)? {
                0 => break,
                length => sum.update(&chunk[..length]),
            }
        }
        let found: String = sum.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok((found != self.sha256).then(|| format!("its SHA-256 is {found}, expected {}", self.sha256)))
    }
}

/// Fetches `remote` into the file `part`, going on where an earlier attempt ended, and checks the whole. `observe` is told
/// how many bytes there are and may break off.
///
/// # Errors
/// [`DownloadError`]. What was fetched so far stays in `part`, except where it turned out to be another file.
pub fn download(
    remote: &Remote<'_>,
    part: &Path,
    observe: &mut dyn FnMut(u64) -> ControlFlow<()>,
) -> Result<(), DownloadError> {
    let refused = |e: io::Error| DataError::write(part, io_reason(&e));
    let mut options = File::options();
    let file = options.read(true).write(true).create(true).truncate(false).open(part).map_err(refused)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(DownloadError::Busy { path: part.to_owned() }),
        // A file system without locks: then nobody else is kept out, and the check sum decides.
        Err(TryLockError::Error(_)) => {}
    }
    let mut transfer = Transfer { remote, part, file, observe };
    let done = transfer.complete();
    let length = transfer.length();
    drop(transfer);
    let is_worthless = matches!(done, Err(DownloadError::Other { .. })) || matches!(length, Ok(0));
    if is_worthless && done.is_err() {
        // Leaving it would only make the next attempt start with it.
        _ = std::fs::remove_file(part);
    }
    done
}

struct Transfer<'a> {
    remote: &'a Remote<'a>,
    part: &'a Path,
    file: File,
    observe: &'a mut dyn FnMut(u64) -> ControlFlow<()>,
}

impl Transfer<'_> {
    /// Fetches what is missing and checks the whole.
    fn complete(&mut self) -> Result<(), DownloadError> {
        if self.length()? > self.remote.bytes || !self.begins_rightly()? {
            self.cut(0)?;
        }
        let mut most = self.length()?;
        let mut resumes = 0;
        while self.length()? < self.remote.bytes {
            match self.fetch() {
                // A server that always starts anew and always drops gets no further.
                Err(DownloadError::Dropped { done, .. }) if done > most && resumes < RESUMES => {
                    (most, resumes) = (done, resumes + 1);
                }
                done => done?,
            }
        }
        self.file.seek(SeekFrom::Start(0)).map_err(|e| self.disk(e))?;
        match self.remote.differs(&self.file).map_err(|e| self.disk(e))? {
            Some(why) => Err(DownloadError::Other { url: self.remote.url.to_owned(), why }),
            None => Ok(()),
        }
    }

    /// Whether what is there can be the beginning of the file.
    fn begins_rightly(&mut self) -> Result<bool, DownloadError> {
        let length = self.length()?.min(self.remote.magic.len() as u64) as usize;
        let mut start = vec![0; length];
        self.read_at(0, &mut start)?;
        Ok(start == self.remote.magic[..length])
    }

    /// One request: what is missing, or from the beginning where the server can't do that.
    fn fetch(&mut self) -> Result<(), DownloadError> {
        let (url, total, done) = (self.remote.url, self.remote.bytes, self.length()?);
        let from = done.saturating_sub(OVERLAP);
        let (agent, trusted) = agent(url)?;
        let mut request = agent.get(url).header("Accept-Encoding", "identity");
        if from > 0 {
            request = request.header("Range", format!("bytes={from}-"));
        }
        let response = request.call().map_err(|error| unreachable(url, error, &trusted))?;
        let start = match response.status() {
            StatusCode::OK => 0,
            StatusCode::PARTIAL_CONTENT if starts_at(&response) == Some(from) => from,
            StatusCode::RANGE_NOT_SATISFIABLE if from > 0 => {
                return Err(self.answer(format!("it has at most {from} bytes, expected {total}")));
            }
            status => {
                return Err(DownloadError::Status { url: url.to_owned(), status: status.to_string() });
            }
        };
        let length = response.body().content_length();
        let says_page = response.body().mime_type().is_some_and(|mime| mime == "text/html");
        let is_packed = response.headers().contains_key("Content-Encoding");
        let mut body = response.into_body().into_reader();
        let mut head = Vec::new();
        let read = (&mut body).take(HEAD as u64).read_to_end(&mut head);
        let is_right = self.goes_on(&head, start)?;
        // Servers are known to call archives pages; what comes decides, unless it is a page that was compressed on its way.
        if sniff(&head) == Some(Known::WebPage) || (says_page && (is_packed || !is_right)) {
            return Err(DownloadError::Page { url: url.to_owned(), title: title(&head) });
        }
        if let Some(rest) = length
            && rest.checked_add(start) != Some(total)
        {
            return Err(self.answer(format!("it has {} bytes, expected {total}", rest.saturating_add(start))));
        }
        if head.is_empty() {
            let why =
                read.err().map_or_else(|| "the server closed it".to_owned(), |error| reason(error.into()));
            return Err(DownloadError::Dropped { url: url.to_owned(), done, total, why });
        }
        if start == 0 && !is_right {
            let found = sniff(&head).map_or(String::new(), |found| format!(": it is {found}"));
            return Err(self.answer(format!("it does not begin as that does{found}")));
        }
        // An end that came too early is met again after what has come.
        self.take(io::Cursor::new(head).chain(body), start, start == 0 && length == Some(total))
    }

    /// Whether an answer from `start` on begins as the file does, or as the part of it that is there goes on.
    fn goes_on(&mut self, head: &[u8], start: u64) -> Result<bool, DownloadError> {
        if start == 0 {
            let length = head.len().min(self.remote.magic.len());
            return Ok(head[..length] == self.remote.magic[..length]);
        }
        let length = self.length()?.saturating_sub(start).min(head.len() as u64) as usize;
        let mut there = vec![0; length];
        self.read_at(start, &mut there)?;
        Ok(head[..length] == there)
    }

    /// Writes what comes from `start` on into the part file; what is there already is only compared, and goes where it
    /// differs if the answer is `whole`.
    fn take(&mut self, mut body: impl Read, start: u64, whole: bool) -> Result<(), DownloadError> {
        let (url, total) = (self.remote.url.to_owned(), self.remote.bytes);
        let mut at = start;
        let mut chunk = vec![0; CHUNK];
        while at < total {
            let done = self.length()?.max(at);
            if (self.observe)(done).is_break() {
                return Err(DownloadError::Interrupted { url, done, total });
            }
            let length = match body.read(&mut chunk) {
                Ok(0) => {
                    let why = "the server closed it".to_owned();
                    return Err(DownloadError::Dropped { url, done, total, why });
                }
                Ok(length) => length,
                Err(error) => {
                    let why = reason(error.into());
                    return Err(DownloadError::Dropped { url, done, total, why });
                }
            };
            if length as u64 > total - at {
                let why = format!("it has more than the expected {total} bytes");
                return Err(DownloadError::Other { url, why });
            }
            let new = self.compare(&chunk[..length], at, whole)?;
            self.file.seek(SeekFrom::Start(at + new as u64)).map_err(|e| self.disk(e))?;
            self.file.write_all(&chunk[new..length]).map_err(|e| self.disk(e))?;
            at += length as u64;
        }
        _ = (self.observe)(at);
        Ok(())
    }

    /// How many of these bytes, which begin `at`, are in the part file already.
    fn compare(&mut self, bytes: &[u8], at: u64, whole: bool) -> Result<usize, DownloadError> {
        let known = self.length()?.saturating_sub(at).min(bytes.len() as u64) as usize;
        let mut there = vec![0; known];
        self.read_at(at, &mut there)?;
        let Some(differs) = there.iter().zip(bytes).position(|(a, b)| a != b) else { return Ok(known) };
        if !whole {
            // Which of the two is the right one can't be known.
            let part = self.part.display();
            let why = format!("it does not go on from what was fetched before; to begin anew, delete {part}");
            return Err(self.answer(why));
        }
        // A whole answer of the right length that begins as the file does: more than a part of something else.
        self.cut(at + differs as u64)?;
        Ok(differs)
    }

    fn read_at(&mut self, at: u64, bytes: &mut [u8]) -> Result<(), DownloadError> {
        let read = self.file.seek(SeekFrom::Start(at)).and_then(|_| self.file.read_exact(bytes));
        read.map_err(|e| self.disk(e))
    }

    fn length(&self) -> Result<u64, DownloadError> {
        Ok(self.file.metadata().map_err(|e| self.disk(e))?.len())
    }

    fn cut(&mut self, length: u64) -> Result<(), DownloadError> {
        self.file.set_len(length).map_err(|e| self.disk(e))
    }

    fn disk(&self, error: io::Error) -> DownloadError {
        DataError::write(self.part, io_reason(&error)).into()
    }

    fn answer(&self, why: String) -> DownloadError {
        DownloadError::Answer { url: self.remote.url.to_owned(), why }
    }
}

/// Who asks for `url`, and where the certificates are from that it trusts.
fn agent(url: &str) -> Result<(Agent, String), DownloadError> {
    let is_secure = url.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("https://"));
    let roots = Roots::of_environment();
    let (tls, trusted) = match roots {
        Ok(Roots { certificates, from }) => (TlsConfig::builder().root_certs(certificates).build(), from),
        Err(why) if is_secure => return Err(DownloadError::Roots { url: url.to_owned(), why }),
        // Without https none is needed; an address it leads on to would say so.
        Err(why) => {
            (TlsConfig::builder().root_certs(RootCerts::new_with_certs(&[])).build(), format!("none: {why}"))
        }
    };
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .timeout_resolve(Some(PATIENCE))
        .timeout_connect(Some(PATIENCE))
        .timeout_per_read(Some(PATIENCE))
        .timeout_per_write(Some(PATIENCE))
        .tls_config(tls)
        .user_agent(concat!("dfm-explorer/", env!("CARGO_PKG_VERSION")));
    // The tests' server is on this machine, where no proxy leads.
    let config = if cfg!(test) { config.proxy(None) } else { config };
    Ok((config.build().new_agent(), trusted))
}

/// Why there is no answer.
fn unreachable(url: &str, error: ureq::Error, trusted: &str) -> DownloadError {
    let (url, trusted) = (url.to_owned(), trusted.to_owned());
    // rustls comes with ureq, whose errors are no part of what it promises: only their words are.
    let is_certificate = match &error {
        ureq::Error::Io(error) => error.to_string().contains("certificate"),
        other => other.to_string().contains("certificate"),
    };
    let why = reason(error);
    if !is_certificate {
        return DownloadError::Unreachable { url, why };
    }
    // The commonest in plain words.
    let plain = [
        ("UnknownIssuer", "nobody who is trusted has issued it"),
        ("xpired", "it has expired, or the clock of this machine is wrong"),
        ("NotValidYet", "it is not valid yet, or the clock of this machine is wrong"),
        ("NotValidForName", "it is for another name"),
        ("not valid for name", "it is for another name"),
        ("CaUsedAsEndEntity", "it is that of an authority itself, which no server may show"),
    ];
    let said = plain.into_iter().find(|(word, _)| why.contains(word));
    let why = said.map_or(why.clone(), |(_, plain)| format!("{plain}: {why}"));
    DownloadError::Certificate { url, why, trusted }
}

/// The title of a web page in quotes, with a blank before it; nothing where it can't be found.
fn title(head: &[u8]) -> String {
    let text = String::from_utf8_lossy(head);
    let lower = text.to_ascii_lowercase();
    let found = lower.find("<title").and_then(|at| {
        let start = at + lower[at..].find('>')? + 1;
        let end = start + lower[start..].find("</title")?;
        Some(text[start..end].trim().chars().filter(|c| !c.is_control()).take(60).collect::<String>())
    });
    found.filter(|title| !title.is_empty()).map_or(String::new(), |title| format!(" (“{title}”)"))
}

/// The first byte of a partial answer: `Content-Range: bytes FIRST-LAST/TOTAL`.
fn starts_at<B>(response: &ureq::http::Response<B>) -> Option<u64> {
    let range = response.headers().get("Content-Range")?.to_str().ok()?;
    range.trim().strip_prefix("bytes ")?.split('-').next()?.trim().parse().ok()
}

/// The reason for a person.
fn reason(error: ureq::Error) -> String {
    match error {
        ureq::Error::Io(error) => io_reason(&error),
        ureq::Error::HostNotFound => "there is no such host, or no network".to_owned(),
        ureq::Error::Timeout(_) => format!("no answer within {} s", PATIENCE.as_secs()),
        other => other.to_string(),
    }
}

#[cfg(test)]
pub(super) mod tests;
