//! `serve`: this machine's devices for other machines.

use crate::cli::console::Console;
use crate::cli::{CliError, GlobalArgs};
use clap::Args;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  dfm-explorer serve
      For programs on this machine only: --device remote:ws://127.0.0.1:3000
  dfm-explorer serve --listen 0.0.0.0 --token-file secret.txt
      For a network that you trust; there, with a copy of the file: dfm-explorer train images --token-file secret.txt
      --device remote:ws://HOST:3000
  dfm-explorer serve --iroh server.key --token-file secret.txt
      Encrypted, across any network, through public relays (n0's) where there is no direct way

Built only with: cargo run --release --features remote -- serve";

/// Let other machines train and sample on this machine's devices
///
/// Serves all hardware GPUs, or the CPU where there is none, or the one that --device names, until it is ended by Ctrl-C.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct ServeArgs {
    /// Port to listen on, 0 for any that is free: TCP, or UDP with --iroh, where it stands for direct connections without relays [default: 3000, with
    /// --iroh any]
    #[arg(long, value_name = "N")]
    port: Option<u16>,
    /// Address to listen on; any but this machine's own needs --token-file, and WebSocket is not encrypted
    #[arg(long, value_name = "IP", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST), conflicts_with = "iroh")]
    listen: IpAddr,
    /// Serve by Iroh, encrypted, with the key in this file, which is made if there is none; needs --token-file
    #[arg(long, value_name = "KEY-FILE")]
    iroh: Option<PathBuf>,
    /// Print one JSON object when it is ready
    #[arg(long)]
    pub(super) json: bool,
}

#[cfg(not(feature = "remote"))]
pub(super) fn run(_args: &ServeArgs, _global: &GlobalArgs, _console: &Console) -> Result<(), CliError> {
    Err(CliError::Input(
        "serve: this program was built without it; cargo run --release --features remote -- serve builds one with it"
            .to_owned(),
    ))
}

/// burn's server listens for an end of its own only once it is open: a request that comes before is not known to it. Nothing is
/// lost if it is then ended from here.
#[cfg(feature = "remote")]
fn end_when_asked() -> Result<(), CliError> {
    use std::time::Duration;

    const LOOK: Duration = Duration::from_millis(50);
    const PATIENCE: Duration = Duration::from_secs(5);
    let watch = || {
        while !crate::cli::interrupt::is_asked() {
            std::thread::sleep(LOOK);
        }
        std::thread::sleep(PATIENCE);
        std::process::exit(0);
    };
    let started = std::thread::Builder::new().name("end of serving".to_owned()).spawn(watch);
    started.map(|_| ()).map_err(|error| CliError::Failed(error.to_string()))
}

#[cfg(feature = "remote")]
pub(super) fn run(args: &ServeArgs, global: &GlobalArgs, console: &Console) -> Result<(), CliError> {
    use crate::cli::interrupt::{Until, go_on};
    use crate::gpu::{Listen, Served, serve};
    use std::io::Write as _;

    /// What a program that starts it reads.
    #[derive(serde::Serialize)]
    struct Ready<'a> {
        address: &'a str,
        devices: &'a [String],
    }

    let (listen, is_open) = match &args.iroh {
        Some(key) => (Listen::Iroh(key.clone(), args.port), true),
        None => (Listen::WebSocket(args.listen, args.port.unwrap_or(3000)), !args.listen.is_loopback()),
    };
    let token = global.token()?;
    if is_open && token.is_none() {
        let door =
            if args.iroh.is_some() { "--iroh".to_owned() } else { format!("--listen {}", args.listen) };
        return Err(CliError::Input(format!(
            "{door}: others could use this machine; say with --token-file FILE what they have to know"
        )));
    }
    if is_open && args.iroh.is_none() {
        console.warn(
            "WebSocket is not encrypted: whoever reads the traffic reads the token, too; --iroh is encrypted",
        );
    }
    // Ctrl-C is how it ends well; a second one ends it at once.
    go_on(Until::SecondTime);
    end_when_asked()?;
    let said = std::cell::RefCell::new(Ok(()));
    let ready = |served: &Served| {
        let Served { devices, address } = served;
        *said.borrow_mut() = console.result(&Ready { address, devices }, || {
            let mut text = format!("serving, until Ctrl-C: --device {address}\n");
            for (number, name) in devices.iter().enumerate() {
                text += &format!("  /{number}  {name}\n");
            }
            text
        });
    };
    let quiet = console.quiet;
    let called = move |who: String| {
        if !quiet {
            _ = writeln!(std::io::stderr(), "{who}");
        }
    };
    serve(global.device(), &listen, token.as_ref(), ready, called)
        .map_err(|error| CliError::Failed(error.to_string()))?;
    said.into_inner()
}
