//! The mail server is told the real client, and logs it: only so can it punish who guesses passwords,
//! and not the proxy with everybody behind it.

use anyhow::{Context, Result};
use pop3_tests::dovecot::Dovecot;
use pop3_tests::proxy::{Hop, RunningProxy, Setup};
use pop3_tests::until;
use pop3_tests::websocket::Tunnel;

async fn start(dovecot: &Dovecot) -> Result<RunningProxy> {
    let ca = dovecot.ca_file();
    let told = |setup: Setup| setup.server_option("proxy-protocol", "true");
    let setup = Setup::new().option("trusted-proxies", "[\"127.0.0.1\"]");
    let setup = told(setup.server("plain", dovecot.introduced(), Hop::Plain));
    let setup = told(setup.server("starttls", dovecot.introduced(), Hop::Starttls(&ca)));
    let setup = told(setup.server("implicit", dovecot.introduced_tls(), Hop::Implicit(&ca)));
    setup.start().await
}

/// A session whose client has this address, as a web server in front says.
async fn session(proxy: &RunningProxy, server: &str, client: &str) -> Result<Tunnel> {
    let dial = proxy.dial(server).header("x-forwarded-for", client);
    let (tunnel, _) = dial.session().await?;
    Ok(tunnel)
}

/// The lines of the log that are about this user, once there is one with `part`.
async fn logged(dovecot: &Dovecot, user: &str, part: &str) -> Result<String> {
    let user = format!("user=<{user}>");
    let find = || {
        let log = dovecot.log();
        let lines: Vec<&str> = log.lines().filter(|line| line.contains(&user)).collect();
        Some(lines.join("\n")).filter(|lines| lines.contains(part))
    };
    until("a line in Dovecot's log", || find().is_some()).await?;
    find().context("the line is gone")
}

#[tokio::test]
async fn dovecot_logs_the_client_of_every_kind_of_session() -> Result<()> {
    let dovecot = Dovecot::shared()?;
    let proxy = start(dovecot).await?;
    for (server, client) in [
        ("plain", "192.0.2.11"),
        ("starttls", "192.0.2.12"),
        ("implicit", "192.0.2.13"),
        // The server is reached by IPv4 all the same.
        ("implicit", "2001:db8::14"),
    ] {
        let user = format!("introduced-{}", client.replace(['.', ':'], "-"));
        let password = dovecot.mailboxes().create(&user)?;
        let mut tunnel = session(&proxy, server, client).await.context(client)?;
        tunnel.log_in(&user, &password).await?;
        let log = logged(dovecot, &user, "Login:").await?;
        assert!(log.contains(&format!("rip={client},")), "{log}");
    }
    Ok(())
}

#[tokio::test]
async fn a_wrong_password_is_put_down_to_the_client() -> Result<()> {
    let dovecot = Dovecot::shared()?;
    let proxy = start(dovecot).await?;
    let user = "introduced-guesser";
    dovecot.mailboxes().create(user)?;
    let mut tunnel = session(&proxy, "implicit", "192.0.2.66").await?;
    assert!(tunnel.log_in(user, "wrong").await.is_err());
    tunnel.command("QUIT").await?;
    let log = logged(dovecot, user, "auth failed").await?;
    assert!(log.contains("rip=192.0.2.66,"), "{log}");
    Ok(())
}
