//! Mail through many sessions at once: what they get together, how long each waits for its first octets, and
//! what the program in between takes for it; beside sockets with nothing in between, and beside others.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use pop3_tests::footprint::Footprint;
use pop3_tests::program::{Program, ProxyProgram};
use pop3_tests::proxy::{Hop, Setup};
use pop3_tests::upstream::message;
use pop3_tests::websocket::{Dial, Tunnel};
use pop3_tests::within;
use serde::Serialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::fronts::{FRONTS, websockify};
use crate::server::{LETTER, Server};
use crate::sessions::{all, at_once, most, open};

/// Messages in all, at least.
const MESSAGES: usize = 20_000;
/// Messages of each session, at least.
const LEAST: usize = 5;
/// Commands that a session sends at once; as many are under way at least while it has more.
const WINDOW: usize = 100;
/// Sessions of websockify at most: each is a process of three megabytes.
const WEBSOCKIFY: usize = 100;
/// The system counts a process's time in hundredths of a second; of more processes that tells too little.
const FEW: usize = 2;
/// How often memory is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// One measurement.
#[derive(Debug, Serialize)]
struct Row {
    path: &'static str,
    sessions: usize,
    messages: usize,
    octets: usize,
    seconds: f64,
    messages_a_second: f64,
    octets_a_second: f64,
    /// Seconds from when all ask to the first octets of mail: of the session in the middle, and of that which 99
    /// in 100 are not behind.
    first_median: f64,
    first_99th: f64,
    /// Processor time of the program in between, for a thousand million octets.
    processor_seconds_a_gigabyte: Option<f64>,
    /// The most memory of that program that was seen.
    memory: Option<u64>,
}

pub(crate) async fn measure(counts: &[usize], proxy: &Path, output: &Path) -> Result<()> {
    let (limit, most) = most()?;
    let server = Server::start()?;
    let addresses = &server.addresses;
    println!(
        "Sessions that each fetch messages of {LETTER} octets, all at once.\n\n\
         {:<34} {:>8} {:>11} {:>6} {:>16} {:>16} {:>8}",
        "path", "sessions", "messages/s", "MB/s", "first, 50th 99th", "processor s a GB", "MB"
    );
    let mut rows = Vec::new();
    let counts: Vec<usize> = counts.iter().map(|count| *count.min(&most)).collect();
    for &count in &counts {
        let sessions = at_once(0..count, move |_| Socket::connect(addresses.plain)).await?;
        rows.push(row("sockets, nothing in between", sessions, None).await?);
    }
    let setup = Setup::new()
        .option("max-sessions", &most.to_string())
        .server("plain", addresses.plain, Hop::Plain)
        .server("implicit", addresses.implicit, Hop::Implicit(&addresses.ca));
    for (hop, path) in [
        ("plain", "pop3-proxy"),
        ("implicit", "pop3-proxy, TLS to the server"),
    ] {
        for &count in &counts {
            let proxy = ProxyProgram::start(proxy, &setup)?;
            let sessions = signed_in(count, &proxy.dial(hop)).await?;
            rows.push(row(path, sessions, Some(proxy.program())).await?);
        }
    }
    for &count in counts.iter().filter(|count| **count <= WEBSOCKIFY) {
        let (program, dial) = websockify(addresses.plain).await?;
        let sessions = signed_in(count, &dial).await?;
        rows.push(row("websockify", sessions, Some(&program)).await?);
    }
    for front in &FRONTS {
        for &count in &counts {
            let proxy = ProxyProgram::start(proxy, &setup)?;
            let running = front.start(&proxy).await?;
            let sessions = signed_in(count, &running.dial("plain")).await?;
            rows.push(row(front.name, sessions, Some(&running.program)).await?);
        }
    }
    println!(
        "\nThis system lets a process have {limit} open files: {most} sessions at most. websockify \
         was given {WEBSOCKIFY} at most, since each is a process; of HAProxy and nginx, in front of \
         the proxy, it is their part alone."
    );
    crate::write(output, &rows)
}

async fn signed_in(count: usize, dial: &Dial) -> Result<Vec<Tunnel>> {
    let sessions = open(count, dial).await?;
    at_once(sessions, |mut tunnel| async move {
        tunnel.accepted("USER anyone").await?;
        tunnel.accepted("PASS anything").await?;
        Ok(tunnel)
    })
    .await
}

/// What a session is here: signed in, and with nothing under way.
trait Session: Send + 'static {
    fn ask(&mut self, commands: &[u8]) -> impl Future<Output = Result<()>> + Send;
    /// The next octets that come.
    fn next(&mut self) -> impl Future<Output = Result<&[u8]>> + Send;
}

impl Session for Tunnel {
    async fn ask(&mut self, commands: &[u8]) -> Result<()> {
        self.send(commands).await
    }

    async fn next(&mut self) -> Result<&[u8]> {
        self.discard();
        self.wait_for_octets(1).await?;
        Ok(self.ahead())
    }
}

/// A socket to the server itself.
struct Socket {
    stream: TcpStream,
    piece: Vec<u8>,
}

impl Socket {
    async fn connect(server: std::net::SocketAddr) -> Result<Self> {
        let stream = within("connecting", TcpStream::connect(server)).await?;
        stream.set_nodelay(true)?;
        let mut socket = Self {
            stream,
            piece: Vec::with_capacity(64 << 10),
        };
        socket.line().await?;
        for command in ["USER anyone\r\n", "PASS anything\r\n"] {
            socket.ask(command.as_bytes()).await?;
            socket.line().await?;
        }
        Ok(socket)
    }

    async fn line(&mut self) -> Result<()> {
        let line = self.next().await?;
        ensure!(
            line.starts_with(b"+OK") && line.ends_with(b"\r\n"),
            "no line"
        );
        Ok(())
    }
}

impl Session for Socket {
    async fn ask(&mut self, commands: &[u8]) -> Result<()> {
        within("asking", self.stream.write_all(commands)).await
    }

    async fn next(&mut self) -> Result<&[u8]> {
        self.piece.clear();
        let count = within("octets", self.stream.read_buf(&mut self.piece)).await?;
        ensure!(count > 0, "the server hung up");
        Ok(&self.piece)
    }
}

/// The answer to RETR of the letter, as it is on the wire.
fn answer() -> Vec<u8> {
    let letter = message(LETTER);
    let mut answer = format!("+OK {} octets\r\n", letter.len()).into_bytes();
    for line in letter.split_inclusive(|octet| *octet == b'\n') {
        if line.starts_with(b".") {
            answer.push(b'.');
        }
        answer.extend_from_slice(line);
    }
    answer.extend_from_slice(b".\r\n");
    answer
}

/// Lets all sessions fetch at once, and prints what came of it.
async fn row<S: Session>(
    path: &'static str,
    sessions: Vec<S>,
    program: Option<&Program>,
) -> Result<Row> {
    let count = sessions.len();
    let each = (MESSAGES / count).max(LEAST);
    let answer: Arc<[u8]> = answer().into();
    let (go, _) = watch::channel(None::<Instant>);
    let mut fetching = JoinSet::new();
    for session in sessions {
        fetching.spawn(fetch(session, each, Arc::clone(&answer), go.subscribe()));
    }
    let footprint = || program.map(Program::footprint).transpose();
    let looks = program.map(|program| Looks::start(program.id()));
    let before = footprint()?;
    let begun = Instant::now();
    go.send_replace(Some(begun));
    let (mut firsts, _sessions): (Vec<Duration>, Vec<S>) = all(fetching).await?.into_iter().unzip();
    let seconds = begun.elapsed().as_secs_f64();
    let after = footprint()?;
    let memory = looks.map(Looks::most).transpose()?;

    firsts.sort_unstable();
    let (messages, octets) = (count * each, count * each * answer.len());
    let part = |part: usize| {
        let first = firsts.get((count * part / 100).min(count - 1));
        first.map(Duration::as_secs_f64).context("no session")
    };
    let processor = before.zip(after).and_then(|(before, after)| {
        let spent = after.processor - before.processor;
        (after.processes <= FEW).then(|| spent.as_secs_f64() / (octets as f64 / 1e9))
    });
    let row = Row {
        path,
        sessions: count,
        messages,
        octets,
        seconds,
        messages_a_second: messages as f64 / seconds,
        octets_a_second: octets as f64 / seconds,
        first_median: part(50)?,
        first_99th: part(99)?,
        processor_seconds_a_gigabyte: processor,
        memory,
    };
    println!(
        "{path:<34} {count:>8} {:>11.0} {:>6.0} {:>7.3} {:>7.3} s {:>16} {:>8}",
        row.messages_a_second,
        row.octets_a_second / 1e6,
        row.first_median,
        row.first_99th,
        processor.map_or_else(|| "-".to_owned(), |cost| format!("{cost:.2}")),
        memory.map_or_else(
            || "-".to_owned(),
            |octets| format!("{:.1}", octets as f64 / 1e6)
        ),
    );
    Ok(row)
}

/// Fetches the letter so often once all may; gives how long the first octets took, and the session.
async fn fetch<S: Session>(
    mut session: S,
    messages: usize,
    answer: Arc<[u8]>,
    mut go: watch::Receiver<Option<Instant>>,
) -> Result<(Duration, S)> {
    let begun = *go.wait_for(Option::is_some).await?;
    let begun = begun.context("no start")?;
    let whole = answer.len() * messages;
    let (mut asked, mut taken, mut first) = (0, 0, None);
    while taken < whole {
        let under_way = asked - taken / answer.len();
        if under_way < WINDOW && asked < messages {
            let more = WINDOW.min(messages - asked);
            session.ask(&b"RETR 2\r\n".repeat(more)).await?;
            asked += more;
        }
        let octets = session.next().await?;
        let waited = *first.get_or_insert_with(|| begun.elapsed());
        // The first message is compared as a whole, and of all others the number of octets and the last ones.
        let known = answer.get(taken..).unwrap_or_default();
        let same = known.iter().zip(octets).all(|(one, other)| one == other);
        ensure!(same, "another message came, after {waited:?}");
        taken += octets.len();
        ensure!(
            taken < whole || (taken == whole && b"\r\n.\r\n".ends_with(tail(octets))),
            "{taken} octets came instead of {whole}"
        );
    }
    Ok((first.context("nothing came")?, session))
}

/// The last octets, as many as an end has at most.
fn tail(octets: &[u8]) -> &[u8] {
    octets
        .get(octets.len().saturating_sub(5)..)
        .unwrap_or_default()
}

/// Looks at the memory of a program from time to time.
struct Looks {
    stop: Arc<AtomicBool>,
    thread: std::thread::JoinHandle<Result<u64>>,
}

impl Looks {
    fn start(program: u32) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut most = 0;
            loop {
                let last = told.load(Ordering::Relaxed);
                most = Footprint::of(program)?.memory.max(most);
                if last {
                    return Ok(most);
                }
                std::thread::sleep(LOOK);
            }
        });
        Self { stop, thread }
    }

    /// The most that was seen, with a last look.
    fn most(self) -> Result<u64> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().ok().context("the look at memory")?
    }
}
