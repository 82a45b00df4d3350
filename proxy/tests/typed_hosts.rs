//! Hosts that people type, on a network where the tests' own servers have public addresses. The rule
//! that decides what is public is the proxy's own.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use pop3_proxy::{Config, Network};
use rustls::version::TLS13;
use serde_json::{Value, json};
use support::authority::{Authority, before_tls};
use support::log::Log;
use support::{Client, Running, Seen, accepted, http, listener, soon};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::OwnedSemaphorePermit;

/// The Internet, as far as a test needs it.
#[derive(Debug, Default)]
struct Internet {
    /// What names resolve to, look-up by look-up; the last answer stays.
    names: Mutex<HashMap<String, VecDeque<Vec<IpAddr>>>>,
    /// Where the servers really are.
    servers: HashMap<SocketAddr, SocketAddr>,
    looked_up: Mutex<Vec<String>>,
    dialled: Mutex<Vec<SocketAddr>>,
}

impl Internet {
    fn name(self, name: &str, answers: &[&[&str]]) -> Self {
        let answers = answers.iter();
        let answers = answers.map(|ips| ips.iter().map(|ip| ip.parse().unwrap()).collect());
        self.names
            .lock()
            .unwrap()
            .insert(format!("{name}."), answers.collect());
        self
    }

    fn server(mut self, address: &str, really: SocketAddr) -> Self {
        self.servers.insert(address.parse().unwrap(), really);
        self
    }

    fn dialled(&self) -> Vec<String> {
        let dialled = self.dialled.lock().unwrap();
        dialled.iter().map(ToString::to_string).collect()
    }
}

impl Network for Internet {
    fn look_up(
        &self,
        host: &str,
        _place: Option<OwnedSemaphorePermit>,
    ) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        self.looked_up.lock().unwrap().push(host.to_owned());
        let mut names = self.names.lock().unwrap();
        let answer = names.get_mut(host).map(|answers| match answers.len() {
            1 => answers[0].clone(),
            _ => answers.pop_front().unwrap(),
        });
        async move { answer.ok_or_else(|| io::Error::other("no such name")) }.boxed()
    }

    fn connect(&self, address: SocketAddr) -> BoxFuture<'static, io::Result<TcpStream>> {
        self.dialled.lock().unwrap().push(address);
        let really = self.servers.get(&address).copied();
        async move {
            match really {
                Some(really) => TcpStream::connect(really).await,
                None => Err(io::ErrorKind::NetworkUnreachable.into()),
            }
        }
        .boxed()
    }
}

/// A proxy that lets people type hosts, and trusts this authority.
async fn start(authority: &Authority, more: &str, internet: Internet) -> (Running, Arc<Internet>) {
    let ca = authority.file.path().to_str().unwrap();
    let text = format!(
        "listen = \"127.0.0.1:0\"\n[typed-hosts]\nenabled = true\nca-file = {ca:?}\n{more}"
    );
    let internet = Arc::new(internet);
    let network: Arc<dyn Network> = Arc::clone(&internet) as _;
    let config = Config::from_toml(&text).unwrap();
    (Running::start_on(config, network).await, internet)
}

/// A proxy with one host to be typed, `pop.example.org`, at a public address.
async fn with_server(port: u16) -> (Running, Arc<Internet>, Authority, TcpListener) {
    let authority = Authority::new();
    let (upstream, address) = listener().await;
    let internet = Internet::default()
        .name("pop.example.org", &[&["93.184.216.34"]])
        .server(&format!("93.184.216.34:{port}"), address);
    let (proxy, internet) = start(&authority, "", internet).await;
    (proxy, internet, authority, upstream)
}

#[tokio::test]
async fn a_typed_host_is_reached_over_tls_from_the_start_or_by_stls() {
    for (port, mode) in [(995, "implicit"), (110, "starttls")] {
        let (proxy, internet, authority, upstream) = with_server(port).await;
        let query = format!("server=POP.example.org:{port}");
        let mut client = Client::open(proxy.address, &query).await;
        let mut stream = accepted(&upstream).await;
        if port == 110 {
            before_tls(&mut stream).await;
        }
        let acceptor = authority.server("pop.example.org", 2999, &TLS13);
        let mut server = soon(acceptor.accept(stream)).await.unwrap();
        let event = client.connected().await;
        assert_eq!(event["server"], json!(format!("pop.example.org:{port}")));
        assert_eq!(event["tls"], json!(mode));
        assert_eq!(event["version"], json!("TLSv1.3"));
        if port == 110 {
            client.expect(b"+OK in the clear\r\n").await;
        }
        client.send(b"NOOP\r\n").await;
        soon(server.read_exact(&mut [0; 6])).await.unwrap();
        assert_eq!(internet.dialled(), [format!("93.184.216.34:{port}")]);
    }
}

#[tokio::test]
async fn the_certificate_must_carry_the_typed_name() {
    for (name, until, typed, code) in [
        ("pop.example.org", 2999, "pop.example.org", None),
        ("example.org", 2999, "pop.example.org", Some(4007)),
        ("pop.example.org", 2002, "pop.example.org", Some(4007)),
        // By the address it is verified against the address.
        ("pop.example.org", 2999, "93.184.216.34", Some(4007)),
        ("93.184.216.34", 2999, "93.184.216.34", None),
    ] {
        let (proxy, _internet, authority, upstream) = with_server(995).await;
        let mut client = Client::open(proxy.address, &format!("server={typed}:995")).await;
        let acceptor = authority.server(name, until, &TLS13);
        let _server = soon(acceptor.accept(accepted(&upstream).await)).await;
        match code {
            None => drop(client.connected().await),
            Some(code) => client.expect_close(code, "tls-certificate").await,
        }
    }
}

#[tokio::test]
async fn there_is_no_way_to_a_typed_host_without_tls() {
    let (proxy, _internet, _authority, upstream) = with_server(110).await;
    let mut client = Client::open(proxy.address, "server=pop.example.org:110").await;
    client.send(b"USER me\r\nPASS secret\r\n").await;
    let mut server = accepted(&upstream).await;
    server.write_all(b"+OK ready\r\n").await.unwrap();
    let mut heard = [0; 6];
    soon(server.read_exact(&mut heard)).await.unwrap();
    assert_eq!(&heard, b"STLS\r\n");
    server.write_all(b"-ERR no STLS here\r\n").await.unwrap();
    client.expect_close(4009, "stls-unsupported").await;
    let mut rest = Vec::new();
    soon(server.read_to_end(&mut rest)).await.unwrap();
    assert!(rest.is_empty());
}

#[tokio::test]
async fn what_is_not_for_strangers_is_refused_and_never_dialled() {
    let authority = Authority::new();
    let internet = Internet::default()
        .name("inside.example.org", &[&["10.0.0.5", "fd00::5"]])
        .name("loop.example.org", &[&["127.0.0.1", "::1"]])
        .name("mapped.example.org", &[&["::ffff:169.254.169.254"]])
        .name("denied.example.org", &[&["217.160.0.1"]])
        .name("pop.denied.example", &[&["93.184.216.34"]]);
    let more = "deny-networks = [\"217.160.0.0/16\"]\ndeny-domains = [\"denied.example\"]\n";
    let (proxy, internet) = start(&authority, more, internet).await;
    for (typed, code, reason) in [
        ("pop.example.org:143", 4001, "not-allowed"),
        ("pop.example.org:25", 4001, "not-allowed"),
        ("127.0.0.1:995", 4001, "not-allowed"),
        ("[::1]:995", 4001, "not-allowed"),
        ("[::ffff:127.0.0.1]:110", 4001, "not-allowed"),
        ("169.254.169.254:110", 4001, "not-allowed"),
        ("0x7f.0.0.1:995", 4001, "not-allowed"),
        ("2130706433:995", 4001, "not-allowed"),
        ("localhost:995", 4001, "not-allowed"),
        ("pop.denied.example:995", 4001, "not-allowed"),
        ("217.160.0.1:995", 4001, "not-allowed"),
        // A name that does not exist, and names that exist inside, read the same.
        ("nowhere.example.org:995", 4003, "dns"),
        ("inside.example.org:995", 4003, "dns"),
        ("loop.example.org:110", 4003, "dns"),
        ("mapped.example.org:110", 4003, "dns"),
        ("denied.example.org:995", 4003, "dns"),
        // No name of a server, and no host with a port.
        ("pop.example.org", 4000, "unknown-server"),
    ] {
        let typed = typed.replace('[', "%5B").replace(']', "%5D");
        let mut client = Client::open(proxy.address, &format!("server={typed}")).await;
        assert_eq!(
            client.next().await,
            Seen::Closed(code, reason.to_owned()),
            "{typed}"
        );
    }
    assert!(internet.dialled().is_empty(), "{:?}", internet.dialled());
}

/// The rules for hosts and addresses hold in every mode.
#[tokio::test]
async fn a_typed_host_may_be_reached_end_to_end_where_that_is_allowed() {
    let internet = || {
        let names = Internet::default().name("pop.example.org", &[&["93.184.216.34"]]);
        names.name("inside.example.org", &[&["10.0.0.5"]])
    };
    let (upstream, address) = listener().await;
    for (port, tls) in [(995, "implicit"), (110, "starttls")] {
        // Without authorities of the proxy's own, and without any of the platform's.
        let text = "[typed-hosts]\nenabled = true\nend-to-end = \"required\"\n";
        let config = Config::from_toml(&format!("listen = \"127.0.0.1:0\"\n{text}")).unwrap();
        let network = internet().server(&format!("93.184.216.34:{port}"), address);
        let proxy = Running::start_on(config, Arc::new(network)).await;
        let query = format!("server=POP.example.org:{port}");
        let mut client = Client::open(proxy.address, &query).await;
        client.expect_close(4018, "end-to-end-required").await;
        let mut client = Client::open(proxy.address, &format!("{query}&tls=end-to-end")).await;
        let _server = accepted(&upstream).await;
        let event = client.connected().await;
        assert_eq!(event["server"], json!(format!("pop.example.org:{port}")));
        assert_eq!(
            (&event["tls"], &event["upstream"]),
            (&json!("end-to-end"), &json!(tls))
        );
        for (typed, code, reason) in [
            ("inside.example.org:995", 4003, "dns"),
            ("127.0.0.1:995", 4001, "not-allowed"),
            ("pop.example.org:25", 4001, "not-allowed"),
        ] {
            let query = format!("server={typed}&tls=end-to-end");
            let mut client = Client::open(proxy.address, &query).await;
            client.expect_close(code, reason).await;
        }
    }
    // An authority of the proxy's own forbids it, unless the configuration says otherwise.
    for (more, code, reason) in [
        ("", 4019, "end-to-end-forbidden"),
        ("end-to-end = \"allowed\"\n", 4005, "unreachable"),
    ] {
        let (proxy, _) = start(&Authority::new(), more, internet()).await;
        let query = "server=pop.example.org:995&tls=end-to-end";
        let mut client = Client::open(proxy.address, query).await;
        client.expect_close(code, reason).await;
    }
}

/// An attacker's DNS that answers once with an address that passes, and then with one inside.
#[tokio::test]
async fn a_name_is_resolved_once_and_the_checked_address_is_dialled() {
    let authority = Authority::new();
    let (upstream, address) = listener().await;
    let internet = Internet::default()
        .name("rebind.example.org", &[&["93.184.216.34"], &["127.0.0.1"]])
        .server("93.184.216.34:995", address)
        .server("127.0.0.1:995", address);
    let (proxy, internet) = start(&authority, "", internet).await;
    let mut client = Client::open(proxy.address, "server=rebind.example.org:995").await;
    let acceptor = authority.server("rebind.example.org", 2999, &TLS13);
    let _server = soon(acceptor.accept(accepted(&upstream).await))
        .await
        .unwrap();
    client.connected().await;
    assert_eq!(*internet.looked_up.lock().unwrap(), ["rebind.example.org."]);
    assert_eq!(internet.dialled(), ["93.184.216.34:995"]);
    // And the second time it is the second answer that is judged.
    let mut client = Client::open(proxy.address, "server=rebind.example.org:995").await;
    client.expect_close(4003, "dns").await;
    assert_eq!(internet.dialled(), ["93.184.216.34:995"]);
}

#[tokio::test]
async fn of_mixed_addresses_only_the_public_ones_are_dialled() {
    let authority = Authority::new();
    let found = [
        "127.0.0.1",
        "93.184.216.34",
        "10.0.0.1",
        "2a00::1",
        "::1",
        "fe80::1",
    ];
    let internet = Internet::default().name("mixed.example.org", &[&found]);
    let (proxy, internet) = start(&authority, "", internet).await;
    let mut client = Client::open(proxy.address, "server=mixed.example.org:995").await;
    client.expect_close(4005, "unreachable").await;
    assert_eq!(internet.dialled(), ["93.184.216.34:995", "[2a00::1]:995"]);
}

#[tokio::test]
async fn sessions_with_the_same_host_are_limited_and_others_are_unharmed() {
    let authority = Authority::new();
    let (upstream, address) = listener().await;
    let internet = Internet::default()
        .name("one.example.org", &[&["93.184.216.34"]])
        .name("two.example.org", &[&["93.184.216.35"]])
        .server("93.184.216.34:995", address)
        .server("93.184.216.35:995", address);
    let (proxy, _) = start(&authority, "max-sessions-per-host = 1\n", internet).await;
    let mut first = Client::open(proxy.address, "server=one.example.org:995").await;
    let acceptor = authority.server("one.example.org", 2999, &TLS13);
    let _server = soon(acceptor.accept(accepted(&upstream).await))
        .await
        .unwrap();
    first.connected().await;
    let mut second = Client::open(proxy.address, "server=ONE.example.org.:995").await;
    second.expect_close(4002, "rate-limited").await;
    let mut other = Client::open(proxy.address, "server=two.example.org:995").await;
    let acceptor = authority.server("two.example.org", 2999, &TLS13);
    let _server = soon(acceptor.accept(accepted(&upstream).await))
        .await
        .unwrap();
    other.connected().await;
}

#[tokio::test]
async fn the_log_says_why() {
    let log = Log::capture();
    let authority = Authority::new();
    let internet = Internet::default().name("inside.example.org", &[&["10.0.0.5"]]);
    let (proxy, _internet) = start(&authority, "", internet).await;
    let mut client = Client::open(proxy.address, "server=inside.example.org:995").await;
    client.expect_close(4003, "dns").await;
    let line = log.line("server not reached");
    assert!(
        line.contains("no public address: 10.0.0.5 is private"),
        "{line}"
    );
    let mut client = Client::open(proxy.address, "server=127.0.0.1:995%0aFAKE").await;
    client.expect_close(4001, "not-allowed").await;
    // On one line, whatever was typed.
    assert!(log.line("refused a typed host").contains(r"995\nFAKE"));
    let mut client = Client::open(proxy.address, "server=127.0.0.1:995").await;
    client.expect_close(4001, "not-allowed").await;
    assert!(
        log.text().contains("127.0.0.1 is loopback"),
        "{}",
        log.text()
    );
}

#[tokio::test]
async fn the_list_of_servers_says_whether_hosts_may_be_typed() {
    let list = async |proxy: &Running| -> Value {
        let answer = http(proxy.address, "GET /servers.json", &[]).await;
        serde_json::from_str(&answer.body).unwrap()
    };
    let (proxy, _) = start(&Authority::new(), "", Internet::default()).await;
    assert_eq!(
        list(&proxy).await,
        json!({"servers": [], "typedHosts": true, "typedHostModes": ["proxy"]})
    );
    let proxy =
        Running::start("[servers.work]\nhost = \"127.0.0.1\"\ntls = \"insecure-plaintext\"\n")
            .await;
    assert_eq!(list(&proxy).await["typedHosts"], json!(false));
    // And then they are not.
    for typed in ["pop.example.org:995", "127.0.0.1:110", "93.184.216.34:995"] {
        let mut client = Client::open(proxy.address, &format!("server={typed}")).await;
        client.expect_close(4000, "unknown-server").await;
    }
}
