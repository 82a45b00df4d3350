//! Two proxies behind HAProxy, of which one stops while sessions run.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::process::Command;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::client::TlsStream;

use crate::front::{Certificate, Front, address};
use crate::program::{Serving, program, write_config};
use crate::sample;
use crate::support::{Client, Seen, http, listener, soon};

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const SESSIONS: usize = 12;

/// A mail server that greets with its name, and answers each line with the same line.
fn echo(listener: TcpListener, name: &'static str) {
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (reader, mut writer) = stream.into_split();
                let greeting = format!("+OK {name}\r\n");
                let mut octets = greeting.into_bytes();
                let mut lines = BufReader::new(reader);
                while writer.write_all(&octets).await.is_ok() {
                    octets.clear();
                    if !matches!(lines.read_until(b'\n', &mut octets).await, Ok(1..)) {
                        break;
                    }
                }
            });
        }
    });
}

/// A session that is never at rest.
struct Busy {
    /// Which of the two proxies has it.
    on: String,
    /// Answers so far.
    count: watch::Receiver<usize>,
    stop: watch::Sender<bool>,
    /// What ended it, unless it was told to stop.
    task: JoinHandle<Option<Seen>>,
}

impl Busy {
    async fn begin(mut client: Client<TlsStream<TcpStream>>) -> Self {
        client.connected().await;
        let Seen::Octets(greeting) = client.next().await else {
            panic!("no greeting");
        };
        let greeting = String::from_utf8(greeting).unwrap();
        let on = greeting.trim().trim_start_matches("+OK ").to_owned();
        let (counted, count) = watch::channel(0);
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(async move {
            for number in 1.. {
                if *stopped.borrow() {
                    break;
                }
                let line = format!("{number}\r\n");
                if client.try_send(line.as_bytes()).await.is_err() {
                    return Some(client.next().await);
                }
                let mut answer = Vec::new();
                while answer.len() < line.len() {
                    match client.next().await {
                        Seen::Octets(octets) => answer.extend(octets),
                        end => return Some(end),
                    }
                }
                assert_eq!(answer, line.as_bytes());
                counted.send_replace(number);
            }
            None
        });
        Self {
            on,
            count,
            stop,
            task,
        }
    }

    /// Waits for so many more answers.
    async fn goes_on(&mut self) {
        let now = *self.count.borrow();
        soon(self.count.wait_for(|count| *count > now + 20))
            .await
            .unwrap();
    }

    /// Tells it to stop, and says what ended it before, if anything did.
    async fn end(self) -> Option<Seen> {
        self.stop.send_replace(true);
        soon(self.task).await.unwrap()
    }
}

/// The sample at work, and sessions on both proxies.
struct Cluster {
    folder: TempDir,
    front: SocketAddr,
    _haproxy: Front,
    certificate: Certificate,
    first: Serving,
    _second: Serving,
    on_first: Vec<Busy>,
    on_second: Vec<Busy>,
}

impl Cluster {
    async fn start(last: u8) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut proxies = Vec::new();
        for name in ["first", "second"] {
            let (upstream, upstream_address) = listener().await;
            echo(upstream, name);
            let own = folder.path().join(name);
            std::fs::create_dir(&own).unwrap();
            let here = [
                ("10.0.0.11:8110", "127.0.0.1:0"),
                ("10.0.0.10", "127.0.0.1"),
            ];
            let text = sample::proxy_config("haproxy.cfg", &here, upstream_address, "");
            write_config(&own, &text);
            proxies.push(Serving::start(&mut program(&own)).await);
        }
        let second = proxies.pop().unwrap();
        let first = proxies.pop().unwrap();

        let certificate = Certificate::new();
        let pem = folder.path().join("both.pem");
        std::fs::write(&pem, certificate.certificate.clone() + &certificate.key).unwrap();
        let front = address(last);
        let text = sample::with(
            "haproxy.cfg",
            &[
                ("10.0.0.11:8110", &first.address.to_string()),
                ("10.0.0.12:8110", &second.address.to_string()),
                ("bind :443 ", &format!("bind {front} ")),
                ("/etc/haproxy/mail.example.org.pem", pem.to_str().unwrap()),
                (
                    "/run/haproxy/admin.sock",
                    folder.path().join("admin").to_str().unwrap(),
                ),
            ],
        );
        let file = folder.path().join("haproxy.cfg");
        std::fs::write(&file, text).unwrap();
        let mut command = Command::new("/usr/sbin/haproxy");
        let command = command.arg("-db").arg("-f").arg(file);
        let haproxy = Front::start(command, folder.path(), front, &certificate).await;
        let mut cluster = Self {
            front,
            _haproxy: haproxy,
            certificate,
            first,
            _second: second,
            on_first: Vec::new(),
            on_second: Vec::new(),
            folder,
        };
        for _ in 0..SESSIONS {
            let session = cluster.session().await;
            match session.on.as_str() {
                "first" => cluster.on_first.push(session),
                _ => cluster.on_second.push(session),
            }
        }
        assert_eq!(cluster.on_first.len(), SESSIONS / 2);
        cluster
    }

    async fn session(&self) -> Busy {
        Busy::begin(self.certificate.session(HERE, self.front).await).await
    }

    /// What HAProxy holds of a proxy: `UP` or `DOWN`, maybe with more.
    async fn status(&self, server: &str) -> String {
        let socket: PathBuf = self.folder.path().join("admin");
        let mut admin = soon(UnixStream::connect(socket)).await.unwrap();
        soon(admin.write_all(b"show stat\n")).await.unwrap();
        let mut table = String::new();
        soon(admin.read_to_string(&mut table)).await.unwrap();
        let head = table.trim_start_matches("# ").lines().next().unwrap();
        let column = head.split(',').position(|name| name == "status").unwrap();
        let line = table
            .lines()
            .find(|line| line.starts_with(&format!("proxies,{server},")));
        line.unwrap().split(',').nth(column).unwrap().to_owned()
    }

    /// New sessions, all of them on the proxy that lives.
    async fn new_ones_land_on_the_second(&mut self) {
        for _ in 0..SESSIONS / 2 {
            let session = self.session().await;
            assert_eq!(session.on, "second");
            self.on_second.push(session);
        }
    }
}

#[tokio::test]
async fn a_proxy_that_is_told_to_stop_loses_no_session_and_gets_no_new_one() {
    let mut cluster = Cluster::start(1).await;
    cluster.first.signal("TERM").await;

    soon(async {
        while !cluster.status("first").await.starts_with("DOWN") {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    let ready = http(cluster.first.address, "GET /readyz", &[]).await;
    assert_eq!(ready.status, 503);
    cluster.new_ones_land_on_the_second().await;
    // Those of the proxy that stops go on within its grace, like the others.
    for session in cluster.on_first.iter_mut().chain(&mut cluster.on_second) {
        session.goes_on().await;
    }

    // It ends with the last of them, and disturbs nobody.
    for session in cluster.on_first {
        assert_eq!(session.end().await, None);
    }
    let (code, _, log) = cluster.first.ended().await;
    assert_eq!(code, Some(0), "{log}");
    assert_eq!(log.matches("client-gone").count(), SESSIONS / 2, "{log}");
    for session in &mut cluster.on_second {
        session.goes_on().await;
    }
    for session in cluster.on_second {
        assert_eq!(session.end().await, None);
    }
}

#[tokio::test]
async fn a_proxy_that_dies_takes_no_session_of_the_other_along() {
    let mut cluster = Cluster::start(2).await;
    cluster.first.signal("KILL").await;
    for session in cluster.on_first.drain(..) {
        // Not told to stop: what it meets is the end of the connection.
        assert_eq!(soon(session.task).await.unwrap(), Some(Seen::Gone));
    }
    // Whether HAProxy has noticed by itself or not.
    cluster.new_ones_land_on_the_second().await;
    for session in &mut cluster.on_second {
        session.goes_on().await;
    }
    for session in cluster.on_second {
        assert_eq!(session.end().await, None);
    }
}
