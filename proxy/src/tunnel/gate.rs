//! The client's word on whether it takes octets now: the events `pause` and `resume` of PROTOCOL.md.
//!
//! A page has no way to slow a WebSocket down, so whatever the proxy sends piles up in it. A client
//! that says so instead has the mail server wait.

use std::sync::atomic::{AtomicBool, Ordering};

use serde::Deserialize;
use tokio::sync::Notify;

/// Shut while the client takes no octets.
#[derive(Default)]
pub(super) struct Gate {
    shut: AtomicBool,
    opened: Notify,
}

/// An event of the client's, told apart by its `event` member.
#[derive(Deserialize)]
#[serde(tag = "event", rename_all = "lowercase")]
enum Event {
    Pause,
    Resume,
}

impl Gate {
    /// Obeys a text frame. `None`: it is no event that a client may send.
    pub(super) fn obey(&self, text: &str) -> Option<()> {
        let event: Event = serde_json::from_str(text).ok()?;
        let shut = matches!(event, Event::Pause);
        self.shut.store(shut, Ordering::Relaxed);
        if !shut {
            self.opened.notify_one();
        }
        Some(())
    }

    pub(super) fn is_shut(&self) -> bool {
        self.shut.load(Ordering::Relaxed)
    }

    /// Waits until it is open.
    pub(super) async fn passed(&self) {
        while self.is_shut() {
            // A word that was said while nobody waited is kept, so none is missed.
            self.opened.notified().await;
        }
    }
}
