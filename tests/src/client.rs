//! The protocol core on a blocking socket: the simplest driver there is.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use pop3_proto::{
    Apop, Auth, Command, CommandId, Config, Error, Event, Login, Mechanism, Message, MessageNumber,
    Method, Millis, Nonce, Reply, Secret, Session, UserName,
};
use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};

use crate::STEP;
use crate::certificates::trusting;

/// A session and its connection.
pub struct Client {
    session: Session,
    wire: Wire,
    start: Instant,
    octets: BTreeMap<CommandId, Vec<u8>>,
    results: BTreeMap<CommandId, Result<Reply, Error>>,
    tls_is_due: bool,
}

/// The connection, in clear and then encrypted.
enum Wire {
    Clear(TcpStream),
    Encrypted(Box<StreamOwned<ClientConnection, TcpStream>>),
    /// In between.
    Nothing,
}

impl Client {
    /// Opens a connection. The greeting is read with the first answer.
    ///
    /// # Errors
    /// When there is no such server.
    pub fn connect(server: SocketAddr, config: Config) -> Result<Self> {
        let stream = TcpStream::connect_timeout(&server, STEP)?;
        stream.set_read_timeout(Some(STEP))?;
        stream.set_nodelay(true)?;
        Ok(Self {
            session: Session::new(config, Millis(0)),
            wire: Wire::Clear(stream),
            start: Instant::now(),
            octets: BTreeMap::new(),
            results: BTreeMap::new(),
            tls_is_due: false,
        })
    }

    /// The session, to be asked what it knows.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }

    fn now(&self) -> Millis {
        Millis(u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    /// Submits a command, and does not wait.
    pub fn submit(&mut self, command: Command) -> CommandId {
        let now = self.now();
        self.session.submit(command, now)
    }

    /// Sends what is submitted and may be sent, and does not wait.
    ///
    /// # Errors
    /// When the connection has failed.
    pub fn send(&mut self) -> Result<()> {
        while let Some(octets) = self.session.poll_transmit() {
            self.wire.write(&octets)?;
        }
        Ok(())
    }

    /// Drives the session until this command is answered.
    ///
    /// # Errors
    /// When the server is silent for [`STEP`]. What the command came to is within.
    pub fn wait(&mut self, id: CommandId) -> Result<Result<Reply, Error>> {
        loop {
            while let Some(event) = self.session.poll_event() {
                match event {
                    Event::Data { id, octets } => self.octets.entry(id).or_default().extend(octets),
                    Event::Done { id, result } => {
                        self.results.insert(id, result);
                    }
                    Event::StartTls => self.tls_is_due = true,
                    Event::Greeting(_) | Event::Begun { .. } | Event::Closed(_) => {}
                }
            }
            self.send()?;
            if let Some(result) = self.results.remove(&id) {
                return Ok(result);
            }
            let octets = self.wire.read()?;
            let now = self.now();
            if octets.is_empty() {
                self.session.handle_closed();
            } else {
                self.session.handle_input(&octets, now);
            }
        }
    }

    /// Submits a command, and drives the session until it is answered.
    ///
    /// # Errors
    /// As [`wait`](Self::wait).
    pub fn run(&mut self, command: Command) -> Result<Result<Reply, Error>> {
        let id = self.submit(command);
        self.wait(id)
    }

    /// Waits for a RETR or TOP, and gives the octets of its message.
    ///
    /// # Errors
    /// As [`wait`](Self::wait), and when the command fails.
    pub fn message(&mut self, id: CommandId) -> Result<Vec<u8>> {
        match self.wait(id)?? {
            Reply::Message(Message { size, .. }) => {
                let octets = self.octets.remove(&id).unwrap_or_default();
                ensure!(octets.len() as u64 == size, "{size} octets were told");
                Ok(octets)
            }
            reply => anyhow::bail!("not the answer of RETR or TOP: {reply:?}"),
        }
    }

    /// Fetches a message whole.
    ///
    /// # Errors
    /// As [`message`](Self::message).
    pub fn retr(&mut self, number: u32) -> Result<Vec<u8>> {
        let id = self.submit(Command::Retr(MessageNumber::new(number)?));
        self.message(id)
    }

    /// Signs in.
    ///
    /// # Errors
    /// As [`wait`](Self::wait), and when it is refused.
    pub fn sign_in(&mut self, command: Command) -> Result<Login> {
        match self.run(command)?? {
            Reply::Login(login) => Ok(login),
            reply => anyhow::bail!("not the answer of a sign-in: {reply:?}"),
        }
    }

    /// Makes the handshake that STLS has asked for.
    ///
    /// # Errors
    /// When none is due, or it fails.
    pub fn start_tls(&mut self, ca_file: &Path, name: IpAddr) -> Result<()> {
        ensure!(
            std::mem::take(&mut self.tls_is_due),
            "no handshake is asked for"
        );
        let Wire::Clear(stream) = std::mem::replace(&mut self.wire, Wire::Nothing) else {
            anyhow::bail!("the connection is encrypted already");
        };
        let config = trusting(ca_file)?;
        let name = ServerName::try_from(name.to_string())?;
        let mut tls = StreamOwned::new(ClientConnection::new(config, name)?, stream);
        tls.conn
            .complete_io(&mut tls.sock)
            .context("the handshake")?;
        self.wire = Wire::Encrypted(Box::new(tls));
        let now = self.now();
        self.session.handle_tls_started(now);
        Ok(())
    }
}

impl Wire {
    fn write(&mut self, octets: &[u8]) -> Result<()> {
        match self {
            Self::Clear(stream) => stream.write_all(octets)?,
            Self::Encrypted(stream) => {
                stream.write_all(octets)?;
                stream.flush()?;
            }
            Self::Nothing => anyhow::bail!("the handshake failed"),
        }
        Ok(())
    }

    fn read(&mut self) -> Result<Vec<u8>> {
        let mut octets = vec![0; 16 << 10];
        let count = match self {
            Self::Clear(stream) => stream.read(&mut octets)?,
            Self::Encrypted(stream) => stream.read(&mut octets)?,
            Self::Nothing => anyhow::bail!("the handshake failed"),
        };
        octets.truncate(count);
        Ok(octets)
    }
}

/// Not random, but different for each name; nobody is to be kept from guessing in a test.
///
/// # Errors
/// When the name is empty.
pub fn nonce(user: &str) -> Result<Nonce> {
    let mut octets = user.as_bytes().to_vec();
    octets.resize(18, b'.');
    Ok(Nonce::new(&octets)?)
}

/// The commands that sign in by this method with a password; the last one does.
///
/// # Errors
/// When the method takes no password, or name or password cannot be sent.
pub fn by_password(method: Method, user: &str, password: &str) -> Result<Vec<Command>> {
    let (name, secret) = (UserName::new(user)?, Secret::new(password)?);
    let auth = |auth| vec![Command::Auth(auth)];
    Ok(match method {
        Method::UserPass => vec![Command::User(name), Command::Pass(secret)],
        Method::Apop => vec![Command::Apop(Apop::new(name, secret)?)],
        Method::Sasl(Mechanism::Plain) => auth(Auth::plain(None, name, secret)),
        Method::Sasl(Mechanism::Login) => auth(Auth::login(name, secret)),
        Method::Sasl(Mechanism::CramMd5) => auth(Auth::cram_md5(name, secret)),
        Method::Sasl(Mechanism::ScramSha1) => auth(Auth::scram_sha_1(name, secret, nonce(user)?)),
        Method::Sasl(Mechanism::ScramSha256) => {
            auth(Auth::scram_sha_256(name, secret, nonce(user)?))
        }
        _ => anyhow::bail!("{method} takes no password"),
    })
}
