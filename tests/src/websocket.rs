//! A client of the proxy's tunnel, WebSocket subprotocol `pop3.v1`.

mod dial;
mod secure;

use std::io;

use anyhow::{Context, Result, bail, ensure};
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Bytes, Message};

pub use self::dial::{Dial, HttpRefusal};
pub use self::secure::Secure;
use crate::within;

/// How a WebSocket was closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// The code; 1006 where the connection ended without a close frame, as in browsers.
    pub code: u16,
    /// The reason, a word for machines.
    pub reason: String,
}

/// A session through the proxy.
pub struct Tunnel {
    socket: WebSocketStream<TcpStream>,
    /// POP3 octets that came and were not yet asked for.
    ahead: Vec<u8>,
    /// Texts that came and were not yet asked for.
    events: Vec<String>,
    /// The size of the largest binary message so far, in octets.
    largest: usize,
    closed: Option<Closed>,
    subprotocol: Option<String>,
}

impl Tunnel {
    /// The subprotocol that the proxy chose.
    #[must_use]
    pub fn subprotocol(&self) -> Option<&str> {
        self.subprotocol.as_deref()
    }

    /// The size of the largest binary message so far, in octets.
    #[must_use]
    pub fn largest_message(&self) -> usize {
        self.largest
    }

    /// Every POP3 octet that came and was not yet asked for.
    #[must_use]
    pub fn ahead(&self) -> &[u8] {
        &self.ahead
    }

    /// Forgets the POP3 octets that came and were not yet asked for, and says how many they were.
    pub fn discard(&mut self) -> usize {
        let count = self.ahead.len();
        self.ahead.clear();
        count
    }

    /// The next event.
    ///
    /// # Errors
    /// When the WebSocket closes first, or the event is no JSON.
    pub async fn event(&mut self) -> Result<Value> {
        while self.events.is_empty() {
            if let Some(closed) = self.receive("an event").await? {
                bail!("closed before an event: {closed:?}");
            }
        }
        serde_json::from_str(&self.events.remove(0)).context("an event that is not JSON")
    }

    /// Sends POP3 octets in one frame.
    ///
    /// # Errors
    /// When the WebSocket is closed.
    pub async fn send(&mut self, octets: &[u8]) -> Result<()> {
        let message = Message::Binary(Bytes::copy_from_slice(octets));
        within("sending", self.socket.send(message)).await
    }

    /// Sends each octet in a frame of its own.
    ///
    /// # Errors
    /// When the WebSocket is closed.
    pub async fn send_octet_by_octet(&mut self, octets: &[u8]) -> Result<()> {
        for octet in octets {
            self.send(std::slice::from_ref(octet)).await?;
        }
        Ok(())
    }

    /// Sends any message, such as one that a client must not send.
    ///
    /// # Errors
    /// When the WebSocket is closed.
    pub async fn send_message(&mut self, message: Message) -> Result<()> {
        within("sending", self.socket.send(message)).await
    }

    /// Writes octets below the WebSocket: frames that no library would send.
    ///
    /// # Errors
    /// When the connection is closed.
    pub async fn send_raw(&mut self, octets: &[u8]) -> Result<()> {
        within(
            "sending raw octets",
            self.socket.get_mut().write_all(octets),
        )
        .await
    }

    /// Sends a command, and takes the first line of its answer, without CRLF.
    ///
    /// # Errors
    /// When the WebSocket closes first.
    pub async fn command(&mut self, command: &str) -> Result<String> {
        self.send(format!("{command}\r\n").as_bytes()).await?;
        self.line().await
    }

    /// As [`Tunnel::command`], for an answer that must be `+OK`.
    ///
    /// # Errors
    /// Also when it is another.
    pub async fn accepted(&mut self, command: &str) -> Result<String> {
        let line = self.command(command).await?;
        // The word alone: an argument may be a password.
        let word = command.split(' ').next().unwrap_or_default();
        ensure!(line.starts_with("+OK"), "{word} was answered with {line}");
        Ok(line)
    }

    /// Takes the greeting and logs in.
    ///
    /// # Errors
    /// When the server refuses, or the WebSocket closes first.
    pub async fn log_in(&mut self, user: &str, password: &str) -> Result<()> {
        let greeting = self.line().await?;
        ensure!(greeting.starts_with("+OK"), "the greeting is {greeting}");
        self.accepted(&format!("USER {user}")).await?;
        self.accepted(&format!("PASS {password}")).await?;
        Ok(())
    }

    /// Sends a command, and takes its multi-line answer, without the status line and the dots
    /// added on the way.
    ///
    /// # Errors
    /// When the status is not `+OK`, or the WebSocket closes first.
    pub async fn multiline(&mut self, command: &str) -> Result<Vec<u8>> {
        self.accepted(command).await?;
        let mut body = Vec::new();
        let mut at = 0;
        loop {
            let Some(end) = line_end(&self.ahead, at) else {
                self.ahead.drain(..at);
                at = 0;
                self.more(command).await?;
                continue;
            };
            let line = self.ahead.get(at..end).unwrap_or_default();
            at = end;
            if line == b".\r\n" {
                self.ahead.drain(..at);
                return Ok(body);
            }
            body.extend_from_slice(line.strip_prefix(b".").unwrap_or(line));
        }
    }

    /// The next line, without CRLF.
    ///
    /// # Errors
    /// When the WebSocket closes first.
    pub async fn line(&mut self) -> Result<String> {
        loop {
            if let Some(end) = line_end(&self.ahead, 0) {
                let line: Vec<u8> = self.ahead.drain(..end).take(end - 2).collect();
                return Ok(String::from_utf8(line)?);
            }
            self.more("a line").await?;
        }
    }

    /// Waits until `count` POP3 octets are there that were not yet asked for.
    ///
    /// # Errors
    /// When the WebSocket closes first.
    pub async fn wait_for_octets(&mut self, count: usize) -> Result<()> {
        while self.ahead.len() < count {
            self.more("octets").await?;
        }
        Ok(())
    }

    /// Waits for the WebSocket's end. Octets that come before are kept in [`Tunnel::ahead`].
    ///
    /// # Errors
    /// When it does not end.
    pub async fn closed(&mut self) -> Result<Closed> {
        loop {
            if let Some(closed) = self.receive("the close").await? {
                return Ok(closed);
            }
        }
    }

    /// Closes the WebSocket as a page does that calls `close()`.
    ///
    /// # Errors
    /// When the proxy does not answer the close frame.
    pub async fn close(mut self) -> Result<Closed> {
        within("closing", self.socket.close(None)).await?;
        self.closed().await
    }

    /// Ends the TCP connection with nothing said, as a browser that crashes.
    pub fn vanish(self) {
        drop(self);
    }

    /// How the WebSocket ended, as far as it has been seen.
    #[must_use]
    pub fn end(&self) -> Option<&Closed> {
        self.closed.as_ref()
    }

    /// Ends the TCP connection in one direction with nothing said, and reads what still comes until
    /// the proxy has closed it as well.
    ///
    /// # Errors
    /// When the system refuses.
    pub async fn close_half(mut self) -> io::Result<()> {
        let connection = self.socket.get_mut();
        connection.shutdown().await?;
        match tokio::io::copy(connection, &mut tokio::io::sink()).await {
            Err(error) if error.kind() != io::ErrorKind::ConnectionReset => Err(error),
            _ => Ok(()),
        }
    }

    /// Resets the TCP connection.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn reset(self) -> Result<()> {
        self.socket.get_ref().set_zero_linger()?;
        Ok(())
    }

    async fn more(&mut self, what: &str) -> Result<()> {
        match self.receive(what).await? {
            None => Ok(()),
            Some(closed) => bail!("closed while waiting for {what}: {closed:?}"),
        }
    }

    /// Ends the connection as browsers do: answers the close frame, waits for the proxy to close
    /// the connection ([RFC 6455 section 7.1.1]), and closes it as well.
    ///
    /// [RFC 6455 section 7.1.1]: https://www.rfc-editor.org/rfc/rfc6455#section-7.1.1
    async fn hang_up(&mut self) -> Result<()> {
        within("the end of the connection", async {
            while let Some(Ok(_)) = self.socket.next().await {}
            Ok::<_, io::Error>(())
        })
        .await?;
        // An error here is a connection that is closed already.
        let _ = self.socket.get_mut().shutdown().await;
        Ok(())
    }

    /// Takes one message in; says how the WebSocket closed, once it has.
    async fn receive(&mut self, what: &str) -> Result<Option<Closed>> {
        if self.closed.is_some() {
            return Ok(self.closed.clone());
        }
        let message = within(what, async { Ok::<_, io::Error>(self.socket.next().await) }).await?;
        let abnormal = || Closed {
            code: 1006,
            reason: String::new(),
        };
        match message {
            Some(Ok(Message::Binary(octets))) => {
                self.largest = self.largest.max(octets.len());
                self.ahead.extend_from_slice(&octets);
            }
            Some(Ok(Message::Text(text))) => self.events.push(text.as_str().to_owned()),
            Some(Ok(Message::Close(frame))) => {
                self.closed = Some(frame.map_or_else(
                    || Closed {
                        code: 1005,
                        reason: String::new(),
                    },
                    |frame| Closed {
                        code: frame.code.into(),
                        reason: frame.reason.as_str().to_owned(),
                    },
                ));
                self.hang_up().await?;
            }
            Some(Ok(_)) => {}
            Some(Err(_)) | None => self.closed = Some(abnormal()),
        }
        Ok(self.closed.clone())
    }
}

/// Where the line that begins at `from` ends, its CRLF included.
fn line_end(octets: &[u8], from: usize) -> Option<usize> {
    let rest = octets.get(from..)?;
    rest.windows(2)
        .position(|pair| pair == b"\r\n")
        .map(|at| from + at + 2)
}
