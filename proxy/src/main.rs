//! The program `pop3-proxy`.

mod cli;
mod log;

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;

use pop3_proxy::config::Hint;
use pop3_proxy::{BindError, Config, Proxy, demo};
use tokio::sync::oneshot;

use crate::cli::{Cli, Command};

/// The proxy could not start.
const CANNOT_START: u8 = 1;
/// A flag or the configuration is wrong; clap exits with the same.
const WRONG_INPUT: u8 = 2;

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match Cli::read().map_err(wrong_input) {
        Ok(cli) => match cli.command {
            None => serve(cli).await,
            Some(Command::Demo) => serve_demo(cli).await,
        },
        Err(failure) => Err(failure),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure { code, sentence }) => {
            say(&mut std::io::stderr(), &format!("pop3-proxy: {sentence}"));
            ExitCode::from(code)
        }
    }
}

/// What goes wrong before the proxy serves: an exit status and one line.
struct Failure {
    code: u8,
    sentence: String,
}

impl From<BindError> for Failure {
    fn from(error: BindError) -> Self {
        let code = match error {
            BindError::Config(_) => WRONG_INPUT,
            _ => CANNOT_START,
        };
        Self {
            code,
            sentence: error.to_string(),
        }
    }
}

fn cannot_start(error: impl std::fmt::Display) -> Failure {
    Failure {
        code: CANNOT_START,
        sentence: error.to_string(),
    }
}

fn wrong_input(error: impl std::fmt::Display) -> Failure {
    Failure {
        code: WRONG_INPUT,
        sentence: error.to_string(),
    }
}

async fn serve(cli: Cli) -> Result<(), Failure> {
    let mut config = Config::load(&cli.config).map_err(wrong_input)?;
    cli.overrides.apply(&mut config);
    if cli.check_config {
        Proxy::check(&config)?;
        let (file, count) = (cli.config.display(), config.servers.len());
        say(
            &mut std::io::stdout(),
            &format!("{file}: good, {count} server(s)"),
        );
        return Ok(());
    }
    run(config).await
}

async fn serve_demo(cli: Cli) -> Result<(), Failure> {
    // Only its address stands for it, so any free port will do.
    let mailbox = demo::Server::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await;
    let mailbox = mailbox.map_err(cannot_start)?;
    let hint = Hint {
        user: demo::USER.to_owned(),
        password: demo::PASSWORD.to_owned(),
    };
    let mut config = Config::for_demo(mailbox.local_addr(), hint);
    cli.overrides.apply(&mut config);
    let (stop, stopped) = oneshot::channel::<()>();
    let mailbox = tokio::spawn(mailbox.run(async {
        // Dropping the sender is the signal.
        let _ = stopped.await;
    }));
    let outcome = run(config).await;
    drop(stop);
    let _ = mailbox.await;
    outcome
}

async fn run(config: Config) -> Result<(), Failure> {
    log::start(config.log);
    // Before the port is open, so that a signal right after it is not missed.
    let stop = stop_signal().map_err(cannot_start)?;
    let proxy = Proxy::bind(config).await?;
    allow_open_files(proxy.most_open_files());
    say(&mut std::io::stdout(), &format!("ready: {}", proxy.url()));
    proxy.run(stop).await;
    Ok(())
}

/// Raises the number of files that this process may open to the system's limit for it, and warns
/// where that is not enough. The soft limit that most systems begin with is for the sake of programs
/// that use select(2), which this one does not.
fn allow_open_files(wanted: u64) {
    let allowed = match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(allowed) => allowed,
        Err(error) => {
            tracing::warn!(%error, "the limit for open files is unknown");
            return;
        }
    };
    if allowed < wanted {
        tracing::warn!(
            "max-sessions needs {wanted} open files, and the system allows {allowed}; raise the \
             limit (ulimit -n, LimitNOFILE), or lower max-sessions"
        );
    }
}

/// Resolves at the first Ctrl-C or SIGTERM.
#[cfg(unix)]
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Resolves at the first Ctrl-C.
#[cfg(windows)]
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        let _ = interrupt.recv().await;
    })
}

/// Prints a line. Nobody listening is no reason to end, so an error is of no interest.
fn say(out: &mut impl Write, line: &str) {
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}
