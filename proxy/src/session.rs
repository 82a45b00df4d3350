//! One session: from the upgraded connection to its line in the log.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use serde::Serialize;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use crate::close::Reason;
use crate::config::{Server, Tls};
use crate::listen::ClientAddress;
use crate::metrics::{NO_SERVER, TYPED_HOST};
use crate::mode::Mode;
use crate::settings::Settings;
use crate::state::{SessionPermit, State};
use crate::tunnel::{self, Early, Ended, Traffic};
use crate::upstream::{self, Connector, Reach, Upstream};
use crate::wire::Wire;

/// What a session holds for reading even while idle, in octets; longer messages grow it for a time.
const READ_BUFFER: usize = 1024;
/// The time that a client has for the end of a session that never began. Nothing is on its way to it
/// but the close frame.
const REFUSED_GOODBYE: Duration = Duration::from_secs(2);

/// The first event: what the session goes to. Never the address.
#[derive(Serialize)]
#[serde(tag = "event", rename = "connected")]
struct ConnectedEvent<'a> {
    server: &'a str,
    tls: &'static str,
    /// How the client is to begin its own TLS; only where it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    upstream: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cipher: Option<String>,
    /// The events `pause` and `resume` are obeyed.
    pause: bool,
}

/// A server, ready to be connected to.
pub(crate) struct Target {
    /// How the client asks for it: by its name in the configuration, or as `host:port`.
    pub(crate) name: String,
    pub(crate) server: Server,
    pub(crate) connector: Connector,
    pub(crate) reach: Reach,
}

impl Target {
    /// What it is called in the metrics: what somebody typed is no label.
    pub(crate) fn label(&self) -> &str {
        match self.reach {
            Reach::Any => &self.name,
            Reach::Public(_) => TYPED_HOST,
        }
    }
}

/// What the request for a session came to, before the WebSocket is open to say so.
pub(crate) enum Admission {
    Granted {
        target: Arc<Target>,
        mode: Mode,
        client: ClientAddress,
        /// Those of the moment of the request; a reload does not reach this session.
        settings: Arc<Settings>,
        permit: SessionPermit,
    },
    Refused(Reason),
}

/// The WebSocket over an upgraded connection, with every limit set: tungstenite's defaults are
/// made for large messages.
pub(crate) async fn websocket<C>(
    connection: C,
    already_read: Bytes,
    largest_message: usize,
) -> WebSocketStream<Wire<C>>
where
    C: AsyncRead + AsyncWrite + Unpin,
{
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_write_buffer_size(2 * largest_message)
        .max_message_size(Some(largest_message))
        .max_frame_size(Some(largest_message));
    let part = already_read.to_vec();
    let wire = Wire::new(connection);
    WebSocketStream::from_partially_read(wire, part, Role::Server, Some(config)).await
}

/// Lives through a session, whatever its outcome, and logs and counts it.
pub(crate) async fn run<C>(
    mut client: WebSocketStream<Wire<C>>,
    admission: Admission,
    state: Arc<State>,
) where
    C: AsyncRead + AsyncWrite + Unpin,
{
    match admission {
        Admission::Refused(reason) => {
            state.metrics.closed(NO_SERVER, reason.word());
            // Anybody can be refused, without any limit of `max-sessions`. When as many as there
            // are places for linger already, the connection ends right after the close frame.
            let place = state.refuse();
            let patience = match place {
                Some(_) => REFUSED_GOODBYE,
                None => Duration::ZERO,
            };
            tunnel::close(client, Ended::Closing(reason), patience).await;
        }
        Admission::Granted {
            target,
            mode,
            client: address,
            settings,
            permit,
        } => {
            let metrics = &state.metrics;
            let counted = metrics.session(target.label());
            let traffic = Traffic::new(&counted);
            let living = live(
                &mut client,
                &target,
                mode,
                address,
                &traffic,
                &settings,
                &state,
            );
            let ended = tokio::select! {
                ended = living => ended,
                () = state.closing() => Ended::Closing(Reason::Draining),
            };
            metrics.closed(target.label(), ended.word());
            report(ended, &traffic);
            tunnel::close(client, ended, tunnel::CLIENT_GOODBYE).await;
            drop(permit);
        }
    }
}

async fn live<C>(
    client: &mut WebSocketStream<Wire<C>>,
    target: &Target,
    mode: Mode,
    address: ClientAddress,
    traffic: &Traffic,
    settings: &Settings,
    state: &State,
) -> Ended
where
    C: AsyncRead + AsyncWrite + Unpin,
{
    let mut from_client = BytesMut::new();
    let connecting = upstream::connect(&*state.network, target, mode, address, settings.limits);
    // Much larger than what is left once it is done, which is most of a session.
    let connecting = Box::pin(connecting);
    let connecting = tokio::select! {
        connecting = connecting => connecting,
        ended = tunnel::watch(client, &mut from_client, settings.tunnel.backlog) => return ended,
    };
    let connected = match connecting {
        Ok(connected) => connected,
        Err(e) => {
            // Escaped, since a certificate may bring text of its own into an error of TLS.
            tracing::warn!(reason = %e.reason, detail = ?e.detail, "server not reached");
            return Ended::Closing(e.reason);
        }
    };
    let took = connected.took;
    let metrics = &state.metrics;
    metrics.reached(target.label(), took.connect, took.handshake);
    let event = connected_event(target, mode, &connected.stream);
    tracing::debug!(?event, "connected");
    if let Err(ended) = tunnel::show(client, Message::text(event), settings.tunnel.stall).await {
        return ended;
    }
    let early = Early {
        from_server: connected.greeting,
        from_client: from_client.freeze(),
    };
    tunnel::carry(client, connected.stream, early, settings.tunnel, traffic).await
}

fn connected_event(target: &Target, mode: Mode, stream: &Upstream) -> String {
    let (version, cipher) = stream.tls_parameters().unzip();
    let word = tls_word(target.server.tls);
    let (tls, upstream) = match mode {
        Mode::Proxy => (word, None),
        Mode::EndToEnd => ("end-to-end", Some(word)),
    };
    let event = ConnectedEvent {
        server: &target.name,
        tls,
        upstream,
        version,
        cipher,
        pause: true,
    };
    // Strings and nothing else: serialising them has no way to fail.
    serde_json::to_string(&event).unwrap_or_default()
}

/// How TLS begins with a server, in the words of PROTOCOL.md.
pub(crate) fn tls_word(tls: Tls) -> &'static str {
    match tls {
        Tls::Implicit => "implicit",
        Tls::Starttls => "starttls",
        Tls::InsecurePlaintext => "none",
    }
}

/// One line for each session. A session that ends in good order is no warning.
fn report(ended: Ended, traffic: &Traffic) {
    tracing::info!(
        reason = ended.word(),
        to_server = traffic.octets_to_server(),
        to_client = traffic.octets_to_client(),
        seconds = traffic.elapsed().as_secs_f32(),
        "session ended"
    );
}
