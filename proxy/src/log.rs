//! The log, on standard error.

use std::io::IsTerminal;

use pop3_proxy::config::LogLevel;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Starts logging.
///
/// Only this crate's own lines are let through: tungstenite and rustls, asked for their details,
/// print the very octets that pass, passwords included. For the same reason tracing-subscriber is
/// built without its bridge from the `log` crate.
pub(crate) fn start(level: LogLevel) {
    let level = match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false);
    let own = Targets::new().with_target("pop3_proxy", level);
    tracing_subscriber::registry().with(lines).with(own).init();
}
