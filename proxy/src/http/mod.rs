//! What the proxy answers over HTTP: the page, the list of servers, its health, and the upgrade.

mod coding;
mod headers;
mod page;
mod upgrade;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use serde::Serialize;

use crate::config::{EndToEnd, Hint};
use crate::listen::{Connection, MalformedForwarded};
use crate::mode::Mode;
use crate::session::tls_word;
use crate::state::State as Shared;

/// The text format of OpenMetrics 1.0, which Prometheus reads.
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// All routes of the public address.
pub(crate) fn router(state: Arc<Shared>) -> Router {
    Router::new()
        .route("/pop3", get(upgrade::upgrade).connect(upgrade::upgrade))
        .route("/servers.json", get(servers))
        .merge(health())
        // The page alone is compressed: it is the same for everybody, so that its compressed size
        // gives nothing away.
        .route("/", get(page::file))
        .route("/{*path}", get(page::file))
        .layer(middleware::from_fn_with_state(Arc::clone(&state), identify))
        .layer(middleware::from_fn_with_state(Arc::clone(&state), secure))
        .with_state(state)
}

/// What stands beside the page for those who watch the proxy, at an address of its own: counters
/// tell more about the users than a stranger should know.
pub(crate) fn monitoring_router(state: Arc<Shared>) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .merge(health())
        .layer(middleware::from_fn_with_state(Arc::clone(&state), secure))
        .with_state(state)
}

fn health() -> Router<Arc<Shared>> {
    Router::new()
        .route("/healthz", get(alive))
        .route("/readyz", get(ready))
}

async fn secure(
    State(state): State<Arc<Shared>>,
    Extension(connection): Extension<Connection>,
    request: Request,
    next: Next,
) -> Response {
    let uri = request.uri().clone();
    let mut response = headers::secure(&uri, next.run(request).await);
    if connection.https {
        headers::demand_https(&mut response, state.settings().hsts);
    }
    response
}

/// Puts the client's address, as far as it is known, with the request.
async fn identify(
    State(state): State<Arc<Shared>>,
    Extension(connection): Extension<Connection>,
    mut request: Request,
    next: Next,
) -> Response {
    let trust = &state.settings().trust;
    match connection.client(trust, request.headers()) {
        Ok(client) => {
            request.extensions_mut().insert(client);
            next.run(request).await
        }
        Err(MalformedForwarded) => (
            StatusCode::BAD_REQUEST,
            "The header Forwarded is not one of RFC 7239.\n",
        )
            .into_response(),
    }
}

/// A server as the page may know it: never where it is, but for the name in its certificate, where a
/// client has to know it.
#[derive(Serialize)]
struct ServerEntry<'a> {
    name: &'a str,
    title: &'a str,
    tls: &'static str,
    /// What the parameter `tls` may be.
    modes: &'static [&'static str],
    /// The name that a client is to verify.
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a Hint>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ServerList<'a> {
    servers: Vec<ServerEntry<'a>>,
    /// Whether hosts may be asked for that are not in the list.
    typed_hosts: bool,
    /// What the parameter `tls` may be for these.
    #[serde(skip_serializing_if = "Option::is_none")]
    typed_host_modes: Option<&'static [&'static str]>,
}

async fn servers(State(state): State<Arc<Shared>>) -> Response {
    let settings = state.settings();
    let servers = settings.targets.values().map(|target| {
        let (server, end_to_end) = (&target.server, target.server.end_to_end());
        ServerEntry {
            name: &target.name,
            title: server.title.as_deref().unwrap_or(&target.name),
            tls: tls_word(server.tls),
            modes: Mode::words(end_to_end),
            host: (end_to_end != EndToEnd::Forbidden).then(|| server.verified_name().as_str()),
            hint: server.hint.as_ref(),
        }
    });
    let typed = settings.typed.as_ref();
    match serde_json::to_string(&ServerList {
        servers: servers.collect(),
        typed_hosts: typed.is_some(),
        typed_host_modes: typed.map(|policy| Mode::words(policy.end_to_end())),
    }) {
        Ok(body) => (
            [
                (CONTENT_TYPE, "application/json"),
                (CACHE_CONTROL, "no-cache"),
            ],
            body,
        )
            .into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn metrics(State(state): State<Arc<Shared>>) -> Response {
    match state.metrics.encode(state.is_draining()) {
        Ok(text) => (
            [(CONTENT_TYPE, OPENMETRICS), (CACHE_CONTROL, "no-store")],
            text,
        )
            .into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// For whoever restarts what hangs: an answer at all is the answer.
async fn alive() -> Response {
    ([(CACHE_CONTROL, "no-store")], "ok\n").into_response()
}

/// For a balancer in front: 503 once the proxy takes no more sessions.
async fn ready(State(state): State<Arc<Shared>>) -> Response {
    let (status, word) = if state.is_draining() {
        (StatusCode::SERVICE_UNAVAILABLE, "draining\n")
    } else {
        (StatusCode::OK, "ready\n")
    };
    (status, [(CACHE_CONTROL, "no-store")], word).into_response()
}
