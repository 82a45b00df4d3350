//! Failures, told apart by who can mend them.

mod kind;
mod refusal;

use alloc::sync::Arc;
use core::fmt;

use crate::command::Keyword;
use crate::reply::{Method, Status};
use crate::state::State;
pub use kind::{ArgumentError, AuthFailure, Limit, Overdue, Violation};
pub use refusal::Refusal;

/// Who is to blame for a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// The program that uses this crate.
    Caller,
    /// The server refused, as POP3 allows it to.
    Server,
    /// The server broke the protocol.
    Protocol,
    /// The connection failed.
    Transport,
    /// The server sent more than [`Limits`](crate::Limits) allows.
    Limit,
}

/// What becomes of the messages that were marked for deletion when a failure struck
/// ([RFC 1939 section 6](https://www.rfc-editor.org/rfc/rfc1939#section-6)). The numbers are shared,
/// since one failure ends many commands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Deletions {
    /// This failure does not touch them.
    #[default]
    Untouched,
    /// The session ended without QUIT: these stay in the mailbox.
    Undone(Arc<[u32]>),
    /// QUIT was sent, and not answered with `+OK`: some, all or none of these may be gone.
    Unknown(Arc<[u32]>),
}

/// Any failure of a command or of the session.
///
/// Neither `Debug` nor `Display` ever shows a password or an octet of mail.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// An argument cannot be sent. Blames the caller.
    InvalidArgument(ArgumentError),
    /// The command is not allowed in the state that the session is in. Nothing was sent. Blames
    /// the caller.
    WrongState {
        /// The command.
        command: Keyword,
        /// The state when its turn came.
        state: State,
    },
    /// The server lacks what the command needs, so nothing was sent: a timestamp in its greeting
    /// for APOP, or for the sign-in a method that fits the credentials. Blames the server.
    Unsupported {
        /// The command.
        command: Keyword,
    },
    /// All that the server offers would send the password or token in clear, over a hop that
    /// anybody on the way can read. Nothing was sent. Blames the caller, who can allow it or
    /// encrypt the hop.
    PlaintextRefused,
    /// The server said `-ERR`. Blames the server.
    Rejected {
        /// The refused command; `None` when it was the greeting.
        command: Option<Keyword>,
        /// What the refusal means.
        refusal: Refusal,
        /// The server's line.
        status: Status,
        /// [`Deletions::Unknown`] when QUIT was refused.
        deletions: Deletions,
    },
    /// The exchange of AUTH failed, for a reason that POP3 itself has no words for. Blames the
    /// server if it refused a token, and the protocol if it did not prove who it is.
    AuthFailed {
        /// How it was tried to sign in.
        method: Method,
        /// Why that failed.
        failure: AuthFailure,
        /// The line that ended the exchange; empty where the client ended it.
        status: Status,
    },
    /// The server broke the protocol. Blames the protocol.
    Protocol {
        /// How.
        violation: Violation,
        /// What becomes of the marked messages.
        deletions: Deletions,
    },
    /// The connection ended before QUIT was answered. Blames the transport.
    ConnectionLost {
        /// The server's last words, where it said `-ERR` unasked before it hung up.
        farewell: Option<Status>,
        /// What becomes of the marked messages.
        deletions: Deletions,
    },
    /// Something took too long. Blames the transport if the server was silent, and the caller if
    /// a limit of his own has passed.
    Timeout {
        /// What was overdue.
        overdue: Overdue,
        /// What becomes of the marked messages.
        deletions: Deletions,
    },
    /// The command was cancelled; the session goes on. If it had been sent, the server has done
    /// what it asked for. Blames the caller.
    Cancelled,
    /// A command was cancelled that could not be left to itself, so the session was ended: a
    /// sign-in, QUIT, or an answer with more to come than [`Drain`](crate::Drain) allows. Blames
    /// the caller.
    Abandoned {
        /// What becomes of the marked messages.
        deletions: Deletions,
    },
    /// The server sent more than the configuration allows. Blames the limit.
    LimitExceeded {
        /// Which limit.
        limit: Limit,
        /// What becomes of the marked messages.
        deletions: Deletions,
    },
}

impl Error {
    /// The server said `-ERR` to this command, or instead of a greeting.
    pub(crate) fn rejected(command: Option<Keyword>, status: Status) -> Self {
        let refusal = Refusal::of(command, &status);
        Self::Rejected {
            command,
            refusal,
            status,
            deletions: Deletions::Untouched,
        }
    }

    /// The stable word for this failure, as programs compare it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidArgument(_) => "invalid-argument",
            Self::WrongState { .. } => "wrong-state",
            Self::Rejected { refusal, .. } => match refusal {
                Refusal::Other => "rejected",
                Refusal::Credentials => "auth-failed",
                Refusal::InUse => "in-use",
                Refusal::LoginDelay => "login-delay",
                Refusal::Temporary => "sys-temp",
                Refusal::Permanent => "sys-perm",
                Refusal::Utf8 => "utf8-required",
            },
            Self::Unsupported { .. } => "unsupported",
            Self::PlaintextRefused => "plaintext-refused",
            Self::AuthFailed { .. } => "auth-failed",
            Self::Protocol { .. } => "protocol-error",
            Self::ConnectionLost { .. } => "connection-lost",
            Self::Timeout { .. } => "timeout",
            Self::Cancelled | Self::Abandoned { .. } => "aborted",
            Self::LimitExceeded { .. } => "limit-exceeded",
        }
    }

    /// Who is to blame.
    pub fn blame(&self) -> Blame {
        match self {
            Self::InvalidArgument(_)
            | Self::WrongState { .. }
            | Self::PlaintextRefused
            | Self::Cancelled
            | Self::Abandoned { .. } => Blame::Caller,
            Self::Timeout { overdue, .. } => match overdue {
                Overdue::Answer => Blame::Transport,
                Overdue::Session | Overdue::Reader => Blame::Caller,
            },
            Self::Rejected { .. } | Self::Unsupported { .. } => Blame::Server,
            Self::AuthFailed { failure, .. } => match failure {
                AuthFailure::Token { .. } => Blame::Server,
                AuthFailure::ServerSignature => Blame::Protocol,
            },
            Self::Protocol { .. } => Blame::Protocol,
            Self::ConnectionLost { .. } => Blame::Transport,
            Self::LimitExceeded { .. } => Blame::Limit,
        }
    }

    /// The server's own words, without the response code; `None` if it said nothing.
    pub fn server_text(&self) -> Option<&str> {
        self.status()
            .map(|status| status.text.as_str())
            .filter(|text| !text.is_empty())
    }

    /// The response code of [RFC 2449 section 8](https://www.rfc-editor.org/rfc/rfc2449#section-8)
    /// as sent, without brackets.
    pub fn response_code(&self) -> Option<&str> {
        self.status().and_then(|status| status.code.as_deref())
    }

    /// Messages whose deletion was pending and is now undone.
    pub fn undone_deletions(&self) -> &[u32] {
        match self.deletions() {
            Some(Deletions::Undone(numbers)) => numbers,
            _ => &[],
        }
    }

    /// Messages of which nobody knows whether QUIT deleted them.
    pub fn unknown_deletions(&self) -> &[u32] {
        match self.deletions() {
            Some(Deletions::Unknown(numbers)) => numbers,
            _ => &[],
        }
    }

    fn status(&self) -> Option<&Status> {
        match self {
            Self::Rejected { status, .. } | Self::AuthFailed { status, .. } => Some(status),
            Self::ConnectionLost { farewell, .. } => farewell.as_ref(),
            _ => None,
        }
    }

    fn deletions(&self) -> Option<&Deletions> {
        match self {
            Self::InvalidArgument(_)
            | Self::WrongState { .. }
            | Self::Unsupported { .. }
            | Self::PlaintextRefused
            | Self::Cancelled
            | Self::AuthFailed { .. } => None,
            Self::Rejected { deletions, .. }
            | Self::Protocol { deletions, .. }
            | Self::ConnectionLost { deletions, .. }
            | Self::Timeout { deletions, .. }
            | Self::Abandoned { deletions }
            | Self::LimitExceeded { deletions, .. } => Some(deletions),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidArgument(reason) => f.write_str(match reason {
                ArgumentError::Empty => "an argument is empty",
                ArgumentError::ForbiddenOctet => "an argument holds CR, LF or NUL",
                ArgumentError::NoSuchNumber => "messages are numbered from 1",
                ArgumentError::ReservedCharacter => "an argument holds a reserved character",
                ArgumentError::TooLong => "an argument is too long",
                ArgumentError::TooShort => "a nonce is too short",
            }),
            Self::WrongState { command, state } => {
                write!(f, "{command} is not allowed in the {state} state")
            }
            Self::Rejected {
                command, status, ..
            } => {
                match command {
                    Some(command) => write!(f, "the server refused {command}")?,
                    None => f.write_str("the server refused the connection")?,
                }
                said(f, status)
            }
            Self::Unsupported { command } => {
                write!(f, "the server offers nothing that {command} could use")
            }
            Self::PlaintextRefused => {
                f.write_str("the credentials would be sent in clear over an unencrypted hop")
            }
            Self::AuthFailed {
                method, failure, ..
            } => match failure {
                AuthFailure::Token { status } => {
                    write!(f, "the server refused the token for {method}")?;
                    status
                        .as_ref()
                        .map_or(Ok(()), |status| write!(f, ": {status}"))
                }
                AuthFailure::ServerSignature => {
                    write!(
                        f,
                        "the server did not prove by {method} that it knows the password"
                    )
                }
            },
            Self::Protocol { violation, .. } => f.write_str(match violation {
                Violation::NoStatusIndicator => "the server sent a line that is no status line",
                Violation::Unsolicited => "the server answered what nobody asked",
                Violation::Malformed => "the server's answer lacks its numbers or has wrong ones",
                Violation::Challenge => "the server's challenge cannot be read",
                Violation::Iterations => "the server wants too few or too many iterations",
                Violation::Exchange => "the server went on with an exchange that was over",
                Violation::InjectedBeforeTls => "octets came before the TLS handshake",
            }),
            Self::ConnectionLost { farewell, .. } => {
                f.write_str("the connection ended")?;
                farewell.as_ref().map_or(Ok(()), |status| said(f, status))
            }
            Self::Timeout { overdue, .. } => f.write_str(match overdue {
                Overdue::Answer => "the server did not answer in time",
                Overdue::Session => "the session took longer than it may",
                Overdue::Reader => "nobody has read on in a message for too long",
            }),
            Self::Cancelled => f.write_str("the command was cancelled"),
            Self::Abandoned { .. } => {
                f.write_str("the session was ended, since a cancelled command could not be left")
            }
            Self::LimitExceeded { limit, .. } => f.write_str(match limit {
                Limit::StatusLine => "the server sent a status line beyond the limit",
                Limit::ListLine => "the server sent a line of a list beyond the limit",
                Limit::Challenge => "the server sent a challenge beyond the limit",
                Limit::ListLines => "the server sent more lines in a list than the limit",
                Limit::Capabilities => "the server announced more capabilities than the limit",
                Limit::Message => "the server sent a message beyond the limit",
            }),
        }?;
        if matches!(self.deletions(), Some(Deletions::Unknown(_))) {
            f.write_str("; it is unknown whether the deletions happened")?;
        }
        Ok(())
    }
}

fn said(f: &mut fmt::Formatter<'_>, status: &Status) -> fmt::Result {
    if status.text.is_empty() {
        Ok(())
    } else {
        write!(f, ": {}", status.text)
    }
}

impl core::error::Error for Error {}
