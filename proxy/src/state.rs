//! What all requests share: the servers, the limits, and how far shutdown has come.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use tokio_util::sync::{CancellationToken, WaitForCancellationFuture};
use tokio_util::task::TaskTracker;

use crate::config::{Config, Name, Origin};
use crate::session::Target;
use crate::upstream::{Connector, Limits, PlatformRootsError};

/// Refused sessions that may wait for their clients' goodbye at the same time.
pub(crate) const LARGEST_REFUSALS: usize = 64;

pub(crate) struct State {
    pub(crate) targets: BTreeMap<Name, Arc<Target>>,
    pub(crate) origins: Vec<Origin>,
    pub(crate) limits: Limits,
    pub(crate) idle_timeout: Duration,
    /// Sessions that run, to wait for them at the end.
    pub(crate) sessions: TaskTracker,
    free: Arc<Semaphore>,
    refusals: Semaphore,
    ids: AtomicU64,
    /// New sessions are refused.
    draining: CancellationToken,
    /// Running sessions end.
    closing: CancellationToken,
}

/// The right to be one of `max-sessions`; given back when dropped.
pub(crate) struct SessionPermit {
    id: u64,
    _place: OwnedSemaphorePermit,
}

impl SessionPermit {
    /// The number of the session since the start, for the log.
    pub(crate) fn id(&self) -> u64 {
        self.id
    }
}

impl State {
    pub(crate) fn new(config: &Config, origins: Vec<Origin>) -> Result<Self, PlatformRootsError> {
        let mut targets = BTreeMap::new();
        for (name, server) in &config.servers {
            let connector = Connector::new(name.as_str(), server)?;
            let target = Target {
                name: name.clone(),
                server: server.clone(),
                connector,
            };
            targets.insert(name.clone(), Arc::new(target));
        }
        Ok(Self {
            targets,
            origins,
            limits: Limits::new(config),
            idle_timeout: config.idle_timeout,
            sessions: TaskTracker::new(),
            free: Arc::new(Semaphore::new(
                config.max_sessions.min(Semaphore::MAX_PERMITS),
            )),
            refusals: Semaphore::new(LARGEST_REFUSALS),
            ids: AtomicU64::new(1),
            draining: CancellationToken::new(),
            closing: CancellationToken::new(),
        })
    }

    /// A place for one more session, while there is one.
    pub(crate) fn admit(&self) -> Option<SessionPermit> {
        let place = Arc::clone(&self.free).try_acquire_owned().ok()?;
        Some(SessionPermit {
            id: self.ids.fetch_add(1, Ordering::Relaxed),
            _place: place,
        })
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
