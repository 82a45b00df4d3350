//! Whom to trust: the authorities of browsers, those of the caller, what they revoked, and pinned
//! certificates.

use std::borrow::Cow;
use std::fmt;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{verify_tls12_signature, verify_tls13_signature};
use rustls::{DigitallySignedStruct, Error, SignatureScheme};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{
    CertificateDer, CertificateRevocationListDer, ServerName, TrustAnchor, UnixTime,
};
use webpki::{
    CertRevocationList, EndEntityCert, KeyUsage, OwnedCertRevocationList, RevocationOptionsBuilder,
    UnknownStatusPolicy, anchor_from_trusted_cert,
};
use webpki_roots::TLS_SERVER_ROOTS;

use super::certificate::{Certificate, DIGEST, sha256};
use super::failure::{Failure, Flaw};
use super::provider::SIGNATURES;

/// What the caller decided on trust.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Trust {
    /// Authorities beside those of browsers, in PEM.
    pub(crate) authorities: Option<String>,
    /// Lists of what authorities have revoked, in PEM.
    pub(crate) revoked: Option<String>,
    /// SHA-256 digests of whole certificates, one after the other.
    pub(crate) certificates: Vec<u8>,
    /// Likewise of their `SubjectPublicKeyInfo`.
    pub(crate) keys: Vec<u8>,
}

/// Judges the certificates of servers.
///
/// Without pins an authority has to vouch for the certificate, for the host's name and for now. A
/// pin that matches stands in for the authority; one of the whole certificate stands in for the
/// name as well, since its user has seen the names in it. Nothing stands in for the dates. With
/// pins of which none matches, no authority helps.
pub(super) struct Verifier {
    anchors: Cow<'static, [TrustAnchor<'static>]>,
    revoked: Vec<CertRevocationList<'static>>,
    certificates: Vec<u8>,
    keys: Vec<u8>,
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Verifier")
    }
}

impl Verifier {
    /// # Errors
    /// [`Failure::Authorities`], [`Failure::RevocationList`].
    pub(super) fn new(trust: &Trust) -> Result<Self, Failure> {
        let mut anchors = Cow::Borrowed(TLS_SERVER_ROOTS);
        if let Some(text) = &trust.authorities {
            let added = authorities(text).ok_or(Failure::Authorities)?;
            anchors.to_mut().extend(added);
        }
        let revoked = match &trust.revoked {
            Some(text) => revocation_lists(text).ok_or(Failure::RevocationList)?,
            None => Vec::new(),
        };
        Ok(Self {
            anchors,
            revoked,
            certificates: trust.certificates.clone(),
            keys: trust.keys.clone(),
        })
    }

    /// Judges a chain, the server's own certificate first.
    pub(super) fn judge(
        &self,
        chain: &[CertificateDer<'_>],
        host: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), Failure> {
        let Some((own, others)) = chain.split_first() else {
            return Err(Failure::Handshake);
        };
        self.judge_own(own, others, host, now)
            .map_err(|flaw| Failure::Certificate(flaw, Certificate::read(own, host).map(Box::new)))
    }

    fn judge_own(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        host: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), Flaw> {
        let parsed = EndEntityCert::try_from(own).map_err(|_| Flaw::Unusable)?;
        if self.certificates.is_empty() && self.keys.is_empty() {
            self.ask_authorities(&parsed, others, now)
                .map_err(|error| flaw(&error, own, host))?;
            return parsed
                .verify_is_valid_for_subject_name(host)
                .map_err(|_| Flaw::WrongName);
        }
        let exactly = holds(&self.certificates, &sha256(own));
        if !exactly && !holds(&self.keys, &sha256(&parsed.subject_public_key_info())) {
            return Err(Flaw::PinMismatch);
        }
        let certificate = Certificate::read(own, host).ok_or(Flaw::Unusable)?;
        if certificate.has_expired(now) {
            return Err(Flaw::Expired);
        }
        if certificate.is_not_valid_yet(now) {
            return Err(Flaw::NotYetValid);
        }
        if !exactly && !certificate.matches_name() {
            return Err(Flaw::WrongName);
        }
        Ok(())
    }

    fn ask_authorities(
        &self,
        parsed: &EndEntityCert<'_>,
        others: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), webpki::Error> {
        let usage = KeyUsage::server_auth();
        let lists: Vec<&CertRevocationList<'_>> = self.revoked.iter().collect();
        // There is nothing to build where there are no lists. What no list is about is not known.
        let revocation = RevocationOptionsBuilder::new(&lists).ok().map(|options| {
            options
                .with_status_policy(UnknownStatusPolicy::Allow)
                .build()
        });
        let verified = parsed.verify_for_usage(
            SIGNATURES.all,
            &self.anchors,
            others,
            now,
            usage,
            revocation,
            None,
        );
        verified.map(|_| ())
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        host: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let chain: Vec<CertificateDer<'_>> = std::iter::once(own).chain(others).cloned().collect();
        self.judge(&chain, host, now)?;
        Ok(ServerCertVerified::assertion())
    }

    // That the server holds the certificate's key is proved by these two, pinned or not.

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &SIGNATURES)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &SIGNATURES)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        SIGNATURES.supported_schemes()
    }
}

fn flaw(error: &webpki::Error, own: &CertificateDer<'_>, host: &ServerName<'_>) -> Flaw {
    match error {
        webpki::Error::CertExpired { .. } => Flaw::Expired,
        webpki::Error::CertNotValidYet { .. } => Flaw::NotYetValid,
        webpki::Error::CertRevoked => Flaw::Revoked,
        webpki::Error::UnknownIssuer => Flaw::Untrusted,
        // What `openssl req -x509` makes calls itself an authority.
        webpki::Error::CaUsedAsEndEntity
            if Certificate::read(own, host).is_some_and(|own| own.is_self_signed()) =>
        {
            Flaw::Untrusted
        }
        _ => Flaw::Unusable,
    }
}

fn holds(digests: &[u8], wanted: &[u8; DIGEST]) -> bool {
    digests.chunks_exact(DIGEST).any(|digest| digest == wanted)
}

/// The certificates of a PEM text; `None` where there is none, or one that cannot be used.
fn authorities(text: &str) -> Option<Vec<TrustAnchor<'static>>> {
    let anchors: Vec<_> = CertificateDer::pem_slice_iter(text.as_bytes())
        .map(|certificate| {
            let certificate = certificate.ok()?;
            let anchor = anchor_from_trusted_cert(&certificate).ok()?;
            Some(anchor.to_owned())
        })
        .collect::<Option<_>>()?;
    (!anchors.is_empty()).then_some(anchors)
}

/// The revocation lists of a PEM text, likewise.
fn revocation_lists(text: &str) -> Option<Vec<CertRevocationList<'static>>> {
    let lists: Vec<_> = CertificateRevocationListDer::pem_slice_iter(text.as_bytes())
        .map(|list| {
            let list = OwnedCertRevocationList::from_der(&list.ok()?).ok()?;
            Some(CertRevocationList::from(list))
        })
        .collect::<Option<_>>()?;
    (!lists.is_empty()).then_some(lists)
}
