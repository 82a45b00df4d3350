//! Cancelling: a command that nobody waits for any more.
//!
//! POP3 cannot stop an answer. So that of a cancelled command is read and thrown away, within
//! bounds; or the session ends.

use crate::command::{CommandId, Keyword};
use crate::config::Millis;
use crate::error::Error;
use crate::event::Event;
use crate::session::receive::Reading;
use crate::session::{Interest, Session};

impl Session {
    pub(super) fn cancel_command(&mut self, id: CommandId, now: Millis) {
        if self.unqueue(id, now) {
            return;
        }
        let Some(at) = self.wanted(id) else {
            return;
        };
        if self.must_know(at) {
            return self.abandon();
        }
        self.set_interest(at, Interest::Cancelled);
        if !self.is_drain_too_much(now) {
            return self.tell_cancelled(id);
        }
        // Of the end of the session its caller hears as all others do.
        self.set_interest(at, Interest::Wanted);
        self.abandon();
    }

    pub(super) fn release_command(&mut self, id: CommandId, now: Millis) {
        if self.unqueue(id, now) {
            return;
        }
        if let Some(at) = self.wanted(id).filter(|at| !self.must_know(*at)) {
            self.set_interest(at, Interest::Released);
            self.tell_cancelled(id);
        }
    }

    /// Takes a command back that was not sent yet.
    fn unqueue(&mut self, id: CommandId, now: Millis) -> bool {
        let Some(at) = self.queue.iter().position(|(queued, _)| *queued == id) else {
            return false;
        };
        self.queue.remove(at);
        self.tell_cancelled(id);
        // It may have been what the others waited for.
        self.pump(now);
        true
    }

    /// Where a command stands that was sent and whose result its caller waits for.
    fn wanted(&self, id: CommandId) -> Option<usize> {
        self.waiting
            .iter()
            .position(|waiting| waiting.id == id && waiting.interest == Interest::Wanted)
    }

    /// Does the session have to know what came of this command?
    fn must_know(&self, at: usize) -> bool {
        let Some(waiting) = self.waiting.get(at) else {
            return false;
        };
        // What a sign-in asks on its own account is answered before anything else.
        let first = self.waiting.front().map(|first| first.id);
        let signs_in = self.login.is_some() || self.attempts.is_some();
        (signs_in && first == Some(waiting.id)) || changes_state(waiting.keyword)
    }

    pub(super) fn set_interest(&mut self, at: usize, interest: Interest) {
        if let Some(waiting) = self.waiting.get_mut(at) {
            waiting.interest = interest;
        }
    }

    fn tell_cancelled(&mut self, id: CommandId) {
        let result = Err(Error::Cancelled);
        self.events.push_back(Event::Done { id, result });
    }

    /// A command has ended: it may be that only cancelled answers are read from now on.
    pub(super) fn check_drain(&mut self, now: Millis) {
        if self.is_drain_too_much(now) {
            self.abandon();
        }
    }

    /// Looks whether only cancelled answers are being read, and what they may still cost.
    fn is_drain_too_much(&mut self, now: Millis) -> bool {
        let cancelled = self
            .waiting
            .iter()
            .take_while(|waiting| waiting.interest == Interest::Cancelled);
        let (count, expected) = cancelled.fold((0, 0), |(count, sum): (usize, u64), waiting| {
            (count + 1, sum.saturating_add(waiting.answer_octets))
        });
        if count == 0 {
            self.clock.draining = None;
            self.drained = 0;
            return false;
        }
        self.clock.draining.get_or_insert(now);
        let came = match &self.reading {
            Reading::Body(_, body) => body.size(),
            _ => 0,
        };
        let left = expected.saturating_sub(came);
        self.drained.saturating_add(left) > self.config.drain.octets
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
