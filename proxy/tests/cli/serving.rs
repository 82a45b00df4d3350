//! The program while it serves: port, signals, log, demo.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::program::{Serving, outcome, program, write_config};
use crate::support::{Client, Seen, accepted, http, listener, plain, soon};

#[tokio::test]
async fn signals_end_sessions_with_draining_and_the_program_with_0() {
    for signal in ["TERM", "INT"] {
        let (upstream, address) = listener().await;
        let folder = tempfile::tempdir().unwrap();
        let limits = "listen = \"127.0.0.1:0\"\nshutdown-grace = \"100ms\"\n";
        write_config(folder.path(), &format!("{limits}{}", plain(address)));
        let serving = Serving::start(&mut program(folder.path())).await;
        let mut client = Client::open(serving.address, "server=plain").await;
        let _server = accepted(&upstream).await;
        client.connected().await;

        serving.signal(signal).await;
        assert_eq!(
            client.next().await,
            Seen::Closed(4011, "draining".to_owned())
        );
        assert_eq!(client.next().await, Seen::Gone);
        let (code, rest, log) = serving.ended().await;
        assert_eq!((code, rest.as_str()), (Some(0), ""), "{log}");
        assert!(log.contains("reason=\"draining\""), "{log}");
    }
}

#[tokio::test]
async fn a_stop_lets_sessions_end_by_themselves_and_takes_no_new_ones() {
    let (upstream, address) = listener().await;
    let folder = tempfile::tempdir().unwrap();
    let limits = "listen = \"127.0.0.1:0\"\nshutdown-grace = \"1h\"\n";
    write_config(folder.path(), &format!("{limits}{}", plain(address)));
    let mut serving = Serving::start(&mut program(folder.path())).await;
    let ready = async |proxy| http(proxy, "GET /readyz", &[]).await.status;
    assert_eq!(ready(serving.address).await, 200);
    let mut client = Client::open(serving.address, "server=plain").await;
    let mut server = accepted(&upstream).await;
    client.connected().await;

    serving.signal("TERM").await;
    serving.logged("stopping").await;
    let mut late = Client::open(serving.address, "server=plain").await;
    late.expect_close(4011, "draining").await;
    assert_eq!(ready(serving.address).await, 503);
    // One that runs notices nothing of it.
    for _ in 0..3 {
        client.send(b"NOOP\r\n").await;
        soon(server.read_exact(&mut [0; 6])).await.unwrap();
        soon(server.write_all(b"+OK\r\n")).await.unwrap();
        client.expect(b"+OK\r\n").await;
    }

    drop(server);
    client.expect_close(1000, "upstream-closed").await;
    // Long before the hour is over.
    let (code, _, log) = serving.ended().await;
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("reason=\"finished\""), "{log}");
}

#[tokio::test]
async fn a_second_signal_takes_the_grace_away() {
    let (upstream, address) = listener().await;
    let folder = tempfile::tempdir().unwrap();
    let limits = "listen = \"127.0.0.1:0\"\nshutdown-grace = \"1h\"\n";
    write_config(folder.path(), &format!("{limits}{}", plain(address)));
    let mut serving = Serving::start(&mut program(folder.path())).await;
    let mut client = Client::open(serving.address, "server=plain").await;
    let _server = accepted(&upstream).await;
    client.connected().await;
    serving.signal("INT").await;
    serving.logged("stopping").await;
    serving.signal("TERM").await;
    client.expect_close(4011, "draining").await;
    let (code, _, log) = serving.ended().await;
    assert_eq!(code, Some(0), "{log}");
}

#[tokio::test]
async fn a_port_in_use_exits_with_1_and_says_what_to_do() {
    let (_taken, address) = listener().await;
    let folder = tempfile::tempdir().unwrap();
    write_config(folder.path(), &plain(address));
    for command in [&[][..], &["demo"]] {
        let flags = ["--listen", &address.to_string()];
        let mut program = program(folder.path());
        let (code, stdout, stderr) = outcome(program.args(command).args(flags)).await;
        assert_eq!((code, stdout.as_str()), (Some(1), ""), "{stderr}");
        let sentence = format!("pop3-proxy: cannot listen on {address}: another program listens");
        let line = stderr.lines().next_back().unwrap();
        assert!(
            line.starts_with(&sentence) && line.contains("--listen"),
            "{stderr}"
        );
    }
}

#[tokio::test]
async fn no_log_level_shows_octets_or_where_they_go() {
    let (upstream, address) = listener().await;
    let folder = tempfile::tempdir().unwrap();
    write_config(
        folder.path(),
        &format!("listen = \"127.0.0.1:0\"\n{}", plain(address)),
    );
    let mut command = program(folder.path());
    // For those who ask for everything in the usual way.
    let serving = Serving::start(command.args(["--log", "trace"]).env("RUST_LOG", "trace")).await;

    let query = "server=plain&canary-query=1";
    let mut client = Client::open(serving.address, query).await;
    let mut server = accepted(&upstream).await;
    client.connected().await;
    client.send(b"PASS canary-password\r\n").await;
    soon(server.read_exact(&mut [0; 22])).await.unwrap();
    soon(server.write_all(b"+OK canary-mail\r\n"))
        .await
        .unwrap();
    client.expect(b"+OK canary-mail\r\n").await;
    drop(server);
    client.expect_close(1000, "upstream-closed").await;
    let mut unknown = Client::open(serving.address, "server=%1b[31m%0aINFO+forged").await;
    unknown.expect_close(4000, "unknown-server").await;

    serving.signal("TERM").await;
    let (code, rest, log) = serving.ended().await;
    assert_eq!((code, rest.as_str()), (Some(0), ""), "{log}");
    assert!(!log.contains("canary"), "{log}");
    assert!(
        !log.contains('\u{1b}') && !log.contains("\nINFO forged"),
        "{log}"
    );
    let end = log
        .lines()
        .find(|line| line.contains("session ended"))
        .unwrap();
    for part in [
        "id=1",
        "server=plain",
        "reason=\"finished\"",
        "to_server=22",
        "to_client=17",
    ] {
        assert!(end.contains(part), "{end}");
    }
}

#[tokio::test]
async fn a_refused_page_is_logged_with_the_key_that_would_allow_it() {
    let folder = tempfile::tempdir().unwrap();
    write_config(
        folder.path(),
        "listen = \"127.0.0.1:0\"\n[servers.a]\nhost = \"192.0.2.1\"\n",
    );
    let serving = Serving::start(program(folder.path()).args(["--log", "warn"])).await;
    let origin = [("origin", "https://elsewhere.example")];
    assert!(
        Client::try_open(serving.address, "server=a", &origin)
            .await
            .is_err()
    );
    serving.signal("INT").await;
    let (_, _, log) = serving.ended().await;
    let lines: Vec<&str> = log.lines().collect();
    assert_eq!(lines.len(), 1, "{log}");
    assert!(lines[0].contains("\"https://elsewhere.example\""), "{log}");
    assert!(lines[0].contains("add it to the key origins"), "{log}");
}

#[tokio::test]
async fn the_demo_needs_no_configuration_and_can_be_signed_in_to() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = program(folder.path());
    let serving = Serving::start(command.args(["demo", "--listen", "127.0.0.1:0"])).await;

    let answer = http(serving.address, "GET /servers.json", &[]).await;
    let list: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    let (user, password) = (pop3_proxy::demo::USER, pop3_proxy::demo::PASSWORD);
    let expected = serde_json::json!({"servers": [{
        "name": "demo",
        "title": "Demo mailbox",
        "tls": "none",
        "modes": ["proxy"],
        "hint": {"user": user, "password": password},
    }], "typedHosts": false});
    assert_eq!(list, expected);

    let mut client = Client::open(serving.address, "server=demo").await;
    client.connected().await;
    let sign_in = format!("USER {user}\r\nPASS {password}\r\nQUIT\r\n");
    client.send(sign_in.as_bytes()).await;
    let mut answers = Vec::new();
    let end = loop {
        match client.next().await {
            Seen::Octets(octets) => answers.extend(octets),
            end => break end,
        }
    };
    let answers = String::from_utf8(answers).unwrap();
    let good = answers
        .lines()
        .filter(|line| line.starts_with("+OK"))
        .count();
    assert_eq!((good, answers.lines().count()), (4, 4), "{answers}");
    assert_eq!(end, Seen::Closed(1000, "upstream-closed".to_owned()));

    serving.signal("INT").await;
    let (code, _, log) = serving.ended().await;
    assert_eq!(code, Some(0), "{log}");
}
