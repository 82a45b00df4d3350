//! The demo mailbox, spoken to over TCP as a client would.

// What helps a test may fail it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod client;
mod commands;
mod limits;
mod octets;
