//! How many files and sockets the program has open, and how many the system allows it. Both are read
//! from Linux's /proc.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::Command;

use crate::program::{Serving, program, write_config};
use crate::support::{Client, soon};

/// A request for a server that is not configured, whose client takes the refusal, and then neither
/// answers nor closes.
async fn refused_and_left_open(proxy: SocketAddr) -> TcpStream {
    let mut stream = soon(TcpStream::connect(proxy)).await.unwrap();
    let request = "GET /pop3?server=nope HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\n\
         upgrade: websocket\r\nsec-websocket-version: 13\r\n\
         sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nsec-websocket-protocol: pop3.v1\r\n\r\n";
    soon(stream.write_all(request.as_bytes())).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"unknown-server") {
        let read = soon(stream.read_buf(&mut answer)).await.unwrap();
        assert_ne!(read, 0, "{}", String::from_utf8_lossy(&answer));
    }
    stream
}

#[tokio::test]
async fn refusals_hold_a_bounded_number_of_sockets_for_a_short_time() {
    const REFUSALS: usize = 300;
    const PLACES: usize = 64;
    let folder = tempfile::tempdir().unwrap();
    write_config(
        folder.path(),
        "listen = \"127.0.0.1:0\"\nmax-sessions = 2\n[servers.a]\nhost = \"192.0.2.1\"\n\
         [per-client]\nnew-sessions-burst = 1000\n",
    );
    let serving = Serving::start(program(folder.path()).args(["--log", "error"])).await;
    let table = format!("/proc/{}/fd", serving.child.id().unwrap());
    let open_files = || std::fs::read_dir(&table).unwrap().count();
    let at_most = async |count: usize, limit: Duration| {
        let fewer = async {
            while open_files() > count {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let outcome = tokio::time::timeout(limit, fewer).await;
        assert!(outcome.is_ok(), "{} open files", open_files());
    };
    let before = open_files();

    let mut clients = Vec::new();
    for _ in 0..REFUSALS {
        clients.push(refused_and_left_open(serving.address).await);
    }
    // Less than the time after which the proxy leaves a client alone that does not answer.
    at_most(before + PLACES, Duration::from_secs(1)).await;
    // One that comes now is told why just the same.
    let mut polite = Client::open(serving.address, "server=nope").await;
    polite.expect_close(4000, "unknown-server").await;
    at_most(before, Duration::from_secs(10)).await;
    drop(clients);
}

#[tokio::test]
async fn the_limit_for_open_files_is_raised_and_told_if_it_is_too_low() {
    let folder = tempfile::tempdir().unwrap();
    write_config(
        folder.path(),
        "listen = \"127.0.0.1:0\"\n[servers.a]\nhost = \"192.0.2.1\"\n",
    );
    for (limits, allowed, enough) in [
        ("ulimit -Hn 5000 && ulimit -Sn 100", "5000", true),
        ("ulimit -Hn 300 && ulimit -Sn 100", "300", false),
    ] {
        let program = program(folder.path());
        let mut limited = Command::new("sh");
        limited
            .args(["-c", &format!("ulimit -Sn 100 && {limits} && exec \"$0\"")])
            .arg(env!("CARGO_BIN_EXE_pop3-proxy"))
            .current_dir(folder.path())
            .kill_on_drop(true);
        for (name, _) in program.as_std().get_envs() {
            limited.env_remove(name);
        }
        let serving = Serving::start(limited.env("POP3_PROXY_LOG", "warn")).await;
        let path = format!("/proc/{}/limits", serving.child.id().unwrap());
        let table = std::fs::read_to_string(path).unwrap();
        let row = table
            .lines()
            .find_map(|line| line.strip_prefix("Max open files"))
            .unwrap();
        assert_eq!(row.split_whitespace().next(), Some(allowed), "{table}");
        serving.signal("TERM").await;
        let (_, _, log) = serving.ended().await;
        let warned = log.contains("max-sessions needs 3200 open files, and the system allows 300");
        assert_eq!((warned, log.is_empty()), (!enough, enough), "{log}");
    }
}
