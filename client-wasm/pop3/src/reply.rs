//! What the server answered, as types.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::capability::Capabilities;
use crate::sasl::Mechanism;

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

impl Greeting {
    /// The timestamp that APOP hashes: the first `<...@...>` of printable ASCII characters, with
    /// its brackets; `None` where the server offers no APOP
    /// ([RFC 1939 section 7](https://www.rfc-editor.org/rfc/rfc1939#section-7)).
    pub fn timestamp(&self) -> Option<&str> {
        let text = self.status.text.as_str();
        let mut start = None;
        let mut at_sign = None;
        for (at, octet) in text.bytes().enumerate() {
            match octet {
                b'<' => (start, at_sign) = (Some(at), None),
                b'>' => match (start, at_sign) {
                    (Some(start), Some(sign)) if start + 1 < sign && sign + 1 < at => {
                        return text.get(start..=at);
                    }
                    _ => (start, at_sign) = (None, None),
                },
                b'@' if at_sign.is_none() => at_sign = Some(at),
                b'!'..=b'~' => {}
                _ => (start, at_sign) = (None, None),
            }
        }
        None
    }
}

/// Answer of STAT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// How many messages the mailbox holds, those marked for deletion left out.
    pub count: u32,
    /// Their size in octets, as the server counts it.
    pub size: u64,
}

/// A way to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Method {
    /// USER and PASS: the password in clear.
    UserPass,
    /// APOP: a digest of the password and the greeting's timestamp.
    Apop,
    /// RPOP, by which a server trusts the client's host.
    Rpop,
    /// AUTH with this mechanism.
    Sasl(Mechanism),
}

impl Method {
    /// `USER`, `APOP`, `RPOP`, or the name of the mechanism as SASL has it registered.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UserPass => "USER",
            Self::Apop => "APOP",
            Self::Rpop => "RPOP",
            Self::Sasl(mechanism) => mechanism.as_str(),
        }
    }

    /// Does it send a password or a token so that whoever reads along can use it?
    pub fn in_clear(self) -> bool {
        match self {
            Self::UserPass => true,
            Self::Apop | Self::Rpop => false,
            Self::Sasl(mechanism) => mechanism.in_clear(),
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Answer of a sign-in, joined with that of the STAT after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// How it was signed in.
    pub method: Method,
    /// The status line that ended the sign-in.
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

/// A language of the server's texts
/// ([RFC 6856 section 3](https://www.rfc-editor.org/rfc/rfc6856#section-3)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Language {
    /// Its tag, such as `en` or `sr-Latn`.
    pub tag: String,
    /// In the list of languages, the language's own name; else the server's words in it.
    pub text: String,
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
    /// Of USER, UTF8, STLS, DELE, RSET, NOOP and QUIT.
    Status(Status),
    /// Of PASS, APOP, RPOP, AUTH and the sign-in that chooses among them.
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
    /// Of LANG without an argument, in the server's order.
    Languages(Vec<Language>),
    /// Of LANG with an argument: the language that is spoken from here on.
    Language(Language),
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use alloc::borrow::ToOwned;

    use super::{Greeting, Status};

    fn timestamp(text: &str) -> Option<alloc::string::String> {
        let status = Status {
            text: text.to_owned(),
            code: None,
        };
        Greeting { status }.timestamp().map(ToOwned::to_owned)
    }

    #[test]
    fn the_timestamp_is_the_first_message_id() {
        for (text, expected) in [
            (
                "POP3 server ready <1896.697170952@dbc.mtview.ca.us>",
                "<1896.697170952@dbc.mtview.ca.us>",
            ),
            ("<a@b> and <c@d>", "<a@b>"),
            ("<ready> <a@b>", "<a@b>"),
            ("<<a@b>", "<a@b>"),
            ("<a@b@c>>", "<a@b@c>"),
            ("<not one> <a@b>", "<a@b>"),
            ("\u{e9}<a@b>\u{e9}", "<a@b>"),
        ] {
            assert_eq!(timestamp(text).as_deref(), Some(expected), "{text}");
        }
        for text in [
            "",
            "ready",
            "<>",
            "<@>",
            "<a@>",
            "<@b>",
            "<ab>",
            "a@b>",
            "<a@b",
            "<a @b>",
            "<a@\u{e9}>",
            "<a\u{fffd}@b>",
            "@<ab>",
        ] {
            assert_eq!(timestamp(text), None, "{text}");
        }
    }
}
