//! `GET /pop3`: who may open a session, and the upgrade to a WebSocket.

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Query, Request, State};
use axum::http::header::{
    HeaderName, ORIGIN, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use hyper::ext::Protocol;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;
use tracing::field::{Empty, debug, display};
use tracing::{Instrument, Span};

use crate::close::Reason;
use crate::limits::{ClientKey, Limit, Seldom};
use crate::listen::{ClientAddress, Connection, Stream};
use crate::mode::Mode;
use crate::serve::Multiplex;
use crate::session::{self, Admission};
use crate::settings::Settings;
use crate::state::State as Shared;

/// The subprotocol of PROTOCOL.md.
const SUBPROTOCOL: &str = "pop3.v1";
/// The time that a client has to take the answer to its upgrade.
const UPGRADE_TIMEOUT: Duration = Duration::from_secs(10);
/// How much of an unknown text is worth a place in the log, in characters.
const SHOWN: usize = 80;

/// What the URL may ask for. What else it holds is left alone.
#[derive(Deserialize)]
struct Wish {
    server: Option<String>,
    tls: Option<String>,
}

/// A refusal before the upgrade: a status, and a sentence for whoever looks.
type Refusal = (StatusCode, [(HeaderName, &'static str); 1], &'static str);

/// Answers the upgrade. Refusals that a page should be able to show come as close codes, since a
/// browser tells a script nothing about a failed upgrade.
pub(super) async fn upgrade(
    State(state): State<Arc<Shared>>,
    Extension(client): Extension<ClientAddress>,
    Extension(connection): Extension<Connection>,
    request: Request,
) -> Response {
    // At the level of errors, so that every line that is logged at all has it.
    let id = state.next_id();
    let span = tracing::error_span!("session", id, server = Empty, %client, user = Empty);
    let response = span.in_scope(|| answer(&state, client, connection, request));
    if response.status().is_client_error() {
        state.metrics.upgrade_refused(response.status().as_u16());
    }
    response
}

fn answer(
    state: &Arc<Shared>,
    client: ClientAddress,
    connection: Connection,
    mut request: Request,
) -> Response {
    let settings = state.settings();
    let accepted = check(&request, state, &settings).and_then(|()| accept(&request));
    let mut response = match accepted {
        Ok(response) => response,
        Err(refusal) => return refusal.into_response(),
    };
    response.headers_mut().insert(
        SEC_WEBSOCKET_PROTOCOL,
        HeaderValue::from_static(SUBPROTOCOL),
    );
    let largest_message = settings.tunnel.message;
    let fronted = connection.fronted(&settings.trust);
    let admission = admit(&request, fronted, client, state, settings);
    // A session over HTTP/2 keeps its connection alive.
    let multiplexed = match admission {
        Admission::Granted { .. } => request.extensions().get().map(Multiplex::session),
        Admission::Refused(_) => None,
    };
    let upgrading = hyper::upgrade::on(&mut request);
    let tracker = state.sessions.clone();
    let session = serve(upgrading, admission, largest_message, Arc::clone(state));
    let session = async {
        session.await;
        drop(multiplexed);
    };
    tracker.spawn(session.in_current_span());
    response
}

/// Whether the request is the extended CONNECT by which HTTP/2 opens a WebSocket ([RFC 8441]).
///
/// [RFC 8441]: https://www.rfc-editor.org/rfc/rfc8441#section-4
fn is_extended_connect(request: &Request) -> bool {
    let protocol = request.extensions().get::<Protocol>();
    request.method() == Method::CONNECT
        && protocol.is_some_and(|protocol| protocol.as_str() == "websocket")
}

/// The answer that opens the WebSocket: 101 in HTTP/1.1, and 200 in HTTP/2, where no key proves that
/// the two understand each other.
fn accept(request: &Request) -> Result<Response, Refusal> {
    if !is_extended_connect(request) {
        return create_response_with_body(request, Body::empty).map_err(|_| malformed());
    }
    let version = request.headers().get(SEC_WEBSOCKET_VERSION);
    if version.is_none_or(|version| version != "13") {
        return Err(malformed());
    }
    Ok(Response::new(Body::empty()))
}

fn check(request: &Request, state: &Shared, settings: &Settings) -> Result<(), Refusal> {
    let headers = request.headers();
    if !headers.contains_key(UPGRADE) && !is_extended_connect(request) {
        return Err((
            StatusCode::UPGRADE_REQUIRED,
            [(UPGRADE, "websocket")],
            "This is a WebSocket endpoint; see proxy/PROTOCOL.md.\n",
        ));
    }
    check_origin(headers, settings, &state.refusal_lines)?;
    if !offers_subprotocol(headers) {
        return Err((
            StatusCode::BAD_REQUEST,
            [(SEC_WEBSOCKET_PROTOCOL, SUBPROTOCOL)],
            "The WebSocket must offer the subprotocol pop3.v1.\n",
        ));
    }
    Ok(())
}

fn malformed() -> Refusal {
    let version = [(SEC_WEBSOCKET_VERSION, "13")];
    (
        StatusCode::BAD_REQUEST,
        version,
        "This is not a WebSocket handshake of RFC 6455.\n",
    )
}

/// Browsers always send the page's origin, and a page cannot forge it; programs that are no
/// browsers send none, and could send what they like.
fn check_origin(headers: &HeaderMap, settings: &Settings, lines: &Seldom) -> Result<(), Refusal> {
    let mut sent = headers.get_all(ORIGIN).iter();
    let Some(origin) = sent.next() else {
        return Ok(());
    };
    let allowed =
        |allowed: &crate::config::Origin| allowed.as_str().as_bytes() == origin.as_bytes();
    if sent.next().is_none() && settings.origins.iter().any(allowed) {
        return Ok(());
    }
    if let Some(left_out) = lines.line() {
        let origin = shorten(&String::from_utf8_lossy(origin.as_bytes()));
        tracing::warn!(
            left_out,
            "refused a page of origin {origin:?}; to allow it, add it to the key origins"
        );
    }
    Err((
        StatusCode::FORBIDDEN,
        [(HeaderName::from_static("vary"), "origin")],
        "Pages of this origin may not open sessions here; the key origins decides.\n",
    ))
}

fn offers_subprotocol(headers: &HeaderMap) -> bool {
    headers
        .get_all(SEC_WEBSOCKET_PROTOCOL)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .any(|offered| offered.trim() == SUBPROTOCOL)
}

/// Finds the server that the URL names, and a place for the session.
fn admit(
    request: &Request,
    fronted: bool,
    client: ClientAddress,
    state: &Shared,
    settings: Arc<Settings>,
) -> Admission {
    if state.is_draining() {
        return Admission::Refused(Reason::Draining);
    }
    let key = ClientKey::from(client);
    // Whatever is asked for: guessing costs as much as a session.
    if !settings.pace.allows(key) {
        return at_limit(Limit::NewSessions, state);
    }
    if let Some(access) = &settings.access {
        match access.holder(request.headers(), fronted) {
            Some(user) => Span::current().record("user", debug(shorten(&user))),
            None => return unauthorized(state),
        };
    }
    let Ok(Query(wish)) = Query::<Wish>::try_from_uri(request.uri()) else {
        return Admission::Refused(Reason::NotAllowed);
    };
    let name = wish.server.unwrap_or_default();
    let target = match settings.target(&name) {
        Ok(target) => target,
        Err(reason) => return Admission::Refused(reason),
    };
    let Some(mode) = Mode::asked(wish.tls.as_deref()) else {
        return Admission::Refused(Reason::NotAllowed);
    };
    if let Err(reason) = mode.check(target.server.end_to_end()) {
        return Admission::Refused(reason);
    }
    Span::current().record("server", display(&target.name));
    match state.admit(&settings, key, &target) {
        Ok(permit) => Admission::Granted {
            target,
            mode,
            client,
            settings,
            permit,
        },
        Err(limit) => at_limit(limit, state),
    }
}

fn unauthorized(state: &Shared) -> Admission {
    if let Some(left_out) = state.refusal_lines.line() {
        tracing::warn!(
            left_out,
            "refused a session: no token that the table access knows, and no user named by a \
             trusted proxy"
        );
    }
    Admission::Refused(Reason::Unauthorized)
}

fn at_limit(limit: Limit, state: &Shared) -> Admission {
    if let Some(left_out) = state.refusal_lines.line() {
        tracing::warn!(%limit, left_out, "refused a session: the limit is reached");
    }
    Admission::Refused(Reason::RateLimited)
}

fn shorten(text: &str) -> String {
    text.chars().take(SHOWN).collect()
}

async fn serve(
    upgrading: OnUpgrade,
    admission: Admission,
    largest_message: usize,
    state: Arc<Shared>,
) {
    let upgraded = match timeout(UPGRADE_TIMEOUT, upgrading).await {
        Ok(Ok(upgraded)) => upgraded,
        Ok(Err(error)) => {
            tracing::debug!(%error, "the client left during the upgrade");
            return;
        }
        Err(_) => {
            tracing::debug!("the client did not take the answer to its upgrade in time");
            return;
        }
    };
    // The socket itself, without hyper's layers: they would keep a buffer for each session.
    match upgraded.downcast::<TokioIo<Stream>>() {
        Ok(parts) => {
            let (socket, already_read) = (parts.io.into_inner(), parts.read_buf);
            let client = session::websocket(socket, already_read, largest_message).await;
            session::run(client, admission, state).await;
        }
        Err(upgraded) => {
            let socket = TokioIo::new(upgraded);
            let client = session::websocket(socket, Bytes::new(), largest_message).await;
            session::run(client, admission, state).await;
        }
    }
}
