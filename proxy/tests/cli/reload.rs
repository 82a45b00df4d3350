//! SIGHUP: a new configuration, with the sessions that run kept.

use std::net::SocketAddr;
use std::path::Path;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::program::{Serving, program, write_config};
use crate::support::authority::Authority;
use crate::support::{Client, accepted, http, listener, plain, soon};

const FREE_PORT: &str = "listen = \"127.0.0.1:0\"\n";
const RELOADED: &str = "configuration reloaded";
const REFUSED: &str = "the configuration stays as it was: ";

fn config(folder: &Path, general: &str, upstream: SocketAddr) {
    write_config(folder, &format!("{FREE_PORT}{general}{}", plain(upstream)));
}

/// Octets in both directions, for a session that must still be alive.
async fn alive(client: &mut Client, server: &mut TcpStream) {
    client.send(b"NOOP\r\n").await;
    let mut command = [0; 6];
    soon(server.read_exact(&mut command)).await.unwrap();
    assert_eq!(&command, b"NOOP\r\n");
    soon(server.write_all(b"+OK\r\n")).await.unwrap();
    client.expect(b"+OK\r\n").await;
}

async fn names(proxy: SocketAddr) -> Vec<String> {
    let list = http(proxy, "GET /servers.json", &[]).await.body;
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    let servers = list["servers"].as_array().unwrap();
    let name = |server: &serde_json::Value| server["name"].as_str().unwrap().to_owned();
    servers.iter().map(name).collect()
}

#[tokio::test]
async fn new_sessions_have_the_new_servers_and_old_ones_keep_theirs() {
    let (first, first_address) = listener().await;
    let (second, second_address) = listener().await;
    let folder = tempfile::tempdir().unwrap();
    config(folder.path(), "", first_address);
    let mut serving = Serving::start(&mut program(folder.path())).await;
    let mut old = Client::open(serving.address, "server=plain").await;
    let mut old_server = accepted(&first).await;
    old.connected().await;

    let other = "[servers.other]\nhost = \"192.0.2.1\"\n";
    let text = format!("{FREE_PORT}{}{other}", plain(second_address));
    write_config(folder.path(), &text);
    serving.signal("HUP").await;
    serving.logged(RELOADED).await;

    assert_eq!(names(serving.address).await, ["other", "plain"]);
    let mut new = Client::open(serving.address, "server=plain").await;
    let mut new_server = accepted(&second).await;
    new.connected().await;
    alive(&mut new, &mut new_server).await;
    alive(&mut old, &mut old_server).await;

    // Even a server that is not configured any more: it was allowed when the session began.
    write_config(folder.path(), &format!("{FREE_PORT}{other}"));
    serving.signal("HUP").await;
    serving.logged(RELOADED).await;
    let mut gone = Client::open(serving.address, "server=plain").await;
    gone.expect_close(4000, "unknown-server").await;
    alive(&mut old, &mut old_server).await;
    alive(&mut new, &mut new_server).await;
    drop(old_server);
    old.expect_close(1000, "upstream-closed").await;
}

#[tokio::test]
async fn a_session_keeps_the_limits_that_it_was_admitted_under() {
    let (upstream, address) = listener().await;
    let folder = tempfile::tempdir().unwrap();
    config(folder.path(), "", address);
    let mut serving = Serving::start(&mut program(folder.path())).await;
    let mut old = Client::open(serving.address, "server=plain").await;
    let mut old_server = accepted(&upstream).await;
    old.connected().await;

    config(folder.path(), "idle-timeout = \"300ms\"\n", address);
    serving.signal("HUP").await;
    serving.logged(RELOADED).await;
    let mut new = Client::open(serving.address, "server=plain").await;
    let _new_server = accepted(&upstream).await;
    new.connected().await;
    new.expect_close(4010, "idle-timeout").await;
    // It has been idle for longer than the new one was.
    alive(&mut old, &mut old_server).await;
}

#[tokio::test]
async fn max_sessions_can_be_lowered_below_what_runs_and_raised_again() {
    let (upstream, address) = listener().await;
    let folder = tempfile::tempdir().unwrap();
    config(folder.path(), "max-sessions = 3\n", address);
    let mut serving = Serving::start(&mut program(folder.path())).await;
    let mut running = Vec::new();
    for _ in 0..3 {
        let mut client = Client::open(serving.address, "server=plain").await;
        let server = accepted(&upstream).await;
        client.connected().await;
        running.push((client, server));
    }

    for (count, admitted) in [(1, false), (3, false), (4, true)] {
        config(folder.path(), &format!("max-sessions = {count}\n"), address);
        serving.signal("HUP").await;
        serving.logged(RELOADED).await;
        let mut client = Client::open(serving.address, "server=plain").await;
        if admitted {
            client.connected().await;
        } else {
            client.expect_close(4002, "rate-limited").await;
        }
    }
    for (client, server) in &mut running {
        alive(client, server).await;
    }
}

#[tokio::test]
async fn the_origins_of_a_new_configuration_hold() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere: SocketAddr = "192.0.2.1:110".parse().unwrap();
    config(
        folder.path(),
        "origins = [\"https://old.example\"]\n",
        nowhere,
    );
    let mut serving = Serving::start(&mut program(folder.path())).await;
    let opens = async |proxy: SocketAddr, origin: &str| {
        let opened = Client::try_open(proxy, "server=nope", &[("origin", origin)]).await;
        opened.is_ok()
    };
    assert!(opens(serving.address, "https://old.example").await);
    assert!(!opens(serving.address, "https://new.example").await);

    config(
        folder.path(),
        "origins = [\"https://new.example\"]\n",
        nowhere,
    );
    serving.signal("HUP").await;
    serving.logged(RELOADED).await;
    assert!(!opens(serving.address, "https://old.example").await);
    assert!(opens(serving.address, "https://new.example").await);

    // Without the key, it is the proxy's own page again, under the port that it really has.
    config(folder.path(), "", nowhere);
    serving.signal("HUP").await;
    serving.logged(RELOADED).await;
    let own = format!("http://{}", serving.address);
    assert!(opens(serving.address, &own).await);
    assert!(!opens(serving.address, "https://new.example").await);
}

#[tokio::test]
async fn a_broken_configuration_is_refused_in_one_line_and_the_old_one_stays() {
    let (upstream, address) = listener().await;
    let folder = tempfile::tempdir().unwrap();
    config(folder.path(), "", address);
    let mut serving = Serving::start(&mut program(folder.path())).await;
    let mut old = Client::open(serving.address, "server=plain").await;
    let mut old_server = accepted(&upstream).await;
    old.connected().await;

    for (text, said) in [
        ("max-sessions = ", "pop3-proxy.toml:1: "),
        ("max-sessions = 0\n", "pop3-proxy.toml:1: max-sessions: "),
        ("maximum = 3\n", "pop3-proxy.toml:1: maximum: "),
        (
            "[servers.other]\nhost = \"a\"\nca-file = \"none.pem\"\n",
            "pop3-proxy.toml:3: servers.other.ca-file: cannot read ",
        ),
        ("", "pop3-proxy.toml: servers: names no server"),
    ] {
        write_config(folder.path(), text);
        serving.signal("HUP").await;
        let line = serving.logged(REFUSED).await;
        assert!(line.contains("ERROR") && line.contains(said), "{line}");
        assert_eq!(names(serving.address).await, ["plain"], "{text}");
    }
    std::fs::remove_file(folder.path().join("pop3-proxy.toml")).unwrap();
    serving.signal("HUP").await;
    let line = serving.logged(REFUSED).await;
    assert!(line.contains("pop3-proxy.toml: cannot read it: "), "{line}");

    alive(&mut old, &mut old_server).await;
    let mut new = Client::open(serving.address, "server=plain").await;
    let mut new_server = accepted(&upstream).await;
    new.connected().await;
    alive(&mut new, &mut new_server).await;
    drop((old, new));

    serving.signal("TERM").await;
    let (code, _, log) = serving.ended().await;
    assert_eq!(code, Some(0), "{log}");
    let refusals = log.lines().filter(|line| line.contains("ERROR")).count();
    assert_eq!(refusals, 6, "{log}");
    assert!(!log.contains(RELOADED), "{log}");
}

#[tokio::test]
async fn a_key_that_cannot_change_is_named_and_the_others_are_taken_over() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere: SocketAddr = "192.0.2.1:110".parse().unwrap();
    config(folder.path(), "", nowhere);
    let mut serving = Serving::start(&mut program(folder.path())).await;
    let fixed =
        "listen = \"127.0.0.1:1\"\nmetrics-listen = \"127.0.0.1:2\"\nlog-format = \"json\"\n";
    let server = "[servers.new]\nhost = \"192.0.2.1\"\n";
    write_config(folder.path(), &format!("{fixed}{server}"));
    serving.signal("HUP").await;
    for key in ["listen", "metrics-listen", "log-format"] {
        let sentence = format!("the new value of {key} has no effect before the next start");
        let line = serving.logged(&sentence).await;
        assert!(line.contains("WARN"), "{line}");
    }
    serving.logged(RELOADED).await;
    assert_eq!(names(serving.address).await, ["new"]);
}

#[tokio::test]
async fn flags_win_over_the_new_file_too() {
    let folder = tempfile::tempdir().unwrap();
    let server = "[servers.a]\nhost = \"192.0.2.1\"\n";
    write_config(
        folder.path(),
        &format!("listen = \"192.0.2.1:1\"\n{server}"),
    );
    let mut command = program(folder.path());
    command.args(["--listen=127.0.0.1:0", "--origin=https://flag.example"]);
    let mut serving = Serving::start(&mut command).await;
    let text = format!("listen = \"192.0.2.1:2\"\norigins = [\"https://file.example\"]\n{server}");
    write_config(folder.path(), &text);
    serving.signal("HUP").await;
    serving.logged(RELOADED).await;
    let headers = |origin| [("origin", origin)];
    let by_flag = headers("https://flag.example");
    let opened = Client::try_open(serving.address, "server=nope", &by_flag).await;
    assert!(opened.is_ok());
    let by_file = headers("https://file.example");
    let refused = Client::try_open(serving.address, "server=nope", &by_file).await;
    assert!(refused.is_err());
    serving.signal("TERM").await;
    let (_, _, log) = serving.ended().await;
    // The address is the flag's before and after.
    assert!(!log.contains("no effect"), "{log}");
}

#[tokio::test]
async fn the_log_says_as_much_as_the_new_configuration_wants() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere: SocketAddr = "192.0.2.1:110".parse().unwrap();
    config(folder.path(), "log = \"error\"\n", nowhere);
    let mut serving = Serving::start(&mut program(folder.path())).await;
    let address = serving.address;
    let unknown = async |name: &str| {
        let mut client = Client::open(address, &format!("server={name}")).await;
        client.expect_close(4000, "unknown-server").await;
    };
    unknown("before").await;
    config(folder.path(), "log = \"info\"\n", nowhere);
    serving.signal("HUP").await;
    serving.logged(RELOADED).await;
    unknown("between").await;
    // A line at the new level shows that it holds.
    let elsewhere = format!(
        "listen = \"127.0.0.1:1\"\nlog = \"warn\"\n{}",
        plain(nowhere)
    );
    write_config(folder.path(), &elsewhere);
    serving.signal("HUP").await;
    serving.logged("no effect").await;
    unknown("after").await;
    serving.signal("TERM").await;
    let (_, _, log) = serving.ended().await;
    let told = |name: &str| log.contains(&format!("name=\"{name}\""));
    assert!(
        !told("before") && told("between") && !told("after"),
        "{log}"
    );
}

/// The variable is how the system's authorities are replaced, for all programs that ask for them.
#[tokio::test]
async fn the_systems_authorities_are_read_anew() {
    let (upstream, address) = listener().await;
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "{FREE_PORT}[servers.mail]\nhost = \"localhost\"\nport = {}\n",
        address.port()
    );
    write_config(folder.path(), &text);
    let (before, after) = (Authority::new(), Authority::new());
    let system = folder.path().join("system.pem");
    std::fs::copy(before.file.path(), &system).unwrap();
    let mut command = program(folder.path());
    command
        .env("SSL_CERT_FILE", &system)
        .env_remove("SSL_CERT_DIR");
    let mut serving = Serving::start(&mut command).await;

    let server = after.server("localhost", 2999, &rustls::version::TLS13);
    let mut refused = Client::open(serving.address, "server=mail").await;
    let handshake = soon(server.accept(accepted(&upstream).await)).await;
    assert!(handshake.is_err());
    refused.expect_close(4007, "tls-certificate").await;

    std::fs::copy(after.file.path(), &system).unwrap();
    serving.signal("HUP").await;
    serving.logged(RELOADED).await;
    let mut client = Client::open(serving.address, "server=mail").await;
    let handshake = soon(server.accept(accepted(&upstream).await)).await;
    assert!(handshake.is_ok());
    client.connected().await;

    // Without any the old ones stay.
    std::fs::write(&system, "").unwrap();
    serving.signal("HUP").await;
    let line = serving.logged(REFUSED).await;
    assert!(line.contains("no certification authority"), "{line}");
    let mut client = Client::open(serving.address, "server=mail").await;
    let handshake = soon(server.accept(accepted(&upstream).await)).await;
    assert!(handshake.is_ok());
    client.connected().await;
}
