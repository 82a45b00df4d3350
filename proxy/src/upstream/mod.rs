//! The hop from the proxy to the mail server.

mod dial;
mod network;
mod pins;
mod proxy_protocol;
mod public;
mod stls;
mod tls;

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_rustls::client::TlsStream;

pub(crate) use self::dial::{PublicOnly, Reach};
pub use self::network::{Network, SystemNetwork};
pub(crate) use self::tls::{Connector, PlatformRootsError, forget_platform_roots};
use crate::close::Reason;
use crate::config::{Config, Tls};
use crate::listen::ClientAddress;
use crate::mode::Mode;
use crate::session::Target;

/// An open connection to a mail server. The next octet from it is the greeting's first, except
/// after STLS, where the greeting was read before and is in [`Connected::greeting`].
#[derive(Debug)]
pub(crate) enum Upstream {
    /// Without TLS of the proxy's.
    Plain(TcpStream),
    /// Inside TLS; boxed, since the state of TLS is many times as large.
    Tls(Box<TlsStream<TcpStream>>),
}

/// What [`connect`] reached.
#[derive(Debug)]
pub(crate) struct Connected {
    pub(crate) stream: Upstream,
    /// The greeting that came before STLS, as it came; empty in the other modes.
    pub(crate) greeting: Bytes,
    pub(crate) took: Took,
}

/// How long it took to reach a server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Took {
    /// Look-up and connection.
    pub(crate) connect: Duration,
    /// STLS and the TLS handshake; `None` where the proxy does none.
    pub(crate) handshake: Option<Duration>,
}

/// Why a server could not be reached: the word for the client, and a detail for the log.
///
/// The detail never quotes what a server sent.
#[derive(Debug)]
pub(crate) struct ConnectError {
    pub(crate) reason: Reason,
    pub(crate) detail: String,
}

impl ConnectError {
    fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self {
            reason,
            detail: detail.into(),
        }
    }
}

/// The limits on the way to a session.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    connect: Duration,
    handshake: Duration,
}

impl Limits {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            connect: config.connect_timeout,
            handshake: config.handshake_timeout,
        }
    }
}

/// Connects to `target` for `client`, and protects the connection as the server's entry demands,
/// unless the client does that itself.
pub(crate) async fn connect(
    network: &dyn Network,
    target: &Target,
    mode: Mode,
    client: ClientAddress,
    limits: Limits,
) -> Result<Connected, ConnectError> {
    let (server, connector) = (&target.server, &target.connector);
    let (host, port) = (server.host.as_str(), server.port());
    let begun = Instant::now();
    let deadline = begun + limits.connect;
    let mut tcp = dial::dial(network, &target.reach, host, port, deadline).await?;
    let connect = begun.elapsed();
    // Commands are small, and each waits for its answer: Nagle's delay would be paid every time.
    if let Err(e) = tcp.set_nodelay(true) {
        tracing::debug!(error = %e, "TCP_NODELAY could not be set");
    }
    let handshake = async {
        if server.proxy_protocol {
            introduce(&mut tcp, client).await?;
        }
        if mode == Mode::EndToEnd {
            return Ok((Upstream::Plain(tcp), Bytes::new()));
        }
        match server.tls {
            Tls::InsecurePlaintext => Ok((Upstream::Plain(tcp), Bytes::new())),
            Tls::Implicit => {
                let stream = connector.handshake(tcp).await?;
                Ok((Upstream::Tls(stream), Bytes::new()))
            }
            Tls::Starttls => {
                let greeting = stls::negotiate(&mut tcp).await?;
                let stream = connector.handshake(tcp).await?;
                Ok((Upstream::Tls(stream), greeting))
            }
        }
    };
    let (stream, greeting) = tokio::time::timeout(limits.handshake, handshake)
        .await
        .unwrap_or_else(|_| {
            Err(ConnectError::new(
                Reason::ConnectTimeout,
                "no end of the handshake in time",
            ))
        })?;
    let handshake = match &stream {
        Upstream::Plain(_) => None,
        Upstream::Tls(_) => Some(begun.elapsed().saturating_sub(connect)),
    };
    Ok(Connected {
        stream,
        greeting,
        took: Took { connect, handshake },
    })
}

/// Tells the server whom the connection is for, before anything else is said on it.
async fn introduce(tcp: &mut TcpStream, client: ClientAddress) -> Result<(), ConnectError> {
    let introduced = async {
        let header = proxy_protocol::header(client, tcp.peer_addr()?)?;
        tcp.write_all(&header).await
    };
    introduced
        .await
        .map_err(|e| ConnectError::new(reason_of(&e), e.kind().to_string()))
}

fn reason_of(error: &io::Error) -> Reason {
    match error.kind() {
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset => Reason::Refused,
        io::ErrorKind::TimedOut => Reason::ConnectTimeout,
        _ => Reason::Unreachable,
    }
}

impl Upstream {
    /// Protocol version and cipher suite by their IANA names; `None` where the proxy does no TLS.
    pub(crate) fn tls_parameters(&self) -> Option<(String, String)> {
        match self {
            Self::Plain(_) => None,
            Self::Tls(stream) => tls::parameters(stream.get_ref().1),
        }
    }
}

impl AsyncRead for Upstream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Upstream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, buf),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
