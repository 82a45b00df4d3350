//! Unix sockets: their permissions, what was there before, and what is there afterwards.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use pop3_proxy::{Config, Proxy};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::introduced::Introduced;
use crate::support::{Client, http_over, soon};

struct OnSocket {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

fn config(path: &Path, listener: &str, rest: &str) -> Config {
    let address = format!("unix:{}", path.display());
    let text = format!("listen = [{{ address = {address:?}{listener} }}]\n{rest}");
    Config::from_toml(&text).unwrap()
}

const NO_SERVER: &str = "[servers.a]\nhost = \"192.0.2.1\"\n";

impl OnSocket {
    async fn start(config: Config) -> Self {
        let proxy = Proxy::bind(config).await.unwrap();
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(proxy.run(async {
            stopped.await.unwrap_or_default();
        }));
        Self { stop, task }
    }

    async fn end(self) {
        self.stop.send(()).unwrap();
        soon(self.task).await.unwrap();
    }
}

async fn status(path: &Path) -> u16 {
    let stream = soon(UnixStream::connect(path)).await.unwrap();
    http_over(stream, "a", "GET /healthz", &[]).await.status
}

#[tokio::test]
async fn the_socket_has_its_permissions_and_goes_at_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("proxy.sock");
    for (listener, mode) in [
        ("", 0o660),
        (", mode = \"600\"", 0o600),
        (", mode = \"0666\"", 0o666),
    ] {
        let proxy = OnSocket::start(config(&path, listener, NO_SERVER)).await;
        let file = std::fs::symlink_metadata(&path).unwrap();
        assert_eq!(file.permissions().mode() & 0o777, mode);
        assert_eq!(status(&path).await, 200);
        proxy.end().await;
        // Nothing is left, not even the name under which it was made.
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[tokio::test]
async fn sessions_run_over_it_and_its_peers_are_believed_if_they_are_trusted() {
    for (trusted, headers, client) in [
        (
            "trusted-proxies = [\"unix\"]",
            &[("x-forwarded-for", "192.0.2.9")][..],
            Some("192.0.2.9:0"),
        ),
        ("trusted-proxies = [\"unix\"]", &[], None),
        (
            "trusted-proxies = [\"127.0.0.1\"]",
            &[("x-forwarded-for", "192.0.2.9")],
            None,
        ),
    ] {
        let (server, servers) = Introduced::start().await;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("proxy.sock");
        let rest = format!("{trusted}\n{servers}");
        let proxy = OnSocket::start(config(&path, "", &rest)).await;
        let stream = soon(UnixStream::connect(&path)).await.unwrap();
        let url = "ws://localhost/pop3?server=plain";
        let mut session = Client::over(stream, url, headers).await.unwrap();
        let (_server, named) = server.accept().await;
        session.connected().await;
        assert_eq!(named.map(|named| named.to_string()).as_deref(), client);
        drop(session);
        proxy.end().await;
    }
}

#[tokio::test]
async fn a_socket_that_a_dead_process_left_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("proxy.sock");
    drop(UnixListener::bind(&path).unwrap());
    assert!(path.exists());
    let proxy = OnSocket::start(config(&path, "", NO_SERVER)).await;
    assert_eq!(status(&path).await, 200);
    proxy.end().await;
}

#[tokio::test]
async fn what_is_in_use_or_no_socket_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let in_use = folder.path().join("in-use.sock");
    let _listener = UnixListener::bind(&in_use).unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "precious").unwrap();
    let nowhere = folder.path().join("no/such/folder/proxy.sock");
    let long = folder.path().join("x".repeat(150));
    for (path, said) in [
        (&in_use, "another program listens there"),
        (&file, "no socket"),
        (&nowhere, "its folder does not exist"),
        (&long, "its path is too long"),
    ] {
        let Err(error) = Proxy::bind(config(path, "", NO_SERVER)).await else {
            panic!("{} was taken", path.display());
        };
        let sentence = error.to_string();
        assert!(sentence.contains(said), "{sentence}");
        assert!(sentence.contains(&format!("unix:{}", path.display())));
    }
    assert_eq!(std::fs::read(&file).unwrap(), b"precious");
    assert!(UnixStream::connect(&in_use).await.is_ok());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[tokio::test]
async fn the_socket_of_a_successor_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("proxy.sock");
    let proxy = OnSocket::start(config(&path, "", NO_SERVER)).await;
    let before = std::fs::symlink_metadata(&path).unwrap().ino();
    let other = folder.path().join("other.sock");
    let _successor = UnixListener::bind(&other).unwrap();
    std::fs::rename(&other, &path).unwrap();
    assert_ne!(std::fs::symlink_metadata(&path).unwrap().ino(), before);
    proxy.end().await;
    assert!(UnixStream::connect(&path).await.is_ok());
}
