//! The program under a service manager: what it tells it by sd_notify(3), and how it stops.

use std::path::Path;

use sd_notify::NotifyState;
use tokio::net::UnixDatagram;
use tokio::process::Command;

use crate::program::{Serving, outcome, program, write_config};
use crate::support::{Client, accepted, http, listener, plain, soon};

/// A service manager's end of the socket.
struct Manager(UnixDatagram);

impl Manager {
    fn listen(folder: &Path, program: &mut Command) -> Self {
        let path = folder.join("notify");
        program.env("NOTIFY_SOCKET", &path);
        Self(UnixDatagram::bind(path).unwrap())
    }

    async fn told(&self) -> String {
        let mut text = vec![0; 1000];
        let count = soon(self.0.recv(&mut text)).await.unwrap();
        text.truncate(count);
        String::from_utf8(text).unwrap()
    }
}

fn monotonic_now() -> i128 {
    match NotifyState::monotonic_usec_now().unwrap() {
        NotifyState::MonotonicUsec(now) => now,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn the_service_manager_is_told_of_start_reload_and_stop() {
    let folder = tempfile::tempdir().unwrap();
    let server = "[servers.a]\nhost = \"192.0.2.1\"\n";
    let text = format!("listen = \"127.0.0.1:0\"\nshutdown-grace = \"90m\"\n{server}");
    write_config(folder.path(), &text);
    let mut program = program(folder.path());
    let manager = Manager::listen(folder.path(), &mut program);
    let serving = Serving::start(&mut program).await;
    assert_eq!(manager.told().await, "READY=1\n");

    // Also after a reload that came to nothing: the program serves, which is what is asked.
    for text in [text.as_str(), "broken"] {
        write_config(folder.path(), text);
        let before = monotonic_now();
        serving.signal("HUP").await;
        let reloading = manager.told().await;
        let time = reloading
            .strip_prefix("RELOADING=1\nMONOTONIC_USEC=")
            .unwrap();
        let time: i128 = time.trim_end().parse().unwrap();
        assert!(before <= time && time <= monotonic_now(), "{reloading}");
        assert_eq!(manager.told().await, "READY=1\n");
    }

    serving.signal("TERM").await;
    // 90 minutes and 4 seconds, in millionths of a second.
    let stopping = "STOPPING=1\nEXTEND_TIMEOUT_USEC=5404000000\n";
    assert_eq!(manager.told().await, stopping);
    let (code, _, log) = serving.ended().await;
    assert_eq!(code, Some(0), "{log}");
}

#[tokio::test]
async fn a_watchdog_is_shown_life_also_while_the_program_stops() {
    let (upstream, address) = listener().await;
    let folder = tempfile::tempdir().unwrap();
    let general = "listen = \"127.0.0.1:0\"\nshutdown-grace = \"1h\"\n";
    write_config(folder.path(), &format!("{general}{}", plain(address)));
    let mut program = program(folder.path());
    program.env("WATCHDOG_USEC", "20000");
    let manager = Manager::listen(folder.path(), &mut program);
    let serving = Serving::start(&mut program).await;
    let mut client = Client::open(serving.address, "server=plain").await;
    let server = accepted(&upstream).await;
    client.connected().await;
    let told = async |expected: &str| while manager.told().await != expected {};
    told("READY=1\n").await;
    told("WATCHDOG=1\n").await;
    told("WATCHDOG=1\n").await;
    serving.signal("TERM").await;
    while !manager.told().await.starts_with("STOPPING=1\n") {}
    told("WATCHDOG=1\n").await;
    drop(server);
    client.expect_close(1000, "upstream-closed").await;
    let (code, _, log) = serving.ended().await;
    assert_eq!(code, Some(0), "{log}");
}

#[tokio::test]
async fn a_program_that_cannot_start_is_never_ready() {
    let (_taken, taken) = listener().await;
    let folder = tempfile::tempdir().unwrap();
    write_config(
        folder.path(),
        &format!("listen = \"{taken}\"\n{}", plain(taken)),
    );
    let mut program = program(folder.path());
    let manager = Manager::listen(folder.path(), &mut program);
    let (code, _, _) = outcome(&mut program).await;
    assert_eq!(code, Some(1));
    let nothing = manager.0.try_recv(&mut [0; 100]).unwrap_err();
    assert_eq!(nothing.kind(), std::io::ErrorKind::WouldBlock);
}

#[tokio::test]
async fn a_service_manager_that_is_gone_does_not_keep_the_program_from_serving() {
    let folder = tempfile::tempdir().unwrap();
    let server = "[servers.a]\nhost = \"192.0.2.1\"\n";
    write_config(
        folder.path(),
        &format!("listen = \"127.0.0.1:0\"\n{server}"),
    );
    let mut program = program(folder.path());
    program.env("NOTIFY_SOCKET", folder.path().join("nobody"));
    let mut serving = Serving::start(&mut program).await;
    serving
        .logged("the service manager could not be told")
        .await;
    assert_eq!(http(serving.address, "GET /healthz", &[]).await.status, 200);
}
