//! The end of a session, good or bad.

use zeroize::Zeroize;

use crate::command::Keyword;
use crate::error::{Deletions, Error, Limit, Violation};
use crate::event::Event;
use crate::parse;
use crate::reply::{Reply, Status};
use crate::session::receive::Reading;
use crate::session::{Interest, Session};
use crate::state::State;

impl Session {
    pub(super) fn connection_ended(&mut self) {
        if self.state == State::Closed {
            return;
        }
        self.take_unterminated_status();
        if self.state != State::Closed {
            self.lost(None);
        }
    }

    /// The quirk `unterminated-status`. Numbers may be cut short, so an answer that has some does
    /// not count.
    fn take_unterminated_status(&mut self) {
        if !matches!(self.reading, Reading::Status) {
            return;
        }
        let reader = core::mem::take(&mut self.reader);
        let line = reader.unfinished();
        let quits = self
            .waiting
            .front()
            .is_some_and(|waiting| waiting.keyword == Keyword::Quit);
        match parse::status_line(line) {
            Some(Err(_)) => self.take_status_line(line, self.clock.last_activity),
            Some(Ok(_)) if quits => self.take_status_line(line, self.clock.last_activity),
            _ => {}
        }
    }

    /// The connection ended, perhaps with these last words.
    pub(super) fn lost(&mut self, farewell: Option<Status>) {
        let deletions = self.lost_deletions();
        self.fail(Error::ConnectionLost {
            farewell,
            deletions,
        });
    }

    pub(super) fn violated(&mut self, violation: Violation) {
        let deletions = self.lost_deletions();
        self.fail(Error::Protocol {
            violation,
            deletions,
        });
    }

    pub(super) fn exceeded(&mut self, limit: Limit) {
        let deletions = self.lost_deletions();
        self.fail(Error::LimitExceeded { limit, deletions });
    }

    pub(super) fn refused_greeting(&mut self, status: Status) {
        self.fail(Error::rejected(None, status));
    }

    /// QUIT is answered, so the session is over. Refused, it has still ended for this client: some
    /// of the deletions may have failed (RFC 1939 section 6).
    pub(super) fn quit(&mut self, result: Result<Reply, Error>) {
        let result = result.map_err(|mut error| {
            if let Error::Rejected { deletions, .. } = &mut error {
                *deletions = self.lost_deletions();
            }
            error
        });
        if let Some(waiting) = self.answered() {
            self.events.push_back(Event::Done {
                id: waiting.id,
                result,
            });
        }
        self.close(None, |keyword| Error::WrongState {
            command: keyword,
            state: State::Closed,
        });
    }

    /// Nothing can go on: every command fails with this error.
    pub(super) fn fail(&mut self, error: Error) {
        self.close(Some(error.clone()), |_| error.clone());
    }

    fn close(&mut self, reason: Option<Error>, mut error: impl FnMut(Keyword) -> Error) {
        self.state = State::Closed;
        for waiting in core::mem::take(&mut self.waiting) {
            if waiting.interest == Interest::Wanted {
                let result = Err(error(waiting.keyword));
                self.events.push_back(Event::Done {
                    id: waiting.id,
                    result,
                });
            }
        }
        for (id, command) in core::mem::take(&mut self.queue) {
            let result = Err(error(command.keyword()));
            self.events.push_back(Event::Done { id, result });
        }
        self.events.push_back(Event::Closed(reason));
        self.reading = Reading::Status;
        // It may hold a password that was never sent.
        self.transmit.zeroize();
        self.forget_credentials();
        self.mailbox.reset();
    }

    /// What becomes of the marked messages, now that the session ends without `+OK` to QUIT.
    pub(super) fn lost_deletions(&mut self) -> Deletions {
        let numbers = self.mailbox.take_deletions();
        if numbers.is_empty() {
            Deletions::Untouched
        } else if self.state == State::Update {
            Deletions::Unknown(numbers)
        } else {
            Deletions::Undone(numbers)
        }
    }
}
