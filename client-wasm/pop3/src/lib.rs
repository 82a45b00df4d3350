//! The POP3 protocol, sans-I/O: octets and time in, octets and events out.
//!
//! A [`Session`] knows POP3 and its extensions, as the table below tells. It has no socket, no
//! clock, no randomness, no threads and no `async`. A driver carries its octets over any transport
//! and tells it the time.
//!
//! # The seam between session and driver
//!
//! The driver calls what comes in:
//!
//! | call                                                | when                                      |
//! |-----------------------------------------------------|-------------------------------------------|
//! | [`submit`](Session::submit)                         | the user wants something, at any time     |
//! | [`handle_input`](Session::handle_input)             | octets came, cut anywhere                 |
//! | [`handle_tls_started`](Session::handle_tls_started) | the TLS handshake is done that [`Event::StartTls`] asked for |
//! | [`handle_timeout`](Session::handle_timeout)         | [`poll_timeout`](Session::poll_timeout)'s moment has come |
//! | [`cancel`](Session::cancel), [`release`](Session::release) | the user wants a command's answer no more |
//! | [`handle_paused`](Session::handle_paused), [`handle_resumed`](Session::handle_resumed) | the driver keeps input back, and no more |
//! | [`handle_closed`](Session::handle_closed)           | the transport ended, however it did       |
//!
//! After each of these calls it takes what goes out:
//!
//! 1. [`poll_transmit`](Session::poll_transmit) until `None`, and sends the octets in that order.
//! 2. [`poll_event`](Session::poll_event) until `None`. For each command there is exactly one
//!    [`Event::Done`], in the order of submission, or at once where the command is cancelled;
//!    before it, for RETR and TOP, [`Event::Begun`] and the octets of the message as
//!    [`Event::Data`].
//! 3. [`poll_timeout`](Session::poll_timeout), which replaces the timer set before.
//!
//! After [`Event::Closed`] the driver shuts the transport. Commands submitted later fail with
//! `wrong-state`; nothing else happens any more.
//!
//! No call blocks, fails or panics. All failures are events, and say who is to blame:
//! [`Error::blame`]. Nothing is ever sent twice: whether to try again in another session is the
//! driver's decision.
//!
//! # Order and pipelining
//!
//! Commands may be submitted without waiting. Each is checked against the session's [`State`] when
//! its turn comes, and not sent if it is wrong there. Before the sign-in each waits for the answer
//! of the one before, and so does QUIT always. Between sign-in and QUIT, commands run ahead of their
//! answers where the server offers PIPELINING, as far as [`Window`] allows; results are the same
//! without it. After the sign-in the session asks CAPA and STAT on its own account.
//!
//! # Cancelling, and time
//!
//! A command that is cancelled before it was sent never goes out. One that was sent has its answer
//! read and thrown away, as far as [`Drain`] allows; past that, and for a sign-in or QUIT, of which
//! nobody could tell how it ended, cancelling ends the session. A driver whose reader is slow keeps
//! input back and says so: then no answer is overdue, and [`Config::pause_timeout`] counts instead.
//! A session with nothing to ask can be kept alive by NOOP ([`Config::keep_alive`]).
//!
//! # Signing in
//!
//! [`Command::Login`] chooses: [`SignIn`] tells how, and [`methods`] is that choice by itself.
//! [`Login::method`] says what it came to. Or the caller chooses, by [`Command::User`] and
//! [`Command::Pass`], [`Command::Apop`], or [`Command::Auth`] with any of the [`Mechanism`]s. A
//! challenge that a mechanism cannot answer is cancelled with `*`, and only that command fails; a
//! server that signs the user in without the proof that SCRAM wants from it ends the session.
//!
//! # Standards
//!
//! | standard | what it is about | where |
//! |----------|------------------|-------|
//! | [RFC 1939](https://www.rfc-editor.org/rfc/rfc1939) | the protocol, and APOP | [`Command`], [`Apop`] |
//! | [RFC 1081](https://www.rfc-editor.org/rfc/rfc1081) | RPOP | [`Command::Rpop`] |
//! | [RFC 2449](https://www.rfc-editor.org/rfc/rfc2449) | CAPA, PIPELINING, response codes | [`Capabilities`], [`Window`], [`Refusal`] |
//! | [RFC 2595](https://www.rfc-editor.org/rfc/rfc2595) | STLS | [`Command::Stls`], [`Event::StartTls`] |
//! | [RFC 3206](https://www.rfc-editor.org/rfc/rfc3206) | the codes AUTH and SYS | [`Refusal`] |
//! | [RFC 5034](https://www.rfc-editor.org/rfc/rfc5034) | AUTH | [`Command::Auth`] |
//! | [RFC 6856](https://www.rfc-editor.org/rfc/rfc6856) | UTF8, LANG | [`Command::Utf8`], [`Command::Lang`] |
//! | [RFC 2195](https://www.rfc-editor.org/rfc/rfc2195), [4422](https://www.rfc-editor.org/rfc/rfc4422), [4505](https://www.rfc-editor.org/rfc/rfc4505), [4616](https://www.rfc-editor.org/rfc/rfc4616), [5802](https://www.rfc-editor.org/rfc/rfc5802), [7628](https://www.rfc-editor.org/rfc/rfc7628), [7677](https://www.rfc-editor.org/rfc/rfc7677) | the mechanisms | [`Auth`] |
//!
//! # Memory
//!
//! A session holds one line, or the entries of one list, both within [`Limits`]; the queue of
//! commands; until the sign-in is over, its credentials; the sizes that LIST told; and the events
//! that were not fetched yet. Messages pass through.
//!
//! # Deviations of servers
//!
//! What is borne with, and how, is listed in [`quirks`]. Octets that no tolerance covers end the
//! session if it is not known any more which octets answer which command, and else fail one command.
//!
//! # Example
//!
//! ```
//! use pop3_proto::{Command, Config, Event, Millis, Reply, Secret, Session, UserName};
//!
//! let mut session = Session::new(Config::default(), Millis(0));
//! session.submit(Command::User(UserName::new("alice")?), Millis(0));
//! let pass = session.submit(Command::Pass(Secret::new("secret")?), Millis(0));
//!
//! // What a server would say, and what it hears. Over a network, both go through a socket.
//! let conversation: [(&[u8], &[u8]); 5] = [
//!     (b"+OK ready\r\n", b"USER alice\r\n"),
//!     (b"+OK\r\n", b"PASS secret\r\n"),
//!     (b"+OK welcome\r\n", b"CAPA\r\n"),
//!     (b"+OK\r\nPIPELINING\r\n.\r\n", b"STAT\r\n"),
//!     (b"+OK 2 320\r\n", b""),
//! ];
//! for (server, client) in conversation {
//!     session.handle_input(server, Millis(0));
//!     assert_eq!(session.poll_transmit().unwrap_or_default(), client);
//! }
//!
//! while let Some(event) = session.poll_event() {
//!     if let Event::Done { id, result: Ok(Reply::Login(login)) } = event {
//!         assert_eq!(id, pass);
//!         assert_eq!((login.stat.count, login.stat.size), (2, 320));
//!     }
//! }
//! assert!(session.capabilities().is_some_and(|capabilities| capabilities.pipelining()));
//! # Ok::<(), pop3_proto::Error>(())
//! ```
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod apop;
mod argument;
mod body;
mod capability;
mod command;
mod config;
mod error;
mod event;
mod frame;
mod identity;
mod listing;
mod mailbox;
mod order;
mod parse;
mod policy;
pub mod quirks;
mod reply;
mod sasl;
mod session;
mod state;

pub use apop::Apop;
pub use argument::{LanguageTag, MessageNumber, Secret, UserName};
pub use capability::{Capabilities, Expire, LoginDelay, Retention};
pub use command::{Command, CommandId, Keyword};
pub use config::{Config, Drain, Limits, Millis, Window};
pub use error::{
    ArgumentError, AuthFailure, Blame, Deletions, Error, Limit, Overdue, Refusal, Violation,
};
pub use event::Event;
pub use identity::{Comparison, HeaderDigest, Listed};
pub use policy::{Credentials, Hop, SignIn, methods};
pub use reply::{
    Greeting, Language, ListEntry, Login, Message, Method, Reply, Stat, Status, UidlEntry,
};
pub use sasl::{Auth, Mechanism, Nonce, SCRAM_ITERATIONS};
pub use session::Session;
pub use state::State;
