//! Devices that another process or machine serves: how they are named, and the way there.

use crate::flow::FlowError;
use std::fmt;
use std::str::FromStr;

/// A device of a server, as `--device` names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteAddress {
    /// Where the server is.
    pub server: RemoteServer,
    /// Which of its devices, from 0.
    pub number: usize,
}

/// Where a server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RemoteServer {
    /// HOST:PORT, over WebSocket, which is not encrypted.
    WebSocket(String),
    /// Over Iroh, encrypted: the id of its key, and HOST:PORT where it is to be asked directly instead of through public
    /// relays.
    Iroh(String, Option<String>),
}

/// What a server asks its clients for. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// Of the first line of a file that holds nothing else. `None` if that is empty or there are more.
    pub fn of_text(text: &str) -> Option<Self> {
        let mut lines = text.trim_end().lines();
        let first = lines.next()?.trim();
        (!first.is_empty() && lines.next().is_none()).then(|| Self(first.to_owned()))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

impl fmt::Display for RemoteAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "remote:{}", self.server)?;
        if self.number > 0 { write!(f, "/{}", self.number) } else { Ok(()) }
    }
}

impl fmt::Display for RemoteServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WebSocket(at) => write!(f, "ws://{at}"),
            Self::Iroh(id, None) => write!(f, "iroh:{id}"),
            Self::Iroh(id, Some(at)) => write!(f, "iroh:{id}@{at}"),
        }
    }
}

impl FromStr for RemoteAddress {
    type Err = FlowError;

    /// Of what stands behind `remote:`.
    fn from_str(text: &str) -> Result<Self, FlowError> {
        let read = || {
            let (is_iroh, rest) = match text.strip_prefix("ws://") {
                Some(rest) => (false, rest),
                None => (true, text.strip_prefix("iroh:")?),
            };
            let (place, number) = match rest.split_once('/') {
                Some((place, "")) => (place, 0),
                Some((place, digits)) => (place, number(digits)?),
                None => (rest, 0),
            };
            let server = if is_iroh {
                let (id, at) = match place.split_once('@') {
                    Some((id, at)) => (id, Some(host_and_port(at)?)),
                    None => (place, None),
                };
                let is_id = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
                RemoteServer::Iroh(is_id.then(|| id.to_owned())?, at)
            } else {
                RemoteServer::WebSocket(host_and_port(place)?)
            };
            Some(Self { server, number })
        };
        read().ok_or_else(|| FlowError::Unreadable {
            what: "remote device",
            given: text.to_owned(),
            expected: "ws://HOST:PORT, iroh:ID or iroh:ID@HOST:PORT, then /N for the device of that number, e.g. \
                       ws://localhost:3000/1",
        })
    }
}

/// The place itself, if it has a name and a port.
fn host_and_port(place: &str) -> Option<String> {
    let (host, port) = place.rsplit_once(':')?;
    let is_host = !host.is_empty()
        && !host.contains(|c: char| c.is_whitespace() || c == '@')
        && (host.starts_with('[') == host.contains(':'));
    (is_host && number(port).is_some_and(|port| (1..=65_535).contains(&port))).then(|| place.to_owned())
}

/// Of digits alone: a number may be read with a sign otherwise.
pub(super) fn number(text: &str) -> Option<usize> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(feature = "remote")]
pub(super) use ways::{credential, way};
#[cfg(feature = "remote")]
mod ways;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_written() {
        for right in
            ["ws://localhost:3000", "ws://10.0.0.1:1/7", "ws://[::1]:3000", "iroh:ab12", "iroh:ab12@h:1/2"]
        {
            let address: RemoteAddress = right.parse().expect(right);
            assert_eq!(address.to_string(), format!("remote:{right}"));
        }
        let trailing: RemoteAddress = "ws://h:3000/0".parse().expect("number 0");
        assert_eq!((trailing.number, trailing.to_string().as_str()), (0, "remote:ws://h:3000"));
        for wrong in [
            "",
            "ws://",
            "ws://h",
            "ws://h:",
            "ws://:3000",
            "ws://h:0",
            "ws://h:65536",
            "ws://h:+1",
            "ws://h:3000/x",
            "ws://h:3000/1/2",
            "ws://::1:3000",
            "http://h:3000",
            "wss://h:3000",
            "iroh:",
            "iroh:a b",
            "iroh:ab@h",
            "ws://a b:1",
            "ws://h:3000/-1",
            "ws://h:3000/99999999999999999999",
        ] {
            assert!(wrong.parse::<RemoteAddress>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_token_is_one_line_and_is_not_shown() {
        let token = Token::of_text(" secret\r\n").expect("a token");
        assert_eq!(token, Token("secret".to_owned()));
        assert_eq!(format!("{token:?}"), "Token(..)");
        for wrong in ["", "\n", "one\ntwo"] {
            assert_eq!(Token::of_text(wrong), None, "{wrong:?}");
        }
    }
}
