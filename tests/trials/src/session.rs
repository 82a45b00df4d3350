//! A whole session, from a conversation as in `tests/transcripts`. What the client should send and
//! what should come out is not looked at, but what must hold of any conversation.

use pop3_proto::{Config, Limits};

use crate::drive::{Cut, Ending, Outcome, merged, play};
use crate::sasl::is_costly;
use crate::transcript::{Conversation, Step, script};

/// The password of the seeds, and one that a server's octets do not have by accident.
pub const SECRET: &str = "hunter2-hunter2";

/// What base64 makes of it, after as many octets as leave a remainder of 0, 1 and 2 by three.
const SECRET_IN_BASE64: [&str; 3] = [
    "aHVudGVyMi1odW50ZXIy",
    "h1bnRlcjItaHVudGVyM",
    "odW50ZXIyLWh1bnRlcj",
];

/// Steps, and octets from the server, of one input; what is longer finds nothing more.
const MOST_STEPS: usize = 500;
const MOST_OCTETS: usize = 64 << 10;

/// Passwords are hashed for the target `sasl`, not for this one, which plays each input five times.
const MOST_ITERATIONS: u64 = 0;

/// Small enough that an input comes to them.
pub fn small_limits() -> Limits {
    Limits {
        status_line: 512,
        challenge: 2_048,
        list_line: 512,
        list_lines: 64,
        capabilities: 64,
        message: 8 << 10,
    }
}

/// The fuzz target.
///
/// # Panics
/// When a session does what it must not.
pub fn trial(input: &[u8]) {
    let config = Config {
        limits: small_limits(),
        ..Config::default()
    };
    let text = String::from_utf8_lossy(input);
    let conversation = script(&text, config);
    if conversation.steps.len() > MOST_STEPS
        || conversation.octets_from_server() > MOST_OCTETS
        || is_costly(&conversation, MOST_ITERATIONS)
    {
        return;
    }
    let written = play(&conversation, Cut::AsWritten, Ending::Closed);
    for cut in [Cut::Single, Cut::SingleUnfetched] {
        same(&written, &play(&conversation, cut, Ending::Closed));
    }
    let whole = Conversation {
        steps: merged(&conversation.steps),
        config: conversation.config.clone(),
        ..Conversation::default()
    };
    same(&written, &play(&whole, Cut::AsWritten, Ending::Closed));
    let silent = play(&conversation, Cut::AsWritten, Ending::Silence);
    if !says_the_secret(&conversation) {
        for outcome in [&written, &silent] {
            shows_no_secret(outcome);
        }
    }
}

/// The cuts change nothing.
fn same(one: &Outcome, other: &Outcome) {
    assert_eq!(one.events, other.events, "the cuts show");
    // What was not fetched before the end is never sent.
    assert!(
        one.sent.starts_with(&other.sent) || other.sent.starts_with(&one.sent),
        "what is sent depends on the cuts"
    );
}

/// Is the secret said where it may be shown: by the server, or as a name?
fn says_the_secret(conversation: &Conversation) -> bool {
    let mut said = Vec::new();
    for step in &conversation.steps {
        match step {
            Step::Server(octets) => said.extend_from_slice(octets),
            Step::Submit(text)
                if speaks_of_the_secret(&text.replace(&format!(" {SECRET}"), "")) =>
            {
                return true;
            }
            _ => {}
        }
    }
    speaks_of_the_secret(&String::from_utf8_lossy(&said))
}

/// Is the secret in this text, as it is or in base64?
pub fn speaks_of_the_secret(text: &str) -> bool {
    let half = SECRET.split('-').next().unwrap_or(SECRET);
    text.contains(half) || SECRET_IN_BASE64.iter().any(|part| text.contains(part))
}

fn shows_no_secret(outcome: &Outcome) {
    for event in &outcome.events {
        let shown = format!("{event:?}");
        assert!(!speaks_of_the_secret(&shown), "a secret in {shown}");
    }
}
