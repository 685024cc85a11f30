//! The way to a server, by burn's own remote backend.

use super::{RemoteAddress, RemoteServer, Token};
use burn::remote::{ConnectError, Credential, EndpointId, IrohHost, IrohRelays, RemoteHost};
use burn::tensor::Device;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs as _};
use std::sync::mpsc;
use std::time::Duration;

/// How long a server may take to answer a call.
const CALL: Duration = Duration::from_secs(5);
/// How long it may take until a device is ready. Iroh may first have to find a relay.
const READY: Duration = Duration::from_secs(20);

/// The device at `address`, for those who have `token`.
///
/// # Errors
/// In words for the user: nobody is there, it is something else, it wants another token, it has no such device, or it speaks
/// another version.
pub fn way(address: &RemoteAddress, token: Option<&Token>) -> Result<Device, String> {
    let host = match &address.server {
        RemoteServer::WebSocket(at) => {
            // Said by the system, and soon; burn's own attempt may wait for minutes.
            let answers = |at: &SocketAddr| TcpStream::connect_timeout(at, CALL);
            let tried: Vec<_> = places(at)?.iter().map(answers).collect();
            if let (Some(Err(error)), true) = (tried.first(), tried.iter().all(Result::is_err)) {
                return Err(format!("nobody answers there ({error}); is dfm-explorer serve running?"));
            }
            RemoteHost::websocket(&address.server.to_string())
        }
        RemoteServer::Iroh(id, at) => {
            let id: EndpointId = id.parse().map_err(|_| {
                format!(
                    "{id} is no id of a server: dfm-explorer serve --iroh prints it, 64 digits and letters"
                )
            })?;
            let mut host = IrohHost::new(id);
            if let Some(at) = at {
                host = places(at)?
                    .into_iter()
                    .fold(host, IrohHost::with_address)
                    .with_relays(IrohRelays::Disabled);
            }
            RemoteHost::iroh(host)
        }
    };
    let host = match token {
        Some(token) => host.with_credential(credential(token)),
        None => host,
    };
    let options = Device::remote_options(&host).device_index(address.number);
    // What is there may never say a word. The thread then waits until the program ends.
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || _ = tell.send(options.init()));
    match told.recv_timeout(READY) {
        Ok(connected) => connected.map_err(|error| words(&error, token.is_some())),
        Err(_) => {
            Err(format!("no word from there for {} seconds; is it dfm-explorer serve?", READY.as_secs()))
        }
    }
}

/// As burn has it.
pub fn credential(token: &Token) -> Credential {
    Credential::from(token.0.as_str())
}

fn places(at: &str) -> Result<Vec<SocketAddr>, String> {
    let found =
        at.to_socket_addrs().map_err(|error| format!("there is no machine of this name ({error})"))?;
    Ok(found.collect())
}

/// Why not, and what helps.
fn words(error: &ConnectError, has_token: bool) -> String {
    match error {
        ConnectError::Unauthorized if has_token => {
            "the server has another token than --token-file".to_owned()
        }
        ConnectError::Unauthorized => "the server asks for a token: give it with --token-file".to_owned(),
        ConnectError::NoSuchDevice { device_count: 1 } => {
            "the server has one device only, number 0".to_owned()
        }
        ConnectError::NoSuchDevice { device_count } => {
            format!("the server has devices 0 to {} only", device_count.saturating_sub(1))
        }
        ConnectError::IncompatibleProtocol { client_version, server_version } => format!(
            "the server speaks version {server_version} of the protocol and this program {client_version}: the older of \
             both is to be replaced"
        ),
        ConnectError::Unreachable { reason } => {
            format!("no server of this program is reached there ({reason})")
        }
        ConnectError::Handshake { reason } => {
            format!("what answers there does not talk as a server does ({reason})")
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_says_what_helps() {
        let versions = ConnectError::IncompatibleProtocol { client_version: 3, server_version: 9 };
        for (error, has_token, says) in [
            (ConnectError::Unauthorized, true, "another token"),
            (ConnectError::Unauthorized, false, "--token-file"),
            (ConnectError::NoSuchDevice { device_count: 1 }, false, "number 0"),
            (ConnectError::NoSuchDevice { device_count: 3 }, false, "0 to 2"),
            (versions, false, "version 9"),
        ] {
            let said = words(&error, has_token);
            assert!(said.contains(says), "{said}");
        }
    }
}
