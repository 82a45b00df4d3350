//! The program itself: flags, exit statuses, signals, the demo.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

#[cfg(unix)]
mod activation;
mod https;
mod input;
#[cfg(target_os = "linux")]
mod open_files;
mod program;
#[cfg(unix)]
mod reload;
#[cfg(unix)]
mod service;
mod serving;
#[path = "../support/mod.rs"]
mod support;
#[path = "../listen/tls.rs"]
mod tls;
