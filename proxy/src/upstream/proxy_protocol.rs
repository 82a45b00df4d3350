//! The PROXY protocol, version 2, on the way to a mail server: the server logs and punishes the
//! client that guesses passwords, and not the proxy with everybody behind it.
//!
//! The header comes before all else, TLS included, so that it works with every mode. Dovecot's
//! XCLIENT would need a greeting and an answer of its own before STLS.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use ppp::v2::{AddressFamily, Builder, Command, Protocol, Version};

use crate::listen::ClientAddress;

/// The header that says: this is `client`, and it came for `server`.
pub(super) fn header(client: ClientAddress, server: SocketAddr) -> io::Result<Vec<u8>> {
    match client {
        ClientAddress::Inet(client) => {
            let server = of_the_same_family(client, server);
            Builder::with_addresses(
                Version::Two | Command::Proxy,
                Protocol::Stream,
                (client, server),
            )
            .build()
        }
        // A connection on the proxy's own behalf: the server takes the proxy's address.
        ClientAddress::Unix => Builder::new(
            Version::Two | Command::Local,
            AddressFamily::Unspecified | Protocol::Unspecified,
        )
        .build(),
    }
}

/// The header has room for one family alone. Where the server is reached by the other, it is the
/// client's address that matters, as it is: rules for an address would not know it in disguise.
fn of_the_same_family(client: SocketAddr, server: SocketAddr) -> SocketAddr {
    let unspecified: IpAddr = match (client, server) {
        (SocketAddr::V4(_), SocketAddr::V6(_)) => Ipv4Addr::UNSPECIFIED.into(),
        (SocketAddr::V6(_), SocketAddr::V4(_)) => Ipv6Addr::UNSPECIFIED.into(),
        _ => return server,
    };
    SocketAddr::new(unspecified, server.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

    #[test]
    fn the_client_goes_out_as_version_2_writes_it() {
        for (client, server, rest) in [
            (
                "192.0.2.1:258",
                "198.51.100.2:995",
                &b"\x21\x11\0\x0c\xc0\0\x02\x01\xc6\x33\x64\x02\x01\x02\x03\xe3"[..],
            ),
            (
                "[2001:db8::1]:258",
                "[::1]:995",
                b"\x21\x21\0\x24\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01\
                  \0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x01\x02\x03\xe3",
            ),
            (
                "192.0.2.1:0",
                "[::1]:995",
                b"\x21\x11\0\x0c\xc0\0\x02\x01\0\0\0\0\0\0\x03\xe3",
            ),
            (
                "[2001:db8::1]:0",
                "198.51.100.2:995",
                b"\x21\x21\0\x24\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01\
                  \0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x03\xe3",
            ),
        ] {
            let client: SocketAddr = client.parse().unwrap();
            let made = header(client.into(), server.parse().unwrap()).unwrap();
            assert_eq!(made, [SIGNATURE, rest].concat(), "{client} {server}");
        }
    }

    #[test]
    fn a_client_without_an_address_is_the_proxy_itself() {
        let server = "198.51.100.2:995".parse().unwrap();
        let made = header(ClientAddress::Unix, server).unwrap();
        assert_eq!(made, [SIGNATURE, b"\x20\0\0\0"].concat());
    }
}
