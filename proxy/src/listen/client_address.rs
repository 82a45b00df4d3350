//! Whom a request comes from: the peer, or whom a trusted proxy names.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;
use axum::http::header::{FORWARDED, HeaderName};

use super::forwarded;
use crate::config::{Config, ForwardedHeader, TrustedProxy};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Where a request comes from, as far as this can be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ClientAddress {
    /// An address of the network; IPv4 is never in IPv6's clothes. The port is 0 where a proxy named
    /// none.
    Inet(SocketAddr),
    /// Somebody on this machine who connected to a Unix socket.
    Unix,
}

impl ClientAddress {
    /// The address without its port; `None` for a Unix socket.
    pub(crate) fn ip(self) -> Option<IpAddr> {
        match self {
            Self::Inet(address) => Some(address.ip()),
            Self::Unix => None,
        }
    }
}

impl From<SocketAddr> for ClientAddress {
    fn from(address: SocketAddr) -> Self {
        Self::Inet(SocketAddr::new(address.ip().to_canonical(), address.port()))
    }
}

impl fmt::Display for ClientAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inet(address) => address.ip().fmt(f),
            Self::Unix => f.write_str("unix"),
        }
    }
}

/// The proxies in front that are believed, and the header in which they speak.
#[derive(Debug, Clone)]
pub(crate) struct Trust {
    proxies: Vec<TrustedProxy>,
    header: ForwardedHeader,
}

/// A trusted proxy passed on a `Forwarded` header that is not one of RFC 7239, so that nobody can
/// say where what the client wrote ends.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct MalformedForwarded;

impl Trust {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            proxies: config.trusted_proxies.clone(),
            header: config.forwarded_header,
        }
    }

    /// Whether this peer is one of the proxies that are believed.
    pub(crate) fn believes(&self, peer: ClientAddress) -> bool {
        self.proxies.iter().any(|proxy| match (proxy, peer) {
            (TrustedProxy::Network(network), ClientAddress::Inet(address)) => {
                network.contains(&address.ip())
            }
            (TrustedProxy::Unix, ClientAddress::Unix) => true,
            _ => false,
        })
    }

    /// The client of a request that came over a connection from `peer`: from the right, the first
    /// address in the header that is not a trusted proxy's. Each proxy adds its own peer on the
    /// right, so what stands further to the left is what that client claims.
    pub(crate) fn client(
        &self,
        peer: ClientAddress,
        headers: &HeaderMap,
    ) -> Result<ClientAddress, MalformedForwarded> {
        if !self.believes(peer) {
            return Ok(peer);
        }
        let mut client = peer;
        for hop in self.hops(headers)?.into_iter().rev() {
            // A proxy that does not know, or does not tell, is the last that is known.
            let Some(address) = hop else {
                break;
            };
            client = address.into();
            if !self.believes(client) {
                break;
            }
        }
        Ok(client)
    }

    /// The addresses in the header, from left to right; `None` for what is no address.
    fn hops(&self, headers: &HeaderMap) -> Result<Vec<Option<SocketAddr>>, MalformedForwarded> {
        let mut hops = Vec::new();
        match self.header {
            ForwardedHeader::XForwardedFor => {
                for line in headers.get_all(X_FORWARDED_FOR) {
                    let elements = line.as_bytes().split(|&octet| octet == b',');
                    let elements = elements.map(<[u8]>::trim_ascii);
                    hops.extend(
                        elements
                            .filter(|element| !element.is_empty())
                            .map(|element| {
                                let text = str::from_utf8(element).ok()?;
                                forwarded::address(text)
                            }),
                    );
                }
            }
            ForwardedHeader::Forwarded => {
                for line in headers.get_all(FORWARDED) {
                    let line = line.to_str().map_err(|_| MalformedForwarded)?;
                    hops.extend(forwarded::parse(line).ok_or(MalformedForwarded)?);
                }
            }
        }
        Ok(hops)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trust(proxies: &[&str], header: ForwardedHeader) -> Trust {
        let proxies = proxies.iter().map(|&text| text.to_owned().try_into());
        Trust {
            proxies: proxies.map(Result::unwrap).collect(),
            header,
        }
    }

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    fn peer(text: &str) -> ClientAddress {
        match text {
            "unix" => ClientAddress::Unix,
            ip => SocketAddr::new(ip.parse().unwrap(), 4000).into(),
        }
    }

    /// Peer, lines of X-Forwarded-For, and who the client is then.
    const X_FORWARDED_FOR: &[(&str, &[&str], &str)] = &[
        ("192.0.2.1", &[], "192.0.2.1"),
        // A stranger may claim what he likes.
        ("192.0.2.1", &["198.51.100.1"], "192.0.2.1"),
        ("::ffff:192.0.2.1", &["198.51.100.1"], "192.0.2.1"),
        ("10.0.0.1", &[], "10.0.0.1"),
        ("10.0.0.1", &["198.51.100.1"], "198.51.100.1"),
        ("::ffff:10.0.0.1", &["198.51.100.1"], "198.51.100.1"),
        ("unix", &["198.51.100.1"], "198.51.100.1"),
        // The rightmost that is not trusted; what is left of it the client wrote himself.
        ("10.0.0.1", &["9.9.9.9, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", &["9.9.9.9", "198.51.100.1"], "198.51.100.1"),
        (
            "10.0.0.1",
            &["9.9.9.9, 198.51.100.1,10.0.0.2"],
            "198.51.100.1",
        ),
        ("10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", &["\", 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", &["198.51.100.1:4711"], "198.51.100.1"),
        ("10.0.0.1", &["2001:db8::7"], "2001:db8::7"),
        ("10.0.0.1", &["[2001:db8::7]:4711"], "2001:db8::7"),
        ("10.0.0.1", &["::ffff:198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", &["9.9.9.9, unknown"], "10.0.0.1"),
        ("10.0.0.1", &["9.9.9.9, unknown, 10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", &["198.51.100.1, ,"], "198.51.100.1"),
    ];

    #[test]
    fn x_forwarded_for_is_believed_from_the_right_and_from_trusted_proxies_alone() {
        let trust = trust(&["10.0.0.0/8", "unix"], ForwardedHeader::XForwardedFor);
        for (from, lines, client) in X_FORWARDED_FOR {
            let lines: Vec<_> = lines
                .iter()
                .map(|line| ("x-forwarded-for", *line))
                .collect();
            // The header that is not the configured one comes from the client.
            let mut sent = headers(&lines);
            sent.insert(FORWARDED, "for=6.6.6.6".parse().unwrap());
            let found = trust.client(peer(from), &sent).unwrap();
            assert_eq!(found.to_string(), *client, "{from} {lines:?}");
        }
    }

    #[test]
    fn forwarded_is_read_instead_where_it_is_configured() {
        let trust = trust(&["10.0.0.0/8"], ForwardedHeader::Forwarded);
        for (line, client) in [
            ("for=198.51.100.1", Ok("198.51.100.1")),
            (
                "for=9.9.9.9, for=198.51.100.1;proto=https",
                Ok("198.51.100.1"),
            ),
            ("for=198.51.100.1, for=\"10.0.0.9:80\"", Ok("198.51.100.1")),
            ("for=9.9.9.9, for=_hidden", Ok("10.0.0.1")),
            ("for=9.9.9.9, proto=http", Ok("10.0.0.1")),
            // A quote that the client opened would swallow what the proxy adds.
            ("for=\"9.9.9.9, for=198.51.100.1", Err(MalformedForwarded)),
        ] {
            let sent = headers(&[("forwarded", line), ("x-forwarded-for", "6.6.6.6")]);
            let found = trust.client(peer("10.0.0.1"), &sent);
            let found = found.map(|found| found.to_string());
            assert_eq!(
                found.as_deref().map_err(|_| MalformedForwarded),
                client,
                "{line}"
            );
        }
    }

    #[test]
    fn nobody_is_trusted_unless_configured() {
        let trust = trust(&[], ForwardedHeader::XForwardedFor);
        let sent = headers(&[("x-forwarded-for", "6.6.6.6")]);
        for from in ["127.0.0.1", "::1", "10.0.0.1", "unix"] {
            assert_eq!(trust.client(peer(from), &sent), Ok(peer(from)));
        }
    }
}
