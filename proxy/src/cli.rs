//! Flags and environment. They win over the configuration file, which wins over the defaults.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use pop3_proxy::config::{Config, LogLevel, Origin};

/// The end of `--help`: each key of the file, explained in the file itself.
const EXAMPLE: &str = concat!(
    "A configuration file:\n\n",
    include_str!("../pop3-proxy.example.toml"),
    "\nExit status: 0 after Ctrl-C or SIGTERM, 1 if the proxy cannot start, 2 for a wrong flag or \
     configuration."
);

/// Carries POP3 sessions from the browser to mail servers, and serves the inbox page.
///
/// Flags win over the environment, the environment over the configuration file, the file over the
/// defaults. The servers themselves are named in the file only.
#[derive(Debug, Parser)]
#[command(name = "pop3-proxy", version, after_long_help = EXAMPLE)]
pub(crate) struct Cli {
    /// The configuration file.
    #[arg(
        long,
        value_name = "FILE",
        env = "POP3_PROXY_CONFIG",
        default_value = "pop3-proxy.toml"
    )]
    pub(crate) config: PathBuf,

    /// Check the configuration, and start nothing.
    #[arg(long)]
    pub(crate) check_config: bool,

    #[command(flatten)]
    pub(crate) overrides: Overrides,

    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve the page with a demo mailbox, in this process; reads no configuration file.
    Demo,
}

/// What flags and environment may set in place of the file.
#[derive(Debug, Args)]
pub(crate) struct Overrides {
    /// Where to listen [default: 127.0.0.1:8110]
    #[arg(long, value_name = "ADDR", env = "POP3_PROXY_LISTEN", global = true)]
    listen: Option<SocketAddr>,

    /// An origin whose pages may open sessions; repeat it, or separate by commas [default: the
    /// proxy's own page]
    #[arg(
        long = "origin",
        value_name = "ORIGIN",
        env = "POP3_PROXY_ORIGINS",
        value_delimiter = ',',
        global = true
    )]
    origins: Option<Vec<Origin>>,

    /// Limit for look-up and connection to a server [default: 10s]
    #[arg(long, value_name = "TIME", env = "POP3_PROXY_CONNECT_TIMEOUT", value_parser = time,
        global = true)]
    connect_timeout: Option<Duration>,

    /// Limit for greeting, STLS and TLS handshake [default: 10s]
    #[arg(long, value_name = "TIME", env = "POP3_PROXY_HANDSHAKE_TIMEOUT", value_parser = time,
        global = true)]
    handshake_timeout: Option<Duration>,

    /// Limit for a session in which no POP3 octet moves [default: 11m]
    #[arg(long, value_name = "TIME", env = "POP3_PROXY_IDLE_TIMEOUT", value_parser = time,
        global = true)]
    idle_timeout: Option<Duration>,

    /// Sessions at the same time [default: 1024]
    #[arg(
        long,
        value_name = "COUNT",
        env = "POP3_PROXY_MAX_SESSIONS",
        global = true
    )]
    max_sessions: Option<usize>,

    /// How long sessions may go on once the proxy was told to stop [default: 5s]
    #[arg(long, value_name = "TIME", env = "POP3_PROXY_SHUTDOWN_GRACE", value_parser = time,
        global = true)]
    shutdown_grace: Option<Duration>,

    /// How much to log on standard error [default: info]
    #[arg(long, value_name = "LEVEL", env = "POP3_PROXY_LOG", global = true)]
    log: Option<LogLevel>,
}

impl Overrides {
    /// Puts what was given in the place of what the file says.
    pub(crate) fn apply(self, config: &mut Config) {
        fn set<T>(place: &mut T, given: Option<T>) {
            if let Some(value) = given {
                *place = value;
            }
        }
        set(&mut config.listen, self.listen);
        set(&mut config.connect_timeout, self.connect_timeout);
        set(&mut config.handshake_timeout, self.handshake_timeout);
        set(&mut config.idle_timeout, self.idle_timeout);
        set(&mut config.max_sessions, self.max_sessions);
        set(&mut config.shutdown_grace, self.shutdown_grace);
        set(&mut config.log, self.log);
        if self.origins.is_some() {
            config.origins = self.origins;
        }
    }
}

fn time(text: &str) -> Result<Duration, humantime::DurationError> {
    humantime::parse_duration(text)
}
