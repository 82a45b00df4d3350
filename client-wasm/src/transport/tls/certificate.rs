//! What a certificate says of itself, for people to look at
//! ([RFC 5280](https://www.rfc-editor.org/rfc/rfc5280)).

use std::net::IpAddr;

use ring::digest::{SHA256, digest};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use wasm_bindgen::JsValue;
use webpki::EndEntityCert;

use super::der::{self, Element, Elements, tag};
use crate::convert;

/// The octets of a SHA-256 digest.
pub(super) const DIGEST: usize = 32;

/// The identifier of the extension `subjectAltName`.
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];

/// Types of attributes in distinguished names, as
/// [RFC 4514 section 3](https://www.rfc-editor.org/rfc/rfc4514#section-3) writes them.
const ATTRIBUTES: [(&[u8], &str); 8] = [
    (&[0x55, 0x04, 0x03], "CN"),
    (&[0x55, 0x04, 0x06], "C"),
    (&[0x55, 0x04, 0x07], "L"),
    (&[0x55, 0x04, 0x08], "ST"),
    (&[0x55, 0x04, 0x09], "STREET"),
    (&[0x55, 0x04, 0x0a], "O"),
    (&[0x55, 0x04, 0x0b], "OU"),
    (
        &[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, 0x19],
        "DC",
    ),
];

/// `PeerCertificate` in `js/tls.d.ts`. Whoever is at the other end wrote it; only the two
/// fingerprints are facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Certificate {
    /// SHA-256 of the whole certificate, as pins have it.
    fingerprint: String,
    /// SHA-256 of its `SubjectPublicKeyInfo`, likewise.
    key_fingerprint: String,
    subject: String,
    issuer: String,
    /// The host names and addresses that it is for.
    pub(super) names: Vec<String>,
    /// Seconds since 1970.
    not_before: u64,
    not_after: u64,
    self_signed: bool,
    /// It is for the host that was asked for.
    matches_name: bool,
}

impl Certificate {
    /// Reads a certificate; `None` where it cannot be read.
    pub(super) fn read(octets: &CertificateDer<'_>, host: &ServerName<'_>) -> Option<Self> {
        let certificate = Elements(octets).tagged(tag::SEQUENCE)?;
        let mut fields = certificate.inside().tagged(tag::SEQUENCE)?.inside();
        let _version = fields.tagged(tag::VERSION);
        let (_serial_number, _signature) = (fields.next()?, fields.next()?);
        let issuer = fields.tagged(tag::SEQUENCE)?;
        let mut validity = fields.tagged(tag::SEQUENCE)?.inside();
        let subject = fields.tagged(tag::SEQUENCE)?;
        let key = fields.tagged(tag::SEQUENCE)?;
        let extensions = fields.find(|field| field.tag == tag::EXTENSIONS);
        let matches_name = EndEntityCert::try_from(octets)
            .is_ok_and(|parsed| parsed.verify_is_valid_for_subject_name(host).is_ok());
        Some(Self {
            fingerprint: hexadecimal(&sha256(octets)),
            key_fingerprint: hexadecimal(&sha256(key.whole)),
            subject: distinguished_name(subject),
            issuer: distinguished_name(issuer),
            names: extensions.map(host_names).unwrap_or_default(),
            not_before: der::seconds(validity.next()?)?,
            not_after: der::seconds(validity.next()?)?,
            self_signed: subject.content == issuer.content,
            matches_name,
        })
    }

    pub(crate) fn into_js(self) -> JsValue {
        let names: js_sys::Array = self.names.iter().map(JsValue::from).collect();
        let milliseconds = |seconds: u64| JsValue::from(seconds as f64 * 1_000.0);
        convert::object(&[
            ("fingerprint", self.fingerprint.into()),
            ("keyFingerprint", self.key_fingerprint.into()),
            ("subject", self.subject.into()),
            ("issuer", self.issuer.into()),
            ("names", names.into()),
            ("notBefore", milliseconds(self.not_before)),
            ("notAfter", milliseconds(self.not_after)),
            ("selfSigned", self.self_signed.into()),
            ("matchesName", self.matches_name.into()),
        ])
    }

    pub(super) fn is_self_signed(&self) -> bool {
        self.self_signed
    }

    pub(super) fn has_expired(&self, now: UnixTime) -> bool {
        self.not_after < now.as_secs()
    }

    pub(super) fn is_not_valid_yet(&self, now: UnixTime) -> bool {
        now.as_secs() < self.not_before
    }

    pub(super) fn matches_name(&self) -> bool {
        self.matches_name
    }
}

/// A SHA-256 digest.
pub(super) fn sha256(octets: &[u8]) -> [u8; DIGEST] {
    let digest = digest(&SHA256, octets);
    // It has this length; zeros are the digest of nothing.
    digest.as_ref().try_into().unwrap_or_default()
}

fn hexadecimal(octets: &[u8]) -> String {
    let digits = octets.iter().flat_map(|octet| [octet >> 4, octet & 15]);
    digits
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

/// The last part first, as [RFC 4514](https://www.rfc-editor.org/rfc/rfc4514) has it. Attributes of
/// other types are left out.
fn distinguished_name(name: Element<'_>) -> String {
    let mut parts: Vec<String> = name
        .inside()
        .filter(|set| set.tag == tag::SET)
        .flat_map(Element::inside)
        .filter_map(attribute)
        .collect();
    parts.reverse();
    parts.join(",")
}

fn attribute(pair: Element<'_>) -> Option<String> {
    let mut pair = pair.inside();
    let kind = pair.tagged(tag::OBJECT_IDENTIFIER)?;
    let (_, word) = ATTRIBUTES
        .iter()
        .find(|(known, _)| *known == kind.content)?;
    let value = pair.next()?;
    let text = if value.tag == tag::BMP_STRING {
        let units = value.content.chunks_exact(2).map(|unit| match unit {
            [high, low] => u16::from_be_bytes([*high, *low]),
            _ => 0,
        });
        char::decode_utf16(units)
            .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect()
    } else {
        String::from_utf8_lossy(value.content)
    };
    let mut part = format!("{word}=");
    for character in text.chars() {
        if matches!(character, ',' | '+' | '"' | '\\' | '<' | '>' | ';') {
            part.push('\\');
        }
        part.push(character);
    }
    Some(part)
}

/// The host names and addresses of `subjectAltName`.
fn host_names(extensions: Element<'_>) -> Vec<String> {
    let list = extensions.inside().flat_map(Element::inside);
    list.filter_map(|extension| {
        let mut fields = extension.inside();
        let kind = fields.tagged(tag::OBJECT_IDENTIFIER)?;
        let value = fields.find(|field| field.tag == tag::OCTET_STRING)?;
        (kind.content == SUBJECT_ALT_NAME).then(|| value.inside().tagged(tag::SEQUENCE))?
    })
    .flat_map(Element::inside)
    .filter_map(host_name)
    .collect()
}

fn host_name(name: Element<'_>) -> Option<String> {
    match name.tag {
        tag::DNS_NAME => Some(String::from_utf8_lossy(name.content).into_owned()),
        tag::IP_ADDRESS => {
            let address = <[u8; 4]>::try_from(name.content)
                .map(IpAddr::from)
                .or_else(|_| <[u8; 16]>::try_from(name.content).map(IpAddr::from));
            address.ok().map(|address| address.to_string())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, date_time_ymd};

    use super::*;

    fn host(name: &str) -> ServerName<'static> {
        ServerName::try_from(name.to_owned()).expect("a host name")
    }

    fn sample() -> (KeyPair, CertificateDer<'static>) {
        let names = [
            "pop.example.org",
            "*.example.net",
            "192.0.2.1",
            "2001:db8::1",
        ];
        let mut params = CertificateParams::new(names.map(str::to_owned)).expect("names");
        params.not_before = date_time_ymd(1999, 12, 31);
        params.not_after = date_time_ymd(2052, 2, 29);
        params.distinguished_name = DistinguishedName::new();
        for (kind, value) in [
            (DnType::CountryName, "AT"),
            (DnType::OrganizationName, "Büro, Post & Co"),
            (DnType::CommonName, "pop.example.org"),
        ] {
            params.distinguished_name.push(kind, value);
        }
        let key = KeyPair::generate().expect("a key");
        let signed = params.self_signed(&key).expect("a certificate");
        (key, signed.der().clone())
    }

    #[test]
    fn what_it_says_is_read() {
        let (key, octets) = sample();
        let read = Certificate::read(&octets, &host("pop.example.org")).expect("readable");
        let name = "CN=pop.example.org,O=Büro\\, Post & Co,C=AT";
        assert_eq!((&*read.subject, &*read.issuer), (name, name));
        assert_eq!(
            read.names,
            [
                "pop.example.org",
                "*.example.net",
                "192.0.2.1",
                "2001:db8::1"
            ]
        );
        assert_eq!(
            (read.not_before, read.not_after),
            (946_598_400, 2_592_777_600)
        );
        assert_eq!(read.fingerprint, hexadecimal(&sha256(&octets)));
        let key = rcgen::PublicKeyData::subject_public_key_info(&key);
        assert_eq!(read.key_fingerprint, hexadecimal(&sha256(&key)));
        assert!(read.self_signed && read.matches_name);
        for (name, matches) in [
            ("a.example.net", true),
            ("192.0.2.1", true),
            ("example.net", false),
        ] {
            let read = Certificate::read(&octets, &host(name)).expect("readable");
            assert_eq!(read.matches_name, matches, "{name}");
        }
    }

    #[test]
    fn whatever_octets_come_are_read_or_not() {
        let (_, octets) = sample();
        let host = host("pop.example.org");
        for end in 0..octets.len() {
            let cut = CertificateDer::from(octets.get(..end).expect("within").to_vec());
            assert_eq!(Certificate::read(&cut, &host), None, "{end}");
        }
        for at in 0..octets.len() {
            for change in [0x01, 0x80, 0xff] {
                let mut changed = octets.to_vec();
                if let Some(octet) = changed.get_mut(at) {
                    *octet ^= change;
                }
                let _ = Certificate::read(&changed.into(), &host);
            }
        }
    }

    #[test]
    fn times_of_either_kind() {
        let utc = |text: &str| (tag::UTC_TIME, text.to_owned());
        let generalized = |text: &str| (tag::GENERALIZED_TIME, text.to_owned());
        for ((kind, text), expected) in [
            (utc("700101000000Z"), Some(0)),
            (utc("000229235959Z"), Some(951_868_799)),
            (utc("000301000000Z"), Some(951_868_800)),
            (utc("491231235959Z"), Some(2_524_607_999)),
            (utc("500101000000Z"), Some(0)),
            (generalized("20500101000000Z"), Some(2_524_608_000)),
            (generalized("99991231235959Z"), Some(253_402_300_799)),
            (generalized("00000101000000Z"), None),
            (utc("701301000000Z"), None),
            (utc("70010100000Z"), None),
            (utc("7001010000000"), None),
            (utc("7001010000x0Z"), None),
            (generalized("700101000000Z"), None),
            ((tag::SEQUENCE, "700101000000Z".to_owned()), None),
        ] {
            let time = Element {
                tag: kind,
                content: text.as_bytes(),
                whole: &[],
            };
            assert_eq!(der::seconds(time), expected, "{text}");
        }
    }
}
