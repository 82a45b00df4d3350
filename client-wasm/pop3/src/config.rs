//! What a caller may set: time, window and limits.

/// A moment on a clock that never goes back, in milliseconds since any fixed start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millis(pub u64);

impl Millis {
    /// The moment this many milliseconds later.
    #[must_use]
    pub fn after(self, milliseconds: u64) -> Self {
        Self(self.0.saturating_add(milliseconds))
    }

    /// Milliseconds since an earlier moment.
    pub(crate) fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// Settings of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Milliseconds from the start until the greeting must have come. Default 30,000.
    pub greeting_timeout: u64,
    /// Milliseconds without an octet from the server while a command waits. Default 60,000.
    pub command_timeout: u64,
    /// Milliseconds from the start until the session must be over. Default `None`: it may last.
    pub session_timeout: Option<u64>,
    /// Milliseconds without traffic after which NOOP is sent, so that the server does not hang up
    /// on a session that has nothing to ask. Default `None`: it is not sent.
    pub keep_alive: Option<u64>,
    /// Milliseconds that the driver may keep input back, as
    /// [`handle_paused`](crate::Session::handle_paused) tells. Default 300,000.
    pub pause_timeout: u64,
    /// What the rest of a cancelled answer may cost.
    pub drain: Drain,
    /// How far to run ahead of the server.
    pub window: Window,
    /// How much the server may send.
    pub limits: Limits,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            greeting_timeout: 30_000,
            command_timeout: 60_000,
            session_timeout: None,
            keep_alive: None,
            pause_timeout: 300_000,
            drain: Drain::default(),
            window: Window::default(),
            limits: Limits::default(),
        }
    }
}

/// How much of cancelled answers is read and thrown away so that the session can go on. POP3 has
/// no command that stops an answer, so past either bound the session is ended instead, with
/// [`Error::Abandoned`](crate::Error::Abandoned).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drain {
    /// Octets of messages, in a row, both as LIST tells them beforehand and as they come. Default
    /// 1 MiB.
    pub octets: u64,
    /// Milliseconds, in a row. Default 10,000.
    pub milliseconds: u64,
}

impl Default for Drain {
    fn default() -> Self {
        Self {
            octets: 1 << 20,
            milliseconds: 10_000,
        }
    }
}

/// How many commands may wait for an answer at once, where the server offers PIPELINING
/// ([RFC 2449 section 6.6](https://www.rfc-editor.org/rfc/rfc2449#section-6.6)).
///
/// One command may always be sent when none waits, however large it or its answer is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// Commands that wait. 1 switches pipelining off. Default 1,024, so that a long way is filled: 64
    /// of 9 kB for each round trip of 40 ms are 14 MB a second and no more.
    pub commands: usize,
    /// Octets of the commands that wait. Default 16 KiB: a server that has much queued to send may
    /// stop reading, and they must find room in the buffers of the connection then.
    pub command_octets: usize,
    /// Octets that the answers to waiting RETR and TOP commands are expected to have. It bounds
    /// what arrives while the reader is busy elsewhere. Default 16 MiB.
    pub answer_octets: u64,
    /// The same as long as it is not known what the way holds. It grows to four times what arrives
    /// within a round trip. Default 4 MiB.
    pub first_answer_octets: u64,
    /// Size assumed for a message that LIST did not tell. Default 16 KiB.
    pub assumed_message: u64,
}

impl Default for Window {
    fn default() -> Self {
        Self {
            commands: 1_024,
            command_octets: 16 << 10,
            answer_octets: 16 << 20,
            first_answer_octets: 4 << 20,
            assumed_message: 16 << 10,
        }
    }
}

/// How much a server may send before the session is ended with
/// [`Error::LimitExceeded`](crate::Error::LimitExceeded).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Octets of one status line, its line end included. Default 8 KiB.
    pub status_line: usize,
    /// Octets of one line that answers AUTH, its line end included. Default 12 KiB, which is what
    /// [RFC 5034 section 4](https://www.rfc-editor.org/rfc/rfc5034#section-4) wants.
    pub challenge: usize,
    /// Octets of one line of LIST, UIDL, LANG or CAPA, its line end included. Default 2 KiB.
    pub list_line: usize,
    /// Lines of one LIST, UIDL or LANG. Default 1,000,000.
    pub list_lines: usize,
    /// Lines of one CAPA. Default 256.
    pub capabilities: usize,
    /// Octets of one message, dot-unstuffed. They stream, so this guards against an endless one
    /// rather than against a large one. Default 2 GiB.
    pub message: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            status_line: 8 << 10,
            challenge: 12 << 10,
            list_line: 2 << 10,
            list_lines: 1_000_000,
            capabilities: 256,
            message: 2 << 30,
        }
    }
}
