//! Clients that act before their session has begun, while the proxy is still on its way to the
//! server.

use std::time::Duration;

use anyhow::{Context, Result};
use pop3_tests::certificates::Authorities;
use pop3_tests::dovecot::Dovecot;
use pop3_tests::proxy::{Hop, RunningProxy, Setup};
use pop3_tests::upstream::{Conduct, Ending, Script, Security, Stls, Upstream};
use pop3_tests::websocket::Tunnel;
use tempfile::TempDir;
use tokio_tungstenite::tungstenite::Message;

/// A proxy in front of a server that never gets through the handshake.
struct Bed {
    upstream: Upstream,
    proxy: RunningProxy,
    _folder: TempDir,
}

impl Bed {
    async fn start(security: Security, conduct: Conduct) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let ca = folder.path().join("ca.pem");
        std::fs::write(&ca, Authorities::generate()?.trusted_pem())?;
        let upstream = Upstream::start(Script { security, conduct })?;
        // Nothing in these tests may come about by waiting for it.
        let setup = Setup::new().option("handshake-timeout", "\"10m\"");
        let proxy = setup
            .server("fake", upstream.address(), Hop::Starttls(&ca))
            .start()
            .await?;
        Ok(Self {
            upstream,
            proxy,
            _folder: folder,
        })
    }

    /// Servers that stop at each of the steps before a session.
    async fn all() -> Result<[Self; 3]> {
        Ok([
            Self::start(Security::Plain, Conduct::Silent).await?,
            Self::start(Security::Stls(Stls::Ignores), Conduct::Stalls).await?,
            Self::start(Security::Stls(Stls::Stalls), Conduct::Stalls).await?,
        ])
    }

    /// A client, once the proxy is connected to the server.
    async fn client(&self) -> Result<Tunnel> {
        let tunnel = self.proxy.dial("fake").connect().await?;
        self.upstream
            .wait_for("the connection", |seen| seen.connections == 1)
            .await?;
        Ok(tunnel)
    }

    /// The connection to the server is closed, and nothing of the client's was sent on it.
    async fn assert_let_go(&self) -> Result<()> {
        let ended = self
            .upstream
            .wait_for("the upstream's end", |seen| !seen.endings.is_empty());
        let seen = ended.await?;
        assert_eq!(seen.endings, [Ending::PeerClosed]);
        let received = String::from_utf8_lossy(&seen.received);
        assert!(
            !received.contains("PASS") && !received.contains("QUIT"),
            "{received:?}"
        );
        Ok(())
    }
}

const SECRET: &[u8] = b"PASS secret\r\n";

/// A page that is closed does not keep its place until a timeout.
#[tokio::test]
async fn a_client_that_goes() -> Result<()> {
    for way in ["close", "vanish", "reset", "send and vanish"] {
        for bed in Bed::all().await? {
            let mut tunnel = bed.client().await?;
            match way {
                "close" => drop(tunnel.close().await?),
                "vanish" => tunnel.vanish(),
                "reset" => tunnel.reset()?,
                _ => {
                    tunnel.send(SECRET).await?;
                    tunnel.vanish();
                }
            }
            bed.assert_let_go().await.context(way)?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_client_that_breaks_the_rules() -> Result<()> {
    let large = vec![b'x'; 64 * 1024 + 1];
    for (message, code, reason) in [
        (Message::text("PASS secret\r\n"), 1003, "binary-only"),
        (Message::binary(large), 4012, "too-large"),
    ] {
        for bed in Bed::all().await? {
            let mut tunnel = bed.client().await?;
            tunnel.send_message(message.clone()).await?;
            let closed = tunnel.closed().await.context(reason)?;
            assert_eq!((closed.code, closed.reason.as_str()), (code, reason));
            bed.assert_let_go().await.context(reason)?;
        }
    }
    Ok(())
}

/// A password that is sent too early waits for TLS, however long that takes, and is never sent
/// without it.
#[tokio::test]
async fn nothing_is_sent_before_tls() -> Result<()> {
    for bed in Bed::all().await? {
        let mut tunnel = bed.client().await?;
        tunnel.send_octet_by_octet(SECRET).await?;
        let early = tokio::time::timeout(Duration::from_millis(200), tunnel.closed()).await;
        assert!(early.is_err(), "the session ended: {early:?}");
        assert!(
            !bed.upstream
                .observed()
                .received
                .windows(4)
                .any(|four| four == b"PASS")
        );
        tunnel.vanish();
        bed.assert_let_go().await?;
    }
    Ok(())
}

/// Octets that are sent early arrive whole and in order, once there is a session.
#[tokio::test]
async fn a_client_that_does_not_wait() -> Result<()> {
    let dovecot = Dovecot::shared()?;
    let password = dovecot.mailboxes().create("eager")?;
    let proxy = Setup::new().dovecot(dovecot).start().await?;
    let session = format!("USER eager\r\nPASS {password}\r\nSTAT\r\nQUIT\r\n");
    for hop in ["plain", "starttls", "implicit"] {
        for pieces in [1, session.len()] {
            let mut tunnel = proxy.dial(hop).connect().await?;
            for piece in session.as_bytes().chunks(session.len() / pieces) {
                tunnel.send(piece).await?;
            }
            let event = tunnel.event().await?;
            assert_eq!(event["event"], "connected");
            assert!(tunnel.ahead().is_empty(), "{hop}: POP3 before the event");
            let closed = tunnel.closed().await?;
            assert_eq!(closed.code, 1000, "{hop}");
            let answers = String::from_utf8(tunnel.ahead().to_vec())?;
            let answers: Vec<&str> = answers.lines().skip(1).collect();
            let expected = ["+OK", "+OK Logged in.", "+OK 0 0", "+OK Logging out."];
            assert_eq!(answers, expected, "{hop}");
        }
    }
    Ok(())
}

/// What is sent early is bounded too: the proxy takes one message, and leaves the rest to wait.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_floods_early() -> Result<()> {
    let bed = Bed::start(Security::Plain, Conduct::Silent).await?;
    let mut tunnel = bed.client().await?;
    let piece = vec![b'x'; 64 * 1024];
    let most = 64 << 20;
    let mut sent = 0;
    loop {
        match tokio::time::timeout(Duration::from_millis(700), tunnel.send(&piece)).await {
            Ok(outcome) => outcome?,
            Err(_) => return Ok(()),
        }
        sent += piece.len();
        assert!(
            sent < most,
            "{sent} octets were taken with no one to send them to"
        );
    }
}
