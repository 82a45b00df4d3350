//! Programs as processes of their own: the proxy as it is installed, and others to compare it with.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::footprint::Footprint;
use crate::proxy::Setup;
use crate::websocket::Dial;
use crate::within;

/// A child process that ends when this is dropped.
pub struct Program(Child);

impl Program {
    /// Starts it.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(command: &mut Command) -> Result<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        let child = command.spawn().with_context(|| format!("start {name}"))?;
        Ok(Self(child))
    }

    /// What it and its own children hold.
    ///
    /// # Errors
    /// When it has ended.
    pub fn footprint(&self) -> Result<Footprint> {
        Footprint::of(self.0.id())
    }

    /// Its process number.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.0.id()
    }

    /// The first line that it prints; its standard output must be a pipe.
    ///
    /// # Errors
    /// When it prints none.
    pub fn first_line(&mut self) -> Result<String> {
        let stdout = self.0.stdout.take().context("no pipe")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        ensure!(!line.is_empty(), "it ended instead of saying a line");
        Ok(line.trim_end().to_owned())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Errors mean that it has ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The proxy as a program, with an address for monitoring.
pub struct ProxyProgram {
    program: Program,
    address: SocketAddr,
    monitoring: SocketAddr,
    log: PathBuf,
    _folder: TempDir,
}

impl ProxyProgram {
    /// Starts the executable `program`, and waits until it serves.
    ///
    /// # Errors
    /// When it does not come to serve, with its log.
    pub fn start(program: &Path, setup: &Setup) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let monitoring = free_port()?;
        let setup = setup
            .clone()
            .option("metrics-listen", &format!("\"{monitoring}\""));
        let config = folder.path().join("pop3-proxy.toml");
        fs::write(&config, setup.toml(SocketAddr::from(([127, 0, 0, 1], 0)))?)?;
        let log = folder.path().join("log");
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("POP3_PROXY_") {
                command.env_remove(name);
            }
        }
        command
            .arg("--config")
            .arg(&config)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&log)?);
        let mut program = Program::start(&mut command)?;
        let line = program.first_line();
        let address = line.and_then(|line| {
            let url = line.strip_prefix("ready: http://").map(str::to_owned);
            let address = url.with_context(|| format!("instead of ready: {line}"))?;
            Ok(address.trim_end_matches('/').parse()?)
        });
        let address = address.with_context(|| fs::read_to_string(&log).unwrap_or_default())?;
        Ok(Self {
            program,
            address,
            monitoring,
            log,
            _folder: folder,
        })
    }

    /// A request for a session with the server of this name.
    #[must_use]
    pub fn dial(&self, server: &str) -> Dial {
        Dial::new(self.address, server)
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its process.
    #[must_use]
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// What it holds.
    ///
    /// # Errors
    /// When it has ended.
    pub fn footprint(&self) -> Result<Footprint> {
        self.program.footprint()
    }

    /// What it has logged so far.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn log(&self) -> Result<String> {
        Ok(fs::read_to_string(&self.log)?)
    }

    /// The sum of all metrics that have this name, whatever their labels.
    ///
    /// # Errors
    /// When the proxy does not tell.
    pub async fn metric(&self, name: &str) -> Result<f64> {
        let text = self.metrics().await?;
        let mut sum = None;
        for line in text.lines() {
            let Some(rest) = line.strip_prefix(name) else {
                continue;
            };
            if rest.starts_with(['{', ' ']) {
                let value = rest.rsplit(' ').next().unwrap_or_default();
                *sum.get_or_insert(0.0) += value.parse::<f64>()?;
            }
        }
        sum.with_context(|| format!("no metric {name} in\n{text}"))
    }

    /// Everything at `/metrics`.
    ///
    /// # Errors
    /// When the proxy does not tell.
    pub async fn metrics(&self) -> Result<String> {
        within("reading the metrics", async {
            let mut stream = TcpStream::connect(self.monitoring).await?;
            let request = "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
            stream.write_all(request.as_bytes()).await?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await?;
            match answer.split_once("\r\n\r\n") {
                Some((head, body)) if head.starts_with("HTTP/1.1 200 ") => Ok(body.to_owned()),
                _ => bail!("{answer}"),
            }
        })
        .await
    }
}

/// An address on which nothing listens at the moment.
///
/// # Errors
/// When the system gives none.
pub fn free_port() -> Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}
