//! A real Dovecot with its own configuration, certificates, users and ports.
//!
//! One instance listens on four addresses of the loopback network, with a certificate each, on
//! one port for POP3 (with STLS) and one for POP3S.

mod config;
mod token;

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime};
use std::{env, fs, thread};

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;

use self::config::Configuration;
use self::token::Tokens;
use crate::STEP;
use crate::certificates::{Authorities, Fault};
use crate::leash::{Leash, STDERR};
use crate::mailbox::Mailboxes;

const MISSING: &str = "Dovecot's POP3 server is missing: apt-get install dovecot-pop3d";

/// The release series whose configuration [`config`] writes: in 2.4 most settings have other names.
const SERIES: &str = "2.3.";

/// Another process may take a port between its choice and Dovecot's start; then new ones are
/// chosen.
const ATTEMPTS: usize = 5;

/// A running Dovecot. It ends when this is dropped, and with this process at the latest.
pub struct Dovecot {
    // Fields are dropped in this order: first the server ends, then its folder goes.
    leash: Leash,
    folder: TempDir,
    ports: Ports,
    mailboxes: Mailboxes,
    tokens: Tokens,
}

/// A chain that a server shows, and how it speaks TLS.
#[derive(Debug, Clone)]
pub struct Shown {
    /// A PEM file: the server's certificate, then those of authorities.
    pub chain: PathBuf,
    /// The key of the first, in PEM form.
    pub key: PathBuf,
    /// The one version of TLS, as `TLSv1.2` or `TLSv1.3`; otherwise both.
    pub version: Option<String>,
}

/// The ports of one instance, the same on each of its addresses.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ports {
    pub(crate) pop3: u16,
    pub(crate) pop3s: u16,
    /// The same two behind the PROXY protocol.
    pub(crate) introduced: u16,
    pub(crate) introduced_tls: u16,
}

/// The address at which the certificate has this fault.
pub(crate) const fn address(fault: Fault) -> Ipv4Addr {
    match fault {
        Fault::None => Ipv4Addr::LOCALHOST,
        Fault::UntrustedAuthority => Ipv4Addr::new(127, 0, 0, 2),
        Fault::WrongName => Ipv4Addr::new(127, 0, 0, 3),
        Fault::Expired => Ipv4Addr::new(127, 0, 0, 4),
    }
}

pub(crate) const FAULTS: [Fault; 4] = [
    Fault::None,
    Fault::UntrustedAuthority,
    Fault::WrongName,
    Fault::Expired,
];

impl Dovecot {
    /// Starts a server and waits until it greets. It offers USER and PASS, and AUTH with PLAIN and
    /// LOGIN.
    ///
    /// # Errors
    /// One line that says what to install where Dovecot is missing or of another version; else why it did not start,
    /// with the end of its log.
    pub fn start(authorities: &Authorities) -> Result<Self> {
        Self::start_with(authorities, "plain login")
    }

    /// Starts a server that offers these ways to sign in, named as Dovecot names them, with blanks
    /// between. With `apop` among them its greeting has a timestamp.
    ///
    /// # Errors
    /// As [`Dovecot::start`].
    pub fn start_with(authorities: &Authorities, mechanisms: &str) -> Result<Self> {
        Self::start_as(authorities, mechanisms, None)
    }

    /// Starts a server that shows this chain at all its addresses, speaks TLS as told, and takes tokens.
    ///
    /// # Errors
    /// As [`Dovecot::start`].
    pub fn start_showing(shown: &Shown) -> Result<Self> {
        Self::start_as(
            &Authorities::generate()?,
            "plain login oauthbearer",
            Some(shown),
        )
    }

    fn start_as(
        authorities: &Authorities,
        mechanisms: &str,
        shown: Option<&Shown>,
    ) -> Result<Self> {
        let program = find_program().context(MISSING)?;
        check_version(&version(&program)?)?;
        let mut last = None;
        for _ in 0..ATTEMPTS {
            match Self::attempt(&program, authorities, mechanisms, shown) {
                Ok(dovecot) => return Ok(dovecot),
                Err(Failure::PortTaken(error)) => last = Some(error),
                Err(Failure::Other(error)) => return Err(error),
            }
        }
        Err(last.unwrap_or_else(|| anyhow::anyhow!("no free ports for Dovecot")))
    }

    /// The server that all tests of one process share: starting one takes most of a second. It
    /// ends with the process.
    ///
    /// # Errors
    /// As [`Dovecot::start`], again at each call.
    pub fn shared() -> Result<&'static Self> {
        static SHARED: OnceLock<Result<Dovecot, String>> = OnceLock::new();
        let start = || Authorities::generate().and_then(|authorities| Self::start(&authorities));
        let shared = SHARED.get_or_init(|| start().map_err(|error| format!("{error:#}")));
        shared.as_ref().map_err(|error| anyhow::anyhow!("{error}"))
    }

    fn attempt(
        program: &Path,
        authorities: &Authorities,
        mechanisms: &str,
        shown: Option<&Shown>,
    ) -> Result<Self, Failure> {
        let folder = tempfile::Builder::new().prefix("pop3-dovecot-").tempdir()?;
        // Dovecot's processes run under several users and each must get to its files.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
        // Who owns what we make is who we are.
        let root = fs::metadata(folder.path())?.uid() == 0;
        let ports = Ports {
            pop3: free_port()?,
            pop3s: free_port()?,
            introduced: free_port()?,
            introduced_tls: free_port()?,
        };
        let tokens = Tokens::new();
        let path = |name: &str| folder.path().join(name);
        let configuration = Configuration {
            folder: folder.path(),
            ports,
            root,
            mechanisms,
            tokens: &tokens,
            shown,
        };
        let mailboxes = Mailboxes::new(path("mail"), configuration.mail_owner())?;
        configuration.write(authorities, &mailboxes.password("%u"))?;
        let greeting = configuration.greeting();

        let mut command = Command::new(program);
        command.arg("-F").arg("-c").arg(path("dovecot.conf"));
        let leash = Leash::start(&command, folder.path())?;
        let mut dovecot = Self {
            leash,
            folder,
            ports,
            mailboxes,
            tokens,
        };
        dovecot.wait_for_greeting(&greeting)?;
        Ok(dovecot)
    }

    /// Where the server speaks POP3, plain until STLS, with a certificate that has `fault`.
    #[must_use]
    pub fn pop3(&self, fault: Fault) -> SocketAddr {
        SocketAddrV4::new(address(fault), self.ports.pop3).into()
    }

    /// Where the server speaks POP3S, with a certificate that has `fault`.
    #[must_use]
    pub fn pop3s(&self, fault: Fault) -> SocketAddr {
        SocketAddrV4::new(address(fault), self.ports.pop3s).into()
    }

    /// Where the server speaks POP3 to those who begin with a PROXY protocol header.
    #[must_use]
    pub fn introduced(&self) -> SocketAddr {
        SocketAddrV4::new(address(Fault::None), self.ports.introduced).into()
    }

    /// The same for POP3S.
    #[must_use]
    pub fn introduced_tls(&self) -> SocketAddr {
        SocketAddrV4::new(address(Fault::None), self.ports.introduced_tls).into()
    }

    /// Its users.
    #[must_use]
    pub fn mailboxes(&self) -> &Mailboxes {
        &self.mailboxes
    }

    /// An OAuth 2 token by which `user` signs in until `expiry`, where the server offers `xoauth2`
    /// or `oauthbearer`.
    ///
    /// # Errors
    /// None that a test could meet.
    pub fn token(&self, user: &str, expiry: SystemTime) -> Result<String> {
        self.tokens.issue(user, expiry, "")
    }

    /// As [`token`](Self::token), but as long as those of large organisations: more than 4,096
    /// characters.
    ///
    /// # Errors
    /// As there.
    pub fn long_token(&self, user: &str, expiry: SystemTime) -> Result<String> {
        self.tokens.issue(user, expiry, &"group ".repeat(600))
    }

    /// The file with the certificate of the authority that signed the good certificates.
    #[must_use]
    pub fn ca_file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// The files with its good certificate, which is for 127.0.0.1, and with the key of it.
    #[must_use]
    pub fn certificate(&self) -> (PathBuf, PathBuf) {
        let file = |ending: &str| {
            let name = format!("{}.{ending}", address(Fault::None));
            self.folder.path().join(name)
        };
        (file("pem"), file("key"))
    }

    /// What Dovecot has logged so far.
    #[must_use]
    pub fn log(&self) -> String {
        ["dovecot.log", STDERR]
            .map(|name| fs::read(self.folder.path().join(name)).unwrap_or_default())
            .iter()
            .map(|octets| String::from_utf8_lossy(octets))
            .collect()
    }

    fn wait_for_greeting(&mut self, greeting: &str) -> Result<(), Failure> {
        let deadline = Instant::now() + STEP;
        loop {
            if let Some(status) = self.leash.ended()? {
                return Err(self.failure(&format!("Dovecot ended with {status}")));
            }
            // Another server on the port would greet otherwise.
            match read_greeting(self.pop3(Fault::None), deadline) {
                Ok(line) if line.contains(greeting) => return Ok(()),
                _ if Instant::now() > deadline => {
                    return Err(self.failure("Dovecot does not greet"));
                }
                // It is still starting; there is nothing to wait on but the port itself.
                _ => thread::sleep(Duration::from_millis(10)),
            }
        }
    }

    fn failure(&self, what: &str) -> Failure {
        let log = self.log();
        // Dovecot without the part for POP3: its programs are named `pop3` and `pop3-login`.
        if log.contains("service(pop3") && log.contains("No such file or directory") {
            return Failure::Other(anyhow::anyhow!(MISSING));
        }
        let lines: Vec<&str> = log.lines().collect();
        let end = lines
            .get(lines.len().saturating_sub(5)..)
            .unwrap_or_default()
            .join("\n");
        let error = anyhow::anyhow!("{what}; the end of its log:\n{end}");
        if log.contains("Address already in use") {
            Failure::PortTaken(error)
        } else {
            Failure::Other(error)
        }
    }
}

enum Failure {
    PortTaken(anyhow::Error),
    Other(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Other(error.into())
    }
}

fn read_greeting(address: SocketAddr, deadline: Instant) -> std::io::Result<String> {
    let limit = deadline
        .saturating_duration_since(Instant::now())
        .max(Duration::from_millis(1));
    let stream = TcpStream::connect_timeout(&address, limit)?;
    stream.set_read_timeout(Some(limit))?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    Ok(line)
}

/// Looks where Debian installs it, too: an ordinary user's PATH has no `sbin`.
fn find_program() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from))
        .map(|folder| folder.join("dovecot"))
        .find(|program| program.is_file())
}

/// What the program says of its version, such as `2.3.19.1 (9b53102964)`.
fn version(program: &Path) -> Result<String> {
    let output = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot run {}", program.display()))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn check_version(version: &str) -> Result<()> {
    let number = version.split_whitespace().next().unwrap_or("unknown");
    ensure!(
        number.starts_with(SERIES),
        "the tests need Dovecot 2.3, as in Debian 12; this is {number}"
    );
    Ok(())
}

/// A port that no one listens on, on any of our addresses.
fn free_port() -> Result<u16> {
    for _ in 0..ATTEMPTS {
        let first = TcpListener::bind((address(Fault::None), 0))?;
        let port = first.local_addr()?.port();
        let others: std::io::Result<Vec<TcpListener>> = FAULTS
            .into_iter()
            .skip(1)
            .map(|fault| TcpListener::bind((address(fault), port)))
            .collect();
        if others.is_ok() {
            return Ok(port);
        }
    }
    bail!("no port is free on all of 127.0.0.1 to 127.0.0.4")
}

#[cfg(test)]
mod tests {
    use super::check_version;

    #[test]
    fn only_the_series_that_the_configuration_is_written_for_is_started() {
        for version in [
            "2.3.19.1 (9b53102964)\n",
            "2.3.4",
            "2.3.21.1 (d492236fa0)\n",
        ] {
            assert!(check_version(version).is_ok(), "{version}");
        }
        for (version, number) in [
            ("2.4.1-4 (7d8c0e5759)\n", "2.4.1-4"),
            ("2.2.36.4 (baf9232c1)\n", "2.2.36.4"),
            ("2.30.1", "2.30.1"),
            ("", "unknown"),
        ] {
            let expected = format!("the tests need Dovecot 2.3, as in Debian 12; this is {number}");
            assert_eq!(check_version(version).unwrap_err().to_string(), expected);
        }
    }
}
