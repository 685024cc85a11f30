//! Whether the desktop shows file dialogs: on Linux they come from a portal on the session bus, and a bus without one leaves
//! whoever asks without an answer.

use std::time::Duration;

/// A portal that has to be started first has answered by then.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// Whether it is worth asking: without a session bus there is no portal.
pub(super) fn may_exist() -> bool {
    if !cfg!(target_os = "linux") {
        return true;
    }
    let named = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    named("DBUS_SESSION_BUS_ADDRESS").is_some()
        || named("XDG_RUNTIME_DIR").is_some_and(|folder| std::path::Path::new(&folder).join("bus").exists())
}

/// Whether there is a portal with file dialogs that answers within `patience`, on the session bus or the bus at
/// `address`. Other systems than Linux have dialogs of their own.
#[cfg(not(target_os = "linux"))]
pub(super) fn answers(_: Option<&str>, _: Duration) -> bool {
    true
}

/// Whether there is a portal with file dialogs that answers within `patience`, on the session bus or the bus at
/// `address`.
#[cfg(target_os = "linux")]
pub(super) fn answers(address: Option<&str>, patience: Duration) -> bool {
    use std::sync::mpsc::channel;
    use zbus::connection::Builder;

    async fn version(address: Option<String>) -> zbus::Result<()> {
        let bus = match address {
            Some(address) => Builder::address(address.as_str())?,
            None => Builder::session()?,
        };
        let (name, path) = ("org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop");
        let property = ("org.freedesktop.portal.FileChooser", "version");
        let reader = Some("org.freedesktop.DBus.Properties");
        bus.build().await?.call_method(Some(name), path, reader, "Get", &property).await.map(|_| ())
    }

    let (sender, answer) = channel();
    let address = address.map(str::to_owned);
    // One that hangs for ever holds a thread, and nobody else.
    let ask = move || _ = sender.send(pollster::block_on(version(address)));
    if std::thread::Builder::new().name("portal".to_owned()).spawn(ask).is_err() {
        return false;
    }
    match answer.recv_timeout(patience) {
        Ok(Ok(())) => true,
        Ok(Err(why)) => {
            tracing::debug!("no desktop portal with file dialogs: {why}");
            false
        }
        Err(_) => {
            tracing::debug!("no desktop portal has answered within {patience:?}");
            false
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;

    #[test]
    fn a_bus_that_is_not_there_or_never_answers_has_no_dialogs() {
        let folder = tempfile::tempdir().expect("a folder");
        let socket = folder.path().join("bus");
        let address = format!("unix:path={}", socket.display());
        assert!(!answers(Some(&address), Duration::from_secs(60)), "refused at once");
        let _silent = UnixListener::bind(&socket).expect("a socket");
        assert!(!answers(Some(&address), Duration::from_millis(50)), "given up");
        assert!(!answers(Some("no address"), Duration::from_secs(60)));
    }
}
