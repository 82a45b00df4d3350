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

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, DuplexStream, duplex};
    use tokio::time::Instant;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(600);

    fn wire() -> (Wire<DuplexStream>, DuplexStream) {
        let (client, server) = duplex(1024);
        (Wire::new(server, PATIENCE), client)
    }

    /// Fails where the wire would wait without end.
    async fn bounded<T>(waiting: impl Future<Output = T>) -> T {
        timeout(PATIENCE * 2, waiting).await.unwrap()
    }

    async fn written_for(octets: &[u8]) -> String {
        let (mut wire, mut client) = wire();
        wire.write_message(octets).await.unwrap();
        wire.close().await.unwrap();
        let mut written = String::new();
        client.read_to_string(&mut written).await.unwrap();
        written
    }

    #[tokio::test]
    async fn messages_are_stuffed_and_ended() {
        let table: &[(&[u8], &str)] = &[
            (b"", ".\r\n"),
            (b"\r\n", "\r\n.\r\n"),
            (b".\r\n", "..\r\n.\r\n"),
            (b"..\r\n", "...\r\n.\r\n"),
            (b"a\r\n.b\r\n c.\r\n", "a\r\n..b\r\n c.\r\n.\r\n"),
            (b"no end", "no end\r\n.\r\n"),
            (b"half an end\n", "half an end\n\r\n.\r\n"),
        ];
        for (octets, expected) in table {
            assert_eq!(written_for(octets).await, *expected);
        }
    }

    #[tokio::test]
    async fn lines_however_they_are_cut() {
        let longest = [&[b'x'; LONGEST_LINE - 2][..], b"\r\n"].concat();
        let too_long = [&[b'x'; LONGEST_LINE - 1][..], b"\r\n"].concat();
        let sent = [
            b"STAT\r\n\r\nbare\n",
            &longest[..],
            &too_long,
            b"\0\r\r\nrest",
        ]
        .concat();
        let expected = [
            Line::Whole(b"STAT".to_vec()),
            Line::Whole(Vec::new()),
            Line::Whole(b"bare".to_vec()),
            Line::Whole(vec![b'x'; LONGEST_LINE - 2]),
            Line::TooLong,
            Line::Whole(b"\0\r".to_vec()),
        ];
        for size in [1, 2, 3, 7, 254, 255, 256, sent.len()] {
            let (mut wire, mut client) = wire();
            let sending = async {
                for piece in sent.chunks(size) {
                    client.write_all(piece).await.unwrap();
                    tokio::task::yield_now().await;
                }
                drop(client);
            };
            let reading = async {
                for line in &expected {
                    assert_eq!(wire.read_line().await.unwrap().as_ref(), Some(line));
                }
                // What is left has no end, and so it is no line.
                assert_eq!(wire.read_line().await.unwrap(), None);
            };
            tokio::join!(sending, reading);
        }
    }

    #[tokio::test]
    async fn a_line_without_an_end_is_an_error() {
        let (mut wire, mut client) = wire();
        let flooding = tokio::spawn(async move {
            // More than enough; the wire is dropped before all of it is taken.
            client.write_all(&[b'x'; LONGEST_WASTE * 4]).await
        });
        let error = wire.read_line().await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        drop(wire);
        assert!(flooding.await.unwrap().is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_client_is_waited_for_so_long() {
        let (mut wire, _client) = wire();
        let start = Instant::now();
        let error = bounded(wire.read_line()).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(start.elapsed().as_secs(), PATIENCE.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_dribbles_is_not_waited_for_longer() {
        let (mut wire, mut client) = wire();
        let dribbling = tokio::spawn(async move {
            while client.write_all(b"x").await.is_ok() {
                tokio::time::sleep(Duration::from_secs(50)).await;
            }
        });
        let start = Instant::now();
        let error = bounded(wire.read_line()).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(start.elapsed().as_secs(), PATIENCE.as_secs());
        drop(wire);
        dribbling.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_nothing_is_waited_for_so_long() {
        let (mut wire, _client) = wire();
        let start = Instant::now();
        let error = bounded(wire.write_message(&[b'x'; 100_000]))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(start.elapsed().as_secs(), PATIENCE.as_secs());
    }
}
