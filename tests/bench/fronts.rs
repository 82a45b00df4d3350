//! What stands between a client and its mail server in these measurements: the proxy, websockify, and web
//! servers in front of the proxy, each as a program of its own.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use pop3_tests::program::{Program, ProxyProgram, free_port};
use pop3_tests::until;
use pop3_tests::websocket::Dial;
use tempfile::TempDir;

/// Starts websockify with this server behind it; gives how to dial it as well.
pub(crate) async fn websockify(server: SocketAddr) -> Result<(Program, Dial)> {
    let address = free_port()?;
    let mut command = Command::new("websockify");
    command
        .args([address, server].map(|address| address.to_string()))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let program = Program::start(&mut command).context("install the Debian package websockify")?;
    listening("websockify", address).await?;
    let dial = Dial::target(address, "/").subprotocols(Some("binary"));
    Ok((program, dial))
}

/// A web server that passes WebSockets on, here to this proxy: what a sysadmin runs in front.
pub(crate) struct Front {
    program: &'static str,
    arguments: &'static [&'static str],
    /// Its configuration, to listen at the first address and pass on to the second.
    config: fn(SocketAddr, SocketAddr) -> String,
    /// What it is called.
    pub(crate) name: &'static str,
}

/// Those that are measured.
pub(crate) const FRONTS: [Front; 2] = [
    Front {
        program: "haproxy",
        arguments: &["-db", "-q", "-f"],
        config: |listen, proxy| {
            format!(
                "defaults\n mode http\n timeout connect 5s\n timeout client 1m\n \
                 timeout server 1m\n timeout tunnel 1m\nlisten all\n bind {listen}\n \
                 server proxy {proxy}\n"
            )
        },
        name: "HAProxy",
    },
    Front {
        program: "nginx",
        arguments: &["-e", "stderr", "-c"],
        config: |listen, proxy| {
            format!(
                "daemon off; master_process off; pid /dev/null; events {{ worker_connections 65536; }}\n\
                 http {{ access_log off; server {{ listen {listen}; location / {{\n\
                 proxy_pass http://{proxy}; proxy_http_version 1.1; proxy_buffering off;\n\
                 proxy_set_header Host $http_host; proxy_set_header Connection upgrade;\n\
                 proxy_set_header Upgrade $http_upgrade; }} }} }}\n"
            )
        },
        name: "nginx",
    },
];

/// A web server that runs.
pub(crate) struct RunningFront {
    pub(crate) program: Program,
    address: SocketAddr,
    _folder: TempDir,
}

impl Front {
    /// Starts it in front of this proxy.
    pub(crate) async fn start(&self, proxy: &ProxyProgram) -> Result<RunningFront> {
        let address = free_port()?;
        let folder = tempfile::tempdir()?;
        let config = folder.path().join("front.cfg");
        fs::write(&config, (self.config)(address, proxy.address()))?;
        let program = start(self.program, self.arguments, &config)?;
        listening(self.program, address).await?;
        Ok(RunningFront {
            program,
            address,
            _folder: folder,
        })
    }
}

impl RunningFront {
    /// A request for a session with the proxy's server of this name.
    pub(crate) fn dial(&self, server: &str) -> Dial {
        Dial::new(self.address, server)
    }
}

fn start(program: &str, arguments: &[&str], config: &Path) -> Result<Program> {
    let mut command = Command::new(program);
    command.args(arguments).arg(config).stdin(Stdio::null());
    Program::start(&mut command).with_context(|| format!("install the Debian package {program}"))
}

/// Waits until a program takes connections.
async fn listening(what: &str, address: SocketAddr) -> Result<()> {
    until(what, || std::net::TcpStream::connect(address).is_ok()).await
}
