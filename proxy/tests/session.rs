//! Sessions through the proxy, with mail servers made by hand in this process.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use serde_json::json;
use support::{Client, PATIENCE, Running, Seen, accepted, http, listener, plain, soon};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::Message;

/// A granted session: the proxy, the client after `connected`, and the mail server's end.
async fn session(more: &str) -> (Running, Client, tokio::net::TcpStream) {
    let (upstream, address) = listener().await;
    let proxy = Running::start(&format!("{more}\n{}", plain(address))).await;
    let mut client = Client::open(proxy.address, "server=plain").await;
    let server = accepted(&upstream).await;
    let event = client.connected().await;
    assert_eq!(
        event,
        json!({"event": "connected", "server": "plain", "tls": "none", "pause": true})
    );
    (proxy, client, server)
}

/// Code and reason of the close frame, whatever comes before it.
async fn close_of(
    frames: impl futures_util::Stream<Item = Result<Message, tokio_tungstenite::tungstenite::Error>>,
) -> (u16, String) {
    let closes = futures_util::StreamExt::filter_map(frames, |message| {
        std::future::ready(match message {
            Ok(Message::Close(frame)) => frame,
            _ => None,
        })
    });
    let mut closes = std::pin::pin!(closes);
    let frame = futures_util::StreamExt::next(&mut closes).await.unwrap();
    (frame.code.into(), frame.reason.as_str().to_owned())
}

#[tokio::test]
async fn octets_pass_unaltered_in_both_directions() {
    let (_proxy, mut client, mut server) = session("").await;
    let every: Vec<u8> = (0..=255).collect();
    server.write_all(&every).await.unwrap();
    client.expect(&every).await;
    // Cut anywhere, even inside CRLF; empty frames carry nothing.
    for part in [&b"RET"[..], b"R 1\r", b"", b"\n", &every] {
        client.send(part).await;
    }
    let mut sent = vec![0; 8 + every.len()];
    soon(server.read_exact(&mut sent)).await.unwrap();
    assert_eq!(sent, [b"RETR 1\r\n", &every[..]].concat());
}

#[tokio::test]
async fn what_the_server_said_last_arrives_before_the_close() {
    let (_proxy, mut client, mut server) = session("").await;
    let last: Vec<u8> = b"0123456789abcdef".repeat(100_000);
    let body = last.clone();
    let sending = tokio::spawn(async move {
        server.write_all(&body).await.unwrap();
    });
    client.expect(&last).await;
    client.expect_close(1000, "upstream-closed").await;
    sending.await.unwrap();
}

#[tokio::test]
async fn the_last_octets_survive_a_client_that_still_talks() {
    let (_proxy, mut client, mut server) = session("").await;
    server.write_all(b"+OK bye\r\n").await.unwrap();
    server.shutdown().await.unwrap();
    // These reach a server that reads no more, and are answered with a reset.
    for _ in 0..50 {
        let _ = futures_util::SinkExt::send(&mut client.0, Message::binary(&b"NOOP\r\n"[..])).await;
    }
    drop(server);
    client.expect(b"+OK bye\r\n").await;
    client.expect_close(1000, "upstream-closed").await;
}

#[tokio::test]
async fn a_reset_is_no_end_in_good_order() {
    let (_proxy, mut client, mut server) = session("").await;
    server.write_all(b"+OK 1 message\r\nhalf of").await.unwrap();
    client.expect(b"+OK 1 message\r\nhalf of").await;
    // Unread octets turn a close into a reset.
    client.send(b"NOOP\r\n").await;
    soon(server.peek(&mut [0])).await.unwrap();
    drop(server);
    client.expect_close(4013, "upstream-closed").await;
}

#[tokio::test]
async fn a_client_that_closes_or_vanishes_ends_the_upstream_without_quit() {
    for vanishes in [false, true] {
        let (_proxy, mut client, mut server) = session("").await;
        client.send(b"DELE 1\r\n").await;
        if vanishes {
            drop(client);
        } else {
            soon(client.0.close(None)).await.unwrap();
            assert_eq!(client.next().await, Seen::Closed(1005, String::new()));
        }
        let mut heard = Vec::new();
        soon(server.read_to_end(&mut heard)).await.unwrap();
        assert_eq!(heard, b"DELE 1\r\n");
    }
}

#[tokio::test]
async fn a_slow_browser_stops_the_reading_from_the_server() {
    let (_proxy, client, mut server) = session("").await;
    // The client reads nothing: what can be sent is what the sockets between hold.
    let block = vec![b'x'; 64 * 1024];
    let mut taken = 0_usize;
    let stopped = loop {
        let write = tokio::time::timeout(std::time::Duration::from_secs(1), server.write(&block));
        match write.await {
            Ok(count) => taken += count.unwrap(),
            Err(_) => break true,
        }
        if taken > 256 << 20 {
            break false;
        }
    };
    assert!(stopped, "{taken} octets went into a client that reads none");
    drop(client);
}

#[tokio::test]
async fn a_slow_server_stops_the_reading_from_the_browser() {
    let (_proxy, mut client, server) = session("").await;
    let mut taken = 0_usize;
    let stopped = loop {
        let frame = Message::binary(vec![b'x'; 60 * 1024]);
        let sending = futures_util::SinkExt::send(&mut client.0, frame);
        match tokio::time::timeout(std::time::Duration::from_secs(1), sending).await {
            Ok(sent) => sent.unwrap(),
            Err(_) => break true,
        }
        taken += 60 * 1024;
        if taken > 256 << 20 {
            break false;
        }
    };
    assert!(stopped, "{taken} octets went into a server that reads none");
    drop(server);
}

#[tokio::test]
async fn large_frames_and_messages_are_refused() {
    let (_proxy, mut client, mut server) = session("").await;
    let largest = vec![b'x'; 64 * 1024];
    client.send(&largest).await;
    let mut sent = vec![0; largest.len()];
    soon(server.read_exact(&mut sent)).await.unwrap();
    client.send(&vec![b'x'; 64 * 1024 + 1]).await;
    client.expect_close(4012, "too-large").await;
}

#[tokio::test]
async fn the_largest_frame_is_what_the_configuration_says() {
    let (_proxy, mut client, mut server) = session("max-frame = 16384").await;
    client.send(&[b'x'; 16_384]).await;
    soon(server.read_exact(&mut [0; 16_384])).await.unwrap();
    client.send(&[b'x'; 16_385]).await;
    client.expect_close(4012, "too-large").await;
}

#[tokio::test]
async fn a_server_that_takes_nothing_is_given_up() {
    let (_proxy, client, _server) = session("stall-timeout = \"300ms\"").await;
    // As much as it takes to fill every socket on the way, while the answer is waited for.
    let (mut sink, stream) = futures_util::StreamExt::split(client.0);
    let sending = tokio::spawn(async move {
        let frame = || Message::binary(vec![b'x'; 60 * 1024]);
        while futures_util::SinkExt::send(&mut sink, frame())
            .await
            .is_ok()
        {}
    });
    assert_eq!(
        soon(close_of(stream)).await,
        (4015, "upstream-stalled".to_owned())
    );
    soon(sending).await.unwrap();
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_given_up_and_told_once_it_reads() {
    let (_proxy, mut client, mut server) = session("stall-timeout = \"300ms\"").await;
    let sending = tokio::spawn(async move {
        let block = [b'x'; 64 * 1024];
        while server.write_all(&block).await.is_ok() {}
    });
    // The proxy hangs up on the server, and only then does the client begin to read.
    soon(sending).await.unwrap();
    let end = loop {
        match client.next().await {
            Seen::Octets(_) => {}
            end => break end,
        }
    };
    assert_eq!(end, Seen::Closed(4016, "client-stalled".to_owned()));
}

#[tokio::test]
async fn a_session_lasts_no_longer_than_its_lifetime() {
    let (_proxy, mut client, mut server) = session("session-lifetime = \"300ms\"").await;
    let talking = tokio::spawn(async move {
        let mut ticks = tokio::time::interval(std::time::Duration::from_millis(20));
        while server.write_all(b"x").await.is_ok() {
            ticks.tick().await;
        }
    });
    let end = loop {
        match client.next().await {
            Seen::Octets(_) => {}
            end => break end,
        }
    };
    assert_eq!(end, Seen::Closed(4017, "session-expired".to_owned()));
    soon(talking).await.unwrap();
}

#[tokio::test]
async fn the_reason_survives_a_frame_of_many_megabytes() {
    let (_proxy, client, _server) = session("").await;
    let (mut sink, stream) = futures_util::StreamExt::split(client.0);
    let huge = Message::binary(vec![b'x'; 16 << 20]);
    let sending = tokio::spawn(async move {
        // Cut off by the proxy, or taken to its end.
        let _ = futures_util::SinkExt::send(&mut sink, huge).await;
    });
    assert_eq!(soon(close_of(stream)).await, (4012, "too-large".to_owned()));
    sending.abort();
}

#[tokio::test]
async fn text_frames_are_not_pop3() {
    let (_proxy, mut client, mut server) = session("").await;
    soon(futures_util::SinkExt::send(
        &mut client.0,
        Message::text("NOOP\r\n"),
    ))
    .await
    .unwrap();
    client.expect_close(1003, "binary-only").await;
    let mut heard = Vec::new();
    soon(server.read_to_end(&mut heard)).await.unwrap();
    assert!(heard.is_empty());
}

#[tokio::test]
async fn idleness_ends_the_session_and_pings_do_not_count() {
    let (_proxy, mut client, _server) = session("idle-timeout = \"300ms\"").await;
    let mut pings = tokio::time::interval(std::time::Duration::from_millis(50));
    let closed = soon(async {
        loop {
            tokio::select! {
                _ = pings.tick() => {
                    let ping = Message::Ping(bytes::Bytes::new());
                    let _ = futures_util::SinkExt::send(&mut client.0, ping).await;
                }
                seen = client.next() => break seen,
            }
        }
    });
    assert_eq!(closed.await, Seen::Closed(4010, "idle-timeout".to_owned()));
}

#[tokio::test]
async fn servers_that_are_not_configured_are_unknown() {
    let (_upstream, address) = listener().await;
    let proxy = Running::start(&plain(address)).await;
    for query in [
        "server=other",
        "server=",
        "",
        "server=PLAIN",
        "server=plain%00",
        &format!("server={address}"),
        "server=127.0.0.1",
        &format!("server={}", "x".repeat(2000)),
    ] {
        let mut client = Client::open(proxy.address, query).await;
        client.expect_close(4000, "unknown-server").await;
    }
}

#[tokio::test]
async fn what_this_version_does_not_offer_is_not_allowed() {
    let (upstream, address) = listener().await;
    let proxy = Running::start(&plain(address)).await;
    for query in [
        "server=plain&tls=starttls",
        "server=plain&tls=",
        "server=plain&server=plain",
    ] {
        let mut client = Client::open(proxy.address, query).await;
        client.expect_close(4001, "not-allowed").await;
    }
    let mut client = Client::open(proxy.address, "tls=proxy&server=%70lain&later=1").await;
    accepted(&upstream).await;
    client.connected().await;
}

#[tokio::test]
async fn sessions_past_the_limit_are_refused_until_one_ends() {
    let (proxy, client, server) = session("max-sessions = 1").await;
    let mut second = Client::open(proxy.address, "server=plain").await;
    second.expect_close(4002, "rate-limited").await;
    drop((client, server));
    // The place is free as soon as the proxy has noticed.
    let again = async {
        loop {
            let mut next = Client::open(proxy.address, "server=plain").await;
            match next.next().await {
                Seen::Event(_) => break,
                // The upstream's listener is gone, which is later than the limit.
                Seen::Closed(4004, _) => break,
                Seen::Closed(4002, _) => {}
                other => panic!("{other:?}"),
            }
        }
    };
    soon(again).await;
}

#[tokio::test]
async fn a_closed_port_refuses_and_a_name_without_address_is_dns() {
    let (upstream, address) = listener().await;
    drop(upstream);
    let invalid = "[servers.nowhere]\nhost = \"host.invalid\"\n";
    let proxy = Running::start(&format!("{}{invalid}", plain(address))).await;
    let mut client = Client::open(proxy.address, "server=plain").await;
    client.expect_close(4004, "refused").await;
    let mut client = Client::open(proxy.address, "server=nowhere").await;
    client.expect_close(4003, "dns").await;
}

#[tokio::test]
async fn a_server_that_never_answers_the_handshake_is_a_timeout() {
    for tls in ["implicit", "starttls"] {
        let (upstream, address) = listener().await;
        let config = plain(address).replace("insecure-plaintext", tls);
        let ca = ca_file();
        let config = format!(
            "handshake-timeout = \"200ms\"\n{config}ca-file = {:?}\n",
            ca.path().to_str().unwrap()
        );
        let proxy = Running::start(&config).await;
        let mut client = Client::open(proxy.address, "server=plain").await;
        let _silent = accepted(&upstream).await;
        client.expect_close(4006, "connect-timeout").await;
    }
}

/// A proxy with one server in starttls mode, which is given plenty of time.
async fn starttls(upstream: std::net::SocketAddr, ca: &tempfile::NamedTempFile) -> Running {
    let config = plain(upstream).replace("insecure-plaintext", "starttls");
    let ca = ca.path().to_str().unwrap();
    Running::start(&format!(
        "handshake-timeout = \"10m\"\n{config}ca-file = {ca:?}\n"
    ))
    .await
}

#[tokio::test]
async fn a_client_that_leaves_before_the_server_is_reached_is_noticed() {
    let (upstream, address) = listener().await;
    let proxy = starttls(address, &ca_file()).await;
    for vanishes in [true, false] {
        let mut client = Client::open(proxy.address, "server=plain").await;
        let mut silent = accepted(&upstream).await;
        client.send(b"CAPA\r\n").await;
        if vanishes {
            drop(client);
        } else {
            soon(client.0.close(None)).await.unwrap();
            assert_eq!(client.next().await, Seen::Closed(1005, String::new()));
        }
        assert_eq!(soon(silent.read(&mut [0])).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn octets_sent_before_the_server_is_reached_are_not_lost() {
    let (upstream, address) = listener().await;
    // Nobody accepts yet, so the session may be at any point when the octets come.
    let proxy = Running::start(&plain(address)).await;
    let mut client = Client::open(proxy.address, "server=plain").await;
    let parts: Vec<Vec<u8>> = (0..100_u8).map(|n| vec![n; 1000]).collect();
    for part in &parts {
        client.send(part).await;
    }
    let mut server = accepted(&upstream).await;
    let mut heard = vec![0; 100_000];
    soon(server.read_exact(&mut heard)).await.unwrap();
    assert_eq!(heard, parts.concat());
    client.connected().await;
}

fn ca_file() -> tempfile::NamedTempFile {
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec![])
        .unwrap()
        .self_signed(&key)
        .unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), certificate.pem()).unwrap();
    file
}

#[tokio::test]
async fn stopping_refuses_new_sessions_and_gives_the_others_time() {
    let (mut proxy, mut client, mut server) = session("shutdown-grace = \"20s\"").await;
    proxy.stop();
    let refused = async {
        loop {
            let ready = http(proxy.address, "GET /readyz", &[]).await;
            if ready.status == 503 {
                assert_eq!(ready.body, "draining\n");
                break;
            }
        }
        let mut late = Client::open(proxy.address, "server=plain").await;
        late.expect_close(4011, "draining").await;
    };
    soon(refused).await;
    server.write_all(b"still here\r\n").await.unwrap();
    client.expect(b"still here\r\n").await;
    soon(client.0.close(None)).await.unwrap();
    // The last session has ended: no reason to wait for the rest of the grace.
    let begun = std::time::Instant::now();
    proxy.ended().await;
    assert!(begun.elapsed() < PATIENCE / 2);
}

#[tokio::test]
async fn sessions_that_outlast_the_grace_are_told_and_the_port_is_free_again() {
    let (mut proxy, mut client, _server) = session("shutdown-grace = \"100ms\"").await;
    let address = proxy.address;
    proxy.stop();
    client.expect_close(4011, "draining").await;
    proxy.ended().await;
    let again = tokio::net::TcpListener::bind(address).await;
    assert!(again.is_ok(), "{again:?}");
}
