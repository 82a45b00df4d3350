//! Values of the configuration that cannot hold anything unusable once they exist.

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName as TlsName};
use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// The name by which a page asks for a server: 1 to 64 of `a-z A-Z 0-9 . _ -`.
///
/// It stands in URLs, logs and events, so it is kept free of anything that needs escaping.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct Name(String);

impl Name {
    /// The name of the demo mailbox.
    pub(crate) fn demo() -> Self {
        Self("demo".to_owned())
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Name {
    type Error = &'static str;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        let plain = |octet: u8| octet.is_ascii_alphanumeric() || b"._-".contains(&octet);
        if name.is_empty() || name.len() > 64 || !name.bytes().all(plain) {
            return Err(
                "a server's name has 1 to 64 letters, digits, dots, hyphens or underscores",
            );
        }
        Ok(Self(name))
    }
}

impl std::borrow::Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A mail server's host: a DNS name, or an IP address (IPv6 with or without brackets).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Host {
    text: String,
    tls: TlsName<'static>,
}

impl Host {
    /// The host as the resolver wants it: no brackets around IPv6.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it is a name, and no address.
    pub(crate) fn is_name(&self) -> bool {
        matches!(self.tls, TlsName::DnsName(_))
    }

    /// The host as a name to verify a certificate against.
    pub(crate) fn tls_name(&self) -> TlsName<'static> {
        self.tls.clone()
    }
}

impl From<IpAddr> for Host {
    fn from(address: IpAddr) -> Self {
        Self {
            text: address.to_string(),
            tls: TlsName::from(address),
        }
    }
}

impl TryFrom<String> for Host {
    type Error = &'static str;

    fn try_from(host: String) -> Result<Self, Self::Error> {
        let bare = host
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'));
        let text = bare.unwrap_or(&host).to_owned();
        let tls = TlsName::try_from(text.clone())
            .map_err(|_| "expected a host name or an IP address, without port or scheme")?;
        Ok(Self { text, tls })
    }
}

/// A web origin in the form in which browsers send it: `https://mail.example.org`, or with a port.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Origin(String);

impl Origin {
    /// The origin as browsers write it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

const NOT_AN_ORIGIN: &str =
    "expected an origin such as \"https://mail.example.org\", without a path";

const NOT_A_PORT: &str = "expected a port of 1 to 65535 after the origin's colon, or no colon";

/// The port behind a host: a colon, and digits alone. `u16` would also take a sign.
fn port(rest: &str) -> Option<u16> {
    let digits = rest.strip_prefix(':')?;
    let plain = digits.bytes().all(|octet| octet.is_ascii_digit());
    let port = digits.parse().ok().filter(|_| plain)?;
    (port != 0).then_some(port)
}

impl TryFrom<String> for Origin {
    type Error = &'static str;

    fn try_from(origin: String) -> Result<Self, Self::Error> {
        let origin = origin.to_ascii_lowercase();
        let (scheme, authority) = origin.split_once("://").ok_or(NOT_AN_ORIGIN)?;
        let default_port = match scheme {
            "http" => 80,
            "https" => 443,
            _ => return Err(NOT_AN_ORIGIN),
        };
        let parsed: http::uri::Authority = authority.parse().map_err(|_| NOT_AN_ORIGIN)?;
        if parsed.host().is_empty() || authority.contains(['@', '*']) {
            return Err(NOT_AN_ORIGIN);
        }
        let host = parsed.host();
        let port = match authority.strip_prefix(host).ok_or(NOT_AN_ORIGIN)? {
            "" => None,
            rest => Some(port(rest).ok_or(NOT_A_PORT)?),
        };
        // Browsers leave the scheme's own port out, so an entry that has it would never match.
        Ok(Self(match port.filter(|&port| port != default_port) {
            Some(port) => format!("{scheme}://{host}:{port}"),
            None => format!("{scheme}://{host}"),
        }))
    }
}

impl std::str::FromStr for Origin {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::try_from(text.to_owned())
    }
}

/// How the hop from the proxy to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tls {
    /// TLS from the first octet ([RFC 8314 section 3.3]), port 995 unless told otherwise.
    ///
    /// [RFC 8314 section 3.3]: https://www.rfc-editor.org/rfc/rfc8314#section-3.3
    #[default]
    Implicit,
    /// Plain until STLS ([RFC 2595 section 4]), which must succeed; port 110 by default.
    ///
    /// [RFC 2595 section 4]: https://www.rfc-editor.org/rfc/rfc2595#section-4
    Starttls,
    /// No protection at all: passwords cross the network as they are. Port 110 by default.
    InsecurePlaintext,
}

impl Tls {
    /// The port that the mode has by registration.
    #[must_use]
    pub fn default_port(self) -> u16 {
        match self {
            Self::Implicit => 995,
            Self::Starttls | Self::InsecurePlaintext => 110,
        }
    }
}

/// The certification authorities that one server is verified against, instead of the platform's.
#[derive(Clone)]
pub struct CaFile {
    path: PathBuf,
    roots: Arc<RootCertStore>,
}

impl CaFile {
    /// Reads every certificate of a PEM file.
    ///
    /// # Errors
    /// A sentence that says why the file is of no use: it cannot be read, is not PEM, holds no
    /// certificate, or one that cannot be an authority's.
    pub fn read(path: &Path) -> Result<Self, String> {
        let shown = path.display();
        let cannot_read = |e: &dyn fmt::Display| format!("cannot read {shown}: {e}");
        let pem = std::fs::read(path).map_err(|e| cannot_read(&e))?;
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(&pem) {
            let certificate = certificate.map_err(|e| cannot_read(&e))?;
            roots
                .add(certificate)
                .map_err(|e| format!("{shown} cannot be trusted: {e}"))?;
        }
        if roots.is_empty() {
            return Err(format!("{shown} holds no certificate in PEM form"));
        }
        Ok(Self {
            path: path.to_owned(),
            roots: Arc::new(roots),
        })
    }

    /// The file that was read.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn roots(&self) -> Arc<RootCertStore> {
        Arc::clone(&self.roots)
    }
}

impl fmt::Debug for CaFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "CaFile({}, {} certificates)",
            self.path.display(),
            self.roots.len()
        )
    }
}

/// How much the proxy says on standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Only what keeps the proxy from working.
    Error,
    /// Also refused origins and servers that could not be reached.
    Warn,
    /// Also one line for the end of each session.
    #[default]
    Info,
    /// Also the steps of each session.
    Debug,
    /// Everything; still no octet of mail and no credential.
    Trace,
}

/// How the lines of the log are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, for programs.
    Json,
}

/// Reads a time such as `10s` or `1m 30s`.
pub(super) fn duration<'de, D>(input: D) -> Result<Duration, D::Error>
where
    D: Deserializer<'de>,
{
    let text = String::deserialize(input)?;
    humantime::parse_duration(&text).map_err(|e| {
        D::Error::custom(format_args!(
            "expected a time such as \"10s\" or \"11m\": {e}"
        ))
    })
}
