//! Time: what is due when, and what comes of it.

use crate::command::{Command, CommandId, Keyword};
use crate::config::{Config, Millis};
use crate::error::{Error, Overdue, Violation};
use crate::quirks;
use crate::session::receive::harmless;
use crate::session::{Interest, Session, Waiting};
use crate::state::State;

/// The moments that a session remembers.
pub(super) struct Clock {
    /// When the greeting must have come.
    greeting: Millis,
    /// When the session must be over.
    session: Option<Millis>,
    /// The last time that octets came, or that a command was sent to a server that had no other.
    pub(super) last_activity: Millis,
    /// Since when the driver keeps input back.
    paused: Option<Millis>,
    /// Since when nothing but cancelled answers is read.
    pub(super) draining: Option<Millis>,
    /// When an empty line that came for DELE is taken for its answer.
    blank_answer: Option<Millis>,
}

/// Something that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Due {
    BlankAnswer,
    KeepAlive,
    Drained,
    Answer,
    Reader,
    Session,
}

impl Clock {
    pub(super) fn new(config: &Config, now: Millis) -> Self {
        Self {
            greeting: now.after(config.greeting_timeout),
            session: config.session_timeout.map(|limit| now.after(limit)),
            last_activity: now,
            paused: None,
            draining: None,
            blank_answer: None,
        }
    }

    /// Octets came.
    pub(super) fn active(&mut self, now: Millis) {
        self.last_activity = now;
        self.blank_answer = None;
    }

    pub(super) fn pause(&mut self, now: Millis) {
        self.paused.get_or_insert(now);
    }

    /// All who were not to blame for the pause get their whole time again.
    pub(super) fn resume(&mut self, now: Millis) {
        if self.paused.take().is_some() {
            self.last_activity = now;
            self.draining = self.draining.map(|_| now);
            self.blank_answer = self.blank_answer.map(|_| blank_answer(now));
        }
    }

    /// An empty line came. It may be the answer to DELE, if nothing follows.
    pub(super) fn await_more_than_blank(&mut self, now: Millis) {
        self.blank_answer = Some(blank_answer(now));
    }
}

fn blank_answer(now: Millis) -> Millis {
    now.after(quirks::BLANK_ANSWER_GRACE)
}

impl Session {
    /// What is due first.
    pub(super) fn next_due(&self) -> Option<(Millis, Due)> {
        if self.state == State::Closed {
            return None;
        }
        let (clock, config) = (&self.clock, &self.config);
        let session = clock.session.map(|at| (at, Due::Session));
        let other = match clock.paused {
            Some(since) => [
                Some((since.after(config.pause_timeout), Due::Reader)),
                None,
                None,
            ],
            None => [
                self.answer_due(),
                clock
                    .draining
                    .map(|since| (since.after(config.drain.milliseconds), Due::Drained)),
                clock.blank_answer.map(|at| (at, Due::BlankAnswer)),
            ],
        };
        other.into_iter().chain([session]).flatten().min()
    }

    fn answer_due(&self) -> Option<(Millis, Due)> {
        let silence = |limit| self.clock.last_activity.after(limit);
        match self.state {
            State::Greeting => Some((self.clock.greeting, Due::Answer)),
            State::Transaction if self.waiting.is_empty() => {
                let limit = self.config.keep_alive?;
                Some((silence(limit), Due::KeepAlive))
            }
            State::Handshake => Some((silence(self.config.command_timeout), Due::Answer)),
            _ if self.waiting.is_empty() => None,
            _ => Some((silence(self.config.command_timeout), Due::Answer)),
        }
    }

    pub(super) fn check_deadlines(&mut self, now: Millis) {
        // Each puts off or ends what it was about, so this comes to an end.
        while let Some((at, due)) = self.next_due()
            && at <= now
        {
            match due {
                Due::BlankAnswer => {
                    self.clock.blank_answer = None;
                    self.complete(Err(harmless(Violation::Malformed)), now);
                }
                Due::KeepAlive => self.keep_alive(now),
                Due::Drained => self.abandon(),
                Due::Answer => self.overdue(Overdue::Answer),
                Due::Reader => self.overdue(Overdue::Reader),
                Due::Session => self.overdue(Overdue::Session),
            }
        }
    }

    fn overdue(&mut self, overdue: Overdue) {
        let deletions = self.lost_deletions();
        self.fail(Error::Timeout { overdue, deletions });
    }

    /// NOOP on the session's own account. What the server says to it does not matter.
    fn keep_alive(&mut self, now: Millis) {
        let octets = Command::Noop.encode(&mut self.transmit);
        // It belongs to no command, and its id is never told to anybody.
        let waiting = Waiting {
            interest: Interest::Released,
            ..Waiting::new(CommandId(u64::MAX), Keyword::Noop, octets)
        };
        self.sent(waiting, now);
    }
}
