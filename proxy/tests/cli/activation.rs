//! Sockets that are handed over by who started the program, as systemd does it.

use std::os::fd::OwnedFd;
use std::process::Stdio;

use tokio::net::UnixStream;
use tokio::process::Command;

use crate::program::{Serving, outcome, program, write_config};
use crate::support::{http, http_over, soon};

const CONFIG: &str = "listen = \"systemd\"\norigins = [\"https://a.example\"]\n\
     [servers.a]\nhost = \"192.0.2.1\"\n";

/// The program with two sockets as descriptors 3 and 4. sh(1) puts them there, and keeps its process
/// number, which the program compares with its own.
fn activated(folder: &std::path::Path, first: OwnedFd, second: OwnedFd, id: &str) -> Command {
    let script = format!(
        "exec 3<&0 4<&1 1>&2 0</dev/null; export LISTEN_PID={id} LISTEN_FDS=2; exec \"$0\""
    );
    let mut command = Command::new("sh");
    command
        .args(["-c", &script])
        .arg(env!("CARGO_BIN_EXE_pop3-proxy"))
        .current_dir(folder)
        .kill_on_drop(true)
        .stdin(Stdio::from(first))
        .stdout(Stdio::from(second))
        .stderr(Stdio::piped());
    for (name, _) in program(folder).as_std().get_envs() {
        command.env_remove(name);
    }
    command
}

#[tokio::test]
async fn sockets_are_taken_over_from_systemd() {
    let folder = tempfile::tempdir().unwrap();
    write_config(folder.path(), CONFIG);
    let path = folder.path().join("handed-over.sock");
    let tcp = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let unix = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let address = tcp.local_addr().unwrap();
    let mut command = activated(folder.path(), tcp.into(), unix.into(), "$$");
    let child = command.spawn().unwrap();
    // The sockets listen already, so that nothing has to be waited for.
    assert_eq!(http(address, "GET /healthz", &[]).await.status, 200);
    let stream = soon(UnixStream::connect(&path)).await.unwrap();
    let answer = http_over(stream, "a", "GET /healthz", &[]).await;
    assert_eq!(answer.status, 200);

    let id = child.id().unwrap().to_string();
    let sent = Command::new("kill").args(["-s", "TERM", &id]).status();
    assert!(soon(sent).await.unwrap().success());
    let ended = soon(child.wait_with_output()).await.unwrap();
    let log = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(0), "{log}");
    assert!(
        log.contains(&format!("ready: http://{address}/ unix:")),
        "{log}"
    );
    // The file is systemd's own.
    assert!(path.exists());
}

#[tokio::test]
async fn sockets_meant_for_another_process_are_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    write_config(folder.path(), CONFIG);
    let tcp = || std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let child = activated(folder.path(), tcp().into(), tcp().into(), "1")
        .spawn()
        .unwrap();
    let ended = soon(child.wait_with_output()).await.unwrap();
    let log = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(1), "{log}");
    assert!(
        log.contains("cannot listen on systemd: no socket was handed over"),
        "{log}"
    );
}

#[tokio::test]
async fn without_systemd_one_line_says_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    write_config(folder.path(), CONFIG);
    let (code, stdout, stderr) = outcome(&mut program(folder.path())).await;
    assert_eq!((code, stdout.as_str()), (Some(1), ""), "{stderr}");
    let line = stderr.lines().next_back().unwrap();
    assert!(line.contains("start it by its socket unit"), "{stderr}");
}

#[tokio::test]
async fn several_addresses_are_listened_at_and_all_are_told() {
    let folder = tempfile::tempdir().unwrap();
    write_config(
        folder.path(),
        "listen = [\"127.0.0.1:0\", \"[::1]:0\"]\n[servers.a]\nhost = \"192.0.2.1\"\n",
    );
    let serving = Serving::start_with_urls(&mut program(folder.path())).await;
    let (serving, urls) = serving;
    assert_eq!(urls.len(), 2);
    assert!(urls[1].starts_with("http://[::1]:"), "{urls:?}");
    for url in &urls {
        let address = url
            .strip_prefix("http://")
            .unwrap()
            .strip_suffix('/')
            .unwrap();
        let address = address.parse().unwrap();
        assert_eq!(
            http(address, "GET /healthz", &[]).await.status,
            200,
            "{url}"
        );
    }
    drop(serving);
}
