//! The Internet, as far as a test needs it.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use pop3_proxy::Network;
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;

/// A network on which the tests' servers have a public address, and nothing else is.
#[derive(Debug)]
pub struct Internet {
    host: &'static str,
    address: IpAddr,
    /// Where the servers really are, by their ports.
    servers: HashMap<u16, SocketAddr>,
}

impl Internet {
    /// One host with these servers.
    #[must_use]
    pub fn of(host: &'static str, servers: impl Into<HashMap<u16, SocketAddr>>) -> Self {
        Self {
            host,
            address: IpAddr::from([93, 184, 216, 34]),
            servers: servers.into(),
        }
    }
}

impl Network for Internet {
    fn look_up(
        &self,
        host: &str,
        _place: Option<OwnedSemaphorePermit>,
    ) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        let found = (host.strip_suffix('.') == Some(self.host)).then_some(vec![self.address]);
        async move { found.ok_or_else(|| io::Error::other("no such name")) }.boxed()
    }

    fn connect(&self, address: SocketAddr) -> BoxFuture<'static, io::Result<TcpStream>> {
        let really = self.servers.get(&address.port()).copied();
        let really = really.filter(|_| address.ip() == self.address);
        async move {
            match really {
                Some(really) => TcpStream::connect(really).await,
                None => Err(io::ErrorKind::NetworkUnreachable.into()),
            }
        }
        .boxed()
    }
}
