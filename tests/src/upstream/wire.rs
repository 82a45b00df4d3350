//! The stream under a fake session, plain or TLS, with the endings that a script asks for.

use std::io;
use std::sync::Arc;

use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::Observed;

/// How much of what came is kept, in octets.
const RECEIVED_LIMIT: usize = 64 * 1024;

/// No command is longer ([RFC 2449 section 4](https://www.rfc-editor.org/rfc/rfc2449#section-4)
/// allows 255 octets); what is, is no POP3.
const LINE_LIMIT: usize = 4096;

pub(super) trait Octets: AsyncRead + AsyncWrite + Unpin + Send {
    fn tcp(&mut self) -> &mut TcpStream;
}

impl Octets for TcpStream {
    fn tcp(&mut self) -> &mut TcpStream {
        self
    }
}

impl Octets for TlsStream<Box<dyn Octets>> {
    fn tcp(&mut self) -> &mut TcpStream {
        self.get_mut().0.tcp()
    }
}

/// A connection that reads lines and keeps count.
pub(super) struct Wire {
    stream: Box<dyn Octets>,
    /// Read and not yet asked for.
    ahead: Vec<u8>,
    observed: Arc<watch::Sender<Observed>>,
}

impl Wire {
    pub(super) fn new(stream: Box<dyn Octets>, observed: &Arc<watch::Sender<Observed>>) -> Self {
        Self {
            stream,
            ahead: Vec::new(),
            observed: Arc::clone(observed),
        }
    }

    /// The next line without its CRLF; `None` where the peer has closed in good order.
    pub(super) async fn line(&mut self) -> io::Result<Option<String>> {
        loop {
            if let Some(end) = line_end(&self.ahead) {
                let line = self.ahead.drain(..end + 2).take(end).collect::<Vec<u8>>();
                return Ok(Some(String::from_utf8_lossy(&line).into_owned()));
            }
            if self.ahead.len() > LINE_LIMIT {
                return Err(io::Error::other("a line without an end"));
            }
            let mut buffer = [0; 4096];
            let count = self.stream.read(&mut buffer).await?;
            let read = buffer.get(..count).unwrap_or_default();
            if read.is_empty() {
                return Ok(None);
            }
            self.ahead.extend_from_slice(read);
            self.observed.send_modify(|seen| {
                let room = RECEIVED_LIMIT.saturating_sub(seen.received.len());
                seen.received.extend(read.iter().take(room));
            });
        }
    }

    /// Sends octets as they are, and counts those that the kernel took.
    pub(super) async fn send(&mut self, octets: &[u8]) -> io::Result<()> {
        let mut rest = octets;
        while !rest.is_empty() {
            let count = self.stream.write(rest).await?;
            rest = rest.get(count..).unwrap_or_default();
            self.observed
                .send_modify(|seen| seen.written += count as u64);
        }
        self.stream.flush().await
    }

    /// Closes in good order: close_notify, then FIN; then waits for the peer to close as well.
    pub(super) async fn close(mut self) -> io::Result<()> {
        self.stream.shutdown().await?;
        self.drain().await
    }

    /// Closes the TCP connection in good order, whatever runs over it.
    pub(super) async fn truncate(mut self) -> io::Result<()> {
        self.stream.tcp().shutdown().await?;
        self.drain().await
    }

    /// Resets the TCP connection.
    pub(super) fn reset(mut self) -> io::Result<()> {
        self.stream.tcp().set_zero_linger()
    }

    /// Reads until the peer closes, and answers nothing.
    pub(super) async fn drain(&mut self) -> io::Result<()> {
        let mut sink = [0; 4096];
        while self.stream.read(&mut sink).await? != 0 {}
        Ok(())
    }

    /// The session with TLS under it, once the handshake is done.
    ///
    /// Octets that came ahead of the handshake are gone: the peer was to wait for the reply.
    pub(super) async fn secure(self, config: &Arc<ServerConfig>) -> io::Result<Self> {
        let stream = TlsAcceptor::from(Arc::clone(config))
            .accept(self.stream)
            .await?;
        self.observed.send_modify(|seen| seen.handshakes += 1);
        Ok(Self {
            stream: Box::new(stream),
            ahead: Vec::new(),
            observed: self.observed,
        })
    }
}

fn line_end(octets: &[u8]) -> Option<usize> {
    octets.windows(2).position(|pair| pair == b"\r\n")
}
