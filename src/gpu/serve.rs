//! This machine's devices for other machines, by burn's own server.

use super::devices::{DeviceChoice, DeviceError, DevicePreference, choose, hardware};
use super::remote::{Token, credential};
use burn::server::{
    AuthorizationRequest, IrohIdentity, IrohRelays, IrohTransport, PeerAuthorizer as _, RemoteServer,
    TokenAuthorizer, Transport, WebSocketTransport,
};
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::path::PathBuf;

/// How clients come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listen {
    /// By WebSocket, which is not encrypted, at this address.
    WebSocket(IpAddr, u16),
    /// By Iroh, encrypted: with the key in this file, made if there is none. With a port only there and without relays,
    /// without one through public relays.
    Iroh(PathBuf, Option<u16>),
}

/// What is served, and where.
#[derive(Clone, Debug)]
pub struct Served {
    /// The devices by number.
    pub devices: Vec<String>,
    /// What `--device` is to be on the other machine, without the number.
    pub address: String,
}

/// Serves the devices that `preference` names until the program is asked to end: one, or with auto all hardware GPUs, or the
/// CPU where there is none. `ready` is told once the door is open,
/// and `called`, in words, whenever somebody comes in or is sent away.
///
/// # Errors
/// If a device can't be had, the key can't be read or written, or the door can't be opened.
pub fn serve(
    preference: &DevicePreference,
    listen: &Listen,
    token: Option<&Token>,
    ready: impl FnOnce(&Served),
    called: impl Fn(String) + Send + Sync + 'static,
) -> Result<(), ServeError> {
    let devices = served(preference)?;
    let (transport, address) = opened(listen)?;
    let labels = devices.iter().map(|choice| choice.label.clone()).collect();
    let token = token.map(|token| TokenAuthorizer::new(credential(token))).transpose();
    let token = token.map_err(|error| ServeError::Served(error.to_string()))?;
    let server = RemoteServer::new(devices.into_iter().map(|choice| choice.device)).with_authorizer(
        move |request: AuthorizationRequest<'_>| {
            let (client, number) = (request.client, request.device_index);
            let answer = token.as_ref().map_or(Ok(()), |token| token.authorize(request));
            called(match &answer {
                Ok(()) => format!("{client}: comes in for /{number}"),
                Err(_) => format!("{client}: sent away, it does not know the token"),
            });
            answer
        },
    );
    ready(&Served { devices: labels, address });
    server.serve(transport).map_err(|error| ServeError::Served(error.to_string()))
}

/// Why nothing is served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// No such device.
    #[error("{0}")]
    Device(#[from] DeviceError),
    /// The address is taken, or is not this machine's.
    #[error("{0}: can't listen there: {1}")]
    Listen(String, std::io::Error),
    /// The file of the key, and why it can't be used.
    #[error("--iroh {0}: {1}")]
    Key(PathBuf, std::io::Error),
    /// Of burn's server.
    #[error("the server has ended: {0}")]
    Served(String),
}

/// The devices by number. burn serves those of one engine together: GPUs, or the CPU.
fn served(preference: &DevicePreference) -> Result<Vec<DeviceChoice>, DeviceError> {
    let found = if *preference == DevicePreference::Auto { hardware() } else { Vec::new() };
    if found.is_empty() {
        return Ok(vec![choose(preference)?]);
    }
    found.iter().map(choose).collect()
}

/// The open door, and what clients call it.
fn opened(listen: &Listen) -> Result<(Transport, String), ServeError> {
    match listen {
        Listen::WebSocket(ip, port) => {
            let at = SocketAddr::new(*ip, *port);
            let listen = || {
                let listener = TcpListener::bind(at)?;
                let at = listener.local_addr()?;
                Ok((listener, at))
            };
            let (listener, at) = listen().map_err(|error| ServeError::Listen(at.to_string(), error))?;
            let host = if ip.is_unspecified() { format!("HOST:{}", at.port()) } else { at.to_string() };
            Ok((WebSocketTransport::from_listener(listener).into(), format!("remote:ws://{host}")))
        }
        Listen::Iroh(key, port) => {
            let identity =
                IrohIdentity::load_or_create(key).map_err(|error| ServeError::Key(key.clone(), error))?;
            let transport = IrohTransport::new(identity);
            let address = format!("remote:iroh:{}", transport.id());
            Ok(match port {
                Some(port) => (
                    transport.with_relays(IrohRelays::Disabled).with_port(*port).into(),
                    format!("{address}@HOST:{port}"),
                ),
                None => (transport.into(), address),
            })
        }
    }
}
