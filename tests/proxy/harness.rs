//! The harness itself: what it starts works, and is gone when it should be.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use pop3_tests::STEP;
use pop3_tests::certificates::{Authorities, Fault};
use pop3_tests::dovecot::Dovecot;
use serde_json::{Value, json};
use tempfile::TempDir;

struct Session(BufReader<TcpStream>);

impl Session {
    fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect_timeout(&address, STEP)?;
        stream.set_read_timeout(Some(STEP))?;
        let mut session = Self(BufReader::new(stream));
        session.line()?;
        Ok(session)
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        self.0.read_line(&mut line)?;
        Ok(line.trim_end().to_owned())
    }

    fn command(&mut self, command: &str) -> Result<String> {
        self.0
            .get_mut()
            .write_all(format!("{command}\r\n").as_bytes())?;
        self.line()
    }
}

fn wait_until(what: &str, condition: impl Fn() -> bool) -> Result<()> {
    let deadline = Instant::now() + STEP;
    while !condition() {
        ensure!(Instant::now() < deadline, "not in time: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

#[test]
fn dovecot_delivers_in_order_and_ends_with_its_value() -> Result<()> {
    let dovecot = Dovecot::start(&Authorities::generate()?)?;
    let mailboxes = dovecot.mailboxes();
    let password = mailboxes.create("bob")?;
    for number in 1..=12 {
        mailboxes.deliver("bob", format!("Subject: {number}\r\n\r\n").as_bytes())?;
    }
    assert_eq!(mailboxes.count("bob")?, 12);

    let mut session = Session::open(dovecot.pop3(Fault::None))?;
    session.command("USER bob")?;
    assert_eq!(
        session.command("PASS wrong")?.split(' ').next(),
        Some("-ERR")
    );
    session.command("USER bob")?;
    assert!(
        session
            .command(&format!("PASS {password}"))?
            .starts_with("+OK"),
        "{}",
        dovecot.log()
    );
    assert!(session.command("STAT")?.starts_with("+OK 12 "));
    for number in 1..=12 {
        session.command(&format!("RETR {number}"))?;
        assert_eq!(session.line()?, format!("Subject: {number}"));
        while session.line()? != "." {}
    }

    let address = dovecot.pop3(Fault::None);
    let folder = dovecot.ca_file().parent().context("no folder")?.to_owned();
    drop(dovecot);
    assert!(!folder.exists());
    wait_until("the port closes", || TcpStream::connect(address).is_err())
}

#[test]
fn names_that_are_no_users_are_refused() -> Result<()> {
    let dovecot = Dovecot::start(&Authorities::generate()?)?;
    for name in ["", "../alice", "Alice", "a/b", &"a".repeat(33)] {
        assert!(
            dovecot.mailboxes().create(name).is_err(),
            "{name:?} is no name"
        );
    }
    assert!(dovecot.mailboxes().deliver("nobody-here", b"").is_err());
    Ok(())
}

#[test]
fn creating_a_user_again_empties_the_mailbox() -> Result<()> {
    let dovecot = Dovecot::start(&Authorities::generate()?)?;
    let first = dovecot.mailboxes().create("carol")?;
    assert_ne!(
        first,
        dovecot.mailboxes().create("dave")?,
        "each has a password of its own"
    );
    dovecot
        .mailboxes()
        .deliver("carol", b"Subject: x\r\n\r\n")?;
    let second = dovecot.mailboxes().create("carol")?;
    assert_eq!(first, second);
    assert_eq!(dovecot.mailboxes().count("carol")?, 0);
    Ok(())
}

/// `pop3-testbed`, spoken to as the browser tests do.
struct Binary {
    child: Child,
    output: BufReader<ChildStdout>,
    description: Value,
}

impl Binary {
    fn start(temporary: &Path) -> Result<Self> {
        let mut child = Command::new(env!("CARGO_BIN_EXE_pop3-testbed"))
            .env("TMPDIR", temporary)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut output = BufReader::new(child.stdout.take().context("no output")?);
        let mut line = String::new();
        output.read_line(&mut line)?;
        Ok(Self {
            child,
            output,
            description: serde_json::from_str(&line)?,
        })
    }

    fn ask(&mut self, command: &str) -> Result<Value> {
        let input = self.child.stdin.as_mut().context("no input")?;
        writeln!(input, "{command}")?;
        let mut answer = String::new();
        self.output.read_line(&mut answer)?;
        Ok(serde_json::from_str(&answer)?)
    }

    fn proxy(&self) -> Result<SocketAddr> {
        let page = self
            .description
            .get("page")
            .and_then(Value::as_str)
            .context("no page")?;
        let address = page
            .strip_prefix("http://")
            .and_then(|rest| rest.strip_suffix('/'));
        Ok(address.context("not a page's address")?.parse()?)
    }
}

/// The number of the Dovecot process that runs with its folder under `temporary`.
fn dovecot_process(temporary: &Path) -> Result<String> {
    for entry in fs::read_dir(temporary)? {
        if let Ok(number) = fs::read_to_string(entry?.path().join("run/master.pid")) {
            return Ok(number.trim().to_owned());
        }
    }
    bail!("no Dovecot under {}", temporary.display())
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none())
}

/// A folder that other users' processes may enter.
fn open_folder() -> Result<TempDir> {
    let folder = tempfile::tempdir()?;
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
    Ok(folder)
}

#[test]
fn the_binary_obeys_and_ends_with_its_input() -> Result<()> {
    let folder = open_folder()?;
    let mut bed = Binary::start(folder.path())?;
    let proxy = bed.proxy()?;
    assert_eq!(bed.description["endpoint"], format!("ws://{proxy}/pop3"));
    assert_eq!(bed.description["user"], "alice");
    assert!(bed.description["password"].is_string());

    let bob = bed.ask(r#"{"do":"mailbox","user":"bob"}"#)?;
    assert_eq!(bob["user"], "bob");
    assert!(bob["password"].is_string());
    assert_eq!(
        bed.ask(r#"{"do":"count","user":"bob"}"#)?,
        json!({ "count": 0 })
    );
    // Two messages: `Subject: a` and `Subject: b`, with their empty lines.
    let deliver = r#"{"do":"deliver","user":"bob","messages":["U3ViamVjdDogYQ0KDQo=","U3ViamVjdDogYg0KDQo="]}"#;
    assert_eq!(bed.ask(deliver)?, json!({ "delivered": 2 }));
    assert_eq!(
        bed.ask(r#"{"do":"count","user":"bob"}"#)?,
        json!({ "count": 2 })
    );

    assert_eq!(bed.ask(r#"{"do":"stop-proxy"}"#)?, json!({ "ok": true }));
    assert!(TcpStream::connect(proxy).is_err(), "the proxy was stopped");
    assert_eq!(bed.ask(r#"{"do":"start-proxy"}"#)?, json!({ "ok": true }));
    assert!(
        TcpStream::connect(proxy).is_ok(),
        "the proxy was started again"
    );

    for wrong in [
        "",
        "{}",
        r#"{"do":"fly"}"#,
        r#"{"do":"count","user":"nobody-here"}"#,
    ] {
        assert!(
            bed.ask(wrong)?["error"].is_string(),
            "{wrong:?} is an error"
        );
    }

    let dovecot = dovecot_process(folder.path())?;
    drop(bed.child.stdin.take());
    assert!(bed.child.wait()?.success());
    assert!(!Path::new("/proc").join(dovecot).exists());
    assert!(is_empty(folder.path()));
    Ok(())
}

/// Killed with no chance to clean up, it still leaves neither a process nor a file behind.
#[test]
fn a_killed_test_bed_takes_dovecot_along() -> Result<()> {
    let folder = open_folder()?;
    let mut bed = Binary::start(folder.path())?;
    let dovecot = Path::new("/proc").join(dovecot_process(folder.path())?);
    assert!(dovecot.exists());
    bed.child.kill()?;
    bed.child.wait()?;
    wait_until("Dovecot ends", || !dovecot.exists())?;
    wait_until("its folder goes", || is_empty(folder.path()))
}
