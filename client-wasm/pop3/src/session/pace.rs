//! How many octets of mail may be on their way: as many as the way holds, found as TCP finds its
//! receive window. What arrives within one round trip is what the way has held; four times as much is
//! asked for next, so that a long way is filled within few of them, and a slow one is not asked for
//! more than it brings.

use crate::config::{Millis, Window};

/// What is asked for next, by what arrived within a round trip.
const FACTOR: u64 = 4;

pub(super) struct Pace {
    octets: u64,
    most: u64,
    /// When a command was sent that nothing was waited for before.
    asked: Option<Millis>,
    /// The least time in which one was answered.
    round_trip: Option<u64>,
    /// When the octets that are being counted began to come.
    since: Millis,
    arrived: u64,
}

impl Pace {
    pub(super) fn new(window: &Window) -> Self {
        Self {
            octets: window.first_answer_octets.min(window.answer_octets),
            most: window.answer_octets,
            asked: None,
            round_trip: None,
            since: Millis(0),
            arrived: 0,
        }
    }

    /// What the answers to waiting commands may bring, together.
    pub(super) fn octets(&self) -> u64 {
        self.octets
    }

    /// A command is sent while no other waits.
    pub(super) fn asked(&mut self, now: Millis) {
        self.asked = Some(now);
    }

    /// Octets came.
    pub(super) fn arrived(&mut self, octets: usize, now: Millis) {
        if let Some(asked) = self.asked.take() {
            let time = now.since(asked);
            self.round_trip = Some(self.round_trip.map_or(time, |least| least.min(time)));
        }
        // A way of less than a millisecond is measured as none.
        let Some(round_trip) = self.round_trip.map(|time| time.max(1)) else {
            return;
        };
        if now.since(self.since) >= round_trip {
            self.since = now;
            self.arrived = 0;
        }
        self.arrived = self.arrived.saturating_add(octets as u64);
        let wanted = self.arrived.saturating_mul(FACTOR).min(self.most);
        self.octets = self.octets.max(wanted);
    }

    /// What comes after a pause was kept back elsewhere, and tells nothing about the way.
    pub(super) fn paused(&mut self) {
        self.asked = None;
        self.round_trip = None;
    }
}
