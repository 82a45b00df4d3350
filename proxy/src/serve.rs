//! Connections while HTTP is spoken on them: how many there may be, and how long each may last.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::limits::{ClientKey, Place};
use crate::listen::{Arrival, ClientAddress, Connection, Listener, Socket, Stream, arrive};
use crate::settings::Settings;
use crate::state::State;

/// HTTP connections at the same time. One that carries a session counts as that session instead.
pub(crate) const LARGEST_CROWD: usize = 1024;
/// The time that a client has for the PROXY header and the TLS handshake together, and then for the
/// headers of a request.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// Octets of headers; hyper's smallest is 8,192.
const LARGEST_HEADERS: u16 = 16 * 1024;
/// The time that an HTTP connection may last, whatever happens on it.
const LONGEST_VISIT: Duration = Duration::from_secs(10 * 60);
/// The time for an answer under way, once a connection is to end.
pub(crate) const LAST_WORDS: Duration = Duration::from_secs(2);

/// Requests and sessions at the same time on one connection of HTTP/2. A page has one or two.
const MOST_STREAMS: u32 = 32;
/// Octets that a client may send on one stream, and on all of them, before we have taken them; the
/// least that the protocol knows of.
const WINDOW: u32 = 65_535;
/// Octets kept for one stream while the client takes none.
const SEND_BUFFER: usize = 64 * 1024;
/// Pings of HTTP/2, so that the connection of a client that vanished ends.
const PING_EVERY: Duration = Duration::from_secs(30);
const PONG_WITHIN: Duration = Duration::from_secs(60);

/// What all connections share.
pub(crate) struct Visits {
    router: Router,
    state: Arc<State>,
    crowd: Arc<Semaphore>,
    running: TaskTracker,
    stop: CancellationToken,
}

impl Visits {
    /// As many connections at the same time as `most`.
    pub(crate) fn new(router: Router, state: &Arc<State>, most: usize) -> Self {
        Self {
            router,
            state: Arc::clone(state),
            crowd: Arc::new(Semaphore::new(most)),
            running: TaskTracker::new(),
            stop: CancellationToken::new(),
        }
    }

    /// Accepts connections at one place, for ever.
    pub(crate) async fn accept(&self, listener: Listener) {
        let listener = Arc::new(listener);
        loop {
            // Beyond the limit clients wait in the system's queue, which is bounded too.
            let Ok(place) = Arc::clone(&self.crowd).acquire_owned().await else {
                return;
            };
            match listener.accept().await {
                Ok((socket, peer)) => {
                    let visit = Visit {
                        router: self.router.clone(),
                        state: Arc::clone(&self.state),
                        stop: self.stop.clone(),
                        place,
                        own_place: None,
                    };
                    let listener = Arc::clone(&listener);
                    self.running.spawn(visit.receive(listener, socket, peer));
                }
                Err(error) => {
                    // Out of file descriptors, most likely: a pause lets sessions end.
                    tracing::error!(%error, "a connection could not be accepted");
                    sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    /// Lets what is being answered be finished, for a short time.
    pub(crate) async fn end(&self) {
        self.stop.cancel();
        self.running.close();
        let _ = timeout(LAST_WORDS, self.running.wait()).await;
    }
}

impl Drop for Visits {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// One connection.
struct Visit {
    router: Router,
    state: Arc<State>,
    stop: CancellationToken,
    /// Its place in the crowd, given back when dropped.
    place: OwnedSemaphorePermit,
    /// Its place among those of the same peer. A trusted proxy needs none.
    own_place: Option<Place<ClientKey>>,
}

impl Visit {
    async fn receive(mut self, listener: Arc<Listener>, socket: Socket, peer: ClientAddress) {
        let settings = self.state.settings();
        if !self.counts(peer, &settings) {
            return;
        }
        let arriving = arrive(&listener, socket, peer, &settings.trust);
        let arrival = match timeout(HEADER_TIMEOUT, arriving).await {
            Ok(Ok(arrival)) => arrival,
            Ok(Err(refused)) if refused.is_ours_to_mend() => {
                tracing::warn!(%peer, "a connection was closed: {refused}");
                return;
            }
            Ok(Err(refused)) => {
                tracing::debug!(%peer, reason = ?refused.to_string(), "a connection was closed");
                return;
            }
            Err(_) => {
                tracing::debug!(%peer, "a connection was closed: no request could begin in time");
                return;
            }
        };
        // Whom the PROXY protocol names counts as a peer of its own.
        let named = arrival.connection.peer;
        if named != peer && !self.counts(named, &settings) {
            return;
        }
        drop((settings, listener));
        let Arrival {
            stream,
            connection,
            http2,
        } = arrival;
        if http2 {
            self.over_http2(stream, connection).await;
        } else {
            self.over_http1(stream, connection).await;
        }
    }

    /// Gives the connection a place among those of its peer, if there is one.
    fn counts(&mut self, peer: ClientAddress, settings: &Settings) -> bool {
        if settings.trust.believes(peer) {
            return true;
        }
        let most = settings.per_client.max_connections;
        self.own_place = self.state.visits.enter(peer.into(), most);
        if self.own_place.is_none()
            && let Some(left_out) = self.state.refusal_lines.line()
        {
            tracing::warn!(
                %peer, left_out,
                "a connection was closed: per-client.max-connections are open; if they are of a \
                 proxy in front, name it in trusted-proxies"
            );
        }
        self.own_place.is_some()
    }

    async fn over_http1(self, stream: Stream, about: Connection) {
        let router = TowerToHyperService::new(self.router);
        let service = service_fn(|mut request: Request<Incoming>| {
            request.extensions_mut().insert(about);
            router.call(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_TIMEOUT)
            .max_buf_size(LARGEST_HEADERS.into())
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        let mut connection = pin!(connection);
        let outcome = tokio::select! {
            outcome = connection.as_mut() => outcome,
            // An upgrade ends the connection here, so this is about clients that will not take an
            // answer, or ask for ever.
            () = sleep(LONGEST_VISIT) => return,
            () = self.stop.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        report(outcome);
    }

    /// Sessions are streams among others here, so the connection lives as long as any of them.
    async fn over_http2(self, stream: Stream, about: Connection) {
        let sessions = Multiplex::default();
        let router = TowerToHyperService::new(self.router);
        let service = service_fn(|mut request: Request<Incoming>| {
            request.extensions_mut().insert(about);
            request.extensions_mut().insert(sessions.clone());
            router.call(request)
        });
        let connection = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .enable_connect_protocol()
            .max_concurrent_streams(MOST_STREAMS)
            .max_header_list_size(LARGEST_HEADERS.into())
            .initial_stream_window_size(WINDOW)
            .initial_connection_window_size(WINDOW)
            .max_send_buf_size(SEND_BUFFER)
            .keep_alive_interval(PING_EVERY)
            .keep_alive_timeout(PONG_WITHIN)
            .serve_connection(TokioIo::new(stream), service);
        let mut connection: Pin<&mut _> = pin!(connection);
        let places = (self.place, self.own_place);
        let whole_visit = async {
            let visit = sleep(LONGEST_VISIT);
            tokio::select! {
                () = visit => {}
                () = sessions.begun() => {
                    // From here on it counts as a session. When that ends it has no place any more.
                    drop(places);
                    let _ = timeout(LONGEST_VISIT, sessions.over()).await;
                }
            }
        };
        tokio::select! {
            outcome = connection.as_mut() => return report(outcome),
            () = whole_visit => {}
            () = self.stop.cancelled() => {}
        }
        // No new stream is taken now, and those that are open go on.
        connection.as_mut().graceful_shutdown();
        let patience = async {
            // A session that was asked for before the client heard of it may still begin.
            loop {
                sessions.over().await;
                sleep(LAST_WORDS).await;
                if sessions.are_over() {
                    return;
                }
            }
        };
        tokio::select! {
            outcome = connection => report(outcome),
            () = patience => {}
        }
    }
}

fn report(outcome: Result<(), hyper::Error>) {
    if let Err(error) = outcome {
        tracing::debug!(%error, "an HTTP connection ended early");
    }
}

/// The sessions on one connection of HTTP/2. It goes with each of its requests, as an extension.
#[derive(Clone, Default)]
pub(crate) struct Multiplex(watch::Sender<usize>);

/// One session on the connection, until it is dropped.
pub(crate) struct Multiplexed(watch::Sender<usize>);

impl Multiplex {
    pub(crate) fn session(&self) -> Multiplexed {
        self.0.send_modify(|count| *count += 1);
        Multiplexed(self.0.clone())
    }

    async fn begun(&self) {
        let _ = self.0.subscribe().wait_for(|count| *count > 0).await;
    }

    fn are_over(&self) -> bool {
        *self.0.borrow() == 0
    }

    async fn over(&self) {
        let _ = self.0.subscribe().wait_for(|count| *count == 0).await;
    }
}

impl Drop for Multiplexed {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count = count.saturating_sub(1));
    }
}
