//! What the program tells the service manager that started it, by the protocol of sd_notify(3). Where
//! nobody listens, none of this does anything.

use std::convert::Infallible;
use std::future::pending;
use std::time::Duration;

use sd_notify::NotifyState;

/// The proxy serves; after [`reloading`] it serves again.
pub(crate) fn ready() {
    tell(&[NotifyState::Ready]);
}

/// A new configuration is being read, until [`ready`].
pub(crate) fn reloading() {
    match NotifyState::monotonic_usec_now() {
        // Without the time, systemd would take an older `ready` for the answer.
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(error) => tracing::warn!(%error, "the clock could not be read"),
    }
}

/// The proxy was told to stop, and may take so long for it, which is often longer than a service
/// manager would wait.
pub(crate) fn stopping(limit: Duration) {
    let limit = format!("EXTEND_TIMEOUT_USEC={}", limit.as_micros());
    tell(&[NotifyState::Stopping, NotifyState::Custom(&limit)]);
}

/// Shows that the program is alive as often as is asked for, which is what `WatchdogSec=` looks at.
pub(crate) async fn show_life() -> Infallible {
    let Some(limit) = sd_notify::watchdog_enabled() else {
        return pending().await;
    };
    // Half the time, as sd_watchdog_enabled(3) advises.
    let mut ticks = tokio::time::interval((limit / 2).max(Duration::from_millis(1)));
    loop {
        ticks.tick().await;
        tell(&[NotifyState::Watchdog]);
    }
}

fn tell(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::warn!(%error, "the service manager could not be told");
    }
}
