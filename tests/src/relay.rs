//! A longer way to a server: octets arrive later than they were sent, none is lost, and as many may
//! be on the way as like.

use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::Result;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, sleep, sleep_until};

/// What is read at once.
const PIECE: usize = 64 << 10;
/// Pieces on the way, in one direction of one connection: more than any of these ways holds.
const ON_THE_WAY: usize = 4_096;

/// A listener whose connections lead to a server, over a way that takes its time. It ends, with all
/// its connections, when this is dropped.
pub struct Relay {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Relay {
    /// Starts one to `server` with this round trip, half of it in each direction. A connection costs
    /// one round trip more before its first octet, as the handshake of TCP does.
    ///
    /// # Errors
    /// When the system gives no port.
    pub async fn start(server: SocketAddr, round_trip: Duration) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((near, _)) = listener.accept().await {
                connections.spawn(carry(near, server, round_trip));
                while connections.try_join_next().is_some() {}
            }
        });
        Ok(Self { address, task })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Carries one connection until both directions have ended, or one has failed.
async fn carry(near: TcpStream, server: SocketAddr, round_trip: Duration) -> io::Result<()> {
    sleep(round_trip).await;
    let far = TcpStream::connect(server).await?;
    near.set_nodelay(true)?;
    far.set_nodelay(true)?;
    let (from_near, to_near) = near.into_split();
    let (from_far, to_far) = far.into_split();
    let delay = round_trip / 2;
    tokio::try_join!(
        direction(from_near, to_far, delay),
        direction(from_far, to_near, delay)
    )?;
    Ok(())
}

/// One direction: what was read goes out so much later, and so does the end.
fn direction(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    delay: Duration,
) -> impl Future<Output = io::Result<()>> {
    let (sender, mut way) = mpsc::channel::<(Instant, Vec<u8>)>(ON_THE_WAY);
    let reading = async move {
        loop {
            let mut piece = Vec::with_capacity(PIECE);
            let count = from.read_buf(&mut piece).await?;
            // An empty piece is the end.
            if sender.send((Instant::now() + delay, piece)).await.is_err() || count == 0 {
                return Ok(());
            }
        }
    };
    let writing = async move {
        while let Some((due, piece)) = way.recv().await {
            if due > Instant::now() {
                sleep_until(due).await;
            }
            if piece.is_empty() {
                break;
            }
            to.write_all(&piece).await?;
        }
        to.shutdown().await
    };
    async move {
        tokio::try_join!(reading, writing)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use anyhow::Result;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};

    use super::Relay;
    use crate::within;

    #[tokio::test]
    async fn all_octets_come_and_later_and_so_does_the_end() -> Result<()> {
        let server = TcpListener::bind("127.0.0.1:0").await?;
        let round_trip = Duration::from_millis(80);
        let relay = Relay::start(server.local_addr()?, round_trip).await?;
        let echo = tokio::spawn(async move {
            let (mut stream, _) = server.accept().await?;
            let (mut from, mut to) = stream.split();
            tokio::io::copy(&mut from, &mut to).await
        });
        let sent: Vec<u8> = (0..3_000_000_u32).flat_map(u32::to_le_bytes).collect();
        let start = Instant::now();
        let (mut from, mut to) = TcpStream::connect(relay.address()).await?.into_split();
        let expected = sent.clone();
        let writing = tokio::spawn(async move {
            to.write_all(&sent).await?;
            to.shutdown().await
        });
        let mut received = Vec::new();
        within("the echo", from.read_to_end(&mut received)).await?;
        // One round trip for the handshake, and one for the octets.
        assert!(start.elapsed() >= 2 * round_trip, "{:?}", start.elapsed());
        assert!(received == expected, "{} octets came", received.len());
        writing.await??;
        assert_eq!(echo.await??, expected.len() as u64);
        Ok(())
    }
}
