//! An authority of the test's own, and certificates that are good or bad in one way each.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig};

/// What the servers are called on the Internet of [`crate::network::Internet`].
pub const PUBLIC: &str = "pop.example.org";

/// What a client needs that trusts the authorities in this file, and no others.
///
/// # Errors
/// When the file cannot be read, or holds no certificates.
pub fn trusting(ca_file: &Path) -> Result<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(ca_file)? {
        roots.add(certificate?)?;
    }
    let config = ClientConfig::builder().with_root_certificates(roots);
    Ok(Arc::new(config.with_no_client_auth()))
}

/// Two authorities: the one that the proxy is told to trust, and a stranger.
pub struct Authorities {
    trusted: CertifiedIssuer<'static, KeyPair>,
    stranger: CertifiedIssuer<'static, KeyPair>,
}

/// What is to be wrong with a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing: it verifies.
    None,
    /// The proxy does not know the authority that signed it.
    UntrustedAuthority,
    /// It is another host's.
    WrongName,
    /// Its time has passed.
    Expired,
}

impl Fault {
    /// The fault in a word, as the names of servers have it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "good",
            Self::UntrustedAuthority => "bad-certificate",
            Self::WrongName => "wrong-name",
            Self::Expired => "expired",
        }
    }
}

/// A server's certificate with its private key.
pub struct Certificate {
    signed: rcgen::Certificate,
    key: KeyPair,
}

impl Authorities {
    /// Makes both authorities.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn generate() -> Result<Self> {
        Ok(Self {
            trusted: authority("Test authority")?,
            stranger: authority("Another authority")?,
        })
    }

    /// The trusted authority's own certificate, as a PEM file holds it.
    #[must_use]
    pub fn trusted_pem(&self) -> String {
        self.trusted.pem()
    }

    /// A certificate for a server that is reached as `host`, a name or an IP address.
    ///
    /// # Errors
    /// When `host` cannot stand in a certificate.
    pub fn issue(&self, host: &str, fault: Fault) -> Result<Certificate> {
        let names = match fault {
            Fault::WrongName => vec!["elsewhere.invalid".to_owned()],
            _ => vec![host.to_owned(), "localhost".to_owned(), PUBLIC.to_owned()],
        };
        let mut params = CertificateParams::new(names).context("a name for a certificate")?;
        params
            .distinguished_name
            .push(DnType::CommonName, "Test server");
        params.is_ca = IsCa::ExplicitNoCa;
        if fault == Fault::Expired {
            params.not_before = rcgen::date_time_ymd(2001, 1, 1);
            params.not_after = rcgen::date_time_ymd(2002, 1, 1);
        }
        let issuer = match fault {
            Fault::UntrustedAuthority => &self.stranger,
            _ => &self.trusted,
        };
        let key = KeyPair::generate()?;
        Ok(Certificate {
            signed: params.signed_by(&key, issuer)?,
            key,
        })
    }
}

impl Certificate {
    /// The certificate in PEM form.
    #[must_use]
    pub fn pem(&self) -> String {
        self.signed.pem()
    }

    /// The private key in PEM form.
    #[must_use]
    pub fn key_pem(&self) -> String {
        self.key.serialize_pem()
    }

    /// How a TLS server in this process presents it.
    ///
    /// # Errors
    /// When rustls refuses the pair.
    pub fn server_config(&self) -> Result<Arc<ServerConfig>> {
        let key = PrivateKeyDer::try_from(self.key.serialize_der()).map_err(anyhow::Error::msg)?;
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![self.signed.der().clone()], key)?;
        Ok(Arc::new(config))
    }
}

fn authority(name: &str) -> Result<CertifiedIssuer<'static, KeyPair>> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?)
}
