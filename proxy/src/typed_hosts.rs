//! Hosts that people type themselves, where the configuration lets them: mail ports, TLS and public
//! addresses only.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use rustls::pki_types::DnsName;
use tokio::sync::Semaphore;
use tokio_rustls::TlsConnector;

use crate::config::{EndToEnd, Host, Server, Tls, TypedHosts};
use crate::session::Target;
use crate::upstream::{Connector, PlatformRootsError, PublicOnly, Reach};

/// Look-ups of typed names at the same time. The runtime has 512 threads for them, and those of
/// configured servers want some, however slow a stranger's DNS server is.
const MOST_LOOK_UPS: usize = 64;

/// The policy, ready for use.
pub(crate) struct TypedPolicy {
    config: TypedHosts,
    /// `None` where clients alone do TLS with these hosts.
    tls: Option<TlsConnector>,
    reach: Arc<PublicOnly>,
}

/// Why a host may not be asked for, in words for the log.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotAllowed(pub(crate) String);

/// A host as it was typed.
enum Typed {
    Address(IpAddr),
    /// In lower case, with a dot inside and none at the end.
    Name(String),
}

impl TypedPolicy {
    /// The configured policy; `None` where typed hosts are not enabled.
    ///
    /// # Errors
    /// That there are no authorities by which a typed host could be verified.
    pub(crate) fn new(config: &TypedHosts) -> Result<Option<Self>, PlatformRootsError> {
        if !config.enabled {
            return Ok(None);
        }
        Ok(Some(Self {
            config: config.clone(),
            tls: Connector::for_typed_hosts(config)?,
            reach: Arc::new(PublicOnly {
                except: config.deny_networks.clone(),
                look_ups: Arc::new(Semaphore::new(MOST_LOOK_UPS)),
            }),
        }))
    }

    /// Whether clients may do TLS with the hosts themselves.
    pub(crate) fn end_to_end(&self) -> EndToEnd {
        self.config.end_to_end()
    }

    /// Sessions with the same host and port at the same time.
    pub(crate) fn max_sessions_per_host(&self) -> usize {
        self.config.max_sessions_per_host
    }

    /// The target for `host:port`.
    ///
    /// # Errors
    /// [`NotAllowed`]. What a name resolves to is judged only when it is dialled.
    pub(crate) fn target(&self, typed: &str) -> Result<Target, NotAllowed> {
        let refuse = |why: &str| NotAllowed(why.to_owned());
        let (host, port) = typed.rsplit_once(':').ok_or_else(|| refuse("no port"))?;
        let tls = match port {
            "995" => Tls::Implicit,
            "110" => Tls::Starttls,
            _ => return Err(refuse("a port other than 110 and 995")),
        };
        let host = match Typed::read(host) {
            Some(Typed::Address(_)) if !self.config.allow_domains.is_empty() => {
                return Err(refuse("an address, which is in none of allow-domains"));
            }
            Some(Typed::Address(address)) => {
                let checked = self.reach.check(address);
                Host::from(checked.map_err(|what| NotAllowed(format!("{address} is {what}")))?)
            }
            Some(Typed::Name(name)) if self.config.lists_allow(&name) => {
                Host::try_from(name).map_err(refuse)?
            }
            Some(Typed::Name(_)) => return Err(refuse("a domain that the lists do not allow")),
            None => return Err(refuse("neither a full name nor an address")),
        };
        let shown = match host.as_str() {
            address if address.contains(':') => format!("[{address}]:{port}"),
            name => format!("{name}:{port}"),
        };
        let connector = match &self.tls {
            Some(tls) => Connector::verifying(&host, tls.clone()),
            None => Connector::None,
        };
        let mut server = Server::at(host, tls);
        server.end_to_end = Some(self.end_to_end());
        Ok(Target {
            name: shown,
            connector,
            server,
            reach: Reach::Public(Arc::clone(&self.reach)),
        })
    }
}

impl Typed {
    /// Reads addresses in their one standard spelling, IPv6 in brackets. What resolvers would take
    /// for an address otherwise, such as `0x7f.1` or `2130706433`, is no name either, nor is one
    /// without a dot: it would mean somebody in the proxy's own domain.
    fn read(host: &str) -> Option<Self> {
        let bracketed = host
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'));
        if let Some(inside) = bracketed {
            let address: Ipv6Addr = inside.parse().ok()?;
            return Some(Self::Address(address.into()));
        }
        if let Ok(address) = host.parse::<Ipv4Addr>() {
            return Some(Self::Address(address.into()));
        }
        let name = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
        let full = name.contains('.') && !name.ends_with('.');
        (full && DnsName::try_from(name.as_str()).is_ok()).then_some(Self::Name(name))
    }
}

#[cfg(test)]
mod tests;
