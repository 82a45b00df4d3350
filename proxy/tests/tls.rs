//! TLS towards mail servers, with servers made by hand: which certificates and endings are good.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use rcgen::{CertificateParams, KeyPair};
use rustls::version::{TLS12, TLS13};
use serde_json::json;
use support::authority::{Authority, acceptor, before_tls};
use support::{Client, Running, Seen, accepted, listener, soon};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

/// A session in implicit mode, with a good certificate.
async fn session() -> (Running, Client, TlsStream<TcpStream>) {
    let authority = Authority::new();
    let (upstream, address) = listener().await;
    let proxy = Running::start(&authority.config("implicit", address.port(), "")).await;
    let acceptor = authority.server("localhost", 2999, &TLS13);
    let mut client = Client::open(proxy.address, "server=mail").await;
    let server = soon(acceptor.accept(accepted(&upstream).await))
        .await
        .unwrap();
    client.connected().await;
    (proxy, client, server)
}

#[tokio::test]
async fn version_and_cipher_are_told() {
    let authority = Authority::new();
    for (mode, version, name) in [
        ("implicit", &TLS13, "TLSv1.3"),
        ("implicit", &TLS12, "TLSv1.2"),
        ("starttls", &TLS13, "TLSv1.3"),
    ] {
        let (upstream, address) = listener().await;
        let proxy = Running::start(&authority.config(mode, address.port(), "")).await;
        let mut client = Client::open(proxy.address, "server=mail").await;
        let mut stream = accepted(&upstream).await;
        if mode == "starttls" {
            before_tls(&mut stream).await;
        }
        let acceptor = authority.server("localhost", 2999, version);
        let mut server = soon(acceptor.accept(stream)).await.unwrap();
        let cipher = server
            .get_ref()
            .1
            .negotiated_cipher_suite()
            .unwrap()
            .suite();
        let expected = json!({
            "event": "connected",
            "server": "mail",
            "tls": mode,
            "version": name,
            "cipher": format!("{cipher:?}"),
            "pause": true,
        });
        assert_eq!(client.connected().await, expected);
        if mode == "starttls" {
            client.expect(b"+OK in the clear\r\n").await;
        }
        client.send(b"CAPA\r\n").await;
        let mut command = [0; 6];
        soon(server.read_exact(&mut command)).await.unwrap();
        assert_eq!(&command, b"CAPA\r\n");
        server.write_all(b"+OK\r\n.\r\n").await.unwrap();
        server.flush().await.unwrap();
        client.expect(b"+OK\r\n.\r\n").await;
    }
}

#[tokio::test]
async fn certificates_that_are_not_to_be_trusted_are_told_apart() {
    let (trusted, other) = (Authority::new(), Authority::new());
    let key = KeyPair::generate().unwrap();
    let own = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let own = own.self_signed(&key).unwrap().der().clone();
    for (what, acceptor, more) in [
        ("signed by itself", acceptor(own, &key, &TLS13), ""),
        (
            "another authority",
            other.server("localhost", 2999, &TLS13),
            "",
        ),
        (
            "another name",
            trusted.server("example.org", 2999, &TLS13),
            "",
        ),
        ("expired", trusted.server("localhost", 2002, &TLS13), ""),
        (
            "not the name that the configuration demands",
            trusted.server("localhost", 2999, &TLS13),
            "server-name = \"mail.example.org\"\n",
        ),
    ] {
        for mode in ["implicit", "starttls"] {
            let (upstream, address) = listener().await;
            let proxy = Running::start(&trusted.config(mode, address.port(), more)).await;
            let mut client = Client::open(proxy.address, "server=mail").await;
            let mut stream = accepted(&upstream).await;
            if mode == "starttls" {
                before_tls(&mut stream).await;
            }
            assert!(soon(acceptor.accept(stream)).await.is_err(), "{what}");
            let seen = client.next().await;
            assert_eq!(
                seen,
                Seen::Closed(4007, "tls-certificate".to_owned()),
                "{what}, {mode}"
            );
        }
    }
}

#[tokio::test]
async fn the_name_to_verify_may_be_another_than_the_host() {
    let authority = Authority::new();
    let (upstream, address) = listener().await;
    let more = "server-name = \"mail.example.org\"\n";
    let proxy = Running::start(&authority.config("implicit", address.port(), more)).await;
    let mut client = Client::open(proxy.address, "server=mail").await;
    let acceptor = authority.server("mail.example.org", 2999, &TLS13);
    let _server = soon(acceptor.accept(accepted(&upstream).await))
        .await
        .unwrap();
    client.connected().await;
}

/// The hello of a server that knows nothing newer than TLS 1.1, which RFC 8996 forbids.
#[tokio::test]
async fn tls_before_1_2_is_refused() {
    let mut hello = b"\x16\x03\x02\x00\x2a\x02\x00\x00\x26\x03\x02".to_vec();
    hello.extend([0x5a; 32]);
    // No session; TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, no compression.
    hello.extend(b"\x00\xc0\x13\x00");
    let authority = Authority::new();
    let (upstream, address) = listener().await;
    let proxy = Running::start(&authority.config("implicit", address.port(), "")).await;
    let mut client = Client::open(proxy.address, "server=mail").await;
    let mut stream = accepted(&upstream).await;
    soon(stream.read(&mut [0; 4096])).await.unwrap();
    stream.write_all(&hello).await.unwrap();
    client.expect_close(4008, "tls-handshake").await;
    // Alert 70: the version.
    let mut alert = Vec::new();
    soon(stream.read_to_end(&mut alert)).await.unwrap();
    assert_eq!((alert.first(), alert.last()), (Some(&0x15), Some(&70)));
}

#[tokio::test]
async fn what_is_no_tls_is_a_failed_handshake() {
    let authority = Authority::new();
    for answer in [
        &b"+OK a server without TLS\r\n"[..],
        b"",
        b"\x15\x03\x03\x00\x02\x02\x28",
    ] {
        let (upstream, address) = listener().await;
        let proxy = Running::start(&authority.config("implicit", address.port(), "")).await;
        let mut client = Client::open(proxy.address, "server=mail").await;
        let mut stream = accepted(&upstream).await;
        // The client's hello is read, so that what follows is not a reset.
        soon(stream.read(&mut [0; 4096])).await.unwrap();
        stream.write_all(answer).await.unwrap();
        stream.shutdown().await.unwrap();
        client.expect_close(4008, "tls-handshake").await;
    }
}

#[tokio::test]
async fn an_end_with_close_notify_is_in_good_order_and_one_without_is_not() {
    for (notified, code) in [(true, 1000), (false, 4013)] {
        let (_proxy, mut client, mut server) = session().await;
        server.write_all(b"+OK bye\r\n").await.unwrap();
        server.flush().await.unwrap();
        if notified {
            server.shutdown().await.unwrap();
        } else {
            server.get_mut().0.shutdown().await.unwrap();
        }
        client.expect(b"+OK bye\r\n").await;
        client.expect_close(code, "upstream-closed").await;
    }
}

#[tokio::test]
async fn a_client_that_leaves_ends_tls_in_good_order() {
    let (_proxy, mut client, mut server) = session().await;
    client.send(b"DELE 1\r\n").await;
    drop(client);
    let mut heard = Vec::new();
    // Without close_notify this would be an error.
    soon(server.read_to_end(&mut heard)).await.unwrap();
    assert_eq!(heard, b"DELE 1\r\n");
}
