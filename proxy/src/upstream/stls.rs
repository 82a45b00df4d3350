//! STLS on the way to a mail server ([RFC 2595 section 4]): the only POP3 that the proxy speaks.
//!
//! [RFC 2595 section 4]: https://www.rfc-editor.org/rfc/rfc2595#section-4

use std::io;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::ConnectError;
use crate::close::Reason;

/// The longest line taken before TLS, in octets. RFC 2449 section 4 allows 512; some servers'
/// greetings are longer.
const LONGEST_LINE: usize = 4096;

/// Reads the greeting, sends STLS and reads its answer; TLS must begin with the next octet.
/// Gives the greeting as it came, CRLF included.
pub(super) async fn negotiate<S>(stream: &mut S) -> Result<Bytes, ConnectError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let greeting = read_line(stream).await?.ok_or_else(|| {
        ConnectError::new(
            Reason::UpstreamClosed,
            "the connection ended before a greeting",
        )
    })?;
    match Status::of(&greeting) {
        Some(Status::Ok) => {}
        Some(Status::Err) => {
            return Err(ConnectError::new(Reason::Refused, "the greeting was -ERR"));
        }
        None => return Err(broken("the greeting is not one of POP3")),
    }
    if let Err(e) = stream.write_all(b"STLS\r\n").await {
        return Err(ConnectError::new(
            Reason::UpstreamClosed,
            e.kind().to_string(),
        ));
    }
    // Some servers that know no STLS hang up at an unknown command instead of answering it.
    let reply = read_line(stream).await?;
    match reply.as_deref().map(Status::of) {
        Some(Some(Status::Ok)) => Ok(greeting),
        Some(Some(Status::Err)) => Err(ConnectError::new(
            Reason::StlsUnsupported,
            "STLS was answered with -ERR",
        )),
        Some(None) => Err(broken("the answer to STLS is not one of POP3")),
        None => Err(ConnectError::new(
            Reason::StlsUnsupported,
            "STLS was not answered",
        )),
    }
}

fn broken(detail: &str) -> ConnectError {
    ConnectError::new(Reason::TlsHandshake, detail)
}

/// A status indicator ([RFC 1939 section 3](https://www.rfc-editor.org/rfc/rfc1939#section-3)).
enum Status {
    Ok,
    Err,
}

impl Status {
    fn of(line: &[u8]) -> Option<Self> {
        let word = line.split(u8::is_ascii_whitespace).next()?;
        match word {
            b"+OK" => Some(Self::Ok),
            b"-ERR" => Some(Self::Err),
            _ => None,
        }
    }
}

/// Reads exactly one line; `None` if the stream ends before its first octet.
///
/// A server has nothing to say after it until it is asked, so anything beyond was slipped in by
/// somebody on the way, to be taken later for an answer given under TLS. That ends the session.
async fn read_line<S>(stream: &mut S) -> Result<Option<Bytes>, ConnectError>
where
    S: AsyncRead + Unpin,
{
    let mut line = BytesMut::with_capacity(512);
    loop {
        let room = LONGEST_LINE.saturating_sub(line.len());
        let count = (&mut *stream).take(room as u64).read_buf(&mut line).await;
        match count {
            Ok(0) if line.is_empty() => return Ok(None),
            Ok(0) if room == 0 => return Err(broken("a line before TLS is over the limit")),
            Ok(0) => {
                return Err(ConnectError::new(
                    Reason::UpstreamClosed,
                    "the connection ended inside a line",
                ));
            }
            Ok(_) => {}
            Err(e) if is_reset(&e) && line.is_empty() => return Ok(None),
            Err(e) => {
                return Err(ConnectError::new(
                    Reason::UpstreamClosed,
                    e.kind().to_string(),
                ));
            }
        }
        if let Some(end) = line.iter().position(|&octet| octet == b'\n') {
            if end + 1 != line.len() {
                return Err(broken("octets were injected before TLS"));
            }
            return Ok(Some(line.freeze()));
        }
    }
}

fn is_reset(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe
    )
}

#[cfg(test)]
mod tests;
