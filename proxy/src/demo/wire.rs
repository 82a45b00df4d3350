//! The connection of a session: command lines in, status lines and multi-line answers out.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader, BufWriter};
use tokio::time::timeout;

/// Octets of a command with its CRLF
/// ([RFC 2449 section 4](https://www.rfc-editor.org/rfc/rfc2449#section-4)).
const LONGEST_LINE: usize = 255;
/// Octets of a line after which it is no mistake any more, and the connection ends.
const LONGEST_WASTE: usize = 64 * 1024;

/// A line from the client.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Without its CRLF.
    Whole(Vec<u8>),
    /// It was longer than a command may be; what came of it is gone.
    TooLong,
}

/// Buffers both ways. What is written goes out when the client is waited for, so the answers to a
/// batch of commands travel together; and while the client does not take them, none of its further
/// commands is read.
pub(super) struct Wire<S> {
    stream: BufReader<BufWriter<S>>,
    patience: Duration,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    /// `patience` is the longest wait for a whole line, and for the client to take some octets.
    pub(super) fn new(stream: S, patience: Duration) -> Self {
        Self {
            stream: BufReader::new(BufWriter::new(stream)),
            patience,
        }
    }

    /// The next line; none when the client has closed its side.
    ///
    /// # Errors
    /// The connection broke, the client was silent for too long, or its line had no end.
    pub(super) async fn read_line(&mut self) -> io::Result<Option<Line>> {
        timeout(self.patience, self.wait_for_line()).await?
    }

    async fn wait_for_line(&mut self) -> io::Result<Option<Line>> {
        let mut line = Vec::new();
        let mut length = 0;
        loop {
            if self.stream.buffer().is_empty() {
                self.stream.flush().await?;
            }
            let came = self.stream.fill_buf().await?;
            if came.is_empty() {
                return Ok(None);
            }
            let end = came
                .iter()
                .position(|&octet| octet == b'\n')
                .map(|index| index + 1);
            let taken = end.unwrap_or(came.len());
            length += taken;
            if length <= LONGEST_LINE {
                line.extend(came.iter().take(taken));
            } else if length > LONGEST_WASTE {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "a line without an end",
                ));
            }
            self.stream.consume(taken);
            if end.is_some() {
                break;
            }
        }
        if length > LONGEST_LINE {
            return Ok(Some(Line::TooLong));
        }
        line.pop();
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Ok(Some(Line::Whole(line)))
    }

    /// Writes a line; the CRLF is added.
    ///
    /// # Errors
    /// The connection broke, or the client took nothing for too long.
    pub(super) async fn write_line(&mut self, line: &str) -> io::Result<()> {
        self.write(line.as_bytes()).await?;
        self.write(b"\r\n").await
    }

    /// Writes the lines of a message with their dots stuffed, and the line that ends an answer
    /// ([RFC 1939 section 3](https://www.rfc-editor.org/rfc/rfc1939#section-3)).
    ///
    /// # Errors
    /// As [`Wire::write_line`].
    pub(super) async fn write_message(&mut self, octets: &[u8]) -> io::Result<()> {
        for line in octets.split_inclusive(|&octet| octet == b'\n') {
            if line.starts_with(b".") {
                self.write(b".").await?;
            }
            self.write(line).await?;
        }
        if !octets.is_empty() && !octets.ends_with(b"\r\n") {
            self.write(b"\r\n").await?;
        }
        self.write(b".\r\n").await
    }

    /// Sends what is still in the buffer, and says that nothing will follow.
    ///
    /// # Errors
    /// As [`Wire::write_line`].
    pub(super) async fn close(&mut self) -> io::Result<()> {
        timeout(self.patience, self.stream.shutdown()).await?
    }

    async fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        timeout(self.patience, self.stream.write_all(octets)).await?
    }
}
