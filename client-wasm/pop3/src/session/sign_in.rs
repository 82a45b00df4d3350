//! Signing in: one command, an exchange, or one method after the other.

use alloc::collections::VecDeque;

use crate::argument::Secret;
use crate::capability::Capabilities;
use crate::command::{Command, CommandId, Keyword};
use crate::config::Millis;
use crate::error::{Error, Violation};
use crate::event::Event;
use crate::policy::{self, Attempt, Hop, SignIn};
use crate::quirks;
use crate::reply::{Method, Reply, Status};
use crate::sasl::{Accepted, Exchange};
use crate::session::{Interest, Session, Waiting};
use crate::state::State;

/// What is left to try of a sign-in that chooses its method.
pub(super) struct Attempts {
    sign_in: SignIn,
    /// `None` until the capabilities are known.
    methods: Option<VecDeque<Method>>,
    /// Follows USER.
    password: Option<Secret>,
}

impl Session {
    /// Sends what depends on the server's words: APOP, AUTH, or the choice among methods. Nothing
    /// waits for an answer.
    pub(super) fn start_sign_in(&mut self, id: CommandId, command: Command, now: Millis) {
        let started = match command {
            Command::Apop(apop) => self.attempt(id, Attempt::Apop(apop), now),
            Command::Auth(auth) => self.attempt(id, Attempt::Auth(auth), now),
            Command::Login(sign_in) => {
                self.attempts = Some(Attempts {
                    sign_in,
                    methods: None,
                    password: None,
                });
                if self.capabilities.is_none() {
                    self.send_line(id, Keyword::Capa, b"CAPA", now);
                    Ok(())
                } else {
                    self.next_attempt(id, now)
                }
            }
            _ => Ok(()),
        };
        if let Err(error) = started {
            self.end_sign_in(id, Err(error));
        }
    }

    fn attempt(&mut self, id: CommandId, attempt: Attempt, now: Millis) -> Result<(), Error> {
        match attempt {
            Attempt::UserPass(user, password) => {
                if let Some(attempts) = &mut self.attempts {
                    attempts.password = Some(password);
                }
                self.send_own(id, &Command::User(user), now);
            }
            Attempt::Apop(apop) => {
                let timestamp = self.greeting.as_ref().and_then(|told| told.timestamp());
                let timestamp = timestamp.ok_or(Error::Unsupported {
                    command: Keyword::Apop,
                })?;
                let start = self.transmit.len();
                apop.encode(timestamp, &mut self.transmit);
                let octets = self.transmit.len() - start;
                self.sent(Waiting::new(id, Keyword::Apop, octets), now);
            }
            Attempt::Auth(auth) => {
                let (exchange, line) = Exchange::begin(auth);
                self.exchange = Some(exchange);
                self.send_line(id, Keyword::Auth, &line, now);
            }
        }
        Ok(())
    }

    /// Tries the next method; the error says why there is none.
    fn next_attempt(&mut self, id: CommandId, now: Millis) -> Result<(), Error> {
        let unsupported = Error::Unsupported {
            command: Keyword::Login,
        };
        let Some(attempts) = &mut self.attempts else {
            return Err(unsupported);
        };
        let SignIn { credentials, hop } = &attempts.sign_in;
        let methods = match &mut attempts.methods {
            Some(methods) => methods,
            None => {
                let hop = Hop {
                    encrypted: hop.encrypted || self.tls,
                    ..*hop
                };
                let (capabilities, greeting) = (self.capabilities.as_ref(), self.greeting.as_ref());
                let methods = policy::methods(capabilities, greeting, credentials, hop)?;
                attempts.methods.insert(methods.into())
            }
        };
        let method = methods.pop_front();
        let attempt = method.and_then(|method| credentials.attempt(method));
        self.attempt(id, attempt.ok_or(unsupported)?, now)
    }

    /// The capabilities that a sign-in has asked for are told, or will not be.
    pub(super) fn choose_method(&mut self, now: Millis) {
        let Some(waiting) = self.answered() else {
            return;
        };
        if let Err(error) = self.next_attempt(waiting.id, now) {
            self.end_sign_in(waiting.id, Err(error));
            self.pump(now);
        }
    }

    /// USER was accepted; where a sign-in has sent it, PASS follows.
    pub(super) fn name_accepted(&mut self, status: Status, now: Millis) {
        let attempts = self.attempts.as_mut();
        match attempts.and_then(|attempts| attempts.password.take()) {
            Some(password) => {
                if let Some(waiting) = self.answered() {
                    self.send_own(waiting.id, &Command::Pass(password), now);
                }
            }
            None => {
                self.user_accepted = true;
                self.complete(Ok(Reply::Status(status)), now);
            }
        }
    }

    /// The user is signed in. What can be done and how much mail there is, is asked right away; with
    /// one round trip where PIPELINING was offered before, which holds in both states by RFC 2449
    /// section 6.6. All other commands wait until CAPA offers it anew.
    pub(super) fn signed_in(&mut self, status: Status, method: Method, now: Millis) {
        self.state = State::Transaction;
        self.login = Some((status, method));
        self.forget_credentials();
        if let Some(waiting) = self.answered() {
            self.send_own(waiting.id, &Command::Capa, now);
            let offered = self.capabilities.as_ref();
            if offered.is_some_and(Capabilities::pipelining) && self.config.window.commands > 1 {
                // The caller hears once, of the one that is answered last.
                self.set_interest(0, Interest::Released);
                self.send_own(waiting.id, &Command::Stat, now);
            }
        }
    }

    /// The CAPA of the sign-in is answered. STAT follows, where it did not go with it.
    pub(super) fn look_done(&mut self, now: Millis) {
        if let Some(waiting) = self.answered() {
            let next = self.waiting.front();
            if next.is_none_or(|next| next.id != waiting.id) {
                self.send_own(waiting.id, &Command::Stat, now);
            }
            self.pump(now);
        }
    }

    /// `+` and what follows, where AUTH waits.
    pub(super) fn take_challenge(&mut self, challenge: &[u8]) {
        match &mut self.exchange {
            Some(exchange) if !exchange.is_cancelled() => {
                let line = exchange.challenge(challenge);
                self.transmit_line(&line);
            }
            _ => self.violated(Violation::Exchange),
        }
    }

    /// `+OK` to AUTH. `rest` is the line after the indicator.
    pub(super) fn auth_accepted(&mut self, status: Status, rest: &[u8], now: Millis) {
        let Some(exchange) = &mut self.exchange else {
            return self.violated(Violation::Exchange);
        };
        match exchange.accepted(&status) {
            Accepted::SignedIn => {
                let method = Method::Sasl(exchange.mechanism());
                self.signed_in(status, method, now);
            }
            Accepted::GoOn => {
                let line = exchange.challenge_in_words(rest);
                self.transmit_line(&line);
            }
            Accepted::Unproven(error) => self.fail(error),
        }
    }

    /// `-ERR` to one of the commands that sign in.
    pub(super) fn sign_in_refused(&mut self, keyword: Keyword, status: Status, now: Millis) {
        if matches!(keyword, Keyword::User | Keyword::Pass | Keyword::Rpop) {
            self.user_accepted = false;
        }
        let exchange = self.exchange.take();
        // Without a response code, and before anything was shown that could be refused, it can only
        // be the mechanism.
        let at_once = exchange
            .as_ref()
            .is_some_and(|exchange| !exchange.said_something());
        let unsupported =
            status.code.is_none() && (at_once || quirks::unsupported_in_words(&status.text));
        let cancelled = exchange.as_ref().is_some_and(Exchange::is_cancelled);
        let rejected = Error::rejected(Some(keyword), status);
        let error = match exchange {
            Some(mut exchange) => exchange.refused(rejected),
            None => rejected,
        };
        let left = |attempts: &Attempts| attempts.methods.as_ref().is_some_and(|m| !m.is_empty());
        let Some(waiting) = self.answered() else {
            return;
        };
        if unsupported
            && !cancelled
            && self.attempts.as_ref().is_some_and(left)
            && self.next_attempt(waiting.id, now).is_ok()
        {
            return;
        }
        self.end_sign_in(waiting.id, Err(error));
        self.pump(now);
    }

    fn end_sign_in(&mut self, id: CommandId, result: Result<Reply, Error>) {
        self.forget_credentials();
        self.events.push_back(Event::Done { id, result });
    }

    /// Wipes what is no longer needed.
    pub(super) fn forget_credentials(&mut self) {
        self.exchange = None;
        self.attempts = None;
    }
}
