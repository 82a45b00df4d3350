//! The POP3 protocol, sans-I/O: octets and time in, octets and events out.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod argument;
mod body;
mod capability;
mod command;
mod config;
mod error;
mod event;
mod frame;
mod listing;
mod mailbox;
mod parse;
pub mod quirks;
mod reply;
mod session;
mod state;

pub use argument::{MessageNumber, Secret, UserName};
pub use capability::Capabilities;
pub use command::{Command, CommandId, Keyword};
pub use config::{Config, Limits, Millis, Window};
pub use error::{ArgumentError, Blame, Deletions, Error, Limit, Refusal, Violation};
pub use event::Event;
pub use reply::{Greeting, ListEntry, Login, Message, Reply, Stat, Status, UidlEntry};
pub use session::Session;
pub use state::State;
