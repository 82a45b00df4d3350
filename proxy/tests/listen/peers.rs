//! Who the client is: the peer, or whom a trusted proxy names, in a header or by the PROXY protocol.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::introduced::Introduced;
use crate::support::{Client, Running, http, http_over, soon};

/// Who the mail server is told that the client is.
async fn told(config: &str, headers: &[(&'static str, &str)]) -> String {
    let (server, servers) = Introduced::start().await;
    let proxy = Running::start(&format!("{config}\n{servers}")).await;
    let mut client = Client::try_open(proxy.address, "server=plain", headers)
        .await
        .unwrap();
    let (_server, named) = server.accept().await;
    client.connected().await;
    named.unwrap().ip().to_string()
}

#[tokio::test]
async fn a_header_is_believed_from_trusted_proxies_alone() {
    let trusting = "trusted-proxies = [\"127.0.0.0/8\"]";
    let chained = "trusted-proxies = [\"127.0.0.1\", \"10.0.0.0/8\"]";
    let other = "trusted-proxies = [\"10.0.0.0/8\", \"unix\"]";
    let by_rfc = "trusted-proxies = [\"127.0.0.1\"]\nforwarded-header = \"forwarded\"";
    let x = "x-forwarded-for";
    for (config, headers, client) in [
        ("", &[(x, "192.0.2.9")][..], "127.0.0.1"),
        (other, &[(x, "192.0.2.9")], "127.0.0.1"),
        (trusting, &[], "127.0.0.1"),
        (trusting, &[(x, "192.0.2.9")], "192.0.2.9"),
        (trusting, &[(x, "6.6.6.6, 192.0.2.9")], "192.0.2.9"),
        (trusting, &[("forwarded", "for=6.6.6.6")], "127.0.0.1"),
        (
            chained,
            &[(x, "6.6.6.6, 2001:db8::9, 10.1.2.3")],
            "2001:db8::9",
        ),
        (
            by_rfc,
            &[("forwarded", "for=\"[2001:db8::9]:80\"")],
            "2001:db8::9",
        ),
        (by_rfc, &[(x, "6.6.6.6")], "127.0.0.1"),
    ] {
        assert_eq!(told(config, headers).await, client, "{config} {headers:?}");
    }
}

#[tokio::test]
async fn a_forwarded_header_that_could_mean_anything_is_refused() {
    let (_server, servers) = Introduced::start().await;
    let config = "trusted-proxies = [\"127.0.0.1\"]\nforwarded-header = \"forwarded\"\n";
    let proxy = Running::start(&format!("{config}{servers}")).await;
    let forged = "forwarded: for=\"6.6.6.6, for=192.0.2.9";
    for path in ["/servers.json", "/pop3?server=plain"] {
        let answer = http(proxy.address, &format!("GET {path}"), &[forged]).await;
        assert_eq!(answer.status, 400, "{path}");
        assert!(answer.body.contains("RFC 7239"), "{}", answer.body);
    }
}

/// A proxy that takes the PROXY protocol from this machine.
async fn behind_a_balancer(servers: &str) -> Running {
    let config = format!(
        "listen = [{{ address = \"127.0.0.1:0\", proxy-protocol = true }}]\n\
         trusted-proxies = [\"127.0.0.1\", \"10.0.0.0/8\"]\n{servers}"
    );
    Running::start_with(pop3_proxy::Config::from_toml(&config).unwrap()).await
}

async fn connect(proxy: SocketAddr, header: &[u8]) -> TcpStream {
    let mut stream = soon(TcpStream::connect(proxy)).await.unwrap();
    soon(stream.write_all(header)).await.unwrap();
    stream
}

const BINARY: &[u8] = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x09\x7f\0\0\x01\x10\x92\0\x50";
const LOCAL: &[u8] = b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0";

#[tokio::test]
async fn the_proxy_protocol_names_the_client_and_headers_count_only_if_that_is_a_proxy_too() {
    let (server, servers) = Introduced::start().await;
    let proxy = behind_a_balancer(&servers).await;
    let forwarded = &[("x-forwarded-for", "192.0.2.77")][..];
    for (header, headers, client) in [
        (
            &b"PROXY TCP4 192.0.2.9 127.0.0.1 4242 80\r\n"[..],
            &[][..],
            "192.0.2.9:4242",
        ),
        (
            b"PROXY TCP6 2001:db8::9 ::1 4242 80\r\n",
            &[],
            "[2001:db8::9]:4242",
        ),
        (BINARY, &[], "192.0.2.9:4242"),
        (BINARY, forwarded, "192.0.2.9:4242"),
        // A web server behind the balancer, which is trusted as well.
        (
            b"PROXY TCP4 10.0.0.7 127.0.0.1 4242 80\r\n",
            forwarded,
            "192.0.2.77:0",
        ),
        (LOCAL, forwarded, "192.0.2.77:0"),
    ] {
        let stream = connect(proxy.address, header).await;
        let url = "ws://localhost/pop3?server=plain";
        let mut client_side = Client::over(stream, url, headers).await.unwrap();
        let (_server, named) = server.accept().await;
        client_side.connected().await;
        assert_eq!(named.unwrap().to_string(), client, "{header:?}");
    }
    // Of a client that the balancer does not name, no header is believed: it is the client's own.
    let stream = connect(proxy.address, b"PROXY UNKNOWN\r\n").await;
    let url = "ws://localhost/pop3?server=plain";
    let mut unknown = Client::over(stream, url, forwarded).await.unwrap();
    let (_server, named) = server.accept().await;
    unknown.connected().await;
    assert_eq!(named.unwrap().ip().to_string(), "127.0.0.1");
}

#[tokio::test]
async fn without_a_good_header_a_connection_ends_before_http() {
    let proxy = behind_a_balancer("[servers.a]\nhost = \"192.0.2.1\"\n").await;
    for octets in [
        &b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n"[..],
        b"PROXY TCP4 nowhere 127.0.0.1 1 2\r\nGET /healthz HTTP/1.1\r\nhost: a\r\n\r\n",
        b"\r\n\r\n\0\r\nQUIT\n\x31\x11\0\0GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n",
    ] {
        let mut stream = connect(proxy.address, octets).await;
        let mut answer = Vec::new();
        // What was not read may turn the end into a reset.
        let _ = soon(stream.read_to_end(&mut answer)).await;
        assert_eq!(answer, b"");
    }
    let stream = connect(proxy.address, LOCAL).await;
    let answer = http_over(stream, "a", "GET /healthz", &[]).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn a_stranger_cannot_speak_the_proxy_protocol() {
    let config = "listen = [{ address = \"127.0.0.1:0\", proxy-protocol = true }]\n\
         trusted-proxies = [\"10.0.0.0/8\"]\n[servers.a]\nhost = \"192.0.2.1\"\n";
    let proxy = Running::start_with(pop3_proxy::Config::from_toml(config).unwrap()).await;
    let mut stream = connect(proxy.address, LOCAL).await;
    let mut answer = Vec::new();
    let _ = soon(stream.read_to_end(&mut answer)).await;
    assert_eq!(answer, b"");
}

/// Each of these would otherwise hold a socket for ever.
#[tokio::test]
async fn slow_headers_and_slow_handshakes_are_cut() {
    let certificate = crate::tls::Issued::new();
    let config = format!(
        "listen = [{{ address = \"127.0.0.1:0\", proxy-protocol = true, https = false }},\n\
         {{ address = \"127.0.0.1:0\" }}]\ntrusted-proxies = [\"127.0.0.1\"]\n{}\n\
         [servers.a]\nhost = \"192.0.2.1\"\n",
        certificate.config()
    );
    let proxy = pop3_proxy::Proxy::bind(pop3_proxy::Config::from_toml(&config).unwrap());
    let proxy = proxy.await.unwrap();
    let addresses: Vec<SocketAddr> = proxy.local_addrs().collect();
    let running = tokio::spawn(proxy.run(std::future::pending()));
    let began = Instant::now();
    let ends = [
        (addresses[0], &b"PROXY TCP4 192.0.2.9"[..]),
        (addresses[0], b""),
        (addresses[1], b"\x16\x03\x01\x02\0\x01\0"),
        (addresses[1], b""),
    ]
    .map(|(address, octets)| async move {
        let mut stream = connect(address, octets).await;
        let mut answer = Vec::new();
        let _ = soon(stream.read_to_end(&mut answer)).await;
        assert_eq!(answer, b"", "{octets:?}");
    });
    futures_util::future::join_all(ends).await;
    // Not because of what was sent, but of the time.
    assert!(began.elapsed() >= Duration::from_secs(9));
    running.abort();
}
