//! The states of a session ([RFC 1939 section 3](https://www.rfc-editor.org/rfc/rfc1939#section-3)).

use core::fmt;

use crate::command::Keyword;

/// Where a session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The greeting has not come yet.
    Greeting,
    /// The server waits to be told who the user is.
    Authorization,
    /// STLS was accepted, and the driver is to make the TLS handshake before anything else.
    Handshake,
    /// Signed in; the mailbox is locked for this session.
    Transaction,
    /// QUIT is sent, and the server commits the deletions.
    Update,
    /// The session is over.
    Closed,
}

impl State {
    /// May this command be sent in this state? That PASS and RPOP also need an accepted USER before
    /// them, and that STLS comes once and not after UTF8, is the session's affair.
    pub fn allows(self, command: Keyword) -> bool {
        match self {
            Self::Greeting | Self::Handshake | Self::Update | Self::Closed => false,
            Self::Authorization => matches!(
                command,
                Keyword::User
                    | Keyword::Pass
                    | Keyword::Apop
                    | Keyword::Rpop
                    | Keyword::Auth
                    | Keyword::Login
                    | Keyword::Stls
                    | Keyword::Utf8
                    | Keyword::Lang
                    | Keyword::Capa
                    | Keyword::Quit
            ),
            Self::Transaction => !matches!(
                command,
                Keyword::User
                    | Keyword::Pass
                    | Keyword::Apop
                    | Keyword::Rpop
                    | Keyword::Auth
                    | Keyword::Login
                    | Keyword::Stls
                    | Keyword::Utf8
            ),
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Greeting => "greeting",
            Self::Authorization => "authorization",
            Self::Handshake => "handshake",
            Self::Transaction => "transaction",
            Self::Update => "update",
            Self::Closed => "closed",
        })
    }
}
