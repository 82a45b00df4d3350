//! What the program says at its most talkative, about sessions full of secrets: nothing of them, in
//! no form.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pop3_tests::certificates::{Authorities, Fault};
use pop3_tests::dovecot::Dovecot;
use pop3_tests::program::ProxyProgram;
use pop3_tests::proxy::{Hop, Setup};
use pop3_tests::until;
use pop3_tests::upstream::{Conduct, Retr, Script, Security, Stls, Upstream};
use pop3_tests::websocket::Tunnel;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// In everything that must not be told.
const CANARY: &str = "canary-51b9";

fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_pop3-proxy"))
}

/// Octets as SASL sends them, of which a search for the canary alone would find nothing.
fn coded(text: &str) -> String {
    STANDARD.encode(text)
}

/// What a client says to sign in, right and wrong, in every manner that has a secret in it.
fn sign_ins(user: &str, password: &str) -> Vec<String> {
    let bearer = format!("n,a={user},\u{1}auth=Bearer {CANARY}-token\u{1}\u{1}");
    let xoauth = format!("user={user}\u{1}auth=Bearer {CANARY}-token\u{1}\u{1}");
    vec![
        format!("PASS {CANARY}-too-early"),
        format!("APOP {user} {CANARY}00112233445566778899aabbccddeeff"),
        format!("AUTH OAUTHBEARER {}", coded(&bearer)),
        format!("AUTH XOAUTH2 {}", coded(&xoauth)),
        format!("AUTH PLAIN {}", coded(&format!("\0{user}\0{CANARY}-wrong"))),
        format!("AUTH PLAIN {}", coded(&format!("\0{user}\0{password}"))),
    ]
}

/// Signs in through one hop, fetches mail whole and in part, and leaves in several ways.
async fn read_mail(proxy: &ProxyProgram, hop: &str, user: &str, password: &str) -> Result<()> {
    let (mut tunnel, _) = proxy.dial(hop).session().await?;
    tunnel.line().await?;
    let sign_ins = sign_ins(user, password);
    let (last, wrong) = sign_ins.split_last().context("no sign-ins")?;
    for command in wrong {
        let mut answer = tunnel.command(command).await?;
        // A challenge, which holds the server's word on the error.
        if answer.starts_with('+') && !answer.starts_with("+OK") {
            answer = tunnel.command("").await?;
        }
        ensure!(answer.starts_with("-ERR"), "{answer}");
    }
    tunnel.accepted(last).await?;
    tunnel.multiline("RETR 1").await?;
    tunnel.accepted("QUIT").await?;
    tunnel.closed().await?;

    let (mut tunnel, _) = proxy.dial(hop).session().await?;
    tunnel.log_in(user, password).await?;
    tunnel.send(b"RETR 1\r\n").await?;
    tunnel.wait_for_octets(1).await?;
    tunnel.vanish();
    Ok(())
}

/// Says secrets to a server that fails, whichever way.
async fn say_secrets(mut tunnel: Tunnel) -> Result<()> {
    let session = format!("USER {CANARY}\r\nPASS {CANARY}\r\nRETR 1\r\nQUIT\r\n");
    // It may have ended by then, which is what it is about.
    let _ = tunnel.send(session.as_bytes()).await;
    tunnel.closed().await?;
    Ok(())
}

/// Servers that break off or break rules, with the canary in what they say.
fn bad_servers(authorities: &Authorities) -> Result<Vec<(Upstream, bool)>> {
    let config = authorities
        .issue("127.0.0.1", Fault::None)?
        .server_config()?;
    let line = format!("{CANARY}\r\n");
    let mailbox = |retr| {
        let mail: Arc<[Vec<u8>]> = [line.repeat(500).into_bytes()].into();
        Conduct::Mailbox(mail, retr)
    };
    let plain = |conduct| (Security::Plain, conduct, false);
    let stls = |answer| (Security::Stls(answer), mailbox(Retr::Whole), true);
    let scripts = [
        plain(Conduct::Says(line.clone())),
        plain(mailbox(Retr::HangsUp)),
        plain(mailbox(Retr::Resets)),
        stls(Stls::Refuses),
        stls(Stls::Garbage),
        stls(Stls::Injects(config)),
        (Security::Plain, Conduct::Says(format!("-ERR {line}")), true),
        (
            Security::Plain,
            Conduct::Says(format!("+OK {line}{line}")),
            true,
        ),
    ];
    let started = scripts.into_iter().map(|(security, conduct, starttls)| {
        let upstream = Upstream::start(Script { security, conduct })?;
        Ok((upstream, starttls))
    });
    started.collect()
}

/// Everything that the program has said in the end, `/metrics` included.
async fn everything_said(level: &str, format: &str) -> Result<(String, Vec<String>)> {
    let authorities = Authorities::generate()?;
    let dovecot = Dovecot::start_with(&authorities, "plain login apop")?;
    let user = format!("user-of-{CANARY}");
    let password = dovecot.mailboxes().create(&user)?;
    let mail = format!(
        "Subject: {CANARY}\r\n\r\n{}",
        format!("{CANARY}\r\n").repeat(2_000)
    );
    dovecot.mailboxes().deliver(&user, mail.as_bytes())?;
    let folder = tempfile::tempdir()?;
    let ca: PathBuf = folder.path().join("ca.pem");
    std::fs::write(&ca, authorities.trusted_pem())?;

    let mut setup = Setup::default()
        .option("log", &format!("\"{level}\""))
        .option("log-format", &format!("\"{format}\""))
        .dovecot(&dovecot);
    let bad_servers = bad_servers(&authorities)?;
    for (number, (upstream, starttls)) in bad_servers.iter().enumerate() {
        let hop = match starttls {
            true => Hop::Starttls(&ca),
            false => Hop::Plain,
        };
        setup = setup.server(&format!("bad-{number}"), upstream.address(), hop);
    }
    let proxy = ProxyProgram::start(program(), &setup)?;
    for hop in ["plain", "starttls", "implicit"] {
        read_mail(&proxy, hop, &user, &password).await?;
    }
    for refused in ["bad-certificate", "wrong-name", "expired"] {
        say_secrets(proxy.dial(refused).connect().await?).await?;
    }
    for number in 0..bad_servers.len() {
        say_secrets(proxy.dial(&format!("bad-{number}")).connect().await?).await?;
    }
    let unknown = format!("{CANARY}@nowhere");
    say_secrets(proxy.dial("unknown").connect().await?).await?;
    let refused = proxy
        .dial("plain")
        .origin(&format!("https://{CANARY}.example"));
    ensure!(refused.connect().await.is_err(), "a strange origin");

    let sessions = 6 + 3 + bad_servers.len();
    let all_ended = || {
        let log = proxy.log().unwrap_or_default();
        log.matches("session ended").count() == sessions
    };
    until("the last line of each session", all_ended).await?;
    let said = proxy.log()? + &guarded(setup).await? + &proxy.metrics().await?;
    let mut secrets = sign_ins(&user, &password);
    secrets.extend([password, unknown, coded(CANARY)]);
    Ok((said, secrets))
}

/// What a proxy says that only the holder of a token may use, about the holder and about a guess.
async fn guarded(setup: Setup) -> Result<String> {
    let token = format!("{CANARY}-access");
    let digest: String = Sha256::digest(&token)
        .iter()
        .map(|octet| format!("{octet:02x}"))
        .collect();
    let tokens = format!("{{ anna = \"sha256:{digest}\" }}");
    let proxy = ProxyProgram::start(program(), &setup.option("access.tokens", &tokens))?;
    for (token, code) in [(token, 1000), (format!("{CANARY}-guess"), 4014)] {
        let dial = proxy.dial("plain");
        let dial = dial.header("authorization", &format!("Bearer {token}"));
        let mut tunnel = dial.connect().await?;
        let _ = tunnel.send(b"QUIT\r\n").await;
        let closed = tunnel.closed().await?;
        ensure!(closed.code == code, "{closed:?}");
    }
    let ended = || proxy.log().is_ok_and(|log| log.contains("session ended"));
    until("the last line of the holder's session", ended).await?;
    proxy.log()
}

fn find_secrets(said: &str, secrets: &[String]) -> Vec<String> {
    let arguments = secrets.iter().filter_map(|line| line.rsplit(' ').next());
    let arguments: Vec<&str> = arguments.chain([CANARY]).collect();
    said.lines()
        // An origin is what a page is, and no secret: whoever runs the proxy has to see it.
        .filter(|line| !line.contains("refused a page of origin"))
        .filter(|line| arguments.iter().any(|secret| line.contains(secret)))
        .map(str::to_owned)
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_level_and_no_format_of_the_log_nor_the_metrics_tell_a_secret() -> Result<()> {
    for (level, format) in [("debug", "json"), ("trace", "text")] {
        let (said, secrets) = everything_said(level, format).await?;
        // It was looked at while it had much to say.
        assert!(said.contains("connected"), "{said}");
        assert!(said.contains("pop3_proxy_octets_total"), "{said}");
        let leaks = find_secrets(&said, &secrets);
        assert!(leaks.is_empty(), "at {level}: {leaks:#?}");
        if format == "json" {
            each_line_tells_its_session(&said)?;
        }
    }
    Ok(())
}

/// Each line of the log is an object, and has the number of the session that it is about. The last
/// line of a session says how it was.
fn each_line_tells_its_session(said: &str) -> Result<()> {
    let mut ended = 0;
    for line in said.lines().take_while(|line| line.starts_with('{')) {
        let line: Value = serde_json::from_str(line).with_context(|| line.to_owned())?;
        let id = line.pointer("/span/id").and_then(Value::as_u64);
        ensure!(id.is_some(), "no session's number: {line}");
        if line.get("message") == Some(&Value::from("session ended")) {
            for key in ["reason", "to_server", "to_client", "seconds"] {
                ensure!(line.get(key).is_some(), "no {key}: {line}");
            }
            // A normal end is no error, nor is one that a server or client is to blame for.
            ensure!(line.get("level") == Some(&Value::from("INFO")), "{line}");
            ended += 1;
        }
    }
    ensure!(ended > 0, "no session ended in\n{said}");
    Ok(())
}
