//! The commands, and how each is written on the wire.

use alloc::format;
use alloc::vec::Vec;
use core::fmt;

use crate::argument::{MessageNumber, Secret, UserName};

/// Names one submitted command in the events that answer it. Unique within its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommandId(pub(crate) u64);

impl CommandId {
    /// The id as a number: 0 for the first command of a session, then counting up.
    pub fn get(self) -> u64 {
        self.0
    }
}

/// A command of [RFC 1939](https://www.rfc-editor.org/rfc/rfc1939) or
/// [RFC 2449](https://www.rfc-editor.org/rfc/rfc2449), with its arguments.
#[derive(Debug)]
pub enum Command {
    /// Names the mailbox. Answered by [`Reply::Status`](crate::Reply::Status).
    User(UserName),
    /// Signs in, then asks CAPA and STAT by itself. Answered by
    /// [`Reply::Login`](crate::Reply::Login).
    Pass(Secret),
    /// Count and size of the mailbox. Answered by [`Reply::Stat`](crate::Reply::Stat).
    Stat,
    /// Sizes of all messages ([`Reply::List`](crate::Reply::List)) or of one
    /// ([`Reply::ListEntry`](crate::Reply::ListEntry)).
    List(Option<MessageNumber>),
    /// Lasting identifiers of all messages ([`Reply::Uidl`](crate::Reply::Uidl)) or of one
    /// ([`Reply::UidlEntry`](crate::Reply::UidlEntry)).
    Uidl(Option<MessageNumber>),
    /// A whole message, as [`Event::Data`](crate::Event::Data) and then
    /// [`Reply::Message`](crate::Reply::Message).
    Retr(MessageNumber),
    /// The header of a message, the blank line, and the first lines of its body; answered as RETR.
    Top {
        /// Which message.
        number: MessageNumber,
        /// How many lines of the body; 0 for the header alone.
        lines: u32,
    },
    /// Marks a message for deletion at QUIT. Answered by [`Reply::Status`](crate::Reply::Status).
    Dele(MessageNumber),
    /// Takes all marks back. Answered by [`Reply::Status`](crate::Reply::Status).
    Rset,
    /// Does nothing, and keeps the session alive. Answered by
    /// [`Reply::Status`](crate::Reply::Status).
    Noop,
    /// Commits the deletions and ends the session. Answered by
    /// [`Reply::Status`](crate::Reply::Status).
    Quit,
    /// What the server can do. Answered by [`Reply::Capabilities`](crate::Reply::Capabilities).
    Capa,
}

/// The keyword of a command, for errors and for tests of state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is the keyword of its name")]
pub enum Keyword {
    User,
    Pass,
    Stat,
    List,
    Uidl,
    Retr,
    Top,
    Dele,
    Rset,
    Noop,
    Quit,
    Capa,
}

impl Keyword {
    /// The keyword as it is sent, in capitals.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "USER",
            Self::Pass => "PASS",
            Self::Stat => "STAT",
            Self::List => "LIST",
            Self::Uidl => "UIDL",
            Self::Retr => "RETR",
            Self::Top => "TOP",
            Self::Dele => "DELE",
            Self::Rset => "RSET",
            Self::Noop => "NOOP",
            Self::Quit => "QUIT",
            Self::Capa => "CAPA",
        }
    }
}

impl fmt::Display for Keyword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Command {
    /// The keyword of this command.
    pub fn keyword(&self) -> Keyword {
        match self {
            Self::User(_) => Keyword::User,
            Self::Pass(_) => Keyword::Pass,
            Self::Stat => Keyword::Stat,
            Self::List(_) => Keyword::List,
            Self::Uidl(_) => Keyword::Uidl,
            Self::Retr(_) => Keyword::Retr,
            Self::Top { .. } => Keyword::Top,
            Self::Dele(_) => Keyword::Dele,
            Self::Rset => Keyword::Rset,
            Self::Noop => Keyword::Noop,
            Self::Quit => Keyword::Quit,
            Self::Capa => Keyword::Capa,
        }
    }

    /// Appends the command line, CRLF included, and says how many octets it took.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) -> usize {
        let before = out.len();
        let keyword = self.keyword().as_str();
        match self {
            Self::User(name) => line(out, keyword, name.as_str().as_bytes()),
            Self::Pass(secret) => line(out, keyword, secret.expose()),
            Self::List(Some(number))
            | Self::Uidl(Some(number))
            | Self::Retr(number)
            | Self::Dele(number) => line(out, keyword, format!("{number}").as_bytes()),
            Self::Top { number, lines } => {
                line(out, keyword, format!("{number} {lines}").as_bytes())
            }
            Self::Stat
            | Self::List(None)
            | Self::Uidl(None)
            | Self::Rset
            | Self::Noop
            | Self::Quit
            | Self::Capa => line(out, keyword, b""),
        }
        out.len() - before
    }
}

fn line(out: &mut Vec<u8>, keyword: &str, argument: &[u8]) {
    // One reservation, so that growing does not leave copies of a password in freed memory.
    out.reserve(keyword.len() + 1 + argument.len() + 2);
    out.extend_from_slice(keyword.as_bytes());
    if !argument.is_empty() {
        out.push(b' ');
        out.extend_from_slice(argument);
    }
    out.extend_from_slice(b"\r\n");
}
