//! What the client writes, read as a server reads it; and what a server writes, read by the client:
//! both give what was meant.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what is wrong by ending"
)]

use base64ct::{Base64, Encoding};
use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use pop3_proto::{
    Apop, Auth, Command, Config, Event, LanguageTag, Limits, ListEntry, MessageNumber, Millis,
    Nonce, Reply, Secret, Session, UidlEntry, UserName, Window,
};
use proptest::collection::vec;
use proptest::prelude::*;
use sha2::Sha256;
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const CASES: u32 = if cfg!(target_family = "wasm") {
    16
} else {
    128
};

/// The greeting has a timestamp, for APOP.
const TIMESTAMP: &str = "<1896.697170952@example.org>";

/// A session that nobody has signed in to.
fn greeted() -> Session {
    let limits = Limits {
        list_line: 64 << 10,
        challenge: 64 << 10,
        ..Limits::default()
    };
    let window = Window {
        command_octets: 1 << 20,
        ..Window::default()
    };
    let config = Config {
        limits,
        window,
        ..Config::default()
    };
    let mut session = Session::new(config, Millis(0));
    session.handle_input(format!("+OK {TIMESTAMP}\r\n").as_bytes(), Millis(0));
    session
}

/// A session after the sign-in, nothing waiting.
fn signed_in() -> Session {
    let mut session = greeted();
    session.submit(Command::User(UserName::new("alice").unwrap()), Millis(0));
    session.submit(Command::Pass(Secret::new("secret").unwrap()), Millis(0));
    session.handle_input(
        b"+OK\r\n+OK\r\n+OK\r\nPIPELINING\r\n.\r\n+OK 1 9\r\n",
        Millis(0),
    );
    session.poll_transmit();
    while session.poll_event().is_some() {}
    session
}

/// The lines that are sent, CRLF taken off.
fn sent(session: &mut Session) -> Vec<String> {
    let octets = session.poll_transmit().unwrap_or_default();
    let text = String::from_utf8(octets).unwrap();
    assert!(text.is_empty() || text.ends_with("\r\n"));
    let lines = text.split_terminator("\r\n");
    lines.map(str::to_owned).collect()
}

/// What the server answers to the first line, and what the client says to that.
fn exchange(session: &mut Session, challenge: &[u8]) -> String {
    let line = format!("+ {}\r\n", Base64::encode_string(challenge));
    session.handle_input(line.as_bytes(), Millis(0));
    let mut lines = sent(session);
    assert_eq!(lines.len(), 1);
    lines.remove(0)
}

fn decoded(base64: &str) -> String {
    String::from_utf8(Base64::decode_vec(base64).unwrap()).unwrap()
}

/// What the client sends for a mechanism that speaks first, whether with AUTH or after it.
fn first_response(auth: Auth) -> String {
    let mechanism = auth.mechanism();
    let mut session = greeted();
    session.submit(Command::Auth(auth), Millis(0));
    let lines = sent(&mut session);
    let words: Vec<&str> = lines[0].split(' ').collect();
    assert_eq!(words[..2], ["AUTH", mechanism.as_str()]);
    assert!(lines[0].len() + 2 <= 255, "longer than a line may be");
    match words.get(2) {
        Some(response) => decoded(response),
        None => decoded(&exchange(&mut session, b"")),
    }
}

/// The replies to what a session was asked, once it hears these octets.
fn replies(mut session: Session, octets: &[u8]) -> Vec<Reply> {
    session.handle_input(octets, Millis(0));
    let events = std::iter::from_fn(|| session.poll_event());
    events
        .filter_map(|event| match event {
            Event::Done { result, .. } => Some(result.unwrap()),
            _ => None,
        })
        .collect()
}

/// Any text that an argument takes; the characters that mean something in a line, or to a
/// mechanism, are frequent.
fn text() -> impl Strategy<Value = String> {
    let character = prop_oneof![
        Just(' '),
        Just(','),
        Just('='),
        Just('\t'),
        Just('.'),
        Just('\u{7f}'),
        Just('\u{e9}'),
        any::<char>(),
        proptest::char::range('a', 'z'),
    ];
    let allowed = |c: &char| !matches!(c, '\r' | '\n' | '\0');
    vec(
        character.prop_filter("would break the line", allowed),
        1..120,
    )
    .prop_map(|characters| characters.into_iter().collect())
}

/// The same without the separator of the token mechanisms.
fn plain_text() -> impl Strategy<Value = String> {
    text().prop_map(|text| text.replace('\u{1}', "."))
}

fn number() -> impl Strategy<Value = MessageNumber> {
    (1..=u32::MAX).prop_map(|number| MessageNumber::new(number).unwrap())
}

/// A command as a server takes it apart: its keyword, and the rest of the line.
fn taken_apart(line: &str) -> (&str, &str) {
    line.split_once(' ').unwrap_or((line, ""))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_name_and_a_password_come_out_as_they_went_in(user in text(), password in text()) {
        let mut session = greeted();
        session.submit(Command::User(UserName::new(user.as_str()).unwrap()), Millis(0));
        let lines = sent(&mut session);
        prop_assert_eq!(lines.iter().map(|line| taken_apart(line)).collect::<Vec<_>>(), [("USER", user.as_str())]);
        session.submit(Command::Pass(Secret::new(password.as_str()).unwrap()), Millis(0));
        session.handle_input(b"+OK\r\n", Millis(0));
        let lines = sent(&mut session);
        prop_assert_eq!(lines.iter().map(|line| taken_apart(line)).collect::<Vec<_>>(), [("PASS", password.as_str())]);
    }

    #[test]
    fn numbers_come_out_as_they_went_in(one in number(), lines in any::<u32>(), tag in "[a-z]{2,3}(-[A-Za-z0-9]{1,8}){0,2}") {
        let mut session = signed_in();
        let commands = [
            Command::List(Some(one)),
            Command::Uidl(Some(one)),
            Command::Dele(one),
            Command::Top { number: one, lines },
            Command::Retr(one),
            Command::Lang(Some(LanguageTag::new(tag.as_str()).unwrap())),
        ];
        for command in commands {
            session.submit(command, Millis(0));
        }
        let expected = [
            format!("LIST {one}"),
            format!("UIDL {one}"),
            format!("DELE {one}"),
            format!("TOP {one} {lines}"),
            format!("RETR {one}"),
            format!("LANG {tag}"),
        ];
        prop_assert_eq!(sent(&mut session), expected);
    }

    #[test]
    fn plain_has_three_fields(authorization in proptest::option::of(text()), user in text(), password in text()) {
        let named = authorization.clone().map(|name| UserName::new(name).unwrap());
        let auth = Auth::plain(named, UserName::new(user.as_str()).unwrap(), Secret::new(password.as_str()).unwrap());
        let response = first_response(auth);
        let fields: Vec<&str> = response.split('\0').collect();
        prop_assert_eq!(fields, [authorization.as_deref().unwrap_or(""), &user, &password]);
    }

    #[test]
    fn login_has_one_field_after_the_other(user in text(), password in text()) {
        let mut session = greeted();
        let auth = Auth::login(UserName::new(user.as_str()).unwrap(), Secret::new(password.as_str()).unwrap());
        session.submit(Command::Auth(auth), Millis(0));
        prop_assert_eq!(sent(&mut session), ["AUTH LOGIN"]);
        prop_assert_eq!(decoded(&exchange(&mut session, b"Username:")), user);
        prop_assert_eq!(decoded(&exchange(&mut session, b"Password:")), password);
    }

    #[test]
    fn tokens_come_out_as_they_went_in(user in plain_text(), token in plain_text()) {
        let name = || UserName::new(user.as_str()).unwrap();
        let secret = || Secret::new(token.as_str()).unwrap();
        let response = first_response(Auth::xoauth2(name(), secret()).unwrap());
        prop_assert_eq!(response, format!("user={user}\u{1}auth=Bearer {token}\u{1}\u{1}"));

        let response = first_response(Auth::oauthbearer(name(), secret()).unwrap());
        let fields: Vec<&str> = response.split('\u{1}').collect();
        prop_assert_eq!(&fields[1..], [&format!("auth=Bearer {token}"), "", ""]);
        let escaped = fields[0].strip_prefix("n,a=").and_then(|rest| rest.strip_suffix(','));
        let read = escaped.unwrap().replace("=2C", ",").replace("=3D", "=");
        prop_assert_eq!(read, user);
    }

    #[test]
    fn names_that_are_no_secret_come_out_as_they_went_in(name in text()) {
        let named = UserName::new(name.as_str()).unwrap();
        prop_assert_eq!(first_response(Auth::external(Some(named))), name.as_str());
        prop_assert_eq!(first_response(Auth::anonymous(name.as_str()).unwrap()), name);
    }

    #[test]
    fn digests_are_those_of_the_server(user in text(), password in text(), challenge in vec(any::<u8>(), 1..200)) {
        let name = |user: &str| UserName::new(user).unwrap();
        let secret = || Secret::new(password.as_str()).unwrap();
        let mut session = greeted();
        session.submit(Command::Auth(Auth::cram_md5(name(&user), secret())), Millis(0));
        prop_assert_eq!(sent(&mut session), ["AUTH CRAM-MD5"]);
        let response = decoded(&exchange(&mut session, &challenge));
        let (named, digest) = response.rsplit_once(' ').unwrap();
        let mut mac = Hmac::<Md5>::new_from_slice(password.as_bytes()).unwrap();
        mac.update(&challenge);
        prop_assert_eq!((named, digest.to_owned()), (user.as_str(), hex(&mac.finalize().into_bytes())));

        let one_word = user.replace(char::is_whitespace, "_");
        let mut session = greeted();
        session.submit(Command::Apop(Apop::new(name(&one_word), secret()).unwrap()), Millis(0));
        let digest = hex(&Md5::digest([TIMESTAMP.as_bytes(), password.as_bytes()].concat()));
        prop_assert_eq!(sent(&mut session), [format!("APOP {one_word} {digest}")]);
    }

    #[test]
    fn lists_come_out_as_they_went_in(
        sizes in vec((1..=u32::MAX, any::<u64>()), 0..40),
        uids in vec((1..=u32::MAX, "[!-~]{1,70}"), 0..40),
    ) {
        let mut session = signed_in();
        session.submit(Command::List(None), Millis(0));
        session.submit(Command::Uidl(None), Millis(0));
        let mut wire = "+OK\r\n".to_owned();
        for (number, size) in &sizes {
            wire += &format!("{number} {size}\r\n");
        }
        wire += ".\r\n+OK\r\n";
        for (number, uid) in &uids {
            wire += &format!("{number} {uid}\r\n");
        }
        wire += ".\r\n";
        let sizes = sizes.into_iter().map(|(number, size)| ListEntry { number, size });
        let uids = uids.into_iter().map(|(number, uid)| UidlEntry { number, uid });
        prop_assert_eq!(
            replies(session, wire.as_bytes()),
            [Reply::List(sizes.collect()), Reply::Uidl(uids.collect())]
        );
    }

    #[test]
    fn capabilities_come_out_as_they_went_in(
        offered in proptest::collection::btree_map("[A-Z][A-Z0-9-]{0,11}", vec("[!-~]{1,20}", 0..5), 0..30),
    ) {
        let mut session = signed_in();
        session.submit(Command::Capa, Millis(0));
        let mut wire = "+OK\r\n".to_owned();
        for (name, arguments) in &offered {
            wire += &[std::slice::from_ref(name), arguments.as_slice()].concat().join(" ");
            wire += "\r\n";
        }
        wire += ".\r\n";
        let replies = replies(session, wire.as_bytes());
        let [Reply::Capabilities(told)] = replies.as_slice() else {
            panic!("{replies:?}");
        };
        let told: Vec<(&str, &[String])> = told.iter().collect();
        let expected: Vec<(&str, &[String])> =
            offered.iter().map(|(name, arguments)| (name.as_str(), arguments.as_slice())).collect();
        prop_assert_eq!(told, expected);
    }
}

proptest! {
    // Each case hashes a password 4,096 times on either side.
    #![proptest_config(ProptestConfig { cases: CASES / 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_server_that_knows_the_password_is_believed_and_no_other(
        user in text(),
        password in text(),
        salt in vec(any::<u8>(), 1..40),
        addition in "[!-+--~]{1,30}",
        wrong in proptest::option::of((any::<prop::sample::Index>(), 1..=u8::MAX)),
    ) {
        let mut session = greeted();
        let nonce = Nonce::new(&[7; 18]).unwrap();
        let name = UserName::new(user.as_str()).unwrap();
        let secret = Secret::new(password.as_str()).unwrap();
        session.submit(Command::Auth(Auth::scram_sha_256(name, secret, nonce).without_initial_response()), Millis(0));
        prop_assert_eq!(sent(&mut session), ["AUTH SCRAM-SHA-256"]);
        let client_first = decoded(&exchange(&mut session, b""));
        let bare = client_first.strip_prefix("n,,").unwrap();
        let (named, nonce) = bare.strip_prefix("n=").unwrap().rsplit_once(",r=").unwrap();
        prop_assert_eq!(named.replace("=2C", ",").replace("=3D", "="), user);

        let server_first = format!("r={nonce}{addition},s={},i=4096", Base64::encode_string(&salt));
        let client_last = decoded(&exchange(&mut session, server_first.as_bytes()));
        let (without_proof, proof) = client_last.rsplit_once(",p=").unwrap();
        prop_assert_eq!(without_proof, format!("c=biws,r={nonce}{addition}"));

        // The server's part, as RFC 5802 section 3 has it.
        let mut salted = [0; 32];
        pbkdf2::pbkdf2_hmac::<Sha256>(password.as_bytes(), &salt, 4096, &mut salted);
        let text = format!("{bare},{server_first},{without_proof}");
        let stored = Sha256::digest(mac(&salted, b"Client Key"));
        let signature = mac(&stored, text.as_bytes());
        let proof = Base64::decode_vec(proof).unwrap();
        let key: Vec<u8> = proof.iter().zip(signature).map(|(proof, with)| proof ^ with).collect();
        prop_assert_eq!(Sha256::digest(key), stored);

        let mut signature = mac(&mac(&salted, b"Server Key"), text.as_bytes());
        if let Some((place, change)) = &wrong {
            signature[place.index(32)] ^= change;
        }
        let last = exchange(&mut session, format!("v={}", Base64::encode_string(&signature)).as_bytes());
        session.handle_input(b"+OK\r\n", Millis(0));
        if wrong.is_some() {
            prop_assert_eq!(last, "*");
            prop_assert!(matches!(session.state(), pop3_proto::State::Closed));
        } else {
            prop_assert_eq!(last, "");
            prop_assert_eq!(session.state(), pop3_proto::State::Transaction);
        }
    }
}

fn mac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}
