//! Pinned certificates: a verifier that compares digests before, or instead of, asking authorities.

use std::fmt;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring;
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme,
};
use sha2::{Digest, Sha256};

use crate::config::{Pin, Pinned};

/// Accepts a certificate that one of the pins matches, if the authorities do not object.
#[derive(Debug)]
pub(super) struct PinVerifier {
    pins: Vec<Pin>,
    /// `None` where a pin suffices.
    authorities: Option<Arc<WebPkiServerVerifier>>,
    algorithms: WebPkiSupportedAlgorithms,
}

/// The server showed a certificate that no pin matches.
#[derive(Debug)]
struct PinMismatch {
    certificate: Pin,
    public_key: Pin,
}

impl fmt::Display for PinMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (certificate, public_key) = (self.certificate, self.public_key);
        write!(
            f,
            "none of the pins matches the server's certificate, which has {certificate} and \
             {public_key}"
        )
    }
}

impl std::error::Error for PinMismatch {}

impl PinVerifier {
    /// Without `roots` a pin suffices.
    pub(super) fn new(pins: &[Pin], roots: Option<Arc<RootCertStore>>) -> Self {
        let provider = ring::default_provider();
        let algorithms = provider.signature_verification_algorithms;
        let authorities = roots.map(|roots| {
            let built =
                WebPkiServerVerifier::builder_with_provider(roots, Arc::new(provider)).build();
            // Only an empty store or a wrong revocation list makes it fail, and there is neither.
            #[expect(clippy::expect_used, reason = "stores of roots are never empty")]
            built.expect("authorities make a verifier")
        });
        Self {
            pins: pins.to_vec(),
            authorities,
            algorithms,
        }
    }

    fn check(&self, certificate: &CertificateDer<'_>) -> Result<(), Error> {
        let digest = |of, octets: &[u8]| Pin {
            of,
            digest: Sha256::digest(octets).into(),
        };
        let parsed = ParsedCertificate::try_from(certificate)?;
        let public_key = parsed.subject_public_key_info();
        let shown = PinMismatch {
            certificate: digest(Pinned::Certificate, certificate),
            public_key: digest(Pinned::PublicKey, &public_key),
        };
        let matches = |pin: &Pin| *pin == shown.certificate || *pin == shown.public_key;
        if self.pins.iter().any(matches) {
            return Ok(());
        }
        let mismatch = OtherError(Arc::new(shown));
        Err(CertificateError::Other(mismatch).into())
    }
}

impl ServerCertVerifier for PinVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.check(end_entity)?;
        match &self.authorities {
            Some(authorities) => authorities.verify_server_cert(
                end_entity,
                intermediates,
                server_name,
                ocsp_response,
                now,
            ),
            None => Ok(ServerCertVerified::assertion()),
        }
    }

    // That the server holds the certificate's key is proved by these two, pinned or not.

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
