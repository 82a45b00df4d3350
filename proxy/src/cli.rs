//! Flags and environment. They win over the configuration file, which wins over the defaults.

use std::error::Error as _;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::error::{ContextKind, ContextValue, Error, ErrorKind};
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use pop3_proxy::config::{Config, Listen, LogFormat, LogLevel, Origin};

/// The end of `--help`: each key of the file, explained in the file itself.
const EXAMPLE: &str = concat!(
    "A configuration file:\n\n",
    include_str!("../pop3-proxy.example.toml"),
    "\nCtrl-C or SIGTERM gives sessions their grace, a second one does not.\n\
     Exit status: 0 after them, 1 if the proxy cannot start, 2 for a wrong flag, \
     variable or configuration."
);

/// Carries POP3 sessions from the browser to mail servers, and serves the inbox page.
///
/// Flags win over the environment (where an empty variable counts as unset), the environment over
/// the configuration file, the file over the defaults. The servers themselves are named in the file
/// only.
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
#[derive(Debug, Clone, Args)]
pub(crate) struct Overrides {
    /// Where to listen: an address with its port, unix:PATH, or systemd; repeat it, or separate by
    /// commas [default: 127.0.0.1:8110]
    #[arg(
        long,
        value_name = "ADDR",
        env = "POP3_PROXY_LISTEN",
        value_delimiter = ',',
        global = true
    )]
    listen: Option<Vec<Listen>>,

    /// Where to listen for /metrics, /healthz and /readyz besides [default: nowhere]
    #[arg(
        long,
        value_name = "ADDR",
        env = "POP3_PROXY_METRICS_LISTEN",
        value_parser = address,
        global = true
    )]
    metrics_listen: Option<SocketAddr>,

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
        value_parser = count,
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

    /// How to write the lines of the log [default: text]
    #[arg(
        long,
        value_name = "FORMAT",
        env = "POP3_PROXY_LOG_FORMAT",
        global = true
    )]
    log_format: Option<LogFormat>,
}

impl Cli {
    /// Reads flags and environment. For `--help` and `--version` it prints them, and exits.
    ///
    /// # Errors
    /// One line that names the flag or the variable at fault, and says what would be right.
    pub(crate) fn read() -> Result<Self, String> {
        let mut command = Self::command().mut_args(forget_if_empty);
        let matches = command.try_get_matches_from_mut(std::env::args_os());
        let matches = matches.map_err(|error| match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => error.exit(),
            _ => explain(&command, &error),
        })?;
        if let Some(flag) = useless_for_the_demo(&matches) {
            return Err(format!(
                "{flag}: cannot be used with demo, which reads no configuration"
            ));
        }
        Self::from_arg_matches(&matches).map_err(|error| explain(&command, &error))
    }
}

/// An empty variable is how many tools say that there is none.
fn forget_if_empty(arg: Arg) -> Arg {
    match variable(&arg) {
        Some((_, value)) if value.is_empty() => arg.env(None::<&str>),
        _ => arg,
    }
}

/// The variable that stands for a flag, with its value where it is set.
fn variable(arg: &Arg) -> Option<(String, OsString)> {
    let name = arg.get_env()?;
    Some((name.to_string_lossy().into_owned(), std::env::var_os(name)?))
}

/// What clap found wrong, in one line. Clap itself takes several, and puts a variable down to the flag
/// that it stands for.
fn explain(command: &clap::Command, error: &Error) -> String {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    match error.kind() {
        ErrorKind::InvalidUtf8 => {
            let mut variables = variables(command);
            let name = variables.find(|(_, (_, value))| value.to_str().is_none());
            let name = name.map_or_else(|| "the command line".to_owned(), |(_, (name, _))| name);
            format!("{name}: is not UTF-8")
        }
        ErrorKind::ValueValidation | ErrorKind::InvalidValue => {
            // Such as `--origin <ORIGIN>`.
            let flag = text(ContextKind::InvalidArg).unwrap_or_default();
            let flag = flag.split(' ').next().unwrap_or_default();
            let by_variable = variables(command).find(|(of, _)| of == flag);
            let name = by_variable.map_or_else(|| flag.to_owned(), |(_, (name, _))| name);
            let reason = match (error.source(), error.get(ContextKind::ValidValue)) {
                (Some(source), _) => source.to_string(),
                (None, Some(ContextValue::Strings(valid))) if !valid.is_empty() => {
                    format!("expected one of {}", valid.join(", "))
                }
                _ => "expected a value after it".to_owned(),
            };
            let value = text(ContextKind::InvalidValue).unwrap_or_default();
            format!("{name}: {value:?}: {reason}")
        }
        ErrorKind::UnknownArgument => {
            let given = text(ContextKind::InvalidArg).unwrap_or_default();
            let meant = text(ContextKind::SuggestedArg).map_or_else(
                || "--help lists all".to_owned(),
                |flag| format!("did you mean {flag}?"),
            );
            format!("{given:?}: there is no such flag; {meant}")
        }
        ErrorKind::InvalidSubcommand => {
            let given = text(ContextKind::InvalidSubcommand).unwrap_or_default();
            format!("{given:?}: there is no such command; the only one is demo")
        }
        _ => {
            // About flags alone, whose values are not quoted.
            let text = error.to_string();
            let first = text.lines().next().unwrap_or_default();
            first.trim_start_matches("error: ").to_owned()
        }
    }
}

/// Each flag for which a variable stands in, with that variable: those that are not given themselves.
fn variables(command: &clap::Command) -> impl Iterator<Item = (String, (String, OsString))> {
    let given = |flag: &str| {
        let with_value = format!("{flag}=");
        std::env::args_os()
            .any(|word| word == flag || word.to_string_lossy().starts_with(&with_value))
    };
    let flag = |arg: &Arg| arg.get_long().map(|long| format!("--{long}"));
    command
        .get_arguments()
        .filter(move |arg| flag(arg).is_some_and(|flag| !given(&flag)))
        .filter_map(move |arg| Some((flag(arg)?, variable(arg)?)))
}

/// A flag on the command line that is about the file, though the demo reads none. A variable may
/// well stand in the environment for other starts.
fn useless_for_the_demo(matches: &ArgMatches) -> Option<&'static str> {
    matches.subcommand_name()?;
    [("config", "--config"), ("check_config", "--check-config")]
        .into_iter()
        .find(|(id, _)| matches.value_source(id) == Some(ValueSource::CommandLine))
        .map(|(_, flag)| flag)
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
        set(&mut config.log_format, self.log_format);
        if self.metrics_listen.is_some() {
            config.metrics_listen = self.metrics_listen;
        }
        if self.origins.is_some() {
            config.origins = self.origins;
        }
    }
}

fn time(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text)
        .map_err(|error| format!("expected a time such as 10s or 11m: {error}"))
}

fn count(text: &str) -> Result<usize, &'static str> {
    text.parse()
        .map_err(|_| "expected a whole number such as 1024")
}

fn address(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse()
        .map_err(|_| "expected a socket address such as 127.0.0.1:9110 or [::1]:9110")
}
