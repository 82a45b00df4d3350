//! The samples of `deploy/`: each is taken as it is, save for addresses and paths, and put to work by
//! the program that it is for.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod front;
mod haproxy;
mod image;
#[allow(dead_code, reason = "each test file uses a part of this")]
#[path = "../cli/program.rs"]
mod program;
mod sample;
mod single;
#[path = "../support/mod.rs"]
mod support;
mod unit;
