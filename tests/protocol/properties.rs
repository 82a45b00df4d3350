//! What holds for the session whatever a server sends, and however it is cut.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what is wrong by ending"
)]

use pop3_proto::{
    Command, Config, Event, Limits, MessageNumber, Millis, Reply, Secret, Session, State, UserName,
};
use proptest::prelude::*;
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// A browser is slower.
const CASES: u32 = if cfg!(target_family = "wasm") {
    32
} else {
    512
};

const LIMITS: Limits = Limits {
    status_line: 60,
    challenge: 90,
    list_line: 30,
    list_lines: 4,
    capabilities: 3,
    message: 50,
};

/// Octets such as a server might send, or might not: enough sense to get far into a session, and
/// enough nonsense to leave it anywhere.
fn server() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        6 => Just(b"+OK\r\n".to_vec()),
        3 => Just(b"+OK 2 320\r\n".to_vec()),
        3 => Just(b"-ERR [IN-USE] busy\r\n".to_vec()),
        3 => Just(b".\r\n".to_vec()),
        2 => Just(b"1 120\r\n".to_vec()),
        2 => Just(b"PIPELINING\r\n".to_vec()),
        2 => Just(b"Subject: a\r\n\r\n..b\r\n".to_vec()),
        1 => Just(b".\r".to_vec()),
        1 => Just(b"\n.\r\n".to_vec()),
        1 => Just(b"\r\n".to_vec()),
        1 => proptest::collection::vec(octet(), 0..40),
    ];
    // The first answers are mostly good, or most sessions would end before they begin.
    (any::<bool>(), proptest::collection::vec(piece, 0..40)).prop_map(|(signed_in, pieces)| {
        let start: &[u8] = if signed_in {
            b"+OK\r\n+OK\r\n+OK\r\n+OK\r\nPIPELINING\r\n.\r\n+OK 3 600\r\n"
        } else {
            b""
        };
        [start, &pieces.concat()].concat()
    })
}

/// Octets among which those that mean something in POP3 are frequent.
fn octet() -> impl Strategy<Value = u8> {
    prop_oneof![
        Just(b'\r'),
        Just(b'\n'),
        Just(b'.'),
        Just(b'+'),
        Just(b' '),
        Just(b'1'),
        any::<u8>()
    ]
}

fn number(number: u32) -> MessageNumber {
    MessageNumber::new(number).unwrap()
}

/// A session with a sign-in and one of every other command in its queue.
fn session() -> Session {
    let config = Config {
        limits: LIMITS,
        ..Config::default()
    };
    let mut session = Session::new(config, Millis(0));
    for command in [
        Command::User(UserName::new("alice").unwrap()),
        Command::Pass(Secret::new("secret").unwrap()),
        Command::List(None),
        Command::Retr(number(1)),
        Command::Top {
            number: number(1),
            lines: 0,
        },
        Command::Uidl(None),
        Command::List(Some(number(1))),
        Command::Uidl(Some(number(1))),
        Command::Dele(number(1)),
        Command::Retr(number(2)),
        Command::Capa,
        Command::Rset,
        Command::Stat,
        Command::Noop,
        Command::Quit,
        Command::Noop,
    ] {
        session.submit(command, Millis(0));
    }
    session
}

const COMMANDS: u64 = 16;

/// Fetches what has happened, the octets of a message joined.
fn fetch(session: &mut Session, events: &mut Vec<Event>) {
    while session.poll_transmit().is_some() {}
    while let Some(event) = session.poll_event() {
        match (events.last_mut(), event) {
            (
                Some(Event::Data { id, octets }),
                Event::Data {
                    id: same,
                    octets: more,
                },
            ) if *id == same => {
                octets.extend(more);
            }
            (_, event) => events.push(event),
        }
    }
}

/// Plays these pieces, and the end of the connection after them.
fn play<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<Event> {
    let mut session = session();
    let mut events = Vec::new();
    for piece in pieces {
        session.handle_input(piece, Millis(0));
        fetch(&mut session, &mut events);
    }
    session.handle_closed();
    fetch(&mut session, &mut events);
    assert_eq!(session.state(), State::Closed);
    assert_eq!(session.poll_timeout(), None);
    events
}

/// Octets cut at these places.
fn cut<'a>(octets: &'a [u8], places: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut places: Vec<usize> = places
        .iter()
        .map(|place| place.index(octets.len() + 1))
        .collect();
    places.sort_unstable();
    places.push(octets.len());
    let mut start = 0;
    places
        .into_iter()
        .map(|end| {
            let piece = &octets[start..end];
            start = end;
            piece
        })
        .collect()
}

/// Stuffs a message as a server does that reads lines by this line end.
fn stuffed(message: &[u8], line_end: &[u8]) -> Vec<u8> {
    let mut wire = Vec::new();
    let mut line_start = true;
    for (at, octet) in message.iter().enumerate() {
        if line_start && *octet == b'.' {
            wire.push(b'.');
        }
        wire.push(*octet);
        line_start = message[..=at].ends_with(line_end);
    }
    [&wire, &b"."[..], line_end].concat()
}

/// The message that RETR gives for these octets after its status line.
fn retrieved(wire: &[u8], places: &[prop::sample::Index]) -> Vec<u8> {
    let mut session = Session::new(Config::default(), Millis(0));
    session.submit(Command::User(UserName::new("alice").unwrap()), Millis(0));
    session.submit(Command::Pass(Secret::new("secret").unwrap()), Millis(0));
    session.submit(Command::Retr(number(1)), Millis(0));
    session.submit(Command::Noop, Millis(0));
    session.handle_input(
        b"+OK\r\n+OK\r\n+OK\r\n-ERR\r\n+OK 1 9\r\n+OK\r\n",
        Millis(0),
    );
    for piece in cut(wire, places) {
        session.handle_input(piece, Millis(0));
    }
    session.handle_input(b"+OK right after\r\n", Millis(0));
    let mut events = Vec::new();
    fetch(&mut session, &mut events);
    let mut message = Vec::new();
    let mut size = None;
    for event in events {
        match event {
            Event::Data { octets, .. } => message.extend(octets),
            Event::Done {
                result: Ok(Reply::Message(done)),
                ..
            } => size = Some(done.size),
            Event::Done {
                result: Ok(Reply::Status(status)),
                id,
            } if id.get() == 3 => {
                assert_eq!(status.text, "right after");
            }
            Event::Closed(reason) => panic!("closed: {reason:?}"),
            _ => {}
        }
    }
    assert_eq!(size, Some(message.len() as u64));
    message
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn events_do_not_depend_on_the_cuts(
        octets in server(),
        places in proptest::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let whole = play([octets.as_slice()]);
        prop_assert_eq!(&whole, &play(octets.chunks(1)));
        prop_assert_eq!(&whole, &play(cut(&octets, &places)));
    }

    #[test]
    fn each_command_ends_once_in_order_and_the_session_once(octets in server()) {
        let events = play([octets.as_slice()]);
        let done: Vec<u64> = events.iter()
            .filter_map(|event| if let Event::Done { id, .. } = event { Some(id.get()) } else { None })
            .collect();
        prop_assert_eq!(done, (0..COMMANDS).collect::<Vec<_>>());
        let closed = events.iter().filter(|event| matches!(event, Event::Closed(_))).count();
        prop_assert_eq!(closed, 1);
        prop_assert!(matches!(events.last(), Some(Event::Closed(_))));
    }

    #[test]
    fn nothing_larger_than_its_limit_comes_out(octets in server()) {
        let mut message = 0;
        for event in play([octets.as_slice()]) {
            match event {
                Event::Greeting(greeting) => {
                    // One octet that is not text becomes three of U+FFFD.
                    prop_assert!(greeting.status.text.len() <= 3 * LIMITS.status_line);
                }
                Event::Data { octets, .. } => message += octets.len() as u64,
                Event::Done { result, .. } => {
                    prop_assert!(message <= LIMITS.message);
                    message = 0;
                    match result {
                        Ok(Reply::List(entries)) => prop_assert!(entries.len() <= LIMITS.list_lines),
                        Ok(Reply::Uidl(entries)) => {
                            prop_assert!(entries.len() <= LIMITS.list_lines);
                            let longest = entries.iter().map(|entry| entry.uid.chars().count()).max();
                            prop_assert!(longest.unwrap_or(0) <= LIMITS.list_line);
                        }
                        Ok(Reply::Capabilities(capabilities)) => {
                            prop_assert!(capabilities.len() <= LIMITS.capabilities);
                        }
                        Ok(Reply::Message(done)) => prop_assert!(done.size <= LIMITS.message),
                        _ => {}
                    }
                }
                Event::Begun { .. } | Event::StartTls | Event::Closed(_) => {}
            }
        }
    }

    #[test]
    fn what_is_stuffed_comes_out_as_it_went_in(
        body in proptest::collection::vec(octet(), 0..200),
        places in proptest::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let message = [b"Subject: a\r\n", body.as_slice(), b"\r\n"].concat();
        prop_assert_eq!(retrieved(&stuffed(&message, b"\r\n"), &places), message);
    }

    #[test]
    fn so_does_a_unix_file(
        body in proptest::collection::vec(octet(), 0..200),
        places in proptest::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let message = [b"Subject: a\n", body.as_slice(), b"\n"].concat();
        prop_assert_eq!(retrieved(&stuffed(&message, b"\n"), &places), message);
    }
}
