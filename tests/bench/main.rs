//! Measures the proxy as a program, beside others that do a part of its job. `cargo xtask bench`
//! builds what is needed, and starts this.

mod fronts;
mod load;
mod native;
mod server;
mod sessions;
mod throughput;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use serde::Serialize;

/// Measures the proxy as a program.
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    benchmark: Benchmark,
}

#[derive(Debug, Subcommand)]
enum Benchmark {
    /// Memory of sessions that are open and idle.
    Sessions {
        /// How many at once, one measurement each; more than the system's limits allow are cut.
        #[arg(long, value_delimiter = ',', default_values_t = [1, 10, 100, 1_000, 10_000])]
        sessions: Vec<usize>,
        #[command(flatten)]
        run: Run,
    },
    /// Mail through many sessions at once.
    Load {
        /// How many at once, one measurement each; more than the system's limits allow are cut.
        #[arg(long, value_delimiter = ',', default_values_t = [1, 10, 100, 1_000, 10_000])]
        sessions: Vec<usize>,
        #[command(flatten)]
        run: Run,
    },
    /// Octets a second through one session, and what they cost the processor.
    Throughput {
        /// Octets to carry, in millions.
        #[arg(long, default_value_t = 1_000)]
        megabytes: u64,
        #[command(flatten)]
        run: Run,
    },
    /// One session by the protocol core on a socket.
    #[command(hide = true)]
    Core(native::Task),
    /// The same by a socket alone.
    #[command(hide = true)]
    Raw(native::Task),
    /// A mail server for the others to measure with; ends with its standard input.
    #[command(hide = true)]
    Server,
}

/// What every measurement needs to be told.
#[derive(Debug, clap::Args)]
struct Run {
    /// The proxy's executable.
    #[arg(long, env = "POP3_PROXY")]
    proxy: PathBuf,
    /// Where to write the figures, as JSON.
    #[arg(long)]
    output: PathBuf,
}

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match Cli::parse().benchmark {
        Benchmark::Sessions { sessions, run } => {
            sessions::measure(&sessions, &run.proxy, &run.output).await
        }
        Benchmark::Load { sessions, run } => {
            load::measure(&sessions, &run.proxy, &run.output).await
        }
        Benchmark::Throughput { megabytes, run } => {
            throughput::measure(megabytes * 1_000_000, &run.proxy, &run.output).await
        }
        Benchmark::Core(task) => native::core(&task),
        Benchmark::Raw(task) => native::raw(&task),
        Benchmark::Server => server::serve().await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Writes the figures of a run to a file.
fn write(output: &Path, figures: &impl Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(figures)?;
    std::fs::write(output, text + "\n").with_context(|| format!("write {}", output.display()))
}
