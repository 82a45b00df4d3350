//! What must hold of the proxy whatever octets come: the bodies of its fuzz targets. The same
//! functions run in the test suite, on every file of `tests/fuzz/seeds` and `tests/fuzz/crashes`.
//!
//! | module | takes | and gives it to |
//! |---|---|---|
//! | [`config`] | a configuration file | the reader of configurations |
//! | [`upgrade`] | what a client sends first | the HTTP server, and the upgrade |
//! | [`frames`] | what a client sends in a session | the WebSocket, and the tunnel behind it |
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a trial says what is wrong by ending"
)]

pub mod config;
pub mod frames;
mod gateway;
pub mod upgrade;

use pop3_trials::Trial;

/// All targets.
pub const TRIALS: [Trial; 3] = [
    ("config", config::trial),
    ("upgrade", upgrade::trial),
    ("frames", frames::trial),
];
