//! A side that does not read stops the other side, and the proxy keeps nothing in between.
//!
//! What is measured are the octets that a flooding side gets rid of while the other side reads
//! nothing. The kernel's buffers account for some megabytes of them; a proxy that buffers would
//! take everything.

use std::time::Duration;

use anyhow::{Context, Result};
use pop3_tests::certificates::{Authorities, Fault};
use pop3_tests::proxy::{Hop, RunningProxy, Setup};
use pop3_tests::upstream::{Conduct, Retr, Script, Security, Upstream, message};
use pop3_tests::websocket::Tunnel;
use pop3_tests::within;

/// What a flood is given to come to a stop: longer than any pause of a busy machine.
const STANDSTILL: Duration = Duration::from_millis(700);

const END_TO_END: &str = "end-to-end";

/// A client's receive buffer in the kernel, in octets.
const CLIENT_BUFFER: u32 = 64 * 1024;

/// The most octets that may be under way between two sides that the proxy connects: the kernel's
/// largest buffers on both sides of the proxy, and a megabyte for the proxy and the ends.
fn most_under_way() -> Result<u64> {
    let mut most = 1 << 20;
    for name in ["tcp_rmem", "tcp_wmem"] {
        let values = std::fs::read_to_string(format!("/proc/sys/net/ipv4/{name}"))?;
        let largest = values.split_whitespace().last().context("no values")?;
        most += largest.parse::<u64>()?;
    }
    Ok(most)
}

async fn start(setup: Setup, conduct: Conduct) -> Result<(Upstream, RunningProxy)> {
    start_by(Hop::Plain, setup, conduct).await
}

async fn start_by(
    hop: Hop<'_>,
    setup: Setup,
    conduct: Conduct,
) -> Result<(Upstream, RunningProxy)> {
    let upstream = Upstream::plain(conduct)?;
    let setup = setup.server("fake", upstream.address(), hop);
    Ok((upstream, setup.start().await?))
}

/// The same where TLS is none of the proxy's business, so that it need not even be there.
async fn start_end_to_end(conduct: Conduct) -> Result<(Upstream, RunningProxy)> {
    start_by(Hop::EndToEnd("implicit"), Setup::new(), conduct).await
}

/// The same with TLS between the proxy and the server.
async fn start_with_tls(conduct: Conduct) -> Result<(Upstream, RunningProxy)> {
    let authorities = Authorities::generate()?;
    let certificate = authorities.issue("127.0.0.1", Fault::None)?;
    let upstream = Upstream::start(Script {
        security: Security::Implicit(certificate.server_config()?),
        conduct,
    })?;
    // The configuration reads it at the start.
    let ca = tempfile::NamedTempFile::new()?;
    std::fs::write(ca.path(), authorities.trusted_pem())?;
    let proxy = Setup::new()
        .server("fake", upstream.address(), Hop::Implicit(ca.path()))
        .start()
        .await?;
    Ok((upstream, proxy))
}

/// Waits until the server's flood stands still, and says how much it got rid of.
async fn standstill(upstream: &Upstream) -> Result<u64> {
    let most = most_under_way()?;
    within("the flood's standstill", async {
        let mut written = upstream.observed().written;
        loop {
            tokio::time::sleep(STANDSTILL).await;
            let now = upstream.observed().written;
            anyhow::ensure!(
                now <= most,
                "{now} octets are under way, {most} at most may be"
            );
            if now == written && now > 0 {
                return Ok(now);
            }
            written = now;
        }
    })
    .await
}

/// Reads `count` more octets, and keeps none.
async fn take(tunnel: &mut Tunnel, count: usize) -> Result<()> {
    let mut left = count;
    while left > 0 {
        tunnel.wait_for_octets(1).await?;
        left = left.saturating_sub(tunnel.discard());
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_that_reads_slowly_stops_the_server() -> Result<()> {
    let mail = || Conduct::Mailbox([message(100)].into(), Retr::Floods);
    for (what, line, (upstream, proxy)) in [
        (
            "a line",
            true,
            start(Setup::new(), Conduct::FloodsLine).await?,
        ),
        ("mail", false, start(Setup::new(), mail()).await?),
        ("mail by TLS", false, start_with_tls(mail()).await?),
        (
            END_TO_END,
            true,
            start_end_to_end(Conduct::FloodsLine).await?,
        ),
    ] {
        let mut dial = proxy.dial("fake").receive_buffer(CLIENT_BUFFER);
        if what == END_TO_END {
            dial = dial.end_to_end();
        }
        let (mut tunnel, _) = dial.session().await?;
        if !line {
            tunnel.log_in("anyone", "anything").await?;
            tunnel.send(b"RETR 1\r\n").await?;
        }
        // Nothing is read from here on.
        let stood = standstill(&upstream).await.context(what)?;

        // It goes on when the browser does, and stops again.
        take(&mut tunnel, 32 << 20).await?;
        let seen = upstream
            .wait_for("the flood", |seen| seen.written > stood + (16 << 20))
            .await?;
        assert!(seen.written >= 32 << 20, "{what}");
        let written = upstream.observed().written;
        let most = (32 << 20) + most_under_way()?;
        assert!(
            written <= most,
            "{what}: {written} octets, {most} at most may be"
        );

        tunnel.vanish();
        upstream
            .wait_for("the upstream's end", |seen| seen.endings.len() == 1)
            .await?;
    }
    Ok(())
}

/// Sends until nothing is taken any more, and says how many octets were.
async fn send_until_standstill(tunnel: &mut Tunnel) -> Result<u64> {
    let most = most_under_way()?;
    let commands = b"NOOP\r\n".repeat(5_000);
    let mut sent = 0;
    loop {
        match tokio::time::timeout(STANDSTILL, tunnel.send(&commands)).await {
            Ok(outcome) => outcome?,
            Err(_) => return Ok(sent),
        }
        sent += commands.len() as u64;
        anyhow::ensure!(
            sent <= most,
            "{sent} octets were taken, {most} at most may be"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_never_reads_stops_the_browser() -> Result<()> {
    for (_upstream, proxy) in [
        start(Setup::new(), Conduct::NeverReads).await?,
        start_with_tls(Conduct::NeverReads).await?,
    ] {
        let (mut tunnel, _) = proxy.dial("fake").session().await?;
        tunnel.line().await?;
        assert!(send_until_standstill(&mut tunnel).await? > 0);
    }
    Ok(())
}

/// Both sides write and neither reads: the session stands still, and ends as idle.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_standstill_ends_as_idle() -> Result<()> {
    let idle = || Setup::new().option("idle-timeout", "\"1500ms\"");

    let (upstream, proxy) = start(idle(), Conduct::FloodsLine).await?;
    let dial = proxy.dial("fake").receive_buffer(CLIENT_BUFFER);
    let (mut tunnel, _) = dial.session().await?;
    upstream
        .wait_for("the upstream's end", |seen| seen.endings.len() == 1)
        .await?;
    // What was under way comes first, and then the reason, if it still found room.
    let closed = tunnel.closed().await?;
    assert!([4010, 1006].contains(&closed.code), "{closed:?}");

    let (_upstream, proxy) = start(idle(), Conduct::NeverReads).await?;
    let (mut tunnel, _) = proxy.dial("fake").session().await?;
    tunnel.line().await?;
    send_until_standstill(&mut tunnel).await?;
    let closed = tunnel.closed().await?;
    assert_eq!(
        (closed.code, closed.reason.as_str()),
        (4010, "idle-timeout")
    );
    Ok(())
}
