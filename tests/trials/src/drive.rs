//! Drives a session through the steps of a conversation, and looks after it at each of them.

use std::collections::{BTreeMap, BTreeSet};

use pop3_proto::{Command, CommandId, Error, Event, Keyword, Millis, Reply, Session, State};

use crate::transcript::{Conversation, Step, command};

/// How the server's octets reach the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// As the steps have them.
    AsWritten,
    /// Octet by octet.
    Single,
    /// Octet by octet, and what comes of them is fetched only when the server pauses.
    SingleUnfetched,
}

/// How it ends, if the session has not ended by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The connection ends.
    Closed,
    /// The server says nothing more, and time passes.
    Silence,
}

/// What came out of a session.
pub struct Outcome {
    /// Its events, the octets of a message joined.
    pub events: Vec<Event>,
    /// All that it sent.
    pub sent: Vec<u8>,
}

/// Plays a conversation. Lines of the client are passed over.
///
/// # Panics
/// When something comes out that must not, at the step where it does.
pub fn play(conversation: &Conversation, cut: Cut, ending: Ending) -> Outcome {
    let mut driver = Driver::new(conversation);
    for step in &conversation.steps {
        driver.act(step, cut);
    }
    driver.end(ending);
    Outcome {
        events: driver.events,
        sent: driver.sent,
    }
}

/// Joins what the server sends without a pause, so that it comes as one piece.
pub fn merged(steps: &[Step]) -> Vec<Step> {
    let mut merged: Vec<Step> = Vec::new();
    for step in steps {
        match (merged.last_mut(), step) {
            (Some(Step::Server(earlier)), Step::Server(octets)) => earlier.extend(octets),
            (_, Step::Client(_)) => {}
            _ => merged.push(step.clone()),
        }
    }
    merged
}

struct Driver {
    session: Session,
    message_limit: u64,
    now: Millis,
    submitted: Vec<(CommandId, String)>,
    keywords: BTreeMap<CommandId, Keyword>,
    /// Messages that have begun.
    begun: BTreeSet<CommandId>,
    sent: Vec<u8>,
    events: Vec<Event>,
    /// Commands that have ended.
    done: BTreeSet<CommandId>,
    closed: bool,
    /// A command is being cancelled.
    cancelling: bool,
    /// Octets of the message that is coming.
    message: u64,
}

impl Driver {
    fn new(conversation: &Conversation) -> Self {
        Self {
            session: Session::new(conversation.config.clone(), Millis(0)),
            message_limit: conversation.config.limits.message,
            now: Millis(0),
            submitted: Vec::new(),
            keywords: BTreeMap::new(),
            begun: BTreeSet::new(),
            sent: Vec::new(),
            events: Vec::new(),
            done: BTreeSet::new(),
            closed: false,
            cancelling: false,
            message: 0,
        }
    }

    fn act(&mut self, step: &Step, cut: Cut) {
        match step {
            Step::Submit(text) => {
                if let Some(command) = command(text) {
                    self.submit(command, text);
                }
            }
            Step::Client(_) => {}
            Step::Server(octets) if cut == Cut::AsWritten => {
                self.session.handle_input(octets, self.now);
            }
            Step::Server(octets) => {
                for octet in octets.chunks(1) {
                    self.session.handle_input(octet, self.now);
                    if cut == Cut::Single {
                        self.fetch();
                    }
                }
            }
            Step::Cancel(text) => self.give_up(text, Session::cancel),
            Step::Release(text) => self.give_up(text, Session::release),
            Step::Pause => self.session.handle_paused(self.now),
            Step::Resume => self.session.handle_resumed(self.now),
            Step::Tls => self.session.handle_tls_started(self.now),
            Step::Wait(milliseconds) => {
                self.now = self.now.after(*milliseconds);
                self.session.handle_timeout(self.now);
            }
            Step::End => self.session.handle_closed(),
        }
        self.fetch();
        self.cancelling = false;
        self.check();
    }

    fn give_up(&mut self, text: &str, how: impl FnOnce(&mut Session, CommandId, Millis)) {
        let mut commands = self.submitted.iter().rev();
        if let Some((id, _)) = commands.find(|(_, known)| known == text) {
            self.cancelling = true;
            how(&mut self.session, *id, self.now);
        }
    }

    fn submit(&mut self, command: Command, text: &str) {
        let keyword = command.keyword();
        let id = self.session.submit(command, self.now);
        assert_eq!(
            id.get(),
            self.submitted.len() as u64,
            "ids count the commands"
        );
        self.submitted.push((id, text.to_owned()));
        self.keywords.insert(id, keyword);
    }

    fn end(&mut self, ending: Ending) {
        if ending == Ending::Silence {
            // Each moment that the session asks for brings a command to its end, or NOOP on its way.
            for _ in 0..2 * self.submitted.len() + 2 {
                let Some(moment) = self.session.poll_timeout() else {
                    break;
                };
                self.now = self.now.max(moment);
                self.session.handle_timeout(self.now);
                self.fetch();
                self.check();
            }
            assert!(!self.awaits(), "silence leaves a command waiting");
        }
        self.session.handle_closed();
        self.fetch();
        self.check();
        assert!(self.closed, "the end of the connection ends the session");
        self.session.handle_closed();
        self.session.handle_input(b"+OK\r\n", self.now);
        self.session.handle_timeout(Millis(u64::MAX));
        self.fetch();
        assert!(!self.awaits(), "a command never ended");
    }

    /// Is a command still to end?
    fn awaits(&self) -> bool {
        self.done.len() < self.submitted.len()
    }

    /// The command that ends next, unless one is cancelled.
    fn next(&self) -> Option<&CommandId> {
        let mut ids = self.submitted.iter().map(|(id, _)| id);
        ids.find(|id| !self.done.contains(id))
    }

    fn fetch(&mut self) {
        while let Some(octets) = self.session.poll_transmit() {
            assert!(
                !octets.is_empty() && !self.closed,
                "octets to send after the end"
            );
            assert!(octets.ends_with(b"\r\n"), "half a line is sent");
            self.sent.extend(octets);
        }
        while let Some(event) = self.session.poll_event() {
            self.look_at(&event);
            match (self.events.last_mut(), event) {
                (
                    Some(Event::Data { id, octets }),
                    Event::Data {
                        id: same,
                        octets: more,
                    },
                ) if *id == same => octets.extend(more),
                (_, event) => self.events.push(event),
            }
        }
    }

    fn look_at(&mut self, event: &Event) {
        match event {
            Event::Greeting(_) => {
                let again = self
                    .events
                    .iter()
                    .any(|event| matches!(event, Event::Greeting(_)));
                assert!(!again && !self.closed, "a second greeting");
            }
            Event::Begun { id, .. } => {
                let keyword = self.keywords.get(id);
                assert!(
                    matches!(keyword, Some(Keyword::Retr | Keyword::Top)),
                    "{keyword:?} has no message"
                );
                assert_eq!(Some(id), self.next(), "a message out of order");
                assert!(self.begun.insert(*id), "a message begins twice");
                self.message = 0;
            }
            Event::Data { id, octets } => {
                assert!(!octets.is_empty() && !self.closed, "data of no message");
                assert_eq!(Some(id), self.next(), "data of another command");
                assert!(
                    self.begun.contains(id),
                    "data of a message that has not begun"
                );
                self.message += octets.len() as u64;
                assert!(
                    self.message <= self.message_limit,
                    "more data than the limit"
                );
            }
            Event::Done { id, result } => {
                match result {
                    Err(Error::Cancelled) => assert!(self.cancelling, "nobody cancelled"),
                    _ => assert_eq!(Some(id), self.next(), "answers out of order"),
                }
                assert!(self.done.insert(*id), "a command ends twice");
                match result {
                    Ok(Reply::Message(message)) => assert_eq!(message.size, self.message),
                    Ok(_) => assert!(!self.closed, "an answer after the end"),
                    Err(Error::WrongState { command, .. }) => {
                        assert_eq!(Some(command), self.keywords.get(id));
                    }
                    Err(error) => assert!(!self.closed, "{error} after the end"),
                }
            }
            Event::StartTls => {
                let asked = matches!(self.events.last(), Some(Event::Done { id, result: Ok(_) })
                    if self.keywords.get(id) == Some(&Keyword::Stls));
                assert!(asked, "a handshake that nobody asked for");
            }
            Event::Closed(_) => {
                assert!(!self.closed, "a second end");
                self.closed = true;
            }
        }
    }

    /// What holds between any two steps, with all events fetched.
    fn check(&self) {
        let session = &self.session;
        assert_eq!(session.state() == State::Closed, self.closed);
        let timeout = session.poll_timeout();
        if self.closed {
            assert_eq!(timeout, None, "a timer after the end");
            assert!(!self.awaits(), "a command outlives the session");
            assert!(session.pending_deletions().is_empty());
        } else if self.awaits() {
            assert!(timeout.is_some(), "a command could wait for ever");
        }
    }
}
