//! What each client may have, and that nobody else is harmed when somebody meets a limit. Clients are
//! addresses of loopback here, or what a trusted proxy names.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use support::log::Log;
use support::{Client, Running, Seen, http, listener, plain, soon};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

const PLENTY: &str = "new-sessions-per-second = 1000\nnew-sessions-burst = 1000\n";

/// A proxy with the server `plain`, whose connections are accepted by the system and never answered.
async fn start(general: &str, per_client: &str) -> (Running, TcpListener) {
    let (upstream, address) = listener().await;
    let config = format!("{general}\n{}[per-client]\n{per_client}", plain(address));
    (Running::start(&config).await, upstream)
}

/// A connection from another address of this machine.
async fn connect_from(proxy: SocketAddr, own: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket
        .bind(SocketAddr::new(own.parse().unwrap(), 0))
        .unwrap();
    soon(socket.connect(proxy)).await.unwrap()
}

async fn open_from(proxy: SocketAddr, own: &str) -> Client {
    let stream = connect_from(proxy, own).await;
    let url = format!("ws://{proxy}/pop3?server=plain");
    Client::over(stream, &url, &[]).await.unwrap()
}

/// A session of the client that a trusted proxy names.
async fn open_for(proxy: SocketAddr, client: &str) -> Client {
    let named = [("x-forwarded-for", client)];
    let opened = Client::try_open(proxy, "server=plain", &named).await;
    opened.unwrap()
}

#[tokio::test]
async fn each_address_has_sessions_of_its_own() {
    let (proxy, _upstream) = start("", &format!("max-sessions = 2\n{PLENTY}")).await;
    let mut open = Vec::new();
    for own in ["127.0.0.1", "127.0.0.2"] {
        for _ in 0..2 {
            let mut client = open_from(proxy.address, own).await;
            client.connected().await;
            open.push(client);
        }
        let mut one_more = open_from(proxy.address, own).await;
        one_more.expect_close(4002, "rate-limited").await;
    }
    // A place that is given back can be had again, by the same client.
    drop(open.remove(0));
    let again = async {
        while let Seen::Closed(4002, _) = open_from(proxy.address, "127.0.0.1").await.next().await {
        }
    };
    soon(again).await;
    let mut other = open_from(proxy.address, "127.0.0.2").await;
    other.expect_close(4002, "rate-limited").await;
}

#[tokio::test]
async fn ipv6_is_counted_by_its_64_bits_and_what_is_no_proxy_is_not_believed() {
    let limits = format!("max-sessions = 1\n{PLENTY}");
    let (proxy, _upstream) = start("trusted-proxies = [\"127.0.0.1\"]", &limits).await;
    let mut first = open_for(proxy.address, "2a00:1:2:3::1").await;
    first.connected().await;
    let mut same = open_for(proxy.address, "2a00:1:2:3:ffff::2").await;
    same.expect_close(4002, "rate-limited").await;
    let mut neighbour = open_for(proxy.address, "2a00:1:2:4::1").await;
    neighbour.connected().await;
    let mut ipv4 = open_for(proxy.address, "198.51.100.1").await;
    ipv4.connected().await;

    // Without trust the header changes nothing: there is one client.
    let (proxy, _upstream) = start("", &limits).await;
    let mut first = open_for(proxy.address, "2a00:1:2:3::1").await;
    first.connected().await;
    let mut forged = open_for(proxy.address, "198.51.100.1").await;
    forged.expect_close(4002, "rate-limited").await;
}

#[tokio::test]
async fn a_server_may_have_a_limit_of_its_own() {
    let (_upstream, address) = listener().await;
    let (_other_upstream, other) = listener().await;
    let other = plain(other).replace("servers.plain", "servers.other");
    let config = format!("{}max-sessions = 1\n{other}", plain(address));
    let proxy = Running::start(&config).await;
    let mut first = Client::open(proxy.address, "server=plain").await;
    first.connected().await;
    let mut second = open_from(proxy.address, "127.0.0.2").await;
    second.expect_close(4002, "rate-limited").await;
    for _ in 0..3 {
        let mut unharmed = Client::open(proxy.address, "server=other").await;
        unharmed.connected().await;
    }
}

#[tokio::test]
async fn who_opens_sessions_too_fast_is_told_so_and_others_are_not() {
    let pace = "new-sessions-per-second = 1\nnew-sessions-burst = 3\n";
    let (proxy, _upstream) = start("", pace).await;
    let began = Instant::now();
    // Whatever is asked for: guessing is no cheaper than what is right.
    let asked = ["server=plain", "server=nobody", "server=plain&tls=no"];
    let tries = asked.into_iter().cycle().take(60).map(|query| async {
        let mut client = Client::open(proxy.address, query).await;
        matches!(client.next().await, Seen::Closed(4002, _))
    });
    let refused = join_all(tries)
        .await
        .into_iter()
        .filter(|refused| *refused)
        .count();
    // Three at once, and one for each second since.
    let most = 3 + usize::try_from(began.elapsed().as_secs()).unwrap() + 1;
    assert!(
        60 - refused <= most,
        "{refused} of 60 were refused in {:?}",
        began.elapsed()
    );
    let mut other = open_from(proxy.address, "127.0.0.2").await;
    other.connected().await;
}

/// Connections on which nothing is said, as an attacker keeps them.
#[tokio::test]
async fn connections_without_a_session_are_limited_by_address() {
    let (proxy, _upstream) = start("", &format!("max-connections = 2\n{PLENTY}")).await;
    let mut silent = [
        TcpStream::connect(proxy.address).await.unwrap(),
        TcpStream::connect(proxy.address).await.unwrap(),
    ];
    // Closed unread, and without a word.
    let mut third = TcpStream::connect(proxy.address).await.unwrap();
    assert_eq!(soon(third.read(&mut [0; 16])).await.unwrap(), 0);
    let mut other = open_from(proxy.address, "127.0.0.2").await;
    other.connected().await;
    // The first two are served all the same.
    for stream in &mut silent {
        let request = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        stream.write_all(request).await.unwrap();
        let mut answer = String::new();
        soon(stream.read_to_string(&mut answer)).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }
}

#[tokio::test]
async fn connections_that_became_sessions_and_those_of_trusted_proxies_do_not_count() {
    let (proxy, _upstream) = start("", &format!("max-connections = 1\n{PLENTY}")).await;
    let mut open = Vec::new();
    for _ in 0..5 {
        let mut client = Client::open(proxy.address, "server=plain").await;
        client.connected().await;
        open.push(client);
    }
    let trusting = "trusted-proxies = [\"127.0.0.1\"]";
    let (proxy, _upstream) = start(trusting, &format!("max-connections = 1\n{PLENTY}")).await;
    let mut silent = Vec::new();
    for _ in 0..5 {
        silent.push(TcpStream::connect(proxy.address).await.unwrap());
    }
    assert_eq!(http(proxy.address, "GET /healthz", &[]).await.status, 200);
}

#[tokio::test]
async fn half_a_request_is_cut_off() {
    let (proxy, _upstream) = start("", PLENTY).await;
    let began = Instant::now();
    let mut stream = TcpStream::connect(proxy.address).await.unwrap();
    stream
        .write_all(b"GET /pop3?server=plain HTTP/1.1\r\nHost: x\r\nUpgr")
        .await
        .unwrap();
    let mut answer = Vec::new();
    let _ = soon(stream.read_to_end(&mut answer)).await;
    assert!(began.elapsed() >= Duration::from_secs(9));
}

#[tokio::test]
async fn the_log_names_the_limit_and_is_not_flooded() {
    let log = Log::capture();
    let (proxy, _upstream) = start("", &format!("max-sessions = 1\n{PLENTY}")).await;
    let mut first = Client::open(proxy.address, "server=plain").await;
    first.connected().await;
    for _ in 0..60 {
        let mut refused = Client::open(proxy.address, "server=plain").await;
        refused.expect_close(4002, "rate-limited").await;
    }
    let text = log.text();
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| line.contains("limit is reached"))
        .collect();
    assert!(
        lines[0].contains("limit=per-client.max-sessions"),
        "{}",
        lines[0]
    );
    assert!(lines[0].contains("client=127.0.0.1"), "{}", lines[0]);
    assert!((20..60).contains(&lines.len()), "{} lines", lines.len());
}

#[tokio::test]
async fn a_foreign_origin_is_refused_and_the_log_says_what_to_do() {
    let log = Log::capture();
    let (proxy, _upstream) = start("", PLENTY).await;
    // Exactly the own one, and nothing that is like it.
    let own = proxy.origin();
    for foreign in [
        "https://evil.example",
        &own.replace("http://", "https://"),
        &format!("{own}.evil.example"),
        &format!("{own}/"),
        &own.to_uppercase(),
        "null",
        "",
    ] {
        let headers = [("origin", foreign)];
        let answer = Client::try_open(proxy.address, "server=plain", &headers).await;
        let Err(tokio_tungstenite::tungstenite::Error::Http(answer)) = answer else {
            panic!("{foreign:?} was let in");
        };
        assert_eq!(answer.status(), 403);
        let line = format!("refused a page of origin {foreign:?}; to allow it, add it to the key");
        assert_eq!(log.text().matches(&line).count(), 1, "{}", log.text());
    }
    let allowed = [("origin", &*own)];
    let mut client = Client::try_open(proxy.address, "server=plain", &allowed)
        .await
        .unwrap();
    client.connected().await;
}
