//! Stands between the proxy and the mail server, and does to connections what networks do.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use fastrand::Rng;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// How much of a server's answers may pass before the fault, at the most, in octets.
const LATEST: u64 = 600_000;
/// The longest stall.
const STALL: Duration = Duration::from_secs(3);
/// What passes at once, in octets.
const PIECE: usize = 16 * 1024;

/// A listener whose connections go on to one server. It ends when this is dropped.
pub(super) struct Relay {
    address: SocketAddr,
    cuts: Arc<AtomicU64>,
    task: JoinHandle<()>,
}

/// What happens to a connection.
#[derive(Debug, Clone, Copy)]
enum Fault {
    /// Nothing moves for a time; then all goes on.
    Stalls(Duration),
    /// Both sides are reset.
    Resets,
    /// Nothing moves for a time; then both sides are reset.
    StallsAndResets(Duration),
    /// Both sides see an end in good order.
    Closes,
    /// The proxy sees an end, and may go on sending.
    ClosesHalfToProxy,
    /// The server sees an end, and may go on sending.
    ClosesHalfToServer,
}

impl Fault {
    /// Whether the session cannot go on.
    fn cuts(self) -> bool {
        !matches!(self, Self::Stalls(_))
    }
}

/// A fault, and after how many octets from the server it comes.
type Plan = Option<(u64, Fault)>;

fn plan(rng: &mut Rng) -> Plan {
    let stall = STALL.mul_f64(rng.f64());
    let fault = match rng.u32(..20) {
        0..6 => Fault::Stalls(stall),
        6 => Fault::Resets,
        7 => Fault::StallsAndResets(stall),
        8 => Fault::Closes,
        9 => Fault::ClosesHalfToProxy,
        10 => Fault::ClosesHalfToServer,
        _ => return None,
    };
    Some((rng.u64(..LATEST), fault))
}

impl Relay {
    pub(super) fn start(server: SocketAddr, mut rng: Rng) -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let listener: TcpListener = socket.listen(1024)?;
        let address = listener.local_addr()?;
        let cuts = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&cuts);
        let task = tokio::spawn(async move {
            // Out of files, the only error there is, would be seen as sessions that fail.
            while let Ok((proxy, _)) = listener.accept().await {
                let (plan, cuts) = (plan(&mut rng), Arc::clone(&counted));
                tokio::spawn(async move {
                    // Whatever breaks here is a broken connection for both sides.
                    let _ = connect(proxy, server, plan, &cuts).await;
                });
            }
        });
        Ok(Self {
            address,
            cuts,
            task,
        })
    }

    /// Where the proxy connects to.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Connections that were cut so far.
    pub(super) fn cuts(&self) -> u64 {
        self.cuts.load(Ordering::Relaxed)
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn connect(
    proxy: TcpStream,
    server: SocketAddr,
    plan: Plan,
    cuts: &AtomicU64,
) -> io::Result<()> {
    let server = TcpStream::connect(server).await?;
    for stream in [&proxy, &server] {
        stream.set_nodelay(true)?;
    }
    let Some((octets, fault)) = plan else {
        return pass(proxy, server, u64::MAX).await.map(|_| ());
    };
    let Some((mut proxy, mut server)) = pass(proxy, server, octets).await? else {
        return Ok(());
    };
    if fault.cuts() {
        cuts.fetch_add(1, Ordering::Relaxed);
    }
    if let Fault::Stalls(time) | Fault::StallsAndResets(time) = fault {
        sleep(time).await;
    }
    match fault {
        Fault::Stalls(_) => {}
        Fault::Resets | Fault::StallsAndResets(_) => {
            proxy.set_zero_linger()?;
            server.set_zero_linger()?;
            return Ok(());
        }
        Fault::Closes => {
            proxy.shutdown().await?;
            server.shutdown().await?;
            // Unread octets would make a reset of it.
            let (proxy, server) = (drain(proxy), drain(server));
            tokio::try_join!(proxy, server)?;
            return Ok(());
        }
        Fault::ClosesHalfToProxy => {
            proxy.shutdown().await?;
            return drain(proxy).await;
        }
        Fault::ClosesHalfToServer => server.shutdown().await?,
    }
    pass(proxy, server, u64::MAX).await.map(|_| ())
}

async fn drain(mut stream: TcpStream) -> io::Result<()> {
    tokio::io::copy(&mut stream, &mut tokio::io::sink()).await?;
    Ok(())
}

/// Passes octets on in both directions until both have ended, or until so many have come from the
/// server; then gives the connections back.
async fn pass(
    mut proxy: TcpStream,
    mut server: TcpStream,
    limit: u64,
) -> io::Result<Option<(TcpStream, TcpStream)>> {
    let (mut up, mut down) = (vec![0; PIECE], vec![0; PIECE]);
    let (mut proxy_open, mut server_open) = (true, true);
    let mut passed = 0;
    while proxy_open || server_open {
        if passed >= limit {
            return Ok(Some((proxy, server)));
        }
        tokio::select! {
            count = proxy.read(&mut up), if proxy_open => match count? {
                0 => {
                    proxy_open = false;
                    server.shutdown().await?;
                }
                count => server.write_all(up.get(..count).unwrap_or_default()).await?,
            },
            count = server.read(&mut down), if server_open => match count? {
                0 => {
                    server_open = false;
                    proxy.shutdown().await?;
                }
                count => {
                    passed += count as u64;
                    proxy.write_all(down.get(..count).unwrap_or_default()).await?;
                }
            },
        }
    }
    Ok(None)
}
