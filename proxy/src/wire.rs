//! The connection beneath a WebSocket, with a lane for frames of POP3 octets.
//!
//! tungstenite copies what it sends into a buffer of the session's own, which then stays as large as
//! the largest frame was. Octets from a mail server are many, and need nothing of what tungstenite
//! does but four octets in front: they take the lane, straight from the buffer that they were read
//! into, and leave nothing behind. All else goes through tungstenite: its control frames and the
//! lane's frames wait for each other, and never mix.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

/// The most octets of a frame in the lane. Each frame is an event in the client's page, so that of
/// smaller ones a browser has more work; this is also as long as two octets of length can say.
pub(crate) const LARGEST_FRAME: usize = 64 * 1024 - HEADER;

/// Octets of the longest header that such a frame has.
const HEADER: usize = 4;

/// A final frame with binary data, not masked (RFC 6455 section 5.2).
const FINAL_BINARY: u8 = 0x82;

/// The connection that tungstenite reads and writes.
pub(crate) struct Wire<C> {
    connection: C,
    lane: Lane,
}

/// The way for frames past tungstenite; one at a time.
#[derive(Clone)]
pub(crate) struct Lane(Arc<Mutex<Frame>>);

/// What is left to be written of a frame.
struct Frame {
    header: Bytes,
    payload: Bytes,
    /// When it was put in, or the connection last took a part of it.
    moved: Instant,
}

impl Lane {
    /// Puts a frame in. It moves when the WebSocket is flushed, which must have been done since
    /// tungstenite was last given anything: a frame of its own may be half-way out.
    ///
    /// The payload has at most [`LARGEST_FRAME`] octets.
    pub(crate) fn put(&self, payload: Bytes) {
        let header = match u8::try_from(payload.len()) {
            Ok(length @ ..126) => vec![FINAL_BINARY, length],
            _ => {
                // Two octets hold every length up to the limit.
                let [high, low] = u16::try_from(payload.len())
                    .unwrap_or(u16::MAX)
                    .to_be_bytes();
                vec![FINAL_BINARY, 126, high, low]
            }
        };
        self.with(|frame| {
            debug_assert!(!frame.has_remaining(), "one frame at a time");
            *frame = Frame {
                header: header.into(),
                payload,
                moved: Instant::now(),
            };
        });
    }

    /// When the last frame was put in, or the connection last took a part of it.
    pub(crate) fn moved(&self) -> Instant {
        self.with(|frame| frame.moved)
    }

    fn with<T>(&self, action: impl FnOnce(&mut Frame) -> T) -> T {
        // Nothing in here panics half-way.
        action(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Frame {
    fn has_remaining(&self) -> bool {
        self.payload.has_remaining() || self.header.has_remaining()
    }

    fn advance(&mut self, count: usize) {
        self.moved = Instant::now();
        let of_header = count.min(self.header.len());
        self.header.advance(of_header);
        self.payload
            .advance((count - of_header).min(self.payload.len()));
        if self.payload.is_empty() {
            // An empty rest would still hold the whole buffer.
            self.payload = Bytes::new();
        }
    }
}

impl<C> Wire<C> {
    pub(crate) fn new(connection: C) -> Self {
        Self {
            connection,
            lane: Lane(Arc::new(Mutex::new(Frame {
                header: Bytes::new(),
                payload: Bytes::new(),
                moved: Instant::now(),
            }))),
        }
    }

    pub(crate) fn lane(&self) -> Lane {
        self.lane.clone()
    }
}

impl<C: AsyncWrite + Unpin> Wire<C> {
    /// Writes what is in the lane.
    fn poll_lane(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { connection, lane } = self;
        lane.with(|frame| {
            while frame.has_remaining() {
                let slices = [IoSlice::new(&frame.header), IoSlice::new(&frame.payload)];
                let written = Pin::new(&mut *connection).poll_write_vectored(cx, &slices);
                match ready!(written)? {
                    0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                    count => frame.advance(count),
                }
            }
            Poll::Ready(Ok(()))
        })
    }
}

impl<C: AsyncRead + Unpin> AsyncRead for Wire<C> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.connection).poll_read(cx, buf)
    }
}

impl<C: AsyncWrite + Unpin> AsyncWrite for Wire<C> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_lane(cx))?;
        Pin::new(&mut self.connection).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_lane(cx))?;
        Pin::new(&mut self.connection).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_lane(cx))?;
        Pin::new(&mut self.connection).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use futures_util::{SinkExt, StreamExt};
    use tokio::io::{DuplexStream, duplex};
    use tokio_tungstenite::WebSocketStream;
    use tokio_tungstenite::tungstenite::Message;
    use tokio_tungstenite::tungstenite::protocol::Role;

    use super::{LARGEST_FRAME, Wire};

    async fn sockets(
        width: usize,
    ) -> (
        WebSocketStream<Wire<DuplexStream>>,
        WebSocketStream<DuplexStream>,
    ) {
        let (near, far) = duplex(width);
        (
            WebSocketStream::from_raw_socket(Wire::new(near), Role::Server, None).await,
            WebSocketStream::from_raw_socket(far, Role::Client, None).await,
        )
    }

    #[tokio::test]
    async fn frames_of_every_size_arrive_whole_through_every_width() {
        for width in [1, 3, 64, 100_000] {
            let (mut near, mut far) = sockets(width).await;
            let sizes = [1, 125, 126, 127, 4096, LARGEST_FRAME];
            let sending = tokio::spawn(async move {
                for size in sizes {
                    near.flush().await.unwrap();
                    near.get_ref().lane().put(Bytes::from(vec![b'x'; size]));
                    near.flush().await.unwrap();
                }
                near
            });
            for size in sizes {
                let frame = far.next().await.unwrap().unwrap();
                assert_eq!(frame, Message::binary(vec![b'x'; size]));
            }
            drop(sending.await.unwrap());
        }
    }

    /// Pongs are tungstenite's own: they come between the lane's frames, and in none of them.
    #[tokio::test]
    async fn control_frames_never_mix_with_the_lanes() {
        const ROUNDS: usize = 50;
        let (near, far) = sockets(7).await;
        let lane = near.get_ref().lane();
        let (mut sink, mut stream) = near.split();
        let (mut asking, mut hearing) = far.split();
        let reading = tokio::spawn(async move { while let Some(Ok(_)) = stream.next().await {} });
        let pinging = tokio::spawn(async move {
            for _ in 0..ROUNDS {
                asking
                    .send(Message::Ping(Bytes::from_static(b"are you there")))
                    .await
                    .unwrap();
                tokio::task::yield_now().await;
            }
            asking
        });
        let sending = tokio::spawn(async move {
            for _ in 0..ROUNDS {
                sink.flush().await.unwrap();
                lane.put(Bytes::from_static(b"octets of mail, some more than a ping"));
                sink.flush().await.unwrap();
            }
            sink
        });
        let mut pongs = 0;
        let mut frames = 0;
        while frames < ROUNDS || pongs == 0 {
            match hearing.next().await.unwrap().unwrap() {
                Message::Binary(octets) => {
                    assert_eq!(octets, &b"octets of mail, some more than a ping"[..]);
                    frames += 1;
                }
                Message::Pong(octets) => {
                    assert_eq!(octets, &b"are you there"[..]);
                    pongs += 1;
                }
                other => panic!("{other:?}"),
            }
        }
        drop((pinging.await.unwrap(), sending.await.unwrap()));
        reading.abort();
    }
}
