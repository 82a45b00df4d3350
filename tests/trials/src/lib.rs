//! What must hold of the client's parsers whatever octets come.
//!
//! Each module is the body of one fuzz target: a function that takes any octets, makes something
//! of them, and panics if what comes out is not as it must be. The same functions run in the test
//! suite, on every file of `tests/fuzz/seeds` and `tests/fuzz/crashes`, without a fuzzer.
//!
//! | module | takes | and gives it to |
//! |---|---|---|
//! | [`session`] | a conversation, as in `tests/transcripts` | a whole session |
//! | [`reply`] | a line with a command, then what the server answers | the parsers of replies, listings and capabilities |
//! | [`sasl`] | a line with a command that signs in, then challenges | the mechanisms |
//! | [`mime`] | a message | the parser of messages |
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a trial says what is wrong by ending"
)]

mod data;
pub mod drive;
pub mod mime;
pub mod replay;
pub mod reply;
pub mod sasl;
pub mod session;
pub mod transcript;

pub use data::{demo_messages, messages};

/// A fuzz target's name, and what it does with its input.
pub type Trial = (&'static str, fn(&[u8]));

/// All targets.
pub const TRIALS: [Trial; 4] = [
    ("reply", reply::trial),
    ("session", session::trial),
    ("sasl", sasl::trial),
    ("mime", mime::trial),
];
