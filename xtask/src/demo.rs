//! The page, the proxy and a mailbox of sample messages, in one process.

use anyhow::{Result, bail};
use std::process::Command;

use crate::build;
use crate::run::{root, target};

const DEFAULT_ADDRESS: &str = "127.0.0.1:8110";

/// Builds, then becomes the proxy, so that Ctrl-C reaches it and nothing else.
pub(crate) fn run(arguments: &[&str]) -> Result<()> {
    let address = match arguments {
        [] => DEFAULT_ADDRESS,
        ["--listen", address] => address,
        [joined] if joined.starts_with("--listen=") => joined.trim_start_matches("--listen="),
        _ => bail!("usage: cargo xtask demo [--listen ADDR], such as 127.0.0.1:8110"),
    };
    build::everything()?;
    let mut proxy = Command::new(target()?.join("release/pop3-proxy"));
    proxy
        .current_dir(root())
        .args(["demo", "--listen", address]);
    replace_this_process(proxy)
}

#[cfg(unix)]
fn replace_this_process(mut program: Command) -> Result<()> {
    use std::os::unix::process::CommandExt as _;
    // Comes back only when it failed.
    Err(program.exec().into())
}

#[cfg(not(unix))]
fn replace_this_process(mut program: Command) -> Result<()> {
    let status = program.status()?;
    std::process::exit(status.code().unwrap_or(1));
}
