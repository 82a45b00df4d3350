//! TLS towards the mail server, by rustls: versions 1.2 and 1.3, certificates always verified.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use rustls::{
    CertificateError, ClientConfig, ClientConnection, ConfigBuilder, ProtocolVersion,
    RootCertStore, WantsVerifier,
};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::ConnectError;
use super::pins::PinVerifier;
use crate::close::Reason;
use crate::config::{CaFile, EndToEnd, Host, Pin, Server, Tls, TypedHosts};

/// The platform offers no certification authority at all, so no server could be verified.
#[derive(Debug, thiserror::Error)]
#[error("no certification authority was found on this system; set ca-file for {whom}")]
pub(crate) struct PlatformRootsError {
    whom: String,
}

/// How one server is to be verified, made once at the start.
#[derive(Clone)]
pub(crate) enum Connector {
    /// The server's entry wants no TLS, or none of the proxy's.
    None,
    /// The name that its certificate must carry, and the authorities that may vouch for it.
    Tls {
        name: ServerName<'static>,
        connector: TlsConnector,
    },
}

impl Connector {
    /// Prepares TLS for the server called `label`.
    pub(crate) fn new(label: &str, server: &Server) -> Result<Self, PlatformRootsError> {
        if server.tls == Tls::InsecurePlaintext || server.end_to_end() == EndToEnd::Required {
            return Ok(Self::None);
        }
        let config = if server.pins_suffice {
            pinned(&server.pins, None)
        } else {
            let roots = roots(server.ca.as_ref(), || format!("server {label}"))?;
            match server.pins.as_slice() {
                [] => verified(roots),
                pins => pinned(pins, Some(roots)),
            }
        };
        Ok(Self::verifying(
            server.verified_name(),
            TlsConnector::from(Arc::new(config)),
        ))
    }

    /// What all connections to typed hosts share; `None` where clients alone do TLS with them.
    pub(crate) fn for_typed_hosts(
        config: &TypedHosts,
    ) -> Result<Option<TlsConnector>, PlatformRootsError> {
        if config.end_to_end() == EndToEnd::Required {
            return Ok(None);
        }
        let roots = roots(config.ca.as_ref(), || "typed-hosts".to_owned())?;
        Ok(Some(TlsConnector::from(Arc::new(verified(roots)))))
    }

    /// One that wants this name in the certificate.
    pub(crate) fn verifying(name: &Host, connector: TlsConnector) -> Self {
        Self::Tls {
            name: name.tls_name(),
            connector,
        }
    }

    /// Does the handshake on a fresh connection.
    pub(super) async fn handshake(
        &self,
        tcp: TcpStream,
    ) -> Result<Box<TlsStream<TcpStream>>, ConnectError> {
        match self {
            Self::None => Err(ConnectError::new(
                Reason::TlsHandshake,
                "TLS is not prepared",
            )),
            Self::Tls { name, connector } => match connector.connect(name.clone(), tcp).await {
                Ok(stream) => Ok(Box::new(stream)),
                Err(e) => Err(blame(&e)),
            },
        }
    }
}

/// TLS 1.2 and 1.3, and nothing said yet about certificates.
fn versions() -> ConfigBuilder<ClientConfig, WantsVerifier> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions();
    // ring's provider has suites for both versions, so the error cannot come about.
    #[expect(clippy::expect_used, reason = "depends on constants only")]
    builder.expect("ring's provider supports TLS 1.2 and 1.3")
}

/// Certificates that these authorities vouch for.
fn verified(roots: Arc<RootCertStore>) -> ClientConfig {
    versions()
        .with_root_certificates(roots)
        .with_no_client_auth()
}

/// Certificates that a pin matches and, where there are authorities, these vouch for.
fn pinned(pins: &[Pin], roots: Option<Arc<RootCertStore>>) -> ClientConfig {
    versions()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(PinVerifier::new(pins, roots)))
        .with_no_client_auth()
}

/// The authorities of the file, or the platform's.
fn roots(
    file: Option<&CaFile>,
    whom: impl FnOnce() -> String,
) -> Result<Arc<RootCertStore>, PlatformRootsError> {
    let roots = file.map_or_else(platform_roots, |file| Some(file.roots()));
    roots.ok_or_else(|| PlatformRootsError { whom: whom() })
}

/// The platform's authorities, once they have been read.
static PLATFORM_ROOTS: Mutex<Option<Arc<RootCertStore>>> = Mutex::new(None);

/// The platform's authorities, read once for all servers; `None` if there is not a single one.
fn platform_roots() -> Option<Arc<RootCertStore>> {
    let mut known = PLATFORM_ROOTS
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let roots = known.get_or_insert_with(|| Arc::new(read_platform_roots()));
    (!roots.is_empty()).then(|| Arc::clone(roots))
}

fn read_platform_roots() -> RootCertStore {
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::warn!(%error, "some of the platform's certificates could not be read");
    }
    let mut roots = RootCertStore::empty();
    let (_, unusable) = roots.add_parsable_certificates(found.certs);
    tracing::debug!(roots = roots.len(), unusable, "platform certificates read");
    roots
}

/// Has the platform's authorities read anew for the servers that are prepared from now on.
pub(crate) fn forget_platform_roots() {
    let mut known = PLATFORM_ROOTS
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    *known = None;
}

/// Tells a certificate that is not to be trusted from TLS that failed otherwise.
fn blame(error: &io::Error) -> ConnectError {
    let tls = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>());
    // rustls shows an error of ours as Debug would.
    if let Some(rustls::Error::InvalidCertificate(CertificateError::Other(mismatch))) = tls {
        return ConnectError::new(Reason::TlsCertificate, mismatch.to_string());
    }
    let reason = match tls {
        Some(
            rustls::Error::InvalidCertificate(_)
            | rustls::Error::NoCertificatesPresented
            | rustls::Error::UnsupportedNameType
            | rustls::Error::InvalidCertRevocationList(_),
        ) => Reason::TlsCertificate,
        _ => Reason::TlsHandshake,
    };
    ConnectError::new(reason, error.to_string())
}

pub(super) fn parameters(connection: &ClientConnection) -> Option<(String, String)> {
    let version = match connection.protocol_version()? {
        ProtocolVersion::TLSv1_2 => "TLSv1.2".to_owned(),
        ProtocolVersion::TLSv1_3 => "TLSv1.3".to_owned(),
        other => format!("{other:?}"),
    };
    let cipher = connection.negotiated_cipher_suite()?.suite();
    Some((version, format!("{cipher:?}")))
}
