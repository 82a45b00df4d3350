//! TLS with the mail server through the tunnel, as a client does it end-to-end.

use std::io::{Read, Write};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use rustls::ClientConnection;
use rustls::pki_types::ServerName;

use super::Tunnel;
use crate::certificates::trusting;

/// The most octets of one frame that the proxy takes, whatever it is configured for.
const FRAME: usize = 16 * 1024;

/// A session inside TLS. Everything that the tunnel carries for it is kept, to be looked at.
pub struct Secure {
    tunnel: Tunnel,
    tls: ClientConnection,
    carried: Vec<u8>,
    /// What came inside TLS and was not yet asked for.
    ahead: Vec<u8>,
}

impl Secure {
    /// Does the handshake, at a point where the server expects it. The certificate must carry
    /// `name`, and come from the authority in the file `ca`.
    ///
    /// # Errors
    /// When the handshake fails, or the WebSocket closes first.
    pub async fn handshake(tunnel: Tunnel, name: &str, ca: &Path) -> Result<Self> {
        let name = ServerName::try_from(name.to_owned())?;
        let mut secure = Self {
            tunnel,
            tls: ClientConnection::new(trusting(ca)?, name)?,
            carried: Vec::new(),
            ahead: Vec::new(),
        };
        while secure.tls.is_handshaking() {
            secure.write().await?;
            secure.read().await?;
        }
        secure.write().await?;
        Ok(secure)
    }

    /// Every octet that the tunnel has carried since the handshake began, in both directions.
    #[must_use]
    pub fn carried(&self) -> &[u8] {
        &self.carried
    }

    /// The tunnel below.
    pub fn tunnel(&mut self) -> &mut Tunnel {
        &mut self.tunnel
    }

    /// Sends a command, and takes the first line of its answer, which must be `+OK`.
    ///
    /// # Errors
    /// When it is another, or the session ends first.
    pub async fn accepted(&mut self, command: &str) -> Result<String> {
        self.tls.writer().write_all(command.as_bytes())?;
        self.tls.writer().write_all(b"\r\n")?;
        self.write().await?;
        let line = self.line().await?;
        // The word alone: an argument may be a password.
        let word = command.split(' ').next().unwrap_or_default();
        ensure!(line.starts_with("+OK"), "{word} was answered with {line}");
        Ok(line)
    }

    /// The next line, without CRLF.
    ///
    /// # Errors
    /// When the session ends first.
    pub async fn line(&mut self) -> Result<String> {
        let octets = self.until(b"\r\n").await?;
        Ok(String::from_utf8(octets)?)
    }

    /// Sends a command, and takes its answer of several lines as it came, without the status line
    /// and the line that ends it.
    ///
    /// # Errors
    /// When the status is not `+OK`, or the session ends first.
    pub async fn multiline(&mut self, command: &str) -> Result<Vec<u8>> {
        self.accepted(command).await?;
        let mut octets = self.until(b"\r\n.\r\n").await?;
        octets.extend_from_slice(b"\r\n");
        Ok(octets)
    }

    async fn until(&mut self, mark: &[u8]) -> Result<Vec<u8>> {
        let mut from: usize = 0;
        loop {
            let unseen = self.ahead.get(from..).unwrap_or_default();
            let found = unseen.windows(mark.len()).position(|part| part == mark);
            if let Some(at) = found {
                let end = from + at;
                let octets: Vec<u8> = self.ahead.drain(..end + mark.len()).collect();
                return Ok(octets.get(..end).unwrap_or_default().to_vec());
            }
            from = self.ahead.len().saturating_sub(mark.len());
            self.read().await?;
        }
    }

    async fn write(&mut self) -> Result<()> {
        let mut octets = Vec::new();
        while self.tls.wants_write() {
            self.tls.write_tls(&mut octets)?;
        }
        self.carried.extend_from_slice(&octets);
        for frame in octets.chunks(FRAME) {
            self.tunnel.send(frame).await?;
        }
        Ok(())
    }

    async fn read(&mut self) -> Result<()> {
        self.tunnel.wait_for_octets(1).await?;
        let octets = self.tunnel.ahead().to_vec();
        self.tunnel.discard();
        self.carried.extend_from_slice(&octets);
        let mut rest = octets.as_slice();
        while !rest.is_empty() {
            self.tls.read_tls(&mut rest)?;
            let state = self.tls.process_new_packets().context("TLS")?;
            let mut plain = vec![0; state.plaintext_bytes_to_read()];
            self.tls.reader().read_exact(&mut plain)?;
            self.ahead.extend_from_slice(&plain);
        }
        Ok(())
    }
}
