//! Many sessions with faults on both sides, for a long time: `cargo xtask soak` builds what is
//! needed, and starts this.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use pop3_tests::soak::{self, Plan};

/// Keeps many sessions going through the proxy, and looks for wrong octets and for leaks.
#[derive(Debug, Parser)]
struct Cli {
    /// The proxy's executable.
    #[arg(long, env = "POP3_PROXY")]
    proxy: PathBuf,
    /// Sessions at the same time.
    #[arg(long, default_value_t = 1_000)]
    sessions: usize,
    /// Minutes between the first look at what the proxy holds and the last.
    #[arg(long, default_value_t = 5.0)]
    minutes: f64,
    /// Where all choices come from; another each time by default.
    #[arg(long)]
    seed: Option<u64>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let seed = cli.seed.unwrap_or_else(|| fastrand::u64(..));
    let duration = Duration::from_secs_f64(60.0 * cli.minutes);
    let plan = Plan {
        sessions: cli.sessions,
        warm_up: duration / 5,
        duration,
        pause: Duration::from_secs(8),
        seed,
    };
    println!("{} sessions, seed {seed}", cli.sessions);
    let run = async {
        // Each has a socket here, and two in the relays.
        rlimit::increase_nofile_limit(u64::MAX)?;
        soak::run(&cli.proxy, plan).await
    };
    match run.await {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
