//! How much memory open sessions hold: fresh ones, those that have carried mail, and what stays when
//! all are gone.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};
use pop3_tests::program::ProxyProgram;
use pop3_tests::proxy::{Hop, Setup};
use pop3_tests::websocket::{Dial, Tunnel};
use serde::Serialize;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::fronts::websockify;
use crate::server::{MESSAGE, Server};

/// Sessions that begin or fetch mail at the same time.
const AT_ONCE: usize = 64;
/// Sessions before the first measurement, for what is allocated once.
const WARM_UP: usize = 100;
/// Sessions through websockify, which starts a process for each.
const PEER_SESSIONS: usize = 50;
/// Open files that a process of the benchmark needs besides its sockets.
const OTHER_FILES: usize = 200;
/// Time for memory to be given back, and for buffers to be let go of.
const SETTLE: Duration = Duration::from_secs(2);

/// One measurement. Sizes are octets a session.
#[derive(Debug, Serialize)]
struct Row {
    program: &'static str,
    hop: &'static str,
    sessions: usize,
    /// Connected, and greeted by the server.
    fresh: u64,
    /// Signed in, a message fetched, and idle again.
    after_mail: u64,
    /// Of the whole process once all sessions have ended, above what it had at the start.
    left: i64,
}

pub(crate) async fn measure(counts: &[usize], proxy: &Path, output: &Path) -> Result<()> {
    let (limit, most) = most()?;
    let server = Server::start()?;
    println!(
        "Octets of memory for each session that is open and idle: with its greeting only, and \
         after a message of {MESSAGE} octets.\n\n\
         {:<12} {:<9} {:>8} {:>10} {:>11} {:>14}",
        "program", "hop", "sessions", "fresh", "after mail", "left in all"
    );
    let mut rows = Vec::new();
    for hop in ["plain", "implicit"] {
        for &count in counts {
            let row = of_proxy(proxy, &server, hop, count.min(most)).await?;
            show(&row);
            rows.push(row);
        }
    }
    let row = of_websockify(&server).await?;
    show(&row);
    rows.push(row);
    println!("\nThis system lets a process have {limit} open files: {most} sessions at most.");
    crate::write(output, &rows)
}

/// How many files a process may have open here, and how many sessions a proxy can have then: it has two sockets
/// for each.
pub(crate) fn most() -> Result<(usize, usize)> {
    let limit = usize::try_from(rlimit::increase_nofile_limit(u64::MAX)?)?;
    Ok((limit, limit.saturating_sub(OTHER_FILES) / 2))
}

fn show(row: &Row) {
    println!(
        "{:<12} {:<9} {:>8} {:>10} {:>11} {:>14}",
        row.program, row.hop, row.sessions, row.fresh, row.after_mail, row.left
    );
}

async fn of_proxy(program: &Path, server: &Server, hop: &'static str, count: usize) -> Result<Row> {
    let addresses = &server.addresses;
    let setup = Setup::new()
        .option("max-sessions", &(count + WARM_UP).to_string())
        .server("plain", addresses.plain, Hop::Plain)
        .server("implicit", addresses.implicit, Hop::Implicit(&addresses.ca));
    let proxy = ProxyProgram::start(program, &setup)?;
    let all_gone = async || {
        while proxy.metric("pop3_proxy_sessions_open").await? > 0.0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        tokio::time::sleep(SETTLE).await;
        proxy.footprint()
    };
    let warm = open(WARM_UP, &proxy.dial(hop)).await?;
    drop(fetch(warm).await?);
    let before = all_gone().await?.memory;

    let held = async || {
        tokio::time::sleep(SETTLE).await;
        let memory = proxy.footprint()?.memory.saturating_sub(before);
        Ok::<_, anyhow::Error>(memory / u64::try_from(count)?)
    };
    let sessions = open(count, &proxy.dial(hop)).await?;
    let fresh = held().await?;
    let sessions = fetch(sessions).await?;
    let after_mail = held().await?;
    drop(sessions);
    let after = all_gone().await?.memory;
    Ok(Row {
        program: "pop3-proxy",
        hop,
        sessions: count,
        fresh,
        after_mail,
        left: i64::try_from(after)? - i64::try_from(before)?,
    })
}

/// The peer. It has no TLS to servers in the same way, so it is measured without.
async fn of_websockify(server: &Server) -> Result<Row> {
    let (program, dial) = websockify(server.addresses.plain).await?;
    drop(fetch(open(1, &dial).await?).await?);
    tokio::time::sleep(SETTLE).await;
    let before = program.footprint()?.memory;
    let held = async || {
        tokio::time::sleep(SETTLE).await;
        let memory = program.footprint()?.memory.saturating_sub(before);
        Ok::<_, anyhow::Error>(memory / PEER_SESSIONS as u64)
    };
    let sessions = open(PEER_SESSIONS, &dial).await?;
    let fresh = held().await?;
    let sessions = fetch(sessions).await?;
    let after_mail = held().await?;
    drop(sessions);
    tokio::time::sleep(SETTLE).await;
    Ok(Row {
        program: "websockify",
        hop: "plain",
        sessions: PEER_SESSIONS,
        fresh,
        after_mail,
        left: i64::try_from(program.footprint()?.memory)? - i64::try_from(before)?,
    })
}

/// Opens so many sessions, some at once, and takes their greetings.
pub(crate) async fn open(count: usize, dial: &Dial) -> Result<Vec<Tunnel>> {
    let dial = dial.clone();
    at_once(0..count, move |_| {
        let dial = dial.clone();
        async move {
            let mut tunnel = dial.connect().await?;
            let greeting = tunnel.line().await?;
            ensure!(greeting.starts_with("+OK"), "{greeting}");
            Ok(tunnel)
        }
    })
    .await
}

async fn fetch(sessions: Vec<Tunnel>) -> Result<Vec<Tunnel>> {
    at_once(sessions, |mut tunnel| async move {
        tunnel.accepted("USER anyone").await?;
        tunnel.accepted("PASS anything").await?;
        tunnel.accepted("RETR 1").await?;
        let mut end = Vec::new();
        while !end.ends_with(b"\r\n.\r\n") {
            tunnel.wait_for_octets(1).await?;
            end.extend_from_slice(tunnel.ahead());
            end.drain(..end.len().saturating_sub(5));
            tunnel.discard();
        }
        Ok(tunnel)
    })
    .await
}

/// Does something with each of these, with [`AT_ONCE`] at the same time; gives what came of it.
pub(crate) async fn at_once<T, U, F>(
    each: impl IntoIterator<Item = T>,
    action: impl Fn(T) -> F,
) -> Result<Vec<U>>
where
    U: Send + 'static,
    F: Future<Output = Result<U>> + Send + 'static,
{
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut tasks = JoinSet::new();
    for one in each {
        let (doing, places) = (action(one), Arc::clone(&places));
        tasks.spawn(async move {
            let _place = places.acquire().await?;
            doing.await
        });
    }
    all(tasks).await
}

/// What came of all tasks, in the order in which they ended.
pub(crate) async fn all<U: Send + 'static>(mut tasks: JoinSet<Result<U>>) -> Result<Vec<U>> {
    let mut outcomes = Vec::new();
    while let Some(outcome) = tasks.join_next().await {
        outcomes.push(outcome??);
    }
    Ok(outcomes)
}
