//! Signing in: the first line of the input is the command, each that follows a challenge. It is put
//! into base64, after `+`; a line that begins with `!` is sent without its mark as it is.

use base64ct::{Base64, Encoding};
use pop3_proto::{Config, Event, Mechanism, Method, Reply};

use crate::drive::{Cut, Ending, play};
use crate::session::{small_limits, speaks_of_the_secret};
use crate::transcript::{Conversation, Step, command, script, unescape};

/// The password of the examples in RFC 5802, whose signatures a fuzzer may well find in the seeds.
const PASSWORD_OF_EXAMPLES: &str = "pencil";

/// Hashing a password more often than this takes longer than it teaches.
const MOST_ITERATIONS: u64 = 5_000;

/// The fuzz target.
///
/// # Panics
/// When a password is shown that must not be, or a server believed that has proved nothing.
pub fn trial(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let mut lines = text.lines();
    let sign_in = lines.next().unwrap_or_default();
    let signs_in = ["AUTH ", "LOGIN ", "APOP "]
        .iter()
        .any(|keyword| sign_in.starts_with(keyword));
    if !signs_in || command(sign_in).is_none() {
        return;
    }
    let config = Config {
        limits: small_limits(),
        ..Config::default()
    };
    let mut conversation = script(&format!("S: +OK <a@b>\n> {sign_in}\n> NOOP"), config);
    conversation.steps.extend(lines.filter_map(answer));
    if is_costly(&conversation, MOST_ITERATIONS) {
        return;
    }
    let outcome = play(&conversation, Cut::AsWritten, Ending::Closed);
    let single = play(&conversation, Cut::Single, Ending::Closed);
    assert_eq!(outcome.events, single.events, "the cuts show");

    let sent = String::from_utf8(outcome.sent).expect("lines of text");
    for line in sent.split_terminator("\r\n") {
        let (keyword, _) = line.split_once(' ').unwrap_or((line, ""));
        let is_command =
            ["AUTH", "APOP", "USER", "PASS", "CAPA", "STAT", "NOOP"].contains(&keyword);
        assert!(
            is_command || line == "*" || Base64::decode_vec(line).is_ok(),
            "{line} answers no challenge"
        );
    }
    if sign_in.starts_with("LOGIN clear ") || sign_in.starts_with("APOP ") {
        assert!(!speaks_of_the_secret(&sent), "the password in clear");
    }
    for event in &outcome.events {
        if let Event::Done {
            result: Ok(Reply::Login(login)),
            ..
        } = event
        {
            let mutual = matches!(
                login.method,
                Method::Sasl(Mechanism::ScramSha1 | Mechanism::ScramSha256)
            );
            assert!(
                !mutual || sign_in.contains(PASSWORD_OF_EXAMPLES),
                "the server has proved nothing"
            );
        }
    }
}

/// What the server sends for a line of the input.
fn answer(line: &str) -> Option<Step> {
    let octets = match line.strip_prefix('!') {
        Some(raw) => unescape(raw, small_limits().challenge)?,
        None => {
            let challenge = unescape(line, small_limits().challenge)?;
            format!("+ {}", Base64::encode_string(&challenge)).into_bytes()
        }
    };
    Some(Step::Server([octets.as_slice(), b"\r\n"].concat()))
}

/// Would a challenge in this conversation have the password hashed more often than this? It may, up
/// to [`pop3_proto::SCRAM_ITERATIONS`], but nothing is found by waiting for it.
pub fn is_costly(conversation: &Conversation, most: u64) -> bool {
    let mut said = Vec::new();
    for step in &conversation.steps {
        if let Step::Server(octets) = step {
            said.extend_from_slice(octets);
        }
    }
    said.split(|octet| *octet == b'\n').any(|line| {
        let text = line.trim_ascii().trim_ascii_start();
        // After `+`, or after `+OK` where that stands for it.
        let text = text
            .strip_prefix(b"+OK")
            .or(text.strip_prefix(b"+"))
            .unwrap_or(text);
        let challenge = std::str::from_utf8(text.trim_ascii()).ok();
        let challenge = challenge.and_then(|text| Base64::decode_vec(text).ok());
        challenge.is_some_and(|challenge| {
            let text = String::from_utf8_lossy(&challenge);
            let mut iterations = text.split(',').filter_map(|part| part.strip_prefix("i="));
            iterations.any(|number| number.parse::<u64>().is_ok_and(|number| number > most))
        })
    })
}
