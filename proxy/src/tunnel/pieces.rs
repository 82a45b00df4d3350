//! What a mail server sends, taken in pieces that are worth a frame.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use tokio::io::AsyncRead;
use tokio_util::io::poll_read_buf;

use super::gate::Gate;
use crate::wire::LARGEST_FRAME;

/// Below this, octets move to a buffer of their own size, so that an answer of one line that waits
/// for a slow client does not hold a whole piece.
const SMALL: usize = LARGEST_FRAME / 4;

/// Reads a mail server's octets, while the gate is open.
pub(super) struct Pieces<'a, R> {
    from_server: R,
    gate: &'a Gate,
    /// How the octets ended, found out while there were still some to hand over.
    end: Option<io::Result<()>>,
}

impl<'a, R: AsyncRead + Unpin> Pieces<'a, R> {
    pub(super) fn new(from_server: R, gate: &'a Gate) -> Self {
        Self {
            from_server,
            gate,
            end: None,
        }
    }

    /// Everything that is there, up to [`LARGEST_FRAME`] octets, and waits while nothing is,
    /// or while the gate is shut. The buffer exists only once there is something to fill it with. An empty piece is the end.
    ///
    /// Nothing is lost if the future is dropped.
    ///
    /// # Errors
    /// When the connection broke off, after the octets that came before.
    pub(super) async fn next(&mut self) -> io::Result<Bytes> {
        loop {
            self.gate.passed().await;
            let piece = poll_fn(|cx| {
                // It may have been shut while this waited for the server.
                if self.gate.is_shut() {
                    return Poll::Ready(None);
                }
                self.poll_next(cx).map(Some)
            });
            if let Some(piece) = piece.await {
                return piece;
            }
        }
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Bytes>> {
        if let Some(end) = self.end.take() {
            return Poll::Ready(end.map(|()| Bytes::new()));
        }
        let mut piece = BytesMut::with_capacity(LARGEST_FRAME);
        // TLS gives one record at a time: small ones that have come together leave together.
        while piece.len() < LARGEST_FRAME {
            match poll_read_buf(Pin::new(&mut self.from_server), cx, &mut piece) {
                Poll::Ready(Ok(count)) if count > 0 => {}
                Poll::Ready(end) => {
                    let end = end.map(|_| ());
                    if piece.is_empty() {
                        return Poll::Ready(end.map(|()| Bytes::new()));
                    }
                    self.end = Some(end);
                    break;
                }
                Poll::Pending if piece.is_empty() => return Poll::Pending,
                Poll::Pending => break,
            }
        }
        Poll::Ready(Ok(match piece.len() {
            0..SMALL => Bytes::copy_from_slice(&piece),
            _ => piece.freeze(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use tokio::io::{AsyncRead, AsyncReadExt, ReadBuf};

    use super::{Gate, LARGEST_FRAME, Pieces};

    /// A connection that is reset.
    struct Reset;

    impl AsyncRead for Reset {
        fn poll_read(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            _: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()))
        }
    }

    #[tokio::test]
    async fn small_reads_that_are_there_together_leave_together() {
        let gate = Gate::default();
        let server = b"+OK\r\n".chain(&b"1 120\r\n"[..]).chain(&b".\r\n"[..]);
        let mut pieces = Pieces::new(server, &gate);
        assert_eq!(pieces.next().await.unwrap(), &b"+OK\r\n1 120\r\n.\r\n"[..]);
        assert_eq!(pieces.next().await.unwrap(), &b""[..]);
    }

    #[tokio::test]
    async fn no_piece_is_larger_than_a_frame_and_nothing_is_lost_between_them() {
        let gate = Gate::default();
        let mail: Vec<u8> = (0..=255).cycle().take(3 * LARGEST_FRAME + 5).collect();
        let mut pieces = Pieces::new(mail.as_slice(), &gate);
        let mut got = Vec::new();
        for expected in [LARGEST_FRAME, LARGEST_FRAME, LARGEST_FRAME, 5, 0] {
            let piece = pieces.next().await.unwrap();
            assert_eq!(piece.len(), expected);
            got.extend_from_slice(&piece);
        }
        assert!(got == mail);
    }

    #[tokio::test]
    async fn a_connection_that_breaks_off_does_so_after_its_octets() {
        let gate = Gate::default();
        let mut pieces = Pieces::new(b"half of a li".chain(Reset), &gate);
        assert_eq!(pieces.next().await.unwrap(), &b"half of a li"[..]);
        let broken = pieces.next().await.unwrap_err();
        assert_eq!(broken.kind(), io::ErrorKind::ConnectionReset);
    }
}
