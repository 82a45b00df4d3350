//! What the program is told: flags, environment, configuration; and what it says of what is wrong.

use crate::program::{Serving, outcome, program, write_config};
use crate::support::{Client, http, listener, plain};

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
async fn a_wrong_flag_exits_with_2_and_one_line_that_says_what_would_be_right() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, said) in [
        (
            &["--listen=nowhere"][..],
            "--listen: \"nowhere\": expected a socket address",
        ),
        (
            &["--listen=unix:a"],
            "--listen: \"unix:a\": expected an absolute path",
        ),
        (&["--listen"], "--listen: \"\": expected a value after it"),
        (
            &["--metrics-listen=9110"],
            "--metrics-listen: \"9110\": expected a socket address",
        ),
        (
            &["--origin=example"],
            "--origin: \"example\": expected an origin such as",
        ),
        (
            &["--origin=https://a:99999"],
            "expected a port of 1 to 65535",
        ),
        (
            &["--connect-timeout=10"],
            "--connect-timeout: \"10\": expected a time such as 10s",
        ),
        (
            &["--handshake-timeout=x"],
            "--handshake-timeout: \"x\": expected a time such as 10s",
        ),
        (
            &["--idle-timeout="],
            "--idle-timeout: \"\": expected a time such as 10s",
        ),
        (&["--idle-timeout=1\n2"], "--idle-timeout: \"1\\n2\": "),
        (
            &["--max-sessions=many"],
            "--max-sessions: \"many\": expected a whole number",
        ),
        (
            &["--max-sessions=-1"],
            "--max-sessions: \"-1\": expected a whole number",
        ),
        (
            &["--shutdown-grace=-1s"],
            "--shutdown-grace: \"-1s\": expected a time",
        ),
        (
            &["--log=loud"],
            "--log: \"loud\": expected one of error, warn, info, debug, trace",
        ),
        (
            &["--log-format=xml"],
            "--log-format: \"xml\": expected one of text, json",
        ),
        (
            &["--lisen=x"],
            "\"--lisen\": there is no such flag; did you mean --listen?",
        ),
        (
            &["--frobnicate\n"],
            "\"--frobnicate\\n\": there is no such flag; --help lists all",
        ),
        (&["-x"], "\"-x\": there is no such flag"),
        (
            &["demos"],
            "\"demos\": there is no such command; the only one is demo",
        ),
        (&["demo", "again"], "\"again\": there is no such flag"),
        (&["--check-config=yes"], "--check-config"),
        (
            &["--config=a", "--config=b"],
            "cannot be used multiple times",
        ),
    ] {
        let (code, stdout, stderr) = outcome(program(folder.path()).args(arguments)).await;
        assert_eq!((code, stdout.as_str()), (Some(2), ""), "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        assert!(stderr.starts_with("pop3-proxy: "), "{stderr}");
        assert!(stderr.contains(said), "{stderr}");
    }
}

#[tokio::test]
async fn a_wrong_variable_exits_with_2_and_one_line_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    for (name, value, said) in [
        (
            "POP3_PROXY_LISTEN",
            "nowhere",
            "\"nowhere\": expected a socket address",
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
        (
            "POP3_PROXY_MAX_SESSIONS",
            "many",
            "\"many\": expected a whole number",
        ),
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
    write_config(folder.path(), include_str!("../../pop3-proxy.example.toml"));
    let (code, stdout, stderr) = outcome(program(folder.path()).arg("--check-config")).await;
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    assert_eq!(stdout, "pop3-proxy.toml: good, 1 server(s)\n");
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
    for line in include_str!("../../pop3-proxy.example.toml").lines() {
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
