//! The session's own interface: arguments, secrets, streaming, time, state, and cost.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what is wrong by ending"
)]

use std::time::Duration;

use pop3_proto::{
    Blame, Command, Config, Deletions, Error, Event, Limit, MessageNumber, Millis, Overdue, Reply,
    Secret, Session, State, Status, UserName, Violation, Window,
};
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;
use web_time::Instant;

fn number(number: u32) -> MessageNumber {
    MessageNumber::new(number).unwrap()
}

/// A session after the sign-in, nothing waiting, all events fetched.
fn signed_in(config: Config, capabilities: &str) -> Session {
    let mut session = Session::new(config, Millis(0));
    session.submit(Command::User(UserName::new("alice").unwrap()), Millis(0));
    session.submit(Command::Pass(Secret::new("secret").unwrap()), Millis(0));
    let answers = format!("+OK\r\n+OK\r\n+OK\r\n+OK\r\n{capabilities}.\r\n+OK 3 600\r\n");
    session.handle_input(answers.as_bytes(), Millis(0));
    assert_eq!(session.state(), State::Transaction);
    events(&mut session);
    session.poll_transmit();
    session
}

/// What happened, but for the beginnings of messages.
fn events(session: &mut Session) -> Vec<Event> {
    std::iter::from_fn(|| session.poll_event())
        .filter(|event| !matches!(event, Event::Begun { .. }))
        .collect()
}

#[test]
fn a_message_begins_with_its_status_line() {
    let mut session = signed_in(Config::default(), "PIPELINING\r\n");
    let first = session.submit(Command::Retr(number(1)), Millis(0));
    let second = session.submit(
        Command::Top {
            number: number(2),
            lines: 0,
        },
        Millis(0),
    );
    let begun = |id, text: &str| Event::Begun {
        id,
        status: Status {
            text: text.into(),
            code: None,
        },
    };
    session.handle_input(b"+OK 5 octets", Millis(0));
    assert_eq!(session.poll_event(), None);
    session.handle_input(b"\r\n", Millis(0));
    assert_eq!(session.poll_event(), Some(begun(first, "5 octets")));
    assert_eq!(session.poll_event(), None);
    session.handle_input(b".\r\n+OK\r\n", Millis(0));
    assert!(matches!(session.poll_event(), Some(Event::Done { id, .. }) if id == first));
    assert_eq!(session.poll_event(), Some(begun(second, "")));
}

#[test]
fn arguments_that_would_break_the_line_cannot_be_built() {
    for text in ["", "a\rb", "a\nb", "a\0b", "a\r\nDELE 1", "\n"] {
        for error in [
            UserName::new(text).unwrap_err(),
            Secret::new(text).unwrap_err(),
        ] {
            assert_eq!(
                (error.code(), error.blame()),
                ("invalid-argument", Blame::Caller),
                "{text:?}"
            );
        }
    }
    assert_eq!(
        MessageNumber::new(0).unwrap_err().code(),
        "invalid-argument"
    );
    assert_eq!(MessageNumber::new(u32::MAX).unwrap().get(), u32::MAX);
    // Blanks are part of a password: PASS has one argument, to the end of the line.
    assert!(Secret::new(" a b ").is_ok());
}

#[test]
fn passwords_and_mail_do_not_show() {
    let mut session = Session::new(Config::default(), Millis(0));
    let command = Command::Pass(Secret::new("hunter2").unwrap());
    assert_eq!(format!("{command:?}"), "Pass(Secret(redacted))");
    session.submit(Command::User(UserName::new("alice").unwrap()), Millis(0));
    session.submit(command, Millis(0));
    assert!(!format!("{session:?}").contains("hunter2"));
    session.handle_input(b"+OK\r\n+OK\r\n", Millis(0));
    assert!(!format!("{session:?}").contains("hunter2"));

    let mut session = signed_in(Config::default(), "");
    session.submit(Command::Retr(number(1)), Millis(0));
    session.handle_input(b"+OK\r\nDear diary", Millis(0));
    assert!(!format!("{session:?}").contains("Dear"));
    let shown = format!("{:?}", events(&mut session));
    assert_eq!(shown, "[Data { id: CommandId(2), octets: 10 }]");
}

#[test]
fn a_line_that_is_no_status_line_is_not_quoted() {
    let mut session = signed_in(Config::default(), "");
    session.submit(Command::Stat, Millis(0));
    session.handle_input(b"Dear diary\r\n", Millis(0));
    assert!(!format!("{:?}", events(&mut session)).contains("Dear"));
}

#[test]
fn a_password_that_was_not_fetched_is_not_sent_after_the_end() {
    let mut session = Session::new(Config::default(), Millis(0));
    session.submit(Command::User(UserName::new("alice").unwrap()), Millis(0));
    session.submit(Command::Pass(Secret::new("hunter2").unwrap()), Millis(0));
    session.handle_input(b"+OK\r\n+OK\r\n", Millis(0));
    session.handle_closed();
    assert_eq!(session.poll_transmit(), None);
}

#[test]
fn after_a_drop_within_uidl_another_session_gets_all_of_it() {
    let list = |session: &mut Session| {
        let done = events(session).into_iter().find_map(|event| match event {
            Event::Done { result, .. } => Some(result),
            _ => None,
        });
        done.expect("an answer")
    };
    let whole = b"+OK\r\n1 a\r\n2 b\r\n.\r\n";
    for cut in 0..whole.len() {
        let mut session = signed_in(Config::default(), "");
        session.submit(Command::Uidl(None), Millis(0));
        session.handle_input(&whole[..cut], Millis(0));
        session.handle_closed();
        let complete = cut == whole.len() - 1;
        assert_eq!(list(&mut session).is_ok(), complete, "{cut}");

        let mut session = signed_in(Config::default(), "");
        session.submit(Command::Uidl(None), Millis(0));
        session.handle_input(whole, Millis(0));
        let Ok(Reply::Uidl(entries)) = list(&mut session) else {
            panic!("no list");
        };
        assert_eq!(entries.len(), 2);
    }
}

#[test]
fn octets_stream_as_they_come() {
    let mut session = signed_in(Config::default(), "PIPELINING\r\n");
    let first = session.submit(Command::Retr(number(1)), Millis(0));
    let second = session.submit(Command::Retr(number(2)), Millis(0));
    let data = |id, octets: &[u8]| Event::Data {
        id,
        octets: octets.to_vec(),
    };
    session.handle_input(b"+OK\r\nSub", Millis(0));
    assert_eq!(events(&mut session), [data(first, b"Sub")]);
    session.handle_input(b"ject: a\r\n\r\n..b\r\nc", Millis(0));
    assert_eq!(
        events(&mut session),
        [data(first, b"ject: a\r\n\r\n.b\r\nc")]
    );
    // One event for each piece and message, even where a piece ends one and begins the next.
    session.handle_input(b"\r\n.\r\n+OK\r\nd\r\ne", Millis(0));
    let events = events(&mut session);
    assert_eq!(events.len(), 3);
    assert_eq!(events[0], data(first, b"\r\n"));
    assert!(matches!(&events[1], Event::Done { id, result: Ok(_) } if *id == first));
    assert_eq!(events[2], data(second, b"d\r\ne"));
}

#[test]
fn small_pieces_that_nobody_fetched_are_joined() {
    let mut session = signed_in(Config::default(), "");
    session.submit(Command::Retr(number(1)), Millis(0));
    for octet in b"+OK\r\nabc".chunks(1) {
        session.handle_input(octet, Millis(0));
    }
    assert!(matches!(&events(&mut session)[..], [Event::Data { octets, .. }] if octets == b"abc"));
}

#[test]
fn time_counts_only_while_something_is_waited_for() {
    let config = Config {
        greeting_timeout: 10,
        command_timeout: 20,
        ..Config::default()
    };
    let mut session = Session::new(config.clone(), Millis(1_000));
    assert_eq!(session.poll_timeout(), Some(Millis(1_010)));
    session.handle_input(b"+OK\r\n", Millis(1_005));
    assert_eq!(session.poll_timeout(), None);
    session.submit(Command::Capa, Millis(2_000));
    assert_eq!(session.poll_timeout(), Some(Millis(2_020)));
    session.handle_input(b"+OK\r\nTOP\r\n", Millis(2_015));
    assert_eq!(session.poll_timeout(), Some(Millis(2_035)));
    session.handle_timeout(Millis(2_034));
    session.handle_input(b".\r\n", Millis(2_034));
    assert_eq!(session.poll_timeout(), None);
    session.handle_timeout(Millis(u64::MAX));
    assert_eq!(session.state(), State::Authorization);
    session.submit(Command::Capa, Millis(u64::MAX - 1));
    assert_eq!(session.poll_timeout(), Some(Millis(u64::MAX)));
}

#[test]
fn an_empty_answer_to_dele_shortens_the_wait() {
    let mut session = signed_in(Config::default(), "");
    session.submit(Command::Dele(number(1)), Millis(0));
    assert_eq!(session.poll_timeout(), Some(Millis(60_000)));
    session.handle_input(b"\r\n", Millis(100));
    assert_eq!(session.poll_timeout(), Some(Millis(2_100)));
    session.handle_timeout(Millis(2_100));
    assert!(session.pending_deletions().is_empty());
    assert_eq!(session.poll_timeout(), None);
}

#[test]
fn what_the_session_knows_can_be_asked() {
    let mut session = Session::new(Config::default(), Millis(0));
    assert_eq!(
        (session.state(), session.greeting()),
        (State::Greeting, None)
    );
    session.handle_input(b"+OK hello\r\n", Millis(0));
    assert_eq!(session.state(), State::Authorization);
    assert_eq!(session.greeting().unwrap().status.text, "hello");
    assert_eq!(session.capabilities(), None);

    let mut session = signed_in(Config::default(), "TOP\r\nUIDL\r\n");
    assert!(session.capabilities().unwrap().contains("TOP"));
    session.submit(Command::List(None), Millis(0));
    session.submit(Command::Dele(number(2)), Millis(0));
    session.submit(Command::Dele(number(1)), Millis(0));
    session.handle_input(b"+OK\r\n1 120\r\n2 200\r\n.\r\n+OK\r\n+OK\r\n", Millis(0));
    assert_eq!(
        (session.listed_size(2), session.listed_size(3)),
        (Some(200), None)
    );
    assert_eq!(session.pending_deletions(), [2, 1]);
    session.submit(Command::Quit, Millis(0));
    assert_eq!(session.state(), State::Update);
    session.handle_input(b"+OK\r\n", Millis(0));
    assert_eq!(session.state(), State::Closed);
    assert!(session.pending_deletions().is_empty());
}

#[test]
fn quit_before_the_sign_in_is_no_update() {
    let mut session = Session::new(Config::default(), Millis(0));
    session.handle_input(b"+OK\r\n", Millis(0));
    session.submit(Command::Quit, Millis(0));
    assert_eq!(session.state(), State::Authorization);
}

#[test]
fn every_error_has_its_word_and_its_blame() {
    let none = Deletions::Untouched;
    let cases = [
        (
            Error::Protocol {
                violation: Violation::Malformed,
                deletions: none.clone(),
            },
            "protocol-error",
            Blame::Protocol,
        ),
        (
            Error::ConnectionLost {
                farewell: None,
                deletions: none.clone(),
            },
            "connection-lost",
            Blame::Transport,
        ),
        (
            Error::Timeout {
                overdue: Overdue::Answer,
                deletions: none.clone(),
            },
            "timeout",
            Blame::Transport,
        ),
        (
            Error::Timeout {
                overdue: Overdue::Session,
                deletions: none.clone(),
            },
            "timeout",
            Blame::Caller,
        ),
        (Error::Cancelled, "aborted", Blame::Caller),
        (
            Error::Abandoned {
                deletions: none.clone(),
            },
            "aborted",
            Blame::Caller,
        ),
        (
            Error::LimitExceeded {
                limit: Limit::Message,
                deletions: none,
            },
            "limit-exceeded",
            Blame::Limit,
        ),
    ];
    for (error, code, blame) in cases {
        assert_eq!((error.code(), error.blame()), (code, blame));
        assert_eq!((error.server_text(), error.response_code()), (None, None));
        assert!(!error.to_string().is_empty());
    }
    let lost = Error::ConnectionLost {
        farewell: Some(Status {
            text: "bye".into(),
            code: None,
        }),
        deletions: Deletions::Unknown([4, 2].into()),
    };
    assert_eq!(lost.server_text(), Some("bye"));
    assert_eq!(
        (lost.undone_deletions(), lost.unknown_deletions()),
        (&[][..], &[4, 2][..])
    );
    assert_eq!(
        lost.to_string(),
        "the connection ended: bye; it is unknown whether the deletions happened"
    );
}

/// Far above what these tests need, and far below what they would need if any of it were quadratic.
const PATIENCE: Duration = Duration::from_secs(30);

#[test]
fn a_line_of_ten_megabytes_in_a_message_is_fine() {
    let started = Instant::now();
    let mut session = signed_in(Config::default(), "");
    session.submit(Command::Retr(number(1)), Millis(0));
    session.handle_input(b"+OK\r\n", Millis(0));
    let line = vec![b'.'; 10 << 20];
    session.handle_input(&line, Millis(0));
    session.handle_input(b"\r\n.\r\n", Millis(0));
    // The first of the dots was a stuffed one.
    let octets = (10 << 20) + 1;
    let events = events(&mut session);
    assert!(matches!(&events[0], Event::Data { octets: got, .. } if got.len() == octets));
    assert!(matches!(&events[1],
        Event::Done { result: Ok(Reply::Message(message)), .. } if message.size == octets as u64));
    assert!(started.elapsed() < PATIENCE);
}

#[test]
fn cost_is_linear_in_single_octets() {
    let started = Instant::now();
    let mut session = signed_in(Config::default(), "");
    session.submit(Command::Retr(number(1)), Millis(0));
    session.submit(Command::List(None), Millis(0));
    let message = b"..\r\n".repeat(500_000);
    let list: String = (1..=100_000)
        .map(|number| format!("{number} 120\r\n"))
        .collect();
    let answers = [
        b"+OK\r\n",
        message.as_slice(),
        b".\r\n+OK\r\n",
        list.as_bytes(),
        b".\r\n",
    ];
    for octet in answers.concat().chunks(1) {
        session.handle_input(octet, Millis(0));
    }
    let events = events(&mut session);
    assert!(matches!(&events[0], Event::Data { octets, .. } if octets.len() == 1_500_000));
    assert!(matches!(&events[2],
        Event::Done { result: Ok(Reply::List(entries)), .. } if entries.len() == 100_000));
    assert!(started.elapsed() < PATIENCE);
}

#[test]
fn cost_is_linear_in_messages_within_one_piece() {
    let started = Instant::now();
    let window = Window {
        commands: 100_000,
        command_octets: 10 << 20,
        answer_octets: u64::MAX,
        ..Window::default()
    };
    let mut session = signed_in(
        Config {
            window,
            ..Config::default()
        },
        "PIPELINING\r\n",
    );
    for at in 1..=20_000 {
        session.submit(Command::Retr(number(at)), Millis(0));
    }
    session.handle_input(&b"+OK\r\na\r\n.\r\n".repeat(20_000), Millis(0));
    let events = events(&mut session);
    assert_eq!(events.len(), 40_000);
    let held: usize = events
        .iter()
        .map(|event| {
            if let Event::Data { octets, .. } = event {
                octets.capacity()
            } else {
                0
            }
        })
        .sum();
    // Room for one message must not be made for the whole piece.
    assert!(held < 1 << 20, "{held}");
    assert!(started.elapsed() < PATIENCE);
}

#[test]
fn the_end_of_a_session_is_linear_in_commands_and_deletions() {
    let started = Instant::now();
    let mut session = signed_in(Config::default(), "");
    for at in (1..=50_000).rev() {
        session.submit(Command::Dele(number(at)), Millis(0));
        session.handle_input(b"+OK\r\n", Millis(0));
    }
    for _ in 0..50_000 {
        session.submit(Command::Noop, Millis(0));
    }
    session.handle_closed();
    let events = events(&mut session);
    assert_eq!(events.len(), 100_001);
    assert!(matches!(events.last(),
        Some(Event::Closed(Some(error))) if error.undone_deletions().len() == 50_000));
    assert!(started.elapsed() < PATIENCE);
}
