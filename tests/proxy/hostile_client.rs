//! Clients that break the rules of the tunnel.

use anyhow::{Context, Result};
use pop3_tests::proxy::{Hop, RunningProxy, Setup};
use pop3_tests::upstream::{Conduct, Ending, Retr, Upstream};
use pop3_tests::websocket::{Closed, Tunnel};
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::{Bytes, Message};

/// The largest message that the proxy takes, in octets.
const LARGEST: usize = 64 * 1024;

struct Bed {
    upstream: Upstream,
    proxy: RunningProxy,
}

impl Bed {
    async fn start() -> Result<Self> {
        let upstream = Upstream::plain(Conduct::Mailbox([].into(), Retr::Whole))?;
        let proxy = Setup::new()
            .server("fake", upstream.address(), Hop::Plain)
            .start()
            .await?;
        Ok(Self { upstream, proxy })
    }

    /// A session after its greeting.
    async fn session(&self) -> Result<Tunnel> {
        let (mut tunnel, _) = self.proxy.dial("fake").session().await?;
        tunnel.line().await?;
        Ok(tunnel)
    }

    /// The session ends on the server's side as well; what the server got up to then.
    async fn received(&self) -> Result<Vec<u8>> {
        let ended = self
            .upstream
            .wait_for("the upstream's end", |seen| !seen.endings.is_empty());
        let seen = ended.await?;
        assert_eq!(seen.endings, [Ending::PeerClosed]);
        Ok(seen.received)
    }
}

#[track_caller]
fn assert_closed(closed: &Closed, code: u16, reason: &str) {
    assert_eq!((closed.code, closed.reason.as_str()), (code, reason));
}

#[tokio::test]
async fn a_message_of_the_largest_size_passes() -> Result<()> {
    let bed = Bed::start().await?;
    let mut tunnel = bed.session().await?;
    let commands = "NOOP\r\n".repeat(LARGEST / 6);
    let padded = format!(
        "{commands}{}",
        "NOOP\r\n".get(..LARGEST % 6).context("a rest")?
    );
    assert_eq!(padded.len(), LARGEST);
    tunnel.send(padded.as_bytes()).await?;
    for _ in 0..LARGEST / 6 {
        assert_eq!(tunnel.line().await?, "+OK");
    }
    Ok(())
}

#[tokio::test]
async fn a_message_that_is_too_large() -> Result<()> {
    let bed = Bed::start().await?;
    let mut tunnel = bed.session().await?;
    tunnel.send(&vec![b'x'; LARGEST + 1]).await?;
    assert_closed(&tunnel.closed().await?, 4012, "too-large");
    assert!(bed.received().await?.is_empty());
    Ok(())
}

fn fragment(opcode: Data, last: bool, octets: usize) -> Message {
    Message::Frame(Frame::message(
        vec![b'x'; octets],
        OpCode::Data(opcode),
        last,
    ))
}

#[tokio::test]
async fn fragments_that_are_too_large_together() -> Result<()> {
    let bed = Bed::start().await?;
    let mut tunnel = bed.session().await?;
    tunnel
        .send_message(fragment(Data::Binary, false, LARGEST / 2))
        .await?;
    tunnel
        .send_message(fragment(Data::Continue, false, LARGEST / 2))
        .await?;
    tunnel
        .send_message(fragment(Data::Continue, true, 1))
        .await?;
    assert_closed(&tunnel.closed().await?, 4012, "too-large");
    assert!(bed.received().await?.is_empty());
    Ok(())
}

/// A header that announces a frame is enough: nothing is kept ready for it.
#[tokio::test]
async fn a_frame_that_is_only_announced() -> Result<()> {
    for length in [LARGEST as u64 + 1, u64::MAX >> 1] {
        let bed = Bed::start().await?;
        let mut tunnel = bed.session().await?;
        let mut header = vec![0x82, 0x80 | 127];
        header.extend(length.to_be_bytes());
        header.extend([1, 2, 3, 4]);
        tunnel.send_raw(&header).await?;
        assert_closed(&tunnel.closed().await?, 4012, "too-large");
        assert!(bed.received().await?.is_empty());
    }
    Ok(())
}

#[tokio::test]
async fn text_frames_are_refused() -> Result<()> {
    let bed = Bed::start().await?;
    let mut tunnel = bed.session().await?;
    tunnel.send_message(Message::text("NOOP\r\n")).await?;
    assert_closed(&tunnel.closed().await?, 1003, "binary-only");
    assert!(bed.received().await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn frames_that_break_rfc_6455() -> Result<()> {
    let mask = [0, 0, 0, 0];
    let cases: [(&str, &[&[u8]]); 8] = [
        ("not masked", &[&[0x82, 0x06], b"NOOP\r\n"]),
        (
            "compressed, though no extension was agreed on",
            &[&[0xc2, 0x86], &mask, b"NOOP\r\n"],
        ),
        ("an opcode that is reserved", &[&[0x83, 0x80], &mask]),
        ("a continuation of nothing", &[&[0x80, 0x80], &mask]),
        (
            "a ping over 125 octets",
            &[&[0x89, 0xfe, 0x00, 0x7e], &mask, &[b'x'; 126]],
        ),
        ("a ping in fragments", &[&[0x09, 0x80], &mask]),
        ("a close of one octet", &[&[0x88, 0x81], &mask, b"x"]),
        (
            "text that is not UTF-8",
            &[&[0x81, 0x82], &mask, b"\xff\xfe"],
        ),
    ];
    for (what, octets) in cases {
        let bed = Bed::start().await?;
        let mut tunnel = bed.session().await?;
        tunnel.send_raw(&octets.concat()).await.context(what)?;
        let closed = tunnel.closed().await.context(what)?;
        assert_eq!(
            (closed.code, closed.reason.as_str()),
            (1002, "protocol-error"),
            "{what}"
        );
        assert!(bed.received().await.context(what)?.is_empty(), "{what}");
    }
    Ok(())
}

#[tokio::test]
async fn a_client_that_vanishes_in_a_frame() -> Result<()> {
    let bed = Bed::start().await?;
    let mut tunnel = bed.session().await?;
    // Six octets are announced, and three come.
    tunnel
        .send_raw(&[0x82, 0x86, 0, 0, 0, 0, b'N', b'O', b'O'])
        .await?;
    tunnel.vanish();
    assert!(bed.received().await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn pings_are_answered_and_do_no_harm() -> Result<()> {
    let bed = Bed::start().await?;
    let mut tunnel = bed.session().await?;
    for _ in 0..2_000 {
        tunnel
            .send_message(Message::Ping(Bytes::from_static(b"still there?")))
            .await?;
        tunnel.send_message(Message::Pong(Bytes::new())).await?;
    }
    assert_eq!(tunnel.command("NOOP").await?, "+OK");
    Ok(())
}

/// A client that answers no close frame keeps neither the server nor the proxy.
#[tokio::test]
async fn a_client_that_ignores_the_close() -> Result<()> {
    let upstream = Upstream::plain(Conduct::Stalls)?;
    let setup = Setup::new()
        .option("idle-timeout", "\"100ms\"")
        .option("shutdown-grace", "\"0s\"");
    let proxy = setup
        .server("fake", upstream.address(), Hop::Plain)
        .start()
        .await?;
    // It never reads, and so never sees the close.
    let _deaf = proxy.dial("fake").connect().await?;
    upstream
        .wait_for("the upstream's end", |seen| !seen.endings.is_empty())
        .await?;
    proxy.stop().await
}
