//! The network under the proxy, which a test may replace.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};

use futures_util::future::{BoxFuture, FutureExt};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;

/// Where the proxy looks names up and makes its connections to mail servers.
///
/// It is the system's own unless [`Proxy::bind_on`](crate::Proxy::bind_on) is given another, such as
/// one on which a test's own servers have public addresses.
pub trait Network: fmt::Debug + Send + Sync + 'static {
    /// The addresses of a host, which is a DNS name or an address itself, best first.
    ///
    /// The place is kept until the look-up has ended, which may be after nobody waits for it any
    /// more: the system's cannot be stopped.
    ///
    /// # Errors
    /// What the resolver says. A name without addresses is an error, or an empty answer.
    fn look_up(
        &self,
        host: &str,
        place: Option<OwnedSemaphorePermit>,
    ) -> BoxFuture<'static, io::Result<Vec<IpAddr>>>;

    /// A connection to exactly this address.
    ///
    /// # Errors
    /// What the system says.
    fn connect(&self, address: SocketAddr) -> BoxFuture<'static, io::Result<TcpStream>>;
}

/// The network of the system: its resolver, which knows `/etc/hosts` and much else, and its sockets.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemNetwork;

impl Network for SystemNetwork {
    fn look_up(
        &self,
        host: &str,
        place: Option<OwnedSemaphorePermit>,
    ) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        let host = host.to_owned();
        let looking = tokio::task::spawn_blocking(move || {
            let _place = place;
            // The port is of no account to the resolver.
            let found = (host.as_str(), 0).to_socket_addrs()?;
            Ok(found.map(|address| address.ip()).collect())
        });
        async move { looking.await.unwrap_or_else(|e| Err(io::Error::other(e))) }.boxed()
    }

    fn connect(&self, address: SocketAddr) -> BoxFuture<'static, io::Result<TcpStream>> {
        TcpStream::connect(address).boxed()
    }
}
