//! The tunnel: POP3 octets between a WebSocket and a mail server, unaltered, in both directions.
//!
//! Each direction reads only when its last octets have been taken by the other side, so a slow
//! browser stops the reading from the server, and a slow server the reading from the browser. What
//! a session holds is thus at most one piece in each direction, and nothing while it is idle.

mod gate;
mod pieces;

use std::future::pending;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::{Sink, SinkExt, Stream, StreamExt, stream};
use prometheus_client::metrics::counter::Counter;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, sleep_until, timeout, timeout_at};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Error, Message};

use self::gate::Gate;
use self::pieces::Pieces;
use crate::close::Reason;
use crate::metrics::OpenSession;
use crate::wire::{Lane, Wire};

/// Pings to the client, that middleboxes keep the connection and that a dead one is noticed.
const PING_EVERY: Duration = Duration::from_secs(30);
/// A client that has neither sent a frame nor taken one for so long is gone.
const CLIENT_SILENCE: Duration = Duration::from_secs(90);
/// The time that a server has to take the end of the connection.
const SERVER_GOODBYE: Duration = Duration::from_secs(5);
/// The same for a client. It may be slow, and what it was sent last is still on its way: giving up
/// too early would reset the connection, and cut that off.
pub(crate) const CLIENT_GOODBYE: Duration = Duration::from_secs(30);

/// What a session may take, as configured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// The time without a POP3 octet.
    pub(crate) idle: Duration,
    /// The time in which a side takes nothing of what there is for it.
    pub(crate) stall: Duration,
    /// The time from the upgrade to the end.
    pub(crate) lifetime: Duration,
    /// The largest frame and the largest message from the client, in octets.
    pub(crate) message: usize,
    /// Octets from the client that are kept for a server that is still being connected to; one
    /// frame more at most.
    pub(crate) backlog: usize,
}

/// How a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// The proxy ends it, for a reason that the client is told.
    Closing(Reason),
    /// The client closed the WebSocket in good order.
    ClientClosed,
    /// The client vanished.
    ClientGone,
}

impl Ended {
    /// The word for the log and the metrics. An end in good order has one of its own.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Closing(Reason::UpstreamFinished) => "finished",
            Self::Closing(reason) => reason.word(),
            Self::ClientClosed => "client-closed",
            Self::ClientGone => "client-gone",
        }
    }
}

/// Octets carried so far, and when the last of them moved. Shared by both directions.
pub(crate) struct Traffic {
    start: Instant,
    to_server: Carried,
    to_client: Carried,
    /// Milliseconds after `start`.
    last_octet: AtomicU64,
    /// The same, for frames that the client sent or took.
    client_alive: AtomicU64,
}

/// Octets in one direction: of this session, and of all with the same server.
struct Carried {
    octets: AtomicU64,
    total: Counter,
}

impl Carried {
    fn new(total: &Counter) -> Self {
        Self {
            octets: AtomicU64::new(0),
            total: total.clone(),
        }
    }
}

impl Traffic {
    pub(crate) fn new(counted: &OpenSession) -> Self {
        Self {
            start: Instant::now(),
            to_server: Carried::new(&counted.to_server),
            to_client: Carried::new(&counted.to_client),
            last_octet: AtomicU64::new(0),
            client_alive: AtomicU64::new(0),
        }
    }

    pub(crate) fn octets_to_server(&self) -> u64 {
        self.to_server.octets.load(Ordering::Relaxed)
    }

    pub(crate) fn octets_to_client(&self) -> u64 {
        self.to_client.octets.load(Ordering::Relaxed)
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Idleness is counted from here, not from when the server was being looked for.
    fn begin(&self) {
        self.last_octet.store(self.now(), Ordering::Relaxed);
        self.client_is_alive();
    }

    fn carried(&self, direction: &Carried, octets: usize) {
        let octets = octets as u64;
        direction.octets.fetch_add(octets, Ordering::Relaxed);
        direction.total.inc_by(octets);
        self.last_octet.store(self.now(), Ordering::Relaxed);
    }

    fn client_is_alive(&self) {
        self.client_alive.store(self.now(), Ordering::Relaxed);
    }

    fn at(&self, mark: &AtomicU64) -> Instant {
        self.start + Duration::from_millis(mark.load(Ordering::Relaxed))
    }
}

/// Octets that came before the tunnel was open; they go first.
#[derive(Debug, Default)]
pub(crate) struct Early {
    /// The greeting, where it had to be read before TLS; otherwise nothing.
    pub(crate) from_server: Bytes,
    /// What the client sent without waiting for `connected`.
    pub(crate) from_client: Bytes,
}

/// Watches a client for which there is no server yet, so that one that leaves does not keep its
/// place. Resolves only when the client ends the session.
///
/// A client may send before it hears of the connection. That is kept, up to a limit; past it, the
/// rest stays in the socket, unread.
pub(crate) async fn watch<C>(
    client: &mut WebSocketStream<C>,
    kept: &mut BytesMut,
    backlog: usize,
) -> Ended
where
    C: AsyncRead + AsyncWrite + Unpin,
{
    while kept.len() < backlog {
        match client.next().await {
            Some(Ok(Message::Binary(octets))) => kept.extend_from_slice(&octets),
            Some(Ok(Message::Text(_))) => return Ended::Closing(Reason::BinaryOnly),
            Some(Ok(Message::Close(_))) => return Ended::ClientClosed,
            Some(Ok(_)) => {}
            Some(Err(e)) => return blame(&e),
            None => return Ended::ClientGone,
        }
    }
    pending().await
}

/// Carries octets until one side ends, or a limit is reached. The WebSocket is still to be closed by
/// [`close`]; the connection to the server is closed, without a QUIT of our own.
pub(crate) async fn carry<C, U>(
    client: &mut WebSocketStream<Wire<C>>,
    upstream: U,
    early: Early,
    limits: Limits,
    traffic: &Traffic,
) -> Ended
where
    C: AsyncRead + AsyncWrite + Unpin,
    U: AsyncRead + AsyncWrite + Unpin,
{
    traffic.begin();
    let lane = client.get_ref().lane();
    let (sink, from_client) = client.split();
    let to_client = ToClient {
        sink,
        lane: lane.clone(),
        stall: limits.stall,
    };
    let early_frame = stream::iter([Ok(Message::Binary(early.from_client))]);
    let from_client = early_frame.chain(from_client);
    let (from_server, mut to_server) = tokio::io::split(upstream);
    let gate = Gate::default();
    let to_server_ended = client_to_server(
        from_client,
        &mut to_server,
        &gate,
        &lane,
        limits.stall,
        traffic,
    );
    let pieces = Pieces::new(from_server, &gate);
    let ended = tokio::select! {
        ended = to_server_ended => ended,
        ended = server_to_client(pieces, to_client, early.from_server, traffic) => ended,
        ended = idle_for(limits.idle, traffic) => ended,
        () = sleep_until(traffic.start + limits.lifetime) => {
            Ended::Closing(Reason::SessionExpired)
        }
    };
    // FIN, and close_notify under TLS: what the client has sent is not lost in a reset.
    let _ = timeout(SERVER_GOODBYE, to_server.shutdown()).await;
    ended
}

async fn client_to_server<W>(
    mut frames: impl Stream<Item = Result<Message, Error>> + Unpin,
    to_server: &mut W,
    gate: &Gate,
    lane: &Lane,
    stall: Duration,
    traffic: &Traffic,
) -> Ended
where
    W: AsyncWrite + Unpin,
{
    let mut server_listens = true;
    loop {
        // A frame that it takes slowly is a sign of life before it is through.
        let silent_at = || traffic.at(&traffic.client_alive).max(lane.moved()) + CLIENT_SILENCE;
        let frame = match timeout_at(silent_at(), frames.next()).await {
            Ok(Some(frame)) => frame,
            Ok(None) => return Ended::ClientGone,
            // The other direction may have moved the mark in the meantime.
            Err(_) if silent_at() > Instant::now() => continue,
            Err(_) => return Ended::ClientGone,
        };
        match frame {
            // An empty frame carries nothing, so it must not count against idleness.
            Ok(Message::Binary(octets)) if server_listens && !octets.is_empty() => {
                // A server that has hung up may still have octets on the way to us. Reading them
                // to their end tells why it did, which a failed write does not.
                match deliver(to_server, &octets, stall).await {
                    Delivery::Taken => traffic.carried(&traffic.to_server, octets.len()),
                    Delivery::HungUp => server_listens = false,
                    Delivery::Stalled => return Ended::Closing(Reason::UpstreamStalled),
                }
            }
            Ok(Message::Text(text)) => {
                if gate.obey(&text).is_none() {
                    return Ended::Closing(Reason::BinaryOnly);
                }
            }
            Ok(Message::Close(_)) => return Ended::ClientClosed,
            Ok(_) => {}
            Err(e) => return blame(&e),
        }
        // Not before the server took the octets: until then the client had no chance to be heard.
        traffic.client_is_alive();
    }
}

/// What became of octets for the server.
enum Delivery {
    Taken,
    HungUp,
    Stalled,
}

/// Writes all of it. A server may be slow for as long as it likes, if it goes on taking something.
async fn deliver<W>(to_server: &mut W, mut octets: &[u8], stall: Duration) -> Delivery
where
    W: AsyncWrite + Unpin,
{
    while !octets.is_empty() {
        match timeout(stall, to_server.write(octets)).await {
            Ok(Ok(taken)) if taken > 0 => octets = octets.get(taken..).unwrap_or_default(),
            Ok(_) => return Delivery::HungUp,
            Err(_) => return Delivery::Stalled,
        }
    }
    match timeout(stall, to_server.flush()).await {
        Ok(Ok(())) => Delivery::Taken,
        Ok(Err(_)) => Delivery::HungUp,
        Err(_) => Delivery::Stalled,
    }
}

async fn server_to_client<R, S>(
    mut pieces: Pieces<'_, R>,
    mut to_client: ToClient<S>,
    greeting: Bytes,
    traffic: &Traffic,
) -> Ended
where
    R: AsyncRead + Unpin,
    S: Sink<Message, Error = Error> + Unpin,
{
    let mut octets = greeting;
    let mut ping_at = Instant::now() + PING_EVERY;
    loop {
        if !octets.is_empty() {
            let count = octets.len();
            if let Err(ended) = to_client.carry(octets).await {
                return ended;
            }
            traffic.carried(&traffic.to_client, count);
            traffic.client_is_alive();
        }
        octets = tokio::select! {
            piece = pieces.next() => match piece {
                Ok(octets) if octets.is_empty() => {
                    return Ended::Closing(Reason::UpstreamFinished);
                }
                Ok(octets) => octets,
                // A reset, or TLS that ends without close_notify (RFC 8446 section 6.1): octets
                // may be missing.
                Err(_) => return Ended::Closing(Reason::UpstreamClosed),
            },
            () = sleep_until(ping_at) => {
                ping_at = Instant::now() + PING_EVERY;
                let ping = Message::Ping(Bytes::new());
                if let Err(ended) = show(&mut to_client.sink, ping, to_client.stall).await {
                    return ended;
                }
                Bytes::new()
            }
        };
    }
}

/// Sends one frame that carries no mail to the client.
pub(crate) async fn show(
    to_client: &mut (impl Sink<Message, Error = Error> + Unpin),
    frame: Message,
    stall: Duration,
) -> Result<(), Ended> {
    match timeout(stall, to_client.send(frame)).await {
        Ok(sent) => sent.map_err(|e| blame(&e)),
        Err(_) => Err(Ended::Closing(Reason::ClientStalled)),
    }
}

/// The way to the client.
struct ToClient<S> {
    sink: S,
    lane: Lane,
    stall: Duration,
}

impl<S: Sink<Message, Error = Error> + Unpin> ToClient<S> {
    /// Sends octets in one frame.
    async fn carry(&mut self, octets: Bytes) -> Result<(), Ended> {
        self.flush().await?;
        self.lane.put(octets);
        self.flush().await
    }

    /// Waits until the connection has taken everything. A client may be slow for as long as it likes,
    /// if it goes on taking something.
    async fn flush(&mut self) -> Result<(), Ended> {
        let begun = Instant::now();
        loop {
            let end = self.lane.moved().max(begun) + self.stall;
            match timeout_at(end, self.sink.flush()).await {
                Ok(flushed) => return flushed.map_err(|e| blame(&e)),
                // It took something in the meantime.
                Err(_) if self.lane.moved() + self.stall > Instant::now() => {}
                Err(_) => return Err(Ended::Closing(Reason::ClientStalled)),
            }
        }
    }
}

async fn idle_for(idle: Duration, traffic: &Traffic) -> Ended {
    loop {
        let end = traffic.at(&traffic.last_octet) + idle;
        if end <= Instant::now() {
            return Ended::Closing(Reason::IdleTimeout);
        }
        sleep_until(end).await;
    }
}

/// What an error of the WebSocket means for the session.
fn blame(error: &Error) -> Ended {
    match error {
        Error::Capacity(_) => Ended::Closing(Reason::TooLarge),
        Error::Protocol(e) if e == &RESET => Ended::ClientGone,
        Error::Protocol(_) | Error::Utf8(_) => Ended::Closing(Reason::ProtocolError),
        Error::ConnectionClosed => Ended::ClientClosed,
        _ => Ended::ClientGone,
    }
}

/// The connection ended without a close frame; for tungstenite that is a broken protocol.
const RESET: tokio_tungstenite::tungstenite::error::ProtocolError =
    tokio_tungstenite::tungstenite::error::ProtocolError::ResetWithoutClosingHandshake;

/// Ends the WebSocket: close frame, the client's answer (RFC 6455 section 7), then the connection.
/// The client has `patience` to take part; with none it gets the close frame all the same, if its
/// connection has room for it.
pub(crate) async fn close<C>(mut client: WebSocketStream<C>, ended: Ended, patience: Duration)
where
    C: AsyncRead + AsyncWrite + Unpin,
{
    let goodbye = async {
        // An error here is a client that is gone by now, which is as good as closed.
        let said = match ended {
            Ended::Closing(reason) => client.close(Some(reason.frame())).await,
            // The answer to the client's close frame is queued already.
            Ended::ClientClosed => return client.flush().await.unwrap_or_default(),
            Ended::ClientGone => return,
        };
        if said.is_err() {
            return;
        }
        // After such an error tungstenite reads no further, and what it would find is no frame.
        let mut readable = !matches!(
            ended,
            Ended::Closing(Reason::TooLarge | Reason::ProtocolError)
        );
        while readable {
            match client.next().await {
                Some(Ok(_)) => {}
                Some(Err(_)) => readable = false,
                None => return,
            }
        }
        // What the client still sends is read and thrown away, since closing a connection with
        // unread octets resets it, and a reset would take the close frame with it.
        let connection = client.get_mut();
        if connection.shutdown().await.is_ok() {
            let _ = tokio::io::copy(connection, &mut tokio::io::sink()).await;
        }
    };
    let _ = timeout(patience, goodbye).await;
}

#[cfg(test)]
mod tests;
