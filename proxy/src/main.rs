//! The program `pop3-proxy`.

mod cli;
mod log;
mod open_files;
mod reload;
#[cfg(unix)]
mod service;
#[cfg(not(unix))]
#[path = "no_service.rs"]
mod service;
mod signals;

use std::future::pending;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;

use pop3_proxy::config::Hint;
use pop3_proxy::{BindError, Config, Proxy, demo};
use tokio::sync::oneshot;

use crate::cli::{Cli, Command};
use crate::reload::Source;
use crate::signals::{Hangup, Stop};

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
    let source = Source::new(cli.config, cli.overrides);
    let config = source.read().map_err(wrong_input)?;
    if cli.check_config {
        Proxy::check(&config)?;
        let (file, count) = (source.file().display(), config.servers.len());
        say(
            &mut std::io::stdout(),
            &format!("{file}: good, {count} server(s)"),
        );
        return Ok(());
    }
    run(config, Some(source)).await
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
    let outcome = run(config, None).await;
    drop(stop);
    let _ = mailbox.await;
    outcome
}

/// Serves until a signal; a second one takes the grace away. With a source, SIGHUP reads the configuration anew; without one, the signal
/// has its usual effect.
async fn run(config: Config, source: Option<Source>) -> Result<(), Failure> {
    let log = log::start(config.log, config.log_format);
    // Before the port is open, so that a signal right after it is not missed.
    let mut stop = Stop::listen().map_err(cannot_start)?;
    let mut stop_again = Stop::listen().map_err(cannot_start)?;
    let hangup = source.as_ref().map(|_| Hangup::listen()).transpose();
    let hangup = hangup.map_err(cannot_start)?;
    let proxy = Proxy::bind(config).await?;
    let control = proxy.control();
    open_files::allow(control.most_open_files());
    let urls: Vec<String> = proxy.urls().collect();
    say(
        &mut std::io::stdout(),
        &format!("ready: {}", urls.join(" ")),
    );
    service::ready();
    let reloading = async {
        match hangup.zip(source) {
            Some((hangup, source)) => reload::at_each(hangup, source, control.clone(), log).await,
            None => pending().await,
        }
    };
    let stopping = async {
        tokio::select! {
            () = stop.told() => {}
            never = reloading => match never {},
        }
        service::stopping(control.longest_shutdown());
    };
    let without_grace = async {
        stop_again.told().await;
        stop_again.told().await;
        control.end_sessions();
        pending().await
    };
    tokio::select! {
        () = proxy.run(stopping) => {}
        () = without_grace => {}
        never = service::show_life() => match never {},
    }
    Ok(())
}

/// Prints a line. Nobody listening is no reason to end, so an error is of no interest.
fn say(out: &mut impl Write, line: &str) {
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}
