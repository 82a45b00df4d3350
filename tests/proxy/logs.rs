//! No password and no octet of mail is ever in the log, at any level, whatever happens.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use pop3_tests::certificates::{Authorities, Fault};
use pop3_tests::dovecot::Dovecot;
use pop3_tests::proxy::{Hop, Setup};
use pop3_tests::upstream::{Conduct, Retr, Script, Security, Stls, Upstream};
use pop3_tests::websocket::{Secure, Tunnel};
use tokio_tungstenite::tungstenite::Message;
use tracing_subscriber::filter::LevelFilter;

/// In everything that the log must not have.
const CANARY: &str = "canary-7f3a";

/// Collects every line that is logged in this process.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Starts to collect, at the finest level, from every part of the program.
    fn capture() -> Result<Self> {
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(LevelFilter::TRACE)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::set_global_default(subscriber)?;
        Ok(log)
    }

    fn text(&self) -> String {
        let octets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&octets).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .write(octets)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whole sessions, wrong passwords, mail that is cut off, and frames that are refused.
async fn with_real_server() -> Result<()> {
    let dovecot = Dovecot::shared()?;
    let user = format!("user-of-{CANARY}");
    let password = dovecot.mailboxes().create(&user)?;
    let mail = format!(
        "Subject: {CANARY}\r\n\r\n{}",
        format!("{CANARY}\r\n").repeat(10_000)
    );
    dovecot.mailboxes().deliver(&user, mail.as_bytes())?;
    let end_to_end = dovecot.pop3s(Fault::None);
    let proxy = Setup::new()
        .dovecot(dovecot)
        .server("end-to-end", end_to_end, Hop::EndToEnd("implicit"))
        .start()
        .await?;
    for hop in ["plain", "starttls", "implicit"] {
        let (mut tunnel, _) = proxy.dial(hop).session().await?;
        assert!(
            tunnel
                .log_in(&user, &format!("wrong-{CANARY}"))
                .await
                .is_err()
        );
        tunnel.accepted(&format!("USER {user}")).await?;
        tunnel.accepted(&format!("PASS {password}")).await?;
        assert_eq!(tunnel.multiline("RETR 1").await?, mail.as_bytes());
        tunnel.accepted("QUIT").await?;
        tunnel.closed().await?;

        let (mut tunnel, _) = proxy.dial(hop).session().await?;
        tunnel.log_in(&user, &password).await?;
        tunnel.send(b"RETR 1\r\n").await?;
        tunnel.vanish();
    }
    let ca = dovecot.ca_file();
    let (mut tunnel, _) = proxy.dial("end-to-end").end_to_end().session().await?;
    // As a client does that forgot TLS: the proxy does not look.
    tunnel.send(format!("PASS {CANARY}\r\n").as_bytes()).await?;
    tunnel.closed().await?;
    let (tunnel, _) = proxy.dial("end-to-end").end_to_end().session().await?;
    let mut session = Secure::handshake(tunnel, "127.0.0.1", &ca).await?;
    session.line().await?;
    session.accepted(&format!("USER {user}")).await?;
    session.accepted(&format!("PASS {password}")).await?;
    assert_eq!(session.multiline("RETR 1").await?, mail.as_bytes());
    session.accepted("QUIT").await?;
    session.tunnel().closed().await?;
    for refused in ["bad-certificate", "wrong-name", "expired"] {
        let mut tunnel = proxy.dial(refused).connect().await?;
        // Sent before the session begins, as an eager client does.
        let _ = tunnel.send(format!("PASS {CANARY}\r\n").as_bytes()).await;
        tunnel.closed().await?;
    }
    proxy.stop().await
}

async fn offend(mut tunnel: Tunnel, message: Message) -> Result<()> {
    tunnel.send_message(message).await?;
    tunnel.closed().await?;
    Ok(())
}

/// Servers that fail in every way, with the canary in what they say, and clients that break rules
/// with it in what they send.
async fn with_fake_servers() -> Result<()> {
    let authorities = Authorities::generate()?;
    let folder = tempfile::tempdir()?;
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, authorities.trusted_pem())?;
    let config = authorities
        .issue("127.0.0.1", Fault::None)?
        .server_config()?;

    let line = format!("{CANARY}\r\n");
    let mail = || -> Arc<[Vec<u8>]> { [line.repeat(1_000).into_bytes()].into() };
    let mailbox = |retr| Conduct::Mailbox(mail(), retr);
    let stls = |answer| Script {
        security: Security::Stls(answer),
        conduct: mailbox(Retr::Whole),
    };
    let plain = |conduct| Script {
        security: Security::Plain,
        conduct,
    };
    let tls = |conduct| Script {
        security: Security::Implicit(config.clone()),
        conduct,
    };
    let scripts = [
        (stls(Stls::Refuses), Hop::Starttls(&ca)),
        (stls(Stls::Garbage), Hop::Starttls(&ca)),
        (stls(Stls::Injects(config.clone())), Hop::Starttls(&ca)),
        (
            plain(Conduct::Says(format!("-ERR {line}"))),
            Hop::Starttls(&ca),
        ),
        (plain(Conduct::Says(line.clone())), Hop::Starttls(&ca)),
        (
            plain(Conduct::Says(format!("+OK {line}{line}"))),
            Hop::Starttls(&ca),
        ),
        (plain(Conduct::Says(line.clone())), Hop::Implicit(&ca)),
        (plain(Conduct::Says(line.clone())), Hop::Plain),
        (plain(mailbox(Retr::HangsUp)), Hop::Plain),
        (plain(mailbox(Retr::Resets)), Hop::Plain),
        (tls(mailbox(Retr::Truncates)), Hop::Implicit(&ca)),
        (tls(mailbox(Retr::Resets)), Hop::Implicit(&ca)),
    ];
    for (script, hop) in scripts {
        let upstream = Upstream::start(script)?;
        let proxy = Setup::new()
            .server("fake", upstream.address(), hop)
            .start()
            .await?;
        let mut tunnel = proxy.dial("fake").connect().await?;
        let session = format!("USER {CANARY}\r\nPASS {CANARY}\r\nRETR 1\r\nQUIT\r\n");
        // The session may have ended by then, which is what it is about.
        let _ = tunnel.send(session.as_bytes()).await;
        tunnel.closed().await?;
        proxy.stop().await?;
    }

    let upstream = Upstream::plain(mailbox(Retr::Whole))?;
    let proxy = Setup::new()
        .server("fake", upstream.address(), Hop::Plain)
        .start()
        .await?;
    let session = async || Ok::<_, anyhow::Error>(proxy.dial("fake").session().await?.0);
    offend(
        session().await?,
        Message::text(format!("PASS {CANARY}\r\n")),
    )
    .await?;
    offend(
        session().await?,
        Message::binary(CANARY.repeat(10_000).into_bytes()),
    )
    .await?;
    let mut raw = session().await?;
    // Not masked, which is an error of the protocol.
    raw.send_raw(&[&[0x82, 0x10], format!("PASS {CANARY}").as_bytes()].concat())
        .await?;
    raw.closed().await?;
    proxy.stop().await
}

/// One test, since the process has one log.
#[tokio::test]
async fn the_log_holds_no_password_and_no_mail() -> Result<()> {
    let log = Log::capture()?;
    with_real_server().await?;
    with_fake_servers().await?;

    let text = log.text();
    // It was captured, down to the steps of a session.
    assert!(text.contains("session ended"), "{text}");
    assert!(text.contains("DEBUG"), "{text}");
    let leaks: Vec<&str> = text.lines().filter(|line| line.contains(CANARY)).collect();
    assert!(leaks.is_empty(), "{leaks:#?}");
    Ok(())
}
