//! The proxy as a whole: it binds, serves until it is told to stop, and ends its sessions.

use std::future::pending;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::config::{Config, ConfigError};
use crate::control::Control;
use crate::http::{monitoring_router, router};
use crate::listen::{ClientAddress, Connection};
use crate::settings::Settings;
use crate::state::{LARGEST_REFUSALS, State};
use crate::upstream::PlatformRootsError;

/// The time that a client has to send the headers of a request.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// Octets of headers; hyper's smallest is 8,192.
const LARGEST_HEADERS: usize = 16 * 1024;
/// HTTP connections at the same time. An upgraded one counts as a session instead.
const LARGEST_CROWD: usize = 1024;
/// The same at the address for monitoring.
const LARGEST_WATCH: usize = 16;
/// The time that an HTTP connection may last, whatever happens on it.
const LONGEST_VISIT: Duration = Duration::from_secs(10 * 60);
/// What the process keeps open besides: standard streams, listeners, runtime, files being served,
/// connections for monitoring.
const HOUSEKEEPING: u64 = 64;
/// The time for close frames to reach the clients, and for answers under way, at the very end.
pub(crate) const LAST_WORDS: Duration = Duration::from_secs(2);

/// A proxy that listens, and serves once [`Proxy::run`] is polled.
pub struct Proxy {
    listener: TcpListener,
    address: SocketAddr,
    /// Where `/metrics` is, if anywhere.
    monitoring: Option<TcpListener>,
    state: Arc<State>,
    control: Control,
}

/// Why a proxy could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BindError {
    /// The configuration makes no sense.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The system trusts no certification authority, and a server relies on them.
    #[error(transparent)]
    Roots(Box<dyn std::error::Error + Send + Sync>),
    /// The address is taken, not this machine's, or not for this user.
    #[error("cannot listen on {address}: {}", explain(.source))]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
}

impl From<PlatformRootsError> for BindError {
    fn from(error: PlatformRootsError) -> Self {
        Self::Roots(Box::new(error))
    }
}

/// The common errors in words that say what to do.
fn explain(error: &std::io::Error) -> String {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::AddrInUse => {
            "another program listens there already; stop it, or choose another address with \
             --listen"
                .to_owned()
        }
        ErrorKind::AddrNotAvailable => "this machine has no such address".to_owned(),
        ErrorKind::PermissionDenied => {
            "the system does not allow it; ports below 1024 are often reserved".to_owned()
        }
        _ => error.to_string(),
    }
}

impl Proxy {
    /// Checks the configuration as [`Proxy::bind`] does, the system's authorities included, and
    /// opens nothing.
    ///
    /// # Errors
    /// [`BindError`], whose message is one line; never [`BindError::Listen`].
    pub fn check(config: &Config) -> Result<(), BindError> {
        config.check()?;
        Settings::new(config, config.listen)?;
        Ok(())
    }

    /// Checks the configuration and listens.
    ///
    /// # Errors
    /// [`BindError`], whose message is one line.
    pub async fn bind(config: Config) -> Result<Self, BindError> {
        config.check()?;
        let listener = listen(config.listen).await?;
        let address = listener.local_addr().map_err(|source| BindError::Listen {
            address: config.listen,
            source,
        })?;
        let monitoring = match config.metrics_listen {
            Some(address) => Some(listen(address).await?),
            None => None,
        };
        let settings = Settings::new(&config, address)?;
        let state = Arc::new(State::new(settings));
        let control = Control::new(Arc::clone(&state), address, config);
        Ok(Self {
            listener,
            address,
            monitoring,
            state,
            control,
        })
    }

    /// The address it listens on, with the port that the system chose if it was asked to.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// The address of `/metrics`, where the configuration asks for one.
    #[must_use]
    pub fn metrics_addr(&self) -> Option<SocketAddr> {
        self.monitoring.as_ref()?.local_addr().ok()
    }

    /// A grip on it, for when it runs.
    #[must_use]
    pub fn control(&self) -> Control {
        self.control.clone()
    }

    /// The URL of its page.
    #[must_use]
    pub fn url(&self) -> String {
        match self.address {
            // Browsers on this machine reach an unspecified address under the name of loopback.
            any if any.ip().is_unspecified() => format!("http://127.0.0.1:{}/", any.port()),
            address => format!("http://{address}/"),
        }
    }

    /// Serves until `shutdown` resolves. Then new sessions are refused as `draining`, running ones
    /// have `shutdown-grace` to end by themselves, and are closed after that.
    ///
    /// Dropping the future instead ends all sessions at once.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let state = Arc::clone(&self.state);
        let _closes_when_dropped = CloseOnDrop(Arc::clone(&state));
        let stop = CancellationToken::new();
        let _stops_when_dropped = stop.clone().drop_guard();
        let crowd = Arc::new(Semaphore::new(LARGEST_CROWD));
        let accepting = accept(self.listener, router(Arc::clone(&state)), &crowd, &stop);
        let watching = async {
            let Some(listener) = self.monitoring else {
                return pending().await;
            };
            let watch = Arc::new(Semaphore::new(LARGEST_WATCH));
            accept(
                listener,
                monitoring_router(Arc::clone(&state)),
                &watch,
                &stop,
            )
            .await;
        };
        let ending = async {
            shutdown.await;
            tracing::info!(sessions = state.sessions.len(), "stopping");
            state.drain();
            let grace = state.settings().shutdown_grace;
            if timeout(grace, state.sessions.wait()).await.is_err() {
                state.close();
                let _ = timeout(LAST_WORDS, state.sessions.wait()).await;
            }
        };
        tokio::select! {
            () = accepting => {}
            () = watching => {}
            () = ending => {}
        }
        // The listener is closed by now; what is being answered is finished.
        stop.cancel();
        let all = u32::try_from(LARGEST_CROWD).unwrap_or(u32::MAX);
        let _ = timeout(LAST_WORDS, crowd.acquire_many(all)).await;
    }
}

/// Files and sockets that may be open at the same time: two for each session, one for each HTTP
/// connection and for each refusal, and some for the proxy itself.
pub(crate) fn most_open_files(state: &State) -> u64 {
    let sessions = u64::try_from(state.settings().max_sessions).unwrap_or(u64::MAX);
    let others = u64::try_from(LARGEST_CROWD + LARGEST_REFUSALS).unwrap_or(u64::MAX);
    sessions
        .saturating_mul(2)
        .saturating_add(others)
        .saturating_add(HOUSEKEEPING)
}

async fn listen(address: SocketAddr) -> Result<TcpListener, BindError> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|source| BindError::Listen { address, source })
}

struct CloseOnDrop(Arc<State>);

impl Drop for CloseOnDrop {
    fn drop(&mut self) {
        self.0.close();
    }
}

async fn accept(
    listener: TcpListener,
    router: Router,
    crowd: &Arc<Semaphore>,
    stop: &CancellationToken,
) {
    loop {
        // Beyond the limit clients wait in the system's queue, which is bounded too.
        let Ok(place) = Arc::clone(crowd).acquire_owned().await else {
            return;
        };
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, most likely: a pause lets sessions end.
                tracing::error!(%error, "a connection could not be accepted");
                sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let (router, stop) = (router.clone(), stop.clone());
        tokio::spawn(async move {
            let peer = ClientAddress::from(peer);
            serve(stream, Connection { peer }, router, stop).await;
            drop(place);
        });
    }
}

async fn serve(stream: TcpStream, about: Connection, router: Router, stop: CancellationToken) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY could not be set");
    }
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(LARGEST_HEADERS);
    let router = TowerToHyperService::new(router);
    let service = service_fn(|mut request: Request<Incoming>| {
        request.extensions_mut().insert(about);
        router.call(request)
    });
    let connection = http
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let outcome = tokio::select! {
        outcome = connection.as_mut() => outcome,
        // An upgrade ends the connection here, so this is about clients that will not take an
        // answer, or ask for ever.
        () = sleep(LONGEST_VISIT) => return,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = outcome {
        tracing::debug!(%error, "an HTTP connection ended early");
    }
}
