//! Cancelling: a command that nobody waits for any more.
//!
//! POP3 cannot stop an answer. So that of a cancelled command is read and thrown away, within
//! bounds; or the session ends.

use crate::command::{CommandId, Keyword};
use crate::config::Millis;
use crate::error::Error;
use crate::event::Event;
use crate::session::receive::Reading;
use crate::session::{Session, Waiting};

impl Session {
    pub(super) fn cancel_command(&mut self, id: CommandId, now: Millis) {
        if let Some(at) = self.queue.iter().position(|(queued, _)| *queued == id) {
            self.queue.remove(at);
            self.tell_cancelled(id);
            // It may have been what the others waited for.
            return self.pump(now);
        }
        let found = |waiting: &Waiting| waiting.id == id && !waiting.silent;
        let Some(at) = self.waiting.iter().position(found) else {
            return;
        };
        let Some(waiting) = self.waiting.get_mut(at) else {
            return;
        };
        // What a sign-in asks on its own account is answered before anything else.
        let signs_in = at == 0 && (self.login.is_some() || self.attempts.is_some());
        if signs_in || changes_state(waiting.keyword) {
            return self.abandon();
        }
        waiting.silent = true;
        self.tell_cancelled(id);
        self.check_drain(now);
    }

    fn tell_cancelled(&mut self, id: CommandId) {
        let result = Err(Error::Cancelled);
        self.events.push_back(Event::Done { id, result });
    }

    /// Looks whether only cancelled answers are being read, and what they may still cost.
    pub(super) fn check_drain(&mut self, now: Millis) {
        if !self.waiting.front().is_some_and(|waiting| waiting.silent) {
            self.clock.draining = None;
            self.drained = 0;
            return;
        }
        self.clock.draining.get_or_insert(now);
        let came = match &self.reading {
            Reading::Body(_, body) => body.size(),
            _ => 0,
        };
        let cancelled = self.waiting.iter().take_while(|waiting| waiting.silent);
        let expected = cancelled.fold(0, |sum: u64, waiting| {
            sum.saturating_add(waiting.answer_octets)
        });
        let left = expected.saturating_sub(came);
        if self.drained.saturating_add(left) > self.config.drain.octets {
            self.abandon();
        }
    }

    /// Octets of a cancelled answer came.
    pub(super) fn drained(&mut self, octets: usize) {
        self.drained = self.drained.saturating_add(octets as u64);
        if self.drained > self.config.drain.octets {
            self.abandon();
        }
    }

    pub(super) fn abandon(&mut self) {
        let deletions = self.lost_deletions();
        self.fail(Error::Abandoned { deletions });
    }
}

/// Does the session have to know what came of it?
fn changes_state(keyword: Keyword) -> bool {
    matches!(
        keyword,
        Keyword::User
            | Keyword::Pass
            | Keyword::Apop
            | Keyword::Rpop
            | Keyword::Auth
            | Keyword::Stls
            | Keyword::Quit
    )
}
