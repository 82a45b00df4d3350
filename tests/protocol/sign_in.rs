//! Signing in: what cannot be built, what never shows, which method is chosen, and what holds
//! whatever a server answers.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what is wrong by ending"
)]

use pop3_proto::{
    Apop, Auth, Capabilities, Command, Config, Credentials, Event, Hop, LanguageTag, Limits,
    Millis, Nonce, Reply, Secret, Session, SignIn, State, UserName, methods,
};
use proptest::prelude::*;
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// A browser is slower.
const CASES: u32 = if cfg!(target_family = "wasm") {
    32
} else {
    256
};

const SECRET: &str = "hunter2-hunter2";

fn name(user: &str) -> UserName {
    UserName::new(user).unwrap()
}

fn secret() -> Secret {
    Secret::new(SECRET).unwrap()
}

/// The nonce of the example in RFC 5802, `fyko+d2lbbFgONRv9qkxdawL`.
fn nonce() -> Nonce {
    let random = [
        0x7f, 0x29, 0x28, 0xf9, 0xdd, 0xa5, 0x6d, 0xb1, 0x60, 0x38, 0xd4, 0x6f, 0xf6, 0xa9, 0x31,
        0x75, 0xac, 0x0b,
    ];
    Nonce::new(&random).unwrap()
}

fn sign_in(credentials: Credentials) -> Command {
    let hop = Hop {
        encrypted: true,
        allow_plaintext: false,
    };
    Command::Login(SignIn { credentials, hop })
}

/// One command of each kind that holds a secret.
fn secretive() -> Vec<Command> {
    let user = || name("alice");
    vec![
        Command::Apop(Apop::new(user(), secret()).unwrap()),
        Command::Auth(Auth::plain(None, user(), secret())),
        Command::Auth(Auth::login(user(), secret())),
        Command::Auth(Auth::cram_md5(user(), secret())),
        Command::Auth(Auth::scram_sha_1(user(), secret(), nonce())),
        Command::Auth(Auth::scram_sha_256(user(), secret(), nonce()).without_initial_response()),
        Command::Auth(Auth::xoauth2(user(), secret()).unwrap()),
        Command::Auth(Auth::oauthbearer(user(), secret()).unwrap()),
        sign_in(Credentials::password(user(), secret(), nonce())),
        sign_in(Credentials::token(user(), secret()).unwrap()),
    ]
}

#[test]
fn secrets_do_not_show() {
    for command in secretive() {
        let shown = format!("{command:?}");
        assert!(!shown.contains("hunter2"), "{shown}");
        let mut session = Session::new(Config::default(), Millis(0));
        session.submit(command, Millis(0));
        session.handle_input(b"+OK <a@b>\r\n", Millis(0));
        assert!(!format!("{session:?}").contains("hunter2"));
    }
}

#[test]
fn arguments_that_would_mean_something_else_cannot_be_built() {
    let code = |error: pop3_proto::Error| error.code();
    assert_eq!(
        code(Apop::new(name("a b"), secret()).unwrap_err()),
        "invalid-argument"
    );
    let separated = || name("a\u{1}b");
    for error in [
        Auth::xoauth2(separated(), secret()).unwrap_err(),
        Auth::oauthbearer(separated(), secret()).unwrap_err(),
        Auth::xoauth2(name("a"), Secret::new("\u{1}").unwrap()).unwrap_err(),
        Credentials::token(separated(), secret()).unwrap_err(),
        Auth::anonymous("a\r\nDELE 1").unwrap_err(),
        Auth::anonymous("\u{e9}".repeat(256)).unwrap_err(),
        Credentials::anonymous("\0").unwrap_err(),
        Nonce::new(b"short").unwrap_err(),
    ] {
        assert_eq!(code(error), "invalid-argument");
    }
    assert!(Auth::anonymous("\u{e9}".repeat(255)).is_ok());
    for tag in [
        "",
        "de at",
        "de\r\nQUIT",
        "*x",
        "\u{e9}",
        "d_e",
        &"a".repeat(101),
    ] {
        assert_eq!(
            code(LanguageTag::new(tag).unwrap_err()),
            "invalid-argument",
            "{tag:?}"
        );
    }
    for tag in ["de", "sr-Latn-RS", "i-default", "*"] {
        assert_eq!(LanguageTag::new(tag).unwrap().as_str(), tag);
    }
}

/// What CAPA tells with these lines.
fn capabilities(lines: &str) -> Capabilities {
    let mut session = Session::new(Config::default(), Millis(0));
    session.submit(Command::Capa, Millis(0));
    let answer = format!("+OK\r\n+OK\r\n{lines}.\r\n");
    session.handle_input(answer.as_bytes(), Millis(0));
    session.capabilities().unwrap().clone()
}

/// The greeting of a server with a timestamp.
fn greeting() -> pop3_proto::Greeting {
    let mut session = Session::new(Config::default(), Millis(0));
    session.handle_input(b"+OK ready <a@b>\r\n", Millis(0));
    session.greeting().unwrap().clone()
}

/// The methods for a password, or the code of the error.
fn for_password(lines: Option<&str>, timestamp: bool, hop: Hop) -> String {
    let capabilities = lines.map(capabilities);
    let greeting = timestamp.then(greeting);
    let credentials = Credentials::password(name("alice"), secret(), nonce());
    match methods(capabilities.as_ref(), greeting.as_ref(), &credentials, hop) {
        Ok(methods) => {
            let names: Vec<&str> = methods.iter().map(|method| method.as_str()).collect();
            names.join(" ")
        }
        Err(error) => error.code().to_owned(),
    }
}

#[test]
fn the_strongest_method_comes_first_and_none_in_clear_without_leave() {
    let clear = Hop::default();
    let encrypted = Hop {
        encrypted: true,
        ..clear
    };
    let allowed = Hop {
        allow_plaintext: true,
        ..clear
    };
    let all = "USER\r\nSASL LOGIN plain CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256 SCRAM-SHA-256-PLUS\r\n";
    let everything = "SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5 APOP PLAIN LOGIN USER";
    for (lines, timestamp, hop, expected) in [
        (Some(all), true, encrypted, everything),
        (Some(all), true, allowed, everything),
        (
            Some(all),
            true,
            clear,
            "SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5 APOP",
        ),
        (
            Some(all),
            false,
            clear,
            "SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5",
        ),
        (Some("USER\r\n"), false, clear, "plaintext-refused"),
        (Some("USER\r\n"), true, clear, "APOP"),
        (Some("SASL PLAIN\r\n"), false, clear, "plaintext-refused"),
        (Some("SASL PLAIN\r\n"), false, encrypted, "PLAIN"),
        (Some("SASL XOAUTH2\r\n"), false, encrypted, "USER"),
        (Some("TOP\r\n"), true, encrypted, "APOP"),
        (None, true, encrypted, "APOP"),
        (None, false, encrypted, "USER"),
        (None, false, clear, "plaintext-refused"),
    ] {
        assert_eq!(
            for_password(lines, timestamp, hop),
            expected,
            "{lines:?} {timestamp} {hop:?}"
        );
    }
}

#[test]
fn a_name_with_a_blank_rules_apop_out() {
    let credentials = Credentials::password(name("alice liddell"), secret(), nonce());
    let hop = Hop {
        encrypted: true,
        allow_plaintext: false,
    };
    let greeting = greeting();
    let methods = methods(None, Some(&greeting), &credentials, hop).unwrap();
    assert_eq!(methods, [pop3_proto::Method::UserPass]);
}

#[test]
fn a_secret_that_was_not_fetched_is_not_sent_after_the_end() {
    for command in secretive() {
        let mut session = Session::new(Config::default(), Millis(0));
        session.submit(command, Millis(0));
        session.handle_input(b"+OK <a@b>\r\n", Millis(0));
        session.handle_closed();
        assert_eq!(session.poll_transmit(), None);
    }
}

#[test]
fn nothing_is_sent_between_stls_and_the_handshake() {
    let mut session = Session::new(Config::default(), Millis(0));
    session.handle_input(b"+OK\r\n", Millis(0));
    session.submit(Command::Stls, Millis(0));
    assert_eq!(session.poll_transmit().unwrap(), b"STLS\r\n");
    session.handle_input(b"+OK\r\n", Millis(0));
    session.submit(
        Command::Auth(Auth::plain(None, name("a"), secret())),
        Millis(0),
    );
    session.submit(Command::Quit, Millis(0));
    assert_eq!(
        (session.state(), session.poll_transmit()),
        (State::Handshake, None)
    );
    session.handle_tls_started(Millis(5));
    assert_eq!(session.state(), State::Authorization);
    assert!(session.poll_transmit().unwrap().starts_with(b"AUTH PLAIN "));
    assert_eq!((session.greeting(), session.capabilities()), (None, None));
}

/// Octets such as a server might send while somebody signs in.
fn server() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        5 => Just("+OK\r\n"),
        2 => Just("+OK 2 320\r\n"),
        3 => Just("-ERR unknown command\r\n"),
        2 => Just("-ERR [AUTH] no\r\n"),
        3 => Just("+ \r\n"),
        2 => Just("+ VXNlcm5hbWU6\r\n"),
        1 => Just("+ ?\r\n"),
        // The first message of RFC 5802's example, and the error message of RFC 7628's.
        3 => Just("+ cj1meWtvK2QybGJiRmdPTlJ2OXFreGRhd0wzcmZjTkhZSlkxWlZ2V1ZzN2oscz1RU1hDUitRNnNlazhiZjkyLGk9NDA5Ng==\r\n"),
        1 => Just("+ dj1BQUFB\r\n"),
        1 => Just("+ eyJzdGF0dXMiOiI0MDEifQ==\r\n"),
        2 => Just("SASL PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1\r\n"),
        2 => Just(".\r\n"),
        1 => Just("\r\n"),
        1 => Just("+\r"),
        1 => Just("en English\r\n"),
    ];
    proptest::collection::vec(piece, 0..24)
        .prop_map(|pieces| [&b"+OK <a@b>\r\n"[..], pieces.concat().as_bytes()].concat())
}

/// One of the secretive commands, and commands around it.
fn commands(which: usize) -> Vec<Command> {
    let mut commands = vec![Command::Lang(None)];
    let mut secretive = secretive();
    commands.push(secretive.swap_remove(which % secretive.len()));
    commands.push(sign_in(Credentials::password(
        name("alice"),
        secret(),
        nonce(),
    )));
    commands.extend([
        Command::Utf8,
        Command::Stls,
        Command::Capa,
        Command::Noop,
        Command::Quit,
    ]);
    commands
}

const COMMANDS: u64 = 8;

/// Plays these pieces to their end, and gives the events and all that was sent.
fn play<'a>(which: usize, pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Event>, Vec<u8>) {
    let config = Config {
        limits: Limits {
            challenge: 150,
            ..Limits::default()
        },
        ..Config::default()
    };
    let mut session = Session::new(config, Millis(0));
    for command in commands(which) {
        session.submit(command, Millis(0));
    }
    let (mut events, mut sent) = (Vec::new(), Vec::new());
    let mut fetch = |session: &mut Session| {
        while let Some(octets) = session.poll_transmit() {
            sent.extend(octets);
        }
        events.extend(std::iter::from_fn(|| session.poll_event()));
    };
    for piece in pieces {
        session.handle_input(piece, Millis(0));
        fetch(&mut session);
    }
    session.handle_closed();
    fetch(&mut session);
    assert_eq!(
        (session.state(), session.poll_timeout()),
        (State::Closed, None)
    );
    (events, sent)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn events_do_not_depend_on_the_cuts(octets in server(), which in 0..10_usize) {
        let (whole, _) = play(which, [octets.as_slice()]);
        let (single, _) = play(which, octets.chunks(1));
        prop_assert_eq!(whole, single);
    }

    #[test]
    fn each_command_ends_once_and_no_secret_comes_out(octets in server(), which in 0..10_usize) {
        let (events, sent) = play(which, octets.chunks(7));
        let done: Vec<u64> = events.iter()
            .filter_map(|event| if let Event::Done { id, .. } = event { Some(id.get()) } else { None })
            .collect();
        prop_assert_eq!(done, (0..COMMANDS).collect::<Vec<_>>());
        prop_assert!(matches!(events.last(), Some(Event::Closed(_))));
        let shown = format!("{events:?}");
        prop_assert!(!shown.contains("hunter2"), "{}", shown);

        // What was sent is whole lines, and PASS alone has the password as it is.
        let text = String::from_utf8(sent).unwrap();
        prop_assert!(text.is_empty() || text.ends_with("\r\n"));
        for line in text.split_terminator("\r\n") {
            prop_assert!(!line.contains(['\r', '\n', '\0']), "{}", line);
            prop_assert!(!line.contains("hunter2") || line.starts_with("PASS "), "{}", line);
        }
    }

    #[test]
    fn scram_signs_in_only_with_the_servers_signature(octets in server()) {
        // None of the signatures in these octets is right.
        let (events, _) = play(4, octets.chunks(5));
        for event in events {
            if let Event::Done { id, result: Ok(Reply::Login(_)) } = event {
                prop_assert_ne!(id.get(), 1);
            }
        }
    }
}
