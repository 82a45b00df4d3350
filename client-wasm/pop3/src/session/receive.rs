//! Receiving: octets become answers, and answers become events.

use alloc::vec::Vec;

use crate::body::{Body, Progress};
use crate::capability::Capabilities;
use crate::command::Keyword;
use crate::config::Millis;
use crate::error::{Deletions, Error, Limit, Violation};
use crate::event::Event;
use crate::frame::{Due, Line, TooLong};
use crate::listing::{Entries, Listing};
use crate::parse;
use crate::quirks;
use crate::reply::{Greeting, Login, Message, Method, Reply, Status};
use crate::session::{Interest, Session};
use crate::state::State;

/// What the next octets are.
#[derive(Default)]
pub(super) enum Reading {
    /// A status line.
    #[default]
    Status,
    /// Lines of LIST, UIDL, LANG or CAPA.
    Listing(Listing),
    /// Octets of a message, after this status line.
    Body(Status, Body),
}

impl Session {
    pub(super) fn receive(&mut self, octets: &[u8], now: Millis) {
        if octets.is_empty() || self.state == State::Closed {
            return;
        }
        let mut input = octets;
        while !input.is_empty() && self.state != State::Closed {
            // For each line anew: what follows an empty one shows that it was not the answer, in
            // this piece as well as in the next.
            self.clock.active(now);
            if self.state == State::Handshake {
                return self.violated(Violation::InjectedBeforeTls);
            }
            match self.reading {
                Reading::Status => self.read_status(&mut input, now),
                Reading::Listing(_) => self.read_listing(&mut input, now),
                Reading::Body(..) => self.read_body(&mut input, now),
            }
        }
    }

    fn read_status(&mut self, input: &mut &[u8], now: Millis) {
        self.reader.skip_awaited_lf(input);
        let Some(first) = input.first() else { return };
        // Nothing was asked, and nothing that could be a quirk begins. It is not kept back as the
        // beginning of an answer to the next command.
        if self.awaits_nothing()
            && self.reader.unfinished().is_empty()
            && !matches!(first, b'-' | b'\r' | b'\n')
        {
            return self.violated(Violation::Unsolicited);
        }
        let (most, limit) = if self.awaits(Keyword::Auth) {
            (self.config.limits.challenge, Limit::Challenge)
        } else {
            (self.config.limits.status_line, Limit::StatusLine)
        };
        let mut reader = core::mem::take(&mut self.reader);
        let line = reader.read(input, Due::Status, most);
        match line {
            Ok(None) => self.reader = reader,
            Ok(Some(Line::Text(line))) => {
                self.take_status_line(line, now);
                self.reader = reader;
            }
            // A status line has no end mark, so this cannot come.
            Ok(Some(Line::End)) => self.reader = reader,
            Err(TooLong) => self.exceeded(limit),
        }
    }

    pub(super) fn awaits_nothing(&self) -> bool {
        self.state != State::Greeting && self.waiting.is_empty()
    }

    /// Is this the command that is to be answered next?
    fn awaits(&self, keyword: Keyword) -> bool {
        let first = self.waiting.front();
        first.is_some_and(|waiting| waiting.keyword == keyword)
    }

    /// One whole line where a status line is due.
    pub(super) fn take_status_line(&mut self, line: &[u8], now: Millis) {
        if line.is_empty() {
            return self.take_blank_line(now);
        }
        let awaits_nothing = self.awaits_nothing();
        if let Some(challenge) = parse::challenge(line)
            && self.awaits(Keyword::Auth)
        {
            self.blank_lines = 0;
            return self.take_challenge(challenge);
        }
        let Some(status) = parse::status_line(line) else {
            return self.violated(if awaits_nothing {
                Violation::Unsolicited
            } else {
                Violation::NoStatusIndicator
            });
        };
        self.blank_lines = 0;
        match status {
            Ok(_) if awaits_nothing => self.violated(Violation::Unsolicited),
            Err(status) if awaits_nothing => self.lost(Some(status)),
            Ok(status) if self.state == State::Greeting => {
                let greeting = Greeting { status };
                self.greeting = Some(greeting.clone());
                self.state = State::Authorization;
                self.events.push_back(Event::Greeting(greeting));
                self.pump(now);
            }
            Err(status) if self.state == State::Greeting => self.refused_greeting(status),
            Ok(status) => self.accepted(status, line.get(3..).unwrap_or_default(), now),
            Err(status) => self.refused(status, now),
        }
    }

    fn take_blank_line(&mut self, now: Millis) {
        self.blank_lines += 1;
        if self.blank_lines > quirks::MOST_BLANK_LINES {
            return self.violated(Violation::NoStatusIndicator);
        }
        let only_dele = self.waiting.len() == 1 && self.awaits(Keyword::Dele);
        if only_dele {
            self.clock.await_more_than_blank(now);
        }
    }

    /// `+OK` to the command that waits longest. `rest` is the line after the indicator.
    fn accepted(&mut self, status: Status, rest: &[u8], now: Millis) {
        let Some(waiting) = self.waiting.front() else {
            return;
        };
        let number = waiting.number;
        match (waiting.keyword, number) {
            (Keyword::User, _) => self.name_accepted(status, now),
            (Keyword::Pass, _) => self.signed_in(status, Method::UserPass, now),
            (Keyword::Apop, _) => self.signed_in(status, Method::Apop, now),
            (Keyword::Rpop, _) => self.signed_in(status, Method::Rpop, now),
            (Keyword::Auth, _) => self.auth_accepted(status, rest, now),
            (Keyword::Stls, _) => self.begin_tls(status),
            (Keyword::Utf8, _) => {
                self.utf8 = true;
                self.complete(Ok(Reply::Status(status)), now);
            }
            (Keyword::Lang, _) if waiting.one_language => {
                let language = parse::language(rest).map(Reply::Language);
                self.complete(well_formed(language), now);
            }
            (Keyword::Lang, _) => self.begin_listing(Entries::Languages(Vec::new())),
            (Keyword::Stat, _) => {
                let stat = parse::stat(rest);
                let reply = stat.map(|stat| match self.login.take() {
                    Some((status, method)) => Reply::Login(Login {
                        method,
                        status,
                        stat,
                    }),
                    None => Reply::Stat(stat),
                });
                self.login = None;
                self.complete(well_formed(reply), now);
            }
            (Keyword::List, Some(number)) => {
                let entry = parse::list_entry(rest).filter(|entry| entry.number == number);
                if let Some(entry) = entry {
                    self.mailbox.listed_one(entry);
                }
                self.complete(well_formed(entry.map(Reply::ListEntry)), now);
            }
            (Keyword::Uidl, Some(number)) => {
                let entry = parse::uidl_answer(rest, number);
                self.complete(well_formed(entry.map(Reply::UidlEntry)), now);
            }
            (Keyword::List, None) => self.begin_listing(Entries::List(Vec::new())),
            (Keyword::Uidl, None) => self.begin_listing(Entries::Uidl(Vec::new())),
            (Keyword::Capa, _) => {
                self.begin_listing(Entries::Capabilities(Capabilities::default()));
            }
            (Keyword::Retr, _) => self.begin_message(status, Body::of_retr()),
            (Keyword::Top, _) => self.begin_message(status, Body::of_top()),
            (Keyword::Dele, number) => {
                if let Some(number) = number {
                    self.mailbox.delete(number);
                }
                self.complete(Ok(Reply::Status(status)), now);
            }
            (Keyword::Rset, _) => {
                self.mailbox.reset();
                self.complete(Ok(Reply::Status(status)), now);
            }
            // Login is sent under the keywords of its parts.
            (Keyword::Noop | Keyword::Login, _) => self.complete(Ok(Reply::Status(status)), now),
            (Keyword::Quit, _) => self.quit(Ok(Reply::Status(status))),
        }
    }

    /// `-ERR` to the command that waits longest.
    fn refused(&mut self, status: Status, now: Millis) {
        let Some(waiting) = self.waiting.front() else {
            return;
        };
        let keyword = waiting.keyword;
        match keyword {
            Keyword::Capa if self.login.is_some() => return self.look_done(now),
            Keyword::Capa if self.attempts.is_some() => return self.choose_method(now),
            Keyword::Stat => self.login = None,
            Keyword::User | Keyword::Pass | Keyword::Apop | Keyword::Rpop | Keyword::Auth => {
                return self.sign_in_refused(keyword, status, now);
            }
            _ => {}
        }
        let error = Error::rejected(Some(keyword), status);
        if keyword == Keyword::Quit {
            self.quit(Err(error))
        } else {
            self.complete(Err(error), now)
        }
    }

    fn begin_listing(&mut self, entries: Entries) {
        self.reading = Reading::Listing(Listing::new(entries));
    }

    fn read_listing(&mut self, input: &mut &[u8], now: Millis) {
        let Reading::Listing(listing) = &mut self.reading else {
            return;
        };
        let limits = &self.config.limits;
        match self.reader.read(input, Due::Listing, limits.list_line) {
            Ok(None) => {}
            Ok(Some(Line::Text(line))) => {
                if let Err(limit) = listing.add_line(line, limits) {
                    self.exceeded(limit);
                }
            }
            Ok(Some(Line::End)) => self.end_listing(now),
            Err(TooLong) => self.exceeded(Limit::ListLine),
        }
    }

    fn end_listing(&mut self, now: Millis) {
        let Reading::Listing(listing) = core::mem::take(&mut self.reading) else {
            return;
        };
        let result = match listing.finish() {
            Ok(Entries::List(mut entries)) => {
                self.mailbox.listed(&mut entries);
                Ok(Reply::List(entries))
            }
            Ok(Entries::Uidl(mut entries)) => {
                entries.retain(|entry| !self.mailbox.is_deleted(entry.number));
                Ok(Reply::Uidl(entries))
            }
            Ok(Entries::Languages(entries)) => Ok(Reply::Languages(entries)),
            Ok(Entries::Capabilities(capabilities)) => {
                self.pipelining = self.state == State::Transaction && capabilities.pipelining();
                self.capabilities = Some(capabilities.clone());
                if self.attempts.is_some() {
                    return self.choose_method(now);
                }
                if self.login.is_some() {
                    return self.look_done(now);
                }
                Ok(Reply::Capabilities(capabilities))
            }
            Err(violation) => Err(harmless(violation)),
        };
        self.complete(result, now);
    }

    fn begin_message(&mut self, status: Status, body: Body) {
        if let Some(waiting) = self
            .waiting
            .front()
            .filter(|first| first.interest == Interest::Wanted)
        {
            self.events.push_back(Event::Begun {
                id: waiting.id,
                status: status.clone(),
            });
        }
        self.reading = Reading::Body(status, body);
    }

    fn read_body(&mut self, input: &mut &[u8], now: Millis) {
        let Reading::Body(_, body) = &mut self.reading else {
            return;
        };
        let mut octets = Vec::new();
        let progress = body.decode(input, &self.config.limits, &mut octets);
        self.give_data(octets);
        if self.state == State::Closed {
            return;
        }
        match progress {
            Ok(Progress::More) => {}
            Ok(Progress::End { lf_may_follow }) => {
                if lf_may_follow {
                    self.reader.expect_lf();
                }
                if let Reading::Body(status, body) = core::mem::take(&mut self.reading) {
                    let message = Message {
                        status,
                        size: body.size(),
                    };
                    self.complete(Ok(Reply::Message(message)), now);
                }
            }
            Err(limit) => self.exceeded(limit),
        }
    }

    /// Octets that nobody has fetched yet are joined, so that small pieces of input do not become
    /// as many events.
    fn give_data(&mut self, mut octets: Vec<u8>) {
        let Some(waiting) = self.waiting.front() else {
            return;
        };
        if octets.is_empty() {
            return;
        }
        match waiting.interest {
            Interest::Wanted => {}
            Interest::Cancelled => return self.drained(octets.len()),
            Interest::Released => return,
        }
        match self.events.back_mut() {
            Some(Event::Data {
                id,
                octets: earlier,
            }) if *id == waiting.id => {
                earlier.append(&mut octets);
            }
            _ => self.events.push_back(Event::Data {
                id: waiting.id,
                octets,
            }),
        }
    }

    /// The command that waits longest has its result.
    pub(super) fn complete(&mut self, result: Result<Reply, Error>, now: Millis) {
        if let Some(waiting) = self.answered()
            && waiting.interest == Interest::Wanted
        {
            self.events.push_back(Event::Done {
                id: waiting.id,
                result,
            });
        }
        self.check_drain(now);
        self.pump(now);
    }
}

fn well_formed(reply: Option<Reply>) -> Result<Reply, Error> {
    reply.ok_or_else(|| harmless(Violation::Malformed))
}

/// A violation that leaves the framing intact: one command fails, and the session goes on.
pub(super) fn harmless(violation: Violation) -> Error {
    Error::Protocol {
        violation,
        deletions: Deletions::Untouched,
    }
}
