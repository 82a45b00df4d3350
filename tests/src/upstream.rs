//! POP3 servers that misbehave as told.
//!
//! Each is a [`Script`]: what it does about TLS, and how it conducts the session after that.
//! [`Upstream`] plays it to every connection, and tells what it has seen of its peer.

mod session;
mod wire;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::{Context, Result};
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use crate::within;

/// Kept small and fixed, so that what a test measures of back-pressure is what the proxy holds and
/// not what the kernel does. In octets.
const SOCKET_BUFFER: u32 = 64 * 1024;

/// What a server does.
#[derive(Debug, Clone)]
pub struct Script {
    /// How its connections are protected.
    pub security: Security,
    /// How it goes on after that.
    pub conduct: Conduct,
}

/// How a server deals with TLS.
#[derive(Debug, Clone)]
pub enum Security {
    /// Not at all; it knows no STLS.
    Plain,
    /// TLS from the first octet.
    Implicit(Arc<ServerConfig>),
    /// In place of the handshake, octets that are none.
    ImplicitGarbage,
    /// Greets, and answers STLS so.
    Stls(Stls),
}

/// Answers to STLS ([RFC 2595 section 4](https://www.rfc-editor.org/rfc/rfc2595#section-4)).
#[derive(Debug, Clone)]
pub enum Stls {
    /// As it should.
    Upgrades(Arc<ServerConfig>),
    /// With `-ERR`, though CAPA offers it.
    Refuses,
    /// With a second reply in the same segment, before a sound handshake.
    Injects(Arc<ServerConfig>),
    /// With `+OK`, and octets that are no handshake.
    Garbage,
    /// With `+OK`, and never a handshake.
    Stalls,
    /// Not at all.
    Ignores,
}

/// How a server conducts a session.
#[derive(Debug, Clone)]
pub enum Conduct {
    /// Accepts, and never sends an octet.
    Silent,
    /// Greets, then reads and never answers.
    Stalls,
    /// Greets, then never reads.
    NeverReads,
    /// Sends a greeting that has no end.
    FloodsLine,
    /// Hangs up instead of a greeting.
    HangsUp,
    /// Sends this in place of a greeting, and hangs up.
    Says(String),
    /// Any user may log in, with any password, and finds these messages. They are lines that end
    /// in CRLF.
    Mailbox(Arc<[Vec<u8>]>, Retr),
}

/// What happens to the answer to RETR.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retr {
    /// It is whole.
    Whole,
    /// After half of the message the connection is closed in good order, close_notify included.
    HangsUp,
    /// After half of the message the connection is reset.
    Resets,
    /// After half of the message the TCP connection is closed in good order, but the TLS
    /// connection in it is not: what an attacker who cuts the line looks like.
    Truncates,
    /// The message never ends.
    Floods,
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The peer closed it.
    PeerClosed,
    /// The peer reset it, or broke the protocol of its layer.
    PeerFailed,
    /// This server closed it, as its script says.
    HungUp,
}

/// What a server has seen.
#[derive(Debug, Clone, Default)]
pub struct Observed {
    /// Connections accepted.
    pub connections: usize,
    /// TLS handshakes completed.
    pub handshakes: usize,
    /// The octets that came after TLS was taken off, of all connections; the first 64 KiB.
    pub received: Vec<u8>,
    /// POP3 octets that the kernel has taken from this server.
    pub written: u64,
    /// How the connections that are over have ended.
    pub endings: Vec<Ending>,
}

/// A running server. It ends when this is dropped.
pub struct Upstream {
    address: SocketAddr,
    observed: watch::Receiver<Observed>,
    task: JoinHandle<()>,
}

impl Upstream {
    /// Starts a server on a port of its own.
    ///
    /// # Errors
    /// When the system gives no port.
    pub fn start(script: Script) -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.set_recv_buffer_size(SOCKET_BUFFER)?;
        socket.set_send_buffer_size(SOCKET_BUFFER)?;
        socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let listener = socket.listen(1024)?;
        let address = listener.local_addr()?;
        let (sender, observed) = watch::channel(Observed::default());
        let task = tokio::spawn(accept(listener, script, Arc::new(sender)));
        Ok(Self {
            address,
            observed,
            task,
        })
    }

    /// A server without TLS.
    ///
    /// # Errors
    /// As [`Upstream::start`].
    pub fn plain(conduct: Conduct) -> io::Result<Self> {
        Self::start(Script {
            security: Security::Plain,
            conduct,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it has seen so far.
    #[must_use]
    pub fn observed(&self) -> Observed {
        self.observed.borrow().clone()
    }

    /// Waits until what it has seen satisfies `condition`.
    ///
    /// # Errors
    /// When that takes longer than [`STEP`](crate::STEP), with `what` in the text.
    pub async fn wait_for(
        &self,
        what: &str,
        condition: impl FnMut(&Observed) -> bool,
    ) -> Result<Observed> {
        let mut observed = self.observed.clone();
        within(what, observed.wait_for(condition))
            .await
            .map(|seen| seen.clone())
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, script: Script, observed: Arc<watch::Sender<Observed>>) {
    let mut sessions = JoinSet::new();
    loop {
        while sessions.try_join_next().is_some() {}
        let Ok((stream, _)) = listener.accept().await else {
            return;
        };
        let (script, observed) = (script.clone(), Arc::clone(&observed));
        sessions.spawn(async move {
            observed.send_modify(|seen| seen.connections += 1);
            let ending = session::play(stream, &script, &observed).await;
            observed.send_modify(|seen| seen.endings.push(ending));
        });
    }
}

/// A port at which every connection is refused, for as long as this exists: it is taken, and no
/// one listens.
pub struct RefusedPort {
    _socket: TcpSocket,
    address: SocketAddr,
}

impl RefusedPort {
    /// Takes a port.
    ///
    /// # Errors
    /// When the system gives none.
    pub fn take() -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        Ok(Self {
            address: socket.local_addr()?,
            _socket: socket,
        })
    }

    /// Where connections are refused.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

/// A port at which connecting never ends, for as long as this exists: its queue is full, so that
/// the kernel drops each further SYN.
pub struct FullPort {
    address: SocketAddr,
    _listener: TcpListener,
    _queued: Vec<TcpStream>,
}

impl FullPort {
    /// Takes a port and fills its queue.
    ///
    /// # Errors
    /// When the queue takes more than it should.
    pub async fn take() -> Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let listener = socket.listen(1)?;
        let address = listener.local_addr()?;
        let mut queued = Vec::new();
        // Linux completes one connection more than the queue's length. A connection that has room
        // is there at once on loopback; one that is not there after a while has none.
        while let Ok(stream) = tokio::time::timeout(
            std::time::Duration::from_millis(300),
            TcpStream::connect(address),
        )
        .await
        {
            queued.push(stream.context("filling a queue")?);
            anyhow::ensure!(queued.len() < 16, "the queue of {address} does not fill");
        }
        Ok(Self {
            address,
            _listener: listener,
            _queued: queued,
        })
    }

    /// Where connecting never ends.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

/// A message of about `octets` octets (never fewer), of lines of 78 that differ from each other;
/// some begin with a dot.
#[must_use]
pub fn message(octets: usize) -> Vec<u8> {
    let mut message = b"From: test@localhost\r\nSubject: generated\r\n\r\n".to_vec();
    let mut line = 0_u32;
    while message.len() < octets {
        let dot = if line.is_multiple_of(7) { "." } else { "" };
        message.extend_from_slice(format!("{dot}{line:010} {}\r\n", "x".repeat(64)).as_bytes());
        line += 1;
    }
    message
}
