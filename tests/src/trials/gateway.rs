//! A proxy, a mail server and a client in one thread, for octets that no decent client sends.

use std::cell::Cell;
use std::future::pending;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, Once, OnceLock, PoisonError};
use std::time::Duration;

use pop3_proxy::{Config, Proxy};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// Nothing takes so long unless it hangs.
const PATIENCE: Duration = Duration::from_secs(15);

/// The origin whose pages may open sessions.
pub(super) const ORIGIN: &str = "https://mail.example.org";

pub(super) struct Gateway {
    runtime: Runtime,
    proxy: SocketAddr,
    /// What the server was sent in each session, once that is over.
    received: UnboundedReceiver<Vec<u8>>,
}

/// A place for the one gateway of a target, which is never taken down.
pub(super) struct Place(OnceLock<Mutex<Gateway>>);

impl Place {
    pub(super) const fn new() -> Self {
        Self(OnceLock::new())
    }

    pub(super) fn gateway(&self) -> MutexGuard<'_, Gateway> {
        let gateway = self.0.get_or_init(|| Mutex::new(Gateway::start()));
        gateway.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

thread_local! {
    /// Panics on this thread. Tokio catches those of tasks, so that nobody else would know.
    static PANICS: Cell<usize> = const { Cell::new(0) };
}

fn count_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let others = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            PANICS.set(PANICS.get() + 1);
            others(panic);
        }));
    });
}

impl Gateway {
    fn start() -> Self {
        count_panics();
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        let (sender, received) = unbounded_channel();
        let proxy = runtime.block_on(async {
            let upstream = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
            let port = upstream.local_addr().expect("an address").port();
            tokio::spawn(async move {
                while let Ok((mut session, _)) = upstream.accept().await {
                    let sender = sender.clone();
                    tokio::spawn(async move {
                        let mut octets = Vec::new();
                        let _ = session.read_to_end(&mut octets).await;
                        let _ = sender.send(octets);
                    });
                }
            });
            let text = format!(
                "listen = \"127.0.0.1:0\"\norigins = [\"{ORIGIN}\"]\n[servers.plain]\n\
                 host = \"127.0.0.1\"\nport = {port}\ntls = \"insecure-plaintext\"\n\
                 [per-client]\nnew-sessions-per-second = 1000000\n\
                 new-sessions-burst = 1000000\n"
            );
            let config = Config::from_toml(&text).expect("a configuration");
            let proxy = Proxy::bind(config).await.expect("a proxy");
            let address = proxy.local_addr().expect("a TCP port");
            tokio::spawn(proxy.run(pending()));
            address
        });
        Self {
            runtime,
            proxy,
            received,
        }
    }

    /// What the proxy answers to `first`, and to nothing after it.
    pub(super) fn answer(&mut self, first: &[u8]) -> Vec<u8> {
        let proxy = self.proxy;
        // Of sessions before, if they were any.
        while self.received.try_recv().is_ok() {}
        self.run(async {
            let mut stream = TcpStream::connect(proxy).await.expect("a connection");
            say_all(&mut stream, first).await;
            hear_out(&mut stream).await
        })
    }

    /// Opens a session with `request`, and sends `octets` in it. Returns what comes back after the
    /// event `connected`, and what the server was sent.
    pub(super) fn session(&mut self, request: &str, octets: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let proxy = self.proxy;
        let back = self.run(async {
            let mut stream = TcpStream::connect(proxy).await.expect("a connection");
            stream.write_all(request.as_bytes()).await.expect("sent");
            let mut head = Vec::new();
            while !head.ends_with(b"}") {
                let read = stream.read_buf(&mut head).await.expect("an answer");
                assert_ne!(read, 0, "{}", String::from_utf8_lossy(&head));
            }
            say_all(&mut stream, octets).await;
            hear_out(&mut stream).await
        });
        let Self {
            runtime, received, ..
        } = self;
        let sent = runtime.block_on(async {
            let sent = tokio::time::timeout(PATIENCE, received.recv()).await;
            sent.expect("the session ends").expect("a server")
        });
        (back, sent)
    }

    fn run<T>(&mut self, work: impl Future<Output = T>) -> T {
        let before = PANICS.get();
        let outcome = self.runtime.block_on(async {
            let outcome = tokio::time::timeout(PATIENCE, work).await;
            outcome.expect("the proxy hangs")
        });
        assert_eq!(PANICS.get(), before, "a task of the proxy panicked");
        outcome
    }
}

/// Sends it, and the end. The proxy may have heard enough before.
async fn say_all(stream: &mut TcpStream, octets: &[u8]) {
    let _ = stream.write_all(octets).await;
    let _ = stream.shutdown().await;
}

/// Everything up to the end, in whatever way that comes.
async fn hear_out(stream: &mut TcpStream) -> Vec<u8> {
    let mut octets = Vec::new();
    let _ = stream.read_to_end(&mut octets).await;
    octets
}
