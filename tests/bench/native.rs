//! One session with a real server, by the protocol core on a socket, and by a socket alone, into which
//! all commands go at once: the limit of what any client can do. Each is a process of its own, as the
//! peers are, and prints one line of JSON.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use pop3_proto::{
    Command, CommandId, Config, Event, MessageNumber, Millis, Reply, Secret, Session, UidlEntry,
    UserName,
};
use pop3_tests::certificates::trusting;
use pop3_tests::footprint::Footprint;
use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};
use serde::Serialize;
use sha2::{Digest, Sha256};

/// What is read at once.
const PIECE: usize = 64 << 10;
/// A server that is silent for so long has failed. The first look at 100,000 messages takes a while.
const SILENCE: Duration = Duration::from_secs(300);

/// What to do, with which account.
#[derive(Debug, clap::Args)]
pub(crate) struct Task {
    /// `list`, `all`, `new` or `delete`.
    #[arg(long)]
    job: String,
    #[arg(long)]
    port: u16,
    #[arg(long)]
    user: String,
    #[arg(long)]
    password: String,
    /// The authority of the server's certificate, in PEM form; without it there is no TLS.
    #[arg(long)]
    ca: Option<PathBuf>,
    /// For `new`: a file with the unique identifiers that are known, one a line.
    #[arg(long)]
    known: Option<PathBuf>,
    /// For `list`: TOP of so many, the newest.
    #[arg(long, default_value_t = 100)]
    newest: usize,
}

/// What came of it.
#[derive(Debug, Serialize)]
struct Outcome {
    /// Messages.
    count: usize,
    /// Of all messages together, with each line end as one octet.
    octets: usize,
    /// Of the digests of all messages, in their order.
    digest: String,
    /// From the first look for the server to the end of the work.
    seconds: f64,
    /// Until the first octet of the first message.
    first: Option<f64>,
    /// Seconds of processor time.
    processor: f64,
    /// The most memory that was there at once, in octets.
    memory: u64,
}

trait Wire: Read + Write {}
impl<T: Read + Write> Wire for T {}

fn connect(task: &Task) -> Result<Box<dyn Wire>> {
    let stream = TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], task.port)))?;
    stream.set_read_timeout(Some(SILENCE))?;
    stream.set_nodelay(true)?;
    let Some(ca) = &task.ca else {
        return Ok(Box::new(stream));
    };
    let name = ServerName::try_from("127.0.0.1")?;
    let tls = ClientConnection::new(trusting(ca)?, name)?;
    Ok(Box::new(StreamOwned::new(tls, stream)))
}

/// The core, and what it has given so far.
struct Driver {
    session: Session,
    wire: Box<dyn Wire>,
    start: Instant,
    messages: BTreeMap<CommandId, Vec<u8>>,
    done: BTreeMap<CommandId, Reply>,
    first: Option<Duration>,
}

impl Driver {
    fn submit(&mut self, command: Command) -> CommandId {
        self.session.submit(command, self.now())
    }

    fn now(&self) -> Millis {
        Millis(u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    fn wait(&mut self, id: CommandId) -> Result<Reply> {
        let mut piece = vec![0; PIECE];
        loop {
            while let Some(event) = self.session.poll_event() {
                match event {
                    Event::Data { id, octets } => {
                        self.first.get_or_insert_with(|| self.start.elapsed());
                        self.messages.entry(id).or_default().extend(octets);
                    }
                    Event::Done { id, result } => {
                        self.done.insert(id, result?);
                    }
                    Event::Closed(Some(error)) => return Err(error.into()),
                    _ => {}
                }
            }
            while let Some(octets) = self.session.poll_transmit() {
                self.wire.write_all(&octets)?;
            }
            self.wire.flush()?;
            if let Some(reply) = self.done.remove(&id) {
                return Ok(reply);
            }
            let count = self.wire.read(&mut piece)?;
            let octets = piece.get(..count).unwrap_or_default();
            if octets.is_empty() {
                self.session.handle_closed();
            } else {
                self.session.handle_input(octets, self.now());
            }
        }
    }

    fn all(&mut self, commands: Vec<Command>) -> Result<()> {
        let ids: Vec<CommandId> = commands.into_iter().map(|one| self.submit(one)).collect();
        ids.into_iter().try_for_each(|id| self.wait(id).map(drop))
    }

    /// Number and unique identifier of every message; LIST is asked as well, whose sizes the window goes by.
    fn entries(&mut self) -> Result<Vec<(MessageNumber, String)>> {
        let (list, uidl) = (Command::List(None), Command::Uidl(None));
        let (list, uidl) = (self.submit(list), self.submit(uidl));
        self.wait(list)?;
        let Reply::Uidl(entries) = self.wait(uidl)? else {
            bail!("not the answer of UIDL");
        };
        let numbered =
            |entry: UidlEntry| Ok((MessageNumber::new(entry.number)?, entry.uid.to_string()));
        entries.into_iter().map(numbered).collect()
    }
}

/// The work by the protocol core.
pub(crate) fn core(task: &Task) -> Result<()> {
    let start = Instant::now();
    let mut driver = Driver {
        session: Session::new(Config::default(), Millis(0)),
        wire: connect(task)?,
        start,
        messages: BTreeMap::new(),
        done: BTreeMap::new(),
        first: None,
    };
    let (user, password) = (UserName::new(&task.user)?, Secret::new(&task.password)?);
    driver.all(vec![Command::User(user), Command::Pass(password)])?;
    let entries = driver.entries()?;
    let numbers = entries.iter().map(|(number, _)| *number);
    let mut deleted = 0;
    match task.job.as_str() {
        "list" => {
            let newest = numbers.rev().take(task.newest);
            driver.all(
                newest
                    .map(|number| Command::Top { number, lines: 0 })
                    .collect(),
            )?;
        }
        "all" => driver.all(numbers.map(Command::Retr).collect())?,
        "new" => {
            let known = task.known.as_deref().context("--known is missing")?;
            let known = fs::read_to_string(known)?;
            let known: HashSet<&str> = known.lines().collect();
            let fresh = entries
                .iter()
                .filter(|(_, uid)| !known.contains(uid.as_str()));
            driver.all(fresh.map(|(number, _)| Command::Retr(*number)).collect())?;
        }
        "delete" => {
            let half: Vec<Command> = numbers.step_by(2).map(Command::Dele).collect();
            deleted = half.len();
            driver.all(half)?;
            driver.all(vec![Command::Quit])?;
        }
        job => bail!("there is no job {job}"),
    }
    let time = start.elapsed();
    let messages: Vec<Vec<u8>> = driver.messages.into_values().collect();
    tell(time, driver.first, &messages, deleted)
}

/// All messages by a socket alone.
pub(crate) fn raw(task: &Task) -> Result<()> {
    ensure!(task.job == "all", "a socket alone fetches all");
    let start = Instant::now();
    let mut stream = connect(task)?;
    let mut line = |text: String| -> Result<String> {
        stream.write_all(text.as_bytes())?;
        stream.flush()?;
        let mut answer = Vec::new();
        while !answer.ends_with(b"\n") {
            let mut octet = [0];
            stream.read_exact(&mut octet)?;
            answer.extend(octet);
        }
        let answer = String::from_utf8(answer)?;
        ensure!(answer.starts_with("+OK"), "{answer}");
        Ok(answer)
    };
    line(String::new())?;
    line(format!("USER {}\r\n", task.user))?;
    line(format!("PASS {}\r\n", task.password))?;
    let stat = line("STAT\r\n".to_owned())?;
    let count = stat.split(' ').nth(1).context("STAT")?;
    let count: usize = count.parse()?;

    // Those of 2,000 messages are 22 kB, for which the buffers of sockets have room.
    let commands: String = (1..=count)
        .map(|number| format!("RETR {number}\r\n"))
        .collect();
    stream.write_all(commands.as_bytes())?;
    stream.flush()?;
    let mut octets = Vec::new();
    let mut piece = vec![0; PIECE];
    let mut first = None;
    let mut ends = 0;
    while ends < count {
        let read = stream.read(&mut piece)?;
        ensure!(read > 0, "the server hung up");
        first.get_or_insert_with(|| start.elapsed());
        // An end may be cut in two.
        let from = octets.len().saturating_sub(4);
        octets.extend_from_slice(piece.get(..read).unwrap_or_default());
        let seen = octets.get(from..).unwrap_or_default();
        ends += memchr::memmem::find_iter(seen, b"\r\n.\r\n").count();
    }
    let time = start.elapsed();
    tell(time, first, &messages(&octets), 0)
}

/// The messages among answers to RETR.
fn messages(mut answers: &[u8]) -> Vec<Vec<u8>> {
    let mut messages = Vec::new();
    while let Some(line) = memchr::memchr(b'\n', answers) {
        let (_, rest) = answers.split_at(line + 1);
        let Some(end) = memchr::memmem::find(rest, b"\r\n.\r\n") else {
            break;
        };
        let (stuffed, _) = rest.split_at(end + 2);
        let mut message = Vec::with_capacity(stuffed.len());
        for line in stuffed.split_inclusive(|octet| *octet == b'\n') {
            message.extend_from_slice(line.strip_prefix(b".").unwrap_or(line));
        }
        messages.push(message);
        answers = rest.get(end + 5..).unwrap_or_default();
    }
    messages
}

fn tell(
    time: Duration,
    first: Option<Duration>,
    messages: &[Vec<u8>],
    deleted: usize,
) -> Result<()> {
    // Before the digests, which are no part of the work.
    let processor = Footprint::of(std::process::id())?.processor;
    let memory = peak()?;
    let mut octets = 0;
    let mut all = Sha256::new();
    for message in messages {
        let plain: Vec<u8> = message
            .iter()
            .copied()
            .filter(|octet| *octet != b'\r')
            .collect();
        octets += plain.len();
        all.update(Sha256::digest(&plain));
    }
    let digest = all
        .finalize()
        .iter()
        .map(|octet| format!("{octet:02x}"))
        .collect();
    let outcome = Outcome {
        count: messages.len() + deleted,
        octets,
        digest,
        seconds: time.as_secs_f64(),
        first: first.map(|first| first.as_secs_f64()),
        processor: processor.as_secs_f64(),
        memory,
    };
    println!("{}", serde_json::to_string(&outcome)?);
    Ok(())
}

/// The most memory that this process had at once.
fn peak() -> Result<u64> {
    let status = fs::read_to_string(Path::new("/proc/self/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.strip_suffix("kB"));
    Ok(kilobytes.context("no VmHWM")?.trim().parse::<u64>()? * 1024)
}
