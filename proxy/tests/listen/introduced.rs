//! A mail server that wants to be told whom a connection is for, by PROXY v2. By it these tests see
//! whom the proxy takes for the client.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};

use crate::support::{accepted, listener, plain, soon};

/// The mail server, and the proxy's configuration for it, as the server `plain`.
pub(crate) struct Introduced(TcpListener);

impl Introduced {
    pub(crate) async fn start() -> (Self, String) {
        let (listener, address) = listener().await;
        let config = format!("{}proxy-protocol = true\n", plain(address));
        (Self(listener), config)
    }

    /// The next connection, and the client that its header names; `None` where the proxy speaks for
    /// itself.
    pub(crate) async fn accept(&self) -> (TcpStream, Option<SocketAddr>) {
        let mut stream = accepted(&self.0).await;
        let mut fixed = [0; 16];
        soon(stream.read_exact(&mut fixed)).await.unwrap();
        assert_eq!(&fixed[..12], b"\r\n\r\n\0\r\nQUIT\n");
        let mut rest = vec![0; usize::from(u16::from_be_bytes([fixed[14], fixed[15]]))];
        soon(stream.read_exact(&mut rest)).await.unwrap();
        let port = |at: usize| u16::from_be_bytes([rest[at], rest[at + 1]]);
        let client = match (fixed[12], fixed[13]) {
            (0x20, 0) => None,
            (0x21, 0x11) => {
                let ip: [u8; 4] = rest[..4].try_into().unwrap();
                Some(SocketAddr::new(IpAddr::from(Ipv4Addr::from(ip)), port(8)))
            }
            (0x21, 0x21) => {
                let ip: [u8; 16] = rest[..16].try_into().unwrap();
                Some(SocketAddr::new(IpAddr::from(Ipv6Addr::from(ip)), port(32)))
            }
            other => panic!("a header of another kind: {other:x?}"),
        };
        (stream, client)
    }
}
