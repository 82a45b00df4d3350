//! The server: a listener and its sessions.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::mailbox::Mailbox;
use super::messages;
use super::session;
use super::wire::Wire;

/// The shortest time that [RFC 1939](https://www.rfc-editor.org/rfc/rfc1939#section-3) allows.
const AUTOLOGOUT: Duration = Duration::from_secs(10 * 60);
/// Connections at the same time. Only one can hold the mailbox.
const LARGEST_CROWD: usize = 32;

/// A demo mailbox that listens, and serves once [`Server::run`] is polled.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    mailbox: Mailbox,
    patience: Duration,
}

impl Server {
    /// Listens on a loopback address; with port 0 the system chooses one.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidInput`] for an address that other machines could reach; otherwise
    /// what the system says, for instance that the port is taken.
    pub async fn bind(address: SocketAddr) -> io::Result<Self> {
        if !address.ip().is_loopback() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "the demo mailbox listens on loopback addresses only, such as 127.0.0.1:0",
            ));
        }
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        // The large message takes its time the first time.
        let messages = tokio::task::spawn_blocking(messages::all).await?;
        let mailbox = Mailbox::new(messages);
        Ok(Self {
            listener,
            address,
            mailbox,
            patience: AUTOLOGOUT,
        })
    }

    /// The address it listens on, with the port that the system chose if it was asked to.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `shutdown` resolves or the future is dropped. Sessions end at once then;
    /// without their QUIT nothing is deleted.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let mut shutdown = std::pin::pin!(shutdown);
        let mut sessions = JoinSet::new();
        loop {
            tokio::select! {
                () = &mut shutdown => break,
                Some(_) = sessions.join_next() => {}
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, _)) if sessions.len() < LARGEST_CROWD => {
                        sessions.spawn(serve(stream, self.mailbox.clone(), self.patience));
                    }
                    Ok((stream, _)) => turn_away(stream).await,
                    Err(error) => {
                        // Out of file descriptors, most likely: a pause lets sessions end.
                        tracing::error!(%error, "the demo mailbox could not accept a connection");
                        sleep(Duration::from_millis(100)).await;
                    }
                }
            }
        }
        sessions.shutdown().await;
    }
}

/// A new connection's send buffer is empty, so this takes no time worth mentioning.
async fn turn_away(mut stream: TcpStream) {
    let words = stream.write_all(b"-ERR [SYS/TEMP] too many connections\r\n");
    let _ = timeout(Duration::from_secs(1), words).await;
}

async fn serve(stream: TcpStream, mailbox: Mailbox, patience: Duration) {
    let nodelay = stream.set_nodelay(true);
    let outcome = match nodelay {
        Ok(()) => session::run(Wire::new(stream, patience), mailbox).await,
        Err(error) => Err(error),
    };
    if let Err(error) = outcome {
        tracing::debug!(%error, "a session with the demo mailbox ended early");
    }
}
