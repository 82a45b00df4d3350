//! The log, on standard error.

use std::io::IsTerminal;

use pop3_proxy::config::{LogFormat, LogLevel};
use tracing_subscriber::Registry;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::reload;
use tracing_subscriber::util::SubscriberInitExt;

/// The log that was started, to make it say more or less.
#[derive(Clone)]
pub(crate) struct Log(reload::Handle<Targets, Registry>);

impl Log {
    pub(crate) fn set_level(&self, level: LogLevel) {
        // The one error is a log that is gone, and it stays as long as the program.
        let _ = self.0.reload(own_lines(level));
    }
}

/// Starts logging.
///
/// Only this crate's own lines are let through: tungstenite and rustls, asked for their details,
/// print the very octets that pass, passwords included. For the same reason tracing-subscriber is
/// built without its bridge from the `log` crate.
pub(crate) fn start(level: LogLevel, format: LogFormat) -> Log {
    let (own, handle) = reload::Layer::new(own_lines(level));
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_target(false);
    let registry = tracing_subscriber::registry().with(own);
    match format {
        LogFormat::Text => {
            let colours = std::io::stderr().is_terminal();
            registry.with(lines.with_ansi(colours)).init();
        }
        LogFormat::Json => {
            let lines = lines.json().flatten_event(true).with_span_list(false);
            registry.with(lines).init();
        }
    }
    Log(handle)
}

fn own_lines(level: LogLevel) -> Targets {
    let level = match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    Targets::new().with_target("pop3_proxy", level)
}
