//! Sending: whose turn it is, and how far to run ahead of the server.

use crate::command::{Command, CommandId, Keyword};
use crate::config::Millis;
use crate::error::Error;
use crate::event::Event;
use crate::session::{Session, Waiting};
use crate::state::State;

/// Octets of a header that TOP is expected to give.
const HEADER: u64 = 4 << 10;

/// Octets of a line of the body that TOP is expected to give.
const BODY_LINE: u64 = 80;

impl Session {
    /// Sends what may be sent now, and fails what may not be sent at all.
    pub(super) fn pump(&mut self, now: Millis) {
        while let Some((_, command)) = self.queue.front() {
            let keyword = command.keyword();
            let alone = self.waiting.is_empty();
            let held = matches!(self.state, State::Greeting | State::Handshake);
            if held || !(alone || self.may_run_ahead(keyword)) {
                break;
            }
            if !self.allows(keyword) {
                // Answers keep the order of submission, so this one waits for those before it.
                if !alone {
                    break;
                }
                let error = Error::WrongState {
                    command: keyword,
                    state: self.state,
                };
                if let Some((id, _)) = self.queue.pop_front() {
                    self.events.push_back(Event::Done {
                        id,
                        result: Err(error),
                    });
                }
                continue;
            }
            if matches!(keyword, Keyword::Apop | Keyword::Auth | Keyword::Login) {
                if let Some((id, command)) = self.queue.pop_front() {
                    self.start_sign_in(id, command, now);
                }
                continue;
            }
            let answer_octets = self.expected_answer(command);
            let one_language = matches!(command, Command::Lang(Some(_)));
            let number = number_of(command);
            let start = self.transmit.len();
            let octets = command.encode(&mut self.transmit);
            if !alone && !self.fits(octets, answer_octets) {
                self.transmit.truncate(start);
                break;
            }
            if let Some((id, _)) = self.queue.pop_front() {
                let waiting = Waiting {
                    number,
                    one_language,
                    answer_octets,
                    ..Waiting::new(id, keyword, octets)
                };
                self.sent(waiting, now);
            }
        }
    }

    /// Sends a command on the session's own account, as part of the sign-in with this id.
    pub(super) fn send_own(&mut self, id: CommandId, command: &Command, now: Millis) {
        let octets = command.encode(&mut self.transmit);
        self.sent(Waiting::new(id, command.keyword(), octets), now);
    }

    /// Sends a line that begins a command.
    pub(super) fn send_line(&mut self, id: CommandId, keyword: Keyword, line: &[u8], now: Millis) {
        self.transmit_line(line);
        self.sent(Waiting::new(id, keyword, line.len() + 2), now);
    }

    /// Sends a line, and its line end.
    pub(super) fn transmit_line(&mut self, line: &[u8]) {
        // One reservation, so that growing does not leave copies of a password in freed memory.
        self.transmit.reserve(line.len() + 2);
        self.transmit.extend_from_slice(line);
        self.transmit.extend_from_slice(b"\r\n");
    }

    pub(super) fn sent(&mut self, waiting: Waiting, now: Millis) {
        if self.waiting.is_empty() {
            self.clock.last_activity = now;
            self.pace.asked(now);
        }
        // QUIT in the authorization state ends the session without an update
        // (RFC 1939 section 4).
        if waiting.keyword == Keyword::Quit && self.state == State::Transaction {
            self.state = State::Update;
        }
        self.waiting_octets = self.waiting_octets.saturating_add(waiting.octets);
        self.waiting_answers = self.waiting_answers.saturating_add(waiting.answer_octets);
        self.waiting.push_back(waiting);
    }

    /// The command that has waited longest is answered, and leaves the window.
    pub(super) fn answered(&mut self) -> Option<Waiting> {
        let waiting = self.waiting.pop_front()?;
        self.waiting_octets = self.waiting_octets.saturating_sub(waiting.octets);
        self.waiting_answers = self.waiting_answers.saturating_sub(waiting.answer_octets);
        Some(waiting)
    }

    fn allows(&self, keyword: Keyword) -> bool {
        self.state.allows(keyword)
            && match keyword {
                Keyword::Pass | Keyword::Rpop => self.user_accepted,
                // RFC 6856 section 2.1 wants STLS before UTF8.
                Keyword::Stls => !self.tls && !self.utf8,
                _ => true,
            }
    }

    /// May this command be sent while others wait? QUIT may not: its answer would tell nothing of
    /// theirs, and by TLS Dovecot 2.3 may close before it has sent all of them.
    fn may_run_ahead(&self, keyword: Keyword) -> bool {
        self.pipelining && self.state == State::Transaction && keyword != Keyword::Quit
    }

    fn fits(&self, octets: usize, answer_octets: u64) -> bool {
        let window = &self.config.window;
        self.waiting.len() < window.commands
            && self.waiting_octets.saturating_add(octets) <= window.command_octets
            && self.waiting_answers.saturating_add(answer_octets) <= self.pace.octets()
    }

    /// How many octets of a message the answer is expected to bring.
    fn expected_answer(&self, command: &Command) -> u64 {
        let size = |number: u32| {
            self.mailbox
                .size(number)
                .unwrap_or(self.config.window.assumed_message)
        };
        match command {
            Command::Retr(number) => size(number.get()),
            Command::Top { number, lines } => {
                size(number.get()).min(HEADER + BODY_LINE * u64::from(*lines))
            }
            _ => 0,
        }
    }
}

fn number_of(command: &Command) -> Option<u32> {
    match command {
        Command::List(number) | Command::Uidl(number) => number.map(|number| number.get()),
        Command::Retr(number) | Command::Dele(number) | Command::Top { number, .. } => {
            Some(number.get())
        }
        _ => None,
    }
}
