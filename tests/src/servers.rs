//! POP3 servers of other families than Dovecot's, out of Debian's packages.
//!
//! `cargo xtask setup` unpacks them; see `xtask/src/unpack.rs`.

mod cyrus;
mod mailutils;
mod unpacked;

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

pub use self::cyrus::Cyrus;
pub use self::mailutils::Mailutils;
use crate::STEP;
use crate::certificates::{Authorities, Fault};
use crate::dovecot::Dovecot;
use crate::leash::{Leash, STDERR};

/// Another process may take a port between its choice and the server's start; then others are
/// chosen.
const ATTEMPTS: usize = 5;

/// What the tests need of any server.
pub trait MailServer: Sync {
    /// Where it speaks POP3, in clear until STLS.
    fn address(&self) -> SocketAddr;

    /// One of its users.
    ///
    /// # Errors
    /// When there is no such user.
    fn account(&self, user: &str) -> Result<Account>;

    /// Puts a message into a user's mailbox, behind those that are there.
    ///
    /// # Errors
    /// When there is no such user, or the server does not answer.
    fn deliver(&self, user: &str, message: &[u8]) -> Result<Delivery>;

    /// The file with the certificate of the authority that signed the server's own.
    fn ca_file(&self) -> PathBuf;

    /// What it has logged so far.
    fn log(&self) -> String;
}

/// What a user signs in with.
#[derive(Debug, Clone)]
pub struct Account {
    /// The name, as POP3 has it.
    pub name: String,
    /// The password.
    pub password: String,
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// It is in the mailbox.
    Stored,
    /// The server does not take such messages.
    Refused,
}

impl MailServer for Dovecot {
    fn address(&self) -> SocketAddr {
        self.pop3(Fault::None)
    }

    /// Users come into being when they are first asked for.
    fn account(&self, user: &str) -> Result<Account> {
        let mailboxes = self.mailboxes();
        let password = match mailboxes.count(user) {
            Ok(_) => mailboxes.password(user),
            Err(_) => mailboxes.create(user)?,
        };
        Ok(Account {
            name: user.to_owned(),
            password,
        })
    }

    fn deliver(&self, user: &str, message: &[u8]) -> Result<Delivery> {
        self.mailboxes().deliver(user, message)?;
        Ok(Delivery::Stored)
    }

    fn ca_file(&self) -> PathBuf {
        Self::ca_file(self)
    }

    fn log(&self) -> String {
        Self::log(self)
    }
}

/// A folder for all that a server reads and writes, with certificates in it.
struct Home {
    folder: TempDir,
    /// Whether the server starts as root.
    root: bool,
}

impl Home {
    fn new(name: &str, authorities: &Authorities) -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix(&format!("pop3-{name}-"))
            .tempdir()?;
        // Parts of the servers run under another user.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
        // Who owns what we make is who we are.
        let root = fs::metadata(folder.path())?.uid() == 0;
        let home = Self { folder, root };
        let certificate = authorities.issue(&Ipv4Addr::LOCALHOST.to_string(), Fault::None)?;
        fs::write(home.path("ca.pem"), authorities.trusted_pem())?;
        fs::write(home.path("server.pem"), certificate.pem())?;
        fs::write(home.path("server.key"), certificate.key_pem())?;
        fs::set_permissions(home.path("server.key"), fs::Permissions::from_mode(0o600))?;
        Ok(home)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Gives a file or folder to a user that has no rights.
    fn give_away(&self, name: &str) -> Result<()> {
        if self.root {
            let path = self.path(name);
            chown(&path, Some(NOBODY.0), Some(NOBODY.1))
                .with_context(|| format!("giving {} away", path.display()))?;
        }
        Ok(())
    }

    fn log(&self) -> String {
        let octets = fs::read(self.path(STDERR)).unwrap_or_default();
        String::from_utf8_lossy(&octets).into_owned()
    }
}

/// Debian's `nobody`.
const NOBODY: (u32, u32) = (65534, 65534);

/// Starts a server, at other ports if those of an attempt are taken.
fn start<S>(mut attempt: impl FnMut() -> Result<S>) -> Result<S> {
    let mut last = None;
    for _ in 0..ATTEMPTS {
        match attempt() {
            Ok(server) => return Ok(server),
            Err(error) if format!("{error:#}").contains("in use") => last = Some(error),
            Err(error) => return Err(error),
        }
    }
    Err(last.unwrap_or_else(|| anyhow::anyhow!("no free ports")))
}

/// A port of the loopback interface that no one listens on.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port())
}

/// Waits until the server says a greeting with these words.
fn wait_for_greeting(leash: &mut Leash, port: u16, words: &str, folder: &Path) -> Result<()> {
    let deadline = Instant::now() + STEP;
    loop {
        if let Some(status) = leash.ended()? {
            let log = fs::read(folder.join(STDERR)).unwrap_or_default();
            bail!("ended with {status}: {}", String::from_utf8_lossy(&log));
        }
        match greeting(port) {
            Ok(line) if line.starts_with("+OK") && line.contains(words) => return Ok(()),
            _ if Instant::now() > deadline => bail!("no greeting on port {port}"),
            // It is still starting; there is nothing to wait on but the port itself.
            _ => thread::sleep(Duration::from_millis(10)),
        }
    }
}

fn greeting(port: u16) -> std::io::Result<String> {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(STEP))?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    Ok(line)
}
