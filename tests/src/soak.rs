//! Many sessions for a long time, with faults on both sides, and then the question: is every octet
//! right, and has the proxy given everything back?
//!
//! Clients fetch mail from a Dovecot through the proxy, which is a program of its own here. Between
//! the proxy and Dovecot stand relays that stall connections and cut them. All choices come
//! from one seed, so that a run can be had again, as far as time allows.

mod relay;
mod session;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use fastrand::Rng;
use tokio::task::JoinSet;
use tokio::time::Instant;

use self::relay::Relay;
use self::session::{Outcome, User};
use crate::certificates::{Authorities, Fault};
use crate::dovecot::Dovecot;
use crate::footprint::Footprint;
use crate::program::ProxyProgram;
use crate::proxy::{Hop, Setup};
use crate::upstream::message;

const USERS: usize = 40;
const MESSAGES: usize = 6;
/// The largest message, in octets.
const LARGEST: usize = 300_000;
/// The time in which everything must be given back: longer than the proxy waits for any goodbye.
const GIVING_BACK: Duration = Duration::from_secs(90);
/// What memory may differ by, in octets, beside a quarter of it: an allocator keeps some of what it
/// is given back.
const MEMORY_PLAY: u64 = 8 << 20;

/// How long, how many, and with which luck.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Sessions at the same time. One that ends is followed by another.
    pub sessions: usize,
    /// The time before the first look at what the proxy holds, with the same load as later.
    pub warm_up: Duration,
    /// The time between the first look and the last.
    pub duration: Duration,
    /// The longest pause that a client makes between two commands.
    pub pause: Duration,
    /// Where all choices come from.
    pub seed: u64,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Report {
    /// Sessions that were begun.
    pub sessions: u64,
    /// Messages that came whole, and were right.
    pub messages: u64,
    /// Octets that came and were right.
    pub octets: u64,
    /// Sessions that ended as they should, that the client cut, and that were cut behind the proxy,
    /// by the close code that the client was told.
    pub endings: BTreeMap<String, u64>,
    /// Connections that were cut behind the proxy.
    pub cuts: u64,
    /// What the proxy held before and after.
    pub before: Holdings,
    /// The same at the end.
    pub after: Holdings,
    /// What it held in between, at the most.
    pub most: Holdings,
}

/// What the proxy holds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Holdings {
    /// Open sessions.
    pub sessions: u64,
    /// Tasks of its runtime.
    pub tasks: u64,
    /// Open files and sockets.
    pub files: usize,
    /// Memory, in octets.
    pub memory: u64,
}

impl Holdings {
    async fn of(proxy: &ProxyProgram) -> Result<Self> {
        let whole = async |name| Ok::<_, anyhow::Error>(proxy.metric(name).await? as u64);
        let sessions = whole("pop3_proxy_sessions_open").await?;
        let tasks = whole("pop3_proxy_tasks").await?;
        let Footprint { files, memory, .. } = proxy.footprint()?;
        Ok(Self {
            sessions,
            tasks,
            files,
            memory,
        })
    }

    fn max(self, other: Self) -> Self {
        Self {
            sessions: self.sessions.max(other.sessions),
            tasks: self.tasks.max(other.tasks),
            files: self.files.max(other.files),
            memory: self.memory.max(other.memory),
        }
    }
}

impl fmt::Display for Holdings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            sessions,
            tasks,
            files,
            memory,
        } = self;
        let memory = memory / 1024;
        write!(
            f,
            "{sessions:>6} sessions {tasks:>6} tasks {files:>6} files {memory:>8} KiB"
        )
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} sessions, {} whole messages, {} octets of mail compared, none wrong; {} \
             connections cut behind the proxy",
            self.sessions, self.messages, self.octets, self.cuts
        )?;
        for (ending, count) in &self.endings {
            writeln!(f, "  {count:>7} {ending}")?;
        }
        writeln!(f, "before: {}", self.before)?;
        writeln!(f, "most:   {}", self.most)?;
        write!(f, "after:  {}", self.after)
    }
}

/// Starts everything, and lets it run.
///
/// # Errors
/// A wrong octet, an ending without a cause, anything that was not given back, or a part that could
/// not be started.
pub async fn run(proxy: &Path, plan: Plan) -> Result<Report> {
    let mut rng = Rng::with_seed(plan.seed);
    let dovecot = Dovecot::start(&Authorities::generate()?)?;
    let users = users(&dovecot, &mut rng)?;
    let plain = Relay::start(dovecot.pop3(Fault::None), rng.fork())?;
    let implicit = Relay::start(dovecot.pop3s(Fault::None), rng.fork())?;
    let ca = dovecot.ca_file();
    let setup = Setup::new()
        .option("max-sessions", &(2 * plan.sessions).to_string())
        .server("plain", plain.address(), Hop::Plain)
        .server("starttls", plain.address(), Hop::Starttls(&ca))
        .server("implicit", implicit.address(), Hop::Implicit(&ca));
    let proxy = Arc::new(ProxyProgram::start(proxy, &setup)?);

    let mut report = Report::default();
    // The same load as later, so that what is allocated for it once is there already.
    load(&proxy, &users, plan, plan.warm_up, &mut rng, &mut report).await?;
    report = Report {
        before: quiet(&proxy).await?,
        ..Report::default()
    };
    let cuts_before = plain.cuts() + implicit.cuts();
    load(&proxy, &users, plan, plan.duration, &mut rng, &mut report).await?;
    report.cuts = plain.cuts() + implicit.cuts() - cuts_before;
    report.after = given_back(&proxy, report.before)
        .await
        .with_context(|| format!("{report}"))?;

    let interrupted: u64 = report
        .endings
        .iter()
        .filter(|(ending, _)| ending.starts_with(session::INTERRUPTED))
        .map(|(_, count)| count)
        .sum();
    ensure!(
        interrupted <= report.cuts,
        "{interrupted} sessions were interrupted, and only {} connections cut\n{report}",
        report.cuts
    );
    ensure!(report.messages > 0, "no message came whole\n{report}");
    let log = proxy.log()?;
    ensure!(log.is_empty(), "the proxy logged errors:\n{log}");
    Ok(report)
}

fn users(dovecot: &Dovecot, rng: &mut Rng) -> Result<Arc<[User]>> {
    let mut users = Vec::new();
    for number in 0..USERS {
        let name = format!("soak-{number}");
        let password = dovecot.mailboxes().create(&name)?;
        let mut messages = Vec::new();
        for _ in 0..MESSAGES {
            // No two are alike.
            let size = rng.usize(200..LARGEST);
            let mut mail = format!("X-Number: {}\r\n", rng.u64(..)).into_bytes();
            mail.extend(message(size));
            dovecot.mailboxes().deliver(&name, &mail)?;
            messages.push(mail);
        }
        users.push(User::new(name, password, &messages));
    }
    Ok(users.into())
}

/// Keeps so many sessions going for so long, and waits for the last to end.
async fn load(
    proxy: &Arc<ProxyProgram>,
    users: &Arc<[User]>,
    plan: Plan,
    duration: Duration,
    rng: &mut Rng,
    report: &mut Report,
) -> Result<()> {
    let end = Instant::now() + duration;
    let mut clients = JoinSet::new();
    for _ in 0..plan.sessions {
        let (proxy, users, rng) = (Arc::clone(proxy), Arc::clone(users), rng.fork());
        clients.spawn(client(proxy, users, rng, plan.pause, end));
    }
    let mut look = tokio::time::interval(Duration::from_secs(1));
    loop {
        tokio::select! {
            ended = clients.join_next() => match ended {
                Some(outcome) => report.add(outcome??),
                None => return Ok(()),
            },
            _ = look.tick() => report.most = report.most.max(Holdings::of(proxy).await?),
        }
    }
}

/// One session after the other, until the time is over.
async fn client(
    proxy: Arc<ProxyProgram>,
    users: Arc<[User]>,
    mut rng: Rng,
    pause: Duration,
    end: Instant,
) -> Result<Report> {
    let mut report = Report::default();
    // Not all at once: a mail server takes its time for each that signs in.
    tokio::time::sleep(pause.mul_f64(2.0 * rng.f64())).await;
    while Instant::now() < end {
        let server = rng.choice(["plain", "starttls", "implicit"]);
        let dial = proxy.dial(server.unwrap_or_default());
        let user = rng.choice(users.iter()).context("no users")?;
        let Outcome {
            ending,
            messages,
            octets,
        } = session::live(dial, user, &mut rng, pause).await?;
        report.sessions += 1;
        report.messages += messages;
        report.octets += octets;
        *report.endings.entry(ending).or_default() += 1;
    }
    Ok(report)
}

impl Report {
    fn add(&mut self, other: Self) {
        self.sessions += other.sessions;
        self.messages += other.messages;
        self.octets += other.octets;
        for (ending, count) in other.endings {
            *self.endings.entry(ending).or_default() += count;
        }
    }
}

/// Waits until no session is open, and until what the proxy holds stays the same.
async fn quiet(proxy: &ProxyProgram) -> Result<Holdings> {
    let deadline = Instant::now() + GIVING_BACK;
    let mut last = Holdings::of(proxy).await?;
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let now = Holdings::of(proxy).await?;
        if now.sessions == 0 && (now.tasks, now.files) == (last.tasks, last.files) {
            return Ok(now);
        }
        ensure!(Instant::now() < deadline, "sessions stay: {now}");
        last = now;
    }
}

/// Waits until the proxy holds no more than before.
async fn given_back(proxy: &ProxyProgram, before: Holdings) -> Result<Holdings> {
    let most = before.memory + (before.memory / 4).max(MEMORY_PLAY);
    let deadline = Instant::now() + GIVING_BACK;
    loop {
        let now = Holdings::of(proxy).await?;
        let all = now.sessions == 0
            && now.tasks <= before.tasks
            && now.files <= before.files
            && now.memory <= most;
        if all {
            return Ok(now);
        }
        ensure!(
            Instant::now() < deadline,
            "not given back:\n{now}, before it was\n{before}"
        );
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}
