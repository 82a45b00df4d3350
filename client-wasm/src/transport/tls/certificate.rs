//! What a certificate says of itself, for people to look at.

use ring::digest::{SHA256, digest};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use wasm_bindgen::JsValue;
use webpki::EndEntityCert;
use x509_cert::der::{Decode as _, Encode as _};
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::time::Time;

use crate::convert;

/// The octets of a SHA-256 digest.
pub(super) const DIGEST: usize = 32;

/// `PeerCertificate` in `js/tls.d.ts`. Whoever is at the other end wrote it; only the two
/// fingerprints are facts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Certificate {
    /// SHA-256 of the whole certificate, as pins have it.
    pub(super) fingerprint: String,
    /// SHA-256 of its `SubjectPublicKeyInfo`, likewise.
    key_fingerprint: String,
    subject: String,
    issuer: String,
    /// The host names and addresses that it is for.
    pub(super) names: Vec<String>,
    /// Milliseconds since 1970.
    not_before: f64,
    not_after: f64,
    self_signed: bool,
    /// It is for the host that was asked for.
    matches_name: bool,
}

impl Certificate {
    /// Reads a certificate; `None` where it cannot be read.
    pub(super) fn read(octets: &CertificateDer<'_>, host: &ServerName<'_>) -> Option<Self> {
        let read = x509_cert::Certificate::from_der(octets).ok()?;
        let fields = &read.tbs_certificate;
        let key = fields.subject_public_key_info.to_der().ok()?;
        let alternatives = fields.get::<SubjectAltName>().ok()?;
        let names = alternatives.map(|(_, SubjectAltName(names))| names);
        let matches_name = EndEntityCert::try_from(octets)
            .is_ok_and(|parsed| parsed.verify_is_valid_for_subject_name(host).is_ok());
        Some(Self {
            fingerprint: hexadecimal(&sha256(octets)),
            key_fingerprint: hexadecimal(&sha256(&key)),
            subject: fields.subject.to_string(),
            issuer: fields.issuer.to_string(),
            names: names.iter().flatten().filter_map(host_name).collect(),
            not_before: milliseconds(fields.validity.not_before),
            not_after: milliseconds(fields.validity.not_after),
            self_signed: fields.subject == fields.issuer,
            matches_name,
        })
    }

    pub(crate) fn into_js(self) -> JsValue {
        let names: js_sys::Array = self.names.iter().map(JsValue::from).collect();
        convert::object(&[
            ("fingerprint", self.fingerprint.into()),
            ("keyFingerprint", self.key_fingerprint.into()),
            ("subject", self.subject.into()),
            ("issuer", self.issuer.into()),
            ("names", names.into()),
            ("notBefore", self.not_before.into()),
            ("notAfter", self.not_after.into()),
            ("selfSigned", self.self_signed.into()),
            ("matchesName", self.matches_name.into()),
        ])
    }

    pub(super) fn is_self_signed(&self) -> bool {
        self.self_signed
    }

    pub(super) fn has_expired(&self, now: UnixTime) -> bool {
        self.not_after < since_1970(now)
    }

    pub(super) fn is_not_valid_yet(&self, now: UnixTime) -> bool {
        since_1970(now) < self.not_before
    }

    pub(super) fn matches_name(&self) -> bool {
        self.matches_name
    }
}

/// A SHA-256 digest, or zeros where there is none to be had, which no pin has.
pub(super) fn sha256(octets: &[u8]) -> [u8; DIGEST] {
    let digest = digest(&SHA256, octets);
    digest.as_ref().try_into().unwrap_or_default()
}

fn since_1970(time: UnixTime) -> f64 {
    time.as_secs() as f64 * 1_000.0
}

fn milliseconds(time: Time) -> f64 {
    time.to_unix_duration().as_secs() as f64 * 1_000.0
}

fn hexadecimal(octets: &[u8]) -> String {
    let digits = octets.iter().flat_map(|octet| [octet >> 4, octet & 15]);
    digits
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

fn host_name(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::DnsName(name) => Some(name.to_string()),
        GeneralName::IpAddress(octets) => {
            let octets = octets.as_bytes();
            let address = <[u8; 4]>::try_from(octets)
                .map(std::net::IpAddr::from)
                .or_else(|_| <[u8; 16]>::try_from(octets).map(std::net::IpAddr::from));
            address.ok().map(|address| address.to_string())
        }
        _ => None,
    }
}
