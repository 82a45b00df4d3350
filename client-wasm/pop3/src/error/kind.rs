//! What exactly went wrong, within each kind of [`Error`](crate::Error).

use alloc::string::String;

/// Why a value cannot be the argument of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ArgumentError {
    /// The argument is empty.
    Empty,
    /// The argument holds CR, LF or NUL, and would break out of its line.
    ForbiddenOctet,
    /// Messages are numbered from 1.
    NoSuchNumber,
    /// The argument holds a character that the command or mechanism gives another meaning: a blank
    /// in the name for APOP, U+0001 in the name or token for OAuth, anything but letters, digits
    /// and hyphens in a language tag.
    ReservedCharacter,
    /// The argument is longer than its standard allows.
    TooLong,
    /// A nonce has too few octets to be unguessable.
    TooShort,
}

/// How a server broke the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Violation {
    /// A line that starts with neither `+OK` nor `-ERR` where a status line is due. It is not
    /// known any more which octets answer which command, so the session is over.
    NoStatusIndicator,
    /// A status line that no command asked for. The session is over.
    Unsolicited,
    /// A positive answer that lacks its numbers, or has wrong ones. Only that command fails.
    Malformed,
    /// A challenge of AUTH that cannot be read: its base64 is damaged, or the mechanism has no use
    /// for it. The exchange was cancelled.
    Challenge,
    /// The server says to repeat a hash more or less often than
    /// [`SCRAM_ITERATIONS`](crate::SCRAM_ITERATIONS) allows. The exchange was cancelled.
    Iterations,
    /// The server went on with an exchange of AUTH that the client had cancelled. The session is
    /// over.
    Exchange,
    /// Octets came between the positive answer to STLS and the TLS handshake. Someone on the way
    /// may have put them there, to be taken for the server's own words
    /// ([RFC 2595 section 4](https://www.rfc-editor.org/rfc/rfc2595#section-4)). The session is
    /// over.
    InjectedBeforeTls,
}

/// Which limit was passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Limit {
    /// [`Limits::status_line`](crate::Limits::status_line).
    StatusLine,
    /// [`Limits::list_line`](crate::Limits::list_line).
    ListLine,
    /// [`Limits::challenge`](crate::Limits::challenge).
    Challenge,
    /// [`Limits::list_lines`](crate::Limits::list_lines).
    ListLines,
    /// [`Limits::capabilities`](crate::Limits::capabilities).
    Capabilities,
    /// [`Limits::message`](crate::Limits::message).
    Message,
}

/// What took too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Overdue {
    /// The server's greeting or answer ([`Config::greeting_timeout`](crate::Config::greeting_timeout),
    /// [`Config::command_timeout`](crate::Config::command_timeout)).
    Answer,
    /// The session ([`Config::session_timeout`](crate::Config::session_timeout)).
    Session,
    /// The reader of a message, for whose sake input was kept back
    /// ([`Config::pause_timeout`](crate::Config::pause_timeout)).
    Reader,
}

/// Why a sign-in failed that the server did not simply refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthFailure {
    /// The server does not accept the OAuth token, and says why
    /// ([RFC 7628 section 3.2.2](https://www.rfc-editor.org/rfc/rfc7628#section-3.2.2)).
    Token {
        /// The word or number that it gives: `invalid_token`, `401`. `None` if it gives none that
        /// is safe to show.
        status: Option<String>,
    },
    /// The server did not prove that it knows the password, as SCRAM wants it to
    /// ([RFC 5802 section 3](https://www.rfc-editor.org/rfc/rfc5802#section-3)). Somebody may be
    /// posing as it.
    ServerSignature,
}
