//! TLS towards mail servers, with servers made by hand: which certificates and endings are good.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::version::{TLS12, TLS13};
use serde_json::json;
use support::{Client, Running, Seen, accepted, listener, soon};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// An authority of the test's own.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    file: tempfile::NamedTempFile,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), issuer.pem()).unwrap();
        Self { issuer, file }
    }

    /// A server whose certificate carries that name, and is good until the given year.
    fn server(
        &self,
        name: &str,
        until: i32,
        version: &'static rustls::SupportedProtocolVersion,
    ) -> TlsAcceptor {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2001, 1, 1);
        params.not_after = rcgen::date_time_ymd(until, 1, 1);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[version])
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }

    /// The configuration of one server, `mail`, that trusts this authority alone.
    fn config(&self, tls: &str, port: u16, more: &str) -> String {
        let ca = self.file.path().to_str().unwrap();
        format!(
            "[servers.mail]\nhost = \"localhost\"\nport = {port}\ntls = \"{tls}\"\nca-file = {ca:?}\n{more}"
        )
    }
}

/// The server's side of STLS, up to the handshake.
async fn before_tls(stream: &mut TcpStream) {
    stream.write_all(b"+OK in the clear\r\n").await.unwrap();
    let mut command = [0; 6];
    soon(stream.read_exact(&mut command)).await.unwrap();
    assert_eq!(&command, b"STLS\r\n");
    stream.write_all(b"+OK begin\r\n").await.unwrap();
}

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
    for (what, acceptor, more) in [
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
