//! The test bed as other tests find it: every server behaves as its name says.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use pop3_tests::testbed::{TestBed, USER};
use pop3_tests::websocket::{Dial, Secure, Tunnel};

async fn session(proxy: SocketAddr, server: &str) -> Result<Tunnel> {
    Ok(Dial::new(proxy, server)
        .session()
        .await
        .context(server.to_owned())?
        .0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_server_does_what_its_name_says() -> Result<()> {
    let bed = TestBed::start().await?;
    let proxy = bed.address();
    let description = bed.description()?;
    let password = description.get("password").and_then(|text| text.as_str());
    let password = password.context("no password")?;
    bed.dovecot()
        .mailboxes()
        .deliver(USER, b"Subject: hello\r\n\r\n")?;

    for real in ["plain", "starttls", "implicit", "either"] {
        let mut tunnel = session(proxy, real).await?;
        tunnel.log_in(USER, password).await.context(real)?;
        assert_eq!(tunnel.multiline("RETR 1").await?, b"Subject: hello\r\n\r\n");
    }
    for (refusing, code, reason) in [
        ("bad-certificate", 4007, "tls-certificate"),
        ("wrong-name", 4007, "tls-certificate"),
        ("expired", 4007, "tls-certificate"),
        ("refused", 4004, "refused"),
        ("unknown-host", 4003, "dns"),
        ("no-stls", 4009, "stls-unsupported"),
        ("not-configured", 4000, "unknown-server"),
    ] {
        let closed = Dial::new(proxy, refusing).connect().await?.closed().await?;
        assert_eq!(
            (closed.code, closed.reason.as_str()),
            (code, reason),
            "{refusing}"
        );
    }

    for (name, code, reason) in [
        ("end-to-end", 4018, "end-to-end-required"),
        ("end-to-end-starttls", 4018, "end-to-end-required"),
        ("end-to-end-expired", 4018, "end-to-end-required"),
    ] {
        let closed = Dial::new(proxy, name).connect().await?.closed().await?;
        assert_eq!((closed.code, closed.reason.as_str()), (code, reason));
    }
    let (tunnel, _) = Dial::new(proxy, "either").end_to_end().session().await?;
    let mut either = Secure::handshake(tunnel, "127.0.0.1", &bed.dovecot().ca_file()).await?;
    either.line().await?;

    let mut drops = session(proxy, "drops").await?;
    drops.log_in("anyone", "anything").await?;
    assert!(drops.command("STAT").await?.starts_with("+OK 3 "));
    let uids = drops.multiline("UIDL").await?;
    assert_eq!(uids, b"1 uid-1\r\n2 uid-2\r\n3 uid-3\r\n");
    let top = drops.multiline("TOP 2 1").await?;
    assert!(top.starts_with(b"From: test@localhost\r\nSubject: generated\r\n\r\n"));
    let failure = drops
        .multiline("RETR 3")
        .await
        .err()
        .context("the message is whole")?;
    assert!(failure.to_string().contains("1000"), "{failure:#}");

    let mut floods = session(proxy, "floods").await?;
    floods.wait_for_octets(1 << 20).await?;
    assert!(!floods.ahead().contains(&b'\n'), "the line has an end");

    let silent = session(proxy, "silent").await?;
    assert!(silent.ahead().is_empty());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_proxy_can_be_stopped_and_started_under_sessions() -> Result<()> {
    let mut bed = TestBed::start().await?;
    let proxy = bed.address();
    let mut open = session(proxy, "plain").await?;
    open.line().await?;
    bed.stop_proxy().await?;
    assert_eq!(open.closed().await?.reason, "draining");
    assert!(bed.stop_proxy().await.is_err(), "it was stopped already");
    assert!(Dial::new(proxy, "plain").connect().await.is_err());

    bed.start_proxy().await?;
    assert!(bed.start_proxy().await.is_err(), "it runs already");
    session(proxy, "plain").await?.line().await?;
    Ok(())
}
