//! One mail server, `[servers.NAME]`.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::end_to_end::EndToEnd;
use super::pin::Pin;
use super::values::{CaFile, Host, Tls};

/// What is wrong with authorities and pins for sessions in which the proxy does no TLS.
pub(super) const CLIENTS_VERIFY: &str =
    "makes no sense with end-to-end = \"required\": clients verify the server";

/// One mail server.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Server {
    /// What the page calls it; the name where there is none.
    pub title: Option<String>,
    /// Its host name or address. Shown to the page only where clients do TLS with it themselves.
    pub host: Host,
    /// Its port; by default the one registered for its TLS mode.
    pub port: Option<u16>,
    /// How the hop to it is protected.
    #[serde(default)]
    pub tls: Tls,
    /// A PEM file of authorities that replaces the platform's for this server. A relative path
    /// counts from the configuration file's folder.
    #[serde(rename = "ca-file")]
    pub(super) ca_path: Option<PathBuf>,
    /// The authorities read from `ca-file`.
    #[serde(skip)]
    pub ca: Option<CaFile>,
    /// The name that its certificate must carry; by default the host.
    pub server_name: Option<Host>,
    /// What its certificate must be, besides being vouched for: one of these.
    #[serde(default)]
    pub pins: Vec<Pin>,
    /// Whether a certificate that a pin matches needs no authority, name or date: for servers that
    /// sign their own.
    #[serde(default)]
    pub pins_suffice: bool,
    /// Whether clients may do TLS with it themselves; [`Server::end_to_end`] says what `None` means.
    pub end_to_end: Option<EndToEnd>,
    /// Sessions with it at the same time; more are refused as `rate-limited`.
    pub max_sessions: Option<usize>,
    /// Whether the connection begins with a PROXY protocol header of version 2, which tells the
    /// server the client's address.
    #[serde(default)]
    pub proxy_protocol: bool,
    /// What the sign-in form says to try; only for the demo mailbox.
    #[serde(skip)]
    pub hint: Option<Hint>,
}

/// Credentials that anybody may know.
#[derive(Clone, Serialize)]
pub struct Hint {
    /// The demo mailbox's user.
    pub user: String,
    /// Its published password.
    pub password: String,
}

impl fmt::Debug for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Published or not: no password is ever in a log.
        f.debug_struct("Hint")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

impl Server {
    /// The port to connect to.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port.unwrap_or_else(|| self.tls.default_port())
    }

    /// The name that its certificate must carry.
    #[must_use]
    pub fn verified_name(&self) -> &Host {
        self.server_name.as_ref().unwrap_or(&self.host)
    }

    /// Whether clients may do TLS with it themselves. Where the key is missing they may if a client
    /// can verify the server as well as the proxy, by a host's name and public authorities: the
    /// proxy's own authorities and pins are not the client's, and an address inside a network is not
    /// shown unless an administrator says so.
    #[must_use]
    pub fn end_to_end(&self) -> EndToEnd {
        self.end_to_end.unwrap_or_else(|| {
            let by_name = self.tls != Tls::InsecurePlaintext
                && self.ca.is_none()
                && self.pins.is_empty()
                && self.verified_name().is_name();
            match by_name {
                true => EndToEnd::Allowed,
                false => EndToEnd::Forbidden,
            }
        })
    }

    /// A server of which no more is known than that, on the mode's own port.
    pub(crate) fn at(host: Host, tls: Tls) -> Self {
        Self {
            title: None,
            host,
            port: None,
            tls,
            ca_path: None,
            ca: None,
            server_name: None,
            pins: Vec::new(),
            pins_suffice: false,
            end_to_end: None,
            max_sessions: None,
            proxy_protocol: false,
            hint: None,
        }
    }

    /// Checks what the types alone cannot: the key at fault, and what is wrong with it.
    pub(super) fn check(&self) -> Result<(), (&'static str, &'static str)> {
        if self.port == Some(0) {
            return Err(("port", "must be 1 to 65535"));
        }
        if self.tls == Tls::InsecurePlaintext {
            let useless = "makes no sense with tls = \"insecure-plaintext\"";
            if self.ca.is_some() {
                return Err(("ca-file", useless));
            }
            if self.server_name.is_some() {
                return Err(("server-name", useless));
            }
            if !self.pins.is_empty() {
                return Err(("pins", useless));
            }
            if !matches!(self.end_to_end, None | Some(EndToEnd::Forbidden)) {
                return Err(("end-to-end", useless));
            }
        }
        if self.end_to_end == Some(EndToEnd::Required) {
            if self.ca.is_some() {
                return Err(("ca-file", CLIENTS_VERIFY));
            }
            if !self.pins.is_empty() {
                return Err(("pins", CLIENTS_VERIFY));
            }
        }
        if self.pins_suffice {
            if self.pins.is_empty() {
                return Err(("pins-suffice", "needs a pin; add the key pins"));
            }
            if self.ca.is_some() {
                return Err(("ca-file", "makes no sense with pins-suffice = true"));
            }
        }
        if self.max_sessions == Some(0) {
            return Err(("max-sessions", "must be 1 or more"));
        }
        Ok(())
    }
}
