//! TLS from a client to a real server, through the proxy: nothing of the session can be read from what
//! the proxy carries.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, bail, ensure};
use pop3_tests::certificates::Fault;
use pop3_tests::dovecot::Dovecot;
use pop3_tests::proxy::{Hop, Setup};
use pop3_tests::websocket::{Closed, Secure, Tunnel};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Everything that was heard between the proxy and a server, from either side.
#[derive(Clone, Default)]
struct Record(Arc<Mutex<Vec<u8>>>);

impl Record {
    fn add(&self, octets: &[u8]) {
        let mut record = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        record.extend_from_slice(octets);
    }

    fn octets(&self) -> Vec<u8> {
        let record = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        record.clone()
    }
}

/// Stands between the proxy and a server, passes one connection on, and keeps what each side said.
struct Relay {
    address: SocketAddr,
    to_server: Record,
    to_proxy: Record,
}

impl Relay {
    async fn start(server: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let relay = Self {
            address: listener.local_addr()?,
            to_server: Record::default(),
            to_proxy: Record::default(),
        };
        let (to_server, to_proxy) = (relay.to_server.clone(), relay.to_proxy.clone());
        tokio::spawn(async move {
            let (mut proxy, _) = listener.accept().await?;
            let mut server = TcpStream::connect(server).await?;
            let (mut from_proxy, mut into_proxy) = proxy.split();
            let (mut from_server, mut into_server) = server.split();
            tokio::try_join!(
                pass(&mut from_proxy, &mut into_server, &to_server),
                pass(&mut from_server, &mut into_proxy, &to_proxy),
            )
        });
        Ok(relay)
    }
}

async fn pass(
    from: &mut (impl AsyncReadExt + Unpin),
    to: &mut (impl AsyncWriteExt + Unpin),
    record: &Record,
) -> io::Result<()> {
    let mut piece = vec![0; 16 * 1024];
    loop {
        let count = from.read(&mut piece).await?;
        let octets = piece.get(..count).unwrap_or_default();
        if octets.is_empty() {
            return to.shutdown().await;
        }
        record.add(octets);
        to.write_all(octets).await?;
    }
}

/// Takes the octets for TLS records (RFC 8446 section 5.1) one after the other, which they must be to
/// the end.
fn assert_records(mut octets: &[u8]) -> Result<()> {
    while !octets.is_empty() {
        let header = octets.first_chunk::<5>().context("half a header")?;
        let [kind, major, _, high, low] = *header;
        ensure!(
            (20..=23).contains(&kind) && major == 3,
            "no record: {header:?}"
        );
        let end = 5 + usize::from(u16::from_be_bytes([high, low]));
        octets = octets.get(end..).context("half a record")?;
    }
    Ok(())
}

/// Goes as far as the handshake, and says what was in the clear on the way, by client and server.
async fn before_tls(hop: &str, tunnel: &mut Tunnel) -> Result<(String, String)> {
    match hop {
        "implicit" => Ok((String::new(), String::new())),
        "starttls" => {
            let greeting = tunnel.line().await?;
            let answer = tunnel.accepted("STLS").await?;
            ensure!(tunnel.ahead().is_empty(), "octets before the handshake");
            let said = format!("{greeting}\r\n{answer}\r\n");
            Ok(("STLS\r\n".to_owned(), said))
        }
        _ => bail!("no such hop"),
    }
}

const SUBJECT: &str = "Subject: canary-of-the-header";
const BODY: &str = "canary-of-the-body";

#[tokio::test]
async fn nothing_of_a_session_can_be_read_from_what_the_proxy_carries() -> Result<()> {
    let dovecot = Dovecot::shared()?;
    let ca = dovecot.ca_file();
    let user = "canary-of-the-user";
    let password = dovecot.mailboxes().create(user)?;
    let mail = format!("{SUBJECT}\r\n\r\n{}", format!("{BODY}\r\n").repeat(5_000));
    for (hop, server) in [
        ("implicit", dovecot.pop3s(Fault::None)),
        ("starttls", dovecot.pop3(Fault::None)),
    ] {
        dovecot.mailboxes().deliver(user, mail.as_bytes())?;
        let relay = Relay::start(server).await?;
        let proxy = Setup::new()
            .server("mail", relay.address, Hop::EndToEnd(hop))
            .start()
            .await?;
        let (mut tunnel, event) = proxy.dial("mail").end_to_end().session().await?;
        assert_eq!(
            (&event["tls"], &event["upstream"]),
            (&"end-to-end".into(), &hop.into())
        );
        let (sent, heard) = before_tls(hop, &mut tunnel).await?;

        let mut session = Secure::handshake(tunnel, "127.0.0.1", &ca).await?;
        if hop == "implicit" {
            session.line().await?;
        }
        session.accepted(&format!("USER {user}")).await?;
        session.accepted(&format!("PASS {password}")).await?;
        let uid = session.accepted("UIDL 1").await?.replacen("+OK 1 ", "", 1);
        assert_eq!(session.multiline("RETR 1").await?, mail.as_bytes());
        session.accepted("DELE 1").await?;
        session.accepted("QUIT").await?;
        let finished = Closed {
            code: 1000,
            reason: "upstream-closed".to_owned(),
        };
        assert_eq!(session.tunnel().closed().await?, finished);
        assert_eq!(dovecot.mailboxes().count(user)?, 0);

        // What went over the network beyond the proxy is what was said in the clear, and then
        // records of TLS and nothing else.
        let (to_server, to_proxy) = (relay.to_server.octets(), relay.to_proxy.octets());
        let records = |octets: &[u8], clear: &str| -> Result<Vec<u8>> {
            let rest = octets.strip_prefix(clear.as_bytes());
            Ok(rest.context("other words in the clear")?.to_vec())
        };
        let to_server = records(&to_server, &sent)?;
        let to_proxy = records(&to_proxy, &heard)?;
        assert_records(&to_server)?;
        assert_records(&to_proxy)?;
        assert!(to_proxy.len() > mail.len());
        // No octet was added or taken away on the way; what the server said last is TLS's goodbye.
        let carried = session.carried().len() + session.tunnel().ahead().len();
        assert_eq!(carried, to_server.len() + to_proxy.len());

        // Each long enough not to come about by chance.
        for octets in [session.carried(), &to_server, &to_proxy] {
            for secret in [
                user, &password, &uid, SUBJECT, BODY, "USER ", "PASS ", "RETR ", "DELE ", "octets",
                "canary",
            ] {
                let found = octets
                    .windows(secret.len())
                    .any(|part| part == secret.as_bytes());
                assert!(!found, "{hop}: {secret:?} is in the clear");
            }
        }
    }
    Ok(())
}

/// The look above would find what it looks for: a session in the other mode, seen beyond the proxy.
#[tokio::test]
async fn a_session_without_tls_can_be_read_there() -> Result<()> {
    let dovecot = Dovecot::shared()?;
    let password = dovecot.mailboxes().create("readable")?;
    let relay = Relay::start(dovecot.pop3(Fault::None)).await?;
    let proxy = Setup::new()
        .server("mail", relay.address, Hop::Plain)
        .start()
        .await?;
    let (mut tunnel, _) = proxy.dial("mail").session().await?;
    tunnel.log_in("readable", &password).await?;
    let heard = relay.to_server.octets();
    assert_eq!(
        heard,
        format!("USER readable\r\nPASS {password}\r\n").as_bytes()
    );
    assert!(assert_records(&heard).is_err());
    Ok(())
}
