//! What the tests share: a proxy in this process, clients of it, and upstreams made by hand.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    dead_code,
    unreachable_pub,
    reason = "a test that cannot go on must fail, and each test file uses a part of this"
)]

pub mod authority;
pub mod log;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use pop3_proxy::{Config, Network, Proxy, SystemNetwork};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{self, Message};

/// No step of a test takes so long unless something hangs.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Fails the test instead of hanging.
pub async fn soon<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(PATIENCE, future)
        .await
        .expect("nothing happened in time")
}

/// A proxy in this process, on a port that the system chose.
pub struct Running {
    pub address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Running {
    /// Starts a proxy with this configuration, save for its address.
    pub async fn start(toml: &str) -> Self {
        let mut config = Config::from_toml(toml).unwrap();
        config.listen = vec!["127.0.0.1:0".parse().unwrap()];
        Self::start_with(config).await
    }

    pub async fn start_with(config: Config) -> Self {
        Self::start_on(config, Arc::new(SystemNetwork)).await
    }

    /// Starts a proxy whose mail servers are on this network.
    pub async fn start_on(config: Config, network: Arc<dyn Network>) -> Self {
        let proxy = Proxy::bind_on(config, network).await.unwrap();
        let address = proxy.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(proxy.run(async {
            stopped.await.unwrap_or_default();
        }));
        Self {
            address,
            stop: Some(stop),
            task,
        }
    }

    /// Begins the shutdown.
    pub fn stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    /// Waits for the end of the shutdown.
    pub async fn ended(self) {
        soon(self.task).await.unwrap();
    }

    /// The origin of the proxy's own page.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// The configuration of a proxy with one server without TLS, called `plain`.
pub fn plain(upstream: SocketAddr) -> String {
    format!(
        "[servers.plain]\nhost = \"{}\"\nport = {}\ntls = \"insecure-plaintext\"\n",
        upstream.ip(),
        upstream.port()
    )
}

/// A listener for a test's own mail server.
pub async fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// The next connection that the proxy makes.
pub async fn accepted(listener: &TcpListener) -> TcpStream {
    soon(listener.accept()).await.unwrap().0
}

/// A session's WebSocket, as a client holds it.
pub struct Client<S = TcpStream>(pub WebSocketStream<S>);

/// What a client sees.
#[derive(Debug, PartialEq, Eq)]
pub enum Seen {
    Event(serde_json::Value),
    Octets(Vec<u8>),
    Closed(u16, String),
    /// The connection ended without a close frame.
    Gone,
}

impl Client {
    /// Opens `/pop3?QUERY`, which must be granted.
    pub async fn open(proxy: SocketAddr, query: &str) -> Self {
        Self::try_open(proxy, query, &[]).await.unwrap()
    }

    /// Opens `/pop3?QUERY` with more headers.
    pub async fn try_open(
        proxy: SocketAddr,
        query: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, tungstenite::Error> {
        let stream = soon(TcpStream::connect(proxy)).await.unwrap();
        Self::over(stream, &format!("ws://{proxy}/pop3?{query}"), headers).await
    }
}

impl<S> Client<S>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    /// Opens a URL over a connection that is there already.
    pub async fn over(
        stream: S,
        url: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, tungstenite::Error> {
        let mut request = url.into_client_request().unwrap();
        request
            .headers_mut()
            .insert("sec-websocket-protocol", "pop3.v1".parse().unwrap());
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let opened = soon(tokio_tungstenite::client_async(request, stream)).await;
        opened.map(|(client, response)| {
            assert_eq!(response.headers()["sec-websocket-protocol"], "pop3.v1");
            Self(client)
        })
    }

    pub async fn send(&mut self, octets: &[u8]) {
        self.try_send(octets).await.unwrap();
    }

    /// Sends what may meet the end of the connection.
    pub async fn try_send(&mut self, octets: &[u8]) -> Result<(), tungstenite::Error> {
        soon(self.0.send(Message::binary(octets.to_vec()))).await
    }

    /// The next thing to be seen; pings are not.
    pub async fn next(&mut self) -> Seen {
        loop {
            return match soon(self.0.next()).await {
                Some(Ok(Message::Text(text))) => Seen::Event(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Binary(octets))) => Seen::Octets(octets.to_vec()),
                Some(Ok(Message::Close(Some(frame)))) => {
                    // The answer, which a browser sends by itself.
                    let _ = soon(self.0.flush()).await;
                    Seen::Closed(frame.code.into(), frame.reason.to_string())
                }
                Some(Ok(Message::Close(None))) => Seen::Closed(1005, String::new()),
                Some(Ok(_)) => continue,
                Some(Err(_)) | None => Seen::Gone,
            };
        }
    }

    /// Expects the first event.
    pub async fn connected(&mut self) -> serde_json::Value {
        match self.next().await {
            Seen::Event(event) => {
                assert_eq!(event["event"], "connected");
                event
            }
            other => panic!("instead of connected: {other:?}"),
        }
    }

    /// Octets until there are as many as expected, however they are cut.
    pub async fn expect(&mut self, expected: &[u8]) {
        let mut octets = Vec::new();
        while octets.len() < expected.len() {
            match self.next().await {
                Seen::Octets(more) => octets.extend(more),
                other => panic!("after {} octets: {other:?}", octets.len()),
            }
        }
        assert!(
            octets == expected,
            "got {:?}",
            String::from_utf8_lossy(&octets)
        );
    }

    /// Expects the end.
    pub async fn expect_close(&mut self, code: u16, reason: &str) {
        assert_eq!(self.next().await, Seen::Closed(code, reason.to_owned()));
    }
}

/// An answer over HTTP, with its headers in lower case.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

/// Sends a request as it is, and reads the answer to the end of the connection.
pub async fn http(proxy: SocketAddr, request_line: &str, headers: &[&str]) -> Answer {
    let stream = soon(TcpStream::connect(proxy)).await.unwrap();
    http_over(stream, &proxy.to_string(), request_line, headers).await
}

/// The same over a connection that is there already.
pub async fn http_over<S>(mut stream: S, host: &str, request_line: &str, headers: &[&str]) -> Answer
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut request = format!("{request_line} HTTP/1.1\r\nhost: {host}\r\n");
    for header in headers {
        request.push_str(&format!("{header}\r\n"));
    }
    if !headers
        .iter()
        .any(|header| header.starts_with("connection:"))
    {
        request.push_str("connection: close\r\n");
    }
    request.push_str("\r\n");
    soon(stream.write_all(request.as_bytes())).await.unwrap();
    let mut answer = Vec::new();
    soon(stream.read_to_end(&mut answer)).await.unwrap();
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let head: Vec<String> = head
        .lines()
        .map(|line| match line.split_once(": ") {
            Some((name, value)) => format!("{}: {value}", name.to_ascii_lowercase()),
            None => line.to_owned(),
        })
        .collect();
    Answer {
        status,
        head: head.join("\n"),
        body: body.to_owned(),
    }
}
