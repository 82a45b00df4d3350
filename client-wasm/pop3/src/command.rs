//! The commands, and how each is written on the wire.

use alloc::format;
use alloc::vec::Vec;
use core::fmt;

use crate::apop::Apop;
use crate::argument::{LanguageTag, MessageNumber, Secret, UserName};
use crate::policy::SignIn;
use crate::sasl::Auth;

/// Names one submitted command in the events that answer it. Unique within its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommandId(pub(crate) u64);

impl CommandId {
    /// The id as a number: 0 for the first command of a session, then counting up.
    pub fn get(self) -> u64 {
        self.0
    }
}

/// A command with its arguments, of [RFC 1939](https://www.rfc-editor.org/rfc/rfc1939),
/// [RFC 2449](https://www.rfc-editor.org/rfc/rfc2449),
/// [RFC 2595](https://www.rfc-editor.org/rfc/rfc2595),
/// [RFC 5034](https://www.rfc-editor.org/rfc/rfc5034) or
/// [RFC 6856](https://www.rfc-editor.org/rfc/rfc6856).
#[derive(Debug)]
#[non_exhaustive]
pub enum Command {
    /// Names the mailbox. Answered by [`Reply::Status`](crate::Reply::Status).
    User(UserName),
    /// Signs in, then asks CAPA and STAT by itself. Answered by
    /// [`Reply::Login`](crate::Reply::Login).
    Pass(Secret),
    /// Signs in without sending the password. Answered as PASS.
    Apop(Apop),
    /// Signs in after USER on the word of the client's host
    /// ([RFC 1081](https://www.rfc-editor.org/rfc/rfc1081)). Answered as PASS.
    Rpop(UserName),
    /// Signs in by a mechanism of SASL. Answered as PASS.
    Auth(Auth),
    /// Signs in by the best method that the server offers and the credentials allow, as
    /// [`SignIn`] tells. No command of its own: it becomes CAPA, where the server has not told its
    /// capabilities yet, and then AUTH, APOP, or USER and PASS. Answered as PASS.
    Login(SignIn),
    /// Asks for TLS on this connection. Answered by [`Reply::Status`](crate::Reply::Status); then
    /// comes [`Event::StartTls`](crate::Event::StartTls).
    Stls,
    /// Asks for texts, names and mail in UTF-8. Answered by
    /// [`Reply::Status`](crate::Reply::Status).
    Utf8,
    /// The languages of the server's texts ([`Reply::Languages`](crate::Reply::Languages)), or the
    /// choice of one ([`Reply::Language`](crate::Reply::Language)).
    Lang(Option<LanguageTag>),
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
#[non_exhaustive]
#[allow(missing_docs, reason = "each is the keyword of its name")]
pub enum Keyword {
    User,
    Pass,
    Apop,
    Rpop,
    Auth,
    Login,
    Stls,
    Utf8,
    Lang,
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
    /// The keyword as it is sent, in capitals; for [`Login`](Self::Login), which never is,
    /// `LOGIN`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "USER",
            Self::Pass => "PASS",
            Self::Apop => "APOP",
            Self::Rpop => "RPOP",
            Self::Auth => "AUTH",
            Self::Login => "LOGIN",
            Self::Stls => "STLS",
            Self::Utf8 => "UTF8",
            Self::Lang => "LANG",
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
            Self::Apop(_) => Keyword::Apop,
            Self::Rpop(_) => Keyword::Rpop,
            Self::Auth(_) => Keyword::Auth,
            Self::Login(_) => Keyword::Login,
            Self::Stls => Keyword::Stls,
            Self::Utf8 => Keyword::Utf8,
            Self::Lang(_) => Keyword::Lang,
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

    /// Appends the command line, CRLF included, and says how many octets it took. APOP, AUTH and
    /// the sign-in depend on what the server said, so they are not written here.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) -> usize {
        let before = out.len();
        let keyword = self.keyword().as_str();
        match self {
            Self::User(name) | Self::Rpop(name) => line(out, keyword, name.as_str().as_bytes()),
            Self::Pass(secret) => line(out, keyword, secret.expose()),
            Self::List(Some(number))
            | Self::Uidl(Some(number))
            | Self::Retr(number)
            | Self::Dele(number) => line(out, keyword, format!("{number}").as_bytes()),
            Self::Top { number, lines } => {
                line(out, keyword, format!("{number} {lines}").as_bytes())
            }
            Self::Lang(Some(tag)) => line(out, keyword, tag.as_str().as_bytes()),
            Self::Apop(_) | Self::Auth(_) | Self::Login(_) => {}
            Self::Stat
            | Self::Stls
            | Self::Utf8
            | Self::Lang(None)
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

/// Appends one line: a keyword, and after a space its argument, if there is one.
pub(crate) fn line(out: &mut Vec<u8>, keyword: &str, argument: &[u8]) {
    // One reservation, so that growing does not leave copies of a password in freed memory.
    out.reserve(keyword.len() + 1 + argument.len() + 2);
    out.extend_from_slice(keyword.as_bytes());
    if !argument.is_empty() {
        out.push(b' ');
        out.extend_from_slice(argument);
    }
    out.extend_from_slice(b"\r\n");
}
