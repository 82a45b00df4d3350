//! The request for a session.

use std::fmt;
use std::io;
use std::net::SocketAddr;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tokio::net::TcpSocket;
use tokio_tungstenite::tungstenite::Error as WebSocketError;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use super::Tunnel;
use crate::within;

/// A request for a session, before it is made.
#[derive(Debug, Clone)]
pub struct Dial {
    proxy: SocketAddr,
    target: String,
    origin: Option<String>,
    subprotocols: Option<String>,
    receive_buffer: Option<u32>,
    header: Option<(&'static str, String)>,
}

/// The proxy's answer to a request that it did not upgrade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HttpRefusal(
    /// The HTTP status.
    pub u16,
);

impl fmt::Display for HttpRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the proxy answered with HTTP {}", self.0)
    }
}

impl std::error::Error for HttpRefusal {}

impl Dial {
    /// A session with the server of this name, asked for as browsers do, but without an Origin.
    #[must_use]
    pub fn new(proxy: SocketAddr, server: &str) -> Self {
        Self::target(proxy, &format!("/pop3?server={server}"))
    }

    /// The same with any path and query.
    #[must_use]
    pub fn target(proxy: SocketAddr, target: &str) -> Self {
        Self {
            proxy,
            target: target.to_owned(),
            origin: None,
            subprotocols: Some("pop3.v1".to_owned()),
            receive_buffer: None,
            header: None,
        }
    }

    /// For a session in which the client does TLS with the server itself.
    #[must_use]
    pub fn end_to_end(mut self) -> Self {
        self.target.push_str("&tls=end-to-end");
        self
    }

    /// From a page of this origin.
    #[must_use]
    pub fn origin(mut self, origin: &str) -> Self {
        self.origin = Some(origin.to_owned());
        self
    }

    /// Offers these subprotocols, a list as in the header; `None` offers none.
    #[must_use]
    pub fn subprotocols(mut self, offered: Option<&str>) -> Self {
        self.subprotocols = offered.map(str::to_owned);
        self
    }

    /// With one more header, its name in lower case.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.header = Some((name, value.to_owned()));
        self
    }

    /// A receive buffer of this many octets in the kernel, so that a client that does not read is
    /// felt soon.
    #[must_use]
    pub fn receive_buffer(mut self, octets: u32) -> Self {
        self.receive_buffer = Some(octets);
        self
    }

    /// Opens the WebSocket.
    ///
    /// # Errors
    /// [`HttpRefusal`] where the proxy answers and does not upgrade; else what failed.
    pub async fn connect(self) -> Result<Tunnel> {
        let mut request = format!("ws://{}{}", self.proxy, self.target).into_client_request()?;
        let headers = request.headers_mut();
        if let Some(origin) = &self.origin {
            headers.insert("Origin", HeaderValue::from_str(origin)?);
        }
        if let Some(offered) = &self.subprotocols {
            headers.insert("Sec-WebSocket-Protocol", HeaderValue::from_str(offered)?);
        }
        if let Some((name, value)) = &self.header {
            headers.insert(*name, HeaderValue::from_str(value)?);
        }
        let tcp = TcpSocket::new_v4()?;
        if let Some(octets) = self.receive_buffer {
            tcp.set_recv_buffer_size(octets)?;
        }
        let stream = within("connecting to the proxy", tcp.connect(self.proxy)).await?;
        stream.set_nodelay(true)?;
        // The tests send what they like, and take what comes.
        let config = WebSocketConfig::default()
            // Thousands of sessions may be open in one process.
            .read_buffer_size(16 * 1024)
            .max_message_size(None)
            .max_frame_size(None);
        let upgrade = tokio_tungstenite::client_async_with_config(request, stream, Some(config));
        match within("the WebSocket handshake", async {
            Ok::<_, io::Error>(upgrade.await)
        })
        .await?
        {
            Ok((socket, response)) => {
                let subprotocol = response.headers().get("Sec-WebSocket-Protocol");
                let subprotocol = subprotocol.map(|value| value.to_str().map(str::to_owned));
                Ok(Tunnel {
                    socket,
                    ahead: Vec::new(),
                    events: Vec::new(),
                    largest: 0,
                    closed: None,
                    subprotocol: subprotocol.transpose()?,
                })
            }
            Err(WebSocketError::Http(response)) => {
                Err(HttpRefusal(response.status().as_u16()).into())
            }
            Err(error) => Err(error).context("the WebSocket handshake"),
        }
    }

    /// Opens the WebSocket and waits for the event `connected`, which is returned beside it.
    ///
    /// # Errors
    /// As [`Dial::connect`], or that something else came first.
    pub async fn session(self) -> Result<(Tunnel, Value)> {
        let mut tunnel = self.connect().await?;
        let event = tunnel.event().await?;
        ensure!(
            tunnel.ahead.is_empty(),
            "POP3 octets came before the first event"
        );
        let kind = event.get("event").and_then(Value::as_str);
        ensure!(kind == Some("connected"), "the first event is {event}");
        Ok((tunnel, event))
    }
}
