//! Certificates for a test's own servers, made as it runs.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::soon;

/// An authority of the test's own.
pub struct Authority {
    pub issuer: CertifiedIssuer<'static, KeyPair>,
    pub file: tempfile::NamedTempFile,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), issuer.pem()).unwrap();
        Self { issuer, file }
    }

    /// A certificate for that name and key, good until the given year.
    pub fn issue(&self, name: &str, until: i32, key: &KeyPair) -> CertificateDer<'static> {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2001, 1, 1);
        params.not_after = rcgen::date_time_ymd(until, 1, 1);
        let certificate = params.signed_by(key, &self.issuer).unwrap();
        certificate.der().clone()
    }

    /// A server whose certificate carries that name, and is good until the given year.
    pub fn server(
        &self,
        name: &str,
        until: i32,
        version: &'static rustls::SupportedProtocolVersion,
    ) -> TlsAcceptor {
        let key = KeyPair::generate().unwrap();
        acceptor(self.issue(name, until, &key), &key, version)
    }

    /// The configuration of one server, `mail`, that trusts this authority alone.
    pub fn config(&self, tls: &str, port: u16, more: &str) -> String {
        let ca = self.file.path().to_str().unwrap();
        format!(
            "[servers.mail]\nhost = \"localhost\"\nport = {port}\ntls = \"{tls}\"\nca-file = {ca:?}\n{more}"
        )
    }
}

/// A server with this certificate.
pub fn acceptor(
    certificate: CertificateDer<'static>,
    key: &KeyPair,
    version: &'static rustls::SupportedProtocolVersion,
) -> TlsAcceptor {
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

/// A server that shows a certificate and signs with a key that is not in it.
pub fn unmatched(
    certificate: CertificateDer<'static>,
    key: &KeyPair,
    version: &'static rustls::SupportedProtocolVersion,
) -> TlsAcceptor {
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let key = ring::sign::any_supported_type(&key).unwrap();
    // Not checked against each other, as `with_single_cert` would.
    let shown = CertifiedKey::new(vec![certificate], key);
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(shown)));
    TlsAcceptor::from(Arc::new(config))
}

/// The server's side of STLS, up to the handshake.
pub async fn before_tls(stream: &mut TcpStream) {
    stream.write_all(b"+OK in the clear\r\n").await.unwrap();
    let mut command = [0; 6];
    soon(stream.read_exact(&mut command)).await.unwrap();
    assert_eq!(&command, b"STLS\r\n");
    stream.write_all(b"+OK begin\r\n").await.unwrap();
}
