//! The program itself: flags, exit statuses, signals, the demo.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Output, Stdio};
#[cfg(target_os = "linux")]
use std::time::Duration;

use support::{Client, Seen, accepted, http, listener, plain, soon};
#[cfg(target_os = "linux")]
use tokio::io::AsyncWriteExt;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
#[cfg(target_os = "linux")]
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdout, Command};

/// The program, apart from this environment, and gone when the test is.
fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pop3-proxy"));
    command
        .current_dir(folder)
        .kill_on_drop(true)
        .stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("POP3_PROXY_") {
            command.env_remove(name);
        }
    }
    command
}

/// Runs the program to its end.
async fn outcome(command: &mut Command) -> (Option<i32>, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = soon(command.output()).await.unwrap();
    let text = |octets| String::from_utf8(octets).unwrap();
    (status.code(), text(stdout), text(stderr))
}

fn write_config(folder: &Path, text: &str) {
    std::fs::write(folder.join("pop3-proxy.toml"), text).unwrap();
}

/// The program while it serves.
struct Serving {
    child: Child,
    stdout: BufReader<ChildStdout>,
    address: SocketAddr,
}

impl Serving {
    /// Starts the program, and waits until it says that it is ready.
    async fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        soon(stdout.read_line(&mut line)).await.unwrap();
        let address = line
            .trim_end()
            .strip_prefix("ready: http://")
            .unwrap_or_else(|| {
                panic!("instead of ready: {line:?}");
            });
        let address = address.strip_suffix('/').unwrap().parse().unwrap();
        Self {
            child,
            stdout,
            address,
        }
    }

    /// Sends a signal by its name.
    async fn signal(&self, name: &str) {
        let id = self.child.id().unwrap().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status();
        assert!(soon(sent).await.unwrap().success());
    }

    /// The exit status, what was printed after the ready line, and the log.
    async fn ended(mut self) -> (Option<i32>, String, String) {
        let status = soon(self.child.wait()).await.unwrap();
        let (mut rest, mut log) = (String::new(), String::new());
        soon(self.stdout.read_to_string(&mut rest)).await.unwrap();
        soon(self.child.stderr.take().unwrap().read_to_string(&mut log))
            .await
            .unwrap();
        (status.code(), rest, log)
    }
}

#[tokio::test]
async fn a_wrong_configuration_exits_with_2_and_one_line_that_names_the_key() {
    let folder = tempfile::tempdir().unwrap();
    for (text, key) in [
        (
            "max-sessions = 0\n[servers.a]\nhost = \"a\"\n",
            "pop3-proxy.toml:1: max-sessions: ",
        ),
        (
            "[servers.a]\nhost = \"a\"\nport = \"x\"\n",
            "pop3-proxy.toml:3: servers.a.port: ",
        ),
        ("[servers.a]\nhos = \"a\"\n", "pop3-proxy.toml:2: servers.a"),
        ("", "servers: "),
    ] {
        write_config(folder.path(), text);
        for flags in [&[][..], &["--check-config"]] {
            let (code, stdout, stderr) = outcome(program(folder.path()).args(flags)).await;
            assert_eq!((code, stdout.as_str()), (Some(2), ""), "{stderr}");
            assert_eq!(stderr.lines().count(), 1, "{stderr}");
            assert!(
                stderr.starts_with("pop3-proxy: ") && stderr.contains(key),
                "{stderr}"
            );
        }
    }
}

#[tokio::test]
async fn a_missing_configuration_exits_with_2_and_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    for (flags, file) in [
        (&[][..], "pop3-proxy.toml"),
        (&["--config", "other.toml"], "other.toml"),
    ] {
        let (code, _, stderr) = outcome(program(folder.path()).args(flags)).await;
        assert_eq!(code, Some(2));
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        assert!(
            stderr.contains(&format!("{file}: cannot read it")),
            "{stderr}"
        );
    }
}

#[tokio::test]
async fn a_wrong_flag_or_variable_exits_with_2_and_is_named() {
    let folder = tempfile::tempdir().unwrap();
    for (flag, value) in [
        ("--listen", "nowhere"),
        ("--origin", "example"),
        ("--connect-timeout", "10"),
        ("--handshake-timeout", "x"),
        ("--idle-timeout", ""),
        ("--max-sessions", "many"),
        ("--shutdown-grace", "-1s"),
        ("--log", "loud"),
    ] {
        let given = format!("{flag}={value}");
        let (code, _, stderr) = outcome(program(folder.path()).arg(given)).await;
        assert_eq!(code, Some(2), "{flag}");
        assert!(stderr.contains(flag), "{stderr}");
    }
}

#[tokio::test]
async fn a_wrong_variable_exits_with_2_and_one_line_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    for (name, value, said) in [
        (
            "POP3_PROXY_LISTEN",
            "nowhere",
            "\"nowhere\": invalid socket",
        ),
        (
            "POP3_PROXY_ORIGINS",
            "example",
            "\"example\": expected an origin",
        ),
        (
            "POP3_PROXY_ORIGINS",
            "https://a,b",
            "\"b\": expected an origin",
        ),
        ("POP3_PROXY_ORIGINS", "https://a:99999", "1 to 65535"),
        ("POP3_PROXY_CONNECT_TIMEOUT", "10", "unit"),
        ("POP3_PROXY_HANDSHAKE_TIMEOUT", "x", "\"x\": "),
        ("POP3_PROXY_IDLE_TIMEOUT", "-1s", "\"-1s\": "),
        ("POP3_PROXY_MAX_SESSIONS", "many", "\"many\": invalid digit"),
        ("POP3_PROXY_SHUTDOWN_GRACE", "1\n2", "\"1\\n2\": "),
        (
            "POP3_PROXY_LOG",
            "loud",
            "\"loud\": expected one of error, warn",
        ),
    ] {
        for arguments in [&[][..], &["demo"], &["--check-config", "--config=x"]] {
            let mut program = program(folder.path());
            program.env(name, value).args(arguments);
            let (code, stdout, stderr) = outcome(&mut program).await;
            assert_eq!((code, stdout.as_str()), (Some(2), ""), "{name}");
            let beginning = format!("pop3-proxy: {name}: ");
            assert!(stderr.starts_with(&beginning), "{stderr}");
            assert!(stderr.contains(said), "{stderr}");
            assert_eq!(stderr.lines().count(), 1, "{stderr}");
        }
    }
    // A flag makes up for the variable, and answers for itself.
    let mut both = program(folder.path());
    both.env("POP3_PROXY_LISTEN", "nowhere")
        .args(["--listen", "elsewhere"]);
    let (code, _, stderr) = outcome(&mut both).await;
    assert_eq!(code, Some(2));
    assert!(stderr.contains("--listen"), "{stderr}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_variable_that_is_not_utf_8_is_named() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    let mut program = program(folder.path());
    program.env("POP3_PROXY_LISTEN", std::ffi::OsStr::from_bytes(b"\xff"));
    let (code, _, stderr) = outcome(&mut program).await;
    let expected = "pop3-proxy: POP3_PROXY_LISTEN: is not UTF-8\n";
    assert_eq!((code, stderr.as_str()), (Some(2), expected));
}

#[tokio::test]
async fn an_empty_variable_counts_as_unset() {
    let folder = tempfile::tempdir().unwrap();
    write_config(
        folder.path(),
        "listen = \"127.0.0.1:0\"\norigins = [\"https://a.example\"]\n[servers.a]\n\
         host = \"192.0.2.1\"\ntls = \"insecure-plaintext\"\n",
    );
    let mut command = program(folder.path());
    for name in [
        "CONFIG",
        "LISTEN",
        "ORIGINS",
        "IDLE_TIMEOUT",
        "MAX_SESSIONS",
        "LOG",
    ] {
        command.env(format!("POP3_PROXY_{name}"), "");
    }
    let serving = Serving::start(&mut command).await;
    // The file's origin holds.
    let from = |origin| [("origin", origin)];
    let allowed = from("https://a.example");
    Client::try_open(serving.address, "server=nope", &allowed)
        .await
        .unwrap();
    let own = format!("http://{}", serving.address);
    let refused = Client::try_open(serving.address, "server=nope", &from(&own)).await;
    assert!(refused.is_err());
}

#[tokio::test]
async fn the_demo_takes_no_flag_that_is_about_the_file() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        &["--check-config", "demo"][..],
        &["--config", "x.toml", "demo"],
        &["--config=x.toml", "--check-config", "demo"],
    ] {
        let (code, stdout, stderr) = outcome(program(folder.path()).args(arguments)).await;
        assert_eq!((code, stdout.as_str()), (Some(2), ""), "{stderr}");
        assert!(stderr.contains("cannot be used with demo"), "{stderr}");
    }
    let mut by_variable = program(folder.path());
    by_variable
        .env("POP3_PROXY_CONFIG", "x.toml")
        .args(["--listen", "127.0.0.1:0", "demo"]);
    let serving = Serving::start(&mut by_variable).await;
    assert_eq!(http(serving.address, "GET /healthz", &[]).await.status, 200);
}

/// The variable is how the system's authorities are replaced, for all programs that ask for them.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_check_needs_the_authorities_that_a_start_would_need() {
    let folder = tempfile::tempdir().unwrap();
    let none = folder.path().join("none.pem");
    std::fs::write(&none, "").unwrap();
    let expected = "no certification authority was found on this system; set ca-file for server a";
    for (tls, code, said) in [
        ("implicit", Some(1), expected),
        ("insecure-plaintext", Some(0), ""),
    ] {
        let text = format!("[servers.a]\nhost = \"a\"\ntls = \"{tls}\"\n");
        write_config(folder.path(), &text);
        let mut command = program(folder.path());
        command
            .env("SSL_CERT_FILE", &none)
            .env_remove("SSL_CERT_DIR")
            .arg("--check-config");
        let (status, _, stderr) = outcome(&mut command).await;
        assert_eq!(status, code, "{stderr}");
        assert!(stderr.contains(said), "{stderr}");
    }
}

#[tokio::test]
async fn limits_from_flags_are_checked_like_those_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    write_config(folder.path(), "[servers.a]\nhost = \"a\"\n");
    let (code, _, stderr) = outcome(program(folder.path()).arg("--idle-timeout=0s")).await;
    assert_eq!(code, Some(2));
    assert_eq!(
        stderr,
        "pop3-proxy: idle-timeout: must be longer than nothing\n"
    );
}

#[tokio::test]
async fn a_right_configuration_can_be_checked_without_serving() {
    let folder = tempfile::tempdir().unwrap();
    write_config(folder.path(), include_str!("../pop3-proxy.example.toml"));
    let (code, stdout, stderr) = outcome(program(folder.path()).arg("--check-config")).await;
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    assert_eq!(stdout, "pop3-proxy.toml: good, 1 server(s)\n");
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
async fn help_tells_every_flag_with_its_variable_and_every_key() {
    let folder = tempfile::tempdir().unwrap();
    let (code, help, _) = outcome(program(folder.path()).arg("--help")).await;
    assert_eq!(code, Some(0));
    for (flag, variable, default) in [
        ("--config <FILE>", "POP3_PROXY_CONFIG", "pop3-proxy.toml"),
        ("--listen <ADDR>", "POP3_PROXY_LISTEN", "127.0.0.1:8110"),
        ("--origin <ORIGIN>", "POP3_PROXY_ORIGINS", "own page"),
        (
            "--connect-timeout <TIME>",
            "POP3_PROXY_CONNECT_TIMEOUT",
            "10s",
        ),
        (
            "--handshake-timeout <TIME>",
            "POP3_PROXY_HANDSHAKE_TIMEOUT",
            "10s",
        ),
        ("--idle-timeout <TIME>", "POP3_PROXY_IDLE_TIMEOUT", "11m"),
        ("--max-sessions <COUNT>", "POP3_PROXY_MAX_SESSIONS", "1024"),
        ("--shutdown-grace <TIME>", "POP3_PROXY_SHUTDOWN_GRACE", "5s"),
        ("--log <LEVEL>", "POP3_PROXY_LOG", "info"),
    ] {
        let (_, about) = help
            .split_once(flag)
            .unwrap_or_else(|| panic!("no {flag} in {help}"));
        let about = about.split("\n  -").next().unwrap();
        assert!(
            about.contains(&format!("[env: {variable}=]")),
            "{flag}: {about}"
        );
        assert!(
            about.contains("default: ") && about.contains(default),
            "{flag}: {about}"
        );
    }
    for word in ["--check-config", "demo", "Exit status"] {
        assert!(help.contains(word), "{word}");
    }
    for line in include_str!("../pop3-proxy.example.toml").lines() {
        assert!(help.contains(line), "{line}");
    }
}

#[tokio::test]
async fn flags_win_over_the_environment_and_that_over_the_file() {
    let (_taken, taken) = listener().await;
    let folder = tempfile::tempdir().unwrap();
    let file = |listen: &str| format!("listen = \"{listen}\"\n{}", plain(taken));
    let (free, taken) = ("127.0.0.1:0", taken.to_string());

    write_config(folder.path(), &file(&taken));
    let mut by_variable = program(folder.path());
    let serving = Serving::start(by_variable.env("POP3_PROXY_LISTEN", free)).await;
    assert_eq!(http(serving.address, "GET /healthz", &[]).await.status, 200);

    let mut by_flag = program(folder.path());
    by_flag
        .env("POP3_PROXY_LISTEN", &taken)
        .args(["--listen", free]);
    let serving = Serving::start(&mut by_flag).await;
    assert_eq!(http(serving.address, "GET /healthz", &[]).await.status, 200);

    write_config(folder.path(), &file(free));
    let mut against_file = program(folder.path());
    let (code, _, _) = outcome(against_file.env("POP3_PROXY_LISTEN", &taken)).await;
    assert_eq!(code, Some(1));
}

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
        assert!(log.contains("outcome=\"draining\""), "{log}");
    }
}

/// A request for a server that is not configured, whose client takes the refusal, and then neither
/// answers nor closes.
#[cfg(target_os = "linux")]
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

#[cfg(target_os = "linux")]
#[tokio::test]
async fn refusals_hold_a_bounded_number_of_sockets_for_a_short_time() {
    const REFUSALS: usize = 300;
    const PLACES: usize = 64;
    let folder = tempfile::tempdir().unwrap();
    write_config(
        folder.path(),
        "listen = \"127.0.0.1:0\"\nmax-sessions = 2\n[servers.a]\nhost = \"192.0.2.1\"\n",
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

#[cfg(target_os = "linux")]
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
    soon(tokio::io::AsyncWriteExt::write_all(
        &mut server,
        b"+OK canary-mail\r\n",
    ))
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
        "outcome=\"finished\"",
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
        "hint": {"user": user, "password": password},
    }]});
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
