//! Fetches a known file over HTTP into a part file: resumed where it ended, whole only when its check sum is right.

use super::error::{DataError, io_reason};
use sha2::{Digest as _, Sha256};
use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek as _, SeekFrom, Write as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;
use ureq::Agent;
use ureq::http::StatusCode;

/// How long a connection may take to be made, and how long a server may be silent.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often a connection that dropped after it had brought something is taken up again.
const RESUMES: usize = 5;
/// Bytes that are read at a time.
const CHUNK: usize = 1 << 16;

/// A file whose content is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remote<'a> {
    /// Where it lies: `http://…` or `https://…`.
    pub url: &'a str,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256 in small hexadecimal digits.
    pub sha256: &'a str,
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
    /// What lies there is another file. Nothing is kept of it.
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
        let mut sum = Sha256::new();
        let mut chunk = vec![0; CHUNK];
        loop {
            match content.read(&mut chunk)? {
                0 => break,
                length => sum.update(&chunk[..length]),
            }
        }
        let found: String = sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
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
        if self.length()? > self.remote.bytes {
            self.truncate()?;
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
            Some(why) => Err(self.other(why)),
            None => Ok(()),
        }
    }

    /// One request: what is missing, or from the beginning where the server can't do that.
    fn fetch(&mut self) -> Result<(), DownloadError> {
        let (url, total, done) = (self.remote.url, self.remote.bytes, self.length()?);
        let mut request = agent().get(url).header("Accept-Encoding", "identity");
        if done > 0 {
            request = request.header("Range", format!("bytes={done}-"));
        }
        let unreachable = |e: ureq::Error| DownloadError::Unreachable { url: url.to_owned(), why: reason(e) };
        let response = request.call().map_err(unreachable)?;
        let start = match response.status() {
            StatusCode::OK => 0,
            StatusCode::PARTIAL_CONTENT if starts_at(&response) == Some(done) => done,
            StatusCode::RANGE_NOT_SATISFIABLE if done > 0 => {
                return Err(self.other(format!("it has at most {done} bytes, expected {total}")));
            }
            status => {
                return Err(DownloadError::Status { url: url.to_owned(), status: status.to_string() });
            }
        };
        if let Some(rest) = response.body().content_length()
            && rest.checked_add(start) != Some(total)
        {
            return Err(self.other(format!("it has {} bytes, expected {total}", rest.saturating_add(start))));
        }
        if start < done {
            self.truncate()?;
        }
        self.file.seek(SeekFrom::Start(start)).map_err(|e| self.disk(e))?;
        self.take(response.into_body().into_reader(), start)
    }

    /// Writes what comes to the end of the part file.
    fn take(&mut self, mut body: impl Read, start: u64) -> Result<(), DownloadError> {
        let (url, total) = (self.remote.url.to_owned(), self.remote.bytes);
        let mut done = start;
        let mut chunk = vec![0; CHUNK];
        while done < total {
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
            if length as u64 > total - done {
                return Err(self.other(format!("it has more than the expected {total} bytes")));
            }
            self.file.write_all(&chunk[..length]).map_err(|e| self.disk(e))?;
            done += length as u64;
        }
        _ = (self.observe)(done);
        Ok(())
    }

    fn length(&self) -> Result<u64, DownloadError> {
        Ok(self.file.metadata().map_err(|e| self.disk(e))?.len())
    }

    fn truncate(&mut self) -> Result<(), DownloadError> {
        self.file.set_len(0).map_err(|e| self.disk(e))
    }

    fn disk(&self, error: io::Error) -> DownloadError {
        DataError::write(self.part, io_reason(&error)).into()
    }

    fn other(&self, why: String) -> DownloadError {
        DownloadError::Other { url: self.remote.url.to_owned(), why }
    }
}

fn agent() -> Agent {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .timeout_resolve(Some(PATIENCE))
        .timeout_connect(Some(PATIENCE))
        .timeout_per_read(Some(PATIENCE))
        .timeout_per_write(Some(PATIENCE))
        .user_agent(concat!("dfm-explorer/", env!("CARGO_PKG_VERSION")));
    // The tests' server is on this machine, where no proxy leads.
    let config = if cfg!(test) { config.proxy(None) } else { config };
    config.build().new_agent()
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
