//! What all requests share for as long as the process lives: the settings of the moment, the
//! sessions, and how far shutdown has come.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use arc_swap::ArcSwap;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_util::sync::{CancellationToken, WaitForCancellationFuture};
use tokio_util::task::TaskTracker;

use crate::metrics::{Metrics, TYPED_HOST};
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
    refusals: Semaphore,
    ids: AtomicU64,
    /// New sessions are refused.
    draining: CancellationToken,
    /// Running sessions end.
    closing: CancellationToken,
}

/// The right to be one of `max-sessions`; given back when dropped.
pub(crate) struct SessionPermit {
    taken: Arc<AtomicUsize>,
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

    /// A place for one more session, while there is one.
    pub(crate) fn admit(&self, settings: &Settings) -> Option<SessionPermit> {
        let one_more = |taken: usize| (taken < settings.max_sessions).then(|| taken + 1);
        self.taken
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more)
            .ok()?;
        Some(SessionPermit {
            taken: Arc::clone(&self.taken),
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
