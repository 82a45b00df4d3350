//! What the server answered, as types.

use alloc::string::String;
use alloc::vec::Vec;

use crate::capability::Capabilities;

/// A status line: what follows `+OK` or `-ERR`
/// ([RFC 1939 section 3](https://www.rfc-editor.org/rfc/rfc1939#section-3)).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// The server's words, without the response code. Octets that are not UTF-8, and control
    /// characters, are replaced by U+FFFD. Often empty.
    pub text: String,
    /// The response code at the start of the text, as sent, without its brackets: `SYS/TEMP`
    /// ([RFC 2449 section 8](https://www.rfc-editor.org/rfc/rfc2449#section-8)).
    pub code: Option<String>,
}

/// The server's first line, when it is positive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Greeting {
    /// The line itself.
    pub status: Status,
}

/// Answer of STAT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// How many messages the mailbox holds, those marked for deletion left out.
    pub count: u32,
    /// Their size in octets, as the server counts it.
    pub size: u64,
}

/// Answer of PASS, joined with that of the STAT after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// The status line of PASS.
    pub status: Status,
    /// Answer of STAT.
    pub stat: Stat,
}

/// One line of LIST.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListEntry {
    /// The message, 1 or more.
    pub number: u32,
    /// Its size in octets, as the server counts it; some servers guess.
    pub size: u64,
}

/// One line of UIDL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UidlEntry {
    /// The message, 1 or more.
    pub number: u32,
    /// The server's lasting identifier. Broken servers send empty ones, and the same one twice:
    /// see [`quirks`](crate::quirks).
    pub uid: String,
}

/// End of a RETR or TOP; the octets themselves came before, as [`Event::Data`](crate::Event).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The status line that stood before the octets.
    pub status: Status,
    /// How many octets came, dot-unstuffed, line ends included.
    pub size: u64,
}

/// A positive answer. Which variant comes is fixed by the [`Command`](crate::Command).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Of USER, DELE, RSET, NOOP and QUIT.
    Status(Status),
    /// Of PASS.
    Login(Login),
    /// Of STAT.
    Stat(Stat),
    /// Of LIST without an argument, in the server's order.
    List(Vec<ListEntry>),
    /// Of LIST with an argument.
    ListEntry(ListEntry),
    /// Of UIDL without an argument, in the server's order.
    Uidl(Vec<UidlEntry>),
    /// Of UIDL with an argument.
    UidlEntry(UidlEntry),
    /// Of RETR and TOP.
    Message(Message),
    /// Of CAPA.
    Capabilities(Capabilities),
}
