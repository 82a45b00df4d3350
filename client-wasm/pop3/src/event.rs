//! What a session tells its driver.

use alloc::vec::Vec;
use core::fmt;

use crate::command::CommandId;
use crate::error::Error;
use crate::reply::{Greeting, Reply, Status};

/// Something that happened, in the order it happened.
#[derive(Clone, PartialEq, Eq)]
pub enum Event {
    /// The server greeted. Comes once, and before any answer, unless the session fails first.
    Greeting(Greeting),
    /// RETR or TOP was accepted, and the message follows.
    Begun {
        /// The command.
        id: CommandId,
        /// The line that accepted it.
        status: Status,
    },
    /// Octets of a message: dot-unstuffed, otherwise as they came, 8-bit clean. Cut anywhere, and
    /// never empty.
    Data {
        /// The RETR or TOP that they answer.
        id: CommandId,
        /// The octets.
        octets: Vec<u8>,
    },
    /// A command has ended. Comes exactly once for each: in the order of submission, or at once
    /// where it was cancelled.
    Done {
        /// The command.
        id: CommandId,
        /// Its answer, or why there is none. Data that came before an error is the beginning of a
        /// message, no more.
        result: Result<Reply, Error>,
    },
    /// STLS was accepted: the driver makes the TLS handshake on the connection, verifies the
    /// server's certificate, and then calls
    /// [`handle_tls_started`](crate::Session::handle_tls_started). Nothing is sent before that, and
    /// octets that come in clear end the session.
    StartTls,
    /// The session is over, and the driver shuts the transport. Comes exactly once. `None` after
    /// QUIT was answered.
    Closed(Option<Error>),
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Greeting(greeting) => f.debug_tuple("Greeting").field(greeting).finish(),
            Self::Begun { id, status } => f
                .debug_struct("Begun")
                .field("id", id)
                .field("status", status)
                .finish(),
            // Mail is private, so its length stands for it.
            Self::Data { id, octets } => f
                .debug_struct("Data")
                .field("id", id)
                .field("octets", &octets.len())
                .finish(),
            Self::Done { id, result } => f
                .debug_struct("Done")
                .field("id", id)
                .field("result", result)
                .finish(),
            Self::StartTls => f.write_str("StartTls"),
            Self::Closed(error) => f.debug_tuple("Closed").field(error).finish(),
        }
    }
}
