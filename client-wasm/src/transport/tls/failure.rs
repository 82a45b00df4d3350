//! How TLS fails, in the words of `ErrorCode` in `js/index.d.ts`.

use std::fmt;
use std::sync::Arc;

use rustls::{AlertDescription, CertificateError, Error, OtherError, PeerIncompatible};

use super::certificate::Certificate;

/// How many names of a certificate a sentence holds.
const MOST_NAMES: usize = 8;

/// Why there is no TLS, or none any more.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Failure {
    /// The caller's name is neither a host name nor an address.
    Name,
    /// The caller's authorities are no certificates in PEM.
    Authorities,
    /// The caller's revocation lists are none in PEM.
    RevocationList,
    /// The proxy did not say that it passes TLS on as it is.
    NotEndToEnd,
    /// The proxy says that its server has no TLS.
    NoTls,
    /// The server refused STLS, with these words.
    StlsRefused(String),
    /// The server's certificate is not to be trusted. It is absent where it cannot be read.
    Certificate(Flaw, Option<Box<Certificate>>),
    /// The server speaks no version that is spoken here.
    Version,
    /// It knows TLS, and refuses what ALPN calls POP3.
    Protocol,
    /// What came was no TLS at all.
    NotTls,
    /// There was no agreement, or no proof of who the server is.
    Handshake,
    /// What came after the handshake was changed on the way, or broke TLS otherwise.
    Corrupt,
    /// The connection ended in the middle of a handshake.
    EndedInHandshake,
    /// It ended without the word that nothing was cut off.
    Truncated,
}

/// What is wrong with a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// Nobody who is trusted has signed it.
    Untrusted,
    /// Its time, or that of one which it is signed by, has passed.
    Expired,
    /// Its time has not come.
    NotYetValid,
    /// Its authority has taken it back.
    Revoked,
    /// It is for other hosts.
    WrongName,
    /// It is none of those that were pinned.
    PinMismatch,
    /// It is of no use: malformed, wrongly signed, for another purpose, or of a forbidden kind.
    Unusable,
}

impl Failure {
    /// What an error of rustls comes to. `established` after the handshake.
    pub(super) fn of(error: &Error, established: bool) -> Self {
        match error {
            Error::InvalidCertificate(CertificateError::Other(OtherError(inner))) => inner
                .downcast_ref::<Refused>()
                .map_or(Self::Handshake, |Refused(failure)| failure.clone()),
            // In TLS 1.3 the client is done with the handshake before the server is.
            Error::AlertReceived(AlertDescription::CertificateRequired) => Self::Handshake,
            _ if established => Self::Corrupt,
            Error::PeerIncompatible(
                PeerIncompatible::ServerDoesNotSupportTls12Or13
                | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
            )
            | Error::AlertReceived(AlertDescription::ProtocolVersion) => Self::Version,
            Error::AlertReceived(AlertDescription::NoApplicationProtocol) => Self::Protocol,
            Error::InvalidMessage(_) => Self::NotTls,
            _ => Self::Handshake,
        }
    }

    /// The stable word for it.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Name | Self::Authorities | Self::RevocationList => "invalid-argument",
            Self::NotEndToEnd | Self::NoTls => "tls-not-end-to-end",
            Self::StlsRefused(_) => "stls-unsupported",
            Self::Certificate(flaw, _) => match flaw {
                Flaw::Untrusted => "tls-untrusted",
                Flaw::Expired => "tls-expired",
                Flaw::NotYetValid => "tls-not-yet-valid",
                Flaw::Revoked => "tls-revoked",
                Flaw::WrongName => "tls-wrong-name",
                Flaw::PinMismatch => "tls-pin-mismatch",
                Flaw::Unusable => "tls-certificate",
            },
            Self::Version => "tls-version",
            Self::Protocol | Self::NotTls | Self::Handshake | Self::EndedInHandshake => {
                "tls-handshake"
            }
            Self::Corrupt => "tls-corrupt",
            Self::Truncated => "tls-truncated",
        }
    }

    /// Who is to blame, as far as it can be known.
    pub(crate) fn blame(&self) -> &'static str {
        match self {
            Self::Name | Self::Authorities | Self::RevocationList => "caller",
            Self::NotEndToEnd | Self::NoTls => "proxy",
            Self::StlsRefused(_)
            | Self::Certificate(..)
            | Self::Version
            | Self::Protocol
            | Self::NotTls
            | Self::Handshake => "server",
            Self::Corrupt | Self::Truncated | Self::EndedInHandshake => "transport",
        }
    }

    /// A sentence for people.
    pub(crate) fn sentence(&self) -> String {
        let words = match self {
            Self::Name => "tls.name is neither a host name nor an IP address.",
            Self::Authorities => "tls.ca holds no certificate in PEM, or one that cannot be used.",
            Self::RevocationList => {
                "tls.crl holds no revocation list in PEM, or one that cannot be used."
            }
            Self::NotEndToEnd => {
                "The proxy does not say that it passes TLS on unopened, so it was not trusted with \
                 anything."
            }
            Self::NoTls => "The proxy says that this mail server has no TLS.",
            Self::StlsRefused(text) if text.is_empty() => {
                "The server refused STLS, so nothing was sent to it."
            }
            Self::StlsRefused(text) => {
                return format!("The server refused STLS, so nothing was sent to it: {text}");
            }
            Self::Certificate(flaw, certificate) => match (flaw, certificate) {
                (Flaw::Untrusted, Some(certificate)) if certificate.is_self_signed() => {
                    "The server's certificate is signed by itself, and was not trusted before."
                }
                (Flaw::Untrusted, _) => {
                    "The server's certificate is signed by nobody who is trusted here."
                }
                (Flaw::Expired, _) => {
                    "The server's certificate has expired, or the clock of this machine is wrong."
                }
                (Flaw::NotYetValid, _) => {
                    "The server's certificate is not valid yet, or the clock of this machine is \
                     wrong."
                }
                (Flaw::Revoked, _) => {
                    "The server's certificate, or one that it is signed by, was revoked."
                }
                (Flaw::WrongName, Some(certificate)) if !certificate.names.is_empty() => {
                    let shown: Vec<&str> = certificate.names.iter().map(String::as_str).collect();
                    let (names, left) = match shown.split_at_checked(MOST_NAMES) {
                        Some((first, rest)) if !rest.is_empty() => {
                            (first.join(", "), format!(", and {} more", rest.len()))
                        }
                        _ => (shown.join(", "), String::new()),
                    };
                    return format!("The server's certificate is for other hosts: {names}{left}.");
                }
                (Flaw::WrongName, _) => "The server's certificate names no host.",
                (Flaw::PinMismatch, _) => {
                    "The server's certificate is not the one that was trusted before. Somebody may \
                     be posing as the server."
                }
                (Flaw::Unusable, _) => "The server's certificate cannot be used.",
            },
            Self::Version => "The server speaks neither TLS 1.3 nor TLS 1.2.",
            Self::Protocol => {
                "The server refuses TLS for POP3; with tls.alpn false it is not told what for."
            }
            Self::NotTls => {
                "What the server sent is no TLS. Perhaps it wants the other mode, implicit or \
                 starttls."
            }
            Self::Handshake => "No agreement on TLS with the server was reached.",
            Self::EndedInHandshake => "The connection ended in the middle of the TLS handshake.",
            Self::Corrupt => "What came from the server was changed on the way, or breaks TLS.",
            Self::Truncated => "The connection was cut: the server did not end it.",
        };
        words.to_owned()
    }

    /// The certificate that it is about.
    pub(crate) fn certificate(&self) -> Option<&Certificate> {
        match self {
            Self::Certificate(_, certificate) => certificate.as_deref(),
            _ => None,
        }
    }
}

/// A failure on its way through rustls.
struct Refused(Failure);

impl fmt::Debug for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.code())
    }
}

impl std::error::Error for Refused {}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        CertificateError::Other(OtherError(Arc::new(Refused(failure)))).into()
    }
}
