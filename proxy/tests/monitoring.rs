//! What the proxy shows to those who run it: counters, at an address of their own.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use std::net::SocketAddr;

use pop3_proxy::{Config, Proxy};
use support::{Client, accepted, http, listener, plain, soon};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A proxy with an address for monitoring.
struct Watched {
    address: SocketAddr,
    monitoring: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Watched {
    async fn start(toml: &str) -> Self {
        let addresses = "listen = \"127.0.0.1:0\"\nmetrics-listen = \"127.0.0.1:0\"\n";
        let config = Config::from_toml(&format!("{addresses}{toml}")).unwrap();
        let proxy = Proxy::bind(config).await.unwrap();
        let (address, monitoring) = (proxy.local_addr().unwrap(), proxy.metrics_addr().unwrap());
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(proxy.run(async {
            stopped.await.unwrap_or_default();
        }));
        Self {
            address,
            monitoring,
            stop,
            task,
        }
    }

    async fn metrics(&self) -> String {
        let answer = http(self.monitoring, "GET /metrics", &[]).await;
        assert_eq!(answer.status, 200);
        let kind = answer.header("content-type").unwrap();
        assert!(kind.starts_with("application/openmetrics-text"), "{kind}");
        answer.body
    }

    /// Waits until a line is among the metrics.
    async fn shows(&self, line: &str) {
        let wanted = async {
            while !self.metrics().await.lines().any(|shown| shown == line) {
                tokio::task::yield_now().await;
            }
        };
        let waited = tokio::time::timeout(support::PATIENCE, wanted).await;
        assert!(waited.is_ok(), "{line} is not in\n{}", self.metrics().await);
    }
}

/// Under its server's name, as any other; what is a handshake is not known.
#[tokio::test]
async fn a_session_end_to_end_is_counted_and_its_handshake_is_not() {
    let (upstream, address) = listener().await;
    let (ip, port) = (address.ip(), address.port());
    let config =
        format!("[servers.work]\nhost = \"{ip}\"\nport = {port}\nend-to-end = \"required\"\n");
    let proxy = Watched::start(&config).await;
    let mut client = Client::open(proxy.address, "server=work&tls=end-to-end").await;
    let mut server = accepted(&upstream).await;
    client.connected().await;
    client.send(b"\x16canary").await;
    soon(server.read_exact(&mut [0; 7])).await.unwrap();
    drop(server);
    client.expect_close(1000, "upstream-closed").await;
    for line in [
        "pop3_proxy_sessions_total{server=\"work\"} 1",
        "pop3_proxy_octets_total{server=\"work\",direction=\"to-server\"} 7",
        "pop3_proxy_connect_seconds_count{server=\"work\"} 1",
        "pop3_proxy_handshake_seconds_count{server=\"work\"} 0",
        "pop3_proxy_closes_total{server=\"work\",reason=\"finished\"} 1",
    ] {
        proxy.shows(line).await;
    }
    let mut client = Client::open(proxy.address, "server=work").await;
    client.expect_close(4018, "end-to-end-required").await;
    let line = "pop3_proxy_closes_total{server=\"(none)\",reason=\"end-to-end-required\"} 1";
    proxy.shows(line).await;
    assert!(!proxy.metrics().await.contains("canary"));
}

#[tokio::test]
async fn a_session_is_counted_from_its_beginning_to_its_end() {
    let (upstream, address) = listener().await;
    let proxy = Watched::start(&plain(address)).await;
    proxy
        .shows("pop3_proxy_sessions_total{server=\"plain\"} 0")
        .await;

    let mut client = Client::open(proxy.address, "server=plain").await;
    let mut server = accepted(&upstream).await;
    client.connected().await;
    server.write_all(b"+OK hello\r\n").await.unwrap();
    client.expect(b"+OK hello\r\n").await;
    client.send(b"CAPA\r\n").await;
    soon(server.read_exact(&mut [0; 6])).await.unwrap();
    for line in [
        "pop3_proxy_sessions_open{server=\"plain\"} 1",
        "pop3_proxy_sessions_total{server=\"plain\"} 1",
        "pop3_proxy_octets_total{server=\"plain\",direction=\"to-client\"} 11",
        "pop3_proxy_octets_total{server=\"plain\",direction=\"to-server\"} 6",
        "pop3_proxy_connect_seconds_count{server=\"plain\"} 1",
        "pop3_proxy_handshake_seconds_count{server=\"plain\"} 0",
    ] {
        proxy.shows(line).await;
    }

    drop(server);
    client.expect_close(1000, "upstream-closed").await;
    for line in [
        "pop3_proxy_sessions_open{server=\"plain\"} 0",
        "pop3_proxy_sessions_total{server=\"plain\"} 1",
        "pop3_proxy_closes_total{server=\"plain\",reason=\"finished\"} 1",
    ] {
        proxy.shows(line).await;
    }
}

#[tokio::test]
async fn each_end_is_counted_under_its_reason() {
    let (upstream, address) = listener().await;
    let (gone, nowhere) = listener().await;
    drop(gone);
    let unreached = plain(nowhere).replace("servers.plain", "servers.unreached");
    let proxy = Watched::start(&format!("{}{unreached}", plain(address))).await;

    let mut client = Client::open(proxy.address, "server=plain").await;
    client.connected().await;
    soon(client.0.close(None)).await.unwrap();
    let _server = accepted(&upstream).await;
    let client = Client::open(proxy.address, "server=plain").await;
    drop(client);
    let mut client = Client::open(proxy.address, "server=unreached").await;
    client.expect_close(4004, "refused").await;
    let mut client = Client::open(proxy.address, "server=plain&tls=no").await;
    client.expect_close(4001, "not-allowed").await;
    for line in [
        "pop3_proxy_closes_total{server=\"plain\",reason=\"client-closed\"} 1",
        "pop3_proxy_closes_total{server=\"plain\",reason=\"client-gone\"} 1",
        "pop3_proxy_closes_total{server=\"unreached\",reason=\"refused\"} 1",
        "pop3_proxy_closes_total{server=\"(none)\",reason=\"not-allowed\"} 1",
    ] {
        proxy.shows(line).await;
    }

    let origin = [("origin", "https://elsewhere.example")];
    let refused = Client::try_open(proxy.address, "server=plain", &origin).await;
    assert!(refused.is_err());
    proxy
        .shows("pop3_proxy_upgrades_refused_total{status=\"403\"} 1")
        .await;
}

fn series(metrics: &str) -> usize {
    metrics
        .lines()
        .filter(|line| !line.starts_with('#'))
        .count()
}

#[tokio::test]
async fn what_a_stranger_types_is_no_label() {
    let (_upstream, address) = listener().await;
    let proxy = Watched::start(&plain(address)).await;
    let before = series(&proxy.metrics().await);
    for number in 0..20 {
        let query = format!("server=typed-{number}&typed={number}");
        let mut client = Client::open(proxy.address, &query).await;
        client.expect_close(4000, "unknown-server").await;
    }
    proxy
        .shows("pop3_proxy_closes_total{server=\"(none)\",reason=\"unknown-server\"} 20")
        .await;
    let after = proxy.metrics().await;
    assert!(!after.contains("typed"), "{after}");
    assert_eq!(series(&after), before + 1, "{after}");
}

#[tokio::test]
async fn counters_are_not_at_the_public_address() {
    let (_upstream, address) = listener().await;
    let proxy = Watched::start(&plain(address)).await;
    let answer = http(proxy.address, "GET /metrics", &[]).await;
    assert_eq!(answer.status, 404);
    // Nor is there more than counters at the other.
    for path in ["/", "/servers.json", "/pop3?server=plain"] {
        let answer = http(proxy.monitoring, &format!("GET {path}"), &[]).await;
        assert_eq!(answer.status, 404, "{path}");
    }
}

#[tokio::test]
async fn a_proxy_that_stops_lives_and_is_not_ready() {
    let (upstream, address) = listener().await;
    let grace = "shutdown-grace = \"20s\"\n";
    let proxy = Watched::start(&format!("{grace}{}", plain(address))).await;
    let mut client = Client::open(proxy.address, "server=plain").await;
    client.connected().await;
    let _server = accepted(&upstream).await;
    proxy.shows("pop3_proxy_draining 0").await;

    let Watched {
        address,
        monitoring,
        stop,
        task,
    } = proxy;
    stop.send(()).unwrap();
    let status = async |address, path| {
        let answer = http(address, &format!("GET {path}"), &[]).await;
        (answer.status, answer.body)
    };
    let draining = async { while status(address, "/readyz").await.0 == 200 {} };
    soon(draining).await;
    for address in [address, monitoring] {
        let (code, word) = status(address, "/readyz").await;
        assert_eq!((code, word.as_str()), (503, "draining\n"));
        let (code, word) = status(address, "/healthz").await;
        assert_eq!((code, word.as_str()), (200, "ok\n"));
    }
    let (_, text) = status(monitoring, "/metrics").await;
    assert!(text.contains("pop3_proxy_draining 1\n"), "{text}");
    soon(client.0.close(None)).await.unwrap();
    soon(task).await.unwrap();
}

/// Nobody can fill the collector's memory by typing.
#[tokio::test]
async fn what_people_type_is_no_label() {
    let authority = support::authority::Authority::new();
    let ca = authority.file.path().to_str().unwrap();
    let proxy = Watched::start(&format!(
        "[typed-hosts]\nenabled = true\nca-file = {ca:?}\n"
    ))
    .await;
    proxy
        .shows("pop3_proxy_sessions_total{server=\"(typed)\"} 0")
        .await;
    let mut client = Client::open(proxy.address, "server=canary.invalid:995").await;
    client.expect_close(4003, "dns").await;
    proxy
        .shows("pop3_proxy_closes_total{server=\"(typed)\",reason=\"dns\"} 1")
        .await;
    assert!(!proxy.metrics().await.contains("canary"));
}
