//! Which certificates are trusted over https: those that the environment names, or the system's, or those that come with
//! the program where the system has none.

use super::error::io_reason;
use rustls_native_certs::{CertificateResult, ErrorKind, load_certs_from_paths, load_native_certs};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use ureq::tls::{Certificate, RootCerts};

/// A file of certificates (PEM) that are trusted in place of the system's, as OpenSSL and curl have it.
pub const FILE_VARIABLE: &str = "SSL_CERT_FILE";
/// The same, folders of such files.
pub const FOLDER_VARIABLE: &str = "SSL_CERT_DIR";

/// Certificates that are trusted.
#[derive(Clone, Debug)]
pub struct Roots {
    /// For the library.
    pub certificates: RootCerts,
    /// Where they are from, as the end of a sentence: "those of …".
    pub from: String,
}

impl Roots {
    /// What the environment names, or else the system's own.
    ///
    /// # Errors
    /// If the environment names a file or folder that can't be read or holds no certificate: to trust others in its place
    /// would be to do what was not asked.
    pub fn of_environment() -> Result<Self, String> {
        let named = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        match (named(FILE_VARIABLE), named(FOLDER_VARIABLE)) {
            (None, None) => Ok(Self::of_system(load_native_certs())),
            (file, folders) => Self::named(file, folders),
        }
    }

    fn of_system(found: CertificateResult) -> Self {
        for error in &found.errors {
            tracing::debug!("a certificate of the system can't be read: {error}");
        }
        if found.certs.is_empty() {
            // Mozilla's, which come with the library.
            return Self {
                certificates: RootCerts::WebPki,
                from: "those of Mozilla, as the system has none".to_owned(),
            };
        }
        Self { certificates: roots(&found), from: "those of this system".to_owned() }
    }

    fn named(file: Option<OsString>, folders: Option<OsString>) -> Result<Self, String> {
        let folders: Vec<PathBuf> = folders
            .iter()
            .flat_map(std::env::split_paths)
            .filter(|folder| !folder.as_os_str().is_empty())
            .collect();
        let mut all = CertificateResult::default();
        if let Some(file) = &file {
            let found = load_certs_from_paths(Some(Path::new(file)), None);
            // One bad certificate of a file that was named by hand is as much a mistake as a bad file.
            if found.certs.iter().any(|certificate| !is_der(certificate))
                || !found.errors.is_empty()
                || found.certs.is_empty()
            {
                return Err(unusable(FILE_VARIABLE, Path::new(file), &found));
            }
            all.certs.extend(found.certs);
        }
        for folder in &folders {
            let found = load_certs_from_paths(None, Some(folder));
            // Folders have other files, too: only one without any certificate is of no use.
            if found.certs.is_empty() && file.is_none() {
                return Err(unusable(FOLDER_VARIABLE, folder, &found));
            }
            all.certs.extend(found.certs);
        }
        let names = file.iter().map(PathBuf::from).chain(folders);
        let names: Vec<String> = names.map(|name| name.display().to_string()).collect();
        let variable = if file.is_some() { FILE_VARIABLE } else { FOLDER_VARIABLE };
        Ok(Self { certificates: roots(&all), from: format!("those of {} ({variable})", names.join(", ")) })
    }
}

fn roots(found: &CertificateResult) -> RootCerts {
    found.certs.iter().map(|certificate| Certificate::from_der(certificate).to_owned()).into()
}

fn unusable(variable: &str, path: &Path, found: &CertificateResult) -> String {
    let why = match found.errors.first() {
        Some(rustls_native_certs::Error { kind: ErrorKind::Io { inner, .. }, .. }) => io_reason(inner),
        Some(error) => error.to_string(),
        None if found.certs.is_empty() => {
            "it holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)".to_owned()
        }
        None => "it holds a certificate that is damaged".to_owned(),
    };
    format!("{variable} names {}, which can't be used: {why}", path.display())
}

/// Whether bytes are one whole DER sequence, as a certificate is.
fn is_der(bytes: &[u8]) -> bool {
    match bytes {
        [0x30, length @ 0..=0x7f, rest @ ..] => rest.len() == usize::from(*length),
        [0x30, 0x81, a, rest @ ..] => rest.len() == usize::from(*a),
        [0x30, 0x82, a, b, rest @ ..] => rest.len() == usize::from(u16::from_be_bytes([*a, *b])),
        [0x30, 0x83, a, b, c, rest @ ..] => rest.len() == u32::from_be_bytes([0, *a, *b, *c]) as usize,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Signed by itself, for localhost, valid for a hundred years.
    const PEM: &str = include_str!("../../tests/certificates/localhost.pem");

    fn named(file: Option<&Path>, folder: Option<&Path>) -> Result<Roots, String> {
        Roots::named(file.map(OsString::from), folder.map(OsString::from))
    }

    fn ders(roots: &Roots) -> Vec<Vec<u8>> {
        match &roots.certificates {
            RootCerts::Specific(all) => all.iter().map(|one| one.der().to_vec()).collect(),
            other => panic!("{other:?}"),
        }
    }

    fn expected() -> Vec<u8> {
        Certificate::from_pem(PEM.as_bytes()).expect("a certificate").der().to_vec()
    }

    #[test]
    fn exactly_what_is_named_is_trusted() {
        let desk = tempfile::tempdir().expect("a folder");
        let file = desk.path().join("ca.pem");
        std::fs::write(&file, format!("# a remark\n{PEM}")).expect("written");
        let by_file = named(Some(&file), None).expect("certificates");
        assert_eq!(ders(&by_file), [expected()]);
        assert!(
            by_file.from.contains("ca.pem") && by_file.from.contains("SSL_CERT_FILE"),
            "{}",
            by_file.from
        );
        std::fs::write(desk.path().join("README"), "no certificate").expect("written");
        let by_folder = named(None, Some(desk.path())).expect("certificates");
        assert_eq!(ders(&by_folder), [expected()]);
        assert!(by_folder.from.contains("SSL_CERT_DIR"), "{}", by_folder.from);
    }

    #[test]
    fn what_is_named_and_can_not_be_used_is_said() {
        let desk = tempfile::tempdir().expect("a folder");
        let file = desk.path().join("ca.pem");
        let line = PEM.lines().nth(3).expect("a line");
        for (content, word) in [
            (String::new(), "no certificate in PEM form"),
            ("hello".to_owned(), "no certificate in PEM form"),
            (PEM.replace(line, ""), "damaged"),
            (PEM.replace("-----END CERTIFICATE-----", ""), "can't be used"),
        ] {
            std::fs::write(&file, &content).expect("written");
            let why = named(Some(&file), None).expect_err(word);
            assert!(
                why.starts_with("SSL_CERT_FILE names ") && why.contains("ca.pem") && why.contains(word),
                "{why}"
            );
        }
        let why = named(Some(&desk.path().join("none.pem")), None).expect_err("missing");
        assert!(why.contains("none.pem") && why.contains("No such file"), "{why}");
        let empty = desk.path().join("empty");
        std::fs::create_dir(&empty).expect("a folder");
        let why = named(None, Some(&empty)).expect_err("empty");
        assert!(why.starts_with("SSL_CERT_DIR names ") && why.contains("no certificate"), "{why}");
    }

    #[test]
    fn a_system_without_certificates_is_no_end() {
        let roots = Roots::of_system(CertificateResult::default());
        assert!(matches!(roots.certificates, RootCerts::WebPki) && roots.from.contains("Mozilla"));
    }
}
