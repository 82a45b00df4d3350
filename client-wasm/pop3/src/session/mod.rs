//! The session: a queue of commands on one side, octets and time on the other.

mod cancel;
mod end;
mod pace;
mod receive;
mod send;
mod sign_in;
mod time;
mod tls;

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::fmt;

use crate::capability::Capabilities;
use crate::command::{Command, CommandId, Keyword};
use crate::config::{Config, Millis};
use crate::event::Event;
use crate::frame::LineReader;
use crate::mailbox::Mailbox;
use crate::reply::{Greeting, Method, Status};
use crate::sasl::Exchange;
use crate::state::State;
use pace::Pace;
use receive::Reading;
use sign_in::Attempts;
use time::Clock;

/// One POP3 session. How to drive it is told in the [crate's documentation](crate).
pub struct Session {
    config: Config,
    state: State,
    greeting: Option<Greeting>,
    capabilities: Option<Capabilities>,
    mailbox: Mailbox,

    next_id: u64,
    /// Commands not sent yet.
    queue: VecDeque<(CommandId, Command)>,
    /// Commands sent and not answered, the oldest first.
    waiting: VecDeque<Waiting>,
    /// What those hold of the window, together.
    waiting_octets: usize,
    waiting_answers: u64,
    pace: Pace,
    /// USER was accepted, so that PASS may follow.
    user_accepted: bool,
    /// The sign-in that chooses its method, while it goes on.
    attempts: Option<Attempts>,
    /// AUTH, while it goes on.
    exchange: Option<Exchange>,
    /// The status line of the sign-in, while the session asks CAPA and STAT by itself.
    login: Option<(Status, Method)>,
    /// The connection is encrypted since STLS.
    tls: bool,
    /// UTF8 was accepted, and STLS may not follow any more.
    utf8: bool,
    /// PIPELINING was offered after the sign-in.
    pipelining: bool,
    transmit: Vec<u8>,

    reader: LineReader,
    reading: Reading,
    /// Empty lines since the last status line.
    blank_lines: u8,

    clock: Clock,
    /// Octets of cancelled answers that came since the session reads nothing else.
    drained: u64,
    events: VecDeque<Event>,
}

/// A command that was sent.
struct Waiting {
    /// The command; for what the session sends on its own account, the sign-in it belongs to.
    id: CommandId,
    keyword: Keyword,
    /// The message it is about.
    number: Option<u32>,
    /// It is LANG with an argument, and so not answered by a list.
    one_language: bool,
    /// Octets of its line.
    octets: usize,
    /// Octets of a message that its answer is expected to bring.
    answer_octets: u64,
    interest: Interest,
}

/// Who waits for the result of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Interest {
    /// Its caller.
    Wanted,
    /// Nobody, and the rest of its answer is worth no more than [`Drain`](crate::Drain) allows.
    Cancelled,
    /// Nobody, and its answer may take what it takes.
    Released,
}

impl Waiting {
    /// A command that is about no message.
    fn new(id: CommandId, keyword: Keyword, octets: usize) -> Self {
        Self {
            id,
            keyword,
            number: None,
            one_language: false,
            octets,
            answer_octets: 0,
            interest: Interest::Wanted,
        }
    }
}

impl Session {
    /// Starts a session on a connection that has just been opened.
    pub fn new(config: Config, now: Millis) -> Self {
        Self {
            clock: Clock::new(&config, now),
            pace: Pace::new(&config.window),
            config,
            state: State::Greeting,
            greeting: None,
            capabilities: None,
            mailbox: Mailbox::default(),
            next_id: 0,
            queue: VecDeque::new(),
            waiting: VecDeque::new(),
            waiting_octets: 0,
            waiting_answers: 0,
            user_accepted: false,
            attempts: None,
            exchange: None,
            login: None,
            tls: false,
            utf8: false,
            pipelining: false,
            transmit: Vec::new(),
            reader: LineReader::default(),
            reading: Reading::Status,
            blank_lines: 0,
            drained: 0,
            events: VecDeque::new(),
        }
    }

    /// Queues a command. Never fails: every failure comes as [`Event::Done`].
    ///
    /// Commands may be submitted at any time, and are sent in this order when their turn comes.
    /// Only then is the state looked at, so USER, PASS and STAT may be submitted at once.
    pub fn submit(&mut self, command: Command, now: Millis) -> CommandId {
        let id = CommandId(self.next_id);
        self.next_id += 1;
        self.queue.push_back((id, command));
        self.pump(now);
        id
    }

    /// Takes octets from the server, cut anywhere. After the end of the session they are ignored.
    pub fn handle_input(&mut self, octets: &[u8], now: Millis) {
        self.pace.arrived(octets.len(), now);
        self.receive(octets, now);
    }

    /// The user wants the answer of this command no more. Its [`Event::Done`] comes at once, with
    /// [`Error::Cancelled`](crate::Error::Cancelled), or with
    /// [`Error::Abandoned`](crate::Error::Abandoned) where that had to end the session. What the
    /// command does at the server, once it is sent, it does all the same. For a command that has
    /// ended it does nothing.
    pub fn cancel(&mut self, id: CommandId, now: Millis) {
        self.cancel_command(id, now);
    }

    /// As [`cancel`](Self::cancel), but never ends the session: the whole answer of a command that
    /// was sent is read and thrown away, however long it is, and a sign-in, STLS or QUIT that was
    /// sent goes on.
    pub fn release(&mut self, id: CommandId, now: Millis) {
        self.release_command(id, now);
    }

    /// From now on the driver keeps input back, since the reader of a message is slow: until
    /// [`handle_resumed`](Self::handle_resumed) no answer is overdue. Input that comes all the same
    /// is taken.
    pub fn handle_paused(&mut self, now: Millis) {
        self.pace.paused();
        self.clock.pause(now);
    }

    /// The driver hands in input again.
    pub fn handle_resumed(&mut self, now: Millis) {
        self.clock.resume(now);
    }

    /// The TLS handshake that [`Event::StartTls`] asked for is done, and the server's certificate
    /// verified: the session goes on over the encrypted connection. What the server said before is
    /// forgotten, its greeting and capabilities included
    /// ([RFC 2595 section 4](https://www.rfc-editor.org/rfc/rfc2595#section-4)). Where nobody asked
    /// for a handshake it does nothing. If the handshake fails, the driver calls
    /// [`handle_closed`](Self::handle_closed) instead.
    pub fn handle_tls_started(&mut self, now: Millis) {
        self.tls_started(now);
    }

    /// The transport has ended, in good order or not; no input follows. Calling it again, or after
    /// the end of the session, does nothing.
    pub fn handle_closed(&mut self) {
        self.connection_ended();
    }

    /// Looks whether something is overdue. May be called at any time.
    pub fn handle_timeout(&mut self, now: Millis) {
        self.check_deadlines(now);
    }

    /// Octets to send to the server: all there are, or `None`. They may hold the password.
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        if self.transmit.is_empty() {
            None
        } else {
            Some(core::mem::take(&mut self.transmit))
        }
    }

    /// The next thing that happened.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// When to call [`handle_timeout`](Self::handle_timeout) at the latest; `None` while nothing
    /// is waited for. It changes with every other call.
    pub fn poll_timeout(&self) -> Option<Millis> {
        self.next_due().map(|(at, _)| at)
    }

    /// Where the session stands.
    pub fn state(&self) -> State {
        self.state
    }

    /// The server's greeting, once it has come; `None` again after STLS.
    pub fn greeting(&self) -> Option<&Greeting> {
        self.greeting.as_ref()
    }

    /// What CAPA told last; after the sign-in the session asks it by itself.
    pub fn capabilities(&self) -> Option<&Capabilities> {
        self.capabilities.as_ref()
    }

    /// Messages marked for deletion, in the order of their DELE commands.
    pub fn pending_deletions(&self) -> &[u32] {
        self.mailbox.deletions()
    }

    /// Size in octets that LIST told for a message; some servers guess.
    pub fn listed_size(&self, number: u32) -> Option<u64> {
        self.mailbox.size(number)
    }
}

impl fmt::Debug for Session {
    // Queues and buffers hold passwords and mail.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("state", &self.state)
            .field("queued", &self.queue.len())
            .field("waiting", &self.waiting.len())
            .finish_non_exhaustive()
    }
}
