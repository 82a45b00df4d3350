//! The session: a queue of commands on one side, octets and time on the other.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use crate::capability::Capabilities;
use crate::command::{Command, CommandId};
use crate::config::{Config, Millis};
use crate::error::Error;
use crate::event::Event;
use crate::reply::Greeting;
use crate::state::State;

/// One POP3 session.
#[derive(Debug)]
pub struct Session {
    config: Config,
    state: State,
    next_id: u64,
    deadline: Millis,
    events: VecDeque<Event>,
}

impl Session {
    /// Starts a session on a connection that has just been opened.
    pub fn new(config: Config, now: Millis) -> Self {
        let deadline = now.after(config.greeting_timeout);
        Self {
            config,
            state: State::Greeting,
            next_id: 0,
            deadline,
            events: VecDeque::new(),
        }
    }

    /// Queues a command. Never fails: every failure comes as [`Event::Done`].
    pub fn submit(&mut self, command: Command, _now: Millis) -> CommandId {
        let id = CommandId(self.next_id);
        self.next_id += 1;
        let error = Error::WrongState {
            command: command.keyword(),
            state: self.state,
        };
        self.events.push_back(Event::Done {
            id,
            result: Err(error),
        });
        id
    }

    /// Takes octets from the server, cut anywhere.
    pub fn handle_input(&mut self, _octets: &[u8], now: Millis) {
        self.deadline = now.after(self.config.command_timeout);
    }

    /// The transport has ended, in good order or not.
    pub fn handle_closed(&mut self) {
        self.state = State::Closed;
    }

    /// The moment of [`poll_timeout`](Self::poll_timeout) has come, or may have.
    pub fn handle_timeout(&mut self, _now: Millis) {}

    /// Octets to send to the server.
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        None
    }

    /// The next thing that happened.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// When to call [`handle_timeout`](Self::handle_timeout).
    pub fn poll_timeout(&self) -> Option<Millis> {
        (self.state != State::Closed).then_some(self.deadline)
    }

    /// Where the session stands.
    pub fn state(&self) -> State {
        self.state
    }

    /// The server's greeting, once it has come.
    pub fn greeting(&self) -> Option<&Greeting> {
        None
    }

    /// What CAPA told last.
    pub fn capabilities(&self) -> Option<&Capabilities> {
        None
    }

    /// Messages marked for deletion, in the order of their DELE commands.
    pub fn pending_deletions(&self) -> &[u32] {
        &[]
    }

    /// Size that LIST told for a message, in octets.
    pub fn listed_size(&self, _number: u32) -> Option<u64> {
        None
    }
}
