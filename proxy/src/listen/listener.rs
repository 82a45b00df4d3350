//! The places where the proxy listens: opened at the start, each with what is spoken there.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::net::UnixListener;
use tokio_rustls::TlsAcceptor;

use super::ClientAddress;
use super::certificate::Certificate;
use super::stream::Socket;
#[cfg(unix)]
use super::unix_socket::{self, SocketFile};
use crate::config::{Config, ConfigError, Listen, ListenAddress};

/// Why a place cannot be listened at.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {}", explain(.address, .source))]
pub struct ListenError {
    address: ListenAddress,
    source: io::Error,
}

/// The common errors in words that say what to do.
fn explain(address: &ListenAddress, error: &io::Error) -> String {
    use std::io::ErrorKind;
    let unix = matches!(address, ListenAddress::Unix(_));
    match error.kind() {
        ErrorKind::AddrInUse => {
            "another program listens there already; stop it, or choose another address with \
             --listen"
                .to_owned()
        }
        ErrorKind::AddrNotAvailable => "this machine has no such address".to_owned(),
        ErrorKind::NotFound if unix => "its folder does not exist; make it first".to_owned(),
        ErrorKind::PermissionDenied if unix => {
            "the system does not allow it; its folder must be writable for the proxy".to_owned()
        }
        ErrorKind::InvalidInput if unix => {
            "its path is too long for a socket; choose a shorter one".to_owned()
        }
        ErrorKind::PermissionDenied => {
            "the system does not allow it; ports below 1024 are often reserved".to_owned()
        }
        _ => error.to_string(),
    }
}

/// All listeners, and the certificate that those with HTTPS share.
pub(crate) struct Listeners {
    pub(crate) all: Vec<Listener>,
    pub(crate) certificate: Option<Arc<Certificate>>,
}

/// One place where the proxy listens.
pub(crate) struct Listener {
    socket: ListeningSocket,
    place: Place,
    tls: Option<TlsAcceptor>,
    pub(super) proxy_protocol: bool,
}

enum ListeningSocket {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(UnixListener, Option<SocketFile>),
}

/// Where it listens: the port is the one that the system chose if it was asked to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// `None` for a Unix socket.
    pub(crate) address: Option<SocketAddr>,
    /// A Unix socket's path, where it has one.
    pub(crate) path: Option<PathBuf>,
    pub(crate) https: bool,
}

impl Place {
    /// The scheme of the page's URL there.
    pub(crate) fn scheme(&self) -> &'static str {
        if self.https { "https" } else { "http" }
    }
}

/// The URL of the page there; for a Unix socket, `unix:` and its path.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.scheme();
        match (self.address, &self.path) {
            // Browsers on this machine reach an unspecified address under the name of loopback.
            (Some(any), _) if any.ip().is_unspecified() => {
                write!(f, "{scheme}://127.0.0.1:{}/", any.port())
            }
            (Some(address), _) => write!(f, "{scheme}://{address}/"),
            (None, Some(path)) => write!(f, "unix:{}", path.display()),
            (None, None) => f.write_str("unix:"),
        }
    }
}

/// Why the listeners could not be opened.
pub(crate) enum OpenError {
    Config(ConfigError),
    Listen(ListenError),
}

impl From<ConfigError> for OpenError {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

impl Listeners {
    /// Opens everything that the configuration names.
    pub(crate) async fn open(config: &Config) -> Result<Self, OpenError> {
        let certificate = config.https.as_ref().map(Certificate::load).transpose()?;
        let mut all = Vec::new();
        for listen in &config.listen {
            let failed = |source| {
                OpenError::Listen(ListenError {
                    address: listen.address.clone(),
                    source,
                })
            };
            let sockets = match &listen.address {
                ListenAddress::Inet(address) => {
                    vec![ListeningSocket::Tcp(
                        TcpListener::bind(address).await.map_err(failed)?,
                    )]
                }
                #[cfg(unix)]
                ListenAddress::Unix(path) => {
                    let mode = listen.mode.unwrap_or_default();
                    let (socket, file) = unix_socket::bind(path, mode).await.map_err(failed)?;
                    vec![ListeningSocket::Unix(socket, Some(file))]
                }
                #[cfg(not(unix))]
                ListenAddress::Unix(_) => return Err(failed(io::ErrorKind::Unsupported.into())),
                ListenAddress::Systemd => from_systemd().map_err(failed)?,
            };
            for socket in sockets {
                let listener = Listener::new(socket, listen, certificate.as_ref());
                all.push(listener.map_err(failed)?);
            }
        }
        Ok(Self { all, certificate })
    }

    /// Where they listen, in the order of the configuration.
    pub(crate) fn places(&self) -> Vec<Place> {
        self.all
            .iter()
            .map(|listener| listener.place().clone())
            .collect()
    }
}

/// The sockets that systemd opened for us (sd_listen_fds(3)).
fn from_systemd() -> io::Result<Vec<ListeningSocket>> {
    let mut given = listenfd::ListenFd::from_env();
    let mut sockets = Vec::new();
    for number in 0..given.len() {
        if let Ok(Some(tcp)) = given.take_tcp_listener(number) {
            tcp.set_nonblocking(true)?;
            sockets.push(ListeningSocket::Tcp(TcpListener::from_std(tcp)?));
            continue;
        }
        #[cfg(unix)]
        if let Ok(Some(unix)) = given.take_unix_listener(number) {
            unix.set_nonblocking(true)?;
            // The file is systemd's own, and stays.
            sockets.push(ListeningSocket::Unix(UnixListener::from_std(unix)?, None));
            continue;
        }
        return Err(io::Error::other(format!(
            "socket {number} of those handed over is no stream socket; expected ListenStream= \
             in the socket unit"
        )));
    }
    if sockets.is_empty() {
        return Err(io::Error::other(
            "no socket was handed over; start it by its socket unit, or name an address",
        ));
    }
    Ok(sockets)
}

impl Listener {
    /// Listens at one address, for HTTP and nothing before it.
    pub(crate) async fn bind_plain(address: SocketAddr) -> Result<Self, ListenError> {
        let failed = |source| ListenError {
            address: address.into(),
            source,
        };
        let socket = TcpListener::bind(address).await.map_err(failed)?;
        let address = socket.local_addr().map_err(failed)?;
        let plain = Listen::from(address);
        Self::new(ListeningSocket::Tcp(socket), &plain, None).map_err(failed)
    }

    /// Where it listens.
    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    fn new(
        socket: ListeningSocket,
        listen: &Listen,
        certificate: Option<&Arc<Certificate>>,
    ) -> io::Result<Self> {
        let (address, path) = match &socket {
            ListeningSocket::Tcp(socket) => (Some(socket.local_addr()?), None),
            #[cfg(unix)]
            ListeningSocket::Unix(_, Some(file)) => (None, Some(file.path().to_owned())),
            #[cfg(unix)]
            ListeningSocket::Unix(socket, None) => {
                let address = socket.local_addr()?;
                (None, address.as_pathname().map(ToOwned::to_owned))
            }
        };
        let wanted = listen.https.unwrap_or(address.is_some());
        let tls = certificate
            .filter(|_| wanted)
            .map(|certificate| certificate.acceptor());
        let place = Place {
            address,
            path,
            https: tls.is_some(),
        };
        Ok(Self {
            socket,
            place,
            tls,
            proxy_protocol: listen.proxy_protocol,
        })
    }

    /// The next connection.
    pub(crate) async fn accept(&self) -> io::Result<(Socket, ClientAddress)> {
        match &self.socket {
            ListeningSocket::Tcp(socket) => {
                let (stream, peer) = socket.accept().await?;
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "TCP_NODELAY could not be set");
                }
                Ok((Socket::Tcp(stream), peer.into()))
            }
            #[cfg(unix)]
            ListeningSocket::Unix(socket, _) => {
                let (stream, _) = socket.accept().await?;
                Ok((Socket::Unix(stream), ClientAddress::Unix))
            }
        }
    }

    /// How TLS is accepted here, if at all.
    pub(super) fn tls(&self) -> Option<&TlsAcceptor> {
        self.tls.as_ref()
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.place.fmt(f)
    }
}
