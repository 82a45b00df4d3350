//! What sessions that stand still cost in memory. Alone in its process, which is measured as a
//! whole: the proxy, and the small ends of the sessions.

use std::time::Duration;

use anyhow::{Context, Result};
use pop3_tests::proxy::{Hop, Setup};
use pop3_tests::upstream::{Conduct, Upstream};
use pop3_tests::within;

const SESSIONS: usize = 64;

/// What a session may take, in octets: a frame of the largest size, 64 KiB, in each direction, the
/// buffers that those pass through, and 64 KiB of the fake server's own.
const MOST_PER_SESSION: usize = 320 * 1024;

/// The memory of this process that is really there, in octets.
fn resident() -> Result<usize> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .context("no VmRSS")?;
    let kilobytes = line.split_whitespace().nth(1).context("no figure")?;
    Ok(kilobytes.parse::<usize>()? * 1024)
}

/// Servers that send without end to browsers that do not read, and browsers that send without end
/// to servers that do not read: all of them stand still, and hold little.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_that_stand_still_hold_little() -> Result<()> {
    let floods = Upstream::plain(Conduct::FloodsLine)?;
    let deaf = Upstream::plain(Conduct::NeverReads)?;
    let setup = Setup::new()
        .server("floods", floods.address(), Hop::Plain)
        .server("deaf", deaf.address(), Hop::Plain);
    let proxy = setup.start().await?;
    // What is allocated once, for the first session, is no session's cost.
    proxy.dial("floods").session().await?.0.vanish();
    proxy.dial("deaf").session().await?.0.vanish();

    let before = resident()?;
    let mut sessions = Vec::new();
    let commands = b"NOOP\r\n".repeat(10_000);
    for _ in 0..SESSIONS / 2 {
        let dial = proxy.dial("floods").receive_buffer(64 * 1024);
        sessions.push(dial.session().await?.0);
        let mut sender = proxy.dial("deaf").session().await?.0;
        while tokio::time::timeout(Duration::from_millis(50), sender.send(&commands))
            .await
            .is_ok()
        {}
        sessions.push(sender);
    }
    within("the floods' standstill", async {
        let mut written = 0;
        while written != floods.observed().written {
            written = floods.observed().written;
            tokio::time::sleep(Duration::from_millis(700)).await;
        }
        Ok::<_, anyhow::Error>(())
    })
    .await?;

    let held = resident()?.saturating_sub(before) / SESSIONS;
    assert!(
        held <= MOST_PER_SESSION,
        "{held} octets a session, {MOST_PER_SESSION} at most may be"
    );
    // What went through is much more than what is held, or nothing was shown.
    let through = usize::try_from(floods.observed().written)? / SESSIONS;
    assert!(
        through > MOST_PER_SESSION,
        "only {through} octets a session went through"
    );
    drop(sessions);
    Ok(())
}
