//! Sessions that never begin: each cause has its own close code and word, and nothing else is sent.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use pop3_tests::certificates::{Authorities, Certificate, Fault};
use pop3_tests::dovecot::Dovecot;
use pop3_tests::proxy::{Hop, Setup};
use pop3_tests::upstream::{
    Conduct, FullPort, Observed, RefusedPort, Retr, Script, Security, Stls, Upstream, message,
};
use pop3_tests::websocket::{Closed, Dial};
use tempfile::TempDir;

/// Dials and takes the close, which must come with nothing before it.
async fn refused(dial: Dial) -> Result<Closed> {
    let mut tunnel = dial.connect().await?;
    let closed = tunnel.closed().await?;
    assert!(tunnel.ahead().is_empty(), "octets came before the refusal");
    assert!(
        tunnel.event().await.is_err(),
        "an event came before the refusal"
    );
    Ok(closed)
}

#[track_caller]
fn assert_closed(closed: &Closed, code: u16, reason: &str) {
    assert_eq!((closed.code, closed.reason.as_str()), (code, reason));
}

/// What it takes to fake a server with TLS.
struct Tls {
    _folder: TempDir,
    ca: PathBuf,
    certificate: Certificate,
}

impl Tls {
    fn new(fault: Fault) -> Result<Self> {
        let authorities = Authorities::generate()?;
        let folder = tempfile::tempdir()?;
        let ca = folder.path().join("ca.pem");
        std::fs::write(&ca, authorities.trusted_pem())?;
        let certificate = authorities.issue("127.0.0.1", fault)?;
        Ok(Self {
            _folder: folder,
            ca,
            certificate,
        })
    }
}

#[tokio::test]
async fn servers_that_are_not_configured() -> Result<()> {
    let upstream = Upstream::plain(Conduct::Stalls)?;
    let proxy = Setup::new()
        .server("known", upstream.address(), Hop::Plain)
        .start()
        .await?;
    let address = upstream.address();
    let others = [
        "/pop3",
        "/pop3?server=",
        "/pop3?server=unknown",
        "/pop3?server=KNOWN",
        "/pop3?server=known%00",
        "/pop3?server=known%0d%0a",
        "/pop3?server=../known",
        // No open relay: an address is no name.
        &format!("/pop3?server={address}"),
        "/pop3?server=127.0.0.1:110",
    ];
    for target in others {
        let closed = refused(Dial::target(proxy.address(), target))
            .await
            .context(target.to_owned())?;
        assert_closed(&closed, 4000, "unknown-server");
    }
    assert_eq!(upstream.observed().connections, 0);
    Ok(())
}

#[tokio::test]
async fn requests_that_ask_for_what_is_not_allowed() -> Result<()> {
    let upstream = Upstream::plain(Conduct::Stalls)?;
    let proxy = Setup::new()
        .server("known", upstream.address(), Hop::Plain)
        .start()
        .await?;
    for query in [
        "server=known&tls=starttls",
        "server=known&tls=none",
        "server=known&server=x",
    ] {
        let dial = Dial::target(proxy.address(), &format!("/pop3?{query}"));
        assert_closed(&refused(dial).await.context(query)?, 4001, "not-allowed");
    }
    assert_eq!(upstream.observed().connections, 0);
    // What the wire's description names is allowed.
    let dial = Dial::target(proxy.address(), "/pop3?server=known&tls=proxy");
    dial.session().await?;
    Ok(())
}

#[tokio::test]
async fn a_host_without_an_address() -> Result<()> {
    let proxy = Setup::new()
        .host("lost", "host.invalid", 110, Hop::Plain)
        .start()
        .await?;
    assert_closed(&refused(proxy.dial("lost")).await?, 4003, "dns");
    Ok(())
}

#[tokio::test]
async fn a_port_that_refuses() -> Result<()> {
    let port = RefusedPort::take()?;
    let proxy = Setup::new()
        .server("closed", port.address(), Hop::Plain)
        .start()
        .await?;
    assert_closed(&refused(proxy.dial("closed")).await?, 4004, "refused");
    Ok(())
}

/// The system itself knows no way to the broadcast address, so nothing is sent.
#[tokio::test]
async fn an_address_without_a_route() -> Result<()> {
    let proxy = Setup::new()
        .host("nowhere", "255.255.255.255", 110, Hop::Plain)
        .start()
        .await?;
    assert_closed(&refused(proxy.dial("nowhere")).await?, 4005, "unreachable");
    Ok(())
}

#[tokio::test]
async fn a_port_that_never_connects() -> Result<()> {
    let port = FullPort::take().await?;
    let setup = Setup::new().option("connect-timeout", "\"200ms\"");
    let proxy = setup
        .server("full", port.address(), Hop::Plain)
        .start()
        .await?;
    let start = Instant::now();
    assert_closed(&refused(proxy.dial("full")).await?, 4006, "connect-timeout");
    assert!(start.elapsed() >= Duration::from_millis(200));
    Ok(())
}

#[tokio::test]
async fn certificates_of_a_real_server_that_must_not_be_trusted() -> Result<()> {
    let dovecot = Dovecot::shared()?;
    let ca = dovecot.ca_file();
    let mut setup = Setup::new().dovecot(dovecot);
    for (name, fault) in [
        ("stls-bad-certificate", Fault::UntrustedAuthority),
        ("stls-wrong-name", Fault::WrongName),
        ("stls-expired", Fault::Expired),
    ] {
        setup = setup.server(name, dovecot.pop3(fault), Hop::Starttls(&ca));
    }
    let proxy = setup.start().await?;
    for name in [
        "bad-certificate",
        "wrong-name",
        "expired",
        "stls-bad-certificate",
        "stls-wrong-name",
        "stls-expired",
    ] {
        assert_closed(
            &refused(proxy.dial(name)).await.context(name)?,
            4007,
            "tls-certificate",
        );
    }
    Ok(())
}

/// The platform's authorities do not vouch for the test's. A platform that has none at all cannot
/// run such a proxy, which is just as safe.
#[tokio::test]
async fn without_a_ca_file_the_platform_decides() -> Result<()> {
    let address = Dovecot::shared()?.pop3s(Fault::None);
    match Setup::new()
        .server("elsewhere", address, Hop::Platform)
        .start()
        .await
    {
        Ok(proxy) => {
            assert_closed(
                &refused(proxy.dial("elsewhere")).await?,
                4007,
                "tls-certificate",
            );
        }
        Err(error) => assert!(format!("{error:#}").contains("set ca-file"), "{error:#}"),
    }
    Ok(())
}

/// A server in front of which TLS goes wrong: what it does, and what the client is told.
async fn assert_hop(
    security: Security,
    conduct: Conduct,
    hop: Hop<'_>,
    code: u16,
    reason: &str,
) -> Result<Observed> {
    let what = format!("{security:?}, {conduct:?}");
    let upstream = Upstream::start(Script { security, conduct })?;
    let setup = Setup::new().option("handshake-timeout", "\"300ms\"");
    let proxy = setup
        .server("fake", upstream.address(), hop)
        .start()
        .await?;
    let closed = refused(proxy.dial("fake")).await.context(what.clone())?;
    assert_eq!(
        (closed.code, closed.reason.as_str()),
        (code, reason),
        "{what}"
    );
    // The proxy lets go of the server, too.
    upstream
        .wait_for("the upstream's end", |seen| seen.endings.len() == 1)
        .await
        .context(what)
}

fn mailbox() -> Conduct {
    Conduct::Mailbox([message(100)].into(), Retr::Whole)
}

#[tokio::test]
async fn stls_that_fails_ends_the_session_before_any_command() -> Result<()> {
    let tls = Tls::new(Fault::None)?;
    let config = tls.certificate.server_config()?;
    let hop = Hop::Starttls(&tls.ca);
    let cases = [
        (Security::Plain, mailbox(), 4009, "stls-unsupported"),
        (
            Security::Stls(Stls::Refuses),
            mailbox(),
            4009,
            "stls-unsupported",
        ),
        (
            Security::Stls(Stls::Injects(config)),
            mailbox(),
            4008,
            "tls-handshake",
        ),
        (
            Security::Stls(Stls::Garbage),
            mailbox(),
            4008,
            "tls-handshake",
        ),
        (
            Security::Stls(Stls::Stalls),
            mailbox(),
            4006,
            "connect-timeout",
        ),
        (
            Security::Stls(Stls::Ignores),
            mailbox(),
            4006,
            "connect-timeout",
        ),
        (Security::Plain, Conduct::Silent, 4006, "connect-timeout"),
        (Security::Plain, Conduct::FloodsLine, 4008, "tls-handshake"),
        (Security::Plain, Conduct::HangsUp, 4013, "upstream-closed"),
        (
            Security::Plain,
            Conduct::Says("-ERR [SYS/TEMP] too busy\r\n".to_owned()),
            4004,
            "refused",
        ),
        // A server for POP3S on a port that is for STLS says nothing before it hears a hello.
        (
            Security::ImplicitGarbage,
            Conduct::Silent,
            4008,
            "tls-handshake",
        ),
    ];
    for (security, conduct, code, reason) in cases {
        let seen = assert_hop(security, conduct, hop, code, reason).await?;
        assert_eq!(seen.handshakes, 0);
        let received = String::from_utf8_lossy(&seen.received);
        for line in received.split_inclusive("\r\n") {
            assert!(
                ["CAPA\r\n", "STLS\r\n", "QUIT\r\n"].contains(&line),
                "sent {received:?}"
            );
        }
    }
    Ok(())
}

#[tokio::test]
async fn implicit_tls_that_fails() -> Result<()> {
    let tls = Tls::new(Fault::None)?;
    let hop = Hop::Implicit(&tls.ca);
    let cases = [
        (
            Security::ImplicitGarbage,
            Conduct::Silent,
            4008,
            "tls-handshake",
        ),
        // A server for STLS greets, which is no handshake.
        (Security::Plain, mailbox(), 4008, "tls-handshake"),
        (Security::Plain, Conduct::Silent, 4006, "connect-timeout"),
        (Security::Plain, Conduct::HangsUp, 4008, "tls-handshake"),
    ];
    for (security, conduct, code, reason) in cases {
        assert_hop(security, conduct, hop, code, reason).await?;
    }
    for fault in [Fault::UntrustedAuthority, Fault::WrongName, Fault::Expired] {
        let tls = Tls::new(fault)?;
        let security = Security::Implicit(tls.certificate.server_config()?);
        let hop = Hop::Implicit(&tls.ca);
        let seen = assert_hop(security, mailbox(), hop, 4007, "tls-certificate").await?;
        assert!(seen.received.is_empty());
    }
    Ok(())
}

/// The same fake server, with nothing wrong: what the cases above differ from.
#[tokio::test]
async fn a_fake_server_with_sound_tls_is_reached() -> Result<()> {
    let tls = Tls::new(Fault::None)?;
    let config = tls.certificate.server_config()?;
    for (security, hop) in [
        (Security::Implicit(config.clone()), Hop::Implicit(&tls.ca)),
        (
            Security::Stls(Stls::Upgrades(config)),
            Hop::Starttls(&tls.ca),
        ),
    ] {
        let upstream = Upstream::start(Script {
            security,
            conduct: mailbox(),
        })?;
        let proxy = Setup::new()
            .server("fake", upstream.address(), hop)
            .start()
            .await?;
        let (mut tunnel, _) = proxy.dial("fake").session().await?;
        tunnel.log_in("anyone", "anything").await?;
        assert_eq!(tunnel.multiline("RETR 1").await?, message(100));
        tunnel.accepted("QUIT").await?;
        assert_closed(&tunnel.closed().await?, 1000, "upstream-closed");
        assert_eq!(upstream.observed().handshakes, 1);
    }
    Ok(())
}

#[tokio::test]
async fn more_sessions_than_allowed() -> Result<()> {
    let upstream = Upstream::plain(Conduct::Stalls)?;
    let address: SocketAddr = upstream.address();
    let setup = Setup::new()
        .option("max-sessions", "2")
        .server("one", address, Hop::Plain);
    let proxy = setup.start().await?;
    let (first, _) = proxy.dial("one").session().await?;
    let (_second, _) = proxy.dial("one").session().await?;
    assert_closed(&refused(proxy.dial("one")).await?, 4002, "rate-limited");
    assert_eq!(upstream.observed().connections, 2);

    // A place that becomes free can be had again; when exactly it does is the proxy's affair.
    first.vanish();
    upstream
        .wait_for("the first session's end", |seen| seen.endings.len() == 1)
        .await?;
    let start = Instant::now();
    while proxy.dial("one").session().await.is_err() {
        assert!(
            start.elapsed() < pop3_tests::STEP,
            "the place is never free again"
        );
    }
    Ok(())
}
