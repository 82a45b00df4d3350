//! What a session holds, whatever a server sends and however much: counted by the allocator.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, reason = "a test says what is wrong by ending")]

use pop3_proto::{
    Auth, Command, Config, Event, Limits, MessageNumber, Millis, Secret, Session, State, UserName,
    Window,
};
use proptest::prelude::*;

const LIMITS: Limits = Limits {
    status_line: 512,
    challenge: 1_024,
    list_line: 256,
    list_lines: 32,
    capabilities: 16,
    message: u64::MAX,
};

/// Octets that a server sends in the end, if the session lets it.
const FLOOD: usize = 1 << 20;

/// Octets of one piece of input.
const PIECE: usize = 4 << 10;

/// What these limits come to. A vector may have twice the room that it needs, and three times
/// while it grows; a line of single letters becomes as many strings of 24 octets and their content;
/// the session keeps the capabilities and gives them out; and what one piece brings is handed on
/// before the next.
const MOST: u64 = {
    let lines = 3 * (LIMITS.status_line + LIMITS.challenge + LIMITS.list_line);
    let list = LIMITS.list_lines * (3 * 32 + 3 * LIMITS.list_line);
    let capabilities = LIMITS.capabilities * (3 * 64 + 40 * LIMITS.list_line);
    let queue = 16 << 10;
    (lines + list + capabilities + queue + 8 * PIECE) as u64
};

/// A session that signs in by some method, with one of every kind of answer waited for.
fn session(auth: bool) -> Session {
    let config = Config {
        limits: LIMITS,
        window: Window {
            commands: 8,
            ..Window::default()
        },
        ..Config::default()
    };
    let number = || MessageNumber::new(1).unwrap();
    let (user, secret) = (
        UserName::new("alice").unwrap(),
        Secret::new("secret").unwrap(),
    );
    let mut session = Session::new(config, Millis(0));
    if auth {
        session.submit(Command::Auth(Auth::cram_md5(user, secret)), Millis(0));
    } else {
        session.submit(Command::User(user), Millis(0));
        session.submit(Command::Pass(secret), Millis(0));
    }
    for command in [
        Command::List(None),
        Command::Retr(number()),
        Command::Uidl(None),
        Command::Lang(None),
        Command::Capa,
        Command::Retr(number()),
        Command::Stat,
        Command::List(None),
    ] {
        session.submit(command, Millis(0));
    }
    session
}

/// Has a server say this, then repeat that. Gives what the session held at most, and whether it
/// took the whole flood.
fn held(auth: bool, start: &[u8], repeated: &[u8]) -> (u64, bool) {
    let flood = repeated.repeat(PIECE / repeated.len());
    let mut open = true;
    let used = allocation_counter::measure(|| {
        let mut session = session(auth);
        let mut take = |octets: &[u8]| {
            session.handle_input(octets, Millis(0));
            while session.poll_transmit().is_some() {}
            while let Some(event) = session.poll_event() {
                drop(event);
            }
            session.state() != State::Closed
        };
        take(start);
        for _ in 0..FLOOD / PIECE {
            open = take(&flood);
            if !open {
                break;
            }
        }
    });
    (used.bytes_max, open)
}

/// The usual beginning, up to the answer of PASS.
const SIGNED_IN: &[u8] = b"+OK\r\n+OK\r\n+OK\r\n+OK\r\nPIPELINING\r\n.\r\n+OK 3 600\r\n";

#[test]
fn the_allocator_counts() {
    let used = allocation_counter::measure(|| drop(vec![0_u8; FLOOD]));
    assert_eq!(used.bytes_max, FLOOD as u64);
    // Nothing that fails to keep a flood out could stay below the bound.
    assert!(MOST < FLOOD as u64 / 2);
}

#[test]
fn a_message_without_end_is_not_held() {
    let start = [SIGNED_IN, b"+OK\r\n.\r\n+OK\r\n"].concat();
    for line in [&b"a line\r\n"[..], b"x", b"..\r\n", b"\r", b"\n"] {
        let (most, open) = held(false, &start, line);
        assert!(open, "it streams");
        assert!(
            most <= MOST,
            "{most} octets held of {}",
            line.escape_ascii()
        );
    }
}

#[test]
fn what_is_not_fetched_is_held_but_once() {
    // The driver's fault, and its memory: but no more than came.
    let used = allocation_counter::measure(|| {
        let mut session = session(false);
        session.handle_input(SIGNED_IN, Millis(0));
        session.handle_input(b"+OK\r\n.\r\n+OK\r\n", Millis(0));
        for _ in 0..FLOOD {
            session.handle_input(b"x", Millis(0));
        }
        let events = std::iter::from_fn(|| session.poll_event());
        let octets = events.map(|event| match event {
            Event::Data { octets, .. } => octets.len(),
            _ => 0,
        });
        assert_eq!(octets.sum::<usize>(), FLOOD);
    });
    assert!(
        used.bytes_max <= 3 * FLOOD as u64 + MOST,
        "{}",
        used.bytes_max
    );
}

#[test]
fn capabilities_of_single_letters_stay_within_the_bound() {
    let line = "a ".repeat(LIMITS.list_line / 2 - 1) + "\r\n";
    let start = b"+OK\r\n+OK\r\n+OK\r\n+OK\r\n";
    for (at, name) in ["A", "B", "C", "D"].iter().enumerate() {
        let (most, _) = held(
            false,
            start,
            format!("{name}{at}{line}")
                .replace(" \r\n", "\r\n")
                .as_bytes(),
        );
        assert!(most <= MOST, "{most} octets held");
    }
}

const PIECES: &[&[u8]] = &[
    b"+OK 2 320\r\n",
    b"-ERR [IN-USE] busy\r\n",
    b"+ PDEuMkBhPg==\r\n",
    b".\r\n",
    b"1 120\r\n",
    b"PIPELINING\r\n",
    b"A a a a a a a\r\n",
    b"en English\r\n",
    b"\r\n",
    b"\n",
    b".\r",
    b"+",
    b"x",
    b"\xff\xfe",
];

/// Pieces of what servers say.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => Just(&b"+OK\r\n"[..]),
        8 => proptest::sample::select(PIECES),
    ];
    proptest::collection::vec(piece, 1..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_flood_is_held(
        auth in any::<bool>(),
        signed_in in any::<bool>(),
        start in pieces(),
        repeated in pieces(),
    ) {
        let start = if signed_in { [SIGNED_IN, &start].concat() } else { start };
        let (most, _) = held(auth, &start, &repeated);
        prop_assert!(most <= MOST, "{} octets held, and {} are allowed", most, MOST);
    }
}
