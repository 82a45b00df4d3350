//! Whole sessions with a real server, over each kind of hop.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use pop3_tests::certificates::Fault;
use pop3_tests::dovecot::Dovecot;
use pop3_tests::proxy::{RunningProxy, Setup};
use pop3_tests::until;
use pop3_tests::upstream::message;
use pop3_tests::websocket::{Closed, Tunnel};

/// The names of the three hops, which are also the words of the event, but for the first.
const HOPS: [&str; 3] = ["plain", "starttls", "implicit"];

struct Bed {
    dovecot: &'static Dovecot,
    proxy: RunningProxy,
    user: &'static str,
    password: String,
}

impl Bed {
    /// A proxy of the test's own, and a user with these messages.
    async fn start(user: &'static str, messages: &[&[u8]]) -> Result<Self> {
        let dovecot = Dovecot::shared()?;
        let password = dovecot.mailboxes().create(user)?;
        for message in messages {
            dovecot.mailboxes().deliver(user, message)?;
        }
        let proxy = Setup::new().dovecot(dovecot).start().await?;
        Ok(Self {
            dovecot,
            proxy,
            user,
            password,
        })
    }

    async fn log_in(&self, hop: &str) -> Result<Tunnel> {
        let (mut tunnel, _) = self.proxy.dial(hop).session().await?;
        tunnel.log_in(self.user, &self.password).await?;
        Ok(tunnel)
    }

    fn count(&self) -> Result<usize> {
        self.dovecot.mailboxes().count(self.user)
    }
}

/// The largest frame that the proxy may send, in octets.
const LARGEST_FRAME: usize = 65_536;

fn finished() -> Closed {
    Closed {
        code: 1000,
        reason: "upstream-closed".to_owned(),
    }
}

const FIRST: &[u8] = b"Subject: first\r\n\r\none\r\n.\r\n..two\r\n.three\r\n";
// No UTF-8, NUL included: 8-bit mail is octets.
const SECOND: &[u8] = b"Subject: second\r\n\r\n\x00\xff\xfe\x80\xc3\x28\r\n\r\nlast\r\n";

#[tokio::test]
async fn every_command_gets_its_answer() -> Result<()> {
    let bed = Bed::start("commands", &[FIRST, SECOND]).await?;
    for hop in HOPS {
        let mut tunnel = bed.log_in(hop).await.context(hop)?;
        let octets = FIRST.len() + SECOND.len();
        assert_eq!(tunnel.command("STAT").await?, format!("+OK 2 {octets}"));
        let list = tunnel.multiline("LIST").await?;
        assert_eq!(
            list,
            format!("1 {}\r\n2 {}\r\n", FIRST.len(), SECOND.len()).into_bytes()
        );
        let uids = String::from_utf8(tunnel.multiline("UIDL").await?)?;
        let distinct: BTreeSet<&str> = uids
            .lines()
            .filter_map(|line| line.split(' ').nth(1))
            .collect();
        assert_eq!(distinct.len(), 2, "{uids}");
        assert_eq!(
            tunnel.multiline("TOP 1 1").await?,
            b"Subject: first\r\n\r\none\r\n"
        );
        assert_eq!(tunnel.multiline("RETR 1").await?, FIRST);
        assert_eq!(tunnel.multiline("RETR 2").await?, SECOND);
        assert!(tunnel.command("RETR 3").await?.starts_with("-ERR"));
        tunnel.accepted("NOOP").await?;
        tunnel.accepted("QUIT").await?;
        assert_eq!(tunnel.closed().await?, finished(), "{hop}");
        assert!(tunnel.ahead().is_empty());
    }
    Ok(())
}

#[tokio::test]
async fn a_wrong_password_is_the_servers_answer_and_no_end() -> Result<()> {
    let bed = Bed::start("mistyped", &[]).await?;
    for hop in HOPS {
        let (mut tunnel, _) = bed.proxy.dial(hop).session().await?;
        assert!(tunnel.log_in(bed.user, "wrong").await.is_err());
        tunnel.accepted(&format!("USER {}", bed.user)).await?;
        tunnel.accepted(&format!("PASS {}", bed.password)).await?;
        assert_eq!(tunnel.command("STAT").await?, "+OK 0 0");
    }
    Ok(())
}

/// Dovecot's word on how sessions of this user ended: `Logged out` after QUIT, `Disconnected`
/// without it.
fn ends(bed: &Bed) -> Vec<String> {
    let mark = format!("pop3({})<", bed.user);
    let over = |line: &&str| line.contains(&mark) && line.contains(" del=");
    bed.dovecot
        .log()
        .lines()
        .filter(over)
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn deletions_are_committed_by_quit_alone() -> Result<()> {
    let bed = Bed::start("deletions", &[FIRST, SECOND, FIRST, SECOND, FIRST, SECOND]).await?;
    let (mut left, mut over) = (6, 0);
    for hop in HOPS {
        // A browser that crashes.
        let mut tunnel = bed.log_in(hop).await?;
        tunnel.accepted("DELE 1").await?;
        tunnel.vanish();
        // A page that closes the WebSocket, and forgot to say QUIT.
        let mut tunnel = bed.log_in(hop).await?;
        tunnel.accepted("DELE 1").await?;
        tunnel.close().await?;

        over += 2;
        until("the server sees both ends", || ends(&bed).len() == over).await?;
        assert!(
            ends(&bed)
                .iter()
                .rev()
                .take(2)
                .all(|line| line.contains("Disconnected"))
        );
        assert_eq!(bed.count()?, left, "{hop}");

        let mut tunnel = bed.log_in(hop).await?;
        tunnel.accepted("DELE 1").await?;
        tunnel.accepted("QUIT").await?;
        assert_eq!(tunnel.closed().await?, finished());
        over += 1;
        left -= 1;
        assert_eq!(bed.count()?, left, "{hop}");
        until("the server logs the end", || ends(&bed).len() == over).await?;
    }
    Ok(())
}

#[tokio::test]
async fn the_connected_event_names_the_hop_and_never_the_address() -> Result<()> {
    let bed = Bed::start("events", &[]).await?;
    for (hop, word) in [
        ("plain", "none"),
        ("starttls", "starttls"),
        ("implicit", "implicit"),
    ] {
        let (mut tunnel, event) = bed.proxy.dial(hop).session().await?;
        assert_eq!(tunnel.subprotocol(), Some("pop3.v1"));
        assert_eq!(event["server"], hop);
        assert_eq!(event["tls"], word);
        let fields: BTreeSet<&str> = event
            .as_object()
            .context("no object")?
            .keys()
            .map(String::as_str)
            .collect();
        if word == "none" {
            assert_eq!(fields, BTreeSet::from(["event", "pause", "server", "tls"]));
        } else {
            assert_eq!(
                fields,
                BTreeSet::from(["cipher", "event", "pause", "server", "tls", "version"])
            );
            assert_eq!(event["version"], "TLSv1.3");
            let cipher = event["cipher"].as_str().context("no cipher")?;
            assert!(cipher.starts_with("TLS13_"), "{cipher}");
        }
        let text = event.to_string();
        for address in [
            bed.dovecot.pop3(Fault::None),
            bed.dovecot.pop3s(Fault::None),
        ] {
            assert!(!text.contains(&address.ip().to_string()), "{text}");
            assert!(!text.contains(&address.port().to_string()), "{text}");
        }
        // The greeting comes once, whoever read it first.
        let greeting = tunnel.line().await?;
        assert!(greeting.starts_with("+OK Test server"), "{hop}: {greeting}");
        tunnel.accepted("QUIT").await?;
        assert_eq!(tunnel.closed().await?, finished());
        assert!(tunnel.ahead().is_empty());
    }
    Ok(())
}

#[tokio::test]
async fn octets_may_be_cut_anywhere() -> Result<()> {
    let bed = Bed::start("cut", &[FIRST, SECOND]).await?;
    for hop in HOPS {
        let (mut tunnel, _) = bed.proxy.dial(hop).session().await?;
        let session = format!(
            "USER {}\r\nPASS {}\r\nSTAT\r\nRETR 2\r\nQUIT\r\n",
            bed.user, bed.password
        );
        tunnel.send_octet_by_octet(session.as_bytes()).await?;
        assert_eq!(tunnel.closed().await?, finished());
        let answers = tunnel.ahead();
        assert!(
            answers.windows(SECOND.len()).any(|window| window == SECOND),
            "{hop}"
        );
        assert!(answers.ends_with(b"+OK Logging out.\r\n"), "{hop}");
    }
    Ok(())
}

#[tokio::test]
async fn empty_frames_carry_nothing() -> Result<()> {
    let bed = Bed::start("empty", &[]).await?;
    let mut tunnel = bed.log_in("plain").await?;
    tunnel.send(b"ST").await?;
    tunnel.send(b"").await?;
    tunnel.send(b"AT\r\n").await?;
    assert_eq!(tunnel.line().await?, "+OK 0 0");
    Ok(())
}

#[tokio::test]
async fn pipelined_commands_are_answered_in_order() -> Result<()> {
    let bed = Bed::start("pipelined", &[FIRST, SECOND]).await?;
    for hop in HOPS {
        let mut tunnel = bed.log_in(hop).await?;
        tunnel.send("NOOP\r\n".repeat(500).as_bytes()).await?;
        tunnel.send(b"STAT\r\n").await?;
        for _ in 0..500 {
            assert!(tunnel.line().await?.starts_with("+OK"));
        }
        assert!(tunnel.line().await?.starts_with("+OK 2 "), "{hop}");
    }
    Ok(())
}

/// Twenty megabytes, to the octet.
#[tokio::test]
async fn a_large_message_arrives_whole() -> Result<()> {
    let large = message(20_000_000);
    let bed = Bed::start("large", &[&large]).await?;
    for hop in HOPS {
        let mut tunnel = bed.log_in(hop).await?;
        let got = tunnel.multiline("RETR 1").await?;
        // Not assert_eq: nobody reads a diff of forty megabytes.
        assert!(
            got == large,
            "{hop}: {} octets of {}",
            got.len(),
            large.len()
        );
        let largest = tunnel.largest_message();
        assert!(
            largest <= LARGEST_FRAME,
            "{hop}: a frame of {largest} octets"
        );
        tunnel.accepted("QUIT").await?;
        assert_eq!(tunnel.closed().await?, finished());
    }
    Ok(())
}
