//! How sessions end, and what each side is told of it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use pop3_tests::certificates::{Authorities, Fault};
use pop3_tests::proxy::{Hop, RunningProxy, Setup};
use pop3_tests::upstream::{Conduct, Ending, Retr, Script, Security, Stls, Upstream, message};
use pop3_tests::websocket::{Closed, Tunnel};
use pop3_tests::within;
use rustls::ServerConfig;
use tempfile::TempDir;
use tokio_tungstenite::tungstenite::{Bytes, Message};

#[track_caller]
fn assert_closed(closed: &Closed, code: u16, reason: &str) {
    assert_eq!((closed.code, closed.reason.as_str()), (code, reason));
}

/// A fake server with the proxy in front of it.
struct Bed {
    upstream: Upstream,
    proxy: RunningProxy,
}

impl Bed {
    async fn start(setup: Setup, script: Script, hop: Hop<'_>) -> Result<Self> {
        let upstream = Upstream::start(script)?;
        let proxy = setup
            .server("fake", upstream.address(), hop)
            .start()
            .await?;
        Ok(Self { upstream, proxy })
    }

    async fn plain(setup: Setup, conduct: Conduct) -> Result<Self> {
        Self::start(
            setup,
            Script {
                security: Security::Plain,
                conduct,
            },
            Hop::Plain,
        )
        .await
    }

    async fn session(&self) -> Result<Tunnel> {
        Ok(self.proxy.dial("fake").session().await?.0)
    }

    /// Waits until the server's only connection has ended.
    async fn ending(&self) -> Result<Ending> {
        let ended = self
            .upstream
            .wait_for("the upstream's end", |seen| !seen.endings.is_empty());
        ended.await?.endings.first().copied().context("no ending")
    }
}

/// The three hops with a fake server behind each.
struct Hops {
    _folder: TempDir,
    ca: PathBuf,
    config: Arc<ServerConfig>,
}

impl Hops {
    fn new() -> Result<Self> {
        let authorities = Authorities::generate()?;
        let folder = tempfile::tempdir()?;
        let ca = folder.path().join("ca.pem");
        std::fs::write(&ca, authorities.trusted_pem())?;
        let config = authorities
            .issue("127.0.0.1", Fault::None)?
            .server_config()?;
        Ok(Self {
            _folder: folder,
            ca,
            config,
        })
    }

    fn tls(&self) -> [(Security, Hop<'_>); 2] {
        [
            (
                Security::Stls(Stls::Upgrades(Arc::clone(&self.config))),
                Hop::Starttls(&self.ca),
            ),
            (
                Security::Implicit(Arc::clone(&self.config)),
                Hop::Implicit(&self.ca),
            ),
        ]
    }

    fn all(&self) -> impl Iterator<Item = (Security, Hop<'_>)> {
        [(Security::Plain, Hop::Plain)]
            .into_iter()
            .chain(self.tls())
    }
}

const SIZE: usize = 300_000;

fn broken(retr: Retr) -> Conduct {
    Conduct::Mailbox([message(SIZE)].into(), retr)
}

/// Asks for the message, and takes what comes of it until the close.
async fn broken_message(bed: &Bed) -> Result<(Vec<u8>, Closed)> {
    let mut tunnel = bed.session().await?;
    tunnel.log_in("anyone", "anything").await?;
    tunnel.accepted("RETR 1").await?;
    let closed = tunnel.closed().await?;
    Ok((tunnel.ahead().to_vec(), closed))
}

/// The server closes in good order: all that it sent arrives, and the close is normal, though the
/// message is not whole. That is for the client to see.
#[tokio::test]
async fn a_server_that_hangs_up_in_a_message() -> Result<()> {
    let hops = Hops::new()?;
    for (security, hop) in hops.all() {
        let what = format!("{hop:?}");
        let script = Script {
            security,
            conduct: broken(Retr::HangsUp),
        };
        let bed = Bed::start(Setup::new(), script, hop).await?;
        let (octets, closed) = broken_message(&bed).await?;
        assert_closed(&closed, 1000, "upstream-closed");
        let sent = bed.upstream.observed().written;
        assert!(octets.len() > SIZE / 2, "{what}: {} octets", octets.len());
        assert!(
            octets.len() as u64 <= sent,
            "{what}: {} of {sent}",
            octets.len()
        );
        assert!(octets.starts_with(b"From: test@localhost\r\n"));
    }
    Ok(())
}

#[tokio::test]
async fn a_server_that_resets_in_a_message() -> Result<()> {
    let hops = Hops::new()?;
    for (security, hop) in hops.all() {
        let script = Script {
            security,
            conduct: broken(Retr::Resets),
        };
        let bed = Bed::start(Setup::new(), script, hop).await?;
        let (mut tunnel, _) = bed.proxy.dial("fake").session().await?;
        tunnel.log_in("anyone", "anything").await?;
        tunnel.send(b"RETR 1\r\n").await?;
        // A reset may overtake what was sent before it.
        assert_closed(&tunnel.closed().await?, 4013, "upstream-closed");
        let whole = [b"+OK ".as_slice(), &message(SIZE)].concat();
        assert!(tunnel.ahead().len() < whole.len());
    }
    Ok(())
}

/// TCP closed in good order with TLS still open is what a cut line looks like: it must not pass
/// for the server's own end.
#[tokio::test]
async fn tls_that_is_truncated() -> Result<()> {
    let hops = Hops::new()?;
    for (security, hop) in hops.tls() {
        let script = Script {
            security,
            conduct: broken(Retr::Truncates),
        };
        let bed = Bed::start(Setup::new(), script, hop).await?;
        let (octets, closed) = broken_message(&bed).await?;
        assert_closed(&closed, 4013, "upstream-closed");
        assert!(octets.len() > SIZE / 2, "{} octets", octets.len());
    }
    Ok(())
}

#[tokio::test]
async fn a_server_that_closes_before_or_after_its_greeting() -> Result<()> {
    for (conduct, sent) in [
        (Conduct::HangsUp, b"".as_slice()),
        (
            Conduct::Says("-ERR [SYS/TEMP] too busy\r\n".to_owned()),
            b"-ERR [SYS/TEMP] too busy\r\n",
        ),
    ] {
        let bed = Bed::plain(Setup::new(), conduct).await?;
        let mut tunnel = bed.session().await?;
        assert_closed(&tunnel.closed().await?, 1000, "upstream-closed");
        assert_eq!(tunnel.ahead(), sent);
    }
    Ok(())
}

/// However the client goes, the server sees its connection closed, and no QUIT.
#[tokio::test]
async fn a_client_that_goes() -> Result<()> {
    let hops = Hops::new()?;
    for (security, hop) in hops.all() {
        for way in ["close", "vanish", "reset"] {
            let script = Script {
                security: security.clone(),
                conduct: broken(Retr::Whole),
            };
            let bed = Bed::start(Setup::new(), script, hop).await?;
            let mut tunnel = bed.session().await?;
            tunnel.log_in("anyone", "anything").await?;
            tunnel.accepted("DELE 1").await?;
            match way {
                "close" => drop(tunnel.close().await?),
                "vanish" => tunnel.vanish(),
                _ => tunnel.reset()?,
            }
            assert_eq!(bed.ending().await?, Ending::PeerClosed, "{hop:?}, {way}");
            let received = String::from_utf8(bed.upstream.observed().received)?;
            assert!(
                received.ends_with("DELE 1\r\n"),
                "{hop:?}, {way}: {received:?}"
            );
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_session_in_which_nothing_moves() -> Result<()> {
    let limit = Duration::from_millis(400);
    for conduct in [Conduct::Stalls, Conduct::Silent] {
        let setup = Setup::new().option("idle-timeout", "\"400ms\"");
        let bed = Bed::plain(setup, conduct).await?;
        let mut tunnel = bed.session().await?;
        let start = tokio::time::Instant::now();
        assert_closed(&tunnel.closed().await?, 4010, "idle-timeout");
        // The clock runs from the last octet, which came before ours was started.
        assert!(start.elapsed() > limit / 2, "after {:?}", start.elapsed());
        assert_eq!(bed.ending().await?, Ending::PeerClosed);
    }
    Ok(())
}

/// Frames that carry no POP3 do not keep a session open, and octets of POP3 do.
#[tokio::test]
async fn pings_are_no_traffic_and_octets_are() -> Result<()> {
    let setup = Setup::new().option("idle-timeout", "\"2s\"");
    let bed = Bed::plain(setup, broken(Retr::Whole)).await?;

    let mut tunnel = bed.session().await?;
    tunnel.line().await?;
    for _ in 0..12 {
        tokio::time::sleep(Duration::from_millis(250)).await;
        tunnel
            .accepted("NOOP")
            .await
            .context("after less than the idle time")?;
    }

    for _ in 0..400 {
        if tunnel
            .send_message(Message::Ping(Bytes::new()))
            .await
            .is_err()
        {
            break;
        }
        let wait = tokio::time::timeout(Duration::from_millis(50), tunnel.closed()).await;
        if let Ok(closed) = wait {
            assert_closed(&closed?, 4010, "idle-timeout");
            return Ok(());
        }
    }
    anyhow::bail!("pings kept the session open")
}

#[tokio::test]
async fn a_proxy_that_stops_ends_its_sessions() -> Result<()> {
    let setup = Setup::new().option("shutdown-grace", "\"100ms\"");
    let mut bed = Bed::plain(setup, broken(Retr::Whole)).await?;
    let mut tunnel = bed.session().await?;
    tunnel.log_in("anyone", "anything").await?;
    tunnel.accepted("DELE 1").await?;
    bed.proxy.tell_to_stop();
    assert_closed(&tunnel.closed().await?, 4011, "draining");
    assert_eq!(bed.ending().await?, Ending::PeerClosed);
    assert!(bed.upstream.observed().received.ends_with(b"DELE 1\r\n"));
    bed.proxy.stop().await?;
    Ok(())
}

#[tokio::test]
async fn a_proxy_that_stops_lets_sessions_finish_and_begins_none() -> Result<()> {
    // More than a test may take: the proxy must not wait for its end once the session is over.
    let setup = Setup::new().option("shutdown-grace", "\"10m\"");
    let mut bed = Bed::plain(setup, broken(Retr::Whole)).await?;
    let address = bed.proxy.address();
    let mut tunnel = bed.session().await?;
    tunnel.log_in("anyone", "anything").await?;
    bed.proxy.tell_to_stop();

    // The proxy may not have heard yet: until it has, a session is begun, and ended here.
    let refused = async {
        loop {
            match bed.proxy.dial("fake").session().await {
                Ok((early, _)) => early.vanish(),
                Err(_) => return bed.proxy.dial("fake").connect().await?.closed().await,
            }
        }
    };
    assert_closed(&within("a refusal", refused).await?, 4011, "draining");

    assert_eq!(tunnel.multiline("RETR 1").await?, message(SIZE));
    tunnel.accepted("QUIT").await?;
    assert_closed(&tunnel.closed().await?, 1000, "upstream-closed");
    bed.proxy.stop().await?;
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
    Ok(())
}
