//! The mail server that benchmarks carry mail from, in a process of its own: its memory and its
//! processor time are not what is measured.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;

use anyhow::{Context, Result};
use pop3_tests::certificates::{Authorities, Fault};
use pop3_tests::program::Program;
use pop3_tests::upstream::{Conduct, Retr, Script, Security, Upstream, message};
use serde::{Deserialize, Serialize};
use tokio::io::AsyncReadExt;

/// The size of its first message, in octets.
pub(crate) const MESSAGE: usize = 100_000;

/// The size of its second message.
pub(crate) const LETTER: usize = 10_000;

/// Where the server is.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Addresses {
    /// Without TLS, with both messages.
    pub(crate) plain: SocketAddr,
    /// By TLS, with the same.
    pub(crate) implicit: SocketAddr,
    /// Without TLS; the message has no end.
    pub(crate) endless: SocketAddr,
    /// The same by TLS.
    pub(crate) endless_implicit: SocketAddr,
    /// The authority of its certificate.
    pub(crate) ca: PathBuf,
}

/// The server as a child process.
pub(crate) struct Server {
    pub(crate) addresses: Addresses,
    _program: Program,
}

impl Server {
    pub(crate) fn start() -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .arg("server")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut program = Program::start(&mut command)?;
        let addresses = serde_json::from_str(&program.first_line()?).context("the server")?;
        Ok(Self {
            addresses,
            _program: program,
        })
    }
}

/// Serves until standard input ends.
pub(crate) async fn serve() -> Result<()> {
    rlimit::increase_nofile_limit(u64::MAX)?;
    let authorities = Authorities::generate()?;
    let config = authorities
        .issue("127.0.0.1", Fault::None)?
        .server_config()?;
    let folder = tempfile::tempdir()?;
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, authorities.trusted_pem())?;
    let start = |security: Security, retr| {
        let messages: Arc<[Vec<u8>]> = [MESSAGE, LETTER].map(message).into();
        let conduct = Conduct::Mailbox(messages, retr);
        Upstream::start(Script { security, conduct })
    };
    let tls = || Security::Implicit(Arc::clone(&config));
    let servers = [
        start(Security::Plain, Retr::Whole)?,
        start(tls(), Retr::Whole)?,
        start(Security::Plain, Retr::Floods)?,
        start(tls(), Retr::Floods)?,
    ];
    let [plain, implicit, endless, endless_implicit] = servers.each_ref().map(Upstream::address);
    let addresses = Addresses {
        plain,
        implicit,
        endless,
        endless_implicit,
        ca,
    };
    println!("{}", serde_json::to_string(&addresses)?);
    let _ = tokio::io::stdin().read_to_end(&mut Vec::new()).await;
    Ok(())
}
