//! What all requests share for as long as the process lives: the settings of the moment, the
//! sessions, and how far shutdown has come.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use arc_swap::ArcSwap;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_util::sync::{CancellationToken, WaitForCancellationFuture};
use tokio_util::task::TaskTracker;

use crate::limits::{self, Census, ClientKey, Limit, Seldom};
use crate::metrics::{Metrics, TYPED_HOST};
use crate::session::Target;
use crate::settings::Settings;
use crate::upstream::Network;

/// Refused sessions that may wait for their clients' goodbye at the same time.
pub(crate) const LARGEST_REFUSALS: usize = 64;

pub(crate) struct State {
    pub(crate) metrics: Metrics,
    settings: ArcSwap<Settings>,
    /// Where mail servers are looked up and connected to.
    pub(crate) network: Arc<dyn Network>,
    /// Sessions that run, to wait for them at the end.
    pub(crate) sessions: TaskTracker,
    /// Places of `max-sessions` that are taken. No semaphore: a reload may change how many there are.
    taken: Arc<AtomicUsize>,
    by_client: Census<ClientKey>,
    by_server: Census<String>,
    /// HTTP connections that carry no session.
    pub(crate) visits: Census<ClientKey>,
    /// Lines about those who met a limit, or came from a foreign page.
    pub(crate) refusal_lines: Seldom,
    refusals: Semaphore,
    ids: AtomicU64,
    /// New sessions are refused.
    draining: CancellationToken,
    /// Running sessions end.
    closing: CancellationToken,
}

/// The right to be one of `max-sessions`, of the client's, and of the server's; given back when
/// dropped.
pub(crate) struct SessionPermit {
    taken: Arc<AtomicUsize>,
    _of_client: limits::Place<ClientKey>,
    _of_server: Option<limits::Place<String>>,
}

impl Drop for SessionPermit {
    fn drop(&mut self) {
        self.taken.fetch_sub(1, Ordering::Relaxed);
    }
}

impl State {
    pub(crate) fn new(settings: Settings, network: Arc<dyn Network>) -> Self {
        let metrics = Metrics::new();
        announce(&metrics, &settings);
        Self {
            metrics,
            settings: ArcSwap::from_pointee(settings),
            network,
            sessions: TaskTracker::new(),
            taken: Arc::new(AtomicUsize::new(0)),
            by_client: Census::new(),
            by_server: Census::new(),
            visits: Census::new(),
            refusal_lines: Seldom::new(),
            refusals: Semaphore::new(LARGEST_REFUSALS),
            ids: AtomicU64::new(1),
            draining: CancellationToken::new(),
            closing: CancellationToken::new(),
        }
    }

    /// The settings of the moment. Whoever needs two of them asks once, so that both are of the same
    /// configuration.
    pub(crate) fn settings(&self) -> Arc<Settings> {
        self.settings.load_full()
    }

    /// For sessions from now on.
    pub(crate) fn replace(&self, settings: Settings) {
        announce(&self.metrics, &settings);
        self.settings.store(Arc::new(settings));
    }

    /// A place for one more session of this client with this server, while there is one.
    ///
    /// # Errors
    /// The limit that is reached.
    pub(crate) fn admit(
        &self,
        settings: &Settings,
        client: ClientKey,
        target: &Target,
    ) -> Result<SessionPermit, Limit> {
        // One's own limits first: who is over them has no part in what all share.
        let most = settings.per_client.max_sessions;
        let of_client = self.by_client.enter(client, most).ok_or(Limit::PerClient)?;
        let of_server = settings.most_sessions_with(target).map(|most| {
            let place = self.by_server.enter(target.name.clone(), most);
            place.ok_or(Limit::PerServer)
        });
        let of_server = of_server.transpose()?;
        let one_more = |taken: usize| (taken < settings.max_sessions).then(|| taken + 1);
        self.taken
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more)
            .map_err(|_| Limit::Sessions)?;
        Ok(SessionPermit {
            taken: Arc::clone(&self.taken),
            _of_client: of_client,
            _of_server: of_server,
        })
    }

    /// A number for one more request for a session, by which the log knows it.
    pub(crate) fn next_id(&self) -> u64 {
        self.ids.fetch_add(1, Ordering::Relaxed)
    }

    /// A place for one more refusal to wait for its client, while there is one.
    pub(crate) fn refuse(&self) -> Option<SemaphorePermit<'_>> {
        self.refusals.try_acquire().ok()
    }

    /// From now on no session is begun.
    pub(crate) fn drain(&self) {
        self.draining.cancel();
        self.sessions.close();
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.is_cancelled()
    }

    /// Ends all sessions.
    pub(crate) fn close(&self) {
        self.drain();
        self.closing.cancel();
    }

    /// Waits for [`State::close`].
    pub(crate) fn closing(&self) -> WaitForCancellationFuture<'_> {
        self.closing.cancelled()
    }
}

/// Shows the servers' counters before there is anything to count.
fn announce(metrics: &Metrics, settings: &Settings) {
    for target in settings.targets.values() {
        metrics.announce(target.label());
    }
    if settings.typed.is_some() {
        metrics.announce(TYPED_HOST);
    }
}
