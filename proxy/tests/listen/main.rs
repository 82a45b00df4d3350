//! Where connections come in: addresses of every kind, HTTPS, HTTP/2, the PROXY protocol, and who
//! the client is then.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod configuration;
mod http2;
mod https;
mod introduced;
mod peers;
#[path = "../support/mod.rs"]
mod support;
mod tls;
#[cfg(unix)]
mod unix_sockets;
