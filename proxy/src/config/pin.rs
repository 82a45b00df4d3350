//! Pins: what a server's certificate must be, besides or instead of being vouched for.

use std::fmt;

use serde::Deserialize;

/// The SHA-256 digest of a certificate, or of the public key in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Pin {
    /// What the digest is of.
    pub of: Pinned,
    /// The digest.
    pub digest: [u8; 32],
}

/// What a pin is the digest of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pinned {
    /// The whole certificate in DER: it changes with each renewal.
    Certificate,
    /// The `SubjectPublicKeyInfo` in DER ([RFC 7469 section 2.4]): it stays while the key does.
    ///
    /// [RFC 7469 section 2.4]: https://www.rfc-editor.org/rfc/rfc7469#section-2.4
    PublicKey,
}

impl Pinned {
    fn prefix(self) -> &'static str {
        match self {
            Self::Certificate => "cert-sha256:",
            Self::PublicKey => "spki-sha256:",
        }
    }
}

impl TryFrom<String> for Pin {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let mut kinds = [Pinned::Certificate, Pinned::PublicKey].into_iter();
        let read = kinds.find_map(|of| {
            let digest = sha256_digest(text.strip_prefix(of.prefix())?)?;
            Some(Self { of, digest })
        });
        read.ok_or(
            "expected \"cert-sha256:\" or \"spki-sha256:\" and 64 hexadecimal digits, with or \
             without colons",
        )
    }
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.of.prefix())?;
        self.digest
            .iter()
            .try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

/// Reads 64 hexadecimal digits. Colons between octets, as OpenSSL writes them, are skipped.
pub(super) fn sha256_digest(text: &str) -> Option<[u8; 32]> {
    let digits: Vec<u8> = text
        .chars()
        .filter(|&digit| digit != ':')
        .map(|digit| {
            digit
                .to_digit(16)
                .and_then(|value| u8::try_from(value).ok())
        })
        .collect::<Option<_>>()?;
    let octets: Vec<u8> = digits
        .chunks(2)
        .filter_map(|pair| match pair {
            [high, low] => Some(high << 4 | low),
            _ => None,
        })
        .collect();
    (digits.len() == 64).then_some(octets)?.try_into().ok()
}
