//! Who is believed about the address of a client, and in which header.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::Deserialize;

/// A proxy in front that is believed when it says for whom it connects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum TrustedProxy {
    /// Every address of a network.
    Network(IpNet),
    /// Whoever may connect to a Unix socket that the proxy listens on.
    Unix,
}

const NOT_A_PROXY: &str = "expected a network such as \"10.0.0.0/8\", an address such as \"::1\", \
     or \"unix\" for those who connect to a Unix socket";

const NOT_A_NETWORK: &str = "expected a network such as \"10.0.0.0/8\", or an address";

const HOST_BITS: &str = "has bits set behind the length of its prefix; shorten the address, or \
     lengthen the prefix";

impl TryFrom<String> for TrustedProxy {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text == "unix" {
            return Ok(Self::Unix);
        }
        match network(&text) {
            Ok(network) => Ok(Self::Network(network)),
            // A slip of the keyboard here would trust strangers.
            Err(HOST_BITS) => Err(HOST_BITS),
            Err(_) => Err(NOT_A_PROXY),
        }
    }
}

/// A network in CIDR notation, or one address, which stands for itself.
pub(super) fn network(text: &str) -> Result<IpNet, &'static str> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(IpNet::from(address.to_canonical()));
    }
    let network: IpNet = text.parse().map_err(|_| NOT_A_NETWORK)?;
    if network.addr() != network.network() {
        return Err(HOST_BITS);
    }
    Ok(network)
}

/// The header in which trusted proxies name the client. It is one alone: a proxy that writes the one
/// lets the other through as the client sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ForwardedHeader {
    /// `X-Forwarded-For`, which most proxies write.
    #[default]
    XForwardedFor,
    /// `Forwarded` ([RFC 7239](https://www.rfc-editor.org/rfc/rfc7239)).
    Forwarded,
}
