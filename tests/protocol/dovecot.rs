//! The protocol core against a real server: each way to sign in that Dovecot offers, the choice
//! among them, and STLS with a real handshake.
#![allow(clippy::panic, reason = "a test says what is wrong by ending")]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use pop3_proto::{
    Apop, Auth, Command, CommandId, Config, Credentials, Error, Event, Hop, Login, Mechanism,
    Method, Millis, Nonce, Reply, Secret, Session, SignIn, UserName,
};
use pop3_tests::STEP;
use pop3_tests::certificates::{Authorities, Fault};
use pop3_tests::dovecot::Dovecot;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

const MESSAGE: &[u8] = b"Subject: hello\r\n\r\nHello.\r\n";

/// A server for all tests of this file, with every mechanism that needs no other service.
fn server() -> Result<&'static Dovecot> {
    static SERVER: OnceLock<Result<Dovecot, String>> = OnceLock::new();
    let start = || -> Result<Dovecot> {
        let mechanisms = "plain login cram-md5 scram-sha-1 scram-sha-256 apop";
        Dovecot::start_with(&Authorities::generate()?, mechanisms)
    };
    let server = SERVER.get_or_init(|| start().map_err(|error| format!("{error:#}")));
    server.as_ref().map_err(|error| anyhow::anyhow!("{error}"))
}

/// The connection, in clear and then encrypted.
enum Wire {
    Clear(TcpStream),
    Encrypted(Box<StreamOwned<ClientConnection, TcpStream>>),
    /// In between.
    Nothing,
}

/// A session and its connection.
struct Driver {
    session: Session,
    wire: Wire,
    start: Instant,
    events: Vec<Event>,
}

impl Driver {
    fn connect(dovecot: &Dovecot) -> Result<Self> {
        let stream = TcpStream::connect_timeout(&dovecot.pop3(Fault::None), STEP)?;
        stream.set_read_timeout(Some(STEP))?;
        Ok(Self {
            session: Session::new(Config::default(), Millis(0)),
            wire: Wire::Clear(stream),
            start: Instant::now(),
            events: Vec::new(),
        })
    }

    fn now(&self) -> Millis {
        Millis(self.start.elapsed().as_millis() as u64)
    }

    /// Submits a command, and drives the session until it is answered.
    fn run(&mut self, command: Command) -> Result<Result<Reply, Error>> {
        let now = self.now();
        let id = self.session.submit(command, now);
        loop {
            if let Some(result) = self.result(id) {
                return Ok(result);
            }
            while let Some(octets) = self.session.poll_transmit() {
                self.wire.write(&octets)?;
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

    fn result(&mut self, wanted: CommandId) -> Option<Result<Reply, Error>> {
        while let Some(event) = self.session.poll_event() {
            self.events.push(event);
        }
        self.events.iter().find_map(|event| match event {
            Event::Done { id, result } if *id == wanted => Some(result.clone()),
            _ => None,
        })
    }

    /// Makes the handshake that STLS has asked for.
    fn start_tls(&mut self, dovecot: &Dovecot) -> Result<()> {
        let asked = self
            .events
            .iter()
            .any(|event| matches!(event, Event::StartTls));
        ensure!(asked, "no handshake is due: {:?}", self.events);
        let Wire::Clear(stream) = std::mem::replace(&mut self.wire, Wire::Nothing) else {
            anyhow::bail!("the connection is encrypted already");
        };
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_file_iter(dovecot.ca_file())? {
            roots.add(certificate?)?;
        }
        let config = ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from(dovecot.pop3(Fault::None).ip().to_string())?;
        let mut tls = StreamOwned::new(ClientConnection::new(Arc::new(config), name)?, stream);
        tls.conn.complete_io(&mut tls.sock)?;
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
        let mut octets = vec![0; 4096];
        let count = match self {
            Self::Clear(stream) => stream.read(&mut octets)?,
            Self::Encrypted(stream) => stream.read(&mut octets)?,
            Self::Nothing => anyhow::bail!("the handshake failed"),
        };
        octets.truncate(count);
        Ok(octets)
    }
}

fn name(user: &str) -> UserName {
    UserName::new(user).unwrap_or_else(|error| panic!("{error}"))
}

fn secret(password: &str) -> Secret {
    Secret::new(password).unwrap_or_else(|error| panic!("{error}"))
}

/// Not random, but different for each use in these tests; nobody is to be kept from guessing.
fn nonce(user: &str) -> Result<Nonce> {
    let mut octets = user.as_bytes().to_vec();
    octets.resize(18, b'.');
    Ok(Nonce::new(&octets)?)
}

/// The command that signs in by this method.
fn command(method: Method, user: &str, password: &str) -> Result<Command> {
    let (name, secret) = (name(user), secret(password));
    Ok(match method {
        Method::Apop => Command::Apop(Apop::new(name, secret)?),
        Method::Sasl(Mechanism::Plain) => Command::Auth(Auth::plain(None, name, secret)),
        Method::Sasl(Mechanism::Login) => Command::Auth(Auth::login(name, secret)),
        Method::Sasl(Mechanism::CramMd5) => Command::Auth(Auth::cram_md5(name, secret)),
        Method::Sasl(Mechanism::ScramSha1) => {
            Command::Auth(Auth::scram_sha_1(name, secret, nonce(user)?))
        }
        Method::Sasl(Mechanism::ScramSha256) => {
            Command::Auth(Auth::scram_sha_256(name, secret, nonce(user)?))
        }
        _ => anyhow::bail!("{method} is not tested here"),
    })
}

fn login(result: Result<Reply, Error>) -> Result<Login> {
    match result? {
        Reply::Login(login) => Ok(login),
        reply => anyhow::bail!("not the answer of a sign-in: {reply:?}"),
    }
}

/// Signs in with the right password, then with a wrong one.
fn check(method: Method, user: &str) -> Result<()> {
    let dovecot = server()?;
    let password = dovecot.mailboxes().create(user)?;
    dovecot.mailboxes().deliver(user, MESSAGE)?;

    let mut driver = Driver::connect(dovecot)?;
    let login =
        login(driver.run(command(method, user, &password)?)?).with_context(|| dovecot.log())?;
    assert_eq!((login.method, login.stat.count), (method, 1));
    driver.run(Command::Quit)??;

    let mut driver = Driver::connect(dovecot)?;
    let wrong = driver.run(command(method, user, "not the password")?)?;
    let error = wrong.err().context("a wrong password was accepted")?;
    assert_eq!(
        (error.code(), error.response_code()),
        ("auth-failed", Some("AUTH"))
    );
    // The session goes on, and the right password is still good.
    let again = driver.run(command(method, user, &password)?)?;
    assert!(again.is_ok(), "{again:?}");
    Ok(())
}

#[test]
fn plain() -> Result<()> {
    check(Method::Sasl(Mechanism::Plain), "plain")
}

#[test]
fn login_mechanism() -> Result<()> {
    check(Method::Sasl(Mechanism::Login), "login")
}

#[test]
fn cram_md5() -> Result<()> {
    check(Method::Sasl(Mechanism::CramMd5), "cram")
}

#[test]
fn scram_sha_1() -> Result<()> {
    check(Method::Sasl(Mechanism::ScramSha1), "scram-sha-1")
}

#[test]
fn scram_sha_256() -> Result<()> {
    check(Method::Sasl(Mechanism::ScramSha256), "scram-sha-256")
}

#[test]
fn apop() -> Result<()> {
    check(Method::Apop, "apop")
}

#[test]
fn plain_without_an_initial_response() -> Result<()> {
    let dovecot = server()?;
    let password = dovecot.mailboxes().create("later")?;
    let auth = Auth::plain(None, name("later"), secret(&password)).without_initial_response();
    let mut driver = Driver::connect(dovecot)?;
    login(driver.run(Command::Auth(auth))?)?;
    Ok(())
}

#[test]
fn the_strongest_method_is_chosen() -> Result<()> {
    let dovecot = server()?;
    let password = dovecot.mailboxes().create("strongest")?;
    let credentials = Credentials::password(name("strongest"), secret(&password), nonce("s")?);
    let hop = Hop::default();
    let mut driver = Driver::connect(dovecot)?;
    let login = login(driver.run(Command::Login(SignIn { credentials, hop }))?)?;
    assert_eq!(login.method, Method::Sasl(Mechanism::ScramSha256));
    Ok(())
}

#[test]
fn without_the_others_a_password_waits_for_tls() -> Result<()> {
    // The server that other tests share has PLAIN and LOGIN alone.
    let dovecot = Dovecot::shared()?;
    let password = dovecot.mailboxes().create("waits")?;
    let sign_in = || -> Result<Command> {
        let credentials = Credentials::password(name("waits"), secret(&password), nonce("w")?);
        let hop = Hop::default();
        Ok(Command::Login(SignIn { credentials, hop }))
    };
    let mut driver = Driver::connect(dovecot)?;
    let refused = driver.run(sign_in()?)?;
    assert_eq!(refused, Err(Error::PlaintextRefused));

    driver.run(Command::Stls)??;
    driver.start_tls(dovecot)?;
    let login = login(driver.run(sign_in()?)?)?;
    assert_eq!(login.method, Method::Sasl(Mechanism::Plain));
    let twice = driver.run(Command::Stls)?;
    assert_eq!(twice.err().map(|error| error.code()), Some("wrong-state"));
    driver.run(Command::Quit)??;
    Ok(())
}
