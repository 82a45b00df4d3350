//! The proxy's own certificate, for those who connect to it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use serde::Deserialize;

use super::{ConfigError, values};

/// The table `[https]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Https {
    /// A PEM file with the certificate, and with those that lead from it to a known authority. A
    /// relative path counts from the configuration file's folder.
    pub certificate: PathBuf,
    /// A PEM file with the certificate's private key.
    pub key: PathBuf,
    /// How long browsers shall come by HTTPS alone ([RFC 6797]); nothing for less than a second.
    ///
    /// [RFC 6797]: https://www.rfc-editor.org/rfc/rfc6797
    #[serde(default = "year", deserialize_with = "values::duration")]
    pub hsts: Duration,
}

fn year() -> Duration {
    Duration::from_secs(365 * 24 * 60 * 60)
}

impl Https {
    /// Makes relative paths count from `folder`.
    pub(super) fn resolve(&mut self, folder: &Path) {
        self.certificate = folder.join(&self.certificate);
        self.key = folder.join(&self.key);
    }

    /// Where the certificate and its key are.
    pub(super) fn files(&self) -> (PathBuf, PathBuf) {
        (self.certificate.clone(), self.key.clone())
    }

    /// Reads both files.
    ///
    /// # Errors
    /// [`ConfigError`] with the key of the file at fault: it cannot be read, is not PEM, or the two
    /// do not belong together.
    pub(crate) fn load(&self) -> Result<CertifiedKey, ConfigError> {
        let read = |key: &str, path: &Path| {
            std::fs::read(path).map_err(|e| {
                ConfigError::at(key, format_args!("cannot read {}: {e}", path.display()))
            })
        };
        let certificate = read(CERTIFICATE, &self.certificate)?;
        let key = read(KEY, &self.key)?;
        self.certify(&certificate, &key)
    }

    /// Makes a certificate with its key from what is in the two files.
    ///
    /// # Errors
    /// As [`Https::load`].
    pub(crate) fn certify(
        &self,
        certificate: &[u8],
        key: &[u8],
    ) -> Result<CertifiedKey, ConfigError> {
        let (chain_file, key_file) = (self.certificate.display(), self.key.display());
        let bad_chain = |problem: fmt::Arguments<'_>| ConfigError::at(CERTIFICATE, problem);
        let bad_key = |problem: fmt::Arguments<'_>| ConfigError::at(KEY, problem);
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(certificate)
            .collect::<Result<_, _>>()
            .map_err(|e| bad_chain(format_args!("{chain_file} is no PEM file: {e}")))?;
        if chain.is_empty() {
            return Err(bad_chain(format_args!(
                "{chain_file} holds no certificate in PEM form"
            )));
        }
        let private = PrivateKeyDer::from_pem_slice(key).map_err(|e| match e {
            pem::Error::NoItemsFound if is_encrypted(key) => bad_key(format_args!(
                "{key_file} is encrypted; store the key without a passphrase, for the proxy's user \
                 alone"
            )),
            pem::Error::NoItemsFound => {
                bad_key(format_args!("{key_file} holds no private key in PEM form"))
            }
            other => bad_key(format_args!("{key_file} is no PEM file: {other}")),
        })?;
        let signer = ring::sign::any_supported_type(&private).map_err(|_| {
            bad_key(format_args!(
                "{key_file} is of a kind that is not supported; expected RSA of 2048 bits or more, \
                 ECDSA with P-256 or P-384, or Ed25519"
            ))
        })?;
        let certified = CertifiedKey::new(chain, signer);
        match certified.keys_match() {
            Ok(()) | Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::Unknown)) => {
                Ok(certified)
            }
            Err(rustls::Error::InconsistentKeys(_)) => Err(bad_key(format_args!(
                "{key_file} is not the key of the first certificate in {chain_file}"
            ))),
            Err(e) => Err(bad_chain(format_args!(
                "the first certificate in {chain_file} cannot be used: {e}"
            ))),
        }
    }
}

const CERTIFICATE: &str = "https.certificate";
const KEY: &str = "https.key";

fn is_encrypted(pem: &[u8]) -> bool {
    const LABEL: &[u8] = b"ENCRYPTED PRIVATE KEY";
    pem.windows(LABEL.len()).any(|part| part == LABEL)
}
