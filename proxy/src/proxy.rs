//! The proxy as a whole: it binds, serves until it is told to stop, and ends its sessions.

use std::future::pending;
use std::net::SocketAddr;
use std::sync::Arc;

use futures_util::future::join_all;
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;

use crate::config::{Config, ConfigError, ListenAddress};
use crate::control::Control;
use crate::http::{monitoring_router, router};
use crate::listen::{ListenError, Listener, Listeners, OpenError, Place};
use crate::serve::{LARGEST_CROWD, LAST_WORDS, Visits};
use crate::settings::Settings;
use crate::state::{LARGEST_REFUSALS, State};
use crate::upstream::{Network, PlatformRootsError, SystemNetwork};

/// HTTP connections at the same time at the address for monitoring.
const LARGEST_WATCH: usize = 16;
/// What the process keeps open besides: standard streams, listeners, runtime, files being served,
/// connections for monitoring.
const HOUSEKEEPING: u64 = 64;

/// A proxy that listens, and serves once [`Proxy::run`] is polled.
pub struct Proxy {
    listeners: Listeners,
    places: Vec<Place>,
    /// Where `/metrics` is, if anywhere.
    monitoring: Option<Listener>,
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
    /// An address is taken, not this machine's, or not for this user.
    #[error(transparent)]
    Listen(ListenError),
}

impl From<ListenError> for BindError {
    fn from(error: ListenError) -> Self {
        Self::Listen(error)
    }
}

impl From<OpenError> for BindError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Config(error) => Self::Config(error),
            OpenError::Listen(error) => Self::Listen(error),
        }
    }
}

impl From<PlatformRootsError> for BindError {
    fn from(error: PlatformRootsError) -> Self {
        Self::Roots(Box::new(error))
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
        Settings::new(config, &configured_places(config))?;
        Ok(())
    }

    /// Checks the configuration and listens.
    ///
    /// # Errors
    /// [`BindError`], whose message is one line.
    pub async fn bind(config: Config) -> Result<Self, BindError> {
        Self::bind_on(config, Arc::new(SystemNetwork)).await
    }

    /// As [`Proxy::bind`], but mail servers are looked for on another network than the system's.
    ///
    /// # Errors
    /// The same.
    pub async fn bind_on(config: Config, network: Arc<dyn Network>) -> Result<Self, BindError> {
        config.check()?;
        let listeners = Listeners::open(&config).await?;
        let monitoring = match config.metrics_listen {
            Some(address) => Some(Listener::bind_plain(address).await?),
            None => None,
        };
        let places = listeners.places();
        let settings = Settings::new(&config, &places)?;
        let state = Arc::new(State::new(settings, network));
        let control = Control::new(Arc::clone(&state), places.clone(), config);
        Ok(Self {
            listeners,
            places,
            monitoring,
            state,
            control,
        })
    }

    /// The first TCP address that it listens on, with the port that the system chose if it was asked
    /// to; `None` if it listens on Unix sockets alone.
    #[must_use]
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.local_addrs().next()
    }

    /// All TCP addresses that it listens on, in the order of the configuration.
    pub fn local_addrs(&self) -> impl Iterator<Item = SocketAddr> {
        self.places.iter().filter_map(|place| place.address)
    }

    /// The address of `/metrics`, where the configuration asks for one.
    #[must_use]
    pub fn metrics_addr(&self) -> Option<SocketAddr> {
        self.monitoring.as_ref()?.place().address
    }

    /// A grip on it, for when it runs.
    #[must_use]
    pub fn control(&self) -> Control {
        self.control.clone()
    }

    /// The URLs of its page, one for each TCP address that it listens on; of a Unix socket `unix:`
    /// and its path.
    pub fn urls(&self) -> impl Iterator<Item = String> {
        self.places.iter().map(ToString::to_string)
    }

    /// Serves until `shutdown` resolves. Then new sessions are refused as `draining`, running ones
    /// have `shutdown-grace` to end by themselves, and are closed after that.
    ///
    /// Dropping the future instead ends all sessions at once.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let state = Arc::clone(&self.state);
        let _closes_when_dropped = CloseOnDrop(Arc::clone(&state));
        let visits = Visits::new(router(Arc::clone(&state)), &state, LARGEST_CROWD);
        let watches = Visits::new(monitoring_router(Arc::clone(&state)), &state, LARGEST_WATCH);
        let Listeners { all, certificate } = self.listeners;
        let _renewing = certificate
            .map(|certificate| AbortOnDropHandle::new(tokio::spawn(certificate.watch())));
        let accepting = join_all(all.into_iter().map(|listener| visits.accept(listener)));
        let watching = async {
            match self.monitoring {
                Some(listener) => watches.accept(listener).await,
                None => pending().await,
            }
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
            _ = accepting => {}
            () = watching => {}
            () = ending => {}
        }
        // The listeners are closed by now; what is being answered is finished.
        tokio::join!(visits.end(), watches.end());
    }
}

/// Where the configuration says to listen, as far as this is known without listening.
fn configured_places(config: &Config) -> Vec<Place> {
    let listeners = config.listen.iter();
    let places = listeners.filter_map(|listen| match listen.address {
        ListenAddress::Inet(address) => Some(Place {
            address: Some(address),
            path: None,
            https: listen.https.unwrap_or(config.https.is_some()),
        }),
        _ => None,
    });
    places.collect()
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

struct CloseOnDrop(Arc<State>);

impl Drop for CloseOnDrop {
    fn drop(&mut self) {
        self.0.close();
    }
}
