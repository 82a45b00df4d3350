//! HTTPS: pages and sessions over it, and certificates that change while they run.

use rustls::version::{TLS12, TLS13};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Client, PATIENCE, Running, accepted, http_over, listener, plain, soon};
use crate::tls::{Issued, Pair, shown};

const HTTP_1_1: &[&[u8]] = &[b"http/1.1"];

async fn start(issued: &Issued, servers: &str) -> Running {
    Running::start(&format!("{}\n{servers}", issued.config())).await
}

const NO_SERVER: &str = "[servers.a]\nhost = \"192.0.2.1\"\n";

#[tokio::test]
async fn pages_and_sessions_go_over_tls_1_2_and_1_3() {
    let issued = Issued::new();
    let (upstream, address) = listener().await;
    let proxy = start(&issued, &plain(address)).await;
    for version in [&TLS12, &TLS13] {
        let stream = issued.connect_by(proxy.address, HTTP_1_1, &[version]).await;
        let answer = http_over(stream.unwrap(), "a", "GET /servers.json", &[]).await;
        assert_eq!(answer.status, 200);

        let stream = issued.connect_by(proxy.address, &[], &[version]).await;
        let origin = format!("https://localhost:{}", proxy.address.port());
        let url = format!("wss://localhost:{}/pop3?server=plain", proxy.address.port());
        let opened = Client::over(stream.unwrap(), &url, &[("origin", &origin)]).await;
        let mut client = opened.unwrap();
        let mut server = accepted(&upstream).await;
        client.connected().await;
        // More than one record of TLS, and more than any buffer on the way.
        let mail = vec![b'x'; 300_000];
        let sending = async {
            server.write_all(&mail).await.unwrap();
            client.expect(&mail).await;
        };
        soon(sending).await;
        client.send(b"QUIT\r\n").await;
        let mut quit = [0; 6];
        soon(server.read_exact(&mut quit)).await.unwrap();
        assert_eq!(&quit, b"QUIT\r\n");
        drop(server);
        client.expect_close(1000, "upstream-closed").await;
    }
}

#[tokio::test]
async fn the_own_page_is_the_one_by_https() {
    let issued = Issued::new();
    let proxy = start(&issued, NO_SERVER).await;
    let stream = issued.connect(proxy.address, HTTP_1_1).await.unwrap();
    let origin = format!("http://localhost:{}", proxy.address.port());
    let opened = Client::over(
        stream,
        "wss://localhost/pop3?server=a",
        &[("origin", &origin)],
    )
    .await;
    assert!(opened.is_err());
}

#[tokio::test]
async fn no_older_tls_and_no_other_protocol_is_accepted() {
    let issued = Issued::new();
    let proxy = start(&issued, NO_SERVER).await;
    // A hello of TLS 1.1 with one suite, one kind of signature and one curve.
    let mut hello = b"\x16\x03\x01\0\x3f\x01\0\0\x3b\x03\x02".to_vec();
    hello.extend([7; 32]);
    hello.extend(b"\0\0\x02\xc0\x09\x01\0\0\x10");
    hello.extend(b"\0\x0d\0\x04\0\x02\x04\x03\0\x0a\0\x04\0\x02\0\x17");
    let mut stream = TcpStream::connect(proxy.address).await.unwrap();
    stream.write_all(&hello).await.unwrap();
    let mut answer = Vec::new();
    let _ = soon(stream.read_to_end(&mut answer)).await;
    // A fatal alert, protocol_version (RFC 5246 section 7.2).
    assert_eq!(answer.get(5..), Some(&[2, 70][..]), "{answer:?}");

    assert!(
        issued
            .connect(proxy.address, &[b"acme-tls/1"])
            .await
            .is_err()
    );
    let mut plain = TcpStream::connect(proxy.address).await.unwrap();
    plain.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    let _ = soon(plain.read_to_end(&mut answer)).await;
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
}

#[tokio::test]
async fn hsts_is_sent_over_tls_alone_and_can_be_turned_off() {
    let issued = Issued::new();
    for (more, expected) in [
        ("", Some("max-age=31536000")),
        ("hsts = \"2days\"\n", Some("max-age=172800")),
        ("hsts = \"0s\"\n", None),
    ] {
        let servers = format!("{more}{NO_SERVER}");
        let proxy = start(&issued, &servers).await;
        for path in ["/", "/nothing-there", "/pop3"] {
            let stream = issued.connect(proxy.address, HTTP_1_1).await.unwrap();
            let answer = http_over(stream, "a", &format!("GET {path}"), &[]).await;
            let header = answer.header("strict-transport-security");
            assert_eq!(header, expected, "{path}");
        }
    }
    let proxy = Running::start(NO_SERVER).await;
    let answer = crate::support::http(proxy.address, "GET /", &[]).await;
    assert_eq!(answer.header("strict-transport-security"), None);
}

/// Asks until the proxy shows this certificate.
async fn shows(issued: &Issued, proxy: &Running, expected: &Pair) {
    let asking = async {
        loop {
            let stream = issued.connect(proxy.address, HTTP_1_1).await.unwrap();
            if shown(&stream) == expected.der {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, asking)
        .await
        .expect("the certificate was not renewed");
}

/// As Kubernetes and some ACME clients do it: the names are links into a folder that is itself a
/// link, which is replaced in one step.
#[cfg(unix)]
#[tokio::test]
async fn a_renewed_certificate_is_taken_up_and_sessions_go_on() {
    use std::os::unix::fs::symlink;
    let issued = Issued::new();
    let (first, second) = (issued.issue(), issued.issue());
    for (name, pair) in [("first", &first), ("second", &second)] {
        std::fs::create_dir(issued.path(name)).unwrap();
        pair.write(&issued.path(name));
    }
    symlink("first", issued.path("current")).unwrap();
    for name in ["certificate.pem", "key.pem"] {
        std::fs::remove_file(issued.path(name)).unwrap();
        symlink(format!("current/{name}"), issued.path(name)).unwrap();
    }
    let (upstream, address) = listener().await;
    let proxy = start(&issued, &plain(address)).await;
    let stream = issued.connect(proxy.address, HTTP_1_1).await.unwrap();
    assert_eq!(shown(&stream), first.der);
    let url = "wss://localhost/pop3?server=plain";
    let mut client = Client::over(stream, url, &[]).await.unwrap();
    let mut server = accepted(&upstream).await;
    client.connected().await;

    symlink("second", issued.path("next")).unwrap();
    std::fs::rename(issued.path("next"), issued.path("current")).unwrap();
    shows(&issued, &proxy, &second).await;

    // In place, too.
    let third = issued.issue();
    third.write(&issued.path("second"));
    shows(&issued, &proxy, &third).await;

    // The session began under the first, and does not notice.
    server.write_all(b"+OK still here\r\n").await.unwrap();
    client.expect(b"+OK still here\r\n").await;
}
